"""Whether a draft may leave: validate, check the officers, authorise, protect. Nothing is written.

Every check raises; the caller turns what is raised into an answer and a log entry. The officer's
signature over the salted commitment is verified here, before anything is written.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from relec_exchange.audit.entry import commitment
from relec_exchange.errors import InvalidInput, Refused, Unverified
from relec_exchange.message.catalogue import CATALOGUE, features
from relec_exchange.message.document import Message, parse_message, read_document
from relec_exchange.message.encoding import parse_json
from relec_exchange.message.header import Header
from relec_exchange.outbound.drafts import Draft, ReadDraft, Signature
from relec_exchange.ports import Store
from relec_exchange.protection.rules import protect
from relec_exchange.records import InboxRow, Where
from relec_exchange.trust.decide import Allowed, Denied, decide
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.officer import Officer, Role

CREATED_WITHIN = timedelta(days=2)
SALT_BYTES = 32


class Judging:
    """The checks with what they look at."""

    def __init__(self, store: Store, officer: Callable[[str], Officer]) -> None:
        self._store = store
        self._officer = officer

    def read(self, draft: Draft, directory: Directory, now: datetime) -> ReadDraft:
        """The message in a draft, or InvalidInput naming the field."""
        if len(draft.salt) != SALT_BYTES:
            raise InvalidInput("a salt has 32 bytes", field="salt")
        message = _parsed(draft.raw)
        header = message.header
        if not isinstance(header, Header):
            raise InvalidInput(f"{header.type} is written by the node itself", field="header.type")
        if header.sender != directory.own:
            raise InvalidInput(
                "sender must be this node", field="header.sender", remedy=directory.own
            )
        if header.exercise != (directory.network_kind == "exercise"):
            raise InvalidInput(
                f"this is {directory.network_kind} traffic: set exercise accordingly",
                field="header.exercise",
            )
        if abs(header.created_at - now) > CREATED_WITHIN:
            raise InvalidInput("created_at is not now", field="header.created_at")
        answered = self.answered(header)
        return ReadDraft(draft, message, header, commitment(draft.salt, draft.raw), answered)

    def answered(self, header: Header) -> InboxRow | None:
        """The message that an answer names: it came from its recipient and permits this answer."""
        if not CATALOGUE[header.type].reply or header.in_reply_to is None:
            return None
        rows = self._store.rows(
            InboxRow,
            Where("sender", "=", header.recipient),
            Where("message_id", "=", header.in_reply_to),
            blobs=False,
        )
        if not rows:
            raise InvalidInput(
                "in_reply_to names no message that came from this recipient",
                field="header.in_reply_to",
            )
        if header.type not in CATALOGUE[rows[0].type].answers:
            raise InvalidInput(
                f"{rows[0].type} is not answered by {header.type}", field="header.type"
            )
        return rows[0]

    def check_submit(self, read: ReadDraft) -> None:
        """NotAuthorised unless a submitter signed the commitment."""
        given = read.draft.submit
        officer = self._officer(given.officer)
        officer.require(Role.SUBMITTER, Role.PROTECTION_DESK, Role.SYSTEM)
        officer.require_type(read.header.type)
        officer.verify_submit(read.commitment, given.signature)

    def check_release(self, message_type: str, digest: bytes, given: Signature) -> None:
        """NotAuthorised unless a releaser signed the commitment."""
        officer = self._officer(given.officer)
        officer.require(Role.RELEASER, Role.SYSTEM)
        officer.require_type(message_type)
        officer.verify_release(digest, given.signature)

    def authorise(self, message: Message, directory: Directory, now: datetime) -> Allowed:
        """The grant that allows it, or Refused naming the rule."""
        seen = features(message.header)
        decision = decide(directory, seen, now)
        if isinstance(decision, Denied):
            raise Refused(
                decision.text,
                rule=decision.rule,
                field="header.recipient",
                remedy="see `relec agreement check` for what is agreed with this state",
            )
        protect(seen, directory.network_kind)
        return decision


def _parsed(raw: bytes) -> Message:
    """Parse as a recipient would; if that fails, say why in words for the officer."""
    try:
        return parse_message(raw)
    except Unverified as error:
        with suppress(Unverified):
            read_document(parse_json(raw))  # raises InvalidInput, which has the better words
        raise InvalidInput(f"the message is not valid: {error}", field="message") from None
