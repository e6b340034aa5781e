"""Where each dossier stands on a day, who holds it, and which are late: from the records of a run.

Dossiers have no codes in the records; they get synthetic ones here. All that concerns a day is
judged at its last instant. Times are kept as whole seconds, lateness as the records have it.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

from dashboard import state as urls
from dashboard.queries import View
from dashboard.source import Run, Source
from data.store.cache import Cache
from simulation.calendar import DAY, SECOND, working_days

PAGE_ROWS = 50
UNITS_SHOWN = 15
DAYS_BEYOND = 250  # of deadlines after the horizon
LISTS = ("overdue", "due_soon", "awaiting", "open", "resolved_late")
DAY_S = DAY // SECOND
NEVER_S = np.int32(np.iinfo(np.int32).max)
NEVER_MS = np.iinfo(np.int64).max
REQUEST_TIMES = ("asked_ms", "answered_ms")
TIMES = ("received", "taken", "decided", "ready", "returned", "due")
STEPS = (
    *("waits_for_unit", "at_unit", "other_steps", "result_ready", "returned"),
    "awaits_supplement",
)
CODE = re.compile(r"MP-?H26-?(\d{6})-?(\d{8})-?([0-9A-Z])")
SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LONGEST_CODE = 60
_LEDGERS: Cache = Cache(2)


# --- codes -----------------------------------------------------------------------------------


def code_of(number: int, received: date) -> str:
    """The synthetic code of a dossier: MP (simulated), H26 (Hanoi), day of reception, number,
    check character (ISO 7064, MOD 37,36)."""
    digits = f"{received:%y%m%d}{number:08d}"
    return f"MP-H26-{digits[:6]}-{digits[6:]}-{_check(digits)}"


def number_of(code: str) -> tuple[int | None, date | None, str]:
    """Number and day of reception that a code stands for, or the key of the sentence that says
    what is wrong with it: ``form`` or ``check``."""
    plain = re.sub(r"[\s./_]", "", code[:LONGEST_CODE]).upper()
    match = CODE.fullmatch(plain)
    if match is None:
        return None, None, "form"
    day, number, sign = match.groups()
    if _check(day + number) != sign:
        return None, None, "check"
    try:
        received = date(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
    except ValueError:
        return None, None, "form"
    return int(number), received, ""


def _check(text: str) -> str:
    """The check character of a text of digits and capitals, ISO 7064, MOD 37,36."""
    size, rest = len(SIGNS), len(SIGNS)
    for sign in text:
        rest = (rest + SIGNS.index(sign)) % size or size
        rest = rest * 2 % (size + 1)
    return SIGNS[(1 - rest) % size]


# --- the ledger ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ledger:
    """What a list of dossiers needs of a whole run, by number of the dossier.

    ``received`` … ``due``: seconds since the run's start, ``NEVER_S`` where it has not happened;
    ``late``: the result came, or would come, after the time allowed or after more than one
    request for a supplement; ``unit``, ``field``, ``channel``, ``site``: codes in the lists of ids
    of the same name. ``requests``: those for supplements as they were made, with ``dossier``,
    ``asked_ms`` and ``answered_ms`` (``NEVER_MS`` where it has not happened), exact.
    """

    received: np.ndarray
    taken: np.ndarray
    decided: np.ndarray
    ready: np.ndarray
    returned: np.ndarray
    due: np.ndarray
    late: np.ndarray
    requests: dict[str, np.ndarray]
    codes: dict[str, np.ndarray]
    ids: dict[str, list[str]]

    def __len__(self) -> int:
        return len(self.received)


def ledger(source: Source, run: Run) -> Ledger:
    """The ledger of a finished run; those used last stay in memory. Raises StoreError."""
    return _LEDGERS.get((run.id, run.finished), lambda: _read(source, run.id))


def _read(source: Source, run_id: str) -> Ledger:
    coded = ("unit", "field", "channel", "site")
    table = source.records(
        run_id, [*(f"{name}_ms" for name in TIMES), *coded, "supplements"], "dossiers"
    )
    times = {name: table[f"{name}_ms"] for name in TIMES}
    exact = {name: times[name].fill_null(-1).to_numpy() for name in ("ready", "due")}
    late = (exact["ready"] > exact["due"]) | (table["supplements"].to_numpy() > 1)
    combined = {name: table[name].combine_chunks() for name in coded}
    return Ledger(
        **{name: _seconds(times[name]) for name in TIMES},
        late=late,
        requests=_requests(source, run_id),
        codes={n: c.indices.fill_null(-1).to_numpy() for n, c in combined.items()},
        ids={n: c.dictionary.to_pylist() for n, c in combined.items()},
    )


def _seconds(column) -> np.ndarray:
    whole = column.fill_null(-1).to_numpy()
    return np.where(whole < 0, NEVER_S, whole // SECOND).astype(np.int32)


def _requests(source: Source, run_id: str) -> dict[str, np.ndarray]:
    table = source.records(run_id, ["dossier", *REQUEST_TIMES], "requests")
    return {
        "dossier": table["dossier"].to_numpy(),
        **{name: table[name].fill_null(NEVER_MS).to_numpy() for name in REQUEST_TIMES},
    }


# --- a day -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Day:
    """The instant at which everything is judged: the end of ``date``.

    Attributes:
        at_s: that instant, seconds since the run's start.
        soon_s: until when a deadline is near.
        asked: what was asked for, where that could not be used.
    """

    date: date
    at_s: int
    soon_s: int
    soon_days: int
    asked: str = ""


def day_of(source: Source, seen: View, search: str) -> Day:
    """The day of an address (``ngay``), else the last day of the period."""
    asked = urls.page_value(search, "ngay")
    chosen = seen.period.last
    wrong = ""
    if asked:
        try:
            chosen = date.fromisoformat(asked)
        except ValueError:
            wrong = asked
        if not seen.known.start <= chosen < seen.known.end:
            chosen, wrong = seen.period.last, asked
    soon_days = soon_working_days(source)
    number = (chosen - seen.known.start).days + 1
    following = np.flatnonzero(working_from(source, seen)[number:])
    last = number + int(following[soon_days - 1]) + 1
    return Day(chosen, number * DAY_S, last * DAY_S, soon_days, wrong)


def working_from(source: Source, seen: View) -> np.ndarray:
    """Which days from the run's start are working days, as the run has them, and for the deadlines
    beyond its horizon as the calendar has them."""
    own = np.array(source.cube(seen.run.id).meta.working, bool)
    every = working_days(seen.known.start, len(own) + DAYS_BEYOND, source.reference.calendar)
    every[: len(own)] = own
    return every


def soon_working_days(source: Source) -> int:
    """How many working days before its deadline a dossier is near it (``targets.csv``)."""
    targets = source.reference.targets.set_index("id")
    return int(targets.loc["due_soon", "value"])


def judged(source: Source, seen: View, search: str) -> tuple[Ledger, Day]:
    """The ledger as it was known at the end of the day of an address. Raises StoreError."""
    day = day_of(source, seen, search)
    run_days = (seen.known.end - seen.known.start).days
    working = working_from(source, seen)
    return as_known(ledger(source, seen.run), day, working, run_days), day


def as_known(book: Ledger, day: Day, working: np.ndarray, run_days: int) -> Ledger:
    """The ledger with the deadlines as they stood at the end of a day: not yet moved by the time
    that people took for supplements after it.

    Args:
        working: which days from the run's start are working days.
        run_days: days of the run; who has not answered by then had the clock stopped until then.
    """
    at_ms = day.at_s * SECOND
    later = book.requests["answered_ms"] >= at_ms
    if not later.any():
        return book
    dossier, asked, answered = (book.requests[n][later] for n in ("dossier", *REQUEST_TIMES))
    before, number_of_day = np.cumsum([0, *working]), np.flatnonzero(working)
    closes = int(book.due[dossier[0]]) % DAY_S

    def day_zero(times):
        number, clock = np.divmod(times, DAY)
        return before[number] + (working[number] & (clock > closes * SECOND))

    paused = day_zero(np.minimum(answered, run_days * DAY)) - day_zero(np.maximum(asked, at_ms))
    those, place = np.unique(dossier, return_inverse=True)
    number = before[book.due[those] // DAY_S] - np.bincount(place, paused).astype(np.int64)
    due = book.due.copy()
    due[those] = number_of_day[number] * DAY_S + closes
    return replace(book, due=due)


@dataclass(frozen=True)
class Standing:
    """Which dossiers of a slice stand how at the end of a day (bool by number)."""

    open: np.ndarray
    awaiting: np.ndarray
    overdue: np.ndarray
    due_soon: np.ndarray
    resolved_late: np.ndarray
    resolved: np.ndarray
    received: np.ndarray

    def of(self, name: str) -> np.ndarray:
        """Those of one of ``LISTS``."""
        return getattr(self, name)


def standing(book: Ledger, day: Day, chosen: np.ndarray) -> Standing:
    """Where the chosen dossiers stand.

    Open: received, result not yet in the person's hands. Awaiting: the person has been asked for a
    supplement, which is not there yet; the clock stands. Overdue: its result not signed and the
    deadline past. Due soon: the clock runs and the deadline falls within the next working days.
    Resolved late: the result was signed after the deadline or after more than one request for a
    supplement.
    """
    received = (book.received < day.at_s) & chosen
    resolved = received & (book.ready < day.at_s)
    is_open = received & (book.returned >= day.at_s)
    undecided = is_open & ~resolved
    awaiting = awaiting_at(book, day) & chosen
    overdue = undecided & (book.due < day.at_s)
    return Standing(
        open=is_open,
        awaiting=awaiting,
        overdue=overdue,
        due_soon=undecided & ~overdue & ~awaiting & (book.due < day.soon_s),
        resolved_late=resolved & book.late,
        resolved=resolved,
        received=received,
    )


def awaiting_at(book: Ledger, day: Day) -> np.ndarray:
    """Which dossiers wait for the person's supplement at the end of a day (bool by number)."""
    asked, answered, at_ms = *(book.requests[n] for n in REQUEST_TIMES), day.at_s * SECOND
    awaiting = np.zeros(len(book), bool)
    awaiting[book.requests["dossier"][(asked < at_ms) & (answered >= at_ms)]] = True
    return awaiting


