"""The form of Decree 30/2020/NĐ-CP, read back from the files; the same bytes; hostile words."""

import io
import re
import shutil
import string
import subprocess
import unicodedata
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import docx
import pypdf
import pytest
import typst
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from dashboard.text import LOCALES as LANGUAGES
from dashboard.text import catalogue
from reports import FORMATS, Fields, FieldsError, pdf, svg, typeface, typesetting, write, xlsx
from reports.fields import read_edits
from reports.model import Chart, Heading, Number, Paragraph, Table
from reports.typesetting import fonts
from tests.patience import PATIENCE_S
from tests.reports import reading
from tests.reports.conftest import FIELDS, document, made

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "=cmd|' /C calc'!A0 <script>alert(1)</script> {{ x }} #let a = 1 *b* $c$ @d \\ & ]]>"


THREE_LINES, FIVE_LINES = 3 * Pt(14), 5 * Pt(14)  # of room for signature and seal


@pytest.fixture(scope="module")
def opened():
    return docx.Document(io.BytesIO(write(made("2025-04"), "docx")))


def test_the_page_is_a4_with_the_margins_of_the_decree(opened):
    page = opened.sections[0]
    assert (round(page.page_width.mm), round(page.page_height.mm)) == (210, 297)
    assert Mm(20) <= page.top_margin <= Mm(25) and Mm(20) <= page.bottom_margin <= Mm(25)
    assert Mm(30) <= page.left_margin <= Mm(35) and Mm(15) <= page.right_margin <= Mm(20)


def test_the_text_is_times_new_roman_of_13_or_14(opened):
    for name in ("Normal", "Body Text", "Heading 1", "Heading 2"):
        font = opened.styles[name].font
        assert font.name == "Times New Roman"
        assert Pt(13) <= font.size <= Pt(14)
    assert opened.styles["Body Text"].paragraph_format.alignment == ALIGN.JUSTIFY


def test_the_head_stands_side_by_side_in_order(opened):
    left, right = opened.tables[0].rows[0].cells
    assert [p.text for p in left.paragraphs[:2]] == [
        "ỦY BAN NHÂN DÂN\nTHÀNH PHỐ HÀ NỘI",
        "TRUNG TÂM PHỤC VỤ\nHÀNH CHÍNH CÔNG",
    ]
    nation, motto = right.paragraphs[:2]
    assert nation.text == "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    assert motto.text == "Độc lập - Tự do - Hạnh phúc"
    assert nation.runs[0].font.bold and Pt(12) <= nation.runs[0].font.size <= Pt(13)
    assert motto.runs[0].font.bold and Pt(13) <= motto.runs[0].font.size <= Pt(14)
    number, dated = (cell.paragraphs[0] for cell in opened.tables[0].rows[1].cells)
    assert number.text == "Số: 12/BC-PVHCC"
    assert dated.text == "Hà\u00a0Nội, ngày 05 tháng 7 năm 2025" and dated.runs[0].font.italic
    assert all(p.alignment == ALIGN.CENTER for p in (nation, motto, number, dated))
    below = [p for p in opened.paragraphs if p.text][:3]
    assert below[0].text == "BÁO CÁO" and below[0].runs[0].font.bold
    assert below[1].text.startswith("Kết quả hoạt động") and below[1].alignment == ALIGN.CENTER
    assert below[2].text == "Kính gửi: Hội đồng nhân dân thành phố"


def test_the_signature_stands_right_and_the_recipients_left_in_small_type(opened):
    (signature,) = [t for t in opened.tables if "Nơi nhận:" in t.rows[0].cells[0].text]
    left, right = signature.rows[0].cells
    assert [p.text for p in left.paragraphs] == ["Nơi nhận:", "- Như trên;", "- Lưu: VT."]
    assert left.paragraphs[0].runs[0].font.size == Pt(12)
    assert left.paragraphs[1].runs[0].font.size == Pt(11)
    title, name = right.paragraphs
    assert (title.text, name.text) == ("GIÁM ĐỐC", "Nguyễn Văn A")
    assert THREE_LINES <= title.paragraph_format.space_after <= FIVE_LINES


