"""What the model refuses is said in the person's language, whatever the rule."""

import re

import pytest

from dashboard.pages.scenarios.words import reason
from dashboard.refusals import RULES, in_words
from dashboard.text import catalogue, words
from data.reference import load
from simulation import ScenarioError
from simulation.demand import sample
from simulation.plan import build
from simulation.scenario import make_scenario, read_scenario

VI, EN = words("vi"), words("en")
NEW = {
    "name": "Điểm thử",
    "kind": "reception_point",
    "lat": 21.03,
    "lon": 105.85,
    "opens": "2024-10-01",
    "accepts": "commune",
    "counters": {"general_am": 2, "general_pm": 2},
}
REFUSED = [
    ({"network": {"sites": {f"CN{n:02d}": {"removed": True} for n in range(1, 31)}}}, "01/10/2024"),
    ({"network": {"sites": {"CN01": {"closes": "2024-09-01"}}}}, "CN01"),
    ({"network": {"sites": {"X": NEW | {"closes": "2024-09-01"}}}}, "01/09/2024"),
    ({"network": {"sites": {"X": {"name": "x", "kind": "branch"}}}}, "vĩ độ"),
    ({"network": {"sites": {"X": NEW | {"district": "999"}}}}, "999"),
    ({"network": {"sites": {"X": NEW | {"lat": 21.071, "lon": 105.2127}}}}, "(21,0710; 105,2127)"),
    ({"network": {"sites": {"CN01": {"lat": 21.208, "lon": 105.5443}}}}, "ngoài thành phố"),
    ({"staff": {"counters": {"phase_1": 10.0}}}, "tối đa"),
    ({"staff": {"units": {"nobody": 3}}}, "nobody"),
    ({"rules": {"statutory_days": {"nothing": 3}}}, "nothing"),
    ({"horizon": {"end": "2024-09-01"}}, "01/09/2024"),
    ({"horizon": {"end": "2030-01-01"}}, "1.100 ngày"),
    ({"horizon": {"start": "2024-09-01"}}, "31/12/2026"),
    ({"phases": {"phase_2": "2024-09-01"}}, "lần lượt"),
    ({"demand": {"batch_mean": 50.0}}, "50"),
    ({"channels": {"online": {"phase_1": 0.9}, "agent": {"phase_1": 0.3}}}, "Giai đoạn 1"),
    ({"results": {"at_counter": {"before": 0.9}, "by_post": {"before": 0.3}}}, "120,0%"),
    ({"hours": {"morning_close": "18:00"}}, "18:00"),
    ({"hours": {"saturday_open": "18:00"}}, "thứ Bảy"),
    ({"demand": {"level": 9.0, "annual_dossiers": 2e7}}, "hồ sơ"),
]
BROKEN = [
    ("seed: 1\nseed: 2", "Dòng 2"),
    ("title: &a [x]\nname: *a", "tham chiếu"),
    ("[" * 99, "20 tầng"),
    ("a: [1", "dòng"),
    ("seed: " + "9" * 5000, "bị lỗi"),
    ("- 1", "tham số có tên"),
]


def refusal(values) -> ScenarioError:
    with pytest.raises(ScenarioError) as refused:
        scenario = make_scenario(values)
        sample(build(scenario, load()), scenario, load())
    return refused.value


@pytest.mark.parametrize(("values", "told"), REFUSED)
def test_contradictions_are_told_in_vietnamese(values, told):
    error = refusal(values)
    assert told in reason(error, VI)
    assert not re.search(r"\b(must|later|than|open|site|most)\b", reason(error, VI))


@pytest.mark.parametrize(("text", "told"), BROKEN)
def test_what_is_no_scenario_is_told_in_vietnamese(text, told):
    with pytest.raises(ScenarioError) as refused:
        read_scenario(text)
    assert told in reason(refused.value, VI)


def test_every_rule_has_its_words_and_each_word_a_rule():
    said = {key.removeprefix("refused.") for key in catalogue() if key.startswith("refused.")}
    others = {"not_text_file", "file_too_big"}
    assert {rule for _, rule in RULES} == {
        one for one in said - others if not one.startswith("part_")
    }


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"demand": {"level": 99}}, "Hệ số nhu cầu: Không được lớn hơn 10."),
        ({"demand": {"level": "x"}}, "Hệ số nhu cầu: Cần một số, ví dụ 1,5."),
        ({"channels": {"online": {"phase_1": 1.4}}}, "Giai đoạn 1: Không được lớn hơn 100%."),
        ({"demand": {"levl": 1}}, "có phải demand.level?"),
        ({"nothing": 1}, "nothing: Mô hình không có tham số này."),
        ({"choice": {"candidates": 2.5}}, "Cần một số nguyên."),
        ({"choice": {"rule": "far"}}, "điểm gần nhất"),
        ({"hours": {"morning_open": "8 giờ"}}, "08:00"),
        ({"horizon": {"start": "soon"}}, "ngày/tháng/năm"),
        ({"name": "có dấu"}, "chữ không dấu"),
        ({"title": {"vi": "x" * 3000}}, "2000 ký tự"),
        ({"network": {"sites": {"X": {"lat": 30}}}}, "Điểm X, vĩ độ: Không được lớn hơn 21,5."),
    ],
)
def test_a_bad_value_is_told_with_the_name_of_its_lever_and_what_is_allowed(fault, told):
    assert told in reason(refusal(fault), VI)
    assert reason(refusal(fault), EN)


def test_a_sentence_that_no_rule_knows_stays_as_it_is():
    assert in_words("something else", VI) == "something else"
