"""The event stream: Server-Sent Events without content, or the same as a list.

Contract: a stream ends when the client leaves or the application closes; it never blocks other
calls, and only so many are served at once.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from relec_exchange.api import answers
from relec_exchange.api.callers import ALARM_WATCHERS, Anyone
from relec_exchange.api.facade import NodeFacade
from relec_exchange.errors import Unavailable
from relec_exchange.trust.officer import Officer, Role

router = APIRouter(prefix="/v1", tags=["events"])

STREAMS_MAX: Final = 16
PAGE_MAX: Final = 500
# How long one look may wait; also how soon a stream notices that the node stops.
SLICE_SECONDS: Final = 1.0
_SLICES_PER_SIGN_OF_LIFE: Final = 15

SHOWN_TO: Final[Mapping[str, frozenset[Role]]] = MappingProxyType(
    dict.fromkeys(("alarm", "alarm.closed", "behind.shown"), frozenset(ALARM_WATCHERS))
)
"""Events that only officers with one of these roles are told: those who may ask for the record."""


class Streams:
    """The open streams of one application, each with a thread of its own while it waits."""

    def __init__(self) -> None:
        self.closing = False
        self._open = 0
        self._threads: CapacityLimiter | None = None

    def enter(self) -> None:
        """Take a place, or `Unavailable`. Called on the event loop, like `leave`."""
        if self._open >= STREAMS_MAX or self.closing:
            raise Unavailable("no more event streams can be served", remedy="use wait=0")
        self._open += 1

    def leave(self) -> None:
        """Give the place back."""
        self._open -= 1

    @property
    def threads(self) -> CapacityLimiter:
        """Threads of their own: waiting streams must not use up those of other calls."""
        if self._threads is None:
            self._threads = CapacityLimiter(STREAMS_MAX)
        return self._threads


@router.get(
    "/events",
    response_model=answers.Events,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def events(
    request: Request,
    caller: Anyone,
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    wait: Annotated[int, Query(ge=0, le=1)] = 1,
) -> Response:
    """Events after an id; `wait=0` answers a list at once, otherwise the stream stays open."""
    if not wait:
        found = await to_thread.run_sync(_page, caller.node, caller.officer, after)
        page = answers.Events(events=[answers.Event(**item) for item in found])
        return JSONResponse(page.model_dump(mode="json"))
    streams: Streams = request.app.state.streams
    streams.enter()
    body = _stream(streams, caller.node, caller.officer, after)
    headers = {"Cache-Control": "no-store"}
    return StreamingResponse(body, media_type="text/event-stream", headers=headers)


def _page(node: NodeFacade, officer: Officer, after: int) -> list[dict[str, Any]]:
    """The next events that this officer is told; empty only if there is none."""
    while True:
        found = node.events(after, PAGE_MAX)
        shown = [item for item in found if _told(officer, item)]
        if shown or len(found) < PAGE_MAX:
            return shown
        after = found[-1]["id"]


def _told(officer: Officer, item: dict[str, Any]) -> bool:
    roles = SHOWN_TO.get(item["event"])
    return roles is None or not officer.roles.isdisjoint(roles)


async def _stream(
    streams: Streams, node: NodeFacade, officer: Officer, after: int
) -> AsyncIterator[bytes]:
    quiet = 0
    try:
        yield b": relec events\n\n"
        while not streams.closing:
            found = await to_thread.run_sync(
                node.wait_events,
                after,
                SLICE_SECONDS,
                abandon_on_cancel=True,
                limiter=streams.threads,
            )
            shown = [item for item in found if _told(officer, item)]
            quiet = 0 if shown else quiet + 1
            after = found[-1]["id"] if found else after
            for item in shown:
                yield _frame(answers.Event(**item))
            if quiet and quiet % _SLICES_PER_SIGN_OF_LIFE == 0:
                yield b": still here\n\n"
    finally:
        streams.leave()


def _frame(event: answers.Event) -> bytes:
    """One event as lines; JSON has no line break, so no value can end a frame."""
    name = "".join(c for c in event.event if c.isascii() and (c.isalnum() or c in "._-"))
    data: dict[str, Any] = {"at": event.at, "ref": event.ref, "data": event.data}
    return f"id: {event.id}\nevent: {name}\ndata: {json.dumps(data)}\n\n".encode()
