"""Which units resolved how many dossiers late, from a run's records."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kpis.measures import DAY_MS
from kpis.satisfaction import is_late

COLUMNS = ["unit", "ready_ms", "due_ms", "supplements"]


def records_of(first: date, stop: date, start: date):
    """Filter of the records that were resolved from ``first`` to before ``stop``, in a run that
    begins on ``start``."""
    low, high = ((day - start) / timedelta(days=1) * DAY_MS for day in (first, stop))
    ready = pc.field("ready_ms")
    return (ready >= int(low)) & (ready < int(high))


def late_by_unit(records: pa.Table) -> pd.DataFrame:
    """Resolved and late dossiers of each unit that resolved any: id, resolved, late; most late
    first. ``records``: ``COLUMNS`` of the resolved dossiers of the period."""
    units = pc.dictionary_encode(records["unit"].cast(pa.string())).combine_chunks()
    codes = np.asarray(units.indices)
    columns = {n: records[n].to_numpy() for n in ("ready_ms", "due_ms", "supplements")}
    late = is_late(columns)
    names = units.dictionary.to_pylist()
    frame = pd.DataFrame(
        {
            "id": names,
            "resolved": np.bincount(codes, minlength=len(names)),
            "late": np.bincount(codes, late, len(names)).astype(np.int64),
        }
    )
    return frame.sort_values(["late", "id"], ascending=[False, True], ignore_index=True)
