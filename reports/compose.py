"""Makes the document of a report from a run's cube: every figure is taken from there."""

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

import numpy as np
import pandas as pd

import kpis
from dashboard import figures
from dashboard.text import Words, catalogue, words
from data.reference import Reference
from kpis import index766, progress
from kpis.comparison import verdict
from kpis.cube import Cube
from kpis.evaluate import index_sums, is_whole_month
from kpis.lookup import rows
from reports import model
from reports.fields import Fields, read_edits, same_numbers
from reports.model import Chart, Document, Heading, Number, Paragraph, Piece, Table
from reports.period import Period

# Arithmetic on geography and population, without any dossier.
DERIVED = ("access_5km", "access_30min_motorbike_peak", "access_5km_or_30min")
CHANNELS = ("counter", "online", "agent", "post")
MOST_GAPS = 3
DIGITS_OF_POINTS = (1, 2, 3)  # of a difference of shares: the first that is not all zeros
UNITS_IN_THE_TEXT = 10
DAYS_BY_DAY, DAYS_BY_WEEK = 62, 190
FEWEST_STEPS = 2  # of a chart over time
DAYS_OF = {"day": 1, "week": 7}  # a whole step has so many
# A part of the city is named, and a scenario's effect told, only where it differs by so much:
# shares by percentage points, all else relative to the city's or the base's value.
NAMED_SHARE, NAMED_PART = 0.01, 0.05
TOLD_SHARE, TOLD_PART = 0.001, 0.01
BY_DISTRICT = (
    *("dossiers_received", "transaction_within_15_min", "wait_p90", "on_time"),
    *("digitised_before_processing", "access_5km_or_30min", "satisfaction"),
)
BY_FIELD = (
    *("dossiers_received", "dossiers_resolved", "transaction_within_15_min", "transaction_mean"),
    *("on_time", "online_share", "satisfaction"),
)
# The figure that stands beside a gap: a KPI, and whether it is that of the field at issue.
BESIDE = {
    "transaction_within_15_min": "transaction_mean",
    "on_time": "time_to_result",
    "digitised_before_processing": "online_share",
    "results_stored": "electronic_results",
    "online_share": "full_process_share",
    "satisfaction": "visits_per_dossier",
    "access_5km_or_30min": "travel_mean",
}
COMPARED = ("wait_mean", "visits_per_dossier", "abandonment", "time_to_result")
LEGAL = ("submission_333", "resolution_35", "decision_63")
BLANK = "……"


@dataclass(frozen=True)
class Compared:
    """A scenario beside the base: titles, ``kpis.ensemble.compare`` of the city over a period
    (columns kpi, a, b, difference, low, high), replications, and whether it is the report's
    period or the whole simulated time."""

    title: str
    title_en: str
    base: str
    base_en: str
    frame: pd.DataFrame
    replications: int
    of_the_period: bool
    run: str = ""
    hash: str = ""


@dataclass(frozen=True)
class Spread:
    """Means and intervals of the run's replications over the report's period:
    ``kpis.ensemble.summary`` of the city (columns kpi, mean, low, high)."""

    frame: pd.DataFrame
    replications: int


@dataclass(frozen=True)
class Origin:
    """The run a report is about."""

    run: str
    title_vi: str
    title_en: str
    hash: str
    seed: int
    code_version: str
    data_version: str


