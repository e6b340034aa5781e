"""The service floor compiled: the same rules as the processes of ``centre``, on arrays.

The whole state is a ``Floor`` of few arrays (many small ones make numba slow to compile);
``advance`` lets everything happen that comes before a control event and returns. A person is the
number of their dossier. Events are 64-bit keys, time, rank and number one after the other, so that
their order is that of plain integers: those of today are in a heap or sorted, those of later days
lie in that day's pile.
"""

from collections import namedtuple

import numpy as np

from simulation.calendar import DAY, begins, ends, next_working_day, paused_days, worked
from simulation.compiling import compiled, entry
from simulation.records import NEVER, NUMBER_BITS, VISIT
from simulation.rules import (
    ABANDONED,
    AT_COUNTER,
    BY_HAND,
    BY_POST,
    CLOSED,
    CLOSED_OUT,
    COLLECT,
    CONTROL,
    COUNTER_FINISHES,
    ELECTRONICALLY,
    IMPATIENT,
    JOINS,
    NO_TICKET,
    OFFICER_FINISHES,
    PATIENCE_ENDS,
    REACHES_UNIT,
    REFUSED,
    RETURNED,
    SATURDAY,
    SENT_HOME,
    SERVED,
    SETS_OFF,
    SUBMIT,
    SUPPLEMENT,
    UNFINISHED,
    WAIT_OVER,
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
    *["need_ms", "patience_ms", "work_ms", "supplement_ms", "elapsed_ms"],
    *[
        "arrived_ms",
        "wait_ms",
        "received_ms",
        "taken_ms",
        "decided_ms",
        "ready_ms",
        "returned_ms",
        "ended_ms",
        "asked_ms",
    ],
    *["deadline", "taking", "work_now"],
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
) = range(len(LONG))

INT = (
    *["leader", "overhead_ms", "pace_ms_per_km", "guidance_ms", "reception_ms", "reuse_ppm"],
    *["distance_m", "travel_ms", "transaction_ms"],
    *["row", "pool", "behind", "ahead", "next_file", "first_result", "last_result", "next_result"],
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
) = range(len(INT))

SHORT = (
    *["batch_size", "commune", "return_days", "collect_days"],
    *["site", "visits_made", "paused_days", "trips"],
    *["results", "in_progress"],
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
) = range(len(SHORT))

BYTE = (
    *[
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
    ],
    *["reused", "requests", "state"],
    *[
        "purpose",
        "waiting",
        "new_trip",
        "rejections_left",
        "attempts_left",
        "requests_left",
        "stage",
    ],
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
) = range(len(BYTE))

# Places in the world: numbers that stay, what changes, and where each table begins.

NUMBERS = (
    *[
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
    ],
)

CHANGING = [
    "midnight",
    "heap_size",
    "todays",
    "today_next",
    "person",
    "nodes",
    "free_node",
    "visit_count",
    "received",
    "phase",
]

TABLES = [
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
]

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
    MIDNIGHT,
    HEAP_SIZE,
    TODAYS,
    TODAY_NEXT,
    PERSON,
    NODES,
    FREE_NODE,
    VISIT_COUNT,
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

HEAP, TODAY, NODE_KEY, NODE_NEXT = range(4)  # rows of the events

# ``long``, ``int``, ``short``, ``byte``: the blocks [row, dossier]; ``world``: all numbers that
# belong to no dossier, one after the other; ``before`` and ``day_of``: the calendar's;
# ``events`` [row, place] and ``visits`` grow.
Floor = namedtuple("Floor", "long int short byte world before day_of events visits")
VISITS = np.dtype([(c.name, c.dtype) for c in VISIT], align=True)

# What a dossier that has been received waits for.
FIRST_LOOK, SUPPLEMENTING, SECOND_LOOK, STEPS, POST = range(1, 6)

