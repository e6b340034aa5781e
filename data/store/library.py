"""Scenarios that people make: duplicated from others, changed lever by lever, archived, shared.

A change names levers and their new values and is applied to the scenario as it stands, so that two
people who change different levers at the same time lose nothing; who changes a lever that somebody
else has changed meanwhile is told.
"""

import datetime
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import ValidationError
from sqlalchemy import select, update

from data.store import lifecycle
from data.store.database import Store
from data.store.errors import StoreError
from data.store.models import SavedScenarioRow, now
from simulation import SHIPPED, Scenario, ScenarioError, load_scenario
from simulation.scenario import (
    flatten,
    make_scenario,
    parse,
    read_scenario,
)

MOST_STEPS_BACK = 100
LONGEST_YAML = 1_000_000
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
ABSENT = "\0absent"  # stands for a lever that was not there, in a list of values to bring back


class UnknownScenarioError(StoreError):
    """There is no scenario of this name."""

    def __init__(self, name: str):
        shown = str(name)[:80]
        super().__init__(f"There is no scenario '{shown}'.", f"Không có kịch bản '{shown}'.")


class ConflictError(StoreError):
    """Somebody else has changed the same lever meanwhile; ``paths`` names them."""

    def __init__(self, paths: Sequence[str]):
        self.paths = tuple(paths)
        names = ", ".join(self.paths)
        super().__init__(
            f"Somebody else has changed {names} meanwhile; look at the new value first.",
            f"Người khác vừa thay đổi {names}; hãy xem giá trị mới trước khi sửa tiếp.",
        )


@dataclass(frozen=True)
class Saved:
    """A scenario of the library. ``shipped`` and ``archived`` ones cannot be changed.

    ``faults``: what pydantic says of levers that an older version of the model had or allowed;
    ``scenario`` has defaults in their place. They are gone when the scenario is changed.
    """

    id: str
    scenario: Scenario
    author: str
    parent: str
    version: int
    archived: bool
    shipped: bool
    can_undo: bool = False
    can_redo: bool = False
    created: datetime.datetime | None = None
    changed: datetime.datetime | None = None
    faults: tuple[dict[str, Any], ...] = ()

    @property
    def fixed(self) -> bool:
        """Whether it can only be looked at."""
        return self.shipped or self.archived


