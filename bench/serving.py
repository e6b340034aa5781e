"""What visitors wait for: the server as people start it, on the whole default run."""

import asyncio
import os
import random
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from websockets.asyncio.client import connect

from app import StoredRuns
from bench.browser import chromium
from bench.clock import timed
from bench.load import SLICE, Choices, Recording, Viewer, asked_at_once, summary, views
from bench.recording import first_page, record
from dashboard import accountability, queries
from dashboard.queries import CHANNELS
from data.reference import load
from data.store import Runs, open_store
from data.store.worker import work
from simulation import load_scenario

VIEWERS, WORKERS, SECONDS = 20, 2, 90
FIRST_VISITS = 3
WARM, REQUESTS = 1_000, 2_000  # callbacks before memory is looked at, and from then on
CODES = 40
PERIODS = ("phase_1", "phase_2", "phase_3", "2025-03", "2025-06", "2025-09", "2025-Q2", "2025-Q3")
LISTS = ("", "?loai=due_soon", "?loai=open", "?loai=resolved_late", "?ngay=2025-03-31")
PATIENCE_S, STILL_S = 120, 3
IDLE = 0.1  # of a core, below which a server has nothing left to prepare
ROOT = Path(__file__).parents[1]


def measure() -> dict:
    """Viewers at once, the first page, memory of a worker, and the ledger of dossiers."""
    with TemporaryDirectory(prefix="centre-bench-") as var:
        runs = Runs(open_store(var, environment={}))
        work(runs.store, runs.create(load_scenario("plan-30-branches")))
        source = StoredRuns(runs)
        recording = record(source)
        found = {"ledger": ledger(source)}
        with served(var, WORKERS) as (address, server):
            with chromium() as browser:
                found["first_page"] = [first_page(browser, address) for _ in range(FIRST_VISITS)]
            found["busy"] = psutil.cpu_percent(STILL_S)
            answers = asyncio.run(views(address, recording, choices(), VIEWERS, SECONDS, seed=1))
            found["viewers"] = summary(answers)
            found["memory"] = asyncio.run(memory(address, recording, server))
        return found


@contextmanager
def served(var: str, workers: int) -> Iterator[tuple[str, psutil.Process]]:
    """The server with nothing left to prepare: address and process."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    settings = {"CENTRE_VAR": var, "CENTRE_PORT": str(port), "CENTRE_WORKERS": str(workers)}
    address = f"http://127.0.0.1:{port}"
    server = psutil.Popen(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=os.environ | settings,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(address)
        _wait_until_idle(server, workers)
        yield address, server
    finally:
        server.terminate()
        server.wait(PATIENCE_S)


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            urllib.request.urlopen(f"{address}/suc-khoe").close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _wait_until_idle(server: psutil.Process, workers: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    used = STILL_S
    while used > IDLE * STILL_S and time.monotonic() < deadline:
        before = _core_seconds(server)
        time.sleep(STILL_S)
        used = _core_seconds(server) - before


def _core_seconds(server: psutil.Process) -> float:
    every = [server, *server.children(recursive=True)]
    return sum(sum(one.cpu_times()[:2]) for one in every)


def choices() -> Choices:
    """The parts of the city that viewers look at."""
    reference = load()
    values = (PERIODS, reference.districts["code"], reference.fields["id"], CHANNELS)
    return Choices(dict(zip(SLICE, map(tuple, values), strict=True)))


async def memory(address: str, recording: Recording, server: psutil.Process) -> dict:
    """Resident memory of a worker, MiB, while one viewer asks it without a pause; it has answered
    the viewers before."""
    lots, seen = random.Random(2), {}
    visits = [replace(one, requests=asked_at_once(one.requests)) for one in recording.visits]
    url = address.replace("http", "ws") + "/_dash-ws-callback"
    async with connect(url, origin=address, max_size=None) as opened:
        viewer = Viewer(opened, "viewer")
        listening = asyncio.create_task(viewer.listen())
        await viewer.open(recording.opening)
        worker, chosen = answering(server, opened.local_address[1]), choices()
        for until in (WARM, WARM + REQUESTS // 2, WARM + REQUESTS):
            while len(viewer.answers) < until:
                await viewer.look_at(lots.choice(visits), chosen.draw(lots))
            seen[len(viewer.answers)] = worker.memory_info().rss / 2**20
        listening.cancel()
    (first, before), *_, (last, after) = seen.items()
    return {
        "mib": seen,
        "errors": summary(viewer.answers)["errors"],
        "growth": after / before - 1,
        "per_1000_mib": 1_000 * (after - before) / (last - first),
    }


def answering(server: psutil.Process, port: int) -> psutil.Process:
    """The worker that holds the connection with a viewer's port."""
    return next(
        worker
        for worker in (server, *server.children())
        if any(one.raddr and one.raddr.port == port for one in worker.net_connections())
    )


def ledger(source: StoredRuns) -> dict:
    """Milliseconds on a core to find dossiers by their codes, and to list those of a kind, when
    warm."""
    seen = queries.view(source, "")
    book, day = accountability.ledger(source, seen.run), accountability.day_of(source, seen, "")
    accountability.accountability(source, seen, "")
    lots, finding = random.Random(3), []
    received = [n for n in lots.sample(range(len(book)), 2 * CODES) if book.received[n] < day.at_s]
    for number in received[:CODES]:
        when = seen.known.start + timedelta(seconds=int(book.received[number]))
        code = accountability.code_of(number, when)
        (dossier, problem), seconds = timed(accountability.find, source, seen, book, day, code)
        if problem or dossier.record["number"] != number:
            raise AssertionError(f"dossier {code} was not found: {problem}")
        finding.append(1e3 * seconds)
    listing = []
    for search in (*LISTS, *(f"?quan={code}" for code in source.reference.districts["code"][:10])):
        shown = queries.view(source, search)
        _, seconds = timed(accountability.accountability, source, shown, search)
        listing.append(1e3 * seconds)
    return {
        "dossiers": len(book),
        "find_median_ms": statistics.median(finding),
        "find_slowest_ms": max(finding),
        "list_median_ms": statistics.median(listing),
        "list_slowest_ms": max(listing),
    }
