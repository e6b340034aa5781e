"""What needs direction now: the worst gaps to target, where they lie, why, and who is responsible.

The rule. A gap is a promise (a KPI that is a share, with a target) which a slice misses. It weighs
as many cases as would have had to go otherwise for the target to be met: target × denominator −
numerator; for access these are people. So a small site with a poor share never comes before a gap
that concerns the city. Each gap is then followed to where most of these cases lie: the field, in
it the site, and at the site the hour in which its counters have most work; what is submitted
online comes to no site, so that gap is followed to the district.
Promises that are kept, and those with nothing to judge, are not named.
"""

from dataclasses import dataclass, replace

import numpy as np

from data.reference import Reference
from kpis import access
from kpis.cube import Cube
from kpis.definitions import REGISTRY
from kpis.evaluate import MET, compute, numbers
from kpis.hours import by_hour
from kpis.satisfaction import FACTORS as FACTORS_OF_SATISFACTION
from kpis.totals import Slice

MOST = 4
REACH = "people_near_or_in_time"
COUNTERS, FACTORS, UNIT, DISTANCE = "counters", "factors", "unit", "distance"
CHANNELS, PAPER = "channels", "paper"
# What moves a promise.
CAUSES = {
    "transaction_within_15_min": COUNTERS,
    "satisfaction": FACTORS,
    "online_share": CHANNELS,
    "digitised_before_processing": PAPER,
    "on_time": UNIT,
    "results_stored": UNIT,
    "access_5km_or_30min": DISTANCE,
}


@dataclass(frozen=True)
class Gap:
    """A missed promise and where most of it lies.

    Attributes:
        cases: that would have had to go otherwise, of ``of`` in all, over the slice.
        here: how many of them lie at ``field`` and ``site`` (in ``district`` where no site is
            named).
        facts: the cause in numbers, by name; units are part of the names.
        unit: processing unit of the field there, "" where there is none.
    """

    kpi: str
    value: float
    target: float
    status: str
    cases: float
    of: float
    cause: str
    district: str
    field: str = ""
    site: str = ""
    hour: int | None = None
    here: float = 0.0
    unit: str = ""
    facts: tuple[tuple[str, float], ...] = ()


def gaps(cube: Cube, part: Slice, reference: Reference, most: int = MOST) -> tuple[Gap, ...]:
    """The worst gaps of a slice, the one that concerns most people first; none where nothing is
    missed. Raises SliceError."""
    promises = [kpi.id for kpi in REGISTRY.values() if kpi.target and kpi.unit == "share"]
    missed = []
    for kpi, value in compute(cube, part, promises, reference).items():
        if value.target is None or value.value is None or value.status == MET:
            continue
        cases = value.target * value.denominator - value.numerator
        missed.append((-round(cases, 6), kpi, value))
    found = (_gap(cube, part, reference, kpi, value) for _, kpi, value in sorted(missed)[:most])
    return tuple(gap for gap in found if gap is not None)


def _gap(cube: Cube, part: Slice, reference: Reference, kpi: str, value) -> Gap | None:
    cause = CAUSES[kpi]
    gap = Gap(
        kpi=kpi,
        value=value.value,
        target=value.target,
        status=value.status,
        cases=value.target * value.denominator - value.numerator,
        of=value.denominator,
        cause=cause,
        district="",
    )
    if cause == DISTANCE:
        return _by_distance(cube, part, reference, gap)
    field, field_cases, _ = _most(cube, part, reference, gap, "field")
    within = replace(part, fields=(field,))
    if cause == CHANNELS:
        return _by_channels(cube, within, reference, replace(gap, field=field), field_cases)
    site, here, share = _most(cube, within, reference, gap, "site")
    district = str(cube.sites["district_code"].iloc[cube.totals.rows["site"][site]])
    unit = _unit(cube, field, district)
    facts = _known({"field_cases": field_cases, "here_share": share})
    gap = replace(gap, field=field, site=site, here=here, district=district, unit=unit, facts=facts)
    if cause == UNIT and unit:
        return replace(gap, facts=facts + _of_unit(cube, part, reference, unit))
    more = {COUNTERS: _by_counters, FACTORS: _by_factors, PAPER: _by_paper}.get(cause)
    return more(cube, within, reference, gap) if more else gap


def _unit(cube: Cube, field: str, district: str) -> str:
    """The unit that processes a field for a district: the district's own before the city's."""
    names = (cube.units[name].tolist() for name in ("field", "district_code", "id"))
    own = [(code, unit) for of, code, unit in zip(*names, strict=True) if of == field]
    return next((unit for wanted in (district, "") for code, unit in own if code == wanted), "")


def _most(
    cube: Cube, part: Slice, reference: Reference, gap: Gap, by: str
) -> tuple[str, float, float]:
    """The field, site or district with most cases of a gap, how many, and the KPI there; the first
    of equals."""
    found = numbers(cube, part, [gap.kpi], by, reference)[gap.kpi]
    cases = np.nan_to_num(gap.target * found.denominator - found.numerator, nan=-np.inf)
    kept = cube.totals.chosen(by, getattr(part, f"{by}s"))
    if kept is not None:
        cases = np.where(kept, cases, -np.inf)
    row = int(cases.argmax())
    return cube.totals.ids[by][row], float(cases[row]), float(found.value[row])


def _at_the_site(within: Slice, gap: Gap) -> Slice:
    """The part of a slice that lies at the gap's site."""
    return replace(within, sites=(gap.site,), districts=None)


