"""What ``python app.py`` puts together: the store's runs for the pages, settings, refusals."""

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress

import psutil
import pytest

import app
from dashboard import queries
from dashboard.pages import overview
from dashboard.source import DIED, DONE, QUEUED
from dashboard.text import words
from data.store import Runs, open_store
from data.store.worker import work
from simulation import load_scenario
from tests.patience import PATIENCE_S, wait_for


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
            timeout=PATIENCE_S,
        )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1 and "CENTRE_PORT" in done.stderr
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("workers", ["two", "0", "33", "-1", "", "1.5", "9" * 5000])
def test_a_number_of_workers_that_cannot_be_is_refused(workers):
    with pytest.raises(ValueError, match="CENTRE_WORKERS"):
        app.number_of_workers(workers)


@contextmanager
def serving(var, workers):
    """The server as people start it; afterwards nothing of it is left, whatever happens."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    settings = {"CENTRE_PORT": str(port), "CENTRE_VAR": str(var), "CENTRE_WORKERS": str(workers)}
    seen = {}
    with psutil.Popen([sys.executable, "app.py"], env=settings) as server:
        try:
            yield server, f"http://127.0.0.1:{port}", seen
        finally:
            kill([*seen.values(), *below(server), server])


def below(server):
    """Every process that a server has started."""
    return server.children(recursive=True) if server.is_running() else []


def kill(processes):
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def doing(processes, word):
    """The processes with a word in their command."""
    found = []
    for process in processes:
        with suppress(psutil.Error):  # gone meanwhile
            found += [process] if word in " ".join(process.cmdline()) else []
    return found


def answering(server):
    """The workers that answer visitors."""
    return doing(below(server), "spawn_main")


def ask(address):
    """The answer of a server, which may not listen yet."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:
                return answer.read().decode()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_signal_ends_the_server_its_workers_and_its_runs(tmp_path, workers, ending):
    with serving(tmp_path, workers) as (server, address, seen):
        assert "react-entry-point" in ask(address)
        assert len(answering(server)) == (2 if workers == 2 else 0)
        seen.update({process.pid: process for process in below(server)})
        assert len(doing(seen.values(), "data.store.worker")) == 1
        server.send_signal(ending)
        assert server.wait(PATIENCE_S) == 0
        assert not psutil.wait_procs(seen.values(), timeout=PATIENCE_S)[1]
    store = open_store(tmp_path, environment={})
    assert [run.status for run in Runs(store).list()] == [DIED]
    store.close()


def test_a_worker_that_was_killed_is_replaced_and_none_outlives_the_server(tmp_path):
    with serving(tmp_path, 2) as (server, address, seen):
        ask(address)
        first = answering(server)
        kill(first[:1])
        wait_for(lambda: len(set(answering(server)) - {first[0]}) == 2)
        assert "react-entry-point" in ask(address)
        workers = answering(server)
        seen.update({process.pid: process for process in below(server)})
        server.kill()
        assert not psutil.wait_procs(workers, timeout=PATIENCE_S)[1]


def test_a_stopped_run_asked_for_again_waits_for_the_process_that_owns_the_runs(tmp_path):
    store = open_store(tmp_path, environment={})
    runs = Runs(store)
    run = runs.create(load_scenario("before", ["demand.level=0.01", "horizon.end=2024-10-05"]))
    runs.cancel(run)
    source, before = app.StoredRuns(runs), set(psutil.Process().children())
    assert source.restart(run) == run
    assert source.progress(run).status == QUEUED
    assert set(psutil.Process().children()) <= before
    assert runs.start_waiting() == [run]
    wait_for(lambda: source.progress(run).status == DONE)
    store.close()
