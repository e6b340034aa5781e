"""What a person has chosen, and its form in the address of the page.

Everything that two people would want to share lives in the query of the URL, so a link shows
the other person the same figures. Reading never fails: a value that makes no sense is replaced
by the default and reported, so that the page can say so.
"""

import re
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlencode

LANGUAGES = ("vi", "en")
WHOLE_HORIZON = "all"

# Order of the keys in an address, and the attribute each one stands for.
KEYS = {
    "ky": "period",
    "quan": "district",
    "linhvuc": "field",
    "kenh": "channel",
    "chitieu": "kpi",
    "run": "run",
    "lang": "lang",
}
# Keys that belong to a page rather than to the frame; the frame passes them on untouched.
PAGE_KEYS = (
    *("q", "theme"),
    *("ngay", "diem", "luc", "phan", "kyso"),  # operations
    *("cach", "ngoai", "trang"),  # access
    *("ma", "donvi", "loai", "trang"),  # accountability
    *("homnay", "muctieu"),  # phases
    *("kb", "so", "voi", "chiso", "trong", "nc"),  # scenarios
    "bc",  # report
)
LONGEST_VALUE = 40
LONGEST_PAGE_VALUE = 400


@dataclass(frozen=True)
class State:
    """The choices that make up a view; ``""`` stands for the default of each."""

    period: str = ""
    district: str = ""
    field: str = ""
    channel: str = ""
    kpi: str = ""
    run: str = ""
    lang: str = "vi"


@dataclass(frozen=True)
class Known:
    """The values an address may name; a period is judged against the horizon."""

    start: date
    end: date  # exclusive
    phases: dict[str, tuple[date, date]] = field(default_factory=dict)  # end exclusive
    districts: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    kpis: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """A value of the address that was replaced by the default."""

    key: str
    value: str


@dataclass(frozen=True)
class Period:
    """A span of days: ``token`` as in the address, ``end`` exclusive, ``kind`` for its name."""

    token: str
    kind: str  # all | phase | quarter | month | range
    start: date
    end: date

    @property
    def last(self) -> date:
        """The last day that belongs to the period."""
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        """Number of calendar days."""
        return (self.end - self.start).days


def parse(search: str | None, known: Known) -> tuple[State, tuple[Problem, ...]]:
    """The state an address asks for, and the values that had to be replaced.

    Args:
        search: query of the address, with or without the leading ``?``.
        known: the values that exist.
    """
    given: dict[str, str] = {}
    problems = []
    for key, value in parse_qsl((search or "").removeprefix("?"), keep_blank_values=False):
        if key in KEYS:
            given.setdefault(key, value)
        elif key not in PAGE_KEYS:
            problems.append(Problem(shortened(key), shortened(value)))
    state = State()
    for key, value in given.items():
        if _makes_sense(key, value, known):
            state = replace(state, **{KEYS[key]: value})
        else:
            problems.append(Problem(key, shortened(value)))
    return state, tuple(problems)


def key_of(name: str) -> str:
    """The key in an address of an attribute of the state."""
    return next(key for key, attribute in KEYS.items() if attribute == name)


def page_value(search: str | None, key: str) -> str:
    """The value of one of ``PAGE_KEYS`` in an address, ``""`` if it is not there."""
    return dict(parse_qsl((search or "").removeprefix("?"))).get(key, "")[:LONGEST_PAGE_VALUE]


def search_of(state: State, **changes: str) -> str:
    """The query that leads back to this state (``""`` when all is default).

    Args:
        changes: attributes of the state to replace first.
    """
    state = replace(state, **changes)
    default = State()
    pairs = [
        (key, getattr(state, name))
        for key, name in KEYS.items()
        if getattr(state, name) != getattr(default, name)
    ]
    return "?" + urlencode(pairs) if pairs else ""


