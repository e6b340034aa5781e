"""Figures of the operations page's sections, from frames to what plotly's JSON is."""

import pandas as pd

from dashboard.access_figures import ground
from dashboard.figures import ABOVE_BAR, base_layout, whole_steps, wrapped
from dashboard.operations import LONGEST_SHOWN, Compared, Times, relative
from dashboard.text import Words
from dashboard.theme import PALETTES

WEEKDAYS = 7
MOST_UNITS = 12
LEAST_CHANGE = 0.01  # a smaller one can be chance: one run cannot tell
BUBBLE = 26  # pixels, diameter of the site at which people waited most
LEAST_BUBBLE = 5
ROOM_AROUND = 0.03  # degrees around the sites of a district
STEP_LETTERS = 16  # of a step's name between two columns of the flow
NAME_LETTERS = 36  # of a name that a phone has room for beside its number


def scale(palette, first: int = 0) -> list:
    """Little to much, as plotly wants it; a map begins later, so that a point is told from the
    ground."""
    colours = palette.sequential[first:]
    return [[i / (len(colours) - 1), colour] for i, colour in enumerate(colours)]


def sites_map(sites: pd.DataFrame, words: Words, theme: str) -> dict:
    """Sites as circles: area by hours waited, colour by the wait that 90% do not exceed."""
    palette = PALETTES[theme]
    placed = sites[sites["lat"].notna() & sites["lon"].notna() & (sites["kind"] != "online")]
    hours = placed["waited_hours"]
    most = max(float(hours.max()) if len(hours) else 0.0, 1e-9)
    sizes = LEAST_BUBBLE + (BUBBLE - LEAST_BUBBLE) * (hours / most) ** 0.5
    waits = placed["wait_p90"]
    text = [
        words(
            "operations.site_told",
            site=row[f"name_{words.lang}"],
            hours=words.number(row["waited_hours"]),
            wait=words.value(row["wait_p90"], "minute"),
            visits=words.number(row["visits"]),
        )
        for row in placed.to_dict("records")
    ]
    return {
        "data": [
            {
                "type": "scattermap",
                "mode": "markers",
                "lat": placed["lat"].tolist(),
                "lon": placed["lon"].tolist(),
                "text": text,
                "hovertemplate": "%{text}<extra></extra>",
                "marker": {
                    "size": sizes.tolist(),
                    "color": waits.fillna(0.0).tolist(),
                    "cmin": 0,
                    "cmax": max([1.0, *waits.dropna().tolist()]),
                    "colorscale": scale(palette, 1),
                    "opacity": 0.9,
                    "showscale": True,
                    "colorbar": {
                        "orientation": "h",
                        "thickness": 8,
                        "len": 0.8,
                        "y": 0,
                        "yanchor": "top",
                        "outlinewidth": 0,
                        "title": {"text": words("operations.map_scale"), "side": "top"},
                    },
                },
            }
        ],
        "layout": base_layout(
            words,
            theme,
            margin={"l": 0, "r": 0, "t": 0, "b": 60},
            showlegend=False,
            **_around(placed, palette),
        ),
    }


def _around(sites: pd.DataFrame, palette) -> dict:
    """The map of the city, or of the district that all the sites are in (``assets/centre.js``
    sets the zoom)."""
    if sites["district"].nunique() != 1:
        return {"map": ground(palette)}
    west, east = sites["lon"].min() - ROOM_AROUND, sites["lon"].max() + ROOM_AROUND
    south, north = sites["lat"].min() - ROOM_AROUND, sites["lat"].max() + ROOM_AROUND
    middle = {"lat": float(south + north) / 2, "lon": float(west + east) / 2}
    box = {"west": west, "east": east, "south": south, "north": north}
    return {
        "map": {**ground(palette), "center": middle, "uirevision": str(middle)},
        "meta": {"box": {side: float(degrees) for side, degrees in box.items()}},
    }


def week_map(week: pd.DataFrame, measure: str, unit: str, words: Words, theme: str) -> dict:
    """Hour × weekday, darker where ``measure`` is larger; its values stand in the cells."""
    palette = PALETTES[theme]
    shown = week.dropna(subset=[measure])
    hours = sorted(set(shown["hour"].tolist()))
    values = {(row["weekday"], row["hour"]): row[measure] for row in shown.to_dict("records")}
    days = sorted(set(shown["weekday"].tolist()))
    grid = [[values.get((day, hour)) for hour in hours] for day in days]
    digits = 0
    names = [words(f"weekday_short.{day}") for day in days]
    clock = [f"{hour}–{hour + 1}" for hour in hours]
    return {
        "data": [
            {
                "type": "heatmap",
                "x": clock,
                "y": names,
                "z": grid,
                "colorscale": scale(palette),
                "xgap": 2,
                "ygap": 2,
                "text": [
                    ["" if v is None else _cell(v, unit, digits, words) for v in row]
                    for row in grid
                ],
                "texttemplate": "%{text}",
                "textfont": {"size": 11},
                "customdata": [
                    ["" if v is None else words.value(v, unit) for v in row] for row in grid
                ],
                "hovertemplate": "%{y}, %{x}: <b>%{customdata}</b><extra></extra>",
                "hoverongaps": False,
                "showscale": False,
            }
        ],
        "layout": base_layout(
            words,
            theme,
            margin={"l": 44, "r": 8, "t": 8, "b": 44},
            xaxis={
                "type": "category",
                "title": {"text": words("operations.axis_hour")},
                "showgrid": False,
                "autotickangles": [0, 90],
            },
            yaxis={"type": "category", "autorange": "reversed", "showgrid": False},
        ),
    }


