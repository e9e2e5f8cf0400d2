"""What one officer does at the own node: send, read, wait.

Contract: see the package. Everything that is secret stays in this process; calls are synchronous.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from relec_exchange.audit.entry import commitment
from relec_exchange.client.compose import Author, Draft, composed
from relec_exchange.client.handles import Content, Message, Submitted
from relec_exchange.client.wire import Wire, error_from
from relec_exchange.errors import InvalidInput, NotFound, Refused, RelecError, Unavailable
from relec_exchange.message.codes import AuthorRole
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.document import Message as Document
from relec_exchange.message.encoding import b64, unb64
from relec_exchange.message.identifiers import message_id
from relec_exchange.settings import FILE_NAME, read_settings
from relec_exchange.trust.officer import OfficerKey, Role

Json = dict[str, Any]

_SALT_BYTES: Final = 32
_ID_BYTES: Final = 10
_PAGE: Final = 500
_POLL_SECONDS: Final = 0.25
# A batch is cut before its base64 comes near the node's limit for one request.
_BATCH_BYTES: Final = 32 * 1024 * 1024
_RETRY_SECONDS: Final = (0.2, 1.0)
_STAGES: Final = ("submitted", "released", "relayed", "validated", "opened", "answered")
_ENDS: Final = frozenset({"rejected", "voided", "expired"})


class Client:
    """Talks to the node at `where` (its home directory or its socket) as one officer.

    `key_file` is `<home>/officers/<officer>.key` unless given; `passphrase` opens it.
    """

    def __init__(
        self,
        where: str | Path,
        officer: str,
        key_file: str | Path | None = None,
        passphrase: str | None = None,
    ) -> None:
        place = Path(where)
        socket = _socket(place)
        file = Path(key_file) if key_file else place / "officers" / f"{officer}.key"
        self._wire = Wire(socket, officer, _read_key(file, passphrase))
        self._info: Json | None = None

    @classmethod
    def of(cls, wire: Wire) -> Self:
        """A client on a connection that exists, for programs that keep keys elsewhere."""
        client = cls.__new__(cls)
        client._wire, client._info = wire, None
        return client

    @property
    def wire(self) -> Wire:
        """The signed connection, for calls that have no method here."""
        return self._wire

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    # ---- sending -------------------------------------------------------------------------------

    def submit(
        self, *, type: str, to: str | Sequence[str], body: Mapping[str, Any], **header: Any
    ) -> list[Submitted]:
        """Submit one message per recipient; raises if one is malformed, see `submit_many`.

        `header` are fields of the header (`message/header.py`), for example `area`.
        """
        recipients = [to] if isinstance(to, str) else list(dict.fromkeys(to))
        if not recipients:
            raise InvalidInput("there is no recipient", field="to", remedy="name at least one node")
        return self.submit_many([Draft(type, node, body, header) for node in recipients])

    def submit_many(
        self, drafts: Iterable[Draft], keys: Iterable[str] | None = None
    ) -> list[Submitted]:
        """Submit any number of drafts, in batches; one result each, in order.

        A draft that is malformed raises `InvalidInput` before anything is sent. What the node
        refuses stands in `Submitted.error`. `keys` are idempotency keys, one per draft: a key that
        was used before gives `Conflict` in the result and no second message, also after a crash.
        """
        documents = [self.compose(draft) for draft in drafts]
        names = list(keys) if keys is not None else [d.header.message_id for d in documents]
        if len(names) != len(documents):
            raise InvalidInput("one idempotency key per draft", field="keys")
        return self.submit_documents(documents, names)

    def compose(self, draft: Draft) -> Document:
        """The complete message of a draft, as it would be signed; nothing is sent."""
        now = self._wire.clock()
        made = message_id(now, self._wire.random(_ID_BYTES))
        return composed(draft, self._author(draft.header), made, now)

    def submit_documents(
        self, documents: Sequence[Document], keys: Sequence[str]
    ) -> list[Submitted]:
        """Sign and submit complete messages under their idempotency keys."""
        items = [self._item(d, key) for d, key in zip(documents, keys, strict=True)]
        results: list[Submitted] = []
        for batch in _batches(items):
            results += [_submitted(result) for result in self._post(batch)["results"]]
        return results

    def release(self, message_id: str) -> Submitted:
        """Release a message that another officer submitted."""
        line = self.show(message_id, "out")
        signature = self._wire.key.sign_release(bytes.fromhex(line["commitment"]))
        body = {"officer": self._wire.officer, "signature": b64(signature)}
        return _submitted(self._wire.post(f"/v1/messages/{message_id}/release", body))

    def ack(
        self, message_id: str, action_taken: str, passed_to: Sequence[str] = (), **header: Any
    ) -> Submitted:
        """Acknowledge a message received: what was done, and to whom it was passed."""
        unit = str(header.get("sender_unit") or self._author(header).unit)
        body: Json = {"unit": unit, "action_taken": action_taken}
        if passed_to:
            body["passed_to"] = list(passed_to)
        return self._answer(message_id, "ack", body, header)

    def reply(
        self, message_id: str, kind: str, answers: Sequence[Mapping[str, Any]] = (), **header: Any
    ) -> Submitted:
        """Answer an information request; `nothing_can_be_provided` takes no answers."""
        body: Json = {"kind": kind}
        if answers:
            body["answers"] = [dict(answer) for answer in answers]
        return self._answer(message_id, "info.reply", body, header)

    # ---- reading -------------------------------------------------------------------------------

    def messages(self, after: int = 0, follow: bool = False, **filters: str) -> Iterator[Message]:
        """Messages received after a row, oldest first; with `follow` also those to come.

        Filters: peer, type, area, unit, state. Remember `row` of the last one to go on from it.
        """
        while True:
            page = self._wire.get("/v1/inbox", after=after, limit=_PAGE, **filters)
            for item in page["items"]:
                after = item["row"]
                yield Message(item["message_id"], item["type"], item["sender"], after, item, self)
            if page["next"] is None:
                if not follow:
                    return
                time.sleep(_POLL_SECONDS)

    def open(self, message_id: str, direction: str = "in") -> Content:
        """Read a message; signed over its leaf hash, and logged.

        One of our own that waits for its releaser has no leaf yet: its commitment is signed.
        """
        line = self.show(message_id, direction)
        digest = bytes.fromhex(line["leaf"] or line["commitment"])
        signature = self._wire.key.sign_open(digest)
        body = {"officer": self._wire.officer, "signature": b64(signature)}
        answer = self._wire.post(f"/v1/messages/{message_id}/open", body, direction=direction)
        return Content(answer["header"], answer["body"], unb64(answer["message"]))

    def show(self, message_id: str, direction: str | None = None) -> Json:
        """The life line of a message, without content."""
        return self._wire.get(f"/v1/messages/{message_id}", direction=direction)

    def wait(
        self, message_id: str, stage: str = "validated", timeout_seconds: float = 30.0
    ) -> Json:
        """The life line once a message that was sent has reached the stage, or a later one.

        Raises `Unavailable` after the timeout; `Refused` if it was rejected, voided or expired.
        """
        if stage not in _STAGES:
            raise InvalidInput(f"stage is one of {', '.join(_STAGES)}", field="stage")
        wanted = set(_STAGES[_STAGES.index(stage) :])
        deadline = time.monotonic() + timeout_seconds
        while True:
            line = self.show(message_id, "out")
            if line["state"] in wanted:
                return line
            _check_end(line)
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"the message is {line['state']}, not {stage}, after {timeout_seconds:g} s",
                    remedy="it goes on by itself; ask again later",
                )
            time.sleep(_POLL_SECONDS)

    def info(self) -> Json:
        """The node and the own roles (GET /v1/node); asked once and remembered."""
        if self._info is None:
            self._info = self._wire.get("/v1/node")
        return self._info

    # ---- inside --------------------------------------------------------------------------------

    def _answer(
        self, message_id: str, type_name: str, body: Json, header: Mapping[str, Any]
    ) -> Submitted:
        """Send an answer with area, purpose and urgency of what it answers."""
        line = self.show(message_id, "in")
        given = {"in_reply_to": message_id, "area": line["area"] or None, **header}
        if type_name == "ack" and "purpose" not in header and line["type"].endswith("life_at_risk"):
            given["purpose"] = "rescue_only"
        [sent] = self.submit_many([Draft(type_name, line["sender"], body, given)])
        return sent

    def _author(self, header: Mapping[str, Any]) -> Author:
        info = self.info()
        you = info["you"] or {}
        units: list[str] = info["units"] or ["contact-point"]
        unit = you["unit"] if you.get("unit") in units else units[0]
        role = AuthorRole.SYSTEM if Role.SYSTEM in you.get("roles", ()) else AuthorRole.SUBMITTER
        return Author(info["node"], info["exercise"], unit, role)

    def _item(self, document: Document, key: str) -> Json:
        """One submission: message, salt, and the signatures that this officer may give."""
        salt = self._wire.random(_SALT_BYTES)
        digest = commitment(salt, document.raw)
        roles = self.info()["you"]["roles"]
        release = None
        if Role.RELEASER in roles or Role.SYSTEM in roles:
            release = self._signed(self._wire.key.sign_release(digest))
        return {
            "idempotency_key": key,
            "message": b64(document.raw),
            "salt": b64(salt),
            "submit": self._signed(self._wire.key.sign_submit(digest)),
            "release": release,
        }

    def _post(self, batch: list[Json]) -> Json:
        """Submit a batch; the same bytes again if the node went away, which is harmless."""
        for pause in _RETRY_SECONDS:
            try:
                return self._wire.post("/v1/messages", {"messages": batch})
            except Unavailable:
                time.sleep(pause)
        return self._wire.post("/v1/messages", {"messages": batch})

    def _signed(self, signature: bytes) -> Json:
        return {"officer": self._wire.officer, "signature": b64(signature)}


def _socket(place: Path) -> Path:
    """The socket of a home directory, or the path itself."""
    if (place / FILE_NAME).exists():
        settings = read_settings(place)
        return settings.path(settings.api.socket)
    return place


def _read_key(file: Path, passphrase: str | None) -> OfficerKey:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise NotFound(
            f"the officer key {file} cannot be read: {error.strerror}",
            field="key_file",
            remedy="name the file, or make a key with: relec officer keygen",
        ) from None
    return OfficerKey.from_pkcs8(data, passphrase)


def _batches(items: Sequence[Json]) -> Iterator[list[Json]]:
    """Cut into requests of at most 256 messages and a bounded number of bytes."""
    batch: list[Json] = []
    size = 0
    for item in items:
        length = len(item["message"])
        if batch and (len(batch) == LIMITS.batch_max or size + length > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += length
    if batch:
        yield batch


def _submitted(result: Mapping[str, Any]) -> Submitted:
    error: RelecError | None = error_from(result["error"]) if result.get("error") else None
    return Submitted(result["message_id"], result["recipient"], result["status"], error)


def _check_end(line: Mapping[str, Any]) -> None:
    """Raise `Refused` if a message will get no further."""
    if line["state"] in _ENDS:
        codes = [receipt["code"] for receipt in line["receipts"]]
        raise Refused(
            f"the message is {line['state']}",
            rule=codes[-1] if codes else line["state"],
            remedy="see its life line: relec show",
        )
