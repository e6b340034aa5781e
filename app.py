"""Serves the dashboard: ``python app.py``.

The one place that knows both the pages and the store. Settings come from the environment:
CENTRE_HOST (127.0.0.1), CENTRE_PORT (8050), CENTRE_VAR (./var), CENTRE_DATABASE_URL (SQLite there),
CENTRE_OUTLINES (official outlines of the districts: district_outlines.geojson there),
CENTRE_WORKERS (processes that answer visitors: 1).

One process owns the runs: it starts those that wait and stops them when the server ends. The
workers, or that process itself if one is enough, answer visitors and only ask for runs.
"""

import ctypes
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import fields as fields_of
from functools import cached_property

import pandas as pd
import pyarrow as pa
from fastapi import FastAPI
from uvicorn import Config, Server
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from dashboard import source
from dashboard.app import create_app, first_seen, read_ahead, warm_up
from dashboard.outlines import Shelf, shelf
from data.reference import Reference, ReferenceError, load
from data.store import Runs, StoreError, open_store
from data.store.library import Library
from data.store.reports import Report, Reports
from kpis import Cube
from kpis.ensemble import Until
from reports import build
from reports.fields import Fields
from reports.making import DOCUMENT
from reports.model import Document, Head
from reports.model import load as read_document
from simulation import Scenario

WAITING_RUNS_S = 1
MOST_WORKERS = 32
BACKLOG = 2048
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # of malloc.h
LARGE_BYTES, ARENAS = 2**18, 2
ARROW_POOL = "ARROW_DEFAULT_MEMORY_POOL"
TIME_TO_CLOSE_S = 5  # for answers under way when the server ends
TIME_TO_SHOW_LIFE_S = 60  # a worker silent for longer is replaced


@dataclass(frozen=True)
class StoredRuns:
    """The pages' source: runs and cubes of the store, reference tables as shipped."""

    stored: Runs

    @cached_property
    def reference(self) -> Reference:
        """The reference tables."""
        return load()

    @cached_property
    def library(self) -> Library:
        """The scenarios that are shipped and those that people made."""
        return Library(self.stored.store)

    @cached_property
    def outlines(self) -> Shelf:
        """The outlines that maps draw, approximate or official."""
        return shelf(self.stored.store.var, self.reference)

    @cached_property
    def reports(self) -> Reports:
        """The reports that are kept."""
        return Reports(self.stored.store)

    def head(self, report: Report) -> Head:
        """The form around the text of a draft."""
        return build.head_of(self.stored, report, self.reference)

    def document(self, report: Report) -> Document:
        """What a report says; of an issued one, what it said when it was issued."""
        if report.is_issued:
            return read_document(self.reports.file(report.code, DOCUMENT))
        return build.build(
            self.stored,
            report.run_id,
            report.period,
            report.lang,
            Fields.read(report.fields),
            report.edits,
            report.compared,
            report.code,
            self.reference,
        )

    def new_report(
        self, run_id: str, period: str, lang: str, compared: Sequence[str], supersedes: str = ""
    ) -> Report:
        """A new draft, with the words of the one it supersedes."""
        return build.new_draft(
            self.stored, self.reports, run_id, period, lang, compared, supersedes
        )

    def runs(self) -> list[source.Run]:
        """All runs, newest first."""
        return [_same_named(source.Run, run) for run in self.stored.list()]

    def cube(self, run_id: str) -> Cube:
        """The cube of a finished run."""
        return self.stored.cube(run_id)

    def records(self, run_id: str, columns: list[str], table: str = "dossiers", filters=None):
        """Records of a finished run."""
        return self.stored.records(run_id, columns, table, filters)

    def scenario(self, run_id: str) -> Scenario:
        """The scenario of a run."""
        return self.stored.scenario(run_id)

    def progress(self, run_id: str) -> source.Progress:
        """How far a run has come."""
        return _same_named(source.Progress, self.stored.progress(run_id))

    def restart(self, run_id: str) -> str:
        """Queues a stopped run again."""
        return self.stored.queue(run_id)

    def cancel(self, run_id: str) -> None:
        """Stops a run."""
        self.stored.cancel(run_id)

    def ask_for(
        self,
        scenarios: Sequence[Scenario],
        replications: int,
        until: Until | None = None,
        study: str = "",
    ) -> Sequence[str]:
        """Queues ensembles; the process that owns the runs starts them."""
        return self.stored.create_all(scenarios, replications, until, study)

    def findings(self, run_id: str) -> pd.DataFrame:
        """Findings of all replications of a finished run."""
        return self.stored.replications(run_id)

    def find_scenario(self, name: str) -> Scenario:
        """A scenario of the library."""
        return self.library.get(name).scenario


def _same_named(kind: type, given):
    """An object of ``kind`` with the fields of the same name."""
    return kind(**{field.name: getattr(given, field.name) for field in fields_of(kind)})


