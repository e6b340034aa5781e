"""Which levers matter most: choose some, run the study, read the tornado."""

from typing import Any

import dash_bootstrap_components as dbc
import pandas as pd
from dash import Dash, Input, Output, State, dcc, html, no_update

from dashboard import comparison_figures as drawings
from dashboard import figures, sensitivity
from dashboard import state as urls
from dashboard.comparisons import DEFAULT_KPI
from dashboard.components import (
    Column,
    Table,
    certainty_badge,
    chart_card,
    choice_list,
    download_href,
    graph,
    icon,
    link,
)
from dashboard.marks import renewed
from dashboard.pages.scenarios import compare
from dashboard.pages.scenarios.words import change_in_words, period_name, reason
from dashboard.sensitivity import Lever, Study
from dashboard.source import IN_PROGRESS, STOPPED, Source
from dashboard.text import Words, words
from data.store.errors import StoreError
from kpis import GROUPS, REGISTRY
from kpis.ensemble import EnsembleError
from kpis.findings import WHOLE
from simulation import Scenario, ScenarioError

KEY = "nc"
SUGGESTED = (
    "demand.level",
    "staff.counters",
    "staff.officers",
    "reception.guidance_min",
    "files.incomplete",
    "channels.online",
)
USUAL_REPLICATIONS = 4
NAME_LETTERS = 34  # of a lever's name on one line
DROPDOWN_LABELS = (
    "select_all",
    "deselect_all",
    "selected_count",
    "search",
    "clear_search",
    "clear_selection",
    "no_options_found",
)


def layout() -> html.Div:
    """The places of the study."""
    return html.Div(
        [
            html.Div(id="study"),
            dcc.Store(id="study-mark"),
            html.Div(id="study-form"),
            html.Div(id="study-problem", role="alert"),
        ]
    )


