"""What the browser needs besides the pages: Bootstrap's CSS, the font, icons, outlines.

They come from installed packages, so nothing is fetched from elsewhere and nothing is copied
into the repository.
"""

import importlib.util
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import quote

from fastapi import FastAPI, Request, Response

from dashboard.components import ICONS
from dashboard.outlines import Outlines

WEEK = "public, max-age=604800"
FONT_WEIGHTS = {400: "Regular", 600: "SemiBold", 700: "Bold"}


def register(server: FastAPI, outlines: Callable[[], Outlines]) -> None:
    """Adds the routes under ``/static/``; ``outlines`` gives those of the districts in use."""
    answers = {
        "bootstrap.min.css": (bootstrap_css, "text/css"),
        "icons.css": (icons_css, "text/css"),
        "fonts.css": (fonts_css, "text/css"),
        **{
            f"fonts/{weight}.ttf": ((lambda w=weight: font(w)), "font/ttf")
            for weight in FONT_WEIGHTS
        },
    }
    for name, (content, kind) in answers.items():
        server.add_api_route(
            f"/static/{name}", _answer(content, kind), methods=["GET"], include_in_schema=False
        )
    server.add_api_route(
        "/static/districts.geojson",
        answer_outlines(outlines),
        methods=["GET"],
        include_in_schema=False,
    )


def answer_outlines(current: Callable[[], Outlines]):
    """Outlines may change while the server runs: browsers ask each time, and get them if so."""

    def view(request: Request) -> Response:
        found = current()
        mark = f'"{found.mark}"'
        headers = {"Cache-Control": "no-cache", "ETag": mark}
        if request.headers.get("if-none-match") == mark:
            return Response(status_code=304, headers=headers)
        return Response(found.content, media_type="application/geo+json", headers=headers)

    return view


def _answer(content, kind: str):
    def view() -> Response:
        return Response(content(), media_type=kind, headers={"Cache-Control": WEEK})

    return view


def _package(name: str) -> Path:
    """Folder of an installed package, found without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"the package {name} is not installed")
    return Path(next(iter(spec.submodule_search_locations)))


@cache
def bootstrap_css() -> bytes:
    """Bootstrap 5 without its pointer to a source map."""
    path = _package("flask_bootstrap") / "static/bootstrap5/css/bootstrap.min.css"
    return re.sub(rb"/\*# sourceMappingURL=[^*]*\*/", b"", path.read_bytes())


@cache
def font(weight: int) -> bytes:
    """A weight of Be Vietnam Pro."""
    folder = _package("fontpkg_be_vietnam_pro") / "files"
    return (folder / f"BeVietnamPro-{FONT_WEIGHTS[weight]}.ttf").read_bytes()


@cache
def fonts_css() -> str:
    """The font's faces."""
    return "\n".join(
        f'@font-face{{font-family:"Be Vietnam Pro";font-weight:{weight};font-style:normal;'
        f'font-display:swap;src:url("/static/fonts/{weight}.ttf") format("truetype")}}'
        for weight in FONT_WEIGHTS
    )


@cache
def icons_css() -> str:
    """One class an icon: a mask cut from the sprite of Bootstrap Icons, filled with the ink."""
    sprite = (
        _package("flask_bootstrap") / "static/bootstrap5/icons/bootstrap-icons.svg"
    ).read_text("utf-8")
    rules = []
    for name in ICONS:
        match = re.search(
            rf'<symbol[^>]*viewBox="([^"]+)"[^>]*id="{re.escape(name)}"[^>]*>(.*?)</symbol>', sprite
        )
        if match is None:
            raise LookupError(f"Bootstrap Icons has no icon {name}")
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{match[1]}">{match[2]}</svg>'
        rules.append(f'.icon-{name}{{--icon:url("data:image/svg+xml,{quote(svg)}")}}')
    return "\n".join(rules)
