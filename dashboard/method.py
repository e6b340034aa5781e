"""What the method page says of the model itself, as data: assumptions, libraries, STRESS-DES.

Every number is counted from the reference tables, the declarations in the code or the installed
packages; none is written here.
"""

import os
import platform
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import kpis
from dashboard import forms, queries
from dashboard.queries import METHOD_TABLES
from dashboard.source import Run, Source
from data.reference.tables import TABLES
from data.store import versions
from kpis import ensemble
from kpis.evaluate import NEAR
from kpis.measures import HISTOGRAMS
from simulation import SHIPPED, Scenario, load_scenario, sampling
from simulation.records import Outcome, Purpose, State

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"
ASSUMED = "assumed"
# Columns that name a row, explain it or carry its credentials: no values of their own.
ABOUT = ("name_vi", "name_en", "why_vi", "why_en", "rule_vi", "rule_en", "certainty", "source")
ABOUT += ("unit", "low", "high")
# What the credentials of several columns are called after, where it is not a column.
TOGETHER = {"dates": ("opens", "closes")}
MINUTES_MS = 60_000


# --- the register of assumptions -------------------------------------------------------------


@dataclass(frozen=True)
class Assumption:
    """A row of a reference table, or some of its values, that nobody has published.

    ``place``: of the row in its table; ``key``: the columns that tell it from others;
    ``columns``: those that are assumed.
    """

    table: str
    place: int
    row: dict[str, Any]
    key: tuple[str, ...]
    columns: tuple[str, ...]
    source: str


def assumptions(source: Source, search: str = "") -> list[Assumption]:
    """Every assumed row of the reference tables, and every assumed value of the others.

    Args:
        search: words that must all stand in the row or the titles of its source.
    """
    reference = source.reference
    if reference.version not in _ASSUMED:
        found = [one for name in METHOD_TABLES for one in _assumed(reference, name)]
        _ASSUMED[reference.version] = found
    every = _ASSUMED[reference.version]
    if not search.strip():
        return every
    names = dict.fromkeys(one.table for one in every)
    kept = {name: queries.holds(reference, name, search).to_numpy() for name in names}
    return [one for one in every if kept[one.table][one.place]]


_ASSUMED: dict[str, list[Assumption]] = {}  # by version of the tables


def _assumed(reference: Any, name: str) -> Iterator[Assumption]:
    frame = getattr(reference, name)
    if "certainty" not in frame:
        return
    own = {column: _governed(frame, column) for column in frame if column.endswith("_certainty")}
    governed = {column for columns in own.values() for column in columns}
    key = TABLES[name].key
    plain = tuple(
        column
        for column in frame
        if column not in (*ABOUT, *governed, *key)
        and not column.endswith(("_certainty", "_source"))
    )
    some = frame["certainty"] == ASSUMED
    for column in own:
        some |= frame[column] == ASSUMED
    places = np.flatnonzero(some)
    for place, row in zip(places, frame[some].to_dict("records"), strict=True):
        columns = list(plain) if row["certainty"] == ASSUMED else []
        sources = [row["source"]] if columns else []
        for column, values in own.items():
            if row[column] == ASSUMED:
                columns += values
                sources.append(row.get(column.replace("_certainty", "_source")) or row["source"])
        yield Assumption(name, int(place), row, key, tuple(columns), sources[0])


def _governed(frame: pd.DataFrame, column: str) -> tuple[str, ...]:
    """The columns whose certainty a column of credentials holds."""
    stem = column.removesuffix("_certainty")
    return (stem,) if stem in frame else TOGETHER.get(stem, ())


# --- the libraries ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Library:
    """An installed package that the product asks for, and its licence as it declares it."""

    name: str
    version: str
    licence: str


@cache
def libraries() -> tuple[Library, ...]:
    """The dependencies that ``pyproject.toml`` names and that are installed, by name."""
    try:
        named = tomllib.loads(PROJECT.read_text("utf-8"))["project"]["dependencies"]
    except (OSError, tomllib.TOMLDecodeError, KeyError):
        return ()
    return tuple(
        found for one in named if (found := _library(re.split(r"[^A-Za-z0-9._-]", one)[0]))
    )


def _library(name: str) -> Library | None:
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    licence = about.get("License-Expression") or _classified(about) or about.get("License") or ""
    return Library(about["Name"], about["Version"], licence.split("\n")[0][:60])


