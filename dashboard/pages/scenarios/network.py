"""The network of a scenario on the map: add, move, close and restore sites, set their counters."""

from collections.abc import Callable
from typing import Any

import dash_bootstrap_components as dbc
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update

from dashboard import comparison_figures as drawings
from dashboard import forms, network_form
from dashboard import state as urls
from dashboard.components import graph, icon
from dashboard.network_form import ACCEPTS, KINDS, POOLS, SHIFTS, Site
from dashboard.pages.scenarios import compare
from dashboard.pages.scenarios.words import reason
from dashboard.source import Source
from dashboard.text import Words, words
from data.store.errors import StoreError
from data.store.library import Saved
from simulation import Scenario, ScenarioError
from simulation.levers import PHASES

REFUSALS = (forms.EntryError, ScenarioError, StoreError)
NOTHING = "*"  # a select cannot hold an empty value
STATE_ICON = {
    "base": "dash-circle",
    "new": "plus-circle-fill",
    "changed": "pencil-fill",
    "removed": "x-circle-fill",
}


def layout() -> html.Div:
    """The places of the network."""
    return html.Div(
        [
            dcc.Store(id="network-site"),
            dcc.Store(id="network-click"),
            dcc.Store(id="network-again"),
            dcc.Store(id="site-shown"),
            dcc.Store(id="site-values"),
            html.Div(id="network"),
            html.Div(id="network-problem", role="alert"),
            html.Div(id="site-form"),
        ]
    )


