"""Figures of the access page: communes by distance, reach by mode and hour, catchments."""

import math
from datetime import date, timedelta

import pandas as pd

from dashboard.access import IN_TIME, NEAR, OUTSIDE
from dashboard.figures import OUTLINES, base_layout, city_map, month_axis
from dashboard.text import Words
from dashboard.theme import PALETTES

LARGEST_COMMUNE = 15  # pixels across, for the commune with most people
LARGEST_SITE = 26  # pixels across, for the site with most visits
SMALLEST = 4
RING = 4  # pixels that the ring of a commune outside is wider
EVENLY_READ = 0.179  # luminance on which black and white are read equally well
PEAK, OFF_PEAK = "peak", "off_peak"


def ground(palette) -> dict:
    """The empty map with the outlines of the districts below everything."""
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
    return {**city_map(palette), "layers": [areas, outlines]}


def band_colour(band: str, palette) -> str:
    """Colour of a commune by how far its nearest site is."""
    return {NEAR: palette.met, IN_TIME: palette.near, OUTSIDE: palette.missed}[band]


def communes_map(
    communes: pd.DataFrame, sites: pd.DataFrame, bands: dict[str, str], words: Words, theme: str
) -> dict:
    """The communes as points as large as their population, by how far the nearest site is.

    A commune outside also has a dark ring, for those who do not tell the colours apart.

    Args:
        communes: see ``Access.communes``.
        sites: see ``Access.nearest``.
        bands: name of each band in the legend.
    """
    palette = PALETTES[theme]
    most = communes["population"].max() if len(communes) else 1
    columns = {
        "lat": communes["lat"].round(5).tolist(),
        "lon": communes["lon"].round(5).tolist(),
        "customdata": communes["code"].tolist(),
        "text": _told(communes, words),
        "size": [_across(p, most, LARGEST_COMMUNE) for p in communes["population"].tolist()],
    }
    of_band = communes["band"].tolist()
    placed = communes["lat"].notna().tolist()
    layers = []
    for band in (NEAR, IN_TIME, OUTSIDE):
        rows = [i for i, own in enumerate(of_band) if own == band and placed[i]]
        own = {name: [values[i] for i in rows] for name, values in columns.items()}
        sizes = own.pop("size")
        points = {"type": "scattermap", "mode": "markers", "lat": own["lat"], "lon": own["lon"]}
        if band == OUTSIDE and rows:
            ring = {"size": [size + RING for size in sizes], "color": palette.ink, "opacity": 1}
            layers.append({**points, "marker": ring, "hoverinfo": "skip", "showlegend": False})
        layers.append(
            {
                **points,
                **own,
                "name": bands[band],
                "hovertemplate": "%{text}<extra></extra>",
                "marker": {
                    "size": sizes,
                    "color": band_colour(band, palette),
                    "opacity": 0.55 if band == NEAR else 0.95,
                },
            }
        )
    layers.append(
        {
            "type": "scattermap",
            "mode": "markers",
            "name": words("access.legend_sites"),
            "lat": sites["lat"].tolist(),
            "lon": sites["lon"].tolist(),
            "text": [f"<b>{name}</b>" for name in sites[f"name_{words.lang}"]],
            "hovertemplate": "%{text}<extra></extra>",
            "marker": {"size": 3.5, "color": palette.ink, "opacity": 0.9},
        }
    )
    return _map(layers, words, theme, palette)


def _told(communes: pd.DataFrame, words: Words) -> list[str]:
    """What hovering over each commune says."""
    names = ("commune", "district", "people", "site", "distance", "minutes")
    form = words("access.told_commune", **{name: f"{{{name}}}" for name in names})
    return [
        form.format(
            commune=commune,
            district=district,
            people=words.number(people),
            site=site or "–",
            distance=words.value(km, "km", 1),
            minutes=words.value(minutes, "minute", 0),
        )
        for commune, district, people, site, km, minutes in zip(
            *(
                communes[name].tolist()
                for name in (
                    "name",
                    "district",
                    "population",
                    f"site_{words.lang}",
                    "distance_km",
                    "minutes",
                )
            ),
            strict=True,
        )
    ]


def _across(value: float, most: float, largest: float) -> float:
    """Pixels across of a point whose area goes with a value."""
    return round(max(SMALLEST, largest * math.sqrt(max(value, 0) / max(most, 1))), 1)


