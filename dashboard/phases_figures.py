"""Plotly figures of the phases, built from rows and frames (plain dicts, as in ``figures``)."""

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd

from dashboard.comparison_figures import value_axis
from dashboard.figures import MOST_TICKS, base_layout, month_axis
from dashboard.phases import ONE_DAY, WEEK, Target, Trend
from dashboard.text import Words
from dashboard.theme import PALETTES

# State of a milestone: its colour in the palette and its symbol.
LOOK = {
    "done": ("met", "circle"),
    "met": ("met", "square"),
    "near": ("near", "diamond"),
    "missed": ("missed", "triangle-up"),
    "open": ("unknown", "x"),
    "upcoming": ("unknown", "circle"),
}
HOLLOW = "upcoming"
NEAR_DAYS = 40  # milestones nearer than that, on a phone, stand one above the other, a row each
FEWEST_LEVELS = 2  # rows of a lane, for its name
BELOW_LANE = 1.6  # rows between the lowest milestones of a lane and the lane below
BAND = (-0.9, -0.65)  # rows, where a phase's line is seen from its lowest milestones


def timeline(
    phases: Sequence[dict], milestones: Sequence[dict], today: date, words: Words, theme: str
) -> dict:
    """The phases as bands on a line of time, their milestones as points, and today.

    Args:
        phases: rows with id, name, start, end.
        milestones: rows of ``kpis.progress.milestones``.
    """
    palette = PALETTES[theme]
    points = _placed(milestones)
    floors = _floors(phases, points)
    shapes = []
    for phase in phases:
        floor, start, after = floors[phase["id"]], phase["start"], phase["end"] + ONE_DAY
        passed = min(max(today + ONE_DAY, start), after)
        for begin, end, colour in ((start, after, palette.line), (start, passed, palette.online)):
            if begin < end:
                shapes.append(_band(begin, end, floor, colour))
    shapes.append(
        {
            "type": "line",
            "x0": today,
            "x1": today,
            "y0": 0,
            "y1": 1,
            "yref": "paper",
            "layer": "below",
            "line": {"color": palette.ink, "width": 2},
        }
    )
    traces = []
    for state, (colour, symbol) in LOOK.items():
        own = [point for point in points if point["state"] == state]
        if own:
            traces.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "name": words(f"milestone_state.{state}"),
                    "x": [point["day"] for point in own],
                    "y": [floors[point["phase"]] + point["level"] for point in own],
                    "customdata": [[words.of(p), words.date(p["day"])] for p in own],
                    "hovertemplate": "%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
                    "marker": {
                        "symbol": symbol,
                        "size": 11,
                        "color": palette.surface if state == HOLLOW else getattr(palette, colour),
                        "line": {"width": 1.5, "color": getattr(palette, colour)},
                    },
                }
            )
    return {
        "data": traces,
        "layout": base_layout(
            words,
            theme,
            margin={"l": 8, "r": 16, "t": 46, "b": 30},
            shapes=shapes,
            annotations=[
                {
                    "x": today,
                    "y": 1,
                    "yref": "paper",
                    "yanchor": "bottom",
                    "text": words("phases.today_mark", day=words.date(today)),
                    "showarrow": False,
                    "font": {"size": 12, "color": palette.ink},
                }
            ],
            xaxis=month_axis(phases[0]["start"], phases[-1]["end"], MOST_TICKS - 2),
            yaxis={
                "tickvals": [floors[phase["id"]] + 0.5 for phase in phases],
                "ticktext": [words.of(phase) for phase in phases],
                "range": [BAND[0] - 0.5, rows_of(phases, milestones) + BAND[0] - 0.5],
                "showgrid": False,
            },
            legend={"y": 1.1, "font": {"size": 12}},
        ),
    }


def _band(begin: date, end: date, floor: float, colour: str) -> dict:
    return {
        "type": "rect",
        "x0": begin,
        "x1": end,
        "y0": floor + BAND[0],
        "y1": floor + BAND[1],
        "fillcolor": colour,
        "line": {"width": 0},
    }


def day_of(milestone: dict) -> date | None:
    """The day at which a milestone stands: when it was done, else when it is due."""
    days = (milestone["done"], milestone["due"])
    return next((day for day in days if isinstance(day, date)), None)


