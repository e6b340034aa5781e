"""What a real browser asks of the server while somebody reads the pages, written down."""

import threading
import time

import uvicorn
from dash import hooks
from playwright.sync_api import Browser, Page

from bench.browser import chromium
from bench.load import Recording, Request, Visit
from dashboard.app import create_app, read_ahead, warm_up
from dashboard.pages import PAGES
from dashboard.source import Source

PATIENCE_S = 60
STILL_S = 0.7  # without a question: the page is complete
WAITS = """() => {
  const awaited = document.querySelector('main .skeleton');
  if (awaited) awaited.scrollIntoView();
  return !document.querySelector('main h1') || !!awaited
    || !!document.querySelector('[data-dash-is-loading=true]');
}"""
INTERACTIVE = """() => document.querySelector('main h1')
  && !document.querySelector('main .skeleton, [data-dash-is-loading=true]') && performance.now()"""


def record(source: Source) -> Recording:
    """One visit to each page, with everything that the browser asks for on the way; sections
    further down are asked for as if the viewer scrolled through the page at once.

    The server that is asked is one of this process; it only has to answer.
    """
    asked: list[tuple[float, dict]] = []

    @hooks.websocket_message()
    def write_down(_socket, message):
        asked.append((time.monotonic(), message))

    warm_up(source)
    read_ahead(source)
    config = uvicorn.Config(create_app(source).server, port=0, log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with chromium() as browser:
            return _visits(browser, f"http://127.0.0.1:{port}", asked)
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)


def _visits(browser: Browser, address: str, asked: list[tuple[float, dict]]) -> Recording:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(address + PAGES[-1].path)
    complete(page, asked)
    opening = [request for request in _requests(asked) if not request.payload.get("inputs")]
    visits = []
    for number, one in enumerate(PAGES):
        asked.clear()
        page.locator("nav.nav-main a").nth(number).click()
        complete(page, asked)
        visits.append(Visit(one.path, _requests(asked)))
    page.context.close()
    return Recording(tuple(opening), tuple(visits))


def _requests(asked: list[tuple[float, dict]]) -> tuple[Request, ...]:
    return tuple(
        Request(when - asked[0][0], message["payload"])
        for when, message in asked
        if message["type"] == "callback_request"
    )


def complete(page: Page, asked: list[tuple[float, dict]]) -> None:
    """Wait until every section is there, those further down too, and nothing more is asked."""
    deadline = time.monotonic() + PATIENCE_S
    still_since = time.monotonic()
    while time.monotonic() - still_since < STILL_S:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{page.url} was not complete within {PATIENCE_S} s")
        latest = asked[-1][0] if asked else 0.0
        still_since = max(still_since, latest)
        if page.evaluate(WAITS):
            still_since = time.monotonic()
        page.wait_for_timeout(50)


def first_page(browser: Browser, address: str) -> dict:
    """The overview for somebody who was never here: seconds until nothing is awaited any more,
    bytes over the wire (what the socket brings not counted)."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page, sizes = context.new_page(), []
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    page.goto(address)
    ready_ms = page.wait_for_function(INTERACTIVE).json_value()
    page.wait_for_timeout(1_000)  # for what comes late
    context.close()
    return {"seconds": ready_ms / 1e3, "mb": sum(sizes) / 1e6, "files": len(sizes)}
