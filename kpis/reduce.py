"""Records to cells: each event counted on its own day, in the cell of its site, field and channel.

What lies outside the horizon is not counted. A dossier that has reached no site yet counts at the
virtual site of its district.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from data.reference import Reference
from kpis import satisfaction
from kpis.lookup import limit
from kpis.measures import (
    BY_NAME,
    CELL,
    CHANNELS,
    DAY_MS,
    HISTOGRAM_BY_NAME,
    MINUTE_MS,
    SCORE_UNITS,
)
from simulation.plan import Plan
from simulation.records import NEVER, Channel, Outcome, State, parts

EVENTS = ("need", "received", "ready", "ended", "visit")
DIMENSIONS = {"day": "int16", "site": "int16", "field": "int8", "channel": "int8"}
Columns = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Sparse:
    """A histogram per cell: cell ``i`` has the bins and counts from ``offsets[i]`` to the next."""

    offsets: np.ndarray
    bins: np.ndarray
    counts: np.ndarray


def reduce(
    dossiers: Columns, visits: Columns, scores: Columns, plan: Plan, reference: Reference
) -> tuple[Columns, Columns, dict[str, Sparse]]:
    """Cells of all records: (dimensions, measures of ``measures.CELL``, histograms), ordered by
    day, site, field and channel.

    ``dossiers`` and ``visits`` have the columns of ``simulation.records``, ``scores`` those of
    ``satisfaction.score``. One integer key per event (day, site, field, channel); a dense table of
    keys gives the non-empty cells their numbers; sums are weighted counts, exact below 2**53.
    """
    cells = _Cells(dossiers, visits, plan)
    measures = _Sums(cells.count)
    _needs(measures, cells)
    histograms = {
        "wait": _visits(measures, cells, visits),
        "transaction": _received(measures, cells, dossiers, plan, reference),
        "result": _ready(measures, cells, dossiers),
    }
    _ended(measures, cells, dossiers, scores)
    return cells.dimensions, {m.name: measures.columns[m.name] for m in CELL}, histograms


class _Cells:
    """The cell number of every event; ``count`` stands for events that are not counted.

    Each kind of event is taken once: the numbers of all at a time are much memory.
    """

    def __init__(self, dossiers: Columns, visits: Columns, plan: Plan):
        self.fields, self.channels = len(plan.fields), len(CHANNELS)
        self.days, self.end = plan.days, plan.days * DAY_MS
        self.stride = len(plan.sites) * self.fields * self.channels
        what = dossiers["field"].astype(np.int16) * np.int16(self.channels) + dossiers["channel"]
        site = _known_site(dossiers, plan)
        keys = [self._keys(dossiers[f"{name}_ms"], site, what) for name in EVENTS[:-1]]
        keys.append(self._keys(visits["arrived_ms"], visits["site"], what, visits["leader"]))
        number = self._number(keys)
        for key in keys:
            for part in parts(len(key)):
                key[part] = number[key[part]]
        self.by_event = dict(zip(EVENTS, keys, strict=True))

    def take(self, event: str) -> np.ndarray:
        """The cells of all events of this kind, which are not kept."""
        return self.by_event.pop(event)

    def _keys(
        self,
        time_ms: np.ndarray,
        site: np.ndarray,
        what: np.ndarray,
        whose: np.ndarray | None = None,
    ) -> np.ndarray:
        """Day, site, field and channel in one number; the last key for what is not counted.

        ``what``: field and channel by dossier; ``whose``: which dossier it is about.
        """
        keys = np.empty(len(time_ms), np.int32)
        for part in parts(len(keys)):
            time = time_ms[part]
            key = (time // DAY_MS).astype(np.int32) * np.int32(self.stride)
            key += site[part] * np.int32(self.fields * self.channels)
            key += what[part] if whose is None else what[whose[part]]
            key[(time < 0) | (time >= self.end)] = self.days * self.stride
            keys[part] = key
        return keys

    def _number(self, keys: Iterable[np.ndarray]) -> np.ndarray:
        """Cell number by key, in the order of the keys."""
        size = self.days * self.stride
        occupied = np.zeros(size + 1, bool)
        for key in keys:
            occupied[key] = True
        occupied[size] = False
        found = np.flatnonzero(occupied)
        self.count = len(found)
        number = np.full(size + 1, self.count, np.int32)
        number[found] = np.arange(self.count, dtype=np.int32)
        day, rest = np.divmod(found, self.stride)
        site, rest = np.divmod(rest, self.fields * self.channels)
        field, channel = np.divmod(rest, self.channels)
        self.dimensions = {
            name: values.astype(DIMENSIONS[name])
            for name, values in zip(DIMENSIONS, (day, site, field, channel), strict=True)
        }
        return number

    def only(self, cell: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """The cells of the events for which the mask holds."""
        return np.where(mask, cell, np.int32(self.count))


def _known_site(dossiers: Columns, plan: Plan) -> np.ndarray:
    """The dossier's site, or its district's virtual site while it has reached none."""
    site = dossiers["site"].copy()
    nowhere = np.flatnonzero(site == NEVER)
    site[nowhere] = plan.online_site[plan.commune_district[dossiers["commune"][nowhere]]]
    return site


class _Sums:
    """Sums of measures by cell, in the dtypes of ``measures``."""

    def __init__(self, count: int):
        self.count = count
        self.columns: dict[str, np.ndarray] = {}

    def add(self, name: str, cell: np.ndarray, values: np.ndarray | None = None) -> None:
        """Count the cells, or sum whole numbers by cell."""
        from kpis.tally import tally  # brings numba along, which pages do not need

        values = np.ones(len(cell), np.int8) if values is None else values
        self.columns[name] = tally(cell, values, self.count).astype(BY_NAME[name].dtype)

    def part(self, name: str, whole: str, cells: np.ndarray) -> None:
        """Of another measure what belongs to some cells."""
        self.columns[name] = (self.columns[whole] * cells).astype(BY_NAME[name].dtype)


def _needs(measures: _Sums, cells: _Cells) -> None:
    measures.add("arrived", cells.take("need"))


def _visits(measures: _Sums, cells: _Cells, visits: Columns) -> Sparse:
    """… and how long people waited."""
    cell = cells.take("visit")
    measures.add("visits", cell)
    measures.add("travel_ms", cell, visits["arrived_ms"] - visits["set_off_ms"])
    outcomes = {
        "served": Outcome.SERVED,
        "sent_home": Outcome.SENT_HOME,
        "impatient": Outcome.IMPATIENT,
        "closed_out": Outcome.CLOSED_OUT,
        "no_ticket": Outcome.NO_TICKET,
    }
    for name, outcome in outcomes.items():
        measures.add(name, cell, visits["outcome"] == outcome)
    called = cells.only(cell, visits["start_ms"] != NEVER)
    measures.add("waits", called)
    measures.add("wait_ms", called, visits["start_ms"] - visits["arrived_ms"])
    return _sparse("wait", called, visits["arrived_ms"], visits["start_ms"], cells.count)


def _received(
    measures: _Sums, cells: _Cells, dossiers: Columns, plan: Plan, reference: Reference
) -> Sparse:
    """… and how long the transactions at a counter took."""
    cell = cells.take("received")
    measures.add("received", cell)
    channel = cells.dimensions["channel"]
    online = (channel == Channel.ONLINE) | (channel == Channel.AGENT)
    measures.part("received_online", "received", online)
    measures.part("received_post", "received", channel == Channel.POST)
    land = (plan.fields["pool"] == "land").to_numpy()
    measures.part("received_land", "received", land[cells.dimensions["field"]])
    fee = plan.procedures["fee"].to_numpy(bool)[dossiers["procedure"]]
    measures.add("full_online", cell, dossiers["full_online"])
    measures.add("fee_bearing", cell, fee)
    measures.add("paid_online", cell, dossiers["paid_online"])
    measures.add("digitised", cell, dossiers["digitised"])
    measures.add("documents", cell, dossiers["documents"])
    measures.add("reused", cell, dossiers["reused"])
    limit_ms = limit(reference, "counter_transaction_limit") * MINUTE_MS
    duration = dossiers["transaction_ms"]
    measures.part("transactions", "received", channel == Channel.COUNTER)
    at_counter = cells.only(cell, dossiers["channel"] == Channel.COUNTER)
    measures.add("transactions_within_limit", at_counter, duration <= limit_ms)
    measures.add("transaction_ms", at_counter, duration)
    return _sparse("transaction", at_counter, None, duration, cells.count)


def _ready(measures: _Sums, cells: _Cells, dossiers: Columns) -> Sparse:
    """… and how long it took from reception to the result."""
    cell = cells.take("ready")
    received, ready = dossiers["received_ms"], dossiers["ready_ms"]
    measures.add("resolved", cell)
    measures.add("on_time", cell, ~satisfaction.is_late(dossiers))
    measures.add("supplemented", cell, dossiers["supplements"] > 0)
    measures.add("stored", cell, dossiers["stored"])
    measures.add("electronic", cell, dossiers["electronic"])
    measures.add("result_ms", cell, ready - received)
    return _sparse("result", cell, received, ready, cells.count)


def _ended(measures: _Sums, cells: _Cells, dossiers: Columns, scores: Columns) -> None:
    state, cell = dossiers["state"], cells.take("ended")
    measures.add("abandoned", cell, state == State.ABANDONED)
    measures.add("refused", cell, state == State.REFUSED)
    returned = cells.only(cell, state == State.RETURNED)
    measures.add("returned", returned)
    complained = cells.only(returned, scores["complaint"])
    for factor in (*satisfaction.FACTORS, "overall"):
        whole = score_units(scores[factor])
        measures.add(f"score_{factor}", returned, whole)
        if factor == "feedback":
            measures.add("score_complaint", complained, whole)
    measures.add("complaints", complained)
    measures.add("complaints_on_time", returned, scores["complaint_on_time"])


def score_units(score: np.ndarray) -> np.ndarray:
    """A score in 0..1 in whole ten-thousandths (float32, whole numbers or NaN)."""
    return np.rint(score * np.float32(SCORE_UNITS))


def _sparse(
    name: str, cell: np.ndarray, since_ms: np.ndarray | None, until_ms: np.ndarray, count: int
) -> Sparse:
    """A histogram of durations per cell."""
    from kpis.tally import histograms

    histogram = HISTOGRAM_BY_NAME[name]
    bins = np.empty(len(cell), np.uint8)
    for part in parts(len(cell)):
        values = until_ms[part] if since_ms is None else until_ms[part] - since_ms[part]
        bins[part] = histogram.bin_of(values)  # of what is not counted it is whatever it is
    return Sparse(*histograms(cell, bins, count))
