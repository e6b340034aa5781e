"""Response headers that keep every request on the server the pages come from."""

import re
from collections.abc import Iterable

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders

HOST = re.compile(r"[A-Za-z0-9.\-\[\]:]{1,255}")


def policy(host: str, script_hashes: Iterable[str]) -> str:
    """The content security policy for pages served at ``host``.

    Maps draw in a worker made from a blob, plotly and React set styles on elements, and older
    browsers need the WebSocket's address beside ``'self'``.
    """
    sockets = f" ws://{host} wss://{host}" if HOST.fullmatch(host) else ""
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {' '.join(script_hashes)}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            f"connect-src 'self'{sockets}",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class SecurityHeaders:
    """ASGI middleware that adds the headers to every answer."""

    def __init__(self, app, script_hashes: Iterable[str]):
        self.app = app
        self.script_hashes = tuple(script_hashes)

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        host = Headers(scope=scope).get("host", "")

        async def send_with_headers(message):
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = policy(host, self.script_hashes)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
            await send(message)

        await self.app(scope, receive, send_with_headers)


def register(server: FastAPI, script_hashes: Iterable[str]) -> None:
    """Adds the middleware; call it when all inline scripts are known."""
    server.add_middleware(SecurityHeaders, script_hashes=tuple(script_hashes))
