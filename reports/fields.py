"""What people type into a report: the fields of the form and edited paragraphs, checked."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date

from dashboard.text import words
from reports import typeface

LONGEST = 200
LONGEST_LIST = 2_000
LONGEST_PARAGRAPH = 5_000
MOST_EDITS = 200
LISTS = ("recipients",)
# All that Unicode calls a number counts as a digit: ½, ², ①.
DIGIT = r"[\d\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u209f\u2150-\u218b\u2460-\u249b]"
IN_WORDS = (  # "năm 2025" is a year, "tỷ lệ" a share
    *("một", "hai", "ba", "bốn", r"năm(?!\s*\d)", "sáu", "bảy", "tám", "chín", "mười", "mươi"),
    *("trăm", "nghìn", "ngàn", "triệu", "t[ỷỉ](?! lệ)", "nửa", "rưỡi"),
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twenty"),
    *("hundred", "thousand", "million", "billion", "half", "double", "twice"),
)
FIGURE = re.compile(
    rf"(?P<sign>[-−+±])?(?P<number>{DIGIT}+(?:[.,]{DIGIT}+)*)"
    r"\s*(?P<unit>%|‰|[^\W\d_]+)?"
    rf"|\b(?P<word>{'|'.join(IN_WORDS)})\b",
    re.IGNORECASE,
)
DAY = re.compile(r"20\d\d-\d\d-\d\d", re.ASCII)  # of this century: the pilot is of 2024
DROPPED = str.maketrans({"\u200b": None, "\u00ad": None, "\t": " "})  # they print nothing


class FieldsError(ValueError):
    """What was typed cannot be printed; ``field`` names it, ``vi`` says why in Vietnamese."""

    def __init__(self, name: str, en: str, vi: str):
        super().__init__(en)
        self.field, self.en, self.vi = name, en, vi


@dataclass(frozen=True)
class Fields:
    """Fields of the form; what is empty is left blank to be written by hand, never invented.

    ``recipients``: one a line; ``day``: of the report, ISO, which also stands in the files.
    """

    number: str = ""
    symbol: str = ""
    place: str = ""
    day: str = ""
    addressee: str = ""
    signer_title: str = ""
    signer_name: str = ""
    recipients: str = ""
    author: str = ""

    @classmethod
    def read(cls, given: Mapping[str, object] | None) -> "Fields":
        """Checked fields. Raises FieldsError."""
        given = given or {}
        known = [one.name for one in fields(cls)]
        for name in given:
            if name not in known:
                raise FieldsError(
                    str(name)[:40],
                    f"there is no field '{str(name)[:40]}'; there are {', '.join(known)}",
                    f"không có trường “{str(name)[:40]}”; chỉ có {', '.join(known)}",
                )
        most = {name: LONGEST_LIST if name in LISTS else LONGEST for name in known}
        made = cls(**{name: checked(name, given.get(name), most[name]) for name in known})
        made.date()
        return made

    def date(self) -> date | None:
        """The day of the report, None where it is left blank. Raises FieldsError."""
        if not self.day:
            return None
        try:
            return date.fromisoformat(self.day if DAY.fullmatch(self.day) else "")
        except ValueError:
            en, vi = labels("day")
            raise FieldsError(
                "day",
                f"{en}: '{self.day[:20]}' is not a date, write 2025-07-01",
                f"{vi}: “{self.day[:20]}” không phải là ngày, hãy viết 2025-07-01",
            ) from None


def read_edits(given: Mapping[str, object] | None) -> dict[str, str]:
    """Checked words in place of composed paragraphs, by the paragraph's id. Raises FieldsError."""
    given = given or {}
    if len(given) > MOST_EDITS:
        raise FieldsError("edits", "too many edits", "quá nhiều đoạn đã sửa")
    return {str(k)[:60]: checked("edit", v, LONGEST_PARAGRAPH) for k, v in given.items()}


def checked(name: str, value: object, most: int) -> str:
    """A text that every format can hold: NFC, characters of the report's font only; tabs become
    spaces, break opportunities and soft hyphens are dropped. Raises FieldsError."""
    text, (en, vi) = "" if value is None else value, labels(name)
    if not isinstance(text, str):
        raise FieldsError(name, f"{en} must be a text", f"{vi} phải là văn bản")
    if len(text) > most:
        raise FieldsError(
            name,
            f"{en} has {words('en').number(len(text))} characters, at most "
            f"{words('en').number(most)} are allowed",
            f"{vi} có {words('vi').number(len(text))} ký tự, tối đa {words('vi').number(most)} "
            "ký tự",
        )
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(DROPPED)
    text = unicodedata.normalize("NFC", text)
    kept = "\n" if most > LONGEST else ""
    bad = next((c for c in text if c not in kept and not _printable(c)), None)
    if bad is not None:
        raise FieldsError(
            name,
            f"{en} holds a character that cannot be printed: {_named(bad)}",
            f"{vi} có ký tự không in được: {_named(bad)}",
        )
    return text.strip()


def labels(name: str) -> tuple[str, str]:
    """A field as people know it, in quotes: English, Vietnamese."""
    en, vi = (words(lang)(f"report_page.{name}").partition(" (")[0] for lang in ("en", "vi"))
    return f"“{en}”", f"“{vi}”"


def _printable(char: str) -> bool:
    return char in typeface.characters() and unicodedata.category(char)[0] != "C"


def _named(char: str) -> str:
    code = f"U+{ord(char):04X}"
    can_be_shown = unicodedata.category(char)[0] in "LNPS"
    return f"“{char}” ({code})" if can_be_shown else code


def same_numbers(composed: str, edited: str) -> bool:
    """Whether a text has the figures of another: the same numbers in the same order, with the
    same signs and units, no number in words more or less."""
    return figures(composed) == figures(edited)


def figures(text: str) -> list[tuple[str, ...]]:
    """Sign, number and the word or sign that follows, of every figure; numbers in words too."""
    return [
        tuple((match[name] or "").lower() for name in ("sign", "number", "unit", "word"))
        for match in FIGURE.finditer(text)
    ]
