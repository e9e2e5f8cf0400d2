"""What a batch of deliveries is judged against: everything accepted before, and by this batch.

`begin` reads from the store what the whole batch needs, in a few queries. What the batch adds
stays in an overlay that `settle` keeps after the commit and `forget` drops. After a failed commit
`doubt` drops everything: the store may have taken the batch all the same.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import datetime

from relec_exchange.audit.checkpoint import Checkpoint
from relec_exchange.errors import Reason, Unverified
from relec_exchange.inbound.chain import Chain
from relec_exchange.inbound.places import Place, Places, read_places, read_tail
from relec_exchange.inbound.prove import Proven
from relec_exchange.journal.arrived import Trees
from relec_exchange.journal.disclosing import Earlier
from relec_exchange.journal.threads import amended
from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.message.identifiers import MessageClass, format_time
from relec_exchange.ports import Store
from relec_exchange.records import (
    AcceptedCheckpointRow,
    AcceptedRow,
    ChainRow,
    Change,
    Put,
    Update,
    Where,
)
from relec_exchange.trust.decide import Allowed

CHECKPOINTS_KEPT = 1024
ChainKey = tuple[str, str]


class Memory:
    """See the module. One per node, used by the one inbound thread only."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.conflicting_notes: tuple[bytes, bytes] | None = None
        self.doubt()

    def begin(self, proven: Sequence[Proven] = ()) -> None:
        """Start a batch of these entries: read what is known of them."""
        self.forget()
        indices: dict[str, list[int]] = {}
        seqs: dict[ChainKey, list[int]] = {}
        ids: dict[str, list[str]] = {}
        for one in proven:
            indices.setdefault(one.origin, []).append(one.proof.index)
            seqs.setdefault(one.number[:2], []).append(one.seq)
            ids.setdefault(one.identity[0], []).append(one.identity[1])
        for origin, wanted in indices.items():
            self._places[origin] = self._read_places(origin, wanted)
        for (origin, cls), numbers in seqs.items():
            mine = Where("origin", "=", origin), Where("cls", "=", cls)
            self._recall(*mine, Where("seq", "in", numbers))
        for sender, wanted_ids in ids.items():
            self._recall(Where("sender", "=", sender), Where("message_id", "in", wanted_ids))

    def settle(self) -> None:
        """The batch is committed: keep what it added."""
        self._chains.update(self._new_chains)
        for origin, places in self._places.items():
            if places.tail is not None:
                self._tails[origin] = places.tail
        for key, checkpoint in self._new_roots.items():
            self._roots[key] = (checkpoint.root, checkpoint.note)
        while len(self._roots) > CHECKPOINTS_KEPT:
            self._roots.popitem(last=False)
        self.forget()

    def forget(self) -> None:
        """Drop what the batch added."""
        self._new_chains: dict[ChainKey, Chain] = {}
        self._new_roots: dict[tuple[str, int], Checkpoint] = {}
        self._foreseen: set[tuple[str, int]] = set()
        self._places: dict[str, Places] = {}
        self._numbers: dict[tuple[str, str, int], AcceptedRow] = {}
        self._ids: dict[tuple[str, str], AcceptedRow] = {}
        self._withholding: dict[tuple[str, str], Earlier] = {}
        self.conflicting_notes = None

    def doubt(self) -> None:
        """Drop everything: it is read again when it is needed."""
        self._chains: dict[ChainKey, Chain] = {}
        self._tails: dict[str, Place] = {}
        self._roots: OrderedDict[tuple[str, int], tuple[bytes, bytes]] = OrderedDict()
        self.forget()

    @property
    def new_trees(self) -> Trees:
        """The trees that this batch is the first to use, as it goes on."""
        return self._new_roots

    def check_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Unverified(LOG_FORK) if another root of the same size was accepted from this log."""
        key = (checkpoint.origin, checkpoint.size)
        root, note, used = self._tree(*key)
        if root and root != checkpoint.root:
            self.conflicting_notes = (note, checkpoint.note)
            raise Unverified(Reason.LOG_FORK, "two roots for one size")
        if not used:
            self._new_roots[key] = checkpoint
            if root:
                self._foreseen.add(key)

    def knows(self, checkpoint: Checkpoint) -> bool:
        """Whether a message used this tree before, or a round proved it."""
        root, note, used = self._tree(checkpoint.origin, checkpoint.size)
        return root == checkpoint.root and (used or not note)

    def check_place(self, proven: Proven) -> None:
        """Unverified (LOG_FORK, TIME_ORDER) unless place and time fit between the neighbours."""
        self.conflicting_notes = None
        self._place_of(proven.origin).check(_place(proven))

    def known(self, proven: Proven) -> list[AcceptedRow]:
        """Accepted rows with this number or this id, of earlier batches or this one."""
        found = (self._numbers.get(proven.number), self._ids.get(proven.identity))
        return [row for row in found if row is not None]

    def advance(self, origin: str, message_class: MessageClass, seq: int, now: datetime) -> None:
        """Count `seq` as arrived (or void); Unverified(SEQUENCE) for an absurd number."""
        key = (origin, str(message_class))
        chain = self.chain(*key)
        after = chain.receive(seq, format_time(now))
        if after is not chain:
            self._new_chains[key] = after

    def take(self, proven: Proven, row: AcceptedRow) -> None:
        """Remember a message past step 5 for the rest of the batch."""
        self._place_of(proven.origin).take(_place(proven))
        self._numbers[proven.number] = row
        self._ids[proven.identity] = row

    def note(self, message: Message, decision: Allowed) -> None:
        """Remember a message of which fields are withheld: a disclosure may be in its batch."""
        header = message.header
        if isinstance(header, Header) and header.withheld:
            earlier = Earlier(message, decision.agreement_hash, decision.grant_id)
            self._withholding[header.sender, header.message_id] = earlier

    def earlier(self, message: Message) -> Earlier | None:
        """The message of this batch that one corrects, if fields of it are withheld."""
        return self._withholding.get((message.header.sender, amended(message)))

    def chain(self, origin: str, cls: str) -> Chain:
        """The chain as this batch sees it."""
        key = (origin, cls)
        if key in self._new_chains:
            return self._new_chains[key]
        if key not in self._chains:
            rows = self._store.rows(ChainRow, Where("origin", "=", origin), Where("cls", "=", cls))
            self._chains[key] = (
                Chain.from_json(rows[0].highest, rows[0].missing) if rows else Chain()
            )
        return self._chains[key]

    def chain_rows(self) -> Iterable[ChainRow]:
        """The chains that this batch moved."""
        for (origin, cls), chain in self._new_chains.items():
            sender = origin.split("/")[1]
            yield ChainRow(origin, sender, cls, chain.contiguous, chain.highest, chain.to_json())

    def checkpoint_changes(self, now: str) -> Iterable[Change]:
        """The checkpoints that this batch used first; a round may have proven them before, or a
        partner shown them.
        """
        for (origin, size), checkpoint in self._new_roots.items():
            if (origin, size) in self._foreseen:
                key = {"origin": origin, "size": size, "root": checkpoint.root}
                used = {"note": checkpoint.note, "heard_from": "", "rounds": 0, "first_at": now}
                yield Update(AcceptedCheckpointRow, key, used)
                continue
            sender = origin.split("/")[1]
            yield Put(
                AcceptedCheckpointRow(origin, size, checkpoint.root, checkpoint.note, sender, now)
            )

    def _recall(self, *conditions: Where) -> None:
        for row in self._store.rows(AcceptedRow, *conditions, blobs=False):
            self._numbers[row.origin, row.cls, row.seq] = row
            self._ids[row.sender, row.message_id] = row

    def _place_of(self, origin: str) -> Places:
        if origin not in self._places:
            self._places[origin] = self._read_places(origin, ())
        return self._places[origin]

    def _read_places(self, origin: str, indices: Sequence[int]) -> Places:
        tail = self._tails.get(origin) or read_tail(self._store, origin)
        return read_places(self._store, origin, indices, tail)

    def _tree(self, origin: str, size: int) -> tuple[bytes, bytes, bool]:
        """Root and note that bind this size, and whether a message has used them."""
        new = self._new_roots.get((origin, size))
        if new is not None:
            return new.root, new.note, True
        if (origin, size) not in self._roots:
            rows = self._store.rows(
                AcceptedCheckpointRow, Where("origin", "=", origin), Where("size", "=", size)
            )
            if not rows:
                return b"", b"", False
            if not rows[0].note or rows[0].heard_from:
                return rows[0].root, rows[0].note, False
            self._roots[origin, size] = (rows[0].root, rows[0].note)
        return *self._roots[origin, size], True


def _place(proven: Proven) -> Place:
    return proven.proof.index, str(proven.entry["time"]), proven.leaf
