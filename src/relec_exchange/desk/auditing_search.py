"""Search through our logs: by time, partner, type, area, rule, actor, outcome, kind or reference.

Contract: no content. What an entry does not say itself (partner, type and area of the message that
it names) is taken from the records of that message. Every search is logged as an access; of what
was looked for, only the id of a message is, for another reference may name a case or a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from relec_exchange.audit.kinds import KINDS
from relec_exchange.desk.auditing_entries import (
    ACTIVITY,
    EXCHANGE,
    Place,
    Placed,
    Span,
    logs_of,
    walk_all,
)
from relec_exchange.desk.auditing_walks import Walks
from relec_exchange.desk.core import Core, Json
from relec_exchange.errors import InvalidInput
from relec_exchange.message.identifiers import MESSAGE_ID_PATTERN
from relec_exchange.records import InboxRow, OutboxRow, Where

SCANNED_MAX: Final = 50_000
"""So many entries are looked at in one call; what is left begins at `next`."""

CHUNK: Final = 500
_ID: Final = re.compile(MESSAGE_ID_PATTERN)
_HALF: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]*")
_SAID: Final = ("kind", "rule", "actor", "outcome")
_OF_MESSAGE: Final = ("peer", "type", "area")
_NAMING: Final = (
    *("id", "leaf", "subject", "ref", "hash", "agreement", "grant", "origin", "commitment"),
    *("digest", "name", "what", "card", "root"),
)
_RELATED: Final = ("message_id", "thread", "batch", "about", "in_reply_to")


@dataclass(slots=True)
class Told:
    """What records say of messages, by id: partner, type and area."""

    known: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def read(self, core: Core, ids: Iterable[str]) -> None:
        """Add what the records have of these."""
        new = sorted({one for one in ids if one} - self.known.keys())
        wanted = Where("message_id", "in", new)
        for row in core.store.rows(OutboxRow, wanted, blobs=False) if new else ():
            self.known[row.message_id] = _facts(row.recipient, row)
        for came in core.store.rows(InboxRow, wanted, blobs=False) if new else ():
            self.known.setdefault(came.message_id, _facts(came.sender, came))

    def of(self, entry: Json, own: str) -> Mapping[str, str]:
        """Partner, type and area of the message that an entry is about; empty where nobody says."""
        held = self.known.get(message_of(entry), {})
        ends = {str(entry.get(name, "")) for name in ("from", "to", "peer")} - {own, ""}
        return {
            "peer": next(iter(ends), "") or held.get("peer", ""),
            "type": str(entry.get("type", "")) or held.get("type", ""),
            "area": str(entry.get("area", "")) or held.get("area", ""),
        }


class SearchDesk:
    """See the module."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._walks = Walks(core, "audit-search")

    def search(self, filters: Json, officer: str) -> Json:
        """`answers.AuditPage`, logged when a search begins. Filters: since, until, log, kind,
        peer, type, area, rule, actor, outcome, ref (each may be empty), after, limit.
        """
        ref = str(filters.get("ref") or "")
        _check(str(filters.get("kind") or ""), ref)
        asked = [
            f"{key}={filters[key]}" for key in sorted(filters) if key not in ("after", "limit")
        ]
        named, begins = ref if _ID.fullmatch(ref) else "", not filters.get("after")
        self._walks.page(officer, *asked, first=begins, ref=named)
        after = _cursor(str(filters.get("after") or ""))
        found = islice(self._behind(filters, after), SCANNED_MAX)
        told, names = Told(), self._names(ref)
        items: list[Json] = []
        scanned, last = 0, after
        while chunk := list(islice(found, CHUNK)):
            scanned, last = scanned + len(chunk), chunk[-1].place
            hits = [one for one in chunk if _says(one.entry, filters, names)]
            told.read(self.core, (message_of(one.entry) for one in hits))
            for one in hits:
                facts = told.of(one.entry, self.core.directory.own)
                if all(facts[k] == filters[k] for k in _OF_MESSAGE if filters.get(k)):
                    items.append(_line(one, facts))
                    if len(items) == filters["limit"]:
                        return {"items": items, "next": _text(one.place)}
        return {"items": items, "next": _text(last) if scanned == SCANNED_MAX else None}

    def _behind(self, filters: Json, after: Place) -> Iterator[Placed]:
        state, log = self.core.journal.state, filters.get("log")
        kinds = (log,) if log else (EXCHANGE, ACTIVITY)
        logs = [one for kind in kinds for one in logs_of(state, kind)]
        since = max(str(filters.get("since") or ""), after[0])
        span = Span(since, str(filters.get("until") or ""))
        only = (filters["kind"],) if filters.get("kind") else ()
        return (one for one in walk_all(self.core.store, logs, only, span) if one.place > after)

    def _names(self, ref: str) -> frozenset[str]:
        """The reference, and the messages that belong to it: of its thread or batch, about it."""
        if not ref:
            return frozenset()
        found = {ref}
        for column in _RELATED:
            same = Where(column, "=", ref)
            found |= {r.message_id for r in self.core.store.rows(OutboxRow, same, blobs=False)}
            if column != "batch":
                found |= {r.message_id for r in self.core.store.rows(InboxRow, same, blobs=False)}
        return frozenset(found)


def _check(kind: str, ref: str) -> None:
    """Nothing is found by a kind that no entry has nor by half an id: that would read as "none"."""
    if kind and kind not in KINDS:
        raise InvalidInput(
            f"no entry is of a kind {kind!r}",
            field="kind",
            remedy=f"one of {', '.join(sorted(KINDS))}",
        )
    if _HALF.fullmatch(ref) and not _ID.fullmatch(ref):
        raise InvalidInput(
            "this is a part of an id, or no id of a message",
            field="ref",
            remedy="give the whole id, as 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b",
        )


def _says(entry: Json, filters: Json, names: frozenset[str]) -> bool:
    if any(entry.get(name) != filters[name] for name in _SAID if filters.get(name)):
        return False
    return not names or any(_named(entry.get(name), names) for name in _NAMING)


def _named(value: object, names: frozenset[str]) -> bool:
    """Whether a field names one of them, alone or as a part: `tr/ID` is erased, `ID/case-17` is
    given as evidence for a reason.
    """
    return isinstance(value, str) and (value in names or not names.isdisjoint(value.split("/")))


def message_of(entry: Json) -> str:
    """The id of the message that an entry is about, in whichever field it stands; or empty."""
    for name in ("id", "subject", "ref"):
        for part in str(entry.get(name, "")).split("/"):
            if _ID.fullmatch(part):
                return part
    return ""


def _line(one: Placed, facts: Mapping[str, str]) -> Json:
    entry = one.entry
    ref = next((entry[name] for name in ("id", "subject", "ref", "name") if entry.get(name)), "")
    said = {name: str(entry.get(name, "")) for name in ("actor", "outcome", "rule")}
    place = {"origin": one.origin, "index": one.index, "time": entry["time"], "kind": entry["kind"]}
    return {**place, **facts, **said, "ref": ref, "entry": entry}


def _facts(peer: str, row: OutboxRow | InboxRow) -> Mapping[str, str]:
    return {"peer": peer, "type": row.type, "area": row.area}


def _text(place: Place) -> str:
    time, origin, index = place
    return f"{time} {origin} {index}"


def _cursor(text: str) -> Place:
    if not text:
        return "", "", -1
    parts: list[Any] = text.split(" ")
    if len(parts) != 3 or not parts[2].isdecimal():
        raise InvalidInput("this is not where a page began", field="after")
    return parts[0], parts[1], int(parts[2])
