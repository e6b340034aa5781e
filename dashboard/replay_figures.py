"""Figures of the replay. What moves in them is set by the browser (``assets/replay.js``)."""

from dashboard.figures import OUTLINES, base_layout, city_map
from dashboard.replay import Day
from dashboard.text import Words
from dashboard.theme import PALETTES

HOUR = 60


def sites_map(day: Day, words: Words, theme: str) -> dict:
    """The city with a bubble for every site, all of them still empty.

    Two layers of the same points: a ring for what is overloaded, then the bubbles. Every point
    has the row of its site as ``customdata``.
    """
    palette = PALETTES[theme]
    points = {
        "type": "scattermap",
        "mode": "markers",
        "lat": day.sites["lat"].tolist(),
        "lon": day.sites["lon"].tolist(),
        "customdata": list(range(len(day.sites))),
        "showlegend": False,
    }
    outlines = {
        "sourcetype": "geojson",
        "source": OUTLINES,
        "type": "line",
        "color": palette.unknown,
        "line": {"width": 0.8},
        "opacity": 0.6,
        "below": "traces",
    }
    areas = {**outlines, "type": "fill", "color": palette.surface, "opacity": 1}
    return {
        "data": [
            {
                **points,
                "hoverinfo": "skip",
                "marker": {"size": 0, "color": palette.ink, "opacity": 1},
            },
            {
                **points,
                "text": [""] * len(day.sites),
                "hovertemplate": "%{text}<extra></extra>",
                "marker": {
                    "size": 0,
                    "color": [palette.unknown] * len(day.sites),
                    "opacity": 1,
                },
            },
        ],
        "layout": base_layout(
            words,
            theme,
            margin={"l": 0, "r": 0, "t": 0, "b": 0},
            showlegend=False,
            map={**city_map(palette), "layers": [areas, outlines]},
        ),
    }


def city_curve(day: Day, words: Words, theme: str) -> dict:
    """People waiting and being served in the whole city, and counters open, over the day."""
    palette = PALETTES[theme]
    minutes = day.minutes
    clock = [minutes.first + i for i in range(len(minutes))]
    waiting = minutes.waiting.sum(axis=(1, 2)).tolist()
    busy = minutes.busy.sum(axis=(1, 2)).tolist()
    counters = [int(day.open_at(minute).sum()) for minute in clock]
    hours = range(-(-clock[0] // HOUR) * HOUR, clock[-1] + 1, HOUR)
    told = [
        words(
            "operations.curve_told",
            clock=time_of(minute),
            waiting=words.number(w),
            busy=words.number(b),
            counters=words.number(c),
        )
        for minute, w, b, c in zip(clock, waiting, busy, counters, strict=True)
    ]
    line = {"type": "scatter", "mode": "lines", "x": clock, "hoverinfo": "skip"}
    return {
        "data": [
            {
                **line,
                "name": words("operations.waiting"),
                "y": waiting,
                "fill": "tozeroy",
                "fillcolor": _faint(palette.missed),
                "line": {"color": palette.missed, "width": 2},
                "text": told,
                "hoverinfo": None,
                "hovertemplate": "%{text}<extra></extra>",
            },
            {
                **line,
                "name": words("operations.busy"),
                "y": busy,
                "line": {"color": palette.met, "width": 2, "dash": "dash"},
            },
            {
                **line,
                "name": words("operations.counters_open"),
                "y": counters,
                "line": {"color": palette.ink_soft, "width": 1.4, "dash": "dot", "shape": "hv"},
            },
        ],
        "layout": base_layout(
            words,
            theme,
            margin={"l": 44, "r": 10, "t": 22, "b": 28},
            hovermode="x",
            xaxis={
                "range": [clock[0], clock[-1]],
                "tickvals": list(hours)[1::2],
                "ticktext": [time_of(hour) for hour in hours][1::2],
                "tickangle": 0,
                "fixedrange": True,
                "automargin": False,
            },
            yaxis={
                "rangemode": "tozero",
                "tickformat": ",d",
                "fixedrange": True,
                "nticks": 4,
                "automargin": False,
            },
            shapes=[
                {
                    "type": "rect",
                    "layer": "below",
                    "yref": "paper",
                    "x0": since,
                    "x1": to,
                    "y0": 0,
                    "y1": 1,
                    "fillcolor": palette.line,
                    "opacity": 0.35,
                    "line": {"width": 0},
                }
                for since, to in day.sessions
            ],
        ),
    }


def time_of(minute: int) -> str:
    """A minute after midnight as a clock shows it."""
    return f"{minute // HOUR}:{minute % HOUR:02d}"


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"
