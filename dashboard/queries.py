"""What each page shows, as data: one function a page, testable without a browser.

Everything comes from a run's cube (through ``kpis``) and from the reference tables. Nothing here
knows of Dash, of colours or of words.
"""

import unicodedata
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import pandas as pd

import kpis
from dashboard import state as urls
from dashboard.outlines import Outlines
from dashboard.source import DONE, Run, Source
from dashboard.state import Known, Period, State
from data.store.errors import StoreError
from kpis import direction, index766, progress, validation
from kpis.evaluate import index_sums, status
from simulation import load_scenario

CHANNELS = ("counter", "online", "post", "agent")
HEADLINES = (
    "transaction_within_15_min",
    "wait_p90",
    "on_time",
    "digitised_before_processing",
    "access_5km_or_30min",
    "satisfaction",
)
STRIP = (
    "dossiers_received",
    "dossiers_resolved",
    "online_share",
    "full_process_share",
    "visits_per_dossier",
    "abandonment",
    "results_stored",
    "reused_components",
    "counter_utilisation",
    "unit_backlog",
    "reception_units",
    "index_766",
)
# What the map can be coloured by: KPIs that a district has.
MAP_KPIS = (
    *HEADLINES,
    "transaction_mean",
    "wait_mean",
    "abandonment",
    "visits_per_dossier",
    "online_share",
    "reused_components",
    "counter_utilisation",
    "complaints",
    "dossiers_received",
)
REACHED = ("done", "met")  # states of a milestone that count as reached
_JUDGED: WeakKeyDictionary = WeakKeyDictionary()  # milestones by cube: the same for every slice
_VALIDATED: WeakKeyDictionary = WeakKeyDictionary()  # model against published, by cube
_TEXTS: dict[tuple[str, str], pd.Series] = {}  # what a search looks through
DEFAULT_SCENARIO = "plan-30-branches"
DAYS_BY_DAY = 62
DAYS_BY_WEEK = 190
SITE_KINDS = ("branch", "reception_point", "one_stop")
# Arithmetic on geography and population, without any dossier.
DERIVED_KPIS = {"access_5km", "access_30min_motorbike_peak", "access_5km_or_30min"}


@dataclass(frozen=True)
class Figure:
    """A KPI with all that belongs to it: value, target, status, how sure, where from."""

    id: str
    name_vi: str
    name_en: str
    unit: str
    better: str
    value: float | None
    numerator: float | None
    denominator: float | None
    target: float | None
    status: str
    certainty: str
    trend: tuple[tuple[date, float | None], ...] = ()


@dataclass(frozen=True)
class Phase:
    """A phase of the pilot and how much of it is behind us; ``end`` is exclusive."""

    id: str
    name_vi: str
    name_en: str
    start: date
    end: date
    elapsed: float
    milestones_done: int
    milestones: int
    chosen: bool


@dataclass(frozen=True)
class Overview:
    """Everything on the overview page for one state of the address."""

    run: Run
    state: State
    period: Period
    phase: str
    headlines: tuple[Figure, ...]
    strip: tuple[Figure, ...]
    phases: tuple[Phase, ...]
    districts: pd.DataFrame
    district_kpi: Figure
    fields: pd.DataFrame
    volume: pd.DataFrame
    volume_by: str
    trend: pd.DataFrame
    trend_by: str
    milestones: tuple[dict[str, Any], ...]
    sites: pd.DataFrame
    field_names: dict[str, dict]
    working_days: int
    data_version: str
    outlines: Outlines
    gaps: tuple[direction.Gap, ...] = ()
    books: Any = None  # the cube, whose books name sites and units


@dataclass(frozen=True)
class View:
    """An address understood: what is chosen, out of what, and what could not be used."""

    state: State
    problems: tuple[urls.Problem, ...]
    known: Known
    period: Period
    runs: tuple[Run, ...]
    run: Run | None
    default_run: str
    phases: tuple[dict, ...]

    @property
    def facts(self) -> list:
        """What figures depend on beside the address: the run with its state, and the finished
        runs of its scenario, which give chances and intervals."""
        if self.run is None:
            return []
        same = [r for r in self.runs if r.status == DONE and r.hash == self.run.hash]
        return [self.run.id, self.run.status, [[r.id, r.replications_done] for r in same]]


def states(source: Source) -> list[list[str]]:
    """All runs with their status, newest first: what a page is told of them."""
    return [[run.id, run.status] for run in source.runs()]