def chosen_by(book: Ledger, state: urls.State, districts: dict[str, str], unit: str) -> np.ndarray:
    """The dossiers that an address chooses: by the district of the responsible unit, field,
    channel and unit.

    Args:
        districts: code of the district of each unit.
    """
    chosen = np.ones(len(book), bool)
    for name, wanted in (("field", state.field), ("channel", state.channel), ("unit", unit)):
        if wanted:
            chosen &= _coded(book, name, lambda one, wanted=wanted: one == wanted)
    if state.district:
        chosen &= _coded(book, "unit", lambda one: districts.get(one) == state.district)
    return chosen


def _coded(book: Ledger, name: str, fits) -> np.ndarray:
    fitting = np.array([*(fits(one) for one in book.ids[name]), False])
    return fitting[book.codes[name]]


# --- the page --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Accountability:
    """Everything on the page for one address.

    ``units``: unit, name_vi, name_en, open, overdue, due_soon, most in need first; ``rows``: the
    page of the chosen list, see ``list_rows``; ``total``: how many it has in all; ``problems``:
    what in the address could not be used; ``problem``: what is wrong with the code asked for.
    """

    day: Day
    counts: dict[str, int]
    units: pd.DataFrame
    unit: str
    chosen_list: str
    total: int
    page: int
    pages: int
    rows: pd.DataFrame
    example: str
    asked: str
    found: "Dossier | None"
    problem: str
    problems: tuple[urls.Problem, ...]


