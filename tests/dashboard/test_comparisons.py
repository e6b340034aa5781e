"""Scenarios side by side: what an address means, what is missing, what is shown."""

from dataclasses import replace
from math import nan

import pandas as pd
import plotly.graph_objects as go
import pytest

from dashboard import comparison_figures as drawings
from dashboard import comparisons, forms, network_form, sensitivity
from dashboard.components import ICONS
from dashboard.pages.scenarios import compare, numbers, tables
from dashboard.pages.scenarios import sensitivity as study_page
from dashboard.pages.scenarios.words import change_in_words
from dashboard.source import DONE, RUNNING
from dashboard.text import words
from data.reference import load
from kpis import REGISTRY, ensemble
from kpis.comparison import VERDICTS, WORDS, verdict
from kpis.ensemble import EnsembleError, Until
from kpis.findings import DISTRICT, FIELD
from simulation.scenario import make_scenario
from tests.dashboard.ensembles import EnsembleSource, both, run_of, scenario, small_findings

PAIR = ("plan", "slow")
ADDRESS = "?so=plan,slow"


# ── what an address means ──────────────────────────────────────────────────────────────────────


def test_a_scenario_stands_for_its_best_ensemble():
    source = EnsembleSource()
    source.add("old", "plan", current=False, replications_done=9)
    source.add("few", "plan", replications_done=2)
    source.add("many", "plan", replications_done=5)
    source.add("other-seed", "plan", replications_done=50)
    source.made["other-seed"] = source.made["other-seed"].__class__(
        **{**vars(source.made["other-seed"]), "seed": 1}
    )
    side = comparisons.resolve(source, ["plan"])[0]
    assert side.run.id == "many"
    assert comparisons.resolve(source, ["few"])[0].run.id == "few"


def test_runs_of_a_study_are_not_taken_for_the_scenario():
    source = EnsembleSource()
    source.add("of-a-study", "plan", study="study-1")
    assert comparisons.resolve(source, ["plan"])[0].run is None


def test_what_is_not_there_is_said_and_the_rest_is_shown():
    found = comparisons.compare(both(), ["plan", "no-such-thing", "slow"])
    assert [bool(side.problem_en) for side in found.sides] == [False, True, False]
    assert [side.token for side in found.others] == ["slow"]


def test_nonsense_in_the_address_is_replaced():
    found = comparisons.compare(both(), ["plan"] * 3 + list("abcdef"), "no period", "no kpi", "x")
    assert len(found.sides) == 4 and len(found.problems) == 4
    assert (found.period, found.kpi) == ("all", comparisons.DEFAULT_KPI)
    assert comparisons.compare(both(), []).sides == ()


def test_only_periods_that_all_have_are_offered():
    found = comparisons.compare(both(), PAIR)
    assert found.periods == ["all", "phase_1", "phase_2"]


# ── what is run ────────────────────────────────────────────────────────────────────────────────


def test_what_is_missing_is_run_with_the_seed_of_the_base():
    source = EnsembleSource()
    source.add("run-plan", "plan")
    found = comparisons.compare(source, PAIR)
    assert [side.token for side in found.missing()] == ["slow"]
    comparisons.start_missing(source, found, 3)
    (asked, replications, until, study), *rest = source.asked
    assert not rest and (replications, until, study) == (3, None, "")
    assert [one.hash for one in asked] == [scenario("slow").hash]
    assert asked[0].seed == scenario("plan").seed
    again = comparisons.compare(source, PAIR)
    assert not again.missing() and comparisons.start_missing(source, again, 3) == []


def test_more_replications_run_what_has_fewer():
    assert [s.token for s in comparisons.compare(both(), PAIR).missing(4)] == list(PAIR)
    assert comparisons.compare(both(), PAIR).missing(3) == []


@pytest.mark.parametrize(
    "typed, kpi, width",
    [("0,5", "wait_mean", 0.5), ("2", "online_share", 0.02), ("", "wait_mean", None)],
)
def test_a_half_width_is_read_in_the_unit_that_is_shown(typed, kpi, width):
    rule = compare.rule(typed, kpi, words("vi"))
    assert (rule and rule.half_width) == (width and pytest.approx(width))


def test_a_half_width_that_is_none_is_refused():
    with pytest.raises(EnsembleError):
        compare.rule("rộng", "wait_mean", words("vi"))


