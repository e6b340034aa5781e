"""Plotly figures of scenarios side by side, built from frames (plain dicts, as in ``figures``)."""

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from dashboard.figures import FEWEST_ROWS, MOST_TICKS, OUTLINES, base_layout, city_map
from dashboard.network_form import Site
from dashboard.text import Words
from dashboard.theme import PALETTES
from kpis.comparison import ROUNDING

LETTERS = "ABCD"
DASHES = ("solid", "dash", "dot", "dashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up")
BAND = 0.18


def colours(theme: str) -> tuple[str, ...]:
    """One colour for each scenario; letter, dash and symbol tell them apart as well."""
    palette = PALETTES[theme]
    return palette.counter, palette.missed, palette.agent, palette.unknown


def lines(
    frame: pd.DataFrame,
    axis: str,
    ticks: Mapping[str, str],
    names: Mapping[str, str],
    unit: str,
    words: Words,
    theme: str,
) -> dict:
    """A line for each scenario with its 95% band.

    Args:
        frame: side, ``axis``, mean, low, high.
        ticks: what each place on the axis is called, in order.
        names: of the scenarios, by side, in order.
    """
    traces = []
    places = list(ticks)
    for number, (side, name) in enumerate(names.items()):
        rows = frame[frame["side"] == side].set_index(axis).reindex(places)
        colour = colours(theme)[number]
        labels = [ticks[place] for place in places]
        common = {"x": labels, "type": "scatter", "legendgroup": side}
        traces += [
            {
                **common,
                "y": _numbers(rows["low"]),
                "mode": "lines",
                "line": {"width": 0},
                "hoverinfo": "skip",
                "showlegend": False,
            },
            {
                **common,
                "y": _numbers(rows["high"]),
                "mode": "lines",
                "line": {"width": 0},
                "fill": "tonexty",
                "fillcolor": _transparent(colour, BAND),
                "hoverinfo": "skip",
                "showlegend": False,
            },
            {
                **common,
                "y": _numbers(rows["mean"]),
                "mode": "lines+markers",
                "name": f"{LETTERS[number]} {name}",
                "line": {"color": colour, "width": 2.2, "dash": DASHES[number]},
                "marker": {"symbol": SYMBOLS[number], "size": 7},
                "customdata": [
                    interval(mean, low, high, unit, words)
                    for mean, low, high in zip(rows["mean"], rows["low"], rows["high"], strict=True)
                ],
                "hovertemplate": f"{LETTERS[number]}: <b>%{{customdata}}</b><extra></extra>",
            },
        ]
    return {
        "data": traces,
        "layout": base_layout(
            words,
            theme,
            hovermode="x unified",
            xaxis={
                "type": "category",
                "tickangle": 0,
                "tickvals": [ticks[place] for place in places[:: -(-len(places) // MOST_TICKS)]],
            },
            yaxis=value_axis(unit, words)
            | {"rangemode": "tozero" if unit != "share" else "normal"},
        ),
    }


def interval(
    mean: float | None, low: float | None, high: float | None, unit: str, words: Words
) -> str:
    """A mean with its interval in words."""
    shown = words.value(mean, unit)
    if low != low or low is None:
        return shown
    return f"{shown} [{words.value(low, unit)}; {words.value(high, unit)}]"


def effects(
    frame: pd.DataFrame,
    unit: str,
    words: Words,
    theme: str,
    headings: Mapping[str, str] | None = None,
) -> dict:
    """Differences with their intervals, one row each, coloured by what they mean.

    Args:
        frame: name, difference, low, high, verdict; drawn from top to bottom.
        headings: what stands above the rows of each ``by``, in order.
    """
    palette = PALETTES[theme]
    look = {
        "better": (palette.met, "circle"),
        "worse": (palette.missed, "diamond"),
        "other": (palette.counter, "square"),
        "same": (palette.unknown, "line-ns-open"),
        "unsure": (palette.unknown, "circle-open"),
        "moved": (palette.unknown, "x"),
    }
    traces = []
    for verdict, (colour, symbol) in look.items():
        rows = frame[frame["verdict"] == verdict]
        if rows.empty:
            continue
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": words(f"compare.verdict_{verdict}"),
                "x": _numbers(rows["difference"]),
                "y": rows["name"].tolist(),
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": _numbers((rows["high"] - rows["difference"]).fillna(0)),
                    "arrayminus": _numbers((rows["difference"] - rows["low"]).fillna(0)),
                    "color": colour,
                    "thickness": 1.6,
                    "width": 3,
                },
                "marker": {"color": colour, "symbol": symbol, "size": 9},
                "customdata": [
                    signed(difference, low, high, unit, words)
                    for difference, low, high in zip(
                        rows["difference"], rows["low"], rows["high"], strict=True
                    )
                ],
                "hovertemplate": "%{y}: <b>%{customdata}</b><extra></extra>",
            }
        )
    names = frame["name"].tolist()
    if headings:
        parts = [
            [f"<b>{heading}</b>", *frame.loc[frame["by"] == by, "name"]]
            for by, heading in headings.items()
        ]
        names = [name for part in parts for name in part]
    return {
        "data": traces,
        "layout": base_layout(
            words,
            theme,
            xaxis={
                "zeroline": True,
                "zerolinecolor": palette.ink_soft,
                "zerolinewidth": 1.5,
                **value_axis(unit, words, difference=True),
            },
            yaxis={
                "type": "category",
                "categoryorder": "array",
                "categoryarray": names[::-1],
                "range": [-0.5, max(FEWEST_ROWS, len(names)) - 0.5],
                "dtick": 1,
                "showgrid": True,
                "tickfont": {"size": 12},
            },
        ),
    }


