"""The additive measures of the cube: columns fixed here and nowhere else.

A measure counts or sums an event of the records on the day of that event, in the cell of day,
site, field and channel. Every KPI is a formula over these sums.
"""

from dataclasses import dataclass

import numpy as np

from simulation.records import Channel

CHANNELS = tuple(channel.name.lower() for channel in Channel)
MINUTE_MS = 60_000
DAY_MS = 86_400_000
SCORE_UNITS = 10_000  # scores are summed as whole ten-thousandths, so that sums are exact


@dataclass(frozen=True)
class Measure:
    """A column of the cube: the event whose day counts, dtype, unit and meaning."""

    name: str
    event: str
    dtype: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Histogram:
    """Counts by duration: a bin for exactly 0, ``bins`` bins of ``width_ms`` that include their
    upper end, and an open bin for all that is longer."""

    name: str
    event: str
    width_ms: int
    bins: int
    meaning: str

    @property
    def size(self) -> int:
        """Number of bins, those for 0 and for the longest included."""
        return self.bins + 2

    def bin_of(self, values_ms: np.ndarray) -> np.ndarray:
        """Bin of each duration (whole ms, not negative)."""
        width = values_ms.dtype.type(self.width_ms)
        return np.minimum((values_ms + (width - 1)) // width, self.bins + 1)


CELL = (
    Measure("arrived", "need", "int32", "dossiers", "needs that arose"),
    Measure("visits", "visit", "int32", "visits", "arrivals at a site, whatever for"),
    Measure("travel_ms", "visit", "int64", "ms", "time on the way, one way"),
    Measure("waits", "visit", "int32", "visits", "called to a counter"),
    Measure("wait_ms", "visit", "int64", "ms", "from ticket to counter, of those called"),
    Measure("served", "visit", "int32", "visits", "ended served"),
    Measure("sent_home", "visit", "int32", "visits", "ended with an incomplete file"),
    Measure("impatient", "visit", "int32", "visits", "ended by leaving the queue"),
    Measure("closed_out", "visit", "int32", "visits", "ended because the site closed"),
    Measure("no_ticket", "visit", "int32", "visits", "ended at the door without a ticket"),
    Measure("received", "received", "int32", "dossiers", "received"),
    Measure("received_online", "received", "int32", "dossiers", "… online, agents included"),
    Measure("received_post", "received", "int32", "dossiers", "… by post"),
    Measure("received_land", "received", "int32", "dossiers", "… about land"),
    Measure("full_online", "received", "int32", "dossiers", "… as a full-process service"),
    Measure("fee_bearing", "received", "int32", "dossiers", "… with a fee"),
    Measure("paid_online", "received", "int32", "dossiers", "… with the fee paid online"),
    Measure("digitised", "received", "int32", "dossiers", "… digitised before processing"),
    Measure("documents", "received", "int32", "documents", "components asked for"),
    Measure("reused", "received", "int32", "documents", "components taken from the repository"),
    Measure("transactions", "received", "int32", "dossiers", "received at a counter"),
    Measure("transactions_within_limit", "received", "int32", "dossiers", "… within 15 minutes"),
    Measure("transaction_ms", "received", "int64", "ms", "time at the counter for the dossier"),
    Measure("resolved", "ready", "int32", "dossiers", "result signed and stored"),
    Measure("on_time", "ready", "int32", "dossiers", "… in the statutory time"),
    Measure("supplemented", "ready", "int32", "dossiers", "… after a supplement"),
    Measure("stored", "ready", "int32", "dossiers", "… stored for reuse"),
    Measure("electronic", "ready", "int32", "dossiers", "… as a signed electronic document"),
    Measure("result_ms", "ready", "int64", "ms", "from reception to the result"),
    Measure("returned", "ended", "int32", "dossiers", "result in the person's hands"),
    Measure("abandoned", "ended", "int32", "dossiers", "given up after trips without service"),
    Measure("refused", "ended", "int32", "dossiers", "given up after an incomplete file"),
    Measure("score_access", "ended", "int64", "1/10,000", "score of access, of those returned"),
    Measure("score_procedures", "ended", "int64", "1/10,000", "score of procedures"),
    Measure("score_staff", "ended", "int64", "1/10,000", "score of staff"),
    Measure("score_result", "ended", "int64", "1/10,000", "score of the result"),
    Measure("score_feedback", "ended", "int64", "1/10,000", "score of feedback"),
    Measure("score_overall", "ended", "int64", "1/10,000", "overall score"),
    Measure("complaints", "ended", "int32", "dossiers", "with a complaint"),
    Measure("complaints_on_time", "ended", "int32", "dossiers", "… answered on time"),
    Measure("score_complaint", "ended", "int64", "1/10,000", "feedback score of who complained"),
)

SITE_DAY = (
    Measure("counter_capacity_ms", "site-day", "int64", "ms", "open counter time"),
    Measure("counter_busy_ms", "site-day", "int64", "ms", "counter time used"),
    Measure("queue_ms", "site-day", "int64", "ms", "person-time in the queue"),
    Measure("waiting_at_close", "site-day", "int64", "visits", "sent home at closing time"),
)

UNIT_DAY = (
    Measure("unit_received", "unit-day", "int64", "dossiers", "reached the unit"),
    Measure("unit_finished", "unit-day", "int64", "dossiers", "left the unit's officers"),
    Measure("unit_busy_ms", "unit-day", "int64", "ms", "officers' time used"),
    Measure("unit_capacity_ms", "unit-day", "int64", "ms", "officers' time available"),
)

# Not additive over days: taken at the last day of a period.
STOCK = (
    Measure("unit_backlog", "stock", "int64", "dossiers", "waiting or in hand at units"),
    Measure("reception_units", "stock", "int64", "units", "reception units open"),
    Measure("population", "stock", "int64", "people", "inhabitants"),
    Measure("people_near", "stock", "int64", "people", "within the radius of a site"),
    Measure("people_in_time", "stock", "int64", "people", "within the time by motorbike, peak"),
    Measure("people_near_or_in_time", "stock", "int64", "people", "within radius or time"),
)

HISTOGRAMS = (
    Histogram("wait", "visit", MINUTE_MS, 240, "waiting time, 1-minute bins to 4 hours"),
    Histogram("transaction", "received", MINUTE_MS, 120, "time at the counter, 1-minute bins"),
    Histogram("result", "ready", DAY_MS // 2, 120, "time to the result, half days to 60 days"),
)

BY_NAME = {m.name: m for m in (*CELL, *SITE_DAY, *UNIT_DAY, *STOCK)}
HISTOGRAM_BY_NAME = {h.name: h for h in HISTOGRAMS}
