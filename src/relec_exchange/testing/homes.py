"""Homes of simulated nodes: keys, cards that list each other, a charter, agreements, officers."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from relec_exchange.adapters.keyfiles import KeyFiles, read_authority
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.founding import Founding, Secrets, found, issue
from relec_exchange.settings import read_settings
from relec_exchange.testing.clock import SteeredClock
from relec_exchange.trust.agreement import Grant
from relec_exchange.trust.card import SignedCard
from relec_exchange.trust.card_parts import Partner
from relec_exchange.trust.drafts import Terms, draft_agreement, draft_charter
from relec_exchange.trust.note import merge_signatures, sign_text
from relec_exchange.trust.officer import Officer, OfficerKey, Role
from relec_exchange.trust.passphrase import COST_MIN
from relec_exchange.trust.register import Register, sign_as_authority
from relec_exchange.trust.signature import HybridKey

NETWORK = "relec.example"
PASSPHRASE = "an exercise is no secret"  # noqa: S105 - simulated nodes only
OFFICER = "duty"
SECOND = "second"
DESK = "desk"

STAFF: Mapping[str, tuple[str, frozenset[Role]]] = {
    OFFICER: ("contact-point", frozenset({Role.SUBMITTER, Role.RELEASER})),
    SECOND: ("contact-point", frozenset({Role.SUBMITTER, Role.RELEASER})),
    DESK: ("protection-desk", frozenset({Role.SUBMITTER, Role.PROTECTION_DESK})),
}
"""The officers of each simulated node: unit and roles."""


@dataclass(frozen=True, slots=True)
class Founded:
    """Homes of nodes that have not run yet, and their officers' keys: `officers` of the duty
    officers by node, `staff` of all by node and name.
    """

    directory: Path
    names: tuple[str, ...]
    officers: Mapping[str, OfficerKey]
    now: datetime
    staff: Mapping[str, Mapping[str, OfficerKey]]


def found_network(
    directory: Path,
    names: Sequence[str] = ("tr", "pk"),
    *,
    times: Mapping[str, int] | None = None,
    grants: Sequence[Grant] = (),
) -> Founded:
    """Found the nodes' homes, let them list each other, and sign a charter and agreements.

    `times` shorten the protocol's times; `grants` are those of each pair's agreement.
    """
    clock = SteeredClock()
    staff = {
        name: {officer: OfficerKey.generate(os.urandom) for officer in STAFF} for name in names
    }
    cards = {name: found_home(directory, name, staff[name], clock) for name in names}
    _introduce(directory, cards, clock)
    _agree(directory, tuple(names), times or {}, tuple(grants), clock())
    officers = {name: keys[OFFICER] for name, keys in staff.items()}
    return Founded(directory, tuple(names), officers, clock(), staff)


def authority_key(directory: Path, name: str) -> HybridKey:
    """The authority key of a founded node."""
    return read_authority(directory / name / "keys" / "authority.key", PASSPHRASE)


def found_home(
    directory: Path, name: str, staff: Mapping[str, OfficerKey], clock: SteeredClock
) -> SignedCard:
    """The home of one node whom nobody lists yet, with its officers; returns its first card."""
    founding = Founding(
        network=NETWORK,
        network_kind="exercise",
        node=name,
        name=f"Simulated node {name}",
        phone="+100 000 0000",
        email=f"duty@{name}.example",
        languages=("en",),
    )
    secrets = Secrets(PASSPHRASE, PASSPHRASE, None, COST_MIN)
    card = found(directory / name, founding, secrets, clock(), os.urandom)
    for officer, key in staff.items():
        _enrol(directory, name, officer, key, clock())
    return card


def _enrol(directory: Path, name: str, officer: str, key: OfficerKey, now: datetime) -> None:
    """One of the officers of `STAFF`."""
    files = TrustFiles(directory / name / "trust")
    authority = authority_key(directory, name)
    register = Register.replay(NETWORK, name, authority.public(), files.records())
    unit, roles = STAFF[officer]
    made = Officer(officer, f"Simulated {officer}", unit, roles, key.public)
    record = register.next_add(made, now)
    files.put_record(record.number, sign_as_authority(record, authority))


def _introduce(directory: Path, cards: Mapping[str, SignedCard], clock: SteeredClock) -> None:
    """Every node lists every other, after comparing fingerprints."""
    fingerprints = {n: c.card.authority.public().fingerprint() for n, c in cards.items()}
    issued = {}
    for name, signed in cards.items():
        settings = read_settings(directory / name)
        keys = KeyFiles(settings.path(settings.paths.keys), PASSPHRASE)
        partners = [Partner(node=n, authority=f) for n, f in fingerprints.items() if n != name]
        authority = authority_key(directory, name)
        issued[name] = issue(signed.card, partners, keys, authority, clock(), os.urandom)
    for name in cards:
        files = TrustFiles(directory / name / "trust")
        for other, card in issued.items():
            files.pin(other, fingerprints[other])
            files.put_card(card)


def _agree(
    directory: Path,
    names: tuple[str, ...],
    times: Mapping[str, int],
    grants: tuple[Grant, ...],
    now: datetime,
) -> None:
    common: dict[str, Any] = {
        "network": NETWORK,
        "network_kind": "exercise",
        "legal_basis": "A simulated memorandum; no state has signed this text.",
        "valid_from": (now - timedelta(days=1)).replace(microsecond=0),
        "valid_until": (now + timedelta(days=300)).replace(microsecond=0),
    }
    charter = Terms(parties=names, title="Simulated charter", times=dict(times), **common)
    _sign(directory, draft_charter(charter), names)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            pair = (one, other)
            terms = Terms(parties=pair, title="Simulated agreement", grants=grants, **common)
            _sign(directory, draft_agreement(terms), pair)


def _sign(directory: Path, text: str, parties: Sequence[str]) -> None:
    notes = [sign_text(text, authority_key(directory, name)) for name in parties]
    note = notes[0]
    for more in notes[1:]:
        note = merge_signatures(note, more)
    for name in parties:
        TrustFiles(directory / name / "trust").put_agreement(note)
