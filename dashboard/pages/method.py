"""Method: what is measured, what is assumed, how, and where every number comes from."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any

import dash_bootstrap_components as dbc
import pandas as pd
from dash import (
    MATCH,
    ClientsideFunction,
    Dash,
    Input,
    Output,
    State,
    dcc,
    html,
    no_update,
    set_props,
)
from markupsafe import Markup

from dashboard import method as about_model
from dashboard import queries
from dashboard import state as urls
from dashboard.components import (
    EVERYTHING,
    STATUS_ICON,
    Column,
    Table,
    certainty_badge,
    certainty_markup,
    choice_list,
    download_href,
    icon,
    run_label,
    scrolling_table,
)
from dashboard.marks import renewed
from dashboard.method import Assumption
from dashboard.pages import stress
from dashboard.pages.page import Page
from dashboard.queries import Method, ReferenceTable
from dashboard.source import DONE, Source
from dashboard.text import MISSING, Words, words
from data.reference import describe
from data.reference.tables import TABLES
from data.store.errors import StoreError

ROWS_SHOWN = 70
ROWS_FOUND = 100
FILLED_TABLES = 3  # of those that a search found; the others are filled when they are opened
ASSUMPTIONS_SHOWN = 100
SECTIONS = (
    "stress",
    "register",
    "kpis",
    "validation",
    "assumptions",
    "index_766",
    "sources",
    "limits",
    "licences",
)
LIGHT = ("stress", "sources", "limits")  # there at once; the others are filled when opened
LIMITS = (
    "single_run",
    "behaviour",
    "service_times",
    "geography",
    "network",
    "index_766",
    "satisfaction",
)
# Shown through others: the second language, and the credentials of single columns.
CREDENTIALS = ("_certainty", "_source")


def layout() -> html.Div:
    """The place of the page, and the search that stays while the rest is renewed."""
    return html.Div(
        [
            html.Div(id="method-top"),
            html.Div(
                [
                    html.Label(
                        id="method-search-label",
                        htmlFor="method-search",
                        className="visually-hidden",
                    ),
                    icon("search"),
                    dbc.Input(id="method-search", type="search", debounce=0.4, autoComplete="off"),
                ],
                className="search-box",
                role="search",
            ),
            html.Div(id="method-run-choice"),
            html.Div(
                html.Div(className="skeleton skeleton-chart"), id="method", **{"aria-busy": "true"}
            ),
            dcc.Store(id="method-mark"),
        ],
        className="method",
    )


def register(app: Dash, source: Source) -> None:
    """Adds the page's callbacks."""

    @app.callback(
        Output("method-top", "children"),
        Output("method-search-label", "children"),
        Output("method-search", "placeholder"),
        Output("method", "children"),
        Output("method-mark", "data"),
        Input("url", "search"),
        Input("runs", "data"),
        State("method-search", "value"),
        State("method-mark", "data"),
    )
    def show(search, _runs, typed, before):
        seen = queries.view(source, search)
        mark = renewed(before, search, seen.facts)
        language = words(seen.state.lang)
        asked = urls.page_value(search, "q")
        if (typed or "").strip() != asked:  # the address was changed by something else
            set_props("method-search", {"value": asked})
        data = queries.method(source, seen, asked)
        return (
            top(data, language),
            language("method.search"),
            language("method.search_hint"),
            content(data, source, urls.search_of(seen.state), language),
            mark,
        )

    @app.callback(
        Output("method-run-choice", "children"),
        Input("url", "search"),
        Input("runs", "data"),
    )
    def show_runs(search, _runs):
        seen = queries.view(source, search)
        return run_choice(seen, words(seen.state.lang))

    @app.callback(
        Output({"type": "method-body", "name": MATCH}, "children"),
        Input({"type": "method-open", "name": MATCH}, "n_clicks"),
        State({"type": "method-open", "name": MATCH}, "id"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def fill(clicks, asked, search):
        """A section or a table, when somebody opens it for the first time."""
        if clicks != 1:
            return no_update
        seen = queries.view(source, search)
        language = words(seen.state.lang)
        try:
            return body_of(asked["name"], source, seen, urls.page_value(search, "q"), language)
        except StoreError as error:
            return html.P(getattr(error, language.lang), className="error-text", role="alert")

    # Written to the address by the browser: a server callback with the address as its output
    # would be one that `show` waits for, and `show` would not run when the page is opened.
    app.clientside_callback(
        ClientsideFunction("centre", "searchFor"),
        Input("method-search", "value"),
        prevent_initial_call=True,
    )


def top(data: Method, language: Words) -> list:
    """Title: how much of what goes in is official and how much assumed."""
    total = sum(data.certainty.values()) or 1
    bar = [
        html.Span(
            className=f"share share-{c}",
            style={"flexGrow": count},
        )
        for c, count in data.certainty.items()
        if count
    ]
    legend = [
        html.Li(
            [
                certainty_badge(c, language),
                f" {language.number(n)} ({language.share(n / total, 0)})",
            ]
        )
        for c, n in data.certainty.items()
    ]
    levers = sum(data.levers.values())
    title = language(
        "method.title",
        assumed=language.share(data.certainty["assumed"] / total, 0),
        total=language.number(total),
    )
    lead = language(
        "method.lead",
        levers=language.number(levers),
        levers_assumed=language.share(data.levers.get("assumed", 0) / (levers or 1), 0),
    )
    return [
        html.H1(title),
        html.P(lead, className="lead-line"),
        html.Div(bar, className="share-bar", **{"aria-hidden": "true"}),
        html.Ul(legend, className="share-legend"),
    ]


def run_choice(seen: queries.View, language: Words) -> html.Div:
    """The finished runs to choose from, and the one that is looked at."""
    done = [run for run in seen.runs if run.status == DONE]
    options = [{"label": run_label(run, language), "value": run.id} for run in done]
    chosen = seen.run.id if seen.run in done else "" if done else EVERYTHING
    return choice_list(
        "method-run",
        language("method.run"),
        options or [{"label": language("filter.no_run"), "value": EVERYTHING}],
        chosen,
        urls.key_of("run"),
        seen.default_run,
        className="method-run",
    )


def content(data: Method, source: Source, search: str, language: Words) -> list:
    """The sections, the long ones closed; a search leaves those in which something was found and
    opens them."""
    assumed = about_model.assumptions(source, data.search) if data.search else []
    searched = {
        "register": len(assumed),
        "kpis": len(data.kpis),
        "assumptions": len(data.tables),
        "sources": len(data.sources),
    }
    shown = [name for name, count in searched.items() if count] if data.search else list(SECTIONS)
    entries = [
        html.Li(html.A(language(f"method.{name}"), href=f"#{anchor(name)}")) for name in shown
    ]
    found = (
        html.P(
            language(
                "method.found",
                query=data.search,
                rows=language.number(sum(len(t.frame) for t in data.tables)),
                tables=len(data.tables),
                kpis=len(data.kpis),
                sources=len(data.sources),
            ),
            role="status",
            className="found",
        )
        if data.search
        else None
    )
    sections = []
    for name in shown:
        if name in LIGHT:
            sections.append(
                section(name, section_body(name, data, source, search, language), language)
            )
        else:
            body = section_body(name, data, source, search, language) if data.search else None
            sections.append(closed_section(name, body, language))
    return [
        found,
        html.Div(
            [
                html.Nav(
                    html.Ul(entries),
                    className="contents",
                    **{"aria-label": language("method.contents")},
                ),
                html.Div(sections, className="sections"),
            ],
            className="method-body",
        ),
    ]


def section_body(name: str, data: Method, source: Source, search: str, language: Words) -> list:
    """What a section holds."""
    makers = {
        "stress": lambda: stress.description(about_model.facts(source, data.run), source, language),
        "register": lambda: register_of(source, data.search, search, language),
        "kpis": lambda: definitions(data, source, language),
        "validation": lambda: validation(data, search, language),
        "assumptions": lambda: assumptions(data, source, search, language),
        "index_766": lambda: index_766(data, source, search, language),
        "sources": lambda: sources(data, language),
        "limits": lambda: limits(language),
        "licences": lambda: licences(language),
    }
    return makers[name]()


def body_of(
    name: str, source: Source, seen: queries.View, asked: str, language: Words
) -> list | None:
    """A section, or a reference table as ``table:NAME``, for an address; None for neither."""
    data = queries.method(source, seen, asked)
    search = urls.search_of(seen.state)
    kind, _, table = name.partition(":")
    if kind == "table":
        found = next((t for t in data.tables if t.name == table), None)
        return found and table_body(found, bool(asked), source, search, language)
    return section_body(name, data, source, search, language) if name in SECTIONS else None


def opens(name: str, heading: Any, body: list | None, language: Words, **more: Any) -> html.Details:
    """What is filled when it is opened, or open and filled already if there is a ``body``."""
    return html.Details(
        [
            html.Summary(heading, id={"type": "method-open", "name": name}, n_clicks=0),
            html.Div(
                body or html.P(language("method.opening"), className="source"),
                id={"type": "method-body", "name": name},
                className="opened",
            ),
        ],
        open=body is not None,
        **more,
    )


def closed_section(name: str, body: list | None, language: Words) -> html.Section:
    """A section that is filled when it is opened."""
    heading = html.H2(language(f"method.{name}"), id=f"heading-{name}")
    return html.Section(
        opens(name, heading, body, language, className="section-fold"),
        id=anchor(name),
        className="panel method-section",
        **{"aria-labelledby": f"heading-{name}"},
    )


def anchor(name: str) -> str:
    """Where a section stands in the page."""
    return name.replace("_", "-")


def section(name: str, body: Any, language: Words) -> html.Section:
    """A section with its heading."""
    return html.Section(
        [html.H2(language(f"method.{name}"), id=f"heading-{name}"), *body],
        id=anchor(name),
        className="panel method-section",
        **{"aria-labelledby": f"heading-{name}"},
    )


def definitions(data: Method, source: Source, language: Words) -> list:
    """Every KPI with its meaning, formula and target."""
    targets: dict[str, list[dict]] = {}
    for row in source.reference.targets.to_dict("records"):
        targets.setdefault(row["kpi"], []).append(row)
    items = []
    for kpi in data.kpis:
        items.append(
            {
                "name": stacked(language.of(kpi.name), kpi.id),
                "meaning": language.of(kpi.meaning),
                "formula": language.of(kpi.formula),
                "unit": unit_name(kpi.unit, source, language) or language("unit_word.share"),
                "target": "; ".join(
                    language.value(t["value"], t["unit"], 0 if t["unit"] == "share" else None)
                    for t in targets.get(kpi.id, [])
                )
                or MISSING,
            }
        )
    columns = tuple(
        Column(k, language(f"method_column.{k}"))
        for k in ("name", "meaning", "formula", "unit", "target")
    )
    table = Table(
        "kpis", columns, pd.DataFrame(items, columns=[c.key for c in columns], dtype=object)
    )
    return [
        html.P(language("kpis.lead")),
        scrolling_table(table, language, language("method.kpis")),
    ]


def validation(data: Method, search: str, language: Words) -> list:
    """Model against published figures: those that can be compared, then the others."""
    if data.unreadable is not None:
        return [
            html.P(language("error.results"), className="error-text"),
            html.P(getattr(data.unreadable, language.lang)),
        ]
    if data.validation is None:
        return [html.P(language("validation.no_run"))]
    frame = data.validation
    compared = frame["verdict"].isin(COMPARED)
    counts = frame["verdict"].value_counts()
    title = language("method.validation")
    rest = language("validation.others", count=int((~compared).sum()))
    return [
        html.P(
            language(
                "validation.finding",
                total=int(compared.sum()),
                **{name: int(counts.get(name, 0)) for name in COMPARED},
            ),
            className="finding",
        ),
        html.P(
            language(
                "validation.lead",
                scenario=data.run.title_vi if language.lang == "vi" else data.run.title_en,
                run=data.run.id,
            )
        ),
        scrolling_table(validation_table(frame[compared], data, language), language, title),
        html.Details(
            [
                html.Summary(rest),
                scrolling_table(validation_table(frame[~compared], data, language), language, rest),
            ],
            className="more",
        ),
        csv_link("validation", search, language),
    ]


COMPARED = ("agrees", "near", "differs")
VERDICT_TONE = {"agrees": "met", "near": "near", "differs": "missed"}


def validation_table(frame: pd.DataFrame, data: Method, language: Words) -> Table:
    """Published figure, the model's, the difference and the verdict of each row."""
    rows = []
    for row in frame.to_dict("records"):
        tone = VERDICT_TONE.get(row["verdict"], "none")
        published = (
            f"{quantity(row['low'], row['unit'], language)} – "
            f"{quantity(row['high'], row['unit'], language)}"
            if row["low"] == row["low"] and row["high"] == row["high"]
            else quantity(row["published"], row["unit"], language)
        )
        rows.append(
            {
                "name": language.of(row),
                "period": language.span(row["from_day"], row["to_day"])
                if row["covered"]
                else language.span(row["period_start"], row["period_end"]),
                "published": published,
                "model": quantity(row["model"], row["unit"], language),
                "relative": language.signed_share(row["relative"]),
                "verdict": Markup(
                    '<span class="status status-{}"><span class="icon icon-{}" aria-hidden="true">'
                    "</span>{}</span>"
                ).format(tone, STATUS_ICON[tone], verdict_of(row, language)),
                "certainty": certainty_markup(row["certainty"], language),
                "source": Markup('<a class="source-link" href="#source-{}">{}</a>').format(
                    row["source"], data.source_titles[language.lang].get(row["source"], MISSING)
                ),
            }
        )
    keys = ("name", "period", "published", "model", "relative", "verdict", "certainty", "source")
    columns = tuple(Column(k, language(f"validation_column.{k}")) for k in keys)
    return Table("validation", columns, pd.DataFrame(rows, columns=list(keys), dtype=object))


def verdict_of(row: dict, language: Words) -> str:
    """In a word where the figure could be compared, else why not."""
    if row["verdict"] in COMPARED:
        return language(f"compared.{row['verdict']}")
    return language.of(row, "verdict")


def quantity(value: float, unit: str, language: Words) -> str:
    """A published or simulated number in its unit."""
    if value != value:
        return MISSING
    if unit == "share":
        return language.share(value)
    return language.number(value, 0 if abs(value) >= 100 else decimals(round(value, 2)))


def register_of(source: Source, asked: str, search: str, language: Words) -> list:
    """Everything that is assumed, with value, unit, reason and source."""
    found = about_model.assumptions(source, asked)
    rows = [assumption_row(one, source, language) for one in found[:ASSUMPTIONS_SHOWN]]
    columns = tuple(
        Column(key, language(f"register_column.{key}"))
        for key in ("name", "table", "value", "unit", "reason", "source")
    )
    table = Table(
        "register", columns, pd.DataFrame(rows, columns=[c.key for c in columns], dtype=object)
    )
    more = (
        html.P(
            language("register.more", shown=ASSUMPTIONS_SHOWN, rows=language.number(len(found))),
            className="source",
        )
        if len(found) > ASSUMPTIONS_SHOWN
        else None
    )
    return [
        html.P(
            language(
                "register.finding",
                count=language.number(len(found)),
                tables=len({one.table for one in found}),
            ),
            className="finding",
        ),
        html.P(language("register.lead")),
        scrolling_table(table, language, language("method.register")),
        more,
        csv_link("register", urls.with_page_values(search, q=asked), language),
    ]


def assumption_row(one: Assumption, source: Source, language: Words) -> dict:
    """An assumption as a person reads it."""
    name, code = assumption_name(one, source, language)
    return {
        "name": stacked(name, code),
        "table": heading_of(one.table, language),
        "value": assumption_value(one, source, language),
        "unit": assumption_unit(one, source, language),
        "reason": assumption_reason(one, source, language),
        "source": source_link(one.source, source, language),
    }


def assumption_name(one: Assumption, source: Source, language: Words) -> tuple[str, str]:
    """What is assumed, in words, and its code."""
    code = " · ".join(str(one.row[column]) for column in one.key)
    named = one.row.get(f"name_{language.lang}") or one.row.get(f"rule_{language.lang}")
    if isinstance(named, str) and named:
        return named, code
    about = described(language)
    told = []
    for column in one.key:
        text = in_words(one.row[column], column, "", source, language)
        bare = text.replace(":", "").isdecimal()  # a month or an hour needs its heading
        told.append(f"{about[one.table, column][0]} {text}" if bare else text)
    return " · ".join(told), code


def assumption_value(one: Assumption, source: Source, language: Words) -> str:
    """The assumed values of a row; each with its heading where there are several."""
    about = described(language)
    row_unit = one.row.get("unit", "")
    told = []
    for column in one.columns:
        value = one.row[column]
        if value is None or value != value or value == "":
            continue
        label, unit = about.get((one.table, column), (column, ""))
        if column == "value" or (row_unit and not unit):
            unit = row_unit if row_unit == "share" else ""
        text = in_words(value, column, unit, source, language)
        told.append(text if len(one.columns) == 1 or column == "value" else f"{label}: {text}")
    return "; ".join(told) or MISSING


def assumption_unit(one: Assumption, source: Source, language: Words) -> str:
    """The unit of a row's values, where all of them have the same."""
    about = described(language)
    units = {one.row.get("unit") or about.get((one.table, c), ("", ""))[1] for c in one.columns}
    if len(units) != 1:
        return MISSING
    return in_words(units.pop(), "unit", "", source, language)


def assumption_reason(one: Assumption, source: Source, language: Words) -> str:
    """Why this value was chosen: said in its row, else in the note of its source."""
    own = one.row.get(f"why_{language.lang}")
    return own if isinstance(own, str) and own else source_notes(source, language)[one.source]


def source_notes(source: Source, language: Words) -> dict[str, str]:
    """Notes of the sources by id, a dash where there is none."""
    return _of_sources(source, f"note_{language.lang}")


def source_titles(source: Source, language: Words) -> dict[str, str]:
    """Titles of the sources by id."""
    return _of_sources(source, f"title_{language.lang}")


def _of_sources(source: Source, column: str) -> dict[str, str]:
    key = (source.reference.version, column)
    if key not in _BOOK:
        frame = source.reference.sources
        texts = frame[column].where(frame[column].notna() & (frame[column] != ""), MISSING)
        _BOOK[key] = dict(zip(frame["id"], texts, strict=True))
    return _BOOK[key]


_BOOK: dict[tuple[str, str], dict[str, str]] = {}


def assumptions(data: Method, source: Source, search: str, language: Words) -> list:
    """Every reference table, folded; the first of those that a search found are open."""
    return [html.P(language("assumptions.lead"))] + [
        reference_table(t, bool(data.search) and place < FILLED_TABLES, source, search, language)
        for place, t in enumerate(data.tables)
    ]


def reference_table(
    table: ReferenceTable, opened: bool, source: Source, search: str, language: Words
) -> html.Details:
    """One table: what it holds and how sure it is; its rows when it is opened."""
    heading = [
        html.Span(heading_of(table.name, language), className="table-name"),
        html.Span(
            language("assumptions.rows", rows=language.number(len(table.frame))),
            className="table-rows",
        ),
        *[
            html.Span([certainty_badge(c, language), f" {n}"], className="table-certainty")
            for c, n in table.certainty.items()
        ],
    ]
    body = table_body(table, opened, source, search, language) if opened else None
    return opens(
        f"table:{table.name}",
        heading,
        body,
        language,
        className="more reference-table",
        id=f"table-{table.name}",
    )


def table_body(
    table: ReferenceTable, searched: bool, source: Source, search: str, language: Words
) -> list:
    """The rows of a reference table, and all of it as CSV."""
    limit = ROWS_FOUND if searched else ROWS_SHOWN
    show = levers if table.name == "levers" else readable
    shown = show(
        ReferenceTable(table.name, table.frame.head(limit), table.rows, {}), source, language
    )
    more = (
        html.P(
            language("assumptions.more", shown=limit, rows=language.number(len(table.frame))),
            className="source",
        )
        if len(table.frame) > limit
        else None
    )
    return [
        scrolling_table(shown, language, heading_of(table.name, language)),
        more,
        csv_link(table.name, search, language),
    ]


def levers(table: ReferenceTable, source: Source, language: Words) -> Table:
    """The levers, the values of the phases in one cell and the bounds in another."""
    rows = []
    for row in table.frame.to_dict("records"):
        unit = row["unit"]

        def told(value: Any, unit: str = unit) -> str:
            number = in_words(value, "value", unit if unit == "share" else "", source, language)
            return number if unit not in ("time", "rule") else str(value)

        phases = [
            Markup('<span class="by-phase"><small>{}</small> {}</span>').format(
                language(f"lever.{name}"), told(row[name])
            )
            for name in PHASE_COLUMNS
            if row[name] == row[name]
        ]
        value = row["value"]
        if value and unit not in ("time", "rule"):
            value = float(value)
        value = Markup(" ").join(phases) if phases else told(value)
        own = row["phase_3_certainty"]
        if own and own != row["certainty"]:
            value = certainty_mark(value, own, language)
        rows.append(
            {
                "name": stacked(language.of(row), row["path"]),
                "value": value,
                "unit": in_words(unit, "unit", "", source, language),
                "allowed": f"{told(row['low'])} – {told(row['high'])}"
                if row["low"] == row["low"]
                else MISSING,
                "why": language.of(row, "why"),
                "certainty": certainty_markup(row["certainty"], language),
                "source": source_link(row["source"], source, language),
            }
        )
    keys = ("name", "value", "unit", "allowed", "why", "certainty", "source")
    columns = tuple(Column(k, language(f"lever_column.{k}")) for k in keys)
    return Table("levers", columns, pd.DataFrame(rows, columns=list(keys), dtype=object))


PHASE_COLUMNS = ("before", "phase_1", "phase_2", "phase_3")


def readable(table: ReferenceTable, source: Source, language: Words) -> Table:
    """A reference table in one language: names for codes, badges, links to sources."""
    about = described(language)
    other = "_en" if language.lang == "vi" else "_vi"
    title = next((n for n in (f"name_{language.lang}", "name") if n in table.frame), None)
    code = next((n for n in ("id", "path", "code") if title and n in table.frame), None)
    columns, frame = [], {}
    for name in ordered(table.frame.columns):
        if name.endswith(other) or name.endswith(CREDENTIALS) or name == code:
            continue
        label, unit = about.get((table.name, name), (name, ""))
        if name == title and code:
            frame[name] = [
                stacked(n, c) for n, c in zip(table.frame[name], table.frame[code], strict=True)
            ]
            columns.append(Column(name, label))
            continue
        own = f"{name}_certainty"
        values = table.frame[name]
        if name == "certainty":
            frame[name] = [certainty_markup(v, language) if v else "" for v in values]
        elif name == "source":
            frame[name] = [source_link(v, source, language) for v in values]
        else:
            texts = [
                in_words(v, name, row_unit, source, language)
                for v, row_unit in zip(values, units_of(table, name, unit), strict=True)
            ]
            if own in table.frame and not (table.frame[own] == table.frame.get("certainty")).all():
                texts = [
                    certainty_mark(t, c, language) if c and t != MISSING else t
                    for t, c in zip(texts, table.frame[own], strict=True)
                ]
            frame[name] = texts
        columns.append(Column(name, label))
    return Table(table.name, tuple(columns), pd.DataFrame(frame, dtype=object))


def stacked(name: str, code: str) -> Markup:
    """A name with its code below."""
    return Markup('<span class="stacked"><strong>{}</strong><code>{}</code></span>').format(
        name, code
    )


def ordered(names: Any) -> list[str]:
    """Names first, then values; reasons, certainty and source last."""
    last = ("why_vi", "why_en", "certainty", "source")
    first = [n for n in names if n.startswith("name_") or n == "name"]
    rest = [n for n in names if n not in first and n not in last]
    return [*first, *rest, *[n for n in last if n in names]]


def units_of(table: ReferenceTable, name: str, unit: str) -> list[str]:
    """The unit of each cell: the column's own, or that of its row."""
    numeric = pd.api.types.is_numeric_dtype(table.frame[name]) or name == "value"
    if not unit and numeric and "unit" in table.frame:
        return table.frame["unit"].tolist()
    return [unit] * len(table.frame)


def in_words(value: Any, column: str, unit: str, source: Source, language: Words) -> str:
    """A cell of a reference table as a person reads it."""
    if value is None or value != value or value == "":
        return MISSING
    if isinstance(value, bool) or str(value) in ("True", "False"):
        return language("word.yes" if str(value) == "True" else "word.no")
    if isinstance(value, date):
        return language.date(value)
    if column.startswith("minute_"):
        return f"{int(value) // 60:02d}:{int(value) % 60:02d}"
    if column in ("weekday_from", "weekday_to") or (
        column == "weekday" and float(value).is_integer() and not unit
    ):
        return language(f"weekday.{int(value)}") if 0 <= int(value) <= 6 else str(value)
    names = code_names(source, language)
    if (column, value) in names:
        return names[column, value]
    if isinstance(value, str):
        try:
            value = float(value) if unit not in ("", "time", "rule") else value
        except ValueError:
            return value
        if isinstance(value, str):
            return value
    if column in PLAIN_NUMBERS:
        return str(int(value)) if float(value).is_integer() else str(value)
    if unit == "share":
        return language.share(value, 0 if round(value * 100, 6) == round(value * 100) else 2)
    number = language.number(value, decimals(value))
    name = unit_name(unit, source, language) if column == "value" or unit else ""
    return f"{number} {name}".strip() if name and unit not in ("factor", "ratio") else number


PLAIN_NUMBERS = ("year", "month", "lat", "lon", "hour", "index")


def decimals(value: float) -> int:
    """As many decimals as a number of the tables has, at most four."""
    return min(4, len(f"{float(value):.6f}".rstrip("0").split(".")[1]))


def code_names(source: Source, language: Words) -> dict[tuple[str, str], str]:
    """Names that stand for codes, by column and code."""
    reference = source.reference
    key = (reference.version, language.lang)
    if key not in _NAMES:
        fields = {r["id"]: language.of(r) for r in reference.fields.to_dict("records")}
        phases = {r["id"]: language.of(r) for r in reference.phases.to_dict("records")}
        modes = {r["mode"]: language.of(r) for r in reference.travel_modes.to_dict("records")}
        districts = dict(zip(reference.districts["code"], reference.districts["name"], strict=True))
        units = {r["id"]: language.of(r) for r in reference.units_of_measure.to_dict("records")}
        found = {}
        for columns, names in (
            (("field",), fields),
            (("phase",), phases),
            (("mode",), modes),
            (("district_code", "main_district"), districts),
            (("unit",), units),
        ):
            found.update({(c, k): v for c in columns for k, v in names.items() if c != "code"})
        for column, codes in CODED.items():
            found.update({(column, c): language(f"code.{c}") for c in codes})
        _NAMES[key] = found
    return _NAMES[key]


_NAMES: dict = {}
CODED = {
    "kind": ("branch", "reception_point", "one_stop", "city_unit", "off", "worked"),
    "level": ("commune", "district", "city"),
    "accepts": ("all", "commune", "district", "land", "city", "commune+district"),
    "pool": ("general", "land"),
    "what": ("reception", "officer_work"),
    "area": ("urban", "suburban"),
    "period": ("peak", "off_peak"),
    "better": ("higher", "lower"),
    "who": ("hanoi", "country"),
    "phase": ("all",),
    "factor": ("access", "procedures", "staff", "result", "feedback"),
}


def unit_name(unit: str, source: Source, language: Words) -> str:
    """A unit in words, ``""`` for shares and bare numbers."""
    if unit in ("", "share", "ratio", "factor", "time", "rule"):
        return ""
    names = code_names(source, language)
    return names.get(("unit", unit)) or language.unit(unit)


def certainty_mark(text: str, certainty: str, language: Words) -> Markup:
    """A cell whose certainty differs from its row's."""
    return Markup(
        '{} <span class="cell-certainty"><span class="visually-hidden">(</span>{}'
        '<span class="visually-hidden">)</span></span>'
    ).format(text, language(f"certainty.{certainty}").lower())


def source_link(source_id: str, source: Source, language: Words) -> Any:
    """The title of a source, leading to its entry."""
    titles = source_titles(source, language)
    if source_id not in titles:
        return MISSING
    return Markup('<a class="source-link" href="#source-{}">{}</a>').format(
        source_id, titles[source_id]
    )


def described(language: Words) -> dict[tuple[str, str], tuple[str, str]]:
    """Label and unit of every column of the reference tables."""
    if language.lang not in _DESCRIBED:
        _DESCRIBED[language.lang] = {
            (r.table, r.column): (
                r.name_vi if language.lang == "vi" else capital(r.meaning_en),
                r.unit,
            )
            for r in describe().itertuples()
        }
    return _DESCRIBED[language.lang]


_DESCRIBED: dict = {}


def heading_of(table: str, language: Words) -> str:
    """What a reference table holds."""
    kind = TABLES[table]
    return kind.heading if language.lang == "vi" else kind.__doc__.split("\n")[0].rstrip(".")


def capital(text: str) -> str:
    """A sentence's first letter raised."""
    return text[:1].upper() + text[1:]


def index_766(data: Method, source: Source, search: str, language: Words) -> list:
    """The national index, component by component, with what the run and publications know."""
    frame = data.index_766
    scored = frame[frame["max"].notna()]
    known = scored[scored["points"].notna()]
    finding = (
        html.P(
            language(
                "index.finding",
                points=language.number(float(known["points"].sum()), 2),
                known=language.number(float(known["max"].sum())),
                whole=language.number(float(scored["max"].sum())),
                period=language.span(data.period.start, data.period.last),
            ),
            className="finding",
        )
        if len(known)
        else None
    )
    groups = {r["id"]: language.of(r) for r in source.reference.index_766_groups.to_dict("records")}
    titles = data.source_titles[language.lang]
    rows = []
    for row in frame.to_dict("records"):
        origin = row["origin"]
        given = titles.get(row["source"], "") if origin == "input" else ""
        rows.append(
            {
                "id": row["id"],
                "name": language.of(row),
                "group": groups.get(row["group"], MISSING),
                "max": language.number(row["max"], 0),
                "rule": language.of(row, "rule"),
                "rate": language.share(row["rate"]),
                "points": language.number(row["points"], 2),
                "origin": language(f"index_origin.{origin}") + (f": {given}" if given else ""),
            }
        )
    keys = ("id", "name", "group", "max", "rule", "rate", "points", "origin")
    columns = tuple(Column(k, language(f"index_column.{k}")) for k in keys)
    table = Table("index_766", columns, pd.DataFrame(rows, columns=list(keys), dtype=object))
    return [
        finding,
        html.P(language("index.lead")),
        scrolling_table(table, language, language("method.index_766")),
        csv_link("index_766", search, language),
    ]


def sources(data: Method, language: Words) -> list:
    """Every source with its date and how far it can be trusted."""
    items = []
    for row in data.sources.to_dict("records"):
        note = language.of(row, "note")
        when = row["date"]
        items.append(
            html.Li(
                [
                    html.Div(
                        [
                            html.Strong(language.of(row, "title")),
                            html.Span(
                                language(f"confidence.{_confidence(row['confidence'])}"),
                                className=f"confidence confidence-{_confidence(row['confidence'])}",
                            ),
                            html.Span(language.date(when)) if isinstance(when, date) else None,
                        ],
                        className="source-head",
                    ),
                    html.P(note) if note else None,
                ],
                id=f"source-{row['id']}",
            )
        )
    return [html.P(language("sources.lead")), html.Ul(items, className="source-list")]


def _confidence(letter: str) -> str:
    return {"H": "high", "M": "medium", "L": "low"}.get(letter, "own")


def limits(language: Words) -> list:
    """What the model cannot say."""
    return [
        html.Ul([html.Li(language(f"limits.{name}")) for name in LIMITS], className="plain-list")
    ]


def licences(language: Words) -> list:
    """Licences of the product, the data, the font, and of the libraries as they declare them."""
    table = libraries_table(language)
    count = len(table.frame)
    heading = language("licences.libraries" if count else "licences.no_libraries", count=count)
    return [
        html.Ul(
            [
                html.Li(language(f"licences.{k}"))
                for k in ("product", "data", "geography", "font", "icons")
            ],
            className="plain-list",
        ),
        html.P(heading),
        *([scrolling_table(table, language, heading)] if count else []),
    ]


def libraries_table(language: Words) -> Table:
    """The libraries the product asks for, with version and licence."""
    rows = [
        {"name": one.name, "version": one.version, "licence": one.licence or MISSING}
        for one in about_model.libraries()
    ]
    keys = ("name", "version", "licence")
    columns = tuple(Column(k, language(f"method_column.{k}")) for k in keys)
    return Table("libraries", columns, pd.DataFrame(rows, columns=list(keys)))


def csv_link(name: str, search: str, language: Words) -> html.A:
    """All rows of a table as CSV."""
    return html.A(
        [icon("download"), "CSV"],
        href=download_href("method", name, search),
        download="",
        className="tool",
        **{"aria-label": language("chart.csv_label", title=name)},
    )


class Made(Mapping):
    """Tables by name, each made when it is asked for: a file needs one of them."""

    def __init__(self, makers: dict[str, Callable[[], Table]]):
        self.makers = makers

    def __getitem__(self, name: str) -> Table:
        return self.makers[name]()

    def __iter__(self):
        return iter(self.makers)

    def __len__(self) -> int:
        return len(self.makers)


def tables(source: Source, search: str) -> Mapping[str, Table]:
    """Every reference table whole, with all its columns; the register, the libraries."""
    seen = queries.view(source, search)
    language = words(seen.state.lang)
    names = (*queries.METHOD_TABLES, "sources")
    makers = {name: partial(whole_table, name, source, language) for name in names}
    if seen.run is not None and seen.run.status == DONE:
        makers["validation"] = partial(whole_validation, source, seen)
    asked = urls.page_value(search, "q")
    makers["register"] = partial(register_table, source, asked, language)
    makers["libraries"] = partial(libraries_table, language)
    return Made(makers)


def whole_table(name: str, source: Source, language: Words) -> Table:
    """A reference table with all its rows and columns."""
    about, frame = described(language), getattr(source.reference, name)
    columns = tuple(Column(c, about.get((name, c), (c, ""))[0]) for c in frame.columns)
    return Table(name, columns, frame)


def whole_validation(source: Source, seen: queries.View) -> Table:
    """Model against published figures, with all columns."""
    found = queries.method(source, seen)
    if found.unreadable is not None:
        raise found.unreadable
    frame = found.validation
    return Table("validation", tuple(Column(c, c) for c in frame.columns), frame)


def register_table(source: Source, asked: str, language: Words) -> Table:
    """Everything that is assumed (and holds the words asked for), as CSV."""
    titles, rows = source_titles(source, language), []
    for one in about_model.assumptions(source, asked):
        name, code = assumption_name(one, source, language)
        rows.append(
            {
                "table": heading_of(one.table, language),
                "id": code,
                "name": name,
                "value": assumption_value(one, source, language),
                "unit": assumption_unit(one, source, language),
                "reason": assumption_reason(one, source, language),
                "source": titles.get(one.source, MISSING),
            }
        )
    keys = ("table", "id", "name", "value", "unit", "reason", "source")
    columns = tuple(Column(key, language(f"register_column.{key}")) for key in keys)
    return Table("register", columns, pd.DataFrame(rows, columns=list(keys), dtype=object))


PAGE = Page("/phuong-phap", "method", layout, register, tables, filters=False)
