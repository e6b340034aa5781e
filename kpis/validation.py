"""The model set against what was published, figure by figure, for the days the run covers."""

import datetime

import numpy as np
import pandas as pd

from data.reference import Reference
from kpis.cube import Cube
from kpis.definitions import REGISTRY, Text
from kpis.evaluate import Value, compute
from kpis.totals import Slice
from simulation.calendar import working_days

AGREES, NEAR = 0.10, 0.25  # largest relative difference of each verdict
ONE_DAY = datetime.timedelta(days=1)
VERDICTS = {
    "agrees": Text(
        "khớp (lệch không quá 10% hoặc trong khoảng)", "agrees (within 10% or in range)"
    ),
    "near": Text("gần (lệch không quá 25%)", "near (within 25%)"),
    "differs": Text("khác (lệch trên 25%)", "differs (by more than 25%)"),
    "partly": Text(
        "không so được: mô hình chỉ biết một phần chỉ số",
        "not comparable: the model knows only a part of the measure",
    ),
    "no_measure": Text("mô hình không đo", "the model has no such measure"),
    "other_scenario": Text("thuộc kịch bản khác", "describes another scenario"),
    "not_covered": Text("ngoài thời gian mô phỏng", "outside the simulated days"),
    "no_value": Text("kết quả mô phỏng không có giá trị", "the run has no value here"),
}


def table(cube: Cube, reference: Reference) -> pd.DataFrame:
    """Every published figure beside the model's.

    Columns: id, name_vi, name_en, kpi, unit, scope, scenario, period_start, period_end, from_day
    and to_day (days compared, inclusive), covered (share of the period's days), model, published
    (value or middle of the range), low, high, difference (model − published, or to the nearer end
    of the range), relative, verdict (key of ``VERDICTS``), verdict_vi, verdict_en, certainty,
    source. Only the part of a period that the run covers is compared: rates per working day are
    over the working days covered, yearly volumes are scaled to the year's working days.
    """
    return pd.DataFrame([_row(row, cube, reference) for row in reference.published.itertuples()])


def _row(row, cube: Cube, reference: Reference) -> dict:
    low = max(row.period_start, cube.start)
    high = min(row.period_end + ONE_DAY, cube.end)
    days = (row.period_end + ONE_DAY - row.period_start).days
    covered = max(0, (high - low).days) / days
    model, verdict = np.nan, None
    if row.scenario and row.scenario != cube.meta.scenario:
        verdict = "other_scenario"
    elif row.kpi not in REGISTRY:
        verdict = "no_measure"
    elif not covered:
        verdict = "not_covered"
    else:
        part = _part(row.scope, low, high, cube)
        found = compute(cube, part, [row.kpi], reference)[row.kpi] if part else None
        if found is None or found.value is None:
            verdict = "no_value"
        elif row.kpi.startswith("index_766") and not _complete(row.kpi, found, reference):
            verdict = "partly"
        else:
            model = _in_unit(found.value, row, low, high, cube, reference)
    published = row.value if not np.isnan(row.value) else (row.low + row.high) / 2
    difference = _difference(model, row)
    relative = difference / abs(published) if published else np.nan
    verdict = verdict or _verdict(relative)
    text = VERDICTS[verdict]
    return {
        "id": row.id,
        "name_vi": row.name_vi,
        "name_en": row.name_en,
        "kpi": row.kpi,
        "unit": row.unit,
        "scope": row.scope,
        "scenario": row.scenario,
        "period_start": row.period_start,
        "period_end": row.period_end,
        "from_day": low if covered else None,
        "to_day": high - ONE_DAY if covered else None,
        "covered": covered,
        "model": model,
        "published": published,
        "low": row.low,
        "high": row.high,
        "difference": difference,
        "relative": relative,
        "verdict": verdict,
        "verdict_vi": text.vi,
        "verdict_en": text.en,
        "certainty": row.certainty,
        "source": row.source,
    }


def _part(scope: str, low, high, cube: Cube) -> Slice | None:
    """The slice a published figure is about; None if the run has no such part."""
    what, _, name = scope.partition(":")
    if what == "city":
        return Slice(low, high)
    chosen = {
        "level": ("fields", cube.fields["id"][cube.fields["level"] == name]),
        "field": ("fields", cube.fields["id"][cube.fields["id"] == name]),
        "district": ("districts", cube.districts["code"][cube.districts["code"] == name]),
        "site": ("sites", cube.sites["id"][cube.sites["id"] == name]),
        "kind": ("sites", cube.sites["id"][cube.sites["kind"] == name]),
    }
    dimension, ids = chosen[what]
    return Slice(low, high, **{dimension: tuple(ids)}) if len(ids) else None


def _complete(kpi: str, found: Value, reference: Reference) -> bool:
    """Whether every component of the index, or of the group, is known."""
    groups = reference.index_766_groups
    group = kpi.removeprefix("index_766").removeprefix("_")
    maxima = groups["max"][groups["id"] == group] if group else groups["max"]
    return abs(found.denominator - maxima.sum()) < 1e-9


def _in_unit(value: float, row, low, high, cube: Cube, reference: Reference) -> float:
    """The model's value in the published unit."""
    if row.unit.endswith("/working_day"):
        return value / max(1, _worked(low, high, cube))
    if row.unit.endswith("/year"):
        year = row.period_start.replace(month=1, day=1)
        days = (year.replace(year=year.year + 1) - year).days
        of_year = working_days(year, days, reference.calendar).sum()
        return value / max(1, _worked(low, high, cube)) * of_year
    return value


def _worked(low, high, cube: Cube) -> int:
    return sum(cube.meta.working[cube.day_of(low) : cube.day_of(high)])


def _difference(model: float, row) -> float:
    """Model − published; for a range, from the nearer end, 0 inside."""
    if not np.isnan(row.value):
        return model - row.value
    if np.isnan(model):
        return np.nan
    return min(model - row.low, 0.0) + max(model - row.high, 0.0)


def _verdict(relative: float) -> str:
    if np.isnan(relative):
        return "no_value"
    distance = abs(relative)
    return "agrees" if distance <= AGREES else "near" if distance <= NEAR else "differs"


def markdown(cube: Cube, reference: Reference) -> str:
    """The comparable rows of the table as Markdown."""
    rows = table(cube, reference).dropna(subset=["model"])
    lines = [
        "| figure | days compared | model | published | difference |",
        "|---|---|---:|---:|---:|",
    ]
    for row in rows.itertuples():
        span = row.low == row.low and row.high == row.high
        published = f"{row.low:,.5g}–{row.high:,.5g}" if span else f"{row.published:,.6g}"
        relative = "in range" if span and row.difference == 0 else f"{row.relative:+.0%}"
        lines.append(
            f"| {row.name_en} ({row.unit}) | {row.from_day} – {row.to_day} "
            f"| {row.model:,.5g} | {published} | {relative} |"
        )
    return "\n".join(lines)