def test_the_pdf_says_the_same_of_recipients_and_leaves_room_without_words():
    content = write(made("2025-04"), "pdf")
    text = reading.pdf_text(content)
    assert "-Nhưtrên;-Lưu:VT." in text and "Chữký,dấu" not in text
    (title_page, title), (name_page, name) = (place(content, w) for w in ("GIÁM", "Nguyễn"))
    assert title_page == name_page
    assert THREE_LINES <= Pt(title - name - 14) <= FIVE_LINES


def place(content, words):
    """The page on which a line begins with words, and how high it stands in points."""
    found = []
    for number, page in enumerate(pypdf.PdfReader(io.BytesIO(content)).pages):

        def visit(text, current, matrix, *_, number=number):
            if text.strip().startswith(words):
                found.append((number, matrix[5] * current[3] + current[5]))

        page.extract_text(visitor_text=visit)
    (only,) = found
    return only


def test_hanoi_is_not_broken_in_the_subject(opened):
    subject = next(p.text for p in opened.paragraphs if p.text.startswith("Kết quả hoạt động"))
    assert "Hà\u00a0Nội" in subject and "Hà Nội" not in subject
    assert pdf.data(made("2025-04"))["head"]["subject"] == subject


def longer(block, lines):
    """The pages of the report with more lines in a paragraph."""
    edits = {block: "\n".join(["Dòng"] * lines)}
    return reading.pdf_pages(
        write(document("2025-04", edits=edits), "pdf"), made("2025-04").head.footer
    )


def test_the_signature_never_stands_alone_on_a_page():
    texts = {block.id: block.text for block in made("2025-04").of(Paragraph)}
    last = reading.squeezed(texts["no_scenario"])
    for lines in range(1, 40, 3):
        (page,) = [page for page in longer("caution", lines) if "GIÁMĐỐC" in page]
        assert last in page, lines


def test_a_caption_never_ends_a_page_before_its_table():
    captions = tuple(reading.squeezed(table.title) for table in made("2025-04").of(Table))
    for lines in range(1, 40, 3):
        assert not any(page.endswith(captions) for page in longer("intro", lines)), lines


def test_the_docx_keeps_the_signature_with_the_text_and_captions_with_their_tables(opened):
    body = list(opened.element.body)
    table = next(t._tbl for t in opened.tables if "Nơi nhận:" in t.rows[0].cells[0].text)
    before = body[body.index(table) - 2 : body.index(table)]
    assert before[0].text.startswith("Chưa chọn kịch bản nào")
    assert all(one.find(f".//{qn('w:keepNext')}") is not None for one in before)
    assert opened.styles["Caption"].paragraph_format.keep_with_next


@pytest.mark.parametrize("name", sorted(set(FIELDS) - {"day", "author"}))
def test_a_long_word_in_a_field_stays_within_the_margins_and_is_printed_whole(name, tmp_path):
    stays_within(document("2025-04", fields=FIELDS | {name: "W" * 200}), 200, tmp_path)


def test_a_long_word_in_a_paragraph_stays_within_the_margins_and_is_printed_whole(tmp_path):
    stays_within(document("2025-04", edits={"volumes": "W" * 5_000}), 5_000, tmp_path)


def stays_within(document, count, folder):
    content = write(document, "pdf")
    assert "W" * count in "".join(reading.pdf_pages(content, document.head.footer))
    ends = [(left, right) for _, left, right in reading.words_on_pages(content, folder)]
    assert min(left for left, _ in ends) >= Mm(30).pt - 1
    assert (
        max(right for _, right in ends) <= Mm(210 - 18).pt + 4
    )  # punctuation hangs into the margin


def test_a_scenario_may_have_a_title_that_the_font_cannot_show():
    titled = replace(made("2025-04"), blocks=(Paragraph("x", ("Kịch bản “山”",)),))
    assert "Kịchbản“[U+5C71]”" in reading.pdf_text(write(titled, "pdf"))