def accountability(source: Source, seen: View, search: str) -> Accountability:
    """What the page shows. Raises StoreError."""
    book, day = judged(source, seen, search)
    units = units_of(source)
    asked_unit = urls.page_value(search, "donvi")
    unit = asked_unit if asked_unit in units.index else ""
    chosen = chosen_by(book, seen.state, units["district_code"].to_dict(), unit)
    now = standing(book, day, chosen)
    name = chosen_list(search)
    numbers = in_order(book, now.of(name))
    pages = max(1, -(-len(numbers) // PAGE_ROWS))
    page = _page(urls.page_value(search, "trang"), pages)
    rows = list_rows(source, seen, book, day, numbers[(page - 1) * PAGE_ROWS : page * PAGE_ROWS])
    asked = urls.page_value(search, "ma").strip()
    found, problem = find(source, seen, book, day, asked) if asked else (None, "")
    some = rows["code"].iloc[0] if len(rows) else _any_code(seen, book, now.received)
    asked_day = urls.page_value(search, "ngay")
    used = {
        "ngay": "" if day.asked else asked_day,
        "donvi": unit,
        "loai": name,
        "trang": str(page),
    }
    return Accountability(
        day=day,
        counts={n: int(getattr(now, n).sum()) for n in (*LISTS, "resolved", "received")},
        units=by_unit(book, now, units),
        unit=unit,
        chosen_list=name,
        total=len(numbers),
        page=page,
        pages=pages,
        rows=rows,
        example=some,
        asked=asked,
        found=found,
        problem=problem,
        problems=_problems(search, used),
    )


def _problems(search: str, used: dict[str, str]) -> tuple[urls.Problem, ...]:
    """The values of an address in whose place others are used."""
    asked = ((key, urls.page_value(search, key)) for key in used)
    return tuple(
        urls.Problem(key, urls.shortened(value))
        for key, value in asked
        if value not in ("", used[key])
    )


def chosen_list(search: str) -> str:
    """Which of ``LISTS`` an address asks for."""
    name = urls.page_value(search, "loai")
    return name if name in LISTS else LISTS[0]


def units_of(source: Source) -> pd.DataFrame:
    """The responsible units: names, district and field by id."""
    return source.reference.units.set_index("id")


def in_order(book: Ledger, those: np.ndarray) -> np.ndarray:
    """Numbers of dossiers, the earliest deadline first."""
    numbers = np.flatnonzero(those)
    return numbers[np.argsort(book.due[numbers], kind="stable")]


def _page(asked: str, pages: int) -> int:
    return min(max(int(asked), 1), pages) if asked.isdecimal() and len(asked) < 9 else 1


def _any_code(seen: View, book: Ledger, received: np.ndarray) -> str:
    if not received.any():
        return ""
    number = int(received.argmax())
    return code_of(number, _date(seen, book.received[number]))


def by_unit(book: Ledger, now: Standing, units: pd.DataFrame) -> pd.DataFrame:
    """Units with open dossiers: how many are open, overdue, due soon, await a supplement."""
    ids = book.ids["unit"]

    def counted(those: np.ndarray) -> np.ndarray:
        return np.bincount(book.codes["unit"][those], minlength=len(ids))[: len(ids)]

    frame = pd.DataFrame({"unit": ids})
    for name in LISTS:
        frame[name] = counted(now.of(name))
    frame = frame.join(units[["name_vi", "name_en", "district_code", "field"]], on="unit")
    return (
        frame[frame[["open", "resolved_late"]].sum(axis=1) > 0]
        .sort_values(["overdue", "due_soon", "open", "unit"], ascending=[False, False, False, True])
        .reset_index(drop=True)
    )


def list_rows(
    source: Source, seen: View, book: Ledger, day: Day, numbers: np.ndarray
) -> pd.DataFrame:
    """Dossiers as rows: code, received, due (datetimes), days late (working days past the
    deadline, negative before it), step, holder and site ids, whether the result came, or is still
    missing, after the deadline."""
    unit = np.array(book.ids["unit"])[book.codes["unit"][numbers]]
    site = np.array(book.ids["site"])[book.codes["site"][numbers]]
    steps = step_at(book, day, numbers)
    working = np.cumsum([0, *working_from(source, seen)])
    day_of_due = np.minimum(book.due[numbers] // DAY_S, len(working) - 2)
    last = np.minimum(book.ready[numbers], day.at_s - 1) // DAY_S
    until = np.minimum(last, len(working) - 2)
    received = [_when(seen, s) for s in book.received[numbers]]
    return pd.DataFrame(
        {
            "code": [
                code_of(n, when.date()) for n, when in zip(numbers.tolist(), received, strict=True)
            ],
            "field": np.array(book.ids["field"])[book.codes["field"][numbers]],
            "received": received,
            "due": [_when(seen, s) for s in book.due[numbers]],
            "days_late": working[until + 1] - working[day_of_due + 1],
            "step": np.array(STEPS)[steps],
            "unit": unit,
            "site": site,
            "past_due": np.minimum(book.ready[numbers], day.at_s) >= book.due[numbers],
        }
    )


def step_at(book: Ledger, day: Day, numbers: np.ndarray) -> np.ndarray:
    """Which of ``STEPS`` each dossier is at."""
    done = (book.taken, book.decided, book.ready, book.returned)
    steps = np.max(
        [place * (times[numbers] < day.at_s) for place, times in enumerate(done, 1)], axis=0
    )
    return np.where(awaiting_at(book, day)[numbers], STEPS.index("awaits_supplement"), steps)


def _when(seen: View, seconds: int) -> datetime:
    start = datetime.combine(seen.known.start, datetime.min.time())
    return start + timedelta(seconds=int(seconds))


def _date(seen: View, seconds: int) -> date:
    return _when(seen, seconds).date()


# --- one dossier -----------------------------------------------------------------------------

DETAILS = (
    "number",
    "commune",
    "field",
    "procedure",
    "channel",
    "site",
    "unit",
    "need_ms",
    "arrived_ms",
    "wait_ms",
    "transaction_ms",
    "received_ms",
    "documents",
    "reused",
    "digitised",
    "due_ms",
    "taken_ms",
    "decided_ms",
    "ready_ms",
    "returned_ms",
    "result_channel",
    "visits",
)


@dataclass(frozen=True)
class Dossier:
    """One dossier at the end of a day; what happened later is not told.

    Attributes:
        record: its row of the records.
        times: when each step was done (None: not yet).
        requests: for supplements: when asked, when answered (None: not yet).
        step: the step it is at, of ``STEPS``.
        late_days: working days past the deadline, at the result or at the day; negative before.
        past_due: whether that is after the deadline; a result may be late without, by more than one
            request for a supplement.
        status: on_time | late | overdue | awaiting | due_soon | running.
    """

    code: str
    record: dict
    times: dict[str, datetime | None]
    requests: list[tuple[datetime, datetime | None]]
    due: datetime
    step: str
    status: str
    late_days: int
    past_due: bool
    statutory_days: int

    @cached_property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.step != "returned"


def find(
    source: Source, seen: View, book: Ledger, day: Day, asked: str
) -> tuple[Dossier | None, str]:
    """The dossier of a code at the end of a day, or the key of the sentence that says why there
    is none: form, check, unknown, later. Raises StoreError."""
    number, received, problem = number_of(asked)
    if problem:
        return None, problem
    if number >= len(book) or book.received[number] == NEVER_S:
        return None, "unknown"
    if _date(seen, book.received[number]) != received:
        return None, "unknown"
    if book.received[number] >= day.at_s:
        return None, "later"
    row = source.records(
        seen.run.id, list(DETAILS), "dossiers", ds.field("number") == number
    ).to_pylist()[0]
    return _dossier(source, seen, book, day, row), ""


def _dossier(source: Source, seen: View, book: Ledger, day: Day, row: dict) -> Dossier:
    number = row["number"]
    one = replace_numbers(book, number)
    now = standing(one, day, np.ones(1, bool))
    shown = list_rows(source, seen, one, day, np.zeros(1, np.int64)).iloc[0]
    times = {
        name: _when(seen, getattr(one, name)[0]) if getattr(one, name)[0] < day.at_s else None
        for name in TIMES[:-1]
    }
    status = (
        "overdue"
        if now.overdue[0]
        else "awaiting"
        if now.awaiting[0]
        else "due_soon"
        if now.due_soon[0]
        else "late"
        if now.resolved_late[0]
        else "on_time"
        if now.resolved[0]
        else "running"
    )
    procedures = source.reference.procedures.set_index("id")
    return Dossier(
        code=code_of(number, times["received"].date()),
        record=row,
        times=times,
        requests=[
            tuple(_when(seen, t // SECOND) if t < day.at_s * SECOND else None for t in times)
            for times in zip(*(one.requests[name] for name in REQUEST_TIMES), strict=True)
            if times[0] < day.at_s * SECOND
        ],
        due=_when(seen, one.due[0]),
        step=shown["step"],
        status=status,
        late_days=int(shown["days_late"]),
        past_due=bool(shown["past_due"]),
        statutory_days=int(procedures.loc[row["procedure"], "statutory_days"]),
    )


def replace_numbers(book: Ledger, number: int) -> Ledger:
    """The ledger of one dossier alone."""
    part = slice(number, number + 1)
    its_own = book.requests["dossier"] == number
    requests = {name: column[its_own] for name, column in book.requests.items()}
    return replace(
        book,
        **{name: getattr(book, name)[part] for name in (*TIMES, "late")},
        requests=requests | {"dossier": np.zeros(its_own.sum(), np.int32)},
        codes={name: codes[part] for name, codes in book.codes.items()},
    )


def every_row(source: Source, seen: View, search: str) -> pd.DataFrame:
    """All rows of the chosen list, for a file. Raises StoreError."""
    book, day = judged(source, seen, search)
    units = units_of(source)
    asked = urls.page_value(search, "donvi")
    unit = asked if asked in units.index else ""
    now = standing(book, day, chosen_by(book, seen.state, units["district_code"].to_dict(), unit))
    numbers = in_order(book, now.of(chosen_list(search)))
    return list_rows(source, seen, book, day, numbers)
