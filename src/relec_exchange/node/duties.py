"""What a node does by the clock: every duty, in the order of one turn.

Clarifications are counted before silent answers are due, and those leave before anybody is warned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from relec_exchange.adapters.card_copies import CardCopies
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.inbound.delivering import Delivering
from relec_exchange.inbound.overdue import Overdue
from relec_exchange.inbound.quarantine import Quarantine
from relec_exchange.inbound.router import Router
from relec_exchange.inbound.routing import RoutingRules
from relec_exchange.journal.writer import Journal
from relec_exchange.node.trust_folder import TrustFolder
from relec_exchange.outbound.unconfirmed import Unconfirmed
from relec_exchange.ports import Random, SealingKeys, Store, Vault
from relec_exchange.rounds.announcing import Announcing
from relec_exchange.rounds.attesting import Attesting
from relec_exchange.rounds.clarifying import Clarifying
from relec_exchange.rounds.clearing import Clearing
from relec_exchange.rounds.deadlines import Deadlines
from relec_exchange.rounds.disputing import Disputing
from relec_exchange.rounds.echo import Echo
from relec_exchange.rounds.ending import Certificate
from relec_exchange.rounds.expiry import Expiry
from relec_exchange.rounds.gaps import Gaps
from relec_exchange.rounds.heartbeat import Heartbeat
from relec_exchange.rounds.introducing import Introducing
from relec_exchange.rounds.leaps import Leaps
from relec_exchange.rounds.notes import Notes
from relec_exchange.rounds.overdue_recalls import OverdueRecalls
from relec_exchange.rounds.recall_answers import RecallAnswers
from relec_exchange.rounds.relaying import Relaying
from relec_exchange.rounds.retention import Retention
from relec_exchange.rounds.silent import Silent
from relec_exchange.rounds.thinning import Thinning
from relec_exchange.rounds.ticker import Tick
from relec_exchange.rounds.unasked import Unasked
from relec_exchange.rounds.withdrawing import Withdrawing
from relec_exchange.trust.directory import Directory


@dataclass(frozen=True, slots=True)
class Ground:
    """What the duties work on."""

    store: Store
    vault: Vault
    journal: Journal
    directory: Callable[[], Directory]
    random: Random
    keys: SealingKeys
    rules: RoutingRules
    router: Router
    network: str
    certificate: Certificate
    retention: Retention
    trust: TrustFiles
    copies: CardCopies


def duties(on: Ground, notes: Notes) -> tuple[Tick, ...]:
    """The ticks of the rounds thread."""
    store, vault, journal, current = on.store, on.vault, on.journal, on.directory
    quarantine = Quarantine(store)
    clarifying, leaps = Clarifying(store, journal, current), Leaps(store, journal)

    def log_quarantine(now: datetime) -> None:
        plan = quarantine.due(now, on.network)
        if plan.activity:
            journal.write(plan)

    return (
        leaps.tick,
        Heartbeat(store, journal, current, on.random).tick,
        Unasked(store, journal, current).tick,
        Gaps(store, journal, current, on.random).tick,
        Introducing(store, current, notes.differs).tick,
        notes.tick,
        Relaying(store, journal, current, on.random).tick,
        _by_terms(journal, Echo(store, vault, journal, current, on.random).tick),
        clarifying.tick,
        Withdrawing(store, journal).tick,
        _by_terms(journal, Silent(store, vault, journal, current, on.random, clarifying.tick).tick),
        Deadlines(store, journal, clarifying.again).tick,
        Delivering(on.router, store, journal).tick,
        Overdue(store, journal, on.rules).tick,
        OverdueRecalls(store, journal, lambda: current().own, _duty_unit(on.rules)).tick,
        Unconfirmed(store, journal, current).tick,
        log_quarantine,
        leaps.waiting(Expiry(store, journal, current, on.keys).tick),
        leaps.waiting(on.retention.tick),
        _by_terms(journal, RecallAnswers(store, vault, journal, current, on.random).tick),
        _by_terms(journal, Attesting(store, journal, current, on.keys, on.random).tick),
        leaps.waiting(Clearing(store, vault, journal, current).tick),
        leaps.waiting(Thinning(store, journal, current).tick),
        Disputing(store, journal, current).tick,
        TrustFolder(on.trust, on.copies, current).tick,
        Announcing(store, journal, current, on.certificate).tick,
    )


def _by_terms(journal: Journal, tick: Tick) -> Tick:
    """A duty that asks agreements: no note is adopted between its question and its commit."""

    def run(now: datetime) -> object:
        with journal.terms.judging():
            return tick(now)

    return run


def _duty_unit(rules: RoutingRules) -> str:
    """The unit for which the duty contact is called, if there is a program that does it."""
    return rules.default_unit if rules.escalation.notify else ""