@dataclass
class Composer:
    """Figures of one cube over one period in one language."""

    cube: Cube
    period: Period
    language: Words
    reference: Reference

    @cached_property
    def values(self) -> dict[str, kpis.Value]:
        """Every KPI of the city."""
        return kpis.compute(self.cube, self.part(), reference=self.reference)

    @cached_property
    def before(self) -> dict[str, kpis.Value]:
        """Every KPI of the same period before, {} where there is none."""
        if self.period.before is None:
            return {}
        return kpis.compute(self.cube, kpis.Slice(*self.period.before), reference=self.reference)

    @cached_property
    def broken_down(self) -> dict[str, pd.DataFrame]:
        """KPIs by district, field and channel."""
        wanted = {
            "district": dict.fromkeys((*BY_DISTRICT, *self._with_target())),
            "field": dict.fromkeys((*BY_FIELD, *self._with_target(), *BESIDE.values())),
            "channel": ("dossiers_received",),
            "unit": ("unit_backlog",),
        }
        return {
            by: kpis.breakdown(self.cube, self.part(), ids, by, self.reference).set_index("id")
            for by, ids in wanted.items()
        }

    @cached_property
    def certainty_of_targets(self) -> dict[str, str]:
        """How sure each target is, by KPI."""
        return dict(rows(self.reference.targets, "kpi", "certainty"))

    def part(self) -> kpis.Slice:
        """The slice of the period."""
        return kpis.Slice(self.period.first, self.period.stop)

    def _with_target(self) -> list[str]:
        return [kpi.id for kpi in kpis.REGISTRY.values() if kpi.target]

    def kpi(self, kpi_id: str, by: str = "", part: str = "") -> Number:
        """A KPI of the city, or of one of its parts."""
        if by:
            found = self.broken_down[by][kpi_id].get(part)
            value = None if found is None or found != found else float(found)
        else:
            value = self.values[kpi_id].value
        return self.number(kpi_id, value, by=by, part=part)

    def number(self, kpi_id: str, value: float | None, kind=model.VALUE, **of) -> Number:
        """A number about a KPI, in words."""
        kpi = kpis.REGISTRY[kpi_id]
        certainty = "derived" if kpi_id in DERIVED else "simulated"
        start, end = of.pop("span", (self.period.first, self.period.stop))
        text = of.pop("text", None) or self.language.value(value, kpi.unit)
        return Number(
            text, value, kpi_id, kind, kpi.unit, of.pop("certainty", certainty), start, end, **of
        )

    def target(self, kpi_id: str) -> Number:
        """The target of a KPI."""
        sure = self.certainty_of_targets.get(kpi_id, "official")
        return self.number(kpi_id, self.values[kpi_id].target, model.TARGET, certainty=sure)

    def shown(self, kpi_id: str) -> Number:
        """A KPI so that what misses its target never reads as if it reached it."""
        found, unit = self.values[kpi_id], kpis.REGISTRY[kpi_id].unit
        text = self.language.towards(found.value, found.target, unit, found.status == "met")
        return self.number(kpi_id, found.value, text=text)

    def difference(self, kpi_id: str, value: float | None, kind: str, signed=True) -> Number:
        """A difference of values of a KPI; shares differ by percentage points."""
        unit = kpis.REGISTRY[kpi_id].unit
        return self.number(
            kpi_id, value, kind, text=difference_text(value, unit, self.language, signed)
        )

    def count(
        self, value: float | None, what: str, unit: str = "", digits: int = 0, **of
    ) -> Number:
        """A number of things."""
        text = self.language.number(value, digits)
        word = self.language.unit(unit)
        text = f"{text}\u00a0{word}" if word and value is not None else text
        of = {"start": self.period.first, "end": self.period.stop} | of
        return Number(text, value, what, of.pop("kind", model.COUNT), unit, **of)

    def sentence(self, key: str, **given: Piece) -> tuple[Piece, ...]:
        """A text of the catalogue, its names filled in: with what is given, else with KPIs."""
        found: list[Piece] = []
        raw = catalogue()[key][self.language.lang]
        for literal, name, _, _ in string.Formatter().parse(raw):
            if literal:
                found.append(literal)
            if name:
                found.append(given[name] if name in given else self.kpi(name))
        return tuple(found)


def difference_text(value: float | None, unit: str, language: Words, signed: bool = True) -> str:
    """A difference in words: +1,25 phút; shares in percentage points."""
    if value is None or value != value:
        return language.value(None, unit)
    size = abs(value)
    if unit == "share":
        digits = next((n for n in DIGITS_OF_POINTS if round(100 * size, n)), 1)
        number = language.number(100 * size, digits)
        text = f"{number}\u00a0{language('report.percentage_points')}"
    else:
        text = language.value(size, unit)
    none = not any(digit in text for digit in "123456789")
    sign = "" if none or not signed else "+" if value > 0 else "−"
    return sign + text


