"""What a node does once when it starts: adopt the files of its home, sweep its vault; and who takes
the notes that come later.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.desk.imports import LEDGER_KEY
from relec_exchange.errors import RelecError
from relec_exchange.journal.arrived import Arrived, Handler
from relec_exchange.journal.plan import Plan, joined
from relec_exchange.journal.writer import Journal
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import OfferedNote, Store, Vault
from relec_exchange.records import (
    CommentRow,
    DraftRow,
    ExtractRow,
    InboxRow,
    JudgementRow,
    LegalHoldRow,
    OutboxRow,
    ReceivedContentRow,
    RegisterRow,
    Where,
)
from relec_exchange.rounds.book import DirectoryBook
from relec_exchange.rounds.notes import Notes
from relec_exchange.rounds.offered import BRINGING, notices
from relec_exchange.rounds.proposals import Proposals
from relec_exchange.rounds.showing import Showing
from relec_exchange.trust.card import parse_card


def adopt_files(files: TrustFiles, book: DirectoryBook, journal: Journal, now: datetime) -> None:
    """Adopt the notes of the trust folder; only a fault in our own card stops the start."""
    pins, own = files.pins(), book.current.own
    cards = [(parse_card(note).card, note) for note in files.cards()]
    offered = [
        (card.node, OfferedNote("card", note, pins.get(card.node, "")))
        for card, note in sorted(cards, key=lambda c: (c[0].node != own, c[0].node, c[0].version))
        if not _holds(book, card.node, card.version)
    ]
    texts = [note.decode("utf-8", "replace") for note in files.notices()]
    offered += [("", note) for note in notices(texts)]
    offered += [("", OfferedNote("agreement", note)) for note in files.agreements()]
    # A card may rest on a revocation, and that on a card: what fails is tried once more.
    left = [(node, note) for node, note in offered if not _adopted(book, note, journal, now)]
    for node, note in left:
        try:
            book.adopt([note], journal, now)
        except RelecError as error:
            if node == own:
                raise
            structlog.get_logger().warning("trust.file.refused", code=error.code)


def _adopted(book: DirectoryBook, note: OfferedNote, journal: Journal, now: datetime) -> bool:
    """Whether a note is held now."""
    try:
        if not book.holds(note):
            book.adopt([note], journal, now)
    except RelecError:
        return False
    return True


def note_handlers(
    store: Store, book: DirectoryBook, notes: Notes, showing: Showing
) -> dict[str, Handler]:
    """Who acts on the control types that bring notes and proposals."""
    proposals = Proposals(store, lambda: book.current)

    def alarmed(arrived: Sequence[Arrived], now: datetime) -> Plan:
        return joined(notes.handle(arrived, now), showing.accused(arrived, now))

    return {
        "agreement.propose": proposals.handle,
        **dict.fromkeys(BRINGING, notes.handle),
        "log.alarm": alarmed,
    }


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
    held -= {row.key_id for row in store.rows(LegalHoldRow, blobs=False)}
    held.discard(LEDGER_KEY)
    vault.destroy(held, "never-committed", format_time(now))


def _holds(book: DirectoryBook, node: str, version: int) -> bool:
    member = book.current.members.get(node)
    return member is not None and member.card.version >= version
