"""The page of reports, without a browser."""

import pytest

from dashboard.pages.report import edits_of, period_name
from dashboard.text import words
from reports import write
from reports.fields import same_numbers
from reports.model import dump, load
from tests.reports.conftest import made


@pytest.mark.parametrize(
    "token, vietnamese, english",
    [
        ("phase-2", "Giai đoạn 2", "Phase 2"),
        ("2025-Q2", "Quý II/2025", "Q2 2025"),
        ("2025-03", "Tháng 03/2025", "03/2025"),
        ("2025-03-01..2025-04-15", "01/03/2025 – 15/04/2025", "01/03/2025 – 15/04/2025"),
        ("phase-9", "phase-9", "phase-9"),
    ],
)
def test_a_period_is_named_as_people_call_it(token, vietnamese, english):
    assert period_name(token, words("vi")) == vietnamese
    assert period_name(token, words("en")) == english


@pytest.mark.parametrize(
    "composed, edited",
    [
        ("2 đạt, 3 gần đạt", "3 đạt, 2 gần đạt"),
        ("giảm −30,1 điểm", "giảm +30,1 điểm"),
        ("4,45 phút", "4,45 giờ"),
        ("99,6% hồ sơ", "99,6 hồ sơ"),
        ("1.234 hồ sơ", "1.234 nghìn hồ sơ"),
        ("còn 5 hồ sơ", "còn 5½ hồ sơ"),
        ("còn 5 hồ sơ", "còn năm hồ sơ"),
        ("đạt mục tiêu", "đạt hai mục tiêu"),
        ("đạt mục tiêu", "đạt ² mục tiêu"),
    ],
)
def test_an_edited_figure_does_not_escape_its_flag(composed, edited):
    assert not same_numbers(composed, edited)


@pytest.mark.parametrize(
    "composed, edited",
    [
        ("Có 1.234 hồ sơ, đạt 99,6%.", "Đã có 1.234 hồ sơ; tỷ lệ đạt 99,6%."),
        ("Đến ngày 30/06/2025 còn −3,2 điểm", "Tính đến 30/06/2025 còn −3,2 điểm"),
    ],
)
def test_other_words_around_the_same_figures_are_no_edited_figure(composed, edited):
    assert same_numbers(composed, edited)


def test_what_differs_from_the_composed_words_is_an_edit():
    composed = {"a": "Một.", "b": "Hai."}
    assert edits_of({"a": "Một.", "b": " Ba. "}, composed) == {"b": "Ba."}
    assert edits_of({"a": "", "b": "Hai."}, composed) == {}


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_document_is_kept_and_read_back_whole(lang):
    document = made("2025-04", lang)
    assert load(dump(document)).head == document.head
    back = load(dump(document))
    assert list(back.numbers()) == list(document.numbers())
    assert write(back, "docx") == write(document, "docx")
    assert write(back, "xlsx") == write(document, "xlsx")
