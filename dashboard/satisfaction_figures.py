"""Figures of the satisfaction page: scores as bars, over months, causes, complaints."""

import math
from datetime import date

import pandas as pd

from dashboard.access_figures import ink_on
from dashboard.figures import FEWEST_ROWS, base_layout
from dashboard.text import Words
from dashboard.theme import PALETTES
from kpis.satisfaction import FACTORS

ROOM = 0.16  # of the axis: for the number at the end of a bar
GAP = 0.5  # of a row: more room between groups
BAR, BESIDE = 0.4, 0.26  # of a row: the bar's width, and how far above it its words stand
DASHES = ("dash", "dot", "dashdot", "longdash", "longdashdot")
LESS_THAN_SEEN = 5e-5  # share: what is shown as 0.00 points


def score_bars(
    rows: pd.DataFrame, target: float | None, target_told: str, words: Words, theme: str
) -> dict:
    """Scores as bars from nothing to all, the name of each above it, the target as a line.

    Args:
        rows: name, value (share), label and told (its words, on the bar and when pointed
            at), few (too few answers: grey), colour, the palette's name for it, and
            perhaps group: between groups there is a line.
    """
    palette = PALETTES[theme]
    few = rows["few"].tolist()
    colours = [
        palette.unknown if is_few else getattr(palette, colour)
        for is_few, colour in zip(few, rows["colour"].tolist(), strict=True)
    ]
    groups = rows["group"].tolist() if "group" in rows else [""] * len(rows)
    turns = [i for i in range(1, len(groups)) if groups[i] != groups[i - 1]]
    places = [i + GAP * sum(turn <= i for turn in turns) for i in range(len(rows))]
    bar = {"type": "bar", "orientation": "h", "y": places, "width": BAR, "offset": 0.0}
    between = [places[turn] - 0.5 - GAP / 2 for turn in turns]
    words_above = {"yref": "y", "yanchor": "middle", "showarrow": False, "font": {"size": 12}}
    line = {"type": "line", "x0": target, "x1": target}
    line |= {"line": {"color": palette.ink, "width": 2, "dash": "dot"}}
    target_words = {
        "x": 1,
        "y": 1,
        "yref": "paper",
        "xanchor": "right",
        "yanchor": "bottom",
        "text": target_told,
        "showarrow": False,
        "font": {"size": 12, "color": palette.ink_soft},
    }
    names = rows["name"].tolist()
    return {
        "data": [
            {
                **bar,
                "x": [1.0] * len(rows),
                "marker": {"color": palette.line, "opacity": 0.45},
                "hoverinfo": "skip",
                "showlegend": False,
            },
            {
                **bar,
                "x": rows["value"].tolist(),
                "marker": {"color": colours},
                "text": [f"<b>{label}</b>" for label in rows["label"].tolist()],
                "textposition": "auto",
                "insidetextanchor": "end",
                "textangle": 0,
                "insidetextfont": {"color": [ink_on(colour) for colour in colours]},
                "constraintext": "none",
                "customdata": [list(pair) for pair in zip(names, rows["told"], strict=True)],
                "hovertemplate": "%{customdata[0]}: %{customdata[1]}<extra></extra>",
                "showlegend": False,
            },
        ],
        "layout": base_layout(
            words,
            theme,
            barmode="overlay",
            margin={"l": 14, "r": 22, "t": 24, "b": 30},
            xaxis={
                "range": [0, 1],
                "tickvals": [0, 0.25, 0.5, 0.75, 1],
                "ticktext": [words.share(x, 0) for x in (0, 0.25, 0.5, 0.75, 1)],
                "tickangle": 0,
                "automargin": False,
                "fixedrange": True,
            },
            yaxis={
                "range": [max(max(places, default=0) + 1, FEWEST_ROWS) - 0.45, -0.55],
                "showgrid": False,
                "showticklabels": False,
                "fixedrange": True,
            },
            shapes=[
                *(_divider(place, palette) for place in between),
                *(
                    {**line, "y0": place, "y1": place + BAR}
                    for place in places
                    if target is not None
                ),
            ],
            annotations=[
                *([] if target is None else [target_words]),
                *(
                    {**words_above, "x": 0, "y": y - BESIDE, "xanchor": "left", "text": name}
                    for y, name in zip(places, names, strict=True)
                ),
            ],
        ),
    }


