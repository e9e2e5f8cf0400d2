"""From plans to one batch: entries, both trees, one checkpoint, proofs, sealed envelopes.

Pure but for the randomness it is given: nothing is stored, so a batch that does not commit is
dropped and made again from the head that stands. All costly work (hashing, signing, sealing)
happens here, before the transaction and outside its lock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from relec_exchange.audit.checkpoint import Checkpoint
from relec_exchange.audit.entry import commitment, encode_entry
from relec_exchange.audit.log import append
from relec_exchange.errors import Conflict
from relec_exchange.journal.plan import Committed, EntryFields, Plan
from relec_exchange.journal.sealer import Numbered, Sealer
from relec_exchange.journal.state import JournalState, LogState
from relec_exchange.journal.succession import switch
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import LogSigner, Random
from relec_exchange.records import (
    Batch,
    Change,
    EntryRow,
    HeadChange,
    Insert,
    Put,
    TileRow,
)
from relec_exchange.trust.directory import Directory

RANDOM_BYTES = 16
Sequences = dict[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a batch is built with besides the plans: who we are, keys, directory, randomness."""

    network: str
    node: str
    signer: LogSigner
    directory: Directory
    rules_digest: str
    random: Random


@dataclass(frozen=True, slots=True)
class Built:
    """A batch ready to commit, the state that follows it, and the answer to each plan."""

    batch: Batch
    state: JournalState
    secrets: Mapping[str, bytes]
    answers: tuple[Committed, ...]


def build(state: JournalState, plans: Sequence[Plan], around: Surroundings, now: datetime) -> Built:
    """Make one batch of all plans, in order.

    Errors: NotFound (a recipient has no sealing key), InvalidInput (an entry does not fit its
    kind), Conflict (a plan was made for a log that has been replaced). Times of entries never run
    back, also when the clock does.
    """
    _check_log(state, plans)
    switched = switch(state, tuple(plans), around.network)
    state, plans = switched.state, switched.plans
    time = _not_before(now, state.exchange.head.last_time)
    sequences: Sequences = dict(state.sequences)
    entries, groups = _entries(state, plans, around, sequences, time)
    exchange, changes, leaves = _grow(state.exchange, entries, around.signer, now)
    for item in (i for group in groups for i in group):
        item.leaf = leaves[item.index - state.exchange.head.size]
    checkpoint = Checkpoint(
        exchange.head.origin, exchange.head.size, exchange.head.root, exchange.head.checkpoint
    )
    sealer = Sealer(around.directory, exchange.log.tree, checkpoint, now)
    answers = sealer.answers(groups, time)
    later = _not_before(now, state.activity.head.last_time)
    acts = [_stamped(fields, later) for plan in plans for fields in plan.activity]
    activity, activity_changes, _ = _grow(state.activity, acts, None, now)
    asked = [change for plan in plans for change in plan.changes]
    heads = (_moved(state.exchange, exchange), _moved(state.activity, activity))
    batch = Batch(
        heads=(*switched.closing, *heads),
        changes=(*changes, *activity_changes, *sealer.changes, *asked),
    )
    secrets = {k: v for plan in plans for k, v in plan.secrets.items()}
    after = replace(state, exchange=exchange, activity=activity, sequences=sequences)
    return Built(batch, after, secrets, answers)


def _check_log(state: JournalState, plans: Sequence[Plan]) -> None:
    """Conflict for a plan that is about an exchange log which has a successor by now."""
    for plan in plans:
        if plan.log and plan.log != state.exchange.origin:
            raise Conflict(f"{plan.log} has been replaced by its successor", field="log")


def _entries(
    state: JournalState,
    plans: Sequence[Plan],
    around: Surroundings,
    sequences: Sequences,
    time: str,
) -> tuple[list[bytes], list[list[Numbered]]]:
    """The exchange log's new entries, and the messages among them for each plan."""
    entries: list[bytes] = []
    groups: list[list[Numbered]] = []
    start = state.exchange.head.size
    for plan in plans:
        entries += [_stamped(fields, time) for fields in plan.exchange]
        group: list[Numbered] = []
        for send in plan.sends:
            chain = (send.row.recipient, str(send.message_class))
            seq = sequences.get(chain, 1)
            sequences[chain] = seq + 1
            item = Numbered(send, seq, start + len(entries))
            item.entry = _sent_entry(item, around, time)
            entries.append(item.entry)
            group.append(item)
        groups.append(group)
    return entries, groups


def _not_before(now: datetime, last: str) -> str:
    return max(format_time(now), last)


def _stamped(fields: EntryFields, time: str) -> bytes:
    return encode_entry({**fields, "time": time})


def _sent_entry(item: Numbered, around: Surroundings, time: str) -> bytes:
    row = item.send.row
    return encode_entry(
        {
            "kind": "sent",
            "time": time,
            "network": around.network,
            "from": around.node,
            "to": row.recipient,
            "class": str(item.send.message_class),
            "seq": item.seq,
            "id": row.message_id,
            "type": row.type,
            "agreement": item.send.agreement,
            "card": around.directory.card(around.node).hash,
            "rules": around.rules_digest,
            "random": around.random(RANDOM_BYTES).hex(),
            "commitment": commitment(item.send.salt, item.send.raw).hex(),
        }
    )


def _grow(
    state: LogState, entries: list[bytes], signer: LogSigner | None, now: datetime
) -> tuple[LogState, list[Change], list[bytes]]:
    """The log with these entries and, if it has a signer, a checkpoint; its rows; the leaves."""
    if not entries:
        return state, [], []
    grown = append(state.log, entries)
    origin, log = state.head.origin, grown.head
    changes: list[Change] = [
        Insert(EntryRow(origin, e.index, e.kind, e.leaf_hash, e.data)) for e in grown.entries
    ]
    changes += [Put(TileRow(origin, t.level, t.n, t.data)) for t in grown.tiles]
    size, root = log.tree.size, log.tree.root()
    note = signer.checkpoint(origin, size, root, int(now.timestamp())).note if signer else b""
    head = replace(state.head, size=size, root=root, last_time=log.last_time, checkpoint=note)
    return LogState(head, log), changes, [e.leaf_hash for e in grown.entries]


def _moved(old: LogState, new: LogState) -> HeadChange:
    return HeadChange(old.head.size, new.head)
