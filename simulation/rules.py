"""The rule book: order of events, codes and integer rules that every form of the Centre shares.

Plain functions of integers, lists or arrays; the processes call them as they are, the compiled
floor compiles these same functions. Times are integer milliseconds.
"""

from simulation.calendar import DAY
from simulation.records import NUMBER_BITS, Channel, Outcome, Purpose, ResultChannel, State

MOST_COUNTERS = 60  # of one kind at one site
CLOSED, WORKING, SATURDAY = 0, 1, 2  # kinds of days (plan.day_kind)
MILLION = 1_000_000

# Order of events at the same instant; the number of the dossier fills the lower bits.
(
    COUNTER_FINISHES,
    OFFICER_FINISHES,
    CONTROL,
    SETS_OFF,
    JOINS,
    PATIENCE_ENDS,
    REACHES_UNIT,
    WAIT_OVER,
) = (rank << NUMBER_BITS for rank in range(8))

# The codes of the records as plain integers.
SUBMIT, SUPPLEMENT, COLLECT = map(int, Purpose)
SERVED, SENT_HOME, IMPATIENT, CLOSED_OUT, NO_TICKET, UNFINISHED = map(int, Outcome)
AT_COUNTER = int(Channel.COUNTER)
BY_HAND, ELECTRONICALLY, BY_POST = map(int, ResultChannel)
RETURNED, ABANDONED, REFUSED = map(int, (State.RETURNED, State.ABANDONED, State.REFUSED))


def travel_ms(overhead_ms, metres, pace_ms_per_km):
    """From home to the site."""
    return overhead_ms + metres * pace_ms_per_km // 1000


def expected_wait_ms(waiting, busy, counters, mean_ms):
    """What one more person has to expect at a queue, as far as people can know."""
    ahead = waiting + busy - counters + 1
    return ahead * mean_ms // counters if ahead > 0 else 0


def tickets(counters, slot_ms, mean_ms, share_ppm):
    """Online tickets for one slot: a share of those whom the counters can serve in it."""
    return counters * slot_ms // mean_ms * share_ppm // MILLION


def slot_begins(since, earliest, length):
    """First slot of a session that begins at ``since``, for who cannot come before ``earliest``
    (both after midnight)."""
    return since + max(0, earliest - since) // length * length


def usual_hour(need_ms, opens, closes, last_departure_ms):
    """Time of the day at which a person sets off again; in office hours."""
    return min(max(need_ms % DAY, opens), closes - last_departure_ms)


def reused_documents(documents, draw_ppm, ceiling_ppm, stored, half):
    """Components taken from the repository: the share grows with what is stored there,
    ceiling × stored ÷ (stored + half), in whole components by the dossier's own draw."""
    ppm = ceiling_ppm * stored // (stored + half)
    return (documents * ppm + draw_ppm) // MILLION


def second_look_ms(work_ms, share_ppm):
    """Work on a file that has been supplemented."""
    return max(1, work_ms * share_ppm // MILLION)
