"""Words, numbers and dates in Vietnamese and English.

Every sentence of the interface stands in ``catalogue/``, both languages side by side. Names
that belong to the domain (KPIs, fields, districts) come from the reference tables instead.
"""

import math
from datetime import date
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import yaml
from babel.numbers import format_decimal, format_percent

LOCALES = {"vi": "vi_VN", "en": "en_GB"}
DATE_FORM = "%d/%m/%Y"
MISSING = "–"
NARROW_SPACE = "\u00a0"


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Every text by key: ``{"nav.skip": {"vi": ..., "en": ...}}``."""
    folder = resources.files("dashboard").joinpath("catalogue")
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return {
        key: text for file in files for key, text in _flat(yaml.safe_load(file.read_text("utf-8")))
    }


def _flat(tree: dict, prefix: str = ""):
    for key, value in tree.items():
        if isinstance(value, dict) and not {"vi", "en"} & set(value):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


class Words:
    """One language: ``words("nav.skip")`` is a text, ``words.number(1234.5)`` a number."""

    def __init__(self, lang: str):
        self.lang = lang
        self.locale = LOCALES[lang]

    def __call__(self, key: str, /, **values: Any) -> str:
        """The text of a key, with ``{name}`` filled in.

        Raises:
            KeyError: no such key, not in this language, or a value to fill in is missing.
        """
        return catalogue()[key][self.lang].format(**values)

    def has(self, key: str) -> bool:
        """Whether there is a text of this key."""
        return key in catalogue()

    def of(self, row: Any, what: str = "name") -> str:
        """A bilingual cell: ``name_vi``/``name_en`` of a table's row, or a Text(vi, en)."""
        if hasattr(row, self.lang):
            return getattr(row, self.lang)
        value = row[f"{what}_{self.lang}"]
        return value if isinstance(value, str) else ""

    def number(self, value: float | None, digits: int = 0) -> str:
        """1.234,5 in Vietnamese, 1,234.5 in English; a dash where there is no number."""
        if _absent(value):
            return MISSING
        return _number(self.locale, value, digits)

    def share(self, value: float | None, digits: int = 1) -> str:
        """A share of one as a percentage.

        What is not all is never shown as 100%, and what is not nothing never as 0%: such a share
        gets more digits.
        """
        if _absent(value):
            return MISSING
        while digits < 3 and 0 < value < 1 and round(value, digits + 2) in (0, 1):
            digits += 1
        return _percent(self.locale, value, digits)

    def signed_share(self, value: float | None) -> str:
        """A relative difference as a percentage with its sign."""
        if _absent(value):
            return MISSING
        sign = "+" if value > 0 else "−" if value < 0 else ""
        return sign + _percent(self.locale, abs(value), 1)

    def towards(self, value: float | None, target: float | None, unit: str, met: bool) -> str:
        """A value so that what misses its target never reads as if it reached it."""
        shown = self.value(value, unit)
        if met or _absent(value) or _absent(target) or unit != "share":
            return shown
        for digits in (1, 2, 3):
            shown = self.share(value, digits)
            if shown != self.share(target, digits):
                break
        return shown

    def date(self, day: date | None) -> str:
        """dd/MM/yyyy in both languages."""
        return day.strftime(DATE_FORM) if isinstance(day, date) else MISSING

    def span(self, first: date, last: date) -> str:
        """Two dates, both included; a day has one."""
        if first == last:
            return self.date(first)
        return f"{self.date(first)} – {self.date(last)}"

    def month(self, day: date) -> str:
        """A month and its year, short."""
        return f"{day.month:02d}/{day.year}"

    def value(self, value: float | None, unit: str, digits: int | None = None) -> str:
        """A number with its unit in words.

        Args:
            unit: of the KPI or reference table; ``share`` is shown as a percentage.
        """
        if _absent(value):
            return MISSING
        if unit == "share":
            return self.share(value, 1 if digits is None else digits)
        number = self.number(value, _digits(value) if digits is None else digits)
        word = self.unit(unit)
        return f"{number}{NARROW_SPACE}{word}" if word else number

    def unit(self, unit: str) -> str:
        """The word for a unit, ``""`` for none; an unknown unit is shown as it is."""
        if unit in ("", "share", None):
            return ""
        key = f"unit.{unit}"
        return self(key) if key in catalogue() else unit

    def roman(self, number: int) -> str:
        """A quarter's number: I to IV in Vietnamese, 1 to 4 in English."""
        return ("I", "II", "III", "IV")[number - 1] if self.lang == "vi" else str(number)

    def list(self, items: list[str]) -> str:
        """Items with commas and a final "and"."""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self('word.and')} {items[-1]}"


@cache
def words(lang: str) -> Words:
    """The language by its code."""
    return Words(lang)


def _absent(value: float | None) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def _digits(value: float) -> int:
    size = abs(value)
    return 0 if size >= 1000 or float(value).is_integer() else 1 if size >= 10 else 2


@cache
def _pattern(digits: int) -> str:
    return "#,##0" + ("." + "0" * digits if digits else "")


@lru_cache(65_536)
def _number(locale: str, value: float, digits: int) -> str:
    return format_decimal(round(float(value), digits), format=_pattern(digits), locale=locale)


@lru_cache(65_536)
def _percent(locale: str, value: float, digits: int) -> str:
    return format_percent(float(value), format=_pattern(digits) + "%", locale=locale)
