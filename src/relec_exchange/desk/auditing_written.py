"""What our logs say, read into sets as far as they go, for comparing records with it.

Contract: reads only; holds no content. What is asked here is whether an entry stands in the log,
not whether the log is the one that was signed: that says `relec audit verify`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from relec_exchange.desk.auditing_entries import ACTIVITY, EXCHANGE, Placed, logs_of, walk
from relec_exchange.desk.core import Core
from relec_exchange.message.identifiers import MessageClass

CONTROL: Final = str(MessageClass.CONTROL)

Entry = Mapping[str, Any]


@dataclass(slots=True)
class Written:
    """Entries by what records are found by. `sent` and `received` are of officers' messages; `upto`
    is how far each log was read.
    """

    acts: set[tuple[str, str, str]] = field(default_factory=set)
    submitted: dict[str, str] = field(default_factory=dict)
    signatures: set[str] = field(default_factory=set)
    deeds: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    decisions: set[tuple[str, str]] = field(default_factory=set)
    delivered: set[tuple[str, str]] = field(default_factory=set)
    officers: Counter[tuple[str, str]] = field(default_factory=Counter)
    alarms: Counter[tuple[str, str]] = field(default_factory=Counter)
    closed: Counter[tuple[str, str]] = field(default_factory=Counter)
    adopted: dict[str, str] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    voided: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)
    sent: dict[str, tuple[str, int]] = field(default_factory=dict)
    received: dict[str, Entry] = field(default_factory=dict)
    upto: dict[str, int] = field(default_factory=dict)


def read_on(found: Written, core: Core) -> bool:
    """Read what was written since in both kinds of logs, the closed ones too; whether there was."""
    state, grown = core.journal.state, False
    for kind, take in ((EXCHANGE, _exchange), (ACTIVITY, _activity)):
        for log in logs_of(state, kind):
            for one in walk(core.store, log, start=found.upto.get(log.origin, 0)):
                take(found, one)
                found.upto[log.origin] = one.index + 1
                grown = True
    return grown


def _exchange(found: Written, one: Placed) -> None:
    entry = one.entry
    if entry["kind"] != "sent":
        _EXCHANGE.get(entry["kind"], _nothing)(found, entry)
        return
    found.own.add(entry["id"])
    if entry["class"] != CONTROL:
        found.sent[entry["id"]] = (one.origin, one.index)


def _activity(found: Written, one: Placed) -> None:
    _ACTIVITY.get(one.entry["kind"], _act)(found, one.entry)


def _nothing(found: Written, entry: Entry) -> None:
    """Entries that no record repeats."""


def _received(found: Written, entry: Entry) -> None:
    found.received[entry["leaf"]] = entry


def _adopted(found: Written, entry: Entry) -> None:
    found.adopted[entry["hash"]] = entry["what"]


def _erased(found: Written, entry: Entry) -> None:
    found.erased.add(entry["subject"])


def _voided(found: Written, entry: Entry) -> None:
    found.voided.add(entry["leaf"])


def _act(found: Written, entry: Entry) -> None:
    if "actor" in entry:
        found.acts.add((entry["kind"], str(entry.get("id", "")), entry["actor"]))
        found.signatures.add(str(entry.get("signature", "")))


def _deed(found: Written, entry: Entry) -> None:
    """An act on a message of ours, whose signature is also kept beside the message."""
    found.deeds[entry["signature"]] = (entry["kind"], entry["id"], entry["actor"])
    _act(found, entry)


def _submitted(found: Written, entry: Entry) -> None:
    found.submitted[entry["id"]] = entry["actor"]
    _act(found, entry)


def _decision(found: Written, entry: Entry) -> None:
    found.decisions.add((entry["id"], entry["direction"]))


def _delivered(found: Written, entry: Entry) -> None:
    found.delivered.add((entry["id"], entry["unit"]))


def _officer(found: Written, entry: Entry) -> None:
    found.officers[entry["name"], entry["action"]] += 1


def _alarm(found: Written, entry: Entry) -> None:
    found.alarms[entry["what"], entry["subject"]] += 1


def _closed(found: Written, entry: Entry) -> None:
    found.closed[entry["what"], entry["subject"]] += 1


_EXCHANGE: Final = {
    "received": _received,
    "adopted": _adopted,
    "erased": _erased,
    "voided": _voided,
}
_ACTIVITY: Final = {
    "submitted": _submitted,
    "answered": _deed,
    "approved": _deed,
    "returned": _deed,
    "confirmed": _deed,
    "released": _deed,
    "decision": _decision,
    "delivered": _delivered,
    "officer": _officer,
    "alarm": _alarm,
    "alarm_closed": _closed,
}
