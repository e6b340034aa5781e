"""How satisfied people are: the five SIPAS factors, scored from what each person lived through.

The coefficients are rows of ``satisfaction.csv``: every factor starts at a level and gains or
loses by its drivers, each a quantity of the person's own records. Tastes differ between people;
the differences are drawn once per run from a stream of their own.
"""

from collections.abc import Mapping

import numpy as np
from scipy.special import ndtri

from data.reference import Reference
from kpis.lookup import limit
from simulation.records import NEVER, Channel, Outcome, State, parts

FACTORS = ("access", "procedures", "staff", "result", "feedback")
EXPERIENCED = FACTORS[:4]
STREAM = 0x5A7  # purpose of this module's random numbers, beside the seed and the replication
MINUTE = np.float32(60_000)
TURNED_AWAY = (Outcome.IMPATIENT, Outcome.CLOSED_OUT, Outcome.NO_TICKET)
MOST_TIME_USED = np.float32(2)  # beyond twice the allowed time nothing gets worse
NAMED = ("commune", "field", "case", "leader")  # what a dossier's own name is made of
LIVED = (
    "channel",
    "travel_ms",
    "distance_m",
    "full_online",
    "documents",
    "reused",
    "visits",
    "supplements",
    "wait_ms",
    "transaction_ms",
    "received_ms",
    "ready_ms",
    "due_ms",
    "state",
)
NORMAL_BITS = 16
# Equally likely values: a look into a small table costs a fifth of the inverse.
NORMALS = ndtri((np.arange(2**NORMAL_BITS) + 0.5) / 2**NORMAL_BITS).astype(np.float32)
Columns = Mapping[str, np.ndarray]


def coefficients(reference: Reference) -> dict[str, dict[str, np.float32]]:
    """Coefficients of ``satisfaction.csv`` as {factor: {driver: coefficient}}."""
    found: dict[str, dict[str, np.float32]] = {}
    for row in reference.satisfaction.itertuples():
        found.setdefault(row.factor, {})[row.driver] = np.float32(row.coefficient)
    return found


def score(
    dossiers: Columns,
    visits: Columns,
    reference: Reference,
    seed: int = 0,
    replication: int = 0,
) -> dict[str, np.ndarray]:
    """Scores and complaints of every dossier whose result is in the person's hands.

    ``dossiers`` and ``visits`` have the columns of ``simulation.records``. Returns float32 arrays
    ``access``, ``procedures``, ``staff``, ``result``, ``feedback`` and ``overall`` in 0..1, NaN
    where the result has not been returned, and bool arrays ``complaint`` and
    ``complaint_on_time``. The same seed and replication give the same answer, bit for bit.
    """
    drivers, limits = coefficients(reference), _limits(reference)
    count, leader = len(dossiers["state"]), dossiers["leader"]
    trips = {
        "sent_home": _trips(visits, (Outcome.SENT_HOME,), count),
        "turned_away": _trips(visits, TURNED_AWAY, count),
    }
    taste = np.empty(count, np.float32)
    for part in parts(count):
        luck = Luck(_some(dossiers, NAMED, part), seed, replication, part.start)
        taste[part] = luck.normal("person") * drivers["overall"]["taste_person"]
    scores = {name: np.empty(count, np.float32) for name in (*FACTORS, "overall")}
    scores |= {name: np.empty(count, bool) for name in ("complaint", "complaint_on_time")}
    for part in parts(count):
        own = _some(dossiers, LIVED, part)
        own |= {name: column[leader[part]] for name, column in trips.items()}
        luck = Luck(_some(dossiers, NAMED, part), seed, replication, part.start)
        found = _scores(drivers, _lived(own, *limits), taste[leader[part]], luck)
        for name, values in found.items():
            scores[name][part] = values
    return scores


def _some(dossiers: Columns, names: tuple[str, ...], part: slice) -> dict[str, np.ndarray]:
    return {name: dossiers[name][part] for name in names}


def _scores(drivers, lived, taste: np.ndarray, luck: "Luck") -> dict[str, np.ndarray]:
    """Scores of some dossiers, by what their bearers lived through and their tastes."""
    scores = {}
    for factor in EXPERIENCED:
        own = luck.normal(factor)
        scores[factor] = _factor(drivers[factor], lived, taste, drivers["overall"], own)
    experience = sum(scores.values()) * np.float32(1 / len(scores))
    returned = lived["returned"]
    complaint, on_time = _complaints(drivers["feedback"], experience, returned, luck)
    lived |= {
        "experience": experience,
        "complaint_on_time": complaint & on_time,
        "complaint_late": complaint & ~on_time,
    }
    own = luck.normal("feedback")
    scores["feedback"] = _factor(drivers["feedback"], lived, taste, drivers["overall"], own)
    overall = np.zeros(len(taste), np.float32)
    for factor, values in scores.items():
        np.clip(values, 0, 1, out=values)
        values[~returned] = np.nan
        overall += drivers[factor]["weight"] * values
    return {
        **scores,
        "overall": overall,
        "complaint": complaint,
        "complaint_on_time": lived["complaint_on_time"],
    }


