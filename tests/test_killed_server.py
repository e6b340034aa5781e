"""The server is killed in the middle of an ensemble: nothing is lost, nothing counted twice."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

import pandas as pd
import psutil
import pytest
from sqlalchemy import update

from data.store import Runs, files, open_store
from data.store.models import DONE, RunRow
from kpis import build, findings
from simulation import load_scenario, simulate
from tests.data.test_store_worker import status, wait_for

WANTED = 10


@pytest.fixture(scope="module")
def month():
    return load_scenario("plan-30-branches", ["horizon.end=2024-11-01", "demand.level=0.3"])


@pytest.fixture(scope="module")
def undisturbed(month):
    """Findings of all replications, made one after the other in this process."""
    return pd.concat(
        [findings.of(build(simulate(month, number))) for number in range(WANTED)],
        ignore_index=True,
    )


@pytest.fixture
def runs(tmp_path):
    """The runs of a folder that servers share; the run that they would begin with seems done."""
    store = open_store(tmp_path, environment={})
    made = Runs(store)
    default = made.create(load_scenario("plan-30-branches"))
    with store.write() as session:
        session.execute(update(RunRow).where(RunRow.id == default).values(status=DONE))
    files.run_folder(store.var, default).mkdir(parents=True)
    yield made
    made.shutdown()
    store.close()


@contextmanager
def server(folder):
    """``python app.py`` on a free port, killed in the end if it still lives."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = os.environ | {"CENTRE_VAR": str(folder), "CENTRE_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "app.py"], env=settings)
    try:
        wait_for(lambda: answers(port))
        yield process
    finally:
        process.kill()
        process.wait()


def answers(port: int) -> bool:
    """Whether a server answers there."""
    try:
        return urlopen(f"http://127.0.0.1:{port}/suc-khoe", timeout=5).status == 200
    except (URLError, OSError):
        return False


def assert_same(runs, run_id, undisturbed):
    pd.testing.assert_frame_equal(runs.replications(run_id), undisturbed, check_dtype=False)
    assert runs.get(run_id).replications_done == WANTED
    assert not list((runs.store.var / files.REPLICATIONS).glob("*"))


def begun(runs, month) -> str:
    """An ensemble of which the server has made something, but not all."""
    run_id = runs.create(month, replications=WANTED)
    wait_for(lambda: runs.progress(run_id).replications_done)
    assert runs.progress(run_id).replications_done < WANTED
    return run_id


def test_an_ensemble_outlives_its_server_and_the_next_one_leaves_it_alone(runs, month, undisturbed):
    with server(runs.store.var) as first:
        run_id = begun(runs, month)
        first.send_signal(signal.SIGKILL)
        first.wait()
    with server(runs.store.var):
        wait_for(lambda: status(runs, run_id) == "done")
    assert_same(runs, run_id, undisturbed)


def test_when_everything_dies_at_once_the_next_server_can_go_on(runs, month, undisturbed):
    with server(runs.store.var) as first:
        run_id = begun(runs, month)
        family = [first, *psutil.Process(first.pid).children(recursive=True)]
        for process in family:
            process.kill()
        first.wait()
    made = len(list((runs.store.var / files.REPLICATIONS).rglob("*.parquet")))
    assert made < WANTED
    with server(runs.store.var):
        assert status(runs, run_id) == "died"
        runs.restart(run_id)
        wait_for(lambda: status(runs, run_id) == "done")
    assert_same(runs, run_id, undisturbed)
