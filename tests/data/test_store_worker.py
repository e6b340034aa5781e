"""The worker as a process of its own: killed, stopped, cancelled, failing, and run again."""

import os
import signal

import pytest

from data.store import Runs, files
from kpis import output
from tests.patience import PATIENCE_S, wait_for


@pytest.fixture
def runs(sqlite_store):
    made = Runs(sqlite_store, worker_module="tests.data.workers")
    yield made
    made.shutdown()


@pytest.fixture
def runs_anywhere(store):
    made = Runs(store, worker_module="tests.data.workers")
    yield made
    made.shutdown()


def start(runs, small, monkeypatch, stop):
    monkeypatch.setenv("CENTRE_TEST_STOP", stop)
    run_id = runs.create(small)
    assert runs.start(run_id) and not runs.start(run_id)
    return run_id


def folders(runs):
    return sorted(path.name for path in (runs.store.var / "runs").iterdir() if path.is_dir())


def status(runs, run_id):
    return runs.progress(run_id).status


def test_a_worker_killed_among_the_days_leaves_a_run_that_starts_clean_again(
    runs_anywhere, small, small_result, monkeypatch, tmp_path
):
    runs = runs_anywhere
    run_id = start(runs, small, monkeypatch, "days")
    wait_for(lambda: runs.progress(run_id).day == 3)
    kill_and_run_again(runs, run_id, small_result, monkeypatch, tmp_path)


def test_a_worker_killed_while_writing_leaves_a_run_that_starts_clean_again(
    runs, small, small_result, monkeypatch, tmp_path
):
    run_id = start(runs, small, monkeypatch, "writing")
    wait_for(lambda: len(folders(runs)) == 1)
    kill_and_run_again(runs, run_id, small_result, monkeypatch, tmp_path)


def kill_and_run_again(runs, run_id, small_result, monkeypatch, tmp_path):
    """The run dies, nothing half-made stays, and the second start gives the same files as a run
    that was never disturbed."""
    os.kill(runs._workers[run_id].pid, signal.SIGKILL)
    wait_for(lambda: status(runs, run_id) == "died")
    assert "killed" in runs.get(run_id).error_en
    server_after = Runs(runs.store)
    assert server_after.recover() == []
    assert folders(runs) == []
    monkeypatch.setenv("CENTRE_TEST_STOP", "")
    assert server_after.restart(run_id) == run_id
    wait_for(lambda: status(server_after, run_id) == "done")
    output.write_result(tmp_path / "undisturbed", small_result)
    for name in (output.DOSSIERS_FILE, output.CUBE_FILE, output.KPIS_FILE):
        again = (runs.folder(run_id) / name).read_bytes()
        assert again == (tmp_path / "undisturbed" / name).read_bytes(), name
    assert folders(runs) == [run_id]
    server_after.shutdown()


def test_a_running_run_is_cancelled_within_seconds_and_leaves_nothing(runs, small, monkeypatch):
    run_id = start(runs, small, monkeypatch, "days")
    wait_for(lambda: runs.progress(run_id).step == "days")
    runs.cancel(run_id)
    wait_for(lambda: status(runs, run_id) != "running")
    assert status(runs, run_id) == "cancelled"
    assert folders(runs) == []
    assert runs._workers[run_id].wait(PATIENCE_S) == 1


def test_a_stopping_server_stops_its_workers_and_their_runs_can_be_made_again(
    runs, small, monkeypatch
):
    run_id = start(runs, small, monkeypatch, "writing")
    wait_for(lambda: len(folders(runs)) == 1)
    runs.shutdown()
    run = runs.get(run_id)
    assert run.status == "died"
    assert "(SIGTERM); it can be run again" in run.error_en
    assert folders(runs) == []


def test_an_error_in_a_worker_stands_in_the_run_and_in_its_log(runs, small, monkeypatch):
    run_id = start(runs, small, monkeypatch, "crash")
    wait_for(lambda: status(runs, run_id) != "running")
    run = runs.get(run_id)
    assert run.status == "failed"
    assert "ZeroDivisionError: a counter without clerks" in run.error_en
    assert "Traceback" in files.log_file(runs.store.var, run_id).read_text()


def test_a_worker_that_dies_before_its_first_word_is_noticed(sqlite_store, small):
    runs = Runs(sqlite_store, worker_module="no.such.module")
    run_id = runs.create(small)
    runs.start(run_id)
    wait_for(lambda: status(runs, run_id) == "died")
    assert "No module named" in files.log_file(sqlite_store.var, run_id).read_text()


def test_two_workers_for_one_run_make_it_once(sqlite_store, small):
    one, other = Runs(sqlite_store), Runs(sqlite_store)
    run_id = one.create(small)
    assert [one.start(run_id), other.start(run_id)] == [True, False]
    wait_for(lambda: status(one, run_id) == "done")
    assert one.get(run_id).timings["dynamics"] > 0
    assert one.start(run_id) is False
    one.shutdown()
