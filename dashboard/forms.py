"""The levers of a scenario as a form: made from the scenario's own schema, read back as values.

A lever that is added to the schema appears by itself. Nothing here knows of Dash.
"""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from dashboard.refusals import in_words
from dashboard.text import MISSING, Words
from data.reference import load
from simulation import Scenario
from simulation.levers import PHASES
from simulation.plan import base_network
from simulation.scenario import Counters, difference

# The groups in the order in which a planner thinks; parts of the schema in none of them come last.
GROUPS = {
    "network": ("network",),
    "counters": ("hours", "reception"),
    "staff": ("staff",),
    "demand": ("demand", "service"),
    "channels": ("channels", "choice", "travel", "behaviour"),
    "rules": (
        "files",
        "digitisation",
        "reuse",
        "redesign",
        "processing",
        "results",
        "rules",
        "calendar",
    ),
    "phases": ("phases",),
    "horizon": ("horizon", "seed"),
    "labels": ("name", "title", "description", "author", "parent"),
}
REST = "other"
SITES = "network.sites"
COUNTERS = tuple(Counters.model_fields)
NUMBER, SHARE, WHOLE, CLOCK, DATE, CHOICE, SWITCH, TEXT, DAYS, TABLE = (
    "number",
    "share",
    "whole",
    "clock",
    "date",
    "choice",
    "switch",
    "text",
    "days",
    "table",
)
READ_ONLY = ("name", "parent")
# Levers that are not in ``levers.csv`` (or groups of them): unit, certainty and source of the
# default. What they do stands in the catalogue, under ``lever_why``.
OTHER_CREDENTIALS = {
    "network.base": ("", "assumed", "rule_plan_network"),
    "staff.units": ("person", "assumed", "rule_unit_officers"),
    "demand.field_level": ("factor", "assumed", "assumption"),
    "service.reception_min": ("minute", "assumed", "assumed_reception"),
    "service.reception_cv": ("ratio", "assumed", "assumed_reception"),
    "service.work_min": ("minute", "assumed", "assumed_officer_work"),
    "service.work_cv": ("ratio", "assumed", "assumed_officer_work"),
    "rules.statutory_days": ("working day", "", ""),  # differ by procedure
    "calendar.days_off": ("day", "official", "holidays"),
    "calendar.worked_days": ("day", "official", "holidays"),
    "phases": ("", "official", "submission_333"),
    "horizon": ("", "assumed", "assumption"),
    "seed": ("", "assumed", "assumption"),
}
# Levers that hold a value for each row of a reference table: the table and the column it replaces.
BY_ROW = {
    "staff.units": ("units", "officers"),
    "rules.statutory_days": ("procedures", "statutory_days"),
}
DEEPEST = 8


class EntryError(ValueError):
    """What was typed cannot be read; ``key`` names the sentence in the catalogue, ``part`` the
    field of a form in which it stands."""

    def __init__(self, key: str, part: str = ""):
        super().__init__(key)
        self.key, self.part = key, part


@dataclass(frozen=True)
class Lever:
    """One lever: where it stands, what may be put there, and its credentials.

    ``paths``: one, or one for each phase; ``optional``: may be left empty.
    """

    path: str
    group: str
    kind: str
    paths: tuple[str, ...]
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    optional: bool = False
    about: dict[str, str] = field(default_factory=dict)

    @property
    def by_phase(self) -> bool:
        """Whether it has a value for each phase."""
        return len(self.paths) > 1


@cache
def levers() -> tuple[Lever, ...]:
    """Every lever of the schema but the sites, in the order of the groups."""
    schema = Scenario.model_json_schema()
    found = list(_walk(schema, schema, (), {}))
    order = [*GROUPS, REST]
    return tuple(sorted(found, key=lambda lever: order.index(lever.group)))


@cache
def _by_path() -> dict[str, Lever]:
    return {path: lever for lever in levers() for path in (lever.path, *lever.paths)}


def lever_at(path: str) -> Lever | None:
    """The lever that stands at a path, or of which a phase stands there."""
    return _by_path().get(path)


def paths() -> tuple[str, ...]:
    """The path of every value that the form holds."""
    return tuple(path for lever in levers() for path in lever.paths)


def group_of(path: str) -> str:
    """The group in which a planner looks for a lever."""
    top = path.partition(".")[0]
    return next((group for group, parts in GROUPS.items() if top in parts), REST)


def _walk(schema: dict, node: dict, path: tuple[str, ...], about: dict):
    node = _resolved(schema, node)
    properties = node.get("properties")
    if properties is None or len(path) > DEEPEST:
        yield _leaf(".".join(path), node, about)
        return
    if tuple(properties) == PHASES and ".".join(path) != "phases":
        yield _leaf(".".join(path), _resolved(schema, properties[PHASES[0]]), about, PHASES)
        return
    for name, child in properties.items():
        here = (*path, name)
        if ".".join(here) != SITES:
            yield from _walk(schema, child, here, child)


