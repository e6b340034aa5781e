"""Plotly figures of Index 766, built from rows (plain dicts, as in ``figures``)."""

from collections.abc import Sequence
from datetime import date, timedelta

from dashboard.figures import ABOVE_BAR, FEWEST_ROWS, base_layout, month_axis, wrapped
from dashboard.text import Words
from dashboard.theme import PALETTES

BAR = 0.38  # of a row; its words stand above it
HALF_MONTH = timedelta(days=14)
LONGEST = 44  # letters of a line that a phone has room for


def groups(frame: Sequence[dict], month: str, words: Words, theme: str) -> dict:
    """Points of the six groups: won, lost, not known, and what was published.

    Args:
        frame: name_vi, name_en, max, points, known, published.
        month: what the published month is called; "" for none.
    """
    palette = PALETTES[theme]
    won = [won_of(row) for row in frame]
    lost = [max(0.0, row["known"] - won_of(row)) for row in frame]
    unknown = [row["max"] - row["known"] for row in frame]
    rows = list(range(len(frame)))
    parts = (
        ("won", won, {"color": palette.counter}),
        ("lost", lost, {"color": palette.missed}),
        (
            "unknown",
            unknown,
            {"color": palette.line, "pattern": {"shape": "/", "fgcolor": palette.unknown}},
        ),
    )
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": words(f"index_part.{part}"),
            "x": values,
            "y": rows,
            "width": BAR,
            "offset": 0,
            "marker": marker,
            "customdata": [
                [words.of(row), words.value(value, "point", 2)]
                for row, value in zip(frame, values, strict=True)
            ],
            "hovertemplate": "%{customdata[0]}: <b>%{customdata[1]}</b>",
        }
        for part, values, marker in parts
    ]
    published = [
        (place + BAR / 2, row["published"]) for place, row in enumerate(frame) if is_published(row)
    ]
    if published:
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": words("index_part.published", month=month),
                "x": [value for _, value in published],
                "y": [place for place, _ in published],
                "customdata": [words.value(value, "point", 2) for _, value in published],
                "hovertemplate": "%{customdata}",
                "marker": {
                    "symbol": "diamond",
                    "size": 12,
                    "color": palette.near,
                    "line": {"color": palette.surface, "width": 1.5},
                },
            }
        )
    label = [
        words(
            "index_766.of_known",
            points=words.number(row["points"], 2),
            known=words.number(row["known"]),
        )
        if row["known"]
        else words("index_766_origin.unknown")
        for row in frame
    ]
    names = [words.of(row) for row in frame]
    widest = max(row["max"] for row in frame)
    return {
        "data": traces,
        "layout": _rows(names, label, widest, words, theme)
        | {"barmode": "stack", "legend": {"y": 1.04, "traceorder": "normal"}},
    }


def won_of(row: dict) -> float:
    """Points of a group, 0 where none of it is known."""
    return 0.0 if row["points"] != row["points"] else row["points"]


def is_published(row: dict) -> bool:
    """Whether a row has a published score."""
    return row["published"] == row["published"]


def _rows(names: list[str], label: list[str], widest: float, words: Words, theme: str) -> dict:
    """A layout with a bar a row, its name and, if there are any, its numbers above the bar."""
    return base_layout(
        words,
        theme,
        margin={"l": 10, "r": 14, "t": 30, "b": 30},
        xaxis={"range": [0, widest * 1.02], "tickangle": 0, "showgrid": True, "nticks": 6},
        yaxis={
            "range": [max(len(names), FEWEST_ROWS) - 0.5, -0.5],
            "showgrid": False,
            "showticklabels": False,
        },
        annotations=[
            *(
                {**ABOVE_BAR, "x": 0, "y": place, "text": wrapped(name, LONGEST)}
                for place, name in enumerate(names)
            ),
            *(
                {
                    **ABOVE_BAR,
                    "x": widest,
                    "y": place,
                    "xanchor": "right",
                    "text": f"<b>{text}</b>",
                }
                for place, text in enumerate(label)
            ),
        ],
    )


