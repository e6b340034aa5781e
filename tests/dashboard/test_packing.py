"""Scripts and styles are packed once; what changes, or is asked for in part, is left alone."""

import asyncio
import gzip
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pyarrow as pa
import pytest
from fastapi import FastAPI, Response
from starlette.datastructures import Headers

from dashboard import packing
from dashboard.app import create_app
from dashboard.pages import operations
from dashboard.pages.operation_parts import grid_script
from tests.dashboard.memory import MemorySource

TEXT = b"const promise = 15;\n" * 1_000


@pytest.fixture
def made():
    """A server that counts how often each file is made."""
    server, made = FastAPI(), []

    def answer(name: str):
        made.append(name)
        status = 404 if name == "missing.js" else 200
        return Response(TEXT, status, media_type="text/javascript", headers={"ETag": '"one"'})

    for prefix in ("static", "assets", "elsewhere", "_dash-component-suites/dash"):
        server.add_api_route(f"/{prefix}/{{name}}", answer)
    packing.register(server)
    server.state.made = made
    return server


def ask(server, address, coding="gzip, br", **headers):
    """Status, headers and body of an answer as they go over the wire."""
    path, _, query = address.partition("?")
    given = {"accept-encoding": coding, **headers}
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }
    sent = []

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        sent.append(message)

    with ThreadPoolExecutor(1) as aside:  # where a browser of other tests has no loop running
        aside.submit(asyncio.run, server(scope, receive, send)).result()
    answer = SimpleNamespace(status=sent[0]["status"], headers=Headers(raw=sent[0]["headers"]))
    return answer, b"".join(message.get("body", b"") for message in sent)


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip, deflate, br", "br"), ("gzip;q=1.0, br;q=0", "gzip"), ("deflate", ""), ("", "")],
)
def test_the_best_coding_that_a_browser_takes(accepted, coding):
    assert packing.coding_of(accepted) == coding


@pytest.mark.parametrize("coding", packing.CODECS)
def test_a_file_is_packed_once_and_comes_out_as_it_was(made, coding):
    for _ in range(2):
        answer, body = ask(made, "/static/a.js", coding)
        assert answer.headers["content-encoding"] == coding
        assert int(answer.headers["content-length"]) == len(body) < len(TEXT) / 10
        assert "Accept-Encoding" in answer.headers["vary"]
        plain = gzip.decompress(body) if coding == "gzip" else unpacked(body)
        assert plain == TEXT
    assert made.state.made == ["a.js"]


def unpacked(body):
    return pa.Codec("brotli").decompress(body, len(TEXT), asbytes=True)


def test_addresses_that_differ_in_their_version_alone_share_one_packed_file(made):
    for version in range(3):
        ask(made, f"/_dash-component-suites/dash/grid.v1_0_{version}m17.min.js")
    assert len(made.state.made) == 1


def test_an_asset_with_a_version_is_kept_by_the_browser_for_good(made):
    assert ask(made, "/assets/a.js?v=1")[0].headers["cache-control"] == packing.YEAR
    assert "cache-control" not in ask(made, "/assets/a.js")[0].headers


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/elsewhere/a.js", {}),
        ("/static/districts.geojson", {}),
        ("/static/a.js", {"if-none-match": '"one"'}),
        ("/static/a.js", {"range": "bytes=0-9"}),
    ],
)
def test_what_may_change_or_is_asked_for_in_part_is_left_alone(made, path, headers):
    for _ in range(2):
        answer, body = ask(made, path, **headers)
        assert body == TEXT and "content-encoding" not in answer.headers
    assert len(made.state.made) == 2


def test_what_is_not_there_is_not_kept(made):
    for _ in range(2):
        assert ask(made, "/static/missing.js")[0].status == 404
    assert len(made.state.made) == 2


def test_only_the_page_with_a_grid_loads_its_script_and_the_server_has_it():
    app = create_app(MemorySource())
    assert "dash_ag_grid" not in app._generate_scripts_html()
    assert grid_script() in str(operations.layout())
    answer, body = ask(app.server, grid_script(), "gzip")
    assert answer.status == 200 and len(gzip.decompress(body)) > 1_000_000
