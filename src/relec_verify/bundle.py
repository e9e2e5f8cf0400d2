"""The file itself: one JSON object with exactly the fields of `docs/reference/evidence.md`.

Prevents: a file so large that reading it is the attack; a name that stands twice; a field that this
verifier passes over and a reader believes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

from relec_verify.encodings import INTEGER_MAX, read_json, unb64
from relec_verify.refused import Refused

FORMAT = "relec/v1 evidence"
BUNDLE_MAX = 8 * 1024 * 1024
_FIELDS = (
    *("format", "network", "sent", "content", "receipts", "received"),
    *("agreements", "notices", "cards", "policy"),
)
_TREES = (("old_size", "old_root"), ("size", "root"))


@dataclass(frozen=True)
class Link:
    """That the tree `old` (size, root) is the beginning of the tree `new`; not yet believed."""

    old: tuple[int, bytes]
    new: tuple[int, bytes]
    hashes: tuple[bytes, ...]


@dataclass(frozen=True)
class Cosigned:
    """A checkpoint with cosignatures, and what leads to it from the tree of the proof."""

    note: bytes
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Logged:
    """An entry, the proof that it stands in a log, and who saw that log, if anybody."""

    entry: bytes
    proof: bytes
    cosigned: Cosigned | None


@dataclass(frozen=True)
class Content:
    """A message and the salt of its commitment."""

    message: bytes
    salt: bytes


@dataclass(frozen=True)
class Receipt:
    """A receipt: a message of the recipient, logged by it."""

    content: Content
    logged: Logged


@dataclass(frozen=True)
class Bundle:
    """Everything of the file, taken apart and not yet believed."""

    network: str
    sent: Logged
    content: Content | None
    receipts: tuple[Receipt, ...]
    received: Logged | None
    agreements: tuple[bytes, ...]
    notices: tuple[bytes, ...]
    cards: tuple[bytes, ...]
    policy: str


def read_bundle(data: bytes) -> Bundle:
    """Take the file apart (`bundle-malformed`)."""
    if len(data) > BUNDLE_MAX:
        _refuse(f"a bundle has at most {BUNDLE_MAX} bytes")
    table = _table(read_json(data, "bundle-malformed"), _FIELDS, "the bundle")
    if table["format"] != FORMAT:
        _refuse("format is another one")
    received, content = table["received"], table["content"]
    return Bundle(
        _text(table["network"], "network"),
        _logged(table["sent"], "sent"),
        None if content is None else _content(content, "content"),
        tuple(_receipt(one) for one in _list(table["receipts"], 64, "receipts")),
        None if received is None else _logged(received, "received"),
        _notes(table["agreements"], 64, "agreements"),
        _notes(table["notices"], 256, "notices"),
        _notes(table["cards"], 256, "cards"),
        _text(table["policy"], "policy"),
    )


def _logged(value: Any, where: str) -> Logged:
    table = _table(value, ("entry", "proof", "cosigned"), where)
    cosigned = table["cosigned"]
    return Logged(
        _bytes(table["entry"], f"{where}.entry"),
        _text(table["proof"], f"{where}.proof").encode(),
        None if cosigned is None else _cosigned(cosigned, f"{where}.cosigned"),
    )


def _cosigned(value: Any, where: str) -> Cosigned:
    table = _table(value, ("note", "links"), where)
    links = tuple(_link(one, f"{where}.links") for one in _list(table["links"], 256, where))
    return Cosigned(_text(table["note"], where).encode(), links)


def _link(value: Any, where: str) -> Link:
    table = _table(value, ("old_size", "old_root", "size", "root", "hashes"), where)
    trees = [(table[s], _bytes(table[r], where)) for s, r in _TREES]
    if any(type(size) is not int or not 0 <= size <= INTEGER_MAX for size, _ in trees):
        _refuse(f"{where}: a size is a count, and no larger than all JSON readers take")
    hashes = tuple(_bytes(one, where) for one in _list(table["hashes"], 128, where))
    return Link(trees[0], trees[1], hashes)


def _content(value: Any, where: str) -> Content:
    table = _table(value, ("message", "salt"), where)
    return Content(_bytes(table["message"], where), _bytes(table["salt"], where))


def _receipt(value: Any) -> Receipt:
    where = "receipts"
    table = _table(value, ("message", "salt", "entry", "proof", "cosigned"), where)
    content = {name: table[name] for name in ("message", "salt")}
    logged = {name: table[name] for name in ("entry", "proof", "cosigned")}
    return Receipt(_content(content, where), _logged(logged, where))


def _notes(value: Any, most: int, where: str) -> tuple[bytes, ...]:
    return tuple(_text(one, where).encode() for one in _list(value, most, where))


def _table(value: Any, names: tuple[str, ...], where: str) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != set(names):
        _refuse(f"{where} has not exactly the fields {', '.join(names)}")
    return value


def _list(value: Any, most: int, where: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        _refuse(f"{where} is a list of at most {most}")
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        _refuse(f"{where} is a text")
    return value


def _bytes(value: Any, where: str) -> bytes:
    return unb64(_text(value, where), "bundle-malformed")


def _refuse(detail: str) -> NoReturn:
    raise Refused("bundle-malformed", detail)
