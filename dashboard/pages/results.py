"""What pages that show a slice of a finished run have in common.

Such a page is three functions: ``find`` asks (one query), ``content`` lays out, ``tables`` gives
the numbers behind its charts. ``results_page`` makes a page of them; what can go wrong on the way
is said in the place of the figures, and the frame around them lives on.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from dash import Dash, Input, Output, State, dcc, html

from dashboard import figures, queries
from dashboard import state as urls
from dashboard.components import Column, Table, certainty_badge, chart_card, download_href, icon
from dashboard.marks import renewed
from dashboard.pages.page import Page
from dashboard.queries import View
from dashboard.source import DONE, Source
from dashboard.text import Words, words
from data.store.errors import StoreError


@dataclass(frozen=True)
class Look:
    """How the viewer sees pages: theme light or dark; scale, how much larger than on a desk the
    type is."""

    theme: str = "light"
    scale: float = 1.0


@dataclass(frozen=True)
class Shown:
    """What a page shows: the address understood, its search, and what the query found.

    ``page`` is the page's key.
    """

    page: str
    view: View
    search: str
    data: Any
    source: Source

    @property
    def language(self) -> Words:
        """The language of the address."""
        return words(self.view.state.lang)


@dataclass(frozen=True)
class Numbers:
    """A table behind a chart and how sure its numbers are.

    Attributes:
        plain: the same for a machine, where cells of ``table`` are words or badges.
        place: what the numbers are about, where that is not the chosen part of the city.
        span: the days they are about, where those are not the chosen period.
        published: which rows were published and hence are of no run; none if empty.
    """

    table: Table
    certainty: str = "simulated"
    plain: Table | None = None
    place: str = ""
    span: str = ""
    published: tuple[bool, ...] = ()


Find = Callable[[Source, View, str], Any]
Content = Callable[[Shown, Look], list]
Tables = Callable[[Shown], list[Numbers]]


def results_page(
    path: str,
    key: str,
    find: Find,
    content: Content,
    tables: Tables,
    register: Callable[[Dash, Source], None] | None = None,
    filters: bool = True,
) -> Page:
    """A page at ``path`` whose sentences stand under ``key``.

    Args:
        find: what the page shows for a view and the whole search. Raises StoreError.
        content: the page's children.
        tables: the numbers behind its charts, as tables and CSV files.
        register: adds callbacks of the page's own.
    """

    def join(app: Dash, source: Source) -> None:
        @app.callback(
            Output(key, "children"),
            Output(f"{key}-mark", "data"),
            Input("url", "search"),
            Input("runs", "data"),
            Input("theme", "data"),
            State(f"{key}-mark", "data"),
        )
        def show(search, _runs, theme, before):
            return answer(source, key, search or "", find, content, theme, before)

        if register:
            register(app, source)

    def exports(source: Source, search: str) -> dict[str, Table]:
        shown = look_up(source, key, search, find)
        if shown is None:
            return {}
        return {n.table.name: with_credentials(shown, n) for n in tables(shown)}

    def on_page(source: Source, search: str, name: str) -> Table | None:
        shown = look_up(source, key, search, find)
        found = tables(shown) if shown else []
        return next((n.table for n in found if n.table.name == name), None)

    return Page(path, key, lambda: layout(key), join, exports, filters, on_page)


def layout(key: str) -> html.Div:
    """The places of the page, with skeletons until the numbers are there."""
    return html.Div(
        [
            html.Div(id="making"),
            html.Div(skeleton(), id=key, className="results", **{"aria-busy": "true"}),
            dcc.Store(id=f"{key}-mark"),
        ]
    )


def skeleton() -> list:
    """What stands in the place of the figures while they are not there."""
    return [
        html.Div(className="skeleton skeleton-verdict"),
        html.Div(className="skeleton skeleton-strip"),
        html.Div(
            [html.Div(className="skeleton skeleton-chart") for _ in range(2)], className="row-two"
        ),
    ]


def look_up(source: Source, key: str, search: str, find: Find) -> Shown | None:
    """What an address shows; None while its run is not finished. Raises StoreError."""
    return look_at(source, key, queries.view(source, search), search, find)


def look_at(source: Source, key: str, seen: View, search: str, find: Find) -> Shown | None:
    """The same for an address that has been understood."""
    if seen.run is None or seen.run.status != DONE:
        return None
    return Shown(key, seen, search, find(source, seen, search), source)


def answer(
    source: Source,
    key: str,
    search: str,
    find: Find,
    content: Content,
    theme: dict | None,
    before: str | None = None,
) -> tuple[list, str]:
    """The children of a page for an address, or a sentence that says why there are none, and the
    mark of what is shown. Raises PreventUpdate where that is shown already (mark ``before``)."""
    seen = queries.view(source, search)
    mark = renewed(before, search, theme, seen.facts)
    try:
        shown = look_at(source, key, seen, search, find)
    except StoreError as error:
        language = words(seen.state.lang)
        return [unreadable(getattr(error, language.lang), language)], mark
    if shown is None:
        return skeleton(), mark
    look = theme or {}
    return content(shown, Look(look.get("name", "light"), float(look.get("scale", 1)))), mark


def unreadable(sentence: str, language: Words) -> html.Div:
    """What stands where the figures would be when the results of a run cannot be read."""
    return html.Div(
        [
            html.H1([icon("exclamation-triangle-fill", "ink-missed"), language("error.results")]),
            html.P(sentence, className="error-text"),
            html.P(language("error.other_run")),
        ],
        className="panel message",
        role="alert",
    )


# --- where numbers come from -----------------------------------------------------------------


def place_name(shown: Shown) -> str:
    """The chosen part of the city and of the work, in words."""
    state, language, reference = shown.view.state, shown.language, shown.source.reference
    parts = [language("place.city")]
    if state.district:
        parts = [reference.districts.set_index("code")["name"][state.district]]
    if state.field:
        fields = reference.fields.set_index("id")
        parts.append(language.of(fields.loc[state.field]).lower())
    if state.channel:
        parts.append(language(f"channel.{state.channel}").lower())
    return ", ".join(parts)


def without(shown: Shown, *filters: str) -> Shown:
    """The same, but for the filters (of the state) that its numbers do not follow."""
    state = replace(shown.view.state, **dict.fromkeys(filters, ""))
    return replace(shown, view=replace(shown.view, state=state))


def source_words(shown: Shown) -> str:
    """Scenario, run, seed and hash."""
    run, language = shown.view.run, shown.language
    return language(
        "source.run",
        scenario=run.title_vi if language.lang == "vi" else run.title_en,
        run=run.id,
        seed=run.seed,
        hash=run.hash[:8],
    )


def source_titles(shown: Shown) -> dict[str, str]:
    """Titles of the sources by id."""
    frame = shown.source.reference.sources
    return dict(zip(frame["id"], frame[f"title_{shown.language.lang}"], strict=True))


def source_line(
    shown: Shown, certainty: str = "simulated", note: str = "", published: str = ""
) -> html.P:
    """Where numbers come from and how sure they are; ``published``: where those are from that are
    of no run."""
    language = shown.language
    words_of_source = source_words(shown) + (f". {note}" if note else "")
    official = [certainty_badge("official", language), f" {published}. "] if published else []
    return html.P(
        [*official, certainty_badge(certainty, language), " ", words_of_source], className="source"
    )


OF_A_RUN = ("period", "scenario", "run", "seed", "hash")


def with_credentials(shown: Shown, numbers: Numbers) -> Table:
    """A table with period, place, run and certainty in each row, so that a copy can be traced;
    what was published is of no period and no run."""
    language, run, period = shown.language, shown.view.run, shown.view.period
    table = numbers.plain or numbers.table
    extra = {
        "period": numbers.span or language.span(period.start, period.last),
        "place": numbers.place or place_name(shown),
        "scenario": run.scenario,
        "run": run.id,
        "seed": run.seed,
        "hash": run.hash,
        "data_version": shown.source.reference.version,
    }
    if "certainty" not in table.frame:
        extra["certainty"] = language(f"certainty.{numbers.certainty}")
    columns = tuple(Column(f"credential_{name}", language(f"credential.{name}")) for name in extra)
    if numbers.published:
        extra |= {
            name: ["" if out else extra[name] for out in numbers.published] for name in OF_A_RUN
        }
    frame = table.frame.assign(**{f"credential_{name}": value for name, value in extra.items()})
    return Table(table.name, table.columns + columns, frame)


def for_saving(
    shown: Shown,
    figure: dict,
    title: str,
    lead: str,
    certainty: str = "simulated",
    note: str = "",
    place: str = "",
    span: str = "",
    published: str = "",
) -> dict:
    """A figure with what its saved picture needs to stand on its own; ``place`` and ``span`` as of
    ``Numbers``."""
    language, period = shown.language, shown.view.period
    place = place or place_name(shown)
    source = f"{language(f'certainty.{certainty}')} · {source_words(shown)}"
    if published:
        source = f"{language('certainty.official')} · {published}. {source}"
    return figures.with_credentials(
        figure,
        title,
        language(
            "chart.picture_place",
            lead=lead,
            place=place[:1].upper() + place[1:],
            span=span or language.span(period.start, period.last),
        ),
        f"{source}. {note}" if note else source,
    )


def finding_card(
    shown: Shown,
    name: str,
    title: str,
    lead: str,
    body: Any,
    certainty: str = "simulated",
    note: str = "",
    published: str = "",
    **more: Any,
) -> html.Section:
    """``chart_card`` of a page made by ``results_page``: chart and table share the ``name``.

    Args:
        note: said after the source.
        published: where those numbers are from that are of no run.
        more: further arguments of ``chart_card``.
    """
    shared = urls.search_of(shown.view.state)
    search = urls.with_page_values(shared, **urls.of_the_page(shown.search))
    return chart_card(
        name,
        title,
        lead,
        body,
        name,
        source_line(shown, certainty, note, published),
        shown.language,
        download_href(shown.page, name, search),
        **more,
    )
