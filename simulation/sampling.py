"""The draws of every citizen, in two passes that are compiled where numba can be had.

Random numbers are counted, not carried along: number *d* of a dossier is SplitMix64 (Steele, Lea
and Flood 2014) of the key of its purpose, commune and field, advanced by the dossier's own number
and *d*. A draw costs the same wherever it begins, and no draw depends on another.
"""

import math
from enum import IntEnum

import numpy as np

from simulation.calendar import DAY, HOUR, MINUTE
from simulation.compiling import compiled, entry
from simulation.records import NUMBER_BITS, Channel, Mode, ResultChannel

GENERATOR = "SplitMix64"


class Purpose(IntEnum):
    """What a stream of random numbers is for; a new purpose is added at the end."""

    ARRIVAL = 0
    CASE = 1  # uniforms of a person and each dossier
    WORK = 2  # normals of a person and each dossier


# A dossier's uniforms; a new one is added at the end.
(
    U_CHANNEL,
    U_ONLINE_TIME,
    U_MODE,
    U_SPEED,
    U_INFORMED,
    U_TICKET,
    U_BATCH,
    U_BATCH_SIZE,
    U_ATTEMPTS,
    U_RETURN_DAYS,
    U_GIVE_UP,
    U_PROCEDURE,
    U_INCOMPLETE,
    U_CAUGHT,
    U_SECOND,
    U_SUPPLEMENT_DAYS,
    U_DOCUMENTS,
    U_REUSE,
    U_DIGITISE,
    U_STORED,
    U_ELECTRONIC,
    U_RESULT,
    U_COLLECT_DAYS,
    U_FULL_ONLINE,
    U_PAY_ONLINE,
) = map(np.uint64, range(25))

# A dossier's standard normals; a new one is added at the end.
N_RECEPTION, N_WORK, N_ELAPSED, N_GUIDANCE, N_PATIENCE = map(np.uint64, range(5))

NUMBERS = (  # levers that are one number
    "batch_share",
    "batch_log_ratio",
    "batch_max",
    "retry_log_share",
    "max_attempts",
    "return_days_mean",
    "give_up",
    "guidance_sigma",
    "guidance_location",
    "patience_sigma",
    "patience_median_ms",
    "collect_days_mean",
    "second_supplement",
    "supplement_days_mean",
    "elapsed_sigma",
    "elapsed_median",
    "batch_time",
)
(
    BATCH_SHARE,
    BATCH_LOG_RATIO,
    BATCH_MAX,
    RETRY_LOG_SHARE,
    MAX_ATTEMPTS,
    RETURN_DAYS_MEAN,
    GIVE_UP,
    GUIDANCE_SIGMA,
    GUIDANCE_LOCATION,
    PATIENCE_SIGMA,
    PATIENCE_MEDIAN_MS,
    COLLECT_DAYS_MEAN,
    SECOND_SUPPLEMENT,
    SUPPLEMENT_DAYS_MEAN,
    ELAPSED_SIGMA,
    ELAPSED_MEDIAN,
    BATCH_TIME,
) = range(len(NUMBERS))

BY_PHASE = (  # levers with a value for each phase
    "channels.online",
    "channels.agent",
    "channels.post",
    "channels.full_process",
    "channels.pay_online",
    "choice.informed",
    "choice.online_ticket",
    "results.at_counter",
    "results.by_post",
    "files.incomplete",
    "files.caught",
    "redesign.work_cut",
    "redesign.documents_cut",
    "digitisation.at_reception",
    "digitisation.stored",
    "digitisation.electronic",
)
(
    ONLINE,
    AGENT,
    POST,
    FULL_PROCESS,
    PAY_ONLINE,
    INFORMED,
    ONLINE_TICKET,
    RESULT_AT_COUNTER,
    RESULT_BY_POST,
    INCOMPLETE,
    CAUGHT,
    WORK_CUT,
    DOCUMENTS_CUT,
    AT_RECEPTION,
    STORED,
    ELECTRONIC,
) = range(len(BY_PHASE))

# Columns in blocks of one dtype; those of the first four become part of the records.
BLOCKS = (
    (np.int64, ("need_ms",)),
    (np.int32, ("leader", "case")),
    (np.int16, ("batch_size", "commune")),
    (
        np.int8,
        (
            "field",
            "procedure",
            "channel",
            "mode",
            "documents",
            "stored",
            "electronic",
            "full_online",
            "paid_online",
            "result_channel",
            "digitise",
        ),
    ),
    (np.int64, ("patience_ms", "supplement_ms", "elapsed_ms")),
    (
        np.int32,
        ("overhead_ms", "pace_ms_per_km", "guidance_ms", "reception_ms", "reuse_ppm", "work_ms"),
    ),
    (np.int16, ("return_days", "collect_days")),
    (np.int8, ("informed", "ticket", "attempts", "gives_up", "rejections", "supplements")),
)

