"""What tests of agreements share: texts that authorities of a simulated network sign."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from relec_exchange.testing import NETWORK, OFFICER, SimulatedNetwork
from relec_exchange.trust.card import Card
from relec_exchange.trust.drafts import Terms, draft_agreement, draft_card
from relec_exchange.trust.drafts_notices import (
    draft_revocation,
    draft_suspension,
    draft_termination,
)
from relec_exchange.trust.note import sign_text
from relec_exchange.trust.notices import parse_notice
from relec_exchange.trust.revocation import Revocation
from relec_exchange.trust.suspension import Suspension
from relec_exchange.trust.termination import Termination

_HEAD: dict[str, Any] = {"network": NETWORK, "network_kind": "exercise"}


def moment(network: SimulatedNetwork, **delta: float) -> datetime:
    """A time of the network's clock, in whole seconds as texts have it."""
    return (network.clock() + timedelta(**delta)).replace(microsecond=0)


def suspension(
    network: SimulatedNetwork,
    node: str,
    number: int = 1,
    with_: tuple[str, ...] = ("*",),
    **more: Any,
) -> bytes:
    """A suspension that the node's authority has signed; `more` are other fields."""
    fields = {
        "node": node,
        "number": number,
        "action": "suspend",
        "with": with_,
        "issued": moment(network),
        "reason": "A simulated emergency.",
        **more,
    }
    text = draft_suspension(Suspension(**_HEAD, **fields))
    return sign_text(text, network.authority(node))


def lift(network: SimulatedNetwork, note: bytes, number: int = 2) -> bytes:
    """The end of a suspension for all that it names."""
    signed = parse_notice(note)
    assert isinstance(signed.notice, Suspension)
    node, partners = signed.notice.node, signed.notice.partners
    return suspension(
        network, node, number, partners, action="lift", lifts=(signed.hash,), reason="It is over."
    )


def termination(
    network: SimulatedNetwork,
    node: str,
    agreement: str,
    with_: tuple[str, ...] = ("*",),
    hours: int = 24,
) -> bytes:
    """The end of an agreement after so many hours."""
    issued = moment(network)
    notice = Termination(
        **_HEAD,
        node=node,
        agreement=agreement,
        **{"with": with_},
        issued=issued,
        effective=issued + timedelta(hours=hours),
        reason="A simulated end.",
    )
    return sign_text(draft_termination(notice), network.authority(node))


def sealing_revocation(network: SimulatedNetwork, node: str, place: int = -1) -> bytes:
    """One of the node's sealing keys is revoked: the last one unless told otherwise."""
    epoch = network.node(node).book.current.card(node).card.sealing[place]
    now = moment(network)
    notice = Revocation(
        **_HEAD,
        node=node,
        kind="sealing",
        key=epoch.id,
        since=now,
        issued=now,
        reason="A simulated theft.",
    )
    return sign_text(draft_revocation(notice), network.authority(node))


def agreement_text(network: SimulatedNetwork, *parties: str, **more: Any) -> str:
    """The unsigned text of an agreement."""
    terms = {
        "title": "Signed over the network",
        "legal_basis": "A simulated memorandum; no state has signed this text.",
        "valid_from": moment(network, days=-1),
        "valid_until": moment(network, days=300),
        **more,
    }
    return draft_agreement(Terms(**_HEAD, parties=parties, **terms))


def later_card(network: SimulatedNetwork, name: str, label: str, **more: Any) -> bytes:
    """The next version of a node's card, signed by its authority."""
    card = network.node(name).book.current.card(name).card
    fields = card.model_dump(by_alias=True)
    fields |= {"version": card.version + 1, "name": label, **more}
    return sign_text(draft_card(Card.model_validate(fields)), network.authority(name))


def bilateral(network: SimulatedNetwork, a: str, b: str) -> str:
    """The hash of the agreement that the two signed when the network was founded."""
    held = network.node(a).book.current.agreements.values()
    return next(h.hash for h in held if {a, b} == h.signers and not h.agreement.charter)


def charter(network: SimulatedNetwork) -> str:
    """The hash of the charter."""
    held = next(iter(network._nodes.values())).book.current.agreements.values()
    return next(h.hash for h in held if h.agreement.charter)


def import_notice(network: SimulatedNetwork, name: str, note: bytes) -> dict[str, Any]:
    """As a security officer of the node imports it."""
    return network.node(name).desk.import_notice(note.decode(), OFFICER)
