"""Attacks of a node's own operator, or of somebody who stole its log key: what partners see."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import timedelta
from typing import ClassVar

from attack import ATTACKER, Attack, Sign, alarmed, everywhere
from attacked_network import AttackedNetwork, stubborn

from core_network import Forger, alarms, inbox_ids, quarantined, sent, warning
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.message.identifiers import MessageClass, format_time
from relec_exchange.testing import OFFICER
from relec_exchange.testing.succeeding import announce, current_origin, succeed
from relec_exchange.trust.note import sign_text
from relec_exchange.trust.revoking import Loss, revoke_log

LEAD = 100
"""Entries by which one log is ahead of the other."""

VICTIM = "iq"
OTHERS = ("pk", "bd", "af")
KEEP_AND_CALL = (
    "Keep both notes (they prove it to anybody), stop relying on this log, telephone its security "
    "officer and the other members."
)


def deliver(network: AttackedNetwork, envelope: bytes, to: str = VICTIM) -> None:
    """An envelope of the attacker's own making, as the broker would deliver it."""
    cls = MessageClass.ORDINARY
    with network.wire.lock:
        network.wire.confirmed[ATTACKER, to, cls] += 1
    network.operator.put(to, ATTACKER, cls, envelope)
    network.run()


class Fork(Attack):
    """The attacker shows one partner a log of its own: a second node with the same keys."""

    bad = frozenset({ATTACKER})

    def strike(self, network: AttackedNetwork) -> None:
        """With the first round in which the two logs differ."""
        network.twin(ATTACKER, [VICTIM], newest=True)
        stubborn(network.node(ATTACKER))
        network.serve(ATTACKER, OTHERS)
        self.differ(network)
        self.go_on(network)

    def differ(self, network: AttackedNetwork) -> None:
        """What makes the two logs different beyond the times of their entries."""

    def go_on(self, network: AttackedNetwork) -> None:
        network.rounds(1, without=(ATTACKER,))


class ForkOfOneSize(Fork):
    name = "fork the log for one peer, trees of one size"
    can = "Runs a second node with its own keys for one partner alone, in step with the first."
    quick = True
    signs: ClassVar = {
        "all": Sign("every honest node", "alarm `log-fork` with both notes", 2),
    }
    then = KEEP_AND_CALL

    def seen(self, network: AttackedNetwork) -> Iterable[str]:
        if everywhere(network, "log-fork", ATTACKER):
            yield "all"


class ForkOfOtherSizes(Fork):
    name = "fork the log for one peer, trees of different sizes"
    can = "As before, and takes care that no two trees have one size."
    signs: ClassVar = {
        "all": Sign(
            "every honest node", "alarm `checkpoint-unproven` with both notes: no proof came", 14
        ),
    }
    then = "Telephone the security officer and ask for the proof; keep the notes."

    def differ(self, network: AttackedNetwork) -> None:
        """More entries in one of them than the other one will have by then; the victim sees only
        the trees of its rounds.
        """
        home, network._nodes[ATTACKER] = network.node(ATTACKER), network.node("tr2")
        try:
            for _ in range(LEAD):
                sent(network, warning(network, recipient=OTHERS[0]))
        finally:
            network._nodes[ATTACKER] = home

    def seen(self, network: AttackedNetwork) -> Iterable[str]:
        if all(
            alarmed(network, name, "checkpoint-unproven") or alarmed(network, name, "log-fork")
            for name in network.honest(ATTACKER)
        ):
            yield "all"


class OldCheckpoint(Attack):
    name = "send a message under an old checkpoint"
    can = "Has the log key; proves a new message by a tree that does not hold it."
    calm = True
    signs: ClassVar = {
        "recipient": Sign("the recipient", "refusal `proof-inclusion` (quarantine)", 0),
    }
    then = "Nothing: it is not delivered. If it goes on, telephone the security officer."

    def strike(self, network: AttackedNetwork) -> None:
        forger = Forger(network, name=ATTACKER, victim=VICTIM)
        old = forger.checkpoint()
        message, salt = warning(network, recipient=VICTIM), os.urandom(32)
        forger.entries.append(forger.entry(message.raw, salt))
        index = len(forger) - 1
        path = forger.tree().inclusion(index)
        self.ident = message.header.message_id
        deliver(network, forger.sealed(message.raw, salt, index, checkpoint=old, path=path))

    def seen(self, network: AttackedNetwork) -> Iterable[str]:
        node = network.node(VICTIM)
        if "proof-inclusion" in quarantined(node) and self.ident not in inbox_ids(node):
            yield "recipient"


class Replayed(Attack):
    name = "replay what was sent before"
    can = "Runs the broker; delivers every envelope of the attacked pair once more."
    calm = True
    signs: ClassVar = {
        "recipient": Sign("the recipient", "known leaves: nothing is delivered twice", 1),
    }
    then = "Nothing."

    def strike(self, network: AttackedNetwork) -> None:
        node = network.node(VICTIM)
        self.before = inbox_ids(node)
        assert self.before
        taken = [
            item
            for sender, item in network.wire.recorded
            if (sender, item.recipient) == (ATTACKER, VICTIM)
        ]
        self.count = len(taken)
        assert self.count > 3
        for item in taken:
            with network.wire.lock:
                network.wire.confirmed[ATTACKER, VICTIM, item.message_class] += 1
            network.operator.put(VICTIM, ATTACKER, item.message_class, item.envelope)
        network.run()

    def go_on(self, network: AttackedNetwork) -> None:
        network.rounds(1, traffic=False)

    def seen(self, network: AttackedNetwork) -> Iterable[str]:
        node = network.node(VICTIM)
        if inbox_ids(node) == self.before and not alarms(node) and not quarantined(node):
            yield "recipient"