DONE, FULL = 0, 1  # what ``advance`` returns: FULL when an array must grow first
ROOM = 512  # places that one event may need in an array
NUMBER = (1 << NUMBER_BITS) - 1
RANK_AND_NUMBER = (1 << (NUMBER_BITS + 3)) - 1
EPOCH = 1 << 36  # keys are signed: time counts from the middle of what they can hold


# ── events ────────────────────────────────────────────────────────────────────────────────────


@compiled
def key_of(time, rank, number):
    """An event as one integer."""
    return (np.int64(time) - EPOCH) << (NUMBER_BITS + 3) | (rank | np.int64(number))


@compiled
def push(f, time, rank, number):
    """An event to come; what is due after the horizon never happens."""
    world, events = f.world, f.events
    if time >= world[END_MS]:
        return
    key = key_of(time, rank, number)
    if time < world[MIDNIGHT]:
        place = world[HEAP_SIZE]
        world[HEAP_SIZE] += 1
        while place:
            above = (place - 1) >> 1
            if events[HEAP, above] <= key:
                break
            events[HEAP, place] = events[HEAP, above]
            place = above
        events[HEAP, place] = key
        return
    node = world[FREE_NODE]
    if node == NEVER:
        node = world[NODES]
        world[NODES] += 1
    else:
        world[FREE_NODE] = events[NODE_NEXT, node]
    pile = world[PILE] + time // DAY
    events[NODE_KEY, node] = key
    events[NODE_NEXT, node] = world[pile]
    world[pile] = node


@compiled
def drop_first(f):
    """Take the least key out of the heap."""
    world, heap = f.world, f.events[HEAP]
    world[HEAP_SIZE] -= 1
    size = world[HEAP_SIZE]
    key = heap[size]
    place = 0
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
    """The next day's pile becomes today."""
    world, events = f.world, f.events
    pile = world[PILE] + world[MIDNIGHT] // DAY
    count = 0
    node = world[pile]
    while node != NEVER:
        events[TODAY, count] = events[NODE_KEY, node]
        count += 1
        following = events[NODE_NEXT, node]
        events[NODE_NEXT, node] = world[FREE_NODE]
        world[FREE_NODE] = node
        node = following
    events[TODAY, :count].sort()
    world[TODAYS] = count
    world[TODAY_NEXT] = 0
    world[MIDNIGHT] += DAY


@entry
def advance(f, until):
    """Let everything happen that comes before the control event at ``until``; DONE or FULL."""
    world, events = f.world, f.events
    people = f.long.shape[1]
    limit = key_of(until, CONTROL, 0)
    none = np.int64(0x7FFFFFFFFFFFFFFF)
    while True:
        if (
            world[HEAP_SIZE] + ROOM > events.shape[1]
            or world[NODES] + ROOM > events.shape[1]
            or world[VISIT_COUNT] + ROOM > len(f.visits)
        ):
            return FULL
        least, source = none, 0
        person = world[PERSON]
        if person < people:
            least = key_of(f.long[NEED_MS, person], SETS_OFF, person)
        if world[TODAY_NEXT] < world[TODAYS] and events[TODAY, world[TODAY_NEXT]] < least:
            least, source = events[TODAY, world[TODAY_NEXT]], 1
        if world[HEAP_SIZE] and events[HEAP, 0] < least:
            least, source = events[HEAP, 0], 2
        if least >= limit or least >= key_of(world[MIDNIGHT], 0, 0):
            if until < world[MIDNIGHT] or world[MIDNIGHT] >= world[END_MS]:
                return DONE
            begin_day(f)
            continue
        time = (least >> (NUMBER_BITS + 3)) + EPOCH
        if source == 0:
            world[PERSON] += f.short[BATCH_SIZE, person]
            arise(f, person, time)
            continue
        if source == 1:
            world[TODAY_NEXT] += 1
        else:
            drop_first(f)
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
    if f.byte[CHANNEL, number] == AT_COUNTER:
        f.byte[PURPOSE, number] = SUBMIT
        f.byte[REJECTIONS_LEFT, number] = f.byte[REJECTIONS, number]
        f.byte[ATTEMPTS_LEFT, number] = f.byte[ATTEMPTS, number]
        f.byte[NEW_TRIP, number] = 1
        sets_off(f, number, time)
        return
    f.short[SITE, number] = f.world[f.world[ONLINE_SITE] + home_of(f, number)]
    for file in range(number, number + f.short[BATCH_SIZE, number]):
        reuse(f, file)
    receive(f, number, time)


