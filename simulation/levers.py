"""The planner's levers as pydantic fields, each read from its row of ``data/reference/levers.csv``.

A default, its bounds, unit, certainty and reason are written once, in the table; forms, the JSON
Schema and the method page show the same row.
"""

import csv
from functools import cache
from importlib import resources
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, create_model

PHASES = ("before", "phase_1", "phase_2", "phase_3")


class Group(BaseModel):
    """A group of levers: unknown fields are errors and values never change once made."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


@cache
def rows(table: str) -> tuple[dict[str, str], ...]:
    """Rows of a reference table as text; ``data.reference`` checks them."""
    path = resources.files("data.reference") / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def row(path: str) -> dict[str, str]:
    """The row of ``levers.csv`` with this dotted path. Raises KeyError for an unknown path."""
    for candidate in rows("levers"):
        if candidate["path"] == path:
            return candidate
    raise KeyError(f"levers.csv has no row '{path}'")


def _credentials(lever: dict[str, str]) -> dict[str, str]:
    wanted = ("unit", "certainty", "source", "name_vi", "name_en", "why_vi", "why_en")
    return {key: lever[key] for key in wanted}


def _bounds(lever: dict[str, str], kind: type) -> dict[str, float]:
    return {
        name: kind(float(lever[column]))
        for name, column in (("ge", "low"), ("le", "high"))
        if lever[column] != ""
    }


def lever(path: str, kind: type = float):
    """A numeric lever as an annotated type with default, bounds and credentials from the table."""
    found = row(path)
    return Annotated[
        kind,
        Field(
            default=kind(float(found["value"])),
            strict=True,
            json_schema_extra=_credentials(found),
            **_bounds(found, kind),
        ),
    ]


def by_phase(path: str, kind: type = float):
    """A lever with one value before the pilot and one for each of its three phases."""
    found = row(path)
    values = {
        phase: (kind, Field(kind(float(found[phase])), strict=True, **_bounds(found, kind)))
        for phase in PHASES
    }
    name = "".join(part.title() for part in path.replace(".", "_").split("_")) + "ByPhase"
    model = create_model(name, __base__=Group, **values)
    return Annotated[model, Field(default_factory=model, json_schema_extra=_credentials(found))]