class Library:
    """The scenarios of a store, shipped ones included. All methods may be called from any thread,
    and several servers may share a store."""

    def __init__(self, store: Store):
        self.store = store

    def list(self) -> Sequence[Saved]:
        """The shipped scenarios, then those that people made, newest change first."""
        newest = select(SavedScenarioRow).order_by(
            SavedScenarioRow.changed.desc(), SavedScenarioRow.id
        )
        with self.store.read() as session:
            rows = list(session.scalars(newest))
        return [*(_shipped(name) for name in SHIPPED), *(_saved(row) for row in rows)]

    def get(self, scenario_id: str) -> Saved:
        """A scenario by its id or, if it is shipped, its name. Raises UnknownScenarioError."""
        if scenario_id in SHIPPED:
            return _shipped(scenario_id)
        with self.store.read() as session:
            return _saved(_row(session, scenario_id))

    def duplicate(self, scenario_id: str, author: str = "") -> str:
        """A copy that can be changed; its id. Raises StoreError."""
        original = self.get(scenario_id)
        title = {
            "vi": f"{original.scenario.title.vi} (bản sao)"[:200],
            "en": f"{original.scenario.title.en} (copy)"[:200],
        }
        return self.add(original.scenario, author, scenario_id, title)

    def add(
        self,
        scenario: Scenario,
        author: str = "",
        parent: str = "",
        title: Mapping[str, str] | None = None,
    ) -> str:
        """A scenario put into the library; its id. Raises StoreError."""
        values = scenario.model_dump(mode="json") | {"parent": parent, "author": author[:200]}
        made = make_scenario(values | ({"title": dict(title)} if title else {}))
        row = SavedScenarioRow(
            id=lifecycle.new_id(made.name),
            yaml=made.to_yaml(),
            hash=made.hash,
            title_vi=_printable(made.title.vi),
            title_en=_printable(made.title.en),
            author=_printable(made.author),
            parent=parent,
        )
        with self.store.write() as session:
            session.add(row)
            return row.id

    def change(
        self,
        scenario_id: str,
        changes: Mapping[str, Any],
        seen: Mapping[str, Any] | None = None,
        check: Callable[[Scenario], Any] | None = None,
    ) -> Saved:
        """Set levers by dotted path; None takes a lever out that stands in a table of its own
        (a site, a unit). ``seen`` holds the values that the person saw before, ``check`` may
        refuse the scenario that would come of it by raising ScenarioError.

        Raises ConflictError where another value stands there now, ScenarioError for values that
        are not allowed, StoreError; nothing is changed then.
        """
        with self.store.write() as session:
            row = _row(session, scenario_id, to_change=True)
            values = _values(row)
            differ = [
                path
                for path, value in (seen or {}).items()
                if path in changes
                and _bare(_get(values, path)) not in (_bare(value), _bare(changes[path]))
            ]
            if differ:
                raise ConflictError(differ)
            before = {path: _get(values, path) for path in changes}
            for path, value in changes.items():
                _set(values, path, ABSENT if value is None and _is_entry(path) else value)
            if all(_get(values, path) == old for path, old in before.items()):
                return _saved(row)
            if check:
                check(make_scenario(values, row.id))
            row.past = [*row.past, before][-MOST_STEPS_BACK:]
            row.future = []
            return self._keep(row, values)

    def undo(self, scenario_id: str) -> Saved:
        """Take the last change back, if there is one. Raises StoreError."""
        return self._step(scenario_id, "past", "future")

    def redo(self, scenario_id: str) -> Saved:
        """Make the change again that was taken back last. Raises StoreError."""
        return self._step(scenario_id, "future", "past")

    def _step(self, scenario_id: str, source: str, target: str) -> Saved:
        with self.store.write() as session:
            row = _row(session, scenario_id, to_change=True)
            steps = list(getattr(row, source))
            if not steps:
                return _saved(row)
            values, step = _values(row), steps.pop()
            back = {path: _get(values, path) for path in step}
            for path, value in step.items():
                _set(values, path, value)
            setattr(row, source, steps)
            setattr(row, target, [*getattr(row, target), back][-MOST_STEPS_BACK:])
            return self._keep(row, values)

    def _keep(self, row: SavedScenarioRow, values: dict[str, Any]) -> Saved:
        made = make_scenario(values, row.id)
        row.yaml, row.hash, row.author = made.to_yaml(), made.hash, _printable(made.author)
        row.title_vi, row.title_en = _printable(made.title.vi), _printable(made.title.en)
        row.version += 1
        row.changed = now()
        return _saved(row)

    def archive(self, scenario_id: str, archived: bool = True) -> None:
        """Put a scenario away, or take it out again; what was run stays. Raises StoreError."""
        with self.store.write() as session:
            _row(session, scenario_id)
            session.execute(
                update(SavedScenarioRow)
                .where(SavedScenarioRow.id == scenario_id)
                .values(archived=archived)
            )

    def import_yaml(self, text: str, author: str = "") -> str:
        """A scenario from YAML, checked lever by lever; its id. Raises ScenarioError."""
        if len(text) > LONGEST_YAML:
            raise ScenarioError(f"the text has more than {LONGEST_YAML:,} characters")
        made = read_scenario(text, "YAML")
        parent = made.parent if made.parent in SHIPPED else made.name
        return self.add(made, author or made.author, parent if parent in SHIPPED else "")

    def unsaid(self, text: str) -> Sequence[str]:
        """Levers of which a YAML says nothing, so that they have their defaults. Raises
        ScenarioError."""
        every = flatten(Scenario().model_dump(mode="json"))
        return sorted(every.keys() - flatten(parse(text, "YAML")).keys())


