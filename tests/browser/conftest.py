"""The application served to a real browser that may speak to nobody else."""

import threading
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlparse

import pytest
import uvicorn
from playwright.sync_api import expect

from bench.browser import chromium
from dashboard.app import create_app
from tests.dashboard.memory import MemorySource, small_cube
from tests.patience import PATIENCE_MS, wait_for

ARTEFACTS = Path(__file__).resolve().parents[2] / "var" / "test-artefacts"
expect.set_options(timeout=PATIENCE_MS)

# The page is there, nothing is being asked for, and every figure has the size of its place. Some
# sections are asked for when somebody comes near them.
SETTLED = """() => {
  const awaited = document.querySelector('main .skeleton');
  if (awaited) awaited.scrollIntoView();
  else if (window.scrollY) window.scrollTo(0, 0);
  return document.querySelector('main h1') && !awaited && !window.scrollY
  && !document.querySelector('[data-dash-is-loading=true]')
  && [...document.querySelectorAll('.dash-graph')].filter(box => box.offsetParent).every(box => {
    const graph = box.querySelector('.js-plotly-plot');
    return graph && graph._fullLayout
      && Math.abs(graph._fullLayout.width - graph.clientWidth) < 2;
  });
}"""
FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


# The windows of a test by the address they look at: they are closed before their server ends, for
# a page that is still loading would tell of an answer that never came whole.
CONTEXTS = defaultdict(list)


class Served:
    """The application on a free port, with the source behind it."""

    def __init__(self, source: MemorySource):
        self.source = source
        self.server = uvicorn.Server(
            uvicorn.Config(create_app(source).server, host="127.0.0.1", port=0, log_level="warning")
        )
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    def __enter__(self) -> "Served":
        self.thread.start()
        wait_for(lambda: self.server.started)
        port = self.server.servers[0].sockets[0].getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_):
        for context in CONTEXTS.pop(urlparse(self.address).netloc, ()):
            context.close()
        self.server.should_exit = True
        self.server.force_exit = True
        self.thread.join(10)


@pytest.fixture(scope="session")
def browser():
    """Chromium; the tests say so where there is none."""
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def served():
    """The application with a finished run."""
    small_cube().totals.prepare()
    with Served(MemorySource()) as application:
        yield application


@contextmanager
def starting(runs):
    """Starts the runs that wait, as the process that owns them does."""
    stop = threading.Event()

    def start() -> None:
        while not stop.wait(0.5):
            runs.start_waiting()

    owner = threading.Thread(target=start, daemon=True)
    owner.start()
    yield
    stop.set()
    owner.join()


def watch(page, host: str, faults: list[str]) -> None:
    """Writes down every request to another host, every error in the console or in a script and
    every answer of 400 or more."""

    def requested(request):
        url = urlparse(request.url)
        if url.scheme not in ("data", "blob") and url.netloc != host:
            faults.append(f"a request left the server: {request.url}")

    def said(message):
        if message.type == "error":
            faults.append(f"console: {message.text}")

    def answered(response):
        if response.status >= 400:
            faults.append(f"{response.status}: {response.url}")

    page.on("request", requested)
    page.on("console", said)
    page.on("response", answered)
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))
    page.on(
        "websocket",
        lambda socket: (
            urlparse(socket.url).netloc == host
            or faults.append(f"a socket left the server: {socket.url}")
        ),
    )


def settle(page) -> None:
    """Waits until all sections of a page are there and it stands still, scrolled to its top."""
    page.evaluate(FRAMES)
    page.wait_for_function(SETTLED)
    page.evaluate(FRAMES)


@pytest.fixture
def open_page(browser):
    """Opens an address; afterwards nothing may have gone wrong in the browser.

    Fails on a request to another host, on an error in the console or in a script, on an answer
    of 400 or more.
    """
    contexts, faults = [], []

    def opened(address: str, width=1440, height=900, theme="light"):
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,
        )
        contexts.append(context)
        host = urlparse(address).netloc
        CONTEXTS[host].append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        watch(page, host, faults)
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    CONTEXTS.clear()
    assert not faults, "\n".join(faults)


@pytest.fixture
def photograph():
    """Keeps a picture of a page for people to look at."""

    def taken(page, name: str, full_page: bool = False):
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=full_page)

    return taken
