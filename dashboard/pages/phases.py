"""Phases: where each stands on a day, its milestones and targets, and how they will end."""

from datetime import date
from typing import Any

import dash_bootstrap_components as dbc
import pandas as pd
from dash import Dash, Input, Output, State, html, no_update

from dashboard import figures, queries
from dashboard import phases as finding
from dashboard import phases_figures as drawing
from dashboard import state as urls
from dashboard.components import (
    Column,
    Table,
    certainty_badge,
    certainty_markup,
    graph,
    icon,
    link,
    status_badge,
    status_markup,
)
from dashboard.pages.overview import milestone as milestone_item
from dashboard.pages.results import (
    Look,
    Numbers,
    Shown,
    finding_card,
    for_saving,
    place_name,
    results_page,
    source_titles,
)
from dashboard.phases import FEWEST_WEEKS, ONE_DAY, Chance, Phases, Target
from dashboard.phases_figures import target_words
from dashboard.source import Source
from dashboard.text import MISSING, Words, words
from kpis import REGISTRY

KEY, PATH = "phases", "/giai-doan"
HALF = 0.5


def register(app: Dash, source: Source) -> None:
    """Adds the callback that takes a typed day into the address."""

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Output("phases-problem", "children"),
        Input("phases-set", "n_clicks"),
        Input("phases-day", "n_submit"),
        State("phases-day", "value"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def set_day(clicks, submits, typed, search):
        if not clicks and not submits:
            return no_update, no_update
        seen = queries.view(source, search)
        day = finding.read_day(typed or "")
        first, last = seen.known.start, seen.known.end - ONE_DAY
        if day is None or not first <= day <= last:
            language = words(seen.state.lang)
            spans = {"first": language.date(first), "last": language.date(last)}
            return no_update, language("phases.bad_typed", **spans)
        return urls.with_page_values(search, homnay=day.isoformat()), ""


def content(shown: Shown, look: Look) -> list:
    """The whole page for one day."""
    return [
        html.Div([verdict(shown), today(shown)], className="above-fold"),
        timeline(shown, look),
        targets(shown),
        html.Div([course(shown, look), chances(shown, look)], className="row-two"),
    ]


# --- sentences -------------------------------------------------------------------------------


def verdict(shown: Shown) -> html.Div:
    """The page's finding: how many targets are met, and which milestones are late."""
    data, language = shown.data, shown.language
    judged = [t.figure for t in data.targets if t.figure.value is not None]
    values = {
        "day": language.date(data.today),
        "met": sum(f.status == "met" for f in judged),
        "total": len(judged),
        "late": late(data),
    }
    if data.phase is None:
        sentence = language("phases.before", **values)
    elif not judged:
        sentence = language("phases.nothing", phase=language.of(data.phase), **values)
    else:
        key = "phases.finding_over" if data.over else "phases.finding"
        sentence = language(key, phase=language.of(data.phase), **values)
    return html.Div(html.H1(sentence), className="verdict")


def late(data: Phases) -> int:
    """Milestones that were due and are not met."""
    return sum(row["state"] in ("missed", "near") for row in data.milestones)


def today(shown: Shown) -> html.Section:
    """What "today" is here, and how to choose another."""
    data, language = shown.data, shown.language
    notes = []
    if data.asked:
        notes.append(
            language("phases.bad_day", value=data.asked[:40], day=language.date(data.today))
        )
    if data.no_target:
        notes.append(language("phases.bad_target", value=data.no_target[:40]))
    if data.runs_out:
        notes.append(
            language(
                "phases.runs_out",
                last=language.date(data.last),
                end=language.date(data.phase["end"]),
            )
        )
    return html.Section(
        [
            html.P(
                [
                    icon("calendar3"),
                    html.Span(
                        language(
                            "phases.today_note",
                            day=language.date(data.today),
                            real=language.date(date.today()),
                        )
                    ),
                ],
                className="page-note",
            ),
            *[
                html.P([icon("exclamation-circle-fill"), html.Span(note)], className="page-note")
                for note in notes
            ],
            html.Div(
                [
                    html.Label(language("phases.today_label"), htmlFor="phases-day"),
                    dbc.Input(
                        id="phases-day",
                        type="text",
                        value=language.date(data.today),
                        placeholder=language("period.form"),
                        size="sm",
                        inputmode="numeric",
                        maxLength=10,
                    ),
                    html.Button(
                        language("phases.today_set"),
                        id="phases-set",
                        type="button",
                        className="btn btn-sm btn-primary",
                    ),
                    html.P(id="phases-problem", className="problem", role="alert"),
                ],
                className="day-form",
            ),
            html.Nav(
                [
                    html.Span(language("phases.month_ends"), className="label"),
                    html.Ul(
                        [
                            html.Li(
                                link(
                                    language.month(month),
                                    address(shown, homnay=end.isoformat()),
                                    "chip",
                                    here=end == data.today,
                                )
                            )
                            for month, end in month_ends(data)
                        ],
                    ),
                ],
                className="month-ends",
                **{"aria-label": language("phases.month_ends")},
            ),
        ],
        className="panel today-panel",
        **{"aria-label": language("phases.today_label")},
    )


def month_ends(data: Phases) -> list[tuple[date, date]]:
    """First and last day of the months of the run, the last one cut to it."""
    found, day = [], data.first.replace(day=1)
    while day <= data.last:
        following = (day.replace(day=28) + 4 * ONE_DAY).replace(day=1)
        found.append((day, min(following - ONE_DAY, data.last)))
        day = following
    return found


def address(shown: Shown, **changes: str) -> str:
    """The page's address with some of its choices changed."""
    kept = urls.of_the_page(shown.search)
    own = {key: kept[key] for key in ("homnay", "muctieu") if key in kept}
    return PATH + urls.with_page_values(urls.search_of(shown.view.state), **own | changes)


# --- the time line ---------------------------------------------------------------------------


def timeline(shown: Shown, look: Look) -> Any:
    """The phases and their milestones, drawn and as a list."""
    data, language = shown.data, shown.language
    states = [row["state"] for row in data.milestones]
    title = language(
        "phases.timeline_finding",
        done=sum(state in queries.REACHED for state in states),
        total=len(states),
        late=late(data),
        upcoming=states.count("upcoming"),
    )
    lead = language("phases.timeline_lead")
    figure = drawing.timeline(data.phases, data.milestones, data.today, language, look.theme)
    published = language("phases.timeline_source")
    figure = figures.enlarged(figure, look.scale)
    figure = for_saving(shown, figure, title, lead, published=published)
    label = language("phases.timeline_label", total=len(states), day=language.date(data.today))
    lists = [phase_list(shown, phase) for phase in data.phases]
    body = html.Div(
        [
            graph("milestones", figure, language, label, "graph-timeline"),
            html.Div(lists, className="phase-lists"),
        ],
        style={"--rows": drawing.rows_of(data.phases, data.milestones)},
    )
    return finding_card(shown, "milestones", title, lead, body, published=published)


def phase_list(shown: Shown, phase: dict) -> html.Div:
    """A phase's milestones with state, days and value in words."""
    data, language = shown.data, shown.language
    own = [row for row in data.milestones if row["phase"] == phase["id"]]
    return html.Div(
        [
            html.H3(
                language(
                    "phases.elapsed",
                    name=language.of(phase),
                    elapsed=language.share(phase["elapsed"], 0),
                    done=phase["milestones_done"],
                    total=phase["milestones"],
                ),
                className="milestone-phase",
            ),
            html.Ul(
                className="milestones",
                **{"data-html": "".join(milestone_item(row, language) for row in own)},
            ),
        ]
    )


# --- targets ---------------------------------------------------------------------------------


def targets(shown: Shown) -> html.Section | None:
    """A card for each target of the phase."""
    data, language = shown.data, shown.language
    if not data.targets:
        return None
    heading = language("phases.targets", phase=language.of(data.phase))
    return html.Section(
        [
            html.H2(heading, className="card-title", id="title-targets"),
            html.Div([card(shown, target) for target in data.targets], className="target-cards"),
            html.P(language("phases.method", weeks=FEWEST_WEEKS), className="source"),
        ],
        className="targets",
        **{"aria-labelledby": "title-targets"},
    )


def card(shown: Shown, target: Target) -> html.Article:
    """A target: value, status, trend, chance, and the way to its course."""
    data, language, figure = shown.data, shown.language, target.figure
    chosen = figure.id == data.chosen
    chance = target.month or target.phase
    return html.Article(
        [
            html.H3(name_of(target, language), className="kpi-name"),
            html.P(value_words(target, language), className="kpi-number target-value"),
            html.P(language(f"phases.value_{span_of(target, data)}"), className="target-span"),
            html.Div(
                [
                    status_badge(figure.status, language),
                    html.Span(
                        language("phases.target_is", target=target_words(target, language)),
                        className="kpi-target",
                    ),
                ],
                className="kpi-status",
            ),
            html.P([icon("graph-up-arrow"), " ", trend_words(target, language)]),
            html.P(
                [
                    icon("question-circle"),
                    " ",
                    language("phases.chance_short", chance=chance_words(chance, language)),
                ]
            )
            if chance
            else None,
            html.Div(
                [
                    link(
                        language("phases.drawn" if chosen else "phases.draw"),
                        address(shown, muctieu=figure.id),
                        "chip",
                        here=chosen,
                        **{"aria-label": f"{language('phases.draw')}: {name_of(target, language)}"},
                    ),
                    html.Span(
                        [
                            certainty_badge(figure.certainty, language),
                            " ",
                            language("phases.target_source"),
                            " ",
                            certainty_badge(target.certainty, language),
                        ]
                    ),
                ],
                className="kpi-foot",
            ),
        ],
        className=f"panel kpi kpi-{figure.status}",
    )


def name_of(target: Target, language: Words) -> str:
    """Name of the target's KPI."""
    return language.of(REGISTRY[target.figure.id].name)


def value_words(target: Target, language: Words) -> str:
    """The value, written so that what misses its target does not read as if it met it."""
    figure = target.figure
    return language.towards(figure.value, figure.target, figure.unit, figure.status == "met")


def span_of(target: Target, data: Phases) -> str:
    """What days a value is of."""
    of_stock, of_sum = ("last", "final") if data.over else ("stock", "so_far")
    return of_stock if target.figure.id in finding.STOCKS else of_sum


def trend_words(target: Target, language: Words) -> str:
    """What the trend says, or why there is none."""
    trend, unit = target.trend, target.figure.unit
    ends = {name: language.value(getattr(trend, name), unit) for name in ("at_end", "low", "high")}
    return language(f"phase_trend.{trend.kind}", weeks=trend.weeks, **ends)


def chance_words(chance: Chance, language: Words) -> str:
    """A chance with its interval."""
    return language(
        "phases.chance_of",
        **{name: language.share(getattr(chance, name), 0) for name in ("met", "low", "high")},
    )


def course(shown: Shown, look: Look) -> Any:
    """The weekly course of one target, with its trend and the months of the ensemble."""
    data, language, target = shown.data, shown.language, shown.data.drawn
    if target is None:
        return None
    name = name_of(target, language)
    title = course_finding(data, target, language)
    lead = language("phases.course_lead", name=name)
    months = finding.months_of(data, target.figure.id) if not narrowed(shown) else pd.DataFrame()
    figure = drawing.course(
        target, data.weeks, months, data.today, data.phase["end"], language, look.theme
    )
    certainty = target.figure.certainty
    figure = for_saving(shown, figures.enlarged(figure, look.scale), title, lead, certainty)
    body = graph("course", figure, language, language("phases.course_label", name=name))
    return finding_card(shown, "course", title, lead, body, certainty)


def course_finding(data: Phases, target: Target, language: Words) -> str:
    """Where a target stands and where its trend leads."""
    figure, kind = target.figure, target.trend.kind
    values = {
        "name": name_of(target, language),
        "value": value_words(target, language),
        "target": target_words(target, language),
        "at_end": language.value(target.trend.at_end, figure.unit),
    }
    values["level"] = language(
        f"phases.level_{span_of(target, data)}",
        phase=language.of(data.phase),
        value=values["value"],
    )
    if figure.value is None:
        return language("phases.course_nothing", **values)
    keys = {"over": "over", "rising": "trend", "falling": "trend", "constant": "constant"}
    return language(f"phases.course_{keys.get(kind, 'none')}", **values)


# --- chances ---------------------------------------------------------------------------------


def narrowed(shown: Shown) -> bool:
    """Whether only a part of the city is shown."""
    state = shown.view.state
    return bool(state.district or state.field or state.channel)


def chances(shown: Shown, look: Look) -> Any:
    """The chance of each target, or why there is none."""
    data, language = shown.data, shown.language
    if data.phase is None:
        return None
    if data.ensemble is None:
        return no_chances(shown)
    rows = chance_rows(data, language)
    if rows.empty:
        said = "phases.narrowed" if narrowed(shown) else "phases.no_period"
        return html.Section(html.P(language(said)), className="panel")
    worst = rows.loc[rows["met"].idxmin()]
    title = language(
        "phases.chance_finding",
        phase=language.of(data.phase),
        sure=int((rows["met"] >= HALF).sum()),
        total=len(rows),
        worst=worst["name"],
        met=language.share(worst["met"], 0),
    )
    run = data.ensemble.run
    lead = language(
        "phases.chance_lead",
        month=language.month(date.fromisoformat(f"{data.last_month}-01")),
        count=run.replications_done,
    )
    note = language("phases.chance_source", run=run.id)
    if not run.current:
        note = f"{note}, {language('phases.chance_old')}"
    figure = for_saving(
        shown,
        figures.enlarged(drawing.chances(rows, language, look.theme), look.scale),
        title,
        lead,
        note=note,
    )
    body = graph("chances", figure, language, language("phases.chance_label"), rows=2 * len(rows))
    return finding_card(shown, "chances", title, lead, body, note=note)


def chance_rows(data: Phases, language: Words) -> pd.DataFrame:
    """name, met, low, high of the targets whose chance is known, the least likely first."""
    rows = [
        (name_of(t, language), t.month.met, t.month.low, t.month.high)
        for t in data.targets
        if t.month
    ]
    frame = pd.DataFrame(rows, columns=["name", "met", "low", "high"])
    return frame.sort_values("met", kind="stable", ignore_index=True)


def no_chances(shown: Shown) -> html.Section:
    """Why there is no chance, and where an ensemble is made."""
    language = shown.language
    start = urls.search_of(urls.State(lang=shown.view.state.lang))
    where = "/kich-ban" + urls.with_page_values(start, so=shown.view.run.id)
    return html.Section(
        [
            html.H2(language("phases.no_chance"), className="card-title"),
            html.P(language("phases.no_chance_why"), className="lead-line"),
            html.P(link([icon("arrow-repeat"), language("phases.make_ensemble")], where, "chip")),
        ],
        className="panel no-chances",
    )


# --- tables ----------------------------------------------------------------------------------


def tables(shown: Shown) -> list[Numbers]:
    """Milestones, targets, the weeks of the phase, and the chances."""
    city = shown.language("place.city")
    found = [milestones_numbers(shown, city), targets_numbers(shown)]
    if shown.data.drawn:
        found.append(course_numbers(shown))
    if shown.data.ensemble and any(t.month or t.phase for t in shown.data.targets):
        found.append(chances_numbers(shown, city))
    return found


def milestones_numbers(shown: Shown, place: str) -> Numbers:
    """Every milestone with its days, state, value and source."""
    data, language = shown.data, shown.language
    names = {phase["id"]: language.of(phase) for phase in data.phases}
    titles = source_titles(shown)
    rows, plain = [], []
    for row in data.milestones:
        kpi = REGISTRY.get(row["kpi"]) if row["kpi"] else None
        share = kpi.unit if kpi else ""
        due = language.date(row["due"])
        if row["due_certainty"] == "assumed":
            due = f"{due} {language('phases.due_assumed')}"
        common = {
            "phase": names[row["phase"]],
            "milestone": language.of(row),
            "state": language(f"milestone_state.{row['state']}"),
            "kpi": language.of(kpi.name) if kpi else "",
            "source": titles.get(row["source"], MISSING),
        }
        rows.append(
            common
            | {
                "due": due,
                "done": language.date(row["done"]),
                "in_run": language.date(row["in_run"]),
                "value": language.value(row["value"], share),
                "target": language.value(row["target"], share),
                "certainty": certainty_markup(row["certainty"], language),
            }
        )
        plain.append(
            common
            | {
                "today": data.today,
                "due": day_or_none(row["due"]),
                "done": day_or_none(row["done"]),
                "in_run": day_or_none(row["in_run"]),
                "value": row["value"],
                "target": row["target"],
                "unit": share,
                "certainty": language(f"certainty.{row['certainty']}"),
            }
        )
    keys = ("phase", "milestone", "state", "due", "done", "in_run", "kpi", "value", "target")
    return Numbers(
        table_of("milestones", (*keys, "certainty", "source"), rows, language),
        plain=table_of(
            "milestones", ("today", *keys, "unit", "certainty", "source"), plain, language
        ),
        place=place,
        published=tuple(
            not row["kpi"] and not isinstance(row["in_run"], date) for row in data.milestones
        ),
    )


def day_or_none(value: Any) -> date | None:
    """A day, None for what is none."""
    return value if isinstance(value, date) else None


def targets_numbers(shown: Shown) -> Numbers:
    """Every target with value, trend and chance."""
    data, language = shown.data, shown.language
    titles = source_titles(shown)
    rows, plain = [], []
    for target in data.targets:
        figure, trend = target.figure, target.trend
        common = {"kpi": name_of(target, language), "source": titles.get(target.source, MISSING)}
        rows.append(
            common
            | {
                "value": value_words(target, language),
                "target": target_words(target, language),
                "status": status_markup(figure.status, language),
                "trend": trend_words(target, language),
                "chance": chance_words(target.month, language) if target.month else MISSING,
                "chance_phase": chance_words(target.phase, language) if target.phase else MISSING,
                "certainty": certainty_markup(figure.certainty, language),
                "target_certainty": certainty_markup(target.certainty, language),
            }
        )
        numbers = ("slope", "slope_low", "slope_high", "at_end", "low", "high")
        plain.append(
            common
            | {name: getattr(trend, name) for name in numbers}
            | {
                "today": data.today,
                "phase": language.of(data.phase),
                "value": figure.value,
                "unit": figure.unit,
                "target": figure.target,
                "status": language(f"status.{figure.status}"),
                "trend": language(f"phase_trend_word.{trend.kind}"),
                "weeks": trend.weeks,
                "end_status": language(f"status.{trend.status}") if trend.at_end else "",
                "chance": target.month.met if target.month else None,
                "chance_phase": target.phase.met if target.phase else None,
                "certainty": language(f"certainty.{figure.certainty}"),
                "target_certainty": language(f"certainty.{target.certainty}"),
            }
        )
    keys = ("kpi", "value", "target", "status", "trend", "chance", "chance_phase", "certainty")
    of_plain = (
        *("today", "phase", "kpi", "value", "unit", "target", "status", "trend", "weeks"),
        *("slope", "slope_low", "slope_high", "at_end", "low", "high", "end_status"),
        *("chance", "chance_phase", "certainty", "target_certainty", "source"),
    )
    return Numbers(
        table_of("targets", (*keys, "target_certainty", "source"), rows, language),
        plain=table_of("targets", of_plain, plain, language),
    )


def course_numbers(shown: Shown) -> Numbers:
    """The weeks of the phase: the drawn target for a person, all targets for a machine."""
    data, language, target = shown.data, shown.language, shown.data.drawn
    yes = [language("word.yes" if whole else "word.no") for whole in data.weeks["whole"]]
    frame = data.weeks.assign(
        week=data.weeks["start"],
        week_end=[end - ONE_DAY for end in data.weeks["end"]],
        whole=yes,
    )
    days = tuple(
        Column(name, language(f"phase_column.{name}"), unit)
        for name, unit in (("week", "date"), ("week_end", "date"), ("whole", "text"))
    )
    every = tuple(Column(t.figure.id, name_of(t, language), t.figure.unit) for t in data.targets)
    own = tuple(column for column in every if column.key == target.figure.id)
    derived = [t for t in data.targets if t.figure.certainty != "simulated"]
    certainty = "; ".join(
        [
            language("certainty.simulated"),
            *(
                f"{name_of(t, language)}: {language(f'certainty.{t.figure.certainty}').lower()}"
                for t in derived
            ),
        ]
    )
    plain = Table(
        "course",
        (*days, *every, Column("certainty", language("phase_column.certainty"))),
        frame.assign(certainty=certainty),
    )
    return Numbers(Table("course", (*days, *own), frame), plain=plain, place=place_name(shown))


def chances_numbers(shown: Shown, place: str) -> Numbers:
    """The chances in the last month and over the whole phase, with their intervals."""
    data, language = shown.data, shown.language
    rows = []
    for target in data.targets:
        month, phase = target.month, target.phase
        if month or phase:
            rows.append(
                {
                    "kpi": name_of(target, language),
                    "chance": month and month.met,
                    "low": month and month.low,
                    "high": month and month.high,
                    "chance_phase": phase and phase.met,
                    "phase_low": phase and phase.low,
                    "phase_high": phase and phase.high,
                    "replications": data.ensemble.run.replications_done,
                    "ensemble": data.ensemble.run.id,
                }
            )
    units = dict.fromkeys(
        ("chance", "low", "high", "chance_phase", "phase_low", "phase_high"), "share"
    ) | {"replications": "count"}
    keys = ("kpi", *units, "ensemble")
    return Numbers(table_of("chances", keys, rows, language, units), place=place)


def table_of(
    name: str,
    keys: tuple[str, ...],
    rows: list[dict],
    language: Words,
    units: dict[str, str] | None = None,
) -> Table:
    """A table with the headings of ``phase_column``."""
    columns = tuple(
        Column(key, language(f"phase_column.{key}"), (units or {}).get(key, "text")) for key in keys
    )
    return Table(name, columns, pd.DataFrame(rows, columns=list(keys), dtype=object))


PAGE = results_page(PATH, KEY, finding.find, content, tables, register)
