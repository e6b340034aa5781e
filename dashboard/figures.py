"""Plotly figures, built from frames.

A figure is a plain dict (what plotly's JSON is): building ``graph_objects`` would cost more time
than computing the numbers. The tests validate every figure against plotly's schema.
"""

import math
import textwrap
from datetime import date

import pandas as pd

from dashboard.text import Words
from dashboard.theme import FONT, PALETTES, template

CHANNEL_COLOURS = ("counter", "online", "agent", "post")
OUTLINES = "/static/districts.geojson"
HANOI = {"lat": 20.977, "lon": 105.655}  # middle of the city; assets/centre.js sets the zoom
# Plotly drops empty parts of a style when a figure changes, and MapLibre stops without "sources".
NO_SOURCE = {"none": {"type": "geojson", "data": {"type": "Point", "coordinates": [105.8, 21.0]}}}
ON_THE_DOT = 3  # pixels: beyond them the district is meant, not the site
MOST_TICKS = 6  # dates below a chart that a phone has room for
FEWEST_ROWS = 4  # so that a bar that stands alone is not as thick as a hand
# A name stands above its bar, as high as its lines are.
ABOVE_BAR = {
    "yref": "y",
    "xanchor": "left",
    "yanchor": "bottom",
    "align": "left",
    "borderpad": 0,
    "showarrow": False,
    "font": {"size": 12},
}


def base_layout(words: Words, theme: str, **more) -> dict:
    """What all figures of a language and theme share, and ``more``."""
    separators = ",." if words.lang == "vi" else ".,"
    return {
        "template": template(theme),
        "separators": separators,
        "autosize": True,
        "uirevision": "keep",
        **more,
    }


def wrapped(name: str, letters: int) -> str:
    """A name on as many lines as it needs, none longer than ``letters`` unless a word is."""
    return "<br>".join(textwrap.wrap(name, letters, break_long_words=False)) or name


