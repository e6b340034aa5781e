"""What the operations page shows of a slice of a run, one query function a section.

All come from the cube; none knows of Dash, of colours or of words.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

import kpis
from dashboard import state as urls
from dashboard.queries import Figure, View, figure, open_at_end, slice_of, working_days
from dashboard.source import Source
from dashboard.state import Period
from kpis import access, flow, hours
from kpis.evaluate import numbers, status
from kpis.measures import HISTOGRAM_BY_NAME, MINUTE_MS

LIMIT = "counter_transaction_limit"
BACKLOG = "unit_backlog"
SITE_KPIS = (
    "visits",
    "wait_mean",
    "wait_p90",
    "transaction_within_15_min",
    "transaction_mean",
    "counter_utilisation",
    "abandonment",
)
COMPARED = (
    "dossiers_received",
    "dossiers_resolved",
    "visits",
    "wait_mean",
    "wait_p90",
    "transaction_mean",
    "transaction_within_15_min",
    "abandonment",
    "counter_utilisation",
    "on_time",
    "time_to_result",
    BACKLOG,
    "satisfaction",
)
LONGEST_SHOWN = 60  # minutes; longer times stand together
TIMES = ("wait", "transaction")
UNIT_SUMS = ("unit_received", "unit_finished", "unit_busy_ms", "unit_capacity_ms", "unit_backlog")


@dataclass(frozen=True)
class Times:
    """Waiting and transaction times.

    Attributes:
        frame: from_min and to_min of each bin (NaN: open), people who waited so long (``wait``)
            and dossiers that took so long (``transaction``).
        limit: minutes that the plan promises for a transaction.
    """

    frame: pd.DataFrame
    limit: float


@dataclass(frozen=True)
class Compared:
    """Measures of two periods; ``asked`` is the second period's token in the address, ``problem``
    whether it makes no sense, ``stock_days`` at whose ends the backlogs are compared."""

    first: Period
    second: Period | None
    asked: str
    problem: bool
    pairs: tuple[tuple[Figure, Figure], ...]
    stock_days: tuple[date, ...] = ()


def sites(source: Source, seen: View, _search: str = "") -> pd.DataFrame:
    """The sites to which somebody came, those at which people waited most first.

    Columns: id, names, kind, district, lat, lon, open (on the period's last day), the KPIs of
    ``SITE_KPIS``, waited_hours (of all people together), status of the promise of 15 minutes.
    """
    cube, chosen = source.cube(seen.run.id), slice_of(seen.state, seen.period)
    found = numbers(cube, chosen, SITE_KPIS, "site", source.reference)
    target = kpis.compute(cube, chosen, ["transaction_within_15_min"], source.reference)
    target = target["transaction_within_15_min"].target
    districts = cube.districts.set_index("code")["name"]
    frame = cube.sites[["id", "name_vi", "name_en", "kind", "lat", "lon"]].reset_index(drop=True)
    frame["district"] = cube.sites["district_code"].map(districts).fillna("").tolist()
    frame["open"] = open_at_end(cube, seen.period).tolist()
    for kpi, values in found.items():
        frame[kpi] = values.value
    frame["waited_hours"] = found["wait_mean"].numerator / 60
    frame["status"] = [
        status(None if v != v else v, target, "higher")
        for v in frame["transaction_within_15_min"].tolist()
    ]
    frame = frame[frame["visits"] > 0]
    return frame.sort_values(
        ["waited_hours", "visits", "id"], ascending=[False, False, True], ignore_index=True
    )


def week(source: Source, seen: View, _search: str = "") -> pd.DataFrame:
    """The hours of the week (``hours.by_weekday``); fields and channels are not told apart."""
    cube = source.cube(seen.run.id)
    low, high = cube.totals.edges(slice_of(seen.state, seen.period))
    return hours.by_weekday(cube, low, high, seen.state.district)


def times(source: Source, seen: View, _search: str = "") -> Times:
    """How long people wait and how long a transaction takes, minute by minute."""
    cube, chosen = source.cube(seen.run.id), slice_of(seen.state, seen.period)
    edges = np.array(cube.totals.edges(chosen))
    sums = cube.totals.sums(chosen, edges, None, set(), set(TIMES), source.reference)
    columns = {
        "from_min": [0.0, *range(LONGEST_SHOWN), LONGEST_SHOWN],
        "to_min": [0.0, *range(1, LONGEST_SHOWN + 1), np.nan],
    }
    for name in TIMES:
        assert HISTOGRAM_BY_NAME[name].width_ms == MINUTE_MS
        counts = sums.histograms[name][0].astype(np.int64)
        columns[name] = [*counts[: LONGEST_SHOWN + 1], counts[LONGEST_SHOWN + 1 :].sum()]
    return Times(pd.DataFrame(columns), access.limit(source.reference, LIMIT))


def units(source: Source, seen: View, _search: str = "") -> pd.DataFrame:
    """The processing units of the chosen part, the largest backlog first.

    Columns: id, names, district, field_vi, field_en, officers, received, finished (dossiers in
    the period), backlog (at its end), days (of work that lie there, at the pace of the period's
    working days; NaN without pace), utilisation of officers (NaN without capacity).
    """
    cube = source.cube(seen.run.id)
    chosen = slice_of(replace(seen.state, channel=""), seen.period)
    edges = np.array(cube.totals.edges(chosen))
    sums = cube.totals.sums(chosen, edges, "unit", set(UNIT_SUMS), set(), source.reference)
    fields = cube.fields.set_index("id")
    districts = cube.districts.set_index("code")["name"]
    frame = cube.units[["id", "name_vi", "name_en", "officers"]].reset_index(drop=True)
    frame["district"] = cube.units["district_code"].map(districts).fillna("").tolist()
    for lang in ("vi", "en"):
        frame[f"field_{lang}"] = cube.units["field"].map(fields[f"name_{lang}"]).tolist()
    frame["received"] = sums["unit_received"].astype(np.int64)
    frame["finished"] = sums["unit_finished"].astype(np.int64)
    frame["backlog"] = sums["unit_backlog"].astype(np.int64)
    with np.errstate(divide="ignore", invalid="ignore"):
        pace = sums["unit_finished"] / working_days(cube, seen.period)
        frame["days"] = np.where(pace > 0, sums["unit_backlog"] / pace, np.nan)
        capacity = sums["unit_capacity_ms"]
        frame["utilisation"] = np.where(capacity > 0, sums["unit_busy_ms"] / capacity, np.nan)
    state, kept = seen.state, np.ones(len(frame), bool)
    if state.district:
        kept &= (cube.units["district_code"] == state.district).to_numpy()
    if state.field:
        kept &= (cube.units["field"] == state.field).to_numpy()
    return frame[kept].sort_values(["backlog", "id"], ascending=[False, True], ignore_index=True)


def flows(source: Source, seen: View, _search: str = "") -> pd.DataFrame:
    """Flows between the steps of the period (``flow.steps``)."""
    return flow.steps(source.cube(seen.run.id), slice_of(seen.state, seen.period), source.reference)


def compared(source: Source, seen: View, search: str = "") -> Compared:
    """The chosen period beside a second one (``kyso``), else the one before it of equal length."""
    asked = urls.page_value(search, "kyso")
    second = urls.period_of(asked, seen.known) if asked else None
    second = second or before(seen.period, seen.known.start)
    cube, pairs, days = source.cube(seen.run.id), (), ()
    if second is not None:
        periods = (seen.period, second)
        days = tuple(last_working_day(cube, period) for period in periods)
        one, two = (
            _measures(source, seen, period, day) for period, day in zip(periods, days, strict=True)
        )
        pairs = tuple((figure(i, one[i]), figure(i, two[i])) for i in COMPARED)
    problem = bool(asked) and urls.period_of(asked, seen.known) is None
    return Compared(seen.period, second, asked, problem, pairs, days)


def _measures(source: Source, seen: View, period: Period, stock_day: date) -> dict:
    """The compared measures of a period, its backlog at the end of ``stock_day``."""
    cube, chosen = source.cube(seen.run.id), slice_of(seen.state, period)
    that_day = replace(chosen, start=stock_day, end=stock_day + timedelta(days=1))
    others = [kpi for kpi in COMPARED if kpi != BACKLOG]
    found = kpis.compute(cube, chosen, others, source.reference)
    return found | kpis.compute(cube, that_day, [BACKLOG], source.reference)


def last_working_day(cube: kpis.Cube, period: Period) -> date:
    """The last working day up to a period's end; its last day if there was none yet.

    Over a weekend dossiers still come in and nobody works them off: a backlog on a Sunday says
    nothing beside one on a Monday.
    """
    last = (period.last - cube.meta.start).days
    days = [day for day in range(last + 1) if cube.meta.working[day]]
    return cube.date_of(days[-1] if days else last)


def before(period: Period, start: date) -> Period | None:
    """The days just before a period, as many as it has or as there are; None if there are none."""
    first = max(start, period.start - timedelta(days=period.days))
    if first >= period.start:
        return None
    last = period.start - timedelta(days=1)
    return Period(urls.range_token(first, last), "range", first, period.start)


def relative(now: float | None, then: float | None) -> Any:
    """The change from ``then`` to ``now`` as a share of ``then``; None where it has no meaning."""
    if now is None or not then:
        return None
    return (now - then) / abs(then)
