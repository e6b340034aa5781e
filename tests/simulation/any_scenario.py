"""Scenarios drawn from the whole schema: whatever lever ``Scenario`` has, within its own bounds.

The strategy is read off the pydantic models, so a new lever is drawn as soon as it is there. Only
what the types do not say is said here: ids that exist, rules between levers of a group, a horizon
and a demand that are small.
"""

import datetime
import re
import types
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from simulation.levers import PHASES
from simulation.rules import MOST_COUNTERS
from simulation.scenario import (
    SHIPPED,
    Channels,
    Clock,
    Counters,
    Demand,
    Horizon,
    Hours,
    Phases,
    Results,
    Scenario,
    SiteChange,
)
from tests.simulation.small_city import small_city

LABELS = {"name", "title", "description", "author", "parent"}  # they decide nothing in a run
LONGEST_DAYS = 14
MOST_DOSSIERS_A_DAY = 160
FEW = 3
AROUND = 0.02  # degrees from a commune
DAY = datetime.timedelta(days=1)

# ── from types to values ──────────────────────────────────────────────────────────────────────


def group(model: type[BaseModel], path: str = "") -> st.SearchStrategy[dict]:
    """Some levers of a group, the others left as they are; its rules between levers are kept."""
    if model is Horizon:
        return HORIZON
    groups, levers = {}, {}
    for name, found in model.model_fields.items():
        if path or name not in LABELS:
            part = groups if _holds_levers(found.annotation) else levers
            part[name] = lever(found.annotation, found.metadata, f"{path}{name}", found)
    drawn = st.fixed_dictionaries(groups, optional=levers)
    return drawn.map(SETTLED.get(model, _as_it_is))


def _holds_levers(kind: Any) -> bool:
    return get_origin(kind) in (dict, tuple) or _is_group(kind)


def _is_group(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def lever(kind: Any, limits: list, path: str, found: FieldInfo | None = None) -> st.SearchStrategy:
    """Values of a type. Raises LookupError for a type, or ids, that nobody has told of here."""
    if get_origin(kind) is Annotated:
        kind, *more = get_args(kind)
        return lever(kind, [*limits, *_limits(more)], path, found)
    if get_origin(kind) in (Union, types.UnionType):
        return st.one_of(*(lever(part, limits, path, found) for part in get_args(kind)))
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) is dict:
        value = lever(get_args(kind)[1], [], f"{path}.*")
        return st.dictionaries(_ids(path), value, max_size=FEW)
    if get_origin(kind) is tuple:
        return st.lists(lever(get_args(kind)[0], [], path), max_size=FEW)
    if _is_group(kind):
        return group(kind, f"{path}.")
    return SIMPLE[kind](limits, path, found)


def _limits(more: list) -> list:
    """What ``Field`` holds within another type."""
    return [part for found in more for part in getattr(found, "metadata", [found])]


def _bound(limits: list, name: str, path: str):
    for limit in limits:
        if hasattr(limit, name):
            return getattr(limit, name)
    raise LookupError(f"{path}: has no bound {name}")


def _number(limits: list, path: str, found: FieldInfo | None, between: Callable):
    """The ends of what is allowed, the default and its neighbourhood, and anything between."""
    low, high = _bound(limits, "ge", path), _bound(limits, "le", path)
    values = [st.just(low), st.just(high), between(low, high)]
    default = found.get_default(call_default_factory=True) if found else None
    if isinstance(default, int | float) and low < default <= high:
        values += [st.just(default), between(low, min(high, 2 * default))]
    else:
        values.append(between(low, min(high, low + FEW)))
    return st.one_of(values)


def _text(limits: list, path: str, _found) -> st.SearchStrategy:
    pattern = next((limit.pattern for limit in limits if hasattr(limit, "pattern")), None)
    if pattern == CLOCK:
        any_time = st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True)
        return st.one_of(st.sampled_from(OFFICE_HOURS), any_time)
    return _ids(path) if pattern else st.text(max_size=FEW)