@pytest.mark.parametrize("typed, count", [("10", 10), ("1.000", 1000), (" 1,000 ", 1000)])
def test_a_number_of_replications_is_read_as_it_is_written(typed, count):
    assert compare.replications(typed) == count


@pytest.mark.parametrize(
    "typed, sentence",
    [
        ("mười", "“mười” không phải số nguyên; hãy nhập số lần lặp, từ 1 đến 1.000"),
        ("1.5", "“1.5” không phải số nguyên"),
        ("-3", "“-3” không phải số nguyên"),
        (None, "“” không phải số nguyên"),
        ("0", "Không thể chạy 0 lần lặp"),
        ("1000000", "Không thể chạy 1.000.000 lần lặp; chỉ được từ 1 đến 1.000"),
    ],
)
def test_what_is_no_number_of_replications_is_named(typed, sentence):
    with pytest.raises(EnsembleError) as refusal:
        compare.replications(typed)
    assert sentence in refusal.value.vi


# ── what is shown ──────────────────────────────────────────────────────────────────────────────


def test_the_table_of_measures_is_the_statistics_of_the_findings():
    found = comparisons.compare(both(), PAIR)
    table = comparisons.kpi_table(found).set_index("kpi")
    rows = ensemble.compare(small_findings("plan"), small_findings("slow"))
    rows = rows.query("by == '' and period == 'all'").set_index("kpi")
    assert set(table.index) == set(REGISTRY)
    for kpi in REGISTRY:
        assert table.loc[kpi, "difference_1"] == pytest.approx(
            rows.loc[kpi, "difference"], nan_ok=True
        )
    assert table.loc["transaction_mean", "verdict_1"] == "worse"
    assert 2.5 < table.loc["transaction_mean", "difference_1"] < 3  # batches are guided once
    assert table.loc["dossiers_arrived", "verdict_1"] == "same"


def test_who_loses_most_stands_last():
    found = comparisons.compare(both(), PAIR, "all", "transaction_mean")
    for by in (DISTRICT, FIELD):
        rows = comparisons.by_part(found, by)
        assert rows["difference"].is_monotonic_increasing
        assert (rows["verdict"] == "worse").all()
        assert rows["name_vi"].str.len().min() > 2
    higher = comparisons.compare(both(), PAIR, "all", "transaction_within_15_min")
    assert comparisons.by_part(higher, FIELD)["difference"].is_monotonic_decreasing


def against_the_plan(changes: dict) -> comparisons.Comparison:
    """The plan and the same with other sites, with the numbers of ``slow``."""
    values = scenario("plan").model_dump(mode="json") | {"network": {"sites": changes}}
    other = make_scenario(values)
    source = EnsembleSource(scenarios={"other": other}, made={"other": run_of("other", other)})
    source.add("run-plan", "plan")
    source.tables["other"] = small_findings("slow")
    return comparisons.compare(source, ["plan", "other"], "all", "transaction_mean")


def test_a_district_whose_site_closes_is_not_called_better_or_worse():
    code = next(one.id for one in sites_of_the_plan() if one.kind == "branch")
    district = next(one.district for one in sites_of_the_plan() if one.id == code)
    found = against_the_plan({code: {"removed": True}})
    assert found.moved == {district}
    rows = comparisons.by_part(found, DISTRICT).set_index("id")
    assert rows.loc[district, "verdict"] == comparisons.MOVED
    assert set(rows.drop(district)["verdict"]) == {"worse"}
    assert set(comparisons.by_part(found, FIELD)["verdict"]) == {"worse"}
    language = words("vi")
    for key in ("compare.map_lead", "compare.winners_lead"):
        lead = compare.part_lead(key, found, language)
        assert found.names[DISTRICT][district]["vi"] in lead and "quận, huyện lân cận" in lead
    text = str(compare.content(found, "?so=plan,other", language, "light", 1.0))
    assert "29 kém hơn, 1 không so sánh được" in text and "được lợi" not in text
    frame = rows.reset_index()
    frame["name"] = frame["name_vi"]
    coloured, grey = drawings.difference_map(frame, "lower", "minute", "x", language, "light")[
        "data"
    ]
    assert grey["locations"] == [district] and district not in coloured["locations"]


