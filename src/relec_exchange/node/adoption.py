"""What a node does once when it starts: adopt the files of its home, sweep its vault."""

from __future__ import annotations

from datetime import datetime

import structlog

from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.desk.imports import LEDGER_KEY
from relec_exchange.errors import RelecError
from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import OfferedNote, Store, Vault
from relec_exchange.records import (
    CommentRow,
    DraftRow,
    ExtractRow,
    InboxRow,
    JudgementRow,
    OutboxRow,
    ReceivedContentRow,
    RegisterRow,
    Where,
)
from relec_exchange.rounds.book import DirectoryBook
from relec_exchange.trust.card import parse_card


def adopt_files(files: TrustFiles, book: DirectoryBook, journal: Journal, now: datetime) -> None:
    """Adopt the notes of the trust folder; only a fault in our own card stops the start."""
    pins, own = files.pins(), book.current.own
    cards = [(parse_card(note).card, note) for note in files.cards()]
    offered = [
        (card.node, OfferedNote("card", note, pins.get(card.node, "")))
        for card, note in sorted(cards, key=lambda c: (c[0].node != own, c[0].node))
        if not _holds(book, card.node, card.version)
    ]
    offered += [("", OfferedNote("agreement", note)) for note in files.agreements()]
    for node, note in offered:
        try:
            book.adopt([note], journal, now)
        except RelecError as error:
            if node == own:
                raise
            structlog.get_logger().warning("trust.file.refused", code=error.code)


def sweep_vault(vault: Vault, store: Store, now: datetime) -> None:
    """Destroy keys whose content was never committed, or has ended (a kill between the two)."""
    held = vault.ids()
    held -= {row.key_id for row in store.rows(OutboxRow, blobs=False)}
    held -= {row.key_id for row in store.rows(InboxRow, blobs=False)}
    held -= {row.key_id for row in store.rows(ReceivedContentRow, blobs=False)}
    held -= {row.key_id for row in store.rows(DraftRow, blobs=False)}
    held -= {row.key_id for row in store.rows(CommentRow, blobs=False)}
    in_force = store.rows(RegisterRow, Where("ended_at", "=", ""), blobs=False)
    held -= {row.key_id for row in in_force}
    held -= {row.key_id for row in store.rows(JudgementRow, blobs=False)}
    held -= {row.key_id for row in store.rows(ExtractRow, blobs=False)}
    held.discard(LEDGER_KEY)
    vault.destroy(held, "never-committed", format_time(now))


def _holds(book: DirectoryBook, node: str, version: int) -> bool:
    member = book.current.members.get(node)
    return member is not None and member.card.version >= version
