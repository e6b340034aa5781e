"""A Scenario holds every lever of the model: what a planner may change, and nothing else.

Saved as YAML, checked by pydantic, compared by value. Defaults come from ``data/reference``.
"""

import datetime
import hashlib
import json
import re
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    create_model,
    model_validator,
)

from simulation.levers import PHASES, Group, by_phase, lever, row, rows

SHIPPED = ("plan-30-branches", "as-built", "before")
LONGEST_HORIZON_DAYS = 1_100
DEEPEST_YAML = 20
_LABELS = {"name", "title", "description", "author", "parent", "seed"}


class ScenarioError(ValueError):
    """Something in a scenario is not allowed; the message names each field, value and bound.

    ``faults``: what pydantic found, where it was pydantic who found it.
    """

    def __init__(self, message: str, faults: list[dict[str, Any]] | None = None):
        super().__init__(message)
        self.faults = faults or []


def _clock(value: Any) -> Any:
    """YAML 1.1 reads 13:00 as 780; give it back its clock face."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 24 * 60:
        return f"{value // 60:02d}:{value % 60:02d}"
    return value


Clock = Annotated[
    str,
    BeforeValidator(_clock),
    Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="time of day, HH:MM"),
]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]
Label = Annotated[str, Field(max_length=200)]
Count = Annotated[int, Field(strict=True, ge=0, le=60)]


def _clock_lever(path: str):
    return Annotated[Clock, Field(default=row(path)["value"])]


def minutes(clock: str) -> int:
    """Minutes after midnight of ``HH:MM``."""
    hours, past = clock.split(":")
    return int(hours) * 60 + int(past)


class Text(Group):
    """A text in both languages."""

    vi: Annotated[str, Field(max_length=2000)] = ""
    en: Annotated[str, Field(max_length=2000)] = ""


class Horizon(Group):
    """The days that are simulated; the end is exclusive."""

    start: datetime.date = datetime.date(2024, 10, 1)
    end: datetime.date = datetime.date(2025, 12, 1)

    @model_validator(mode="after")
    def _ordered(self):
        if not self.start < self.end:
            raise ValueError(f"end {self.end} must be later than start {self.start}")
        if (self.end - self.start).days > LONGEST_HORIZON_DAYS:
            raise ValueError(f"at most {LONGEST_HORIZON_DAYS} days may be simulated")
        if self.start < datetime.date(2024, 10, 1) or self.end > datetime.date(2027, 1, 1):
            raise ValueError("the calendar is known from 2024-10-01 to 2026-12-31")
        return self


def _phase_start(name: str) -> datetime.date:
    found = next(phase for phase in rows("phases") if phase["id"] == name)
    return datetime.date.fromisoformat(found["start"])


class Phases(Group):
    """First day of each phase; null where the phase does not happen."""

    phase_1: datetime.date | None = Field(default_factory=lambda: _phase_start("phase_1"))
    phase_2: datetime.date | None = Field(default_factory=lambda: _phase_start("phase_2"))
    phase_3: datetime.date | None = Field(default_factory=lambda: _phase_start("phase_3"))

    @model_validator(mode="after")
    def _ordered(self):
        starts = [day for day in (self.phase_1, self.phase_2, self.phase_3) if day]
        if starts != sorted(set(starts)):
            raise ValueError("the phases must begin one after the other")
        return self


class Counters(Group):
    """Open counters by kind of work and shift."""

    general_am: Count = 0
    general_pm: Count = 0
    general_sat: Count = 0
    land_am: Count = 0
    land_pm: Count = 0
    land_sat: Count = 0


class CountersByPhase(Group):
    """A site's counters in phases that differ from the rest; ``staff.counters`` does not touch
    what is said here."""

    before: Counters | None = None
    phase_1: Counters | None = None
    phase_2: Counters | None = None
    phase_3: Counters | None = None


class SiteChange(Group):
    """What a scenario changes of a site of its base network, or the whole of a new one.

    A new site needs name, kind, lat, lon, opens, accepts and counters.
    """

    name: Label | None = None
    kind: Literal["branch", "reception_point", "one_stop"] | None = None
    district: Code | None = None
    lat: Annotated[float, Field(ge=20.4, le=21.5)] | None = None
    lon: Annotated[float, Field(ge=105.2, le=106.2)] | None = None
    opens: datetime.date | None = None
    closes: datetime.date | None = None
    accepts: Literal["all", "commune", "district", "land", "city", "commune+district"] | None = None
    counters: Counters | None = None
    counters_by_phase: CountersByPhase = CountersByPhase()
    removed: bool = False

    @model_validator(mode="after")
    def _ordered(self):
        if self.opens and self.closes and self.closes <= self.opens:
            raise ValueError(f"closes {self.closes} must be later than opens {self.opens}")
        return self


class Network(Group):
    """Where people are received: a base network of the reference tables and changes to it."""

    base: Literal["plan-30-branches", "as-built", "before"] = "plan-30-branches"
    sites: dict[Code, SiteChange] = Field(default_factory=dict)


FIELDS = tuple(found["id"] for found in rows("fields"))


def _field_level(_field: str):
    return Annotated[float, Field(default=1.0, strict=True, ge=0, le=20)]


FieldLevels = create_model(
    "FieldLevels", __base__=Group, **{field: _field_level(field) for field in FIELDS}
)


def _service_model(field: str) -> type[Group]:
    given = {found["what"]: found for found in rows("service_times") if found["field"] == field}

    def value(what: str, column: str, high: float):
        found = given[what]
        extra = {key: found[key] for key in ("certainty", "source")}
        return Annotated[
            float,
            Field(
                default=float(found[column]), strict=True, ge=0, le=high, json_schema_extra=extra
            ),
        ]

    return create_model(
        "Service" + "".join(part.title() for part in field.split("_")),
        __base__=Group,
        reception_min=value("reception", "mean_min", 240),
        reception_cv=value("reception", "cv", 3),
        work_min=value("officer_work", "mean_min", 4800),
        work_cv=value("officer_work", "cv", 3),
    )


_SERVICE_MODELS = {field: _service_model(field) for field in FIELDS}
Service = create_model(
    "Service",
    __base__=Group,
    **{field: (model, Field(default_factory=model)) for field, model in _SERVICE_MODELS.items()},
)


class Demand(Group):
    """How many dossiers the city brings, and who brings them."""

    annual_dossiers: lever("demand.annual_dossiers")
    level: lever("demand.level")
    factor_2024: lever("demand.factor_2024")
    factor_2025: lever("demand.factor_2025")
    factor_2026: lever("demand.factor_2026")
    working_days_per_year: lever("demand.working_days_per_year")
    urban_rate: lever("demand.urban_rate")
    batch_share: lever("demand.batch_share")
    batch_mean: lever("demand.batch_mean")
    batch_max: lever("demand.batch_max", int)
    field_level: FieldLevels = Field(default_factory=FieldLevels)

    @model_validator(mode="after")
    def _batches_fit(self):
        if self.batch_mean > self.batch_max:
            raise ValueError(
                f"batch_mean {self.batch_mean:g} must not exceed batch_max {self.batch_max}"
            )
        return self


class Channels(Group):
    """How dossiers are submitted; what is left over comes to a counter."""

    online: by_phase("channels.online")
    agent: by_phase("channels.agent")
    post: by_phase("channels.post")
    full_process: by_phase("channels.full_process")
    pay_online: by_phase("channels.pay_online")
    closed_day_weight: lever("channels.closed_day_weight")

    @model_validator(mode="after")
    def _at_most_all(self):
        for phase in PHASES:
            total = sum(getattr(part, phase) for part in (self.online, self.agent, self.post))
            if total > 1 + 1e-9:
                raise ValueError(f"online + agent + post in {phase} is {total:.3f}, at most 1")
        return self


class Choice(Group):
    """How people choose a site and when they come."""

    rule: Literal["nearest", "own-district", "least-expected-time"] = "least-expected-time"
    candidates: lever("choice.candidates", int)
    informed: by_phase("choice.informed")
    online_ticket: by_phase("choice.online_ticket")
    boundary_free: by_phase("choice.boundary_free", int)


class Travel(Group):
    """From home to the site."""

    road_factor: lever("travel.road_factor")


class Behaviour(Group):
    """What people put up with."""

    patience_median_min: lever("behaviour.patience_median_min")
    patience_cv: lever("behaviour.patience_cv")
    retry_share: lever("behaviour.retry_share")
    max_attempts: lever("behaviour.max_attempts", int)
    return_days_mean: lever("behaviour.return_days_mean")
    supplement_days_mean: lever("behaviour.supplement_days_mean")
    collect_days_mean: lever("behaviour.collect_days_mean")
    last_departure_min: lever("behaviour.last_departure_min", int)


class Reception(Group):
    """Work at the counter that does not depend on the field."""

    guidance_min: lever("reception.guidance_min")
    guidance_cv: lever("reception.guidance_cv")
    batch_time: lever("reception.batch_time")
    digitise_min_per_document: lever("reception.digitise_min_per_document")
    return_min: lever("reception.return_min")
    supplement_min: lever("reception.supplement_min")
    ticket_cutoff: lever("reception.ticket_cutoff", int)
    online_ticket_capacity: lever("reception.online_ticket_capacity")
    online_ticket_slot_min: lever("reception.online_ticket_slot_min", int)
    online_ticket_days_ahead: lever("reception.online_ticket_days_ahead", int)


class Files(Group):
    """Incomplete files and what becomes of them."""

    incomplete: by_phase("files.incomplete")
    caught: by_phase("files.caught")
    give_up: lever("files.give_up")
    second_supplement: lever("files.second_supplement")
    second_look: lever("files.second_look")


class Digitisation(Group):
    """What is digitised on reception, stored and issued electronically."""

    at_reception: by_phase("digitisation.at_reception")
    stored: by_phase("digitisation.stored")
    electronic: by_phase("digitisation.electronic")


class Reuse(Group):
    """Components taken from the repository instead of the citizen."""

    ceiling: by_phase("reuse.ceiling")
    half_results_per_person: lever("reuse.half_results_per_person")
    initial_results_per_person: lever("reuse.initial_results_per_person")


class Redesign(Group):
    """Simplified procedures."""

    documents_cut: by_phase("redesign.documents_cut")
    work_cut: by_phase("redesign.work_cut")


class Processing(Group):
    """What happens between the officers' desks."""

    elapsed_median: lever("processing.elapsed_median")
    elapsed_cv: lever("processing.elapsed_cv")
    circulation_hours: lever("processing.circulation_hours")