def _divider(place: float, palette) -> dict:
    """A line between two groups of rows."""
    line = {"color": palette.ink_soft, "width": 1, "dash": "dash"}
    ends = {"xref": "paper", "x0": 0, "x1": 1, "y0": place, "y1": place}
    return {"type": "line", **ends, "line": line}


def over_months(
    months: pd.DataFrame, target: float | None, target_told: str, words: Words, theme: str
) -> dict:
    """The overall score by month as a strong line, the five factors as thin ones.

    Args:
        months: see ``Satisfaction.months``.
    """
    palette = PALETTES[theme]
    labels = [words.month(start) for start in months["start"]]
    colours = (palette.counter, palette.online, palette.agent, palette.missed, palette.near)
    lines = [
        _line(
            months[f"satisfaction_{factor}"].tolist(),
            labels,
            words(f"satisfaction.factor_{factor}"),
            {"color": colour, "width": 1.6, "dash": dash},
            words,
        )
        for factor, colour, dash in zip(FACTORS, colours, DASHES, strict=True)
    ]
    overall = _line(
        months["satisfaction"].tolist(),
        labels,
        words("satisfaction.factor_overall"),
        {"color": palette.ink, "width": 3.2},
        words,
    )
    names = ["satisfaction", *(f"satisfaction_{factor}" for factor in FACTORS)]
    every = months[names].stack().dropna().tolist() + ([target] if target is not None else [])
    low = math.floor(min(every, default=0) * 50) / 50
    high = min(1.0, math.ceil(max(every, default=1) * 50) / 50)
    ticks = [low + (high - low) * i / 4 for i in range(5)]
    every_month = max(1, -(-len(labels) // 6))
    return {
        "data": [*lines, overall],
        "layout": base_layout(
            words,
            theme,
            margin={"l": 8, "r": 14, "t": 74, "b": 30},
            hovermode="x unified",
            xaxis={
                "type": "category",
                "tickvals": labels[::every_month],
                "ticktext": _month_ticks(months["start"].tolist()[::every_month]),
                "tickangle": 0,
            },
            yaxis={
                "range": [low - (high - low) * 0.03, high + (high - low) * 0.03],
                "tickvals": ticks,
                "ticktext": [words.share(tick, 1) for tick in ticks],
            },
            legend={"font": {"size": 11}},
            shapes=[]
            if target is None
            else [
                {
                    "type": "line",
                    "xref": "paper",
                    "x0": 0,
                    "x1": 1,
                    "y0": target,
                    "y1": target,
                    "line": {"color": palette.ink, "width": 1.5, "dash": "dot"},
                }
            ],
            annotations=[]
            if target is None
            else [
                {
                    "xref": "paper",
                    "x": 1,
                    "xanchor": "right",
                    "y": target,
                    "yanchor": "bottom",
                    "text": target_told,
                    "showarrow": False,
                    "font": {"size": 12, "color": palette.ink_soft},
                }
            ],
        ),
    }


def _month_ticks(starts: list[date]) -> list[str]:
    """Months below a chart; the year only where it begins."""
    return [
        f"{day:%m}" if i and day.year == starts[i - 1].year else f"{day:%m}<br>{day:%Y}"
        for i, day in enumerate(starts)
    ]


def _line(values: list, labels: list[str], name: str, line: dict, words: Words) -> dict:
    known = [None if value != value else value for value in values]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": labels,
        "y": known,
        "customdata": [words.share(value) for value in known],
        "hovertemplate": "%{customdata}",
        "line": line,
        "marker": {"size": 5},
    }


def causes(rows: pd.DataFrame, words: Words, theme: str) -> dict:
    """What takes from the score, cause by cause, in percentage points.

    Args:
        rows: name, lost (share of full marks; negative where something is given), kind (cause or
            rest).
    """
    palette = PALETTES[theme]
    lost = [100 * value for value in rows["lost"].tolist()]
    colours = {
        "cause": palette.missed,
        "given": palette.met,
        "rest": palette.unknown,
    }
    kinds = [
        "given" if kind == "cause" and value < 0 else kind
        for kind, value in zip(rows["kind"].tolist(), lost, strict=True)
    ]
    places = list(range(len(rows)))
    low, high = min(0.0, *lost), max(0.1, *lost)
    names = rows["name"].tolist()
    labels = [points(value, words) for value in lost]
    above = {"yref": "y", "yanchor": "middle", "showarrow": False, "font": {"size": 12}}
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "x": [-value for value in lost],
                "y": places,
                "width": BAR,
                "offset": 0.0,
                "marker": {
                    "color": [colours[kind] for kind in kinds],
                    "pattern": {
                        "shape": ["/" if kind == "rest" else "" for kind in kinds],
                        "fgcolor": palette.surface,
                        "fillmode": "overlay",
                    },
                },
                "text": [f"<b>{label}</b>" for label in labels],
                "textposition": "outside",
                "cliponaxis": False,
                "constraintext": "none",
                "customdata": [list(pair) for pair in zip(names, labels, strict=True)],
                "hovertemplate": "%{customdata[0]}: <b>%{customdata[1]}</b><extra></extra>",
                "showlegend": False,
            }
        ],
        "layout": base_layout(
            words,
            theme,
            margin={"l": 14, "r": 22, "t": 8, "b": 44},
            xaxis={
                "range": [  # what is taken to the right, below zero
                    (ROOM if low < 0 else 0) * (high - low) - low,
                    -high - ROOM * (high - low),
                ],
                "title": {"text": words("satisfaction.points_axis")},
                "fixedrange": True,
                "nticks": 6,
            },
            yaxis={
                "range": [max(len(rows), FEWEST_ROWS) - 0.45, -0.55],
                "showgrid": False,
                "showticklabels": False,
                "fixedrange": True,
            },
            shapes=[
                {
                    "type": "line",
                    "x0": 0,
                    "x1": 0,
                    "y0": place,
                    "y1": place + BAR,
                    "line": {"color": palette.ink, "width": 1.5},
                }
                for place in places
            ],
            annotations=[
                *(
                    {
                        **above,
                        "xref": "paper",
                        "x": 0,
                        "y": y - BESIDE,
                        "xanchor": "left",
                        "text": name,
                    }
                    for y, name in enumerate(names)
                ),
            ],
        ),
    }


