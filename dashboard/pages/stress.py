"""The model described after the STRESS-DES checklist, in words and numbers of its own tables."""

from datetime import date
from typing import Any

import pandas as pd
from dash import html

from dashboard.components import Column, Table, scrolling_table
from dashboard.method import STRESS, Facts
from dashboard.source import Source
from dashboard.text import Words

STEPS = ("need", "channel", "site", "counter", "unit", "result", "satisfaction")
SHARES = ("confidence", "near")


def description(facts: Facts, source: Source, language: Words) -> list:
    """The items of the checklist, section by section."""
    told = {name: in_words(name, value, language) for name, value in facts.numbers.items()}
    more = {
        "2.1": lambda: [steps(language)],
        "2.2": lambda: [rules(facts, language)],
        "2.3": lambda: [scenarios(facts, language)],
        "2.4": lambda: [speeds(facts, source, language)],
        "2.5.2": lambda: [services(facts, source, language)],
        "5.1": lambda: [software(facts, language)],
        "5.4": lambda: [duration(facts, language)],
    }
    return [
        html.P(language("stress.lead")),
        *(
            part
            for section, items in STRESS.items()
            for part in (
                html.H3(language(f"stress.{section}"), className="stress-section"),
                html.Div([item(one, told, more, language) for one in items], className="stress"),
            )
        ),
    ]


def item(number: str, told: dict[str, str], more: dict, language: Words) -> html.Div:
    """One item: number, title, what is said of it, and what belongs to it."""
    key = number.replace(".", "_")
    return html.Div(
        [
            html.H4([html.Span(number, className="num"), language(f"stress_title.{key}")]),
            html.Div(
                [
                    html.P(language(f"stress_item.{key}", **told)),
                    *(more[number]() if number in more else []),
                ]
            ),
        ],
        className="stress-item",
    )


def in_words(name: str, value: Any, language: Words) -> str:
    """A counted fact as a person reads it."""
    if isinstance(value, date):
        return language.date(value)
    if name in SHARES:
        return language.share(value, 0)
    if name == "seed":
        return str(value)
    if isinstance(value, int | float):
        return language.number(value, 0 if float(value).is_integer() else 1)
    return "" if value is None else str(value)


def steps(language: Words) -> html.Div:
    """One dossier's life, step by step, and how it is simulated."""
    return html.Div(
        [
            html.P(language("model.lead")),
            html.Ol(
                [
                    html.Li(
                        [
                            html.Strong(language(f"model.{step}_name")),
                            html.Span(language(f"model.{step}")),
                        ]
                    )
                    for step in STEPS
                ],
                className="steps",
            ),
            html.P(language("model.how")),
            html.P(language("model.sure")),
        ]
    )


def rules(facts: Facts, language: Words) -> html.Details:
    """The rules of law and practice, as their table has them."""
    items = [html.Li(language.of(row, "rule")) for row in facts.rules.to_dict("records")]
    heading = language("stress.rules", count=len(items))
    return html.Details(
        [html.Summary(heading), html.Ul(items, className="plain-list")], className="more"
    )


def scenarios(facts: Facts, language: Words) -> html.Ul:
    """The shipped scenarios with their description and how far they are from the default."""
    items = []
    for one in facts.scenarios:
        title = language.of(one.title)
        count = facts.changes.get(one.name)
        named = (
            language("stress.default", title=title)
            if count is None
            else language("stress.changes", title=title, count=count)
        )
        items.append(html.Li([html.Strong(named), " – ", language.of(one.description)]))
    return html.Ul(items, className="plain-list")


def services(facts: Facts, source: Source, language: Words) -> html.Details:
    """Mean and spread of the service times by field."""
    fields = {row["id"]: language.of(row) for row in source.reference.fields.to_dict("records")}
    frame = pd.DataFrame(
        [
            {
                "field": fields[row["field"]],
                "what": language(f"code.{row['what']}"),
                "mean": row["mean_min"],
                "spread": row["cv"],
            }
            for row in facts.services.to_dict("records")
        ]
    )
    columns = (
        Column("field", language("stress_column.field")),
        Column("what", language("stress_column.what")),
        Column("mean", language("stress_column.mean"), "minute", 1),
        Column("spread", language("stress_column.spread"), "", 1),
    )
    return folded(Table("services", columns, frame), language("stress.services"), language)


def speeds(facts: Facts, source: Source, language: Words) -> html.Details:
    """Travel speeds by mode, area and time of day."""
    modes = {
        row["mode"]: language.of(row) for row in source.reference.travel_modes.to_dict("records")
    }
    ends = ("low_kmh", "mode_kmh", "high_kmh")
    frame = pd.DataFrame(
        [
            {
                "mode": modes[row["mode"]],
                "area": language(f"code.{row['area']}"),
                "period": language(f"code.{row['period']}"),
                **{end: row[end] for end in ends},
            }
            for row in facts.speeds.to_dict("records")
        ]
    )
    columns = tuple(
        Column(name, language(f"stress_column.{name}")) for name in ("mode", "area", "period")
    ) + tuple(Column(end, language(f"stress_column.{end}"), "km_h") for end in ends)
    return folded(Table("speeds", columns, frame), language("stress.speeds"), language)


def folded(table: Table, heading: str, language: Words) -> html.Details:
    """A table that opens."""
    return html.Details(
        [html.Summary(heading), scrolling_table(table, language, heading)], className="more"
    )


def software(facts: Facts, language: Words) -> html.Ul:
    """Python and the libraries that draw, compute and write, with their versions."""
    return html.Ul(
        [
            html.Li(language("stress.package", name=name, version=version))
            for name, version in facts.environment.items()
        ],
        className="package-list",
    )


def duration(facts: Facts, language: Words) -> html.P:
    """How long the run that is looked at took."""
    seconds = facts.numbers["seconds"]
    if seconds is None:
        return html.P(language("stress.no_run"))
    return html.P(
        language("stress.ran", run=facts.numbers["run"], seconds=language.number(seconds))
    )
