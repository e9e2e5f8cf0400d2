"""The node's private keys as files: the ports LogSigner, WitnessSigner and SealingKeys.

Every file is encrypted under one data key, which `unlock.key` holds under the passphrase: scrypt
runs once per start, however many sealing epochs there are. The authority's file carries its own
data key, so that it can be moved to another machine and have another passphrase.

Contract: files are mode 0600 or refused; nothing is overwritten; a destroyed sealing key is gone
from this directory and stays out of memory.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from relec_exchange.adapters.armour import FILE_MAX_BYTES, read_blocks, write_block
from relec_exchange.adapters.datakey import KEY, UNLOCK, DataKey, Random, find_block
from relec_exchange.adapters.privatefiles import (
    destroy,
    overwritten,
    read_private,
    write_private,
)
from relec_exchange.audit.checkpoint import Checkpoint, sign_checkpoint
from relec_exchange.audit.cosignature import cosign
from relec_exchange.errors import InvalidInput, Misconfigured, NotFound
from relec_exchange.message.encoding import b64
from relec_exchange.message.identifiers import Origin, parse_origin
from relec_exchange.sealing.suite import SEED_BYTES, SealingPrivate
from relec_exchange.trust.passphrase import COST_DEFAULT
from relec_exchange.trust.signature import HybridKey, HybridPublic, KeyKind

LogName = Literal["exchange", "activity"]

_LOG_FILES: Final = {"exchange": "log", "activity": "activity"}

_PKCS8: Final = "-----BEGIN ENCRYPTED PRIVATE KEY-----"


def _hybrid_text(key: HybridKey, data_key: DataKey, random: Random) -> str:
    """PKCS#8 for the Ed25519 half, a block for the ML-DSA-44 seed, tied by the public key."""
    private = Ed25519PrivateKey.from_private_bytes(key.ed25519_seed)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(data_key.password),
    )
    headers = {
        "kind": "mldsa44-seed",
        "name": key.name,
        "use": key.kind,
        "ed25519": b64(private.public_key().public_bytes_raw()),
    }
    return pem.decode() + write_block(data_key.close(headers, key.mldsa44_seed, random))


def _hybrid_key(text: str, data_key: DataKey, use: KeyKind, path: Path) -> HybridKey:
    block = find_block(read_blocks(text), KEY, path)
    seed = data_key.open(block, kind="mldsa44-seed", use=use)
    try:
        private = serialization.load_pem_private_key(
            text[text.find(_PKCS8) :].encode(), data_key.password
        )
    except (ValueError, TypeError):
        raise Misconfigured(
            f"the Ed25519 half of {path} cannot be opened", field=path.name
        ) from None
    if not isinstance(private, Ed25519PrivateKey):
        raise Misconfigured(f"{path} must hold an Ed25519 key", field=path.name)
    if b64(private.public_key().public_bytes_raw()) != block.header("ed25519"):
        raise Misconfigured(f"the two halves of {path} do not belong together", field=path.name)
    return HybridKey(block.header("name"), use, private.private_bytes_raw(), seed)


def write_authority(
    path: Path, key: HybridKey, passphrase: str, random: Random, cost: int = COST_DEFAULT
) -> None:
    """Write an authority's key to a file that needs nothing else but its passphrase."""
    data_key = DataKey(random(32))
    text = write_block(data_key.lock(passphrase, random, cost))
    write_private(path, (text + _hybrid_text(key, data_key, random)).encode())


def read_authority(path: Path, passphrase: str) -> HybridKey:
    """Read what `write_authority` wrote. `NotFound`, or `Misconfigured` naming the file."""
    text = _text(path)
    data_key = DataKey.unlock(find_block(read_blocks(text), UNLOCK, path), passphrase)
    return _hybrid_key(text, data_key, "note", path)


def _log_file(origin: Origin) -> str:
    """Where a log's key is: `log`, then `log-2`, and so on."""
    file = _LOG_FILES[origin.log]
    return file if origin.number == 1 else f"{file}-{origin.number}"


def _text(path: Path) -> str:
    return read_private(path, FILE_MAX_BYTES).decode("ascii", "replace")