def _resolved(schema: dict, node: dict) -> dict:
    if "$ref" in node:
        return schema["$defs"][node["$ref"].rpartition("/")[2]]
    return node


def _leaf(path: str, node: dict, about: dict, phases: tuple[str, ...] = ()) -> Lever:
    options = [part for part in node.get("anyOf", [node]) if part.get("type") != "null"]
    inner = options[0]
    bounds = next(iter(inner.get("patternProperties", {"": inner}).values()))
    return Lever(
        path=path,
        group=group_of(path),
        kind=_kind(path, inner, about),
        paths=tuple(f"{path}.{phase}" for phase in phases) or (path,),
        low=bounds.get("minimum"),
        high=bounds.get("maximum"),
        choices=tuple(inner.get("enum", ())),
        optional=len(options) < len(node.get("anyOf", [node])),
        about={key: str(value) for key, value in about.items() if isinstance(value, str)}
        | credentials(path),
    )


def credentials(path: str) -> dict[str, str]:
    """Unit, certainty and source of a lever, and what the reference table says of it."""
    if path in _credentials():
        return _credentials()[path]
    other = OTHER_CREDENTIALS.get(_kin(path), ("", "", ""))
    named = zip(("unit", "certainty", "source"), other, strict=True)
    return {name: value for name, value in named if value}


def _kin(path: str) -> str:
    """The lever, or the group of levers, under which one that is not in the table is explained."""
    top, _, rest = path.partition(".")
    if top == "service":
        return f"service.{rest.partition('.')[2]}"
    return next((one for one in (path, path.rpartition(".")[0]) if one in OTHER_CREDENTIALS), path)


@cache
def _credentials() -> dict[str, dict[str, str]]:
    """Names, unit, reason and source of the levers that stand in ``levers.csv``."""
    names = ("name_vi", "name_en", "unit", "why_vi", "why_en", "certainty", "source")
    return {
        row["path"]: {name: row[name] for name in names if isinstance(row[name], str)}
        for row in load().levers.to_dict("records")
    }


def _kind(path: str, node: dict, about: dict) -> str:
    kind = node.get("type")
    if "enum" in node:
        return CHOICE
    if kind == "integer":
        return SWITCH if (node.get("minimum"), node.get("maximum")) == (0, 1) else WHOLE
    if kind == "number":
        return SHARE if about.get("unit") == "share" else NUMBER
    if kind == "array":
        return DAYS
    if kind == "object":
        return TABLE
    if node.get("format") == "date":
        return DATE
    return CLOCK if "HH:MM" in node.get("description", "") else TEXT


# --- names -----------------------------------------------------------------------------------


def name_of(path: str, language: Words) -> str:
    """What a lever, one phase of it, or a site is called."""
    if path.startswith(f"{SITES}."):
        site, _, part = path.removeprefix(f"{SITES}.").partition(".")
        named = language("lever.site", site=site)
        key = f"network.{part.partition('.')[0]}"
        return f"{named}, {language(key).lower()}" if part and language.has(key) else named
    base, _, last = path.rpartition(".")
    if last in PHASES and base and base != "phases":
        return f"{name_of(base, language)}, {phase_name(last, language)}"
    lever = lever_at(path)
    if lever and f"name_{language.lang}" in lever.about:
        return lever.about[f"name_{language.lang}"]
    parts = path.split(".")
    fields = load().fields.set_index("id")
    if parts[:1] in (["service"], ["demand"]) and len(parts) == 3:
        which = parts[1] if parts[0] == "service" else parts[2]
        if which in fields.index:
            what = parts[2] if parts[0] == "service" else "field_level"
            return f"{language(f'lever.{what}')}: {language.of(fields.loc[which])}"
    if base in BY_ROW:
        return f"{name_of(base, language)}: {rows_of(base, language).get(last, (last,))[0]}"
    key = f"lever.{path.replace('.', '_')}"
    return language(key) if language.has(key) else path


def phase_name(phase: str, language: Words) -> str:
    """What a phase is called."""
    if phase == "before":
        return language("compare.before")
    phases = load().phases.set_index("id")
    return language.of(phases.loc[phase])


def choice_name(value: str, language: Words) -> str:
    """What a choice is called."""
    key = f"choice_name.{value}"
    return language(key) if language.has(key) else value


def why(lever: Lever, language: Words) -> str:
    """What a lever does and why its default is what it is; "" for a label."""
    if said := lever.about.get(f"why_{language.lang}"):
        return said
    key = f"lever_why.{_kin(lever.path).replace('.', '_')}"
    return language(key) if language.has(key) else ""