def view(source: Source, search: str | None) -> View:
    """Reads an address against the runs and tables there are.

    The run is the one asked for; else the newest finished run of the default scenario as it is
    shipped; else of an earlier form of it; else the newest finished one; else the newest of all,
    which is then still in the making or stopped.
    """
    runs = tuple(run for run in source.runs() if not run.study)
    default = _default_run(runs)
    ids = tuple(r.id for r in runs)
    asked, _ = urls.parse(search, _known(source, default, ids))
    run = next((r for r in runs if r.id == asked.run), default)
    known = _known(source, run, ids)
    state, problems = urls.parse(search, known)
    return View(
        state=state,
        problems=problems,
        known=known,
        period=urls.period_of(state.period, known),
        runs=runs,
        run=run,
        default_run=default.id if default else "",
        phases=tuple(source.reference.phases.to_dict("records")),
    )


def _default_run(runs: tuple[Run, ...]) -> Run | None:
    finished = [r for r in runs if r.status == DONE]
    official = [r for r in finished if r.scenario == DEFAULT_SCENARIO]
    shipped = [r for r in official if (r.hash, r.seed) == _shipped()]
    return next(iter(shipped or official or finished or runs), None)


@cache
def _shipped() -> tuple[str, int]:
    scenario = load_scenario(DEFAULT_SCENARIO)
    return scenario.hash, scenario.seed


def _known(source: Source, run: Run | None, runs: tuple[str, ...]) -> Known:
    reference = source.reference
    day = timedelta(days=1)
    phases = {r.id: (r.start, r.end + day) for r in reference.phases.itertuples()}
    return Known(
        start=run.start if run else min(s for s, _ in phases.values()),
        end=run.end if run else max(e for _, e in phases.values()),
        phases=phases,
        districts=tuple(reference.districts["code"]),
        fields=tuple(reference.fields["id"]),
        channels=CHANNELS,
        kpis=MAP_KPIS,
        runs=runs,
    )


def overview(source: Source, seen: View) -> Overview:
    """The overview of a finished run.

    Args:
        seen: the address understood; its run must be done.
    """
    run, state, period = seen.run, seen.state, seen.period
    cube = source.cube(run.id)
    chosen = slice_of(state, period)
    district_kpi = state.kpi or HEADLINES[0]
    wanted = dict.fromkeys((*HEADLINES, *STRIP, district_kpi))
    values = kpis.compute(cube, chosen, wanted, source.reference)
    if state.district:  # the target is a number of units of the whole city
        values["reception_units"] = replace(values["reception_units"], target=None, status="none")
    trend_by = "week" if period.days <= DAYS_BY_WEEK else "month"
    trend = kpis.series(cube, chosen, HEADLINES, trend_by, source.reference)
    volume, volume_by = _volume(source, cube, state, period)
    milestones = _milestones(source, cube)
    return Overview(
        run=run,
        state=state,
        period=period,
        phase=phase_of(period, seen.known),
        headlines=tuple(figure(i, values[i], trend) for i in HEADLINES),
        strip=tuple(figure(i, values[i]) for i in STRIP),
        phases=_phases(milestones, seen),
        districts=_districts(
            source, cube, state, period, district_kpi, values[district_kpi].target
        ),
        district_kpi=figure(district_kpi, values[district_kpi]),
        fields=_fields(source, cube, chosen),
        volume=volume,
        volume_by=volume_by,
        trend=trend,
        trend_by=trend_by,
        milestones=milestones,
        sites=_open_sites(cube, period),
        field_names=source.reference.fields.set_index("id").to_dict("index"),
        working_days=working_days(cube, period),
        data_version=source.reference.version,
        outlines=source.outlines.current(),
        gaps=direction.gaps(cube, chosen, source.reference),
        books=cube,
    )


def slice_of(state: State, period: Period) -> kpis.Slice:
    """The part of the cube that a state chooses."""
    return kpis.Slice(
        start=period.start,
        end=period.end,
        districts=(state.district,) if state.district else None,
        fields=(state.field,) if state.field else None,
        channels=(state.channel,) if state.channel else None,
    )


def figure(kpi_id: str, value: Any, trend: pd.DataFrame | None = None) -> Figure:
    """A KPI's value with its name, target, status and certainty.

    Args:
        value: ``kpis.Value`` of the chosen slice.
        trend: ``kpis.series`` with a column of this KPI.
    """
    kpi = kpis.REGISTRY[kpi_id]
    points = ()
    if trend is not None and len(trend):
        points = tuple(zip(trend["start"], map(_number, trend[kpi_id]), strict=True))
    return Figure(
        id=kpi_id,
        name_vi=kpi.name.vi,
        name_en=kpi.name.en,
        unit=kpi.unit,
        better=kpi.better,
        value=_number(value.value),
        numerator=_number(value.numerator),
        denominator=_number(value.denominator),
        target=_number(value.target),
        status="empty" if _number(value.value) is None else value.status or "none",
        certainty="derived" if kpi_id in DERIVED_KPIS else "simulated",
        trend=points,
    )


