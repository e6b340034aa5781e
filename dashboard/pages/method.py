"""Method: what is measured, what is assumed, how, and where every number comes from."""

from datetime import date
from importlib import metadata
from typing import Any

import dash_bootstrap_components as dbc
import pandas as pd
from dash import ClientsideFunction, Dash, Input, Output, State, html, set_props
from markupsafe import Markup

from dashboard import queries
from dashboard import state as urls
from dashboard.components import (
    STATUS_ICON,
    Column,
    Table,
    certainty_badge,
    certainty_markup,
    download_href,
    icon,
    scrolling_table,
)
from dashboard.pages.page import Page
from dashboard.queries import Method, ReferenceTable
from dashboard.source import DONE, Source
from dashboard.text import MISSING, Words, words
from data.reference import describe

ROWS_SHOWN = 70
ROWS_FOUND = 100
SECTIONS = (
    "model",
    "kpis",
    "validation",
    "assumptions",
    "index_766",
    "sources",
    "limits",
    "licences",
)
STEPS = ("need", "channel", "site", "counter", "unit", "result", "satisfaction")
LIMITS = (
    "single_run",
    "behaviour",
    "service_times",
    "geography",
    "network",
    "index_766",
    "satisfaction",
)
LIBRARIES = (
    "simpy",
    "numpy",
    "numba",
    "pandas",
    "pyarrow",
    "pydantic",
    "sqlalchemy",
    "alembic",
    "dash",
    "dash-bootstrap-components",
    "plotly",
    "fastapi",
    "uvicorn",
    "babel",
    "pyyaml",
    "bootstrap-flask",
    "fontpkg-be-vietnam-pro",
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
            html.Div(
                html.Div(className="skeleton skeleton-chart"), id="method", **{"aria-busy": "true"}
            ),
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
        Input("url", "search"),
        Input("runs", "data"),
        State("method-search", "value"),
    )
    def show(search, _runs, typed):
        seen = queries.view(source, search)
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
        )

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
    inputs = data.levers
    return [
        html.H1(
            language(
                "method.title",
                assumed=language.share(inputs.get("assumed", 0) / (sum(inputs.values()) or 1), 0),
            )
        ),
        html.P(language("method.lead"), className="lead-line"),
        html.Div(bar, className="share-bar", **{"aria-hidden": "true"}),
        html.Ul(legend, className="share-legend"),
    ]


