"""Attacks of somebody with the disk of one node: an administrator, a thief, a careless restore."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from typing import ClassVar

from attack import ATTACKER, Attack, Sign, alarmed, audited, refused_start
from attacked_network import AttackedNetwork, stubborn
from tampering import (
    first_altered,
    guard_of,
    rewrite_entry,
    rewrite_log,
    without_tail,
)

from core_network import alarms
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.errors import Conflict
from relec_exchange.node import Node
from relec_exchange.records import AcceptedCheckpointRow, Where
from relec_exchange.settings import read_settings
from relec_exchange.testing import PASSPHRASE

RESTORE = "`docs/how-to/restore.md`: put the newest store back, or open a successor of the log"
KEEP_AND_CALL = (
    "The partners keep both notes, stop relying on this log and telephone its security officer."
)


class RewrittenEntry(Attack):
    name = "rewrite an entry"
    can = "Writes over an entry in the store while the node runs; has no key."
    calm = True
    signs: ClassVar = {
        "auditor": Sign("the node's auditor", "`relec audit verify`: another root", 0),
    }
    then = "Stop the node, keep its disk, put the newest good store back."

    def strike(self, network: AttackedNetwork) -> None:
        assert audited(network, ATTACKER) == ""
        self.original = rewrite_entry(network, ATTACKER)

    def mend(self, network: AttackedNetwork) -> None:
        rewrite_entry(network, ATTACKER, self.original)
        assert audited(network, ATTACKER) == ""

    def seen(self, network: AttackedNetwork) -> Iterable[str]:
        if "do not have the root" in audited(network, ATTACKER):
            yield "auditor"


class Refused(Attack):
    """Something is done to the files of a node that is stopped; it does not start any more."""

    calm = True
    then = RESTORE + "."
    words: ClassVar[str]

    def strike(self, network: AttackedNetwork) -> None:
        network.close(ATTACKER)
        self.copy = network.directory / f"before-{type(self).__name__}"
        shutil.copytree(network.home(ATTACKER), self.copy)
        self.tamper(network)
        self.said = refused_start(network, ATTACKER)

    def tamper(self, network: AttackedNetwork) -> None:
        raise NotImplementedError

    def mend(self, network: AttackedNetwork) -> None:
        network.put_back(ATTACKER, self.copy)
        network.open(ATTACKER, newest=True)

    def seen(self, network: AttackedNetwork) -> Iterable[str]:
        if self.words in self.said:
            yield "guard"


class RewrittenLog(Refused):
    name = "rewrite an entry, and sign the log anew"
    can = "Has the disk and the log key; the guard copy lies elsewhere."
    words = "contradicts its guard copy"
    signs: ClassVar = {
        "guard": Sign("the node itself", "does not start: its log contradicts the guard copy", 0),
    }

    def tamper(self, network: AttackedNetwork) -> None:
        rewrite_log(network, ATTACKER, first_altered)


class RewrittenLogAndGuard(Attack):
    name = "rewrite an entry, sign the log anew, remove the guard copy, change the software"
    can = "Is the node's own administrator: disk, log key, guard copy, a node that never refuses."
    signs: ClassVar = {
        "partners": Sign("every partner", "alarm `log-fork` or `log-inconsistent`", 2),
    }
    then = KEEP_AND_CALL

    def strike(self, network: AttackedNetwork) -> None:
        network.close(ATTACKER)
        rewrite_log(network, ATTACKER, first_altered)
        guard_of(network, ATTACKER).unlink()
        stubborn(network.open(ATTACKER, newest=True))

    def go_on(self, network: AttackedNetwork) -> None:
        network.rounds(1, without=(ATTACKER,))

    def seen(self, network: AttackedNetwork) -> Iterable[str]:
        if accused_everywhere(network):
            yield "partners"


class DroppedTail(Refused):
    name = "drop the tail of the log"
    can = "Has the disk and the log key; the guard copy lies elsewhere."
    words = "older than this node's guard copy"
    signs: ClassVar = {
        "guard": Sign("the node itself", "does not start: older than its guard copy", 0),
    }

    def tamper(self, network: AttackedNetwork) -> None:
        rewrite_log(network, ATTACKER, without_tail)


class DroppedTailAndGuard(Attack):
    name = "drop the tail, remove the guard copy"
    can = "Has the disk, the log key and the guard copy, and starts the node again."
    signs: ClassVar = {
        "itself": Sign("the node itself", "listens, alarm `node-behind`, signs nothing", 4),
    }
    then = "`relec audit recover` at the node: a successor of the log, and a telephone call."

    def strike(self, network: AttackedNetwork) -> None:
        network.close(ATTACKER)
        rewrite_log(network, ATTACKER, without_tail)
        guard_of(network, ATTACKER).unlink()
        assert refused_start(network, ATTACKER) == ""

    def go_on(self, network: AttackedNetwork) -> None:
        network.rounds(1, without=(ATTACKER,))

    def seen(self, network: AttackedNetwork) -> Iterable[str]:
        if behind(network, ATTACKER):
            yield "itself"


class OldBackup(Refused):
    name = "restore an old backup of the store"
    can = "Puts back a copy of the store; vault and guard copy are those of now."
    words = "older than this node's guard copy"
    signs: ClassVar = {
        "guard": Sign("the node itself", "does not start: older than its guard copy", 0),
    }

    def strike(self, network: AttackedNetwork) -> None:
        self.old = network.snapshot(ATTACKER, network.directory / "backup")
        network.rounds(1)
        super().strike(network)

    def tamper(self, network: AttackedNetwork) -> None:
        network.put_back(ATTACKER, self.old, ["store"])


class OldMachine(Attack):
    name = "go back to a snapshot of the machine"
    can = "Restores everything of a node: store, vault, guard copy, keys."
    quick = True
    signs: ClassVar = {
        "itself": Sign("the node itself", "listens, alarm `node-behind`, signs nothing", 4),
    }
    then = "`relec audit recover` at the node: a successor of the log, and a telephone call."

    def strike(self, network: AttackedNetwork) -> None:
        copy = network.snapshot(ATTACKER, network.directory / "machine")
        network.rounds(2)
        self.lost = trees_of(network)
        network.close(ATTACKER)
        network.put_back(ATTACKER, copy)
        assert refused_start(network, ATTACKER) == ""

    def go_on(self, network: AttackedNetwork) -> None:
        network.rounds(1, without=(ATTACKER,))

    def seen(self, network: AttackedNetwork) -> Iterable[str]:
        if behind(network, ATTACKER):
            assert trees_shown(network) <= self.lost, "it signed something"
            yield "itself"


class SameDirectory(Attack):
    name = "start a node twice on one directory"
    can = "Starts a second process on the same data."
    calm = True
    signs: ClassVar = {
        "lock": Sign("the second process", "refused: another process runs this node", 0),
    }
    then = "Nothing: the first goes on."

    def strike(self, network: AttackedNetwork) -> None:
        settings = read_settings(network.home(ATTACKER))
        keys = KeyFiles(settings.path(settings.paths.keys), PASSPHRASE)
        try:
            Node(settings, keys, network.transport(ATTACKER), network.clock, os.urandom)
        except Conflict as error:
            self.said = str(error)

    def seen(self, network: AttackedNetwork) -> Iterable[str]:
        if "another process runs this node" in self.said:
            yield "lock"


class CopiedDirectory(Attack):
    name = "start a node twice, on copied data"
    can = "Starts a copy of a node beside it, with the same keys and certificate."
    signs: ClassVar = {
        "copy": Sign("the copy", "listens, alarm `node-behind`, signs nothing", 4),
    }
    then = "Stop the copy. What reached only the copy is asked for again by the node."

    def strike(self, network: AttackedNetwork) -> None:
        partners = network.honest(ATTACKER)
        copy = network.snapshot(ATTACKER, network.directory / "tr2")
        network.rounds(1)
        network.twin(ATTACKER, partners, copy)

    def seen(self, network: AttackedNetwork) -> Iterable[str]:
        if behind(network, "tr2"):
            yield "copy"


class CopyThatDoesNotListen(Attack):
    name = "start a copy that does not listen"
    can = "As before, but says `relec run --newest`, or has changed the software."
    signs: ClassVar = {
        "partners": Sign("every partner", "alarm `log-fork` or `log-inconsistent`", 4),
    }
    then = KEEP_AND_CALL
    bad = frozenset({ATTACKER})

    def strike(self, network: AttackedNetwork) -> None:
        partners = network.honest(ATTACKER)
        copy = network.snapshot(ATTACKER, network.directory / "tr2")
        network.rounds(1)
        network.twin(ATTACKER, partners, copy, newest=True)

    def go_on(self, network: AttackedNetwork) -> None:
        network.rounds(1, without=(ATTACKER,))

    def seen(self, network: AttackedNetwork) -> Iterable[str]:
        if accused_everywhere(network):
            yield "partners"


class LiveSnapshot(Attack):
    name = "go back to a snapshot of the machine with its memory"
    can = "Reverts a virtual machine while it runs: the process does not know that it was away."
    signs: ClassVar = {
        "itself": Sign("the node itself", "alarm `node-behind`, signs nothing more", 2),
    }
    then = "`relec audit recover` at the node. What it signed meanwhile is a fork: tell partners."

    def strike(self, network: AttackedNetwork) -> None:
        copy = network.snapshot(ATTACKER, network.directory / "machine")
        network.rounds(2)
        network.close(ATTACKER)
        network.put_back(ATTACKER, copy)
        network.open(ATTACKER, newest=True)

    def go_on(self, network: AttackedNetwork) -> None:
        network.rounds(1, without=(ATTACKER,))

    def seen(self, network: AttackedNetwork) -> Iterable[str]:
        if behind(network, ATTACKER):
            yield "itself"


def accused_everywhere(network: AttackedNetwork) -> bool:
    """Whether every partner has an alarm that two notes of the attacker's log prove."""
    return all(
        alarmed(network, name, "log-inconsistent") or alarmed(network, name, "log-fork")
        for name in network.honest(ATTACKER)
    )


def behind(network: AttackedNetwork, name: str) -> bool:
    """Whether a node knows that it has signed more than it holds, and signs no more."""
    found = {what for what, _ in alarms(network.node(name))}
    return "node-behind" in found and not network.node(name).journal.permit.signs


def trees_of(network: AttackedNetwork) -> set[tuple[str, int, bytes]]:
    """Every tree of the attacker's log, as it is now."""
    log = network.node(ATTACKER).journal.state.exchange
    return {(log.origin, size, log.log.tree.root_at(size)) for size in range(1, log.size + 1)}


def trees_shown(network: AttackedNetwork) -> set[tuple[str, int, bytes]]:
    """Every tree of the attacker's log that a partner holds."""
    return {
        (row.origin, row.size, row.root)
        for name in network.honest(ATTACKER)
        for row in network.node(name).store.rows(
            AcceptedCheckpointRow, Where("sender", "=", ATTACKER)
        )
    }


ON_DISKS = (
    RewrittenEntry,
    RewrittenLog,
    RewrittenLogAndGuard,
    DroppedTail,
    DroppedTailAndGuard,
    OldBackup,
    OldMachine,
    LiveSnapshot,
    SameDirectory,
    CopiedDirectory,
    CopyThatDoesNotListen,
)
