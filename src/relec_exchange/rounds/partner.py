"""Partners' rounds: their checkpoint and proofs, their answer to ours, their status, their cards.

A plan that joins the receiving transaction; our answer goes with our next round.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from relec_exchange.audit.checkpoint import CheckpointCache
from relec_exchange.journal.arrived import Arrived
from relec_exchange.journal.plan import Plan, joined
from relec_exchange.message.bodies.control import Round, WitnessAnswer
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Store, WitnessSigner
from relec_exchange.records import (
    Change,
    Delete,
    EventRow,
    Insert,
    PeerRow,
    Put,
    Update,
    UsedCheckpointRow,
    Where,
)
from relec_exchange.rounds.alarms import Alarm, alarm_plan
from relec_exchange.rounds.chains_told import ChainsTold
from relec_exchange.rounds.clocks import clock_told
from relec_exchange.rounds.cosigning import Cosigning
from relec_exchange.rounds.reading import answered_by
from relec_exchange.rounds.routes import current_log
from relec_exchange.rounds.showing import Showing
from relec_exchange.rounds.unproven import Told, Unproven
from relec_exchange.rounds.witnessing import Judgement, Witnessing
from relec_exchange.trust.directory import Directory


@dataclass(slots=True)
class _Heard:
    """What one round comes to: columns of its partner's record (`ours` those about the log of ours
    that we offer), other changes, alarms.
    """

    peer: PeerRow
    body: Round
    item: Arrived
    now: datetime
    values: dict[str, Any] = field(default_factory=dict)
    ours: dict[str, Any] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)


class Partners:
    """Handles arrived rounds; its plans join the receiving transaction."""

    def __init__(
        self,
        store: Store,
        directory: Callable[[], Directory],
        checkpoints: CheckpointCache,
        on_difference: Callable[[str], None],
        signer: WitnessSigner,
        showing: Showing,
    ) -> None:
        self._store = store
        self._directory = directory
        self._cosigning = Cosigning(store, directory, signer)
        self._witnessing = Witnessing(store, directory, checkpoints, self._cosigning)
        self._told = ChainsTold(store, directory)
        self._unproven = Unproven(store, directory, showing.demands)
        self._on_difference = on_difference
        self._showing = showing

    def handle(self, arrived: Sequence[Arrived], now: datetime) -> Plan:
        """The newest round of each partner; older ones that come late say nothing new."""
        newest: dict[str, tuple[Arrived, Round]] = {}
        for item in arrived:
            body, sender = item.message.body, item.message.header.sender
            if not isinstance(body, Round):
                continue
            if sender not in newest or body.number > newest[sender][1].number:
                newest[sender] = (item, body)
        plans = [self._hear(item, body, now) for item, body in newest.values()]
        shown = [
            (sender, [note.encode() for note in body.shown]) for sender, (_, body) in newest.items()
        ]
        return joined(Plan(), *plans, self._showing.take(shown, now))

    def _hear(self, item: Arrived, body: Round, now: datetime) -> Plan:
        sender = item.message.header.sender
        rows = self._store.rows(PeerRow, Where("peer", "=", sender))
        peer = rows[0] if rows else PeerRow(sender)
        if item.origin != current_log(self._directory(), sender):
            return Plan()  # late, from a log that is closed
        if peer.their_origin in ("", item.origin) and body.number <= peer.their_number:
            return Plan()
        heard = _Heard(peer, body, item, now)
        judgement = self._witnessing.judge(peer, body, item, now)
        self._take_judgement(heard, judgement)
        self._count_unproven(heard, judgement)
        if body.answer is not None:
            self._take_answer(heard, body.answer)
        heard.changes += self._showing.demands.taken(sender, body.demands)
        self._take_status(heard)
        self._compare(heard)
        return self._plan(heard)

    def _take_judgement(self, heard: _Heard, judgement: Judgement) -> None:
        """Keep what we answer with our next round, and the tree if it was accepted."""
        number, origin = heard.body.number, heard.item.origin
        heard.values["answer"] = json.dumps(
            {
                "number": number,
                "status": judgement.status,
                "body": judgement.body,
                "origin": origin,
            }
        )
        if judgement.accepted is not None:
            heard.values |= {
                "their_origin": origin,
                "their_size": judgement.accepted.size,
                "their_root": judgement.accepted.root,
                "their_note": judgement.accepted.note,
                "accepted_number": number,
            }
            if heard.peer.their_origin not in ("", origin):  # it may have lost what it had read
                heard.ours["answered"] = answered_by(heard.peer, heard.body.answer)
        heard.changes += judgement.changes
        heard.alarms += judgement.alarms

    def _count_unproven(self, heard: _Heard, judgement: Judgement) -> None:
        """What it proves of closed logs; what it could have proven and did not."""
        told = Told(heard.peer, heard.body, heard.item, judgement, heard.now)
        if told.full:
            heard.values["full_number"] = heard.body.number
        left = self._unproven.count(told)
        heard.changes += left.changes
        heard.alarms += left.alarms

    def _take_answer(self, heard: _Heard, answer: WitnessAnswer) -> None:
        """What the partner said of our round `answer.number`: how much of our log it accepted."""
        peer = heard.peer
        offers: dict[int, int] = dict(json.loads(peer.offers))
        offered = offers.get(answer.number)
        known = offered is not None or (answer.status == 409 and bool(offers))
        if not known or answered_by(peer, answer) <= peer.answered:
            return
        heard.ours["answered"] = answer.number
        if answer.status == 200 and offered is not None:
            heard.ours["acknowledged_size"] = offered
            heard.changes += self._no_more_to_prove(peer.peer, answer.number)
            self._take_cosignature(heard, answer, offered)
        elif answer.status == 409 and answer.body.strip().isdecimal():
            self._take_refusal(heard, offers, int(answer.body.strip()))
        else:
            detail = f"it answered {answer.status} to a checkpoint of our log"
            heard.alarms.append(Alarm("checkpoint-refused", peer.peer, detail))

    def _take_refusal(self, heard: _Heard, offers: Mapping[int, int], size: int) -> None:
        """It begins elsewhere: where it stands. The round that offered that tree was accepted with
        its proofs, also if the answer that said so was overtaken by this one.
        """
        peer, newest = heard.peer.peer, max(offers.values())
        if size > newest:
            detail = "it accepted more of our log than there is: was a backup restored?"
            heard.alarms.append(Alarm("log-behind-partner", peer, detail))
        heard.ours["acknowledged_size"] = min(size, newest)
        for number in (one for one, offered in offers.items() if offered == size):
            heard.changes += self._no_more_to_prove(peer, number)

    def _take_cosignature(self, heard: _Heard, answer: WitnessAnswer, offered: int) -> None:
        """Keep the partner's lines under our checkpoint, if they are good."""
        of_tree = answer.origin, offered
        row = self._cosigning.taken(heard.peer.peer, of_tree, answer.body, heard.now)
        if row is not None:
            heard.changes.append(Put(row))

    def _no_more_to_prove(self, peer: str, number: int) -> list[Change]:
        """Round `number` proved what it or an earlier round offered first: proofs go oldest first,
        and again in every round until they are answered.
        """
        rows = self._store.rows(
            UsedCheckpointRow,
            Where("peer", "=", peer),
            Where("offered", ">", 0),
            Where("offered", "<=", number),
        )
        return [
            Delete(UsedCheckpointRow, {"peer": r.peer, "origin": r.origin, "size": r.size})
            for r in rows
        ]

    def _take_status(self, heard: _Heard) -> None:
        peer, origin, status = heard.peer.peer, heard.item.origin, heard.body.status
        heard.changes += self._told.changes(peer, origin, status, heard.now)

    def _compare(self, heard: _Heard) -> None:
        directory, node = self._directory(), heard.peer.peer
        told = heard.body.directory
        same = (
            told.cards == directory.digest_cards()
            and told.agreements == directory.digest_agreements(node)
        )
        if not same:
            self._on_difference(node)

    def _plan(self, heard: _Heard) -> Plan:
        peer, at = heard.peer, format_time(heard.now)
        skew = (heard.body.clock - heard.now).total_seconds()
        heard.values |= {
            "their_number": heard.body.number,
            "their_at": at,
            "skew_ms": round(skew * 1000),
            "silent_since": "",
            "asked": bool(heard.body.asks),
        }
        changes = [
            Insert(PeerRow(peer.peer), ignore=True),
            Update(PeerRow, {"peer": peer.peer}, heard.values),
            *heard.changes,
        ]
        if heard.ours:  # unless that log has a successor by now
            offered = {"peer": peer.peer, "our_origin": peer.our_origin}
            changes.append(Update(PeerRow, offered, heard.ours))
        if peer.silent_since:
            changes.append(Insert(EventRow(at, "partner.heard", peer.peer, "{}")))
        times, skew_ms = self._directory().times(), heard.values["skew_ms"]
        changes += clock_told(self._store, peer, skew_ms, times, heard.now)
        network = self._directory().network
        own = Plan(changes=tuple(changes))
        return joined(own, alarm_plan(self._store, heard.alarms, network, heard.now))
