"""Documents of the small run, made once for each period and language."""

from functools import cache

import pandas as pd

import kpis
from data.reference import load
from reports import Fields, compose, read_period, units
from reports.compose import Origin
from simulation import load_scenario, simulate
from tests.dashboard.memory import RUN_ID, MemorySource, small_cube

# Phase 1 began before the run; quarter 2 and phase 2 go on after it; on 4 May 2025, a Sunday, only
# what comes online is received.
PERIODS = ("phase-1", "phase-2", "2025-Q2", "2025-04", "2025-03-10..2025-04-20")
SUNDAY = "2025-05-04..2025-05-04"
FIELDS = {"number": "12", "symbol": "BC-PVHCC", "place": "Hà Nội", "day": "2025-07-05"}
FIELDS |= {"signer_title": "Giám đốc", "signer_name": "Nguyễn Văn A", "author": "Lan"}
FIELDS |= {"addressee": "Hội đồng nhân dân thành phố", "recipients": "Như trên\nLưu: VT"}


def document(period, lang="vi", fields=None, edits=None, compared=()):
    """The report of the small run."""
    cube = small_cube()
    asked = read_period(period, cube.start, cube.end, load())
    return compose(
        cube,
        asked,
        lang,
        load(),
        origin(),
        late(period),
        Fields.read(FIELDS if fields is None else fields),
        edits,
        compared,
        "K7M2PQ9X",
    )


def origin():
    meta = small_cube().meta
    versions = meta.code_version, meta.data_version
    return Origin(RUN_ID, meta.title_vi, meta.title_en, meta.hash, meta.seed, *versions)


@cache
def quiet_cube():
    """A city of a thousandth of its demand, of which a Sunday brings nothing."""
    levers = [
        "demand.level=0.001",
        "channels.closed_day_weight=0",  # nobody submits on a Sunday
        "horizon.start=2025-03-28",
        "horizon.end=2025-04-01",
    ]
    return kpis.build(simulate(load_scenario("plan-30-branches", levers)))


@cache
def nothing(lang):
    """The report of a Sunday on which nothing happened."""
    cube = quiet_cube()
    asked = read_period("2025-03-30..2025-03-30", cube.start, cube.end, load())
    none = pd.DataFrame({"id": [], "resolved": [], "late": []})
    return compose(cube, asked, lang, load(), origin(), none)


@cache
def late(period):
    cube = small_cube()
    asked = read_period(period, cube.start, cube.end, load())
    wanted = units.records_of(asked.first, asked.stop, cube.start)
    return units.late_by_unit(MemorySource().records(RUN_ID, units.COLUMNS, filters=wanted))


@cache
def made(period, lang="vi"):
    return document(period, lang)