BY_COUNTER, BY_NET, BY_MAIL, BY_AGENT = map(
    int, (Channel.COUNTER, Channel.ONLINE, Channel.POST, Channel.AGENT)
)
IN_PERSON, ON_LINE, MAILED = map(
    int, (ResultChannel.COUNTER, ResultChannel.ONLINE, ResultChannel.POST)
)
MODES = len(Mode)
LONGEST_MS = float(10 * DAY)  # no single piece of work is longer; keeps int32 safe
QUARTER = 15 * MINUTE

DAY_BITS, PLACE_BITS, DRAW_BITS = 14, 8, 6  # of a day, a place in a batch, a draw
CASE_SHIFT, STREAM_SHIFT = DAY_BITS, DAY_BITS + NUMBER_BITS
GOLDEN, FIRST, SECOND = map(np.uint64, (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
S11, S12, S27, S30, S31 = map(np.uint64, (11, 12, 27, 30, 31))


@compiled
def word(base, number):
    """64 random bits."""
    mixed = base + GOLDEN * number
    mixed = (mixed ^ (mixed >> S30)) * FIRST
    mixed = (mixed ^ (mixed >> S27)) * SECOND
    return mixed ^ (mixed >> S31)


@compiled
def uniform(base, number):
    """In [0, 1)."""
    return np.int64(word(base, number) >> S11) * 2.0**-53


@compiled
def normal(base, number):
    """Standard normal, by the inverse of its distribution (Wichura 1988, algorithm AS 241,
    PPND7: seven digits)."""
    u = (np.int64(word(base, number) >> S12) + 0.5) * 2.0**-52
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        top = ((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179
        return q * top / (((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1.0)
    r = math.sqrt(-math.log(min(u, 1.0 - u)))
    if r <= 5.0:
        r -= 1.6
        top = ((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777
        z = top / ((0.12021132975 * r + 0.73700164250) * r + 1.0)
    else:
        r -= 5.0
        top = ((0.017337203997 * r + 0.42868294337) * r + 3.0812263860) * r + 6.6579051150
        z = top / ((0.012258202635 * r + 0.24197894225) * r + 1.0)
    return -z if q < 0.0 else z


@compiled
def exponential(base, number, mean):
    """Exponential with this mean."""
    return -mean * math.log1p(-uniform(base, number))


@compiled
def lognormal_ms(base, number, sigma, location):
    """A lognormal time, cut at the longest."""
    return min(math.exp(normal(base, number) * sigma + location), LONGEST_MS)


@compiled
def base_of(key, case, place):
    """Where the draws of a dossier begin in the stream of its purpose, commune and field."""
    return key + GOLDEN * np.uint64(((case << PLACE_BITS) | place) << DRAW_BITS)


@compiled
def channel_of(draw, levers, phase):
    """Online from the bottom of the uniform, then agent, then post: each moves only its own."""
    online = levers[ONLINE, phase]
    agent = online + levers[AGENT, phase]
    if draw < online:
        return BY_NET
    if draw < agent:
        return BY_AGENT
    return BY_MAIL if draw < agent + levers[POST, phase] else BY_COUNTER


@compiled
def result_channel_of(draw, channel, full, levers, phase):
    """Full-process services end online, post by post; the rest as the levers of results say."""
    if channel == BY_MAIL:
        return MAILED
    at_counter = levers[RESULT_AT_COUNTER, phase]
    if full or draw >= at_counter + levers[RESULT_BY_POST, phase]:
        return ON_LINE
    return IN_PERSON if draw < at_counter else MAILED


@compiled
def batch_size_of(base, numbers):
    """Dossiers of one person: 1, or 2 and a geometric number more, cut."""
    if uniform(base, U_BATCH) >= numbers[BATCH_SHARE]:
        return 1
    more = int(math.log1p(-uniform(base, U_BATCH_SIZE)) / numbers[BATCH_LOG_RATIO])
    return int(min(2.0 + more, numbers[BATCH_MAX]))


@compiled
def pace_of(speeds, row, draw):
    """Milliseconds per kilometre from a triangular speed in km/h."""
    low, mode, high = speeds[row, 0], speeds[row, 1], speeds[row, 2]
    width = max(high - low, 1e-6)
    if draw * width < mode - low:
        speed = low + math.sqrt(draw * width * max(mode - low, 0.0))
    else:
        speed = high - math.sqrt((1.0 - draw) * width * max(high - mode, 0.0))
    return int(HOUR / speed + 0.5)


@compiled
def time_at(weights, times, at, weight):
    """Time at a cumulative weight, at or after point ``at`` of a clock, and the point before."""
    while at + 2 < len(weights) and weights[at + 1] < weight:
        at += 1
    width = weights[at + 1] - weights[at]
    part = min(max((weight - weights[at]) / width, 0.0), 1.0) if width > 0.0 else 1.0
    return times[at] + part * (times[at + 1] - times[at]), at


@entry
def list_cases(
    rates,
    keys,
    numbers,
    levers,
    phase_of_day,
    working_before,
    weights,
    times,
    online_weights,
    online_times,
    online_first,
    end_ms,
    when,
    who,
):
    """Everybody who comes: ``when`` gets the time of need and the number in the list in one
    integer, ``who`` stream, case and day. Returns how many people and dossiers there are before
    ``end_ms``, or minus one if there is no room for all.

    ``keys``: [purpose, stream]; the streams are the fields of the first commune, then of the next.
    ``online_first``: the first point of the clock of online needs for each working day.
    """
    people = dossiers = 0
    whole, days = weights[-1], len(phase_of_day)
    for stream in range(len(rates)):
        rate, at, case, passed = rates[stream], 0, 0, 0.0
        most = rate * whole
        while most > 0.0:
            passed += exponential(keys[0, stream], np.uint64(case), 1.0)
            if passed >= most:
                break
            time, at = time_at(weights, times, at, passed / rate)
            need = int(time)
            day = min(need // DAY, days - 1)
            base = base_of(keys[1, stream], case, 0)
            draw = uniform(base, U_CHANNEL)
            if channel_of(draw, levers, phase_of_day[day]) != BY_COUNTER:
                number = working_before[day]
                point = number + uniform(base, U_ONLINE_TIME)
                time, _ = time_at(online_weights, online_times, online_first[number], point)
                need = int(time)
            if need < end_ms:
                if people == len(when):
                    return -1, -1
                when[people] = need << NUMBER_BITS | people
                who[people] = stream << STREAM_SHIFT | case << CASE_SHIFT | day
                people += 1
                dossiers += batch_size_of(base, numbers)
            case += 1
    return people, dossiers


@entry
def describe(
    when,
    who,
    keys,
    numbers,
    levers,
    phase_of_day,
    weekday,
    urban,
    peaks,
    modes,
    overhead,
    speeds,
    services,
    first_procedure,
    procedures,
    procedure_rows,
    need_ms,
    kept_ints,
    kept_shorts,
    kept_codes,
    longs,
    ints,
    shorts,
    codes,
):
    """The columns of all dossiers (``BLOCKS``), person by person in the order of ``when``.

    ``services``: [spread and location of the log of reception, of work, field];
    ``procedures``: [field + cumulated share, statutory ms, documents, fee; procedure].
    """
    row, fields = 0, services.shape[1]
    for person in range(len(when)):
        need = when[person] >> NUMBER_BITS
        packed = who[when[person] & ((1 << NUMBER_BITS) - 1)]
        stream = packed >> STREAM_SHIFT
        case = (packed >> CASE_SHIFT) & ((1 << NUMBER_BITS) - 1)
        day = packed & ((1 << DAY_BITS) - 1)
        commune, field, phase = stream // fields, stream % fields, phase_of_day[day]
        base, other = base_of(keys[1, stream], case, 0), base_of(keys[2, stream], case, 0)
        channel = channel_of(uniform(base, U_CHANNEL), levers, phase)
        online = channel in (BY_NET, BY_AGENT)
        full = online and uniform(base, U_FULL_ONLINE) < levers[FULL_PROCESS, phase]
        size = batch_size_of(base, numbers)
        draw, mode = uniform(base, U_MODE), 0
        while mode < MODES - 1 and draw >= modes[mode]:
            mode += 1
        result = result_channel_of(uniform(base, U_RESULT), channel, full, levers, phase)
        submits, collects = channel == BY_COUNTER, result == IN_PERSON
        pace = patience = guidance = 0
        informed = ticket = gives_up = False
        attempts = return_days = collect_days = 0.0
        if submits or collects:
            peak = peaks[(weekday + day) % 7, need % DAY // QUARTER]
            pace = pace_of(speeds, (mode * 2 + urban[commune]) * 2 + peak, uniform(base, U_SPEED))
            tolerance = math.exp(normal(other, N_PATIENCE) * numbers[PATIENCE_SIGMA])
            patience = int(max(1.0, numbers[PATIENCE_MEDIAN_MS] * tolerance))
            informed = uniform(base, U_INFORMED) < levers[INFORMED, phase]
            ticket = uniform(base, U_TICKET) < levers[ONLINE_TICKET, phase]
        if submits:
            more = int(math.log(max(uniform(base, U_ATTEMPTS), 1e-30)) / numbers[RETRY_LOG_SHARE])
            attempts = min(1.0 + more, numbers[MAX_ATTEMPTS])
            days = exponential(base, U_RETURN_DAYS, numbers[RETURN_DAYS_MEAN])
            return_days = max(0.5, days) + 0.5
            gives_up = uniform(base, U_GIVE_UP) < numbers[GIVE_UP]
            guidance = int(
                lognormal_ms(other, N_GUIDANCE, numbers[GUIDANCE_SIGMA], numbers[GUIDANCE_LOCATION])
            )
        if collects:
            collect_days = exponential(base, U_COLLECT_DAYS, numbers[COLLECT_DAYS_MEAN]) + 0.5
        which, draw = first_procedure[field], field + uniform(base, U_PROCEDURE)
        while which < len(procedure_rows) - 1 and procedures[0, which] <= draw:
            which += 1
        statutory, documents = procedures[1, which], procedures[2, which]
        fee = procedures[3, which] > 0.0
        leader = row
        for place in range(size):
            if place:
                base = base_of(keys[1, stream], case, place)
                other = base_of(keys[2, stream], case, place)
            incomplete = uniform(base, U_INCOMPLETE) < levers[INCOMPLETE, phase]
            caught, requests, pause = False, 0, 0.0
            if incomplete:
                caught = submits and uniform(base, U_CAUGHT) < levers[CAUGHT, phase]
                requests = 2 if uniform(base, U_SECOND) < numbers[SECOND_SUPPLEMENT] else 1
                pause = exponential(base, U_SUPPLEMENT_DAYS, numbers[SUPPLEMENT_DAYS_MEAN])
            reception = 0.0
            if submits:
                reception = max(
                    1.0, lognormal_ms(other, N_RECEPTION, services[0, field], services[1, field])
                )
                if place:
                    reception = max(1.0, int(reception) * numbers[BATCH_TIME])
            work = lognormal_ms(other, N_WORK, services[2, field], services[3, field])
            work *= 1.0 - levers[WORK_CUT, phase]
            elapsed = (
                numbers[ELAPSED_MEDIAN]
                * math.exp(normal(other, N_ELAPSED) * numbers[ELAPSED_SIGMA])
                * statutory
            )
            asked = int(
                documents * (1.0 - levers[DOCUMENTS_CUT, phase]) + uniform(base, U_DOCUMENTS)
            )
            electronic = (
                result == ON_LINE or uniform(base, U_ELECTRONIC) < levers[ELECTRONIC, phase]
            )
            need_ms[0, row] = need
            kept_ints[0, row] = leader
            kept_ints[1, row] = case
            kept_shorts[0, row] = size
            kept_shorts[1, row] = commune
            kept_codes[0, row] = field
            kept_codes[1, row] = procedure_rows[which]
            kept_codes[2, row] = channel
            kept_codes[3, row] = mode
            kept_codes[4, row] = asked
            kept_codes[5, row] = uniform(base, U_STORED) < levers[STORED, phase]
            kept_codes[6, row] = electronic
            kept_codes[7, row] = full
            kept_codes[8, row] = (
                fee and online and uniform(base, U_PAY_ONLINE) < levers[PAY_ONLINE, phase]
            )
            kept_codes[9, row] = result
            kept_codes[10, row] = online or uniform(base, U_DIGITISE) < levers[AT_RECEPTION, phase]
            longs[0, row] = patience
            longs[1, row] = int(MINUTE + pause * DAY) if incomplete else 0
            longs[2, row] = int(elapsed)
            ints[0, row] = overhead[mode]
            ints[1, row] = pace
            ints[2, row] = guidance
            ints[3, row] = int(reception)
            ints[4, row] = int(uniform(base, U_REUSE) * 1e6)
            ints[5, row] = int(max(1.0, work))
            shorts[0, row] = int(return_days)
            shorts[1, row] = int(collect_days)
            codes[0, row] = informed
            codes[1, row] = ticket
            codes[2, row] = int(attempts)
            codes[3, row] = gives_up
            codes[4, row] = 0 if place or not caught else requests
            codes[5, row] = 0 if caught else requests
            row += 1
