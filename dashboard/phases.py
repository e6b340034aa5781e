"""What the page of the phases shows, as data: milestones, targets, trends and chances on a day.

The day is one of the run's, chosen by the person who looks: figures are known up to its evening,
what comes later is only said by a trend or by an ensemble.
"""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
from scipy.special import stdtrit

import kpis
from dashboard import queries
from dashboard import state as urls
from dashboard.queries import Figure, View
from dashboard.source import DONE, Run, Source
from data.store.cache import Cache
from kpis import ensemble, progress
from kpis.evaluate import status
from kpis.findings import CITY

ONE_DAY = timedelta(days=1)
WEEK = 7
FEWEST_WEEKS = 5
TARGETS = tuple(kpi.id for kpi in kpis.REGISTRY.values() if kpi.target)
OF_THE_CITY = ("reception_units",)  # whose target is a number for the whole city
STOCKS = ("reception_units", "access_5km_or_30min")  # told by their last day, not by a sum
_CHANCES: Cache = Cache(4)
_JUDGED: WeakKeyDictionary = WeakKeyDictionary()  # by cube: what was judged, by day


@dataclass(frozen=True)
class Trend:
    """A straight line through the weekly values of a phase so far (ordinary least squares).

    Attributes:
        kind: rising | falling | unclear (the 95% interval of the slope holds zero) | constant
            (every week alike) | few (too few weeks) | over (the phase is over) | none (no value).
        weeks: whole weeks with a value.
        slope, slope_low, slope_high: change a week, with its 95% interval (Student).
        at_end: what the line gives in the last week of the phase, None unless rising or falling.
        low, high: where a single week's value would then lie, 95% (prediction interval).
        status: of ``at_end`` against the target.
        start, end: the line drawn, as (first day of the week, value).
    """

    kind: str
    weeks: int = 0
    slope: float | None = None
    slope_low: float | None = None
    slope_high: float | None = None
    at_end: float | None = None
    low: float | None = None
    high: float | None = None
    status: str = "none"
    start: tuple[date, float] | None = None
    end: tuple[date, float] | None = None


@dataclass(frozen=True)
class Chance:
    """Share of replications that meet a target, with its 95% interval (Wilson)."""

    met: float
    low: float
    high: float


@dataclass(frozen=True)
class Target:
    """A target of the phase: value so far, trend, and the chance of meeting it.

    ``month``: chance in the last month of the phase, ``phase``: over the whole phase; None where
    no ensemble tells. ``certainty`` and ``source``: of the target itself.
    """

    figure: Figure
    trend: Trend
    month: Chance | None
    phase: Chance | None
    certainty: str
    source: str


@dataclass(frozen=True)
class Ensemble:
    """Replications of the run's scenario; ``chances`` and ``summary`` as ``kpis.ensemble``."""

    run: Run
    chances: pd.DataFrame
    summary: pd.DataFrame


@dataclass(frozen=True)
class Phases:
    """Everything on the page for one day.

    Attributes:
        today: the day, its evening; ``first`` and ``last``: the days it may be.
        asked: a day of the address that could not be used; ``no_target``: a target of the
            address that there is not.
        phase: row of ``phases.csv`` that counts today, None before the first.
        over: whether that phase is over today; ``runs_out``: whether the run ends within it.
        phases: rows of ``kpis.progress.phases``; ``milestones``: of ``kpis.progress.milestones``.
        weeks: weekly values of the targets in the phase so far: start, end, whole, and one column
            a KPI.
        ensemble: None if there is none; ``last_month``: the phase's last month in the run.
        chosen: KPI whose course is drawn.
    """

    today: date
    first: date
    last: date
    asked: str
    phase: dict | None
    over: bool
    runs_out: bool
    phases: tuple[dict, ...]
    milestones: tuple[dict, ...]
    targets: tuple[Target, ...]
    weeks: pd.DataFrame
    ensemble: Ensemble | None
    last_month: str
    chosen: str
    no_target: str = ""

    @property
    def drawn(self) -> Target | None:
        """The target whose course is drawn."""
        return next((t for t in self.targets if t.figure.id == self.chosen), None)


