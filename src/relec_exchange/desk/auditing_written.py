"""What our logs say, read once into sets, for comparing records with it.

Contract: reads only; holds no content. What is asked here is whether an entry stands in the log,
not whether the log is the one that was signed: that says `relec audit verify`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from relec_exchange.desk.auditing_entries import ACTIVITY, EXCHANGE, walk_kind
from relec_exchange.desk.core import Core
from relec_exchange.message.identifiers import MessageClass

CONTROL: Final = str(MessageClass.CONTROL)

Entry = Mapping[str, Any]


@dataclass(slots=True)
class Written:
    """Entries by what records are found by. `sent` and `received` are of officers' messages."""

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


def written(core: Core) -> Written:
    """Both kinds of logs, the closed ones too."""
    store, state, found = core.store, core.journal.state, Written()
    for one in walk_kind(store, state, EXCHANGE):
        take = _EXCHANGE.get(one.entry["kind"])
        if one.entry["kind"] == "sent":
            found.own.add(one.entry["id"])
            if one.entry["class"] != CONTROL:
                found.sent[one.entry["id"]] = (one.origin, one.index)
        elif take:
            take(found, one.entry)
    for one in walk_kind(store, state, ACTIVITY):
        take = _ACTIVITY.get(one.entry["kind"], _act)
        take(found, one.entry)
    return found


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