class Results(Group):
    """How results reach people who came to a counter; the rest are electronic."""

    at_counter: by_phase("results.at_counter")
    by_post: by_phase("results.by_post")
    post_days: lever("results.post_days")

    @model_validator(mode="after")
    def _at_most_all(self):
        for phase in PHASES:
            total = getattr(self.at_counter, phase) + getattr(self.by_post, phase)
            if total > 1 + 1e-9:
                raise ValueError(f"at_counter + by_post in {phase} is {total:.3f}, at most 1")
        return self


class Staff(Group):
    """Officers of the responsible units, and people at the Centre's counters."""

    officers: by_phase("staff.officers")
    counters: by_phase("staff.counters")
    units: dict[Code, Annotated[int, Field(strict=True, ge=1, le=2000)]] = Field(
        default_factory=dict
    )


class Hours(Group):
    """Opening hours of counters and offices."""

    morning_open: _clock_lever("hours.morning_open")
    morning_close: _clock_lever("hours.morning_close")
    afternoon_open: _clock_lever("hours.afternoon_open")
    afternoon_close: _clock_lever("hours.afternoon_close")
    saturday_open: _clock_lever("hours.saturday_open")
    saturday_close: _clock_lever("hours.saturday_close")

    @model_validator(mode="after")
    def _ordered(self):
        day = [self.morning_open, self.morning_close, self.afternoon_open, self.afternoon_close]
        strictly = all(minutes(a) < minutes(b) for a, b in ((day[0], day[1]), (day[2], day[3])))
        if not strictly or minutes(day[1]) > minutes(day[2]):
            raise ValueError(f"the day {day} must run from morning to afternoon")
        if minutes(self.saturday_open) >= minutes(self.saturday_close):
            raise ValueError("saturday_open must be before saturday_close")
        return self