def months(frame: Sequence[dict], whole: float, words: Words, theme: str) -> dict:
    """The index month by month: what is known, how far the rest could lift it, what was published.

    Args:
        frame: start, points, known, published.
        whole: maximum of the index.
    """
    palette = PALETTES[theme]
    rows = [row for row in frame if row["points"] == row["points"]]
    x = [row["start"] + HALF_MONTH for row in rows]
    top = [row["points"] + whole - row["known"] for row in rows]
    names = [words.month(row["start"]) for row in rows]
    line = {"type": "scatter", "x": x}
    traces = [
        {
            **line,
            "mode": "lines+markers",
            "name": words("index_part.known"),
            "y": [row["points"] for row in rows],
            "line": {"color": palette.counter, "width": 2.4},
            "marker": {"size": 7},
            "customdata": [
                [name, words.number(row["points"], 2), words.number(row["known"])]
                for name, row in zip(names, rows, strict=True)
            ],
            "hovertemplate": "%{customdata[0]}: <b>%{customdata[1]}</b> / %{customdata[2]}"
            "<extra></extra>",
        },
        {
            **line,
            "mode": "lines",
            "name": words("index_part.most"),
            "y": top,
            "line": {"color": palette.unknown, "width": 1.2, "dash": "dot"},
            "fill": "tonexty",
            "fillcolor": "rgba(127,139,152,0.16)",
            "customdata": [words.number(v, 2) for v in top],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
    ]
    published = [row for row in frame if is_published(row)]
    if published:
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": words("index_part.official"),
                "x": [row["start"] + HALF_MONTH for row in published],
                "y": [row["published"] for row in published],
                "customdata": [
                    [words.month(row["start"]), words.number(row["published"], 2)]
                    for row in published
                ],
                "hovertemplate": "%{customdata[0]}: <b>%{customdata[1]}</b><extra></extra>",
                "marker": {
                    "symbol": "diamond",
                    "size": 12,
                    "color": palette.near,
                    "line": {"color": palette.surface, "width": 1.5},
                },
            }
        )
    return {
        "data": traces,
        "layout": base_layout(
            words,
            theme,
            margin={"l": 8, "r": 14, "t": 60, "b": 30},
            xaxis=_months_axis([*x, *(row["start"] + HALF_MONTH for row in published)]),
            yaxis={"range": [0, whole], "title": {"text": words.unit("point")}, "nticks": 6},
        ),
    }


def _months_axis(days: list[date]) -> dict:
    """Each month below its point, which stands at the month's middle."""
    if not days:
        return {"type": "date"}
    ticks = month_axis(min(days).replace(day=1), max(days))
    return ticks | {"tickvals": [day + HALF_MONTH for day in ticks["tickvals"]]}


def lift(frame: Sequence[dict], words: Words, theme: str) -> dict:
    """Points that one percentage point more of a rate adds, the most at the top.

    Args:
        frame: id, name_vi, name_en, gain, left; all can still add something.
    """
    palette = PALETTES[theme]
    names = [f"{row['id']} {words.of(row)}" for row in frame]
    gains = [row["gain"] for row in frame]
    label = [
        words(
            "index_766.lift_bar",
            gain=words.number(row["gain"], 3),
            left=words.number(row["left"], 2),
        )
        for row in frame
    ]
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "x": gains,
                "y": list(range(len(frame))),
                "width": BAR,
                "offset": 0,
                "marker": {"color": palette.counter},
                "text": label,
                "textposition": "auto",
                "textangle": 0,
                "cliponaxis": False,
                "customdata": [
                    [f"{row['id']} {words.of(row)}", text]
                    for row, text in zip(frame, label, strict=True)
                ],
                "hovertemplate": "%{customdata[0]}<br><b>%{customdata[1]}</b><extra></extra>",
                "showlegend": False,
            }
        ],
        "layout": _rows(names, [], max(gains, default=1.0), words, theme),
    }


def districts(frame: Sequence[dict], words: Words, theme: str, chosen: str = "") -> dict:
    """Points by district, the fewest at the top.

    Args:
        frame: code, name, points, known.
        chosen: code of the district that is looked at.
    """
    palette = PALETTES[theme]
    colours = [palette.missed if row["code"] == chosen else palette.counter for row in frame]
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "x": [row["points"] for row in frame],
                "y": [row["name"] for row in frame],
                "marker": {"color": colours},
                "text": [words.number(row["points"], 2) for row in frame],
                "textposition": "inside",
                "insidetextanchor": "end",
                "textangle": 0,
                "customdata": [
                    [words.number(row["points"], 2), words.number(row["known"])] for row in frame
                ],
                "hovertemplate": "%{y}: <b>%{customdata[0]}</b> / %{customdata[1]}<extra></extra>",
                "showlegend": False,
            }
        ],
        "layout": base_layout(
            words,
            theme,
            margin={"l": 8, "r": 14, "t": 8, "b": 30},
            bargap=0.25,
            xaxis={"rangemode": "tozero", "tickangle": 0, "showgrid": True, "nticks": 6},
            yaxis={"type": "category", "autorange": "reversed", "showgrid": False},
        ),
    }
