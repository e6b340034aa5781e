"""Which levers move a measure most: each alone a little lower and a little higher, as data.

A study is a set of ensembles with the same seed: the scenario as it is, and two of it for each
lever. Nothing here knows of Dash, of colours or of words.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.source import DONE, Run, Source
from data.store.errors import StoreError
from kpis import ensemble as statistics
from kpis.comparison import verdict
from kpis.findings import CITY
from simulation import Scenario, ScenarioError
from simulation.levers import PHASES
from simulation.scenario import difference, make_scenario

MOST_LEVERS = 12
SPREADS = (0.05, 0.1, 0.2, 0.5)
LOWER, HIGHER = SIDES = ("lower", "higher")


@dataclass(frozen=True)
class Lever:
    """A lever that can be turned down and up: its row of ``levers.csv`` and its values here, by
    dotted path."""

    path: str
    name_vi: str
    name_en: str
    unit: str
    low: float
    high: float
    values: dict[str, float]
    whole: bool

    def turned(self, factor: float) -> dict[str, float]:
        """The values times a factor, whole numbers by at least one, within what is allowed."""
        return {
            path: min(max(self._moved(value, factor), self.low), self.high)
            for path, value in self.values.items()
        }

    def _moved(self, value: float, factor: float) -> float:
        if not self.whole:
            return value * factor
        step = max(1, round(abs(value * (factor - 1))))
        return value + step if factor > 1 else value - step


@dataclass(frozen=True)
class Study:
    """A study and how far it is: ``rows`` has a row for each lever and side that is done: path,
    side, changes (dotted path, before, after), difference, low, high, verdict."""

    id: str
    runs: tuple[Run, ...]
    base: Run | None
    kpi: str
    period: str
    rows: pd.DataFrame
    base_mean: float | None = None
    problem_vi: str = ""
    problem_en: str = ""

    @property
    def done(self) -> int:
        """Ensembles that are finished."""
        return sum(run.status == DONE for run in self.runs)


def levers(source: Source, scenario: Scenario) -> list[Lever]:
    """Every lever that has a number other than nought to turn, in the order of the table."""
    values = scenario.model_dump(mode="json")
    found = []
    for row in source.reference.levers.itertuples():
        here = _values(values, row.path)
        numbers = {p: v for p, v in here.items() if isinstance(v, int | float) and v}
        numbers = {p: v for p, v in numbers.items() if not isinstance(v, bool)}
        if not numbers:
            continue
        whole = all(isinstance(v, int) for v in numbers.values())
        found.append(
            Lever(
                path=row.path,
                name_vi=row.name_vi,
                name_en=row.name_en,
                unit=row.unit,
                low=_bound(row.low, float("-inf"), whole),
                high=_bound(row.high, float("inf"), whole),
                values=numbers,
                whole=whole,
            )
        )
    return found


def _bound(value: Any, otherwise: float, whole: bool) -> float:
    if value is None or value != value:
        return otherwise
    return int(value) if whole else float(value)


def _values(values: dict[str, Any], path: str) -> dict[str, Any]:
    """The values of a lever by dotted path: one, or one for each phase."""
    for part in path.split("."):
        if not isinstance(values, dict) or part not in values:
            return {}
        values = values[part]
    if isinstance(values, dict):
        return {f"{path}.{phase}": values[phase] for phase in PHASES if phase in values}
    return {path: values}


def variant(scenario: Scenario, lever: Lever, factor: float) -> Scenario:
    """The scenario with one lever turned, which its title names. Raises ScenarioError where the
    result is not allowed."""
    values = scenario.model_dump(mode="json")
    turned = f"{factor - 1:+.0%}".replace("-", "−")
    values["title"] = {
        "vi": f"{scenario.title.vi or scenario.name}: {lever.name_vi} {turned}",
        "en": f"{scenario.title.en or scenario.name}: {lever.name_en} {turned}",
    }
    for path, value in lever.turned(factor).items():
        *groups, last = path.split(".")
        inner = values
        for group in groups:
            inner = inner[group]
        inner[last] = value
    return make_scenario(values, lever.path)


def start(
    source: Source, scenario: Scenario, paths: Sequence[str], spread: float, replications: int
) -> str:
    """Queue the ensembles of a study; its id.

    Raises ScenarioError, StoreError, EnsembleError.
    """
    chosen = [lever for lever in levers(source, scenario) if lever.path in set(paths)]
    if not 1 <= len(chosen) <= MOST_LEVERS or spread not in SPREADS:
        raise StoreError(
            f"Choose 1 to {MOST_LEVERS} levers.", f"Hãy chọn từ 1 đến {MOST_LEVERS} tham số."
        )
    statistics.check_replications(replications)
    if replications < 2:
        raise StoreError(
            "A study needs at least 2 replications.", "Phân tích cần ít nhất 2 lần lặp."
        )
    variants = [
        turned
        for lever in chosen
        for factor in (1 - spread, 1 + spread)
        if (turned := variant(scenario, lever, factor)).hash != scenario.hash
    ]
    if not variants:
        raise ScenarioError("none of these levers can be turned within its bounds")
    study = f"study-{secrets.token_hex(4)}"
    source.ask_for([scenario, *variants], replications, None, study)
    return study


def read(source: Source, study: str, kpi: str, period: str) -> Study:
    """A study as far as it has come; the first of its runs is the scenario as it is."""
    runs = sorted((run for run in source.runs() if run.study == study), key=_order)
    empty = pd.DataFrame(columns=["path", "side", "changes", "difference", "low", "high"])
    if not runs:
        return Study(study, (), None, kpi, period, empty)
    base, *others = runs
    if base.status != DONE:
        return Study(study, tuple(runs), base, kpi, period, empty)
    try:
        before, origin = source.findings(base.id), source.scenario(base.id)
        rows = [
            row
            for run in others
            if run.status == DONE
            for row in _rows(source, run, origin, before, kpi, period)
        ]
    except StoreError as error:
        return Study(study, tuple(runs), base, kpi, period, empty, None, error.vi, error.en)
    mean = _chosen(statistics.summary(before), kpi, period)["mean"]
    frame = pd.DataFrame(rows) if rows else empty
    return Study(
        study,
        tuple(runs),
        base,
        kpi,
        period,
        _widest_first(frame),
        float(mean.iloc[0]) if len(mean) else None,
    )


def _order(run: Run):
    return run.created, run.id


def _chosen(table: pd.DataFrame, kpi: str, period: str) -> pd.DataFrame:
    return table[(table["by"] == CITY) & (table["period"] == period) & (table["kpi"] == kpi)]


def _rows(source: Source, run: Run, origin: Scenario, before: pd.DataFrame, kpi, period):
    changes = [c for c in difference(origin, source.scenario(run.id)) if c[0] != "seed"]
    found = _chosen(statistics.compare(before, source.findings(run.id)), kpi, period)
    if not changes or found.empty:
        return
    path, old, new = changes[0]
    lever = path.rpartition(".")[0] if path.rpartition(".")[2] in PHASES else path
    row = found.iloc[0]
    yield {
        "path": lever,
        "side": HIGHER if new > old else LOWER,
        "changes": tuple(changes),
        "difference": float(row["difference"]),
        "low": float(row["low"]),
        "high": float(row["high"]),
        "verdict": verdict(kpi, row["difference"], row["low"], row["high"]),
    }


def _widest_first(frame: pd.DataFrame) -> pd.DataFrame:
    """The levers that move the measure most at the top."""
    if frame.empty:
        return frame
    reach = frame["difference"].abs().groupby(frame["path"]).transform("max")
    order = frame.assign(reach=reach).sort_values(
        ["reach", "path", "side"], ascending=[False, True, True]
    )
    return order.drop(columns="reach").reset_index(drop=True)
