"""Signed tree heads: what a log's owner states about the log, as a C2SP tlog-checkpoint note.

Contract: three lines (origin, size, root) and no others, signed by both algorithms of the log's
key, whose name is the origin. `parse_checkpoint` looks at the form alone and raises
`Unverified(PROOF_MALFORMED)`; only `verify_checkpoint` says that the log's owner stated it.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from relec_exchange.audit.merkle import EMPTY_ROOT
from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.message.encoding import b64
from relec_exchange.trust.note import Note, join_note, split_note
from relec_exchange.trust.signature import HybridKey, HybridPublic, check_key_name
from relec_exchange.trust.statement import parse_tree_head

ORIGIN_MAX_BYTES: Final = 255
"""The signed structure of ML-DSA cosignatures has one byte for the length of the origin."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log `origin` had `size` leaves and this `root` (32 bytes); `note` is what was signed."""

    origin: str
    size: int
    root: bytes
    note: bytes = field(repr=False)


def checkpoint_text(origin: str, size: int, root: bytes) -> bytes:
    """The three lines that are signed; `InvalidInput` for what cannot be a checkpoint."""
    text = f"{origin}\n{size}\n{b64(root)}\n".encode()
    _read_text(text)
    return text


def sign_checkpoint(
    origin: str, size: int, root: bytes, key: HybridKey, timestamp: int
) -> Checkpoint:
    """State the head of one's own log. `timestamp` is in seconds since 1970.

    Never sign two roots for one size, nor a tree that does not continue the one signed before.
    """
    if key.name != origin or key.kind != "log":
        raise InvalidInput("a checkpoint is signed with the log key of its origin", field="key")
    text = checkpoint_text(origin, size, root)
    return Checkpoint(origin, size, root, join_note(text, key.sign_text(text, timestamp)))


def parse_checkpoint(data: bytes) -> Checkpoint:
    """Read a checkpoint without believing it."""
    return _read_note(split_note(data), data)


def verify_checkpoint(data: bytes, public: HybridPublic) -> Checkpoint:
    """Read a checkpoint that the log with this key signed.

    Raises `Unverified`: PROOF_MALFORMED for the form, PROOF_KEY if the key is of another log,
    PROOF_SIGNATURE unless both signatures are there and good.
    """
    note = split_note(data)
    checkpoint = _read_note(note, data)
    if public.name != checkpoint.origin or public.kind != "log":
        raise Unverified(Reason.PROOF_KEY, "the key is not the one of the checkpoint's log")
    public.verify(note.text, note.signatures)
    return checkpoint


class CheckpointCache:
    """Remembers checkpoints that were verified, so that a batch pays for one verification.

    Bounded, the least recently used is forgotten; safe between threads. A checkpoint counts as
    known only under the key it was verified with, and failures are never remembered.
    """

    def __init__(self, capacity: int = 512) -> None:
        self._capacity = capacity
        self._known: OrderedDict[bytes, tuple[HybridPublic, Checkpoint]] = OrderedDict()
        self._lock = Lock()

    def verify(self, data: bytes, public: HybridPublic) -> Checkpoint:
        """As `verify_checkpoint`."""
        with self._lock:
            known = self._known.get(data)
            if known is not None and (known[0] is public or known[0] == public):
                self._known.move_to_end(data)
                return known[1]
        checkpoint = verify_checkpoint(data, public)
        with self._lock:
            self._known[data] = (public, checkpoint)
            self._known.move_to_end(data)
            if len(self._known) > self._capacity:
                self._known.popitem(last=False)
        return checkpoint


def _read_note(note: Note, data: bytes) -> Checkpoint:
    try:
        origin, size, root = _read_text(note.text)
    except InvalidInput as error:
        raise Unverified(Reason.PROOF_MALFORMED, error.message) from None
    return Checkpoint(origin, size, root, data)


def _read_text(text: bytes) -> tuple[str, int, bytes]:
    origin, size, root = parse_tree_head(text)
    check_key_name(origin)
    if len(origin.encode()) > ORIGIN_MAX_BYTES:
        raise InvalidInput("the origin is too long", field="checkpoint.origin")
    if size == 0 and root != EMPTY_ROOT:
        raise InvalidInput("an empty tree has another root", field="checkpoint.root")
    return origin, size, root
