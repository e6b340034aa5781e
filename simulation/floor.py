"""The service floor compiled: the same rules as the processes of ``centre``, on arrays.

The whole state is one array of numbers, the ``world``, which also says where the large arrays lie
in memory (many arrays make numba slow to compile); ``advance`` lets everything happen that comes
before a control event and returns. A person is the number of their dossier. Events are 64-bit keys,
time, rank and number one after the other, so that their order is that of plain integers: those of
the next seconds are due, in order, those of today lie in that slice of the day, those of later days
in that day's pile.
"""

import numpy as np

from simulation import rules
from simulation.calendar import DAY, begins, ends, next_working_day, paused_days, worked
from simulation.compiling import (
    codes,
    compiled,
    entry,
    fetch,
    inlined,
    ints,
    longs,
    longs_of,
    shorts,
)
from simulation.records import NEVER, NUMBER_BITS
from simulation.rules import (
    AT_COUNTER,
    BY_HAND,
    BY_POST,
    CLOSED,
    ELECTRONICALLY,
    SENT_HOME,
    SERVED,
    UNFINISHED,
    expected_wait_ms,
    reused_documents,
    second_look_ms,
    slot_begins,
    tickets,
    travel_ms,
    usual_hour,
)

# A dossier's numbers lie together in two lines of memory: what moves the person, and what moves
# the file. In each line the longest numbers come first.

LINE = 64  # bytes that the memory gives at once
RECORD = 2 * LINE
BYTES_OF = {"long": 8, "int": 4, "short": 2, "byte": 1}
LINES = (
    {
        "long": ("need_ms", "patience_ms"),
        "int": (
            "overhead_ms",
            "pace_ms_per_km",
            "guidance_ms",
            "pool",
            "row",
            "behind",
            "ahead",
        ),
        "short": ("batch_size", "commune", "return_days", "last_site"),
        "byte": (
            "field",
            "channel",
            "informed",
            "ticket",
            "attempts",
            "gives_up",
            "rejections",
            "purpose",
            "new_trip",
        ),
    },
    {
        "long": ("supplement_ms", "elapsed_ms"),
        "int": (
            "leader",
            "work_ms",
            "reuse_ppm",
            "reception_ms",
            "next_file",
            "first_result",
            "last_result",
        ),
        "short": ("results", "in_progress", "collect_days", "home", "unit"),
        "byte": (
            "stage",
            "supplements",
            "result_channel",
            "stored",
            "digitise",
            "documents",
            "procedure",
        ),
    },
)


def _places(wanted):
    """Where the numbers of one length lie in a record, by name, counted in that length."""
    places = {}
    for number, line in enumerate(LINES):
        begins = number * LINE
        for kind, names in line.items():
            if kind == wanted:
                first = begins // BYTES_OF[kind]
                places |= {name: np.int64(first + place) for place, name in enumerate(names)}
            begins += BYTES_OF[kind] * len(names)
    return places


PLACES = {kind: _places(kind) for kind in BYTES_OF}

(NEED_MS, PATIENCE_MS, SUPPLEMENT_MS, ELAPSED_MS) = PLACES["long"].values()
(
    OVERHEAD_MS,
    PACE_MS_PER_KM,
    GUIDANCE_MS,
    POOL,
    ROW,
    BEHIND,
    AHEAD,
    LEADER,
    WORK_MS,
    REUSE_PPM,
    RECEPTION_MS,
    NEXT_FILE,
    FIRST_RESULT,
    LAST_RESULT,
) = PLACES["int"].values()
(
    BATCH_SIZE,
    COMMUNE,
    RETURN_DAYS,
    LAST_SITE,
    RESULTS,
    IN_PROGRESS,
    COLLECT_DAYS,
    HOME,
    UNIT,
) = PLACES["short"].values()
(
    FIELD,
    CHANNEL,
    INFORMED,
    TICKET,
    ATTEMPTS,
    GIVES_UP,
    REJECTIONS,
    PURPOSE,
    NEW_TRIP,
    STAGE,
    SUPPLEMENTS,
    RESULT_CHANNEL,
    STORED,
    DIGITISE,
    DOCUMENTS,
    PROCEDURE,
) = PLACES["byte"].values()

# Places in the world: numbers that stay, what changes, where arrays lie in memory, and where each
# table begins in the world.

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
    "slice_end",
    "due_next",
    "due_last",
    "person",
    "blocks_used",
    "free_block",
    "visit_count",
    "events",
    "visits",
    "received",
    "phase",
    "request_count",
)

ADDRESSES = (
    "world",
    "records",
    "due",
    "blocks",
    "visits_at",
    "before_at",
    "day_of_at",
    "arrived_ms",
    "wait_ms",
    "received_ms",
    "taken_ms",
    "decided_ms",
    "ready_ms",
    "returned_ms",
    "ended_ms",
    "travel_ms",
    "transaction_ms",
    "site",
    "visits_made",
    "paused_days",
    "trips",
    "reused",
    "supplements_made",
    "state",
    "request",
    "request_dossier",
    "request_asked",
    "request_answered",
)

TABLES = (
    "day_kind",
    "road",
    "nearest",
    "accepts",
    "pool_of_field",
    "district",
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
    "slices",
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
    SLICE_END,
    DUE_NEXT,
    DUE_LAST,
    PERSON,
    BLOCKS_USED,
    FREE_BLOCK,
    VISIT_COUNT,
    EVENTS,
    VISITS,
    RECEIVED,
    PHASE,
    REQUEST_COUNT,
    WORLD,
    RECORDS,
    DUE,
    BLOCKS,
    VISITS_AT,
    BEFORE_AT,
    DAY_OF_AT,
    ARRIVED_MS,
    WAIT_MS,
    RECEIVED_MS,
    TAKEN_MS,
    DECIDED_MS,
    READY_MS,
    RETURNED_MS,
    ENDED_MS,
    TRAVEL_MS,
    TRANSACTION_MS,
    SITE,
    VISITS_MADE,
    PAUSED_DAYS,
    TRIPS,
    REUSED,
    SUPPLEMENTS_MADE,
    STATE,
    REQUEST,
    REQUEST_DOSSIER,
    REQUEST_ASKED,
    REQUEST_ANSWERED,
    DAY_KIND,
    ROAD,
    NEAREST,
    ACCEPTS,
    POOL_OF_FIELD,
    DISTRICT,
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
    SLICES,
) = map(np.int64, range(len(NUMBERS) + len(CHANGING) + len(ADDRESSES) + len(TABLES)))

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
# counter, while the person waits also when patience ends.
WHO, SET_OFF, ARRIVED, BEGUN, ENDED, HOW = range(6)
VISIT_SIZE = 6
PURPOSE_BIT, SIZE_BIT, POOL_BIT = NUMBER_BITS, NUMBER_BITS + 2, NUMBER_BITS + 18
COUNTER_BIT, DEADLINE_BIT = 8, 16