def phase_of(period: Period, known: Known) -> str:
    """The phase in which the period ends: its targets are those that count."""
    inside = [n for n, (start, end) in known.phases.items() if start <= period.last < end]
    return inside[0] if inside else ""


def _number(value: Any) -> float | None:
    return None if value is None or value != value else float(value)


def _districts(
    source: Source, cube: Any, state: State, period: Period, kpi_id: str, target: float | None
) -> pd.DataFrame:
    """One row a district, the one in most need first: code, name, value, status."""
    every = slice_of(replace(state, district=""), period)
    found = kpis.breakdown(cube, every, [kpi_id], "district", source.reference)
    names = source.reference.districts.set_index("code")["name"]
    better = kpis.REGISTRY[kpi_id].better
    values = found[kpi_id].astype(float)
    frame = pd.DataFrame(
        {
            "code": found["id"],
            "name": found["id"].map(names),
            "value": values,
            "status": [status(_number(v), target, better) for v in values],
        }
    )
    return frame.sort_values(
        "value", ascending=better == "higher", na_position="last", ignore_index=True
    )


def _fields(source: Source, cube: Any, chosen: kpis.Slice) -> pd.DataFrame:
    """One row a field, slowest first: id, names, share within 15 minutes, mean minutes."""
    ids = ["transaction_within_15_min", "transaction_mean"]
    found = kpis.breakdown(cube, chosen, ids, "field", source.reference)
    names = source.reference.fields.set_index("id")[["name_vi", "name_en"]]
    frame = found.join(names, on="id").dropna(subset=ids)
    return frame.sort_values("transaction_within_15_min", ignore_index=True)


def _volume(source: Source, cube: Any, state: State, period: Period) -> tuple[pd.DataFrame, str]:
    """Dossiers received by channel: start and one column a channel; and the step."""
    by = "day" if period.days <= DAYS_BY_DAY else "week" if period.days <= DAYS_BY_WEEK else "month"
    channels = [state.channel] if state.channel else list(CHANNELS)
    columns = {}
    for channel in channels:
        part = slice_of(replace(state, channel=channel), period)
        found = kpis.series(cube, part, ["dossiers_received"], by, source.reference)
        columns.setdefault("start", found["start"])
        columns[channel] = found["dossiers_received"].fillna(0.0)
    return pd.DataFrame(columns), by


def _phases(milestones: tuple[dict, ...], seen: View) -> tuple[Phase, ...]:
    """The phases with how far each has come at the end of the run."""
    today = seen.known.end
    found = []
    for row in seen.phases:
        start, end = seen.known.phases[row["id"]]
        own = [m for m in milestones if m["phase"] == row["id"]]
        found.append(
            Phase(
                id=row["id"],
                name_vi=row["name_vi"],
                name_en=row["name_en"],
                start=start,
                end=end,
                elapsed=min(1.0, max(0.0, (today - start).days / (end - start).days)),
                milestones_done=sum(m["state"] in REACHED for m in own),
                milestones=len(own),
                chosen=start < seen.period.end and seen.period.start < end,
            )
        )
    return tuple(found)


def _milestones(source: Source, cube: Any) -> tuple[dict[str, Any], ...]:
    """Rows of ``kpis.progress.milestones`` at the end of the run, kept as long as its cube."""
    if cube not in _JUDGED:
        judged = progress.milestones(source.reference, cube)
        _JUDGED[cube] = tuple(judged.to_dict("records"))
    return _JUDGED[cube]


def working_days(cube: Any, period: Period) -> int:
    """Working days of the period, as the run's calendar has them."""
    first = (period.start - cube.meta.start).days
    return sum(cube.meta.working[first : first + period.days])


def _open_sites(cube: Any, period: Period) -> pd.DataFrame:
    """Sites with an address that are open on the period's last day: names, kind, lat, lon."""
    sites = cube.sites
    placed = sites["kind"].isin(SITE_KINDS) & sites["lat"].notna()
    return sites[open_at_end(cube, period) & placed]


def open_at_end(cube: Any, period: Period) -> pd.Series:
    """Which sites are open on the period's last day."""
    sites, day = cube.sites, (period.last - cube.meta.start).days
    return (sites["opens_day"] <= day) & (sites["closes_day"] > day)


# --- the method page -------------------------------------------------------------------------

CERTAINTIES = ("official", "derived", "estimated", "assumed")
# In the order a reader asks: what can be changed, how long, how many, when, where, who, law.
METHOD_TABLES = (
    "levers",
    "rules",
    "targets",
    "service_times",
    "fields",
    "procedures",
    "demand_hours",
    "demand_weekdays",
    "demand_months",
    "demand_surge",
    "online_hours",
    "calendar",
    "phases",
    "milestones",
    "satisfaction",
    "travel_speeds",
    "travel_modes",
    "travel_periods",
    "units",
    "networks",
    "sites",
    "districts",
    "communes",
    "communes_2025",
    "index_766",
    "index_766_groups",
    "index_766_bands",
    "index_766_inputs",
    "index_766_published",
    "published",
    "sipas",
    "units_of_measure",
)