def content(data: Method, source: Source, search: str, language: Words) -> list:
    """The sections; a search leaves those in which something was found."""
    makers = {
        "model": lambda: model(language),
        "kpis": lambda: definitions(data, source, language),
        "validation": lambda: validation(data, search, language),
        "assumptions": lambda: assumptions(data, source, search, language),
        "index_766": lambda: index_766(data, source, search, language),
        "sources": lambda: sources(data, language),
        "limits": lambda: limits(language),
        "licences": lambda: licences(language),
    }
    searched = {
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
    return [
        found,
        html.Div(
            [
                html.Nav(
                    html.Ul(entries),
                    className="contents",
                    **{"aria-label": language("method.contents")},
                ),
                html.Div(
                    [section(name, makers[name](), language) for name in shown],
                    className="sections",
                ),
            ],
            className="method-body",
        ),
    ]


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


def model(language: Words) -> list:
    """One dossier's life, step by step."""
    return [
        html.P(language("model.lead")),
        html.Ol(
            [
                html.Li(
                    [html.Strong(language(f"model.{s}_name")), html.Span(language(f"model.{s}"))]
                )
                for s in STEPS
            ],
            className="steps",
        ),
        html.P(language("model.how")),
        html.P(language("model.sure")),
    ]


def definitions(data: Method, source: Source, language: Words) -> list:
    """Every KPI with its meaning, formula and target."""
    targets = source.reference.targets
    items = []
    for kpi in data.kpis:
        own = targets[targets["kpi"] == kpi.id]
        items.append(
            {
                "name": stacked(language.of(kpi.name), kpi.id),
                "meaning": language.of(kpi.meaning),
                "formula": language.of(kpi.formula),
                "unit": unit_name(kpi.unit, source, language) or language("unit_word.share"),
                "target": "; ".join(
                    language.value(t["value"], t["unit"], 0 if t["unit"] == "share" else None)
                    for t in own.to_dict("records")
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


def assumptions(data: Method, source: Source, search: str, language: Words) -> list:
    """Every reference table, folded; opened by a search."""
    return [html.P(language("assumptions.lead"))] + [
        reference_table(t, bool(data.search), source, search, language) for t in data.tables
    ]


def reference_table(
    table: ReferenceTable, opened: bool, source: Source, search: str, language: Words
) -> html.Details:
    """One table: what it holds, how sure it is, its rows, all of it as CSV."""
    limit = ROWS_FOUND if opened else ROWS_SHOWN
    heading = heading_of(table.name, language)
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
    return html.Details(
        [
            html.Summary(
                [
                    html.Span(heading, className="table-name"),
                    html.Span(
                        language("assumptions.rows", rows=language.number(len(table.frame))),
                        className="table-rows",
                    ),
                    *[
                        html.Span(
                            [certainty_badge(c, language), f" {n}"], className="table-certainty"
                        )
                        for c, n in table.certainty.items()
                    ],
                ]
            ),
            scrolling_table(shown, language, heading),
            more,
            csv_link(table.name, search, language),
        ],
        open=opened or table.name == "levers",
        className="more reference-table",
        id=f"table-{table.name}",
    )


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


def source_titles(source: Source, language: Words) -> dict[str, str]:
    """Titles of the sources by id."""
    frame = source.reference.sources
    return dict(zip(frame["id"], frame[f"title_{language.lang}"], strict=True))


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
    about = describe()
    row = about[about["table"] == table].iloc[0]
    return row["heading_vi"] if language.lang == "vi" else row["heading_en"].rstrip(".")


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
    """Licences of the product, the data, the libraries and the font."""
    rows = [
        {"name": name, "version": version, "licence": licence}
        for name, version, licence in installed(LIBRARIES)
    ]
    columns = tuple(
        Column(k, language(f"method_column.{k}")) for k in ("name", "version", "licence")
    )
    table = Table("libraries", columns, pd.DataFrame(rows))
    return [
        html.Ul(
            [
                html.Li(language(f"licences.{k}"))
                for k in ("product", "data", "geography", "font", "icons")
            ],
            className="plain-list",
        ),
        html.Details(
            [
                html.Summary(language("licences.libraries")),
                scrolling_table(table, language, language("licences.libraries")),
            ],
            className="more",
        ),
    ]


def installed(names: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Name, version and licence of the installed packages among ``names``."""
    found = []
    for name in names:
        try:
            about = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue
        licence = (
            about.get("License-Expression") or _classified(about) or about.get("License") or ""
        )
        found.append((about["Name"], about["Version"], licence.split("\n")[0][:60] or MISSING))
    return found


def _classified(about: Any) -> str:
    marks = [c for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    return marks[0].rsplit(" :: ", 1)[-1] if marks else ""


def csv_link(name: str, search: str, language: Words) -> html.A:
    """All rows of a table as CSV."""
    return html.A(
        [icon("download"), "CSV"],
        href=download_href("method", name, search),
        download="",
        className="tool",
        **{"aria-label": language("chart.csv_label", title=name)},
    )


def tables(source: Source, search: str) -> dict[str, Table]:
    """Every reference table whole, with all its columns."""
    seen = queries.view(source, search)
    language = words(seen.state.lang)
    about = described(language)
    found = {}
    for name in (*queries.METHOD_TABLES, "sources"):
        frame = getattr(source.reference, name)
        columns = tuple(Column(c, about.get((name, c), (c, ""))[0]) for c in frame.columns)
        found[name] = Table(name, columns, frame)
    if seen.run is not None and seen.run.status == DONE:
        frame = queries.method(source, seen).validation
        columns = tuple(Column(c, c) for c in frame.columns)
        found["validation"] = Table("validation", columns, frame)
    return found


PAGE = Page("/phuong-phap", "method", layout, register, tables, filters=False)
