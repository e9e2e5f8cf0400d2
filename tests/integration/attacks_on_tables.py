"""One row after the other is taken from the tables of a node's store, and somebody must miss it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from typing import ClassVar

from attack import ATTACKER, Attack, Sign
from attacked_network import AttackedNetwork
from tampering import store_of

from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.adapters.sqlite.tables import TABLES
from relec_exchange.desk.auditing_coverage import PARTS, CoverageDesk
from relec_exchange.errors import RelecError
from relec_exchange.node import Node
from relec_exchange.node.mending import StoreCheck
from relec_exchange.settings import read_settings
from relec_exchange.testing import OFFICER, PASSPHRASE, Hub, HubTransport

WORKING: frozenset[str] = frozenset({"announced", "event", "gap", "used_checkpoint"})
"""Working state: a row of it goes as a rule, and what matters of it comes back by itself."""


AGAIN: frozenset[str] = frozenset({"cosignature", "cosigned", "witnessed"})
"""Signed by partners: they go with time, and the next rounds bring new ones."""

_OFFICERS = "SELECT origin, size FROM accepted WHERE cls = 'ordinary'"
CHOSEN = {
    "outbox": "cls = 'ordinary'",
    "accepted": "cls = 'ordinary'",
    "accepted_checkpoint": f"(origin, size) IN ({_OFFICERS})",
}
"""Of a message of an officer, not of a round."""


LEFT_OUT = WORKING | AGAIN


class LostRows(Attack):
    name = "corrupt each table in turn"
    can = "Takes a row from one table of a stopped node's store, then from the next one."
    signs: ClassVar = {
        "operator": Sign(
            "operator or auditor", "`relec fsck` or `relec audit coverage`, or it does not start", 0
        ),
    }
    then = "`relec fsck --repair` for what follows from entries; else put the newest store back."

    def strike(self, network: AttackedNetwork) -> None:
        directory = network.node(ATTACKER).book.current
        network.close(ATTACKER)
        self.home = network.home(ATTACKER)
        self.copy = network.directory / "before-lost-rows"
        shutil.copytree(self.home, self.copy)
        self.found: dict[str, str] = {}
        for table in sorted(str(one.name) for one in TABLES.values()):
            if table in LEFT_OUT or not self.take_row(network, table):
                continue
            settings = read_settings(self.home)
            with StoreCheck(settings, directory, network.clock()) as check:
                differences = check.differences()
            if differences:
                self.found[table] = "fsck: " + ", ".join(sorted({d.table for d in differences}))
            else:
                self.found[table] = self.covered(network)
            network.put_back(ATTACKER, self.copy)
        network.open(ATTACKER, newest=True)

    def take_row(self, network: AttackedNetwork, table: str) -> bool:
        """Whether there was one."""
        with closing(sqlite3.connect(store_of(network, ATTACKER))) as store, store:
            store.execute("PRAGMA foreign_keys = OFF")
            keys = [row[1] for row in store.execute(f"PRAGMA table_info({table})") if row[5]]
            names = ", ".join(keys)
            which = CHOSEN.get(table, "1 = 1")
            row = f"SELECT {names} FROM {table} WHERE {which} ORDER BY {names} LIMIT 1"  # noqa: S608
            where = f"({names}) = ({row})"
            return bool(store.execute(f"DELETE FROM {table} WHERE {where}").rowcount)  # noqa: S608

    def covered(self, network: AttackedNetwork) -> str:
        """What coverage says of the store; the node does not reach anybody meanwhile."""
        settings = read_settings(self.home)
        keys = KeyFiles(settings.path(settings.paths.keys), PASSPHRASE)
        node = Node(settings, keys, HubTransport(Hub(), ATTACKER), network.clock, os.urandom)
        try:
            node.prepare(newest=True)
            desk = CoverageDesk(node.desk.core)
            parts = [desk.coverage(part, OFFICER) for part in PARTS]
        except RelecError as error:
            return f"start: {error}"
        finally:
            node.stop()
        found = sorted(part["part"] for part in parts if part["problems_total"])
        return "coverage: " + ", ".join(found) if found else ""

    def seen(self, network: AttackedNetwork) -> Iterable[str]:
        if self.found and all(self.found.values()):
            yield "operator"


ON_TABLES = (LostRows,)