def _ids(path: str) -> st.SearchStrategy[str]:
    if path not in IDS:
        raise LookupError(f"{path}: its ids are not known")
    return st.sampled_from(IDS[path])


CITY = small_city()
NEW = ("NEW1", "NEW2")
MOST_SITES = int(CITY.networks.groupby("network").size().max())
IDS = {
    "network.sites": (*NEW, *map(str, range(MOST_SITES))),  # or the n-th of the base
    "network.sites.*.district": tuple(CITY.districts["code"]),
    "staff.units": tuple(CITY.units["id"]),
    "rules.statutory_days": tuple(CITY.procedures["id"]),
}
CLOCK = next(limit.pattern for limit in _limits(get_args(Clock)) if hasattr(limit, "pattern"))
OFFICE_HOURS = [f"{half // 2:02d}:{half % 2 * 30:02d}" for half in range(13, 39)]


def _horizon(start: datetime.date, days: int) -> dict:
    return {"start": start, "end": start + days * DAY}


TIMES_OF_CHANGE = [datetime.date(2024, 12, 20), datetime.date(2025, 3, 27)]
START = st.one_of(
    st.sampled_from(TIMES_OF_CHANGE),
    st.dates(datetime.date(2024, 10, 1), datetime.date(2026, 12, 31) - LONGEST_DAYS * DAY),
)
HORIZON = st.shared(st.builds(_horizon, START, st.integers(1, LONGEST_DAYS)), key="horizon")
WITHIN = HORIZON.flatmap(lambda days: st.dates(days["start"] - DAY, days["end"]))
SIMPLE = {
    float: partial(_number, between=lambda low, high: st.floats(low, high)),
    int: partial(_number, between=st.integers),
    bool: lambda *_: st.booleans(),
    str: _text,
    datetime.date: lambda *_: WITHIN,
    type(None): lambda *_: st.none(),
}

# ── rules between the levers of a group ───────────────────────────────────────────────────────


def _as_it_is(values: dict) -> dict:
    return values


def _whole(model: type[BaseModel], values: dict) -> dict:
    """The levers given, and the defaults of the others."""
    return model().model_dump() | values


def _in_order(values: dict) -> dict:
    """Phases begin one after the other."""
    whole = _whole(Phases, values)
    starts = iter(sorted({day for day in whole.values() if day}))
    return {name: next(starts, None) if day else None for name, day in whole.items()}


def _at_most_all(model: type[BaseModel], parts: tuple[str, ...], values: dict) -> dict:
    """Shares of one whole do not exceed it."""
    whole = {part: model().model_dump()[part] | values.get(part, {}) for part in parts}
    for phase in PHASES:
        total = max(1.0, sum(whole[part][phase] for part in parts))
        for part in parts:
            whole[part][phase] /= total
    return values | whole


def _batches_fit(values: dict) -> dict:
    whole = _whole(Demand, values)
    return values | {"batch_mean": float(min(whole["batch_mean"], whole["batch_max"]))}


def _from_morning_to_evening(values: dict) -> dict:
    """Hours in their order; where two that must differ are the same, the usual ones."""
    whole = _whole(Hours, values)
    names = list(whole)
    for part in (names[:4], names[4:]):
        clocks = sorted(whole[name] for name in part)
        if any(opens == closes for opens, closes in list(pairwise(clocks))[::2]):
            clocks = [Hours.model_fields[name].default for name in part]
        whole |= dict(zip(part, clocks, strict=True))
    return whole


def _opens_before_it_closes(values: dict) -> dict:
    opens, closes = values.get("opens"), values.get("closes")
    return values | {"closes": None} if opens and closes and closes <= opens else values


def _in_the_city(values: dict) -> dict:
    """A place that was drawn, pulled to the nearest commune."""
    drawn = {name: values[name] for name in ("lat", "lon") if values.get(name) is not None}
    if not drawn:
        return values
    away = sum(abs(CITY.communes[name] - value) for name, value in drawn.items())
    middle = CITY.communes.loc[away.idxmin(), ["lat", "lon"]].to_dict()
    return values | {
        name: min(max(drawn.get(name, at), at - AROUND), at + AROUND) for name, at in middle.items()
    }


