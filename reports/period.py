"""The period of a report, read from what a person types, judged against a run."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from data.reference import Reference

ONE_DAY = timedelta(days=1)
LONGEST_SHOWN = 40


class PeriodError(ValueError):
    """A period that cannot be reported; ``vi`` says why in Vietnamese."""

    def __init__(self, en: str, vi: str):
        super().__init__(en)
        self.en, self.vi = en, vi


@dataclass(frozen=True)
class Period:
    """Days of a report: ``start`` to before ``end`` as asked for, ``first`` to before ``stop`` as
    far as the run goes; ``before``: the same period before, None where the run does not know it."""

    token: str
    kind: str  # phase | quarter | month | range
    start: date
    end: date
    first: date
    stop: date
    before: tuple[date, date] | None

    @property
    def last(self) -> date:
        """Last day of which there are figures."""
        return self.stop - ONE_DAY

    @property
    def is_whole(self) -> bool:
        """Whether the run covers all of it."""
        return (self.start, self.end) == (self.first, self.stop)


def read_period(text: str, start: date, end: date, reference: Reference) -> Period:
    """A period such as ``phase-1``, ``2025-Q2``, ``2025-03`` or ``2025-03-01..2025-03-15``.

    ``start`` and ``end`` (exclusive) are those of the run. Raises PeriodError.
    """
    token = str(text).strip()
    shown = token[:LONGEST_SHOWN]
    found = _phase(token, reference) or _quarter(token) or _month(token) or _range(token)
    if found is None:
        raise PeriodError(
            f"period '{shown}' is not understood; write phase-1, 2025-Q2, 2025-03 or "
            "2025-03-01..2025-03-15",
            f"không hiểu kỳ “{shown}”; hãy viết phase-1, 2025-Q2, 2025-03 hoặc "
            "2025-03-01..2025-03-15",
        )
    kind, low, high, before = found
    if low >= high:
        raise PeriodError(
            f"period '{shown}': the first day is after the last",
            f"kỳ “{shown}”: ngày đầu sau ngày cuối",
        )
    first, stop = max(low, start), min(high, end)
    if first >= stop:
        raise PeriodError(
            f"period '{shown}' lies outside the run, which has figures from {start} to "
            f"{end - ONE_DAY}",
            f"kỳ “{shown}” nằm ngoài lượt mô phỏng, vốn chỉ có số liệu từ {start:%d/%m/%Y} đến "
            f"{end - ONE_DAY:%d/%m/%Y}",
        )
    whole = before and start <= before[0] < before[1] <= end and (low, high) == (first, stop)
    return Period(token.replace("_", "-"), kind, low, high, first, stop, before if whole else None)


def _phase(token: str, reference: Reference):
    phases = [(r.id, r.start, r.end + ONE_DAY) for r in reference.phases.itertuples()]
    for place, (name, start, end) in enumerate(phases):
        if token.replace("-", "_") == name:
            return "phase", start, end, phases[place - 1][1:] if place else None
    return None


def _quarter(token: str):
    if not (match := re.fullmatch(r"(\d{4})-Q([1-4])", token, re.ASCII)):
        return None
    year, number = int(match[1]), int(match[2])
    if not 1 < year < 9990:
        return None
    start = date(year, 3 * number - 2, 1)
    return "quarter", start, _months_on(start, 3), (_months_on(start, -3), start)


def _month(token: str):
    if not (match := re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", token, re.ASCII)):
        return None
    if not 1 < int(match[1]) < 9990:
        return None
    start = date(int(match[1]), int(match[2]), 1)
    return "month", start, _months_on(start, 1), (_months_on(start, -1), start)


def _range(token: str):
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:\.\.|_)(\d{4}-\d\d-\d\d)", token, re.ASCII)
    try:
        low, high = (date.fromisoformat(one) for one in match.groups())
        return "range", low, high + ONE_DAY, (low - (high + ONE_DAY - low), low)
    except (AttributeError, ValueError, OverflowError):
        return None


def _months_on(day: date, count: int) -> date:
    index = day.year * 12 + day.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)
