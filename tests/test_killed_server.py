"""The server is killed in the middle of an ensemble: nothing is lost, nothing counted twice."""

import signal

import pytest
from sqlalchemy import update

from data.store import Runs, files, open_store
from data.store.models import DONE, RunRow
from simulation import load_scenario
from tests.data.ensembles import assert_same, made_one_by_one
from tests.data.test_store_worker import status
from tests.patience import wait_for
from tests.test_app import ask, below, kill, serving

WANTED = 10


@pytest.fixture(scope="module")
def month():
    return load_scenario("plan-30-branches", ["horizon.end=2024-11-01", "demand.level=0.3"])


@pytest.fixture(scope="module")
def undisturbed(month):
    return made_one_by_one(month, WANTED)


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


def begun(runs, month) -> str:
    """An ensemble of which the server has made something, but not all."""
    run_id = runs.create(month, replications=WANTED)
    wait_for(lambda: runs.progress(run_id).replications_done)
    assert runs.progress(run_id).replications_done < WANTED
    return run_id


def test_an_ensemble_outlives_its_server_and_the_next_one_leaves_it_alone(runs, month, undisturbed):
    with serving(runs.store.var, 1) as (first, address, _):
        ask(address)
        run_id = begun(runs, month)
        first.send_signal(signal.SIGKILL)
        first.wait()
    with serving(runs.store.var, 1) as (_, address, _):
        ask(address)
        wait_for(lambda: status(runs, run_id) == "done")
    assert_same(runs, run_id, undisturbed)


def test_when_everything_dies_at_once_the_next_server_can_go_on(runs, month, undisturbed):
    with serving(runs.store.var, 1) as (first, address, _):
        ask(address)
        run_id = begun(runs, month)
        kill([first, *below(first)])
        first.wait()
    made = len(list((runs.store.var / files.REPLICATIONS).rglob("*.parquet")))
    assert made < WANTED
    with serving(runs.store.var, 1) as (_, address, _):
        ask(address)
        assert status(runs, run_id) == "died"
        runs.restart(run_id)
        wait_for(lambda: status(runs, run_id) == "done")
    assert_same(runs, run_id, undisturbed)
