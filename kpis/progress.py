"""Where each phase stands: milestones reached, time elapsed, targets met.

A milestone is judged in one of three ways: it happened (``done`` in ``milestones.csv``); its KPI
in the run tells; or the run's own network and calendar tell. Nothing else is claimed.
"""

import calendar
import datetime

import numpy as np
import pandas as pd

from data.reference import Reference
from kpis.cube import Cube
from kpis.definitions import REGISTRY
from kpis.evaluate import CLOSE, MET, MISSED, compute, is_whole_month, series
from kpis.totals import Slice

DONE, UPCOMING, OPEN = "done", "upcoming", "open"
ONE_DAY = datetime.timedelta(days=1)
BRANCHES_OF_THE_PLAN = 30


def milestones(
    reference: Reference, cube: Cube, today: datetime.date | None = None
) -> pd.DataFrame:
    """Every milestone and how it stands on the evening of a day (by default the run's last).

    Columns: those of ``milestones.csv`` and value, target (of its KPI, in the whole month up to the
    due day or ``today``), in_run (day on which the run reached it, None if it did not or cannot
    tell), state: done | met | near | missed | upcoming | open (due, and nothing shows that it
    was done).
    """
    today = today or cube.end - ONE_DAY
    frame = reference.milestones.copy()
    judged = [_judge(row, reference, cube, today) for row in frame.itertuples()]
    for name in ("value", "target", "in_run", "state"):
        frame[name] = pd.Series([one[name] for one in judged], dtype=object, index=frame.index)
    return frame.astype({"value": float, "target": float})


def _judge(row, reference: Reference, cube: Cube, today: datetime.date) -> dict:
    due, done = _date(row.due), _date(row.done)
    found = {"value": np.nan, "target": np.nan, "in_run": None}
    if row.kpi:
        return found | _judge_kpi(row.kpi, due, reference, cube, today)
    reached = _from_the_run(row.id, due, cube)
    if reached and reached <= today:
        found["in_run"] = reached
    if (done and done <= today) or found["in_run"]:
        state = DONE
    elif (due or done or today) > today:
        state = UPCOMING
    else:
        state = OPEN
    return found | {"state": state}


def _judge_kpi(kpi: str, due, reference: Reference, cube: Cube, today: datetime.date) -> dict:
    """The KPI's value in the month up to the due day, or up to today before that: a whole one,
    for the first days of a month may be holidays."""
    over = due is None or due <= today
    unknown = {"state": OPEN if over else UPCOMING}
    last = min(day for day in (due, today, cube.end - ONE_DAY) if day)
    if last < cube.start:
        return unknown
    month = Slice(max(_month_before(last), cube.start), last + ONE_DAY)
    found = compute(cube, month, [kpi], reference)[kpi]
    if found.value is None or found.target is None:
        return unknown
    return {
        "value": found.value,
        "target": found.target,
        "in_run": _first_month_met(kpi, found.target, reference, cube, today),
        "state": found.status if over or found.status == MET else UPCOMING,
    }


def _month_before(last: datetime.date) -> datetime.date:
    """First day of the month that ends with a day: 31/3 → 1/3, 4/5 → 5/4."""
    after = last + ONE_DAY
    year, month = (after.year, after.month - 1) if after.month > 1 else (after.year - 1, 12)
    days = calendar.monthrange(year, month)[1]
    return datetime.date(year, month, min(after.day, days))


def _first_month_met(kpi: str, target: float, reference, cube, today) -> datetime.date | None:
    """Last day of the first whole month in which the KPI met the target."""
    seen = Slice(cube.start, min(today + ONE_DAY, cube.end))
    frame = series(cube, seen, [kpi], "month", reference)
    sign = 1 if REGISTRY[kpi].better == "higher" else -1
    steps = zip(frame["start"], frame["end"], strict=True)
    whole = np.array([is_whole_month(*step) for step in steps], bool)
    met = frame["end"][whole & (sign * frame[kpi] >= sign * target)]
    return met.iloc[0] - ONE_DAY if len(met) else None


def _from_the_run(milestone: str, due, cube: Cube) -> datetime.date | None:
    """Day on which the run's network or calendar reached a milestone, where it can tell."""
    if milestone == "thirty_branches":
        branches = cube.sites["kind"] == "branch"
        opens = np.sort(cube.sites["opens_day"][branches].to_numpy())
        if len(opens) >= BRANCHES_OF_THE_PLAN:
            day = opens[BRANCHES_OF_THE_PLAN - 1]
            return cube.date_of(day) if day < cube.days else None
    if milestone == "pilot_end" and due and due < cube.end:
        return due
    return None


def phases(reference: Reference, cube: Cube, today: datetime.date | None = None) -> pd.DataFrame:
    """Every phase and how far it has come on the evening of a day (by default the run's last).

    Columns: those of ``phases.csv`` and elapsed (share of its days), milestones,
    milestones_done, targets (KPIs with a target that the run could judge), met, near, missed,
    targets_met (share; NaN before the phase begins).
    """
    today = today or cube.end - ONE_DAY
    judged = milestones(reference, cube, today)
    with_target = [kpi.id for kpi in REGISTRY.values() if kpi.target]
    rows = []
    for phase in reference.phases.itertuples():
        after = phase.end + ONE_DAY
        days = (after - phase.start).days
        elapsed = min(1.0, max(0.0, (today + ONE_DAY - phase.start).days / days))
        own = judged[judged["phase"] == phase.id]
        low, high = max(phase.start, cube.start), min(after, today + ONE_DAY, cube.end)
        found = compute(cube, Slice(low, high), with_target, reference) if low < high else {}
        counts = {
            name: sum(value.status == name for value in found.values())
            for name in (MET, CLOSE, MISSED)
        }
        total = sum(counts.values())
        rows.append(
            {
                "elapsed": elapsed,
                "milestones": len(own),
                "milestones_done": int(own["state"].isin([DONE, MET]).sum()),
                "targets": total,
                **counts,
                "targets_met": counts[MET] / total if total else np.nan,
            }
        )
    return pd.concat([reference.phases, pd.DataFrame(rows)], axis=1)


def _date(value) -> datetime.date | None:
    return value if isinstance(value, datetime.date) else None
