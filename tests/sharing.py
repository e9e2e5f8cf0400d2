"""What tests of consents, exports and recalls share: three nodes, and a warning under H2."""

from __future__ import annotations

from typing import Any

from conversations import arrived as came
from conversations import delivered
from conversations import left as went
from core_network import letter, warning
from relec_exchange.message.document import Message, parse_message
from relec_exchange.testing import SimulatedNetwork
from relec_exchange.trust.officer import Act

TOLD = "Three white vans with covered windows leave the old mill before dawn on Fridays."
NAMES = ("tr", "pk", "iq")


def sensitive(network: SimulatedNetwork, *codes: str, text: str = TOLD, **more: Any) -> str:
    """A warning of iq to tr under these codes, arrived; returns its id."""
    ends = {"sender": "iq", "recipient": "tr"}
    made = warning(network, text, **{"handling": list(codes or ("H2",)), **ends, **more})
    return delivered(network, made)


def plain(network: SimulatedNetwork, kind: str, body: dict[str, Any], **more: Any) -> Message:
    """A message without data and without grades."""
    fields = {"data_level": "none", "source_grade": None, "info_grade": None, **more}
    return letter(network, kind, body, **fields)


def asked(network: SimulatedNetwork, about: str, use: str, **more: Any) -> str:
    """A consent request of tr to iq about a message of iq; returns its id."""
    body = {"message_id": about, "use": use, "why": "Our colleagues need it.", **more}
    return delivered(network, plain(network, "consent.request", body, recipient="iq"))


def decided(network: SimulatedNetwork, request: str, decision: str = "granted", **more: Any) -> str:
    """iq's decision; returns its id."""
    ends = {"sender": "iq", "recipient": "tr", "in_reply_to": request}
    body = {"decision": decision, **more}
    return delivered(network, plain(network, "consent.decision", body, **ends))


def consent(
    network: SimulatedNetwork, about: str, use: str, until: str | None = None, **more: Any
) -> str:
    """A consent of iq to tr; returns the id of the decision."""
    request = asked(network, about, use, **more)
    return decided(network, request, **({"expires_on": until} if until else {}))


def refused_by(network: SimulatedNetwork, message: Message) -> str:
    """The rule that refuses a message of ours; empty if it goes or waits."""
    result = network.submit(message)
    return str(result["error"]["rule"]) if result["error"] else ""


def exported(
    network: SimulatedNetwork, ident: str, use: str, unit: str | None = None, officer: str = "duty"
) -> dict[str, Any]:
    """An export by an officer of tr who has read the message."""
    desk = network.node("tr").desk
    leaf = came(network, "tr", ident).leaf
    signature = network.key("tr", officer).sign(Act.EXPORT, leaf, use)
    given = {"message_id": ident, "use": use, "to_unit": unit}
    return desk.export(given, officer, signature)


def content(network: SimulatedNetwork, name: str, ident: str) -> Message:
    """A message of ours as it was sent."""
    core = network.node(name).desk.core
    return parse_message(core.content(went(network, name, ident))[0])
