"""The browser that pictures, measurements and tests use: Chromium, wherever it is."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-gpu-compositing",  # without a graphics card the processor is faster directly
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without window. Raises FileNotFoundError with a sentence if there is none."""
    names = (os.environ.get("CHROMIUM"), *NAMES)
    path = next((shutil.which(name) for name in names if name and shutil.which(name)), None)
    if path is None:
        raise FileNotFoundError("no Chromium found: set CHROMIUM, or run tests/install_tools.sh")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
