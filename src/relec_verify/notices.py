"""Notices: one node's word that an agreement ends, that messages stop, or that a key is lost.

Prevents: that something is called agreed or signed which its party had ended or withdrawn before.
Only notices that the bundle holds can be looked at: that there are no others it cannot show.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relec_verify import texts
from relec_verify.entries import DIGEST, NETWORK, NODE, ORIGIN
from relec_verify.keys import KeyPair
from relec_verify.notes import Note, split_note
from relec_verify.refused import Refused

_MUST, _MAY = True, False
_BASE: texts.Shape = {
    "format": (_MUST, texts.line),
    "network": (_MUST, texts.matching(NETWORK)),
    "network_kind": (_MUST, texts.matching("exercise|production")),
    "node": (_MUST, texts.matching(NODE)),
    "issued": (_MUST, texts.moment),
    "reason": (_MUST, texts.line),
}
_WITH = {"with": (_MUST, texts.distinct(texts.matching(rf"{NODE}|\*"), 1, 64))}
_HASHES = texts.distinct(texts.matching(DIGEST), 0, 64)
_SHAPES: dict[str, texts.Shape] = {
    "termination": {
        **_BASE,
        **_WITH,
        "agreement": (_MUST, texts.matching(DIGEST)),
        "effective": (_MUST, texts.moment),
    },
    "suspension": {
        **_BASE,
        **_WITH,
        "number": (_MUST, texts.integer(1)),
        "action": (_MUST, texts.matching("suspend|lift")),
        "areas": (_MAY, texts.distinct(texts.line)),
        "types": (_MAY, texts.distinct(texts.line)),
        "until": (_MAY, texts.moment),
        "lifts": (_MAY, _HASHES),
    },
    "revocation": {
        **_BASE,
        "kind": (_MUST, texts.matching("log|sealing|witness|authority")),
        "key": (_MUST, texts.line),
        "since": (_MUST, texts.moment),
        "good_size": (_MAY, texts.integer(0)),
        "good_root": (_MAY, texts.matching(DIGEST)),
        "good_card": (_MAY, texts.integer(1)),
        "good_texts": (_MAY, _HASHES),
        "successor": (_MAY, texts.anything),
    },
}
_SUCCESSOR: texts.Shape = {
    "ed25519": (_MUST, texts.line),
    "mldsa44": (_MUST, texts.matching(".{1,4000}")),
}


@dataclass(frozen=True)
class Notice:
    """One notice; `table` has its fields. Who signed it is judged by `people`."""

    note: Note
    hash: str
    kind: str
    node: str
    issued: datetime
    table: dict[str, Any]
    successor: KeyPair | None

    def concerns(self, a: str, b: str) -> bool:
        """Whether a termination or suspension speaks of messages between these two nodes."""
        named = self.table.get("with", [])
        return any(
            node == self.node and (other in named or "*" in named)
            for node, other in ((a, b), (b, a))
        )

    def revokes(self, kind: str, key: str) -> bool:
        """Whether this is the revocation of that key."""
        return self.kind == "revocation" and (self.table["kind"], self.table["key"]) == (kind, key)


def read_notice(data: bytes) -> Notice:
    """A notice, its signatures not yet checked (`text-malformed`)."""
    note = split_note(data)
    kind = texts.kind_of(note.text)
    if kind not in _SHAPES:
        raise Refused("text-malformed", "not a termination, suspension or revocation")
    table = texts.read_text(note.text, kind)
    texts.check_shape(table, _SHAPES[kind], kind)
    if kind == "revocation":
        _check_revocation(table)
    if kind == "termination" and (table["effective"] - table["issued"]).total_seconds() < 86_400:
        raise Refused("text-malformed", "a termination leaves 24 hours")
    if kind == "suspension" and bool(table.get("lifts")) != (table["action"] == "lift"):
        raise Refused("text-malformed", "a lift, and no other, names what it lifts")
    return Notice(
        note,
        texts.identity(note.text),
        kind,
        table["node"],
        table["issued"],
        table,
        _successor(table),
    )


def _check_revocation(table: dict[str, Any]) -> None:
    wanted = {"log": {"good_size", "good_root"}, "authority": {"good_card", "successor"}}
    every = wanted["log"] | wanted["authority"]
    if every & table.keys() != wanted.get(table["kind"], set()):
        raise Refused("text-malformed", "a revocation says other things than its kind")
    forms = {"log": ORIGIN, "sealing": "[0-9a-f]{16}"}
    if re.fullmatch(forms.get(table["kind"], DIGEST), table["key"]) is None:
        raise Refused("text-malformed", "a revocation names no key of its kind")
    if table["since"] > table["issued"]:
        raise Refused("text-malformed", "a key was lost before it is revoked")


def _successor(table: dict[str, Any]) -> KeyPair | None:
    keys = table.get("successor")
    if keys is None:
        return None
    texts.check_shape(keys, _SUCCESSOR, "successor")
    try:
        pair = KeyPair.parse("note", (keys["ed25519"], keys["mldsa44"]))
    except Refused as refused:
        raise Refused("text-malformed", refused.detail) from None
    if pair.name != f"{table['network']}/{table['node']}/authority":
        raise Refused("text-malformed", "the successor is called otherwise")
    return pair
