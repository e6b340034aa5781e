"""What moves satisfaction: the way from full marks to the score, split into its causes.

The score of a dossier (``kpis.satisfaction``) is a weighted sum of five factors. Each factor is a
starting level and a coefficient times what the person lived through, cut to 0..1; the factor of
feedback takes over a part of the mean of the four others. So the mean score of any dossiers is

    starting level + Σ effect per unit × mean of what was lived through + remainder,

exactly, where the remainder holds what the cut at 0 and 1 and the persons' tastes (0 on average)
make of it. The split needs sums of what was lived through, by day, district, field and channel.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from data.reference import Reference
from kpis.lookup import limit
from kpis.measures import CHANNELS, DAY_MS, MINUTE_MS
from kpis.satisfaction import EXPERIENCED, MOST_TIME_USED, TURNED_AWAY, coefficients
from simulation.records import Channel, Outcome, State

DRIVERS = (
    ("access", "travel_min"),
    ("access", "over_radius_km"),
    ("access", "online"),
    ("access", "full_online"),
    ("access", "agent"),
    ("access", "post"),
    ("procedures", "document"),
    ("procedures", "extra_visit"),
    ("procedures", "sent_home"),
    ("procedures", "supplement"),
    ("staff", "wait_min"),
    ("staff", "over_limit_min"),
    ("staff", "turned_away"),
    ("result", "late"),
    ("result", "time_used"),
    ("feedback", "complaint_on_time"),
    ("feedback", "complaint_late"),
)
Read = Callable[[str], np.ndarray]


@dataclass(frozen=True)
class Lived:
    """Sums of what people lived through, over the dossiers returned within the horizon.

    ``day``, ``district`` (row of the cube's districts), ``field``, ``channel``: of each cell;
    ``count``: dossiers [cell]; ``sums``: [cell, driver] in the order of ``DRIVERS``, each in the
    unit of its coefficient in ``satisfaction.csv``.
    """

    day: np.ndarray
    district: np.ndarray
    field: np.ndarray
    channel: np.ndarray
    count: np.ndarray
    sums: np.ndarray

    def over(
        self, first: int, end: int, district: int | None, field: int | None, channel: int | None
    ) -> tuple[int, np.ndarray]:
        """Dossiers and sums by driver over days ``first`` to before ``end`` and some codes."""
        low, high = np.searchsorted(self.day, (first, end))
        keep = np.ones(high - low, bool)
        for codes, wanted in (
            (self.district, district),
            (self.field, field),
            (self.channel, channel),
        ):
            if wanted is not None:
                keep &= codes[low:high] == wanted
        sums = self.sums[low:high][keep].sum(axis=0, dtype=np.float64)
        return int(self.count[low:high][keep].sum()), sums


def effects(reference: Reference) -> np.ndarray:
    """What one unit of each driver does to the overall score (share of full marks).

    An experienced factor counts by its own weight, and through the experience that feedback takes
    over.
    """
    found = coefficients(reference)
    feedback = found["feedback"]
    passed_on = float(feedback["weight"]) * float(feedback["experience"]) / len(EXPERIENCED)
    return np.array(
        [
            float(found[factor].get(driver, 0))
            * (float(found[factor]["weight"]) + (passed_on if factor in EXPERIENCED else 0))
            for factor, driver in DRIVERS
        ]
    )


def starting_level(reference: Reference) -> float:
    """The overall score of somebody who meets no obstacle at all and uses no online service."""
    found = coefficients(reference)
    experience = np.mean([float(found[factor]["start"]) for factor in EXPERIENCED])
    feedback = found["feedback"]
    level = float(feedback["start"]) + float(feedback["experience"]) * experience
    own = sum(float(found[f]["weight"]) * float(found[f]["start"]) for f in EXPERIENCED)
    return float(own + float(feedback["weight"]) * level)


def lived(
    dossier: Read,
    visit: Read,
    days: int,
    site_district: np.ndarray,
    fields: int,
    reference: Reference,
) -> Lived:
    """Sums of what people lived through.

    Args:
        dossier: a column of the dossiers by name, as in ``simulation.records`` with codes.
        visit: the same for the visits.
        days: length of the horizon.
        site_district: row of the district of each site.
        fields: number of fields.

    Columns are read one after the other, so that few are in memory at a time.
    """
    ended = dossier("ended_ms")
    kept = (dossier("state") == State.RETURNED) & (ended >= 0) & (ended < days * DAY_MS)
    rows = np.flatnonzero(kept)
    day = (ended[rows] // DAY_MS).astype(np.int64)
    del ended, kept
    district = site_district[dossier("site")[rows]]
    channel = dossier("channel")[rows]
    shape = (days, int(site_district.max(initial=0)) + 1, fields, len(CHANNELS))
    key = np.ravel_multi_index((day, district, dossier("field")[rows], channel), shape)
    found, cell = np.unique(key, return_inverse=True)
    sums = np.empty((len(found), len(DRIVERS)), np.float32)
    for number, values in enumerate(_each(dossier, visit, rows, channel, reference)):
        sums[:, number] = np.bincount(cell, values, len(found))
    codes = np.unravel_index(found, shape)
    return Lived(
        *(c.astype(np.int16) for c in codes),
        np.bincount(cell, minlength=len(found)).astype(np.int32),
        sums,
    )


def _each(dossier: Read, visit: Read, rows: np.ndarray, channel: np.ndarray, reference: Reference):
    """What each person lived through, driver by driver in the order of ``DRIVERS``."""
    radius_m = 1_000 * limit(reference, "access_radius")
    limit_ms = MINUTE_MS * limit(reference, "counter_transaction_limit")

    def own(name: str) -> np.ndarray:
        return dossier(name)[rows]

    yield own("travel_ms") / MINUTE_MS
    yield np.maximum(own("distance_m") - radius_m, 0) / 1_000
    yield channel == Channel.ONLINE
    yield own("full_online")
    yield channel == Channel.AGENT
    yield channel == Channel.POST
    yield own("documents") - own("reused")
    yield np.maximum(own("visits") - 1, 0)
    leader, outcome, of = own("leader"), visit("outcome"), visit("leader")
    yield _trips(of, outcome, (Outcome.SENT_HOME,), leader)
    supplements = own("supplements")
    yield supplements
    yield own("wait_ms") / MINUTE_MS
    yield np.maximum(own("transaction_ms") - limit_ms, 0) / MINUTE_MS
    yield _trips(of, outcome, TURNED_AWAY, leader)
    ready, due = own("ready_ms"), own("due_ms")
    yield (ready > due) | (supplements > 1)
    received = own("received_ms")
    used = (ready - received) / np.maximum(due - received, 1)
    yield np.clip(used, 0, MOST_TIME_USED)
    complaint, on_time = own("complaint"), own("complaint_on_time")
    yield complaint & on_time
    yield complaint & ~on_time


def _trips(
    of: np.ndarray, outcome: np.ndarray, outcomes: tuple[int, ...], leader: np.ndarray
) -> np.ndarray:
    """Trips that ended in one of these ways, by the dossier's leader."""
    ended = np.isin(outcome, np.array(outcomes, outcome.dtype))
    size = int(max(leader.max(initial=0), of.max(initial=0))) + 1
    return np.bincount(of[ended], minlength=size)[leader]