def _map(layers: list, words: Words, theme: str, palette) -> dict:
    return {
        "data": layers,
        "layout": base_layout(
            words,
            theme,
            margin={"l": 0, "r": 0, "t": 26, "b": 0},
            showlegend=True,
            legend={
                "x": 0,
                "y": 1,
                "yanchor": "bottom",
                "font": {"size": 11},
                "itemsizing": "constant",
            },
            map=ground(palette),
        ),
    }


def sites_map(sites: pd.DataFrame, communes: pd.DataFrame, words: Words, theme: str) -> dict:
    """Every site as large as its visits and darker the busier its counters, with lines from the
    communes whose nearest site it is.

    Args:
        sites, communes: see ``Catchments``.
    """
    palette = PALETTES[theme]
    places = communes[["lat", "lon", "site_lat", "site_lon"]].dropna().to_numpy().round(5).tolist()
    lat = [x for row in places for x in (row[0], row[2], None)]
    lon = [x for row in places for x in (row[1], row[3], None)]
    most = sites["visits"].max() if len(sites) else 1
    shown = sites[::-1]  # the busiest on top
    used = [None if u != u else u for u in shown["utilisation"].tolist()]
    known = [u for u in used if u is not None]
    ends = [min(known, default=0.0), max(known, default=1.0)]
    scale = [[i / 4, colour] for i, colour in enumerate(palette.sequential)]
    lines = {
        "type": "scattermap",
        "mode": "lines",
        "name": words("access.legend_lines"),
        "lat": lat,
        "lon": lon,
        "hoverinfo": "skip",
        "line": {"width": 1, "color": palette.unknown},
        "opacity": 0.7,
    }
    points = {
        "type": "scattermap",
        "mode": "markers",
        "name": words("access.legend_visits"),
        "lat": shown["lat"].tolist(),
        "lon": shown["lon"].tolist(),
        "customdata": shown["id"].tolist(),
        "text": _sites_told(shown, words),
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {
            "size": [_across(visits, most, LARGEST_SITE) for visits in shown["visits"].tolist()],
            "color": used,
            "colorscale": scale,
            "cmin": ends[0],
            "cmax": ends[1],
            "opacity": 0.95,
            "showscale": ends[0] < ends[1],
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
                "tickvals": ends,
                "ticktext": [words.share(end, 0) for end in ends],
                "tickfont": {"size": 11, "color": palette.ink_soft},
                "bgcolor": "rgba(0,0,0,0)",
            },
        },
    }
    rim = {
        **points,
        "marker": {
            "size": [size + 2 for size in points["marker"]["size"]],
            "color": palette.ink_soft,
            "opacity": 1,
        },
        "hoverinfo": "skip",
        "hovertemplate": None,
        "text": None,
        "showlegend": False,
    }
    figure = _map([lines, rim, points], words, theme, palette)
    figure["layout"]["margin"] = {"l": 0, "r": 0, "t": 26, "b": 40}
    return figure


def _sites_told(sites: pd.DataFrame, words: Words) -> list[str]:
    """What hovering over each site says."""
    columns = (f"name_{words.lang}", "people", "visits", "utilisation")
    return [
        words(
            "access.told_site",
            site=name,
            people=words.number(people),
            visits=words.number(visits),
            used=words.share(used, 0),
        )
        for name, people, visits, used in zip(
            *(sites[column].tolist() for column in columns), strict=True
        )
    ]


