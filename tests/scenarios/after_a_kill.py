"""What must be true of a node's home after any kill: at once, and when the node has finished.

Read as somebody who has every file and every key: nothing is asked of a running node.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from relec_exchange.adapters.keyfiles import KeyFiles, read_authority
from relec_exchange.adapters.sqlite import SqliteStore
from relec_exchange.adapters.vault import SqliteVault
from relec_exchange.desk.imports import LEDGER_KEY
from relec_exchange.founding import UNDER_WAY
from relec_exchange.journal.content import read_content
from relec_exchange.records import (
    AcceptedRow,
    CommentRow,
    CutRow,
    DraftRow,
    EntryRow,
    ExtractRow,
    InboxRow,
    JudgementRow,
    LegalHoldRow,
    LogHeadRow,
    NoteRow,
    OutboxRow,
    ReceivedContentRow,
    RegisterRow,
    Where,
)
from relec_exchange.settings import read_settings
from relec_exchange.testing import PASSPHRASE
from relec_exchange.trust.card import Card, parse_card
from whole_logs import check_every_log

KINDS: Final = (
    OutboxRow,
    InboxRow,
    ReceivedContentRow,
    DraftRow,
    CommentRow,
    RegisterRow,
    JudgementRow,
    ExtractRow,
    LegalHoldRow,
    CutRow,
)
"""Every kind of record that has content under a key of the vault."""

AUTHORITY: Final = ("authority.key", "authority-next.key", "authority-after.key")


@dataclass
class Remains:
    """The files of one node; close it after use."""

    home: Path
    name: str

    def __post_init__(self) -> None:
        settings = read_settings(self.home)
        at, paths = settings.path, settings.paths
        self.keys_at, self.trust_at = at(paths.keys), at(paths.trust)
        self.keys = KeyFiles(self.keys_at, PASSPHRASE)
        self.store = SqliteStore(at(paths.store))
        self.vault = SqliteVault(at(paths.vault), self.keys.storage_key(), os.urandom)

    def close(self) -> None:
        self.store.close()
        self.vault.close()

    # ---- at once -------------------------------------------------------------------------------

    def check_left(self) -> None:
        """As the kill left it: nothing was finished yet."""
        self._no_key_before_its_content()
        self._every_end_has_its_entry()
        self._sealing_keys_or_their_entries()
        self._card_has_its_authority()
        for head in self.store.rows(LogHeadRow, Where("closed", "=", False)):
            assert self.keys.log_key(head.origin).name == head.origin

    def _no_key_before_its_content(self) -> None:
        held = self.vault.ids()
        for row in self._messages():
            if row.key_id and not row.erased_at:
                assert row.key_id in held, "a key is destroyed for content that is still held"
                if row.cls != "control":
                    secret = self.vault.get([row.key_id])[row.key_id]
                    assert read_content(row, secret)[0], "content that is not marked is gone"
        marked = {row.message_id for row in self._messages() if row.erased_at}
        for kind in (ReceivedContentRow, JudgementRow, CutRow):
            for one in self.store.rows(kind):
                assert one.key_id in held or one.message_id in marked, kind.__name__

    def _every_end_has_its_entry(self) -> None:
        logged = self.erased("message")
        marked = {subject(row, self.name) for row in self._messages() if row.erased_at}
        assert marked == logged, "a mark without its entry, or an entry without its mark"
        for row in self._messages():
            if row.cls != "control":
                assert row.erased_at or (row.content and row.key_id), "gone without its entry"

    def _sealing_keys_or_their_entries(self) -> None:
        logged, here = self.erased("sealing-epoch"), self.keys.sealing_ids()
        for name in self.spans():
            assert name in logged or name in here, "a sealing key went without its entry"
            assert name in logged or self.keys.sealing(name) is not None

    def _card_has_its_authority(self) -> None:
        """The newest card that was adopted, and the one that lies in the folder to be adopted."""
        held = set(self.authorities().values())
        waiting = parse_card((self.trust_at / f"{self.name}.card").read_bytes()).card
        for card in (self.card(), waiting):
            if card.version >= self.card().version:
                assert card.authority.public().fingerprint() in held
                assert card.authority.next in held

    # ---- when the node has finished ------------------------------------------------------------

    def check_whole(self, now: datetime) -> None:
        """Nothing is half done any more."""
        named = {one.key_id for kind in KINDS for one in self.store.rows(kind) if one.key_id}
        held = self.vault.ids() - {LEDGER_KEY}
        assert held - named == set(), "a key that no content belongs to"
        assert named - held == set(), "content without its key"
        for row in self._messages():
            if row.erased_at:
                assert (row.content, row.key_id) == (b"", ""), "erased content is still here"
        self._epochs_in_time(now)
        self._files_match_the_card()
        check_every_log(self.store, self.keys.log_public)

    def _epochs_in_time(self, now: datetime) -> None:
        logged, here = self.erased("sealing-epoch"), self.keys.sealing_ids()
        for name, ends in self.spans().items():
            over = ends + UNDER_WAY < now - timedelta(hours=1)
            assert (name in here) == (name not in logged), "an entry and its sealing key disagree"
            assert not (over and name in here), "a sealing key outlived its time"
            assert over or name in here or ends + UNDER_WAY < now, "destroyed before its time"
        for epoch in self.card().sealing:
            assert self.keys.sealing(epoch.id) is not None or epoch.ends < now

    def _files_match_the_card(self) -> None:
        card, files = self.card(), self.authorities()
        assert files["authority.key"] == card.authority.public().fingerprint()
        assert files["authority-next.key"] == card.authority.next
        assert self.keys.witness().public() == card.witness.public()
        found = {path.name for path in self.keys_at.iterdir() if path.is_file()}
        assert found.isdisjoint({"authority-old.key", "witness-old.key"}), found
        current = {log.origin for log in card.logs if log.state == "current"}
        heads = self.store.rows(LogHeadRow, Where("closed", "=", False))
        assert {head.origin for head in heads} == current

    # ---- reading -------------------------------------------------------------------------------

    def _messages(self) -> Iterator[OutboxRow | InboxRow]:
        yield from self.store.rows(OutboxRow)
        yield from self.store.rows(InboxRow)

    def erased(self, what: str) -> set[str]:
        """The subjects of the entries that say that something was erased."""
        rows = self.store.rows(EntryRow, Where("kind", "=", "erased"))
        entries = [json.loads(row.data) for row in rows]
        subjects = [entry["subject"] for entry in entries if entry["what"] == what]
        assert len(subjects) == len(set(subjects)), "one end was written twice"
        return set(subjects)

    def cards(self) -> list[Card]:
        mine = Where("kind", "=", "card"), Where("subject", "=", self.name)
        rows: Sequence[Any] = self.store.rows(NoteRow, *mine)
        return sorted((parse_card(row.note).card for row in rows), key=lambda card: card.version)

    def card(self) -> Card:
        return self.cards()[-1]

    def spans(self) -> dict[str, datetime]:
        """The end of every sealing epoch that one of our cards named."""
        found: dict[str, datetime] = {}
        for card in self.cards():
            for epoch in card.sealing:
                found[epoch.id] = max(epoch.ends, found.get(epoch.id, epoch.ends))
        return found

    def authorities(self) -> dict[str, str]:
        """Fingerprints of the authority's keys by file."""
        return {
            file: read_authority(self.keys_at / file, PASSPHRASE).public().fingerprint()
            for file in AUTHORITY
            if (self.keys_at / file).exists()
        }

    def sent(self) -> dict[str, str]:
        """State of each message of officers that was sent, by id."""
        rows = self.store.rows(OutboxRow, Where("cls", "!=", "control"), blobs=False)
        assert len({row.message_id for row in rows}) == len(rows)
        return {row.message_id: row.state for row in rows}

    def received(self) -> list[str]:
        """Ids of the messages that were received, each as often as it was."""
        rows = self.store.rows(InboxRow, blobs=False)
        taken = self.store.rows(AcceptedRow, Where("outcome", "!=", "accepted"), blobs=False)
        assert not taken, [(row.type, row.outcome, row.detail) for row in taken]
        return [row.message_id for row in rows]


def subject(row: OutboxRow | InboxRow, name: str) -> str:
    """What the log calls a message that was erased."""
    return f"{row.sender if isinstance(row, InboxRow) else name}/{row.message_id}"
