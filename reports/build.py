"""A report of a kept run: reads what it needs from the store and composes the document."""

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from dashboard.text import words
from data.reference import Reference, load
from data.store import versions
from data.store.errors import StoreError
from data.store.reports import Report, Reports
from data.store.runs import Run, Runs
from kpis import ensemble
from kpis.findings import CITY, WHOLE
from reports import units
from reports.compose import Compared, Origin, Spread, compose, head
from reports.fields import Fields
from reports.model import Document, Head
from reports.period import Period, read_period

FEWEST = 2  # replications that have an interval
MOST_COMPARED = 3


class ComparedError(StoreError):
    """A scenario that cannot be set beside the report's run."""


def build(
    runs: Runs,
    run_id: str,
    period: str,
    lang: str,
    fields: Fields | None = None,
    edits: dict[str, str] | None = None,
    compared: Sequence[str] = (),
    code: str = "",
    reference: Reference | None = None,
) -> Document:
    """The report of a run over a period. ``compared``: ids of finished ensembles.

    Raises StoreError, PeriodError, FieldsError.
    """
    reference = reference or load()
    run = runs.get(run_id)
    asked = read_period(period, run.start, run.end, reference)
    cube = runs.cube(run_id)
    document = compose(
        cube,
        asked,
        lang,
        reference,
        origin(run),
        late_units(runs, run, asked),
        fields,
        edits,
        [beside(runs, run, asked, one) for one in check_number(compared)],
        code,
        spread(runs, run, asked),
    )
    return replace(document, program=versions.code_version())


def head_of(runs: Runs, report: Report, reference: Reference) -> Head:
    """The form around the text of a draft, without its figures. Raises as ``build``."""
    run = runs.get(report.run_id)
    period = read_period(report.period, run.start, run.end, reference)
    fields = Fields.read(report.fields)
    return head(words(report.lang), period, reference, fields, origin(run), report.code)


def spread(runs: Runs, run: Run, period: Period) -> Spread | None:
    """Means and intervals where the run has several replications and its findings keep the
    period, as they do with whole months and phases. Raises StoreError."""
    if run.replications_done < FEWEST or not period.is_whole:
        return None
    table = runs.replications(run.id)
    table = table[(table["by"] == CITY) & (table["period"] == kept_as(period))]
    if table.empty:
        return None
    return Spread(ensemble.summary(table), run.replications_done)


def kept_as(period: Period) -> str:
    """What findings call a period."""
    return period.token.replace("-", "_") if period.kind == "phase" else period.token


def origin(run: Run) -> Origin:
    """What a report says of its run."""
    return Origin(
        run.id, run.title_vi, run.title_en, run.hash, run.seed, run.code_version, run.data_version
    )


def late_units(runs: Runs, run: Run, period: Period):
    """Resolved and late dossiers by unit over the period."""
    wanted = units.records_of(period.first, period.stop, run.start)
    records: pa.Table = runs.records(run.id, units.COLUMNS, filters=wanted)
    return units.late_by_unit(records)


def check_number(compared: Sequence[str]) -> Sequence[str]:
    """The scenarios to compare, each once. Raises ComparedError for too many."""
    unique = list(dict.fromkeys(compared))
    if len(unique) > MOST_COMPARED:
        raise ComparedError(
            f"At most {MOST_COMPARED} scenarios can be compared in a report.",
            f"Một báo cáo so sánh tối đa {MOST_COMPARED} kịch bản.",
        )
    return unique


def beside(runs: Runs, run: Run, period: Period, other_id: str) -> Compared:
    """An ensemble compared with the ensemble of the run's own scenario. Raises StoreError."""
    other = runs.get(other_id)
    if (other.start, other.end) != (run.start, run.end):
        raise ComparedError(
            f"Run {other.id} simulates {other.start} – {other.end}, the report's run {run.start} – "
            f"{run.end}; only scenarios of the same time can be compared.",
            f"Lượt {other.id} mô phỏng thời gian khác với lượt của báo cáo; chỉ so sánh được các "
            "kịch bản cùng thời gian.",
        )
    if other.status != "done" or other.replications_done < FEWEST:
        raise ComparedError(
            f"Run {other.id} has no finished ensemble; at least {FEWEST} replications are needed.",
            f"Lượt {other.id} chưa có đủ lần lặp hoàn thành; cần ít nhất {FEWEST} lần lặp.",
        )
    base = base_of(runs, run, other)
    a, b = runs.replications(base.id), runs.replications(other.id)
    token = kept_as(period)
    known = set(a["period"].unique()) & set(b["period"].unique())
    of_the_period = token in known and period.is_whole
    chosen = token if of_the_period else WHOLE
    first, second = (t[(t["by"] == CITY) & (t["period"] == chosen)] for t in (a, b))
    return Compared(
        title=other.title_vi,
        title_en=other.title_en,
        base=base.title_vi,
        base_en=base.title_en,
        frame=ensemble.compare(first, second, paired=base.seed == other.seed),
        replications=min(base.replications_done, other.replications_done),
        of_the_period=of_the_period,
        run=other.id,
        hash=other.hash,
    )


def base_of(runs: Runs, run: Run, other: Run) -> Run:
    """The ensemble of the run's own scenario; those with the other's random numbers first, then
    those with the most replications. Raises ComparedError where there is none."""
    own = [
        one
        for one in runs.list()
        if one.hash == run.hash
        and one.status == "done"
        and one.replications_done >= FEWEST
        and one.id != other.id
        and not one.study
    ]
    if not own:
        raise ComparedError(
            f"The scenario of run {run.id} has no finished ensemble to compare with; run it with "
            f"at least {FEWEST} replications first.",
            f"Kịch bản của lượt {run.id} chưa được chạy nhiều lần lặp nên chưa so sánh được; hãy "
            f"chạy ít nhất {FEWEST} lần lặp trước.",
        )
    return max(own, key=lambda one: (one.seed == other.seed, one.replications_done, one.id))


def new_draft(
    runs: Runs,
    kept: Reports,
    run_id: str,
    period: str,
    lang: str,
    compared: Sequence[str] = (),
    supersedes: str = "",
) -> Report:
    """A draft about a run, refused where it could not be made; one that supersedes another begins
    with its fields and words. Raises StoreError, PeriodError."""
    run = runs.get(run_id)
    runs.folder(run_id)
    asked = read_period(period, run.start, run.end, load())
    for one in check_number(compared):
        beside(runs, run, asked, one)
    before = kept.get(supersedes) if supersedes else None
    same = before and (before.run_id, before.period, before.lang) == (run_id, period, lang)
    return kept.draft(
        run.id,
        run.hash,
        run.seed,
        (run.code_version, run.data_version),
        period,
        lang,
        author=before.author if before else "",
        supersedes=supersedes,
        compared=list(compared),
        fields=before.fields if before else {},
        edits=before.edits if same else {},
    )