class KeyFiles:
    """The keys in one directory, opened by one passphrase. Safe to use from several threads."""

    def __init__(self, directory: Path, passphrase: str) -> None:
        path = directory / "unlock.key"
        block = find_block(read_blocks(_text(path)), UNLOCK, path)
        self._hold(directory, DataKey.unlock(block, passphrase))

    def _hold(self, directory: Path, data_key: DataKey) -> None:
        self._directory, self._data_key = directory, data_key
        self._sealing: dict[str, SealingPrivate] = {}
        self._signers: dict[str, HybridKey] = {}

    @classmethod
    def create(
        cls, directory: Path, passphrase: str, random: Random, cost: int = COST_DEFAULT
    ) -> Self:
        """A new directory of keys: data key and storage key. `Conflict` if one is there."""
        data_key = DataKey(random(32))
        unlock = write_block(data_key.lock(passphrase, random, cost))
        write_private(directory / "unlock.key", unlock.encode())
        keys = cls.__new__(cls)
        keys._hold(directory, data_key)
        keys._write("storage.key", {"kind": "storage", "name": "storage"}, random(32), random)
        return keys

    def add_signer(self, file: str, key: HybridKey, random: Random) -> None:
        """Write a log's or the witness's key as `<file>.key`."""
        text = _hybrid_text(key, self._data_key, random)
        write_private(self._directory / f"{file}.key", text.encode())

    def log(self, log: LogName = "exchange") -> HybridKey:
        """The key of the first log of a kind, which `found` made; its name is the origin."""
        return self._signer(_LOG_FILES[log], "log")

    def log_key(self, origin: str) -> HybridKey:
        """The key of a log of ours; `Misconfigured` if there is none of this name."""
        try:
            name = parse_origin(origin)
            key = self._signer(_log_file(name), "log")
        except (InvalidInput, NotFound):
            key = None
        if key is None or key.name != origin:
            raise Misconfigured(f"there is no key for the log {origin}", field="keys")
        return key

    def add_log(self, origin: str, random: Random) -> HybridPublic:
        """Port LogSigner: the key of a log to come, made now or by a try that was broken off."""
        file = _log_file(parse_origin(origin))
        if not (self._directory / f"{file}.key").exists():
            self.add_signer(file, HybridKey.generate(origin, "log", random), random)
        return self.log_key(origin).public()

    def log_public(self, origin: str) -> HybridPublic:
        """Port LogSigner: what cards name of this key."""
        return self.log_key(origin).public()

    def witness(self, file: str = "witness") -> HybridKey:
        """The key that cosigns checkpoints of partners, or the one that will follow it.

        Read anew each time: it may be replaced while the node runs.
        """
        path = self._directory / f"{file}.key"
        return _hybrid_key(_text(path), self._data_key, "witness", path)

    def cosign(self, checkpoint: bytes, timestamp: int) -> bytes:
        """Port WitnessSigner: with the witness key of now."""
        return cosign(checkpoint, self.witness(), timestamp)

    def checkpoint(self, origin: str, size: int, root: bytes, timestamp: int) -> Checkpoint:
        """Port LogSigner: `Misconfigured` if no log key of ours has this name."""
        return sign_checkpoint(origin, size, root, self.log_key(origin), timestamp)

    def new_sealing_epoch(self, random: Random) -> SealingPrivate:
        """Make and keep a sealing key; its epoch's dates stand in the card."""
        seed = random(SEED_BYTES)
        private = SealingPrivate.from_seed(seed)
        headers = {"kind": "sealing", "name": private.key_id}
        self._write(f"sealing/{private.key_id}.key", headers, seed, random)
        return private

    def sealing(self, key_id: str) -> SealingPrivate | None:
        """Port SealingKeys: the key, or None when it is unknown or destroyed."""
        if key_id not in self._sealing:
            file = f"sealing/{key_id}.key"
            if key_id not in self.sealing_ids() or overwritten(self._directory / file):
                return None
            seed = self._read(file, kind="sealing", name=key_id)
            self._sealing[key_id] = SealingPrivate.from_seed(seed)
        return self._sealing.get(key_id)

    def sealing_ids(self) -> set[str]:
        """Port SealingKeys: ids of the keys that still exist."""
        return {path.stem for path in (self._directory / "sealing").glob("*.key")}

    def destroy_sealing(self, key_id: str) -> None:
        """Port SealingKeys: overwrite, unlink, and make the directory durable."""
        self._sealing.pop(key_id, None)
        if key_id in self.sealing_ids():
            destroy(self._directory / "sealing" / f"{key_id}.key")

    def storage_key(self) -> bytes:
        """32 bytes for content at rest and the vault."""
        return self._read("storage.key", kind="storage", name="storage")

    def _signer(self, file: str, use: KeyKind) -> HybridKey:
        if file not in self._signers:
            path = self._directory / f"{file}.key"
            self._signers[file] = _hybrid_key(_text(path), self._data_key, use, path)
        return self._signers[file]

    def _write(self, file: str, headers: dict[str, str], data: bytes, random: Random) -> None:
        text = write_block(self._data_key.close(headers, data, random))
        write_private(self._directory / file, text.encode())

    def _read(self, file: str, **expected: str) -> bytes:
        path = self._directory / file
        return self._data_key.open(find_block(read_blocks(_text(path)), KEY, path), **expected)


def read_passphrase(path: Path) -> str:
    """The first line of a passphrase file, whose mode is checked like a key's.

    Raises `Misconfigured`: missing, readable by others, empty or not UTF-8.
    """
    try:
        lines = read_private(path, 4096).decode("utf-8").splitlines()
    except NotFound:
        raise Misconfigured(
            f"there is no passphrase file {path}",
            field="passphrase_file",
            remedy="write it again: one line, mode 0600",
        ) from None
    except UnicodeDecodeError:
        lines = []
    if not lines or not lines[0]:
        raise Misconfigured(
            f"{path} holds no passphrase",
            field="passphrase_file",
            remedy="write one line",
        )
    return lines[0]
