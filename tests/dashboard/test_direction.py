"""How a gap is told on the overview."""

from dataclasses import replace

import pytest

from dashboard import accountability, operations, queries
from dashboard.pages import direction
from dashboard.text import words
from kpis.direction import COUNTERS, FACTORS, UNIT, Gap
from tests.dashboard.memory import MemorySource, small_cube

GAP = Gap(
    kpi="satisfaction",
    value=0.8,
    target=0.9,
    status="missed",
    cases=100,
    of=1000,
    cause=FACTORS,
    district="008",
    field="civil_status",
    here=7,
)


@pytest.fixture(scope="module")
def data():
    source = MemorySource()
    return queries.overview(source, queries.view(source, ""))


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("kind", ["online", "branch"])
def test_only_a_place_that_exists_is_named_as_reception(data, lang, kind):
    sites = small_cube().sites
    site = sites[sites["kind"] == kind].iloc[0]
    gap = replace(GAP, site=site["id"], district=site["district_code"])
    language = words(lang)
    told = direction.where(gap, data, language) + str(direction.responsible(gap, data, language))
    assert (site[f"name_{lang}"] in told) == (kind == "branch")
    assert data.districts.set_index("code")["name"][gap.district] in told


def links(part) -> dict[str, str]:
    """Address by class of the links of a part of a page."""
    return {one.className: one.href for one in part if hasattr(one, "href")}


def search_at(href: str, path: str) -> str:
    assert href.startswith(f"{path}?")
    return href.removeprefix(path)


@pytest.mark.parametrize("search", ["", "?ky=2025-03", "?linhvuc=land"])
def test_a_gap_at_counters_leads_to_its_site_and_to_nobody_elses_page(search):
    source = MemorySource()
    data = queries.overview(source, queries.view(source, search))
    gap = next(gap for gap in data.gaps if gap.cause == COUNTERS)
    found = links(direction.responsible(gap, data, words("vi")))
    assert set(found) == {"gap-site", "gap-look"}
    for href in found.values():
        there = queries.view(source, search_at(href, "/dieu-hanh"))
        assert there.state.field == gap.field and "phan=diem" in href
        assert gap.site in set(operations.sites(source, there)["id"])


def test_late_dossiers_are_in_the_list_that_the_unit_leads_to(data):
    source = MemorySource()
    seen = queries.view(source, "?ky=all")
    units = accountability.accountability(source, seen, "").units
    unit = units.sort_values("resolved_late").iloc[-1]
    gap = replace(
        GAP, kpi="on_time", cause=UNIT, unit=unit["unit"], field=unit["field"], site="", district=""
    )
    data = replace(data, state=replace(seen.state, district="001"))
    href = links(direction.responsible(gap, data, words("vi")))["gap-unit"]
    search = search_at(href, "/trach-nhiem")
    there = accountability.accountability(source, queries.view(source, search), search)
    assert there.total == unit["resolved_late"] > 0


@pytest.mark.parametrize("kpi", ["satisfaction", "online_share", "results_stored"])
def test_a_unit_is_no_link_where_its_page_says_nothing_of_the_gap(data, kpi):
    unit = data.books.units.iloc[0]
    told = direction.responsible(replace(GAP, kpi=kpi, unit=unit["id"]), data, words("vi"))
    assert unit["name_vi"] in told and "gap-unit" not in links(told)


@pytest.mark.parametrize(
    "lang, field_there, whole_site",
    [
        ("vi", "của lĩnh vực này tại đó trung bình 28,9", "cả điểm, mọi lĩnh vực: 193 lượt"),
        ("en", "of this field there takes 28.9", "whole site, all fields: 193 visits"),
    ],
)
def test_every_figure_of_a_gap_at_counters_names_its_scope(data, lang, field_there, whole_site):
    facts = (("transaction_min", 28.9), ("visits_per_day", 193.0), ("counters_busy", 0.35))
    told = direction.why(replace(GAP, cause=COUNTERS, facts=facts), data, words(lang))
    assert field_there in told and whole_site in told and "35%" in told


def test_a_factor_of_satisfaction_is_called_as_on_its_page(data):
    facts = (("factor_feedback", 0.6), ("factor_access", 0.9))
    told = direction.why(replace(GAP, facts=facts), data, words("vi"))
    assert "thấp nhất là “Tiếp nhận, xử lý ý kiến” (60,0%)" in told and "hài lòng:" not in told