class Rules(Group):
    """Legal rules."""

    same_day_cutoff: _clock_lever("rules.same_day_cutoff")
    statutory_days: dict[Code, Annotated[int, Field(strict=True, ge=0, le=250)]] = Field(
        default_factory=dict
    )


class CalendarChanges(Group):
    """Days off and worked days besides those of ``calendar.csv``."""

    days_off: tuple[datetime.date, ...] = ()
    worked_days: tuple[datetime.date, ...] = ()


class Scenario(Group):
    """Everything that decides a run but the draw of the random numbers."""

    name: Code = "plan-30-branches"
    title: Text = Text()
    description: Text = Text()
    author: Label = ""
    parent: Annotated[str, Field(max_length=80)] = ""
    seed: Annotated[int, Field(strict=True, ge=0, le=2**63 - 1)] = 20241001
    horizon: Horizon = Horizon()
    phases: Phases = Field(default_factory=Phases)
    network: Network = Network()
    demand: Demand = Field(default_factory=Demand)
    channels: Channels = Field(default_factory=Channels)
    choice: Choice = Field(default_factory=Choice)
    travel: Travel = Field(default_factory=Travel)
    behaviour: Behaviour = Field(default_factory=Behaviour)
    reception: Reception = Field(default_factory=Reception)
    files: Files = Field(default_factory=Files)
    digitisation: Digitisation = Field(default_factory=Digitisation)
    reuse: Reuse = Field(default_factory=Reuse)
    redesign: Redesign = Field(default_factory=Redesign)
    processing: Processing = Field(default_factory=Processing)
    results: Results = Field(default_factory=Results)
    staff: Staff = Field(default_factory=Staff)
    hours: Hours = Field(default_factory=Hours)
    service: Service = Field(default_factory=Service)
    rules: Rules = Field(default_factory=Rules)
    calendar: CalendarChanges = CalendarChanges()

    @cached_property
    def hash(self) -> str:
        """Twelve hex digits of SHA-256 over every lever; labels and seed do not count."""
        levers = self.model_dump(mode="json", exclude=_LABELS)
        return hashlib.sha256(json.dumps(levers, sort_keys=True).encode()).hexdigest()[:12]

    def to_yaml(self) -> str:
        """The whole scenario as YAML."""
        return yaml.safe_dump(self.model_dump(mode="json"), allow_unicode=True, sort_keys=False)


