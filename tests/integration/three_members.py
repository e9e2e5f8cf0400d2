"""The topology that the integration tests share, and the types of their fixtures."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pika

from relec_exchange.adapters.rabbitmq.topology import Member
from relec_exchange.adapters.rabbitmq.transport import RabbitTransport
from relec_exchange.message.identifiers import MessageClass
from relec_exchange.trust.card import Card
from relec_exchange.trust.card_parts import (
    AuthorityKeys,
    Broker,
    Duty,
    LogKeys,
    Partner,
    SealingEpoch,
    WitnessKeys,
)
from relec_exchange.trust.drafts import draft_card
from relec_exchange.trust.note import sign_text
from relec_exchange.trust.signature import HybridKey, KeyKind

KINDS: dict[str, KeyKind] = {
    "authority": "note",
    "witness": "witness",
    "exchange/1": "log",
    "activity/1": "log",
}
ALL = frozenset(MessageClass)
MEMBERS = (
    Member("iq", "iq", {"tr": ALL, "pk": ALL}),
    Member("pk", "pk", {"tr": ALL, "iq": ALL}),
    Member("tr", "tr", {"pk": ALL, "iq": ALL}),
)

Connect = Callable[..., pika.BlockingConnection]
Certified = Callable[..., tuple[Path, Path]]
Transports = Callable[..., RabbitTransport]


def card_file(directory: Path, node: str, number: int = 1, **changes: Any) -> Path:
    """A signed card of a simulated member; `number` is its version, keys come from the name."""
    directory.mkdir(exist_ok=True)
    keys = {
        what: HybridKey.generate(f"relec.example/{node}/{what}", kind, os.urandom)
        for what, kind in KINDS.items()
    }
    authority = changes.pop("authority", None) or keys["authority"]
    successor = HybridKey.generate(f"relec.example/{node}/authority", "note", os.urandom)
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    values: dict[str, Any] = {
        "network": "relec.example",
        "network_kind": "exercise",
        "node": node,
        "name": f"Simulated contact point of {node}",
        "version": number,
        "valid_from": start,
        "valid_until": start + timedelta(days=90),
        "authority": changes.pop("keys", None)
        or AuthorityKeys.of(authority.public(), successor.public()),
        "witness": WitnessKeys.of(keys["witness"].public()),
        "broker": Broker(user=node),
        "duty": Duty(phone="+90 555 000 0000", email=f"duty@{node}.example", languages=("en",)),
        "schemas": {"test.ping": 1},
        "logs": (
            LogKeys.of(keys["exchange/1"].public()),
            LogKeys.of(keys["activity/1"].public()),
        ),
        "sealing": (SealingEpoch.of(os.urandom(1216), start, start + timedelta(days=30)),),
        "partners": tuple(
            Partner(node=other, authority="0" * 64) for other in ("iq", "pk", "tr") if other != node
        ),
    }
    path = directory / f"{node}-{number}.card"
    path.write_bytes(sign_text(draft_card(Card(**{**values, **changes})), authority))
    return path
