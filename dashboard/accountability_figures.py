"""Figures of the accountability page, from frames."""

import pandas as pd

from dashboard.figures import base_layout
from dashboard.text import Words
from dashboard.theme import PALETTES


def by_unit(units: pd.DataFrame, words: Words, theme: str) -> dict:
    """Overdue and soon due dossiers of the units most in need.

    Args:
        units: name, overdue, due_soon; the first row on top.
    """
    palette = PALETTES[theme]
    rows = units.iloc[::-1]
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "name": words(f"accountability.list_{name}"),
            "y": rows["name"].tolist(),
            "x": rows[name].tolist(),
            "text": [words.number(v) if v else "" for v in rows[name].tolist()],
            "textposition": "auto",
            "textangle": 0,
            "insidetextfont": {"color": ink},
            "marker": {"color": colour, "pattern": {"shape": shape, "solidity": 0.25}},
            "hovertemplate": f"%{{y}}<br>{words(f'accountability.list_{name}')}: "
            "%{text}<extra></extra>",
        }
        for name, colour, shape, ink in (
            ("overdue", palette.missed, "", palette.surface),
            ("due_soon", palette.near, "/", palette.ink),
        )
    ]
    layout = base_layout(
        words,
        theme,
        barmode="stack",
        yaxis={"automargin": True, "ticks": ""},
        xaxis={"showgrid": True, "rangemode": "tozero", "tickformat": ",d"},
    )
    return {"data": bars, "layout": layout}
