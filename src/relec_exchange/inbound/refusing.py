"""What a refused envelope leaves: quarantine, alarm, hold, and for known senders a refusal.

Everything here is bounded, for whoever floods us chooses how often it is called.
"""

from __future__ import annotations

import json
from datetime import timedelta

from relec_exchange.errors import Reason, WireCode
from relec_exchange.inbound.gathered import Arrival, Gathered, Refusal
from relec_exchange.inbound.quarantine import Quarantine
from relec_exchange.inbound.receive import Quarantined, Rejected, Waiting
from relec_exchange.journal.alarming import Alarm, alarm_plan
from relec_exchange.journal.contradiction import accusing
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Store
from relec_exchange.records import EventRow, HeldRow, Insert, Where

HELD_PER_SOURCE = 100
FORK = "log-fork"


class Refusing:
    """Gathers refusals. Used by the inbound thread only."""

    def __init__(self, store: Store, quarantine: Quarantine) -> None:
        self._store = store
        self._quarantine = quarantine

    def set_aside(self, gathered: Gathered, arrival: Arrival, found: Quarantined) -> None:
        """Nobody is authenticated: quarantine. Two trees of one log are an alarm besides."""
        gathered.quarantine.append(
            Refusal(arrival.source, found.reason, found.detail, arrival.envelope)
        )
        if found.reason is Reason.LOG_FORK:
            self._alarm(gathered, found.signer or arrival.source, found.alarm)

    def reject(self, gathered: Gathered, arrival: Arrival, rejected: Rejected) -> None:
        """A sender who signed it is told. The same conflict again and again is told once a minute,
        for it is not remembered by its number.
        """
        proven, reason = rejected.proven, rejected.reason
        conflict = reason is Reason.DUPLICATE_CONFLICT
        told = conflict and self._told(gathered, arrival.source, reason)
        gathered.quarantine.append(
            Refusal(arrival.source, reason, rejected.detail, arrival.envelope)
        )
        if told:
            return
        code = reason.wire or WireCode.SCHEMA
        gathered.log(proven, code, rejected.detail, remember=not conflict)
        gathered.decide(proven, reason.code, rejected.rule, rejected.granted, rejected.asked)
        data = json.dumps({"type": proven.entry["type"], "peer": proven.header.sender})
        event = EventRow(gathered.at, "message.refused", proven.entry["id"], data)
        gathered.changes.append(Insert(event))

    def hold(self, gathered: Gathered, arrival: Arrival, waiting: Waiting) -> None:
        """Keep an envelope that waits for a card or an agreement, within a quota per source.

        Beyond the quota a sender who signed it is told; others are quarantined.
        """
        source, reason = arrival.source, waiting.reason
        if source not in gathered.held:
            gathered.held[source] = self._store.count(HeldRow, Where("sender", "=", source))
        if gathered.held[source] >= HELD_PER_SOURCE:
            detail = "too many envelopes of this source are held already"
            if waiting.proven is not None:
                self.reject(gathered, arrival, Rejected(waiting.proven, reason, detail))
                return
            gathered.quarantine.append(Refusal(source, reason, detail, arrival.envelope))
            return
        gathered.held[source] += 1
        seconds = gathered.receiver.directory.times().hold_seconds
        until = format_time(gathered.now + timedelta(seconds=seconds))
        row = HeldRow(arrival.envelope, reason.code, source, gathered.at, until)
        gathered.changes.append(Insert(row))

    def _told(self, gathered: Gathered, source: str, reason: Reason) -> bool:
        now = any(r.source == source and r.reason is reason for r in gathered.quarantine)
        return now or self._quarantine.told_this_minute(source, reason, gathered.now)

    def _alarm(self, gathered: Gathered, source: str, notes: tuple[bytes, bytes] | None) -> None:
        if source in gathered.forks:
            return
        gathered.forks.add(source)
        evidence = accusing(notes[1], notes[0]) if notes else b""
        alarm = Alarm(FORK, source, "two trees for one log", evidence)
        plan = alarm_plan(self._store, [alarm], gathered.receiver.network, gathered.now)
        gathered.changes += plan.changes
        gathered.activity += plan.activity
