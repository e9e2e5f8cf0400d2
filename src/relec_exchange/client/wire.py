"""Signed requests to a node's socket, and its answers as Python values or as the errors they name.

Contract: every request is signed with the officer's key and has a nonce of its own; what the node
refuses is raised as the same error class that the node raised. Safe between threads.
"""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import httpx2

from relec_exchange.errors import (
    Conflict,
    IntegrityFailure,
    InvalidInput,
    Misconfigured,
    NotAuthorised,
    NotFound,
    Refused,
    RelecError,
    Unavailable,
    Unverified,
)
from relec_exchange.message.encoding import b64
from relec_exchange.message.identifiers import format_time
from relec_exchange.trust.officer import OfficerKey

Json = dict[str, Any]

_TIMEOUT_SECONDS: Final = 120.0
_NONCE_BYTES: Final = 18
_BY_CODE: Final = {
    error.code: error
    for error in (
        InvalidInput,
        NotAuthorised,
        NotFound,
        Conflict,
        Misconfigured,
        Unavailable,
        IntegrityFailure,
    )
}


def utc_now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)


def error_from(body: object) -> RelecError:
    """The error that the `error` object of an answer tells of."""
    texts = {name: str(value) for name, value in body.items()} if isinstance(body, dict) else {}
    message = texts.get("message", "the node gave an answer that cannot be read")
    field, remedy = texts.get("field", ""), texts.get("remedy", "")
    code = texts.get("code", "")
    if code == Refused.code:
        return Refused(message, rule=texts.get("rule", ""), field=field, remedy=remedy)
    if code == Unverified.code:
        # The reason is an object of the node's; its text is all that travels.
        return InvalidInput(message, field=field, remedy=remedy)
    kind = _BY_CODE.get(code) or _of_the_store().get(code, RelecError)
    return kind(message, field=field, remedy=remedy)


def _of_the_store() -> dict[str, type[RelecError]]:
    """Errors of a node's own store by code; imported when one comes, which is seldom."""
    from relec_exchange.journal.standing import NodeBehind
    from relec_exchange.ports import RowConflict, StaleHead, WriterReplaced

    return {one.code: one for one in (NodeBehind, RowConflict, StaleHead, WriterReplaced)}


class Wire:
    """One officer's connection to one node."""

    def __init__(
        self,
        socket: Path,
        officer: str,
        key: OfficerKey,
        clock: Callable[[], datetime] = utc_now,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.officer = officer
        self.key = key
        self.clock = clock
        self.random = random
        self._socket = socket
        # A socket of this machine has no TLS. A context that trusts nobody is made at once; the
        # default one reads all authorities of the machine first, with every command.
        nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._http = httpx2.Client(
            transport=httpx2.HTTPTransport(uds=os.fspath(socket), verify=nobody),
            base_url="http://node",
            timeout=_TIMEOUT_SECONDS,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str, **query: object) -> Json:
        """GET; parameters that are None are left out."""
        return self._call("GET", _target(path, query), b"")

    def post(self, path: str, body: object, **query: object) -> Json:
        """POST a JSON body."""
        return self._call("POST", _target(path, query), json.dumps(body).encode())

    def delete(self, path: str, body: object) -> Json:
        """DELETE with a JSON body."""
        return self._call("DELETE", path, json.dumps(body).encode())

    def events(self, after: int) -> Iterator[Json]:
        """Events after an id as they happen; ends when the node closes the stream."""
        target = _target("/v1/events", {"after": after})
        with (
            self._translated(),
            self._http.stream("GET", target, headers=self._headers("GET", target, b"")) as answer,
        ):
            if answer.status_code != 200:
                answer.read()
                raise _refusal(answer)
            yield from _frames(answer.iter_lines())

    def _call(self, method: str, target: str, body: bytes) -> Json:
        with self._translated():
            answer = self._http.request(
                method, target, content=body, headers=self._headers(method, target, body)
            )
        if answer.status_code >= 300:
            raise _refusal(answer)
        value = answer.json()
        return value if isinstance(value, dict) else {"value": value}

    def _headers(self, method: str, target: str, body: bytes) -> dict[str, str]:
        time = format_time(self.clock())
        nonce = _nonce(self.random)
        signature = self.key.sign_request(method, target, body, time, nonce)
        return {
            "Content-Type": "application/json",
            "Relec-Officer": self.officer,
            "Relec-Time": time,
            "Relec-Nonce": nonce,
            "Relec-Signature": b64(signature),
        }

    def _translated(self) -> _Translated:
        return _Translated(self._socket)


class _Translated:
    """Turns what the transport raises into `Unavailable`."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Translate the library's errors; others pass."""
        if isinstance(error, httpx2.TransportError):
            raise Unavailable(
                f"no node answers at {self._socket}",
                field="socket",
                remedy="start it with: relec run; then try again",
            ) from None


def _target(path: str, query: dict[str, object]) -> str:
    """Path and query exactly as they are sent and signed."""
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def _nonce(random: Callable[[int], bytes]) -> str:
    return b64(random(_NONCE_BYTES)).replace("+", "-").replace("/", "_")


def _refusal(answer: httpx2.Response) -> RelecError:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if body is None and answer.status_code == 503:
        return Unavailable("the node is busy", remedy="try again in a moment")
    return error_from(body.get("error") if isinstance(body, dict) else None)


def _frames(lines: Iterator[str]) -> Iterator[Json]:
    """Server-sent events from lines; comments keep the connection alive and say nothing."""
    event: Json = {}
    for line in lines:
        if not line:
            if event:
                yield event
            event = {}
            continue
        name, _, value = line.partition(": ")
        if name == "id":
            event["id"] = int(value)
        elif name == "event":
            event["event"] = value
        elif name == "data":
            event.update(json.loads(value))
