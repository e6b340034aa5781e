"""How often each thing that the model can do was done in a run: a test over many runs looks
whether it has met them all."""

from collections.abc import Callable
from functools import cached_property

import numpy as np
import pandas as pd

from simulation.calendar import DAY, MINUTE
from simulation.plan import Plan
from simulation.records import NEVER, Channel, Outcome, Purpose, ResultChannel, State
from simulation.rules import CLOSED, SATURDAY, WORKING
from simulation.run import Result

MECHANISMS: dict[str, Callable[["Run"], int]] = {}


class Run:
    """The records of a run as frames, with what one looks for in them."""

    def __init__(self, result: Result):
        self.plan: Plan = result.plan
        self.dossiers = pd.DataFrame(result.dossiers)
        self.unit_days = pd.DataFrame(result.unit_days)
        self.site_days = pd.DataFrame(result.site_days)
        visits = pd.DataFrame(result.visits)
        lead = self.dossiers.iloc[visits["leader"]].reset_index(drop=True)
        self.visits = visits.join(lead[["commune", "field", "need_ms", "batch_size"]])
        self.visits["received_at"] = lead["site"]
        self.hours = self.plan.calendar.hours
        kinds = np.append(self.plan.day_kind, CLOSED)
        day = np.clip(self.visits["arrived_ms"] // DAY, 0, self.plan.days)
        self.visits["day"], self.visits["day_kind"] = day, kinds[day]
        self.visits["clock"] = self.visits["arrived_ms"] % DAY

    def trips(self, purpose: Purpose) -> pd.DataFrame:
        """The visits of one purpose."""
        return self.visits[self.visits["purpose"] == purpose]

    @cached_property
    def first_trips(self) -> pd.DataFrame:
        """First trips to submit of those who set off on a working day, with the nearest site that
        could receive them and the nearest in their own district."""
        trips = self.trips(Purpose.SUBMIT).drop_duplicates("leader")
        trips = trips.assign(set_off_day=trips["need_ms"] // DAY, nearest=NEVER, own=NEVER)
        trips = trips[self.plan.day_kind[trips["set_off_day"]] == WORKING].copy()
        for (day, field), rows in trips.groupby(["set_off_day", "field"]).groups.items():
            nearest = self._nearest(day, field)
            trips.loc[rows, ["nearest", "own"]] = nearest[:, trips.loc[rows, "commune"]].T
        return trips

    def _nearest(self, day: int, field: int) -> np.ndarray:
        """Nearest site [anywhere or in the own district, commune], NEVER where there is none."""
        plan, pool = self.plan, self.plan.pool_of_field[field]
        staffed = plan.counters_by_phase[plan.phase_of_day[day], :, pool, :2].any(axis=1)
        able = np.tile(plan.open_on(day) & plan.accepts[:, field] & staffed, (len(plan.road_m), 1))
        own = able & (plan.site_district[None] == plan.commune_district[:, None])
        roads = [np.where(here, plan.road_m, np.inf) for here in (able, own)]
        return np.array([np.where(np.isinf(r.min(1)), NEVER, r.argmin(1)) for r in roads])

    def bound(self, trips: pd.DataFrame) -> np.ndarray:
        """Whether the rules bound people to their own district on the day of these trips."""
        free = np.array(self.plan.boundary_free)[self.plan.phase_of_day[trips["set_off_day"]]]
        return (free == 0) | (self.plan.rule == "own-district")


def occurrences(result: Result) -> dict[str, int]:
    """How often each mechanism is met in the records of a run."""
    run = Run(result)
    return {name: int(count(run)) for name, count in MECHANISMS.items()}


def mechanism(count: Callable[[Run], int]) -> Callable[[Run], int]:
    """Registers what is to be counted."""
    MECHANISMS[count.__name__.replace("_", " ")] = count
    return count


def _changes(run: Run) -> np.ndarray:
    """Phases that follow another one within the run, in pairs."""
    phase = run.plan.phase_of_day
    return np.flatnonzero(np.diff(phase))


# ── people ────────────────────────────────────────────────────────────────────────────────────


@mechanism
def left_the_queue(run):
    return (run.visits["outcome"] == Outcome.IMPATIENT).sum()


@mechanism
def gave_up_for_good(run):
    return (run.dossiers["state"] == State.ABANDONED).sum()


@mechanism
def sent_home_with_an_incomplete_file(run):
    return (run.visits["outcome"] == Outcome.SENT_HOME).sum()


@mechanism
def sent_home_for_good(run):
    return (run.dossiers["state"] == State.REFUSED).sum()


@mechanism
def closed_out(run):
    return (run.visits["outcome"] == Outcome.CLOSED_OUT).sum()


@mechanism
def still_in_the_queue_at_closing(run):
    return run.site_days["waiting_at_close"].sum()


@mechanism
def no_ticket(run):
    return (run.visits["outcome"] == Outcome.NO_TICKET).sum()


@mechanism
def came_back_to_submit(run):
    return run.trips(Purpose.SUBMIT)["leader"].duplicated().sum()


@mechanism
def received_at_another_site_than_tried_first(run):
    sites = run.trips(Purpose.SUBMIT).groupby("leader")["site"]
    return (sites.nunique() > 1).sum()


@mechanism
def waited_over_lunch(run):
    visits = run.visits[run.visits["day_kind"] == WORKING]
    called = visits["start_ms"] % DAY >= run.hours.afternoon_open
    same = visits["start_ms"] // DAY == visits["day"]
    return (same & called & (visits["clock"] < run.hours.morning_close)).sum()


@mechanism
def came_before_opening(run):
    visits = run.visits[run.visits["day_kind"] == WORKING]
    return (visits["clock"].between(0, run.hours.morning_open - 1)).sum()


@mechanism
def served_past_closing(run):
    ends, begins = run.visits["end_ms"], run.visits["start_ms"]
    late = ends % DAY > run.hours.afternoon_close
    return (late & (begins != NEVER) & (run.visits["day_kind"] == WORKING)).sum()


@mechanism
def served_on_a_saturday(run):
    return ((run.visits["day_kind"] == SATURDAY) & (run.visits["start_ms"] != NEVER)).sum()


@mechanism
def came_at_the_slot_of_an_online_ticket(run):
    visits = run.visits[run.visits["arrived_ms"] != NEVER]
    slots = (visits["clock"] - run.hours.morning_open) % run.plan.ticket_slot_ms == 0
    later = visits["clock"] > run.hours.morning_open
    return (slots & later & (visits["day_kind"] == WORKING)).sum() if run.plan.ticket_ppm else 0


@mechanism
def batch_received(run):
    dossiers = run.dossiers
    return ((dossiers["batch_size"] > 1) & (dossiers["received_ms"] != NEVER)).sum()


@mechanism
def several_results_collected_at_once(run):
    trips = run.trips(Purpose.COLLECT)
    return ((trips["size"] > 1) & (trips["outcome"] == Outcome.SERVED)).sum()


@mechanism
def finished_at_the_same_instant_at_one_site(run):
    served = run.visits[run.visits["start_ms"] != NEVER]
    return served[served["end_ms"] != NEVER].duplicated(["site", "pool", "end_ms"]).sum()


@mechanism
def called_the_instant_another_counter_finished(run):
    visits = run.visits[run.visits["start_ms"] > run.visits["arrived_ms"]]
    return visits.duplicated(["site", "pool", "start_ms"]).sum()


# ── where people go ───────────────────────────────────────────────────────────────────────────


@mechanism
def refused_across_the_boundary(run):
    trips = run.first_trips
    elsewhere = (trips["nearest"] != trips["own"]) & (trips["site"] != trips["nearest"])
    return (run.bound(trips) & (trips["own"] != NEVER) & elsewhere).sum()


@mechanism
def another_site_than_the_nearest_for_its_queue(run):
    trips = run.first_trips
    return (~run.bound(trips) & (trips["site"] != trips["nearest"])).sum()


@mechanism
def received_outside_the_own_district(run):
    trips = run.first_trips
    home = run.plan.commune_district[trips["commune"]]
    return (run.plan.site_district[trips["site"]] != home).sum()


@mechanism
def result_or_supplement_at_another_site_than_received(run):
    trips = run.visits[run.visits["purpose"] != Purpose.SUBMIT]
    at_counter = run.plan.sites["kind"].to_numpy()[trips["received_at"]] != "online"
    return (at_counter & (trips["site"] != trips["received_at"])).sum()


@mechanism
def visit_to_a_site_opened_meanwhile(run):
    return (run.plan.sites["opens_day"].to_numpy()[run.visits["site"]] > 0).sum()


@mechanism
def visit_to_a_site_that_closes_for_ever(run):
    return (run.plan.sites["closes_day"].to_numpy()[run.visits["site"]] < run.plan.days).sum()


@mechanism
def came_to_a_site_that_had_closed_for_ever(run):
    closes = run.plan.sites["closes_day"].to_numpy()[run.visits["site"]]
    return (run.visits["arrived_ms"] >= closes * DAY).sum()


# ── behind the counter ────────────────────────────────────────────────────────────────────────


@mechanism
def supplement_asked_for(run):
    return (run.dossiers["supplements"] == 1).sum()


@mechanism
def supplement_asked_for_twice(run):
    return (run.dossiers["supplements"] == 2).sum()


@mechanism
def supplement_brought_to_a_counter(run):
    return (run.trips(Purpose.SUPPLEMENT)["outcome"] == Outcome.SERVED).sum()


@mechanism
def supplement_or_result_in_vain(run):
    trips = run.visits[run.visits["purpose"] != Purpose.SUBMIT]
    return (~trips["outcome"].isin([Outcome.SERVED, Outcome.UNFINISHED])).sum()


@mechanism
def clock_stopped(run):
    return (run.dossiers["paused_days"] > 0).sum()


@mechanism
def reuse(run):
    return (run.dossiers["reused"] > 0).sum()


@mechanism
def submitted_remotely(run):
    return (run.dossiers["channel"] != Channel.COUNTER).sum()


@mechanism
def same_day_result_waited_for(run):
    done = run.dossiers[run.dossiers["returned_ms"] != NEVER]
    by_hand = done["result_channel"] == ResultChannel.COUNTER
    return (by_hand & (done["returned_ms"] == done["ready_ms"])).sum()


@mechanism
def result_by_post(run):
    done = run.dossiers[run.dossiers["returned_ms"] != NEVER]
    return (done["result_channel"] == ResultChannel.POST).sum()


@mechanism
def received_after_the_same_day_cutoff(run):
    received = run.dossiers["received_ms"]
    return ((received != NEVER) & (received % DAY > run.hours.same_day_cutoff)).sum()


@mechanism
def unit_backlog_over_a_closed_day(run):
    days = run.unit_days
    working = np.array(run.plan.calendar.working[: run.plan.days])
    return ((days["backlog"] > 0) & ~working[days["day"]]).sum()


@mechanism
def taken_up_days_after_reception(run):
    taken = run.dossiers[run.dossiers["taken_ms"] != NEVER]
    return (taken["taken_ms"] // DAY > taken["received_ms"] // DAY).sum()


# ── the control plane ─────────────────────────────────────────────────────────────────────────


@mechanism
def phase_begins(run):
    return len(_changes(run))


@mechanism
def site_opens(run):
    return run.plan.sites["opens_day"].between(1, run.plan.days - 1).sum()


@mechanism
def site_closes(run):
    return run.plan.sites["closes_day"].between(1, run.plan.days - 1).sum()


@mechanism
def officers_move(run):
    phase = run.plan.phase_of_day
    return sum(
        (run.plan.officers[phase[day]] != run.plan.officers[phase[day + 1]]).any()
        for day in _changes(run)
    )


@mechanism
def counters_move(run):
    phase, staff = run.plan.phase_of_day, run.plan.counters_by_phase
    return sum((staff[phase[day]] != staff[phase[day + 1]]).any() for day in _changes(run))


@mechanism
def service_outlasts_the_morning(run):
    visits = run.visits[run.visits["start_ms"] != NEVER]
    lunch = visits["end_ms"] % DAY > run.hours.morning_close
    return (lunch & (visits["start_ms"] % DAY < run.hours.morning_close)).sum()


@mechanism
def arrived_at_the_same_whole_minute(run):
    times = run.visits["arrived_ms"][run.visits["arrived_ms"] != NEVER]
    return ((times % MINUTE == 0) & times.duplicated()).sum()
