"""What evidence bundles are made of: three simulated nodes, their cards, logs and cosignatures.

Contract: everything follows from seeds and fixed times. ML-DSA signatures are randomised, so a line
that a committed vector has already is taken from there: the same text signed by the same key.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256, shake_256
from pathlib import Path
from typing import Any

from world import HERE, NETWORK, hybrid, seed

from relec_exchange.audit.checkpoint import checkpoint_text
from relec_exchange.audit.entry import commitment, encode_entry
from relec_exchange.audit.log import LogHead, append
from relec_exchange.audit.merkle import leaf_hash
from relec_exchange.audit.proof import format_proof
from relec_exchange.audit.tiles import Tree
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.encoding import b64, canonical
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
from relec_exchange.trust.signature import HybridKey

_TIMED = 4 + 8 + 2420  # key id, time and ML-DSA-44 signature
NODES = ("iq", "pk", "tr")
START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=365)
DAY = timedelta(days=1)
SENT_AT = "2026-11-21T17:30:00.000Z"
RECEIVED_AT = "2026-11-21T17:30:04.000Z"
OPENED_AT = "2026-11-21T17:41:00.000Z"
COSIGNED_AT = int(datetime(2026, 11, 21, 17, 35, tzinfo=UTC).timestamp())
MESSAGE_ID = "019aa700-0000-7000-8000-000000000901"


@cache
def key(node: str, what: str, generation: int = 1) -> HybridKey:
    """A key pair of a node: authority, witness, or the number of an exchange or activity log."""
    kind: Any = {"authority": "note", "witness": "witness"}.get(what, "log")
    name = f"{NETWORK}/{node}/{what}"
    return hybrid(name, kind, f"evidence {name} {generation}")


def fingerprint(node: str, generation: int = 1) -> str:
    """What somebody compares with a node's authority."""
    return key(node, "authority", generation).public().fingerprint()


def signed(text: str | bytes, *keys: HybridKey, at: int = 0) -> str:
    """A note with the lines of these keys; `at` is the time that log and witness keys state."""
    data = text.encode() if isinstance(text, str) else text
    return (data + b"\n" + b"".join(lines(data, one, at) for one in keys)).decode()


def lines(data: bytes, one: HybridKey, at: int = 0) -> bytes:
    """Both lines of a key over a text: the randomised one as a committed vector has it."""
    first, second = one.sign_text(data, at)
    name = (sha256(data).hexdigest(), second[:-1].split(b" ")[1].decode(), _head_of(second))
    return first + _kept().setdefault(name, second)


def _head_of(line: bytes) -> str:
    """Key id, and the time if the signature begins with one, of an ML-DSA line."""
    blob = b64decode(line.split(b" ")[2])
    return blob[: 12 if len(blob) == _TIMED else 4].hex()


def _goods_first(path: Path) -> tuple[bool, str]:
    """Lines of bad bundles may be wrong ones."""
    return path.name.startswith("bad"), path.name


@cache
def _kept() -> dict[tuple[str, str, str], bytes]:
    found: dict[tuple[str, str, str], bytes] = {}
    for path in sorted((HERE / "evidence").glob("*.json"), key=_goods_first):
        for text in _texts(json.loads(path.read_text("utf-8"))):
            body, _, under = text.rpartition("\n\n")
            if body.startswith("c2sp.org/"):
                body = body.partition("\n\n")[2]
            digest = sha256(f"{body}\n".encode()).hexdigest()
            for line in under.splitlines():
                words = line.split(" ")
                if len(words) == 3 and len(words[2]) > 1000:
                    kept = f"{line}\n".encode()
                    found.setdefault((digest, words[1], _head_of(kept)), kept)
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str) and "\n\n— " in value:
        yield value


def card(node: str, generation: int = 1, **changes: Any) -> Card:
    """A card; its authority keys are of the given generation and announce the next ones."""
    start = START + (generation - 1) * DAY
    sealing = shake_256(f"evidence {node} sealing".encode()).digest(1216)
    values: dict[str, Any] = {
        "network": NETWORK,
        "network_kind": "exercise",
        "node": node,
        "name": f"Simulated contact point of {node}",
        "version": generation,
        "valid_from": start,
        "valid_until": END,
        "authority": AuthorityKeys.of(
            key(node, "authority", generation).public(),
            key(node, "authority", generation + 1).public(),
        ),
        "witness": WitnessKeys.of(key(node, "witness").public()),
        "broker": Broker(user=node),
        "duty": Duty(phone="+90 555 000 0000", email=f"duty@{node}.example", languages=("en",)),
        "schemas": dict.fromkeys(sorted(CATALOGUE)[:3], 1),
        "logs": tuple(
            LogKeys.of(key(node, f"{log}/1").public()) for log in ("exchange", "activity")
        ),
        "sealing": (SealingEpoch.of(sealing, START, START + 30 * DAY),),
        "partners": tuple(
            Partner(node=other, authority=fingerprint(other)) for other in NODES if other != node
        ),
    }
    return Card(**{**values, **changes})