def register(app: Dash, source: Source) -> None:
    """Adds the callbacks of the study."""

    @app.callback(
        Output("study", "children"),
        Output("study-mark", "data"),
        Input("url", "search"),
        Input("runs", "data"),
        Input("theme", "data"),
        State("study-mark", "data"),
    )
    def show(search, _runs, theme, before):
        if not urls.page_value(search, KEY):
            return None, None
        look = theme or {}
        shown = content(
            asked(source, search),
            source,
            search,
            words(compare.language_of(source, search)),
            look.get("name", "light"),
            float(look.get("scale", 1)),
        )
        return shown, renewed(before, shown)

    @app.callback(Output("study-form", "children"), Input("url", "search"))
    def show_form(search):
        language = words(compare.language_of(source, search))
        sides = compare.asked(source, search).sides
        scenario = sides[0].scenario if sides else None
        return form(sensitivity.levers(source, scenario), scenario, language) if scenario else None

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Output("study-problem", "children"),
        Input("study-start", "n_clicks"),
        State("study-levers", "value"),
        State("study-spread", "value"),
        State("study-replications", "value"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def start(clicks, paths, spread, replications, search):
        if not clicks:
            return no_update, no_update
        language = words(compare.language_of(source, search))
        sides = compare.asked(source, search).sides
        try:
            count = compare.replications(replications)
            scenario = sides[0].scenario
            study = sensitivity.start(source, scenario, paths or [], float(spread), count)
        except (ScenarioError, StoreError, EnsembleError) as error:
            return no_update, compare.problem(reason(error, language))
        return urls.with_page_values(search, so="", voi="", nc=study), None


def asked(source: Source, search: str | None) -> Study:
    """The study that an address asks for."""
    kpi = urls.page_value(search, "chiso")
    period = urls.page_value(search, "trong") or WHOLE
    kpi = kpi if kpi in REGISTRY else DEFAULT_KPI
    return sensitivity.read(source, urls.page_value(search, KEY), kpi, period)


def form(levers: list[Lever], scenario: Scenario, language: Words) -> html.Section:
    """Choose levers, how far to turn them, and how many replications."""
    return html.Section(
        [
            html.H2(language("sensitivity.ask"), className="card-title"),
            html.P(
                language("sensitivity.lead", scenario=language.of(scenario.title) or scenario.name),
                className="lead-line",
            ),
            html.Div(
                [
                    html.Div(
                        [
                            html.Label(language("sensitivity.levers"), htmlFor="study-levers"),
                            dcc.Dropdown(
                                id="study-levers",
                                options=[
                                    {"label": name_of(lever, language), "value": lever.path}
                                    for lever in levers
                                ],
                                value=[p for p in SUGGESTED if p in {x.path for x in levers}],
                                multi=True,
                                labels={
                                    name: language(f"dropdown.{name}") for name in DROPDOWN_LABELS
                                },
                            ),
                        ],
                        className="control control-levers",
                    ),
                    html.Div(
                        [
                            html.Label(language("sensitivity.spread"), htmlFor="study-spread"),
                            dbc.Select(
                                id="study-spread",
                                options=[
                                    {"label": f"± {language.share(s, 0)}", "value": str(s)}
                                    for s in sensitivity.SPREADS
                                ],
                                value=str(sensitivity.SPREADS[2]),
                                size="sm",
                            ),
                        ],
                        className="control",
                    ),
                    html.Div(
                        [
                            html.Label(
                                language("compare.replications"), htmlFor="study-replications"
                            ),
                            dbc.Input(
                                id="study-replications",
                                value=str(USUAL_REPLICATIONS),
                                type="text",
                                inputmode="numeric",
                                size="sm",
                            ),
                        ],
                        className="control",
                    ),
                    html.Button(
                        [icon("play-fill"), language("sensitivity.start")],
                        id="study-start",
                        n_clicks=0,
                        type="button",
                        className="btn btn-primary",
                    ),
                ],
                className="run-form",
            ),
        ],
        className="panel",
    )


def name_of(lever: Lever, language: Words) -> str:
    """What a lever is called."""
    return lever.name_vi if language.lang == "vi" else lever.name_en


def content(
    study: Study, source: Source, search: str, language: Words, theme: str, scale: float
) -> list[Any]:
    """A study as far as it has come."""
    if study.base is None:
        return [html.Div(html.H1(language("sensitivity.unknown")), className="panel message")]
    parts: list[Any] = [heading(study, source, search, language)]
    wrong = study.problem_vi if language.lang == "vi" else study.problem_en
    if wrong:
        parts.append(compare.problem(wrong))
    if not study.rows.empty:
        parts.append(choices(study, source, language))
        parts.append(panel(study, source, search, language, theme, scale))
    return parts


def heading(study: Study, source: Source, search: str, language: Words) -> html.Div:
    """The lever that moves the measure most, and how many ensembles are done."""
    title = language("sensitivity.waiting")
    if not study.rows.empty:
        title = finding(study, lever_names(source, language), language)
    facts = [
        language(
            "sensitivity.done",
            done=language.number(study.done),
            total=language.number(len(study.runs)),
            scenario=compare.title_of_run(study.base, language),
        )
    ]
    stopped = [run for run in study.runs if run.status in STOPPED]
    if stopped:
        facts.append(language("sensitivity.stopped", count=language.number(len(stopped))))
    elif any(run.status in IN_PROGRESS for run in study.runs):
        facts.append(language("sensitivity.come_back"))
    base = study.base.scenario
    return html.Div(
        [
            html.P(
                link(
                    language("compare.back"),
                    "/kich-ban" + urls.with_page_values(search, nc="", chiso="", trong=""),
                ),
                className="lead-line",
            ),
            html.H1(title),
            html.P(" · ".join(facts), className="second-finding", title=base),
        ],
        className="verdict",
    )


def finding(study: Study, names: dict[str, str], language: Words) -> str:
    """Of the levers whose effect is beyond chance, the one that moves the measure most."""
    kpi = language.of(REGISTRY[study.kpi].name)
    sure = study.rows[study.rows["low"] * study.rows["high"] > 0]
    if sure.empty:
        return language("sensitivity.unsure", kpi=kpi)
    path = sure["path"].iloc[0]
    return language("sensitivity.finding", kpi=kpi, lever=names.get(path, path))


def lever_names(source: Source, language: Words) -> dict[str, str]:
    """What all levers are called, by path."""
    levers = source.reference.levers
    return dict(zip(levers["path"], levers[f"name_{language.lang}"], strict=True))


def choices(study: Study, source: Source, language: Words) -> html.Div:
    """Period and measure."""
    table = source.findings(study.base.id)
    known = set(table["period"].unique())
    periods = [p for p in (WHOLE, "before", "phase_1", "phase_2", "phase_3") if p in known]
    selects = [
        (
            "study-period",
            "trong",
            "filter.period",
            [{"label": period_name(p, language), "value": p} for p in periods],
            study.period,
            WHOLE,
        ),
        (
            "study-kpi",
            "chiso",
            "compare.kpi",
            [
                {
                    "label": f"{language.of(GROUPS[k.group])}: {language.of(k.name)}",
                    "value": k.id,
                }
                for k in REGISTRY.values()
            ],
            study.kpi,
            DEFAULT_KPI,
        ),
    ]
    return html.Div(
        [
            choice_list(name, language(label), options, value, key, default, className="control")
            for name, key, label, options, value, default in selects
        ],
        className="filters compare-choices",
    )


def panel(
    study: Study, source: Source, search: str, language: Words, theme: str, scale: float
) -> html.Section:
    """The tornado."""
    kpi = REGISTRY[study.kpi]
    frame = shown(study, language)
    names = {
        path: figures.wrapped(name, NAME_LETTERS)
        for path, name in lever_names(source, language).items()
    }
    title = language(
        "sensitivity.title",
        kpi=language.of(kpi.name),
        value=language.value(study.base_mean, kpi.unit),
        period=period_name(study.period, language),
    )
    lead = language("sensitivity.tornado_lead", kpi=language.of(kpi.name))
    figure = drawings.tornado(frame, names, kpi.unit, language, theme)
    source_text = language("compare.source", runs=study.id)
    figure = figures.with_credentials(
        figure, title, lead, f"{language('certainty.simulated')} · {source_text}"
    )
    rows = 2 * frame["path"].nunique()
    return chart_card(
        "study-tornado",
        title,
        lead,
        graph("study-tornado", figures.enlarged(figure, scale), language, title, rows=rows),
        "study-tornado",
        html.P([certainty_badge("simulated", language), " ", source_text], className="source"),
        language,
        download_href("scenarios", "study-tornado", search),
        kind=compare.TABLE,
    )


def shown(study: Study, language: Words) -> pd.DataFrame:
    """The rows with their changes in words."""
    return study.rows.assign(
        shown=[
            "<br>".join(change_in_words(change, language) for change in changes)
            for changes in study.rows["changes"]
        ]
    )


def tables(source: Source, search: str) -> dict[str, Table]:
    """The numbers behind the tornado."""
    if not urls.page_value(search, KEY):
        return {}
    study = asked(source, search)
    if study.rows.empty:
        return {}
    language = words(compare.language_of(source, search))
    names, unit = lever_names(source, language), REGISTRY[study.kpi].unit
    frame = shown(study, language)
    frame = frame.assign(
        lever=[names.get(path, path) for path in frame["path"]],
        shown=frame["shown"].str.replace("<br>", "; "),
        verdict=[language(f"compare.verdict_{one}") for one in frame["verdict"]],
    )
    columns = (
        Column("lever", language("sensitivity.lever")),
        Column("shown", language("sensitivity.change")),
        Column("difference", language("compare.difference"), unit),
        Column("low", "95% –", unit),
        Column("high", "95% +", unit),
        Column("verdict", language("compare.verdict")),
    )
    return {"study-tornado": Table("study-tornado", columns, frame)}
