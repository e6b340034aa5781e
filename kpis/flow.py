"""The flow of dossiers through the steps of a period, balanced like a bank account.

What stood at a step when the period began and what came in is what went on and what still stands
there at its end. Everything follows from the cube's sums of events up to either day.
"""

import numpy as np
import pandas as pd

from data.reference import Reference
from kpis.cube import Cube
from kpis.measures import CHANNELS
from kpis.totals import Slice

EVENTS = ("arrived", "received", "resolved", "on_time", "returned", "abandoned", "refused")


def steps(cube: Cube, part: Slice, reference: Reference) -> pd.DataFrame:
    """Flows between steps over a slice: source, target, dossiers; none of them is negative.

    Steps: ``new`` (needs that arose), ``reception``, one ``received_<channel>`` each, ``gave_up``
    (before reception), ``processing``, ``on_time``, ``late``, ``handing_over``, ``returned``;
    what stood at a step before and after the period is ``before_<step>`` and ``after_<step>``.
    """
    low, high = cube.totals.edges(part)
    until, during = (_events(cube, part, edges, reference) for edges in ((0, low), (low, high)))
    left = during["abandoned"].sum() + during["refused"].sum()
    before = {
        "reception": (
            until["arrived"] - until["received"] - until["abandoned"] - until["refused"]
        ).sum(),
        "processing": (until["received"] - until["resolved"]).sum(),
        "handing_over": (until["resolved"] - until["returned"]).sum(),
    }
    come = {name: during[name].sum() for name in EVENTS}
    after = {
        "reception": before["reception"] + come["arrived"] - come["received"] - left,
        "processing": before["processing"] + come["received"] - come["resolved"],
        "handing_over": before["handing_over"] + come["resolved"] - come["returned"],
    }
    late = come["resolved"] - come["on_time"]
    flows = [
        ("new", "reception", come["arrived"]),
        *((f"before_{step}", step, stock) for step, stock in before.items()),
        *(
            ("reception", f"received_{channel}", number)
            for channel, number in zip(CHANNELS, during["received"], strict=True)
        ),
        *(
            (f"received_{channel}", "processing", number)
            for channel, number in zip(CHANNELS, during["received"], strict=True)
        ),
        ("reception", "gave_up", left),
        ("processing", "on_time", come["on_time"]),
        ("processing", "late", late),
        ("on_time", "handing_over", come["on_time"]),
        ("late", "handing_over", late),
        ("handing_over", "returned", come["returned"]),
        *((step, f"after_{step}", stock) for step, stock in after.items()),
    ]
    return pd.DataFrame(
        [(source, target, int(number)) for source, target, number in flows if number > 0],
        columns=["source", "target", "dossiers"],
    )


def _events(
    cube: Cube, part: Slice, edges: tuple[int, int], reference: Reference
) -> dict[str, np.ndarray]:
    """Events by channel between two days."""
    sums = cube.totals.sums(part, np.array(edges), "channel", set(EVENTS), set(), reference)
    kept = [part.channels is None or channel in part.channels for channel in CHANNELS]
    return {name: np.where(kept, sums[name], 0) for name in EVENTS}
