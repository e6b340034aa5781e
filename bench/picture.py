"""The picture of growth, drawn by Plotly in a browser, as SVG."""

from pathlib import Path
from urllib.parse import unquote

import plotly.graph_objects as go
from playwright.sync_api import Browser
from plotly.offline import get_plotlyjs
from plotly.subplots import make_subplots

from bench.apart import say
from bench.browser import chromium
from bench.replication import PARTS

COLOURS = dict(zip(PARTS, ("#0072B2", "#E69F00", "#D55E00", "#999999", "#009E73"), strict=True))
WIDTH, HEIGHT = 1000, 360
INK = "#333333"


def figure(sizes: list[dict], sites: list[dict]) -> go.Figure:
    """Cost per dossier by part, by dossiers and by sites, and memory by dossiers."""
    titles = (
        "µs per dossier, by dossiers",
        "µs per dossier, by sites<br>(1 million dossiers)",
        "peak memory of the process, GiB,<br>by dossiers",
    )
    drawn = make_subplots(1, 3, subplot_titles=titles, horizontal_spacing=0.07)
    for column, (rows, over) in enumerate(((sizes, "dossiers"), (sites, "sites")), start=1):
        for name in PARTS:
            drawn.add_scatter(
                x=[row[over] for row in rows],
                y=[row[f"{name}_us"] for row in rows],
                name=name,
                mode="lines+markers",
                line={"color": COLOURS[name], "width": 2},
                showlegend=column == 1,
                row=1,
                col=column,
            )
    drawn.add_scatter(
        x=[row["dossiers"] for row in sizes],
        y=[row["peak_gib"] for row in sizes],
        mode="lines+markers",
        line={"color": INK, "width": 2},
        showlegend=False,
        row=1,
        col=3,
    )
    return _styled(drawn, [row["sites"] for row in sites])


def _styled(drawn: go.Figure, sites: list[int]) -> go.Figure:
    millions = {"tickvals": [1e5, 1e6, 1e7], "ticktext": ["0.1 million", "1 million", "10 million"]}
    drawn.update_xaxes(type="log", showline=True, linecolor=INK, gridcolor="#eeeeee")
    drawn.update_xaxes(**millions, range=[4.85, 7.15], row=1, col=1)
    drawn.update_xaxes(tickvals=sites, ticktext=list(map(str, sites)), row=1, col=2)
    drawn.update_xaxes(type="linear", rangemode="tozero", row=1, col=3)
    drawn.update_yaxes(rangemode="tozero", gridcolor="#e5e5e5", zerolinecolor=INK)
    drawn.update_yaxes(matches="y", row=1, col=2)
    drawn.update_annotations(font_size=14)
    return drawn.update_layout(
        width=WIDTH,
        height=HEIGHT,
        margin={"l": 45, "r": 25, "t": 55, "b": 65},
        font={"family": "sans-serif", "size": 13, "color": INK},
        plot_bgcolor="white",
        paper_bgcolor="white",
        legend={"orientation": "h", "y": -0.14, "x": 0},
    )


def draw(sizes: list[dict], sites: list[dict], path: Path) -> None:
    """Write the picture; without a browser the old one stays, and that is said."""
    try:
        with chromium() as browser:
            drawn = svg(figure(sizes, sites), browser)
    except FileNotFoundError as error:
        say(f"{error}; the picture is not drawn")
    else:
        path.write_text(drawn, encoding="utf-8")


def svg(drawn: go.Figure, browser: Browser) -> str:
    """The figure as SVG, by the Plotly that is installed; nothing is fetched."""
    page = browser.new_page()
    page.set_content("<!doctype html><html><body></body></html>")
    page.add_script_tag(content=get_plotlyjs())
    address = page.evaluate(
        "([figure, size]) => Plotly.toImage(JSON.parse(figure), {format: 'svg', ...size})",
        [drawn.to_json(), {"width": WIDTH, "height": HEIGHT}],
    )
    return unquote(address.split(",", 1)[1]) + "\n"
