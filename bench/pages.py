"""What the overview's data callback costs, from the address to JSON."""

import statistics
from dataclasses import dataclass

from plotly.io.json import to_json_plotly

import kpis
from bench.clock import timed
from dashboard import queries
from dashboard.app import warm_up
from dashboard.outlines import Shelf
from dashboard.pages import overview
from dashboard.source import DONE, Run
from dashboard.text import words
from data.reference import load


@dataclass(frozen=True)
class OneRun:
    """A source with one finished run, for the pages."""

    only: kpis.Cube

    @property
    def reference(self):
        """The reference tables."""
        return load()

    @property
    def outlines(self) -> Shelf:
        """The approximate outlines."""
        return Shelf(None, load())

    def runs(self) -> list[Run]:
        """The run."""
        meta = self.only.meta
        start, end = self.only.start, self.only.end
        title = (meta.title_vi, meta.title_en)
        return [Run("run", meta.scenario, *title, DONE, meta.seed, meta.hash, start, end)]

    def cube(self, _run: str) -> kpis.Cube:
        """Its cube."""
        return self.only


def callbacks(cube: kpis.Cube) -> dict:
    """The overview's data callback for many slices, as the server runs it."""
    source, reference = OneRun(cube), load()
    periods = ["", "?ky=phase_1", "?ky=phase_2", "?ky=phase_3", "?ky=2025-03", "?ky=2025-Q2"]
    parts = [
        *(f"quan={code}" for code in reference.districts["code"][:8]),
        *(f"linhvuc={name}" for name in reference.fields["id"]),
        *(f"kenh={name}" for name in ("counter", "online", "agent", "post")),
        "quan=001&linhvuc=land&kenh=counter",
    ]
    searches = [*periods, *(f"{p}&{part}" if p else f"?{part}" for p in periods for part in parts)]
    warm_up(source)  # as the server does at start
    seconds = [timed(overview_json, source, search)[1] for search in searches]
    return {
        "callbacks": len(seconds),
        "callback_median_ms": 1e3 * statistics.median(seconds),
        "callback_slowest_ms": 1e3 * max(seconds),
    }


def overview_json(source: OneRun, search: str) -> str:
    """What the browser gets for an address of the overview."""
    seen = queries.view(source, search)
    page = overview.content(queries.overview(source, seen), seen, words(seen.state.lang), "light")
    return to_json_plotly(page)