class Backdated(Attack):
    name = "backdate an entry"
    can = "Has the log key; dates a new entry before one that stands before it."
    calm = True
    signs: ClassVar = {
        "recipient": Sign("the recipient", "refusal `time-order` (quarantine)", 0),
    }
    then = "Nothing: it is not delivered. If it goes on, telephone the security officer."

    def strike(self, network: AttackedNetwork) -> None:
        forger = Forger(network, name=ATTACKER, victim=VICTIM)
        early = network.clock() - timedelta(minutes=30)
        message = warning(network, recipient=VICTIM)
        self.ident = message.header.message_id
        deliver(network, forger.send(message.raw, time=format_time(early)))

    def seen(self, network: AttackedNetwork) -> Iterable[str]:
        node = network.node(VICTIM)
        if "time-order" in quarantined(node) and self.ident not in inbox_ids(node):
            yield "recipient"


class StolenLogKey(Attack):
    name = "use a stolen log key"
    can = "Has a copy of the store and the log key, and sends a message under a longer tree."
    signs: ClassVar = {
        "own": Sign("the owner", "alarm `node-behind`: a partner shows a tree it never made", 2),
        "all": Sign("every partner", "alarm `log-fork` or `checkpoint-unproven`", 14),
    }
    then = "`relec rotate log --emergency`, a new card, and a revocation (`relec revoke log`)."
    bad = frozenset({ATTACKER})

    def strike(self, network: AttackedNetwork) -> None:
        forger = Forger(network, name=ATTACKER, victim=VICTIM)
        deliver(network, forger.send(warning(network, recipient=VICTIM).raw, seq=900))

    def go_on(self, network: AttackedNetwork) -> None:
        network.rounds(1, without=(ATTACKER,))

    def seen(self, network: AttackedNetwork) -> Iterable[str]:
        if any(what == "node-behind" for what, _ in alarms(network.node(ATTACKER))):
            yield "own"
        if all(
            alarmed(network, name, "checkpoint-unproven") or alarmed(network, name, "log-fork")
            for name in network.honest(ATTACKER)
        ):
            yield "all"


class RevokedLogKey(Attack):
    name = "use a stolen log key after its revocation"
    can = "As before, but the owner has opened a successor and revoked the old key."
    signs: ClassVar = {
        "all": Sign("every partner", "refusal `key-revoked` or `log-closed` (quarantine)", 0),
    }
    then = "Nothing: what lies beyond the good size counts nowhere, whatever time it claims."

    def strike(self, network: AttackedNetwork) -> None:
        forgers = {
            name: Forger(network, name=ATTACKER, victim=name) for name in network.honest(ATTACKER)
        }
        self.revoke(network)
        early = format_time(network.clock() - timedelta(seconds=1))
        for name, forger in forgers.items():
            raw = warning(network, recipient=name).raw
            deliver(network, forger.send(raw, seq=900, time=early), to=name)

    def revoke(self, network: AttackedNetwork) -> None:
        node = network.node(ATTACKER)
        origin = current_origin(node)
        network.run()
        succeed(network, ATTACKER)
        announce(network, ATTACKER)
        network.run()
        closed = node.journal.state.closed[origin]
        now = network.clock()
        loss = Loss(now - timedelta(minutes=5), now, "Disk stolen (simulated)")
        card = node.book.current.card(ATTACKER).card
        text = revoke_log(card, origin, closed.size, closed.root.hex(), loss)
        note = sign_text(text, network.authority(ATTACKER))
        TrustFiles(network.home(ATTACKER) / "trust").put_notice(note)
        node.desk.import_notice(note.decode(), OFFICER)
        network.rounds(1, traffic=False)

    def seen(self, network: AttackedNetwork) -> Iterable[str]:
        refused = {"key-revoked", "log-closed"}
        if all(refused & set(quarantined(network.node(name))) for name in network.honest(ATTACKER)):
            yield "all"


class RevokedKeySmallTree(RevokedLogKey):
    name = "use a revoked log key for a tree that is small enough"
    can = "As before, but forges a tree below the good size, which a late message might have had."
    signs: ClassVar = {
        "recipient": Sign("the recipient", "refusal `key-revoked`: a tree that nobody knew", 0),
    }
    then = "Nothing: it is not delivered. Telephone the sender if a message was awaited."

    def strike(self, network: AttackedNetwork) -> None:
        forger = Forger(network, name=ATTACKER, victim=VICTIM)
        network.rounds(2)
        self.revoke(network)
        message = warning(network, recipient=VICTIM)
        self.ident = message.header.message_id
        past = format_time(network.clock() - timedelta(seconds=1))
        closed = network.node(ATTACKER).journal.state.closed[forger.origin]
        envelope = forger.send(message.raw, seq=900, time=past)
        assert len(forger) < closed.size
        deliver(network, envelope)

    def seen(self, network: AttackedNetwork) -> Iterable[str]:
        node = network.node(VICTIM)
        if "key-revoked" in quarantined(node) and self.ident not in inbox_ids(node):
            yield "recipient"


BY_SENDERS = (
    ForkOfOneSize,
    ForkOfOtherSizes,
    Replayed,
    OldCheckpoint,
    Backdated,
    StolenLogKey,
    RevokedLogKey,
    RevokedKeySmallTree,
)
