"""Scenarios side by side: run what is missing, follow it, and read what each changes."""

import re
from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
import pandas as pd
from dash import Dash, Input, Output, State, dcc, html, no_update
from markupsafe import Markup

from dashboard import comparison_figures as drawings
from dashboard import comparisons, figures, queries
from dashboard import state as urls
from dashboard.comparison_figures import LETTERS
from dashboard.comparisons import DEFAULT_KPI, Comparison, Side
from dashboard.components import (
    EVERYTHING,
    Column,
    Table,
    badge_markup,
    certainty_badge,
    chart_card,
    choice_list,
    download_href,
    graph,
    icon,
    link,
    scrolling_table,
)
from dashboard.marks import renewed
from dashboard.pages.overview import duration
from dashboard.pages.scenarios.words import change_in_words, period_name, reason
from dashboard.source import IN_PROGRESS, Run, Source
from dashboard.text import Words, words
from data.store.errors import StoreError
from kpis import GROUPS, REGISTRY
from kpis.comparison import SAME
from kpis.ensemble import (
    CAP,
    CONFIDENCE,
    MOST_REPLICATIONS,
    EnsembleError,
    Until,
    check_replications,
)
from kpis.findings import DISTRICT, FIELD
from simulation import ScenarioError

KEY = "so"
TABLE = "compare-table"
VERDICT_ICON = {
    "better": "arrow-up-circle-fill",
    "worse": "arrow-down-circle-fill",
    "other": "arrow-left-right",
    "same": "dash-circle",
    "unsure": "question-circle",
    "none": "slash-circle",
    "moved": "shuffle",
}
VERDICT_LOOK = {"better": "met", "worse": "missed"}
EXPLAINED_CHANGES = 6
NEARLY_S = 5  # below so many seconds none are counted
WHOLE_NUMBER = re.compile(r"\d{1,3}([.,]\d{3})+|\d{1,9}")


def layout() -> html.Div:
    """The places of the comparison."""
    return html.Div(
        [
            html.Div(id="ensembles-making", **{"aria-live": "polite"}),
            html.Div(id="ensembles-problem", role="alert"),
            html.Div(id="comparison"),
            dcc.Store(id="comparison-mark"),
            dcc.Store(id="run-to-cancel"),
        ]
    )


