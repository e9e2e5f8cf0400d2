"""What two nodes may send each other, in one direction: prepared once, then asked for each message.

Contract: pure; the order in which texts and notices were admitted changes nothing. `options` hold
everything that a decision needs, so that asking is a look-up and a few comparisons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import TypeVar

from relec_exchange.message.catalogue import CATALOGUE, Features
from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose
from relec_exchange.trust.agreement import Grant, SignedAgreement
from relec_exchange.trust.card import Card
from relec_exchange.trust.decision import Allowed
from relec_exchange.trust.in_force import Ending, Span, in_force, never_in_force
from relec_exchange.trust.suspension import Suspension

C = TypeVar("C", bound=StrEnum)


@lru_cache(maxsize=4096)
def _codes(codes: tuple[C, ...]) -> frozenset[C]:
    """One set for all grants that name the same codes: most of the memory of a pair is in these."""
    return frozenset(codes)


@dataclass(frozen=True, slots=True)
class Option:
    """One grant while its agreement is in force, and the answer if it fits.

    `closing` is the answer after the agreement has ended, for types that close open business.
    """

    starts: datetime
    ends: datetime
    agreement_hash: str
    charter: bool
    grant: Grant
    allowed: Allowed = field(compare=False, repr=False)
    closing: Allowed = field(compare=False, repr=False)
    _areas: frozenset[Area] = field(compare=False, repr=False)
    _levels: frozenset[DataLevel] = field(compare=False, repr=False)
    _purposes: frozenset[Purpose] = field(compare=False, repr=False)
    _handling: frozenset[Handling] = field(compare=False, repr=False)

    @classmethod
    def of(cls, span: Span, grant: Grant) -> Option:
        """A grant of the text that is in force in this span."""
        agreement = span.signed.agreement
        allowed = Allowed(
            span.signed.hash,
            grant.id,
            grant.retention_days,
            grant.withhold,
            grant.min_cell,
            agreement.charter,
            grant.readers,
            agreement.assurances,
        )
        return cls(
            span.starts,
            span.ends,
            span.signed.hash,
            agreement.charter,
            grant,
            allowed,
            replace(allowed, closing=True),
            _codes(grant.areas),
            _codes(grant.levels),
            _codes(grant.purposes),
            _codes(grant.handling),
        )

    def fits(self, features: Features) -> bool:
        """Whether all conditions of the grant hold; its type and direction are not asked."""
        return (
            features.area in self._areas
            and features.data_level in self._levels
            and features.purpose in self._purposes
            and bool(features.handling)
            and self._handling.issuperset(features.handling)
            and (not self.grant.units or features.sender_unit in self.grant.units)
        )


@dataclass(frozen=True, slots=True)
class Halt:
    """A suspension that counts between two nodes. No areas or types means all."""

    until: datetime | None
    areas: frozenset[Area]
    types: frozenset[str]

    def stops(self, features: Features, closes: bool, at: datetime) -> bool:
        """Whether it stops a message. One that closes open business must be named by its type."""
        if self.until is not None and at >= self.until:
            return False
        if self.areas and features.area not in self.areas:
            return False
        return features.type in self.types if self.types else not closes


@dataclass(frozen=True, slots=True)
class Pair:
    """One direction between two nodes.

    `problem` says why there is no route, or is empty. The cards of both are valid from
    `valid_from` until `valid_until`; `schemas` has the highest version of a type that both list.
    `spans` say when each text is in force, `never` why another one that both have signed never is.
    `options` are the grants for a type: bilateral before charter, then by hash and grant id.
    `closing` are those of types that close open business, of the newest text first.
    """

    problem: str
    valid_from: datetime
    valid_until: datetime
    schemas: Mapping[str, int]
    spans: tuple[Span, ...]
    never: Mapping[str, Ending]
    options: Mapping[str, tuple[Option, ...]]
    closing: Mapping[str, tuple[Option, ...]]
    halts: tuple[Halt, ...]

    def span(self, agreement_hash: str) -> Span | None:
        """When a text is in force, or None if it never is."""
        return next((s for s in self.spans if s.signed.hash == agreement_hash), None)


@dataclass(frozen=True, slots=True)
class Shared:
    """What two nodes share: the texts that both have signed, from when a termination of either
    counts for a text, by its hash, and the suspensions of either that are not lifted.
    """

    texts: tuple[SignedAgreement, ...]
    terminated: Mapping[str, datetime]
    suspensions: tuple[Suspension, ...]


def prepare(sender: Card, recipient: Card, problem: str, shared: Shared) -> Pair:
    """Everything about one direction."""
    known = sender.schemas.keys() & recipient.schemas.keys()
    found = in_force(shared.texts, shared.terminated)
    options = _options(found, sender.node, recipient.node)
    return Pair(
        problem,
        max(sender.valid_from, recipient.valid_from),
        min(sender.valid_until, recipient.valid_until),
        MappingProxyType({t: min(sender.schemas[t], recipient.schemas[t]) for t in known}),
        found,
        never_in_force(shared.texts, shared.terminated, found),
        options,
        _closing(options),
        tuple(Halt(s.until, frozenset(s.areas), frozenset(s.types)) for s in shared.suspensions),
    )


def _options(
    spans: Iterable[Span], sender: str, recipient: str
) -> Mapping[str, tuple[Option, ...]]:
    found: dict[str, list[Option]] = {}
    for span in spans:
        for grant in span.signed.agreement.grants:
            if grant.covers(sender, recipient):
                option = Option.of(span, grant)
                for name in grant.types:
                    found.setdefault(name, []).append(option)
    return MappingProxyType({name: tuple(sorted(o, key=_order)) for name, o in found.items()})


def _closing(options: Mapping[str, tuple[Option, ...]]) -> Mapping[str, tuple[Option, ...]]:
    """The options of types that close open business, by the start of their text, newest first."""
    return MappingProxyType(
        {
            name: tuple(sorted(found, key=lambda option: option.starts, reverse=True))
            for name, found in options.items()
            if name in CATALOGUE and CATALOGUE[name].closes
        }
    )


def _order(option: Option) -> tuple[bool, str, str, datetime]:
    return option.charter, option.agreement_hash, option.grant.id, option.starts