def make_scenario(values: dict[str, Any], where: str = "scenario") -> Scenario:
    """A checked Scenario from plain values. Raises ScenarioError naming every fault."""
    try:
        return Scenario.model_validate(values)
    except ValidationError as error:
        faults = error.errors()
        raise ScenarioError(f"{where}: " + "; ".join(map(_sentence, faults)), faults) from None


def _sentence(fault: dict[str, Any]) -> str:
    path = ".".join(str(part) for part in fault["loc"]) or "(whole)"
    if fault["type"] == "extra_forbidden":
        return f"{path}: unknown field"
    if fault["type"] == "missing":
        return f"{path}: is missing"
    if isinstance(fault["input"], dict):  # a rule about several levers names them itself
        return f"{path}: {fault['msg'].removeprefix('Value error, ')}"
    shown = repr(fault["input"])
    value = shown if len(shown) <= 60 else shown[:57] + "..."
    allowed = fault["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return f"{path}: {value} is not allowed, must be: {allowed}"


def load_scenario(name_or_path: str | Path, sets: tuple[str, ...] | list[str] = ()) -> Scenario:
    """A shipped scenario by name, or one from a YAML file, with ``dotted.path=value`` changes.

    Raises ScenarioError (unknown name, unreadable or broken YAML, bad or unknown levers).
    """
    text, where = _read(name_or_path)
    values = parse(text, where)
    for assignment in sets:
        _assign(values, assignment)
    return make_scenario(values, where)


def read_scenario(text: str, where: str = "scenario") -> Scenario:
    """A checked Scenario from YAML. Raises ScenarioError."""
    return make_scenario(parse(text, where), where)


def _read(name_or_path: str | Path) -> tuple[str, str]:
    if str(name_or_path) in SHIPPED:
        path = resources.files("simulation") / "scenarios" / f"{name_or_path}.yaml"
        return path.read_text(encoding="utf-8"), str(name_or_path)
    path = Path(name_or_path)
    try:
        if not path.is_file():
            raise ScenarioError(
                f"'{name_or_path}' is neither a shipped scenario ({', '.join(SHIPPED)}) "
                "nor a readable file"
            )
        if path.stat().st_size > 5_000_000:
            raise ScenarioError(f"{path}: larger than 5 MB, not a scenario")
        return path.read_text(encoding="utf-8"), path.name
    except UnicodeDecodeError:
        raise ScenarioError(f"{path}: is not UTF-8 text") from None
    except (OSError, ValueError) as error:
        if isinstance(error, ScenarioError):
            raise
        raise ScenarioError(f"{name_or_path}: cannot be read ({error})") from None


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Plain YAML in which no key may stand twice."""

    def construct_mapping(self, node, deep=False):
        """A mapping; of two values for one lever nobody would know which one counts."""
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise ScenarioError(f"line {key.start_mark.line + 1}: '{key.value}' stands twice")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _check_shape(text: str) -> None:
    """Refuse what would grow without end when read: references, and levels upon levels."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1
            raise ScenarioError(f"line {line}: references (*{event.anchor}) are not allowed")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST_YAML:
            line = event.start_mark.line + 1
            raise ScenarioError(f"line {line}: more than {DEEPEST_YAML} levels, not a scenario")


def parse(text: str, where: str) -> dict[str, Any]:
    """The values of a YAML text, unchecked. Raises ScenarioError for what is no plain YAML."""
    try:
        _check_shape(text)
        values = yaml.load(text, _Loader)
    except ScenarioError as error:
        raise ScenarioError(f"{where}: {error}") from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        place = getattr(error, "problem_mark", None)
        line = f" in line {place.line + 1}" if place else ""
        raise ScenarioError(f"{where}: broken YAML{line}") from None
    if not isinstance(values, dict):
        raise ScenarioError(f"{where}: must hold named levers, not {type(values).__name__}")
    return values


def _assign(values: dict[str, Any], assignment: str) -> None:
    path, equals, text = assignment.partition("=")
    if not equals or not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", path.strip()):
        raise ScenarioError(f"--set {assignment}: write dotted.path=value")
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        raise ScenarioError(f"--set {assignment}: the value cannot be read") from None
    *groups, last = path.strip().split(".")
    for group in groups:
        values = values.setdefault(group, {})
        if not isinstance(values, dict):
            raise ScenarioError(f"--set {assignment}: '{group}' holds no further levers")
    values[last] = value


def flatten(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested levers as {dotted path: value}."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict) and value:
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def difference(a: Scenario, b: Scenario) -> list[tuple[str, Any, Any]]:
    """Levers in which two scenarios differ: (dotted path, value in a, value in b)."""
    left = flatten(a.model_dump(mode="json", exclude=_LABELS - {"seed"}))
    right = flatten(b.model_dump(mode="json", exclude=_LABELS - {"seed"}))
    paths = sorted(left.keys() | right.keys())
    return [(p, left.get(p), right.get(p)) for p in paths if left.get(p) != right.get(p)]