def signed(difference: float, low: float, high: float, unit: str, words: Words) -> str:
    """A difference with its sign and interval; shares in percentage points."""
    shown = plain_signed(difference, unit, words)
    if low != low:
        return shown
    return f"{shown} [{plain_signed(low, unit, words)}; {plain_signed(high, unit, words)}]"


def plain_signed(value: float, unit: str, words: Words) -> str:
    """A difference with its sign; shares in percentage points. One that is small has two digits
    that count, so that it never reads as zero."""
    if value is None or value != value:
        return words.value(None, unit)
    if abs(value) < ROUNDING:
        value = 0.0
    sign = "+" if value > 0 else "−" if value < 0 else ""
    if unit == "share":
        points = abs(value) * 100
        digits = _digits(points) or 1
        return f"{sign}{words.number(points, digits)}\u00a0{words('compare.points')}"
    return sign + words.value(abs(value), unit, _digits(abs(value)))


def _digits(size: float) -> int | None:
    """Decimals that show two digits of what is below one, None for what is not."""
    return 1 - math.floor(math.log10(size)) if 0 < size < 1 else None


def difference_map(
    districts: pd.DataFrame, better: str, unit: str, label: str, words: Words, theme: str
) -> dict:
    """The districts coloured by how a KPI changes, white where nothing does, grey where the
    scenarios cannot be compared.

    Args:
        districts: id, name, difference, low, high, verdict.
    """
    palette = PALETTES[theme]
    scale = palette.diverging if better != "lower" else palette.diverging[::-1]
    if better == "neither":
        scale = palette.sequential
    moved = districts["verdict"] == "moved"
    most = districts.loc[~moved, "difference"].abs().max()
    most = float(most) if most > 0 else 1e-9
    area = _areas(districts[~moved], label, unit, words, palette.map_line) | {
        "z": _numbers(districts.loc[~moved, "difference"]),
        "zmin": -most,
        "zmax": most,
        "colorscale": [[i / (len(scale) - 1), colour] for i, colour in enumerate(scale)],
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
            "tickvals": [-most, 0, most],
            "ticktext": [plain_signed(value, unit, words) for value in (-most, 0.0, most)],
            "tickfont": {"size": 11, "color": palette.ink_soft},
            "bgcolor": "rgba(0,0,0,0)",
        },
    }
    grey = _areas(districts[moved], label, unit, words, palette.map_line) | {
        "z": [0] * int(moved.sum()),
        "colorscale": [[0, palette.unknown], [1, palette.unknown]],
        "showscale": False,
    }
    return {
        "data": [area, grey] if moved.any() else [area],
        "layout": base_layout(
            words,
            theme,
            margin={"l": 0, "r": 0, "t": 8, "b": 40},
            map=city_map(palette),
        ),
    }