def find(source: Source, seen: View, search: str) -> Phases:
    """The phases on the day that an address asks for. Raises StoreError.

    Args:
        search: ``homnay`` is the day (ISO), ``muctieu`` the KPI whose course is drawn.
    """
    cube = source.cube(seen.run.id)
    first, last = cube.start, cube.end - ONE_DAY
    asked = urls.page_value(search, "homnay")
    wanted = read_day(asked)
    known = wanted is not None and first <= wanted <= last
    today = wanted if known else min(max(seen.period.last, first), last)
    judged, milestones = _judged(source, cube, today)
    phase = _phase_of(judged, today)
    found = _ensemble(source, seen)
    weeks = _weeks(source, cube, seen, phase, today)
    last_month = f"{min(phase['end'], last):%Y-%m}" if phase else ""
    targets = _targets(source, cube, seen, phase, today, weeks, found, last_month)
    muctieu = urls.page_value(search, "muctieu")
    return Phases(
        today=today,
        first=first,
        last=last,
        asked="" if known or not asked else asked,
        phase=phase,
        over=phase is not None and phase["end"] <= today,
        runs_out=phase is not None and last < phase["end"],
        phases=judged,
        milestones=milestones,
        targets=targets,
        weeks=weeks,
        ensemble=found,
        last_month=last_month,
        chosen=muctieu if muctieu in TARGETS else _furthest(targets),
        no_target="" if muctieu in TARGETS else muctieu,
    )


def read_day(text: str) -> date | None:
    """A day written as ISO date or dd/MM/yyyy, None for anything else."""
    form = "%d/%m/%Y" if "/" in text else "%Y-%m-%d"
    try:
        return datetime.strptime(text.strip(), form).date()
    except ValueError:
        return None


def _judged(source: Source, cube: Any, today: date) -> tuple[tuple[dict, ...], tuple[dict, ...]]:
    """Phases and milestones as ``kpis.progress`` judges them on the evening of a day; kept, for
    they are the same whatever part of the city is looked at."""
    days = _JUDGED.setdefault(cube, {})
    if today not in days:
        frames = (
            judge(source.reference, cube, today) for judge in (progress.phases, progress.milestones)
        )
        days[today] = tuple(tuple(frame.to_dict("records")) for frame in frames)
    return days[today]


def _phase_of(phases: tuple[dict, ...], today: date) -> dict | None:
    """The phase of a day; after the last one the last, before the first none."""
    begun = [phase for phase in phases if phase["start"] <= today]
    return begun[-1] if begun else None


def _weeks(source: Source, cube: Any, seen: View, phase: dict | None, today: date) -> pd.DataFrame:
    """Weekly values of the targets from the phase's beginning to today or its end."""
    if phase is None:
        return pd.DataFrame(columns=["start", "end", "whole", *TARGETS])
    period = _span(seen, phase, today)
    frame = kpis.series(
        cube, queries.slice_of(seen.state, period), TARGETS, "week", source.reference
    )
    days = [(end - start).days for start, end in zip(frame["start"], frame["end"], strict=True)]
    return frame.drop(columns="phase").assign(whole=[number == WEEK for number in days])


def _span(seen: View, phase: dict, today: date) -> urls.Period:
    """The days of a phase up to today that the run has."""
    start = max(phase["start"], seen.known.start)
    end = min(phase["end"], today) + ONE_DAY
    return urls.Period(phase["id"], "range", start, max(start, min(end, seen.known.end)))


def _targets(source, cube, seen, phase, today, weeks, found, last_month) -> tuple[Target, ...]:
    if phase is None:
        return ()
    reference, state = source.reference, seen.state
    part = queries.slice_of(state, _span(seen, phase, today))
    values = kpis.compute(cube, part, TARGETS, reference)
    rows = reference.targets.set_index("id")
    narrowed = bool(state.district or state.field or state.channel)
    over = phase["end"] <= today
    targets = []
    for kpi in TARGETS:
        value = values[kpi]
        if value.target is None or (narrowed and kpi in OF_THE_CITY):
            continue
        row = rows.loc[kpis.REGISTRY[kpi].target]
        told = found if found and not narrowed else None
        targets.append(
            Target(
                figure=queries.figure(kpi, value),
                trend=Trend("over") if over else trend(weeks, kpi, phase["end"], value.target),
                month=told and _chance(told.chances, last_month, kpi),
                phase=told and _chance(told.chances, phase["id"], kpi),
                certainty=row["certainty"],
                source=row["source"],
            )
        )
    return tuple(targets)


