"""Words, numbers and dates in both languages."""

import ast
import re
import string
from datetime import date
from pathlib import Path

import pytest

import dashboard
from dashboard import text
from dashboard.components import CERTAINTY_ICON, STATUS_ICON
from dashboard.state import KEYS
from dashboard.text import catalogue, words

CODE = Path(dashboard.__file__).parent
CALLERS = {"words", "language"}
VI, EN = words("vi"), words("en")


def calls():
    """Arguments of every call such as ``language("nav.overview")`` in the code of the pages."""
    for path in CODE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", "")
                called = node.func.func if isinstance(node.func, ast.Call) else None
                if name in CALLERS or getattr(called, "id", "") == "words":
                    yield from keys_in(node.args[0])


def keys_in(node: ast.expr):
    """Keys, or patterns of keys, that an argument may stand for."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield re.escape(node.value)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            re.escape(part.value) if isinstance(part, ast.Constant) else r"[\w+]+"
            for part in node.values
        )
    elif isinstance(node, ast.IfExp):
        yield from keys_in(node.body)
        yield from keys_in(node.orelse)


def filled_in(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("key", catalogue())
def test_every_text_is_there_in_both_languages(key):
    entry = catalogue()[key]
    assert set(entry) == {"vi", "en"}
    assert filled_in(entry["vi"]) == filled_in(entry["en"])
    assert bool(entry["vi"].strip()) == bool(entry["en"].strip())


def test_the_code_asks_only_for_texts_that_are_there():
    missing = {
        pattern
        for pattern in calls()
        if "." in pattern and not any(re.fullmatch(pattern, key) for key in catalogue())
    }
    assert not missing


def test_every_status_certainty_and_parameter_has_its_words():
    for status in STATUS_ICON:
        assert VI(f"status.{status}") != EN(f"status.{status}")
    for certainty in CERTAINTY_ICON:
        assert VI(f"certainty.{certainty}") and EN(f"certainty_meaning.{certainty}")
    for key in KEYS:
        assert "x" in VI(f"problem.{key}", value="x")


def test_numbers_are_written_as_in_vietnam():
    assert VI.number(1234.5, 1) == "1.234,5"
    assert EN.number(1234.5, 1) == "1,234.5"
    assert VI.share(0.876) == "87,6%"
    assert VI.value(12.34, "minute") == "12,3\u00a0phút"


def test_dates_are_written_day_month_year():
    assert VI.date(date(2025, 4, 26)) == EN.date(date(2025, 4, 26)) == "26/04/2025"
    assert VI.date(None) == text.MISSING


def test_what_is_not_all_is_never_shown_as_all():
    assert VI.share(0.9999) == "99,99%"
    assert VI.share(1.0) == "100,0%"
    assert VI.share(0.0002) == "0,02%"
    assert VI.share(0.0) == "0,0%"


def test_a_number_that_is_not_there_is_a_dash():
    assert VI.number(None) == VI.share(float("nan")) == VI.value(None, "minute") == "–"


def test_a_text_with_something_to_fill_in_does_not_go_without():
    with pytest.raises(KeyError):
        VI("verdict.gap", value="1")


def test_a_period_of_one_day_has_one_date():
    day = date(2025, 11, 30)
    assert VI.span(day, day) == "30/11/2025"
    assert VI.span(date(2025, 11, 1), day) == "01/11/2025 – 30/11/2025"