def _cell(value: float, unit: str, digits: int, words: Words) -> str:
    return words.share(value, 0) if unit == "share" else words.number(value, digits)


def distribution(times: Times, name: str, words: Words, theme: str) -> dict:
    """People by minutes, with the limit as a line; beyond it the bars have another colour."""
    palette, frame = PALETTES[theme], times.frame
    within = frame["to_min"] <= times.limit
    labels = [words(f"operations.bin_{kind}", **told) for kind, told in bins(frame, words)]
    counts = frame[name].tolist()
    return {
        "data": [
            {
                "type": "bar",
                "x": list(range(len(frame))),
                "y": counts,
                "marker": {"color": [palette.met if w else palette.missed for w in within]},
                "customdata": [
                    [label, words.number(c)] for label, c in zip(labels, counts, strict=True)
                ],
                "hovertemplate": "%{customdata[0]}: <b>%{customdata[1]}</b><extra></extra>",
                "showlegend": False,
            }
        ],
        "layout": base_layout(
            words,
            theme,
            bargap=0.08,
            margin={"l": 56, "r": 12, "t": 26, "b": 44},
            xaxis={
                "tickvals": [0, *range(15, LONGEST_SHOWN, 15), LONGEST_SHOWN + 1],
                "ticktext": ["0", *map(str, range(15, LONGEST_SHOWN, 15)), f">{LONGEST_SHOWN}"],
                "title": {"text": words("operations.axis_minutes")},
                "tickangle": 0,
            },
            yaxis={
                "title": {"text": words(f"operations.axis_{name}")},
                "tickformat": ",d",
                "rangemode": "tozero",
            },
            shapes=[
                {
                    "type": "line",
                    "x0": times.limit + 0.5,
                    "x1": times.limit + 0.5,
                    "y0": 0,
                    "y1": 1,
                    "yref": "paper",
                    "line": {"color": palette.ink, "width": 2, "dash": "dot"},
                }
            ],
            annotations=[
                {
                    "x": times.limit + 0.5,
                    "y": 1,
                    "yref": "paper",
                    "xanchor": "left",
                    "yanchor": "bottom",
                    "showarrow": False,
                    "text": words("operations.limit", limit=words.number(times.limit)),
                }
            ],
        ),
    }


def bins(frame: pd.DataFrame, words: Words) -> list[tuple[str, dict]]:
    """What each bin of ``Times.frame`` is called: key and its words."""
    found = []
    for since, until in zip(frame["from_min"], frame["to_min"], strict=True):
        kind = "none" if until == 0 else "over" if until != until else "some"
        found.append((kind, {"since": words.number(since), "until": words.number(until)}))
    return found


def backlog(units: pd.DataFrame, words: Words, theme: str) -> dict:
    """The units with the largest backlog."""
    palette = PALETTES[theme]
    shown = units.head(MOST_UNITS)
    names = shown[f"name_{words.lang}"].tolist()
    rows = list(range(len(shown)))
    most = max([1, *shown["backlog"].tolist()])
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "y": rows,
                "x": shown["backlog"].tolist(),
                "width": 0.4,
                "offset": 0.0,
                "marker": {"color": palette.counter},
                "customdata": [
                    words(
                        "operations.unit_told",
                        unit=name,
                        backlog=words.number(b),
                        days=words.number(d, 1),
                    )
                    for name, b, d in zip(names, shown["backlog"], shown["days"], strict=True)
                ],
                "hovertemplate": "%{customdata}<extra></extra>",
                "showlegend": False,
            }
        ],
        "layout": base_layout(
            words,
            theme,
            margin={"l": 14, "r": 22, "t": 8, "b": 30},
            xaxis={"range": [0, most], **whole_steps(most), "fixedrange": True},
            yaxis={
                "range": [max(len(shown), 4) - 0.5, -0.5],
                "showgrid": False,
                "showticklabels": False,
                "fixedrange": True,
            },
            annotations=[
                *(
                    {**ABOVE_BAR, "x": 0, "y": y, "text": wrapped(name, NAME_LETTERS)}
                    for y, name in enumerate(names)
                ),
                *(
                    {
                        **ABOVE_BAR,
                        "x": most,
                        "y": y,
                        "xanchor": "right",
                        "text": f"<b>{words.number(b)}</b>",
                    }
                    for y, b in enumerate(shown["backlog"].tolist())
                ),
            ],
        ),
    }