def rows_of(phases: Sequence[dict], milestones: Sequence[dict]) -> float:
    """Rows of milestones that the time line needs room for."""
    levels = _levels(phases, _placed(milestones))
    return sum(levels.values()) + BELOW_LANE * len(levels)


def _levels(phases: Sequence[dict], points: list[dict]) -> dict[str, int]:
    """Rows of each lane."""
    return {
        phase["id"]: max(
            [FEWEST_LEVELS, *(p["level"] + 1 for p in points if p["phase"] == phase["id"])]
        )
        for phase in phases
    }


def _floors(phases: Sequence[dict], points: list[dict]) -> dict[str, float]:
    """Height of each lane's lowest row, the last phase at the bottom."""
    floors, floor = {}, 0.0
    for phase, levels in reversed(_levels(phases, points).items()):
        floors[phase] = floor
        floor += levels + BELOW_LANE
    return floors


def _placed(milestones: Sequence[dict]) -> list[dict]:
    """The milestones with day and level, those of about the same day above each other."""
    placed = []
    dated = [m | {"day": day_of(m)} for m in milestones if day_of(m) is not None]
    for one in sorted(dated, key=lambda m: m["day"]):
        taken = {
            other["level"]
            for other in placed
            if other["phase"] == one["phase"] and (one["day"] - other["day"]).days < NEAR_DAYS
        }
        level = next(n for n in range(len(placed) + 1) if n not in taken)
        placed.append(one | {"level": level})
    return placed


def course(
    target: Target,
    weeks: pd.DataFrame,
    months: pd.DataFrame,
    today: date,
    end: date,
    words: Words,
    theme: str,
) -> dict:
    """A target's weekly values, its trend to the end of the phase, and what an ensemble says.

    Args:
        weeks: start, end, whole, and the KPI's column.
        months: start, middle, mean, low, high of the ensemble; may be empty.
        end: last day of the phase.
    """
    palette, figure = PALETTES[theme], target.figure
    rows = weeks[weeks[figure.id].notna()]
    middles = [_middle(a, b) for a, b in zip(rows["start"], rows["end"], strict=True)]
    spans = [words.span(a, b - ONE_DAY) for a, b in zip(rows["start"], rows["end"], strict=True)]
    values = rows[figure.id].astype(float).tolist()
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": words("phases.by_week"),
            "x": middles,
            "y": values,
            "customdata": [
                [span, words.value(value, figure.unit)]
                for span, value in zip(spans, values, strict=True)
            ],
            "hovertemplate": "%{customdata[0]}: <b>%{customdata[1]}</b><extra></extra>",
            "line": {"color": palette.counter, "width": 2.2},
            "marker": {
                "size": 7,
                "symbol": ["circle" if whole else "circle-open" for whole in rows["whole"]],
                "color": palette.counter,
            },
        }
    ]
    if len(months):
        traces.append(_months(months, figure.unit, words, palette))
    if target.trend.start:
        traces.append(_line(target.trend, figure.unit, words, palette))
    first = weeks["start"].iloc[0] if len(weeks) else today
    level = {"type": "line", "x0": first, "x1": end, "y0": figure.target, "y1": figure.target}
    return {
        "data": traces,
        "layout": base_layout(
            words,
            theme,
            margin={"l": 8, "r": 16, "t": 30, "b": 30},
            shapes=[
                {**level, "line": {"color": palette.ink_soft, "width": 1.5, "dash": "dash"}},
                {
                    "type": "line",
                    "x0": today,
                    "x1": today,
                    "y0": 0,
                    "y1": 1,
                    "yref": "paper",
                    "line": {"color": palette.ink, "width": 1.5},
                },
            ],
            annotations=[
                {
                    "x": first,
                    "y": figure.target,
                    "xanchor": "left",
                    "yanchor": "bottom" if figure.better == "lower" else "top",
                    "text": words("phases.target_mark", target=target_words(target, words)),
                    "showarrow": False,
                    "font": {"size": 12, "color": palette.ink_soft},
                }
            ],
            xaxis={
                "type": "date",
                "tickformat": "%d/%m",
                "tickangle": 0,
                "nticks": 6,
                "range": [first - timedelta(days=3), end + timedelta(days=4)],
            },
            yaxis=value_axis(figure.unit, words),
        ),
    }