# numba compiles a function once more for each literal that it is called with: these are none.
NONE, ONE, NOBODY = np.int64(0), np.int64(1), np.int64(NEVER)
SUBMIT, SUPPLEMENT, COLLECT = map(np.int64, (rules.SUBMIT, rules.SUPPLEMENT, rules.COLLECT))
RETURNED = np.int64(rules.RETURNED)
WORKING, SATURDAY = np.int64(rules.WORKING), np.int64(rules.SATURDAY)
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
BLOCK = 8  # a block of events: where the next one is and how many there are, then their keys
BLOCK_BITS, BLOCK_FULL = 3, 7
POOL_OPTION, ROAD_OPTION = 32, (1 << 32) - 1
AHEAD_OF_TIME = 8  # people whose choice of sites is asked for beforehand
FAR_AHEAD = 32  # people whose own numbers are asked for before that
BLOCK_SHARE = 2 * BLOCK  # what is due needs twice the room: unsorted and sorted
FEW = 64  # events of a slice that are sorted by counting
SLICE_BITS = 14  # the day is dealt with in slices of 2 ** 14 ms
ROOM = 512  # places that one event may need in an array
BLOCK_ROOM = (DAY >> SLICE_BITS) + ROOM  # blocks that dealing out a day's pile may need
NUMBER = (1 << NUMBER_BITS) - 1
RANK_AND_NUMBER = (1 << (NUMBER_BITS + 3)) - 1
EPOCH = 1 << 36  # keys are signed: time counts from the middle of what they can hold


