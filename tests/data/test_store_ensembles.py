"""Ensembles in a process of their own: killed, cancelled, resumed; none lost, none twice."""

import os
import signal

import psutil
import pytest

from data.store import Runs, StoreError, files
from kpis.ensemble import Until
from simulation import load_scenario
from tests.data.ensembles import assert_same, made_one_by_one
from tests.data.test_store_worker import status
from tests.patience import PATIENCE_S, wait_for

WANTED = 8


@pytest.fixture(scope="module")
def month():
    return load_scenario("plan-30-branches", ["horizon.end=2024-11-01", "demand.level=0.2"])


@pytest.fixture(scope="module")
def undisturbed(month):
    return made_one_by_one(month, WANTED)


@pytest.fixture
def runs(sqlite_store):
    made = Runs(sqlite_store)
    yield made
    made.shutdown()


def begin(runs, scenario, finished=2, **more):
    """Start an ensemble and wait until some of its replications are finished."""
    run_id = runs.create(scenario, replications=WANTED, **more)
    runs.start(run_id)
    wait_for(lambda: runs.progress(run_id).replications_done >= finished)
    return run_id


def helpers(runs, run_id):
    """Processes that make replications for a run."""
    worker = psutil.Process(runs._workers[run_id].pid)
    return [p for p in worker.children(recursive=True) if "spawn_main" in " ".join(p.cmdline())]


def test_an_ensemble_killed_midway_goes_on_where_it_was(runs, month, undisturbed):
    run_id = begin(runs, month)
    orphans = helpers(runs, run_id)
    os.kill(runs._workers[run_id].pid, signal.SIGKILL)
    wait_for(lambda: status(runs, run_id) == "died")
    psutil.wait_procs(orphans, timeout=PATIENCE_S)
    assert not any(process.is_running() for process in orphans)
    kept = list((runs.store.var / files.REPLICATIONS / run_id).glob("*.parquet"))
    written = {path: path.stat().st_mtime_ns for path in kept}
    assert kept
    runs.restart(run_id)
    wait_for(lambda: runs.progress(run_id).replications_done > len(kept))
    assert all(path.stat().st_mtime_ns == written[path] for path in kept if path.exists())
    wait_for(lambda: status(runs, run_id) != "running")
    assert status(runs, run_id) == "done"
    assert_same(runs, run_id, undisturbed)


def test_when_a_helper_dies_its_replication_is_made_again(runs, month, undisturbed):
    run_id = begin(runs, month, finished=1)
    helpers(runs, run_id)[0].kill()
    wait_for(lambda: status(runs, run_id) != "running")
    assert runs.get(run_id).error_en == ""
    assert_same(runs, run_id, undisturbed)


def test_a_cancelled_ensemble_stops_and_can_go_on_later(runs, month, undisturbed):
    run_id = begin(runs, month)
    runs.cancel(run_id)
    wait_for(lambda: status(runs, run_id) == "cancelled")
    with pytest.raises(StoreError):
        runs.replications(run_id)
    runs.restart(run_id)
    wait_for(lambda: status(runs, run_id) != "running")
    assert_same(runs, run_id, undisturbed)


def test_two_ensembles_at_once_do_not_disturb_each_other(runs, month, undisturbed):
    mine = runs.create(month, replications=WANTED)
    yours = runs.create(month, seed=1, replications=WANTED)
    assert runs.start(mine) and runs.start(yours)
    wait_for(lambda: {status(runs, mine), status(runs, yours)} == {"done"})
    assert_same(runs, mine, undisturbed)
    assert not runs.replications(yours)["value"].equals(undisturbed["value"])


def test_what_was_kept_of_another_version_or_damaged_is_made_again(runs, month, undisturbed):
    run_id = runs.create(month, replications=WANTED)
    var = runs.store.var
    wrong = undisturbed[undisturbed["replication"] == 1].assign(value=1.0)
    files.keep_replication(var, run_id, 1, wrong, "another version")
    (var / files.REPLICATIONS / run_id / "2.parquet").write_bytes(b"PAR1 half a file")
    runs.start(run_id)
    wait_for(lambda: status(runs, run_id) == "done")
    assert_same(runs, run_id, undisturbed)


def test_a_stopping_rule_ends_an_ensemble_early(runs, month):
    run_id = runs.create(month, replications=40, until=Until("wait_mean", 5.0))
    runs.start(run_id)
    wait_for(lambda: status(runs, run_id) != "running")
    run = runs.get(run_id)
    assert (run.status, run.replications, run.replications_done) == ("done", 40, 10)
    assert run.until == {"kpi": "wait_mean", "half_width": 5.0}
    assert runs.replications(run_id)["replication"].nunique() == 10


def test_a_cluster_that_does_not_answer_fails_the_run_with_a_sentence(runs, month, monkeypatch):
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "tcp://127.0.0.1:9")
    run_id = runs.create(month, replications=2)
    runs.start(run_id)
    wait_for(lambda: status(runs, run_id) != "running")
    run = runs.get(run_id)
    assert run.status == "failed"
    assert "tcp://127.0.0.1:9 cannot be reached" in run.error_en
    assert "Không kết nối được" in run.error_vi