@dataclass(frozen=True)
class ReferenceTable:
    """A reference table with the rows that a search found and how sure its values are."""

    name: str
    frame: pd.DataFrame
    rows: int
    certainty: dict[str, int]


@dataclass(frozen=True)
class Method:
    """Everything on the method page; ``unreadable``: why the run's results cannot be had."""

    search: str
    tables: tuple[ReferenceTable, ...]
    certainty: dict[str, int]
    levers: dict[str, int]
    sources: pd.DataFrame
    kpis: tuple[Any, ...]
    validation: pd.DataFrame | None
    unreadable: StoreError | None
    index_766: pd.DataFrame
    source_titles: dict[str, dict[str, str]]
    period: Period
    run: Run | None


def method(source: Source, seen: View, search: str = "") -> Method:
    """The assumptions, definitions and sources, those rows that hold every word searched for.

    Args:
        search: words, with or without Vietnamese diacritics.
    """
    reference = source.reference
    book = reference.sources.set_index("id")[["title_vi", "title_en"]]
    tables, certainty = [], dict.fromkeys(CERTAINTIES, 0)
    for name in METHOD_TABLES:
        frame = getattr(reference, name)
        counts = _certainty_counts(frame)
        for key, count in counts.items():
            certainty[key] += count
        found = frame[holds(reference, name, search)]
        if len(found):
            tables.append(ReferenceTable(name, found, len(frame), counts))
    sources = reference.sources[holds(reference, "sources", search)]
    finished = seen.run is not None and seen.run.status == DONE
    unreadable = None
    try:
        if finished:
            source.cube(seen.run.id)
    except StoreError as error:
        finished, unreadable = False, error
    return Method(
        search=search,
        tables=tuple(tables),
        certainty=certainty,
        levers=_certainty_counts(reference.levers),
        sources=sources,
        kpis=tuple(k for k in kpis.REGISTRY.values() if _kpi_holds(k, search)),
        validation=_validation(source, seen.run) if finished else None,
        unreadable=unreadable,
        index_766=_index_766(source, seen, finished),
        source_titles={lang: book[f"title_{lang}"].to_dict() for lang in urls.LANGUAGES},
        period=seen.period,
        run=seen.run if finished else None,
    )


def fold(text: str) -> str:
    """Lower case without diacritics, so that "don vi" finds "Đơn vị"."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(c for c in plain if not unicodedata.combining(c))


def holds(reference: Any, name: str, search: str) -> pd.Series:
    """Which rows of a reference table hold every word searched for."""
    frame = getattr(reference, name)
    wanted = fold(search).split()
    if not wanted:
        return pd.Series(True, index=frame.index)
    return _searchable(reference, name).map(lambda text: all(word in text for word in wanted))


def _searchable(reference: Any, name: str) -> pd.Series:
    """Each row of a table as folded text, with the titles of its source; kept by version."""
    key = (reference.version, name)
    if key not in _TEXTS:
        frame = getattr(reference, name)
        text = frame.astype(object).where(frame.notna(), "").astype(str).agg(" ".join, axis=1)
        if "source" in frame:
            sources = reference.sources.set_index("id")
            titles = (sources["title_vi"] + " " + sources["title_en"]).to_dict()
            text = text + " " + frame["source"].map(lambda s: titles.get(s, ""))
        _TEXTS[key] = text.map(fold)
    return _TEXTS[key]


def _kpi_holds(kpi: Any, search: str) -> bool:
    text = fold(
        " ".join((kpi.id, kpi.name.vi, kpi.name.en, kpi.meaning.vi, kpi.meaning.en, kpi.formula.vi))
    )
    return all(word in text for word in fold(search).split())


def _certainty_counts(frame: pd.DataFrame) -> dict[str, int]:
    if "certainty" not in frame:
        return {}
    counts = frame["certainty"].value_counts()
    return {c: int(counts[c]) for c in CERTAINTIES if c in counts}


def _validation(source: Source, run: Run) -> pd.DataFrame:
    cube = source.cube(run.id)
    if cube not in _VALIDATED:
        _VALIDATED[cube] = validation.table(cube, source.reference)
    return _VALIDATED[cube]


def _index_766(source: Source, seen: View, finished: bool) -> pd.DataFrame:
    """Components of Index 766, with rates and points of the period if a run is finished."""
    if not finished:
        frame = source.reference.index_766
        return frame.assign(rate=float("nan"), points=float("nan"), origin=index766.UNKNOWN)
    sums = index_sums(source.cube(seen.run.id), slice_of(State(), seen.period), source.reference)
    return index766.table(sums)
