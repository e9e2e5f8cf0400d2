"""Bounds on request bodies, kept while they arrive: before anything is parsed.

Contract: a body beyond its limit, or beyond what all requests together may hold, is answered at
once and not read further.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

MIB: Final = 1024 * 1024
SMALL_BODY_BYTES: Final = 1 * MIB
LARGE_PATH: Final = "/v1/messages"
# All bodies that are being read or handled at one moment.
TOTAL_BYTES: Final = 256 * MIB

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class _TooLargeError(Exception):
    """A body outgrew its bound: (status, code, message, remedy)."""

    def __init__(self, status: int, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {
            "error": {"code": code, "message": message, "field": "", "rule": "", "remedy": remedy}
        }


class BodyLimit:
    """ASGI middleware. `large_bytes` bounds POST /v1/messages, 1 MiB every other body."""

    def __init__(self, app: App, large_bytes: int, total_bytes: int = TOTAL_BYTES) -> None:
        self._app = app
        self._large = large_bytes
        self._total = total_bytes
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its body counted as it arrives."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._large if scope["path"] == LARGE_PATH else SMALL_BODY_BYTES
        counted = 0

        async def counting() -> Message:
            nonlocal counted
            message = await receive()
            length = len(message.get("body", b""))
            counted += length
            self._held += length
            self._check(counted, limit)
            return message

        try:
            self._check(_announced(scope), limit)
            await self._app(scope, counting, send)
        except _TooLargeError as error:
            await _answer(send, error)
        finally:
            self._held -= counted

    def _check(self, size: int, limit: int) -> None:
        if size > limit:
            remedy = "send fewer messages in one request"
            text = f"the request is larger than {limit} bytes"
            raise _TooLargeError(413, "invalid-input", text, remedy)
        if self._held > self._total:
            text = "too many large requests at the same time"
            raise _TooLargeError(503, "unavailable", text, "try again in a moment")


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and len(value) < 16:
            return int(value)
    return 0


async def _answer(send: Send, error: _TooLargeError) -> None:
    body = json.dumps(error.body).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