def with_page_values(search: str | None, **values: str) -> str:
    """The query with some of ``PAGE_KEYS`` set, or taken out where the value is empty."""
    given = parse_qsl((search or "").removeprefix("?"))
    pairs = [(key, value) for key, value in given if key not in values]
    pairs += [(key, value[:LONGEST_PAGE_VALUE]) for key, value in values.items() if value]
    return "?" + urlencode(pairs, safe=",") if pairs else ""


def of_the_page(search: str | None) -> dict[str, str]:
    """The values of ``PAGE_KEYS`` in an address, but for the theme."""
    given = dict(parse_qsl((search or "").removeprefix("?")))
    return {key: given[key] for key in PAGE_KEYS if key in given and key != "theme"}


def period_of(token: str, known: Known) -> Period | None:
    """The days a period token stands for, cut to the horizon.

    Returns:
        None if the token is not a period or has no day in common with the horizon.
    """
    if token == "":
        token = default_period(known)
    found = _span(token, known)
    if found is None:
        return None
    kind, start, end = found
    start, end = max(start, known.start), min(end, known.end)
    return Period(token, kind, start, end) if start < end else None


def default_period(known: Known) -> str:
    """The last phase the run has reached, or the whole horizon."""
    reached = [
        (start, name)
        for name, (start, end) in known.phases.items()
        if start < known.end and end > known.start
    ]
    return max(reached)[1] if reached else WHOLE_HORIZON


def quarters(known: Known) -> list[str]:
    """Tokens of the calendar quarters that the horizon touches, in order."""
    return list(dict.fromkeys(f"{m[:4]}-Q{(int(m[5:]) + 2) // 3}" for m in months(known)))


def months(known: Known) -> list[str]:
    """Tokens of the months that the horizon touches, in order."""
    found, day = [], known.start.replace(day=1)
    while day < known.end:
        found.append(f"{day:%Y-%m}")
        day = _next_month(day)
    return found


def range_token(first: date, last: date) -> str:
    """Token of a free range of days, both ends included."""
    return f"{first.isoformat()}_{last.isoformat()}"


def _makes_sense(key: str, value: str, known: Known) -> bool:
    if key == "ky":
        return period_of(value, known) is not None
    allowed = {
        "quan": known.districts,
        "linhvuc": known.fields,
        "kenh": known.channels,
        "chitieu": known.kpis,
        "run": known.runs,
        "lang": LANGUAGES,
    }
    return value in allowed[key]


def _span(token: str, known: Known) -> tuple[str, date, date] | None:
    if token == WHOLE_HORIZON:
        return "all", known.start, known.end
    if token in known.phases:
        return "phase", *known.phases[token]
    if match := re.fullmatch(r"(\d{4})-Q([1-4])", token, re.ASCII):
        start = _date(int(match[1]), 3 * int(match[2]) - 2)
        return start and ("quarter", start, _next_month(start, 3))
    if match := re.fullmatch(r"(\d{4})-(\d{2})", token, re.ASCII):
        start = _date(int(match[1]), int(match[2]))
        return start and ("month", start, _next_month(start))
    if match := re.fullmatch(r"(\d{4}-\d{2}-\d{2})_(\d{4}-\d{2}-\d{2})", token, re.ASCII):
        try:
            first, last = map(date.fromisoformat, match.groups())
            return ("range", first, last + timedelta(days=1)) if first <= last else None
        except (ValueError, OverflowError):
            return None
    return None


def _date(year: int, month: int) -> date | None:
    return date(year, month, 1) if 1 <= month <= 12 and 1 <= year <= 9990 else None


def _next_month(day: date, months_on: int = 1) -> date:
    index = day.year * 12 + day.month - 1 + months_on
    return date(index // 12, index % 12 + 1, 1)


def shortened(value: str) -> str:
    """A value of an address as it is told to the person who typed it."""
    return value if len(value) <= LONGEST_VALUE else value[:LONGEST_VALUE] + "…"


assert set(KEYS.values()) == {f.name for f in fields(State)}