def test_page_numbers_stand_at_the_top_from_page_two_on(opened):
    section = opened.sections[0]
    assert section.different_first_page_header_footer
    assert not section.first_page_header.paragraphs[0].text
    number = section.header.paragraphs[0]
    assert number.alignment == ALIGN.CENTER and "PAGE" in number._p.xml
    assert "K7M2PQ9X" in section.footer.paragraphs[0].text
    assert "K7M2PQ9X" in section.first_page_footer.paragraphs[0].text


def test_headings_captions_and_charts_are_real(opened):
    headings = [p.text for p in opened.paragraphs if p.style.name.startswith("Heading")]
    assert headings == [h.text for h in made("2025-04").of(Heading)]
    captions = [p.text for p in opened.paragraphs if p.style.name == "Caption"]
    assert sum(c.startswith("Bảng") for c in captions) == len(
        list(reading.docx_tables(write(made("2025-04"), "docx")))
    )
    names = zipfile.ZipFile(io.BytesIO(write(made("2025-04"), "docx"))).namelist()
    charts = len(list(made("2025-04").of(Chart)))
    assert (
        sum(n.endswith(".svg") for n in names) == sum(n.endswith(".png") for n in names) == charts
    )
    assert len(opened.inline_shapes) == charts == 2
    assert all(s._inline.docPr.get("descr") for s in opened.inline_shapes)
    assert opened.element.body.find(f".//{qn('a:ext')}") is not None


def test_charts_are_filled_with_plain_greys_or_hatches_that_are_drawn():
    drawings = [ElementTree.fromstring(svg.draw(c.figure)) for c in made("2025-04").of(Chart)]
    for drawing in drawings:
        patterns = {p.get("id"): p for p in drawing.iter(f"{SVG}pattern")}
        for pattern in patterns.values():
            assert any(one.tag != f"{SVG}rect" for one in pattern)  # a plain tile shows its seams
        body = [one for one in drawing if one.tag == f"{SVG}rect"]
        fills = {one.get("fill") for one in body}
        assert fills and all(f.startswith("#") or f[5:-1] in patterns for f in fills)
    assert "#222" in {one.get("fill") for one in drawings[0]}


def test_the_pdf_is_tagged_searchable_and_has_its_font_in_it():
    pdf = pypdf.PdfReader(io.BytesIO(write(made("2025-04"), "pdf")))
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert pdf.trailer["/Root"]["/Lang"].startswith("vi")
    used = {}
    for page in pdf.pages:
        for font in (page["/Resources"].get("/Font") or {}).values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            used[inner["/BaseFont"]] = inner["/FontDescriptor"].get_object()
    assert used and all("TeXGyreTermes" in name for name in used)
    assert all(any(k.startswith("/FontFile") for k in one) for one in used.values())
    assert "Trung tâm Phục vụ hành chính công" in " ".join(pdf.pages[0].extract_text().split())
    page = pdf.pages[0].mediabox
    assert (round(float(page.width) / 72 * 25.4), round(float(page.height) / 72 * 25.4)) == (
        210,
        297,
    )


def test_the_font_is_the_only_one():
    assert fonts().families() == ["TeX Gyre Termes"]


@pytest.mark.parametrize(
    ("text", "value", "unit", "form", "shown"),
    [
        ("99,96%", 0.9996, "share", "#,##0.00%", 0.9996),
        ("99,9%", 0.999, "share", "#,##0.0%", 0.999),
        ("12,3\u00a0phút", 12.34, "minute", '#,##0.0"\u00a0phút"', 12.34),
        ("1.234\u00a0lượt", 1234, "visit", '#,##0"\u00a0lượt"', 1234),
        ("30,9\u00a0điểm phần trăm", 0.309, "share", '#,##0.0"\u00a0điểm phần trăm"', 30.9),
        ("−467", -467, "unit", '+#,##0;"−"#,##0;#,##0', -467),
    ],
)
def test_a_spreadsheet_shows_a_number_as_the_report_writes_it(text, value, unit, form, shown):
    number = Number(text, value, "x", unit=unit)
    assert xlsx.number_format(number, ",") == form
    assert xlsx.shown_value(number) == pytest.approx(shown, rel=1e-12)


