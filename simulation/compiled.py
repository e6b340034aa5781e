"""The Centre with its service floor compiled: the same control plane, the same records."""

import threading
from collections.abc import Callable

import numpy as np

from simulation import floor
from simulation.calendar import DAY
from simulation.control import Control
from simulation.demand import SAMPLED, Demand
from simulation.plan import Plan
from simulation.records import NEVER, VISIT, empty, parts

FIRST_EVENTS = 1 << 17
KINDS = 3
NAMES = (*floor.NUMBERS, *floor.CHANGING, *floor.ADDRESSES, *floor.TABLES)
PLACE = {name: place for place, name in enumerate(NAMES)}
CHUNK = 4_096  # dossiers whose columns are copied together, while they are in the cache
MOST_TO_SPARE = 2  # memory that a run uses again is at most so many times too large
OTHER_NAMES = {name: f"{name}_made" for name in ("visits", "supplements")}  # on the floor
LATER = ("distance_m",)  # follows from the site
SPARE_DAYS = 8  # for travel and rounding, in the ring of online tickets


class Visits:
    """The visits of a floor as columns."""

    def __init__(self, world: np.ndarray):
        self.world = world

    def arrays(self) -> dict[str, np.ndarray]:
        """The columns as NumPy arrays."""
        columns = empty(VISIT, int(self.world[floor.VISIT_COUNT]))
        places = np.array([column.ctypes.data for column in columns.values()], np.int64)
        floor.list_visits(self.world, places)
        return columns


class CompiledCentre(Control):
    """All sites, units and people of one run; what happens between two control events is one
    call of ``floor.advance``."""

    def __init__(self, plan: Plan, demand: Demand, progress: Callable | None = None):
        super().__init__(plan, demand, progress)
        self.world = _world(plan, len(demand))
        self.visits = Visits(self.world)
        visits = 2 * int((demand["channel"] == 0).sum()) + 2 * floor.ROOM
        self.arrays: dict[str, np.ndarray] = {}
        self.lay(
            world=self.world,
            records=_records(plan, demand, _memory(len(demand) * floor.RECORD)),
            due=np.zeros(FIRST_EVENTS, np.int64),
            blocks=np.zeros(FIRST_EVENTS, np.int64),
            visits_at=_memory(8 * visits * floor.VISIT_SIZE).view(np.int64),
            before_at=np.array(plan.calendar.before, np.int64),
            day_of_at=np.array(plan.calendar.day_of, np.int64),
            request=np.empty(len(demand), np.int32),
            request_dossier=self.requests["dossier"],
            request_asked=self.requests["asked_ms"],
            request_answered=self.requests["answered_ms"],
            **{OTHER_NAMES.get(n, n): column for n, column in self.books.items() if n not in LATER},
        )
        self.demand = demand.only((*SAMPLED, "digitise"))
        self.units = np.zeros((4, len(plan.units)), np.int64)

    def lay(self, **arrays: np.ndarray) -> None:
        """Tell the floor where arrays lie, and how much room there is in them."""
        self.arrays |= arrays
        for name, array in arrays.items():
            self.world[PLACE[name]] = array.ctypes.data
        self.world[floor.EVENTS] = len(self.arrays["due"])
        self.world[floor.VISITS] = len(self.arrays["visits_at"]) // floor.VISIT_SIZE

    def release(self) -> None:
        """The largest arrays can serve the next run."""
        for name in ("records", "visits_at"):
            _FREE.arrays.append(self.arrays.pop(name).view(np.uint8))

    def now(self, name: str) -> int:
        """A number of the world."""
        return int(self.world[PLACE[name]])

    def table(self, name: str, size: int) -> np.ndarray:
        """A table of the world."""
        begins = self.now(name)
        return self.world[begins : begins + size]

    @property
    def pools(self) -> np.ndarray:
        """The pools of counters [2 × site + kind, number]."""
        count = 2 * len(self.plan.sites)
        return self.table("pools", count * floor.POOL_SIZE).reshape(count, floor.POOL_SIZE)

    def run(self) -> None:
        """Let the whole horizon pass."""
        super().run()
        self.request_count = self.now("request_count")
        been, site = self.columns["arrived_ms"] != NEVER, self.columns["site"]
        self.columns["distance_m"][:] = self.plan.distance_m[self.demand["commune"], site] * been

    def begin(self) -> None:
        """People arrive by themselves: ``advance`` reads them off the demand."""

    def control(self, time: int):
        """A control event; everything before it has happened when it comes."""
        moment = super().control(time)
        moment.callbacks.append(lambda _: self.advance(time))
        return moment

    def advance(self, until: int) -> None:
        """Let the floor run up to the control event at this time."""
        while floor.advance(self.world, until) == floor.FULL:
            self.make_room()
        self.received = self.now("received")

    def make_room(self, events: int = 0) -> None:
        """Room for so many events more, besides what ``advance`` needs to go on."""
        world = self.world
        while (
            world[floor.DUE_LAST] + floor.ROOM + events > world[floor.EVENTS]
            or world[floor.BLOCKS_USED] + floor.BLOCK_ROOM + events
            > world[floor.EVENTS] // floor.BLOCK_SHARE
        ):
            self.lay(**{name: _doubled(self.arrays[name]) for name in ("due", "blocks")})
        if world[floor.VISIT_COUNT] + floor.ROOM > world[floor.VISITS]:
            self.lay(visits_at=_doubled(self.arrays["visits_at"]))

    @property
    def waiting(self) -> int:
        """People in the queues of all counters."""
        return int(self.pools[:, floor.POOL_LENGTH].sum())

    def end_day(self, day: int) -> None:
        """The day's books: time spent in queues, the units' work and backlog."""
        time = (day + 1) * DAY
        self.advance(time)
        floor.close_books(self.world, time, self.queue_ms[day], self.units)
        for row, name in enumerate(("received", "finished", "busy_ms", "backlog")):
            self.unit_days[name][day] = self.units[row]

    def move_staff(self, phase: int) -> None:
        """People move between counters, and officers between units."""
        self.world[floor.PHASE] = phase
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
        offices = self.table("offices", len(officers) * floor.OFFICE_SIZE)
        self.make_room(int(offices[floor.OFFICE_LENGTH :: floor.OFFICE_SIZE].sum()))
        floor.officers_move(self.world, officers, self.env.now)

    def use_sites(self, day: int) -> None:
        """Sites open and close."""
        plan, world = self.plan, self.world
        in_use = plan.open_on(day)
        self.table("in_use", len(in_use))[:] = in_use
        staffed = self.pools[:, floor.SHIFT : floor.SHIFT + KINDS].any(axis=1)
        self.pools[:, floor.POOL_ACTIVE] = np.repeat(in_use, 2) & staffed
        world[world[floor.OPTIONS] : world[floor.SLOTS]] = NEVER

    def open_counters(self, shift: int) -> None:
        """Counters open and call those who wait."""
        self.make_room(self.waiting)
        floor.open_counters(self.world, shift, self.env.now)

    def close_counters(self, day: int, reopening: int | None = None) -> None:
        """Counters close; where they do not reopen today, those who wait are sent home."""
        again = NEVER if reopening is None else reopening
        self.make_room(self.waiting)
        floor.close_counters(self.world, again, self.env.now, self.sent_home[day])


