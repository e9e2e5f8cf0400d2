"""Four states over three simulated years: what officers and authorities do, and the account of it.

The broker and TLS run in real time; the nodes' clock is moved in steps, and rounds happen at steps
only. Every message that an officer submitted is written down with what must become of it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from remains import Traces, traces
from stepped_broker import BrokerNetwork

from core_network import FULL, NOMINAL, letter, warning
from core_notices import agreement_text, bilateral, import_notice, lift, suspension, termination
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.adapters.successions import AuthorityFiles, WitnessFiles
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.audit.entry import decode_entry
from relec_exchange.founding import issue, rotate_authority, rotate_witness
from relec_exchange.message.document import Message
from relec_exchange.node import Node
from relec_exchange.records import (
    AcceptedRow,
    EntryRow,
    OutboxRow,
    Where,
)
from relec_exchange.testing import NETWORK, OFFICER, PASSPHRASE
from relec_exchange.testing.succeeding import announce, current_origin, succeed
from relec_exchange.trust.agreement import Grant
from relec_exchange.trust.card import Card, SignedCard
from relec_exchange.trust.card_parts import Partner
from relec_exchange.trust.drafts import Terms, draft_charter
from relec_exchange.trust.note import merge_signatures, sign_text
from relec_exchange.trust.notices import parse_notice

STATES = ("tr", "pk", "iq", "bd")
STEP_DAYS = 10 if FULL else 30
"""Between two steps; the short run has the same story with less traffic."""

KEPT_DAYS = 120
"""How long messages about persons are kept under the amended agreements."""

AHEAD_DAYS = 45
"""A node is told 60 and 30 days ahead that its sealing keys or its card end."""

WARNING = "warning.notice"
LIVE = ("validated", "opened", "answered")


@dataclass
class Said:
    """A message, and whether it must have left, arrived, been refused."""

    sender: str
    recipient: str
    kind: str
    at: datetime
    fate: str = "arrives"


@dataclass
class Story:
    """The network, everything that was said in it, and what its operator recorded."""

    network: BrokerNetwork
    said: dict[str, Said] = field(default_factory=dict)
    members: list[str] = field(default_factory=lambda: list(STATES))
    traces: dict[str, Traces] = field(default_factory=dict)
    requests: dict[str, Message] = field(default_factory=dict)

    # ---- time ----------------------------------------------------------------------------------

    def rest(self, *, minutes: int = 11, times: int = 2) -> None:
        """Let what is due happen, with rounds in between."""
        self.network.run()
        for _ in range(times):
            self.network.clock.forward(minutes=minutes)
            self.network.run()
        for name in self.members:
            bad = self.network.node(name).store.rows(
                AcceptedRow, Where("outcome", "!=", "accepted"), blobs=False
            )
            assert not bad, (name, [(row.sender, row.type, row.time, row.detail) for row in bad])

    def pass_days(self, days: int) -> None:
        """So many days, step by step."""
        for start in range(0, days, STEP_DAYS):
            self.step(min(STEP_DAYS, days - start))

    def step(self, days: int) -> None:
        """Some days pass, with traffic at their end; a card that ends soon is issued again."""
        self.network.run()  # nothing is under way for days
        self.network.clock.forward(days=days)
        self.rest()
        soon = self.network.clock() + timedelta(days=AHEAD_DAYS)
        for name in self.members:
            if min(self.card(name).sealing[-1].ends, self.card(name).valid_until) < soon:
                self.new_card(name)
        self.traffic()
        self.rest(times=1)

    # ---- officers ------------------------------------------------------------------------------

    def send(self, message: Message, fate: str = "arrives") -> str:
        """Submit a message; `fate` is `arrives` or `refused` (at once)."""
        header = message.header
        result = self.network.submit(message)
        wanted = "refused" if fate == "refused" else "released"
        assert result["status"] == wanted, (header.type, header.sender, header.recipient, result)
        at = self.network.clock()
        self.said[header.message_id] = Said(header.sender, header.recipient, header.type, at, fate)
        return header.message_id

    def ask(self, sender: str, recipient: str, fate: str = "arrives") -> Message:
        """A request about a simulated person, under the agreement of the two."""
        message = asking(self.network, sender, recipient)
        self.requests[self.send(message, fate)] = message
        return message

    def traffic(self) -> None:
        """Warnings to everybody (in the short run to the next one), a request to the next one."""
        following = dict(zip(self.members, (*self.members[1:], self.members[0]), strict=True))
        for sender in self.members:
            for recipient in self.members:
                near = FULL or recipient == following[sender]
                if sender != recipient and near and self.allowed(sender, recipient, WARNING):
                    self.send(warning(self.network, sender=sender, recipient=recipient))
        for sender, recipient in following.items():
            if self.allowed(sender, recipient, "info.request"):
                self.ask(sender, recipient)

    def allowed(self, sender: str, recipient: str, kind: str) -> bool:
        """Whether the sender's node says that this type may go."""
        nominal = kind == "info.request"
        question = {
            "type": kind,
            "sender": sender,
            "recipient": recipient,
            "area": "migrant_smuggling",
            "purpose": "criminal_investigation" if nominal else "prevention",
            "data_level": "nominal" if nominal else "non_nominal",
            "handling": ["H0"],
        }
        return bool(self.network.node(sender).desk.check(question)["allowed"])

    # ---- authorities ---------------------------------------------------------------------------

    def sign(self, text: str, *names: str) -> bytes:
        """A text with the signatures of these authorities."""
        notes = [sign_text(text, self.network.authority(name)) for name in names]
        note = notes[0]
        for more in notes[1:]:
            note = merge_signatures(note, more)
        return note

    def agree(self, one: str, other: str, **more: Any) -> str:
        """The next text of two states: proposed, signed at home by each, spread by the network."""
        before = bilateral_now(self.network.node(one), one, other)
        fields = {
            "version": before.agreement.version + 1 if before else 1,
            "replaces": (before.hash,) if before else (),
            "valid_until": second(self.network.clock() + timedelta(days=600)),
            "grants": personal_grants(one, other),
            **more,
        }
        text = agreement_text(self.network, one, other, **fields)
        self.network.node(one).desk.propose(text, [other], OFFICER)
        self.network.run()
        [proposal] = [p for p in self.network.node(other).desk.proposals() if p["text"] == text]
        assert proposal["proposer"] == one
        for name in (one, other):
            note = sign_text(text, self.network.authority(name)).decode()
            self.network.node(name).desk.import_agreement(note, OFFICER)
            self.rest(times=1)
        found = bilateral_now(self.network.node(other), one, other)
        assert found is not None
        assert found.signed.text == text
        return str(found.hash)

    def adopt(self, name: str, signed: SignedCard) -> None:
        """A node's own new card; partners come to it by the network."""
        TrustFiles(self.network.home(name) / "trust").put_card(signed)
        self.network.node(name).desk.import_card(signed.note.decode(), None, OFFICER)

    def card(self, name: str) -> Card:
        """The newest card of a node, as itself holds it."""
        return self.network.node(name).book.current.card(name).card

    def keys(self, name: str) -> KeyFiles:
        return KeyFiles(self.network.home(name) / "keys", PASSPHRASE)

    def new_card(self, name: str, partners: Sequence[Partner] | None = None) -> None:
        """The yearly duty, often: sealing keys six epochs ahead, another year of validity."""
        card = self.card(name)
        listed = card.partners if partners is None else partners
        authority, now = self.network.authority(name), self.network.clock()
        self.adopt(name, issue(card, listed, self.keys(name), authority, now, os.urandom))

    def new_authority(self, name: str) -> None:
        files = AuthorityFiles(self.network.home(name) / "keys", PASSPHRASE)
        now = self.network.clock()
        signed = rotate_authority(self.card(name), self.keys(name), files, now, os.urandom)
        self.adopt(name, signed)
        files.settle(signed.card)

    def new_witness(self, name: str) -> None:
        keys, now = self.keys(name), self.network.clock()
        files = WitnessFiles(self.network.home(name) / "keys", keys)
        authority = self.network.authority(name)
        signed = rotate_witness(self.card(name), keys, files, authority, now, os.urandom)
        self.adopt(name, signed)
        files.settle(signed.card)

    def new_log(self, name: str, log: str) -> None:
        """Under traffic: messages leave in the new log before anybody knows of it."""
        before = current_origin(self.network.node(name), log)
        succeed(self.network, name, log)
        self.traffic()
        announce(self.network, name)
        self.rest()
        assert current_origin(self.network.node(name), log) != before

    def new_certificate(self, name: str) -> None:
        """The node comes back with a certificate that was issued now."""
        self.network.close(name)
        self.network.open(name)
        self.traffic()
        self.rest(times=1)