def main() -> int:
    """Open the store, start the default run if there is none, and serve; returns exit status."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends it as Ctrl+C does
    host = os.environ.get("CENTRE_HOST", "127.0.0.1")
    try:
        port = free_port(host, os.environ.get("CENTRE_PORT", "8050"))
        workers = number_of_workers(os.environ.get("CENTRE_WORKERS", "1"))
        load()
        runs = Runs(open_store())
    except (StoreError, ReferenceError, ValueError) as error:
        return refuse(error)
    try:
        runs.recover()
        runs.ensure_default()
        threading.Thread(target=keep_starting, args=(runs,), daemon=True).start()
        return serve(host, port, workers)
    except StoreError as error:
        return refuse(error)
    except KeyboardInterrupt:
        return 0
    finally:
        runs.shutdown()


def refuse(error: Exception) -> int:
    """Say in one line why there is no server; returns exit status."""
    print(f"Centre: {error}", file=sys.stderr)
    return 2


def serve(host: str, port: int, workers: int) -> int:
    """Answer visitors until a signal ends it; returns exit status."""
    config = Config(
        "app:application",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_level="warning",
        timeout_graceful_shutdown=TIME_TO_CLOSE_S,
        timeout_worker_healthcheck=TIME_TO_SHOW_LIFE_S,
    )
    print(
        f"Trung tâm Phục vụ hành chính công – http://{host}:{port}  (Ctrl+C: dừng / stop)",
        flush=True,
    )
    if workers == 1:
        Server(config).run([listening(host, port)])
        return 0
    os.environ.setdefault(ARROW_POOL, "system")  # read when Arrow is loaded
    supervisor = Multiprocess(config, [OwnSocket(host, port)])
    supervisor.run()
    return int(any(one.exitcode == STARTUP_FAILURE for one in supervisor.processes))


@dataclass(frozen=True)
class OwnSocket:
    """Becomes a listening socket in each worker that it is handed to.

    Of workers that share one socket the first to wake takes all who come at once; with a socket
    each, Linux shares the visitors out.
    """

    host: str
    port: int

    def __reduce__(self):
        return listening, (self.host, self.port)


def listening(host: str, port: int) -> socket.socket:
    """A socket on which a worker answers, beside those of other workers."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind((host, port))
    made.listen(BACKLOG)
    return made


def application() -> FastAPI:
    """What a worker serves, on a store of its own."""
    end_with_parent()
    stored = StoredRuns(Runs(open_store()))
    server = create_app(stored).server
    threading.Thread(target=prepare, args=(stored,), daemon=True).start()
    return server


def end_with_parent() -> None:
    """A worker whose parent was killed would hold the port for ever."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    if parent is not None:
        threading.Thread(target=wait, daemon=True).start()


def give_memory_back() -> None:
    """Let large arrays go back to the system as soon as they are done with.

    Left to itself, the C library keeps more and more of them for each thread, a fifth of a
    worker's memory. It has these settings on Linux with glibc only.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    c_library("mallopt", M_MMAP_THRESHOLD, LARGE_BYTES)
    c_library("mallopt", M_ARENA_MAX, ARENAS)


def c_library(name: str, *arguments: int) -> None:
    """Call a function of the C library, where it has that."""
    if sys.platform == "linux":
        with suppress(AttributeError):
            getattr(ctypes.CDLL(None), name)(*arguments)


def number_of_workers(text: str) -> int:
    """How many processes answer visitors. Raises ValueError with a sentence."""
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:9]) <= MOST_WORKERS:
        raise ValueError(
            f"CENTRE_WORKERS: '{text}' is not allowed, must be from 1 to {MOST_WORKERS}"
        )
    return int(text)


def free_port(host: str, text: str) -> int:
    """The port, if nobody listens there yet. Raises ValueError with a sentence."""
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise ValueError(f"CENTRE_PORT: '{text}' is not allowed, must be from 1 to 65535")
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, int(text)))
        except OSError as error:
            raise ValueError(
                f"{host}:{text} cannot be used ({error.strerror}); another program may be serving "
                "there, choose another port with CENTRE_PORT"
            ) from None
    return int(text)


def keep_starting(runs: Runs) -> None:
    """Start the runs that wait for room, for as long as the server lives."""
    while True:
        with suppress(StoreError):  # a database that does not answer is asked again
            runs.start_waiting()
        time.sleep(WAITING_RUNS_S)


def prepare(stored: StoredRuns) -> None:
    """Make ready what every visitor needs, before the first one comes and again when another run
    becomes the one that visitors see first."""
    ready = ""
    while True:
        with suppress(StoreError):  # unreadable results: the page says so
            first = first_seen(stored)
            if first and first != ready:
                ready = first
                warm_up(stored)
                read_ahead(stored)
                pa.default_memory_pool().release_unused()
                c_library("malloc_trim", 0)
        time.sleep(WAITING_RUNS_S)


give_memory_back()  # before there is anything to give back

if __name__ == "__main__":
    sys.exit(main())
