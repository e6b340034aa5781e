"""The Centre with its service floor compiled: the same control plane, the same records."""

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np

from simulation import floor
from simulation.calendar import DAY
from simulation.control import Control
from simulation.demand import Demand
from simulation.plan import Plan
from simulation.records import NEVER, VISIT

FIRST_EVENTS = 1 << 16
KINDS = 3
SIZES = {"byte": 1, "short": 2, "int": 4, "long": 8}
PLACE = {name: place for place, name in enumerate((*floor.NUMBERS, *floor.CHANGING, *floor.TABLES))}
OTHER_NAMES = {"visits": "visits_made", "supplements": "requests"}  # given under the same name
CHUNK = 4_096  # dossiers whose columns are copied together, while they are in the cache
EVENTS = ("heap", "node_key", "node_next")
SPARE_DAYS = 8  # for travel and rounding, in the ring of online tickets


class Visits:
    """The visits of a floor as columns."""

    def __init__(self, centre: "CompiledCentre"):
        self.centre = centre

    def arrays(self) -> dict[str, np.ndarray]:
        """The columns as NumPy arrays."""
        rows = self.centre.floor.visits.reshape(-1, floor.VISIT_SIZE)
        rows = rows[: self.centre.now("visit_count")]
        who, how = rows[:, floor.WHO], rows[:, floor.HOW]
        columns = {
            "leader": who & floor.NUMBER,
            "purpose": who >> floor.PURPOSE_BIT & 3,
            "size": who >> floor.SIZE_BIT & 0xFFFF,
            "site": who >> floor.POOL_BIT + 1,
            "pool": who >> floor.POOL_BIT & 1,
            "set_off_ms": rows[:, floor.SET_OFF],
            "arrived_ms": rows[:, floor.ARRIVED],
            "start_ms": rows[:, floor.BEGUN],
            "end_ms": rows[:, floor.ENDED],
            "counter": (how >> floor.COUNTER_BIT) - 1,
            "outcome": how & 0xFF,
        }
        return {c.name: np.ascontiguousarray(columns[c.name], c.dtype) for c in VISIT}


