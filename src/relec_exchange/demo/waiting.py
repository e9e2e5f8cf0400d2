"""Waiting for what happens elsewhere: asked again and again, for a bounded time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from relec_exchange.errors import Unavailable

T = TypeVar("T")

PATIENCE_SECONDS: Final = 90.0
_POLL_SECONDS: Final = 0.1


def eventually(
    ask: Callable[[], T | None], what: str, timeout_seconds: float = PATIENCE_SECONDS
) -> T:
    """The first answer that is true. `Unavailable`, saying `what` did not happen, after the time.

    A node that does not answer just now counts as no answer yet.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            answer = ask()
        except Unavailable:
            answer = None
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise Unavailable(f"{what}: not within {timeout_seconds:g} s")
        time.sleep(_POLL_SECONDS)