def _row(session, scenario_id: str, to_change: bool = False) -> SavedScenarioRow:
    plausible = isinstance(scenario_id, str) and scenario_id.isascii() and scenario_id.isprintable()
    query = select(SavedScenarioRow).where(SavedScenarioRow.id == scenario_id)
    found = session.scalars(query.with_for_update()).one_or_none() if plausible else None
    if found is None:
        if to_change and scenario_id in SHIPPED:
            raise StoreError(
                "A shipped scenario cannot be changed; duplicate it first.",
                "Không sửa được kịch bản có sẵn; hãy nhân bản trước.",
            )
        raise UnknownScenarioError(str(scenario_id))
    if to_change and found.archived:
        raise StoreError(
            "An archived scenario cannot be changed; take it out first.",
            "Không sửa được kịch bản đã cất; hãy lấy lại trước.",
        )
    return found


def _shipped(name: str) -> Saved:
    return Saved(name, load_scenario(name), "", "", 1, archived=False, shipped=True)


def _saved(row: SavedScenarioRow) -> Saved:
    """A row as it stands; levers that came with a later version of the model have defaults."""
    values, faults = _readable(yaml.load(row.yaml, _YAML))
    return Saved(
        id=row.id,
        scenario=make_scenario(values, row.id),
        author=row.author,
        parent=row.parent,
        version=row.version,
        archived=row.archived,
        shipped=False,
        can_undo=bool(row.past),
        can_redo=bool(row.future),
        created=row.created,
        changed=row.changed,
        faults=tuple(faults),
    )


def _values(row: SavedScenarioRow) -> dict[str, Any]:
    """Every lever of a row with its value."""
    return _saved(row).scenario.model_dump(mode="json")


def _readable(values: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What this version of the model understands of a scenario, and what it does not."""
    faults: list[dict[str, Any]] = []
    while True:
        try:
            Scenario.model_validate(values)
            return values, faults
        except ValidationError as error:
            found = error.errors(include_url=False)
        faults += found
        for fault in found:
            _drop(values, fault["loc"])


def _drop(values: dict[str, Any], where: Sequence[Any]) -> None:
    """Take out the nearest thing that stands at a place, at last everything."""
    inner: Any = values
    for part in where[:-1]:
        if not isinstance(inner.get(part), dict):
            inner.pop(part, None)
            return
        inner = inner[part]
    if not where or where[-1] not in inner:
        values.clear()
    else:
        inner.pop(where[-1])


def _printable(text: str) -> str:
    """A label for a column: not every database keeps control characters."""
    return "".join(letter for letter in text if unicodedata.category(letter) != "Cc")


def _bare(value: Any) -> Any:
    """A value without what says nothing, so that two ways to say the same are equal."""
    if not isinstance(value, Mapping):
        return None if value == ABSENT else value
    said = {key: _bare(inner) for key, inner in value.items()}
    return {key: inner for key, inner in said.items() if inner not in (None, {}, False)} or None


def _is_entry(path: str) -> bool:
    """Whether a path names an entry of a table instead of a lever that is always there."""
    return path.startswith(("network.sites.", "staff.units.", "rules.statutory_days."))


def _get(values: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path, ABSENT if there is none."""
    found: Any = values
    for part in path.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return ABSENT
        found = found[part]
    return found


def _set(values: dict[str, Any], path: str, value: Any) -> None:
    """Put a value at a dotted path, or take what is there away for ABSENT."""
    *groups, last = path.split(".")
    inner = values
    for group in groups:
        if not isinstance(inner.get(group), dict):
            if value == ABSENT:
                return
            inner[group] = {}
        inner = inner[group]
    if value == ABSENT:
        inner.pop(last, None)
    else:
        inner[last] = value