def register(app: Dash, source: Source) -> None:
    """Adds the callbacks of the comparison."""

    @app.callback(
        Output("comparison", "children"),
        Output("comparison-mark", "data"),
        Input("url", "search"),
        Input("runs", "data"),
        Input("theme", "data"),
        State("comparison-mark", "data"),
    )
    def show(search, _runs, theme, before):
        if not urls.page_value(search, KEY):
            return None, None
        look = theme or {}
        shown = content(
            asked(source, search),
            search,
            words(language_of(source, search)),
            look.get("name", "light"),
            float(look.get("scale", 1)),
        )
        return shown, renewed(before, shown)

    @app.callback(
        Output("ensembles-making", "children"),
        Input("progress", "data"),
        Input("runs", "data"),
        Input("url", "search"),
    )
    def follow(progress, _runs, search):
        language = words(language_of(source, search))
        return making(source.runs(), progress or [], wanted(search), language)

    @app.callback(
        Output("runs", "data", allow_duplicate=True),
        Output("tick", "disabled", allow_duplicate=True),
        Output("ensembles-problem", "children", allow_duplicate=True),
        Input("run-to-cancel", "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def cancel(told, search):
        """The buttons are shown anew with every sign of progress, and a click that Dash counted
        on them could be lost on the way: ``assets/scenarios.js`` notes it outside of them."""
        if not isinstance(told, dict):
            return no_update, no_update, no_update
        try:
            source.cancel(str(told.get("run")))
        except StoreError as error:
            why = problem(reason(error, words(language_of(source, search))))
            return no_update, no_update, why
        return queries.states(source), False, None

    @app.callback(
        Output("runs", "data", allow_duplicate=True),
        Output("tick", "disabled", allow_duplicate=True),
        Output("ensembles-problem", "children"),
        Input("run-missing", "n_clicks"),
        State("wanted-replications", "value"),
        State("wanted-half-width", "value"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def run_missing(clicks, typed, half_width, search):
        if not clicks:
            return no_update, no_update, no_update
        language = words(language_of(source, search))
        found = asked(source, search)
        try:
            until = rule(half_width, found.kpi, language)
            count = replications(typed)
            if not comparisons.start_missing(source, found, count, until):
                return no_update, no_update, problem(language("compare.nothing_to_run"))
        except (ScenarioError, StoreError, EnsembleError) as error:
            return no_update, no_update, problem(reason(error, language))
        return queries.states(source), False, None


def language_of(source: Source, search: str | None) -> str:
    """The language an address asks for."""
    return queries.view(source, search).state.lang


def wanted(search: str | None) -> list[str]:
    """The scenarios or runs that an address compares."""
    return urls.page_value(search, KEY).split(",") if urls.page_value(search, KEY) else []


def asked(source: Source, search: str | None) -> Comparison:
    """The comparison that an address asks for."""
    period, kpi, other = (urls.page_value(search, key) for key in ("trong", "chiso", "voi"))
    return comparisons.compare(source, wanted(search), period, kpi, other)


def replications(typed: Any) -> int:
    """A typed number of replications, thousands apart or not. Raises EnsembleError."""
    text = str(typed or "").strip()
    if not WHOLE_NUMBER.fullmatch(text):
        most = {lang: words(lang).number(MOST_REPLICATIONS) for lang in urls.LANGUAGES}
        raise EnsembleError(
            f"“{text}” is not a whole number; type how many replications, from 1 to {most['en']}",
            f"“{text}” không phải số nguyên; hãy nhập số lần lặp, từ 1 đến {most['vi']}",
        )
    return check_replications(int(re.sub(r"\D", "", text)))


def rule(half_width: Any, kpi: str, language: Words) -> Until | None:
    """The stopping rule that was typed, None for none. Raises EnsembleError."""
    text = str(half_width or "").strip()
    if not text:
        return None
    text = text.replace(",", ".") if language.lang == "vi" else text
    share = REGISTRY[kpi].unit == "share"
    found = Until.parse(f"{kpi}={text}")
    return Until(kpi, found.half_width / 100) if share else found


def problem(sentence: str) -> html.Div:
    """A sentence about what cannot be done."""
    return html.Div(
        [icon("exclamation-triangle-fill", "ink-missed"), html.Span(sentence)], className="notice"
    )


# --- progress --------------------------------------------------------------------------------


def making(
    runs: Sequence[Run], progress: list[dict], tokens: Sequence[str], language: Words
) -> html.Div | None:
    """Every ensemble that waits or is being made, with real counts and a way to stop it."""
    by_run = {one["run"]: one for one in progress}
    rows = [
        making_row(run, by_run.get(run.id, {}), language)
        for run in reversed(runs)
        if run.status in IN_PROGRESS and (run.replications > 1 or run.id in tokens)
    ]
    if not rows:
        return None
    return html.Section(
        [
            html.H2(language("compare.making", count=len(rows)), className="card-title"),
            html.Ul(rows, className="making-list"),
        ],
        className="panel making-panel",
    )


def making_row(run: Run, now: dict, language: Words) -> html.Li:
    """One ensemble on its way."""
    days, day = now.get("days") or 0, now.get("day") or 0
    share = day / days if days else 0.0
    waits = run.status != "running"
    facts = [
        language(
            "compare.replications_of",
            done=language.number(now.get("replications_done") or 0),
            total=language.number(run.replications),
        )
    ]
    if run.stopping:
        facts = [language("compare.stopping"), *facts]
    elif waits:
        facts = [language("compare.waiting"), *facts]
    elif now.get("step") == "writing":
        facts.append(language("making.writing"))
    elif not day:
        facts = [language("compare.starting"), *facts]
    elif now.get("dossiers_total"):
        facts.append(
            language(
                "compare.dossiers_of",
                part=language.number(now["dossiers"]),
                whole=language.number(now["dossiers_total"]),
            )
        )
        remaining = now.get("remaining_s")
        if remaining is not None:
            facts.append(
                language("compare.left", time=duration(remaining, language))
                if remaining >= NEARLY_S
                else language("compare.nearly")
            )
    name = title_of_run(run, language)
    return html.Li(
        [
            html.Div(
                [html.Strong(name), html.Span(" · ".join(facts), className="making-facts")],
                className="making-words",
            ),
            html.Div(
                html.Div(className="progress-bar", style={"width": f"{100 * share:.1f}%"}),
                className="progress",
                role="progressbar",
                **{
                    "aria-valuenow": f"{100 * share:.0f}",
                    "aria-valuemin": "0",
                    "aria-valuemax": "100",
                    "aria-label": name,
                },
            ),
            html.Button(
                [icon("x-lg"), language("compare.cancel")],
                type="button",
                className="btn btn-sm btn-outline-secondary",
                disabled=run.stopping,
                **{
                    "aria-label": f"{language('compare.cancel')}: {name}",
                    "data-cancel-run": run.id,
                },
            ),
        ]
    )


def title_of_run(run: Run, language: Words) -> str:
    """What a run's scenario is called."""
    return (run.title_vi if language.lang == "vi" else run.title_en) or run.scenario


def title_of(side: Side, language: Words) -> str:
    """What a scenario is called."""
    title = side.scenario and language.of(side.scenario.title)
    return title or (side.scenario.name if side.scenario else side.token)


# --- the comparison --------------------------------------------------------------------------


def content(found: Comparison, search: str, language: Words, theme: str, scale: float) -> list[Any]:
    """The whole comparison."""
    parts: list[Any] = [heading(found, search, language), sides_panel(found, search, language)]
    if found.ready:
        parts.append(choices(found, language))
    if found.others:
        parts.append(kpi_panel(found, search, language))
    if found.ready:
        parts.append(
            html.Div(
                [
                    time_panel(found, search, language, theme, scale),
                    hour_panel(found, search, language, theme, scale),
                ],
                className="row-two",
            )
        )
    if found.chosen:
        parts.append(
            html.Div(
                [
                    html.Div(
                        [
                            map_panel(found, search, language, theme, scale),
                            spread_panel(found, search, language, theme, scale),
                        ],
                        className="column",
                    ),
                    winners_panel(found, search, language, theme, scale),
                ],
                className="row-two",
            )
        )
    elif found.ready:
        parts.append(spread_panel(found, search, language, theme, scale))
    if found.ready:
        parts.append(chance_panel(found, search, language))
    return parts


def heading(found: Comparison, search: str, language: Words) -> html.Div:
    """The finding: how many measures get better, and the chosen one."""
    lines = []
    table = comparisons.kpi_table(found) if found.others else None
    for place, side in enumerate(found.others, 1):
        lines.append(
            language(
                "compare.finding",
                letter=letter(found, side),
                base=LETTERS[0],
                total=language.number(len(table)),
                counts=counted(table[f"verdict_{place}"], language),
            )
        )
    if not lines:
        key = "compare.not_yet" if found.sides else "compare.nothing"
        lines = [language(key)]
    return html.Div(
        [
            html.P(
                link(
                    language("compare.back"),
                    "/kich-ban" + ("?lang=en" if language.lang == "en" else ""),
                ),
                className="lead-line",
            ),
            html.H1(lines[0]),
            *[html.P(line, className="second-finding") for line in lines[1:]],
            html.P(language("compare.ignored", names=", ".join(found.problems)), className="notice")
            if found.problems
            else None,
        ],
        className="verdict",
    )


def counted(verdicts: pd.Series, language: Words) -> str:
    """How many verdicts there are of each kind, in the words of the table; they add up to all."""
    counts = verdicts.value_counts()
    return ", ".join(
        f"{language.number(int(counts[one]))} {language(f'compare.verdict_{one}')}"
        for one in VERDICT_ICON
        if one in counts
    )


def letter(found: Comparison, side: Side) -> str:
    """A, B, C or D."""
    return LETTERS[found.sides.index(side)]


def sides_panel(found: Comparison, search: str, language: Words) -> html.Section:
    """What is compared, what of it has been run, and the form that runs the rest."""
    return html.Section(
        [
            html.Ul(
                [side_row(found, side, search, language) for side in found.sides],
                className="sides",
            ),
            run_form(found, language) if found.sides else None,
        ],
        className="panel sides-panel",
    )


def side_row(found: Comparison, side: Side, search: str, language: Words) -> html.Li:
    """One scenario of the comparison."""
    rest = ",".join(other.token for other in found.sides if other is not side)
    about = []
    if side.run:
        about.append(
            language(
                "compare.run_facts",
                replications=language.number(side.run.replications_done),
                seed=side.run.seed,
                hash=side.run.hash[:8],
                run=side.run.id,
            )
        )
        if not side.run.current:
            about.append(language("compare.old_version"))
        if found.base and side in found.others and not comparisons.is_paired(found.base, side):
            about.append(language("compare.not_paired"))
        if side.run.replications_done < comparisons.FEWEST:
            about.append(language("compare.single"))
    elif side.making:
        about.append(language("compare.in_the_making"))
    elif side.stopped:
        about.append(language(f"making.{side.stopped.status}"))
    elif side.scenario:
        about.append(language("compare.not_run"))
    wrong = side.problem_vi if language.lang == "vi" else side.problem_en
    changed = comparisons.changes(found, side)
    return html.Li(
        [
            html.Span(letter(found, side), className=f"side-letter side-{found.sides.index(side)}"),
            html.Div(
                [
                    html.Strong(title_of(side, language)),
                    html.Span(language("compare.base"), className="side-base")
                    if side is found.sides[0]
                    else None,
                    html.P(" · ".join(about), className="side-about") if about else None,
                    html.P(wrong, className="error-text") if wrong else None,
                    changes_list(changed, language) if changed else None,
                ],
                className="side-words",
            ),
            link(
                icon("x-lg"),
                "/kich-ban" + urls.with_page_values(search, so=rest),
                "side-remove",
                **{"aria-label": f"{language('compare.remove')}: {title_of(side, language)}"},
            ),
        ]
    )


def changes_list(changed: list[tuple[str, Any, Any]], language: Words) -> html.Details:
    """The levers in which a scenario differs from the base."""
    rows = [html.Li(change_in_words(change, language)) for change in changed]
    return html.Details(
        [
            html.Summary(language("compare.changes", count=language.number(len(rows)))),
            html.Ul(rows, className="changes"),
        ],
        open=len(rows) <= EXPLAINED_CHANGES,
    )


def run_form(found: Comparison, language: Words) -> html.Div | html.Details:
    """How many replications, or how narrow the interval, and the button."""
    kpi = REGISTRY[found.kpi]
    unit = "%" if kpi.unit == "share" else language.unit(kpi.unit)
    done = [side.run.replications_done for side in found.ready]
    usual = max([*done, comparisons.USUAL_REPLICATIONS])
    missing = found.missing()
    form = html.Div(
        [
            _field(
                "wanted-replications",
                language("compare.replications"),
                language("compare.replications_help", most=language.number(MOST_REPLICATIONS)),
                str(usual),
                language,
            ),
            _field(
                "wanted-half-width",
                language("compare.half_width", kpi=language.of(kpi.name), unit=unit),
                language("compare.half_width_help", cap=CAP),
                "",
                language,
            ),
            html.Button(
                [
                    icon("play-fill"),
                    language("compare.run", count=language.number(len(missing)))
                    if missing
                    else language("compare.run_more"),
                ],
                id="run-missing",
                n_clicks=0,
                type="button",
                className="btn btn-primary",
            ),
        ],
        className="run-form",
    )
    if missing:
        return form
    return html.Details([html.Summary(language("compare.more")), form], className="run-more")


def _field(name: str, label: str, help_text: str, value: str, language: Words) -> html.Div:
    return html.Div(
        [
            html.Label(label, htmlFor=name),
            dbc.Input(
                id=name,
                value=value,
                type="text",
                inputmode="decimal",
                size="sm",
                persistence=True,
                persistence_type="memory",
            ),
            html.Span(help_text, className="field-help"),
        ],
        className="control",
    )


def choices(found: Comparison, language: Words) -> html.Div:
    """Period, measure, and which of the others the map shows."""
    measures = [
        {"label": f"{language.of(GROUPS[kpi.group])}: {language.of(kpi.name)}", "value": kpi.id}
        for kpi in REGISTRY.values()
    ]
    others = [
        {"label": f"{letter(found, side)} {title_of(side, language)}", "value": side.token}
        for side in found.others
    ]
    selects = [
        (
            "compare-period",
            "trong",
            "filter.period",
            [{"label": period_name(p, language), "value": p} for p in found.periods],
            found.period,
            next(iter(found.periods), EVERYTHING),
        ),
        ("compare-kpi", "chiso", "compare.kpi", measures, found.kpi, DEFAULT_KPI),
        (
            "compare-other",
            "voi",
            "compare.other",
            others,
            found.chosen.token if found.chosen else None,
            next((side.token for side in found.others), EVERYTHING),
        ),
    ]
    return html.Div(
        [
            choice_list(
                name,
                language(label),
                options,
                value,
                key,
                default,
                className="control" + ("" if len(options) > 1 or key != "voi" else " d-none"),
            )
            for name, key, label, options, value, default in selects
        ],
        className="filters compare-choices",
    )


def names_of(found: Comparison, language: Words) -> dict[str, str]:
    """What the scenarios that are ready are called, by token; the place tells the letter."""
    return {side.token: title_of(side, language) for side in found.ready}


def source_line(found: Comparison, language: Words) -> html.P:
    """Where the numbers come from."""
    return html.P(
        [certainty_badge("simulated", language), " ", source_words(found, language)],
        className="source",
    )


def source_words(found: Comparison, language: Words) -> str:
    """The runs behind the numbers."""
    return language(
        "compare.source",
        runs=", ".join(
            f"{letter(found, s)} {s.run.id} (n = {language.number(s.run.replications_done)})"
            for s in found.ready
        ),
    )


def _card(
    found: Comparison,
    name: str,
    title: str,
    lead: str,
    figure: dict,
    search: str,
    language: Words,
    scale: float,
    rows: int = 0,
) -> html.Section:
    place = f"{language('place.city')}, {period_name(found.period, language)}"
    source = f"{language('certainty.simulated')} · {source_words(found, language)}"
    figure = figures.with_credentials(figure, title, f"{lead} {place}", source)
    return chart_card(
        name,
        title,
        lead,
        graph(name, figures.enlarged(figure, scale), language, title, rows=rows),
        name,
        source_line(found, language),
        language,
        download_href("scenarios", name, search),
        kind=TABLE,
    )


def kpi_panel(found: Comparison, search: str, language: Words) -> html.Section:
    """Every measure, what each scenario makes of it, and how sure that is."""
    table = kpi_columns(found, language, plain=False)
    return html.Section(
        [
            html.H2(language("compare.kpis_title"), className="card-title"),
            html.P(
                f"{language('compare.kpis_lead')} {chance_alone(found, language)}",
                className="lead-line",
            ),
            scrolling_table(table, language, language("compare.kpis_title")),
            html.Div(
                [
                    source_line(found, language),
                    html.Div(
                        html.A(
                            [icon("download"), "CSV"],
                            href=download_href("scenarios", "compare-kpis", search),
                            className="tool",
                            download="",
                        ),
                        className="tools",
                    ),
                ],
                className="card-foot",
            ),
        ],
        className="panel kpi-comparison",
    )


def chance_alone(found: Comparison, language: Words) -> str:
    """How many of the differences that were tested may be called sure by chance alone."""
    frame = comparisons.kpi_table(found)
    verdicts = pd.concat([frame[f"verdict_{place}"] for place, _ in enumerate(found.others, 1)])
    lows = pd.concat([frame[f"low_{place}"] for place, _ in enumerate(found.others, 1)])
    tested = int((lows.notna() & (verdicts != SAME)).sum())
    if not tested:
        return ""
    return language(
        "compare.chance_alone",
        tested=language.number(tested),
        alone=language.number(tested * (1 - CONFIDENCE), 1),
    )


def kpi_columns(found: Comparison, language: Words, plain: bool) -> Table:
    """The comparison of all measures as a table: numbers for a file, words for a person."""
    frame = comparisons.kpi_table(found)
    names = [language.of(REGISTRY[kpi].name) for kpi in frame["kpi"]]
    groups = [language.of(GROUPS[group]) for group in frame["group"]]
    made: dict[str, Any] = {"group": groups, "name": names, "unit": frame["unit"]}
    columns = [
        Column("group", language("compare.group")),
        Column("name", language("compare.kpi")),
    ]
    if plain:
        made["kpi"] = frame["kpi"]
        columns += [Column("kpi", "id"), Column("unit", language("compare.unit"))]
        for key in ("base", "base_low", "base_high"):
            made[key] = frame[key]
            columns.append(Column(key, f"A {key}", "count"))
        for place, side in enumerate(found.others, 1):
            mark = letter(found, side)
            for part in ("mean", "difference", "low", "high", "variance_factor", "verdict"):
                key = f"{part}_{place}"
                made[key] = frame[key]
                kind = "text" if part == "verdict" else "count"
                columns.append(Column(key, f"{mark} {part}", kind))
        return Table("compare-kpis", tuple(columns), pd.DataFrame(made))
    made["base"] = [
        drawings.interval(row.base, row.base_low, row.base_high, row.unit, language)
        for row in frame.itertuples()
    ]
    columns.append(Column("base", f"A {title_of(found.base, language)}"))
    for place, side in enumerate(found.others, 1):
        mark = letter(found, side)
        made[f"mean_{place}"] = [
            language.value(value, unit)
            for value, unit in zip(frame[f"mean_{place}"], frame["unit"], strict=True)
        ]
        parts = [frame[f"{part}_{place}"] for part in ("difference", "low", "high")]
        made[f"difference_{place}"] = [
            drawings.signed(*numbers, unit, language)
            for *numbers, unit in zip(*parts, frame["unit"], strict=True)
        ]
        made[f"verdict_{place}"] = [
            verdict_markup(one, language) for one in frame[f"verdict_{place}"]
        ]
        columns += [
            Column(f"mean_{place}", f"{mark} {title_of(side, language)}"),
            Column(f"difference_{place}", f"{mark} − A"),
            Column(f"verdict_{place}", language("compare.verdict")),
        ]
    return Table("compare-kpis", tuple(columns), pd.DataFrame(made, dtype=object))


def verdict_markup(one: str, language: Words) -> Markup:
    """What a difference means: colour, icon and word."""
    return badge_markup(
        VERDICT_ICON[one],
        language(f"compare.verdict_{one}"),
        f"status status-{VERDICT_LOOK.get(one, 'none')} verdict-{one}",
    )


def time_panel(
    found: Comparison, search: str, language: Words, theme: str, scale: float
) -> html.Section:
    """The chosen measure month by month, with bands."""
    kpi = REGISTRY[found.kpi]
    frame = comparisons.over_time(found)
    ticks = {month: f"{month[5:]}/{month[:4]}" for month in sorted(frame["period"].unique())}
    names = names_of(found, language)
    figure = drawings.lines(frame, "period", ticks, names, kpi.unit, language, theme)
    name = language.of(kpi.name)
    return _card(
        found,
        "compare-time",
        time_finding(found, frame, language),
        language("compare.time_lead", kpi=name),
        figure,
        search,
        language,
        scale,
    )


def time_finding(found: Comparison, frame: pd.DataFrame, language: Words) -> str:
    """The month in which the scenarios differ most, or the one month there is to tell of."""
    kpi = REGISTRY[found.kpi]
    name = language.of(kpi.name)
    if not found.chosen:
        return language("compare.time_one", kpi=name)
    means = frame.pivot(index="period", columns="side", values="mean")
    gap = (means[found.chosen.token] - means[found.base.token]).dropna()
    if gap.empty or not gap.abs().max():
        return language("compare.time_same", kpi=name, letter=letter(found, found.chosen))
    month = gap.abs().idxmax()
    return language(
        "compare.time_finding",
        kpi=name,
        letter=letter(found, found.chosen),
        difference=drawings.plain_signed(float(gap[month]), kpi.unit, language),
        month=f"{month[5:]}/{month[:4]}",
    )


def hour_panel(
    found: Comparison, search: str, language: Words, theme: str, scale: float
) -> html.Section:
    """Waiting by hour of arrival."""
    frame = comparisons.by_hour(found)
    ticks = {hour: f"{int(hour)}–{int(hour) + 1}h" for hour in sorted(frame["id"].unique())}
    names = names_of(found, language)
    kpi = comparisons.hour_kpi(found)
    unit = REGISTRY[kpi].unit
    figure = drawings.lines(frame, "id", ticks, names, unit, language, theme)
    base = frame[frame["side"] == found.ready[0].token].dropna(subset=["mean"])
    worst = base.loc[base["mean"].idxmax()] if len(base) else None
    title = (
        language("compare.hour_nothing")
        if worst is None
        else language(
            "compare.hour_finding",
            letter=letter(found, found.ready[0]),
            kpi=language.of(REGISTRY[kpi].name),
            hour=ticks[worst["id"]],
            value=language.value(float(worst["mean"]), unit),
        )
    )
    lead = language("compare.hour_lead", kpi=language.of(REGISTRY[kpi].name))
    return _card(found, "compare-hours", title, lead, figure, search, language, scale)


def map_panel(
    found: Comparison, search: str, language: Words, theme: str, scale: float
) -> html.Section:
    """The chosen measure's change by district."""
    kpi = REGISTRY[found.kpi]
    frame = comparisons.by_part(found, DISTRICT)
    frame["name"] = frame[f"name_{language.lang}"]
    figure = drawings.difference_map(
        frame, kpi.better, kpi.unit, language.of(kpi.name), language, theme
    )
    title = language(
        "compare.map_finding",
        letter=letter(found, found.chosen),
        counts=counted(frame["verdict"], language),
    )
    lead = part_lead("compare.map_lead", found, language)
    return _card(found, "compare-map", title, lead, figure, search, language, scale)


def winners_panel(
    found: Comparison, search: str, language: Words, theme: str, scale: float
) -> html.Section:
    """What gets better and what worse: fields, then districts."""
    kpi = REGISTRY[found.kpi]
    frame = winners(found, language)
    headings = {FIELD: language("compare.fields"), DISTRICT: language("compare.districts")}
    figure = drawings.effects(frame, kpi.unit, language, theme, headings)
    title = language(
        "compare.winners_finding",
        letter=letter(found, found.chosen),
        fields=counted(frame.loc[frame["by"] == FIELD, "verdict"], language),
        districts=counted(frame.loc[frame["by"] == DISTRICT, "verdict"], language),
    )
    lead = part_lead("compare.winners_lead", found, language)
    rows = len(figure["layout"]["yaxis"]["categoryarray"])
    return _card(found, "compare-winners", title, lead, figure, search, language, scale, rows)


def winners(found: Comparison, language: Words) -> pd.DataFrame:
    """Fields and districts with what the chosen scenario changes for them."""
    parts = []
    for by in (FIELD, DISTRICT):
        frame = comparisons.by_part(found, by)
        parts.append(frame.assign(by=by, name=frame[f"name_{language.lang}"]))
    return pd.concat(parts, ignore_index=True)


def part_lead(key: str, found: Comparison, language: Words) -> str:
    """What is counted in a district, and in which districts that are not the same people."""
    kpi = language.of(REGISTRY[found.kpi].name)
    lead = language(key, kpi=kpi, letter=letter(found, found.chosen))
    if not found.moved:
        return lead
    names = sorted(
        found.names[DISTRICT].get(one, {}).get(language.lang, one) for one in found.moved
    )
    everywhere = len(names) == len(found.names[DISTRICT])
    named = language("compare.every_district") if everywhere else language.list(names)
    return f"{lead} {language('compare.moved', names=named)}"


def spread_panel(
    found: Comparison, search: str, language: Words, theme: str, scale: float
) -> html.Section:
    """Every replication of every scenario."""
    kpi = REGISTRY[found.kpi]
    frame = comparisons.distribution(found)
    target = comparisons.target(found)
    figure = drawings.strips(frame, names_of(found, language), target, kpi.unit, language, theme)
    title = spread_finding(found, frame, language)
    lead = language("compare.spread_lead")
    return _card(found, "compare-spread", title, lead, figure, search, language, scale)


def spread_finding(found: Comparison, frame: pd.DataFrame, language: Words) -> str:
    """From where to where the measure ranges between the replications of each scenario."""
    kpi = REGISTRY[found.kpi]
    parts = []
    for side in found.ready:
        values = frame.loc[frame["side"] == side.token, "value"].dropna()
        if values.empty:
            continue
        low, high = (language.value(float(end), kpi.unit) for end in (values.min(), values.max()))
        key = "spread_one" if len(values) == 1 else "spread_same" if low == high else "spread_range"
        mark = letter(found, side)
        parts.append(language(f"compare.{key}", letter=mark, low=low, high=high))
    if not parts:
        return language("compare.spread_nothing")
    return language("compare.spread_finding", kpi=language.of(kpi.name), parts="; ".join(parts))


def chance_panel(found: Comparison, search: str, language: Words) -> html.Section:
    """How likely each target of the period is met."""
    table = chance_table(found, language, plain=False)
    return html.Section(
        [
            html.H2(language("compare.chance_title"), className="card-title"),
            html.P(chance_lead(found, language), className="lead-line"),
            scrolling_table(table, language, language("compare.chance_title")),
            html.Div(
                [
                    source_line(found, language),
                    html.Div(
                        html.A(
                            [icon("download"), "CSV"],
                            href=download_href("scenarios", "compare-chances", search),
                            className="tool",
                            download="",
                        ),
                        className="tools",
                    ),
                ],
                className="card-foot",
            ),
        ],
        className="panel",
    )


def chance_lead(found: Comparison, language: Words) -> str:
    """What a chance is, and of which scenarios none can be told."""
    lead = language("compare.chance_lead", period=period_name(found.period, language))
    single = [letter(found, side) for side in found.ready if found.is_single(side)]
    if not single:
        return lead
    return f"{lead} {language('compare.chance_single', letters=', '.join(single))}"


def chance_table(found: Comparison, language: Words, plain: bool) -> Table:
    """Chances of the targets: of the period for a person, of all periods for a file."""
    frame = comparisons.chances(found)
    if plain:
        frame = frame.assign(
            letter=[letter_of(found, token) for token in frame["side"]],
            name=[language.of(REGISTRY[kpi].name) for kpi in frame["kpi"]],
        )
        columns = (
            Column("letter", language("compare.scenario")),
            Column("period", language("filter.period")),
            Column("name", language("compare.kpi")),
            Column("target", language("compare.target"), "count"),
            Column("met", language("compare.chance"), "count"),
            Column("low", "95% –", "count"),
            Column("high", "95% +", "count"),
        )
        return Table("compare-chances", columns, frame)
    frame = frame[frame["period"] == found.period]
    columns = [
        Column("name", language("compare.kpi")),
        Column("target", language("compare.target")),
    ]
    rows: dict[str, dict[str, Any]] = {}
    for row in frame.itertuples():
        kpi = REGISTRY[row.kpi]
        entry = rows.setdefault(
            row.kpi,
            {"name": language.of(kpi.name), "target": language.value(row.target, kpi.unit)},
        )
        entry[row.side] = (
            language("compare.one_replication")
            if row.met != row.met
            else f"{language.share(row.met, 0)} "
            f"[{language.share(row.low, 0)}; {language.share(row.high, 0)}]"
        )
    columns += [Column(side.token, f"{letter(found, side)}") for side in found.ready]
    shown = pd.DataFrame(list(rows.values()), columns=[column.key for column in columns])
    return Table("compare-chances", tuple(columns), shown)


def letter_of(found: Comparison, token: str) -> str:
    """The letter of a token."""
    return next(letter(found, side) for side in found.sides if side.token == token)


def tables(source: Source, search: str) -> dict[str, Table]:
    """The numbers behind every chart of the comparison."""
    found = asked(source, search)
    language = words(language_of(source, search))
    made = []
    if found.others:
        made.append(kpi_columns(found, language, plain=True))
        made += [part_table(found, by, name, language) for by, name in PARTS.items()]
    if found.ready:
        made += [
            lines_table("compare-time", comparisons.over_time(found), "period", found, language),
            lines_table("compare-hours", comparisons.by_hour(found), "id", found, language),
            spread_table(found, language),
            chance_table(found, language, plain=True),
        ]
    return {table.name: table for table in made}


PARTS = {DISTRICT: "compare-map", "": "compare-winners"}


def part_table(found: Comparison, by: str, name: str, language: Words) -> Table:
    """Districts, or fields and districts, with the change of the chosen measure."""
    frame = comparisons.by_part(found, by) if by else winners(found, language)
    unit = REGISTRY[found.kpi].unit
    columns = (
        Column(f"name_{language.lang}", language("compare.part")),
        Column("a", "A", unit),
        Column("b", letter(found, found.chosen), unit),
        Column("difference", language("compare.difference"), unit),
        Column("low", "95% –", unit),
        Column("high", "95% +", unit),
        Column("verdict", language("compare.verdict")),
    )
    shown = frame.assign(
        verdict=[language(f"compare.verdict_{one}") for one in frame["verdict"]],
    )
    return Table(name, columns, shown)


def lines_table(
    name: str, frame: pd.DataFrame, axis: str, found: Comparison, language: Words
) -> Table:
    """Means and bands of every scenario."""
    kpi = comparisons.hour_kpi(found) if axis == "id" else found.kpi
    unit = REGISTRY[kpi].unit
    columns = (
        Column("letter", language("compare.scenario")),
        Column(axis, language("compare.hour" if axis == "id" else "filter.period")),
        Column("mean", language("compare.mean"), unit),
        Column("low", "95% –", unit),
        Column("high", "95% +", unit),
    )
    return Table(
        name, columns, frame.assign(letter=[letter_of(found, side) for side in frame["side"]])
    )


def spread_table(found: Comparison, language: Words) -> Table:
    """The chosen measure in every replication."""
    frame = comparisons.distribution(found)
    columns = (
        Column("letter", language("compare.scenario")),
        Column("replication", language("compare.number"), "count"),
        Column("value", language.of(REGISTRY[found.kpi].name), REGISTRY[found.kpi].unit),
    )
    shown = frame.assign(
        letter=[letter_of(found, side) for side in frame["side"]],
        replication=frame["replication"] + 1,
    )
    return Table("compare-spread", columns, shown)
