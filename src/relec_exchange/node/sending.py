"""The parts of a node that send: built together, for they share the store and the journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from relec_exchange.journal.erasure import Erasure
from relec_exchange.journal.known import Known
from relec_exchange.journal.writer import Journal
from relec_exchange.outbound.checking import Checking
from relec_exchange.outbound.erasing import Erasing
from relec_exchange.outbound.judging import Judging
from relec_exchange.outbound.publisher import Publisher
from relec_exchange.outbound.resend import Resender
from relec_exchange.outbound.signing import Signing
from relec_exchange.outbound.submit import Parts, Submissions
from relec_exchange.outbound.waiting import Waiting
from relec_exchange.ports import Clock, Random, Store, Transport, Vault
from relec_exchange.protection.retention import Policy
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.officer import Officer


@dataclass(frozen=True, slots=True)
class Base:
    """What the parts stand on. `officer` finds an officer of this node by name."""

    store: Store
    vault: Vault
    journal: Callable[[], Journal]
    known: Known
    directory: Callable[[], Directory]
    officer: Callable[[str], Officer]
    transport: Transport
    policy: Policy
    clock: Clock
    random: Random
    name: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sending:
    """The parts."""

    publisher: Publisher
    resender: Resender
    erasure: Erasure
    submissions: Submissions
    waiting: Waiting
    checking: Checking


def sending(on: Base) -> Sending:
    """Build them."""
    erasure = Erasure(on.store, on.vault, on.journal(), on.known.forget_names, on.name)
    parts = Parts(
        on.store,
        on.journal(),
        on.directory,
        Judging(on.store, on.known, Signing(on.officer)),
        Erasing(on.store, on.vault, erasure, on.known.derivations),
        on.clock,
        on.random,
        on.policy,
    )
    return Sending(
        Publisher(on.store, on.journal, on.transport, on.clock),
        Resender(on.store, on.vault, on.journal, on.directory, on.clock, on.random),
        erasure,
        Submissions(parts),
        Waiting(parts),
        Checking(parts),
    )
