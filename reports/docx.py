"""The document as DOCX, the form that offices edit: real styles, headings, captions, tables whose
headings repeat; vector charts with pixels beside them for readers that know no SVG."""

import io
import zipfile
from copy import deepcopy
from datetime import datetime, time
from xml.sax.saxutils import escape

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.oxml import serialize_part_xml
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from reports import svg, typeface, typesetting
from reports.form import ROOM_FOR_SIGNATURE_PT, formed
from reports.model import Chart, Document, Heading, Paragraph, Table, plain
from reports.pdf import numeric

FONT = "Times New Roman"
FONT_TABLE = RELATIONSHIP_TYPE.FONT_TABLE
TEXT_MM = 162  # A4 without its margins of 30 and 18 mm
LEFT_MM, RIGHT_MM = 62, 100
TWIPS_MM = 1440 / 25.4
SVG_NS = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"
SVG_EXTENSION = "{96DAC541-7B7A-43D3-8B79-37D633B846F1}"
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
LANGUAGES = {"vi": "vi-VN", "en": "en-GB"}


def write(document: Document) -> bytes:
    """The DOCX, the same bytes for the same document."""
    made = docx.Document()
    _properties(made, document)
    _styles(made, document.lang)
    _substitutes(made)
    _page(made, document)
    _head(made, document)
    signed = False
    for number, block in enumerate(document.blocks, 1):
        if isinstance(block, Heading):
            if block.new_page and not signed:
                _signature(made, document)
                signed = True
            _heading(made, block)
        elif isinstance(block, Paragraph):
            _body(made, block.text)
        elif isinstance(block, Table):
            _table(made, block)
        else:
            _chart(made, block, number)
    out = io.BytesIO()
    made.save(out)
    return same_bytes(out.getvalue())