def by_way(ways: pd.DataFrame, chosen: str, words: Words, theme: str) -> dict:
    """Share of the people less than 30 minutes away by mode, at peak hours and off-peak, with the
    share within 5 km, which no mode changes, as a line.

    Args:
        ways: see ``Access.ways``.
        chosen: the way that the rest of the page shows; its bar is outlined.
    """
    palette = PALETTES[theme]
    near = float(ways["share_near"].iloc[0])
    modes = list(dict.fromkeys(ways["mode"]))
    bars = []
    for period, colour in ((PEAK, palette.counter), (OFF_PEAK, palette.online)):
        own = ways[ways["period"] == period].set_index("mode").reindex(modes)
        shares = own["share_in_time"].tolist()
        bars.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": words(f"code.{period}"),
                "y": [words(f"access.mode_{mode}") for mode in modes],
                "x": shares,
                "text": [words.share(share) for share in shares],
                "textposition": "auto",
                "insidetextanchor": "end",
                "textangle": 0,
                "insidetextfont": {"color": ink_on(colour)},
                "cliponaxis": False,
                "customdata": [words.number(people) for people in own["people_in_time"].tolist()],
                "hovertemplate": words("access.told_way") + "<extra></extra>",
                "marker": {
                    "color": colour,
                    "line": {
                        "color": palette.ink,
                        "width": [2 if f"{mode}_{period}" == chosen else 0 for mode in modes],
                    },
                },
            }
        )
    return {
        "data": bars,
        "layout": base_layout(
            words,
            theme,
            barmode="group",
            bargap=0.28,
            bargroupgap=0.06,
            margin={"l": 8, "r": 26, "t": 30, "b": 44},
            xaxis=_shares_axis([0, 1], words),
            yaxis={"autorange": "reversed", "showgrid": False, "fixedrange": True},
            legend={"traceorder": "normal"},
            shapes=[
                {
                    "type": "line",
                    "x0": near,
                    "x1": near,
                    "yref": "paper",
                    "y0": 0,
                    "y1": 1,
                    "line": {"color": palette.ink, "width": 2, "dash": "dot"},
                }
            ],
            annotations=[
                {
                    "x": 1,
                    "xref": "paper",
                    "xanchor": "right",
                    "y": 0,
                    "yref": "paper",
                    "yanchor": "top",
                    "yshift": -22,
                    "text": words("access.near_line", share=words.share(near)),
                    "showarrow": False,
                    "font": {"size": 12, "color": palette.ink_soft},
                }
            ],
        ),
    }


def ink_on(colour: str) -> str:
    """Black or white, whichever is easier to read on a colour (relative luminance of WCAG)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if light > EVENLY_READ else "#ffffff"


def _shares_axis(ends: list[float], words: Words) -> dict:
    low, high = ends
    ticks = [low + (high - low) * i / 4 for i in range(5)]
    return {
        "range": ends,
        "tickvals": ticks,
        "ticktext": [words.share(tick, 0) for tick in ticks],
        "tickangle": 0,
        "fixedrange": True,
    }


def over_time(
    steps: pd.DataFrame, phases: pd.DataFrame, end: date, words: Words, theme: str
) -> dict:
    """Reach from day to day: it changes only when sites open or close.

    Args:
        steps: see ``Access.steps``.
        phases: see ``Access.phases``.
        end: day after the run's last.
    """
    palette = PALETTES[theme]
    days = [*steps["from"].tolist(), end]
    lines = []
    for name, colour, dash in (
        ("near_or_in_time", palette.met, "solid"),
        ("in_time", palette.agent, "dash"),
        ("near", palette.missed, "dot"),
    ):
        shares = steps[f"share_{name}"].tolist()
        lines.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": words(f"access.reach_{name}"),
                "x": days,
                "y": [*shares, shares[-1]],
                "customdata": [words.share(share, 2) for share in (*shares, shares[-1])],
                "hovertemplate": "%{customdata}",
                "line": {"shape": "hv", "color": colour, "width": 2.5, "dash": dash},
                "marker": {"size": 6},
            }
        )
    lowest = min(steps[f"share_{name}"].min() for name in ("near", "in_time"))
    low = max(0.0, math.floor(lowest * 20 - 0.5) / 20)
    starts = [phases["last"].iloc[i - 1] + timedelta(days=1) for i in range(1, len(phases))]
    return {
        "data": lines,
        "layout": base_layout(
            words,
            theme,
            margin={"l": 8, "r": 14, "t": 56, "b": 30},
            hovermode="x unified",
            xaxis={"hoverformat": "%d/%m/%Y", **month_axis(days[0], end)},
            yaxis={**_shares_axis([low, 1 + (1 - low) * 0.04], words), **_up_to_all(low, words)},
            shapes=[
                {
                    "type": "line",
                    "x0": start,
                    "x1": start,
                    "yref": "paper",
                    "y0": 0,
                    "y1": 1,
                    "line": {"color": palette.ink_soft, "width": 1, "dash": "dot"},
                }
                for start in starts
            ],
        ),
    }


def _up_to_all(low: float, words: Words) -> dict:
    ticks = [low + (1 - low) * i / 4 for i in range(5)]
    return {
        "tickvals": ticks,
        "ticktext": [words.share(t, 0 if (t * 100).is_integer() else 1) for t in ticks],
    }
