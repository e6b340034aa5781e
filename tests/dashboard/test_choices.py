"""Choices from lists: what each of them writes into the address is what its page reads there."""

from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

import pytest
from dash.development.base_component import Component

from dashboard import frame, queries, sensitivity
from dashboard import state as urls
from dashboard.components import EVERYTHING
from dashboard.pages import method, overview
from dashboard.pages.operation_parts import second_period
from dashboard.pages.operations import PARTS
from dashboard.pages.results import look_up
from dashboard.pages.scenarios import compare
from dashboard.pages.scenarios import sensitivity as study_page
from dashboard.source import DONE, RUNNING
from dashboard.text import words
from tests.dashboard.ensembles import EnsembleSource, scenario, small_findings
from tests.dashboard.memory import MemorySource

VI = words("vi")
FRAME = ("choose-district", "choose-field", "choose-channel", "choose-run")


class TwoRuns(MemorySource):
    """An older run besides the newest."""

    def runs(self):
        newest = super().runs()[0]
        return [newest, replace(newest, id="older", created=datetime(2025, 5, 5))]


def of_the_frame(search):
    source = TwoRuns()
    return frame.filters(queries.view(source, search), overview.PAGE, VI, source)


def of_the_map(search):
    source = MemorySource()
    seen = queries.view(source, search)
    return overview.content(queries.overview(source, seen), seen, VI, "light")


def of_the_method(search):
    return method.run_choice(queries.view(TwoRuns(), search), VI)


def of_the_second_period(search):
    return second_period(look_up(MemorySource(), "operations", search, PARTS["so-sanh"].find))


def of_the_comparison(search):
    source = EnsembleSource()
    for run_id, name in {"first": "plan", "second": "slow", "third": "slow"}.items():
        source.add(run_id, name)
    return compare.choices(compare.asked(source, f"?so=first,second,third&{search[1:]}"), VI)


def of_the_study(search):
    source = EnsembleSource()
    name = sensitivity.start(source, scenario("plan"), ["reception.guidance_min"], 0.5, 2)
    for run_id, run in source.made.items():
        source.made[run_id] = replace(run, status=DONE)
        source.tables[run_id] = small_findings("plan")
    return study_page.choices(study_page.asked(source, f"?nc={name}&{search[1:]}"), source, VI)


LISTS = {
    **dict.fromkeys(FRAME, of_the_frame),
    "choose-kpi": of_the_map,
    "method-run": of_the_method,
    "choose-second": of_the_second_period,
    "compare-period": of_the_comparison,
    "compare-kpi": of_the_comparison,
    "compare-other": of_the_comparison,
    "study-period": of_the_study,
    "study-kpi": of_the_study,
}


def the_list(made, name):
    """A list and what its box says about it."""
    boxes = [box for box in parts_of(made) if "data-parameter" in box.to_plotly_json()["props"]]
    (box,) = [box for box in boxes if box.children[1].id == name]
    return box.children[1], box.to_plotly_json()["props"]


def parts_of(made):
    """All components of what was made."""
    if isinstance(made, (list, tuple)):
        return [part for one in made for part in parts_of(one)]
    if not isinstance(made, Component):
        return []
    return [made, *parts_of(getattr(made, "children", None))]


@pytest.mark.parametrize("name", LISTS)
def test_an_address_with_a_choice_shows_it(name):
    shown, about = the_list(LISTS[name](""), name)
    default, parameter = about["data-default"], about["data-parameter"]
    assert shown.value == default
    assert parameter in {*urls.KEYS, *urls.PAGE_KEYS}
    values = [option["value"] for option in shown.options]
    assert default in values and len(set(values)) == len(values) > 1
    for value in [value for value in values if value != default][:3]:
        again, _ = the_list(LISTS[name]("?" + urlencode({parameter: value})), name)
        assert again.value == value


def test_no_finished_run_is_said_in_the_list():
    seen = queries.view(MemorySource(status=RUNNING), "")
    shown, _ = the_list(method.run_choice(seen, VI), "method-run")
    assert [option["label"] for option in shown.options] == [VI("filter.no_run")]
    assert shown.value == EVERYTHING == shown.options[0]["value"]


def test_a_value_of_no_use_is_marked_so_that_a_choice_can_take_it_away():
    problems = queries.view(MemorySource(), "?quan=999&utm=x").problems
    marks = [one.to_plotly_json()["props"] for one in frame.notices(problems, VI)]
    told = {(mark["data-unusable"], mark["data-value"]) for mark in marks}
    assert told == {("quan", "999"), ("utm", "x")}
