"""What one officer does at the own node: send, read, wait.

Contract: see the package. Everything that is secret stays in this process; calls are synchronous.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from relec_exchange.client.acts import Acts
from relec_exchange.client.compose import Author, Draft, composed, header_of
from relec_exchange.client.disclosing import Disclosures
from relec_exchange.client.entering import Entering
from relec_exchange.client.entry import explaining
from relec_exchange.client.handles import Content, Message, Submitted
from relec_exchange.client.parts import Parts
from relec_exchange.client.sending import Sending, signed
from relec_exchange.client.threads import Conversations
from relec_exchange.client.units import Keys, Units, is_sealed, no_keys
from relec_exchange.client.wire import Wire
from relec_exchange.client.withholding import Terms, Withholding
from relec_exchange.errors import InvalidInput, NotFound, Refused, Unavailable
from relec_exchange.message.catalogue import message_type
from relec_exchange.message.codes import AuthorRole
from relec_exchange.message.document import Message as Document
from relec_exchange.message.encoding import unb64
from relec_exchange.message.identifiers import message_id
from relec_exchange.message.withholding import CutMessage
from relec_exchange.settings import FILE_NAME, read_settings
from relec_exchange.trust.officer import OfficerKey, Role

Json = dict[str, Any]

_ID_BYTES: Final = 10
_PAGE: Final = 500
_POLL_SECONDS: Final = 0.25
_STAGES: Final = ("submitted", "released", "relayed", "validated", "opened", "answered")
_ENDS: Final = frozenset({"rejected", "voided", "expired", "returned"})


class Client(Acts, Conversations, Disclosures, Entering, Parts):
    """Talks to the node at `where` (its home directory or its socket) as one officer.

    `key_file` is `<home>/officers/<officer>.key` unless given; `passphrase` opens it. `unit_keys`
    gives the unit's private keys when a body that is sealed to it is opened.
    """

    def __init__(
        self,
        where: str | Path,
        officer: str,
        key_file: str | Path | None = None,
        passphrase: str | None = None,
        unit_keys: Keys = no_keys,
    ) -> None:
        place = Path(where)
        socket = _socket(place)
        file = Path(key_file) if key_file else place / "officers" / f"{officer}.key"
        self._begin(Wire(socket, officer, _read_key(file, passphrase)), unit_keys)

    def _begin(self, wire: Wire, unit_keys: Keys) -> None:
        self._wire = wire
        self._info: Json | None = None
        self.on_cut: Callable[[CutMessage], None] | None = None
        self._withholding = Withholding(wire)
        self._units = Units(wire, unit_keys, self.info, self._withholding)

    @classmethod
    def of(cls, wire: Wire, unit_keys: Keys = no_keys) -> Self:
        """A client on a connection that exists, for programs that keep keys elsewhere."""
        client = cls.__new__(cls)
        client._begin(wire, unit_keys)
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
        self,
        *,
        type: str,
        to: str | Sequence[str],
        body: Mapping[str, Any],
        answers: Sequence[str] = (),
        **header: Any,
    ) -> list[Submitted]:
        """Submit one message per recipient; raises if one is malformed, see `submit_many`.

        `header` are fields of the header (`message/header.py`), for example `area`. `answers` name
        the questions of the protection rules that the officer answers with yes, for example
        "no-person-recognisable": only what was looked at may be answered.
        """
        recipients = [to] if isinstance(to, str) else list(dict.fromkeys(to))
        if not recipients:
            raise InvalidInput("there is no recipient", field="to", remedy="name at least one node")
        documents = [self.compose(Draft(type, node, body, header)) for node in recipients]
        return self.submit_documents(documents, _ids(documents), answers)

    def submit_many(
        self,
        drafts: Iterable[Draft],
        keys: Iterable[str] | None = None,
        answers: Sequence[str] = (),
    ) -> list[Submitted]:
        """Submit any number of drafts, in batches; one result each, in order.

        A draft that is malformed raises `InvalidInput` before anything is sent. What the node
        refuses stands in `Submitted.error`. `keys` are idempotency keys, one per draft: a key that
        was used before gives `Conflict` in the result and no second message, also after a crash.
        """
        documents = [self.compose(draft) for draft in drafts]
        names = list(keys) if keys is not None else _ids(documents)
        if len(names) != len(documents):
            raise InvalidInput("one idempotency key per draft", field="keys")
        return self._sending().submit(documents, names, answers)

    def compose(self, draft: Draft) -> Document:
        """The complete message of a draft, as it would be signed: what the agreement with its
        recipient withholds is cut (`message.withholding.CutMessage`). Nothing is sent. `on_cut`, if
        it is set, is called with each message from which something was cut; it may raise.
        """
        now = self._wire.clock()
        made = message_id(now, self._wire.random(_ID_BYTES))
        author, entered = self._author(), self.enter(draft)
        draft = entered.draft
        with explaining(entered.notes):
            if is_sealed(draft.type):
                whole = self._units.compose(header_of(draft, author, made, now), draft.body)
            else:
                whole = self._withholding.cut(composed(draft, author, made, now))
        if self.on_cut is not None and isinstance(whole, CutMessage):
            self.on_cut(whole)
        return whole

    def check(self, documents: Sequence[Document]) -> list[Json]:
        """As `Acts.check`; with what was found here in bodies that the node cannot read, and under
        "entry" what the author should look at.
        """
        found = super().check(documents)
        for document, one in zip(documents, found, strict=True):
            one["findings"] += self._units.findings(document.header.message_id)
            one["entry"] = self._noted(document)
        return found

    def submit_documents(
        self, documents: Sequence[Document], keys: Sequence[str], answers: Sequence[str] = ()
    ) -> list[Submitted]:
        """Sign and submit complete messages, the copies of one to several recipients."""
        batch = documents[0].header.message_id if len(documents) > 1 else None
        return self._sending().submit(documents, keys, answers, batch)

    def ack(
        self, message_id: str, action_taken: str, passed_to: Sequence[str] = (), **header: Any
    ) -> Submitted:
        """Acknowledge a message received: what was done, and to whom it was passed."""
        unit = str(header.get("sender_unit") or self._author().unit)
        body: Json = {"unit": unit, "action_taken": action_taken}
        if passed_to:
            body["passed_to"] = list(passed_to)
        return self.respond(message_id, "ack", body, **header)

    def reply(
        self,
        message_id: str,
        kind: str,
        answers: Sequence[Mapping[str, Any]] = (),
        questions: Sequence[str] = (),
        **header: Any,
    ) -> Submitted:
        """Answer an information request; `questions` as in `respond`."""
        body: Json = {"kind": kind}
        if answers:
            body["answers"] = [dict(answer) for answer in answers]
        return self.respond(message_id, "info.reply", body, questions, **header)

    def respond(
        self,
        message_id: str,
        type: str,
        body: Mapping[str, Any],
        questions: Sequence[str] = (),
        **header: Any,
    ) -> Submitted:
        """Answer a message received with one of this type, in its area (and purpose of a rescue).

        An answer about persons has the purpose of what it answers, which is opened for that.
        `questions` name those of the protection rules that the officer answers with yes.
        """
        line = self.show(message_id, "in")
        if message_type(type).nominal and "purpose" not in header:
            return self._back(self.open(message_id), type, body, questions, header)
        given = {"in_reply_to": message_id, "area": line["area"] or None, **header}
        if type == "ack" and "purpose" not in header and line["type"].endswith("life_at_risk"):
            given["purpose"] = "rescue_only"
        [sent] = self.submit_many([Draft(type, line["sender"], body, given)], answers=questions)
        return sent

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

        One of our own that waits for its releaser has no leaf yet: its commitment is signed. A body
        that is sealed to a unit is opened with its key (`client.units`).
        """
        line = self.show(message_id, direction)
        digest = bytes.fromhex(line["leaf"] or line["commitment"])
        body = signed(self._wire, self._wire.key.sign_open(digest))
        answer = self._wire.post(f"/v1/messages/{message_id}/open", body, direction=direction)
        content = Content(
            answer["header"],
            answer["body"],
            unb64(answer["message"]),
            cuts=tuple(answer["cuts"]),
            disclosed=tuple(answer["disclosed"]),
            terms=Terms.of(answer["terms"]),
        )
        return self._units.opened(content, direction)

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

    def _author(self) -> Author:
        info = self.info()
        you = info["you"] or {}
        units: list[str] = info["units"] or ["contact-point"]
        unit = you["unit"] if you.get("unit") in units else units[0]
        role = AuthorRole.SYSTEM if Role.SYSTEM in you.get("roles", ()) else AuthorRole.SUBMITTER
        return Author(info["node"], info["exercise"], unit, role)

    def _sending(self) -> Sending:
        return Sending(self._wire, self.info()["you"]["roles"])


def _ids(documents: Sequence[Document]) -> list[str]:
    return [document.header.message_id for document in documents]


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


def _check_end(line: Mapping[str, Any]) -> None:
    """Raise `Refused` if a message will get no further."""
    if line["state"] in _ENDS:
        codes = [receipt["code"] for receipt in line["receipts"]]
        raise Refused(
            f"the message is {line['state']}",
            rule=codes[-1] if codes else line["state"],
            remedy="see its life line: relec show",
        )