# ---- texts -------------------------------------------------------------------------------------


def asking(network: BrokerNetwork, sender: str, recipient: str) -> Message:
    """A request about a person who never lived; its text is not found anywhere else."""
    mark = os.urandom(24).hex()
    body = {
        "questions": [
            {"number": 1, "text": f"Is the stamp {mark} known?", "why": "A forged visa."}
        ],
        "reasons": f"A simulated case with the mark {mark}.",
    }
    about = {
        "data_level": "nominal",
        "purpose": "criminal_investigation",
        "source_grade": None,
        "info_grade": None,
    }
    ends = {"sender": sender, "recipient": recipient}
    return letter(network, "info.request", body, **ends, **about)


def personal_grants(one: str, other: str) -> tuple[Grant, ...]:
    """Requests, and what mends and closes them, kept for a short time."""
    types = (*NOMINAL.types, "correction", "recall", "recall.outcome")
    changed = {
        "id": "requests",
        "senders": (one, other),
        "recipients": (one, other),
        "types": types,
        "retention_days": KEPT_DAYS,
    }
    return (NOMINAL.model_copy(update=changed),)


def open_charter(story: Story, version: int, *replaces: str) -> str:
    """A charter that any member may sign."""
    now = story.network.clock()
    terms = Terms(
        network=NETWORK,
        network_kind="exercise",
        parties=("*",),
        title="Simulated open charter",
        legal_basis="A simulated memorandum; no state has signed this text.",
        version=version,
        replaces=replaces,
        valid_from=second(now),
        valid_until=second(now + timedelta(days=1500)),
    )
    return draft_charter(terms)


