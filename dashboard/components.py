"""Pieces that every page is laid out with: icons, status, cards, charts with their table."""

import base64
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

import dash_bootstrap_components as dbc
import pandas as pd
from dash import dcc, html
from markupsafe import Markup, escape

from dashboard.text import Words
from dashboard.theme import PALETTES

STATUS_ICON = {
    "met": "check-circle-fill",
    "near": "exclamation-circle-fill",
    "missed": "exclamation-triangle-fill",
    "none": "dash-circle",
    "empty": "dash-circle",
}
CERTAINTY_ICON = {
    "simulated": "cpu",
    "derived": "calculator",
    "assumed": "question-diamond",
    "estimated": "rulers",
    "official": "patch-check",
}
ICONS = tuple(
    dict.fromkeys(
        (
            *STATUS_ICON.values(),
            *CERTAINTY_ICON.values(),
            "calendar3",
            "chevron-down",
            "arrow-up-short",
            "arrow-down-short",
            "sun",
            "moon-stars",
            "circle-half",
            "translate",
            "download",
            "image",
            "table",
            "funnel",
            "x-lg",
            "arrow-repeat",
            "info-circle",
            "geo-alt-fill",
            "flag-fill",
            "hourglass-split",
            "search",
            "printer",
            "bank2",
            "play-fill",
            "plus-circle-fill",
            "pencil-fill",
            "x-circle-fill",
            "arrows-move",
            "arrow-counterclockwise",
            "arrow-clockwise",
            "question-circle",
            "slash-circle",
            "shuffle",
            "arrow-up-circle-fill",
            "arrow-down-circle-fill",
            "arrow-left-right",
            "pause-fill",
            "chevron-left",
            "chevron-right",
            "graph-up-arrow",
            "people-fill",
            "clock",
        )
    )
)

EVERYTHING = "*"  # a list cannot hold an empty value
ROW_REM = 1.5  # a row of text in a chart with one line for each part


@dataclass(frozen=True)
class Column:
    """A column of a table: its key in the frame, heading, and unit (``text`` for words)."""

    key: str
    label: str
    unit: str = "text"
    digits: int | None = None


@dataclass(frozen=True)
class Table:
    """A frame with what is needed to show it to a person and to write it as CSV."""

    name: str
    columns: tuple[Column, ...]
    frame: pd.DataFrame


def icon(name: str, extra: str = "") -> html.Span:
    """A decorative icon; what it says must also stand in words."""
    return html.Span(className=f"icon icon-{name} {extra}".strip(), **{"aria-hidden": "true"})


def icon_markup(name: str) -> Markup:
    """``icon`` as HTML text."""
    return Markup('<span class="icon icon-{}" aria-hidden="true"></span>').format(name)


def status_badge(status: str, words: Words) -> html.Span:
    """Colour, icon and word of a status."""
    return html.Span(
        [icon(STATUS_ICON[status]), words(f"status.{status}")], className=f"status status-{status}"
    )


def certainty_badge(certainty: str, words: Words) -> html.Span:
    """How sure a number is, in one word."""
    return html.Span(
        [icon(CERTAINTY_ICON[certainty]), words(f"certainty.{certainty}")],
        className=f"certainty certainty-{certainty}",
        title=words(f"certainty_meaning.{certainty}"),
    )


def status_markup(status: str, words: Words) -> Markup:
    """``status_badge`` for a table's cell."""
    return badge_markup(STATUS_ICON[status], words(f"status.{status}"), f"status status-{status}")


def certainty_markup(certainty: str, words: Words) -> Markup:
    """``certainty_badge`` for a table's cell."""
    return badge_markup(
        CERTAINTY_ICON[certainty],
        words(f"certainty.{certainty}"),
        f"certainty certainty-{certainty}",
    )


def badge_markup(symbol: str, word: str, css: str) -> Markup:
    """An icon and a word for a table's cell."""
    return Markup('<span class="{}">{}{}</span>').format(css, icon_markup(symbol), word)


