"""Colours and the plotly template of the light and the dark theme.

The same colours stand in ``assets/centre.css`` as variables; a test compares the two. They are
told apart by people with any of the common colour-vision deficiencies: met is blue, missed is
orange, and an icon and a word always go with them.
"""

from dataclasses import dataclass
from functools import cache

FONT = "Be Vietnam Pro, system-ui, Segoe UI, Roboto, sans-serif"


@dataclass(frozen=True)
class Palette:
    """Colours of one theme, as CSS writes them."""

    surface: str
    ink: str
    ink_soft: str
    line: str
    met: str
    near: str
    missed: str
    unknown: str
    counter: str
    online: str
    agent: str
    post: str
    map_ground: str
    map_line: str
    # worse than the target … at the target … better than the target
    diverging: tuple[str, ...]
    # little … much, for what has no target
    sequential: tuple[str, ...]


PALETTES = {
    "light": Palette(
        surface="#ffffff",
        ink="#17212e",
        ink_soft="#4a586a",
        line="#d4dbe4",
        met="#0a5ea8",
        near="#7a5b00",
        missed="#b04500",
        unknown="#5c6776",
        counter="#1d3f72",
        online="#3f93d2",
        agent="#0c8a72",
        post="#8a93a0",
        map_ground="#eef2f6",
        map_line="#ffffff",
        diverging=("#a63f00", "#e8833a", "#f7d3b3", "#eceff2", "#b9d7ee", "#4a94d0", "#0a5ea8"),
        sequential=("#e6eff8", "#a9cbe8", "#5d9dd2", "#2268a8", "#0d3c6e"),
    ),
    "dark": Palette(
        surface="#17212d",
        ink="#eef2f7",
        ink_soft="#b3c0cf",
        line="#34424f",
        met="#6fb7f5",
        near="#e3c15a",
        missed="#ff9d57",
        unknown="#a7b3c1",
        counter="#8fb0e0",
        online="#3f93d2",
        agent="#43c3a6",
        post="#8d98a6",
        map_ground="#101820",
        map_line="#17212d",
        diverging=("#ff9d57", "#c8692c", "#6e4a33", "#3b4653", "#33577a", "#4088c2", "#7cc0fa"),
        sequential=("#22384d", "#2f5c86", "#3f83bd", "#6fb0e6", "#b5dafa"),
    ),
}


@cache
def template(theme: str) -> dict:
    """Layout defaults shared by every figure of a theme."""
    p = PALETTES[theme]
    axis = {
        "gridcolor": p.line,
        "linecolor": p.line,
        "zeroline": False,
        "tickfont": {"color": p.ink_soft, "size": 12},
        "ticklabelstandoff": 4,
        "automargin": True,
        "title": {"font": {"color": p.ink_soft, "size": 12}},
    }
    return {
        "layout": {
            "font": {"family": FONT, "size": 13, "color": p.ink},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "hoverlabel": {
                "bgcolor": p.surface,
                "bordercolor": p.line,
                "font": {"family": FONT, "color": p.ink, "size": 13},
            },
            "legend": {
                "orientation": "h",
                "x": 0,
                "y": 1.02,
                "yanchor": "bottom",
                "font": {"color": p.ink},
            },
            "xaxis": {**axis, "showgrid": False},
            "yaxis": axis,
            "colorway": [p.counter, p.online, p.agent, p.post],
            "dragmode": False,
        }
    }