@inlined
def i64(world, place, number):
    """A long number of this dossier's."""
    return np.int64(longs(world[RECORDS])[number * (RECORD // 8) + place])


@inlined
def i32(world, place, number):
    """A number of this dossier's."""
    return np.int64(ints(world[RECORDS])[number * (RECORD // 4) + place])


@inlined
def put32(world, place, number, value):
    """Write it."""
    ints(world[RECORDS])[number * (RECORD // 4) + place] = value


@inlined
def i16(world, place, number):
    """A short number of this dossier's."""
    return np.int64(shorts(world[RECORDS])[number * (RECORD // 2) + place])


@inlined
def put16(world, place, number, value):
    """Write it."""
    shorts(world[RECORDS])[number * (RECORD // 2) + place] = value


@inlined
def i8(world, place, number):
    """A code of this dossier's."""
    return np.int64(codes(world[RECORDS])[number * RECORD + place])


@inlined
def put8(world, place, number, value):
    """Write it."""
    codes(world[RECORDS])[number * RECORD + place] = value


@inlined
def note_time(world, column, number, time):
    """Into a column of the books."""
    longs(world[column])[number] = time


@inlined
def note_length(world, column, number, value):
    """Into a column of the books."""
    ints(world[column])[number] = value


@inlined
def note_more(world, column, number, more):
    """So many more in a column of the books."""
    shorts(world[column])[number] += more


@inlined
def note_code(world, column, number, value):
    """Into a column of the books."""
    codes(world[column])[number] = value


# ── events ────────────────────────────────────────────────────────────────────────────────────


@inlined
def key_of(time, rank, number):
    """An event as one integer."""
    return (time - EPOCH) << (NUMBER_BITS + 3) | rank | number


@inlined
def time_of(key):
    """When an event happens."""
    return (key >> (NUMBER_BITS + 3)) + EPOCH


@compiled
def push(world, time, rank, number):
    """An event to come; what is due after the horizon never happens."""
    due = longs(world[DUE])
    if time >= world[END_MS]:
        return
    key = key_of(time, rank, number)
    if time < world[SLICE_END]:
        place = world[DUE_LAST]
        world[DUE_LAST] += 1
        while place > world[DUE_NEXT] and due[place - 1] > key:
            due[place] = due[place - 1]
            place -= 1
        due[place] = key
        return
    if time < world[MIDNIGHT]:
        keep(world, slice_of(world, time), key)
    else:
        keep(world, world[PILE] + time // DAY, key)


@compiled
def keep(world, place, key):
    """Add an event to the block of those of its slice or day, or begin another one."""
    blocks, head = longs(world[BLOCKS]), world[place]
    if head & BLOCK_FULL == BLOCK_FULL:
        block = world[FREE_BLOCK]
        if block == NEVER:
            block = world[BLOCKS_USED]
            world[BLOCKS_USED] += 1
        else:
            world[FREE_BLOCK] = blocks[block * BLOCK]
        blocks[block * BLOCK] = head
        head = block << BLOCK_BITS
    head += 1
    world[place] = head
    blocks[(head >> BLOCK_BITS) * BLOCK + (head & BLOCK_FULL)] = key


@inlined
def set_free(world, block):
    """The block can hold other events; which one, how full, comes after it."""
    blocks = longs(world[BLOCKS])
    following = blocks[block * BLOCK]
    blocks[block * BLOCK] = world[FREE_BLOCK]
    world[FREE_BLOCK] = block
    return following


@inlined
def slice_of(world, time):
    """Where the slice of today with this time lies in the world."""
    return world[SLICES] + ((time + DAY - world[MIDNIGHT]) >> SLICE_BITS)


@compiled
def in_order(keys, count):
    """Sort the keys, which lie ``count`` places too far: few by counting those that go before,
    without a branch to guess; many as a heap, the largest first."""
    if count <= FEW:
        for number in range(count, 2 * count):
            key, rank = keys[number], np.int64(0)
            for other in range(count, 2 * count):
                rank += keys[other] < key or (keys[other] == key and other < number)
            keys[rank] = key
        return
    for place in range(count):
        keys[place] = keys[count + place]
    for place in range(count // 2 - 1, -1, -1):
        sink(keys, count, place, keys[place])
    for last in range(count - 1, 0, -1):
        key = keys[last]
        keys[last] = keys[0]
        sink(keys, last, NONE, key)


@compiled
def sink(heap, size, place, key):
    """Put a key where it belongs at or below a place of the heap."""
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        if below + 1 < size and heap[below + 1] > heap[below]:
            below += 1
        if heap[below] <= key:
            break
        heap[place] = heap[below]
        place = below
    heap[place] = key


@compiled
def begin_day(world):
    """The next day's pile is dealt out to the slices of the day."""
    blocks = longs(world[BLOCKS])
    pile = world[PILE] + world[MIDNIGHT] // DAY
    world[MIDNIGHT] += DAY
    head = world[pile]
    while head != NEVER:
        first = (head >> BLOCK_BITS) * BLOCK + 1
        for place in range(first, first + (head & BLOCK_FULL)):
            keep(world, slice_of(world, time_of(blocks[place])), blocks[place])
        head = set_free(world, head >> BLOCK_BITS)


@compiled
def begin_slice(world, soon):
    """The events of the next slice that has some are due; or those of the slice of ``soon``, if
    that is earlier, or of the day's last one."""
    due, blocks = longs(world[DUE]), longs(world[BLOCKS])
    if world[SLICE_END] == world[MIDNIGHT]:
        begin_day(world)
    begins = world[MIDNIGHT] - DAY
    place = slice_of(world, world[SLICE_END])
    number = place - world[SLICES]
    while True:
        number += 1
        end = min(begins + (number << SLICE_BITS), world[MIDNIGHT])
        if world[place] != NEVER or end > soon or end == world[MIDNIGHT]:
            break
        place += 1
    head, size = world[place], np.int64(0)
    world[place] = NEVER
    following = head
    while following != NEVER:
        size += following & BLOCK_FULL
        following = blocks[(following >> BLOCK_BITS) * BLOCK]
    last = size
    while head != NEVER:
        first = (head >> BLOCK_BITS) * BLOCK + 1
        for event in range(first, first + (head & BLOCK_FULL)):
            due[last] = blocks[event]
            fetch_visit(world, blocks[event] & NUMBER)
            last += 1
        head = set_free(world, head >> BLOCK_BITS)
    in_order(due, size)
    world[DUE_NEXT] = 0
    world[DUE_LAST] = size
    world[SLICE_END] = end
    foresee(world, place)


@compiled
def foresee(world, place):
    """Have what the events of the next slices will touch brought from the memory."""
    blocks, head = longs(world[BLOCKS]), world[place + 1]
    while head != NEVER:
        following = (head >> BLOCK_BITS) * BLOCK
        for event in range(following + 1, following + 1 + (head & BLOCK_FULL)):
            fetch_record(world, blocks[event] & NUMBER)
        head = blocks[following]
    if world[place + 2] != NEVER:
        fetch(world[BLOCKS] + (world[place + 2] >> BLOCK_BITS) * (8 * BLOCK))


@inlined
def fetch_record(world, number):
    """Have a dossier's numbers brought from the memory."""
    begins = world[RECORDS] + number * RECORD
    fetch(begins)
    fetch(begins + LINE)


@inlined
def fetch_visit(world, number):
    """Have the person's visit brought from the memory, and where the wait will be noted."""
    fetch(world[VISITS_AT] + visit_of(world, number) * 8)
    fetch(world[WAIT_MS] + number * 8)


@entry
def advance(floor, until):
    """Let everything happen that comes before the control event at ``until``; DONE or FULL."""
    world = longs_of(floor)
    due = longs(world[DUE])
    people = world[PEOPLE]
    limit = key_of(until, CONTROL, NONE)
    never = np.int64(0x7FFFFFFFFFFFFFFF)
    while True:
        if (
            world[DUE_LAST] + ROOM > world[EVENTS]
            or world[BLOCKS_USED] + BLOCK_ROOM > world[EVENTS] // BLOCK_SHARE
            or world[VISIT_COUNT] + ROOM > world[VISITS]
        ):
            return FULL
        least, person = never, world[PERSON]
        if person < people:
            least = key_of(i64(world, NEED_MS, person), SETS_OFF, person)
        next_one = world[DUE_NEXT]
        arises = next_one == world[DUE_LAST] or least < due[next_one]
        if not arises:
            least = due[next_one]
        if least >= limit or least >= key_of(world[SLICE_END], NONE, NONE):
            if until < world[SLICE_END] or world[SLICE_END] >= world[END_MS]:
                return DONE
            begin_slice(world, min(until, time_of(least)))
            continue
        time = time_of(least)
        if arises:
            world[PERSON] += i16(world, BATCH_SIZE, person)
            fetch_record(world, person + FAR_AHEAD)
            fetch_options(world, min(person + AHEAD_OF_TIME, people - 1))
            arise(world, person, time)
            continue
        world[DUE_NEXT] += 1
        code = least & RANK_AND_NUMBER
        happen(world, code & ~NUMBER, code & NUMBER, time)


@inlined
def happen(world, rank, number, time):
    """One event and all that follows from it without passing of time."""
    if rank == COUNTER_FINISHES:
        counter_finishes(world, number, time)
    elif rank == JOINS:
        join(world, number, time)
    elif rank == SETS_OFF:
        sets_off(world, number, time)
    elif rank == OFFICER_FINISHES:
        officer_finishes(world, number, time)
    elif rank == WAIT_OVER:
        wait_over(world, number, time)
    elif rank == REACHES_UNIT:
        look(world, number, FIRST_LOOK, time)
    elif rank == PATIENCE_ENDS:
        patience_ends(world, number, time)


# ── people ────────────────────────────────────────────────────────────────────────────────────


@inlined
def arise(world, number, time):
    """The need arises: the person sets off, or submits."""
    if i8(world, CHANNEL, number) == AT_COUNTER:
        put8(world, PURPOSE, number, SUBMIT)
        put8(world, NEW_TRIP, number, ONE)
        sets_off(world, number, time)
        return
    put_site(world, number, world[world[ONLINE_SITE] + i16(world, HOME, number)])
    for file in range(number, number + i16(world, BATCH_SIZE, number)):
        reuse(world, file)
    receive(world, number, time)


@inlined
def visit_of(world, number):
    """Where the person's visit lies."""
    return i32(world, ROW, number) * VISIT_SIZE


@inlined
def put_site(world, number, site):
    """Where the person submits; once received, where the dossiers are."""
    put16(world, LAST_SITE, number, site)
    shorts(world[SITE])[number] = site


@inlined
def pool_of(world, number):
    """0 or 1, the kind of counter that receives the dossier's field."""
    return world[world[POOL_OF_FIELD] + i8(world, FIELD, number)]


@inlined
def day_kind(world, day):
    """Closed, working day or Saturday session."""
    return world[world[DAY_KIND] + day]


@inlined
def pool_at(world, pool):
    """Where the counters of this number (2 × site + kind) lie in the world."""
    return world[POOLS] + pool * POOL_SIZE


@compiled
def sets_off(world, number, time):
    """A trip, counted unless it is a new thought within the last one: choose a site and be on
    the way; where nothing opens today, think again tomorrow."""
    if i8(world, NEW_TRIP, number):
        count_trip(world, number)
    pool, metres = choose(world, number, time)
    if pool == NEVER:
        again(world, number, ONE, time, NONE)
        return
    travel = travel_ms(i32(world, OVERHEAD_MS, number), metres, i32(world, PACE_MS_PER_KM, number))
    arrival = plan_arrival(world, number, pool, time, travel)
    row = world[VISIT_COUNT]
    world[VISIT_COUNT] += 1
    put32(world, POOL, number, pool)
    put32(world, ROW, number, row)
    purpose = i8(world, PURPOSE, number)
    size = np.int64(1)
    if purpose == SUBMIT:
        size = i16(world, BATCH_SIZE, number)
    elif purpose == COLLECT:
        size = i16(world, RESULTS, number)
    visit = row * VISIT_SIZE
    visits = longs(world[VISITS_AT])
    visits[visit + WHO] = number | purpose << PURPOSE_BIT | size << SIZE_BIT | pool << POOL_BIT
    visits[visit + SET_OFF] = arrival - travel
    visits[visit + ARRIVED] = NEVER
    visits[visit + BEGUN] = NEVER
    visits[visit + ENDED] = NEVER
    visits[visit + HOW] = UNFINISHED
    push(world, arrival, JOINS, number)


@inlined
def count_trip(world, number):
    """One more trip for all dossiers concerned."""
    purpose = i8(world, PURPOSE, number)
    if purpose == SUBMIT:
        note_more(world, TRIPS, number, ONE)
    elif purpose == SUPPLEMENT:
        note_more(world, VISITS_MADE, number, ONE)
    else:
        file = i32(world, FIRST_RESULT, number)
        while file != NEVER:
            note_more(world, VISITS_MADE, file, ONE)
            file = i32(world, NEXT_FILE, file)


@compiled
def again(world, number, days, time, new_trip):
    """The person sets off once more, at the usual hour of a later working day."""
    day = next_working_day(time // DAY + max(1, days), book(world))
    put8(world, NEW_TRIP, number, new_trip)
    push(world, day * DAY + hour_of(world, number), SETS_OFF, number)


@inlined
def leaves(world, number, days, time):
    """The person sets off for a supplement or a result, at the usual hour of the first working
    day after so many days, of the next one if that hour is past."""
    day = next_working_day(time // DAY + days, book(world))
    hour = day * DAY + hour_of(world, number)
    if hour <= time:
        again(world, number, ONE, time, ONE)
    else:
        put8(world, NEW_TRIP, number, ONE)
        push(world, hour, SETS_OFF, number)


@inlined
def hour_of(world, number):
    """The person's usual hour."""
    need = i64(world, NEED_MS, number)
    return usual_hour(need, world[OPENS], world[CLOSES], world[LAST_DEPARTURE_MS])


@compiled
def choose(world, number, time):
    """Counters to go to and road in metres; NEVER when none opens today."""
    never, nothing = np.int64(NEVER), np.int64(0)
    kind = day_kind(world, time // DAY)
    if kind == CLOSED:
        return never, nothing
    commune, field = i16(world, COMMUNE, number), i8(world, FIELD, number)
    if i8(world, PURPOSE, number) != SUBMIT:
        site = i16(world, LAST_SITE, i32(world, LEADER, number))
        if site != NEVER and world[world[IN_USE] + site]:
            pool = 2 * site + pool_of(world, number)
            here = pool_at(world, pool)
            if world[here + SPANS + WORKING]:
                return pool, world[world[ROAD] + commune * world[SITES] + site]
    options = options_of(world, commune, field, kind)
    if world[options] == NEVER:
        find_options(world, options, commune, field, kind)
    count = world[options]
    if count == 0:
        return never, nothing
    best = world[options + 1]
    if i8(world, INFORMED, number) and world[LEAST_TIME]:
        overhead, pace = i32(world, OVERHEAD_MS, number), i32(world, PACE_MS_PER_KM, number)
        least = never
        for place in range(options + 1, options + 1 + count):
            option = world[place]
            here = pool_at(world, option >> POOL_OPTION)
            travel = travel_ms(overhead, option & ROAD_OPTION, pace)
            ready = max(travel, opens_from(world, here, time) - time)
            expected = ready + expected_wait(world, here)
            if least == NEVER or expected < least:
                best, least = option, expected
    return best >> POOL_OPTION, best & ROAD_OPTION


@inlined
def options_of(world, commune, field, kind):
    """Where the choice of people of a commune with a field on such a day lies in the world: how
    many counters, then each one's number and the road there in metres as one number."""
    return world[OPTIONS] + ((commune * world[FIELDS] + field) * 3 + kind) * (1 + world[CANDIDATES])


@inlined
def fetch_options(world, number):
    """Have a person's choice brought from the memory."""
    commune, field = i16(world, COMMUNE, number), i8(world, FIELD, number)
    fetch(world[WORLD] + 8 * options_of(world, commune, field, WORKING))


@compiled
def find_options(world, options, commune, field, kind):
    """The nearest counters for people of a commune that accept a field on such a day."""
    home = world[world[DISTRICT] + commune]
    first = world[NEAREST] + commune * world[SITES]
    last = first + world[SITES]
    which = world[world[POOL_OF_FIELD] + field]
    only_own = False
    if world[OWN_DISTRICT] or not world[world[BOUNDARY_FREE] + world[PHASE]]:
        for place in range(first, last):
            site = world[place]
            near = world[world[SITE_DISTRICT] + site] == home
            if near and eligible(world, site, field, which, kind):
                only_own = True
                break
    count = 0
    for place in range(first, last):
        if count == world[CANDIDATES]:
            break
        site = world[place]
        if only_own and world[world[SITE_DISTRICT] + site] != home:
            continue
        if eligible(world, site, field, which, kind):
            road = world[world[ROAD] + commune * world[SITES] + site]
            world[options + 1 + count] = (2 * site + which) << POOL_OPTION | road
            count += 1
    world[options] = count


@inlined
def eligible(world, site, field, which, kind):
    """Whether a site in use accepts a field and opens on such a day."""
    return (
        world[world[IN_USE] + site] != 0
        and world[world[ACCEPTS] + site * world[FIELDS] + field] != 0
        and world[pool_at(world, 2 * site + which) + SPANS + kind] != 0
    )


@inlined
def opens_from(world, here, time):
    """``time`` itself when open then, else the next opening of that day."""
    kind, clock = day_kind(world, time // DAY), time % DAY
    for span in range(world[here + SPANS + kind]):
        if clock < world[here + SPAN_TO + 2 * kind + span]:
            return time + max(0, world[here + SPAN_FROM + 2 * kind + span] - clock)
    return time


@inlined
def expected_wait(world, here):
    """What one more person has to expect."""
    shift = here + SHIFT
    counters = world[here + POOL_OPEN]
    if counters == 0:
        counters = max(1, max(world[shift], max(world[shift + 1], world[shift + 2])))
    length, busy = world[here + POOL_LENGTH], world[here + POOL_BUSY]
    return expected_wait_ms(length, busy, counters, world[here + POOL_MEAN_MS])


@inlined
def plan_arrival(world, number, pool, time, travel):
    """When to be there: at once, at the next opening, or at the slot of an online ticket."""
    here, earliest = pool_at(world, pool), time + travel
    kind = np.int64(CLOSED)
    if earliest < world[END_MS]:
        kind = day_kind(world, earliest // DAY)
    spans = world[here + SPANS + kind]
    if spans == 0 or earliest % DAY >= world[here + SPAN_TO + 2 * kind + spans - 1]:
        day = next_working_day(earliest // DAY + 1, book(world))
        opening = world[OPENS]
        if world[here + SPANS + WORKING]:
            opening = world[here + SPAN_FROM + 2 * WORKING]
        earliest = day * DAY + opening
    elif earliest // DAY != time // DAY:
        opening = world[here + SPAN_FROM + 2 * kind]
        earliest = max(earliest, earliest // DAY * DAY + opening)
    if i8(world, TICKET, number) and world[TICKET_PPM]:
        return book_slot(world, pool, earliest)
    return earliest


@compiled
def book_slot(world, pool, earliest):
    """Take the first slot with a free online ticket; without one come as others do."""
    here = pool_at(world, pool)
    first_day, length = earliest // DAY, world[TICKET_SLOT_MS]
    for day in range(first_day, min(first_day + world[TICKET_DAYS], world[DAYS])):
        kind = day_kind(world, day)
        ring = pool * world[RING] + day % world[RING]
        slots = world[SLOTS] + ring * 3 * world[SLOT_COUNT]
        if world[world[SLOT_DAY] + ring] != day:
            world[world[SLOT_DAY] + ring] = day
            for place in range(slots, slots + 3 * world[SLOT_COUNT]):
                world[place] = 0
        for span in range(world[here + SPANS + kind]):
            shift = shift_of(world, here, kind, span)
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


@inlined
def shift_of(world, here, kind, span):
    """Which shift a session of the day belongs to."""
    if kind == WORKING:
        return span if world[here + SHIFT] else np.int64(1)
    return np.int64(2) if kind == SATURDAY else np.int64(0)


# ── at the counter ────────────────────────────────────────────────────────────────────────────


@inlined
def join(world, number, time):
    """At the door: a ticket is given, and a counter or the queue takes the person, or not."""
    pool = i32(world, POOL, number)
    here = pool_at(world, pool)
    longs(world[VISITS_AT])[visit_of(world, number) + ARRIVED] = time
    if world[here + POOL_BUSY] < world[here + POOL_OPEN] and world[here + POOL_LENGTH] == 0:
        call(world, here, number, time)
        return
    left = np.int64(0)
    if world[world[IN_USE] + (pool >> 1)]:
        left = time_left(world, here, time)
    if left == 0:
        leave(world, number, CLOSED_OUT, time, NONE)
    elif world[TICKET_CUTOFF] and expected_wait(world, here) >= left:
        leave(world, number, NO_TICKET, time, NONE)
    else:
        line_up(world, here, number, time)


@inlined
def line_up(world, here, number, time):
    """The person joins the queue, for as long as patience lasts."""
    note_queue(world, here, time)
    last = world[here + POOL_LAST]
    put32(world, BEHIND, number, NOBODY)
    put32(world, AHEAD, number, last)
    if last == NEVER:
        world[here + POOL_FIRST] = number
    else:
        put32(world, BEHIND, last, number)
    world[here + POOL_LAST] = number
    world[here + POOL_LENGTH] += 1
    patience = i64(world, PATIENCE_MS, number)
    if patience != NEVER:
        deadline = opens_from(world, here, time) + patience
        if deadline < closes_for_good(world, here, time):
            until = UNFINISHED | deadline << DEADLINE_BIT
            longs(world[VISITS_AT])[visit_of(world, number) + HOW] = until
            push(world, deadline, PATIENCE_ENDS, number)


@inlined
def closes_for_good(world, here, time):
    """When all who still wait today are sent home: no need to watch their patience longer."""
    day = time // DAY
    kind = day_kind(world, day)
    spans = world[here + SPANS + kind]
    if world[ROUND_THE_CLOCK] or spans == 0:
        return world[END_MS]
    return day * DAY + world[here + SPAN_TO + 2 * kind + spans - 1]


@inlined
def time_left(world, here, time):
    """Opening time that is left today."""
    kind, clock = day_kind(world, time // DAY), time % DAY
    left = np.int64(0)
    for span in range(world[here + SPANS + kind]):
        since = world[here + SPAN_FROM + 2 * kind + span]
        to = world[here + SPAN_TO + 2 * kind + span]
        if clock < to:
            left += to - max(clock, since)
    return left


@inlined
def note_queue(world, here, time):
    """Keep account of the time that people spend in the queue."""
    world[here + POOL_AREA] += world[here + POOL_LENGTH] * (time - world[here + POOL_SINCE])
    world[here + POOL_SINCE] = time


@inlined
def take_out(world, here, number, time):
    """Somebody leaves the queue."""
    note_queue(world, here, time)
    ahead, behind = i32(world, AHEAD, number), i32(world, BEHIND, number)
    if ahead == NEVER:
        world[here + POOL_FIRST] = behind
    else:
        put32(world, BEHIND, ahead, behind)
    if behind == NEVER:
        world[here + POOL_LAST] = ahead
    else:
        put32(world, AHEAD, behind, ahead)
    world[here + POOL_LENGTH] -= 1


@inlined
def call(world, here, number, time):
    """The lowest free counter calls the person."""
    visits, visit = longs(world[VISITS_AT]), visit_of(world, number)
    free = world[here + POOL_FREE]
    lowest = free & -free
    world[here + POOL_FREE] = free ^ lowest
    world[here + POOL_BUSY] += 1
    counter = np.int64(0)
    while lowest > 1:
        lowest >>= 1
        counter += 1
    visits[visit + BEGUN] = time
    visits[visit + HOW] = UNFINISHED | (counter + 1) << COUNTER_BIT
    push(world, time + service(world, number), COUNTER_FINISHES, number)


@compiled
def serve(world, here, time):
    """Call people to free counters."""
    while world[here + POOL_LENGTH] and world[here + POOL_BUSY] < world[here + POOL_OPEN]:
        number = world[here + POOL_FIRST]
        take_out(world, here, number, time)
        call(world, here, number, time)


@inlined
def service(world, number):
    """How long the counter needs for the person, ms."""
    purpose = i8(world, PURPOSE, number)
    if purpose == SUPPLEMENT:
        return world[SUPPLEMENT_TIME_MS]
    if purpose == COLLECT:
        return world[RETURN_MS] * i16(world, RESULTS, number)
    if i8(world, REJECTIONS, number):
        return max(np.int64(1), i32(world, GUIDANCE_MS, number))
    size = i16(world, BATCH_SIZE, number)
    guidance = i32(world, GUIDANCE_MS, number) // size
    total = np.int64(0)
    for file in range(number, number + size):
        reused = reuse(world, file)
        duration = guidance + i32(world, RECEPTION_MS, file)
        if i8(world, DIGITISE, file):
            duration += (i8(world, DOCUMENTS, file) - reused) * world[DIGITISE_MS]
        duration = max(np.int64(1), duration)
        note_length(world, TRANSACTION_MS, file, duration)
        total += duration
    return total


@compiled
def reuse(world, file):
    """Components of this dossier taken from the repository."""
    district = i16(world, HOME, file)
    reused = reused_documents(
        i8(world, DOCUMENTS, file),
        i32(world, REUSE_PPM, file),
        world[world[CEILING] + world[PHASE]],
        world[world[STORED_OF] + district],
        world[world[HALF] + district],
    )
    note_code(world, REUSED, file, reused)
    return reused


@inlined
def counter_finishes(world, number, time):
    """The person leaves the counter, which calls the next."""
    visits, visit = longs(world[VISITS_AT]), visit_of(world, number)
    here = pool_at(world, i32(world, POOL, number))
    submits = i8(world, PURPOSE, number) == SUBMIT
    outcome = np.int64(SERVED)
    if submits and i8(world, REJECTIONS, number):
        outcome = np.int64(SENT_HOME)
    counter = (visits[visit + HOW] >> COUNTER_BIT) - 1
    visits[visit + ENDED] = time
    visits[visit + HOW] = outcome | (counter + 1) << COUNTER_BIT
    if submits:
        note_trip(world, number, visits[visit + BEGUN] - visits[visit + ARRIVED])
    world[here + POOL_BUSY] -= 1
    world[here + POOL_FREE] |= np.int64(1) << counter
    serve(world, here, time)
    after_visit(world, number, outcome, time)


@compiled
def leave(world, number, outcome, time, waited):
    """The person goes without having been served."""
    visits, visit = longs(world[VISITS_AT]), visit_of(world, number)
    visits[visit + ENDED] = time
    visits[visit + HOW] = outcome
    if i8(world, PURPOSE, number) == SUBMIT:
        note_trip(world, number, waited)
    after_visit(world, number, outcome, time)


@inlined
def waited_until(world, number, time):
    """Time since the person took a ticket."""
    return time - longs(world[VISITS_AT])[visit_of(world, number) + ARRIVED]


@inlined
def patience_ends(world, number, time):
    """Who still waits then, leaves."""
    if longs(world[VISITS_AT])[visit_of(world, number) + HOW] >> DEADLINE_BIT == time:
        take_out(world, pool_at(world, i32(world, POOL, number)), number, time)
        leave(world, number, IMPATIENT, time, waited_until(world, number, time))


@inlined
def note_trip(world, number, waited):
    """The last trip to submit, and the waiting of all of them."""
    visits, visit = longs(world[VISITS_AT]), visit_of(world, number)
    put_site(world, number, i32(world, POOL, number) >> 1)
    note_length(world, TRAVEL_MS, number, visits[visit + ARRIVED] - visits[visit + SET_OFF])
    note_time(world, ARRIVED_MS, number, visits[visit + ARRIVED])
    longs(world[WAIT_MS])[number] += waited


@compiled
def after_visit(world, number, outcome, time):
    """What becomes of the person after a visit."""
    purpose = i8(world, PURPOSE, number)
    if purpose == SUBMIT:
        if outcome == SERVED:
            receive(world, number, time)
        elif outcome == SENT_HOME:
            put8(world, REJECTIONS, number, i8(world, REJECTIONS, number) - 1)
            come_back(world, number, i8(world, GIVES_UP, number) != 0, REFUSED, time)
        else:
            put8(world, ATTEMPTS, number, i8(world, ATTEMPTS, number) - 1)
            come_back(world, number, i8(world, ATTEMPTS, number) == 0, ABANDONED, time)
    elif outcome != SERVED:
        again(world, number, ONE, time, ONE)
    elif purpose == SUPPLEMENT:
        supplemented(world, number, time)
    else:
        file = i32(world, FIRST_RESULT, number)
        while file != NEVER:
            hand_over(world, file, time)
            file = i32(world, NEXT_FILE, file)


@inlined
def come_back(world, number, never, state, time):
    """The person comes back some days later, or never."""
    if not never:
        again(world, number, i16(world, RETURN_DAYS, number), time, ONE)
        return
    for file in range(number, number + i16(world, BATCH_SIZE, number)):
        note_code(world, STATE, file, state)
        note_time(world, ENDED_MS, file, time)


# ── behind the counter ────────────────────────────────────────────────────────────────────────


@compiled
def receive(world, number, time):
    """The dossiers of a batch are received; each goes its own way."""
    size = i16(world, BATCH_SIZE, number)
    note_time(world, RECEIVED_MS, number, time)
    world[RECEIVED] += size
    put16(world, IN_PROGRESS, number, size)
    put32(world, FIRST_RESULT, number, NOBODY)
    put16(world, RESULTS, number, NONE)
    for file in range(number, number + size):
        if i16(world, UNIT, file) == NEVER:
            ready(world, file, time)
        elif not i8(world, DIGITISE, file) and world[CIRCULATION_MS]:
            push(world, after(world, time, world[CIRCULATION_MS]), REACHES_UNIT, file)
        else:
            look(world, file, FIRST_LOOK, time)


@inlined
def office_of(world, file):
    """Where the responsible unit lies in the world."""
    return world[OFFICES] + i16(world, UNIT, file) * OFFICE_SIZE


@inlined
def work_now(world, file):
    """Officers' time for the look that the dossier waits for or is given."""
    work = i32(world, WORK_MS, file)
    if i8(world, STAGE, file) == SECOND_LOOK:
        return second_look_ms(work, world[SECOND_LOOK_PPM])
    return work


@inlined
def book(world):
    """The calendar's book."""
    hours = world[OPENS], world[LUNCH], world[REOPENS], world[CLOSES]
    before, day_of = longs(world[BEFORE_AT]), longs(world[DAY_OF_AT])
    return world[CALENDAR_DAYS], world[WORKING_DAYS], before, day_of, *hours


@inlined
def after(world, time, work):
    """When working time begun at ``time`` is done."""
    hours = book(world)
    return ends(worked(time, hours) + work, hours)


@compiled
def look(world, file, stage, time):
    """The dossier joins the queue of its unit's officers, for a first or second look."""
    office = office_of(world, file)
    put8(world, STAGE, file, stage)
    world[office + OFFICE_RECEIVED] += 1
    if world[office + OFFICE_LENGTH]:
        put32(world, NEXT_FILE, world[office + OFFICE_LAST], file)
    else:
        world[office + OFFICE_FIRST] = file
    world[office + OFFICE_LAST] = file
    world[office + OFFICE_LENGTH] += 1
    officers_take(world, office, time)


@compiled
def officers_take(world, office, time):
    """Free officers take waiting dossiers."""
    while world[office + OFFICE_LENGTH] and world[office + OFFICE_BUSY] < world[office + OFFICERS]:
        file = world[office + OFFICE_FIRST]
        world[office + OFFICE_FIRST] = i32(world, NEXT_FILE, file)
        world[office + OFFICE_LENGTH] -= 1
        world[office + OFFICE_BUSY] += 1
        fetch(world[RECORDS] + world[office + OFFICE_FIRST] * RECORD + LINE)
        hours = book(world)
        clock = worked(time, hours)
        done = ends(clock + work_now(world, file), hours)
        if i8(world, STAGE, file) == FIRST_LOOK and done < world[END_MS]:
            note_time(world, TAKEN_MS, file, begins(clock, hours))
        push(world, done, OFFICER_FINISHES, file)


@inlined
def officer_finishes(world, file, time):
    """The officer takes the next dossier; this one needs a supplement, or is decided."""
    office = office_of(world, file)
    world[office + OFFICE_BUSY] -= 1
    world[office + OFFICE_FINISHED] += 1
    world[office + OFFICE_BUSY_MS] += work_now(world, file)
    officers_take(world, office, time)
    if i8(world, SUPPLEMENTS, file):
        put8(world, SUPPLEMENTS, file, i8(world, SUPPLEMENTS, file) - 1)
        codes(world[SUPPLEMENTS_MADE])[file] += 1
        put8(world, STAGE, file, SUPPLEMENTING)
        note_request(world, file, time)
        push(world, time + i64(world, SUPPLEMENT_MS, file), WAIT_OVER, file)
        return
    note_time(world, DECIDED_MS, file, time)
    elapsed = i64(world, ELAPSED_MS, file)
    if elapsed:
        put8(world, STAGE, file, STEPS)
        push(world, after(world, time, elapsed), WAIT_OVER, file)
    else:
        ready(world, file, time)


@inlined
def note_request(world, file, time):
    """A supplement is asked for."""
    row = world[REQUEST_COUNT]
    world[REQUEST_COUNT] += 1
    note_length(world, REQUEST, file, row)
    note_length(world, REQUEST_DOSSIER, row, file)
    note_time(world, REQUEST_ASKED, row, time)


@inlined
def wait_over(world, file, time):
    """The supplement is there, the other steps are done, or the post has delivered."""
    stage = i8(world, STAGE, file)
    if stage == STEPS:
        ready(world, file, time)
    elif stage == POST:
        hand_over(world, file, time)
    elif i8(world, CHANNEL, file) == AT_COUNTER:
        put8(world, PURPOSE, file, SUPPLEMENT)
        leaves(world, file, NONE, time)
    else:
        supplemented(world, file, time)


@inlined
def supplemented(world, file, time):
    """The clock runs again and the unit looks a second time."""
    request = ints(world[REQUEST])[file]
    asked = longs(world[REQUEST_ASKED])[request]
    note_time(world, REQUEST_ANSWERED, request, time)
    note_more(world, PAUSED_DAYS, file, paused_days(asked, time, book(world)))
    look(world, file, SECOND_LOOK, time)


@compiled
def ready(world, file, time):
    """The result is signed and stored, and handed over, collected or sent."""
    number = i32(world, LEADER, file)
    note_time(world, READY_MS, file, time)
    if i8(world, STORED, file):
        world[world[STORED_OF] + i16(world, HOME, file)] += 1
    put16(world, IN_PROGRESS, number, i16(world, IN_PROGRESS, number) - 1)
    way = i8(world, RESULT_CHANNEL, file)
    if way == ELECTRONICALLY or (way == BY_HAND and can_wait_for_it(world, file, time)):
        hand_over(world, file, time)
    elif way == BY_HAND:
        put32(world, NEXT_FILE, file, NOBODY)
        if i16(world, RESULTS, number):
            put32(world, NEXT_FILE, i32(world, LAST_RESULT, number), file)
        else:
            put32(world, FIRST_RESULT, number, file)
        put32(world, LAST_RESULT, number, file)
        put16(world, RESULTS, number, i16(world, RESULTS, number) + 1)
    if i16(world, IN_PROGRESS, number) == 0 and i16(world, RESULTS, number):
        collect(world, number, time)
    if way == BY_POST:
        put8(world, STAGE, file, POST)
        push(world, time + world[POST_MS], WAIT_OVER, file)


@inlined
def can_wait_for_it(world, file, time):
    """Same-day results ready while the counters are still open are handed over at once."""
    number = i32(world, LEADER, file)
    same_day = world[world[SAME_DAY] + i8(world, PROCEDURE, file)]
    if not same_day or i8(world, CHANNEL, file) != AT_COUNTER:
        return False
    if longs(world[RECEIVED_MS])[number] // DAY != time // DAY:
        return False
    here = pool_at(world, 2 * i16(world, LAST_SITE, number) + pool_of(world, file))
    return world[here + POOL_OPEN] > 0


@compiled
def collect(world, number, time):
    """One trip for all results of a batch that are handed over at a counter."""
    put8(world, PURPOSE, number, COLLECT)
    leaves(world, number, i16(world, COLLECT_DAYS, number), time)


@compiled
def hand_over(world, file, time):
    """The person has the result."""
    note_time(world, RETURNED_MS, file, time)
    note_code(world, STATE, file, RETURNED)
    note_time(world, ENDED_MS, file, time)


# ── what the control plane does between two calls of ``advance`` ──────────────────────────────


@entry
def open_counters(floor, shift, time):
    """Counters open and call those who wait."""
    world = longs_of(floor)
    for pool in range(2 * world[SITES]):
        here = pool_at(world, pool)
        if world[here + POOL_ACTIVE]:
            world[here + POOL_OPEN] = world[here + SHIFT + shift]
            serve(world, here, time)


@entry
def close_counters(floor, reopening, time, sent_home):
    """Counters close; where they do not reopen today, those who wait are sent home."""
    world = longs_of(floor)
    for pool in range(2 * world[SITES]):
        here = pool_at(world, pool)
        if not world[here + POOL_ACTIVE]:
            continue
        world[here + POOL_OPEN] = 0
        if reopening == NEVER or not world[here + SHIFT + reopening]:
            sent_home[pool >> 1] += world[here + POOL_LENGTH]
            while world[here + POOL_LENGTH]:
                number = world[here + POOL_FIRST]
                take_out(world, here, number, time)
                leave(world, number, CLOSED_OUT, time, waited_until(world, number, time))


@entry
def officers_move(floor, officers, time):
    """Units have other numbers of officers from now on."""
    world = longs_of(floor)
    for unit in range(len(officers)):
        office = world[OFFICES] + unit * OFFICE_SIZE
        world[office + OFFICERS] = officers[unit]
        officers_take(world, office, time)


@entry
def close_books(floor, time, queue_ms, units):
    """The day's books of sites (person-time in queues) and units (received, finished, time used,
    backlog)."""
    world = longs_of(floor)
    for pool in range(2 * world[SITES]):
        here = pool_at(world, pool)
        if world[here + POOL_ACTIVE]:
            note_queue(world, here, time)
            queue_ms[pool >> 1] += world[here + POOL_AREA]
            world[here + POOL_AREA] = 0
    for unit in range(units.shape[1]):
        office = world[OFFICES] + unit * OFFICE_SIZE
        for row, what in enumerate((OFFICE_RECEIVED, OFFICE_FINISHED, OFFICE_BUSY_MS)):
            units[row, unit] = world[office + what]
            world[office + what] = 0
        units[3, unit] = world[office + OFFICE_LENGTH] + world[office + OFFICE_BUSY]


# ── afterwards ────────────────────────────────────────────────────────────────────────────────


@entry
def list_visits(world, columns):
    """The visits as columns of the records, which lie where ``columns`` says, in their order."""
    world, columns = longs_of(world), longs_of(columns)
    visits = longs(world[VISITS_AT])
    leader, purpose, size = ints(columns[0]), codes(columns[1]), shorts(columns[2])
    site, pool, set_off = shorts(columns[3]), codes(columns[4]), longs(columns[5])
    arrived, start, end = longs(columns[6]), longs(columns[7]), longs(columns[8])
    counter, outcome = shorts(columns[9]), codes(columns[10])
    for row in range(world[VISIT_COUNT]):
        visit = row * VISIT_SIZE
        who, how = visits[visit + WHO], visits[visit + HOW]
        leader[row] = who & NUMBER
        purpose[row] = who >> PURPOSE_BIT & 3
        size[row] = who >> SIZE_BIT & 0xFFFF
        site[row] = who >> POOL_BIT + 1
        pool[row] = who >> POOL_BIT & 1
        set_off[row] = visits[visit + SET_OFF]
        arrived[row] = visits[visit + ARRIVED]
        start[row] = visits[visit + BEGUN]
        end[row] = visits[visit + ENDED]
        counter[row] = (how >> COUNTER_BIT & 0xFF) - 1
        outcome[row] = how & 0xFF