def compose(
    cube: Cube,
    period: Period,
    lang: str,
    reference: Reference,
    origin: Origin,
    late: pd.DataFrame,
    fields: Fields | None = None,
    edits: Mapping[str, str] | None = None,
    compared: Sequence[Compared] = (),
    code: str = "",
    spread: Spread | None = None,
) -> Document:
    """The report as a document.

    ``late``: resolved and late dossiers by unit over the period (``reports.units``); ``edits``:
    words in place of composed paragraphs, by id; ``code``: of an issued report. Raises
    FieldsError for edits that cannot be printed.
    """
    fields, edits = fields or Fields(), read_edits(edits)
    language = words(lang)
    c = Composer(cube, period, language, reference)
    label = period_label(language, period, reference)
    found = [
        *_introduction(c, label),
        *_results(c, late, spread),
        *_difficulties(c),
        *_proposals(c, compared),
        *_appendices(c, late),
    ]
    found = [_edited(block, edits, language) for block in found]
    found += _method(c, origin, found, bool(compared))
    top = head(language, period, reference, fields, origin, code)
    return Document(
        lang=lang,
        title=f"{top.kind} – {top.subject}",
        head=top,
        blocks=tuple(_captioned(found, language)),
        day=fields.date() or period.last,
        author=fields.author,
    )


