"""How a node starts: what it may do with its logs, and what it does before anything else.

Contract: `open` decides the standing and signs nothing unless the store is known to be the newest:
the guard copy was last written by this node, in this run of the machine, on these very files; or
there is nothing to lose, or nobody to ask. What has to be written at a start waits for `adopt` and
`finish`, which run once the node may sign.
"""

from __future__ import annotations

from dataclasses import dataclass

from relec_exchange.adapters.continuity import mark
from relec_exchange.adapters.guard import GuardFile
from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.journal.erasure import Erasure
from relec_exchange.journal.opening import opening_entry
from relec_exchange.journal.own_trees import standing_alarm
from relec_exchange.journal.standing import Permit, Standing
from relec_exchange.journal.writer import LogNames
from relec_exchange.node.adoption import adopt_files, sweep_vault
from relec_exchange.node.receiving import Ears
from relec_exchange.ports import Vault
from relec_exchange.records import LogHeadRow
from relec_exchange.rounds.routes import partners
from relec_exchange.rounds.unfinished_notes import take_up
from relec_exchange.settings import Settings
from relec_exchange.trust.register import SignedRecord


def guard_mark(settings: Settings) -> str:
    """The mark under which this node writes its guard copy; store and copy are there already."""
    at, paths = settings.path, settings.paths
    return mark(at(paths.store), at(paths.guard))


def continues(settings: Settings, guard: GuardFile) -> bool:
    """Whether nothing happened to store and guard copy since this node wrote them last."""
    return bool(guard.mark) and guard.mark == guard_mark(settings)


@dataclass(frozen=True, slots=True)
class Starting:
    """The parts of a node that a start works on."""

    settings: Settings
    keys: KeyFiles
    vault: Vault
    guard: GuardFile
    erasure: Erasure
    on: Ears

    def open(self) -> None:
        """Open the journal with the permit that this start gives."""
        names = LogNames(self.keys.log("exchange").name, self.keys.log("activity").name)
        self.vault.replay_tombstones()
        self.on.book.load()
        self.on.journal.permit = Permit(self._standing())
        if self.on.journal.permit.signs:
            self.guard.bind(guard_mark(self.settings))
        network = self.settings.network
        self.on.journal.open(names, lambda origin: opening_entry(network, origin))

    def _standing(self) -> Standing:
        heads = self.on.store.rows(LogHeadRow)
        written = [head.origin for head in heads if not head.closed]
        if any(standing_alarm(self.on.store, origin) is not None for origin in written):
            return Standing.REFUSING
        directory = self.on.book.current
        known = directory.own in directory.members
        if not heads or not known or not partners(directory):
            return Standing.SIGNING  # nothing was ever sent, or there is nobody to ask
        return Standing.SIGNING if continues(self.settings, self.guard) else Standing.LISTENING

    def adopt(self) -> list[SignedRecord]:
        """Write what opening found, and adopt the files of the home; returns the officers'
        records, for the desk to adopt.
        """
        self.guard.bind(guard_mark(self.settings))
        self.on.journal.begin()
        files = TrustFiles(self.settings.path(self.settings.paths.trust))
        adopt_files(files, self.on.book, self.on.journal, self.on.clock())
        return files.records()

    def finish(self) -> None:
        """Bring to an end what a kill broke off."""
        now = self.on.clock()
        sweep_vault(self.vault, self.on.store, now)
        self.erasure.finish(now)
        take_up(self.on.store, self.vault, self.on.notes, now)
