"""Cards: the keys that a node has published of itself, signed by its authority.

A card by itself proves that its text is whole, not whose it is. Only a fingerprint that somebody
compared with the authority outside this bundle (by telephone, in a meeting) makes it that node's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relec_verify import texts
from relec_verify.entries import DIGEST, NETWORK, NODE, ORIGIN
from relec_verify.keys import KeyPair
from relec_verify.notes import Note, split_note
from relec_verify.refused import Refused

_MUST, _MAY = True, False
_VKEYS: texts.Shape = {
    "ed25519": (_MUST, texts.line),
    "mldsa44": (_MUST, texts.matching(".{1,4000}")),
}
_CARD: texts.Shape = {
    "format": (_MUST, texts.line),
    "network": (_MUST, texts.matching(NETWORK)),
    "network_kind": (_MUST, texts.matching("exercise|production")),
    "node": (_MUST, texts.matching(NODE)),
    "kind": (_MAY, texts.matching("state|witness|service")),
    "name": (_MUST, texts.line),
    "version": (_MUST, texts.integer(1)),
    "valid_from": (_MUST, texts.moment),
    "valid_until": (_MUST, texts.moment),
    "suites": (_MAY, texts.anything),
    "authority": (_MUST, texts.anything),
    "witness": (_MUST, texts.anything),
    "broker": (_MUST, texts.anything),
    "duty": (_MUST, texts.anything),
    "schemas": (_MUST, texts.anything),
    "logs": (_MUST, lambda value: isinstance(value, list)),
    "sealing": (_MUST, texts.anything),
    "units": (_MAY, texts.anything),
    "partners": (_MAY, lambda value: isinstance(value, list)),
}
_AUTHORITY: texts.Shape = {**_VKEYS, "next": (_MUST, texts.matching(DIGEST))}
_LOG: texts.Shape = {
    **_VKEYS,
    "origin": (_MUST, texts.matching(ORIGIN)),
    "state": (_MUST, texts.matching("current|closed")),
    "final_size": (_MAY, texts.integer(0)),
    "final_root": (_MAY, texts.matching(DIGEST)),
}
_PARTNER: texts.Shape = {
    "node": (_MUST, texts.matching(NODE)),
    "authority": (_MUST, texts.matching(DIGEST)),
    "classes": (_MAY, texts.anything),
}


@dataclass(frozen=True)
class Log:
    """A log of a card: its key, and where it ended if it is closed."""

    key: KeyPair
    final: tuple[int, bytes] | None


@dataclass(frozen=True)
class Card:
    """One version of a card, signed by the authority that it names itself."""

    note: Note
    hash: str
    network: str
    network_kind: str
    node: str
    kind: str
    name: str
    version: int
    valid_from: datetime
    valid_until: datetime
    authority: KeyPair
    announced: str
    witness: KeyPair
    logs: Mapping[str, Log]
    partners: Mapping[str, str]

    def valid_at(self, at: datetime) -> bool:
        """Whether its own dates cover this moment."""
        return self.valid_from <= at < self.valid_until


def read_card(data: bytes) -> Card:
    """A card that the authority it names itself has signed (`text-malformed`, `card-signature`)."""
    note = split_note(data)
    table = texts.read_text(note.text, "card")
    texts.check_shape(table, _CARD, "card")
    prefix = f"{table['network']}/{table['node']}"
    authority = _pair(table["authority"], "note", f"{prefix}/authority", _AUTHORITY)
    witness = _pair(table["witness"], "witness", f"{prefix}/witness", _VKEYS)
    days = table["valid_until"] - table["valid_from"]
    if not 0 < days.total_seconds() <= 366 * 86_400:
        raise Refused("text-malformed", "a card holds for up to 366 days")
    try:
        authority.verify(note)
    except Refused as refused:
        raise Refused("card-signature", refused.detail) from None
    return Card(
        note=note,
        hash=texts.identity(note.text),
        network=table["network"],
        network_kind=table["network_kind"],
        node=table["node"],
        kind=table.get("kind", "state"),
        name=table["name"],
        version=table["version"],
        valid_from=table["valid_from"],
        valid_until=table["valid_until"],
        authority=authority,
        announced=table["authority"]["next"],
        witness=witness,
        logs=_logs(table["logs"], prefix),
        partners=_partners(table.get("partners", [])),
    )


def _pair(table: Any, kind: str, name: str, shape: texts.Shape) -> KeyPair:
    """The keys of a table; they must be called after what they are for (`text-malformed`)."""
    texts.check_shape(table, shape, name)
    try:
        pair = KeyPair.parse(kind, (table["ed25519"], table["mldsa44"]))
    except Refused as refused:
        raise Refused("text-malformed", refused.detail) from None
    if pair.name != name:
        raise Refused("text-malformed", f"the keys are not called {name}")
    return pair


def _logs(tables: list[Any], prefix: str) -> dict[str, Log]:
    found: dict[str, Log] = {}
    for table in tables:
        texts.check_shape(table, _LOG, "logs")
        origin = table["origin"]
        closed = (table["state"] == "closed",) * 2
        if ("final_size" in table, "final_root" in table) != closed:
            raise Refused("text-malformed", "a closed log, and no other, says where it ended")
        if origin in found or not origin.startswith(f"{prefix}/"):
            raise Refused("text-malformed", "a log of another node, or one that is listed twice")
        final = (table["final_size"], bytes.fromhex(table["final_root"])) if closed[0] else None
        found[origin] = Log(_pair(table, "log", origin, _LOG), final)
    return found


def _partners(tables: list[Any]) -> dict[str, str]:
    for table in tables:
        texts.check_shape(table, _PARTNER, "partners")
    found = {table["node"]: table["authority"] for table in tables}
    if len(found) != len(tables):
        raise Refused("text-malformed", "a partner is listed once")
    return found
