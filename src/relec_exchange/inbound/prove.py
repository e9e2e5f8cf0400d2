"""Receive steps 1 to 5 of `docs/protocol.md`, as far as they look at nothing but the envelope.

What passes stands in its sender's log, at this place, for us. Whether it contradicts what was
accepted before is for `receive` to say. Nothing here reads or writes the store.

| step | prevents |
|---|---|
| 1 size, framing | a parser fed with anything large or odd |
| 2 addressing | a message for others, of strangers, of another network |
| 3 unseal | reading what was not sealed to us under exactly this clear header |
| 4 proof | a message that its sender's log does not contain |
| 5 entry and commitment | an entry of another kind, route or message under a good proof |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from relec_exchange.audit.checkpoint import Checkpoint, CheckpointCache
from relec_exchange.audit.entry import commitment, decode_entry
from relec_exchange.audit.merkle import leaf_hash, verify_inclusion
from relec_exchange.audit.proof import Proof, parse_proof
from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.message.identifiers import parse_origin, parse_time
from relec_exchange.ports import SealingKeys
from relec_exchange.sealing.content import Content
from relec_exchange.sealing.envelope import ClearHeader, parse_envelope
from relec_exchange.sealing.unseal import unseal
from relec_exchange.trust.directory import Directory


@dataclass(frozen=True, slots=True)
class Proven:
    """Steps 1 to 5 passed: these bytes stand in this sender's log at this place."""

    header: ClearHeader
    content: Content = field(repr=False)
    entry: Mapping[str, Any]
    leaf: bytes
    proof: Proof = field(repr=False)
    checkpoint: Checkpoint = field(repr=False)

    @property
    def origin(self) -> str:
        """The sender's log."""
        return self.checkpoint.origin

    @property
    def seq(self) -> int:
        """The number in the chain."""
        return int(self.entry["seq"])

    @property
    def number(self) -> tuple[str, str, int]:
        """Origin, class and sequence: what one message alone may have."""
        return self.origin, str(self.header.message_class), self.seq

    @property
    def identity(self) -> tuple[str, str]:
        """Sender and message id: what one message alone may have, too."""
        return self.header.sender, str(self.entry["id"])


class AwaitedError(Unverified):
    """Refused for want of a card or key that may be on its way to us.

    `carried` are the bytes that were sealed to us under a log that no card names. Nobody is known
    to have sent them; what in them is signed by an authority speaks for itself.
    """

    carried: bytes = b""


@dataclass(frozen=True, slots=True)
class Prover:
    """What the steps look at. A new one is made when the directory changes."""

    network: str
    node: str
    directory: Directory
    keys: SealingKeys
    checkpoints: CheckpointCache

    def prove(self, envelope: bytes, now: datetime) -> Proven:
        """Steps 1 to 5. Raises Unverified; AwaitedError where waiting may help."""
        clear = parse_envelope(envelope)
        self._check_address(clear.header)
        private = self.keys.sealing(clear.header.key_id)
        if private is None:
            raise AwaitedError(Reason.UNKNOWN_KEY, "no such sealing key is here")
        content = unseal(clear, private)
        proof = parse_proof(content.proof)
        try:
            checkpoint = self._checkpoint(clear.header.sender, proof)
        except AwaitedError as error:
            error.carried = content.message
            raise
        leaf = leaf_hash(content.entry)
        verify_inclusion(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root)
        entry = self._entry(clear.header, content)
        ahead = timedelta(seconds=self.directory.times().clock_ahead_seconds)
        if parse_time(entry["time"]) > now + ahead:
            raise Unverified(Reason.TIME_AHEAD, "the entry's time lies ahead of our clock")
        return Proven(clear.header, content, entry, leaf, proof, checkpoint)

    def _check_address(self, header: ClearHeader) -> None:
        if header.network != self.network:
            raise Unverified(Reason.WRONG_NETWORK)
        if header.recipient != self.node or header.sender == self.node:
            raise Unverified(Reason.NOT_ADDRESSED_HERE)
        if header.sender not in self.directory.members:
            raise AwaitedError(Reason.UNKNOWN_SENDER, "no card of the sender is held")

    def _checkpoint(self, sender: str, proof: Proof) -> Checkpoint:
        claimed = proof.checkpoint.split(b"\n", 1)[0].decode("utf-8", "replace")
        try:
            origin = parse_origin(claimed)
        except InvalidInput:
            raise Unverified(Reason.PROOF_MALFORMED, "the origin is malformed") from None
        if (origin.network, origin.node, origin.log) != (self.network, sender, "exchange"):
            raise Unverified(Reason.PROOF_KEY, "the checkpoint is of another log")
        try:
            key = self.directory.log_key(claimed)
        except Unverified as error:
            raise AwaitedError(error.reason, error.detail) from None
        checkpoint = self.checkpoints.verify(proof.checkpoint, key.public)
        key.check_size(checkpoint.size)
        return checkpoint

    def _entry(self, header: ClearHeader, content: Content) -> Mapping[str, Any]:
        entry = decode_entry(content.entry, kind="sent")
        expected = (self.network, header.sender, self.node, str(header.message_class))
        if (entry["network"], entry["from"], entry["to"], entry["class"]) != expected:
            raise Unverified(Reason.ENTRY_MISMATCH, "entry and clear header differ")
        if commitment(content.salt, content.message).hex() != entry["commitment"]:
            raise Unverified(Reason.COMMITMENT, "the entry commits to other bytes")
        return entry
