"""Who sent a request to the local API: the officer's signature, its time, its nonce.

Contract: `verify_request` returns the officer or raises `NotAuthorised`; a request passes once.
Knows nothing of HTTP. The clock is an argument.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from relec_exchange.errors import InvalidInput, NotAuthorised, NotFound, Unavailable
from relec_exchange.message.encoding import unb64
from relec_exchange.message.identifiers import parse_time
from relec_exchange.trust.officer import Officer, request_bytes
from relec_exchange.trust.register import Register

SKEW_SECONDS: Final = 300
NONCES_MAX: Final = 100_000
_NONCE = re.compile(r"[A-Za-z0-9_-]{22,64}")


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """One request as it arrived: what was asked, and the four `Relec-` headers as text."""

    method: str
    target: str
    body: bytes
    officer: str
    time: str
    nonce: str
    signature: str


class NonceMemory:
    """The nonces of the last minutes; thread-safe and bounded.

    A request from before `since`, when the memory began, is refused: a node that restarts has
    forgotten what it saw, and must not let an old request pass a second time.
    """

    def __init__(self, since: datetime, limit: int = NONCES_MAX) -> None:
        self._since = since
        self._limit = limit
        self._seen: dict[str, datetime] = {}
        self._lock = Lock()

    def use(self, nonce: str, at: datetime, now: datetime) -> None:
        """Remember a nonce; `NotAuthorised` if it was used, `Unavailable` if too many were."""
        if at < self._since:
            raise NotAuthorised(
                "the request is older than the running node",
                field="Relec-Time",
                remedy="sign it again",
            )
        with self._lock:
            if nonce in self._seen:
                raise NotAuthorised("the request was sent before", field="Relec-Nonce")
            if len(self._seen) >= self._limit:
                self._forget(now - timedelta(seconds=SKEW_SECONDS))
            self._seen[nonce] = at

    def _forget(self, before: datetime) -> None:
        self._seen = {nonce: at for nonce, at in self._seen.items() if at >= before}
        if len(self._seen) >= self._limit:
            raise Unavailable("too many requests in the last minutes", remedy="wait a minute")


def verify_request(
    request: SignedRequest, register: Register, memory: NonceMemory, now: datetime
) -> Officer:
    """The officer who signed the request. Raises `NotAuthorised`, the same for every stranger.

    The nonce is spent only by a valid signature, so that nobody can spend another's.
    """
    at = _time(request.time)
    skew = (at - now).total_seconds()
    if abs(skew) > SKEW_SECONDS:
        raise NotAuthorised(
            f"the clock of the request differs from the node's by {skew:+.0f} s",
            field="Relec-Time",
            remedy=f"set the clock; {SKEW_SECONDS} s are allowed",
        )
    if _NONCE.fullmatch(request.nonce) is None:
        raise NotAuthorised("a nonce is 22 to 64 of A-Z a-z 0-9 _ -", field="Relec-Nonce")
    try:
        officer = register.officer(request.officer)
        signature = unb64(request.signature)
    except (NotFound, InvalidInput):
        raise NotAuthorised(
            "the request is not signed by an officer of this node", field="Relec-Officer"
        ) from None
    signed = request_bytes(
        request.method, request.target, request.body, request.time, request.nonce
    )
    officer.verify_request(signed, signature)
    memory.use(request.nonce, at, now)
    return officer


def _time(text: str) -> datetime:
    try:
        return parse_time(text, field="Relec-Time")
    except InvalidInput as error:
        raise NotAuthorised(error.message, field="Relec-Time") from None
