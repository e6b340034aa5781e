"""What makes people unhappy: the satisfaction page as data.

Scores, answers and complaints come from the cube, as every KPI does. What moves the score comes
from the records (``kpis.drivers``), summed once for a run and kept.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from threading import Lock

import numpy as np
import pandas as pd

import kpis
from dashboard.kept import Kept
from dashboard.queries import View, open_at_end, slice_of
from dashboard.source import Source
from dashboard.state import Period
from kpis import drivers
from kpis.drivers import DRIVERS, Lived
from kpis.evaluate import steps
from kpis.lookup import limit
from kpis.measures import CHANNELS
from kpis.satisfaction import FACTORS
from simulation.records import Outcome, State

SCORES = ("satisfaction", *(f"satisfaction_{factor}" for factor in FACTORS))
KPIS = (*SCORES, "complaints", "complaints_on_time")
MEASURES = {name for one in KPIS for name in kpis.REGISTRY[one].value.measures}
MOST_KEPT = 48  # answers about a run
_FOUND = Kept(MOST_KEPT)
MOST_RUNS = 2  # whose sums of what people lived through are kept
_LIVED: OrderedDict[tuple, Lived] = OrderedDict()
_READING = Lock()


@dataclass(frozen=True)
class Satisfaction:
    """Everything on the satisfaction page for one state of the address, but what moves the score.

    Every frame has a column per ``KPIS`` and: answers (dossiers returned), complained (dossiers
    with a complaint), answered (complaints answered on time), few (too few answers to be read).

    Attributes:
        whole: the chosen part of the city as one row.
        months: start and end (exclusive) of each month.
        sites: id, name_vi, name_en, kind, district, open (on the period's last day); lowest first,
            those with few answers last.
        fields, channels: id and names; those without answers are left out.
        sipas: year, who, value (share), rank; what was published.
        years: year, first, last and the model's score of the whole city in the run's part of it.
        fewest: answers below which a score is not to be read.
    """

    whole: dict
    target: float | None
    status: str
    months: pd.DataFrame
    sites: pd.DataFrame
    fields: pd.DataFrame
    channels: pd.DataFrame
    sipas: pd.DataFrame
    years: pd.DataFrame
    fewest: int


@dataclass(frozen=True)
class Drivers:
    """What the gap between full marks and the score is made of, in shares of full marks.

    ``score`` = ``start`` + the sum of ``rows["points"]`` + ``rest``. ``rows``: factor, driver,
    name_vi, name_en, unit, mean (of what was lived through), effect (of one unit), points (taken
    from the score, negative, or given); what takes most first.
    """

    answers: int
    score: float
    start: float
    rest: float
    target: float | None
    rows: pd.DataFrame


def find(source: Source, seen: View, search: str) -> Satisfaction:
    """The satisfaction page of a finished run. Raises StoreError."""
    cube, reference = source.cube(seen.run.id), source.reference
    state = seen.state
    key = (reference.version, seen.period, state.district, state.field, state.channel)
    return _FOUND.get(cube, key, lambda: _find(cube, reference, seen))


def _find(cube, reference, seen: View) -> Satisfaction:
    part = slice_of(seen.state, seen.period)
    edges = np.array(cube.totals.edges(part))
    fewest = int(limit(reference, "satisfaction_fewest"))
    promise = kpis.compute(cube, part, ["satisfaction"], reference)["satisfaction"]

    def measured(by: str | None, at: np.ndarray = edges, of: kpis.Slice = part) -> pd.DataFrame:
        sums = cube.totals.sums(of, at, by, MEASURES, set(), reference)
        values = {one: kpis.REGISTRY[one].value(sums).value for one in KPIS}
        answers = sums["returned"]
        return pd.DataFrame(
            values
            | {
                "answers": answers.astype(np.int64),
                "complained": sums["complaints"].astype(np.int64),
                "answered": sums["complaints_on_time"].astype(np.int64),
                "few": answers < fewest,
            }
        )

    months = steps(cube, *edges.tolist(), "month")
    return Satisfaction(
        whole=measured(None).iloc[0].to_dict(),
        target=promise.target,
        status=promise.status if promise.value is not None else "empty",
        months=measured(None, months).assign(**_spans(cube, months)),
        sites=_sites(cube, measured("site"), seen.period),
        fields=_with_answers(cube.fields, measured("field")),
        channels=_with_answers(pd.DataFrame({"id": CHANNELS}), measured("channel")),
        sipas=reference.sipas.assign(value=reference.sipas["value"] / 100),
        years=_years(cube, measured),
        fewest=fewest,
    )


def _spans(cube, edges: np.ndarray) -> dict[str, list[date]]:
    return {
        "start": [cube.date_of(day) for day in edges[:-1]],
        "end": [cube.date_of(day) for day in edges[1:]],
    }


def _with_answers(book: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    """The rows with answers, lowest score first, those with few answers last."""
    names = [name for name in book if name in ("id", "name_vi", "name_en")]
    frame = pd.concat([book[names].reset_index(drop=True), values], axis=1)
    frame = frame[frame["answers"] > 0]
    return frame.sort_values(["few", "satisfaction"], ignore_index=True)


def _sites(cube, values: pd.DataFrame, period: Period) -> pd.DataFrame:
    names = dict(zip(cube.districts["code"], cube.districts["name"], strict=True))
    codes = cube.sites["district_code"].tolist()
    more = values.assign(
        kind=cube.sites["kind"].to_numpy(),
        district=[names.get(code, code) for code in codes],
        open=open_at_end(cube, period).to_numpy(),
    )
    return _with_answers(cube.sites, more)


def _years(cube, measured) -> pd.DataFrame:
    """The model's score by calendar year, for the whole city, all fields and channels."""
    first, last = cube.start, cube.date_of(cube.days - 1)
    years = list(range(first.year, last.year + 1))
    starts = [max(first, date(year, 1, 1)) for year in years]
    edges = np.array([*(cube.day_of(day) for day in starts), cube.days])
    ends = [cube.date_of(day - 1) for day in edges[1:]]
    return measured(None, edges, kpis.Slice()).assign(year=years, first=starts, last=ends)


# --- what moves the score --------------------------------------------------------------------


def in_all(name: str) -> str:
    """A driver named by its unit ("Each minute of waiting") as all of them together."""
    for one in ("Mỗi ", "Each "):
        name = name.removeprefix(one)
    return name[:1].upper() + name[1:]


def find_drivers(source: Source, seen: View) -> Drivers | None:
    """What the score is made of; None where nobody has a result yet. Raises StoreError."""
    cube, reference, state = source.cube(seen.run.id), source.reference, seen.state
    part = slice_of(state, seen.period)
    promise = kpis.compute(cube, part, ["satisfaction"], reference)["satisfaction"]
    first, end = cube.totals.edges(part)

    def code(dimension: str, value: str) -> int | None:
        return cube.totals.rows[dimension][value] if value else None

    answers, sums = lived_in(source, seen.run.id).over(
        first,
        end,
        code("district", state.district),
        code("field", state.field),
        code("channel", state.channel),
    )
    if not answers or promise.value is None:
        return None
    start, effects = drivers.starting_level(reference), drivers.effects(reference)
    means = sums / answers
    points = effects * means
    names = reference.satisfaction.set_index(["factor", "driver"])
    rows = pd.DataFrame(
        {
            "factor": [factor for factor, _ in DRIVERS],
            "driver": [driver for _, driver in DRIVERS],
            **{
                name: [in_all(text) for text in names[name].reindex(DRIVERS)]
                for name in ("name_vi", "name_en")
            },
            "unit": [unit.removeprefix("share/") for unit in names["unit"].reindex(DRIVERS)],
            "mean": means,
            "effect": effects,
            "points": points,
        }
    )
    return Drivers(
        answers=answers,
        score=promise.value,
        start=start,
        rest=promise.value - start - float(points.sum()),
        target=promise.target,
        rows=rows.sort_values("points", kind="stable", ignore_index=True),
    )


def lived_in(source: Source, run_id: str) -> Lived:
    """What people lived through in a run, read from its records once. Raises StoreError."""
    cube = source.cube(run_id)
    key = (run_id, cube.meta.sum_id, source.reference.version)
    with _READING:
        if key not in _LIVED:
            _LIVED[key] = read_lived(source, run_id)
        _LIVED.move_to_end(key)
        while len(_LIVED) > MOST_RUNS:
            _LIVED.popitem(last=False)
        return _LIVED[key]


def read_lived(source: Source, run_id: str) -> Lived:
    """What people lived through, from the records of a finished run. Raises StoreError."""
    cube = source.cube(run_id)
    codes = {
        "site": {one: row for row, one in enumerate(cube.sites["id"])},
        "field": {one: row for row, one in enumerate(cube.fields["id"])},
        "channel": {one: row for row, one in enumerate(CHANNELS)},
        "state": {state.name.lower(): int(state) for state in State},
        "outcome": {outcome.name.lower(): int(outcome) for outcome in Outcome},
    }

    def reader(table: str):
        def column(name: str) -> np.ndarray:
            values = source.records(run_id, [name], table).column(name).combine_chunks()
            if name not in codes:
                known = values.fill_null(-1) if values.null_count else values
                return known.to_numpy(zero_copy_only=False)
            meant = [codes[name].get(one, -1) for one in values.dictionary.to_pylist()]
            rows = values.indices.fill_null(len(meant)).to_numpy()
            return np.array([*meant, -1], np.int16)[rows]

        return column

    rows = {code: row for row, code in enumerate(cube.districts["code"])}
    elsewhere = len(rows)  # of no district: counted in the whole city only
    site_district = np.array([rows.get(code, elsewhere) for code in cube.sites["district_code"]])
    return drivers.lived(
        reader("dossiers"),
        reader("visits"),
        cube.days,
        site_district,
        len(cube.fields),
        source.reference,
    )