def period_label(language: Words, period: Period, reference: Reference) -> str:
    """The period as a sentence names it."""
    last = period.end - timedelta(days=1)
    if period.kind == "phase":
        row = next(r for r in reference.phases.itertuples() if r.start == period.start)
        name = row.name_vi if language.lang == "vi" else row.name_en
        return language("report.short_phase", name=name, span=language.span(period.start, last))
    if period.kind == "quarter":
        number = language.roman((period.start.month + 2) // 3)
        return language("report.in_quarter", number=number, year=period.start.year)
    if period.kind == "month":
        return language("report.in_month", month=period.start.month, year=period.start.year)
    if period.start == last:
        return language("report.in_day", day=language.date(last))
    return language("report.in_range", first=language.date(period.start), last=language.date(last))


def head(
    say: Words, period: Period, reference: Reference, fields: Fields, origin: Origin, code: str
) -> model.Head:
    """The form around the text. Raises FieldsError."""
    day = fields.date()
    dated = {"day": BLANK, "month": BLANK, "year": BLANK}
    if day:
        # Days below 10 and the months January and February have a leading zero.
        short = say.lang == "vi" and day.month > 2
        month = str(day.month) if short else f"{day.month:02d}"
        dated = {"day": f"{day.day:02d}", "month": month, "year": str(day.year)}
    addressee = say("report.addressee", name=fields.addressee or BLANK)
    return model.Head(
        parent=say("report.parent"),
        body=say("report.body"),
        nation=say("report.nation"),
        motto=say("report.motto"),
        number=say("report.number", number=fields.number or BLANK, symbol=fields.symbol or BLANK),
        place_date=say("report.place_date", place=fields.place or BLANK, **dated),
        kind=say("report.kind"),
        subject=say("report.subject", period=period_label(say, period, reference)),
        addressee=addressee,
        recipients_title=say("report.recipients"),
        recipients=tuple(
            line.strip(" ;.-") for line in fields.recipients.split("\n") if line.strip(" ;.-")
        ),
        signer_title=(fields.signer_title or BLANK).upper(),
        signer_name=fields.signer_name or BLANK,
        footer=say(
            "report.footer",
            code=code or say("report.draft"),
            run=origin.run,
            hash=origin.hash[:12],
            seed=origin.seed,
        ),
    )


def _introduction(c: Composer, label: str):
    say, period = c.language, c.period
    titles = c.reference.sources.set_index("id")
    bases = [say.of(titles.loc[one], "title") for one in LEGAL]
    yield Paragraph("intro", c.sentence("report.intro", sources=say.list(bases), period=label))
    if not period.is_whole:
        days = {"first": say.date(period.first), "last": say.date(period.last)}
        yield Paragraph("not_whole", c.sentence("report.not_whole", **days))
    if not c.values["dossiers_received"].value and not c.values["dossiers_resolved"].value:
        yield Paragraph("no_data", c.sentence("report.no_data"))


def _results(c: Composer, late: pd.DataFrame, spread: Spread | None):
    say, last = c.language, c.language.date(c.period.last)
    yield Heading("part_1", 1, say("report.part_1"))
    yield Heading("targets", 2, say("report.targets"))
    yield from _targets(c)
    if spread is not None:
        yield from _spread(c, spread)
    yield Heading("network", 2, say("report.network"))
    yield Paragraph("network", c.sentence("report.network_text", last=last))
    yield from _phases(c)
    yield Heading("volumes", 2, say("report.volumes"))
    yield Paragraph("volumes", c.sentence("report.volumes_text"))
    yield from _channels(c)
    yield Heading("counter", 2, say("report.counter"))
    yield Paragraph("counter", c.sentence("report.counter_text"))
    yield from _counter_chart(c)
    yield Heading("on_time", 2, say("report.on_time"))
    yield Paragraph("on_time", c.sentence("report.on_time_text"))
    yield from _late(c, late)
    for name in ("digitised", "access", "satisfaction"):
        yield Heading(name, 2, say(f"report.{name}"))
        more = {"last": last} if name == "access" else {}
        yield Paragraph(name, c.sentence(f"report.{name}_text", **more))
    yield Heading("index", 2, say("report.index"))
    yield from _index(c)


def _targets(c: Composer):
    say = c.language
    judged = [k for k in c._with_target() if c.values[k].target is not None]
    states = [c.values[k].status for k in judged]
    counts = {name: states.count(name) for name in ("met", "near", "missed")}
    given = {name: c.count(n, f"targets_{name}") for name, n in counts.items()}
    given["total"] = c.count(sum(counts.values()), "targets_judged")
    yield Paragraph("targets", c.sentence("report.targets_text", **given))
    if c.period.before:
        first, stop = c.period.before
        days = {"first": say.date(first), "last": say.date(stop - timedelta(days=1))}
        yield Paragraph("before", c.sentence("report.targets_before", **days))
    else:
        yield Paragraph("before", c.sentence("report.targets_no_before"))
    lines = []
    for kpi in judged:
        value, earlier = c.values[kpi], c.before.get(kpi)
        gap = None if value.value is None else value.value - value.target
        status = "empty" if value.value is None else value.status
        lines.append(
            (
                _name(kpi, say),
                c.target(kpi),
                say(f"certainty.{c.certainty_of_targets.get(kpi, 'official')}"),
                c.shown(kpi),
                c.difference(kpi, gap, model.DIFFERENCE),
                say(f"status.{status}"),
                c.number(kpi, earlier.value, model.BEFORE, span=c.period.before)
                if earlier
                else say.value(None, ""),
            )
        )
    heads = ("measure", "target", "basis", "value", "difference", "status", "before")
    yield _table(c, "targets", heads, lines, (24, 11, 13, 11, 17, 12, 12))


def _spread(c: Composer, spread: Spread):
    say = c.language
    count = c.count(spread.replications, "replications")
    yield Paragraph("spread", c.sentence("report.spread_text", count=count))
    kinds = [model.MEAN, model.LOW, model.HIGH]
    known = spread.frame.dropna(subset=kinds).set_index("kpi")
    lines = [
        (_name(kpi, say), *(c.number(kpi, float(known.at[kpi, kind]), kind) for kind in kinds))
        for kpi in dict.fromkeys((*c._with_target(), *COMPARED))
        if kpi in known.index
    ]
    yield _table(c, "spread", ("measure", "mean", "low", "high"), lines, (46, 18, 18, 18))


def _phases(c: Composer):
    say = c.language
    frame = progress.phases(c.reference, c.cube, c.period.last)
    lines = [
        (
            row.name_vi if say.lang == "vi" else row.name_en,
            say.span(row.start, row.end),
            c.count(row.milestones_done, "milestones_done", part=row.id),
            c.count(row.milestones, "milestones", part=row.id),
        )
        for row in frame.itertuples()
    ]
    yield _table(c, "phases", ("phase", "span", "done", "all"), lines, (24, 40, 18, 18))
    judged = progress.milestones(c.reference, c.cube, c.period.last)
    touched = {
        r.id
        for r in c.reference.phases.itertuples()
        if r.start < c.period.stop and r.end >= c.period.first
    }
    lines = [
        (say.of(row), say.date(row["due"]), say(f"report.state_{row['state']}"))
        for row in judged[judged["phase"].isin(touched)].to_dict("records")
    ]
    yield _table(c, "milestones", ("milestone", "due", "status"), lines, (56, 18, 26))


def _channels(c: Composer):
    say, period = c.language, c.period
    days = (period.stop - period.first).days
    by = "day" if days <= DAYS_BY_DAY else "week" if days <= DAYS_BY_WEEK else "month"
    columns = {}
    for channel in CHANNELS:
        part = replace(c.part(), channels=(channel,))
        found = kpis.series(c.cube, part, ["dossiers_received"], by, c.reference)
        columns.setdefault("start", found["start"])
        columns[channel] = found["dossiers_received"].fillna(0.0)
        columns.setdefault("end", found["end"])
    volume, cut = uncut_steps(pd.DataFrame(columns), by)
    yield Chart(
        "volume",
        say(f"report.c_volume_{by}" if cut else "report.c_volume"),
        figures.volume_by_channel(volume, by, say, "light"),
        say("report.c_volume_alt"),
    )
    lines = [
        (say(f"channel.{one}"), c.kpi("dossiers_received", "channel", one)) for one in CHANNELS
    ]
    yield _table(c, "channels", ("channel", "received"), lines, (70, 30))


def uncut_steps(steps: pd.DataFrame, by: str) -> tuple[pd.DataFrame, bool]:
    """Steps without a first and last one that the period cuts short, which would look like a fall;
    whether any were left out. All of them where too few would remain."""
    spans = zip(steps["start"], steps["end"], strict=True)
    if by == "month":
        whole = np.array([is_whole_month(*span) for span in spans], bool)
    else:
        whole = np.array([(end - start).days == DAYS_OF[by] for start, end in spans], bool)
    if whole.all() or whole.sum() < FEWEST_STEPS:
        return steps, False
    return steps[whole].reset_index(drop=True), True


def _counter_chart(c: Composer):
    say = c.language
    found = c.broken_down["field"][["transaction_within_15_min", "transaction_mean"]].dropna()
    frame = found.reset_index().merge(
        c.reference.fields[["id", "name_vi", "name_en"]], on="id", how="left"
    )
    if frame.empty:
        return
    frame = frame.sort_values("transaction_within_15_min", ignore_index=True)
    figure = figures.within_15_by_field(frame, say, "light")
    yield Chart("fields", say("report.c_fields"), figure, say("report.c_fields_alt"))


def _late(c: Composer, late: pd.DataFrame):
    worst = late[late["late"] > 0]
    if worst.empty:
        yield Paragraph("late", c.sentence("report.late_none"))
        return
    names = _unit_names(c)
    first = worst.iloc[0]
    given = {
        "late": c.count(int(worst["late"].sum()), "dossiers_late", "dossier"),
        "count": c.count(len(worst), "units_late", "office"),
        "unit": names[first["id"]],
        "most": c.count(
            int(first["late"]), "dossiers_late", "dossier", by="unit", part=first["id"]
        ),
    }
    yield Paragraph("late", c.sentence("report.late_text", **given))
    yield _units(c, "late", worst.head(UNITS_IN_THE_TEXT))


def _units(c: Composer, name: str, late: pd.DataFrame) -> Table:
    names = _unit_names(c)
    lines = [
        (
            names[row.id],
            c.count(int(row.resolved), "dossiers_resolved", by="unit", part=row.id),
            c.count(int(row.late), "dossiers_late", by="unit", part=row.id),
            bare(c.kpi("unit_backlog", "unit", row.id), c.language),
        )
        for row in late.itertuples()
    ]
    return _table(c, name, ("unit", "resolved", "late", "backlog"), lines, (61, 13, 13, 13))


def _index(c: Composer):
    say = c.language
    table = index766.table(index_sums(c.cube, c.part(), c.reference))
    total = index766.overall(table, c.reference)
    known = c.values["index_766"].denominator if c.values["index_766"].value is not None else None
    given = {
        "known": c.count(known, "index_766_known", digits=0),
        "maximum": c.count(total.maximum, "index_766_maximum", certainty="official"),
    }
    yield Paragraph("index", c.sentence("report.index_text", **given))
    lines = []
    for row in index766.groups(table, c.reference).to_dict("records"):
        found = c.values[f"index_766_{row['id']}"]
        some = found.value is not None
        lines.append(
            (
                say.of(row),
                c.number(f"index_766_{row['id']}", found.value, text=say.number(found.value, 2)),
                c.count(found.denominator if some else 0, "index_766_known", part=row["id"]),
                c.count(row["max"], "index_766_maximum", part=row["id"], certainty="official"),
            )
        )
    yield _table(c, "index", ("group", "points", "known", "max"), lines, (46, 18, 18, 18))


def gaps(c: Composer) -> list[str]:
    """KPIs that miss their target, the largest gap relative to the target first."""
    missed = []
    for kpi in c._with_target():
        value = c.values[kpi]
        if value.status in ("near", "missed") and value.target:
            missed.append((abs(value.value - value.target) / abs(value.target), kpi))
    return [kpi for _, kpi in sorted(missed, reverse=True)]


def _difficulties(c: Composer):
    say = c.language
    yield Heading("part_2", 1, say("report.part_2"))
    missed = gaps(c)
    if not missed:
        judged = any(c.values[k].status == "met" for k in c._with_target())
        dossiers = c.values["dossiers_received"].value
        key = "report.gap_none" if judged and dossiers else "report.gap_nothing"
        yield Paragraph("gaps", c.sentence(key))
        return
    yield Paragraph("gaps", c.sentence("report.gap_lead"))
    for place, kpi in enumerate(missed[:MOST_GAPS], 1):
        yield Paragraph(f"gap_{place}", _gap(c, place, kpi))
    yield Paragraph("caution", c.sentence("report.gap_caution"))


def _gap(c: Composer, place: int, kpi_id: str) -> tuple[Piece, ...]:
    say, value, kpi = c.language, c.values[kpi_id], kpis.REGISTRY[kpi_id]
    pieces = c.sentence(
        f"report.gap_{kpi.better}",
        place=str(place),
        name=_name(kpi_id, say),
        value=c.shown(kpi_id),
        target=c.target(kpi_id),
        difference=c.difference(
            kpi_id, abs(value.value - value.target), model.DIFFERENCE, signed=False
        ),
    )
    worst = {by: _worst(c, by, kpi_id) for by in ("district", "field")}
    if worst["district"] and kpi_id != "reception_units":
        name = c.reference.districts.set_index("code")["name"][worst["district"]]
        told = c.kpi(kpi_id, "district", worst["district"])
        pieces += c.sentence("report.gap_district", district=name, value=told)
    field = worst["field"]
    if field:
        told = c.kpi(kpi_id, "field", field)
        pieces += c.sentence("report.gap_field", field=_field(c, field), value=told)
    beside = BESIDE.get(kpi_id)
    if beside and c.values[beside].value is not None:
        given = {"name": _name(beside, say), "city": c.kpi(beside)}
        there = c.kpi(beside, "field", field) if field else None
        if there and is_worse(beside, there.value, c.values[beside].value):
            more = {"field": _field(c, field), "value": there}
            pieces += c.sentence("report.gap_cause", **given, **more)
        else:
            pieces += c.sentence("report.gap_cause_city", **given)
    return pieces


def _worst(c: Composer, by: str, kpi_id: str) -> str | None:
    """The part of the city furthest from the target, None where none stands out."""
    found = c.broken_down[by]
    if kpi_id not in found or (known := found[kpi_id].dropna()).empty:
        return None
    part = known.idxmin() if kpis.REGISTRY[kpi_id].better == "higher" else known.idxmax()
    return part if is_worse(kpi_id, known[part], c.values[kpi_id].value) else None


def is_worse(kpi_id: str, value: float | None, city: float | None) -> bool:
    """Whether a part of the city is worse than the city by enough to be named."""
    if value is None or city is None or value != value:
        return False
    sign = -1 if kpis.REGISTRY[kpi_id].better == "higher" else 1
    return sign * (value - city) > _margin(kpi_id, city, NAMED_SHARE, NAMED_PART)


def is_told(kpi_id: str, difference: float, base: float) -> bool:
    """Whether an effect is large enough to be told, however sure it is."""
    return abs(difference) >= _margin(kpi_id, base, TOLD_SHARE, TOLD_PART)


def _margin(kpi_id: str, base: float, share: float, part: float) -> float:
    """What a KPI must differ by: so much if it is a share, else such a part of the base."""
    return share if kpis.REGISTRY[kpi_id].unit == "share" else part * abs(base)


def _proposals(c: Composer, compared: Sequence[Compared]):
    say = c.language
    yield Heading("part_3", 1, say("report.part_3"))
    missed = gaps(c)
    if missed:
        names = say.list([_name(k, say) for k in missed[:MOST_GAPS]])
        yield Paragraph("tasks", c.sentence("report.tasks", names=names))
    if not compared:
        yield Paragraph("no_scenario", c.sentence("report.no_scenario"))
    for place, one in enumerate(compared, 1):
        yield from _proposal(c, place, one)


def _proposal(c: Composer, place: int, one: Compared):
    say = c.language
    title, base = (one.title, one.base) if say.lang == "vi" else (one.title_en, one.base_en)
    when = say("report.when_period" if one.of_the_period else "report.when_all")
    count = c.count(one.replications, "replications", part=one.run)
    given = {"scenario": title, "base": base, "count": count, "when": when}
    yield Paragraph(f"compared_{place}", c.sentence("report.compared", **given))
    wanted = dict.fromkeys((*c._with_target(), *COMPARED))
    frame = one.frame.set_index("kpi")
    found = [(k, frame.loc[k]) for k in wanted if k in frame.index]
    span = {} if one.of_the_period else {"span": (c.cube.start, c.cube.end)}
    lines, told = [], {"better": [], "worse": []}
    for kpi, row in found:
        unit = kpis.REGISTRY[kpi].unit
        said = verdict(kpi, row["difference"], row["low"], row["high"])
        of = {"by": "scenario", "part": one.run, **span}

        def figure(name, kind, kpi=kpi, row=row, unit=unit, of=of):
            value = None if row[name] != row[name] else float(row[name])
            if kind in (model.EFFECT, model.LOW, model.HIGH):
                return c.number(kpi, value, kind, text=difference_text(value, unit, say), **of)
            return c.number(kpi, value, kind, **of)

        effect = figure("difference", model.EFFECT)
        low, high = figure("low", model.LOW), figure("high", model.HIGH)
        lines.append(
            (
                _name(kpi, say),
                figure("a", "base"),
                figure("b", "other"),
                effect,
                low,
                high,
                say(f"report.{said}"),
            )
        )
        if said in told and is_told(kpi, row["difference"], row["a"]):
            name = _name(kpi, say)
            told[said].append(
                c.sentence(
                    "report.effect",
                    name=name,
                    difference=effect,
                    low=low,
                    high=high,
                    verdict=say(f"report.{said}"),
                )
            )
    heads = ("measure", "base", "other", "difference", "low", "high", "verdict")
    caption = say("report.t_compare", scenario=title, base=base)
    yield _table(c, f"compare_{place}", heads, lines, (26, 12, 12, 14, 13, 13, 10), caption)
    for said, key in (("better", "propose"), ("worse", "propose_worse")):
        if told[said]:
            pieces = c.sentence(f"report.{key}", scenario=title)
            for number, sentence in enumerate(told[said]):
                pieces += (("; ",) if number else ()) + sentence
            yield Paragraph(f"{key}_{place}", (*pieces, "."))
        elif said == "better":
            yield Paragraph(f"propose_{place}", c.sentence("report.propose_none", scenario=title))


def _appendices(c: Composer, late: pd.DataFrame):
    say = c.language
    yield Heading("annex_1", 1, say("report.annex_1"), new_page=True)
    names = c.reference.districts[["code", "name"]].itertuples(index=False)
    yield _parts(c, "districts", "district", "district", names, BY_DISTRICT)
    yield Heading("annex_2", 1, say("report.annex_2"), new_page=True)
    fields = [(row.id, _field(c, row.id)) for row in c.reference.fields.itertuples()]
    yield _parts(c, "fields", "field", "field", fields, BY_FIELD)
    yield Heading("annex_3", 1, say("report.annex_3"), new_page=True)
    yield _units(c, "units", late)


def _parts(c: Composer, name: str, by: str, head: str, names, chosen) -> Table:
    say = c.language
    lines = [
        (called, *(bare(c.kpi(kpi, by, part), say) for kpi in chosen)) for part, called in names
    ]
    units = [kpis.REGISTRY[k].unit for k in chosen]
    heads = [
        f"{_name(k, say)} ({say.unit(u)})"
        if say.unit(u) and u not in ("dossier",)
        else _name(k, say)
        for k, u in zip(chosen, units, strict=True)
    ]
    columns = (say(f"report.h_{head}"), *heads)
    return Table(name, say(f"report.t_{name}"), columns, tuple(lines), (22, *[11] * len(chosen)))


def _method(c: Composer, origin: Origin, blocks: Sequence[model.Block], compared: bool):
    say, reference = c.language, c.reference
    yield Heading("annex_4", 1, say("report.annex_4"), new_page=True)
    told = {
        "run": origin.run,
        "scenario": origin.title_vi if say.lang == "vi" else origin.title_en,
        "hash": origin.hash[:12],
        "seed": str(origin.seed),
        "code": origin.code_version[:12],
        "data": origin.data_version[:12],
        "first": say.date(c.period.first),
        "last": say.date(c.period.last),
    }
    yield Paragraph("method_run", c.sentence("report.method_run", **told))
    yield Paragraph("method_one", c.sentence("report.method_one"))
    if compared:
        yield Paragraph("method_compared", c.sentence("report.method_compared"))
    assumed = int((reference.levers["certainty"] == "assumed").sum())
    lines = []
    for sure in ("simulated", "derived", "official", "assumed"):
        more = {"count": say.number(assumed)} if sure == "assumed" else {}
        about = say(f"report.c_{sure}", **more)
        lines.append((say(f"certainty.{sure}"), say(f"certainty_meaning.{sure}"), about))
    yield _table(c, "certainty", ("certainty", "note", "what"), lines, (16, 36, 48))
    used = dict.fromkeys(n.kpi for b in blocks for n in _numbers(b) if n.kpi in kpis.REGISTRY)
    lines = []
    for kpi in used:
        one = kpis.REGISTRY[kpi]
        sure = "derived" if kpi in DERIVED else "simulated"
        lines.append((say.of(one.name), say.of(one.formula), say(f"certainty.{sure}")))
    yield _table(c, "definitions", ("measure", "formula", "certainty"), lines, (34, 50, 16))
    wanted = {*LEGAL, *reference.targets["source"], *reference.phases["source"]}
    wanted |= set(reference.milestones["source"])
    lines = [
        (say.of(row, "title"), say.of(row, "note"))
        for row in reference.sources.to_dict("records")
        if row["id"] in wanted
    ]
    yield _table(c, "sources", ("source", "note"), lines, (55, 45))
    changed = [b for b in blocks if isinstance(b, Paragraph) and b.edited]
    if changed:
        flagged = [b for b in changed if b.flagged]
        counts = {
            "count": c.count(len(changed), "paragraphs_edited"),
            "flagged": c.count(len(flagged), "paragraphs_flagged"),
        }
        yield Paragraph("edits", c.sentence("report.edits_lead", **counts))
        for block in flagged:
            told = c.sentence("report.edit_was", text=block.composed)
            yield Paragraph(f"was_{block.id}", told)


def _numbers(block: model.Block):
    pieces = ()
    if isinstance(block, Paragraph):
        pieces = block.pieces
    elif isinstance(block, Table):
        pieces = [cell for row in block.rows for cell in row]
    return (piece for piece in pieces if isinstance(piece, Number))


def _edited(block: model.Block, edits: Mapping[str, str], language: Words) -> model.Block:
    if not isinstance(block, Paragraph):
        return block
    composed, text = block.text, edits.get(block.id, "")
    if not text or text == composed:
        return replace(block, composed=composed)
    flagged = not same_numbers(composed, text)
    pieces = (text, language("report.flag")) if flagged else (text,)
    return replace(block, pieces=pieces, composed=composed, edited=True, flagged=flagged)


def _captioned(blocks: Sequence[model.Block], language: Words):
    """The blocks with tables and charts numbered in order."""
    tables = charts = 0
    for block in blocks:
        if isinstance(block, Table):
            tables += 1
            yield replace(block, title=language("report.table", number=tables, title=block.title))
        elif isinstance(block, Chart):
            charts += 1
            yield replace(block, title=language("report.chart", number=charts, title=block.title))
        else:
            yield block


def _table(c: Composer, name: str, heads, lines, widths, title: str = "") -> Table:
    say = c.language
    columns = tuple(say(f"report.h_{head}") for head in heads)
    return Table(name, title or say(f"report.t_{name}"), columns, tuple(lines), tuple(widths))


def bare(number: Number, language: Words) -> Number:
    """A number without its unit, for a column that names it."""
    if number.unit == "share" or number.value is None:
        return number
    word = language.unit(number.unit)
    return replace(number, text=number.text.removesuffix(f"\u00a0{word}"))


def _name(kpi_id: str, language: Words) -> str:
    return language.of(kpis.REGISTRY[kpi_id].name)


def _field(c: Composer, field: str) -> str:
    return c.language.of(c.reference.fields.set_index("id").loc[field])


def _unit_names(c: Composer) -> dict[str, str]:
    return dict(rows(c.reference.units, "id", f"name_{c.language.lang}"))