class CompiledCentre(Control):
    """All sites, units and people of one run; what happens between two control events is one
    call of ``floor.advance``."""

    def __init__(self, plan: Plan, demand: Demand, progress: Callable | None = None):
        super().__init__(plan, demand, progress)
        self.visits = Visits(self)
        written = self.columns | {"asked_ms": self.asked_ms, "trips": self.trips}
        self.written = {OTHER_NAMES.get(name, name): array for name, array in written.items()}
        given = {n: demand[n] for n in _layout().names if n in demand.columns}
        self.dossiers = _records(len(demand))
        for part in _chunks(len(demand)):
            for name, array in (given | self.written).items():
                self.dossiers[name][part] = array[part]
        self.floor = _floor(plan, demand, self.dossiers)
        self.units = np.zeros((4, len(plan.units)), np.int64)

    def now(self, name: str) -> int:
        """A number of the world."""
        return int(self.floor.world[PLACE[name]])

    def table(self, name: str, size: int) -> np.ndarray:
        """A table of the world."""
        begins = self.now(name)
        return self.floor.world[begins : begins + size]

    @property
    def pools(self) -> np.ndarray:
        """The pools of counters [2 × site + kind, number]."""
        count = 2 * len(self.plan.sites)
        return self.table("pools", count * floor.POOL_SIZE).reshape(count, floor.POOL_SIZE)

    def run(self) -> None:
        """Let the whole horizon pass."""
        super().run()
        for part in _chunks(len(self.demand)):
            for name, array in self.written.items():
                array[part] = self.dossiers[name][part]

    def begin(self) -> None:
        """People arrive by themselves: ``advance`` reads them off the demand."""

    def control(self, time: int):
        """A control event; everything before it has happened when it comes."""
        moment = super().control(time)
        moment.callbacks.append(lambda _: self.advance(time))
        return moment

    def advance(self, until: int) -> None:
        """Let the floor run up to the control event at this time."""
        while floor.advance(self.floor, until) == floor.FULL:
            self.floor = _grown(self.floor)
        self.received = self.now("received")

    def end_day(self, day: int) -> None:
        """The day's books: time spent in queues, the units' work and backlog."""
        time = (day + 1) * DAY
        self.advance(time)
        floor.close_books(self.floor, time, self.queue_ms[day], self.units)
        for row, name in enumerate(("received", "finished", "busy_ms", "backlog")):
            self.unit_days[name][day] = self.units[row]

    def move_staff(self, phase: int) -> None:
        """People move between counters, and officers between units."""
        self.floor.world[floor.PHASE] = phase
        pools = self.pools
        staff = self.plan.counters_by_phase[phase].reshape(-1, KINDS)
        pools[:, floor.SHIFT : floor.SHIFT + KINDS] = staff
        pools[:, floor.SPANS : floor.POOL_SIZE] = 0
        for pool, shifts in enumerate(staff.tolist()):
            for kind, spans in enumerate(self.opening_spans(shifts)):
                pools[pool, floor.SPANS + kind] = len(spans)
                for number, (since, to) in enumerate(spans):
                    pools[pool, floor.SPAN_FROM + 2 * kind + number] = since
                    pools[pool, floor.SPAN_TO + 2 * kind + number] = to
        officers = self.plan.officers[phase].astype(np.int64)
        floor.officers_move(self.floor, officers, self.env.now)

    def use_sites(self, day: int) -> None:
        """Sites open and close."""
        plan, world = self.plan, self.floor.world
        in_use = plan.open_on(day)
        self.table("in_use", len(in_use))[:] = in_use
        staffed = self.pools[:, floor.SHIFT : floor.SHIFT + KINDS].any(axis=1)
        self.pools[:, floor.POOL_ACTIVE] = np.repeat(in_use, 2) & staffed
        world[world[floor.OPTIONS] : world[floor.SLOTS]] = NEVER

    def open_counters(self, shift: int) -> None:
        """Counters open and call those who wait."""
        floor.open_counters(self.floor, shift, self.env.now)

    def close_counters(self, day: int, reopening: int | None = None) -> None:
        """Counters close; where they do not reopen today, those who wait are sent home."""
        again = NEVER if reopening is None else reopening
        floor.close_counters(self.floor, again, self.env.now, self.sent_home[day])


@cache
def _layout() -> np.dtype:
    """The numbers of a dossier, as ``floor`` finds them."""
    rows = {"byte": floor.BYTE, "short": floor.SHORT, "int": floor.INT, "long": floor.LONG}
    begins = {"byte": 0, "short": floor.SHORT_AT, "int": floor.INT_AT, "long": floor.LONG_AT}
    places = {
        name: (f"i{SIZES[kind]}", (begins[kind] + place) * SIZES[kind])
        for kind, names in rows.items()
        for place, name in enumerate(names)
    }
    formats, offsets = zip(*places.values(), strict=True)
    return np.dtype(
        {
            "names": list(places),
            "formats": list(formats),
            "offsets": list(offsets),
            "itemsize": floor.RECORD,
        }
    )


def _records(count: int) -> np.ndarray:
    """Zeros for so many dossiers, from the beginning of a line of memory."""
    memory = np.zeros(count * floor.RECORD + floor.LINE, np.uint8)
    begins = -memory.ctypes.data % floor.LINE
    return memory[begins : begins + count * floor.RECORD].view(_layout())


def _chunks(count: int) -> Iterator[slice]:
    return (slice(first, first + CHUNK) for first in range(0, count, CHUNK))


def _floor(plan: Plan, demand: Demand, dossiers: np.ndarray) -> floor.Floor:
    """The floor before anything has happened."""
    visits = 2 * int((demand["channel"] == 0).sum()) + 2 * floor.ROOM
    world = _world(plan, len(demand))
    world[floor.EVENTS], world[floor.VISITS] = FIRST_EVENTS, visits
    return floor.Floor(
        **{name: dossiers.view(f"i{size}") for name, size in SIZES.items()},
        world=world,
        before=np.array(plan.calendar.before, np.int64),
        day_of=np.array(plan.calendar.day_of, np.int64),
        **{name: np.zeros(FIRST_EVENTS, np.int64) for name in EVENTS},
        visits=np.zeros(visits * floor.VISIT_SIZE, np.int64),
    )