def _site(values: dict) -> dict:
    return _in_the_city(_opens_before_it_closes(values))


SETTLED = {
    Phases: _in_order,
    Channels: partial(_at_most_all, Channels, ("online", "agent", "post")),
    Results: partial(_at_most_all, Results, ("at_counter", "by_post")),
    Demand: _batches_fit,
    Hours: _from_morning_to_evening,
    SiteChange: _site,
}

# ── what the whole must be ────────────────────────────────────────────────────────────────────


def _network(values: dict) -> dict:
    """Sites that can be, and one that stays open and receives everything."""
    network = values.get("network", {})
    base = network.get("base", SHIPPED[0])
    rows = CITY.networks[CITY.networks["network"] == base].set_index("site_id")
    most = max(values.get("staff", {}).get("counters", {}).values(), default=1)
    most = int(MOST_COUNTERS / max(most, 1.1))
    sites = {}
    for code, change in network.get("sites", {}).items():
        counters = {name: min(n, most) for name, n in (change.get("counters") or {}).items()}
        change = change | ({"counters": counters} if counters else {})
        if code in NEW:
            sites[code] = _complete(change, values["horizon"]["start"])
        else:
            row = rows.iloc[int(code) % len(rows)]
            sites[row.name] = _of_the_base(change, row)
    if sites or base == "as-built":
        sites["STAYS"] = _complete({}, values["horizon"]["start"])
    return network | {"sites": sites}


def _of_the_base(change: dict, row) -> dict:
    """A changed site whose dates agree with those that are not changed."""
    opens, closes = change.get("opens") or row["opens"], change.get("closes") or row["closes"]
    if isinstance(closes, datetime.date) and closes <= opens:
        change = change | {"opens": None, "closes": None}
    return change


def _complete(change: dict, opens: datetime.date) -> dict:
    """All that a new site needs."""
    needed = {
        "name": "new",
        "kind": "branch",
        "lat": 21.03,
        "lon": 105.82,
        "opens": opens,
        "accepts": "all",
        "counters": dict.fromkeys(Counters.model_fields, 1),
    }
    given = {name: value for name, value in change.items() if value is not None}
    return _opens_before_it_closes(needed | given)


def _few_people(values: dict, most: float) -> dict:
    """A demand of at most so many dossiers a day."""
    demand = _whole(Demand, values.get("demand", {}))
    levels = Demand().field_level.model_dump() | demand["field_level"]
    mix = CITY.fields.set_index("id")["mix"].to_dict()
    a_day = demand["annual_dossiers"] * demand["level"] / demand["working_days_per_year"]
    a_day *= demand[f"factor_{values['horizon']['start'].year}"]
    a_day *= sum(mix[field] * level for field, level in levels.items())
    for name, least in (("annual_dossiers", 1_000.0), ("level", 0.001)):
        less = min(demand[name], max(least, demand[name] * most / max(a_day, most)))
        a_day *= less / demand[name]
        demand[name] = less
    return demand


def _whole_minutes(values: dict) -> dict:
    """Durations that do not spread and are whole minutes, so that much happens at once."""
    return {
        name: _whole_minutes(value)
        if isinstance(value, dict)
        else 0.0
        if name.endswith("_cv")
        else float(round(value))
        if name.endswith("_min") and isinstance(value, float) and value >= 1
        else value
        for name, value in values.items()
    }


def _scenario(values: dict, horizon: dict, most_a_day: int, ticking: bool) -> dict:
    values = values | {"horizon": horizon}
    values |= {"network": _network(values), "demand": _few_people(values, most_a_day)}
    return _whole_minutes(values) if ticking else values


def scenarios(ticking: bool) -> st.SearchStrategy[dict]:
    """Levers of any scenario of the small city, as plain values; where ``ticking``, all durations
    are whole minutes."""
    most = st.integers(MOST_DOSSIERS_A_DAY // 4, MOST_DOSSIERS_A_DAY)
    return st.builds(_scenario, group(Scenario), HORIZON, most, st.just(ticking))
