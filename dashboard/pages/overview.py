"""Overview: are we keeping our promises, where not, and since when?"""

from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

import pandas as pd
from dash import Dash, Input, Output, State, dcc, html, no_update
from markupsafe import Markup

from dashboard import figures, queries
from dashboard import state as urls
from dashboard.components import (
    STATUS_ICON,
    Column,
    Table,
    certainty_badge,
    certainty_markup,
    chart_card,
    choice_list,
    download_href,
    graph,
    icon,
    link,
    scrolling_table,
    sparkline,
    status_badge,
    status_markup,
)
from dashboard.marks import renewed
from dashboard.pages import direction
from dashboard.pages.page import Page
from dashboard.pages.results import unreadable
from dashboard.periods import day_name, period_label
from dashboard.queries import Figure, Overview, View
from dashboard.source import DONE, IN_PROGRESS, STOPPED, Source
from dashboard.text import Words, words
from data.store.errors import StoreError
from kpis import REGISTRY

STEPS = ("preparing", "days", "writing")  # of a run that is being made
COUNTED = "days"  # the step of which it is known how much is left
BUSY = "progress-bar-striped progress-bar-animated"


def layout() -> html.Div:
    """The places of the page, with skeletons until the numbers are there."""
    return html.Div(
        [
            html.Div(id="making"),
            html.Div(_skeleton(), id="overview", **{"aria-busy": "true"}),
            dcc.Store(id="overview-mark"),
        ]
    )