@compiled
def home_of(f, number):
    """Row of the district where the person lives."""
    return f.world[f.world[HOME] + f.short[COMMUNE, number]]


@compiled
def pool_of(f, number):
    """0 or 1, the kind of counter that receives the dossier's field."""
    return f.world[f.world[POOL_OF_FIELD] + f.byte[FIELD, number]]


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
    if f.byte[NEW_TRIP, number]:
        count_trip(f, number)
    pool, metres = choose(f, number, time)
    if pool == NEVER:
        again(f, number, 1, time, 0)
        return
    travel = travel_ms(f.int[OVERHEAD_MS, number], metres, f.int[PACE_MS_PER_KM, number])
    arrival = plan_arrival(f, number, pool, time + travel)
    row = f.world[VISIT_COUNT]
    f.world[VISIT_COUNT] += 1
    f.int[POOL, number] = pool
    f.int[ROW, number] = row
    purpose = f.byte[PURPOSE, number]
    visit = f.visits[row]
    visit.leader = number
    visit.purpose = purpose
    visit.size = 1
    if purpose == SUBMIT:
        visit.size = f.short[BATCH_SIZE, number]
    elif purpose == COLLECT:
        visit.size = f.short[RESULTS, number]
    visit.site = pool >> 1
    visit.pool = pool & 1
    visit.set_off_ms = arrival - travel
    visit.arrived_ms = NEVER
    visit.start_ms = NEVER
    visit.end_ms = NEVER
    visit.counter = NEVER
    visit.outcome = UNFINISHED
    push(f, arrival, JOINS, number)


@compiled
def count_trip(f, number):
    """One more trip for all dossiers concerned."""
    purpose = f.byte[PURPOSE, number]
    if purpose == SUBMIT:
        f.short[TRIPS, number] += 1
    elif purpose == SUPPLEMENT:
        f.short[VISITS_MADE, number] += 1
    else:
        file = np.int64(f.int[FIRST_RESULT, number])
        while file != NEVER:
            f.short[VISITS_MADE, file] += 1
            file = np.int64(f.int[NEXT_RESULT, file])


