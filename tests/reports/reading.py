"""Reads the three files back, as another program does."""

import io
import re

import docx
import openpyxl
import pypdf
from docx.oxml.ns import qn


def docx_blocks(content):
    """Text of paragraphs and cells of tables, in the order of the body."""
    body = docx.Document(io.BytesIO(content)).element.body
    for child in body:
        if child.tag == qn("w:p"):
            yield "".join(t.text or "" for t in child.iter(qn("w:t"), qn("w:br")))
        elif child.tag == qn("w:tbl"):
            yield [
                [
                    "".join(t.text or "" for t in cell.iter(qn("w:t")))
                    for cell in row.iter(qn("w:tc"))
                ]
                for row in child.iter(qn("w:tr"))
            ]


def docx_tables(content):
    """The tables that are not the form's: those with repeated headings."""
    for table in docx.Document(io.BytesIO(content)).tables:
        if table.rows[0]._tr.find(f".//{qn('w:tblHeader')}") is not None:
            yield [[cell.text for cell in row.cells] for row in table.rows]


def workbook(content):
    """The workbook."""
    return openpyxl.load_workbook(io.BytesIO(content))


def squeezed(text):
    """Without white space, which a page breaks as it likes."""
    return re.sub(r"\s+", "", text)


def pdf_text(content):
    """All text of a PDF without white space."""
    return squeezed("".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(content)).pages))
