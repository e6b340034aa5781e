"""Scenarios side by side, as data: which, with what differences, and how sure they are.

Everything comes from the findings of the ensembles (``kpis.findings``). Nothing here knows of Dash,
of colours or of words.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import nan
from typing import Any

import pandas as pd

from dashboard import forms, network_form
from dashboard.source import DONE, IN_PROGRESS, STOPPED, Run, Source
from data.store.errors import StoreError
from kpis import REGISTRY
from kpis import ensemble as statistics
from kpis.comparison import verdict
from kpis.findings import CITY, DISTRICT, FIELD, HOUR, OF_AN_HOUR, WHOLE, is_month, periods_of
from simulation import Scenario, ScenarioError
from simulation.plan import phase_of_day

MOST_SIDES = 4
DEFAULT_KPI = "wait_mean"
USUAL_REPLICATIONS = 10
FEWEST = 2  # replications that have an interval
MOVED = "moved"  # in place of a verdict: the people of the two scenarios are not the same


@dataclass(frozen=True)
class Side:
    """One of the scenarios compared.

    ``token``: as in the address, the name of a scenario or the id of a run; ``run``: the finished
    ensemble whose findings count; ``making``: one that waits or is being made; ``stopped``: the
    last one that was stopped, where there is no other.
    """

    token: str
    scenario: Scenario | None = None
    run: Run | None = None
    making: Run | None = None
    stopped: Run | None = None
    problem_vi: str = ""
    problem_en: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether there is something to compare."""
        return self.run is not None


@dataclass(frozen=True)
class Comparison:
    """Up to four scenarios with the first as the base; ``tables``: findings of those that are
    ready, by token."""

    sides: tuple[Side, ...]
    tables: dict[str, pd.DataFrame]
    period: str
    kpi: str
    other: str
    problems: tuple[str, ...] = ()
    names: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    reference: Any = None  # data.reference.Reference

    @property
    def ready(self) -> list[Side]:
        """The scenarios that have been run, the base first."""
        return [side for side in self.sides if side.token in self.tables]

    @property
    def base(self) -> Side | None:
        """What the others are compared with, once it has been run."""
        first = self.sides[0] if self.sides else None
        return first if first and first.token in self.tables else None

    def is_single(self, side: Side) -> bool:
        """Whether there is one replication only, which tells of no chance."""
        return self.tables[side.token]["replication"].nunique() < FEWEST

    @property
    def others(self) -> list[Side]:
        """The scenarios that can be compared with the base."""
        return [side for side in self.ready if side is not self.sides[0]] if self.base else []

    @property
    def chosen(self) -> Side | None:
        """The one of the others that maps and rankings show."""
        return next((s for s in self.others if s.token == self.other), None) or next(
            iter(self.others), None
        )

    def missing(self, replications: int = FEWEST) -> list[Side]:
        """Scenarios without an ensemble of so many replications that shares the base's random
        numbers, and of which none is being made."""
        base = self.sides[0].scenario if self.sides else None
        return [
            side
            for side in self.sides
            if side.scenario
            and not side.making
            and not (
                side.run
                and side.run.replications_done >= replications
                and side.run.seed == (base or side.scenario).seed
            )
        ]

    @property
    def periods(self) -> list[str]:
        """Periods that all have, months not counted."""
        found = [set(table["period"].unique()) for table in self.tables.values()]
        common = set.intersection(*found) if found else set()
        order = [WHOLE, "before", "phase_1", "phase_2", "phase_3"]
        return [period for period in order if period in common]

    @cached_property
    def differences(self) -> dict[str, pd.DataFrame]:
        """``kpis.ensemble.compare`` of each of the others with the base, by token."""
        base = self.base
        return {
            side.token: statistics.compare(
                self.tables[base.token],
                self.tables[side.token],
                paired=is_paired(base, side),
            )
            for side in self.others
        }

    @cached_property
    def moved(self) -> frozenset[str]:
        """Districts with a site that receives people in one of base and chosen scenario and, on
        the same days of the period, not in the other: other people come there."""
        pair = [side.scenario for side in (self.base, self.chosen) if side and side.scenario]
        if len(pair) < 2:
            return frozenset()
        horizon = pair[0].horizon
        phases = phase_of_day(pair[0], (horizon.end - horizon.start).days)
        span = periods_of(horizon.start, phases.tolist())[self.period]
        days = [day.isoformat() for day in (span.start or horizon.start, span.end or horizon.end)]
        a, b = (_open_sites(scenario, self.reference, *days) for scenario in pair)
        return frozenset(district for _, district, *_ in a ^ b)

    @cached_property
    def summaries(self) -> dict[str, pd.DataFrame]:
        """``kpis.ensemble.summary`` of each, by token."""
        return {token: statistics.summary(table) for token, table in self.tables.items()}


def is_paired(a: Side, b: Side) -> bool:
    """Whether the replications of two ensembles share their random numbers."""
    return a.run.seed == b.run.seed