def test_a_site_that_closes_after_the_period_leaves_its_districts_comparable():
    code = next(one.id for one in sites_of_the_plan() if one.kind == "branch")
    closes = against_the_plan({code: {"closes": "2025-04-03"}})
    assert len(closes.moved) == 1
    assert replace(closes, period="phase_1").moved == frozenset()
    assert against_the_plan({code: {"counters": {"general_am": 40}}}).moved == frozenset()
    assert comparisons.compare(both(), PAIR).moved == frozenset()


def sites_of_the_plan():
    """The sites of the plan."""
    return network_form.sites(scenario("plan"), load()).values()


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kpi", ["wait_mean", "transaction_within_15_min", "dossiers_received"])
def test_every_figure_is_one_that_plotly_draws(lang, theme, kpi):
    found = comparisons.compare(both(), PAIR, "all", kpi)
    language, names = words(lang), {"plan": "P", "slow": "S"}
    unit, better = REGISTRY[kpi].unit, REGISTRY[kpi].better
    districts = comparisons.by_part(found, DISTRICT)
    districts["name"] = districts[f"name_{lang}"]
    time = comparisons.over_time(found)
    ticks = {month: month for month in sorted(time["period"].unique())}
    for figure in (
        drawings.lines(time, "period", ticks, names, unit, language, theme),
        drawings.effects(districts, unit, language, theme),
        drawings.difference_map(districts, better, unit, "x", language, theme),
        drawings.strips(comparisons.distribution(found), names, 0.9, unit, language, theme),
    ):
        go.Figure(figure)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_page_of_two_scenarios_says_which_is_better(lang):
    found = comparisons.compare(both(), PAIR, "all", "transaction_mean")
    text = str(compare.content(found, ADDRESS, words(lang), "light", 1.0))
    assert words(lang)("compare.verdict_worse") in text
    assert "run-plan (n = 3)" in text and "run-slow (n = 3)" in text


def test_what_is_known_to_be_equal_is_not_called_unsure():
    assert (
        verdict("wait_mean", 0.0, 0.0, 0.0) == verdict("wait_mean", 1e-17, 9e-18, 2e-17) == "same"
    )
    assert verdict("wait_mean", 0.0, -1.0, 1.0) == verdict("wait_mean", 2.0, nan, nan) == "unsure"
    assert verdict("wait_mean", nan, nan, nan) == "none"
    assert verdict("dossiers_received", 2.0, 1.0, 3.0) == "other"
    assert verdict("wait_mean", -2.0, -3.0, -1.0) == "better"


def test_the_parts_of_the_headline_add_up_to_the_measures():
    found = comparisons.compare(both(), PAIR)
    verdicts = comparisons.kpi_table(found)["verdict_1"]
    text = compare.counted(verdicts, words("vi"))
    assert {"same", "worse"} <= set(verdicts)
    assert sum(int(part.split()[0]) for part in text.split(", ")) == len(REGISTRY) == len(verdicts)
    assert f"trong {len(REGISTRY)} chỉ tiêu: {text}" in str(
        compare.heading(found, ADDRESS, words("vi"))
    )


@pytest.mark.parametrize(
    "value, unit, shown",
    [
        (0.0023, "minute", "+0,0023 phút"),
        (-0.0000042, "share", "−0,00042 điểm %"),
        (0.05, "minute", "+0,050 phút"),
        (2.75, "minute", "+2,75 phút"),
        (-0.099, "share", "−9,9 điểm %"),
        (1e-17, "share", "0,0 điểm %"),
        (0.0, "minute", "0 phút"),
        (nan, "minute", "–"),
    ],
)
def test_a_difference_that_is_not_zero_never_reads_as_zero(value, unit, shown):
    assert drawings.plain_signed(value, unit, words("vi")).replace("\u00a0", " ") == shown


def test_the_table_says_how_many_differences_may_be_chance():
    found = comparisons.compare(both(), PAIR)
    table = comparisons.kpi_table(found)
    tested = int(table["verdict_1"].isin(("better", "worse", "other", "unsure")).sum())
    said = compare.chance_alone(found, words("en"))
    assert f"Of {tested} differences" in said and f"about {tested / 20:.1f} " in said
    assert said in str(compare.kpi_panel(found, ADDRESS, words("en")))


