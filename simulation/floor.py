"""The service floor compiled: the same rules as the processes of ``centre``, on arrays.

The whole state is a ``Floor`` of few arrays (many small ones make numba slow to compile);
``advance`` lets everything happen that comes before a control event and returns. A person is the
number of their dossier. Events are 64-bit keys, time, rank and number one after the other, so that
their order is that of plain integers: those of today are in a heap or sorted, those of later days
lie in that day's pile.
"""

from collections import namedtuple

import numpy as np

from simulation import rules
from simulation.calendar import DAY, begins, ends, next_working_day, paused_days, worked
from simulation.compiling import compiled, entry, pointer, prefetch
from simulation.records import NEVER, NUMBER_BITS
from simulation.rules import (
    AT_COUNTER,
    BY_HAND,
    BY_POST,
    CLOSED,
    COLLECT,
    ELECTRONICALLY,
    RETURNED,
    SATURDAY,
    SENT_HOME,
    SERVED,
    SUBMIT,
    SUPPLEMENT,
    UNFINISHED,
    WORKING,
    expected_wait_ms,
    reused_documents,
    second_look_ms,
    slot_begins,
    tickets,
    travel_ms,
    usual_hour,
)

# Rows of the blocks of columns, one number a dossier: what is given, what is written into the
# records, and where the dossier and its person are.

LONG = (
    "need_ms",
    "patience_ms",
    "work_ms",
    "supplement_ms",
    "elapsed_ms",
    "arrived_ms",
    "wait_ms",
    "received_ms",
    "taken_ms",
    "decided_ms",
    "ready_ms",
    "returned_ms",
    "ended_ms",
    "asked_ms",
    "deadline",
    "taking",
    "work_now",
)

(
    NEED_MS,
    PATIENCE_MS,
    WORK_MS,
    SUPPLEMENT_MS,
    ELAPSED_MS,
    ARRIVED_MS,
    WAIT_MS,
    RECEIVED_MS,
    TAKEN_MS,
    DECIDED_MS,
    READY_MS,
    RETURNED_MS,
    ENDED_MS,
    ASKED_MS,
    DEADLINE,
    TAKING,
    WORK_NOW,
) = map(np.int64, range(len(LONG)))

INT = (
    "leader",
    "overhead_ms",
    "pace_ms_per_km",
    "guidance_ms",
    "reception_ms",
    "reuse_ppm",
    "distance_m",
    "travel_ms",
    "transaction_ms",
    "row",
    "pool",
    "behind",
    "ahead",
    "next_file",
    "first_result",
    "last_result",
    "next_result",
)

(
    LEADER,
    OVERHEAD_MS,
    PACE_MS_PER_KM,
    GUIDANCE_MS,
    RECEPTION_MS,
    REUSE_PPM,
    DISTANCE_M,
    TRAVEL_MS,
    TRANSACTION_MS,
    ROW,
    POOL,
    BEHIND,
    AHEAD,
    NEXT_FILE,
    FIRST_RESULT,
    LAST_RESULT,
    NEXT_RESULT,
) = map(np.int64, range(len(INT)))

SHORT = (
    "batch_size",
    "commune",
    "return_days",
    "collect_days",
    "site",
    "visits_made",
    "paused_days",
    "trips",
    "results",
    "in_progress",
)

(
    BATCH_SIZE,
    COMMUNE,
    RETURN_DAYS,
    COLLECT_DAYS,
    SITE,
    VISITS_MADE,
    PAUSED_DAYS,
    TRIPS,
    RESULTS,
    IN_PROGRESS,
) = map(np.int64, range(len(SHORT)))

BYTE = (
    "field",
    "procedure",
    "channel",
    "informed",
    "ticket",
    "attempts",
    "gives_up",
    "rejections",
    "documents",
    "digitise",
    "supplements",
    "stored",
    "result_channel",
    "reused",
    "requests",
    "state",
    "purpose",
    "waiting",
    "new_trip",
    "rejections_left",
    "attempts_left",
    "requests_left",
    "stage",
)

(
    FIELD,
    PROCEDURE,
    CHANNEL,
    INFORMED,
    TICKET,
    ATTEMPTS,
    GIVES_UP,
    REJECTIONS,
    DOCUMENTS,
    DIGITISE,
    SUPPLEMENTS,
    STORED,
    RESULT_CHANNEL,
    REUSED,
    REQUESTS,
    STATE,
    PURPOSE,
    WAITING,
    NEW_TRIP,
    REJECTIONS_LEFT,
    ATTEMPTS_LEFT,
    REQUESTS_LEFT,
    STAGE,
) = map(np.int64, range(len(BYTE)))

