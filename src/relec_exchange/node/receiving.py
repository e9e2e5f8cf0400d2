"""The inbox of a node, with what each control message leads to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from relec_exchange.audit.checkpoint import CheckpointCache
from relec_exchange.inbound.accepting import Targets
from relec_exchange.inbound.gathered import Arrival
from relec_exchange.inbound.inbox import Inbox, Sequel
from relec_exchange.inbound.receipts import Receipts
from relec_exchange.inbound.receive import Receiver
from relec_exchange.inbound.sheltering import Shelter
from relec_exchange.journal.own_trees import OwnTrees
from relec_exchange.journal.writer import Journal
from relec_exchange.node.adoption import note_handlers
from relec_exchange.outbound.resend import Resender
from relec_exchange.ports import Clock, Random, Store, WitnessSigner
from relec_exchange.rounds.book import DirectoryBook
from relec_exchange.rounds.notes import Notes
from relec_exchange.rounds.offered import offered
from relec_exchange.rounds.partner import Partners
from relec_exchange.rounds.requests import ResendRequests
from relec_exchange.rounds.showing import Showing


@dataclass(frozen=True, slots=True)
class Ears:
    """What receiving works on. `later` has a call made on the rounds thread; `own` looks at what
    partners show of our log.
    """

    store: Store
    journal: Journal
    book: DirectoryBook
    notes: Notes
    own: OwnTrees
    checkpoints: CheckpointCache
    signer: WitnessSigner
    resender: Resender
    receiver: Callable[[], Receiver]
    targets: Targets
    later: Callable[[Callable[[], object]], None]
    clock: Clock
    random: Random


def receiving(on: Ears) -> Inbox:
    """Build it."""
    store, book, notes, resender = on.store, on.book, on.notes, on.resender
    showing = Showing(
        store, lambda: book.current, on.checkpoints, lambda: on.journal.state, on.own.shown
    )
    heard = Partners(store, lambda: book.current, on.checkpoints, notes.differs, on.signer, showing)
    requests = ResendRequests(lambda *asked: on.later(lambda: resender.requested(*asked)))
    handlers = {
        "receipt": Receipts(store, lambda: book.current).handle,
        "round": heard.handle,
        "resend.request": requests.handle,
        **note_handlers(store, book, notes, showing),
    }
    sequel = Sequel(
        handlers,
        on.targets,
        resender.again,
        notes.settle,
        lambda body: notes.offer(offered(body)),
    )
    return Inbox(store, on.journal, on.receiver, sequel, on.clock, on.random)


def sheltered(
    on: Ears, inbox: Inbox, ready: Callable[[], bool], look: Callable[[Sequence[Arrival]], None]
) -> Shelter:
    """What stands before it while the node must not sign."""
    return Shelter(on.store, on.journal, inbox, ready, look, on.clock)