def alone(kpi: str = "transaction_mean") -> comparisons.Comparison:
    """Both scenarios, the second with one replication only."""
    source = EnsembleSource()
    source.add("run-plan", "plan")
    source.add("run-slow", "slow", replications_done=1)
    source.tables["run-slow"] = small_findings("slow").query("replication == 0")
    return comparisons.compare(source, PAIR, "all", kpi)


def test_one_replication_has_no_spread_and_gives_no_chance():
    found, language = alone(), words("vi")
    said = compare.spread_finding(found, comparisons.distribution(found), language)
    assert "A từ 14,0" in said and "B là 17,4" in said and "chỉ một lần lặp" in said
    rows = comparisons.chances(found).set_index("side")
    assert rows.loc["slow", ["met", "low", "high"]].isna().all(axis=None)
    assert rows.loc["plan", ["met", "low", "high"]].notna().all(axis=None)
    assert "Kịch bản B chỉ có một lần lặp" in compare.chance_lead(found, language)
    table = compare.chance_table(found, language, plain=False).frame
    assert set(table["slow"]) == {"chỉ một lần lặp"} and table["plan"].str.contains("%").all()
    assert compare.chance_alone(found, language) == ""


def test_what_is_equal_in_all_replications_is_not_called_a_range():
    found = comparisons.compare(both(), PAIR, "all", "dossiers_arrived")
    frame = comparisons.distribution(found).assign(value=5.0)
    said = compare.spread_finding(found, frame, words("vi")).replace("\u00a0", " ")
    assert said.endswith("A luôn là 5 hồ sơ; B luôn là 5 hồ sơ")


def test_every_verdict_has_its_icon():
    assert set(compare.VERDICT_ICON) == {*VERDICTS, comparisons.MOVED}
    assert set(compare.VERDICT_ICON.values()) <= set(ICONS)


def test_the_command_line_says_the_same_words():
    assert {one: words("en")(f"compare.verdict_{one}") for one in VERDICTS} == WORDS


def test_every_chart_has_its_numbers():
    made = tables(both(), f"{ADDRESS}&chiso=transaction_mean")
    assert set(made) == {
        "compare-kpis",
        "compare-map",
        "compare-winners",
        "compare-time",
        "compare-hours",
        "compare-spread",
        "compare-chances",
    }
    assert all(len(table.frame) for table in made.values())


def test_a_table_behind_a_chart_writes_differences_with_signs():
    address = f"{ADDRESS}&chiso=transaction_mean"
    for name in ("compare-winners", "compare-map"):
        shown = str(numbers(both(), address, name)).replace("\u00a0", " ")
        assert '<td class="of-difference">+' in shown and "phút" in shown
    assert "of-low" in str(numbers(both(), address, "compare-time"))
    assert numbers(both(), address, "no-such-chart") is None


def test_one_scenario_alone_has_no_differences_but_its_own_numbers():
    found = comparisons.compare(both(), ["plan"])
    assert found.others == [] and found.chosen is None
    assert set(tables(both(), "?so=plan")) == {
        "compare-time",
        "compare-hours",
        "compare-spread",
        "compare-chances",
    }


# ── which levers matter ────────────────────────────────────────────────────────────────────────


def test_each_lever_is_turned_down_and_up_alone():
    source = EnsembleSource()
    study = sensitivity.start(
        source, scenario("plan"), ["reception.guidance_min", "channels.online"], 0.2, 2
    )
    (asked, replications, _, name), *_ = source.asked
    assert (len(asked), replications, name) == (5, 2, study)
    base, *others = asked
    assert base.hash == scenario("plan").hash
    assert sorted(one.reception.guidance_min for one in others) == pytest.approx(
        [1.2, 1.5, 1.5, 1.8]
    )
    assert len({one.hash for one in asked}) == 5
    assert {one.seed for one in asked} == {base.seed}
    titles = [one.title.vi for one in asked]
    lever = "Hướng dẫn và kiểm tra ban đầu (trung bình)"
    assert titles[0] == scenario("plan").title.vi
    assert {f"{titles[0]}: {lever} −20%", f"{titles[0]}: {lever} +20%"} <= set(titles[1:])