# A dossier's numbers lie together, the small ones first, so that few lines of memory are touched.
RECORD = 256
LINE = 64  # bytes that the memory gives at once
SHORT_AT = -(-len(BYTE) // 2)
INT_AT = -(-(SHORT_AT + len(SHORT)) // 2)
LONG_AT = -(-(INT_AT + len(INT)) // 2)

# Places in the world: numbers that stay, what changes, and where each table begins.

NUMBERS = (
    "end_ms",
    "days",
    "least_time",
    "own_district",
    "candidates",
    "ticket_cutoff",
    "ticket_ppm",
    "ticket_slot_ms",
    "ticket_days",
    "last_departure_ms",
    "second_look_ppm",
    "digitise_ms",
    "return_ms",
    "supplement_time_ms",
    "circulation_ms",
    "post_ms",
    "round_the_clock",
    "opens",
    "lunch",
    "reopens",
    "closes",
    "sites",
    "fields",
    "communes",
    "units",
    "ring",
    "slot_count",
    "people",
    "calendar_days",
    "working_days",
)

CHANGING = (
    "midnight",
    "heap_size",
    "person",
    "nodes",
    "free_node",
    "visit_count",
    "events",
    "visits",
    "received",
    "phase",
)

TABLES = (
    "day_kind",
    "distance",
    "road",
    "nearest",
    "accepts",
    "pool_of_field",
    "units_of",
    "home",
    "site_district",
    "online_site",
    "same_day",
    "ceiling",
    "half",
    "boundary_free",
    "in_use",
    "stored_of",
    "pools",
    "offices",
    "options",
    "slots",
    "slot_day",
    "pile",
)

(
    END_MS,
    DAYS,
    LEAST_TIME,
    OWN_DISTRICT,
    CANDIDATES,
    TICKET_CUTOFF,
    TICKET_PPM,
    TICKET_SLOT_MS,
    TICKET_DAYS,
    LAST_DEPARTURE_MS,
    SECOND_LOOK_PPM,
    DIGITISE_MS,
    RETURN_MS,
    SUPPLEMENT_TIME_MS,
    CIRCULATION_MS,
    POST_MS,
    ROUND_THE_CLOCK,
    OPENS,
    LUNCH,
    REOPENS,
    CLOSES,
    SITES,
    FIELDS,
    COMMUNES,
    UNITS,
    RING,
    SLOT_COUNT,
    PEOPLE,
    CALENDAR_DAYS,
    WORKING_DAYS,
    MIDNIGHT,
    HEAP_SIZE,
    PERSON,
    NODES,
    FREE_NODE,
    VISIT_COUNT,
    EVENTS,
    VISITS,
    RECEIVED,
    PHASE,
    DAY_KIND,
    DISTANCE,
    ROAD,
    NEAREST,
    ACCEPTS,
    POOL_OF_FIELD,
    UNITS_OF,
    HOME,
    SITE_DISTRICT,
    ONLINE_SITE,
    SAME_DAY,
    CEILING,
    HALF,
    BOUNDARY_FREE,
    IN_USE,
    STORED_OF,
    POOLS,
    OFFICES,
    OPTIONS,
    SLOTS,
    SLOT_DAY,
    PILE,
) = range(len(NUMBERS) + len(CHANGING) + len(TABLES))

# A pool of counters in the world, from its first place: then 3 shifts; by kind of day the number
# of its sessions; by kind of day and session from when and to when.
(
    POOL_OPEN,
    POOL_BUSY,
    POOL_FREE,
    POOL_MEAN_MS,
    POOL_AREA,
    POOL_SINCE,
    POOL_FIRST,
    POOL_LAST,
    POOL_LENGTH,
    POOL_ACTIVE,
) = range(10)
SHIFT = 10
SPANS = SHIFT + 3
SPAN_FROM = SPANS + 3
SPAN_TO = SPAN_FROM + 6
POOL_SIZE = SPAN_TO + 6

OFFICE_SIZE = 8
(
    OFFICERS,
    OFFICE_BUSY,
    OFFICE_RECEIVED,
    OFFICE_FINISHED,
    OFFICE_BUSY_MS,
    OFFICE_FIRST,
    OFFICE_LAST,
    OFFICE_LENGTH,
) = range(OFFICE_SIZE)

# A visit: who, why, how many dossiers, where in one number; when; and how it ended, by which
# counter.
WHO, SET_OFF, ARRIVED, BEGUN, ENDED, HOW = range(6)
VISIT_SIZE = 6
PURPOSE_BIT, SIZE_BIT, POOL_BIT, COUNTER_BIT = NUMBER_BITS, NUMBER_BITS + 2, NUMBER_BITS + 18, 8

# ``long``, ``int``, ``short``, ``byte``: the blocks [row, dossier]; ``world``: all numbers that
# belong to no dossier, one after the other; ``before`` and ``day_of``: the calendar's; ``heap``:
# today's events; ``node_key``, ``node_next``: those of later days; ``visits``.
ARRAYS = "long int short byte world before day_of heap node_key node_next visits"
Floor = namedtuple("Floor", ARRAYS)
Held = namedtuple("Held", ARRAYS)

# numba compiles a function once more for each literal that it is called with: these are none.
NONE, ONE = np.int64(0), np.int64(1)
COUNTER_FINISHES = np.int64(rules.COUNTER_FINISHES)
JOINS = np.int64(rules.JOINS)
SETS_OFF = np.int64(rules.SETS_OFF)
OFFICER_FINISHES = np.int64(rules.OFFICER_FINISHES)
WAIT_OVER = np.int64(rules.WAIT_OVER)
REACHES_UNIT = np.int64(rules.REACHES_UNIT)
PATIENCE_ENDS = np.int64(rules.PATIENCE_ENDS)
CONTROL = np.int64(rules.CONTROL)
IMPATIENT = np.int64(rules.IMPATIENT)
CLOSED_OUT = np.int64(rules.CLOSED_OUT)
NO_TICKET = np.int64(rules.NO_TICKET)
ABANDONED = np.int64(rules.ABANDONED)
REFUSED = np.int64(rules.REFUSED)

# What a dossier that has been received waits for.
FIRST_LOOK, SUPPLEMENTING, SECOND_LOOK, STEPS, POST = map(np.int64, range(1, 6))

DONE, FULL = 0, 1  # what ``advance`` returns: FULL when an array must grow first
ROOM = 512  # places that one event may need in an array
NUMBER = (1 << NUMBER_BITS) - 1
RANK_AND_NUMBER = (1 << (NUMBER_BITS + 3)) - 1
EPOCH = 1 << 36  # keys are signed: time counts from the middle of what they can hold


@compiled
def held(floor):
    """The arrays of a floor as pointers: passed on for nothing, and nobody counts them."""
    return Held(
        pointer(floor.long),
        pointer(floor.int),
        pointer(floor.short),
        pointer(floor.byte),
        pointer(floor.world),
        pointer(floor.before),
        pointer(floor.day_of),
        pointer(floor.heap),
        pointer(floor.node_key),
        pointer(floor.node_next),
        pointer(floor.visits),
    )


@compiled
def i64(f, row, number):
    """A number of this dossier's, from the long block."""
    return np.int64(f.long[number * (RECORD // 8) + LONG_AT + row])


@compiled
def put64(f, row, number, value):
    """Write it."""
    f.long[number * (RECORD // 8) + LONG_AT + row] = value


@compiled
def i32(f, row, number):
    """A number of this dossier's, from the int block."""
    return np.int64(f.int[number * (RECORD // 4) + INT_AT + row])


@compiled
def put32(f, row, number, value):
    """Write it."""
    f.int[number * (RECORD // 4) + INT_AT + row] = value


@compiled
def i16(f, row, number):
    """A number of this dossier's, from the short block."""
    return np.int64(f.short[number * (RECORD // 2) + SHORT_AT + row])


@compiled
def put16(f, row, number, value):
    """Write it."""
    f.short[number * (RECORD // 2) + SHORT_AT + row] = value


@compiled
def i8(f, row, number):
    """A number of this dossier's, from the byte block."""
    return np.int64(f.byte[number * RECORD + row])


@compiled
def put8(f, row, number, value):
    """Write it."""
    f.byte[number * RECORD + row] = value


# ── events ────────────────────────────────────────────────────────────────────────────────────


@compiled
def key_of(time, rank, number):
    """An event as one integer."""
    return (time - EPOCH) << (NUMBER_BITS + 3) | rank | number


@compiled
def push(f, time, rank, number):
    """An event to come; what is due after the horizon never happens."""
    world, heap = f.world, f.heap
    if time >= world[END_MS]:
        return
    key = key_of(time, rank, number)
    if time < world[MIDNIGHT]:
        place = world[HEAP_SIZE]
        world[HEAP_SIZE] += 1
        while place:
            above = (place - 1) >> 1
            if heap[above] <= key:
                break
            heap[place] = heap[above]
            place = above
        heap[place] = key
        return
    node = world[FREE_NODE]
    if node == NEVER:
        node = world[NODES]
        world[NODES] += 1
    else:
        world[FREE_NODE] = f.node_next[node]
    pile = world[PILE] + time // DAY
    f.node_key[node] = key
    f.node_next[node] = world[pile]
    world[pile] = node


@compiled
def sink(heap, size, place, key):
    """Put a key where it belongs at or below a place of the heap."""
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        if below + 1 < size and heap[below + 1] < heap[below]:
            below += 1
        if heap[below] >= key:
            break
        heap[place] = heap[below]
        place = below
    heap[place] = key


@compiled
def begin_day(f):
    """The next day's pile becomes the heap, which is empty by then."""
    world, heap = f.world, f.heap
    pile = world[PILE] + world[MIDNIGHT] // DAY
    size = 0
    node = world[pile]
    while node != NEVER:
        heap[size] = f.node_key[node]
        size += 1
        following = f.node_next[node]
        f.node_next[node] = world[FREE_NODE]
        world[FREE_NODE] = node
        node = following
    for place in range(size // 2 - 1, -1, -1):
        sink(heap, size, place, heap[place])
    world[HEAP_SIZE] = size
    world[MIDNIGHT] += DAY


@compiled
def fetch(f, key):
    """Have the dossier of an event that comes soon brought from the memory."""
    begins = (key & NUMBER) * RECORD
    for line in range(0, RECORD, LINE):
        prefetch(f.byte, begins + line)


@entry
def advance(floor, until):
    """Let everything happen that comes before the control event at ``until``; DONE or FULL."""
    f = held(floor)
    world, heap = f.world, f.heap
    people = world[PEOPLE]
    limit = key_of(until, CONTROL, NONE)
    never = np.int64(0x7FFFFFFFFFFFFFFF)
    while True:
        if (
            world[HEAP_SIZE] + ROOM > world[EVENTS]
            or world[NODES] + ROOM > world[EVENTS]
            or world[VISIT_COUNT] + ROOM > world[VISITS]
        ):
            return FULL
        least, person = never, world[PERSON]
        if person < people:
            least = key_of(i64(f, NEED_MS, person), SETS_OFF, person)
        arises = not world[HEAP_SIZE] or least < heap[0]
        if not arises:
            least = heap[0]
        if least >= limit or least >= key_of(world[MIDNIGHT], NONE, NONE):
            if until < world[MIDNIGHT] or world[MIDNIGHT] >= world[END_MS]:
                return DONE
            begin_day(f)
            continue
        time = (least >> (NUMBER_BITS + 3)) + EPOCH
        if arises:
            world[PERSON] += i16(f, BATCH_SIZE, person)
            arise(f, person, time)
            continue
        world[HEAP_SIZE] -= 1
        sink(heap, world[HEAP_SIZE], NONE, heap[world[HEAP_SIZE]])
        fetch(f, heap[1])
        fetch(f, heap[2])
        code = least & RANK_AND_NUMBER
        happen(f, code & ~NUMBER, code & NUMBER, time)


@compiled
def happen(f, rank, number, time):
    """One event and all that follows from it without passing of time."""
    if rank == COUNTER_FINISHES:
        counter_finishes(f, number, time)
    elif rank == JOINS:
        join(f, number, time)
    elif rank == SETS_OFF:
        sets_off(f, number, time)
    elif rank == OFFICER_FINISHES:
        officer_finishes(f, number, time)
    elif rank == WAIT_OVER:
        wait_over(f, number, time)
    elif rank == REACHES_UNIT:
        look(f, number, FIRST_LOOK, time)
    elif rank == PATIENCE_ENDS:
        patience_ends(f, number, time)


# ── people ────────────────────────────────────────────────────────────────────────────────────


@compiled
def arise(f, number, time):
    """The need arises: the person sets off, or submits."""
    if i8(f, CHANNEL, number) == AT_COUNTER:
        put8(f, PURPOSE, number, SUBMIT)
        put8(f, REJECTIONS_LEFT, number, i8(f, REJECTIONS, number))
        put8(f, ATTEMPTS_LEFT, number, i8(f, ATTEMPTS, number))
        put8(f, NEW_TRIP, number, 1)
        sets_off(f, number, time)
        return
    put16(f, SITE, number, f.world[f.world[ONLINE_SITE] + home_of(f, number)])
    for file in range(number, number + i16(f, BATCH_SIZE, number)):
        reuse(f, file)
    receive(f, number, time)


@compiled
def visit_of(f, number):
    """Where the person's visit lies."""
    return i32(f, ROW, number) * VISIT_SIZE


@compiled
def home_of(f, number):
    """Row of the district where the person lives."""
    return f.world[f.world[HOME] + i16(f, COMMUNE, number)]


@compiled
def pool_of(f, number):
    """0 or 1, the kind of counter that receives the dossier's field."""
    return f.world[f.world[POOL_OF_FIELD] + i8(f, FIELD, number)]


@compiled
def day_kind(f, day):
    """Closed, working day or Saturday session."""
    return f.world[f.world[DAY_KIND] + day]


@compiled
def pool_at(f, pool):
    """Where the counters of this number (2 × site + kind) lie in the world."""
    return f.world[POOLS] + pool * POOL_SIZE


@compiled
def sets_off(f, number, time):
    """A trip, counted unless it is a new thought within the last one: choose a site and be on
    the way; where nothing opens today, think again tomorrow."""
    if i8(f, NEW_TRIP, number):
        count_trip(f, number)
    pool, metres = choose(f, number, time)
    if pool == NEVER:
        again(f, number, ONE, time, NONE)
        return
    travel = travel_ms(i32(f, OVERHEAD_MS, number), metres, i32(f, PACE_MS_PER_KM, number))
    arrival = plan_arrival(f, number, pool, time + travel)
    row = f.world[VISIT_COUNT]
    f.world[VISIT_COUNT] += 1
    put32(f, POOL, number, pool)
    put32(f, ROW, number, row)
    purpose = i8(f, PURPOSE, number)
    size = np.int64(1)
    if purpose == SUBMIT:
        size = i16(f, BATCH_SIZE, number)
    elif purpose == COLLECT:
        size = i16(f, RESULTS, number)
    visit = row * VISIT_SIZE
    f.visits[visit + WHO] = number | purpose << PURPOSE_BIT | size << SIZE_BIT | pool << POOL_BIT
    f.visits[visit + SET_OFF] = arrival - travel
    f.visits[visit + ARRIVED] = NEVER
    f.visits[visit + BEGUN] = NEVER
    f.visits[visit + ENDED] = NEVER
    f.visits[visit + HOW] = UNFINISHED
    push(f, arrival, JOINS, number)


@compiled
def count_trip(f, number):
    """One more trip for all dossiers concerned."""
    purpose = i8(f, PURPOSE, number)
    if purpose == SUBMIT:
        put16(f, TRIPS, number, i16(f, TRIPS, number) + 1)
    elif purpose == SUPPLEMENT:
        put16(f, VISITS_MADE, number, i16(f, VISITS_MADE, number) + 1)
    else:
        file = i32(f, FIRST_RESULT, number)
        while file != NEVER:
            put16(f, VISITS_MADE, file, i16(f, VISITS_MADE, file) + 1)
            file = i32(f, NEXT_RESULT, file)


@compiled
def again(f, number, days, time, new_trip):
    """The person sets off once more, at the usual hour of a later working day."""
    day = next_working_day(time // DAY + max(1, days), book(f))
    put8(f, NEW_TRIP, number, new_trip)
    push(f, day * DAY + hour_of(f, number), SETS_OFF, number)


@compiled
def leaves(f, number, days, time):
    """The person sets off for a supplement or a result, at the usual hour of the first working
    day after so many days, of the next one if that hour is past."""
    day = next_working_day(time // DAY + days, book(f))
    hour = day * DAY + hour_of(f, number)
    if hour <= time:
        again(f, number, ONE, time, ONE)
    else:
        put8(f, NEW_TRIP, number, 1)
        push(f, hour, SETS_OFF, number)


@compiled
def hour_of(f, number):
    """The person's usual hour."""
    world = f.world
    need = i64(f, NEED_MS, number)
    return usual_hour(need, world[OPENS], world[CLOSES], world[LAST_DEPARTURE_MS])


@compiled
def choose(f, number, time):
    """Counters to go to and road in metres; NEVER when none opens today."""
    world = f.world
    never, nothing = np.int64(NEVER), np.int64(0)
    kind = day_kind(f, time // DAY)
    if kind == CLOSED:
        return never, nothing
    commune, field = i16(f, COMMUNE, number), i8(f, FIELD, number)
    if i8(f, PURPOSE, number) != SUBMIT:
        site = i16(f, SITE, i32(f, LEADER, number))
        if site != NEVER and world[world[IN_USE] + site]:
            pool = 2 * site + pool_of(f, number)
            here = pool_at(f, pool)
            if world[here + SPANS + kind] or world[here + SPANS + WORKING]:
                if world[here + SPANS + kind]:
                    return pool, world[world[ROAD] + commune * world[SITES] + site]
                return never, nothing
    size = 1 + 2 * world[CANDIDATES]  # how many, their pools, the roads there
    options = world[OPTIONS] + ((commune * world[FIELDS] + field) * 3 + kind) * size
    if world[options] == NEVER:
        find_options(f, options, commune, field, kind)
    count = world[options]
    if count == 0:
        return never, nothing
    pools, roads = options + 1, options + 1 + world[CANDIDATES]
    best = np.int64(0)
    if i8(f, INFORMED, number) and world[LEAST_TIME]:
        overhead, pace = i32(f, OVERHEAD_MS, number), i32(f, PACE_MS_PER_KM, number)
        least = never
        for option in range(count):
            here = pool_at(f, world[pools + option])
            travel = travel_ms(overhead, world[roads + option], pace)
            ready = max(travel, opens_from(f, here, time) - time)
            expected = ready + expected_wait(f, here)
            if least == NEVER or expected < least:
                best, least = option, expected
    return world[pools + best], world[roads + best]


@compiled
def find_options(f, options, commune, field, kind):
    """The nearest counters for people of a commune that accept a field on such a day."""
    world = f.world
    home = world[world[HOME] + commune]
    first = world[NEAREST] + commune * world[SITES]
    last = first + world[SITES]
    which = world[world[POOL_OF_FIELD] + field]
    only_own = False
    if world[OWN_DISTRICT] or not world[world[BOUNDARY_FREE] + world[PHASE]]:
        for place in range(first, last):
            site = world[place]
            if world[world[SITE_DISTRICT] + site] == home and eligible(f, site, field, which, kind):
                only_own = True
                break
    count = 0
    for place in range(first, last):
        if count == world[CANDIDATES]:
            break
        site = world[place]
        if only_own and world[world[SITE_DISTRICT] + site] != home:
            continue
        if eligible(f, site, field, which, kind):
            world[options + 1 + count] = 2 * site + which
            world[options + 1 + world[CANDIDATES] + count] = world[
                world[ROAD] + commune * world[SITES] + site
            ]
            count += 1
    world[options] = count


@compiled
def eligible(f, site, field, which, kind):
    """Whether a site in use accepts a field and opens on such a day."""
    world = f.world
    return (
        world[world[IN_USE] + site] != 0
        and world[world[ACCEPTS] + site * world[FIELDS] + field] != 0
        and world[pool_at(f, 2 * site + which) + SPANS + kind] != 0
    )


@compiled
def opens_from(f, here, time):
    """``time`` itself when open then, else the next opening of that day."""
    world = f.world
    kind, clock = day_kind(f, time // DAY), time % DAY
    for span in range(world[here + SPANS + kind]):
        if clock < world[here + SPAN_TO + 2 * kind + span]:
            return time + max(0, world[here + SPAN_FROM + 2 * kind + span] - clock)
    return time


@compiled
def expected_wait(f, here):
    """What one more person has to expect."""
    world, shift = f.world, here + SHIFT
    counters = world[here + POOL_OPEN]
    if counters == 0:
        counters = max(1, max(world[shift], max(world[shift + 1], world[shift + 2])))
    length, busy = world[here + POOL_LENGTH], world[here + POOL_BUSY]
    return expected_wait_ms(length, busy, counters, world[here + POOL_MEAN_MS])


@compiled
def plan_arrival(f, number, pool, earliest):
    """When to be there: at once, at the next opening, or at the slot of an online ticket."""
    world, here = f.world, pool_at(f, pool)
    kind = np.int64(CLOSED)
    if earliest < world[END_MS]:
        kind = day_kind(f, earliest // DAY)
    spans = world[here + SPANS + kind]
    if spans == 0 or earliest % DAY >= world[here + SPAN_TO + 2 * kind + spans - 1]:
        day = next_working_day(earliest // DAY + 1, book(f))
        opening = world[OPENS]
        if world[here + SPANS + WORKING]:
            opening = world[here + SPAN_FROM + 2 * WORKING]
        earliest = day * DAY + opening
    if i8(f, TICKET, number) and world[TICKET_PPM]:
        return book_slot(f, pool, earliest)
    return earliest


@compiled
def book_slot(f, pool, earliest):
    """Take the first slot with a free online ticket; without one come as others do."""
    world, here = f.world, pool_at(f, pool)
    first_day, length = earliest // DAY, world[TICKET_SLOT_MS]
    for day in range(first_day, min(first_day + world[TICKET_DAYS], world[DAYS])):
        kind = day_kind(f, day)
        ring = pool * world[RING] + day % world[RING]
        slots = world[SLOTS] + ring * 3 * world[SLOT_COUNT]
        if world[world[SLOT_DAY] + ring] != day:
            world[world[SLOT_DAY] + ring] = day
            for place in range(slots, slots + 3 * world[SLOT_COUNT]):
                world[place] = 0
        for span in range(world[here + SPANS + kind]):
            shift = shift_of(f, here, kind, span)
            counters, mean = world[here + SHIFT + shift], world[here + POOL_MEAN_MS]
            places = tickets(counters, length, mean, world[TICKET_PPM])
            since = world[here + SPAN_FROM + 2 * kind + span]
            to = world[here + SPAN_TO + 2 * kind + span]
            slot = slot_begins(since, earliest - day * DAY, length)
            while slot < to:
                place = slots + shift * world[SLOT_COUNT] + (slot - since) // length
                if world[place] < places:
                    world[place] += 1
                    return max(earliest, day * DAY + slot)
                slot += length
    return earliest


@compiled
def shift_of(f, here, kind, span):
    """Which shift a session of the day belongs to."""
    if kind == WORKING:
        return span if f.world[here + SHIFT] else np.int64(1)
    return np.int64(2) if kind == SATURDAY else np.int64(0)


# ── at the counter ────────────────────────────────────────────────────────────────────────────


@compiled
def join(f, number, time):
    """At the door: a ticket is given, and a counter or the queue takes the person, or not."""
    world, pool = f.world, i32(f, POOL, number)
    here = pool_at(f, pool)
    f.visits[visit_of(f, number) + ARRIVED] = time
    if world[here + POOL_BUSY] < world[here + POOL_OPEN] and world[here + POOL_LENGTH] == 0:
        call(f, here, number, time)
        return
    left = np.int64(0)
    if world[world[IN_USE] + (pool >> 1)]:
        left = time_left(f, here, time)
    if left == 0:
        leave(f, number, CLOSED_OUT, time, NONE)
    elif world[TICKET_CUTOFF] and expected_wait(f, here) >= left:
        leave(f, number, NO_TICKET, time, NONE)
    else:
        line_up(f, here, number, time)


@compiled
def line_up(f, here, number, time):
    """The person joins the queue, for as long as patience lasts."""
    world = f.world
    note_length(f, here, time)
    last = world[here + POOL_LAST]
    put8(f, WAITING, number, 1)
    put32(f, BEHIND, number, NEVER)
    put32(f, AHEAD, number, last)
    if last == NEVER:
        world[here + POOL_FIRST] = number
    else:
        put32(f, BEHIND, last, number)
    world[here + POOL_LAST] = number
    world[here + POOL_LENGTH] += 1
    put64(f, DEADLINE, number, NEVER)
    patience = i64(f, PATIENCE_MS, number)
    if patience != NEVER:
        deadline = opens_from(f, here, time) + patience
        put64(f, DEADLINE, number, deadline)
        if deadline < closes_for_good(f, here, time):
            push(f, deadline, PATIENCE_ENDS, number)


@compiled
def closes_for_good(f, here, time):
    """When all who still wait today are sent home: no need to watch their patience longer."""
    world, day = f.world, time // DAY
    kind = day_kind(f, day)
    spans = world[here + SPANS + kind]
    if world[ROUND_THE_CLOCK] or spans == 0:
        return world[END_MS]
    return day * DAY + world[here + SPAN_TO + 2 * kind + spans - 1]


@compiled
def time_left(f, here, time):
    """Opening time that is left today."""
    world = f.world
    kind, clock = day_kind(f, time // DAY), time % DAY
    left = np.int64(0)
    for span in range(world[here + SPANS + kind]):
        since = world[here + SPAN_FROM + 2 * kind + span]
        to = world[here + SPAN_TO + 2 * kind + span]
        if clock < to:
            left += to - max(clock, since)
    return left


@compiled
def note_length(f, here, time):
    """Keep account of the time that people spend in the queue."""
    world = f.world
    world[here + POOL_AREA] += world[here + POOL_LENGTH] * (time - world[here + POOL_SINCE])
    world[here + POOL_SINCE] = time


@compiled
def take_out(f, here, number, time):
    """Somebody leaves the queue."""
    world = f.world
    note_length(f, here, time)
    ahead, behind = i32(f, AHEAD, number), i32(f, BEHIND, number)
    if ahead == NEVER:
        world[here + POOL_FIRST] = behind
    else:
        put32(f, BEHIND, ahead, behind)
    if behind == NEVER:
        world[here + POOL_LAST] = ahead
    else:
        put32(f, AHEAD, behind, ahead)
    world[here + POOL_LENGTH] -= 1
    put8(f, WAITING, number, 0)


@compiled
def call(f, here, number, time):
    """The lowest free counter calls the person."""
    world, visit = f.world, visit_of(f, number)
    free = world[here + POOL_FREE]
    lowest = free & -free
    world[here + POOL_FREE] = free ^ lowest
    world[here + POOL_BUSY] += 1
    counter = np.int64(0)
    while lowest > 1:
        lowest >>= 1
        counter += 1
    f.visits[visit + BEGUN] = time
    f.visits[visit + HOW] = UNFINISHED | (counter + 1) << COUNTER_BIT
    push(f, time + service(f, number), COUNTER_FINISHES, number)


@compiled
def serve(f, here, time):
    """Call people to free counters."""
    world = f.world
    while world[here + POOL_LENGTH] and world[here + POOL_BUSY] < world[here + POOL_OPEN]:
        number = world[here + POOL_FIRST]
        take_out(f, here, number, time)
        call(f, here, number, time)


@compiled
def service(f, number):
    """How long the counter needs for the person, ms."""
    world, purpose = f.world, i8(f, PURPOSE, number)
    if purpose == SUPPLEMENT:
        return world[SUPPLEMENT_TIME_MS]
    if purpose == COLLECT:
        return world[RETURN_MS] * i16(f, RESULTS, number)
    if i8(f, REJECTIONS_LEFT, number):
        return max(np.int64(1), i32(f, GUIDANCE_MS, number))
    size = i16(f, BATCH_SIZE, number)
    guidance = i32(f, GUIDANCE_MS, number) // size
    total = np.int64(0)
    for file in range(number, number + size):
        reused = reuse(f, file)
        duration = guidance + i32(f, RECEPTION_MS, file)
        if i8(f, DIGITISE, file):
            duration += (i8(f, DOCUMENTS, file) - reused) * world[DIGITISE_MS]
        duration = max(np.int64(1), duration)
        put32(f, TRANSACTION_MS, file, duration)
        total += duration
    return total


@compiled
def reuse(f, file):
    """Components of this dossier taken from the repository."""
    world, district = f.world, home_of(f, file)
    reused = reused_documents(
        i8(f, DOCUMENTS, file),
        i32(f, REUSE_PPM, file),
        world[world[CEILING] + world[PHASE]],
        world[world[STORED_OF] + district],
        world[world[HALF] + district],
    )
    put8(f, REUSED, file, reused)
    return reused


@compiled
def counter_finishes(f, number, time):
    """The person leaves the counter, which calls the next."""
    visits, visit = f.visits, visit_of(f, number)
    here = pool_at(f, i32(f, POOL, number))
    submits = i8(f, PURPOSE, number) == SUBMIT
    outcome = np.int64(SERVED)
    if submits and i8(f, REJECTIONS_LEFT, number):
        outcome = np.int64(SENT_HOME)
    counter = (visits[visit + HOW] >> COUNTER_BIT) - 1
    visits[visit + ENDED] = time
    visits[visit + HOW] = outcome | (counter + 1) << COUNTER_BIT
    if submits:
        note_trip(f, number, visits[visit + BEGUN] - visits[visit + ARRIVED])
    f.world[here + POOL_BUSY] -= 1
    f.world[here + POOL_FREE] |= np.int64(1) << counter
    serve(f, here, time)
    after_visit(f, number, outcome, time)


@compiled
def leave(f, number, outcome, time, waited):
    """The person goes without having been served."""
    visit = visit_of(f, number)
    f.visits[visit + ENDED] = time
    f.visits[visit + HOW] = outcome
    if i8(f, PURPOSE, number) == SUBMIT:
        note_trip(f, number, waited)
    after_visit(f, number, outcome, time)


@compiled
def waited_until(f, number, time):
    """Time since the person took a ticket."""
    return time - f.visits[visit_of(f, number) + ARRIVED]


@compiled
def patience_ends(f, number, time):
    """Who still waits then, leaves."""
    if i8(f, WAITING, number) and i64(f, DEADLINE, number) == time:
        take_out(f, pool_at(f, i32(f, POOL, number)), number, time)
        leave(f, number, IMPATIENT, time, waited_until(f, number, time))


@compiled
def note_trip(f, number, waited):
    """The last trip to submit, and the waiting of all of them."""
    world = f.world
    site, commune = i32(f, POOL, number) >> 1, i16(f, COMMUNE, number)
    place = commune * world[SITES] + site
    road = world[world[ROAD] + place]
    put16(f, SITE, number, site)
    put32(f, DISTANCE_M, number, world[world[DISTANCE] + place])
    put32(
        f,
        TRAVEL_MS,
        number,
        travel_ms(i32(f, OVERHEAD_MS, number), road, i32(f, PACE_MS_PER_KM, number)),
    )
    put64(f, ARRIVED_MS, number, f.visits[visit_of(f, number) + ARRIVED])
    put64(f, WAIT_MS, number, i64(f, WAIT_MS, number) + waited)


@compiled
def after_visit(f, number, outcome, time):
    """What becomes of the person after a visit."""
    purpose = i8(f, PURPOSE, number)
    if purpose == SUBMIT:
        if outcome == SERVED:
            receive(f, number, time)
        elif outcome == SENT_HOME:
            put8(f, REJECTIONS_LEFT, number, i8(f, REJECTIONS_LEFT, number) - 1)
            come_back(f, number, i8(f, GIVES_UP, number) != 0, REFUSED, time)
        else:
            put8(f, ATTEMPTS_LEFT, number, i8(f, ATTEMPTS_LEFT, number) - 1)
            come_back(f, number, i8(f, ATTEMPTS_LEFT, number) == 0, ABANDONED, time)
    elif outcome != SERVED:
        again(f, number, ONE, time, ONE)
    elif purpose == SUPPLEMENT:
        supplemented(f, number, time)
    else:
        file = i32(f, FIRST_RESULT, number)
        while file != NEVER:
            hand_over(f, file, time)
            file = i32(f, NEXT_RESULT, file)


@compiled
def come_back(f, number, never, state, time):
    """The person comes back some days later, or never."""
    if not never:
        again(f, number, i16(f, RETURN_DAYS, number), time, ONE)
        return
    for file in range(number, number + i16(f, BATCH_SIZE, number)):
        put8(f, STATE, file, state)
        put64(f, ENDED_MS, file, time)


# ── behind the counter ────────────────────────────────────────────────────────────────────────


@compiled
def receive(f, number, time):
    """The dossiers of a batch are received; each goes its own way."""
    world = f.world
    size = i16(f, BATCH_SIZE, number)
    put64(f, RECEIVED_MS, number, time)
    world[RECEIVED] += size
    put16(f, IN_PROGRESS, number, size)
    put32(f, FIRST_RESULT, number, NEVER)
    put16(f, RESULTS, number, 0)
    for file in range(number, number + size):
        put8(f, REQUESTS_LEFT, file, i8(f, SUPPLEMENTS, file))
        if unit_of(f, file) == NEVER:
            ready(f, file, time)
        elif not i8(f, DIGITISE, file) and world[CIRCULATION_MS]:
            push(f, after(f, time, world[CIRCULATION_MS]), REACHES_UNIT, file)
        else:
            look(f, file, FIRST_LOOK, time)


@compiled
def unit_of(f, file):
    """Row of the responsible unit."""
    world = f.world
    return world[world[UNITS_OF] + home_of(f, file) * world[FIELDS] + i8(f, FIELD, file)]


@compiled
def book(f):
    """The calendar's book."""
    w = f.world
    hours = w[OPENS], w[LUNCH], w[REOPENS], w[CLOSES]
    return w[CALENDAR_DAYS], w[WORKING_DAYS], f.before, f.day_of, *hours


@compiled
def after(f, time, work):
    """When working time begun at ``time`` is done."""
    hours = book(f)
    return ends(worked(time, hours) + work, hours)


@compiled
def look(f, file, stage, time):
    """The dossier joins the queue of its unit's officers, for a first or second look."""
    world, unit = f.world, unit_of(f, file)
    office = world[OFFICES] + unit * OFFICE_SIZE
    work = i64(f, WORK_MS, file)
    if stage == SECOND_LOOK:
        work = second_look_ms(work, world[SECOND_LOOK_PPM])
    put64(f, WORK_NOW, file, work)
    put8(f, STAGE, file, stage)
    world[office + OFFICE_RECEIVED] += 1
    if world[office + OFFICE_LENGTH]:
        put32(f, NEXT_FILE, world[office + OFFICE_LAST], file)
    else:
        world[office + OFFICE_FIRST] = file
    world[office + OFFICE_LAST] = file
    world[office + OFFICE_LENGTH] += 1
    officers_take(f, office, time)


@compiled
def officers_take(f, office, time):
    """Free officers take waiting dossiers."""
    world = f.world
    while world[office + OFFICE_LENGTH] and world[office + OFFICE_BUSY] < world[office + OFFICERS]:
        file = world[office + OFFICE_FIRST]
        world[office + OFFICE_FIRST] = i32(f, NEXT_FILE, file)
        world[office + OFFICE_LENGTH] -= 1
        world[office + OFFICE_BUSY] += 1
        hours = book(f)
        clock = worked(time, hours)
        put64(f, TAKING, file, begins(clock, hours))
        done = ends(clock + i64(f, WORK_NOW, file), hours)
        push(f, done, OFFICER_FINISHES, file)


@compiled
def officer_finishes(f, file, time):
    """The officer takes the next dossier; this one needs a supplement, or is decided."""
    world = f.world
    office = world[OFFICES] + unit_of(f, file) * OFFICE_SIZE
    if i8(f, STAGE, file) == FIRST_LOOK:
        put64(f, TAKEN_MS, file, i64(f, TAKING, file))
    world[office + OFFICE_BUSY] -= 1
    world[office + OFFICE_FINISHED] += 1
    world[office + OFFICE_BUSY_MS] += i64(f, WORK_NOW, file)
    officers_take(f, office, time)
    if i8(f, REQUESTS_LEFT, file):
        put8(f, REQUESTS_LEFT, file, i8(f, REQUESTS_LEFT, file) - 1)
        put8(f, REQUESTS, file, i8(f, REQUESTS, file) + 1)
        put8(f, STAGE, file, SUPPLEMENTING)
        put64(f, ASKED_MS, file, time)
        push(f, time + i64(f, SUPPLEMENT_MS, file), WAIT_OVER, file)
        return
    put64(f, DECIDED_MS, file, time)
    elapsed = i64(f, ELAPSED_MS, file)
    if elapsed:
        put8(f, STAGE, file, STEPS)
        push(f, after(f, time, elapsed), WAIT_OVER, file)
    else:
        ready(f, file, time)


@compiled
def wait_over(f, file, time):
    """The supplement is there, the other steps are done, or the post has delivered."""
    stage = i8(f, STAGE, file)
    if stage == STEPS:
        ready(f, file, time)
    elif stage == POST:
        hand_over(f, file, time)
    elif i8(f, CHANNEL, file) == AT_COUNTER:
        put8(f, PURPOSE, file, SUPPLEMENT)
        leaves(f, file, NONE, time)
    else:
        supplemented(f, file, time)


@compiled
def supplemented(f, file, time):
    """The clock runs again and the unit looks a second time."""
    asked = i64(f, ASKED_MS, file)
    put64(f, ASKED_MS, file, NEVER)
    put16(f, PAUSED_DAYS, file, i16(f, PAUSED_DAYS, file) + paused_days(asked, time, book(f)))
    look(f, file, SECOND_LOOK, time)


@compiled
def ready(f, file, time):
    """The result is signed and stored, and handed over, collected or sent."""
    number = i32(f, LEADER, file)
    put64(f, READY_MS, file, time)
    if i8(f, STORED, file):
        f.world[f.world[STORED_OF] + home_of(f, file)] += 1
    put16(f, IN_PROGRESS, number, i16(f, IN_PROGRESS, number) - 1)
    way = i8(f, RESULT_CHANNEL, file)
    if way == ELECTRONICALLY or (way == BY_HAND and can_wait_for_it(f, file, time)):
        hand_over(f, file, time)
    elif way == BY_HAND:
        put32(f, NEXT_RESULT, file, NEVER)
        if i16(f, RESULTS, number):
            put32(f, NEXT_RESULT, i32(f, LAST_RESULT, number), file)
        else:
            put32(f, FIRST_RESULT, number, file)
        put32(f, LAST_RESULT, number, file)
        put16(f, RESULTS, number, i16(f, RESULTS, number) + 1)
    if i16(f, IN_PROGRESS, number) == 0 and i16(f, RESULTS, number):
        collect(f, number, time)
    if way == BY_POST:
        put8(f, STAGE, file, POST)
        push(f, time + f.world[POST_MS], WAIT_OVER, file)


@compiled
def can_wait_for_it(f, file, time):
    """Same-day results ready while the counters are still open are handed over at once."""
    world, number = f.world, i32(f, LEADER, file)
    same_day = world[world[SAME_DAY] + i8(f, PROCEDURE, file)]
    if not same_day or i8(f, CHANNEL, file) != AT_COUNTER:
        return False
    if i64(f, RECEIVED_MS, number) // DAY != time // DAY:
        return False
    here = pool_at(f, 2 * i16(f, SITE, number) + pool_of(f, file))
    return world[here + POOL_OPEN] > 0


@compiled
def collect(f, number, time):
    """One trip for all results of a batch that are handed over at a counter."""
    put8(f, PURPOSE, number, COLLECT)
    leaves(f, number, i16(f, COLLECT_DAYS, number), time)


@compiled
def hand_over(f, file, time):
    """The person has the result."""
    put64(f, RETURNED_MS, file, time)
    put8(f, STATE, file, RETURNED)
    put64(f, ENDED_MS, file, time)


# ── what the control plane does between two calls of ``advance`` ──────────────────────────────


@entry
def open_counters(floor, shift, time):
    """Counters open and call those who wait."""
    f = held(floor)
    world = f.world
    for pool in range(2 * world[SITES]):
        here = pool_at(f, pool)
        if world[here + POOL_ACTIVE]:
            world[here + POOL_OPEN] = world[here + SHIFT + shift]
            serve(f, here, time)


@entry
def close_counters(floor, reopening, time, sent_home):
    """Counters close; where they do not reopen today, those who wait are sent home."""
    f = held(floor)
    world = f.world
    for pool in range(2 * world[SITES]):
        here = pool_at(f, pool)
        if not world[here + POOL_ACTIVE]:
            continue
        world[here + POOL_OPEN] = 0
        if reopening == NEVER or not world[here + SHIFT + reopening]:
            sent_home[pool >> 1] += world[here + POOL_LENGTH]
            while world[here + POOL_LENGTH]:
                number = world[here + POOL_FIRST]
                take_out(f, here, number, time)
                leave(f, number, CLOSED_OUT, time, waited_until(f, number, time))


@entry
def officers_move(floor, officers, time):
    """Units have other numbers of officers from now on."""
    f = held(floor)
    world = f.world
    for unit in range(len(officers)):
        office = world[OFFICES] + unit * OFFICE_SIZE
        world[office + OFFICERS] = officers[unit]
        officers_take(f, office, time)


@entry
def close_books(floor, time, queue_ms, units):
    """The day's books of sites (person-time in queues) and units (received, finished, time used,
    backlog)."""
    f = held(floor)
    world = f.world
    for pool in range(2 * world[SITES]):
        here = pool_at(f, pool)
        if world[here + POOL_ACTIVE]:
            note_length(f, here, time)
            queue_ms[pool >> 1] += world[here + POOL_AREA]
            world[here + POOL_AREA] = 0
    for unit in range(units.shape[1]):
        office = world[OFFICES] + unit * OFFICE_SIZE
        for row, what in enumerate((OFFICE_RECEIVED, OFFICE_FINISHED, OFFICE_BUSY_MS)):
            units[row, unit] = world[office + what]
            world[office + what] = 0
        units[3, unit] = world[office + OFFICE_LENGTH] + world[office + OFFICE_BUSY]
