"""Three ways to make a message secret and attributable, behind one face.

Each `seal` takes a batch of messages and returns one sealed object a message; each `open` takes
what one `seal` returned and returns the messages, after every check that the way offers. Keys are
made once and kept as objects, so that nobody pays for reading key files.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from relec_exchange.audit.checkpoint import CheckpointCache, sign_checkpoint
from relec_exchange.audit.entry import commitment, decode_entry, encode_entry
from relec_exchange.audit.log import LogHead, append
from relec_exchange.audit.merkle import leaf_hash, verify_inclusion
from relec_exchange.audit.proof import format_proofs, parse_proof
from relec_exchange.audit.tiles import Tree
from relec_exchange.message.identifiers import (
    MessageClass,
    exchange_origin,
    format_time,
    message_id,
)
from relec_exchange.sealing.content import Content
from relec_exchange.sealing.envelope import ClearHeader, parse_envelope
from relec_exchange.sealing.seal import seal
from relec_exchange.sealing.suite import SealingPrivate
from relec_exchange.sealing.unseal import unseal
from relec_exchange.trust.signature import HybridKey

NETWORK = "relec.example"
DIGEST = "ab" * 32


class Contender(Protocol):
    """One way. `about` says in a line what its figures include.

    `remembers`: the library keeps signatures that it verified once, so that opening the same object
    again is quicker; measured apart, since a node opens each message once.
    """

    name: str
    about: str
    remembers: bool

    def seal(self, messages: Sequence[bytes]) -> list[Any]: ...

    def open(self, sealed: Sequence[Any]) -> list[bytes]: ...


class Relec:
    """Our path without database and broker: log entries, checkpoint, proofs, seals, and back.

    The modules and their order are those of the running node (`journal/build.py`, and steps 1 to 5
    of `inbound/receive.py`). The log is kept in memory and grows through the whole run.
    """

    name = "relec"
    remembers = False
    about = (
        "entry in a Merkle log, checkpoint with Ed25519 and ML-DSA-44 for each batch, inclusion "
        "proof, HPKE MLKEM768-X25519 with AES-256-GCM, padded; opening verifies all of it"
    )

    def __init__(self) -> None:
        self._origin = exchange_origin(NETWORK, "tr", 1)
        self._key = HybridKey.generate(self._origin, "log", os.urandom)
        self._public = self._key.public()
        self._private = SealingPrivate.from_seed(os.urandom(32))
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._cache = CheckpointCache()
        self._head = LogHead(self._origin, Tree(0, lambda level, n: self._tiles[level, n]))
        self._seq = 0
        self._last_index = -1
        self._header = ClearHeader(
            NETWORK, "tr", "iq", MessageClass.ORDINARY, self._private.public.key_id
        )
        opening = {
            "kind": "opened",
            "time": format_time(datetime.now(UTC)),
            "network": NETWORK,
            "origin": self._origin,
            "previous_origin": "",
            "previous_size": 0,
            "previous_root": "",
        }
        self._append([encode_entry(opening)])

    def seal(self, messages: Sequence[bytes]) -> list[bytes]:
        now = datetime.now(UTC)
        salts = [os.urandom(32) for _ in messages]
        entries = [
            self._entry(now, salt, message) for salt, message in zip(salts, messages, strict=True)
        ]
        first = self._head.tree.size
        tree = self._append(entries)
        checkpoint = sign_checkpoint(
            self._origin, tree.size, tree.root(), self._key, int(now.timestamp())
        )
        paths = enumerate(tree.inclusions(first, tree.size), first)
        proofs = format_proofs(paths, checkpoint.note)
        contents = map(Content, messages, salts, entries, proofs)
        return [seal(self._header, content, self._private.public) for content in contents]

    def open(self, sealed: Sequence[bytes]) -> list[bytes]:
        return [self._open_one(envelope) for envelope in sealed]

    def _open_one(self, envelope: bytes) -> bytes:
        clear = parse_envelope(envelope)
        content = unseal(clear, self._private)
        proof = parse_proof(content.proof)
        checkpoint = self._cache.verify(proof.checkpoint, self._public)
        leaf = leaf_hash(content.entry)
        verify_inclusion(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root)
        entry = decode_entry(content.entry, kind="sent")
        header = clear.header
        route = (header.network, header.sender, header.recipient, header.message_class.value)
        if (entry["network"], entry["from"], entry["to"], entry["class"]) != route:
            raise AssertionError("entry and clear header differ")
        if commitment(content.salt, content.message).hex() != entry["commitment"]:
            raise AssertionError("the entry commits to other bytes")
        if proof.index <= self._last_index:
            raise AssertionError("opened before")
        self._last_index = proof.index
        return content.message

    def _entry(self, now: datetime, salt: bytes, message: bytes) -> bytes:
        self._seq += 1
        return encode_entry(
            {
                "kind": "sent",
                "time": format_time(now),
                "network": NETWORK,
                "from": "tr",
                "to": "iq",
                "class": "ordinary",
                "seq": self._seq,
                "id": message_id(now, os.urandom(10)),
                "type": "warning.notice",
                "agreement": DIGEST,
                "card": DIGEST,
                "rules": DIGEST,
                "random": os.urandom(16).hex(),
                "commitment": commitment(salt, message).hex(),
            }
        )

    def _append(self, entries: list[bytes]) -> Tree:
        appended = append(self._head, entries)
        for tile in appended.tiles:
            self._tiles[tile.level, tile.n] = tile.data
        self._head = appended.head
        return appended.head.tree


class OpenPgp:
    """Sequoia PGP: signed and encrypted messages with composite post-quantum keys, no log."""

    name = "pysequoia"
    remembers = True
    about = "OpenPGP (RFC 9980): ML-DSA-65 with Ed25519, ML-KEM-768 with X25519; no log, no proof"

    def __init__(self) -> None:
        import pysequoia as pgp

        self._pgp = pgp
        suite = {
            "profile": pgp.Profile.RFC9580,
            "cipher_suite": pgp.CipherSuite.MLDSA65_Ed25519,
        }
        sender = pgp.Tsk.generate("tr", **suite)
        recipient = pgp.Tsk.generate("iq", **suite)
        self._sender = sender.extract_certificate()
        self._recipient = recipient.extract_certificate()
        self._signer = sender.signer()
        self._decryptor = recipient.decryptor()

    def seal(self, messages: Sequence[bytes]) -> list[bytes]:
        to = [self._recipient]
        return [
            self._pgp.encrypt(message, recipients=to, signer=self._signer, armor=False)
            for message in messages
        ]

    def open(self, sealed: Sequence[bytes]) -> list[bytes]:
        return [self._open_one(envelope) for envelope in sealed]

    def _open_one(self, envelope: bytes) -> bytes:
        opened = self._pgp.decrypt(envelope, self._decryptor, store=lambda _: [self._sender])
        if len(opened.valid_sigs) != 1:
            raise AssertionError("not signed by the sender")
        message: bytes = opened.bytes
        return message


class Jose:
    """joserfc: a JWS inside a JWE, classical algorithms only, no log."""

    name = "joserfc"
    remembers = False
    about = "JWS (Ed25519) in JWE (ECDH-ES with X25519, A256GCM); classical; no log, no proof"

    def __init__(self) -> None:
        from joserfc import jwe, jws
        from joserfc.jwk import OKPKey

        self._jws, self._jwe = jws, jwe
        self._signer = OKPKey.generate_key("Ed25519")
        self._recipient = OKPKey.generate_key("X25519")
        self._signed_with = ["Ed25519"]
        self._sealed_with = ["ECDH-ES", "A256GCM"]

    def seal(self, messages: Sequence[bytes]) -> list[str]:
        return [self._seal_one(message) for message in messages]

    def open(self, sealed: Sequence[str]) -> list[bytes]:
        return [self._open_one(envelope) for envelope in sealed]

    def _seal_one(self, message: bytes) -> str:
        header = {"alg": "Ed25519"}
        signed = self._jws.serialize_compact(header, message, self._signer, self._signed_with)
        outer = {"alg": "ECDH-ES", "enc": "A256GCM", "cty": "JWS"}
        return self._jwe.encrypt_compact(outer, signed, self._recipient, self._sealed_with)

    def _open_one(self, envelope: str) -> bytes:
        opened = self._jwe.decrypt_compact(envelope, self._recipient, self._sealed_with)
        return self._jws.deserialize_compact(
            opened.plaintext, self._signer, self._signed_with
        ).payload


ALL: dict[str, type[Relec] | type[OpenPgp] | type[Jose]] = {
    kind.name: kind for kind in (Relec, OpenPgp, Jose)
}


def messages_of(size: int, count: int) -> list[bytes]:
    """Texts as a message's JSON would be, each of exactly `size` bytes and unlike the others."""
    start = f"{time.time_ns()}"
    return [f"{start} {n} ".encode().ljust(size, b"x") for n in range(count)]