def sparkline(
    points: tuple[tuple[date, float | None], ...],
    target: float | None,
    status: str,
    theme: str,
    alt: str,
) -> html.Img:
    """A trend as a small picture, with the target as a dashed line.

    Args:
        points: start of each month or week and the value then.
        alt: what the picture says, in words.
    """
    palette = PALETTES[theme]
    width, height, pad = 240, 44, 5
    values = [(i, v) for i, (_, v) in enumerate(points) if v is not None]
    lines = []
    if values:
        every = [v for _, v in values] + ([target] if target is not None else [])
        low, high = min(every), max(every)
        room = (high - low) or abs(high) or 1.0
        low, high = low - 0.05 * room, high + 0.05 * room

        def x(i: int) -> float:
            return pad + (width - 2 * pad) * (i / (len(points) - 1) if len(points) > 1 else 0.5)

        def y(v: float) -> float:
            return height - pad - (height - 2 * pad) * (v - low) / (high - low)

        if target is not None:
            lines.append(
                f'<line x1="0" x2="{width}" y1="{y(target):.1f}" y2="{y(target):.1f}" '
                f'stroke="{palette.ink_soft}" stroke-width="1.2" stroke-dasharray="4 4"/>'
            )
        path = " ".join(f"{x(i):.1f},{y(v):.1f}" for i, v in values)
        colour = getattr(palette, status if status in ("met", "near", "missed") else "unknown")
        last, value = values[-1]
        lines.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.2" '
            f'stroke-linejoin="round" stroke-linecap="round"/>'
            f'<circle cx="{x(last):.1f}" cy="{y(value):.1f}" r="3.6" fill="{colour}"/>'
        )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'preserveAspectRatio="none"><title>{escape(alt)}</title>{"".join(lines)}</svg>'
    )
    data = base64.b64encode(svg.encode()).decode()
    return html.Img(src=f"data:image/svg+xml;base64,{data}", alt=alt, className="sparkline")


def cell(value: Any, column: Column, words: Words) -> str:
    """A table cell as a person reads it."""
    if column.unit == "text":
        return "" if value is None or value != value else str(value)
    if column.unit == "date":
        return words.date(value)
    if column.unit == "count":
        return words.number(value)
    return words.value(value, column.unit, column.digits)


