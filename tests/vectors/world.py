"""The fixed world that the vectors are taken from: keys, a log of 1000 entries, messages.

Contract: everything follows from the seeds below. ML-DSA signatures and HPKE are randomised, so
what they make is made once: `keep` takes it from the vector file that is there already, as long
as its `made_from` says that it was made from the same inputs.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from relec_exchange.audit.checkpoint import Checkpoint, checkpoint_text
from relec_exchange.audit.entry import commitment, encode_entry
from relec_exchange.audit.log import LogHead, append
from relec_exchange.audit.tiles import Tree
from relec_exchange.message.encoding import b64
from relec_exchange.trust.note import join_note, split_note
from relec_exchange.trust.signature import HybridKey

HERE = Path(__file__).parent
NETWORK = "relec.example"
ORIGIN = f"{NETWORK}/tr/exchange/1"
TIMESTAMP = 1_795_282_200
LOG_SIZE = 1000
OLD_SIZE = 700


@dataclass(frozen=True)
class Case:
    """One vector: `inputs` are written beside comment and expected outcome."""

    kind: str
    name: str
    comment: str
    expect: str
    inputs: dict[str, Any]

    def text(self) -> str:
        """The file's content."""
        whole = {"comment": self.comment, "expect": self.expect, **self.inputs}
        return json.dumps(whole, indent=1, ensure_ascii=True) + "\n"


def seed(label: str) -> bytes:
    """32 bytes that follow from a label."""
    return sha256(f"relec/v1 vectors: {label}".encode()).digest()


def hybrid(name: str, kind: Any, label: str) -> HybridKey:
    """A key pair from fixed seeds."""
    return HybridKey(name, kind, seed(f"{label} ed25519"), seed(f"{label} mldsa44"))


LOG_KEY = hybrid(ORIGIN, "log", "tr log")
OTHER_LOG_KEY = hybrid(ORIGIN, "log", "somebody else's log")


_KEPT: dict[tuple[str, str], bytes] = {}


def keep(kind: str, name: str, field: str, recipe: bytes, make: Callable[[], bytes]) -> bytes:
    """The bytes in `field` of an existing vector if made from this recipe, else new ones."""
    if (kind, name) not in _KEPT:
        path = HERE / kind / f"{name}.json"
        old = json.loads(path.read_text("utf-8")) if path.exists() else {}
        stands = old.get("made_from") == made_from(recipe)
        _KEPT[kind, name] = b64decode(old[field]) if stands else make()
    return _KEPT[kind, name]


def made_from(recipe: bytes) -> str:
    """Digest that says from which inputs a randomised value was made."""
    return sha256(recipe).hexdigest()


def signed_checkpoint(name: str, size: int, root: bytes, key: HybridKey = LOG_KEY) -> bytes:
    """A signed checkpoint that is kept in the vector checkpoint/<name>."""
    text = checkpoint_text(key.name, size, root)
    recipe = text + key.public().fingerprint().encode()
    return keep(
        "checkpoint",
        name,
        "checkpoint_b64",
        recipe,
        lambda: join_note(text, key.sign_text(text, TIMESTAMP)),
    )


def checkpoint_recipe(size: int, root: bytes, key: HybridKey = LOG_KEY) -> str:
    """The `made_from` of `signed_checkpoint`."""
    return made_from(checkpoint_text(key.name, size, root) + key.public().fingerprint().encode())


def message(index: int) -> bytes:
    """The message that entry `index` commits to. Only its bytes matter here."""
    return f'{{"body":{{"text":"example {index}"}},"header":{{"example":{index}}}}}'.encode()


def salt(index: int) -> bytes:
    """The salt of the commitment of entry `index`."""
    return seed(f"salt {index}")


def sent_fields(index: int) -> dict[str, Any]:
    """The fields of entry `index`, 1 to 999, of kind `sent`."""
    minute, second = divmod(index, 60)
    digest = seed(f"random {index}")
    return {
        "kind": "sent",
        "time": f"2026-11-21T17:{minute:02d}:{second:02d}.000Z",
        "network": NETWORK,
        "from": "tr",
        "to": "pk" if index % 2 else "iq",
        "class": "ordinary",
        "seq": (index + 1) // 2,
        "id": f"019aa700-0000-7000-8000-{index:012d}",
        "type": "info.request",
        "agreement": seed("agreement").hex(),
        "card": seed("card").hex(),
        "rules": seed("rules").hex(),
        "random": digest[:16].hex(),
        "commitment": commitment(salt(index), message(index)).hex(),
    }


OPENED_FIELDS: dict[str, Any] = {
    "kind": "opened",
    "time": "2026-11-21T17:00:00.000Z",
    "network": NETWORK,
    "origin": ORIGIN,
    "previous_origin": "",
    "previous_size": 0,
    "previous_root": "",
}


@cache
def entries() -> tuple[bytes, ...]:
    """The log's entries as bytes."""
    sent = (encode_entry(sent_fields(index)) for index in range(1, LOG_SIZE))
    return (encode_entry(OPENED_FIELDS), *sent)


@cache
def tree() -> Tree:
    """The log's tree."""
    return append(LogHead(ORIGIN, Tree(0, lambda _level, _n: b"")), entries()).head.tree


@cache
def checkpoint(size: int = LOG_SIZE) -> Checkpoint:
    """The log's checkpoint at 1000 or at 700 leaves."""
    root = tree().root_at(size)
    name = "good-01-signed-by-both" if size == LOG_SIZE else "good-02-an-older-size"
    return Checkpoint(ORIGIN, size, root, signed_checkpoint(name, size, root))


def vkeys(key: HybridKey) -> dict[str, Any]:
    """The input field that names both keys of a log or an authority."""
    return {"vkeys": list(key.public().vkeys())}


def signature_lines(note: bytes) -> list[bytes]:
    """The lines under a note, each as bytes with its newline."""
    return [line.encode() for line in split_note(note).signatures]


def spare_bits(text: bytes, at: int) -> bytes:
    """The same text with an unused bit set in the base64 character that ends at `at`."""
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    changed = letters[letters.index(text[at]) + 1]
    return text[:at] + bytes([changed]) + text[at + 1 :]


def flip(data: bytes, at: int) -> bytes:
    """The same bytes with the lowest bit of one of them inverted."""
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def encoded(**fields: bytes) -> dict[str, Any]:
    """Bytes as base64, in fields whose names end in _b64."""
    return {f"{name}_b64": b64(data) for name, data in fields.items()}