def card_note(node: str, generation: int = 1, *keys: HybridKey, **changes: Any) -> str:
    """A card signed by its authority, or by these keys."""
    signers = keys or (key(node, "authority", generation),)
    return signed(draft_card(card(node, generation, **changes)), *signers)


class Log:
    """A small exchange log of a node."""

    def __init__(self, node: str, entries: Sequence[bytes], number: int = 1) -> None:
        self.key = key(node, f"exchange/{number}")
        self.entries = (opened(self.key.name), *entries)
        empty = Tree(0, lambda _level, _n: b"")
        self.tree = append(LogHead(self.key.name, empty), self.entries).head.tree

    def checkpoint(self, size: int, *more: HybridKey, at: int = COSIGNED_AT) -> str:
        """The checkpoint of this size, with cosignatures of `more`."""
        text = checkpoint_text(self.key.name, size, self.tree.root_at(size))
        return signed(text, self.key, *more, at=at)

    def proof(self, index: int, size: int) -> str:
        """The tlog-proof of an entry in the tree of this size."""
        note = self.checkpoint(size).encode()
        return format_proof(index, self.tree.inclusion(index, size), note).decode()

    def link(self, old: int, size: int) -> dict[str, Any]:
        """That the tree of one size is the beginning of the other."""
        return {
            "old_size": old,
            "old_root": b64(self.tree.root_at(old)),
            "size": size,
            "root": b64(self.tree.root_at(size)),
            "hashes": [b64(item) for item in self.tree.consistency(old, size)],
        }

    def logged(self, index: int, size: int, cosigned: Any = None) -> dict[str, Any]:
        """An entry with its proof in the tree of `size`."""
        entry = b64(self.entries[index])
        return {"entry": entry, "proof": self.proof(index, size), "cosigned": cosigned}


def opened(origin: str) -> bytes:
    """Entry 0 of a first log."""
    fields = {"kind": "opened", "time": "2026-11-02T00:00:00.000Z", "network": NETWORK}
    before = {"previous_origin": "", "previous_size": 0, "previous_root": ""}
    return encode_entry({**fields, "origin": origin, **before})


def filler(number: int, at: str) -> bytes:
    """An entry that has nothing to do with the message."""
    fields = {"kind": "adopted", "time": at, "network": NETWORK, "what": "card", "subject": "iq"}
    return encode_entry({**fields, "version": number, "hash": seed(f"filler {number}").hex()})


def sent(message: bytes, salt: bytes, at: str, **changes: Any) -> bytes:
    """The entry of a message: it tells what the header does."""
    header = json.loads(message)["header"]
    fields = {
        "kind": "sent",
        "time": at,
        "network": NETWORK,
        "from": header["sender"],
        "to": header["recipient"],
        "class": "ordinary",
        "seq": 7,
        "id": header["message_id"],
        "type": header["type"],
        "agreement": "",
        "card": seed("card").hex(),
        "rules": seed("rules").hex(),
        "random": seed("random").hex()[:32],
        "commitment": commitment(salt, message).hex(),
    }
    return encode_entry({**fields, **changes})


def message(**changes: Any) -> bytes:
    """A simulated request from tr to pk."""
    header = {
        "message_id": MESSAGE_ID,
        "type": "info.request",
        "schema_version": 1,
        "sender": "tr",
        "recipient": "pk",
        "exercise": True,
        "created_at": "2026-11-21T17:29:00.000Z",
        "area": "migrant_smuggling",
        "purpose": "prevention",
        "data_level": "nominal",
        "handling": ["H0"],
        "urgency": "routine",
        "sender_unit": "general",
        "author_role": "officer",
        "language": "en",
    }
    return canonical({"header": {**header, **changes}, "body": {"text": "Simulated request."}})


def receipt(number: int, items: Sequence[Mapping[str, str]], **changes: Any) -> bytes:
    """A receipt from pk to tr."""
    header = {
        "message_id": f"019aa700-0000-7000-8000-{number:012d}",
        "type": "receipt",
        "schema_version": 1,
        "sender": "pk",
        "recipient": "tr",
        "exercise": True,
        "created_at": RECEIVED_AT,
    }
    return canonical({"header": {**header, **changes}, "body": {"items": list(items)}})


def item(entry: bytes, stage: str = "validated", **changes: str) -> dict[str, str]:
    """What a receipt says of an entry."""
    told = {"leaf": leaf_hash(entry).hex(), "stage": stage, "code": "accepted", "at": RECEIVED_AT}
    return {**told, **changes}