def test_the_workbook_has_no_id_but_in_the_columns_headed_so():
    figures = reading.workbook(write(made("2025-04"), "xlsx")).worksheets[-1]
    columns = {column[0].value: {c.value for c in column[1:]} for column in figures.columns}
    assert columns["Chỉ tiêu"] > {"Lượt người đến", "Chỉ tiêu đạt"}
    assert columns["Mã chỉ tiêu"] > {"visits", "targets_met"}
    assert columns["Loại"] == {"Kết quả", "Mục tiêu", "Chênh lệch so với mục tiêu", "Số lượng"}
    assert columns["Mức độ chắc chắn"] <= {"Mô phỏng", "Chính thức", "Suy ra", "Giả định"}
    assert {"Toàn thành phố", "Đất đai"} < columns["Thuộc"]
    words = {w for head, found in columns.items() if not head.startswith("Mã") for w in found}
    assert not any(isinstance(w, str) and re.fullmatch("[a-z0-9]+_[a-z0-9_]+", w) for w in words)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_same_report_has_the_same_bytes(form, lang):
    assert write(document("2025-04", lang), form) == write(document("2025-04", lang), form)


@pytest.mark.parametrize("form", FORMATS)
def test_markup_and_formulas_are_shown_as_text(form):
    fields = dict.fromkeys(set(FIELDS) - {"day"}, HOSTILE)
    hostile = document("2025-04", "vi", fields, {"volumes": HOSTILE})
    content = write(hostile, form)
    if form == "pdf":
        assert reading.squeezed(HOSTILE) in reading.pdf_text(content)
    elif form == "docx":
        assert f"Kính gửi: {HOSTILE}" in list(reading.docx_blocks(content))
    else:
        cells = [c for s in reading.workbook(content).worksheets for r in s.iter_rows() for c in r]
        assert any(HOSTILE in str(c.value) for c in cells)
        assert not any(c.data_type == "f" for c in cells)


@pytest.mark.parametrize("text", ["a" * 100_000, "a\x00b", "a\x0bb", "\ud800", "a\u202eb", 12])
@pytest.mark.parametrize("name", ["number", "recipients", "signer_name"])
def test_what_cannot_be_printed_is_refused_with_a_sentence_that_names_the_field(name, text):
    with pytest.raises(FieldsError) as refused:
        Fields.read({name: text})
    label = {lang: catalogue()[f"report_page.{name}"][lang].split(" (")[0] for lang in LANGUAGES}
    assert refused.value.field == name
    assert label["en"] in refused.value.en and label["vi"] in refused.value.vi
    assert name not in refused.value.vi


def test_a_refusal_counts_characters_as_its_language_does():
    with pytest.raises(FieldsError) as refused:
        Fields.read({"signer_name": "a" * 100_000})
    assert refused.value.vi == "“Họ tên người ký” có 100.000 ký tự, tối đa 200 ký tự"
    assert "100,000 characters" in refused.value.en


@pytest.mark.parametrize("char", "山😀✓Д１☂―")
def test_what_the_font_does_not_have_is_refused_by_name_and_the_font_does_not_have_it(char):
    with pytest.raises(FieldsError) as refused:
        Fields.read({"signer_name": f"An {char}"})
    assert f"“{char}” (U+{ord(char):04X})" in refused.value.vi and char in refused.value.en
    with pytest.raises(FieldsError) as refused:
        read_edits({"volumes": char})
    assert "Đoạn đã sửa" in refused.value.vi
    with pytest.raises(typst.TypstError, match="could not be displayed"):
        set_in_type(char)