def points(lost: float, words: Words) -> str:
    """Percentage points taken from the score, with the sign of what happens to it."""
    sign = "−" if lost > 100 * LESS_THAN_SEEN else "+" if lost < -100 * LESS_THAN_SEEN else ""
    return sign + words.number(abs(lost), 2)


def _whole_steps(fields: pd.DataFrame) -> dict:
    """Ticks at whole numbers only."""
    most = int((fields["answered"] + fields["late"]).max()) if len(fields) else 0
    return {"dtick": 1} if most < FEWEST_ROWS else {"nticks": 5}


def complaints(fields: pd.DataFrame, words: Words, theme: str) -> dict:
    """Complaints by field, those answered on time and those answered late.

    Args:
        fields: name, answered, late; most complaints first.
    """
    palette = PALETTES[theme]
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "name": words(f"satisfaction.complaints_{kind}"),
            "y": fields["name"].tolist(),
            "x": fields[column].tolist(),
            "marker": {
                "color": colour,
                "pattern": {"shape": shape, "fgcolor": palette.surface, "fillmode": "overlay"},
            },
            "hovertemplate": words("satisfaction.complaints_told"),
        }
        for kind, column, colour, shape in (
            ("on_time", "answered", palette.met, ""),
            ("late", "late", palette.missed, "/"),
        )
    ]
    return {
        "data": bars,
        "layout": base_layout(
            words,
            theme,
            barmode="stack",
            bargap=0.35,
            margin={"l": 8, "r": 14, "t": 30, "b": 30},
            xaxis={"tickformat": ",d", "rangemode": "tozero", "fixedrange": True}
            | _whole_steps(fields),
            yaxis={
                "range": [max(len(fields), FEWEST_ROWS) - 0.5, -0.5],
                "showgrid": False,
                "fixedrange": True,
            },
            legend={"traceorder": "normal"},
        ),
    }