def table_markup(table: Table, words: Words, caption: str, limit: int | None = None) -> Markup:
    """A table as HTML text, everything in it escaped.

    Args:
        table: cells may be values, or ``Markup`` for badges and links.
        caption: read out by screen readers.
        limit: show only so many rows.
    """
    frame = table.frame if limit is None else table.frame.head(limit)
    shapes = [
        f' class="of-{c.key.removesuffix("_" + words.lang)}'
        f'{"" if c.unit in ("text", "date") else " num"}"'
        for c in table.columns
    ]
    head = "".join(
        f'<th scope="col"{shape}>{escape(c.label)}</th>'
        for c, shape in zip(table.columns, shapes, strict=True)
    )
    columns = [
        [
            f"<td{shape}>{v if isinstance(v, Markup) else escape(cell(v, c, words))}</td>"
            for v in frame[c.key].tolist()
        ]
        for c, shape in zip(table.columns, shapes, strict=True)
    ]
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in zip(*columns, strict=True))
    return Markup(
        f'<table class="table table-sm data-table">'
        f'<caption class="visually-hidden">{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def scrolling_table(table: Table, words: Words, caption: str, limit: int | None = None) -> html.Div:
    """A table that scrolls within itself, also with the keyboard.

    The browser gets it as text (``assets/centre.js`` puts it in place): a Dash component a cell
    would make long tables take seconds to appear.
    """
    return html.Div(
        className="table-scroll",
        tabIndex=0,
        role="region",
        **{"data-html": str(table_markup(table, words, caption, limit)), "aria-label": caption},
    )


def chart_card(
    name: str,
    title: str,
    lead: str,
    body: Any,
    table: str,
    source: Any,
    words: Words,
    csv_href: str,
    extra: Any = None,
    has_image: bool = True,
    class_name: str = "",
    kind: str = "table",
) -> html.Section:
    """A finding with its picture, its numbers as a table, downloads, and where it comes from.

    Args:
        title: the finding, as a sentence.
        lead: what is drawn, with units.
        table: name of the table with the numbers, which is made when asked for.
        source: line with source and certainty.
        csv_href: address of the same numbers as CSV.
        kind: whose callback makes the table; a page with its own says so.
    """
    tools = [
        html.A(
            [icon("download"), "CSV"],
            href=csv_href,
            className="tool",
            download="",
            **{"aria-label": words("chart.csv_label", title=title)},
        )
    ]
    if has_image:
        tools.append(
            html.Button(
                [icon("image"), "PNG"],
                className="tool",
                type="button",
                **{
                    "data-png": f"graph-{name}",
                    "aria-label": words("chart.png_label", title=title),
                },
            )
        )
    return html.Section(
        [
            html.Div(
                [html.H2(title, className="card-title", id=f"title-{name}"), extra],
                className="card-head",
            ),
            html.P(lead, className="lead-line"),
            body,
            html.Details(
                [
                    html.Summary(
                        [icon("table"), words("chart.as_table")],
                        id={"type": f"{kind}-asked", "name": table},
                        n_clicks=0,
                    ),
                    html.Div(id={"type": kind, "name": table}),
                ],
                className="as-table",
            ),
            html.Div([source, html.Div(tools, className="tools")], className="card-foot"),
        ],
        className=f"panel {class_name}".strip(),
        **{"aria-labelledby": f"title-{name}"},
    )


def graph(
    name: str,
    figure: dict,
    words: Words,
    label: str,
    class_name: str = "",
    rows: int = 0,
    zoom: bool = False,
) -> html.Div:
    """A plotly figure, named for those who cannot see it; as high as its ``rows`` of text need.
    ``zoom``: the wheel makes it larger and smaller."""
    return html.Div(
        dcc.Graph(
            id=f"graph-{name}",
            figure=figure,
            config=graph_config(words, name) | {"scrollZoom": zoom},
            responsive=True,
            className="graph",
        ),
        className=f"graph-box {class_name}".strip(),
        style={"height": f"{ROW_REM * rows + 5:.1f}rem"} if rows else None,
        role="img",
        **{"aria-label": label},
    )


def graph_config(words: Words, name: str) -> dict:
    """Plotly settings: no logo, no link out, month names and number form of the language."""
    return {
        "displayModeBar": False,
        "displaylogo": False,
        "scrollZoom": False,
        "locale": words.lang,
        "locales": {"vi": PLOTLY_VIETNAMESE, "en": PLOTLY_ENGLISH},
        "toImageButtonOptions": {"format": "png", "filename": name, "scale": 2},
    }


_MONTHS_VI = [f"Tháng {m}" for m in range(1, 13)]
PLOTLY_VIETNAMESE = {
    "dictionary": {
        "Autoscale": "Tự chỉnh tỷ lệ",
        "Download plot as a PNG": "Tải ảnh PNG",
        "Reset": "Đặt lại",
        "Zoom": "Phóng to",
    },
    "format": {
        "days": ["Chủ nhật", "Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy"],
        "shortDays": ["CN", "T2", "T3", "T4", "T5", "T6", "T7"],
        "months": _MONTHS_VI,
        "shortMonths": [f"Th{m}" for m in range(1, 13)],
        "periods": ["SA", "CH"],
        "dateTime": "%H:%M %d/%m/%Y",
        "date": "%d/%m/%Y",
        "time": "%H:%M",
        "decimal": ",",
        "thousands": ".",
        "grouping": [3],
        "currency": ["", " ₫"],
    },
}
PLOTLY_ENGLISH = {"format": {"date": "%d/%m/%Y", "decimal": ".", "thousands": ","}}


def run_label(run: Any, words: Words) -> str:
    """A run in a list: scenario and when it was made."""
    when = f"{run.finished:%d/%m %H:%M}" if run.finished else run.id[:8]
    return f"{run.title_vi if words.lang == 'vi' else run.title_en} · {when}"


def choice_list(
    name: str,
    label: str,
    options: list[dict],
    value: str | None,
    parameter: str,
    default: str = EVERYTHING,
    **attributes: str,
) -> html.Div:
    """A list of which the chosen value goes into the address, in the browser (centre.js).

    Args:
        name: id of the list.
        options: ``label`` and ``value`` of each line.
        parameter: key of the value in the address.
        default: the value that an address without it stands for.
        attributes: of the box around label and list.
    """
    return html.Div(
        [
            html.Label(label, htmlFor=name),
            dbc.Select(id=name, options=options, value=value, size="sm"),
        ],
        **attributes,
        **{"data-parameter": parameter, "data-default": default},
    )


def link(label: Any, href: str, class_name: str = "", here: bool = False, **more: Any) -> html.A:
    """A link within the application; ``assets/centre.js`` follows it without loading anew."""
    current = {"aria-current": "page"} if here else {}
    return html.A(label, href=href, className=class_name, **{"data-link": ""}, **current, **more)


def download_href(page: str, chart: str, search: str) -> str:
    """Where the numbers of a chart are to be had as CSV."""
    return f"/tai-ve/{quote(page)}/{quote(chart)}.csv{search}"
