"""Decisions of agreements, computed again from the logs and the notes that were adopted.

Contract: pure; no content, no vault. What a node decided follows from the notes that it had adopted
by then (entries `adopted`, in their order) and from what the entry of the decision says was asked.
An adoption of the very millisecond of a decision counts as earlier. Verified logs are the caller's
business. Raises `IntegrityFailure` for logs and notes that do not belong together, and where a
decision does not come out the same.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import Any, Final

from relec_exchange.errors import IntegrityFailure, RelecError
from relec_exchange.journal.judgements import COARSE
from relec_exchange.message.catalogue import Features
from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose
from relec_exchange.message.identifiers import parse_origin, parse_time
from relec_exchange.message.withholding import RULE_MISMATCH, RULE_WITHHELD
from relec_exchange.trust.agreement import parse_agreement
from relec_exchange.trust.card import parse_card
from relec_exchange.trust.decide import Allowed, Denied, decide
from relec_exchange.trust.decision import RULES
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.note import Note, split_note

Entry = Mapping[str, Any]

SIGNERS: Final = "/signed/"
"""In the subject of an adopted agreement: before the nodes that had signed it by then."""

_AFTER_THE_AGREEMENT: Final = frozenset({COARSE, RULE_WITHHELD, RULE_MISMATCH})
"""Rules that are asked of what an agreement allows."""


class Replay:
    """What one node knew, step by step. `exchange` are the entries of its exchange logs, oldest
    first; `notes` all that it adopted, word for word, in any order.
    """

    def __init__(self, exchange: Iterable[Entry], notes: Iterable[bytes]) -> None:
        self._notes = _by_hash(notes)
        self._times: list[str] = []
        self._known: list[Directory] = []
        directory: Directory | None = None
        for entry in exchange:
            if entry["kind"] == "adopted" and entry["what"] != "proposal":
                directory = self._adopted(directory or self._first(entry), entry)
                self._times.append(entry["time"])
                self._known.append(directory)
            elif entry["kind"] == "opened":
                self._own = parse_origin(entry["origin"]).node

    def decided(self, entry: Entry) -> Allowed | Denied | None:
        """What the agreements answer to what the entry of a decision says was asked; None where
        nothing could be asked.
        """
        if not entry["type"]:
            return None
        directory = self._at(entry["time"])
        sent = entry["direction"] == "outbound"
        ends = (directory.own, entry["peer"]) if sent else (entry["peer"], directory.own)
        named = None if sent else entry["agreement"]
        return decide(directory, _features(entry, ends), parse_time(entry["at"]), named=named)

    def check(self, entry: Entry) -> None:
        """Raise `IntegrityFailure` unless a decision comes out as its entry says."""
        self.compared(entry)

    def compared(self, entry: Entry) -> bool:
        """As `check`; whether there was an answer of an agreement to compare."""
        found, told = self.decided(entry), _told(entry)
        if told is None or found is None:
            return False
        if not _same(found, told, entry):
            raise IntegrityFailure(
                f"the decision about {entry['id']} does not follow from the notes adopted by then",
                remedy="compare the notes with the log: one is missing, or was not as it is now",
            )
        return True

    def _at(self, time: str) -> Directory:
        place = bisect_right(self._times, time)
        if place == 0:
            raise IntegrityFailure("a decision is older than everything that was adopted")
        return self._known[place - 1]

    def _first(self, entry: Entry) -> Directory:
        """Nothing is known yet; which network it is says the first card."""
        card = parse_card(self._note(entry["hash"])[0]).card
        return Directory(card.network, card.network_kind, self._own)

    def _adopted(self, directory: Directory, entry: Entry) -> Directory:
        notes = self._note(entry["hash"])
        try:
            if entry["what"] == "card":
                return _with_card(directory, notes[0])
            if entry["what"] == "agreement":
                for note in notes:
                    directory = _with_agreement(directory, note, entry["subject"])
                return directory
            return directory.with_notice(notes[0])
        except RelecError as error:
            raise IntegrityFailure(
                f"a note that the log names cannot be adopted again: {error}"
            ) from None

    def _note(self, name: str) -> list[bytes]:
        if name not in self._notes:
            raise IntegrityFailure(f"the log names a note that is not here: {name}")
        return self._notes[name]


def replay(
    exchange: Iterable[Entry], notes: Iterable[bytes], decision: Entry
) -> Allowed | Denied | None:
    """One decision; of many, make one `Replay`."""
    return Replay(exchange, notes).decided(decision)


def _by_hash(notes: Iterable[bytes]) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for note in notes:
        name = hashlib.sha256(split_note(note).text).hexdigest()
        found.setdefault(name, []).append(note)
    return found


def _with_card(directory: Directory, note: bytes) -> Directory:
    card = parse_card(note).card
    if card.node in directory.members:
        return directory.admit_update(note)
    return directory.admit_first(note, card.authority.public().fingerprint())


def _with_agreement(directory: Directory, note: bytes, subject: str) -> Directory:
    """With the signatures that were there by then, and those of nodes nobody knew yet."""
    _, known, listed = subject.partition(SIGNERS)
    if known:
        signed, parts = parse_agreement(note), split_note(note)
        then = set(listed.split("."))
        lines = tuple(
            line
            for node, theirs in signed.signatures.items()
            if node in then or node not in directory.members
            for line in theirs
        )
        note = Note(parts.text, lines).encode()
    return directory.with_agreement(note)


def _features(entry: Entry, ends: tuple[str, str]) -> Features:
    handling = entry["handling"].split("+") if entry["handling"] else ()
    return Features(
        type=entry["type"],
        sender=ends[0],
        recipient=ends[1],
        exercise=entry["exercise"] == "yes",
        schema_version=entry["version"],
        area=Area(entry["area"]) if entry["area"] else None,
        purpose=Purpose(entry["purpose"]) if entry["purpose"] else None,
        data_level=DataLevel(entry["level"]),
        handling=tuple(Handling(code) for code in handling),
        sender_unit=entry["unit"],
    )


def _told(entry: Entry) -> str | None:
    """The rule that refused, the empty text for allowed, or None where no agreement was asked."""
    rule: str = entry["rule"]
    if rule in RULES:
        return rule
    # Any other refusal (a malformed draft, a wrong signature) asked no agreement.
    return "" if rule in _AFTER_THE_AGREEMENT or (not rule and entry["grant"]) else None


def _same(found: Allowed | Denied, told: str, entry: Entry) -> bool:
    if isinstance(found, Denied):
        return found.rule == told
    if told:
        return False
    named = not entry["grant"] or found.grant_id == entry["grant"]
    return named and (not entry["agreement"] or found.agreement_hash == entry["agreement"])
