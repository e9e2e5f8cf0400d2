"""The process that `test_commit_faults` lets fail: appends to the logs of a real home.

One process reads orders and forks a life for each: the journal on real store, vault and guard
copy, with `disk_faults.c` preloaded. A life says `A subject` when an append was acknowledged,
`F subject code` when it was refused, and `C n` how many calls there were. It appends until it is
done or dead.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from relec_exchange.adapters.guard import GuardFile
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.adapters.sqlite import SqliteStore
from relec_exchange.adapters.vault import SqliteVault
from relec_exchange.errors import RelecError
from relec_exchange.journal import guarding
from relec_exchange.journal.build import Surroundings
from relec_exchange.journal.opening import LogNames, opening_entry
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.writer import Journal
from relec_exchange.settings import read_settings
from relec_exchange.testing import NETWORK, PASSPHRASE
from relec_exchange.trust.directory import Directory

PRODUCERS = 4
FAIL, KILL_BEFORE, KILL_AFTER = 1, 2, 3


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


class Opened:
    """The journal of a home, without the node around it."""

    def __init__(self, home: Path, keys: KeyFiles) -> None:
        settings = read_settings(home)
        paths, at = settings.paths, settings.path
        self.store = SqliteStore(at(paths.store))
        self.vault = SqliteVault(at(paths.vault), keys.storage_key(), os.urandom)
        self.guard = GuardFile(at(paths.guard))
        empty = Directory(NETWORK, "exercise", settings.node)
        around = Surroundings(NETWORK, settings.node, keys, empty, "0" * 64, os.urandom)
        self.journal = Journal(
            self.store,
            self.vault,
            self.guard,
            lambda: around,
            lambda: datetime.now(UTC),
            lambda items: None,
        )
        names = LogNames(keys.log("exchange").name, keys.log("activity").name)
        self.journal.open(names, lambda origin: opening_entry(NETWORK, origin))

    def close(self) -> None:
        self.store.close()
        self.vault.close()
        self.guard.close()


def plan(subject: str) -> Plan:
    """One entry in each log, and a secret."""
    erased = {"kind": "erased", "network": NETWORK, "what": "message", "reason": "simulated"}
    access = {"kind": "access", "network": NETWORK, "actor": "duty", "action": "simulated"}
    return Plan(
        exchange=({**erased, "subject": subject},),
        activity=({**access, "ref": subject},),
        secrets={f"out/{subject}": bytes(64)},
    )


def append(journal: Journal, subject: str) -> None:
    try:
        journal.write(plan(subject))
    except RelecError as error:
        say("F", subject, error.code)
    else:
        say("A", subject)


def live(home: Path, keys: KeyFiles, order: dict[str, Any]) -> None:
    """Append as ordered: `exact` faults at the n-th call of one append and of emptying the
    write-ahead log, or many producers until a timer kills the process.
    """
    opened = Opened(home, keys)
    say("O")
    if order["seconds"]:
        _until_killed(opened.journal, order)
    faults = ctypes.CDLL(None)
    append(opened.journal, f"{order['name']}.before")
    faults.fault_arm(order["at"], order["action"], order["errno"], order["lasting"])
    append(opened.journal, f"{order['name']}.in")
    _tried(opened.store.settle)
    append(opened.journal, f"{order['name']}.next")
    say("C", faults.fault_disarm())
    append(opened.journal, f"{order['name']}.after")
    opened.close()


def _tried(act: Callable[[], object]) -> None:
    try:
        act()
    except RelecError as error:
        say("F", "settle", error.code)


def _until_killed(journal: Journal, order: dict[str, Any]) -> None:
    dice = random.Random(order["name"])
    journal.start()
    signal.setitimer(signal.ITIMER_REAL, order["seconds"])

    def produce(mine: int) -> None:
        for n in range(10_000):
            append(journal, f"{order['name']}.{mine}.{n}")

    threads = [threading.Thread(target=produce, args=(n,)) for n in range(PRODUCERS)]
    for thread in threads:
        thread.start()
    while dice.random() < 2:
        signal.pause()


def main(directory: Path) -> None:
    guarding.GUARD_PAUSE_SECONDS = 0.0
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    keys: dict[str, KeyFiles] = {}
    say("R")
    for line in sys.stdin:
        order = json.loads(line)
        home = directory / order["home"]
        held = keys.setdefault("node", KeyFiles(home / "keys", PASSPHRASE))
        pid = os.fork()
        if not pid:
            try:
                live(home, held, order)
                os._exit(0)
            except BaseException:  # noqa: BLE001 - told by who ordered the life
                traceback.print_exc()
                sys.stderr.flush()
            os._exit(1)
        say("X", os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
