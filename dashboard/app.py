"""Puts the application together: server, frame, pages, downloads, headers."""

import gc
import hashlib
import logging
import warnings
from collections.abc import Iterable
from functools import cache, partial
from pathlib import Path

from dash import Dash, html, set_props
from fastapi import FastAPI

from dashboard import (
    accountability,
    downloads,
    frame,
    operations,
    packing,
    queries,
    replay,
    satisfaction,
    security,
    static,
)
from dashboard.pages import overview
from dashboard.source import DONE, Source
from dashboard.static import FONT_WEIGHTS
from dashboard.text import words

log = logging.getLogger(__name__)
ASSETS = Path(__file__).resolve().parent.parent / "assets"
HEALTH = "suc-khoe"
FONTS = tuple(f"/static/fonts/{weight}.ttf" for weight in FONT_WEIGHTS)
FIRST = ("theme", "centre")  # assets of every page
PAGE = """<!DOCTYPE html>
<html lang="{lang}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    {{%metas%}}
    <title>{{%title%}}</title>
    {{%favicon%}}
    {scripts}
    <link rel="stylesheet" href="/static/bootstrap.min.css">
    <link rel="stylesheet" href="/static/fonts.css">
    <link rel="stylesheet" href="/static/icons.css">
    {{%css%}}
    {fonts}
    {styles}
  </head>
  <body>
    {{%app_entry%}}
    <noscript>{noscript}</noscript>
    <footer class="dash-scripts">
      {{%config%}}
      {{%scripts%}}
      {{%renderer%}}
    </footer>
  </body>
</html>"""


class Centre(Dash):
    """Dash whose first HTML is already in the language of the address."""

    def interpolate_index(self, **parts) -> str:
        """The page's HTML, with ``lang`` and what is shown until the scripts run."""
        args = self.backend.request_adapter().args
        lang = args.get("lang") if args.get("lang") == "en" else "vi"
        language = words(lang)
        page = PAGE.format(
            lang=lang,
            noscript=language("frame.noscript"),
            scripts=_lines(f'<script src="{address}"></script>' for address in assets("js")),
            fonts=_lines(
                f'<link rel="preload" href="{address}" as="font" type="font/ttf" crossorigin>'
                for address in FONTS
            ),
            styles=_lines(f'<link rel="stylesheet" href="{address}">' for address in assets("css")),
        )
        parts["app_entry"] = (
            '<div id="react-entry-point">'
            f'<p class="first-wait">{language("frame.loading")}</p></div>'
        )
        for name, content in parts.items():
            page = page.replace("{%" + name + "%}", content)
        return page


@cache
def version() -> str:
    """Changes when an asset does, so that browsers fetch it anew."""
    digest = hashlib.sha256()
    for path in sorted(ASSETS.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def assets(kind: str) -> list[str]:
    """Addresses of all assets of a kind: what every page needs first, then page by page."""
    names = sorted(file.name for file in ASSETS.glob(f"*.{kind}"))
    first = [f"{stem}.{kind}" for stem in FIRST if f"{stem}.{kind}" in names]
    return [f"/assets/{name}?v={version()}" for name in dict.fromkeys((*first, *names))]


def _lines(tags: Iterable[str]) -> str:
    return "\n    ".join(tags)


def tell(error: Exception) -> None:
    """Says on the page that something failed, and writes the whole of it to the log."""
    log.error("a callback failed", exc_info=error)
    set_props("failure", {"children": html.Div(words("vi")("error.callback"), className="notice")})


def create_app(source: Source) -> Dash:
    """The whole application on a source of runs.

    Args:
        source: where runs, cubes and reference tables come from.

    Returns:
        A Dash application; its ASGI server is ``app.server``.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        app = Centre(
            __name__,
            backend="fastapi",
            server=FastAPI(docs_url=None, redoc_url=None, openapi_url=None),
            websocket_callbacks=True,
            health_endpoint=HEALTH,
            assets_folder=str(ASSETS),
            # Dash looks for assets when "/" is asked for; a first visit to another page would
            # go without. PAGE names them.
            include_assets_files=False,
            serve_locally=True,
            suppress_callback_exceptions=True,
            title=words("vi")("frame.centre_short"),
            update_title=None,
            compress=True,
            on_error=tell,
        )
    static.register(app.server, source.outlines.current)
    downloads.register(app.server, source)
    app.layout = partial(frame.layout, source)
    frame.register(app, source)
    packing.register(app.server)
    security.register(app.server, app.csp_hashes())
    return app


def first_seen(source: Source) -> str:
    """The finished run that visitors see first; empty while there is none."""
    run = queries.view(source, "").run
    return run.id if run is not None and run.status == DONE else ""


def warm_up(source: Source) -> None:
    """Answers the overview once before anybody asks: what all answers share is made then.

    What lives as long as the server is no garbage; without this the collector goes through all
    of it again and again, and the unlucky visitor waits 100 ms longer.
    """
    seen = queries.view(source, "")
    if seen.run is not None and seen.run.status == DONE:
        overview.content(queries.overview(source, seen), seen, words(seen.state.lang), "light")
    gc.collect()
    gc.freeze()


def read_ahead(source: Source) -> None:
    """Reads the records of the run that visitors see first, so that no page has to wait for them.

    Raises StoreError.
    """
    seen = queries.view(source, "")
    if seen.run is not None and seen.run.status == DONE:
        satisfaction.lived_in(source, seen.run.id)
        accountability.ledger(source, seen.run)
        operations.sites(source, seen, "")
        choice = replay.choose_day(source.cube(seen.run.id), seen, "")
        replay.day(source, seen.run, choice.number)