def compare(
    source: Source, tokens: Sequence[str], period: str = "", kpi: str = "", other: str = ""
) -> Comparison:
    """The comparison that an address asks for; what makes no sense is replaced and reported.

    ``tokens``: names of scenarios or ids of runs, the base first.
    """
    unique = list(dict.fromkeys(token for token in tokens if token))
    problems = [token[:80] for token in unique[MOST_SIDES:]]
    sides = resolve(source, unique[:MOST_SIDES])
    tables, readable = {}, []
    for side in sides:
        try:
            if side.run:
                tables[side.token] = source.findings(side.run.id)
            readable.append(side)
        except StoreError as error:
            readable.append(_unreadable(side, error))
    if kpi and kpi not in REGISTRY:
        problems.append(kpi[:80])
    found = Comparison(
        sides=tuple(readable),
        tables=tables,
        period=period,
        kpi=kpi if kpi in REGISTRY else DEFAULT_KPI,
        other=other,
        problems=tuple(problems),
        names=_names(source),
        reference=source.reference,
    )
    known = found.periods
    return found if period in known else replace(found, period=next(iter(known), WHOLE))


def _open_sites(scenario: Scenario, reference: Any, start: str, end: str) -> set[tuple]:
    """The sites that receive people between two days: id, district, place, and from which day to
    which."""
    return {
        (site.id, site.district, site.lat, site.lon, opens, closes)
        for site in network_form.sites(scenario, reference).values()
        if site.state != network_form.REMOVED
        if (opens := max(site.opens, start)) < (closes := min(site.closes or end, end))
    }


def _unreadable(side: Side, error: StoreError) -> Side:
    return Side(side.token, side.scenario, problem_vi=error.vi, problem_en=error.en)


def resolve(source: Source, tokens: Sequence[str]) -> list[Side]:
    """What each token of an address stands for: a run, or a scenario with its best ensemble.

    Of the scenario's runs those with the base's seed come first, then ensembles, then those of
    this version of the code, then those with the most replications, then the newest.
    """
    runs = source.runs()
    by_id = {run.id: run for run in runs}
    sides: list[Side] = []
    for token in tokens:
        try:
            sides.append(_side(source, token, runs, by_id, sides))
        except ScenarioError as error:
            sides.append(
                Side(token, problem_vi=getattr(error, "vi", str(error)), problem_en=str(error))
            )
        except StoreError as error:
            sides.append(Side(token, problem_vi=error.vi, problem_en=error.en))
    return sides


def _side(source: Source, token: str, runs: list[Run], by_id: dict[str, Run], before) -> Side:
    if run := by_id.get(token):
        return Side(token, source.scenario(token), **_by_status([run]))
    scenario = source.find_scenario(token)
    seed = before[0].scenario.seed if before and before[0].scenario else scenario.seed
    own = [run for run in runs if run.hash == scenario.hash and not run.study]
    own.sort(
        key=lambda run: (
            run.seed == seed,
            run.replications_done >= FEWEST,
            run.current,
            run.replications_done,
        ),
        reverse=True,
    )
    return Side(token, scenario, **_by_status(own))


def _by_status(runs: list[Run]) -> dict[str, Run | None]:
    """The first run that is done, the first in the making and the first that was stopped."""

    def first(*statuses: str) -> Run | None:
        return next((run for run in runs if run.status in statuses), None)

    return {"run": first(DONE), "making": first(*IN_PROGRESS), "stopped": first(*STOPPED)}


def _names(source: Source) -> dict[str, dict[str, dict[str, str]]]:
    """What districts and fields are called, by id and language."""
    reference = source.reference
    return {
        DISTRICT: {
            code: {"vi": name, "en": name}
            for code, name in zip(
                reference.districts["code"], reference.districts["name"], strict=True
            )
        },
        FIELD: {
            row.id: {"vi": row.name_vi, "en": row.name_en} for row in reference.fields.itertuples()
        },
    }


def kpi_table(comparison: Comparison) -> pd.DataFrame:
    """Every KPI of the city over the period: kpi, group, unit, better, base (its mean), base_low,
    base_high, and for each of the others, by its place 1, 2, 3: mean_1, difference_1, low_1,
    high_1, verdict_1, variance_factor_1."""
    base = _city(comparison.summaries[comparison.base.token], comparison.period)
    others = [
        _city(comparison.differences[side.token], comparison.period) for side in comparison.others
    ]
    rows = []
    for kpi in REGISTRY.values():
        row: dict[str, Any] = {
            "kpi": kpi.id,
            "group": kpi.group,
            "unit": kpi.unit,
            "better": kpi.better,
            "base": base["mean"].get(kpi.id),
            "base_low": base["low"].get(kpi.id),
            "base_high": base["high"].get(kpi.id),
        }
        for place, other in enumerate(others, 1):
            found = other.loc[kpi.id]
            row |= {
                f"mean_{place}": found["b"],
                f"difference_{place}": found["difference"],
                f"low_{place}": found["low"],
                f"high_{place}": found["high"],
                f"variance_factor_{place}": found["variance_factor"],
                f"verdict_{place}": verdict(
                    kpi.id, found["difference"], found["low"], found["high"]
                ),
            }
        rows.append(row)
    return pd.DataFrame(rows)