def test_a_whole_number_moves_by_at_least_one_and_stays_within_its_bounds():
    levers = {lever.path: lever for lever in sensitivity.levers(both(), scenario("plan"))}
    candidates = levers["choice.candidates"]
    here = candidates.values["choice.candidates"]
    assert candidates.turned(1.05) == {"choice.candidates": here + 1}
    assert levers["digitisation.at_reception"].turned(5)["digitisation.at_reception.phase_3"] == 1


def test_a_study_shows_the_strongest_lever_first():
    source = EnsembleSource()
    study = sensitivity.start(
        source, scenario("plan"), ["reception.guidance_min", "demand.level"], 0.5, 2
    )
    waiting = sensitivity.read(source, study, "transaction_mean", "all")
    assert waiting.done == 0 and waiting.rows.empty
    for run_id, run in list(source.made.items()):
        source.made[run_id] = run.__class__(**{**vars(run), "status": DONE})
        changed = source.scenarios[run_id].reception.guidance_min
        shift = changed - scenario("plan").reception.guidance_min
        source.tables[run_id] = small_findings("plan").assign(
            value=small_findings("plan")["value"] + shift
        )
    done = sensitivity.read(source, study, "transaction_mean", "all")
    assert done.rows["path"].tolist()[:2] == ["reception.guidance_min"] * 2
    assert sorted(done.rows["difference"]) == pytest.approx([-0.75, 0, 0, 0.75])
    language = words("vi")
    frame = study_page.shown(done, language)
    names = study_page.lever_names(source, language)
    go.Figure(drawings.tornado(frame, names, "minute", language, "light"))
    address = f"?nc={study}&chiso=transaction_mean"
    assert "study-tornado" in tables(source, address)
    assert "−0,75" in str(numbers(source, address, "study-tornado"))
    assert names["reception.guidance_min"] in study_page.finding(done, names, language)


def test_no_lever_is_called_the_strongest_while_chance_explains_its_effect():
    rows = {"path": ["a", "b"], "difference": [3.0, 1.0], "low": [-1.0, 0.5], "high": [7.0, 1.5]}
    study = sensitivity.Study("s", (), None, "wait_mean", "all", pd.DataFrame(rows))
    language, names = words("vi"), {"a": "Hệ số A", "b": "Hệ số B"}
    assert "Hệ số B" in study_page.finding(study, names, language)
    unsure = replace(study, rows=study.rows.iloc[:1])
    assert "Hệ số" not in study_page.finding(unsure, names, language)


def test_a_study_of_nothing_or_of_too_much_is_refused():
    every = [lever.path for lever in sensitivity.levers(both(), scenario("plan"))]
    for paths in ([], every, ["no.such.lever"]):
        source = EnsembleSource()
        with pytest.raises(Exception, match="levers"):
            sensitivity.start(source, scenario("plan"), paths, 0.2, 2)
        assert source.asked == []


# ── what is on its way ─────────────────────────────────────────────────────────────────────────


def test_an_ensemble_on_its_way_shows_real_counts_and_can_be_stopped():
    source = EnsembleSource()
    source.add("going", "plan", RUNNING)
    now = {
        "run": "going",
        "day": 12,
        "days": 45,
        "dossiers": 1234,
        "dossiers_total": 5000,
        "replications_done": 1,
        "remaining_s": 75.0,
    }
    text = str(compare.making(source.runs(), [now], [], words("vi")))
    assert "1/3 lần lặp" in text and "1.234/5.000 hồ sơ" in text and "1 phút 15 giây" in text
    assert "data-cancel-run='going'" in text
    assert compare.making(both().runs(), [], [], words("vi")) is None


@pytest.mark.parametrize(
    "now, said",
    [
        ({}, "đang khởi động"),
        ({"step": "preparing", "day": 0, "days": 45}, "đang khởi động"),
        ({"step": "days", "day": 44, "days": 45, "remaining_s": 0.4}, "sắp xong"),
        ({"step": "days", "day": 44, "days": 45, "remaining_s": 42.0}, "còn khoảng 42 giây"),
        ({"step": "writing", "day": 45, "days": 45}, "ghi kết quả"),
    ],
)
def test_what_an_ensemble_is_doing_is_said_at_every_moment(now, said):
    source = EnsembleSource()
    source.add("going", "plan", RUNNING)
    now = {"run": "going", "dossiers": 3, "dossiers_total": 9} | now
    text = str(compare.making(source.runs(), [now], [], words("vi")))
    assert said in text and "0 phút" not in text
    assert ("khởi động" in text) == ("khởi động" in said)