def bilateral_now(node: Node, one: str, other: str) -> Any:
    """The newest text that the two and nobody else have signed, as this node holds it."""
    held = [
        h
        for h in node.book.current.agreements.values()
        if {one, other} == h.signers and not h.agreement.charter
    ]
    return max(held, key=lambda h: h.agreement.version, default=None)


def second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


# ---- the account -------------------------------------------------------------------------------


def account(story: Story) -> Counter[str]:
    """Hold every message that was submitted against both ends; returns how many had which fate."""
    for ident, said in story.said.items():
        mine = _rows(story, said.sender, OutboxRow, Where("message_id", "=", ident))
        there = _rows(
            story,
            said.recipient,
            AcceptedRow,
            Where("message_id", "=", ident),
            Where("sender", "=", said.sender),
        )
        FATES[said.fate](said, mine, there)
    return Counter(said.fate for said in story.said.values())


def _rows(story: Story, name: str, kind: Any, *where: Where) -> list[Any] | None:
    """None where the node has left and cannot be asked any more."""
    if name not in story.members:
        return None
    return list(story.network.node(name).store.rows(kind, *where, blobs=False))


def _arrived(said: Said, mine: list[Any] | None, there: list[Any] | None) -> None:
    """Received once, and its sender knows."""
    if mine is not None:
        [row] = mine
        assert row.state in LIVE, (said, row.state, there and there[0].detail)
    if there is not None:
        [accepted] = there
        assert accepted.outcome == "accepted", (said, accepted.outcome)


def _refused(said: Said, mine: list[Any] | None, there: list[Any] | None) -> None:
    """It never had a number, and nobody received it."""
    assert all(row.seq is None for row in mine or ()), said
    assert not there, said


FATES = {"arrives": _arrived, "refused": _refused}


def entries_of(node: Node, kind: str) -> Iterator[Any]:
    """Decoded entries of one kind, of all logs."""
    for row in node.store.rows(EntryRow, Where("kind", "=", kind), order="idx"):
        yield decode_entry(row.data)


__all__ = [
    "STATES",
    "Story",
    "account",
    "bilateral",
    "import_notice",
    "lift",
    "open_charter",
    "parse_notice",
    "suspension",
    "termination",
    "traces",
]