def _world(plan: Plan, people: int) -> np.ndarray:
    """All numbers that belong to no dossier, one after the other."""
    sites, fields, communes = len(plan.sites), len(plan.fields), len(plan.communes)
    calendar = plan.calendar
    closed = np.diff(np.flatnonzero(np.append(True, calendar.working)))
    ring = int(closed.max(initial=1)) + plan.ticket_days + SPARE_DAYS
    slots = DAY // plan.ticket_slot_ms + 1
    pools = np.zeros((2 * sites, floor.POOL_SIZE), np.int64)
    pools[:, floor.POOL_FREE] = (1 << 62) - 1
    pools[:, floor.POOL_MEAN_MS] = plan.service_ms.reshape(-1)
    pools[:, [floor.POOL_FIRST, floor.POOL_LAST]] = NEVER
    with_tickets = 2 * sites if plan.ticket_ppm else 0
    tables = {
        "day_kind": plan.day_kind,
        "distance": plan.distance_m,
        "road": plan.road_m,
        "nearest": np.argsort(plan.road_m, axis=1, kind="stable"),
        "accepts": plan.accepts,
        "pool_of_field": plan.pool_of_field,
        "units_of": plan.unit_of,
        "home": plan.commune_district,
        "site_district": plan.site_district,
        "online_site": plan.online_site,
        "same_day": plan.procedures["statutory_days"].to_numpy() == 0,
        "ceiling": plan.reuse_ceiling_ppm,
        "half": plan.reuse_half,
        "boundary_free": plan.boundary_free,
        "in_use": np.zeros(sites),
        "stored_of": plan.reuse_initial,
        "pools": pools,
        "offices": np.zeros(len(plan.units) * floor.OFFICE_SIZE),
        "options": np.zeros(communes * fields * KINDS * (1 + 2 * plan.candidates)),
        "slots": np.zeros(with_tickets * ring * KINDS * slots),
        "slot_day": np.full(with_tickets * ring, NEVER),
        "pile": np.full(plan.days, NEVER),
    }
    opens, lunch, reopens, closes = calendar.sessions
    numbers = {
        "least_time": plan.rule == "least-expected-time",
        "own_district": plan.rule == "own-district",
        "supplement_time_ms": plan.supplement_ms,
        "opens": opens,
        "lunch": lunch,
        "reopens": reopens,
        "closes": closes,
        "sites": sites,
        "fields": fields,
        "communes": communes,
        "units": len(plan.units),
        "ring": ring,
        "slot_count": slots,
        "people": people,
        "calendar_days": calendar.days,
        "working_days": len(calendar.day_of),
    }
    numbers = {
        name: numbers[name] if name in numbers else getattr(plan, name) for name in floor.NUMBERS
    }
    values = [np.asarray(tables[name], np.int64).ravel() for name in floor.TABLES]
    begins = len(PLACE) + np.cumsum([0, *(len(table) for table in values[:-1])])
    changing = {"free_node": NEVER}
    header = [
        *(numbers[name] for name in floor.NUMBERS),
        *(changing.get(name, 0) for name in floor.CHANGING),
        *begins.tolist(),
    ]
    return np.concatenate([np.array(header, np.int64), *values])


def _grown(f: floor.Floor) -> floor.Floor:
    """The same floor with room for twice as many events or visits, where it is short of it."""
    world, larger = f.world, {}
    if max(world[floor.HEAP_SIZE], world[floor.NODES]) + floor.ROOM > world[floor.EVENTS]:
        larger = {name: _doubled(getattr(f, name)) for name in EVENTS}
        world[floor.EVENTS] *= 2
    if world[floor.VISIT_COUNT] + floor.ROOM > world[floor.VISITS]:
        larger["visits"] = _doubled(f.visits)
        world[floor.VISITS] *= 2
    return f._replace(**larger)


def _doubled(array: np.ndarray) -> np.ndarray:
    return np.concatenate([array, np.zeros_like(array)])