def _middle(start: date, after: date) -> date:
    return start + (after - start) // 2


def _months(months: pd.DataFrame, unit: str, words: Words, palette) -> dict:
    """Mean and interval of each month, at its middle."""
    told = [
        [
            words.month(row.start),
            words.value(row.mean, unit),
            words.value(row.low, unit),
            words.value(row.high, unit),
        ]
        for row in months.itertuples()
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": words("phases.by_ensemble"),
        "x": months["middle"].tolist(),
        "y": months["mean"].tolist(),
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": (months["high"] - months["mean"]).tolist(),
            "arrayminus": (months["mean"] - months["low"]).tolist(),
            "color": palette.agent,
        },
        "customdata": told,
        "hovertemplate": (
            "%{customdata[0]}: <b>%{customdata[1]}</b> [%{customdata[2]}; %{customdata[3]}]"
            "<extra></extra>"
        ),
        "marker": {"symbol": "diamond", "size": 9, "color": palette.agent},
    }


def _line(trend: Trend, unit: str, words: Words, palette) -> dict:
    """The straight line from the first week to the last of the phase."""
    half_week = timedelta(days=WEEK // 2)
    ends = (trend.start, trend.end)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": words("phases.by_trend"),
        "x": [day + half_week for day, _ in ends],
        "y": [value for _, value in ends],
        "customdata": [words.value(value, unit) for _, value in ends],
        "hovertemplate": "<b>%{customdata}</b><extra></extra>",
        "line": {"color": palette.missed, "width": 2, "dash": "dot"},
    }


def target_words(target: Target, words: Words) -> str:
    """A target with its sign: at least or at most."""
    figure = target.figure
    digits = 0 if figure.unit == "share" and round(figure.target * 100, 6) % 1 == 0 else None
    sign = "≥" if figure.better == "higher" else "≤"
    return f"{sign} {words.value(figure.target, figure.unit, digits)}"


def chances(rows: pd.DataFrame, words: Words, theme: str) -> dict:
    """The chance of each target with its interval, one row each, drawn from top to bottom.

    Args:
        rows: name, met, low, high (shares).
    """
    palette = PALETTES[theme]
    places = list(range(len(rows)))
    label = [
        words(
            "phases.chance_of",
            met=words.share(row.met, 0),
            low=words.share(row.low, 0),
            high=words.share(row.high, 0),
        )
        for row in rows.itertuples()
    ]
    beside = {"yref": "y", "yanchor": "middle", "showarrow": False, "font": {"size": 12}}
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "markers",
                "x": rows["met"].tolist(),
                "y": places,
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": (rows["high"] - rows["met"]).clip(lower=0).tolist(),
                    "arrayminus": (rows["met"] - rows["low"]).clip(lower=0).tolist(),
                    "color": palette.counter,
                    "thickness": 2,
                },
                "marker": {"size": 11, "symbol": "diamond", "color": palette.counter},
                "customdata": [list(pair) for pair in zip(rows["name"], label, strict=True)],
                "hovertemplate": "%{customdata[0]}: %{customdata[1]}<extra></extra>",
                "showlegend": False,
            }
        ],
        "layout": base_layout(
            words,
            theme,
            margin={"l": 16, "r": 22, "t": 10, "b": 30},
            xaxis={
                "range": [-0.03, 1.03],
                "tickvals": [0, 0.25, 0.5, 0.75, 1],
                "ticktext": [words.share(x, 0) for x in (0, 0.25, 0.5, 0.75, 1)],
                "tickangle": 0,
                "showgrid": True,
                "automargin": False,
            },
            yaxis={
                "range": [len(rows) - 0.5, -0.7],
                "showgrid": False,
                "showticklabels": False,
            },
            annotations=[
                note
                for place, row, text in zip(places, rows.itertuples(), label, strict=True)
                for note in (
                    {**beside, "x": 0, "y": place - 0.38, "xanchor": "left", "text": row.name},
                    {
                        **beside,
                        "x": 1,
                        "y": place - 0.38,
                        "xanchor": "right",
                        "text": f"<b>{text}</b>",
                    },
                )
            ],
        ),
    }