def test_an_ensemble_that_was_told_to_stop_says_so_and_cannot_be_stopped_twice():
    source = EnsembleSource()
    source.add("going", "plan", RUNNING)
    now = {"run": "going", "day": 12, "days": 45, "dossiers": 1, "dossiers_total": 9}
    assert "đang dừng" not in str(compare.making(source.runs(), [now], [], words("vi")))
    source.made["going"] = replace(source.made["going"], stopping=True)
    text = str(compare.making(source.runs(), [now], [], words("vi")))
    assert "đang dừng…" in text and "disabled=True" in text and "hồ sơ" not in text


def test_a_rule_travels_with_what_is_asked():
    source = EnsembleSource()
    found = comparisons.compare(source, ["plan"])
    comparisons.start_missing(source, found, 50, Until("wait_mean", 0.5))
    assert source.asked[0][1:3] == (50, Until("wait_mean", 0.5))


def test_a_site_that_was_changed_is_told_in_one_line():
    source = both()
    moved = make_scenario(
        scenario("plan").model_dump(mode="json")
        | {"network": {"sites": {"CN07": {"counters": {"general_am": 44}}}}}
    )
    source = EnsembleSource(scenarios={"moved": moved}, made={"moved": run_of("moved", moved)})
    source.tables["moved"] = small_findings("plan")
    found = comparisons.compare(source, ["plan", "moved"])
    told = [change_in_words(one, words("vi")) for one in comparisons.changes(found, found.sides[1])]
    assert len(told) == 1 and "CN07" in told[0] and "44" in told[0]
    assert "CN07" in str(compare.content(found, "?so=plan,moved", words("vi"), "light", 1.0))


BY_SHIFT = {"general_am": 5, "general_pm": 1, "general_sat": 3}
BY_SHIFT |= {"land_am": 6, "land_pm": 6, "land_sat": 3}


def told_of(there, here):
    parent, scenario = (make_scenario({"network": {"sites": sites}}) for sites in (there, here))
    return [change_in_words(one, words("vi")) for one in forms.changes_of(parent, scenario)]


@pytest.mark.parametrize(
    ("there", "here", "told"),
    [
        (None, {"counters": BY_SHIFT}, "quầy tổng hợp buổi chiều 5 → 1"),
        (
            {"counters": BY_SHIFT},
            {"counters": BY_SHIFT | {"general_am": 12, "land_pm": 9}},
            "quầy tổng hợp buổi sáng 5 → 12; quầy đất đai buổi chiều 6 → 9",
        ),
        (None, {"removed": True}, "đã bỏ"),
        (None, {"closes": "2025-03-01"}, "ngày đóng không có → 01/03/2025"),
        (None, {"kind": "one_stop"}, "loại chi nhánh → bộ phận một cửa"),
        (
            {"lat": 21.0, "lon": 105.8},
            {"lat": 21.05, "lon": 105.8},
            "vị trí (21,0000; 105,8000) → (21,0500; 105,8000)",
        ),
        (
            {"counters_by_phase": {"phase_1": BY_SHIFT}},
            {"counters_by_phase": {"phase_1": BY_SHIFT | {"land_sat": 4}}},
            "Giai đoạn 1: quầy đất đai thứ Bảy 3 → 4",
        ),
    ],
)
def test_all_that_changed_at_a_site_is_told_with_what_it_was(there, here, told):
    sites = [{"CN09": one} if one else {} for one in (there, here)]
    assert told_of(*sites) == [f"Điểm CN09: {told}"]


def test_a_new_site_is_told_with_all_that_it_has():
    new = {"name": "Điểm thử", "kind": "reception_point", "lat": 21.03, "lon": 105.85}
    new |= {"opens": "2024-10-01", "accepts": "commune", "counters": {"general_am": 2}}
    (told,) = told_of({}, {"DPM01": new})
    assert told.startswith("Điểm DPM01: thêm vào mạng lưới")
    assert "“Điểm thử”" in told and "quầy tổng hợp buổi sáng 2" in told


def test_what_is_said_of_a_site_and_changes_nothing_is_no_change():
    assert told_of({}, {"CN09": {"counters": BY_SHIFT | {"general_pm": 5}}}) == []
