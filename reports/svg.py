"""Charts of the dashboard as SVG for print: vector, black and white, without a browser.

Draws what ``dashboard.figures`` gives: stacked bars over time, and bars lying one above the other.
Colours become hatches, so that a copy in black and white says the same.
"""

from xml.sax.saxutils import escape

FONT = "TeX Gyre Termes, Times New Roman, Liberation Serif, serif"
WIDTH, HEIGHT = 640, 300
SIZE = 12
# What a series is filled with, first to last: a grey, or a pattern drawn in a tile of 6 × 6; greys
# are no patterns, whose tiles show seams.
FILLS = ("#222", "rising", "dots", "#fff", "falling", "#aaa")
HATCHES = {
    "rising": '<path d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5" stroke="#000" stroke-width="1.2"/>',
    "dots": '<circle cx="3" cy="3" r="1.2" fill="#000"/>',
    "falling": '<path d="M-1 -1L7 7M5 -1L7 1M-1 5L1 7" stroke="#000" stroke-width="1.2"/>',
}


def draw(figure: dict) -> str:
    """A figure of bars as SVG text of ``size`` pixels."""
    bars = [t for t in figure["data"] if t["type"] == "bar"]
    lying = any(t.get("orientation") == "h" for t in bars)
    width, height = size(figure)
    body = _lying(bars, figure["layout"], height) if lying else _stacked(bars, figure["layout"])
    patterns = "".join(
        f'<pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<rect width="6" height="6" fill="#fff"/>{tile}</pattern>'
        for name, tile in HATCHES.items()
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="{FONT}" font-size="{SIZE}">'
        f"<defs>{patterns}</defs>{body}</svg>"
    )


def fill_of(place: int) -> str:
    """What the bars of a series are filled with."""
    fill = FILLS[place % len(FILLS)]
    return f"url(#{fill})" if fill in HATCHES else fill


def size(figure: dict) -> tuple[int, int]:
    """Width and height of a figure's drawing."""
    lying = [t for t in figure["data"] if t.get("orientation") == "h"]
    return WIDTH, (44 * max(len(t["y"]) for t in lying) + 60 if lying else HEIGHT)


def _stacked(bars: list[dict], layout: dict) -> str:
    left, right, top, bottom = 66, 10, 34, 262
    steps = len(bars[0]["x"]) if bars else 0
    totals = [sum(float(t["y"][i] or 0) for t in bars) for i in range(steps)]
    ticks = _ticks(max(totals, default=0))
    high = ticks[-1] or 1.0
    step = (WIDTH - left - right) / max(steps, 1)
    out = []
    for tick in ticks:
        y = bottom - (bottom - top) * tick / high
        out.append(f'<path d="M{left} {y:.1f}H{WIDTH - right}" stroke="#999" stroke-width=".5"/>')
        separator = layout.get("separators", ".,")[1]
        out.append(_text(left - 6, y + 4, f"{tick:,.0f}".replace(",", separator), "end"))
    heights = [0.0] * steps
    for place, trace in enumerate(bars):
        fill = fill_of(place)
        for i in range(steps):
            value = float(trace["y"][i] or 0)
            tall = (bottom - top) * value / high
            y = bottom - heights[i] - tall
            heights[i] += tall
            if value > 0:
                x = left + step * i + step * 0.1
                out.append(
                    f'<rect x="{x:.1f}" y="{y:.1f}" width="{step * 0.8:.1f}" '
                    f'height="{tall:.1f}" fill="{fill}" stroke="#000" stroke-width=".6"/>'
                )
    axis = layout.get("xaxis", {})
    places = {str(x): i for i, x in enumerate(bars[0]["x"])} if bars else {}
    for value, text in zip(axis.get("tickvals", ()), axis.get("ticktext", ()), strict=True):
        x = left + step * (places[str(value)] + 0.5)
        out += [
            _text(x, bottom + 16 + 14 * n, line, "middle")
            for n, line in enumerate(str(text).split("<br>"))
        ]
    out.append(f'<path d="M{left} {bottom}H{WIDTH - right}" stroke="#000"/>')
    title = layout.get("yaxis", {}).get("title", {}).get("text", "")
    out.append(_text(6, 14, title, "start", "italic"))
    out.append(_legend(bars))
    return "".join(out)


def _legend(bars: list[dict]) -> str:
    out, x = [], WIDTH - 10
    for place, trace in reversed(list(enumerate(bars))):
        fill, label = fill_of(place), trace.get("name", "")
        x -= round(len(label) * 5.4)
        out.append(_text(x, HEIGHT - 4, label, "start"))
        x -= 18
        out.append(
            f'<rect x="{x}" y="{HEIGHT - 14}" width="13" height="11" fill="{fill}" '
            'stroke="#000" stroke-width=".6"/>'
        )
        x -= 12
    return "".join(out)


def _lying(bars: list[dict], layout: dict, height: int) -> str:
    left, right, top, bottom = 10, 40, 26, height - 24
    low_y, high_y = sorted(layout["yaxis"]["range"])
    low_x, high_x = layout["xaxis"]["range"]
    rows = max(len(t["y"]) for t in bars)
    high_y = min(high_y, rows - 0.5)

    def across(x: float) -> float:
        return left + (WIDTH - left - right) * (x - low_x) / (high_x - low_x)

    def down(y: float) -> float:
        return top + (bottom - top) * (y - low_y) / (high_y - low_y)

    out = []
    for place, trace in enumerate(bars):
        fill = "#fff" if place == 0 and len(bars) > 1 else "url(#rising)"
        for x, y in zip(trace["x"], trace["y"], strict=True):
            start = down(y + trace.get("offset", 0))
            tall = down(y + trace.get("offset", 0) + trace["width"]) - start
            out.append(
                f'<rect x="{left}" y="{start:.1f}" width="{across(float(x)) - left:.1f}" '
                f'height="{tall:.1f}" fill="{fill}" stroke="#000" stroke-width=".6"/>'
            )
    for shape in layout.get("shapes", ()):
        x = across(shape["x0"])
        out.append(
            f'<path d="M{x:.1f} {down(shape["y0"]):.1f}V{down(shape["y1"]):.1f}" stroke="#000" '
            'stroke-width="2" stroke-dasharray="2 2"/>'
        )
    anchors = {"left": "start", "right": "end"}
    for note in layout.get("annotations", ()):
        paper = note.get("yref") == "paper"
        y = 14 if paper else down(note["y"]) + 4
        text = str(note["text"])
        weight = "bold" if text.startswith("<b>") else ""
        text = text.replace("<b>", "").replace("</b>", "")
        out.append(_text(across(note["x"]), y, text, anchors[note["xanchor"]], weight))
    axis = layout["xaxis"]
    for value, text in zip(axis.get("tickvals", ()), axis.get("ticktext", ()), strict=True):
        out.append(_text(across(value), bottom + 16, text, "middle"))
    return "".join(out)


def _text(x: float, y: float, text: str, anchor: str, style: str = "") -> str:
    look = {"italic": ' font-style="italic"', "bold": ' font-weight="bold"'}.get(style, "")
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{look}>{escape(text)}</text>'


def _ticks(high: float) -> list[float]:
    """Round numbers from zero to at least ``high``."""
    if high <= 0:
        return [0.0]
    size = 10.0 ** (len(str(int(high))) - 1)
    step = next(s for s in (0.25, 0.5, 1, 2, 2.5, 5) if high / (s * size) <= 5) * size
    step = max(1.0, step)
    count = int(-(-high // step))
    return [step * n for n in range(count + 1)]
