"""Viewers who move between pages: what one was seen to ask is asked again by many at once.

Each viewer has a connection of its own and sends what a browser sent, at the moments at which the
browser sent it, counted from the move to the page, with another part of the city in the address.
"""

import asyncio
import itertools
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlparse

import numpy as np
import orjson
from websockets.asyncio.client import ClientConnection, connect

PAUSE_S = (2.0, 4.0)  # that a viewer looks at a page before moving on
PATIENCE_S = 30.0
SLICE = ("ky", "quan", "linhvuc", "kenh")
FAILURE = "failure"  # the place where pages say that something went wrong
CONTENT_BYTES = 1_000  # of an answer from which on it fills a part of a page


@dataclass(frozen=True)
class Request:
    """A callback's request: seconds after the page's first one, and what the browser sent."""

    after_s: float
    payload: dict[str, Any]


@dataclass(frozen=True)
class Visit:
    """A page and what is asked while it is looked at."""

    path: str
    requests: tuple[Request, ...]


@dataclass(frozen=True)
class Recording:
    """What a browser asked: once, for as long as a page is open (nobody waits for an answer), and
    on each page."""

    opening: tuple[Request, ...]
    visits: tuple[Visit, ...]


@dataclass(frozen=True)
class Answer:
    """How long a viewer waited for a callback, how much came, and what went wrong, if anything."""

    path: str
    output: str
    seconds: float
    size: int
    problem: str = ""


@dataclass(frozen=True)
class Choices:
    """The parts of the city that viewers look at, by parameter of the address."""

    values: dict[str, Sequence[str]]

    def draw(self, lots: random.Random) -> dict[str, str]:
        """One part: each parameter is left out as often as not."""
        return {name: lots.choice(self.values[name]) for name in SLICE if lots.random() < 0.5}


def with_slice(search: str | None, chosen: dict[str, str]) -> str:
    """An address' query with another part of the city; what belongs to the page stays."""
    kept = [pair for pair in parse_qsl((search or "").lstrip("?")) if pair[0] not in SLICE]
    query = urlencode([*chosen.items(), *kept])
    return f"?{query}" if query else ""


def asked_of(payload: dict[str, Any], chosen: dict[str, str]) -> dict[str, Any]:
    """What a browser sent, had it looked at another part of the city."""

    def changed(given: Any) -> Any:
        if isinstance(given, list):
            return [changed(one) for one in given]
        if given.get("id") == "url" and given.get("property") == "search":
            return given | {"value": with_slice(given.get("value"), chosen)}
        return given

    sides = {side: changed(payload[side]) for side in ("inputs", "state") if side in payload}
    return payload | sides


def asked_at_once(requests: Sequence[Request]) -> tuple[Request, ...]:
    """The same requests without what a browser does between them."""
    return tuple(replace(one, after_s=0.0) for one in requests)


def problem_of(answer: dict[str, Any]) -> str:
    """What is wrong with the answer to a callback, empty if nothing is."""
    if answer.get("status") == "error":
        return answer.get("message") or "error"
    if answer.get("status") not in ("ok", "prevent_update"):
        return f"status {answer.get('status')}"
    told = (answer.get("data") or {}).get("sideUpdate") or {}
    return FAILURE if FAILURE in told else ""


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    return float(np.quantile(values, share, method="inverted_cdf")) if len(values) else float("nan")


def summary(answers: Sequence[Answer]) -> dict[str, Any]:
    """Milliseconds of the data callbacks, all and by page; errors among all answers."""
    content = [one for one in answers if one.size >= CONTENT_BYTES]
    pages = {one.path for one in content}
    problems = [f"{one.path} {one.output}: {one.problem}" for one in answers if one.problem]
    return {
        "callbacks": len(answers),
        "all_p95_ms": _spread([one.seconds for one in answers])["p95_ms"],
        "data": _spread([one.seconds for one in content]),
        "pages": {
            path: _spread([one.seconds for one in content if one.path == path])
            for path in sorted(pages)
        },
        "errors": len(problems),
        "problems": sorted(set(problems))[:10],
    }


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    at = {f"p{round(100 * share)}_ms": 1e3 * percentile(seconds, share) for share in (0.5, 0.95)}
    return {"count": len(seconds), **at, "max_ms": 1e3 * max(seconds, default=float("nan"))}


class Viewer:
    """Somebody with an open page."""

    def __init__(self, socket: ClientConnection, name: str):
        self.socket = socket
        self.name = name
        self.answers: list[Answer] = []
        self._numbers = itertools.count()
        self._awaited: dict[str, asyncio.Future] = {}

    async def listen(self) -> None:
        """Hand every answer to whoever waits for it, for as long as the connection lives."""
        async for text in self.socket:
            now, said = time.perf_counter(), orjson.loads(text)
            for message in said if isinstance(said, list) else [said]:
                waiting = self._awaited.pop(message.get("requestId"), None)
                if waiting is not None and not waiting.done():
                    waiting.set_result((now, len(text), message["payload"]))
                elif FAILURE in str(message.get("payload", {}).get("componentId", "")):
                    self.answers.append(Answer("", FAILURE, 0.0, 0, "told on the page"))

    async def open(self, requests: Sequence[Request]) -> None:
        """Ask for what the server pushes of its own accord from now on."""
        for request in requests:
            await self._send(request.payload)

    async def look_at(self, visit: Visit, chosen: dict[str, str]) -> None:
        """Ask what a page asks, and wait for all of it."""
        moved = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for request in visit.requests:
                await asyncio.sleep(moved + request.after_s - time.perf_counter())
                group.create_task(self._ask(visit.path, asked_of(request.payload, chosen)))

    async def _ask(self, path: str, payload: dict[str, Any]) -> None:
        sent = time.perf_counter()
        waiting = await self._send(payload)
        try:
            came, size, answer = await asyncio.wait_for(waiting, PATIENCE_S)
            took, problem = came - sent, problem_of(answer)
        except TimeoutError:
            took, size, problem = PATIENCE_S, 0, "no answer"
        self.answers.append(Answer(path, payload["output"], took, size, problem))

    async def _send(self, payload: dict[str, Any]) -> asyncio.Future:
        number = f"{self.name}-{next(self._numbers)}"
        waiting = self._awaited[number] = asyncio.get_running_loop().create_future()
        message = {
            "type": "callback_request",
            "rendererId": self.name,
            "requestId": number,
            "payload": payload,
        }
        await self.socket.send(orjson.dumps(message).decode())
        return waiting


async def view(
    address: str, recording: Recording, choices: Choices, number: int, until: float
) -> list[Answer]:
    """One viewer, who moves on to another page after a pause, until a moment; the answers."""
    lots = random.Random(number)
    url = f"ws://{urlparse(address).netloc}/_dash-ws-callback"
    async with connect(url, origin=address, max_size=None) as socket:
        viewer = Viewer(socket, f"viewer-{number}")
        listening = asyncio.create_task(viewer.listen())
        await viewer.open(recording.opening)
        await asyncio.sleep(lots.uniform(0, PAUSE_S[1]))
        while time.monotonic() < until:
            await viewer.look_at(lots.choice(recording.visits), choices.draw(lots))
            await asyncio.sleep(lots.uniform(*PAUSE_S))
        listening.cancel()
    return viewer.answers


async def views(
    address: str, recording: Recording, choices: Choices, viewers: int, seconds: float, seed: int
) -> list[Answer]:
    """Many viewers at once, for so long; all their answers."""
    until = time.monotonic() + seconds
    every = [view(address, recording, choices, seed + one, until) for one in range(viewers)]
    return list(itertools.chain(*await asyncio.gather(*every)))
