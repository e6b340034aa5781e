"""Colours: the same in plotly and CSS, readable, and told apart without seeing red and green."""

import re
from itertools import combinations
from pathlib import Path

import dash.dcc
import pytest

from dashboard.theme import PALETTES

CSS = (Path(__file__).resolve().parents[2] / "assets" / "centre.css").read_text("utf-8")
SHARED = ("surface", "ink", "ink_soft", "line", "met", "near", "missed")
READABLE = 4.5  # WCAG 2.2, 1.4.3: contrast of text
VISIBLE = 3.0  # WCAG 2.2, 1.4.11: contrast of graphical objects


def variables(theme: str) -> dict[str, str]:
    start = ":root {" if theme == "light" else '[data-bs-theme="dark"] {'
    block = CSS[CSS.index(start) :].split("}")[0]
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", block))


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("name", SHARED)
def test_figures_and_pages_share_their_colours(theme, name):
    assert getattr(PALETTES[theme], name) == variables(theme)[name.replace("_", "-")]


@pytest.mark.parametrize("theme", PALETTES)
def test_text_can_be_read(theme):
    colour = variables(theme)
    for ink in ("ink", "ink-soft", "link", "met", "near", "missed", "none"):
        for ground in ("surface", "ground", "surface-2"):
            assert contrast(colour[ink], colour[ground]) >= READABLE, (ink, ground)
    for status in ("met", "near", "missed", "none"):
        assert contrast(colour[status], colour[f"{status}-ground"]) >= READABLE, status
    for ink in ("brand-ink", "brand-soft"):
        assert contrast(colour[ink], colour["brand"]) >= READABLE
    assert contrast(colour["surface"], colour["link"]) >= READABLE  # chosen period, buttons


@pytest.mark.parametrize("theme", PALETTES)
def test_dashs_dropdown_has_the_colours_of_the_theme_and_can_be_read(theme):
    script = (Path(dash.dcc.__file__).parent / "async-dropdown.js").read_text("utf-8")
    asked = set(re.findall(r"var\((--Dash-(?:Fill|Stroke|Text)-[A-Z]\w+(?:-[A-Z]\w+)?)\)", script))
    set_here = dict(re.findall(r"(--Dash-[\w-]+): var\(--([\w-]+)\);", CSS))
    assert len(asked) > 5 and asked <= set_here.keys()
    colour = {name: variables(theme)[of] for name, of in set_here.items()}
    ground = colour["--Dash-Fill-Inverse-Strong"]
    for name in asked:
        if name.startswith("--Dash-Text"):
            assert contrast(colour[name], ground) >= READABLE, name
    active = colour["--Dash-Fill-Interactive-Strong"]
    assert contrast(active, colour["--Dash-Fill-Interactive-Weak"]) >= READABLE


@pytest.mark.parametrize("theme", PALETTES)
def test_the_focus_can_be_seen(theme):
    colour = variables(theme)
    assert contrast(colour["focus"], colour["surface"]) >= VISIBLE
    assert contrast(colour["focus"], colour["ground"]) >= VISIBLE


@pytest.mark.parametrize("theme", PALETTES)
def test_bars_stand_out_from_their_panel(theme):
    palette = PALETTES[theme]
    for name in ("counter", "online", "agent", "post", "met", "missed"):
        assert contrast(getattr(palette, name), palette.surface) >= VISIBLE, name


@pytest.mark.parametrize("theme", PALETTES)
def test_bubbles_stand_out_from_the_map_and_their_numbers_from_them(theme):
    colour = variables(theme)
    for load in ("closed", "free", "some", "long", "over"):
        for ground in (colour["surface"], PALETTES[theme].map_ground):
            assert contrast(colour[f"load-{load}"], ground) >= VISIBLE, load
    for load in ("closed", "some", "long", "over"):  # where somebody waits
        assert contrast(colour["on-load"], colour[f"load-{load}"]) >= READABLE, load


@pytest.mark.parametrize("theme", PALETTES)
def test_met_and_missed_are_told_apart_without_red_and_green(theme):
    """Seen through the dichromat matrices of Viénot, Brettel and Mollon (1999), on linear RGB."""
    palette = PALETTES[theme]
    for matrix in (
        ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),  # protan
        ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),  # deutan
    ):
        seen = [simulated(getattr(palette, n), matrix) for n in ("met", "missed")]
        for one, other in combinations(seen, 2):
            assert max(abs(a - b) for a, b in zip(one, other, strict=True)) > 0.1


def simulated(colour: str, matrix) -> list[float]:
    linear = [(int(colour[i : i + 2], 16) / 255) ** 2.2 for i in (1, 3, 5)]
    return [sum(w * c for w, c in zip(row, linear, strict=True)) for row in matrix]
