"""Reads the three files back, as another program does."""

import io
import re
import shutil
import subprocess

import docx
import openpyxl
import pypdf
import pytest
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
    """Without white space and break opportunities, which a page breaks as it likes."""
    return re.sub(r"[\s\u200b]+", "", text)


def pdf_text(content):
    """All text of a PDF without white space."""
    return "".join(pdf_pages(content))


def pdf_pages(content, footer=""):
    """The text of each page of a PDF without white space, its number and the footer."""
    for number, page in enumerate(pypdf.PdfReader(io.BytesIO(content)).pages, 1):
        text = squeezed(page.extract_text())
        if footer:
            assert text.startswith(str(number)) or number == 1
            text = text.removeprefix(str(number) if number > 1 else "")
            assert text.endswith(squeezed(footer))
            text = text.removesuffix(squeezed(footer))
        yield text


def words_on_pages(content, folder):
    """What poppler finds on the pages: words, each with its left and right end in points."""
    reader = shutil.which("pdftotext") or pytest.fail("no pdftotext: run tests/install_tools.sh")
    (folder / "read.pdf").write_bytes(content)
    command = [reader, "-bbox", folder / "read.pdf", "-"]
    told = subprocess.run(command, check=True, capture_output=True).stdout.decode()
    found = re.findall(r'<word xMin="([\d.-]+)" .*? xMax="([\d.-]+)" .*?>(.*?)</word>', told)
    return [(word, float(left), float(right)) for left, right, word in found]