def same_bytes(archive: bytes) -> bytes:
    """A ZIP archive with its files in order of name (types first) and without times."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as given, zipfile.ZipFile(out, "w") as made:
        names = sorted(given.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
        for name in names:
            info = zipfile.ZipInfo(name, ZIP_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            made.writestr(info, given.read(name))
    return out.getvalue()


def _properties(made, document: Document) -> None:
    core, at = made.core_properties, datetime.combine(document.day, time())
    core.title, core.subject = document.title[:255], document.head.subject[:255]
    core.author = core.last_modified_by = document.author
    core.comments, core.language = "", LANGUAGES[document.lang]
    core.created = core.modified = at
    core.revision = 1


def _styles(made, lang: str) -> None:
    styles = made.styles
    normal = styles["Normal"]
    _font(normal, 14)
    normal.element.rPr.append(
        parse_xml(f'<w:lang {nsdecls("w")} w:val="{LANGUAGES[lang]}" w:eastAsia="vi-VN"/>')
    )
    form = normal.paragraph_format
    form.space_before, form.space_after, form.line_spacing = Pt(0), Pt(0), 1.0
    body = styles["Body Text"]
    _font(body, 14)
    form = body.paragraph_format
    form.alignment, form.first_line_indent = ALIGN.JUSTIFY, Mm(10)
    form.space_after, form.line_spacing = Pt(6), 1.1
    for name, align in (("Heading 1", ALIGN.LEFT), ("Heading 2", ALIGN.LEFT)):
        style = styles[name]
        _font(style, 14, bold=True)
        form = style.paragraph_format
        form.alignment, form.keep_with_next = align, True
        form.space_before, form.space_after = Pt(10), Pt(6)
    caption = styles["Caption"]
    _font(caption, 12, italic=True)
    form = caption.paragraph_format
    form.alignment, form.keep_with_next, form.space_before = ALIGN.CENTER, True, Pt(6)
    form.space_after = Pt(3)
    cell = styles.add_style("Table Cell", WD_STYLE_TYPE.PARAGRAPH)
    cell.base_style = normal
    _font(cell, 11)


def _font(style, size: float, bold: bool = False, italic: bool = False) -> None:
    font = style.font
    font.name, font.size, font.bold, font.italic = FONT, Pt(size), bold, italic
    font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{name}"), FONT)
    for name in ("asciiTheme", "hAnsiTheme", "cstheme", "eastAsiaTheme"):
        fonts.attrib.pop(qn(f"w:{name}"), None)


def _substitutes(made) -> None:
    """Names the fonts that take the place of a missing Times New Roman without another width."""
    (table,) = (r.target_part for r in made.part.rels.values() if r.reltype == FONT_TABLE)
    fonts = parse_xml(table.blob)
    entry = next(one for one in fonts if one.get(qn("w:name")) == FONT)
    others = ",".join(typeface.METRIC_COMPATIBLE)
    entry.insert(0, parse_xml(f'<w:altName {nsdecls("w")} w:val="{others}"/>'))
    for name in typeface.METRIC_COMPATIBLE:
        one = deepcopy(entry)
        one.set(qn("w:name"), name)
        one.find(qn("w:altName")).set(qn("w:val"), FONT)
        fonts.append(one)
    table._blob = serialize_part_xml(fonts)


def _page(made, document: Document) -> None:
    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(18)
    section.header_distance, section.footer_distance = Mm(10), Mm(9)
    section.different_first_page_header_footer = True
    number = section.header.paragraphs[0]
    number.alignment = ALIGN.CENTER
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = number.add_run()
        run.font.size = Pt(13)
        inner = (
            f'<w:fldChar {nsdecls("w")} w:fldCharType="{kind}"/>'
            if kind
            else f'<w:instrText {nsdecls("w")} xml:space="preserve">{text}</w:instrText>'
        )
        run._r.append(parse_xml(inner))
    for footer in (section.footer, section.first_page_footer):
        line = footer.paragraphs[0]
        line.alignment = ALIGN.CENTER
        line.add_run(document.head.footer).font.size = Pt(9)


def _head(made, document: Document) -> None:
    head = formed(document.head)
    grid = _grid(made, 2, (LEFT_MM, RIGHT_MM))
    left, right = grid.rows[0].cells
    _line(left, head.parent, 13, first=True)
    _line(left, head.body, 13, bold=True, ruled=(20, LEFT_MM))
    _line(right, head.nation, 12, bold=True, first=True)
    _line(right, head.motto, 13.5, bold=True, ruled=(18, RIGHT_MM))
    left, right = grid.rows[1].cells
    _line(left, head.number, 13, first=True)
    _line(right, head.place_date, 13.5, italic=True, first=True)
    _centred(made, head.kind, bold=True, before=14)
    _centred(made, head.subject, bold=True, ruled=True)
    _centred(made, head.addressee, before=8, after=8)


def _signature(made, document: Document) -> None:
    """The block of the signature, on the page where the text before it ends."""
    head = formed(document.head)
    if made.paragraphs:
        made.paragraphs[-1].paragraph_format.keep_with_next = True
    _centred(made, "", before=6).paragraph_format.keep_with_next = True
    grid = _grid(made, 1, (72, 90))
    left, right = grid.rows[0].cells
    _line(left, head.recipients_title, 12, bold=True, italic=True, align=ALIGN.LEFT, first=True)
    for one in head.recipients:
        _line(left, one, 11, align=ALIGN.LEFT)
    title = _line(right, head.signer_title, 14, bold=True, first=True)
    title.paragraph_format.space_after = Pt(ROOM_FOR_SIGNATURE_PT)
    _line(right, head.signer_name, 14, bold=True)


def _grid(made, rows: int, widths: tuple[int, ...]):
    """A table without borders, which holds side by side what the form wants side by side."""
    grid = made.add_table(rows, len(widths))
    grid.autofit = False
    for row in grid.rows:
        row._tr.get_or_add_trPr().append(parse_xml(f"<w:cantSplit {nsdecls('w')}/>"))
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Mm(width)
    return grid


def _line(cell, text, size, bold=False, italic=False, align=ALIGN.CENTER, first=False, ruled=None):
    line = cell.paragraphs[0] if first else cell.add_paragraph()
    line.alignment = align
    run = line.add_run(text)
    run.font.size, run.font.bold, run.font.italic = Pt(size), bold, italic
    if ruled:
        inset, _ = ruled
        _rule(cell.add_paragraph(), inset)
    return line


def _rule(line, inset: float) -> None:
    """A horizontal rule across a paragraph, ``inset`` mm from both its ends."""
    form = line.paragraph_format
    form.left_indent = form.right_indent = Mm(inset)
    form.space_after = Pt(4)
    form.space_before, form.line_spacing = Pt(4), Pt(4)  # clear of what hangs below letters
    line._p.get_or_add_pPr().append(
        parse_xml(
            f'<w:pBdr {nsdecls("w")}><w:top w:val="single" w:sz="6" w:space="1" '
            'w:color="000000"/></w:pBdr>'
        )
    )


def _centred(made, text, bold=False, before=0, after=0, ruled=False):
    line = made.add_paragraph()
    line.alignment = ALIGN.CENTER
    line.paragraph_format.space_before = Pt(before)
    line.paragraph_format.space_after = Pt(after)
    run = line.add_run(text)
    run.font.size, run.font.bold = Pt(14), bold
    if ruled:
        _rule(made.add_paragraph(), 55)
    return line


def _heading(made, block: Heading) -> None:
    line = made.add_heading(block.text, block.level)
    if block.new_page:
        line.paragraph_format.page_break_before = True
        line.alignment = ALIGN.CENTER


def _body(made, text: str) -> None:
    made.add_paragraph(text, style="Body Text")


def _table(made, table: Table) -> None:
    made.add_paragraph(table.title, style="Caption")
    total = sum(table.widths)
    widths = [round(TEXT_MM * TWIPS_MM * width / total) for width in table.widths]
    size = 9 if len(table.columns) > 6 else 11
    right = numeric(table)
    rows = [_row(table.columns, widths, size, [None] * len(widths), head=True)]
    rows += [_row(list(map(plain, row)), widths, size, right) for row in table.rows]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    xml = (
        f"<w:tbl {nsdecls('w')}><w:tblPr>"
        f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="70" w:type="dxa"/>'
        '<w:right w:w="70" w:type="dxa"/></w:tblCellMar>'
        '<w:tblLook w:val="0020" w:firstRow="1"/>'
        f'<w:tblCaption w:val="{escape(table.title, {chr(34): "&quot;"})}"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )
    made.element.body.insert_element_before(parse_xml(xml), "w:sectPr")
    made.add_paragraph().paragraph_format.space_after = Pt(4)


def _row(cells, widths, size, right, head: bool = False) -> str:
    out = []
    for text, width, number in zip(cells, widths, right, strict=True):
        align = "center" if number is None else "right" if number else "left"
        bold = "<w:b/>" if head else ""
        out.append(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr><w:p><w:pPr>'
            f'<w:pStyle w:val="TableCell"/><w:jc w:val="{align}"/></w:pPr><w:r><w:rPr>{bold}'
            f'<w:sz w:val="{round(2 * size)}"/></w:rPr>'
            f'<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p></w:tc>'
        )
    repeated = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>{''.join(out)}</w:tr>"


def _chart(made, chart: Chart, number: int) -> None:
    drawing = svg.draw(chart.figure)
    line = made.add_paragraph()
    line.alignment = ALIGN.CENTER
    line.paragraph_format.keep_with_next = True
    picture = line.add_run().add_picture(
        io.BytesIO(typesetting.png(drawing)), width=Mm(TEXT_MM - 4)
    )
    named = picture._inline.docPr
    named.set("name", chart.title)
    named.set("descr", chart.alt)
    part = Part(
        PackURI(f"/word/media/chart{number}.svg"),
        "image/svg+xml",
        drawing.encode("utf-8"),
        made.part.package,
    )
    relation = made.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE)
    blip = picture._inline.find(f".//{qn('a:blip')}")
    blip.append(
        parse_xml(
            f'<a:extLst {nsdecls("a", "r")}><a:ext uri="{SVG_EXTENSION}">'
            f'<asvg:svgBlip xmlns:asvg="{SVG_NS}" r:embed="{relation}"/></a:ext></a:extLst>'
        )
    )
    made.add_paragraph(chart.title, style="Caption").paragraph_format.keep_with_next = False
