"""Plotly figures, built from frames.

A figure is a plain dict (what plotly's JSON is): building ``graph_objects`` would cost more time
than computing the numbers. The tests validate every figure against plotly's schema.
"""

from datetime import date

import pandas as pd

from dashboard.text import Words
from dashboard.theme import FONT, PALETTES, template

CHANNEL_COLOURS = ("counter", "online", "agent", "post")
OUTLINES = "/static/districts.geojson"
HANOI = {"lat": 20.977, "lon": 105.655}  # middle of the city; assets/centre.js sets the zoom


def _layout(words: Words, theme: str, **more) -> dict:
    separators = ",." if words.lang == "vi" else ".,"
    return {
        "template": template(theme),
        "separators": separators,
        "autosize": True,
        "uirevision": "keep",
        **more,
    }


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
) -> dict:
    """The 30 districts coloured by a KPI, and the open sites as points.

    Args:
        districts: code, name, value.
        sites: name_vi, name_en, kind, lat, lon.
        target: where the colours turn, None for what has no target.
        chosen: code of the district to be outlined.
    """
    palette = PALETTES[theme]
    known = districts.dropna(subset=["value"])
    values = known["value"].tolist()
    scale, low, high = _scale(values, target, better, palette)
    ticks = _ticks(low, high, target)
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
            f"<b>{n}</b><br>{label}: {words.value(v, unit)}"
            for n, v in zip(known["name"], values, strict=True)
        ],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"line": {"color": palette.map_line, "width": 1.2}, "opacity": 0.92},
        "selectedpoints": [known["code"].tolist().index(chosen)]
        if chosen in set(known["code"])
        else None,
        "unselected": {"marker": {"opacity": 0.35}},
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
            "ticktext": [words.value(t, unit, 0 if unit == "share" else None) for t in ticks],
            "tickfont": {"size": 11, "color": palette.ink_soft},
            "bgcolor": "rgba(0,0,0,0)",
        },
    }
    layers = [area]
    for kind, size in (("one_stop", 3), ("reception_point", 5), ("branch", 9)):
        own = sites[sites["kind"] == kind]
        if len(own):
            layers.append(_points(own, kind, size, words, palette))
    return {
        "data": layers,
        "layout": _layout(
            words,
            theme,
            margin={"l": 0, "r": 0, "t": 26, "b": 40},
            showlegend=True,
            legend={"x": 0, "y": 1, "yanchor": "bottom", "font": {"size": 11}},
            map={
                "style": {
                    "version": 8,
                    "sources": {},
                    "layers": [
                        {
                            "id": "ground",
                            "type": "background",
                            "paint": {"background-color": palette.map_ground},
                        }
                    ],
                },
                "center": HANOI,
                "zoom": 8.75,
            },
        ),
    }


def _points(sites: pd.DataFrame, kind: str, size: int, words: Words, palette) -> dict:
    return {
        "type": "scattermap",
        "mode": "markers",
        "name": words(f"site_kind.{kind}", count=words.number(len(sites))),
        "lat": sites["lat"].tolist(),
        "lon": sites["lon"].tolist(),
        "text": sites[f"name_{words.lang}"].tolist(),
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
    axis = {"type": "category"} if by == "month" else {"type": "date", "tickformat": "%d/%m\n%Y"}
    return {
        "data": bars,
        "layout": _layout(
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
    label = [
        words("fields.bar", share=words.share(s, 0), mean=words.value(m, "minute", 1))
        for s, m in zip(shares, means, strict=True)
    ]
    over = [m > 15 for m in means]
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "y": names,
                "x": [1.0] * len(names),
                "marker": {"color": palette.line, "opacity": 0.55},
                "hoverinfo": "skip",
                "showlegend": False,
            },
            {
                "type": "bar",
                "orientation": "h",
                "y": names,
                "x": shares,
                "marker": {"color": [palette.missed if o else palette.met for o in over]},
                "text": label,
                "textposition": ["inside" if s > 0.62 else "outside" for s in shares],
                "insidetextanchor": "start",
                "insidetextfont": {"color": palette.surface},
                "outsidetextfont": {"color": palette.ink},
                "cliponaxis": False,
                "hovertemplate": "%{y}: %{text}<extra></extra>",
                "showlegend": False,
            },
        ],
        "layout": _layout(
            words,
            theme,
            barmode="overlay",
            bargap=0.28,
            margin={"l": 8, "r": 12, "t": 22, "b": 8},
            xaxis={
                "range": [0, 1],
                "tickformat": ".0%",
                "tickvals": [0, 0.25, 0.5, 0.75, 1],
                "fixedrange": True,
            },
            yaxis={"autorange": "reversed", "showgrid": False, "fixedrange": True},
            shapes=[
                {
                    "type": "line",
                    "x0": 1,
                    "x1": 1,
                    "y0": 0,
                    "y1": 1,
                    "yref": "paper",
                    "line": {"color": palette.ink, "width": 2, "dash": "dot"},
                }
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
                }
            ],
        ),
    }


def enlarged(figure: dict, scale: float) -> dict:
    """A figure for a large screen: type, points and colour bar ``scale`` times as big."""
    if scale == 1:
        return figure

    def grown(part, key=""):
        if isinstance(part, dict):
            return {k: grown(v, f"{key}.{k}") for k, v in part.items()}
        if isinstance(part, list) and part and isinstance(part[0], dict):
            return [grown(v, key) for v in part]
        if key.endswith(("font.size", "marker.size", ".thickness", ".margin.b", ".margin.t")):
            return part * scale
        return part

    return grown(figure)


def step_label(start: date, by: str, words: Words) -> str:
    """What a bar's day, week or month is called."""
    if by == "month":
        return words.month(start)
    return words("volume.week_of", day=words.date(start)) if by == "week" else words.date(start)


def _scale(values: list[float], target: float | None, better: str, palette) -> tuple:
    """Colours and their ends: turning at the target if there is one."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if low == high:
        low, high = low - abs(low) * 0.05 - 1e-9, high + abs(high) * 0.05 + 1e-9
    if target is None:
        return _even(palette.sequential), low, high
    below, above = palette.diverging[:4], palette.diverging[3:]
    if better == "lower":  # then the low end is the good one
        turned = palette.diverging[::-1]
        below, above = turned[:4], turned[3:]
    if high <= target:  # all on one side: the colours tell the districts apart
        return _even(below[:3]), low, high
    if low >= target:
        return _even(above[1:]), low, high
    turn = (target - low) / (high - low)
    left = [[turn * i / 3, c] for i, c in enumerate(below)]
    right = [[turn + (1 - turn) * i / 3, c] for i, c in enumerate(above)]
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
