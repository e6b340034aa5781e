"""Figures of the accountability page, from frames."""

import pandas as pd

from dashboard.figures import ABOVE_BAR, FEWEST_ROWS, base_layout, whole_steps, wrapped
from dashboard.operations_figures import NAME_LETTERS
from dashboard.text import Words
from dashboard.theme import PALETTES

KINDS = ("overdue", "due_soon")
BAR = 0.26  # of a row; the name and the numbers stand above it


def by_unit(units: pd.DataFrame, words: Words, theme: str) -> dict:
    """Overdue and soon due dossiers of the units most in need.

    Args:
        units: name, overdue, due_soon; the first row on top.
    """
    palette = PALETTES[theme]
    places = list(range(len(units)))
    names = units["name"].tolist()
    numbers = {kind: [words.number(v) for v in units[kind].tolist()] for kind in KINDS}
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "name": words(f"accountability.list_{kind}"),
            "y": places,
            "x": units[kind].tolist(),
            "width": BAR,
            "offset": 0.0,
            "customdata": [list(pair) for pair in zip(names, numbers[kind], strict=True)],
            "marker": {"color": colour, "pattern": {"shape": shape, "solidity": 0.25}},
            "hovertemplate": f"%{{customdata[0]}}<br>{words(f'accountability.list_{kind}')}: "
            "%{customdata[1]}<extra></extra>",
        }
        for kind, colour, shape in zip(
            KINDS, (palette.missed, palette.near), ("", "/"), strict=True
        )
    ]
    most = max(units[list(KINDS)].sum(axis=1).tolist(), default=1)
    layout = base_layout(
        words,
        theme,
        barmode="stack",
        margin={"l": 14, "r": 22, "t": 30, "b": 30},
        yaxis={
            "range": [max(len(units), FEWEST_ROWS) - 0.5, -0.7],
            "showgrid": False,
            "showticklabels": False,
        },
        xaxis={"showgrid": True, "rangemode": "tozero", **whole_steps(most)},
        annotations=[
            {
                **ABOVE_BAR,
                "xref": "paper",
                "x": 0,
                "y": place,
                "text": words(
                    "accountability.unit_counts",
                    unit=wrapped(name, NAME_LETTERS),
                    overdue=numbers["overdue"][place],
                    due_soon=numbers["due_soon"][place],
                ),
            }
            for place, name in enumerate(names)
        ],
    )
    return {"data": bars, "layout": layout}