def trend(weeks: pd.DataFrame, kpi: str, end: date, target: float | None) -> Trend:
    """The trend of a KPI to the last week of a phase.

    Ordinary least squares on the whole weeks; the slope's interval and the prediction interval
    are Student's with n − 2 degrees (Draper and Smith, Applied Regression Analysis, 1.4 and 1.7).

    Args:
        weeks: start, whole, and the KPI's column.
        end: last day of the phase.
    """
    rows = weeks[weeks["whole"].astype(bool) & weeks[kpi].notna()]
    count = len(rows)
    if count == 0:
        return Trend("none")
    if count < FEWEST_WEEKS:
        return Trend("few", count)
    x = np.array([day.toordinal() for day in rows["start"]]) / WEEK
    y = rows[kpi].to_numpy(float)
    if np.ptp(y) < 1e-12:
        return Trend("constant", count)
    middle, spread = x.mean(), ((x - x.mean()) ** 2).sum()
    slope = float(((x - middle) * (y - y.mean())).sum() / spread)
    scatter = math.sqrt(((y - y.mean() - slope * (x - middle)) ** 2).sum() / (count - 2))
    quantile = float(stdtrit(count - 2, (1 + ensemble.CONFIDENCE) / 2))
    half = quantile * scatter / math.sqrt(spread)
    numbers = {"slope": slope, "slope_low": slope - half, "slope_high": slope + half}
    if abs(slope) <= half:
        return Trend("unclear", count, **numbers)
    last = (end - timedelta(days=WEEK - 1)).toordinal() / WEEK
    room = quantile * scatter * math.sqrt(1 + 1 / count + (last - middle) ** 2 / spread)
    given = float(y.mean() + slope * (last - middle))
    unit, better = kpis.REGISTRY[kpi].unit, kpis.REGISTRY[kpi].better
    at_end, low, high = (_possible(v, unit) for v in (given, given - room, given + room))
    begins = rows["start"].iloc[0]
    return Trend(
        "rising" if slope > 0 else "falling",
        count,
        **numbers,
        at_end=at_end,
        low=low,
        high=high,
        status=status(at_end, target, better),
        start=(begins, _possible(float(y.mean() + slope * (x[0] - middle)), unit)),
        end=(end - timedelta(days=WEEK - 1), at_end),
    )


def _possible(value: float, unit: str) -> float:
    """A value cut to what its unit allows: nothing below nothing, no share above all."""
    return min(1.0, max(0.0, value)) if unit == "share" else max(0.0, value)


def _furthest(targets: tuple[Target, ...]) -> str:
    """The target that is missed by most of itself; where all are met, the first."""

    def gap(target: Target) -> float:
        figure = target.figure
        if figure.value is None or figure.status == "met":
            return 0.0
        return abs(figure.value - figure.target) / abs(figure.target)

    return max(targets, key=gap).figure.id if targets else ""


# --- what an ensemble says -------------------------------------------------------------------


def _ensemble(source: Source, seen: View) -> Ensemble | None:
    """What the best ensemble of the run's scenario says; None if there is none."""
    run = best_ensemble(seen)
    if run is None:
        return None
    table = source.findings(run.id)
    # The table is kept beside what is made of it, so that its identity stays its own.
    _, chances, summary = _CHANCES.get((run.id, id(table)), lambda: (table, *_told(table)))
    return Ensemble(run, chances, summary)


def best_ensemble(seen: View) -> Run | None:
    """The run itself if it has several replications; else of the scenario's finished ensembles
    one of this version, with the most replications, the newest."""
    own = [
        run
        for run in seen.runs
        if run.status == DONE and run.replications_done > 1 and run.hash == seen.run.hash
    ]
    order = {run.id: place for place, run in enumerate(own)}  # the newest first
    return max(
        own,
        key=lambda r: (r.id == seen.run.id, r.current, r.replications_done, -order[r.id]),
        default=None,
    )


def _told(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Chances and intervals of the city's targets in every period."""
    city = table[table["by"] == CITY]
    city = city[city["kpi"].isin(TARGETS)]
    return ensemble.chances(city), ensemble.summary(city)


def _chance(chances: pd.DataFrame, period: str, kpi: str) -> Chance | None:
    rows = chances[(chances["period"] == period) & (chances["kpi"] == kpi)]
    if rows.empty:
        return None
    row = rows.iloc[0]
    return Chance(float(row["met"]), float(row["low"]), float(row["high"]))


def months_of(data: Phases, kpi: str) -> pd.DataFrame:
    """Mean and 95% interval of a KPI in each month of the phase: month, start, middle (day in the
    middle of the month's part in the run), mean, low, high; empty without an ensemble."""
    if data.ensemble is None or data.phase is None:
        return pd.DataFrame(columns=["month", "start", "middle", "mean", "low", "high"])
    rows = data.ensemble.summary
    first, last = (f"{data.phase[name]:%Y-%m}" for name in ("start", "end"))
    rows = rows[(rows["kpi"] == kpi) & rows["period"].between(first, last)].dropna(subset=["mean"])
    rows = rows[rows["period"].str[:1].str.isdigit()].sort_values("period")
    starts = [date(int(month[:4]), int(month[5:]), 1) for month in rows["period"]]
    ends = [(day + timedelta(days=31)).replace(day=1) - ONE_DAY for day in starts]
    parts = [
        (max(start, data.first), min(end, data.last))
        for start, end in zip(starts, ends, strict=True)
    ]
    middles = [start + (end - start) // 2 for start, end in parts]
    frame = rows.rename(columns={"period": "month"}).assign(start=starts, middle=middles)
    return frame[["month", "start", "middle", "mean", "low", "high"]].reset_index(drop=True)