def rows_of(path: str, language: Words) -> dict[str, tuple[str, int]]:
    """Name and default of every row for which a lever may hold a value, by the row's code."""
    table, column = BY_ROW[path]
    rows = getattr(load(), table)
    return {row["id"]: (language.of(row), int(row[column])) for row in rows.to_dict("records")}


def unit_name(lever: Lever, language: Words) -> str:
    """The unit of a lever in words, "" for none."""
    if lever.kind == SHARE:
        return "%"
    unit = lever.about.get("unit", "")
    return language.of(load().units_of_measure.set_index("id").loc[unit]) if unit else ""


# --- values ----------------------------------------------------------------------------------


def value_at(values: Any, path: str) -> Any:
    """The value at a dotted path, None if there is none."""
    for part in path.split("."):
        if not isinstance(values, dict) or part not in values:
            return None
        values = values[part]
    return values


def shown(value: Any, lever: Lever, language: Words) -> str:
    """A value as it stands in the form."""
    if value is None:
        return ""
    if lever.kind == SHARE:
        return _decimal(Decimal(repr(value)) * 100, language)
    if lever.kind in (NUMBER, WHOLE):
        return _decimal(Decimal(repr(value)), language)
    if lever.kind == SWITCH:
        return str(int(value))
    if lever.kind == DATE:
        return _day(value, language)
    if lever.kind == DAYS:
        return ", ".join(_day(day, language) for day in value)
    if lever.kind == TABLE:
        return "\n".join(f"{key}: {one}" for key, one in value.items())
    return str(value)


def told(value: Any, lever: Lever, language: Words) -> str:
    """A value as it is told beside the form: choices and switches in words, thousands grouped."""
    if value is None or value in ("", [], {}):
        return MISSING
    if lever.kind == SWITCH:
        return language("word.yes" if value else "word.no")
    if lever.kind == CHOICE:
        return choice_name(value, language)
    text = shown(value, lever, language)
    if lever.kind in (NUMBER, WHOLE, SHARE):
        whole, comma, rest = re.split(r"([.,]|$)", text, maxsplit=1)
        text = language.number(int(whole)) + comma + rest
    return f"{text}%" if lever.kind == SHARE else text.replace("\n", "; ")


def _decimal(value: Decimal, language: Words) -> str:
    """Every digit of a number, none too many."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(".", ",") if language.lang == "vi" else text


def _day(value: Any, language: Words) -> str:
    day = date.fromisoformat(value) if isinstance(value, str) else value
    return language.date(day)


def read(text: Any, lever: Lever, language: Words) -> Any:
    """A value from what was typed; bounds are the schema's matter. Raises EntryError."""
    text = "" if text is None else str(text).strip()
    if not text and lever.optional:
        return None
    if lever.kind in (NUMBER, SHARE):
        found = _number(ungrouped(text.removesuffix("%").strip(), language))
        return float(found / 100 if lever.kind == SHARE else found)
    if lever.kind in (WHOLE, SWITCH):
        return whole(ungrouped(text, language))
    if lever.kind == DATE:
        return day_of(text)
    if lever.kind == DAYS:
        return [day_of(part) for part in re.split(r"[,;\s]+", text) if part]
    if lever.kind == TABLE:
        return _table(text)
    return text


def ungrouped(text: str, language: Words) -> str:
    """A typed number without what stands between its thousands: 2.389.453 in Vietnamese,
    2,389,453 in English; a number that begins with 0 has no thousands."""
    mark, point = (".", ",") if language.lang == "vi" else (",", ".")
    whole, comma, rest = text.partition(point)
    grouped = re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}(\{mark}\d{{3}})+", whole)
    return (whole.replace(mark, "") if grouped else whole) + comma + rest


def number(text: Any) -> float:
    """A typed number, with a comma or a point. Raises EntryError."""
    return float(_number(str(text).strip()))


def _number(text: str) -> Decimal:
    if not re.fullmatch(r"[+-]?\d{1,18}([.,]\d{1,60})?", text, re.ASCII):
        raise EntryError("lever.not_number")
    return Decimal(text.replace(",", "."))


def whole(text: Any) -> int:
    """A typed whole number. Raises EntryError."""
    text = str(text).strip()
    if not re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII):
        raise EntryError("lever.not_whole")
    return int(text)


def day_of(text: str) -> str:
    """A typed day, 15/3/2025 or 2025-03-15, in the form of the schema. Raises EntryError."""
    if match := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text, re.ASCII):
        day, month, year = map(int, match.groups())
    elif match := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text, re.ASCII):
        year, month, day = map(int, match.groups())
    else:
        raise EntryError("lever.not_day")
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        raise EntryError("lever.not_day") from None