def test_what_is_accepted_is_in_the_font():
    everything = "".join(sorted(typeface.characters() - {"\u00ad"}))
    known = "".join(c for c in everything if unicodedata.category(c)[0] != "C")
    assert len(known) > 600 and set(string.printable.strip()) | set("ẵỹĐơƯ–−“”…") < set(known)
    set_in_type(known)


def set_in_type(text):
    data = pdf.data(document("2025-04"))
    data["head"]["signer_name"] = text
    typesetting.pdf(data, document("2025-04").day)


def test_tabs_become_spaces_and_what_prints_nothing_is_dropped():
    assert Fields.read({"signer_name": "Lê\tThị\u200b Bì\u00adnh"}).signer_name == "Lê Thị Bình"


@pytest.mark.parametrize(
    "day",
    ["2025-02-30", "mai", "20250705", "2025-W27-6", "0001-01-01", "2025-07-05 ?", "２０２５-07-05"],
)
def test_what_is_no_day_is_refused(day):
    with pytest.raises(FieldsError) as refused:
        Fields.read({"day": day})
    assert "“Ngày ký”" in refused.value.vi


def test_a_field_that_there_is_not_is_refused():
    with pytest.raises(FieldsError):
        Fields.read({"no_such": "x"})


def test_an_edited_figure_is_flagged_and_other_words_are_not():
    composed = {b.id: b.text for b in made("2025-04").of(Paragraph)}
    edits = {"volumes": composed["volumes"] + " Tốt.", "counter": "Chỉ 99% đạt."}
    found = {b.id: b for b in document("2025-04", edits=edits).of(Paragraph)}
    assert found["volumes"].edited and not found["volumes"].flagged
    assert found["counter"].flagged and found["counter"].text == "Chỉ 99% đạt. (*)"
    assert composed["counter"] in found["was_counter"].text
    assert not found["on_time"].edited


@pytest.fixture(scope="module")
def in_libreoffice(tmp_path_factory):
    """The DOCX as LibreOffice prints it: lines of its text."""
    folder = tmp_path_factory.mktemp("office")
    office = shutil.which("soffice") or pytest.fail("no soffice: run tests/install_tools.sh")
    path = folder / "report.docx"
    path.write_bytes(write(made("2025-04"), "docx"))
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", folder, path]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_S)
    # pypdf sorts LibreOffice's diacritics after the letters.
    reader = shutil.which("pdftotext") or pytest.fail("no pdftotext: run tests/install_tools.sh")
    told = subprocess.run([reader, folder / "report.pdf", "-"], check=True, capture_output=True)
    return told.stdout.decode().splitlines()


def test_libreoffice_opens_the_docx_without_loss(in_libreoffice):
    text = reading.squeezed("\n".join(in_libreoffice))
    for number in made("2025-04").numbers():
        assert number.text.split("\u00a0")[0] in text  # a cell may break before its unit
    for heading in made("2025-04").of(Heading):
        assert reading.squeezed(heading.text) in text


def test_with_a_font_of_the_metrics_of_times_the_head_and_the_footer_break_where_they_should(
    in_libreoffice,
):
    head = made("2025-04").head
    for line in (head.nation, head.motto, *head.parent.split("\n"), *head.body.split("\n")):
        assert line in in_libreoffice, "is a font like Liberation Serif there? install_tools.sh"
    assert in_libreoffice.count(head.footer) >= 5


def test_the_docx_names_fonts_that_can_stand_in_for_times_new_roman():
    with zipfile.ZipFile(io.BytesIO(write(made("2025-04"), "docx"))) as files:
        table = ElementTree.fromstring(files.read("word/fontTable.xml"))
    others = {
        one.get(qn("w:name")): one.find(qn("w:altName")).get(qn("w:val"))
        for one in table
        if one.find(qn("w:altName")) is not None
    }
    assert others["Times New Roman"] == "Liberation Serif,TeX Gyre Termes"
    assert others["Liberation Serif"] == others["TeX Gyre Termes"] == "Times New Roman"
