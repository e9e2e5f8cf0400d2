"""A journal on real files for the benchmarks: store, vault, guard copy, log keys, no broker."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from relec_exchange.adapters.guard import GuardFile
from relec_exchange.adapters.sqlite import SqliteStore
from relec_exchange.adapters.vault import SqliteVault
from relec_exchange.audit.checkpoint import Checkpoint, sign_checkpoint
from relec_exchange.journal.build import Surroundings
from relec_exchange.journal.opening import LogNames, opening_entry
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.ports import Clock, Random
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.signature import HybridKey, HybridPublic

NETWORK = "relec.example"
NODE = "tr"
ORIGIN = f"{NETWORK}/{NODE}/exchange/1"
DIGEST = "0" * 64


class Signer:
    """The port LogSigner with one key; with `free`, signing costs nothing and proves nothing."""

    def __init__(self) -> None:
        self.free = False
        self.key = HybridKey.generate(ORIGIN, "log", os.urandom)

    def checkpoint(self, origin: str, size: int, root: bytes, timestamp: int) -> Checkpoint:
        if self.free:
            return Checkpoint(origin, size, root, b"not signed\n")
        return sign_checkpoint(origin, size, root, self.key, timestamp)

    def add_log(self, origin: str, random: Random) -> HybridPublic:
        raise NotImplementedError

    def log_public(self, origin: str) -> HybridPublic:
        return self.key.public()


class OpenJournal:
    """A journal in a directory; `close` it. `plan` is the plan of one entry."""

    def __init__(self, directory: Path, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self.signer = Signer()
        self.store = SqliteStore(directory / "store.db")
        self.vault = SqliteVault(directory / "vault.db", os.urandom(32), os.urandom)
        self.guard = GuardFile(directory / "guard")
        empty = Directory(NETWORK, "exercise", NODE)
        around = Surroundings(NETWORK, NODE, self.signer, empty, DIGEST, os.urandom)
        self.journal = Journal(
            self.store,
            self.vault,
            self.guard,
            lambda: around,
            clock,
            lambda items: None,
        )
        names = LogNames(ORIGIN, f"{NETWORK}/{NODE}/activity/1")
        self.journal.open(names, lambda origin: opening_entry(NETWORK, origin))

    def close(self) -> None:
        self.journal.stop()
        self.store.close()
        self.vault.close()
        self.guard.close()


def plan(number: int) -> Plan:
    """A plan of one entry: about as long as a receipt's."""
    return Plan(
        exchange=(
            {
                "kind": "received",
                "network": NETWORK,
                "from": "pk",
                "to": NODE,
                "class": "ordinary",
                "seq": number + 1,
                "id": f"019aa700-0000-7000-8000-{number:012x}",
                "origin": f"{NETWORK}/pk/exchange/1",
                "index": number,
                "leaf": DIGEST,
                "outcome": "accepted",
            },
        )
    )
