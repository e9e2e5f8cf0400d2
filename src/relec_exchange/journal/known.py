"""What this node knows besides a message: the facts that protection rules are given.

Contract: `outbound` and `inbound` read and write nothing of the store but what they cache; both
are safe between threads. The register is decrypted once and again after `register_changed`. Names
of persons in stored messages about persons are gathered when they are first wanted, the newest
first up to a bound, and grow with each message that is asked about. Nothing is ever logged.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from relec_exchange.errors import InvalidInput, Unverified
from relec_exchange.journal.derivations import Derivations
from relec_exchange.journal.disclosing import Disclosing
from relec_exchange.journal.passages import Source
from relec_exchange.journal.provided import Provided
from relec_exchange.journal.threads import Row, Threads, amended, other_end
from relec_exchange.message.codes import DataLevel
from relec_exchange.message.document import Message
from relec_exchange.message.encoding import parse_json
from relec_exchange.message.header import Header
from relec_exchange.ports import Store, Vault
from relec_exchange.protection.assurance import promised
from relec_exchange.protection.model import Facts
from relec_exchange.protection.register import RegisterEntry
from relec_exchange.records import InboxRow, OutboxRow, RegisterRow, Where
from relec_exchange.sealing.atrest import decrypt
from relec_exchange.trust.decide import Allowed
from relec_exchange.trust.directory import Directory

NAMES_MAX: Final = 5_000
"""Names kept in memory: the newest."""

MESSAGES_READ: Final = 2_000
"""Stored messages of each box whose names are read at the first use."""

THREAD_READ: Final = 24
"""Earlier messages of a thread whose texts are looked at: the newest."""

MIN_CELL: Final = 5
NOMINAL: Final = frozenset({DataLevel.NOMINAL, DataLevel.NOMINAL_SENSITIVE})
_CODE: Final = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+|[0-9A-F-]{8,}", re.IGNORECASE)


class Known:
    """See the module."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._threads = Threads(store)
        self.disclosing = Disclosing(store, vault)
        self.provided = Provided(store, vault)
        self.derivations = Derivations(store, vault)
        self._lock = threading.Lock()
        self._register: tuple[RegisterEntry, ...] | None = None
        self._names: set[str] = set()
        self._listed: tuple[str, ...] | None = None

    def outbound(
        self,
        message: Message,
        decision: Allowed,
        directory: Directory,
        now: datetime,
        *,
        learn: bool = True,
    ) -> Facts:
        """The facts for a message of ours; whether a grant is used first is not among them.

        Without `learn` its names are not kept: it is only looked at.
        """
        return self._facts(message, decision, directory, now, outbound=True, learn=learn)

    def inbound(
        self, message: Message, decision: Allowed, directory: Directory, now: datetime
    ) -> Facts:
        """The facts for a message to us."""
        return self._facts(message, decision, directory, now, outbound=False)

    def register(self) -> tuple[RegisterEntry, ...]:
        """All entries of the protection register that have not ended."""
        with self._lock:
            if self._register is None:
                self._register = self._read_register()
            return self._register

    def register_changed(self) -> None:
        """Read the register again when it is next wanted."""
        with self._lock:
            self._register = None

    def forget_names(self, gone: Iterable[Source] | None = None) -> None:
        """Gather what is known of stored messages again when it is next wanted.

        `gone` are the messages that were erased, where no others were.
        """
        with self._lock:
            self._listed = None
            self._names = set()
        self.provided.forget(gone)

    def _facts(
        self,
        message: Message,
        decision: Allowed,
        directory: Directory,
        now: datetime,
        *,
        outbound: bool,
        learn: bool = True,
    ) -> Facts:
        header = message.header
        replied = outbound and self._replied(header)
        received, consents = self.provided.facts(message) if outbound else ((), ())
        return Facts(
            network_kind=directory.network_kind,
            direction="outbound" if outbound else "inbound",
            today=now.date(),
            min_cell=decision.min_cell or MIN_CELL,
            known_names=self._known_names(message, learn=learn),
            registered=self.register(),
            earlier=self._earlier(message),
            replied=replied,
            amended=self._amended(message),
            assurances=promised(decision.assurances),
            received=received,
            consents=consents,
        )

    def _amended(self, message: Message) -> tuple[str, str]:
        """Type and level of the message that a correction, a recall or an outcome is about."""
        header, named = message.header, amended(message)
        found = self._threads.found(named) if named else ()
        ends = (header.sender, header.recipient)
        return next(((r.type, r.data_level) for r in found if other_end(r) in ends), ("", ""))

    def _replied(self, header: object) -> bool:
        """Whether an answer to the same message has left already."""
        if not isinstance(header, Header) or header.in_reply_to is None:
            return False
        rows = self._store.rows(
            OutboxRow,
            Where("in_reply_to", "=", header.in_reply_to),
            Where("type", "=", header.type),
            Where("recipient", "=", header.recipient),
            blobs=False,
        )
        return any(row.sent_at and row.message_id != header.message_id for row in rows)

    def _earlier(self, message: Message) -> tuple[str, ...]:
        """Texts of the thread that a message belongs to, oldest first."""
        thread = self._threads.of(message)
        own = message.header.message_id
        if thread == own:
            return ()
        found: list[str] = []
        for row in self._threads.rows(thread, THREAD_READ):
            if row.message_id != own:
                found += free_texts(self._document(row))
        return tuple(found)

    # ---- names ---------------------------------------------------------------------------------

    def _known_names(self, message: Message, *, learn: bool) -> tuple[str, ...]:
        """The names known before this message, whose own are known from then on."""
        with self._lock:
            if self._listed is None:
                self._listed = tuple(self._stored_names())
                self._names = set(self._listed)
            known, header = self._listed, message.header
            if learn and isinstance(header, Header) and header.data_level in NOMINAL:
                self._note(known, person_names(_document(message.raw)))
            return known

    def _note(self, known: tuple[str, ...], names: Iterable[str]) -> None:
        fresh = [name for name in dict.fromkeys(names) if name not in self._names]
        if fresh:
            every = (*known, *fresh)
            self._listed = every[-NAMES_MAX:]
            self._names.update(fresh)
            self._names.difference_update(every[:-NAMES_MAX])

    def _stored_names(self) -> list[str]:
        """The newest names last, so that the oldest go first when there are too many."""
        names: dict[str, None] = {}
        levels = Where("data_level", "in", sorted(str(level) for level in NOMINAL))
        rows: list[Row] = [
            *self._store.rows(InboxRow, levels, order="-row", limit=MESSAGES_READ),
            *self._store.rows(OutboxRow, levels, order="-row", limit=MESSAGES_READ),
        ]
        for row in rows:
            names.update(dict.fromkeys(person_names(self._document(row))))
        return list(names)[NAMES_MAX - 1 :: -1]

    # ---- reading -------------------------------------------------------------------------------

    def _document(self, row: Row) -> dict[str, Any]:
        """A stored message as JSON; empty if it was erased."""
        secret = self._vault.get([row.key_id]).get(row.key_id)
        if secret is None:
            return {}
        return _document(decrypt(secret[:32], row.key_id.encode(), row.content))

    def _read_register(self) -> tuple[RegisterEntry, ...]:
        rows = self._store.rows(RegisterRow, Where("ended_at", "=", ""), order="at")
        secrets = self._vault.get([row.key_id for row in rows])
        return tuple(
            RegisterEntry.model_validate_json(
                decrypt(secrets[row.key_id][:32], row.key_id.encode(), row.content)
            )
            for row in rows
            if row.key_id in secrets
        )


def person_names(document: dict[str, Any]) -> list[str]:
    """Every name of a person in a message, wherever it stands, with its transliteration."""
    found: list[str] = []
    for value in _walk(document.get("body")):
        names = value.get("names") if isinstance(value, dict) else None
        for name in names if isinstance(names, list) else ():
            if isinstance(name, dict):
                given = (name.get("text"), name.get("transliteration"))
                found += [text for text in given if isinstance(text, str)]
    return found


def free_texts(document: dict[str, Any]) -> list[str]:
    """Every text in a body that a person wrote, codes left out."""
    body = document.get("body")
    if not isinstance(body, dict) or {"commitment", "parts"} <= body.keys():
        return []
    return [value for value in _walk(body) if isinstance(value, str) and not _CODE.fullmatch(value)]


def _walk(value: Any) -> Iterator[Any]:
    yield value
    children: Sequence[Any] = ()
    if isinstance(value, dict):
        children = list(value.values())
    elif isinstance(value, list):
        children = value
    for child in children:
        yield from _walk(child)


def _document(raw: bytes) -> dict[str, Any]:
    with suppress(InvalidInput, Unverified):
        value = parse_json(raw)
        if isinstance(value, dict):
            return value
    return {}
