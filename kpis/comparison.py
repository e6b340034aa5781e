"""Scenarios side by side: what each changes against the first, and how sure that is."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from kpis.definitions import REGISTRY
from kpis.ensemble import EnsembleError, compare, summary
from kpis.findings import CITY
from kpis.output import number
from simulation import Scenario

VERDICTS = BETTER, WORSE, OTHER, SAME, UNSURE, NONE = (
    "better",
    "worse",
    "other",
    "same",
    "unsure",
    "none",
)
WORDS = dict(
    zip(VERDICTS, ("better", "worse", "changed", "no change", "not sure", "no value"), strict=True)
)
ONE = "One replication has no interval, so no difference is sure: ask for two or more."
ROUNDING = 1e-9  # no KPI is so fine that a difference below this is more than rounding


def verdict(kpi: str, difference: float, low: float, high: float) -> str:
    """What a difference with its interval means: better, worse, other (for a KPI of which neither
    more nor less is better), same (no replication differs), unsure (the interval holds zero, or
    there is none) or none (the KPI has no value)."""
    if difference != difference:
        return NONE
    if max(abs(low), abs(high)) < ROUNDING:
        return SAME
    if not (low > 0 or high < 0):
        return UNSURE
    better = REGISTRY[kpi].better
    if better == "neither":
        return OTHER
    return BETTER if (low > 0) == (better == "higher") else WORSE


def refuse_period(period: str, known: Iterable[str]) -> None:
    """Raises EnsembleError if the period is none of those that are known."""
    known = list(known)
    if period not in known:
        listed = ", ".join(known)
        raise EnsembleError(
            f"period: '{period}' is not simulated, must be one of {listed}",
            f"Kỳ '{period}' không có trong mô phỏng; chỉ có {listed}",
        )


def document(
    scenarios: Sequence[Scenario], tables: Sequence[pd.DataFrame], period: str = "all"
) -> dict[str, Any]:
    """The comparison of ensembles with the first of them, for the city over a period.

    ``tables``: findings of each; with the same seed they are paired by replication. Raises
    EnsembleError for a period that the scenarios do not have.
    """
    base, *others = (table[(table["by"] == CITY) & (table["period"] == period)] for table in tables)
    if base.empty:
        refuse_period(period, tables[0]["period"].unique())
    means = summary(base).set_index("kpi")
    found: dict[str, Any] = {
        "period": period,
        "replications": int(means["replications"].iloc[0]),
        "seeds": [int(scenario.seed) for scenario in scenarios],
        "scenarios": [{"scenario": s.name, "hash": s.hash} for s in scenarios],
        "kpis": {
            kpi: {
                "unit": REGISTRY[kpi].unit,
                "base": _numbers(means.loc[kpi], "mean", "low", "high"),
            }
            for kpi in REGISTRY
        },
    }
    for scenario, other in zip(scenarios[1:], others, strict=True):
        rows = compare(base, other, paired=scenario.seed == scenarios[0].seed).set_index("kpi")
        for kpi, entry in found["kpis"].items():
            row = rows.loc[kpi]
            entry.setdefault("others", []).append(
                _numbers(row, "b", "difference", "low", "high", "variance_factor")
                | {"verdict": verdict(kpi, row["difference"], row["low"], row["high"])}
            )
    return found


def _numbers(row: pd.Series, *names: str) -> dict[str, Any]:
    return {"mean" if name == "b" else name: number(row[name]) for name in names}


def text(found: dict[str, Any]) -> str:
    """A comparison as a Markdown table."""
    names = [f"{one['scenario']} ({one['hash'][:6]})" for one in found["scenarios"]]
    head = ["KPI", names[0]]
    for name in names[1:]:
        head += [name, "difference [95% interval]", "verdict", "variance ÷"]
    lines = [
        f"{found['replications']} replication{'s' if found['replications'] > 1 else ''}, "
        f"period {found['period']}, "
        f"seed{'s' if len(set(found['seeds'])) > 1 else ''} "
        f"{', '.join(map(str, dict.fromkeys(found['seeds'])))}",
        *_summaries(found),
        *([ONE] if found["replications"] == 1 else []),
        "",
        _line(head),
        _line(["---"] * len(head)),
    ]
    for kpi, entry in found["kpis"].items():
        cells = [f"{kpi} ({entry['unit']})", _short(entry["base"]["mean"])]
        for other in entry["others"]:
            interval = f"[{_short(other['low'])}; {_short(other['high'])}]"
            cells += [
                _short(other["mean"]),
                f"{_short(other['difference'])} {interval}",
                WORDS[other["verdict"]],
                _short(other["variance_factor"]),
            ]
        lines.append(_line(cells))
    return "\n".join(lines)


def _summaries(found: dict[str, Any]) -> list[str]:
    """How many KPIs each of the others makes better, worse and so on; the parts add up to all."""
    lines = []
    for place, one in enumerate(found["scenarios"][1:]):
        said = Counter(entry["others"][place]["verdict"] for entry in found["kpis"].values())
        parts = [f"{said[verdict]} {WORDS[verdict]}" for verdict in VERDICTS if said[verdict]]
        lines.append(f"{one['scenario']}, {len(found['kpis'])} KPIs: {', '.join(parts)}")
    return lines


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _short(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
