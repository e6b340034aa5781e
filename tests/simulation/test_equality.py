"""The two engines give the same records for scenarios of every kind that the schema allows."""

from collections import Counter
from collections.abc import Callable, Iterator
from unittest import mock

import numpy as np
from hypothesis import assume, given, seed, settings
from hypothesis import strategies as st

from simulation import demand, run
from simulation.calendar import MINUTE
from simulation.demand import Demand
from simulation.records import TABLES
from simulation.run import ENGINES, Result, simulate
from simulation.scenario import Scenario, ScenarioError, make_scenario
from tests.simulation.any_scenario import CITY, IDS, LABELS, scenarios
from tests.simulation.mechanisms import MECHANISMS, occurrences

WORLDS = 200
ROUNDS, A_ROUND = 26, 10  # longer rounds would vary one world instead of drawing new ones
MOST_REFUSED = 0.02  # by the rules of the schema: when this was written, none
LEAST_VALUES = 2

worlds = st.booleans().flatmap(lambda ticking: st.tuples(st.just(ticking), scenarios(ticking)))


def to_whole_minutes(people: Demand) -> Demand:
    """Everything happens on a clock of whole minutes; half of the people live next door."""
    columns = dict(people.columns)
    for name, column in columns.items():
        if name == "need_ms":
            columns[name] = column // MINUTE * MINUTE
        elif name.endswith("_ms"):
            columns[name] = (-(-column // MINUTE) * MINUTE).astype(column.dtype)
    columns["pace_ms_per_km"] = np.where(columns["case"] % 2, 0, columns["pace_ms_per_km"])
    return Demand(columns)


def sample_on_whole_minutes(*given) -> Demand:
    return to_whole_minutes(demand.sample(*given))


def both(scenario: Scenario, ticking: bool) -> list[Result]:
    """The records of the two engines."""
    sample = sample_on_whole_minutes if ticking else demand.sample
    with mock.patch.object(run, "sample", sample):
        return [simulate(scenario, reference=CITY, engine=engine) for engine in ENGINES]


def differences(ours: Result, theirs: Result) -> list[str]:
    """Columns in which two runs differ."""
    return [
        f"{table}.{name}"
        for table in TABLES
        for name, column in getattr(ours, table).items()
        if column.dtype != getattr(theirs, table)[name].dtype
        or not np.array_equal(column, getattr(theirs, table)[name])
    ]


def drawn(strategy: st.SearchStrategy, look: Callable) -> None:
    """Look at what a strategy draws, the same in every run of the test."""
    each = settings(max_examples=A_ROUND, deadline=None, database=None)(given(strategy)(look))
    for number in range(ROUNDS):
        seed(number)(each)()


def levers_of(schema: dict, part: dict, path: str = "") -> Iterator[str]:
    """Dotted paths of all levers in a JSON Schema; ``*`` stands for any id."""
    if "$ref" in part:
        part = schema["$defs"][part["$ref"].rpartition("/")[2]]
    for choice in part.get("anyOf", []):
        if "$ref" in choice:
            yield from levers_of(schema, choice, path)
            return
    of_any_id = [part.get("additionalProperties"), *part.get("patternProperties", {}).values()]
    inner = [*part.get("properties", {}).items(), *(("*", found) for found in of_any_id if found)]
    for name, found in inner:
        yield from levers_of(schema, found, f"{path}.{name}" if path else name)
    if not inner:
        yield path


def values_of(values: dict, path: str = "") -> Iterator[tuple[str, str]]:
    """Dotted paths of the levers of a scenario, and their values as text."""
    for name, value in values.items():
        where = "*" if path in IDS else name
        where = f"{path}.{where}" if path else where
        if isinstance(value, dict):
            yield from values_of(value, where)
        else:
            yield where, str(value)


def test_the_forms_agree_over_the_whole_schema_and_every_mechanism_and_lever_is_met():
    met, seen = Counter(dict.fromkeys(MECHANISMS, 0)), Counter()
    schema = Scenario.model_json_schema()
    levers = {path for path in levers_of(schema, schema) if path.split(".")[0] not in LABELS}
    varied = {path: set() for path in levers}

    def same_records(world):
        ticking, values = world
        try:
            scenario = make_scenario(values)
            ours, theirs = both(scenario, ticking)
        except ScenarioError:
            seen[None] += 1
            assume(False)
        assert differences(ours, theirs) == []
        if not seen[scenario.hash, ticking]:
            met.update(occurrences(ours))
            for path, value in values_of(scenario.model_dump()):
                varied.setdefault(path, set()).add(value)
        seen[scenario.hash, ticking] += 1

    drawn(worlds, same_records)
    assert [name for name, count in met.items() if not count] == []
    assert [path for path in levers if len(varied[path]) < LEAST_VALUES] == []
    assert seen.pop(None, 0) <= MOST_REFUSED * WORLDS
    assert len(seen) >= WORLDS