def _by_counters(cube: Cube, within: Slice, reference: Reference, gap: Gap) -> Gap:
    """How long a transaction of the field takes at the site; the site's arrivals, of all fields,
    against the capacity of its counters, which serve them all, on the whole and in the hour in
    which they are busiest."""
    low, high = cube.totals.edges(within)
    row, days = cube.totals.rows["site"][gap.site], max(1, sum(cube.meta.working[low:high]))
    here = _at_the_site(within, gap)
    whole = Slice(start=within.start, end=within.end, sites=(gap.site,))
    transaction = compute(cube, here, ["transaction_mean"], reference)["transaction_mean"]
    load = compute(cube, whole, ["visits", "counter_utilisation"], reference)
    facts = {
        "transaction_min": transaction.value,
        "visits_per_day": (load["visits"].value or 0) / days,
        "counters_busy": load["counter_utilisation"].value,
    }
    hours = by_hour(cube, low, high, np.array([row])).dropna(subset=["utilisation"])
    hour = None
    if len(hours):
        busiest = hours.loc[hours["utilisation"].idxmax()]
        hour = int(busiest["hour"])
        facts |= {
            "hour_busy": busiest["utilisation"],
            "hour_arrivals_per_day": busiest["arrivals"] / days,
        }
    return replace(gap, hour=hour, facts=gap.facts + _known(facts))


def _by_channels(
    cube: Cube, within: Slice, reference: Reference, gap: Gap, field_cases: float
) -> Gap:
    """The district with most dossiers that did not come online, and how they came."""
    district, here, share = _most(cube, within, reference, gap, "district")
    there = replace(within, districts=(district,))
    found = compute(cube, there, ["dossiers_received", "full_process_share"], reference)
    facts = {
        "field_cases": field_cases,
        "here_share": share,
        "received": found["dossiers_received"].value,
        "full_process": found["full_process_share"].value,
    }
    if within.channels is None:
        counters = compute(
            cube, replace(there, channels=("counter",)), ["dossiers_received"], reference
        )
        facts["at_counters"] = counters["dossiers_received"].value
    unit = _unit(cube, gap.field, district)
    return replace(gap, district=district, here=here, unit=unit, facts=_known(facts))


def _by_factors(cube: Cube, within: Slice, reference: Reference, gap: Gap) -> Gap:
    """How each factor of satisfaction stands at the site."""
    here = _at_the_site(within, gap)
    names = [f"satisfaction_{factor}" for factor in FACTORS_OF_SATISFACTION]
    found = compute(cube, here, names, reference)
    facts = {
        f"factor_{factor}": found[f"satisfaction_{factor}"].value
        for factor in FACTORS_OF_SATISFACTION
    }
    return replace(gap, facts=gap.facts + _known(facts))


def _by_paper(cube: Cube, within: Slice, reference: Reference, gap: Gap) -> Gap:
    """How many dossiers the site received, and how many went on as paper."""
    here = _at_the_site(within, gap)
    found = compute(cube, here, ["digitised_before_processing"], reference)
    value = found["digitised_before_processing"]
    facts = {"received": value.denominator, "on_paper": value.denominator - value.numerator}
    return replace(gap, facts=gap.facts + _known(facts))


def _of_unit(
    cube: Cube, part: Slice, reference: Reference, unit: str
) -> tuple[tuple[str, float], ...]:
    """What came to a unit against what left it, and what lies there."""
    row = cube.totals.rows["unit"][unit]
    edges = np.array(cube.totals.edges(part))
    whole = Slice(start=part.start, end=part.end)
    names = {"unit_received", "unit_finished", "unit_busy_ms", "unit_capacity_ms", "unit_backlog"}
    sums = cube.totals.sums(whole, edges, "unit", names, set(), reference)
    days = max(1, sum(cube.meta.working[edges[0] : edges[1]]))
    capacity = sums["unit_capacity_ms"][row]
    return _known(
        {
            "received_per_day": sums["unit_received"][row] / days,
            "finished_per_day": sums["unit_finished"][row] / days,
            "backlog": sums["unit_backlog"][row],
            "utilisation": sums["unit_busy_ms"][row] / capacity if capacity else None,
        }
    )


def _by_distance(cube: Cube, part: Slice, reference: Reference, gap: Gap) -> Gap | None:
    """The district with most people out of reach, how far they live, and its nearest site."""
    low, high = cube.totals.edges(part)
    frame = cube.access
    since = frame["from_day"].to_numpy()
    frame = frame[since == since[since <= max(low, high - 1)].max(initial=since.min())]
    if part.districts is not None:
        frame = frame[frame["district_code"].isin(part.districts)]
    reach = access.reach(frame, reference)
    outside = reach["population"] - reach[REACH]
    if not outside.sum():
        return None
    frame = frame.assign(outside=outside)
    by_district = frame.groupby("district_code")["outside"].sum()
    district = str(by_district.idxmax())
    there = frame[(frame["district_code"] == district) & (frame["outside"] > 0)]
    people = there["outside"].to_numpy()
    furthest = there.iloc[int(there["distance_km"].to_numpy().argmax())]
    return replace(
        gap,
        district=district,
        site=str(furthest["site"]),
        here=float(by_district.max()),
        facts=_known(
            {
                "distance_km": float(np.average(there["distance_km"], weights=people)),
                "minutes": float(np.average(there[f"minutes_{access.HEADLINE}"], weights=people)),
                "furthest_km": float(furthest["distance_km"]),
                "communes": float(len(there)),
            }
        ),
    )


def _known(facts: dict) -> tuple[tuple[str, float], ...]:
    return tuple((name, float(v)) for name, v in facts.items() if v is not None and v == v)
