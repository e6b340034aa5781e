"""The network of a scenario as it is edited: its sites, and changes to one of them, as data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dashboard import forms
from data.reference import Reference
from simulation import Scenario
from simulation.levers import PHASES
from simulation.plan import base_network, changed_network, check_place

POOLS, SHIFTS = ("general", "land"), ("am", "pm", "sat")
COUNTERS = forms.COUNTERS
KINDS = ("branch", "reception_point", "one_stop")
ACCEPTS = ("all", "commune", "district", "land", "city", "commune+district")
BASE, NEW, CHANGED, REMOVED = STATES = ("base", "new", "changed", "removed")
NEW_PREFIX = "DPM"
PLACES = 5  # of degrees: a metre
NEW_COUNTERS = dict.fromkeys(COUNTERS, 0) | {"general_am": 2, "general_pm": 2}


@dataclass(frozen=True)
class Site:
    """A site of the network as it is with the scenario's changes; days are ISO texts."""

    id: str
    state: str
    name: str
    kind: str
    lat: float
    lon: float
    district: str
    opens: str
    closes: str
    accepts: str
    counters: dict[str, int]
    by_phase: dict[str, dict[str, int] | None]


def sites(scenario: Scenario, reference: Reference) -> dict[str, Site]:
    """All sites, removed ones too, by id. Raises ScenarioError for changes that make no sense."""
    base = base_network(scenario, reference)
    found = {}
    for code, row in changed_network(scenario, reference).items():
        change = scenario.network.sites.get(code)
        state = BASE
        if change is not None:
            state = REMOVED if change.removed else CHANGED if code in base else NEW
        phases = change.counters_by_phase if change is not None else None
        found[code] = Site(
            id=code,
            state=state,
            name=row["name_vi"],
            kind=row["kind"],
            lat=float(row["lat"]),
            lon=float(row["lon"]),
            district=row["district_code"],
            opens=_day(row["opens"]),
            closes=_day(row["closes"]),
            accepts=row["accepts"],
            counters={name: int(row[name]) for name in COUNTERS},
            by_phase={
                phase: counters.model_dump() if (counters := getattr(phases, phase, None)) else None
                for phase in PHASES
            },
        )
    return found


def check(scenario: Scenario, code: str, reference: Reference) -> None:
    """Whether a site may be as the scenario says. Raises ScenarioError."""
    site = sites(scenario, reference).get(code)
    if site and site.state != REMOVED:
        check_place(code, site.lat, site.lon, reference)


def _day(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") and value == value else ""


def added(scenario: Scenario, lat: float, lon: float, name: str) -> tuple[str, dict[str, Any]]:
    """A new reception point at a place: its id and what the scenario says of it."""
    number = next_number(scenario)
    return f"{NEW_PREFIX}{number:02d}", {
        "name": name,
        "kind": "reception_point",
        "lat": round(lat, PLACES),
        "lon": round(lon, PLACES),
        "opens": scenario.horizon.start.isoformat(),
        "accepts": "commune+district",
        "counters": NEW_COUNTERS,
    }


def next_number(scenario: Scenario) -> int:
    """The number of the next new site."""
    taken = {
        int(code.removeprefix(NEW_PREFIX))
        for code in scenario.network.sites
        if code.startswith(NEW_PREFIX) and code.removeprefix(NEW_PREFIX).isdecimal()
    }
    return max(taken, default=0) + 1


def said(scenario: Scenario, code: str) -> dict[str, Any]:
    """What a scenario says of a site, and nothing else."""
    change = scenario.network.sites.get(code)
    if change is None:
        return {}
    said = change.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return {name: value for name, value in said.items() if value != {}}


def moved(scenario: Scenario, code: str, lat: float, lon: float) -> dict[str, Any]:
    """What the scenario says of a site that stands somewhere else now; its district is that of
    the new place."""
    return said(scenario, code) | {"lat": round(lat, PLACES), "lon": round(lon, PLACES)}


def read(
    scenario: Scenario, code: str, typed: dict[str, str], reference: Reference
) -> dict[str, Any] | None:
    """What the scenario says of a site after its form was filled in (``edited``). Raises
    ScenarioError, forms.EntryError."""
    return edited(scenario, sites(scenario, reference)[code], typed)


def edited(scenario: Scenario, site: Site, typed: dict[str, Any]) -> dict[str, Any] | None:
    """What the scenario says of a site after a form was filled in, None if that is nothing new.

    ``typed``: text by field: name, kind, lat, lon, district ("" by its place), opens, closes,
    accepts, the counters, and counters of a phase as ``phase.counter``. Raises forms.EntryError.
    """
    change = said(scenario, site.id)
    texts = {"name": site.name, "kind": site.kind, "accepts": site.accepts}
    for name, old in texts.items():
        if typed.get(name, old) != old:
            change[name] = typed[name]
    for name, old in (("lat", site.lat), ("lon", site.lon)):
        value = _read_as(forms.number, name, typed[name])
        if value != round(old, PLACES):
            change[name] = value
    never = scenario.horizon.end.isoformat()  # closing then is not closing
    for name, old, empty in (("opens", site.opens, site.opens), ("closes", site.closes, never)):
        day = _read_as(forms.day_of, name, typed[name]) if typed[name] else ""
        if day != old:
            change[name] = day or empty
    district = typed.get("district", "")
    if district != change.get("district", ""):
        change.pop("district", None)
        if district:
            change["district"] = district
    counters = {name: _read_as(forms.whole, name, typed[name]) for name in COUNTERS}
    if counters != site.counters:
        change["counters"] = counters
    by_phase = {phase: _of_phase(typed, phase) for phase in PHASES}
    if by_phase != site.by_phase:
        change["counters_by_phase"] = {p: value for p, value in by_phase.items() if value}
    return change or None


def _of_phase(typed: dict[str, Any], phase: str) -> dict[str, int] | None:
    """Counters of a phase, None where nothing was filled in."""
    texts = {name: str(typed.get(f"{phase}.{name}") or "").strip() for name in COUNTERS}
    if not any(texts.values()):
        return None
    return {
        name: _read_as(forms.whole, f"{phase}.{name}", text or "0") for name, text in texts.items()
    }


def _read_as(read: Callable[[str], Any], name: str, text: Any) -> Any:
    """What was typed into the field of this name. Raises forms.EntryError that names it."""
    try:
        return read(text)
    except forms.EntryError as error:
        raise forms.EntryError(error.key, name) from None