class Luck:
    """Random numbers that belong to a dossier, wherever it stands among the others.

    Keyed by seed, replication, purpose and the dossier's own name (commune, field, case, place in
    its batch), so that scenarios share the tastes of the people they share. The key is mixed by
    SplitMix64 (Steele, Lea and Flood 2014). ``first``: row of the first of these dossiers, where
    they are some of many.
    """

    PURPOSES = (
        "person",
        "access",
        "procedures",
        "staff",
        "result",
        "feedback",
        "complaint",
        "answer",
    )

    def __init__(self, dossiers: Columns, seed: int, replication: int, first: int = 0):
        place = np.arange(first, first + len(dossiers["leader"])) - dossiers["leader"]
        name = dossiers["commune"].astype(np.uint64)
        for column, bits in ((dossiers["field"], 8), (dossiers["case"], 32), (place, 8)):
            name <<= np.uint64(bits)
            name |= column.astype(np.uint64)
        sequence = np.random.SeedSequence((int(seed), int(replication), STREAM))
        self.words = sequence.generate_state(len(self.PURPOSES), np.uint64)
        self.name = name

    def uniform(self, purpose: str) -> np.ndarray:
        """Float32 in (0, 1), one for each dossier."""
        word = self._word(purpose)
        word >>= np.uint64(41)  # 23 bits: with the half below they fit a float32
        return (word.astype(np.float32) + np.float32(0.5)) * np.float32(2**-23)

    def normal(self, purpose: str) -> np.ndarray:
        """Standard normal float32, one for each dossier: one of ``NORMALS``."""
        return NORMALS[self._word(purpose) >> np.uint64(64 - NORMAL_BITS)]

    def _word(self, purpose: str) -> np.ndarray:
        """64 random bits for each dossier."""
        mixed = self.name ^ self.words[self.PURPOSES.index(purpose)]
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed ^= mixed >> np.uint64(shift)
            mixed *= np.uint64(factor)
        mixed ^= mixed >> np.uint64(31)
        return mixed


def _limits(reference: Reference) -> tuple[np.float32, np.float32]:
    """How far a site may be, m, and how long a transaction may take, ms."""
    radius_m = np.float32(1_000 * limit(reference, "access_radius"))
    return radius_m, np.float32(60_000 * limit(reference, "counter_transaction_limit"))


def _lived(dossiers: Columns, radius_m: np.float32, limit_ms: np.float32) -> dict[str, np.ndarray]:
    """What each person lived through, one array per driver, and whether the result is there."""
    channel = dossiers["channel"]
    return {
        "returned": dossiers["state"] == State.RETURNED,
        "travel_min": dossiers["travel_ms"] / MINUTE,
        "over_radius_km": _beyond(dossiers["distance_m"], radius_m) / np.float32(1_000),
        "online": channel == Channel.ONLINE,
        "full_online": dossiers["full_online"],
        "agent": channel == Channel.AGENT,
        "post": channel == Channel.POST,
        "document": dossiers["documents"] - dossiers["reused"],
        "extra_visit": np.maximum(dossiers["visits"] - 1, 0),
        "sent_home": dossiers["sent_home"],
        "supplement": dossiers["supplements"],
        "wait_min": dossiers["wait_ms"].astype(np.float32) / MINUTE,
        "over_limit_min": _beyond(dossiers["transaction_ms"], limit_ms) / MINUTE,
        "turned_away": dossiers["turned_away"],
        "late": is_late(dossiers),
        "time_used": _time_used(dossiers),
    }


def is_late(dossiers: Columns) -> np.ndarray:
    """Results that came after the statutory time, or after more than one supplement request."""
    ready = dossiers["ready_ms"]
    return (ready != NEVER) & ((ready > dossiers["due_ms"]) | (dossiers["supplements"] > 1))


def _beyond(values: np.ndarray, bound: np.float32) -> np.ndarray:
    excess = values.astype(np.float32)
    excess -= bound
    return np.maximum(excess, 0, out=excess)


def _trips(visits: Columns, outcomes: tuple[int, ...], count: int) -> np.ndarray:
    """Trips that ended in one of these ways, by leader."""
    ended = np.isin(visits["outcome"], np.array(outcomes, visits["outcome"].dtype))
    trips = np.bincount(visits["leader"][ended], minlength=count)
    return np.minimum(trips, 127).astype(np.int8)


def _time_used(dossiers: Columns) -> np.ndarray:
    """Time from reception to the result as a share of the time allowed."""
    received, ready = dossiers["received_ms"], dossiers["ready_ms"]
    used = (ready - received).astype(np.float32)
    used /= np.maximum(dossiers["due_ms"] - received, 1)
    used[ready == NEVER] = 0
    return np.clip(used, 0, MOST_TIME_USED, out=used)


def _factor(drivers, lived, taste, spread, values) -> np.ndarray:
    """A factor's level before clipping: start, drivers, the person's taste and the factor's."""
    values *= spread["taste_factor"]
    values += taste
    values += drivers["start"]
    for driver, coefficient in drivers.items():
        if driver in lived and coefficient:
            values += coefficient * lived[driver]
    return values


def _complaints(drivers, experience, returned, luck) -> tuple[np.ndarray, np.ndarray]:
    """Who complains, the worse the experience the likelier, and whose answer comes on time."""
    chance = np.maximum(drivers["complaint_threshold"] - experience, 0)
    chance *= drivers["complaint_slope"]
    chance += drivers["complaint_base"]
    complaint = luck.uniform("complaint") < chance
    on_time = luck.uniform("answer") < drivers["handled_on_time"]
    return complaint & returned, on_time