def _classified(about: Any) -> str:
    marks = [c for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    return ", ".join(mark.rsplit(" :: ", 1)[-1] for mark in marks)


# --- STRESS-DES ------------------------------------------------------------------------------

# Items of the checklist: Monks et al. 2019, Strengthening the reporting of empirical simulation
# studies, Journal of Simulation 13(1), 55–67, doi 10.1080/17477778.2018.1442155.
STRESS = {
    "objectives": ("1.1", "1.2", "1.3"),
    "logic": ("2.1", "2.2", "2.3", "2.4", "2.5.1", "2.5.2", "2.5.3", "2.5.4", "2.5.5"),
    "data": ("3.1", "3.2", "3.3", "3.4"),
    "experimentation": ("4.1", "4.2", "4.3"),
    "implementation": ("5.1", "5.2", "5.3", "5.4"),
    "access": ("6.1",),
}


@dataclass(frozen=True)
class Facts:
    """What the STRESS-DES description counts.

    Attributes:
        numbers: by name, as the sentences of the description ask for them.
        scenarios: the shipped scenarios, the default first.
        changes: how many levers each of the others changes against it, by name.
        rules: rows of ``rules.csv``; ``speeds``, ``services``: of the tables of that name.
        environment: versions of Python and of the libraries that compute, by name.
        libraries: the product's dependencies.
    """

    numbers: dict[str, Any]
    scenarios: tuple[Scenario, ...]
    changes: dict[str, int]
    rules: pd.DataFrame
    speeds: pd.DataFrame
    services: pd.DataFrame
    environment: dict[str, str]
    libraries: tuple[Library, ...]


def facts(source: Source, run: Run | None) -> Facts:
    """Everything the description says in numbers, of the shipped default and, if there is one,
    of the run that is looked at."""
    reference = source.reference
    scenarios, changes = _shipped()
    default = scenarios[0]
    return Facts(
        numbers=_numbers(source, default) | _of_run(run),
        scenarios=scenarios,
        changes=changes,
        rules=reference.rules,
        speeds=reference.travel_speeds,
        services=reference.service_times,
        environment=versions.environment(),
        libraries=libraries(),
    )


@cache
def _shipped() -> tuple[tuple[Scenario, ...], dict[str, int]]:
    scenarios = tuple(load_scenario(name) for name in SHIPPED)
    default = scenarios[0]
    changes = {one.name: len(forms.changes_of(default, one)) for one in scenarios[1:]}
    return scenarios, changes


def _numbers(source: Source, default: Scenario) -> dict[str, Any]:
    reference = source.reference
    network = reference.networks[reference.networks["network"] == default.network.base]
    kinds = reference.sites.set_index("id")["kind"].reindex(network["site_id"]).value_counts()
    levers = reference.levers["certainty"].value_counts()
    value = reference.levers.set_index("path")["value"]
    histogram = {one.name: one for one in HISTOGRAMS}
    confidence = reference.sources["confidence"].value_counts()
    counters = network[["general_am", "land_am"]].sum().sum()
    limits = reference.targets.set_index("id")["value"]
    days = (default.horizon.end - default.horizon.start).days
    return {
        "start": reference.phases["start"].min(),
        "end": reference.phases["end"].max(),
        "phases": len(reference.phases),
        "limit": float(limits["counter_transaction_limit"]),
        "radius": float(limits["access_radius"]),
        "time": float(limits["access_time"]),
        "kpis": len(kpis.REGISTRY),
        "groups": len(kpis.GROUPS),
        "targets": sum(bool(kpi.target) for kpi in kpis.REGISTRY.values()),
        "wait_bin": histogram["wait"].width_ms / MINUTES_MS,
        "wait_bins": histogram["wait"].bins,
        "communes": len(reference.communes),
        "people": int(reference.communes["population_2019"].sum()),
        "dossiers": float(value["demand.annual_dossiers"]),
        "fields": len(reference.fields),
        "procedures": len(reference.procedures),
        "candidates": int(float(value["choice.candidates"])),
        "road_factor": float(value["travel.road_factor"]),
        "modes": len(reference.travel_modes),
        "branches": int(kinds.get("branch", 0)),
        "points": int(kinds.get("reception_point", 0)),
        "counters": int(counters),
        "units": len(reference.units),
        "officers": int(reference.units["officers"].sum()),
        "outcomes": len(Outcome),
        "purposes_visit": len(Purpose),
        "states": len(State),
        "sources": len(reference.sources),
        **{f"sources_{letter}": int(confidence.get(letter, 0)) for letter in "HML"},
        "tables": len(METHOD_TABLES) + 1,
        "rows": sum(len(getattr(reference, name)) for name in METHOD_TABLES),
        "levers": len(reference.levers),
        "levers_assumed": int(levers.get(ASSUMED, 0)),
        "assumed": len(assumptions(source)),
        "drivers": len(reference.satisfaction),
        "horizon_start": default.horizon.start,
        "horizon_last": default.horizon.end - pd.Timedelta(days=1).to_pytimedelta(),
        "days": days,
        "seed": default.seed,
        "confidence": ensemble.CONFIDENCE,
        "fewest": ensemble.FEWEST_TO_STOP,
        "most": ensemble.MOST_REPLICATIONS,
        "near": NEAR,
        "purposes": len(sampling.Purpose),
        "generator": sampling.GENERATOR,
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "cores": os.cpu_count() or 1,
        "code_version": versions.code_version()[:12],
        "data_version": reference.version,
    }


def _of_run(run: Run | None) -> dict[str, Any]:
    """How long the run that is looked at took, None where there is none."""
    timed = run is not None and run.finished is not None and run.created is not None
    seconds = (run.finished - run.created).total_seconds() if timed else None
    return {"run": run.id if run else None, "seconds": seconds}