def _areas(districts: pd.DataFrame, label: str, unit: str, words: Words, line: str) -> dict:
    """Districts with what is said of each."""
    return {
        "type": "choroplethmap",
        "geojson": OUTLINES,
        "featureidkey": "properties.code",
        "locations": districts["id"].tolist(),
        "text": [
            f"<b>{row.name}</b><br>{label}: "
            f"{signed(row.difference, row.low, row.high, unit, words)}<br>"
            f"{words(f'compare.verdict_{row.verdict}')}"
            for row in districts.itertuples(index=False)
        ],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"line": {"color": line, "width": 1.2}, "opacity": 0.92},
    }


def strips(
    frame: pd.DataFrame,
    names: Mapping[str, str],
    target: float | None,
    unit: str,
    words: Words,
    theme: str,
) -> dict:
    """Every replication as a point, with the box of its scenario, against the target.

    Args:
        frame: side, replication, value.
    """
    palette = PALETTES[theme]
    traces = []
    for number, (side, _) in enumerate(names.items()):
        rows = frame[frame["side"] == side]
        traces.append(
            {
                "type": "box",
                "name": LETTERS[number],
                "x": _numbers(rows["value"]),
                "y": [LETTERS[number]] * len(rows),
                "orientation": "h",
                "boxpoints": "all",
                "jitter": 0.5,
                "pointpos": 0,
                "boxmean": True,
                "marker": {
                    "color": colours(theme)[number],
                    "size": 5,
                    "symbol": SYMBOLS[number],
                    "opacity": 0.75,
                },
                "line": {"color": colours(theme)[number], "width": 1.2},
                "fillcolor": _transparent(colours(theme)[number], BAND),
                "text": [
                    words(
                        "compare.replication",
                        number=int(replication) + 1,
                        value=words.value(value, unit),
                    )
                    for replication, value in zip(rows["replication"], rows["value"], strict=True)
                ],
                "hovertemplate": "%{text}<extra></extra>",
                "hoveron": "points",
                "showlegend": False,
            }
        )
    mark = {
        "type": "line",
        "x0": target,
        "x1": target,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": palette.ink, "width": 2, "dash": "dot"},
    }
    return {
        "data": traces,
        "layout": base_layout(
            words,
            theme,
            xaxis=value_axis(unit, words),
            yaxis={"type": "category", "autorange": "reversed"},
            shapes=[] if target is None else [mark],
        ),
    }


def value_axis(unit: str, words: Words, difference: bool = False) -> dict:
    """An axis for values of a unit, which it names; shares as percentages."""
    name = words("compare.points") if difference else "%"
    return {
        "tickformat": "" if unit != "share" else ".1~%",
        "nticks": 6,
        "tickangle": 0,
        "title": {"text": name if unit == "share" else words.unit(unit)},
    }


def _numbers(values: Sequence[float]) -> list[float | None]:
    return [None if value != value else float(value) for value in values]


