"""What a new message of ours uses of others': the facts of rule P7, found in the store.

Contract: `facts` reads and writes nothing; safe between threads. A message that names others is
followed through our own messages to what they were made from. Passages of what came under H2 are
found by an index in memory: the newest messages up to a bound, read once when it is first asked
and grown by arrivals. It holds numbers made of passages, never a text, and `forget` takes out what
was erased.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Final

from relec_exchange.errors import InvalidInput, Unverified
from relec_exchange.journal.content import read_content, read_message
from relec_exchange.journal.passages import WINDOWS_MAX, Passages, Source
from relec_exchange.message.bodies.consents import Decision, Use
from relec_exchange.message.codes import DataLevel, Handling, Purpose
from relec_exchange.message.document import Message, parse_message
from relec_exchange.message.header import Header
from relec_exchange.ports import Store, Vault
from relec_exchange.protection.provided import Consent, Received, handling_of, under
from relec_exchange.protection.quoting import STEP, digest, files, said, windows
from relec_exchange.records import ConsentRow, InboxRow, OutboxRow, Where

MESSAGES_READ: Final = 20_000
"""Messages received that are looked at when the index is made: the newest."""

FOLLOWED_MAX: Final = 256
"""Messages that are followed from one header."""

Noted = tuple[Source, str, tuple[str, ...]]
"""Of a message: who sent it under which id, what it says, and its files."""

_RUNS_KEPT: Final = 4
_PAGE: Final = 100
_NOMINAL: Final = frozenset({DataLevel.NOMINAL, DataLevel.NOMINAL_SENSITIVE})
_H2: Final = b'"H2"'


class Provided:
    """See the module."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._lock = threading.Lock()
        self._index: Passages | None = None

    def facts(self, message: Message) -> tuple[tuple[Received, ...], tuple[Consent, ...]]:
        """What a message of ours names, was made from or tells again, and the consents to it."""
        header = message.header
        if not isinstance(header, Header):
            return (), ()
        found = {(one.provider, one.message_id): one for one in self._named(header)}
        for one in self._quoted(message, header):
            before = found.get((one.provider, one.message_id), one)
            found[one.provider, one.message_id] = replace(before, runs=one.runs)
        return tuple(found.values()), self.consents(one.message_id for one in found.values())

    def consents(self, message_ids: Iterable[str]) -> tuple[Consent, ...]:
        """What providers granted about these messages; ended ones are among them."""
        wanted = sorted(set(message_ids))
        if not wanted:
            return ()
        rows = self._store.rows(ConsentRow, Where("message_id", "in", wanted))
        return tuple(_consent(row) for row in rows if row.decision == Decision.GRANTED)

    def received(self, row: InboxRow, if_gone: Purpose, via: str = "") -> Received | None:
        """A message received as the rules see it.

        Of one whose content is gone nobody knows the codes: it counts as H2 for the purpose
        `if_gone` where it was about a person or was called back; None for others.
        """
        message = self.message(row)
        purpose, handling = if_gone, frozenset({Handling.H2})
        if message is not None and isinstance(message.header, Header):
            purpose, handling = message.header.purpose, handling_of(message)
        elif row.data_level not in _NOMINAL and not row.withdrawn:
            return None
        return Received(
            row.message_id, row.sender, purpose, handling, via=via, withdrawn=row.withdrawn
        )

    def message(self, row: InboxRow | OutboxRow) -> Message | None:
        """The message of a record; None where its content is gone."""
        with suppress(InvalidInput, Unverified):
            return read_message(row, self._vault)
        return None

    def arrived(self, messages: Iterable[Message]) -> None:
        """Messages that were accepted and are stored now."""
        with self._lock:
            for noted in map(_noted, messages) if self._index is not None else ():
                if self._index is not None and noted is not None:
                    self._index.add(*noted)

    def forget(self, gone: Iterable[Source] | None = None) -> None:
        """Drop these messages from the index; None: make it again when it is next wanted."""
        with self._lock:
            if gone is None:
                self._index = None
            elif self._index is not None:
                for source in gone:
                    self._index.drop(source)

    # ---- what a header names -------------------------------------------------------------------

    def _named(self, header: Header) -> Iterator[Received]:
        """Each message received that the header names, or from which a named one was made."""
        first = (*header.derived_from, *header.related, *filter(None, (header.supersedes,)))
        via = {name: name for name in first}
        waiting = list(via)
        while waiting:
            page, waiting = waiting, []
            for row in self._store.rows(InboxRow, Where("message_id", "in", page)):
                source = self.received(row, header.purpose, via[row.message_id])
                if source is not None:
                    yield source
            for ours in self._store.rows(OutboxRow, Where("message_id", "in", page)):
                for name in self._made_from(ours):
                    if name not in via and len(via) < FOLLOWED_MAX:
                        via[name] = via[ours.message_id]
                        waiting.append(name)

    def _made_from(self, row: OutboxRow) -> tuple[str, ...]:
        message = self.message(row)
        if message is None or not isinstance(message.header, Header):
            return ()
        header = message.header
        return (*header.derived_from, *header.related, *filter(None, (header.supersedes,)))

    # ---- what is told again --------------------------------------------------------------------

    def _quoted(self, message: Message, header: Header) -> Iterator[Received]:
        """Messages under H2 of which a passage stands in this one, and was not ours before."""
        index = self._built()
        with self._lock:
            found = index.found(message, but=header.recipient)
        for source, passages in found.items():
            for row in self._rows(source):
                ours = self._ours_before(row)
                left = [one for one in passages if one not in ours]
                known = self.received(row, header.purpose) if left else None
                if known is not None:
                    yield replace(known, runs=tuple(map(digest, left[:_RUNS_KEPT])))

    def _rows(self, source: Source) -> list[InboxRow]:
        sender, name = source
        return self._store.rows(
            InboxRow, Where("message_id", "=", name), Where("sender", "=", sender)
        )

    def _ours_before(self, row: InboxRow) -> frozenset[str]:
        """Every window of what we had told its sender ourselves in the same thread."""
        rows = self._store.rows(
            OutboxRow,
            Where("thread", "=", row.thread or row.message_id),
            Where("submitted_at", "<=", row.received_at),
        )
        told = [self.message(one) for one in rows if one.recipient == row.sender]
        return frozenset(window for one in told if one is not None for window in windows(one))

    def _built(self) -> Passages:
        with self._lock:
            if self._index is None:
                self._index = Passages()
                for noted in reversed(self._newest()):
                    self._index.add(*noted)
            return self._index

    def _newest(self) -> list[Noted]:
        """What the index has room for, the newest first."""
        found: list[Noted] = []
        room = WINDOWS_MAX * STEP
        for message in self._under_h2():
            noted = _noted(message)
            if noted is not None:
                found.append(noted)
                room -= len(noted[1])
            if room <= 0:
                break
        return found

    def _under_h2(self) -> Iterator[Message]:
        """Stored messages that say H2 anywhere, the newest first; most do not, and are not read."""
        below, left = Where("row", ">", 0), MESSAGES_READ
        while left > 0:
            page = self._store.rows(InboxRow, below, order="-row", limit=min(left, _PAGE))
            secrets = self._vault.get([row.key_id for row in page])
            for row in page:
                if row.key_id in secrets and row.content:
                    raw, _ = read_content(row, secrets[row.key_id])
                    with suppress(InvalidInput, Unverified):
                        if _H2 in raw:
                            yield parse_message(raw)
            if len(page) < _PAGE:
                return
            below, left = Where("row", "<", page[-1].row), left - len(page)


def _noted(message: Message) -> Noted | None:
    """What of a message is remembered: what is under H2."""
    paths = under(message, Handling.H2)
    if not paths:
        return None
    source = (message.header.sender, message.header.message_id)
    return source, said(message, paths), files(message, paths)


def _consent(row: ConsentRow) -> Consent:
    return Consent(
        row.message_id,
        row.provider,
        Decision(row.decision),
        Use(row.use),
        onward_to=row.onward_to or None,
        purpose=Purpose(row.purpose) if row.purpose else None,
        expires_on=date.fromisoformat(row.expires_on) if row.expires_on else None,
    )