def month_axis(first: date, last: date, most: int = MOST_TICKS) -> dict:
    """Ticks at the start of months, few enough for a phone, the year with the
    first and where another begins, but not right beside the first."""
    months = [m for m in _months_of(first, last) if first <= m <= last] or [first]
    shown = months[:: -(-len(months) // most)]
    begins = [not i or (i > 1 and m.year != shown[i - 1].year) for i, m in enumerate(shown)]
    texts = [
        f"{m:%m}<br>{m:%Y}" if new else f"{m:%m}" for m, new in zip(shown, begins, strict=True)
    ]
    return {"type": "date", "tickvals": shown, "ticktext": texts, "tickangle": 0}


def _months_of(first: date, last: date) -> list[date]:
    numbers = range(12 * first.year + first.month - 1, 12 * last.year + last.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def whole_steps(most: float) -> dict:
    """Ticks at whole numbers, each once."""
    wanted = max(1.0, most / MOST_TICKS)
    size = 10 ** math.floor(math.log10(wanted))
    step = next(size * nice for nice in (1, 2, 5, 10) if size * nice >= wanted)
    return {"tick0": 0, "dtick": step, "tickformat": ",d"}


def district_map(
    districts: pd.DataFrame,
    sites: pd.DataFrame,
    unit: str,
    target: float | None,
    better: str,
    label: str,
    words: Words,
    theme: str,
    chosen: str = "",
    digits: int | None = None,
) -> dict:
    """The 30 districts coloured by a KPI, and the open sites as points.

    Every point of the figure has the code of its district as ``customdata``.

    Args:
        districts: code, name, value.
        sites: name_vi, name_en, kind, lat, lon, district_code.
        target: where the colours turn, None for what has no target.
        chosen: code of the district to be outlined.
        digits: after the point, None for what the unit usually has.
    """
    palette = PALETTES[theme]
    known = districts.dropna(subset=["value"])
    values = known["value"].tolist()
    scale, low, high = _scale(values, target, better, unit, palette)
    ticks = _ticks(low, high, target)
    shown = [f"{label}: {words.value(v, unit, digits)}" for v in values]
    told = {
        code: f"{name}<br>{figure}"
        for code, name, figure in zip(known["code"], known["name"], shown, strict=True)
    }
    area = {
        "type": "choroplethmap",
        "geojson": OUTLINES,
        "featureidkey": "properties.code",
        "locations": known["code"].tolist(),
        "z": values,
        "zmin": low,
        "zmax": high,
        "colorscale": scale,
        "customdata": known["code"].tolist(),
        "text": [
            f"<b>{name}</b><br>{figure}" for name, figure in zip(known["name"], shown, strict=True)
        ],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"line": {"color": palette.map_line, "width": 1.2}, "opacity": 0.92},
        "selectedpoints": [known["code"].tolist().index(chosen)]
        if chosen in set(known["code"])
        else None,
        "unselected": {"marker": {"opacity": 0.35}},
        "showscale": len(set(values)) > 1,
        "colorbar": {
            "orientation": "h",
            "x": 0.5,
            "xanchor": "center",
            "y": 0.0,
            "yanchor": "top",
            "ypad": 8,
            "thickness": 8,
            "len": 0.86,
            "outlinewidth": 0,
            "tickvals": ticks,
            "ticktext": _tick_texts(ticks, unit, digits, words),
            "tickfont": {"size": 11, "color": palette.ink_soft},
            "bgcolor": "rgba(0,0,0,0)",
        },
    }
    layers = [area]
    for kind, size in (("one_stop", 3), ("reception_point", 5), ("branch", 9)):
        own = sites[sites["kind"] == kind]
        if len(own):
            layers.append(_points(own, kind, size, told, words, palette))
    return {
        "data": layers,
        "layout": base_layout(
            words,
            theme,
            margin={"l": 0, "r": 0, "t": 26, "b": 40},
            showlegend=True,
            legend={"x": 0, "y": 1, "yanchor": "bottom", "font": {"size": 11}},
            hoverdistance=ON_THE_DOT,
            map=city_map(palette),
        ),
    }


def city_map(palette) -> dict:
    """The empty map of the city, for which nothing is fetched from anywhere."""
    ground = {
        "id": "ground",
        "type": "background",
        "paint": {"background-color": palette.map_ground},
    }
    return {
        "style": {"version": 8, "sources": NO_SOURCE, "layers": [ground]},
        "center": HANOI,
        "zoom": 8.75,
    }


def _points(
    sites: pd.DataFrame, kind: str, size: int, told: dict[str, str], words: Words, palette
) -> dict:
    """Sites of a kind; ``told`` has what is said of their district, by its code."""
    return {
        "type": "scattermap",
        "mode": "markers",
        "name": words(f"site_kind.{kind}", count=words.number(len(sites))),
        "lat": sites["lat"].tolist(),
        "lon": sites["lon"].tolist(),
        "customdata": sites["district_code"].tolist(),
        "text": [
            f"<b>{name}</b><br>{told.get(code, '')}".removesuffix("<br>")
            for name, code in zip(sites[f"name_{words.lang}"], sites["district_code"], strict=True)
        ],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {
            "size": size,
            "color": palette.ink if kind == "branch" else palette.ink_soft,
            "opacity": 0.9 if kind == "branch" else 0.65,
        },
    }


def volume_by_channel(volume: pd.DataFrame, by: str, words: Words, theme: str) -> dict:
    """Dossiers received, stacked by channel.

    Args:
        volume: start (first day of each step) and one column a channel.
        by: day, week or month.
    """
    palette = PALETTES[theme]
    starts = volume["start"].tolist()
    labels = [step_label(d, by, words) for d in starts]
    bars = [
        {
            "type": "bar",
            "name": words(f"channel.{channel}"),
            "x": starts if by != "month" else labels,
            "y": volume[channel].tolist(),
            "marker": {"color": getattr(palette, channel)},
            "customdata": [
                [la, words.number(v)] for la, v in zip(labels, volume[channel], strict=True)
            ],
            "hovertemplate": "%{customdata[0]}: <b>%{customdata[1]}</b>",
        }
        for channel in CHANNEL_COLOURS
        if channel in volume
    ]
    every = max(1, -(-len(starts) // MOST_TICKS))
    axis = {
        "type": "category" if by == "month" else "date",
        "tickvals": (labels if by == "month" else starts)[::every],
        "ticktext": _tick_dates(starts[::every], by),
        "tickangle": 0,
        "hoverformat": "%d/%m/%Y",
    }
    return {
        "data": bars,
        "layout": base_layout(
            words,
            theme,
            barmode="stack",
            bargap=0.12,
            xaxis=axis,
            yaxis={
                "title": {"text": words(f"volume.axis_{by}")},
                "tickformat": ",d",
                "rangemode": "tozero",
            },
            legend={"traceorder": "normal"},
            hovermode="x unified",
        ),
    }


def within_15_by_field(fields: pd.DataFrame, words: Words, theme: str) -> dict:
    """Share of counter transactions within 15 minutes by field, against the promise of all.

    Args:
        fields: name_vi, name_en, transaction_within_15_min (share), transaction_mean (minutes).
    """
    palette = PALETTES[theme]
    names = fields[f"name_{words.lang}"].tolist()
    shares = fields["transaction_within_15_min"].tolist()
    means = fields["transaction_mean"].tolist()
    values = [
        {"share": words.share(s, 0), "mean": words.value(m, "minute", 1)}
        for s, m in zip(shares, means, strict=True)
    ]
    label = [words("fields.bar", **v) for v in values]
    told = [words("fields.told", **v) for v in values]
    over = [m > 15 for m in means]
    rows = list(range(len(names)))
    # The words stand above their bar, so that neither a long name nor a short bar is in their way.
    bar = {"type": "bar", "orientation": "h", "y": rows, "width": 0.4, "offset": 0.0}
    beside = {"yref": "y", "yanchor": "middle", "showarrow": False, "font": {"size": 12}}
    return {
        "data": [
            {
                **bar,
                "x": [1.0] * len(names),
                "marker": {"color": palette.line, "opacity": 0.55},
                "hoverinfo": "skip",
                "showlegend": False,
            },
            {
                **bar,
                "x": shares,
                "marker": {"color": [palette.missed if o else palette.met for o in over]},
                "customdata": [list(row) for row in zip(names, told, strict=True)],
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
                "ticklabeloverflow": "allow",
                "automargin": False,
                "fixedrange": True,
            },
            yaxis={
                "range": [max(len(names), FEWEST_ROWS) - 0.5, -0.5],
                "showgrid": False,
                "showticklabels": False,
                "fixedrange": True,
            },
            shapes=[
                {
                    "type": "line",
                    "x0": 1,
                    "x1": 1,
                    "y0": row,
                    "y1": row + 0.4,
                    "line": {"color": palette.ink, "width": 2, "dash": "dot"},
                }
                for row in rows
            ],
            annotations=[
                {
                    "x": 1,
                    "y": 1,
                    "yref": "paper",
                    "xanchor": "right",
                    "yanchor": "bottom",
                    "text": words("fields.target"),
                    "showarrow": False,
                    "font": {"size": 12, "color": palette.ink_soft, "family": FONT},
                },
                *(
                    {**beside, "x": 0, "y": y - 0.26, "xanchor": "left", "text": name}
                    for y, name in enumerate(names)
                ),
                *(
                    {**beside, "x": 1, "y": y - 0.26, "xanchor": "right", "text": f"<b>{text}</b>"}
                    for y, text in enumerate(label)
                ),
            ],
        ),
    }


GROWING = ("font.size", "marker.size", ".thickness", "node.pad", "standoff")
GROWING += tuple(f".margin.{side}" for side in "lrtb")


def with_credentials(figure: dict, title: str, place: str, source: str) -> dict:
    """A figure that carries what a saved picture says of itself (see ``assets/centre.js``).

    Args:
        title: the finding.
        place: what is drawn, the period and the part of the city.
        source: certainty, scenario and run.
    """
    known = figure["layout"].get("meta", {})
    meta = {**known, "title": title, "place": place, "source": source}
    return {**figure, "layout": {**figure["layout"], "meta": meta}}


def enlarged(figure: dict, scale: float) -> dict:
    """A figure for a large screen: type, points and colour bar ``scale`` times as big."""
    if scale == 1:
        return figure

    def grown(part, key=""):
        if isinstance(part, dict):
            return {k: grown(v, f"{key}.{k}") for k, v in part.items()}
        if isinstance(part, list) and part and isinstance(part[0], dict):
            return [grown(v, key) for v in part]
        if key.endswith(GROWING):
            if isinstance(part, list):
                return [round(one * scale, 1) for one in part]
            return round(part * scale)
        return part

    return grown(figure)


def step_label(start: date, by: str, words: Words) -> str:
    """What a bar's day, week or month is called."""
    if by == "month":
        return words.month(start)
    return words("volume.week_of", day=words.date(start)) if by == "week" else words.date(start)


def _tick_dates(days: list[date], by: str) -> list[str]:
    """Dates below bars, short; the year only where it begins."""
    if by == "month":
        return [f"{day:%m/%Y}" for day in days]
    return [
        f"{day:%d/%m}" if i and day.year == days[i - 1].year else f"{day:%d/%m}<br>{day:%Y}"
        for i, day in enumerate(days)
    ]


def _scale(values: list[float], target: float | None, better: str, unit: str, palette) -> tuple:
    """Colours and their ends: turning at the target if there is one.

    The ends never lie where no value can: below nothing, or a share above all.
    """
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    lower = better == "lower"
    worse, best = palette.diverging[:3], palette.diverging[4:]  # the darkest first, last

    def met(value: float) -> bool:
        return value <= target if lower else value >= target

    if low == high:
        one = palette.sequential[2] if target is None else best[1] if met(low) else worse[1]
        room = abs(low) * 0.05 + 1e-9
        most = 1.0 if unit == "share" else high + room
        return _even((one, one)), max(0.0, low - room), max(low, min(most, high + room))
    if target is None:
        return _even(palette.sequential), low, high
    if met(low) and met(high):  # all on one side: the colours tell the districts apart
        return _even(best[::-1] if lower else best), low, high
    if not met(low) and not met(high):
        return _even(worse[::-1] if lower else worse), low, high
    turned = palette.diverging[::-1] if lower else palette.diverging
    turn = (target - low) / (high - low)
    if turn in (0.0, 1.0):  # the best just reach the target; they are not coloured as if not
        reach = [[0.999 * i / 2, c] for i, c in enumerate(worse)] + [[1.0, best[1]]]
        return ([[1 - x, c] for x, c in reach[::-1]] if lower else reach), low, high
    left = [[turn * i / 3, c] for i, c in enumerate(turned[:4])]
    right = [[1 - (1 - turn) * (3 - i) / 3, c] for i, c in enumerate(turned[3:])]
    return left + right[1:], low, high


def _even(colours) -> list:
    return [[i / (len(colours) - 1), c] for i, c in enumerate(colours)]


def _ticks(low: float, high: float, target: float | None) -> list[float]:
    ticks = [low, high]
    if target is not None and low < target < high:
        room = (high - low) * 0.15
        if target - low > room and high - target > room:
            ticks.insert(1, target)
    return ticks


def _tick_texts(ticks: list[float], unit: str, digits: int | None, words: Words) -> list[str]:
    """The ticks in words, with more digits where they would read the same."""
    for tried in (0, digits) if unit == "share" else (None,):
        texts = [words.value(t, unit, tried) for t in ticks]
        if len(set(texts)) == len(texts):
            break
    return texts