class _Free(threading.local):
    """Memory that runs in this thread have used and the next one can have: fresh memory is dear."""

    def __init__(self):
        self.arrays: list[np.ndarray] = []


_FREE = _Free()


def _memory(size: int) -> np.ndarray:
    """So many bytes, or somewhat more, from the beginning of a line of memory."""
    fitting = [
        number
        for number, array in enumerate(_FREE.arrays)
        if size <= len(array) <= MOST_TO_SPARE * size
    ]
    if fitting:
        return _FREE.arrays.pop(fitting[0])
    _FREE.arrays.clear()
    memory = np.empty(size + floor.LINE, np.uint8)
    begins = -memory.ctypes.data % floor.LINE
    return memory[begins : begins + size]


def _records(plan: Plan, demand: Demand, memory: np.ndarray) -> np.ndarray:
    """The dossiers' numbers as the floor finds them."""
    count = len(demand)
    records = memory[: count * floor.RECORD]
    home = plan.commune_district[demand["commune"]]
    given = demand.columns | {"home": home, "unit": plan.unit_of[home, demand["field"]]}
    columns = []
    for kind, places in floor.PLACES.items():
        size = floor.BYTES_OF[kind]
        rows = records.view(f"i{size}").reshape(count, floor.RECORD // size)
        columns += [
            (rows[:, place], given[name].view(f"i{size}"))
            for name, place in places.items()
            if name in given
        ]
    for part in parts(count, CHUNK):
        records[part.start * floor.RECORD : part.stop * floor.RECORD] = 0
        for place, column in columns:
            place[part] = column[part]
    return memory


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
        "road": plan.road_m,
        "nearest": np.argsort(plan.road_m, axis=1, kind="stable"),
        "accepts": plan.accepts,
        "pool_of_field": plan.pool_of_field,
        "district": plan.commune_district,
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
        "options": np.zeros(communes * fields * KINDS * (1 + plan.candidates)),
        "slots": np.zeros(with_tickets * ring * KINDS * slots),
        "slot_day": np.full(with_tickets * ring, NEVER),
        "pile": np.full(plan.days, NEVER),
        "slices": np.full((DAY >> floor.SLICE_BITS) + 4, NEVER),
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
    changing = {"free_block": NEVER}
    header = [
        *(numbers[name] for name in floor.NUMBERS),
        *(changing.get(name, 0) for name in (*floor.CHANGING, *floor.ADDRESSES)),
        *begins.tolist(),
    ]
    return np.concatenate([np.array(header, np.int64), *values])


def _doubled(array: np.ndarray) -> np.ndarray:
    return np.concatenate([array, np.zeros_like(array)])