def _city(table: pd.DataFrame, period: str) -> pd.DataFrame:
    return table[(table["by"] == CITY) & (table["period"] == period)].set_index("kpi")


def over_time(comparison: Comparison) -> pd.DataFrame:
    """The chosen KPI by month: side (token), month, mean, low, high."""
    return _of_each(
        comparison, lambda table: (table["by"] == CITY) & table["period"].map(is_month), "period"
    )


def hour_kpi(comparison: Comparison) -> str:
    """The chosen KPI if it is known by the hour, else the mean wait."""
    return comparison.kpi if comparison.kpi in OF_AN_HOUR else DEFAULT_KPI


def by_hour(comparison: Comparison) -> pd.DataFrame:
    """``hour_kpi`` by hour of the day over the period: side, id (hour), mean, low, high."""
    return _of_each(
        comparison,
        lambda table: (table["by"] == HOUR) & (table["period"] == comparison.period),
        "id",
        hour_kpi(comparison),
    )


def target(comparison: Comparison) -> float | None:
    """The chosen KPI's target in the period, None if it has none."""
    table = comparison.tables[comparison.ready[0].token]
    rows = table[
        (table["by"] == CITY)
        & (table["period"] == comparison.period)
        & (table["kpi"] == comparison.kpi)
    ]
    found = rows["target"].dropna()
    return float(found.iloc[0]) if len(found) else None


def _of_each(comparison: Comparison, chosen, axis: str, kpi: str = "") -> pd.DataFrame:
    frames = []
    for side in comparison.ready:
        table = comparison.summaries[side.token]
        rows = table[chosen(table) & (table["kpi"] == (kpi or comparison.kpi))].sort_values(axis)
        frames.append(rows.assign(side=side.token)[["side", axis, "mean", "low", "high"]])
    return pd.concat(frames, ignore_index=True)


def by_part(comparison: Comparison, by: str) -> pd.DataFrame:
    """How the chosen scenario changes the chosen KPI in each district or field over the period:
    id, name_vi, name_en, a, b, difference, low, high, verdict; those that gain most first.

    A district is where dossiers are received, not where people live. One that other people come to
    (``Comparison.moved``) has no verdict."""
    rows = comparison.differences[comparison.chosen.token]
    rows = rows[
        (rows["by"] == by)
        & (rows["period"] == comparison.period)
        & (rows["kpi"] == comparison.kpi)
        & rows["difference"].notna()
    ].copy()
    names = comparison.names[by]
    for lang in ("vi", "en"):
        rows[f"name_{lang}"] = [names.get(one, {}).get(lang, one) for one in rows["id"]]
    rows["verdict"] = [
        verdict(comparison.kpi, *numbers)
        for numbers in zip(rows["difference"], rows["low"], rows["high"], strict=True)
    ]
    if by == DISTRICT:
        rows.loc[rows["id"].isin(comparison.moved), "verdict"] = MOVED
    lower = REGISTRY[comparison.kpi].better == "lower"
    rows = rows.sort_values(["difference", "id"], ascending=[lower, True])
    columns = ["id", "name_vi", "name_en", "a", "b", "difference", "low", "high", "verdict"]
    return rows[columns].reset_index(drop=True)


def distribution(comparison: Comparison) -> pd.DataFrame:
    """The chosen KPI in every replication over the period: side, replication, value."""
    frames = []
    for side in comparison.ready:
        table = comparison.tables[side.token]
        rows = table[
            (table["by"] == CITY)
            & (table["period"] == comparison.period)
            & (table["kpi"] == comparison.kpi)
        ]
        frames.append(rows.assign(side=side.token)[["side", "replication", "value"]])
    return pd.concat(frames, ignore_index=True)


def chances(comparison: Comparison) -> pd.DataFrame:
    """How likely each target is met, month by month and over the phases: side, period, kpi,
    target, met, low, high; the last three are NaN where there is one replication only."""
    frames = []
    for side in comparison.ready:
        found = statistics.chances(comparison.tables[side.token]).assign(side=side.token)
        if comparison.is_single(side):
            found[["met", "low", "high"]] = nan
        frames.append(found)
    return pd.concat(frames, ignore_index=True)


def changes(comparison: Comparison, side: Side) -> list[tuple[str, Any, Any]]:
    """What a scenario changes against the base (``forms.changes_of``)."""
    base = comparison.sides[0].scenario
    if base is None or side.scenario is None or side is comparison.sides[0]:
        return []
    return forms.changes_of(base, side.scenario)


def start_missing(
    source: Source,
    comparison: Comparison,
    replications: int,
    until: statistics.Until | None = None,
) -> list[str]:
    """Queue an ensemble of every scenario that has none so large, all with the seed of the base,
    so that they share their random numbers; their ids. Raises ScenarioError, StoreError."""
    base = comparison.sides[0].scenario
    fewest = statistics.FEWEST_TO_STOP if until else replications
    wanted = [
        side.scenario.model_copy(update={"seed": base.seed}) if base else side.scenario
        for side in comparison.missing(fewest)
    ]
    return list(source.ask_for(wanted, replications, until)) if wanted else []
