"""Viewers ask what a browser asked, of another part of the city; what they waited is summed up."""

import asyncio
import json
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from bench import load
from bench.load import Answer, Choices, Request, Viewer, Visit

PAYLOAD = {
    "output": "overview.children",
    "inputs": [
        {"id": "url", "property": "search", "value": "?ky=phase_1&lang=en&bc=K7"},
        {"id": "url", "property": "pathname", "value": "/"},
        [{"id": {"type": "flag", "id": "a"}, "property": "search", "value": "?ky=phase_1"}],
    ],
    "state": [{"id": "url", "property": "search"}],
}


@pytest.mark.parametrize(
    ("search", "chosen", "wanted"),
    [
        ("", {}, ""),
        (None, {"ky": "2025-03"}, "?ky=2025-03"),
        ("?ky=phase_1", {}, ""),
        ("?ky=phase_1&lang=en", {"quan": "001"}, "?quan=001&lang=en"),
    ],
)
def test_the_part_of_the_city_changes_and_the_rest_of_the_address_stays(search, chosen, wanted):
    assert load.with_slice(search, chosen) == wanted


def test_only_the_address_of_a_request_changes():
    asked = load.asked_of(PAYLOAD, {"linhvuc": "land"})
    assert asked["inputs"][0]["value"] == "?linhvuc=land&lang=en&bc=K7"
    assert asked["inputs"][1:] == PAYLOAD["inputs"][1:]
    assert asked["state"][0]["value"] == "?linhvuc=land"
    assert PAYLOAD["inputs"][0]["value"] == "?ky=phase_1&lang=en&bc=K7"


def test_the_parts_drawn_are_those_there_are_and_differ():
    choices = Choices({name: (f"{name}-1", f"{name}-2") for name in load.SLICE})
    lots = random.Random(1)
    drawn = [choices.draw(lots) for _ in range(50)]
    assert all(value in choices.values[name] for one in drawn for name, value in one.items())
    assert {} in drawn and len({tuple(one.items()) for one in drawn}) > 20


def test_percentiles_are_values_that_were_measured():
    hundred = [float(n) for n in range(1, 101)]
    assert load.percentile(hundred, 0.95) == 95
    assert load.percentile(hundred, 0.5) == 50
    assert load.percentile([7.0], 0.95) == 7
    assert load.percentile([], 0.95) != load.percentile([], 0.95)


def test_data_callbacks_are_those_that_bring_content_and_every_error_counts():
    big = load.CONTENT_BYTES
    answers = [
        Answer("/", "overview.children", 0.2, big),
        Answer("/", "overview.children", 0.1, big),
        Answer("/", "url.search", 0.9, big - 1),
        Answer("/bao-phu", "access.children", 0.3, 0, "no answer"),
    ]
    found = load.summary(answers)
    assert found["callbacks"] == 4 and found["errors"] == 1
    assert found["problems"] == ["/bao-phu access.children: no answer"]
    assert found["data"] == {"count": 2, "p50_ms": 100, "p95_ms": 200, "max_ms": 200}
    assert list(found["pages"]) == ["/"]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"status": "ok", "data": {"response": {}}}, ""),
        ({"status": "prevent_update"}, ""),
        ({"status": "error", "message": "out of memory"}, "out of memory"),
        ({"status": "ok", "data": {"sideUpdate": {"failure": {"children": {}}}}}, "failure"),
        ({}, "status None"),
    ],
)
def test_an_answer_that_is_none_is_a_problem(answer, problem):
    assert load.problem_of(answer) == problem


async def answering(socket):
    """A server that answers two requests in one message, the second first, and says that
    something failed; it keeps silent to what is only opened."""
    waiting = []
    async for text in socket:
        asked = json.loads(text)
        if asked["payload"]["output"] != "watch":
            waiting.append(asked)
        if len(waiting) == 2:
            said = [
                {
                    "type": "callback_response",
                    "requestId": one["requestId"],
                    "payload": {"status": "ok", "data": {"response": {}}},
                }
                for one in reversed(waiting)
            ]
            failed = {"type": "set_props", "payload": {"componentId": "failure", "props": {}}}
            await socket.send(json.dumps([*said, failed]))
            waiting.clear()


def test_each_request_gets_its_own_answer(monkeypatch):
    monkeypatch.setattr(load, "PATIENCE_S", 0.2)
    requests = [Request(0.05 * n, PAYLOAD | {"output": f"part-{n}"}) for n in range(3)]

    async def looked_at():
        async with serve(answering, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with connect(f"ws://127.0.0.1:{port}") as socket:
                viewer = Viewer(socket, "viewer")
                listening = asyncio.create_task(viewer.listen())
                await viewer.open([Request(0, {"output": "watch"})])
                await viewer.look_at(Visit("/", tuple(requests)), {})
                listening.cancel()
                return viewer.answers

    with ThreadPoolExecutor(1) as aside:  # where a browser of other tests has no loop running
        found = {one.output: one for one in aside.submit(asyncio.run, looked_at()).result()}
    assert found["part-0"].seconds > found["part-1"].seconds and not found["part-0"].problem
    assert found["failure"].problem
    assert found["part-2"].problem == "no answer"
