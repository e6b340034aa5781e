"""The citizens: right amounts at the right times, and the same luck in every scenario."""

import numpy as np
import pytest

from data.reference import load
from simulation import plan as planning
from simulation import run, simulate
from simulation.calendar import DAY
from simulation.demand import COLUMNS, day_weights, rates, sample
from simulation.records import TABLES, Channel, ResultChannel
from simulation.run import ENGINES
from simulation.scenario import ScenarioError, load_scenario

MONTH = ["horizon.end=2024-10-15", "demand.level=0.5"]


def citizens(*sets, scenario="plan-30-branches", replication=0, base=MONTH):
    chosen = load_scenario(scenario, [*base, *sets])
    reference = load()
    plan = planning.build(chosen, reference)
    return plan, sample(plan, chosen, reference, replication), chosen


@pytest.fixture(scope="module")
def plain():
    return citizens()


def test_same_seed_same_citizens_byte_for_byte(plain):
    _, demand, _ = citizens()
    for name in COLUMNS:
        assert demand[name].tobytes() == plain[1][name].tobytes(), name


def test_another_seed_or_replication_gives_other_citizens(plain):
    for other in (citizens("seed=1"), citizens(replication=1)):
        assert other[1]["need_ms"].tobytes() != plain[1]["need_ms"].tobytes()


def test_rows_are_in_the_order_of_need_and_batches_consecutive(plain):
    _, demand, _ = plain
    assert (np.diff(demand["need_ms"]) >= 0).all()
    number = np.arange(len(demand))
    leader, size = demand["leader"], demand["batch_size"]
    assert (number - leader < size).all() and (leader <= number).all()
    for name in ("commune", "field", "channel", "need_ms", "patience_ms", "batch_size"):
        assert (demand[name] == demand[name][leader]).all()
    counts = np.bincount(leader, minlength=len(leader))
    own = leader == number
    complete = own & (number + size <= len(number))
    assert (counts[complete] == size[complete]).all()


def test_the_number_of_dossiers_is_what_the_levers_say():
    plan, demand, scenario = citizens(base=["horizon.end=2024-12-01"])
    reference = load()
    expected = day_weights(plan, scenario, reference).sum()
    level = scenario.demand.annual_dossiers / scenario.demand.working_days_per_year
    expected *= level
    # batches make the count overdispersed: E[size^2]/E[size] dossiers per independent case
    size = demand["batch_size"].astype(float)
    spread = np.sqrt(expected * size.mean())
    assert abs(len(demand) - expected) < 4 * spread


def test_fields_arrive_in_the_proportions_of_the_table(plain):
    plan, demand, _ = plain
    cases = demand["leader"] == np.arange(len(demand))
    share = np.bincount(demand["field"][cases], minlength=7) / cases.sum()
    mix = plan.fields["mix"].to_numpy()
    assert np.abs(share - mix).max() < 4 * np.sqrt(0.25 / cases.sum())