def register(app: Dash, source: Source) -> None:
    """Adds the callbacks of the network."""

    def opened(search) -> tuple[Saved, Words] | None:
        asked = urls.page_value(search, "kb")
        if not asked:
            return None
        try:
            return source.library.get(asked), words(compare.language_of(source, search))
        except (StoreError, ScenarioError):
            return None

    @app.callback(Output("network", "children"), Input("url", "search"), State("theme", "data"))
    def show(search, theme):
        found = opened(search)
        if found is None:
            return None
        saved, language = found
        try:
            sites = network_form.sites(saved.scenario, source.reference)
        except ScenarioError as error:
            return compare.problem(language("network.unbuildable", why=reason(error, language)))
        return panel(sites, saved.fixed, language, (theme or {}).get("name", "light"))

    @app.callback(
        Output("network-title", "children"),
        Output("graph-network", "figure"),
        Output("network-choose", "options"),
        Output("network-choose", "value"),
        Output("network-move", "disabled"),
        Input("editor-again", "data"),
        Input("network-again", "data"),
        Input("network-site", "data"),
        Input("theme", "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def refresh(_editor, _network, site, theme, search):
        """The map itself stays, so that it can be clicked again at once; so does what somebody
        has just chosen from the list, unless that site is gone."""
        found = opened(search)
        if found is None:
            return (no_update,) * 5
        saved, language = found
        try:
            sites = network_form.sites(saved.scenario, source.reference)
        except ScenarioError:
            return (no_update,) * 5
        look = (theme or {}).get("name", "light")
        chosen = site if site in sites else ""
        follows = "network-site" in ctx.triggered_prop_ids.values() or bool(site) > bool(chosen)
        return (
            title_of(sites, language),
            drawings.network_map(list(sites.values()), chosen, language, look),
            options_of(sites, language),
            (chosen or NOTHING) if follows else no_update,
            saved.fixed or not chosen,
        )

    @app.callback(
        Output("site-form", "children"),
        Output("site-shown", "data"),
        Output("site-values", "data"),
        Input("url", "search"),
        Input("network-site", "data"),
        Input("editor-again", "data"),
        Input("network-again", "data"),
        State("site-shown", "data"),
    )
    def show_site(search, chosen, _editor, _network, shown):
        """The form is shown anew only when it would say something else, so that no change
        elsewhere takes away what somebody is typing."""
        found = opened(search)
        if found is None or not chosen:
            return None, None, None
        saved, language = found
        try:
            site = network_form.sites(saved.scenario, source.reference).get(chosen)
        except ScenarioError:
            return None, None, None
        says = f"{saved.id} {language.lang} {network_form.said(saved.scenario, chosen)} {site}"
        if says == shown:
            return no_update, no_update, no_update
        if site is None:
            return None, says, None
        return (
            site_form(site, saved, source, language),
            says,
            values_of(site, saved.scenario, language),
        )

    @app.callback(
        Output("network-site", "data"),
        Output("network-again", "data"),
        Output("editor-again", "data", allow_duplicate=True),
        Output("network-problem", "children"),
        Input("network-click", "data"),
        State({"type": "site", "field": ALL}, "value"),
        State({"type": "site", "field": ALL}, "id"),
        State("site-values", "data"),
        State("network-site", "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def place(click, typed, ids, before, chosen, search):
        """A click on the map in one of its modes (``assets/centre.js`` tells where)."""
        found = opened(search)
        if found is None or not isinstance(click, dict) or found[0].fixed:
            return no_update, no_update, no_update, None
        saved, language = found
        saved, problem = leave(source, saved, chosen, texts_of(ids, typed), before, language)
        scenario, lat, lon = saved.scenario, float(click["lat"]), float(click["lon"])
        if click.get("mode") == "add":
            number = network_form.next_number(scenario)
            name = language("network.new_name", number=language.number(number))
            code, change = network_form.added(scenario, lat, lon, name)
        elif chosen:
            code, change = chosen, network_form.moved(scenario, chosen, lat, lon)
        else:
            return no_update, no_update, no_update, None
        site, network, editor, refused = keep(source, saved, code, change, language)
        return site, network, editor, refused or problem

    @app.callback(
        Output("network-site", "data", allow_duplicate=True),
        Output("network-again", "data", allow_duplicate=True),
        Output("editor-again", "data", allow_duplicate=True),
        Output("network-problem", "children", allow_duplicate=True),
        Input("graph-network", "clickData"),
        Input("network-choose", "value"),
        State({"type": "site", "field": ALL}, "value"),
        State({"type": "site", "field": ALL}, "id"),
        State("site-values", "data"),
        State("network-site", "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def choose(click, chosen, typed, ids, before, left, search):
        """Asked also when the list appears: that nothing is chosen yet is no choice. What was
        typed for the site that is left is saved."""
        if ctx.triggered_id == "network-choose":
            wanted = "" if chosen == NOTHING else chosen
        else:
            try:
                wanted = click["points"][0]["customdata"]
            except (KeyError, IndexError, TypeError):
                return (no_update,) * 4
        found = opened(search)
        if wanted == (left or "") or found is None:
            return (no_update,) * 4
        saved, language = found
        now, problem = leave(source, saved, left, texts_of(ids, typed), before, language)
        again = now.version if now.version != saved.version else no_update
        return wanted, again, again, problem

    @app.callback(
        Output("network-site", "data", allow_duplicate=True),
        Output("network-again", "data", allow_duplicate=True),
        Output("editor-again", "data", allow_duplicate=True),
        Output("network-problem", "children", allow_duplicate=True),
        Input({"type": "site-do", "do": ALL}, "n_clicks"),
        State({"type": "site", "field": ALL}, "value"),
        State({"type": "site", "field": ALL}, "id"),
        State("network-site", "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def act(clicks, typed, ids, chosen, search):
        found = opened(search)
        if not any(clicks) or found is None or found[0].fixed or not chosen:
            return no_update, no_update, no_update, no_update
        saved, language = found
        do = ctx.triggered_id["do"]
        if do == "restore":
            return keep(source, saved, chosen, None, language)
        if do == "remove":
            new = chosen not in network_form.base_network(saved.scenario, source.reference)
            return keep(source, saved, chosen, None if new else {"removed": True}, language)
        texts = texts_of(ids, typed)
        try:
            change = network_form.read(saved.scenario, chosen, texts, source.reference)
        except REFUSALS as error:
            return no_update, no_update, no_update, compare.problem(reason(error, language))
        return keep(source, saved, chosen, change, language)

    app.clientside_callback(
        ClientsideFunction("scenarios", "siteUnsaved"),
        Output("site-unsaved", "hidden"),
        Input({"type": "site", "field": ALL}, "value"),
        State({"type": "site", "field": ALL}, "id"),
        State("site-values", "data"),
    )
    app.clientside_callback(
        ClientsideFunction("scenarios", "siteDiscarded"),
        Output({"type": "site", "field": ALL}, "value"),
        Input("site-discard", "n_clicks"),
        State({"type": "site", "field": ALL}, "id"),
        State("site-values", "data"),
        prevent_initial_call=True,
    )


def texts_of(ids: list[dict[str, str]], typed: list[Any]) -> dict[str, str]:
    """What stands in the form of a site, by field."""
    return {
        one["field"]: "" if value in (NOTHING, None) else value
        for one, value in zip(ids, typed, strict=True)
    }


def leave(
    source: Source,
    saved: Saved,
    code: str | None,
    texts: dict[str, str],
    before: dict[str, str] | None,
    language: Words,
) -> tuple[Saved, html.Div | None]:
    """Save what was typed for a site that is left for another one; the scenario then, and what
    is wrong with what was typed: that stays in the browser.

    Args:
        before: texts of the form as it appeared.
    """
    if saved.fixed or not texts or texts == before:
        return saved, None
    try:
        change = network_form.read(saved.scenario, code, texts, source.reference)
        return save(source, saved, code, change), None
    except REFUSALS as error:
        told = language("network.left_unsaved", site=code, why=reason(error, language))
        return saved, compare.problem(told)


def save(source: Source, saved: Saved, code: str, change: dict[str, Any] | None) -> Saved:
    """The scenario in which this is said of a site. Raises ScenarioError, StoreError."""
    return source.library.change(
        saved.id,
        {f"{forms.SITES}.{code}": change},
        check=lambda wanted: network_form.check(wanted, code, source.reference),
    )


def keep(
    source: Source, saved: Saved, code: str, change: dict[str, Any] | None, language: Words
) -> tuple[Any, Any, Any, Any]:
    """Save what the scenario says of a site: the site chosen next, signs to show network and
    editor anew, and what is wrong."""
    try:
        made = save(source, saved, code, change)
    except REFUSALS as error:
        return no_update, no_update, no_update, compare.problem(reason(error, language))
    return code, made.version, made.version, None


def title_of(sites: dict[str, Site], language: Words) -> str:
    """How many sites of each kind there are."""
    here = [site for site in sites.values() if site.state != network_form.REMOVED]
    count = {kind: sum(site.kind == kind for site in here) for kind in KINDS}
    return language(
        "network.title",
        branches=language.number(count["branch"]),
        points=language.number(count["reception_point"]),
        units=language.number(count["one_stop"]),
    )


def options_of(sites: dict[str, Site], language: Words) -> list[dict[str, str]]:
    """The sites to choose from, those that the scenario changes first."""
    order = sorted(sites.values(), key=lambda site: (site.state == network_form.BASE, site.id))
    return [
        {"label": language("network.choose"), "value": NOTHING},
        *(
            {
                "label": f"{site.id} · {site.name} ({language(f'network.state_{site.state}')})",
                "value": site.id,
            }
            for site in order
        ),
    ]


def panel(sites: dict[str, Site], fixed: bool, language: Words, theme: str) -> html.Section:
    """The map, its tools and the list of sites for the keyboard."""
    figure = drawings.network_map(list(sites.values()), "", language, theme)
    return html.Section(
        [
            html.H2(title_of(sites, language), className="card-title", id="network-title"),
            html.P(language("network.lead"), className="lead-line"),
            html.Div(
                [
                    html.Button(
                        [icon("plus-circle-fill"), language("network.add")],
                        type="button",
                        className="btn btn-sm btn-primary",
                        disabled=fixed,
                        **{"data-map-mode": "add"},
                    ),
                    html.Button(
                        [icon("arrows-move"), language("network.move")],
                        id="network-move",
                        type="button",
                        className="btn btn-sm btn-outline-secondary",
                        disabled=True,
                        **{"data-map-mode": "move"},
                    ),
                    html.Span(
                        [
                            html.Span(
                                language("network.adding"), className="map-told map-told-add"
                            ),
                            html.Span(
                                language("network.moving"), className="map-told map-told-move"
                            ),
                        ],
                        role="status",
                    ),
                    html.Label(
                        [
                            html.Span(language("network.choose"), className="visually-hidden"),
                            dbc.Select(
                                id="network-choose",
                                options=options_of(sites, language),
                                value=NOTHING,
                                size="sm",
                            ),
                        ],
                        className="network-choose",
                    ),
                ],
                className="network-tools",
            ),
            graph(
                "network",
                figure,
                language,
                language("network.map_label"),
                "graph-network",
                zoom=True,
            ),
        ],
        className="panel network-panel",
    )


def values_of(site: Site, scenario: Scenario, language: Words) -> dict[str, str]:
    """What the form of a site holds when it appears, by field."""
    change = scenario.network.sites.get(site.id)
    by_phase = {
        f"{phase}.{name}": str(said[name]) if said else ""
        for phase, said in site.by_phase.items()
        for name in network_form.COUNTERS
    }
    return {
        "name": site.name,
        "kind": site.kind,
        "accepts": site.accepts,
        "opens": _day(site.opens),
        "closes": _day(site.closes),
        "lat": _degrees(site.lat, language),
        "lon": _degrees(site.lon, language),
        "district": change.district if change is not None and change.district else "",
        **{name: str(count) for name, count in site.counters.items()},
        **by_phase,
    }


def site_form(site: Site, saved: Saved, source: Source, language: Words) -> html.Section:
    """All that can be said of one site. What is typed and not saved stays in the browser."""
    districts = source.reference.districts
    values = values_of(site, saved.scenario, language)
    fixed = saved.fixed

    def control(make: Any, field: str, **more: Any) -> Any:
        return make(
            id={"type": "site", "field": field},
            value=values[field] or (NOTHING if make is dbc.Select else ""),
            size="sm",
            disabled=fixed,
            persistence=f"{saved.id} {site.id}",
            persistence_type="session",
            **more,
        )

    def typed(field: str) -> html.Label:
        return html.Label(
            [html.Span(language(f"network.{field}")), control(dbc.Input, field, type="text")]
        )

    def chosen(field: str, options: dict[str, str]) -> html.Label:
        choices = [{"label": said, "value": one} for one, said in options.items()]
        return html.Label(
            [html.Span(language(f"network.{field}")), control(dbc.Select, field, options=choices)]
        )

    def count(field: str) -> dbc.Input:
        return control(dbc.Input, field, type="text", inputmode="numeric")

    parts = [
        typed("name"),
        chosen("kind", {kind: language(f"code.{kind}") for kind in KINDS}),
        chosen("accepts", {one: language(f"code.{one}") for one in ACCEPTS}),
        typed("opens"),
        typed("closes"),
        typed("lat"),
        typed("lon"),
        chosen(
            "district",
            {NOTHING: language("network.district_auto")}
            | dict(zip(districts["code"], districts["name"], strict=True)),
        ),
    ]
    buttons = [
        _do("apply", "check-circle-fill", "btn-primary", language, fixed),
        _do(
            "remove",
            "x-circle-fill",
            "btn-outline-secondary",
            language,
            fixed or site.state == network_form.REMOVED,
        ),
        _do(
            "restore",
            "arrow-counterclockwise",
            "btn-outline-secondary",
            language,
            fixed or site.state in (network_form.BASE, network_form.NEW),
        ),
    ]
    return html.Section(
        [
            html.H2(
                [
                    f"{site.id} · {site.name} ",
                    html.Span(
                        [icon(STATE_ICON[site.state]), language(f"network.state_{site.state}")],
                        className=f"status site-{site.state}",
                    ),
                ],
                className="card-title",
            ),
            html.Div(parts, className="site-fields"),
            html.Div(
                [
                    counters("", language("network.counters"), count, language),
                    *[
                        html.Details(
                            [
                                html.Summary(
                                    language(
                                        "network.counters_phase",
                                        phase=forms.phase_name(phase, language),
                                    )
                                ),
                                counters(
                                    f"{phase}.",
                                    language("network.counters_phase_help"),
                                    count,
                                    language,
                                ),
                            ],
                            open=bool(site.by_phase[phase]),
                        )
                        for phase in PHASES
                    ],
                ],
                className="site-counters",
            ),
            html.Div(buttons, className="editor-tools"),
            html.Div(
                [
                    icon("pencil-fill", "ink-near"),
                    html.Span(language("network.unsaved")),
                    html.Button(
                        language("network.discard"),
                        id="site-discard",
                        n_clicks=0,
                        type="button",
                        className="btn btn-sm btn-outline-secondary",
                    ),
                ],
                id="site-unsaved",
                className="notice",
                role="status",
                hidden=True,
            ),
        ],
        className="panel site-panel",
    )


def counters(
    prefix: str, caption: str, count: Callable[[str], dbc.Input], language: Words
) -> html.Table:
    """Counters by kind of work and shift; ``count`` makes the input of a field."""
    head = html.Tr([html.Th(), *[html.Th(language(f"network.{s}"), scope="col") for s in SHIFTS]])
    rows = [
        html.Tr(
            [
                html.Th(language(f"network.{pool}"), scope="row"),
                *[
                    html.Td(
                        html.Label(
                            [
                                html.Span(
                                    f"{language(f'network.{pool}')}, "
                                    f"{language(f'network.{shift}')}",
                                    className="visually-hidden",
                                ),
                                count(f"{prefix}{pool}_{shift}"),
                            ]
                        )
                    )
                    for shift in SHIFTS
                ],
            ]
        )
        for pool in POOLS
    ]
    return html.Table(
        [html.Caption(caption), html.Thead(head), html.Tbody(rows)], className="counters-table"
    )


def _do(do: str, symbol: str, look: str, language: Words, fixed: bool) -> html.Button:
    return html.Button(
        [icon(symbol), language(f"network.{do}")],
        id={"type": "site-do", "do": do},
        n_clicks=0,
        type="button",
        disabled=fixed,
        className=f"btn btn-sm {look}",
    )


def _day(day: str) -> str:
    return "/".join(reversed(day.split("-"))) if day else ""


def _degrees(value: float, language: Words) -> str:
    text = f"{value:.{network_form.PLACES}f}"
    return text.replace(".", ",") if language.lang == "vi" else text