def register(app: Dash, source: Source) -> None:
    """Adds the page's callbacks."""

    @app.callback(
        Output("overview", "children"),
        Output("overview-mark", "data"),
        Input("url", "search"),
        Input("runs", "data"),
        Input("theme", "data"),
        State("overview-mark", "data"),
    )
    def show(search, _runs, theme, before):
        seen = queries.view(source, search)
        mark = renewed(before, search, theme, seen.facts)
        if seen.run is None or seen.run.status != DONE:
            return _skeleton(), mark
        language = words(seen.state.lang)
        try:
            data = queries.overview(source, seen)
            look = theme or {}
            shown = content(
                data, seen, language, look.get("name", "light"), float(look.get("scale", 1))
            )
        except StoreError as error:
            shown = unreadable(getattr(error, language.lang), language)
        return shown, mark

    @app.callback(
        Output("making", "children"),
        Input("progress", "data"),
        Input("runs", "data"),
        Input("url", "search"),
    )
    def show_progress(progress, _runs, search):
        seen = queries.view(source, search)
        return making(source, seen, progress or [], words(seen.state.lang))

    @app.callback(
        Output("runs", "data", allow_duplicate=True),
        Output("tick", "disabled", allow_duplicate=True),
        Input("run-again", "n_clicks"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def run_again(clicks, search):
        seen = queries.view(source, search)
        if not clicks or seen.run is None or seen.run.status not in STOPPED:
            return no_update, no_update
        source.restart(seen.run.id)
        return queries.states(source), False


def content(data: Overview, seen: View, language: Words, theme: str, scale: float = 1.0) -> list:
    """The whole page for one view.

    Args:
        theme: light or dark.
        scale: how much larger than on a desk the type is.
    """
    search = urls.search_of(data.state)
    return [
        html.Div(
            [
                verdict(data, seen, language),
                phase_ribbon(data, language),
                html.Div(
                    [card(f, data, language, theme) for f in data.headlines],
                    className="cards",
                ),
            ],
            className="above-fold",
        ),
        direction.panel(data, source_line(data, "simulated", language), language),
        strip(data, language),
        html.Div(
            [
                map_panel(data, language, theme, search, scale),
                ranking(data, language),
            ],
            className="row-map",
        ),
        html.Div(
            [
                fields_panel(data, language, theme, search, scale),
                volume_panel(data, language, theme, search, scale),
            ],
            className="row-two",
        ),
        html.Div(
            [milestones_panel(data, language), indicators_panel(data, language, search)],
            className="row-last",
        ),
    ]


# --- sentences -------------------------------------------------------------------------------


def verdict(data: Overview, seen: View, language: Words) -> html.Div:
    """The page's finding: how many promises are kept, and which are not."""
    with_target = [f for f in data.headlines if f.target is not None and f.value is not None]
    met = [f for f in with_target if f.status == "met"]
    missed = sorted(
        (f for f in with_target if f.status != "met"),
        key=lambda f: abs(f.value - f.target),
        reverse=True,
    )
    where = place_name(data, language)
    when = period_label(seen.period.token, seen, language)
    if not with_target:
        sentence = language("verdict.nothing", when=when, where=where)
    elif not missed:
        key = "verdict.all" if len(with_target) > 1 else "verdict.only"
        sentence = language(key, when=when, where=where, total=len(with_target))
    else:
        near = sum(f.status == "near" for f in missed)
        counts = {"met": len(met), "total": len(with_target)} | ({"near": near} if near else {})
        sentence = language(
            "verdict.some_near" if near else "verdict.some", when=when, where=where, **counts
        )
    detail = [
        html.Li(
            [
                status_badge(f.status, language),
                " ",
                html.A(name_of(f, language), href=f"#card-{f.id}"),
                " ",
                language(
                    "verdict.gap",
                    value=_shown(f, language),
                    target=language.value(f.target, f.unit, _target_digits(f)),
                ),
            ]
        )
        for f in missed
    ]
    without = [name_of(f, language) for f in data.headlines if f.status == "empty"]
    return html.Div(
        [
            html.H1(sentence),
            html.Ul(detail, className="missed-list") if detail else None,
            html.P(language("verdict.without", names=", ".join(without))) if without else None,
        ],
        className="verdict",
    )


def place_name(data: Overview, language: Words) -> str:
    """The chosen part of the city and of the work, in words."""
    rows = data.districts.set_index("code")
    parts = [rows["name"].get(data.state.district, "")] if data.state.district else []
    parts = parts or [language("place.city")]
    if data.state.field:
        parts.append(language.of(data.field_names[data.state.field]).lower())
    if data.state.channel:
        parts.append(language(f"channel.{data.state.channel}").lower())
    return ", ".join(parts)


def name_of(figure: Figure, language: Words) -> str:
    """A KPI's name."""
    return figure.name_vi if language.lang == "vi" else figure.name_en


def source_line(data: Overview, certainty: str, language: Words) -> html.P:
    """Where numbers come from and how sure they are."""
    return html.P(
        [
            certainty_badge(certainty, language),
            " ",
            _source_words(data, language),
        ],
        className="source",
    )


def _source_words(data: Overview, language: Words) -> str:
    return language(
        "source.run",
        scenario=data.run.title_vi if language.lang == "vi" else data.run.title_en,
        run=data.run.id,
        seed=data.run.seed,
        hash=data.run.hash[:8],
    )


# --- pieces ----------------------------------------------------------------------------------


def phase_ribbon(data: Overview, language: Words) -> html.Ol:
    """The three phases on a line of time, with the chosen period marked."""
    first, last = data.phases[0].start, data.phases[-1].end
    days = (last - first).days
    items = []
    for phase in data.phases:
        name = phase.name_vi if language.lang == "vi" else phase.name_en
        begins = max(phase.start, data.period.start)
        ends = min(phase.end, data.period.end)
        mark = None
        if begins < ends:
            length = (phase.end - phase.start).days
            mark = html.Span(
                className="ribbon-mark",
                style={
                    "left": f"{100 * (begins - phase.start).days / length:.2f}%",
                    "width": f"{100 * (ends - begins).days / length:.2f}%",
                },
            )
        items.append(
            html.Li(
                link(
                    [
                        html.Span(name, className="ribbon-name"),
                        html.Span(
                            language.span(
                                phase.start, phase.end - pd.Timedelta(days=1).to_pytimedelta()
                            ),
                            className="ribbon-dates",
                        ),
                        html.Span(
                            [
                                icon("flag-fill"),
                                language(
                                    "ribbon.milestones",
                                    done=phase.milestones_done,
                                    total=phase.milestones,
                                ),
                            ],
                            className="ribbon-milestones",
                        ),
                        html.Span(
                            [
                                html.Span(
                                    className="ribbon-elapsed",
                                    style={"width": f"{100 * phase.elapsed:.1f}%"},
                                ),
                                mark,
                            ],
                            className="ribbon-bar",
                        ),
                    ],
                    "/" + urls.search_of(data.state, period=phase.id),
                    "ribbon-link",
                    here=phase.chosen,
                    **{
                        "aria-label": language(
                            "ribbon.label",
                            name=name,
                            span=language.span(
                                phase.start, phase.end - pd.Timedelta(days=1).to_pytimedelta()
                            ),
                            elapsed=language.share(phase.elapsed, 0),
                        )
                    },
                ),
                style={"flexGrow": (phase.end - phase.start).days / days},
                className="ribbon-phase",
            )
        )
    return html.Ol(items, className="ribbon", **{"aria-label": language("ribbon.title")})


def card(figure: Figure, data: Overview, language: Words, theme: str) -> html.Article:
    """A headline KPI: value, target, status, trend, certainty together."""
    name = name_of(figure, language)
    target = (
        language(
            "card.target",
            sign="≥" if figure.better == "higher" else "≤",
            target=language.value(figure.target, figure.unit, _target_digits(figure)),
        )
        if figure.target is not None
        else ""
    )
    shown = [(d, v) for d, v in figure.trend if v is not None]
    alt = (
        language(
            f"card.trend_{data.trend_by}",
            name=name,
            first=language.value(shown[0][1], figure.unit),
            last=language.value(shown[-1][1], figure.unit),
        )
        if shown
        else language("card.no_trend")
    )
    value, unit = _split(figure, language)
    status = figure.status
    return html.Article(
        [
            html.H2(name, className="kpi-name"),
            html.P(
                [html.Span(value, className="kpi-number"), html.Span(unit, className="kpi-unit")],
                className="kpi-value",
            ),
            html.Div(
                [status_badge(status, language), html.Span(target, className="kpi-target")],
                className="kpi-status",
            ),
            sparkline(figure.trend, figure.target, status, theme, alt),
            html.Div(
                [
                    html.Span(language(f"card.by_{data.trend_by}")),
                    certainty_badge(figure.certainty, language),
                ],
                className="kpi-foot",
            ),
        ],
        id=f"card-{figure.id}",
        className=f"panel kpi kpi-{status}",
    )


def strip(data: Overview, language: Words) -> html.Section:
    """The secondary measures, small, with their target where there is one."""
    items = []
    for figure in data.strip:
        number, unit = _split(figure, language)
        if figure.id == "index_766" and figure.value is not None:
            number = language.number(figure.value, 1)
            unit = language("strip.index", known=language.number(figure.denominator))
        value = [number, " ", html.Span(unit, className="strip-unit")] if unit else number
        target = None
        if figure.target is not None and figure.value is not None:
            target = html.Dd(
                [
                    icon(STATUS_ICON[figure.status], f"ink-{figure.status}"),
                    language(
                        "strip.target",
                        status=language(f"status.{figure.status}"),
                        sign="≥" if figure.better == "higher" else "≤",
                        target=language.value(figure.target, figure.unit, _target_digits(figure)),
                    ),
                ],
                className="strip-target",
            )
        items.append(
            html.Div(
                [
                    html.Dt(name_of(figure, language)),
                    html.Dd(value, className="strip-value"),
                    html.Dd(backlog_day(data, language), className="strip-target")
                    if figure.id == "unit_backlog"
                    else target,
                ]
            )
        )
    return html.Section(
        [
            html.H2(language("strip.title"), className="visually-hidden"),
            html.Dl(items, className="strip"),
        ],
        className="panel strip-panel",
    )


def backlog_day(data: Overview, language: Words) -> str:
    """At the end of which day the backlog is: over a weekend dossiers come in and none goes."""
    return language("strip.backlog_day", day=day_name(data.period.last, language))


def map_panel(
    data: Overview, language: Words, theme: str, search: str, scale: float
) -> html.Section:
    """The districts on a map, by the KPI that was chosen."""
    kpi = data.district_kpi
    name = name_of(kpi, language)
    figure = figures.district_map(
        data.districts,
        data.sites,
        kpi.unit,
        kpi.target,
        kpi.better,
        name,
        language,
        theme,
        data.state.district,
        _digits_between(data),
    )
    finding = district_finding(data, language)
    lead = language("map.lead", name=name)
    every_district = replace(data, state=replace(data.state, district=""))
    note = data.outlines.note(language)
    figure = _for_saving(figure, finding, name, every_district, kpi.certainty, language, note)
    choose = choice_list(
        "choose-kpi",
        language("map.choose"),
        [{"label": _registry_name(i, language), "value": i} for i in queries.MAP_KPIS],
        kpi.id,
        urls.key_of("kpi"),
        queries.HEADLINES[0],
        className="control control-kpi",
    )
    return chart_card(
        "map",
        finding,
        lead,
        graph(
            "map",
            figures.enlarged(figure, scale),
            language,
            language("map.label", name=name),
            "graph-map",
        ),
        "districts",
        html.Div(
            [
                source_line(data, kpi.certainty, language),
                html.P(note, className="source"),
            ]
        ),
        language,
        download_href("overview", "districts", search),
        choose,
    )


def district_finding(data: Overview, language: Words) -> str:
    """How many districts meet the target, or which stand at the ends."""
    kpi, known = data.district_kpi, data.districts.dropna(subset=["value"])
    name = name_of(kpi, language)
    if known.empty:
        return language("map.nothing", name=name)
    values = _district_values(known, data, language)
    worst, best = values.iloc[0], values.iloc[-1]
    told = {
        "worst": _standing_at(worst, known["name"][values == worst], language),
        "worst_value": worst,
        "best": _standing_at(best, known["name"][values == best], language),
        "best_value": best,
        "name": name,
        "total": len(known),
    }
    if kpi.target is None:
        return language("map.same" if worst == best else "map.ends", **told)
    told["target"] = language.value(kpi.target, kpi.unit, _target_digits(kpi))
    met = int((known["status"] == "met").sum())
    if met == len(known):
        return language("map.all_met" if worst == best else "map.all_met_ends", **told)
    if met:
        return language("map.met", met=met, **told)
    return language("map.none_met_same" if worst == best else "map.none_met", **told)


def _standing_at(value: str, names: pd.Series, language: Words) -> str:
    """The name of the one district with a value, or how many have it."""
    return names.iloc[0] if len(names) == 1 else language("map.several", count=len(names))


def _digits_between(data: Overview) -> int | None:
    """Digits of a share that tell most districts apart; None for what the unit usually has."""
    values = data.districts["value"].dropna()
    if data.district_kpi.unit != "share" or values.empty:
        return None
    wanted = values.nunique() / 2
    return next((d for d in (1, 2) if values.round(d + 2).nunique() >= wanted), 3)


def _district_values(rows: pd.DataFrame, data: Overview, language: Words) -> pd.Series:
    """The districts' values in words; what misses its target never reads as if it reached it."""
    kpi, digits = data.district_kpi, _digits_between(data)
    target = language.value(kpi.target, kpi.unit, digits)

    def shown(value: float, status: str) -> str:
        text = language.value(value, kpi.unit, digits)
        if status != "met" and text == target:
            return language.towards(value, kpi.target, kpi.unit, met=False)
        return text

    return pd.Series(map(shown, rows["value"], rows["status"]), rows.index, dtype=object)


# Text, not components: see ``components.scrolling_table``.
RANK = Markup(
    '<li><a class="rank-link" data-link href="{href}"{here}><span class="rank-place">{place}</span>'
    '<span class="rank-name">{name}</span><span class="rank-bar" aria-hidden="true">'
    '<span class="rank-fill fill-{status}" style="width:{width}%"></span></span>'
    '<span class="rank-value">{value}</span>{status_sign}</a></li>'
)
RANK_STATUS = Markup(
    '<span class="icon icon-{icon} ink-{status}" aria-hidden="true"></span>'
    '<span class="visually-hidden">{word}</span>'
)
MILESTONE = Markup(
    '<li><span class="icon icon-{icon} ink-{tone}" aria-hidden="true"></span><span>'
    '<span>{name}</span><span class="milestone-when">{when}</span></span></li>'
)


def ranking(data: Overview, language: Words) -> html.Section:
    """All districts, worst first, each a link to its own figures."""
    kpi = data.district_kpi
    known = data.districts
    values = [v for v in known["value"] if v == v] + ([kpi.target] if kpi.target else [])
    top = max(values, default=1.0) or 1.0
    texts = _district_values(known, data, language)
    judged = kpi.target is not None
    rows = []
    for place, row in enumerate(known.itertuples(), 1):
        absent = row.value != row.value
        chosen = row.code == data.state.district
        rows.append(
            RANK.format(
                href="/" + urls.search_of(data.state, district="" if chosen else row.code),
                here=Markup(' aria-current="page"') if chosen else "",
                place=place,
                name=row.name,
                width=0 if absent else round(100 * row.value / top, 1),
                value=texts[row.Index],
                status=row.status,
                status_sign=RANK_STATUS.format(
                    icon=STATUS_ICON[row.status],
                    status=row.status,
                    word=language(f"status.{row.status}"),
                )
                if judged
                else "",
            )
        )
    back = (
        link(
            [icon("x-lg"), language("rank.back")],
            "/" + urls.search_of(data.state, district=""),
            "back-to-city",
        )
        if data.state.district
        else None
    )
    return html.Section(
        [
            html.Div(
                [html.H2(language(_rank_title(data)), className="card-title"), back],
                className="card-head",
            ),
            html.P(language("rank.lead", name=name_of(kpi, language)), className="lead-line"),
            html.Ol(
                className="ranking" + ("" if judged else " ranking-unjudged"),
                # Each row is a grid of its own; the longest value gives all of them their column.
                style={"--value-width": f"{max(map(len, texts), default=1)}ch"},
                **{"data-html": "".join(rows)},
            ),
        ],
        className="panel rank-panel",
    )


def _rank_title(data: Overview) -> str:
    """Key of the ranking's heading: need can be ordered only where there is a target."""
    values = data.districts["value"].dropna()
    if values.nunique() == 1:
        return "rank.equal"
    if data.district_kpi.target is not None or values.empty:
        return "rank.title"
    return "rank.rising" if values.iloc[0] < values.iloc[-1] else "rank.falling"


def fields_panel(
    data: Overview, language: Words, theme: str, search: str, scale: float
) -> html.Section:
    """The promise of 15 minutes against what each field needs."""
    fields = data.fields
    if fields.empty:
        title = language("fields.nothing")
    else:
        worst, best = fields.iloc[0], fields.iloc[-1]
        over = fields[fields["transaction_mean"] > 15]
        names = [str(language.of(r)).lower() for _, r in over.iterrows()]
        title = (
            language(
                "fields.conflict",
                fields=language.list(
                    [n[:1].upper() + n[1:] if i == 0 else n for i, n in enumerate(names)]
                ),
                worst=language.of(worst).lower(),
                share=language.share(worst["transaction_within_15_min"], 0),
                mean=language.value(worst["transaction_mean"], "minute", 1),
            )
            if names
            else language(
                "fields.fine",
                worst=language.of(worst),
                share=language.share(worst["transaction_within_15_min"], 0),
                best=language.of(best),
            )
        )
    label = language("fields.label")
    figure = figures.within_15_by_field(fields, language, theme)
    figure = _for_saving(figure, title, language("fields.lead"), data, "simulated", language)
    return chart_card(
        "fields",
        title,
        language("fields.lead"),
        graph("fields", figures.enlarged(figure, scale), language, label),
        "fields",
        source_line(data, "simulated", language),
        language,
        download_href("overview", "fields", search),
    )


def volume_panel(
    data: Overview, language: Words, theme: str, search: str, scale: float
) -> html.Section:
    """Dossiers received over time, by channel."""
    title, lead = volume_finding(data, language), language(f"volume.lead_{data.volume_by}")
    figure = figures.volume_by_channel(data.volume, data.volume_by, language, theme)
    figure = _for_saving(figure, title, lead, data, "simulated", language)
    return chart_card(
        "volume",
        title,
        lead,
        graph("volume", figures.enlarged(figure, scale), language, language("volume.label")),
        "volume",
        source_line(data, "simulated", language),
        language,
        download_href("overview", "volume", search),
    )


def volume_finding(data: Overview, language: Words) -> str:
    """How many dossiers a working day, and how many of them online."""
    sums = data.volume.drop(columns="start").sum()
    total = float(sums.sum())
    if not total:
        return language("volume.nothing")
    online = float(sums.get("online", 0.0) + sums.get("agent", 0.0))
    key = "volume.finding" if len(sums) > 1 else "volume.finding_one"
    if not data.working_days:
        key = "volume.finding_closed"
    return language(
        key,
        total=language.number(total),
        per_day=language.number(total / max(1, data.working_days)),
        online=language.share(online / total, 0),
    )


def _for_saving(
    figure: dict,
    title: str,
    lead: str,
    data: Overview,
    certainty: str,
    language: Words,
    note: str = "",
) -> dict:
    """A figure with what its saved picture needs to stand on its own."""
    source = f"{language(f'certainty.{certainty}')} · {_source_words(data, language)}"
    place = place_name(data, language)
    return figures.with_credentials(
        figure,
        title,
        language(
            "chart.picture_place",
            lead=lead,
            place=place[:1].upper() + place[1:],
            span=language.span(data.period.start, data.period.last),
        ),
        f"{source}. {note}" if note else source,
    )


def milestones_panel(data: Overview, language: Words) -> html.Section:
    """What was due, what is done, what the run says of the rest."""
    states = [row["state"] for row in data.milestones]
    groups = []
    for phase in data.phases:
        own = [row for row in data.milestones if row["phase"] == phase.id]
        name = phase.name_vi if language.lang == "vi" else phase.name_en
        groups.append(
            html.Div(
                [
                    html.H3(name, className="milestone-phase"),
                    html.Ul(
                        className="milestones",
                        **{"data-html": "".join(milestone(row, language) for row in own)},
                    ),
                ]
            )
        )
    return html.Section(
        [
            html.H2(
                language(
                    "milestones.title",
                    done=sum(state in queries.REACHED for state in states),
                    total=len(states),
                    late=states.count("missed") + states.count("near"),
                ),
                className="card-title",
            ),
            html.P(language("milestones.lead"), className="lead-line"),
            html.Div(groups, className="milestone-groups"),
        ],
        className="panel milestones-panel",
    )


def milestone(row: dict, language: Words) -> Markup:
    """A milestone with its state as icon and word."""
    symbols = {
        "done": ("check-circle-fill", "met"),
        "met": ("check-circle-fill", "met"),
        "near": ("exclamation-circle-fill", "near"),
        "missed": ("exclamation-triangle-fill", "missed"),
        "upcoming": ("hourglass-split", "none"),
        "open": ("dash-circle", "none"),
    }
    symbol, tone = symbols[row["state"]]
    words_of_state = language(f"milestone_state.{row['state']}")
    when = row.get("done") if row["state"] == "done" and row.get("done") else row.get("due")
    dated = isinstance(when, date)
    return _milestone_item(
        symbol,
        tone,
        language.of(row),
        f"{words_of_state} · {language.date(when)}" if dated else words_of_state,
    )


@lru_cache(maxsize=1_000)
def _milestone_item(symbol: str, tone: str, name: str, when: str) -> Markup:
    return MILESTONE.format(icon=symbol, tone=tone, name=name, when=when)


def indicators_panel(data: Overview, language: Words, search: str) -> html.Section:
    """All figures of the page as one table."""
    table = indicators_table(data, language)
    return html.Section(
        [
            html.H2(language("indicators.title"), className="card-title"),
            html.P(language("indicators.lead"), className="lead-line"),
            scrolling_table(table, language, language("indicators.title")),
            html.Div(
                [
                    source_line(data, "simulated", language),
                    html.Div(
                        [
                            html.A(
                                [icon("download"), "CSV"],
                                href=download_href("overview", "indicators", search),
                                className="tool",
                                download="",
                                **{
                                    "aria-label": language(
                                        "chart.csv_label", title=language("indicators.title")
                                    )
                                },
                            ),
                            html.A(
                                [icon("download"), language("indicators.trend_csv")],
                                href=download_href("overview", "trend", search),
                                className="tool",
                                download="",
                            ),
                        ],
                        className="tools",
                    ),
                ],
                className="card-foot",
            ),
        ],
        className="panel",
    )


def making(source: Source, seen: View, progress: list[dict], language: Words) -> Any:
    """What stands where the figures will be while a run is made, or after it stopped."""
    run = seen.run
    if run is None:
        return html.Div(html.P(language("making.none")), className="panel message")
    if run.status in STOPPED:
        error = getattr(run, f"error_{language.lang}")
        return html.Div(
            [
                html.H1(
                    [
                        icon("exclamation-triangle-fill", "ink-missed"),
                        language(f"making.{run.status}"),
                    ]
                ),
                html.P(error, className="error-text") if error else None,
                html.Button(
                    [icon("arrow-repeat"), language("making.again")],
                    id="run-again",
                    type="button",
                    className="btn btn-primary",
                ),
            ],
            className="panel message",
            role="alert",
        )
    if run.status not in IN_PROGRESS:
        return None
    now = next((p for p in progress if p["run"] == run.id), None)
    return progress_panel(now, run, language)


def progress_panel(now: dict | None, run: Any, language: Words) -> html.Div:
    """How far the first run has come: real counts, and a cautious guess of the rest."""
    now = now or {}
    total, done = now.get("dossiers_total") or 0, now.get("dossiers") or 0
    days, day = now.get("days") or 0, now.get("day") or 0
    share = done / total if total else day / days if days else 0.0
    name = run.title_vi if language.lang == "vi" else run.title_en
    remaining = now.get("remaining_s")
    step = now.get("step") or STEPS[0]
    lines = [
        (
            language("making.step"),
            language(
                "making.step_of",
                number=STEPS.index(step) + 1,
                count=len(STEPS),
                step=language(f"making.{step}"),
            ),
        ),
        (
            language("making.day"),
            language("making.of", part=language.number(day), whole=language.number(days)),
        )
        if days
        else None,
        (
            language("making.dossiers"),
            language("making.of", part=language.number(done), whole=language.number(total)),
        )
        if total
        else None,
        (language("making.elapsed"), duration(now.get("elapsed_s"), language)),
        (
            language("making.remaining"),
            language("making.about", time=duration(remaining, language))
            if remaining is not None
            else language("making.too_early"),
        ),
    ]
    percent = f"{100 * share:.1f}"
    return html.Div(
        [
            html.H1(language("making.title")),
            html.P(language("making.lead", scenario=name)),
            html.Div(
                html.Div(className="progress-bar", style={"width": f"{percent}%"})
                if step == COUNTED
                else html.Div(className=f"progress-bar w-100 {BUSY}"),
                className="progress",
                role="progressbar",
                **{"aria-label": language("making.title")},
                **({"aria-valuenow": percent} if step == COUNTED else {}),
            ),
            html.Dl(
                [html.Div([html.Dt(line[0]), html.Dd(line[1])]) for line in lines if line],
                className="progress-facts",
            ),
        ],
        className="panel message making",
    )


def duration(seconds: float | None, language: Words) -> str:
    """Seconds as minutes and seconds."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    if minutes:
        return language("making.minutes", minutes=minutes, seconds=rest)
    return language("making.seconds", seconds=rest)


# --- tables ----------------------------------------------------------------------------------


def tables(source: Source, search: str) -> dict[str, Table]:
    """The numbers behind every chart of the page, for the CSV files."""
    seen = queries.view(source, search)
    if seen.run is None or seen.run.status != DONE:
        return {}
    data, language = queries.overview(source, seen), words(seen.state.lang)
    found = (
        indicators_table(data, language, plain=True),
        trend_table(data, language),
        district_table(data, language, plain=True),
        fields_table(data, language),
        volume_table(data, language),
        direction.table(data, language),
    )
    return {table.name: with_credentials(table, data, language) for table in found}


def table_of(source: Source, search: str, name: str) -> Table | None:
    """The numbers behind a chart, made when somebody asks for them."""
    seen = queries.view(source, search)
    if seen.run is None or seen.run.status != DONE or name not in CHART_TABLES:
        return None
    return CHART_TABLES[name](queries.overview(source, seen), words(seen.state.lang))


def with_credentials(table: Table, data: Overview, language: Words) -> Table:
    """A table with the run, period and certainty in each row, so that a copy can be traced."""
    frame = table.frame.copy()
    every_district = replace(data, state=replace(data.state, district=""))
    extra = {
        "period": language.span(data.period.start, data.period.last),
        "place": place_name(every_district if table.name == "districts" else data, language),
        "scenario": data.run.scenario,
        "run": data.run.id,
        "seed": data.run.seed,
        "hash": data.run.hash,
        "data_version": data.data_version,
    }
    if "certainty" not in frame:
        extra["certainty"] = certainty_of(table, data, language)
    keys = {f"credential_{name}": name for name in extra}
    for key, name in keys.items():
        frame[key] = extra[name]
    columns = table.columns + tuple(
        Column(key, language(f"credential.{name}")) for key, name in keys.items()
    )
    return Table(table.name, columns, frame)


def certainty_of(table: Table, data: Overview, language: Words) -> str:
    """How sure the numbers of a table are; where they differ, which are not simulated."""
    shown = {"districts": (data.district_kpi,), "trend": data.headlines}.get(table.name, ())
    others = [f for f in shown if f.certainty != "simulated"]
    if shown and len(others) == len(shown):
        return language(f"certainty.{others[0].certainty}")
    return "; ".join(
        [
            language("certainty.simulated"),
            *(f"{name_of(f, language)}: {language(f'certainty.{f.certainty}')}" for f in others),
        ]
    )


def indicators_table(data: Overview, language: Words, plain: bool = False) -> Table:
    """Headlines and secondary measures with numerator, denominator, target and status."""
    rows = []
    for f in data.headlines + data.strip:
        rows.append(
            {
                "id": f.id,
                "name": name_of(f, language),
                "value": f.value if plain else _shown(f, language),
                "unit": f.unit,
                "target": f.target if plain else _target(f, language),
                "status": language(f"status.{f.status}")
                if plain
                else status_markup(f.status, language),
                "numerator": f.numerator if plain else _countable(f, f.numerator),
                "denominator": f.denominator if plain else _countable(f, f.denominator),
                "certainty": language(f"certainty.{f.certainty}")
                if plain
                else certainty_markup(f.certainty, language),
            }
        )
    columns = [Column("name", language("table.indicator"))]
    if plain:
        columns = [Column("id", "id"), *columns]
    columns += [Column("value", language("table.value"), "text" if not plain else "count")]
    if plain:
        columns += [Column("unit", language("table.unit"))]
    columns += [
        Column("target", language("table.target"), "text" if not plain else "count"),
        Column("status", language("table.status")),
        Column("numerator", language("table.numerator"), "count"),
        Column("denominator", language("table.denominator"), "count"),
        Column("certainty", language("credential.certainty")),
    ]
    return Table("indicators", tuple(columns), pd.DataFrame(rows, dtype=object))


def trend_table(data: Overview, language: Words) -> Table:
    """The trend of the headlines by week or month."""
    columns = (
        Column("start", language(f"table.start_{data.trend_by}"), "date"),
        *tuple(Column(f.id, name_of(f, language), f.unit) for f in data.headlines),
    )
    return Table("trend", columns, data.trend)


def district_table(data: Overview, language: Words, plain: bool = False) -> Table:
    """The districts with the chosen KPI, worst first."""
    kpi = data.district_kpi
    frame = data.districts.copy()
    frame.insert(0, "place", range(1, len(frame) + 1))
    frame["status"] = [language(f"status.{s}") for s in frame["status"]]
    columns = [
        Column("place", language("table.place"), "count"),
        Column("name", language("table.district")),
        Column("value", name_of(kpi, language), kpi.unit),
        Column("status", language("table.status")),
    ]
    if plain:
        columns.insert(1, Column("code", language("table.code")))
    return Table("districts", tuple(columns), frame)


def fields_table(data: Overview, language: Words) -> Table:
    """Fields with the share within 15 minutes and the mean time."""
    columns = (
        Column(f"name_{language.lang}", language("filter.field")),
        Column(
            "transaction_within_15_min",
            _registry_name("transaction_within_15_min", language),
            "share",
        ),
        Column("transaction_mean", _registry_name("transaction_mean", language), "minute", 1),
    )
    return Table("fields", columns, data.fields)


def volume_table(data: Overview, language: Words) -> Table:
    """Dossiers received by channel and step."""
    columns = (
        Column("start", language(f"table.start_{data.volume_by}"), "date"),
        *tuple(
            Column(c, language(f"channel.{c}"), "count")
            for c in data.volume.columns
            if c != "start"
        ),
    )
    return Table("volume", columns, data.volume)


# --- small help ------------------------------------------------------------------------------


CHART_TABLES = {"districts": district_table, "fields": fields_table, "volume": volume_table}


def _skeleton() -> list:
    return [
        html.Div(className="skeleton skeleton-verdict"),
        html.Div(className="skeleton skeleton-ribbon"),
        html.Div(
            [html.Div(className="skeleton skeleton-card") for _ in range(6)], className="cards"
        ),
        html.Div(className="skeleton skeleton-strip"),
        html.Div(
            [html.Div(className="skeleton skeleton-chart") for _ in range(2)], className="row-two"
        ),
    ]


def _registry_name(kpi_id: str, language: Words) -> str:
    return language.of(queries.kpis.REGISTRY[kpi_id].name)


def _shown(figure: Figure, language: Words) -> str:
    return language.towards(figure.value, figure.target, figure.unit, figure.status == "met")


def _countable(figure: Figure, number: float | None) -> float | None:
    """A numerator as a person checks it: times in milliseconds are left to the CSV."""
    in_ms = any(m.endswith("_ms") for m in REGISTRY[figure.id].value.measures)
    return None if in_ms else number


def _target(figure: Figure, language: Words) -> str:
    """The target with its direction."""
    if figure.target is None:
        return language.value(None, figure.unit)
    sign = "≥" if figure.better == "higher" else "≤"
    return f"{sign} {language.value(figure.target, figure.unit, _target_digits(figure))}"


def _target_digits(figure: Figure) -> int | None:
    if figure.unit == "share" and figure.target is not None:
        return 0 if abs(figure.target * 100 - round(figure.target * 100)) < 1e-9 else 1
    return None


def _split(figure: Figure, language: Words) -> tuple[str, str]:
    """A value and its unit apart, for setting them in two sizes."""
    if figure.value is None:
        return "–", ""
    if figure.unit == "share":
        return _shown(figure, language), ""
    return language.value(figure.value, ""), language.unit(figure.unit)


PAGE = Page("/", "overview", layout, register, tables, table=table_of)
