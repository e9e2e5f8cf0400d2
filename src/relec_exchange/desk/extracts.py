"""Extracts of warnings for the public: made by one officer, released by another, and kept.

Contract: an extract leaves the node only by `export` of one that was released. The releasing
officer signs over a salted commitment to exactly the bytes that are published; the signature
stands in the activity log. A warning that was held, withdrawn or replaced gives no extract.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from relec_exchange.audit.entry import commitment
from relec_exchange.desk.core import Core, Json
from relec_exchange.desk.messages import check_unit
from relec_exchange.desk.public_parts import (
    Choice,
    check_choice,
    check_source,
    document,
    stand_in,
)
from relec_exchange.errors import Conflict, InvalidInput, NotAuthorised, NotFound, Refused
from relec_exchange.journal.content import read_content, store_content
from relec_exchange.journal.plan import EntryFields, Plan
from relec_exchange.message.codes import Purpose
from relec_exchange.message.document import Message, parse_message
from relec_exchange.message.encoding import b64, canonical, parse_json
from relec_exchange.message.identifiers import format_time, message_id
from relec_exchange.ports import RowConflict
from relec_exchange.protection.model import Effect
from relec_exchange.protection.provided import Consent
from relec_exchange.protection.rules import judge
from relec_exchange.records import ExtractRow, InboxRow, Insert, OutboxRow, Update, Where
from relec_exchange.trust.decide import Allowed
from relec_exchange.trust.officer import Act, Officer, Role

_SALT_BYTES: Final = 32
_ID_BYTES: Final = 10
_OBJECTED: Final = "a protection rule objects to this text"
_REPLACING: Final = ("warning.cancel", "warning.update")
_NEVER_LEFT: Final = frozenset({"submitted", "held", "returned", "rejected", "voided", "expired"})
# Which grant would be asked does not matter: no text of an extract is a figure of a table.
_NO_GRANT: Final = Allowed("", "")


class ExtractDesk:
    """See the module."""

    def __init__(self, core: Core, officer: Callable[[str], Officer]) -> None:
        self.core = core
        self._officer = officer

    def make_extract(self, given: Json, officer: str) -> Json:
        """`answers.Extract` of a new one. Given: message_id, direction, fields, text, language."""
        now = self.core.clock()
        choice = check_choice(Choice(tuple(given["fields"]), given["text"], given["language"]))
        row = self.core.found(given["message_id"], given["direction"])
        check_unit(self.core, row, self._officer(officer))
        message = self._source(row, now)
        extract_id = message_id(now, self.core.random(_ID_BYTES))
        made = document(message, choice, now.date(), extract_id)
        self._look(row.message_id, officer, stand_in(message, made), now)
        raw, salt = canonical(made), self.core.random(_SALT_BYTES)
        stored = store_content(f"extract/{extract_id}", raw, salt, self.core.random)
        kept = ExtractRow(
            extract_id=extract_id,
            message_id=row.message_id,
            sender=message.header.sender,
            made_by=officer,
            made_at=format_time(now),
            released_by="",
            released_at="",
            key_id=stored.key_id,
            content=stored.content,
        )
        entry = self.core.access(officer, "make-extract", row.message_id)
        # What was erased while it was read leaves no extract behind.
        here = Update(type(row), {"row": row.row, "erased_at": ""}, {"erased_at": ""}, must=True)
        try:
            self.core.journal.write(
                Plan(activity=(entry,), changes=(here, Insert(kept)), secrets=stored.secrets)
            )
        except RowConflict:
            raise NotFound("the content of this message was erased", field="message_id") from None
        return self.extract(extract_id)

    def extracts(self) -> list[Json]:
        """`answers.ExtractLine` of each, oldest first, without content."""
        rows = self.core.store.rows(ExtractRow, order="made_at", blobs=False)
        return [_line(row) for row in rows]

    def extract(self, extract_id: str) -> Json:
        """`answers.Extract`: the document with its salt, from which its commitment is computed."""
        row = self._row(extract_id)
        raw, salt = self._content(row)
        return {
            **_line(row),
            "document": parse_json(raw),
            "bytes": b64(raw),
            "salt": b64(salt),
            "commitment": commitment(salt, raw).hex(),
        }

    def release_extract(self, extract_id: str, officer: str, signature: bytes) -> Json:
        """`answers.Extract` after another officer signed that the public may read it."""
        now = self.core.clock()
        row = self._row(extract_id)
        if row.released_by:
            raise Conflict("this extract was released before", field="extract_id")
        if officer == row.made_by:
            raise NotAuthorised(
                "an extract is released by another officer than the one who made it",
                field="officer",
                remedy="ask a colleague with the role of a releaser",
            )
        raw, salt = self._content(row)
        digest = commitment(salt, raw)
        releaser = self._officer(officer).require(Role.RELEASER)
        releaser.verify(Act.EXTRACT, digest, signature)
        # What was fit for the public when it was made may have been withdrawn since.
        direction = "out" if row.sender == self.core.directory.own else "in"
        self._source(self.core.found(row.message_id, direction), now)
        entry: EntryFields = {
            "kind": "extracted",
            "network": self.core.directory.network,
            "actor": officer,
            "id": row.message_id,
            "digest": digest.hex(),
            "signature": b64(signature),
        }
        values = {"released_by": officer, "released_at": format_time(now)}
        change = Update(ExtractRow, {"extract_id": extract_id, "released_by": ""}, values)
        self.core.journal.write(Plan(activity=(entry,), changes=(change,)))
        return self.extract(extract_id)

    def _source(self, row: OutboxRow | InboxRow, now: datetime) -> Message:
        """The warning, if an extract may be made of it."""
        if isinstance(row, InboxRow):
            stands = not row.hold and row.state != "held"
        else:
            stands = row.state not in _NEVER_LEFT
        if not stands or row.withdrawn or self._replaced(row.message_id):
            raise Refused(
                "the warning is held, never left, or was withdrawn or replaced",
                rule="extract-standing",
                field="message_id",
                remedy="take the message that stands now",
            )
        raw, _ = self.core.content(row)
        message = parse_message(raw)
        check_source(message, self.core.directory.own, now.date(), self._consents(row, now))
        return message

    def _consents(self, row: OutboxRow | InboxRow, now: datetime) -> tuple[Consent, ...]:
        """What the sender of a warning allowed to be done with it, as it holds now."""
        provided = self.core.known.provided
        source = provided.received(row, Purpose.PREVENTION) if isinstance(row, InboxRow) else None
        found = provided.consents((row.message_id,)) if source is not None else ()
        return tuple(one for one in found if source and one.covers(source, now.date()))

    def _replaced(self, message_id: str) -> bool:
        conditions = (Where("about", "=", message_id), Where("type", "in", _REPLACING))
        return any(self.core.store.count(kind, *conditions) for kind in (InboxRow, OutboxRow))

    def _look(self, message_id: str, officer: str, message: Message | None, now: datetime) -> None:
        """`_check_texts`; what is refused is logged, for a refusal tells what this node knows."""
        try:
            self._check_texts(message_id, message, now)
        except InvalidInput:
            entry = self.core.access(officer, "extract-refused", message_id)
            self.core.journal.write(Plan(activity=(entry,)))
            raise

    def _check_texts(self, source: str, message: Message | None, now: datetime) -> None:
        """The rules on free text, with all that this node knows; what they only ask, the
        releasing officer answers by signing. Whether the warning itself may be told was looked at.
        """
        if message is None:
            return
        directory = self.core.directory
        facts = self.core.known.outbound(message, _NO_GRANT, directory, now, learn=False)
        others = tuple(one for one in facts.received if one.message_id != source)
        facts = replace(facts, received=others)
        for found in judge(message, facts):
            if found.effect in (Effect.REFUSE, Effect.HOLD):
                raise InvalidInput(
                    # What only this node knows is for its protection desk, not for the maker.
                    _OBJECTED if found.local else found.text,
                    field=found.field.replace("body.what", "text"),
                    remedy=found.remedy or "leave it out, or write it in another way",
                )

    def _row(self, extract_id: str) -> ExtractRow:
        rows = self.core.store.rows(ExtractRow, Where("extract_id", "=", extract_id))
        if not rows:
            raise NotFound("there is no such extract", field="extract_id")
        return rows[0]

    def _content(self, row: ExtractRow) -> tuple[bytes, bytes]:
        secret = self.core.vault.get([row.key_id]).get(row.key_id)
        if secret is None:
            raise NotFound("the content of this extract was erased", field="extract_id")
        return read_content(row, secret)


def _line(row: ExtractRow) -> Json:
    return {
        "extract_id": row.extract_id,
        "message_id": row.message_id,
        "sender": row.sender,
        "made_by": row.made_by,
        "made_at": row.made_at,
        "released_by": row.released_by,
        "released_at": row.released_at,
    }