@compiled
def again(f, number, days, time, new_trip):
    """The person sets off once more, at the usual hour of a later working day."""
    day = next_working_day(time // DAY + max(1, days), f.before, f.day_of)
    f.byte[NEW_TRIP, number] = new_trip
    push(f, day * DAY + hour_of(f, number), SETS_OFF, number)


@compiled
def hour_of(f, number):
    """The person's usual hour."""
    world = f.world
    need = f.long[NEED_MS, number]
    return usual_hour(need, world[OPENS], world[CLOSES], world[LAST_DEPARTURE_MS])


@compiled
def choose(f, number, time):
    """Counters to go to and road in metres; NEVER when none opens today."""
    world = f.world
    never, nothing = np.int64(NEVER), np.int64(0)
    kind = day_kind(f, time // DAY)
    if kind == CLOSED:
        return never, nothing
    commune, field = np.int64(f.short[COMMUNE, number]), np.int64(f.byte[FIELD, number])
    if f.byte[PURPOSE, number] != SUBMIT:
        site = np.int64(f.short[SITE, f.int[LEADER, number]])
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
    if f.byte[INFORMED, number] and world[LEAST_TIME]:
        overhead, pace = f.int[OVERHEAD_MS, number], f.int[PACE_MS_PER_KM, number]
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
        day = next_working_day(earliest // DAY + 1, f.before, f.day_of)
        opening = world[OPENS]
        if world[here + SPANS + WORKING]:
            opening = world[here + SPAN_FROM + 2 * WORKING]
        earliest = day * DAY + opening
    if f.byte[TICKET, number] and world[TICKET_PPM]:
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
            world[slots : slots + 3 * world[SLOT_COUNT]] = 0
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
    world, pool = f.world, np.int64(f.int[POOL, number])
    here = pool_at(f, pool)
    f.visits[f.int[ROW, number]].arrived_ms = time
    if world[here + POOL_BUSY] < world[here + POOL_OPEN] and world[here + POOL_LENGTH] == 0:
        call(f, here, number, time)
        return
    left = np.int64(0)
    if world[world[IN_USE] + (pool >> 1)]:
        left = time_left(f, here, time)
    if left == 0:
        leave(f, number, CLOSED_OUT, time, 0)
    elif world[TICKET_CUTOFF] and expected_wait(f, here) >= left:
        leave(f, number, NO_TICKET, time, 0)
    else:
        line_up(f, here, number, time)


@compiled
def line_up(f, here, number, time):
    """The person joins the queue, for as long as patience lasts."""
    world = f.world
    note_length(f, here, time)
    last = world[here + POOL_LAST]
    f.byte[WAITING, number] = 1
    f.int[BEHIND, number] = NEVER
    f.int[AHEAD, number] = last
    if last == NEVER:
        world[here + POOL_FIRST] = number
    else:
        f.int[BEHIND, last] = number
    world[here + POOL_LAST] = number
    world[here + POOL_LENGTH] += 1
    f.long[DEADLINE, number] = NEVER
    patience = f.long[PATIENCE_MS, number]
    if patience != NEVER:
        deadline = opens_from(f, here, time) + patience
        f.long[DEADLINE, number] = deadline
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
    ahead, behind = f.int[AHEAD, number], f.int[BEHIND, number]
    if ahead == NEVER:
        world[here + POOL_FIRST] = behind
    else:
        f.int[BEHIND, ahead] = behind
    if behind == NEVER:
        world[here + POOL_LAST] = ahead
    else:
        f.int[AHEAD, behind] = ahead
    world[here + POOL_LENGTH] -= 1
    f.byte[WAITING, number] = 0


@compiled
def call(f, here, number, time):
    """The lowest free counter calls the person."""
    world, visit = f.world, f.visits[f.int[ROW, number]]
    free = world[here + POOL_FREE]
    lowest = free & -free
    world[here + POOL_FREE] = free ^ lowest
    world[here + POOL_BUSY] += 1
    counter = 0
    while lowest > 1:
        lowest >>= 1
        counter += 1
    visit.start_ms = time
    visit.counter = counter
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
    world, purpose = f.world, f.byte[PURPOSE, number]
    if purpose == SUPPLEMENT:
        return world[SUPPLEMENT_TIME_MS]
    if purpose == COLLECT:
        return world[RETURN_MS] * f.short[RESULTS, number]
    if f.byte[REJECTIONS_LEFT, number]:
        return max(np.int64(1), np.int64(f.int[GUIDANCE_MS, number]))
    size = np.int64(f.short[BATCH_SIZE, number])
    guidance = f.int[GUIDANCE_MS, number] // size
    total = np.int64(0)
    for file in range(number, number + size):
        reused = reuse(f, file)
        duration = guidance + f.int[RECEPTION_MS, file]
        if f.byte[DIGITISE, file]:
            duration += (f.byte[DOCUMENTS, file] - reused) * world[DIGITISE_MS]
        duration = max(np.int64(1), duration)
        f.int[TRANSACTION_MS, file] = duration
        total += duration
    return total


@compiled
def reuse(f, file):
    """Components of this dossier taken from the repository."""
    world, district = f.world, home_of(f, file)
    reused = reused_documents(
        np.int64(f.byte[DOCUMENTS, file]),
        np.int64(f.int[REUSE_PPM, file]),
        world[world[CEILING] + world[PHASE]],
        world[world[STORED_OF] + district],
        world[world[HALF] + district],
    )
    f.byte[REUSED, file] = reused
    return reused


@compiled
def counter_finishes(f, number, time):
    """The person leaves the counter, which calls the next."""
    visit = f.visits[f.int[ROW, number]]
    here = pool_at(f, np.int64(f.int[POOL, number]))
    submits = f.byte[PURPOSE, number] == SUBMIT
    outcome = np.int64(SERVED)
    if submits and f.byte[REJECTIONS_LEFT, number]:
        outcome = np.int64(SENT_HOME)
    visit.end_ms = time
    visit.outcome = outcome
    if submits:
        note_trip(f, number, visit.start_ms - visit.arrived_ms)
    f.world[here + POOL_BUSY] -= 1
    f.world[here + POOL_FREE] |= np.int64(1) << np.int64(visit.counter)
    serve(f, here, time)
    after_visit(f, number, outcome, time)


@compiled
def leave(f, number, outcome, time, waited):
    """The person goes without having been served."""
    visit = f.visits[f.int[ROW, number]]
    visit.end_ms = time
    visit.outcome = outcome
    if f.byte[PURPOSE, number] == SUBMIT:
        note_trip(f, number, waited)
    after_visit(f, number, np.int64(outcome), time)


@compiled
def waited_until(f, number, time):
    """Time since the person took a ticket."""
    return time - f.visits[f.int[ROW, number]].arrived_ms


@compiled
def patience_ends(f, number, time):
    """Who still waits then, leaves."""
    if f.byte[WAITING, number] and f.long[DEADLINE, number] == time:
        take_out(f, pool_at(f, np.int64(f.int[POOL, number])), number, time)
        leave(f, number, IMPATIENT, time, waited_until(f, number, time))


@compiled
def note_trip(f, number, waited):
    """The last trip to submit, and the waiting of all of them."""
    world = f.world
    site, commune = np.int64(f.int[POOL, number]) >> 1, np.int64(f.short[COMMUNE, number])
    place = commune * world[SITES] + site
    road = world[world[ROAD] + place]
    f.short[SITE, number] = site
    f.int[DISTANCE_M, number] = world[world[DISTANCE] + place]
    f.int[TRAVEL_MS, number] = travel_ms(
        f.int[OVERHEAD_MS, number], road, f.int[PACE_MS_PER_KM, number]
    )
    f.long[ARRIVED_MS, number] = f.visits[f.int[ROW, number]].arrived_ms
    f.long[WAIT_MS, number] += waited


@compiled
def after_visit(f, number, outcome, time):
    """What becomes of the person after a visit."""
    purpose = f.byte[PURPOSE, number]
    if purpose == SUBMIT:
        if outcome == SERVED:
            receive(f, number, time)
        elif outcome == SENT_HOME:
            f.byte[REJECTIONS_LEFT, number] -= 1
            come_back(f, number, f.byte[GIVES_UP, number] != 0, REFUSED, time)
        else:
            f.byte[ATTEMPTS_LEFT, number] -= 1
            come_back(f, number, f.byte[ATTEMPTS_LEFT, number] == 0, ABANDONED, time)
    elif outcome != SERVED:
        again(f, number, 1, time, 1)
    elif purpose == SUPPLEMENT:
        supplemented(f, number, time)
    else:
        file = np.int64(f.int[FIRST_RESULT, number])
        while file != NEVER:
            hand_over(f, file, time)
            file = np.int64(f.int[NEXT_RESULT, file])


@compiled
def come_back(f, number, never, state, time):
    """The person comes back some days later, or never."""
    if not never:
        again(f, number, np.int64(f.short[RETURN_DAYS, number]), time, 1)
        return
    for file in range(number, number + f.short[BATCH_SIZE, number]):
        f.byte[STATE, file] = state
        f.long[ENDED_MS, file] = time


# ── behind the counter ────────────────────────────────────────────────────────────────────────


@compiled
def receive(f, number, time):
    """The dossiers of a batch are received; each goes its own way."""
    world = f.world
    size = f.short[BATCH_SIZE, number]
    f.long[RECEIVED_MS, number] = time
    world[RECEIVED] += size
    f.short[IN_PROGRESS, number] = size
    f.int[FIRST_RESULT, number] = NEVER
    f.short[RESULTS, number] = 0
    for file in range(number, number + size):
        f.byte[REQUESTS_LEFT, file] = f.byte[SUPPLEMENTS, file]
        if unit_of(f, file) == NEVER:
            ready(f, file, time)
        elif not f.byte[DIGITISE, file] and world[CIRCULATION_MS]:
            push(f, after(f, time, world[CIRCULATION_MS]), REACHES_UNIT, file)
        else:
            look(f, file, FIRST_LOOK, time)


@compiled
def unit_of(f, file):
    """Row of the responsible unit."""
    world = f.world
    return world[world[UNITS_OF] + home_of(f, file) * world[FIELDS] + f.byte[FIELD, file]]


@compiled
def sessions(f):
    """The four hours of an office day."""
    return f.world[OPENS], f.world[LUNCH], f.world[REOPENS], f.world[CLOSES]


@compiled
def after(f, time, work):
    """When working time begun at ``time`` is done."""
    hours = sessions(f)
    return ends(worked(time, f.before, hours) + work, f.before, f.day_of, hours)


@compiled
def look(f, file, stage, time):
    """The dossier joins the queue of its unit's officers, for a first or second look."""
    world, unit = f.world, unit_of(f, file)
    office = world[OFFICES] + unit * OFFICE_SIZE
    work = f.long[WORK_MS, file]
    if stage == SECOND_LOOK:
        work = second_look_ms(work, world[SECOND_LOOK_PPM])
    f.long[WORK_NOW, file] = work
    f.byte[STAGE, file] = stage
    world[office + OFFICE_RECEIVED] += 1
    if world[office + OFFICE_LENGTH]:
        f.int[NEXT_FILE, world[office + OFFICE_LAST]] = file
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
        world[office + OFFICE_FIRST] = f.int[NEXT_FILE, file]
        world[office + OFFICE_LENGTH] -= 1
        world[office + OFFICE_BUSY] += 1
        hours = sessions(f)
        clock = worked(time, f.before, hours)
        f.long[TAKING, file] = begins(clock, f.before, f.day_of, hours)
        done = ends(clock + f.long[WORK_NOW, file], f.before, f.day_of, hours)
        push(f, done, OFFICER_FINISHES, file)


@compiled
def officer_finishes(f, file, time):
    """The officer takes the next dossier; this one needs a supplement, or is decided."""
    world = f.world
    office = world[OFFICES] + unit_of(f, file) * OFFICE_SIZE
    if f.byte[STAGE, file] == FIRST_LOOK:
        f.long[TAKEN_MS, file] = f.long[TAKING, file]
    world[office + OFFICE_BUSY] -= 1
    world[office + OFFICE_FINISHED] += 1
    world[office + OFFICE_BUSY_MS] += f.long[WORK_NOW, file]
    officers_take(f, office, time)
    if f.byte[REQUESTS_LEFT, file]:
        f.byte[REQUESTS_LEFT, file] -= 1
        f.byte[REQUESTS, file] += 1
        f.byte[STAGE, file] = SUPPLEMENTING
        f.long[ASKED_MS, file] = time
        push(f, time + f.long[SUPPLEMENT_MS, file], WAIT_OVER, file)
        return
    f.long[DECIDED_MS, file] = time
    elapsed = f.long[ELAPSED_MS, file]
    if elapsed:
        f.byte[STAGE, file] = STEPS
        push(f, after(f, time, elapsed), WAIT_OVER, file)
    else:
        ready(f, file, time)


@compiled
def wait_over(f, file, time):
    """The supplement is there, the other steps are done, or the post has delivered."""
    stage = f.byte[STAGE, file]
    if stage == STEPS:
        ready(f, file, time)
    elif stage == POST:
        hand_over(f, file, time)
    elif f.byte[CHANNEL, file] == AT_COUNTER:
        f.byte[PURPOSE, file] = SUPPLEMENT
        f.byte[NEW_TRIP, file] = 1
        sets_off(f, file, time)
    else:
        supplemented(f, file, time)


@compiled
def supplemented(f, file, time):
    """The clock runs again and the unit looks a second time."""
    asked = f.long[ASKED_MS, file]
    f.long[ASKED_MS, file] = NEVER
    f.short[PAUSED_DAYS, file] += paused_days(asked, time, f.before, sessions(f))
    look(f, file, SECOND_LOOK, time)


@compiled
def ready(f, file, time):
    """The result is signed and stored, and handed over, collected or sent."""
    number = np.int64(f.int[LEADER, file])
    f.long[READY_MS, file] = time
    if f.byte[STORED, file]:
        f.world[f.world[STORED_OF] + home_of(f, file)] += 1
    f.short[IN_PROGRESS, number] -= 1
    way = f.byte[RESULT_CHANNEL, file]
    if way == ELECTRONICALLY or (way == BY_HAND and can_wait_for_it(f, file, time)):
        hand_over(f, file, time)
    elif way == BY_HAND:
        f.int[NEXT_RESULT, file] = NEVER
        if f.short[RESULTS, number]:
            f.int[NEXT_RESULT, f.int[LAST_RESULT, number]] = file
        else:
            f.int[FIRST_RESULT, number] = file
        f.int[LAST_RESULT, number] = file
        f.short[RESULTS, number] += 1
    if f.short[IN_PROGRESS, number] == 0 and f.short[RESULTS, number]:
        collect(f, number, time)
    if way == BY_POST:
        f.byte[STAGE, file] = POST
        push(f, time + f.world[POST_MS], WAIT_OVER, file)


@compiled
def can_wait_for_it(f, file, time):
    """Same-day results ready while the counters are still open are handed over at once."""
    world, number = f.world, np.int64(f.int[LEADER, file])
    same_day = world[world[SAME_DAY] + f.byte[PROCEDURE, file]]
    if not same_day or f.byte[CHANNEL, file] != AT_COUNTER:
        return False
    if f.long[RECEIVED_MS, number] // DAY != time // DAY:
        return False
    here = pool_at(f, 2 * np.int64(f.short[SITE, number]) + pool_of(f, file))
    return world[here + POOL_OPEN] > 0


@compiled
def collect(f, number, time):
    """One trip for all results of a batch that are handed over at a counter."""
    f.byte[PURPOSE, number] = COLLECT
    f.byte[NEW_TRIP, number] = 1
    later = time // DAY + f.short[COLLECT_DAYS, number]
    day = next_working_day(later, f.before, f.day_of)
    leaves = day * DAY + hour_of(f, number)
    if leaves <= time:
        again(f, number, 1, time, 1)
    else:
        push(f, leaves, SETS_OFF, number)


@compiled
def hand_over(f, file, time):
    """The person has the result."""
    f.long[RETURNED_MS, file] = time
    f.byte[STATE, file] = RETURNED
    f.long[ENDED_MS, file] = time


# ── what the control plane does between two calls of ``advance`` ──────────────────────────────


@entry
def open_counters(f, shift, time):
    """Counters open and call those who wait."""
    world = f.world
    for pool in range(2 * world[SITES]):
        here = pool_at(f, pool)
        if world[here + POOL_ACTIVE]:
            world[here + POOL_OPEN] = world[here + SHIFT + shift]
            serve(f, here, time)


@entry
def close_counters(f, reopening, time, sent_home):
    """Counters close; where they do not reopen today, those who wait are sent home."""
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
def officers_move(f, officers, time):
    """Units have other numbers of officers from now on."""
    world = f.world
    for unit in range(len(officers)):
        office = world[OFFICES] + unit * OFFICE_SIZE
        world[office + OFFICERS] = officers[unit]
        officers_take(f, office, time)


@entry
def close_books(f, time, queue_ms, units):
    """The day's books of sites (person-time in queues) and units (received, finished, time used,
    backlog)."""
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