def sankey(flows: pd.DataFrame, words: Words, theme: str) -> dict:
    """The steps as boxes and the dossiers that went from one to the next as bands."""
    palette = PALETTES[theme]
    steps = list(dict.fromkeys([*flows["source"], *flows["target"]]))
    bad, good = ("late", "gave_up"), ("on_time", "returned")
    colours = [
        palette.missed if s in bad else palette.met if s in good else palette.counter for s in steps
    ]
    numbers = dict.fromkeys(steps, 0)
    for step in steps:
        come = flows["dossiers"][flows["target"] == step].sum()
        left = flows["dossiers"][flows["source"] == step].sum()
        numbers[step] = int(max(come, left))
    return {
        "data": [
            {
                "type": "sankey",
                "orientation": "h",
                "arrangement": "snap",
                "node": {
                    "label": [
                        f"{wrapped(words(f'flow.{s}'), STEP_LETTERS)}<br>{words.number(numbers[s])}"
                        for s in steps
                    ],
                    "customdata": [
                        f"{words(f'flow.{s}')}: {words.number(numbers[s])}" for s in steps
                    ],
                    "color": colours,
                    "pad": 46,
                    "thickness": 14,
                    "line": {"width": 0},
                    "hovertemplate": "%{customdata}<extra></extra>",
                },
                "textfont": {"size": 11},
                "link": {
                    "source": [steps.index(s) for s in flows["source"]],
                    "target": [steps.index(t) for t in flows["target"]],
                    "value": flows["dossiers"].tolist(),
                    "customdata": [
                        words(
                            "operations.flow_told",
                            source=words(f"flow.{s}"),
                            target=words(f"flow.{t}"),
                            number=words.number(n),
                        )
                        for s, t, n in flows.itertuples(index=False)
                    ],
                    "hovertemplate": "%{customdata}<extra></extra>",
                    "color": palette.line,
                },
            }
        ],
        "layout": base_layout(words, theme, margin={"l": 8, "r": 8, "t": 8, "b": 28}),
    }


def changes(data: Compared, words: Words, theme: str, names: list[str]) -> dict:
    """How far each measure moved, as a share of what it was; better and worse in two colours.

    Args:
        names: of the measures, in their order.
    """
    palette = PALETTES[theme]
    moved = [relative(now.value, then.value) for now, then in data.pairs]
    known = [i for i, share in enumerate(moved) if share is not None]
    judged = {"better": palette.met, "worse": palette.missed}
    shown = [moved[i] for i in known]
    most = max([0.01, *map(abs, shown)])
    rows = list(range(len(known)))
    ticks = [-most, -most / 2, 0.0, most / 2, most]
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "y": rows,
                "x": shown,
                "width": 0.4,
                "offset": 0.0,
                "marker": {
                    "color": [judged.get(direction(*data.pairs[i]), palette.unknown) for i in known]
                },
                "customdata": [[names[i], words.signed_share(moved[i])] for i in known],
                "hovertemplate": "%{customdata[0]}: <b>%{customdata[1]}</b><extra></extra>",
                "showlegend": False,
            }
        ],
        "layout": base_layout(
            words,
            theme,
            margin={"l": 14, "r": 14, "t": 8, "b": 30},
            xaxis={
                "range": [-1.05 * most, 1.05 * most],
                "tickvals": ticks,
                "ticktext": [words.signed_share(tick) for tick in ticks],
                "tickangle": 0,
                "fixedrange": True,
            },
            yaxis={
                "range": [max(len(known), 4) - 0.5, -0.5],
                "showgrid": False,
                "showticklabels": False,
                "fixedrange": True,
            },
            annotations=[
                {
                    **ABOVE_BAR,
                    "x": 0,
                    "xref": "paper",
                    "y": row,
                    "text": words(
                        "operations.change_label",
                        name=wrapped(names[i], NAME_LETTERS),
                        change=words.signed_share(moved[i]),
                        word=words(f"operations.is_{direction(*data.pairs[i])}"),
                    ),
                }
                for row, i in enumerate(known)
            ],
        ),
    }


def direction(now, then) -> str:
    """Whether a measure became better or worse from the second period to the first, stayed about
    the same, or neither can be said."""
    if now.value is None or then.value is None or now.better not in ("higher", "lower"):
        return "neither"
    change = relative(now.value, then.value)
    if now.value == then.value or (change is not None and abs(change) < LEAST_CHANGE):
        return "same"
    return "better" if (now.value > then.value) == (now.better == "higher") else "worse"