def test_nobody_comes_to_a_counter_on_a_day_off():
    plan, demand, _ = citizens(base=["horizon.end=2025-02-10", "demand.level=0.05"])
    at_counter = demand["channel"] == Channel.COUNTER
    days = np.unique(demand["need_ms"][at_counter] // DAY)
    assert not set(days.tolist()) & set(np.flatnonzero(plan.day_kind == 0).tolist())
    online = np.unique(demand["need_ms"][~at_counter] // DAY)
    assert set(online.tolist()) & set(np.flatnonzero(plan.day_kind == 0).tolist())


def test_days_after_a_long_closure_bring_more():
    plan, _, scenario = citizens(base=["horizon.end=2025-02-28", "demand.level=0.01"])
    weights = day_weights(plan, scenario, load())
    monday = {
        date: (np.datetime64(date) - np.datetime64("2024-10-01")).astype(int)
        for date in ("2025-02-03", "2025-02-10", "2025-02-17")
    }
    assert weights[monday["2025-02-03"]] > weights[monday["2025-02-17"]]
    assert weights[monday["2025-02-10"]] == weights[monday["2025-02-17"]]


def unchanged(a, b, *but):
    for name in COLUMNS:
        if name not in but:
            assert a[name].tobytes() == b[name].tobytes(), name


OF_VISITORS = ("pace_ms_per_km", "patience_ms", "informed", "ticket", "collect_days")


def test_who_comes_either_way_draws_the_same(plain):
    _, fewer, _ = citizens("results.at_counter.phase_1=0.1")
    comes = [d["result_channel"] == ResultChannel.COUNTER for d in (plain[1], fewer)]
    both = comes[0] & comes[1]
    assert both.any() and (comes[0] != comes[1]).any()
    for name in OF_VISITORS:
        assert (plain[1][name][both] == fewer[name][both]).all(), name


def test_what_a_dossier_has_no_use_for_is_not_drawn(plain):
    demand = plain[1]
    submits = demand["channel"] == Channel.COUNTER
    collects = demand["result_channel"] == ResultChannel.COUNTER
    asked = (demand["supplements"] > 0) | (demand["rejections"] > 0)
    uses = {
        "reception_ms": submits,
        "guidance_ms": submits,
        "attempts": submits,
        "return_days": submits,
        "pace_ms_per_km": submits | collects,
        "patience_ms": submits | collects,
    }
    for name, users in uses.items():
        assert ((demand[name] > 0) == users).all(), name
    assert (demand["supplement_ms"][asked] > 0).all()
    for name, users in (
        ("gives_up", submits),
        ("informed", submits | collects),
        ("ticket", submits | collects),
        ("collect_days", collects),
        ("supplements", demand["supplement_ms"] > 0),
    ):
        assert not demand[name][~users].any() and demand[name][users].any(), name


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_not_drawn_is_never_used(engine, monkeypatch):
    scenario = load_scenario("plan-30-branches", ["horizon.end=2024-10-20", "demand.level=0.02"])
    expected = simulate(scenario, engine=engine)

    def poisoned(*arguments):
        demand = sample(*arguments)
        submits = demand["channel"] == Channel.COUNTER
        comes = submits | (demand["result_channel"] == ResultChannel.COUNTER)
        incomplete = (demand["supplements"] > 0) | (demand["rejections"] > 0)
        unused = (
            (~submits, ("reception_ms", "guidance_ms", "attempts", "return_days", "gives_up")),
            (~comes, (*OF_VISITORS, "overhead_ms")),
            (~incomplete, ("supplement_ms",)),
        )
        for rows, names in unused:
            for name in names:
                demand[name][rows] = 111
        return demand

    monkeypatch.setattr(run, "sample", poisoned)
    found = simulate(scenario, engine=engine)
    for table in TABLES:
        for name, column in getattr(expected, table).items():
            assert (getattr(found, table)[name] == column).all(), name


@pytest.mark.parametrize(
    ("lever", "touched"),
    [
        ("choice.candidates=2", ()),
        ("choice.boundary_free.phase_1=0", ()),
        ("staff.officers.phase_1=2", ()),
        ("reuse.ceiling.phase_1=0.9", ()),
        ("network.sites.CN01.removed=true", ()),
        ("behaviour.patience_median_min=20", ("patience_ms",)),
        ("choice.informed.phase_1=0.9", ("informed",)),
        ("files.caught.phase_1=0.1", ("rejections", "supplements")),
        ("service.land.reception_min=12", ("reception_ms",)),
        ("service.land.work_min=12", ("work_ms",)),
        ("processing.elapsed_median=0.9", ("elapsed_ms",)),
        ("digitisation.at_reception.phase_1=0.1", ("digitise",)),
        ("results.at_counter.phase_1=0.1", ("result_channel", "electronic", *OF_VISITORS)),
        ("redesign.documents_cut.phase_1=0.5", ("documents",)),
    ],
)
def test_a_lever_changes_its_own_draws_and_no_others(plain, lever, touched):
    _, demand, _ = citizens(lever)
    unchanged(plain[1], demand, *touched)
    for name in touched:
        assert demand[name].tobytes() != plain[1][name].tobytes()


def by_case(demand, keep):
    """Columns of some cases in an order that does not depend on the others."""
    return {name: demand[name][keep] for name in COLUMNS if name != "leader"}


def test_more_demand_in_one_field_leaves_the_others_as_they_were(plain):
    _, more, _ = citizens("demand.field_level.land=1.5")
    land = plain[0].fields["id"].tolist().index("land")
    before = by_case(plain[1], plain[1]["field"] != land)
    after = by_case(more, more["field"] != land)
    for name, column in before.items():
        assert column.tobytes() == after[name].tobytes(), name
    assert (more["field"] == land).sum() > 1.4 * (plain[1]["field"] == land).sum()


def test_more_people_online_moves_only_those_people(plain):
    _, online, _ = citizens("channels.online.phase_1=0.3")
    stay = Channel.COUNTER
    before = {(c, f, n) for c, f, n in keys(plain[1], plain[1]["channel"] == stay)}
    after = {(c, f, n) for c, f, n in keys(online, online["channel"] == stay)}
    assert after < before


def keys(demand, rows):
    return zip(
        demand["commune"][rows].tolist(),
        demand["field"][rows].tolist(),
        demand["need_ms"][rows].tolist(),
        strict=True,
    )


def test_a_shorter_horizon_is_the_beginning_of_a_longer_one(plain):
    _, shorter, _ = citizens(base=["horizon.end=2024-10-08", "demand.level=0.5"])
    at_counter = shorter["channel"] == Channel.COUNTER
    longer = plain[1]
    first = (longer["channel"] == Channel.COUNTER) & (longer["need_ms"] < 7 * DAY)
    assert longer["need_ms"][first].tobytes() == shorter["need_ms"][at_counter].tobytes()
    assert longer["work_ms"][first].tobytes() == shorter["work_ms"][at_counter].tobytes()


def test_urban_districts_bring_more_per_head():
    plan, _, scenario = citizens()
    rate = rates(plan, scenario, load()).sum(axis=1) / plan.communes["population_2024"]
    urban = load().districts.set_index("code")["urban"][plan.communes["district_code"]].to_numpy()
    ratio = rate[urban].mean() / rate[~urban].mean()
    assert ratio == pytest.approx(scenario.demand.urban_rate)


def test_more_dossiers_than_numbers_are_refused_before_any_work():
    with pytest.raises(ScenarioError, match="at most 12,000,000"):
        citizens("demand.level=10", base=[])


@pytest.mark.parametrize("batches", [("0", "12", "30"), ("0.1", "60", "60"), ("0.1", "20", "20")])
def test_batches_change_who_comes_but_not_how_many_dossiers(batches):
    share, mean, most = batches
    _, demand, _ = citizens(
        f"demand.batch_share={share}",
        f"demand.batch_mean={mean}",
        f"demand.batch_max={most}",
        base=["horizon.end=2024-10-31", "demand.level=0.5"],
    )
    _, plain, _ = citizens(
        "demand.batch_share=0", base=["horizon.end=2024-10-31", "demand.level=0.5"]
    )
    size = demand["batch_size"].astype(float)
    spread = np.sqrt(len(plain) * (1 + size.mean()))
    assert abs(len(demand) - len(plain)) < 4.5 * spread
