"""What an ensemble must come to, whatever happens to those who make it."""

import pandas as pd

from data.store import files
from kpis import build, findings
from simulation import simulate


def made_one_by_one(scenario, count):
    """Findings of all replications, made one after the other in this process."""
    return pd.concat(
        [findings.of(build(simulate(scenario, number))) for number in range(count)],
        ignore_index=True,
    )


def assert_same(runs, run_id, undisturbed):
    """The ensemble is whole, nothing in it twice, and nothing half-made is left."""
    table = runs.replications(run_id)
    pd.testing.assert_frame_equal(table, undisturbed, check_dtype=False)
    assert runs.get(run_id).replications_done == undisturbed["replication"].nunique()
    assert not list((runs.store.var / files.REPLICATIONS).glob("*"))