def _transparent(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def tornado(
    frame: pd.DataFrame, names: Mapping[str, str], unit: str, words: Words, theme: str
) -> dict:
    """What each lever does to a measure when turned down and up, the widest at the top.

    Args:
        frame: path, side (lower, higher), difference, low, high, shown (the change in words).
        names: what the levers are called, by path.
    """
    palette = PALETTES[theme]
    look = {"lower": (palette.online, "/"), "higher": (palette.counter, "")}
    traces = []
    for side, (colour, pattern) in look.items():
        rows = frame[frame["side"] == side]
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": words(f"sensitivity.{side}"),
                "x": _numbers(rows["difference"]),
                "y": [names[path] for path in rows["path"]],
                "width": 0.6,
                "marker": {"color": colour, "pattern": {"shape": pattern}},
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": _numbers((rows["high"] - rows["difference"]).fillna(0)),
                    "arrayminus": _numbers((rows["difference"] - rows["low"]).fillna(0)),
                    "color": palette.ink,
                    "thickness": 1.2,
                    "width": 3,
                },
                "customdata": [
                    [shown, signed(difference, low, high, unit, words)]
                    for shown, difference, low, high in zip(
                        rows["shown"], rows["difference"], rows["low"], rows["high"], strict=True
                    )
                ],
                "hovertemplate": "%{customdata[0]}<br><b>%{customdata[1]}</b><extra></extra>",
            }
        )
    order = [names[path] for path in dict.fromkeys(frame["path"])]
    return {
        "data": traces,
        "layout": base_layout(
            words,
            theme,
            barmode="overlay",
            xaxis={
                "zeroline": True,
                "zerolinecolor": palette.ink_soft,
                "zerolinewidth": 1.5,
                **value_axis(unit, words, difference=True),
            },
            yaxis={
                "type": "category",
                "categoryorder": "array",
                "categoryarray": order[::-1],
                "range": [-0.5, max(FEWEST_ROWS, len(order)) - 0.5],
                "dtick": 1,
            },
        ),
    }


def network_map(sites: Sequence[Site], chosen: str, words: Words, theme: str) -> dict:
    """Every site of a scenario's network, told apart by kind and by what the scenario does.

    Every point has the id of its site as ``customdata``.
    """
    palette = PALETTES[theme]
    look = {
        "base": (palette.ink_soft, 0.75),
        "changed": (palette.near, 1),
        "new": (palette.met, 1),
        "removed": (palette.missed, 0.8),
    }
    sizes = {"branch": 11, "reception_point": 7, "one_stop": 5}
    outline = {
        "type": "choroplethmap",
        "geojson": OUTLINES,
        "featureidkey": "properties.code",
        "locations": sorted({site.district for site in sites}),
        "z": [0] * len({site.district for site in sites}),
        "showscale": False,
        "colorscale": [[0, palette.surface], [1, palette.surface]],
        "marker": {"line": {"color": palette.line, "width": 1.2}, "opacity": 0.9},
        "hoverinfo": "skip",
    }
    layers: list[dict] = [outline]
    for state, (colour, opacity) in look.items():
        own = [site for site in sites if site.state == state]
        if not own:
            continue
        grown = 1 if state == "base" else 1.35
        layers.append(
            {
                "type": "scattermap",
                "mode": "markers",
                "name": f"{words(f'network.state_{state}')} ({words.number(len(own))})",
                "lat": [site.lat for site in own],
                "lon": [site.lon for site in own],
                "customdata": [site.id for site in own],
                "text": [
                    f"<b>{site.name}</b><br>{site.id} · {words(f'code.{site.kind}')} · "
                    f"{words(f'network.state_{state}')}"
                    for site in own
                ],
                "hovertemplate": "%{text}<extra></extra>",
                "marker": {
                    "size": [sizes.get(site.kind, 7) * grown for site in own],
                    "color": colour,
                    "opacity": opacity,
                },
            }
        )
    here = [site for site in sites if site.id == chosen]
    if here:
        layers.append(
            {
                "type": "scattermap",
                "mode": "markers",
                "lat": [here[0].lat],
                "lon": [here[0].lon],
                "customdata": [here[0].id],
                "marker": {"size": 22, "color": palette.ink, "opacity": 0.28},
                "hoverinfo": "skip",
                "showlegend": False,
            }
        )
    return {
        "data": layers,
        "layout": base_layout(
            words,
            theme,
            margin={"l": 0, "r": 0, "t": 26, "b": 0},
            showlegend=True,
            legend={"x": 0, "y": 1, "yanchor": "bottom", "font": {"size": 11}},
            dragmode="pan",
            map=city_map(palette),
        ),
    }
