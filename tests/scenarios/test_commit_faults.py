"""A real process appends, and its disk fails or the process is killed at each call of a commit:
nothing that was acknowledged is lost, no log forks, and what is left checks clean.

Quick: every fourth call with each fault, and 20 kills at random moments. Full (`RELEC_FULL=1`):
every call, and 1,000 kills. The calls are those that write, shorten or make durable: of vault,
store (its write-ahead log, and emptying it) and guard copy.
"""

from __future__ import annotations

import errno
import json
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from faulty_life import FAIL, KILL_AFTER, KILL_BEFORE, Opened

from core_network import FULL, founded
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.audit.checkpoint import verify_checkpoint
from relec_exchange.audit.entry import decode_entry
from relec_exchange.audit.merkle import verify_consistency
from relec_exchange.node.mending import StoreCheck
from relec_exchange.records import EntryRow, LogHeadRow, Where
from relec_exchange.settings import read_settings
from relec_exchange.testing import NETWORK, PASSPHRASE
from relec_exchange.trust.directory import Directory

HERE = Path(__file__).parent
KILLS = 1000 if FULL else 20
STRIDE = 1 if FULL else 4
EACH_HOME = 50
"""So many kills before a new home begins."""

FAULTS = {
    "input/output error": (FAIL, errno.EIO, 0),
    "no space, and it stays so": (FAIL, errno.ENOSPC, 1),
    "killed before the call": (KILL_BEFORE, 0, 0),
    "killed after the call": (KILL_AFTER, 0, 0),
}


@dataclass
class Life:
    """What a life said, and how it ended."""

    acknowledged: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    calls: int = 0
    status: int = 0

    @property
    def killed(self) -> bool:
        return self.status in {signal.SIGKILL, signal.SIGALRM}


class Mill:
    """Lives one after the other, in a process with the faults preloaded."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        shim = directory / "disk_faults.so"
        source = HERE / "disk_faults.c"
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", shim, source, "-ldl"], check=True)
        self.errors = directory / "errors"
        path = f"{HERE}:{HERE.parent}"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, HERE / "faulty_life.py", directory],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={"LD_PRELOAD": str(shim), "PYTHONPATH": path, "PATH": "/usr/bin:/bin"},
            )
        assert self._line() == ["R"]
        self.homes = 0

    def home(self) -> str:
        """A home that has not run yet."""
        self.homes += 1
        name = f"home{self.homes}"
        shutil.copytree(founded().directory / "tr", self.directory / name)
        return name

    def _line(self) -> list[str]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.errors.read_text()
        return line.split()

    def live(self, home: str, name: str, **order: Any) -> Life:
        default = {"at": 0, "action": 0, "errno": 0, "lasting": 0, "seconds": 0}
        assert self.process.stdin is not None
        self.process.stdin.write(
            json.dumps({**default, "home": home, "name": name, **order}) + "\n"
        )
        self.process.stdin.flush()
        life = Life()
        while True:
            word, *rest = self._line()
            if word == "A":
                life.acknowledged.append(rest[0])
            elif word == "F":
                life.refused.append(rest[0])
            elif word == "C":
                life.calls = int(rest[0])
            elif word == "X":
                life.status = int(rest[0])
                assert life.killed or not life.status, self.errors.read_text()
                return life

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


@pytest.fixture(scope="module")
def mill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mill]:
    made = Mill(tmp_path_factory.mktemp("faults"))
    yield made
    made.close()


@dataclass
class Witness:
    """What somebody outside has seen of one home: notes that may never be contradicted."""

    home: Path
    known: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)

    def look(self, life: Life) -> None:
        """Everything acknowledged is there, the logs continue those seen before, fsck is clean."""
        self.acknowledged |= set(life.acknowledged)
        self._check()
        keys = KeyFiles(self.home / "keys", PASSPHRASE)
        opened = Opened(self.home, keys)
        with ExitStack() as stack:
            stack.callback(opened.close)
            state = opened.journal.state
            for log in (state.exchange, state.activity):
                old_size, old_root = self.known.get(log.origin, (0, b""))
                if old_size:
                    tree = log.log.tree
                    path = tree.consistency(old_size)
                    verify_consistency(old_size, old_root, log.size, log.root, path)
                self.known[log.origin] = (log.size, log.root)
                rows = opened.store.rows(EntryRow, Where("origin", "=", log.origin), order="idx")
                fields = [decode_entry(row.data) for row in rows]
                told = {one.get("subject") or one.get("ref") for one in fields}
                assert self.acknowledged <= told
            head = opened.store.rows(LogHeadRow, Where("origin", "=", state.exchange.origin))[0]
            verify_checkpoint(head.checkpoint, keys.log_public(head.origin))
            held = opened.vault.get([f"out/{subject}" for subject in self.acknowledged])
            assert len(held) == len(self.acknowledged)
            assert opened.guard.read() == self.known

    def _check(self) -> None:
        settings = read_settings(self.home)
        empty = Directory(NETWORK, "exercise", settings.node)
        directory = TrustFiles(settings.path(settings.paths.trust)).directory(empty).directory
        with StoreCheck(settings, directory, datetime(2026, 11, 22, tzinfo=UTC)) as check:
            assert check.differences() == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_each_call_of_a_commit_loses_nothing_that_was_acknowledged(
    mill: Mill, fault: str
) -> None:
    action, error, lasting = FAULTS[fault]
    home = mill.home()
    witness = Witness(mill.directory / home)
    witness.look(mill.live(home, "first"))
    whole = mill.live(home, "whole")
    witness.look(whole)
    assert whole.calls > 20
    assert len(whole.acknowledged) == 4
    seen = failed = 0
    for at in range(1 + list(FAULTS).index(fault) % STRIDE, whole.calls + 1, STRIDE):
        life = mill.live(home, f"{action}.{at}", at=at, action=action, errno=error, lasting=lasting)
        assert life.killed == (action != FAIL) or life.calls < at
        seen += 1
        failed += bool(life.refused) or life.killed
        if not life.killed and not life.refused:
            assert len(life.acknowledged) == 4
        witness.look(life)
    assert seen >= whole.calls // STRIDE
    assert failed > seen // 2


def test_kills_at_random_moments_lose_nothing_that_was_acknowledged(mill: Mill) -> None:
    dice = random.Random(7)
    acknowledged = 0
    for kill in range(KILLS):
        if kill % EACH_HOME == 0:
            home = mill.home()
            witness = Witness(mill.directory / home)
        seconds = dice.uniform(0.002, 0.15)
        life = mill.live(home, f"k{kill}", seconds=seconds)
        assert life.killed
        acknowledged += len(life.acknowledged)
        witness.look(life)
    assert acknowledged > KILLS
