"""What ``python app.py`` puts together: the store's runs for the pages, settings, refusals."""

import socket
import subprocess
import sys

import pytest

import app
from dashboard import queries
from dashboard.pages import overview
from dashboard.source import DONE
from dashboard.text import words
from data.store import Runs, open_store
from data.store.worker import work
from simulation import load_scenario


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    store = open_store(tmp_path_factory.mktemp("var"), environment={})
    runs = Runs(store)
    sets = ["demand.level=0.01", "horizon.end=2025-08-01"]
    work(store, runs.create(load_scenario("plan-30-branches", sets)))
    yield app.StoredRuns(runs)
    store.close()


def test_a_run_of_the_store_is_shown_on_the_overview(stored):
    (run,) = stored.runs()
    assert run.status == DONE
    progress = stored.progress(run.id)
    assert 0 < progress.dossiers <= progress.dossiers_total
    for search in ("", "?ky=phase_1&quan=001&lang=en", "?kenh=online&linhvuc=land"):
        seen = queries.view(stored, search)
        data = queries.overview(stored, seen)
        page = overview.content(data, seen, words(seen.state.lang), "light")
        assert page and data.run.id == run.id


def test_unreadable_results_are_said_and_harm_nothing_else(tmp_path):
    store = open_store(tmp_path, environment={})
    runs = Runs(store)
    run = runs.create(load_scenario("before", ["demand.level=0.01", "horizon.end=2024-10-05"]))
    work(store, run)
    (runs.folder(run) / "cube.parquet").write_bytes(b"PAR1 not a cube")
    source = app.StoredRuns(runs)
    seen = queries.view(source, "")
    with pytest.raises(app.StoreError) as error:
        queries.overview(source, seen)
    shown = overview.unreadable(error.value.vi, words("vi"))
    assert error.value.vi in str(shown)
    store.close()


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1", ""])
def test_a_port_that_cannot_be_is_refused(port):
    with pytest.raises(ValueError, match="CENTRE_PORT"):
        app.free_port("127.0.0.1", port)


def test_a_port_in_use_ends_with_one_line_and_status_2(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environment = {"CENTRE_PORT": str(taken.getsockname()[1]), "CENTRE_VAR": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "app.py"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1 and "CENTRE_PORT" in done.stderr
    assert not any(tmp_path.iterdir())
