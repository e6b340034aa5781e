"""Part III: the effect of a scenario and its interval are those of the replications themselves."""

from functools import cache

import numpy as np
import pytest
from scipy import stats

import kpis
from data.store import Runs, open_store
from data.store.worker import work
from reports import build
from reports.compose import is_told
from reports.model import EFFECT, HIGH, LOW
from simulation import load_scenario, simulate
from tests.reports import agree

SPRING = ("horizon.start=2025-03-24", "horizon.end=2025-05-05", "demand.level=0.03")
SLOWER = ("reception.guidance_min=4.5", "title.vi=Chậm", "title.en=Slow")
WANTED = 3
# A month that the ensembles keep as a period of its own, and a time that they do not.
MONTH, FREE = "2025-04", "2025-03-24..2025-04-06"
KINDS = ("base", "other", EFFECT, LOW, HIGH)


def scenario(name):
    return load_scenario("plan-30-branches", [*SPRING, *(SLOWER if name == "slow" else ())])


@cache
def cubes(name):
    return [kpis.build(simulate(scenario(name), number)) for number in range(WANTED)]


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """The store's runs and the id of each ensemble."""
    runs = Runs(open_store(tmp_path_factory.mktemp("var"), environment={}))
    ids = {name: runs.create(scenario(name), replications=WANTED) for name in ("plan", "slow")}
    for run_id in ids.values():
        work(runs.store, run_id)
    yield runs, ids
    runs.store.close()


@pytest.fixture(scope="module", params=[(p, lang) for p in (MONTH, FREE) for lang in ("vi", "en")])
def document(request, stored):
    runs, ids = stored
    period, lang = request.param
    return build.build(runs, ids["plan"], period, lang, compared=[ids["slow"]])


def expected(kpi, start, end):
    """Means, paired difference and its 95% interval by Student's t, from the cubes."""
    a, b = (
        np.array([kpis.compute(cube, kpis.Slice(start, end))[kpi].value for cube in cubes(name)])
        for name in ("plan", "slow")
    )
    gap = b - a
    half = stats.t.ppf(0.975, WANTED - 1) * stats.sem(gap)
    middle = gap.mean()
    return dict(zip(KINDS, (a.mean(), b.mean(), middle, middle - half, middle + half), strict=True))


def test_effects_and_intervals_are_those_of_the_replications(document, stored):
    _, ids = stored
    numbers = [n for n in document.numbers() if n.by == "scenario" and n.kind in KINDS]
    assert {n.kind for n in numbers} == set(KINDS) and {n.part for n in numbers} == {ids["slow"]}
    known = [n for n in numbers if n.value is not None]
    assert len({n.kpi for n in known}) >= 8
    for number in known:
        right = expected(number.kpi, number.start, number.end)[number.kind]
        assert number.value == pytest.approx(right, rel=1e-9, abs=1e-12), number


def test_the_effect_is_that_of_the_period_where_the_ensembles_keep_it(stored):
    runs, ids = stored
    whole = scenario("plan").horizon
    for period, span in ((MONTH, ("2025-04-01", "2025-05-01")), (FREE, (whole.start, whole.end))):
        made = build.build(runs, ids["plan"], period, "vi", compared=[ids["slow"]])
        spans = {(str(n.start), str(n.end)) for n in made.numbers() if n.kind == EFFECT}
        assert spans == {tuple(map(str, span))}


def test_what_is_worse_is_called_worse_and_nothing_unsure_is_proposed(document):
    texts = {block.id: block for block in document.blocks if hasattr(block, "pieces")}
    proposed = [p for name in ("propose_1", "propose_worse_1") for p in texts[name].pieces]
    lows = [p.value for p in proposed if getattr(p, "kind", "") == LOW]
    highs = [p.value for p in proposed if getattr(p, "kind", "") == HIGH]
    assert lows and all(low * high > 0 for low, high in zip(lows, highs, strict=True))
    worse = {p.kpi for p in texts["propose_worse_1"].pieces if getattr(p, "kind", "") == EFFECT}
    assert "transaction_within_15_min" in worse


def test_the_scenario_is_called_by_its_name(document):
    name = scenario("slow").title.vi if document.lang == "vi" else scenario("slow").title.en
    texts = {block.id: block.text for block in document.blocks if hasattr(block, "pieces")}
    for paragraph in ("compared_1", "propose_1", "propose_worse_1"):
        assert f"“{name}”" in texts[paragraph] and texts[paragraph].count("“") <= 2


def test_small_effects_are_not_told_however_sure_they_are():
    assert is_told("on_time", -0.002, 0.9) and not is_told("on_time", -0.0001, 0.9)
    assert is_told("wait_mean", 0.2, 10.0) and not is_told("wait_mean", 0.05, 10.0)


def test_means_and_intervals_of_part_one_are_those_of_the_replications(document):
    told = {(n.kpi, n.kind): n for n in document.numbers() if n.kind in ("mean", LOW, HIGH)}
    told = {key: n for key, n in told.items() if n.by == ""}
    month = any(block.id == "spread" for block in document.blocks)
    assert month == bool(told)
    for (kpi, kind), number in told.items():
        values = [
            kpis.compute(cube, kpis.Slice(number.start, number.end))[kpi].value
            for cube in cubes("plan")
        ]
        half = stats.t.ppf(0.975, WANTED - 1) * stats.sem(values)
        right = {"mean": 0, LOW: -half, HIGH: half}[kind] + np.mean(values)
        assert number.value == pytest.approx(right, rel=1e-9, abs=1e-12), number


@pytest.mark.parametrize(
    "holds",
    [
        agree.numbers_read_as_their_values,
        agree.docx_has_all,
        agree.pdf_has_all,
        agree.workbook_has_all,
    ],
)
def test_all_three_files_say_the_same(document, holds):
    holds(document)
