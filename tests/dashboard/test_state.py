"""The address of a page and the state it stands for."""

from datetime import date, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from dashboard import state as urls
from dashboard.frame import read_range
from dashboard.state import Known, Problem, State

DAY = timedelta(days=1)
KNOWN = Known(
    start=date(2024, 10, 1),
    end=date(2025, 12, 1),
    phases={
        "phase_1": (date(2024, 10, 1), date(2025, 4, 1)),
        "phase_2": (date(2025, 4, 1), date(2025, 7, 1)),
        "phase_3": (date(2025, 7, 1), date(2025, 12, 1)),
    },
    districts=("001", "268"),
    fields=("land", "civil_status"),
    channels=("counter", "online"),
    kpis=("on_time", "wait_p90"),
    runs=("run-1", "run 2/ü"),
)
days = st.dates(KNOWN.start, KNOWN.end - DAY)
periods = st.one_of(
    st.sampled_from(
        ["", "all", *KNOWN.phases, *urls.quarters(KNOWN), *urls.months(KNOWN)],
    ),
    st.tuples(days, days).map(lambda two: urls.range_token(min(two), max(two))),
)
states = st.builds(
    State,
    period=periods,
    district=st.sampled_from(("", *KNOWN.districts)),
    field=st.sampled_from(("", *KNOWN.fields)),
    channel=st.sampled_from(("", *KNOWN.channels)),
    kpi=st.sampled_from(("", *KNOWN.kpis)),
    run=st.sampled_from(("", *KNOWN.runs)),
    lang=st.sampled_from(urls.LANGUAGES),
)


@given(states)
def test_an_address_leads_back_to_the_state_it_was_made_from(state):
    assert urls.parse(urls.search_of(state), KNOWN) == (state, ())


@given(st.text(max_size=200))
@example("?ky=9999-12-31_9999-12-31&quan=%FF")
@example("?ky=0000-00&ky=2025-Q9")
@example("?ky=9999-Q4")
@example("?ky=²²²²-Q1")
def test_no_address_is_too_strange_to_be_read(search):
    state, problems = urls.parse(search, KNOWN)
    assert urls.period_of(state.period, KNOWN) is not None
    assert all(len(p.value) <= urls.LONGEST_VALUE + 1 for p in problems)


@given(st.sampled_from(list(urls.KEYS)), st.text(min_size=1, max_size=40))
def test_nonsense_is_replaced_by_the_default_and_reported(key, value):
    state, problems = urls.parse("?" + urls.urlencode([(key, value + "?")]), KNOWN)
    assert state == State()
    assert problems == (Problem(key, urls.shortened(value + "?")),)


def test_a_parameter_nobody_knows_is_reported():
    assert urls.parse("?quận=001", KNOWN)[1] == (Problem("quận", "001"),)


@given(periods)
def test_a_period_lies_within_the_horizon(token):
    period = urls.period_of(token, KNOWN)
    assert KNOWN.start <= period.start < period.end <= KNOWN.end


def test_without_a_period_the_last_phase_reached_is_shown():
    assert urls.period_of("", KNOWN).token == "phase_3"
    short = Known(start=KNOWN.start, end=date(2025, 4, 11), phases=KNOWN.phases)
    assert urls.period_of("", short).token == "phase_2"
    assert urls.period_of("", short).last == date(2025, 4, 10)


def test_periods_of_the_calendar_have_their_days():
    assert urls.period_of("2025-Q1", KNOWN).days == 90
    assert urls.period_of("2024-12", KNOWN).last == date(2024, 12, 31)
    assert urls.period_of("2025-02-01_2025-02-01", KNOWN).days == 1


def test_a_period_outside_the_horizon_is_refused():
    assert urls.period_of("2023-Q1", KNOWN) is None
    assert urls.period_of("2025-03-02_2025-03-01", KNOWN) is None


def test_typed_dates_become_a_range():
    assert read_range("01/02/2025", " 15/02/2025", KNOWN) == ("2025-02-01_2025-02-15", "")


def test_typed_nonsense_is_answered_with_the_reason():
    assert read_range("2025-02-01", "15/02/2025", KNOWN)[1] == "period.bad_date"
    assert read_range("16/02/2025", "15/02/2025", KNOWN)[1] == "period.bad_order"
    assert read_range("01/02/2023", "15/02/2023", KNOWN)[1] == "period.outside"


def test_the_search_of_a_page_is_kept_beside_the_state():
    search = urls.with_page_values("?lang=en", q="kiên nhẫn")
    assert urls.page_value(search, "q") == "kiên nhẫn"
    assert urls.parse(search, KNOWN) == (State(lang="en"), ())
    assert urls.with_page_values(search, q="") == "?lang=en"


def test_what_a_page_keeps_in_its_address_can_be_carried_over():
    given = "?ky=2025-03&ngay=2025-03-12&diem=CN1&luc=9:40"
    carried = urls.with_page_values("?lang=en", **urls.of_the_page(given))
    assert carried == "?lang=en&ngay=2025-03-12&diem=CN1&luc=9%3A40"
    assert urls.of_the_page(None) == {}