def _table(text: str) -> dict[str, int]:
    found = {}
    for line in filter(str.strip, re.split(r"[\n;]", text)):
        entry = re.fullmatch(r"\s*([A-Za-z0-9_.+-]+)\s*:\s*([+-]?\d{1,9})\s*", line, re.ASCII)
        if entry is None or entry[1] in found:
            raise EntryError("lever.not_table")
        found[entry[1]] = int(entry[2])
    return found


def changes_of(parent: Scenario, scenario: Scenario) -> list[tuple[str, Any, Any]]:
    """Levers in which a scenario differs from its parent: (dotted path, there, here); a site's
    changes are one, with what it is (``site_as_it_is``) there and here."""
    found = [
        (path, there, here)
        for path, there, here in difference(parent, scenario)
        if path not in ("seed", *BY_ROW) and not path.startswith(SITES)  # rows stand for BY_ROW
    ]
    for code in parent.network.sites.keys() | scenario.network.sites.keys():
        there, here = (site_as_it_is(one, code) for one in (parent, scenario))
        if there != here:
            found.append((f"{SITES}.{code}", there, here))
    return sorted(found, key=lambda change: change[0])


def site_as_it_is(scenario: Scenario, code: str) -> dict[str, Any] | None:
    """A site with the scenario's changes, None where there is none: name, kind, accepts, place
    (lat, lon), district, opens, closes, and the counters, also those of a phase as
    ``phase.counter``; None for what is not said."""
    row = _base_sites(scenario.network.base).get(code)
    change = scenario.network.sites.get(code)
    if (row is None and change is None) or (change is not None and change.removed):
        return None
    said = change.model_dump(exclude_none=True) if change else {}
    row = {name: value for name, value in (row or {}).items() if value == value}
    counters, by_phase = said.get("counters", {}), said.get("counters_by_phase", {})
    closes = said.get("closes") or row.get("closes")
    return {
        "name": tuple(said.get("name") or row.get(name, "") for name in ("name_vi", "name_en")),
        "kind": said.get("kind") or row.get("kind"),
        "accepts": said.get("accepts") or row.get("accepts"),
        "place": tuple(said.get(name, row.get(name)) for name in ("lat", "lon")),
        "district": said.get("district") or row.get("district_code"),
        "opens": said.get("opens") or row.get("opens"),
        "closes": closes if closes and closes < scenario.horizon.end else None,
        **{name: counters.get(name, row.get(name, 0)) for name in COUNTERS},
        **{f"{p}.{name}": by_phase.get(p, {}).get(name) for p in PHASES for name in COUNTERS},
    }


@cache
def _base_sites(network: str) -> dict[str, dict[str, Any]]:
    return base_network(Scenario(network={"base": network}), load())


# --- what is wrong ---------------------------------------------------------------------------


def fault_in_words(fault: dict[str, Any], language: Words) -> str:
    """What pydantic found wrong with a lever, in the person's language."""
    kind, context = fault["type"], fault.get("ctx", {})
    path = ".".join(str(part) for part in fault["loc"])
    lever = lever_at(path)
    limits = {
        "greater_than_equal": ("lever.at_least", context.get("ge")),
        "less_than_equal": ("lever.at_most", context.get("le")),
        "string_too_long": ("lever.too_long", context.get("max_length")),
    }
    if kind in limits:
        key, limit = limits[kind]
        bound = told(limit, lever, language) if lever else _decimal(Decimal(repr(limit)), language)
        return language(key, limit=bound)
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(path, [one for one in paths() if one != path], 1, 0.8)
        return language("lever.unknown_near", near=near[0]) if near else language("lever.unknown")
    if kind in ("value_error", "assertion_error"):
        what = in_words(fault["msg"].removeprefix("Value error, "), language)
        return language("lever.contradiction", what=what)
    if lever and lever.choices:
        named = [choice_name(one, language) for one in lever.choices]
        return language("lever.one_of", choices="; ".join(named))
    keys = {
        "missing": "lever.missing",
        "string_pattern_mismatch": "lever.not_clock"
        if lever and lever.kind == CLOCK
        else "lever.not_code",
        "string_type": "lever.not_text",
        "int_type": "lever.not_whole",
        "int_from_float": "lever.not_whole",
        "float_type": "lever.not_number",
        "finite_number": "lever.not_number",
        "date_type": "lever.not_day",
        "date_from_datetime_parsing": "lever.not_day",
        "date_parsing": "lever.not_day",
    }
    return language(keys.get(kind, "lever.wrong_kind"))


def faults_in_words(faults: Sequence[dict[str, Any]], language: Words) -> dict[str, str]:
    """What is wrong with a scenario, by dotted path; "" for what concerns no single lever."""
    return {
        ".".join(str(part) for part in fault["loc"]): fault_in_words(fault, language)
        for fault in faults
    }
