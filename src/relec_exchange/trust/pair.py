"""What two nodes may send each other, in one direction: prepared once, then asked for each message.

Contract: pure; the order in which agreements were admitted changes nothing. Per pair, the texts
that both have signed form lines of replacements. At any time the line's current text is the one of
the highest version (then later start, then hash) among those that have started. What was current
before never returns, not even after its successor has run out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from relec_exchange.trust.agreement import Grant, SignedAgreement
from relec_exchange.trust.card import Card


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, end excluded, in which a text is in force between two nodes."""

    starts: datetime
    ends: datetime
    signed: SignedAgreement


@dataclass(frozen=True, slots=True)
class Option:
    """One grant while its agreement is in force."""

    starts: datetime
    ends: datetime
    agreement_hash: str
    charter: bool
    grant: Grant


@dataclass(frozen=True, slots=True)
class Pair:
    """One direction between two nodes.

    `problem` says why there is no route, or is empty. The cards of both are valid from
    `valid_from` until `valid_until`; `schemas` has the highest version of a type that both list.
    `options` are the grants for a type: bilateral before charter, then by hash and grant id.
    """

    problem: str
    valid_from: datetime
    valid_until: datetime
    schemas: Mapping[str, int]
    spans: tuple[Span, ...]
    options: Mapping[str, tuple[Option, ...]]


def prepare(
    sender: Card, recipient: Card, problem: str, agreements: Iterable[SignedAgreement]
) -> Pair:
    """Everything about one direction; `agreements` are those that both nodes have signed."""
    shared = sender.schemas.keys() & recipient.schemas.keys()
    found = in_force(agreements)
    return Pair(
        problem,
        max(sender.valid_from, recipient.valid_from),
        min(sender.valid_until, recipient.valid_until),
        MappingProxyType({t: min(sender.schemas[t], recipient.schemas[t]) for t in shared}),
        found,
        _options(found, sender.node, recipient.node),
    )


def in_force(agreements: Iterable[SignedAgreement]) -> tuple[Span, ...]:
    """When each of the texts that two nodes have both signed is in force between them."""
    spans = (span for line in _lines(agreements) for span in _line_spans(line))
    return tuple(sorted(spans, key=lambda span: (span.starts, span.signed.hash)))


def _lines(agreements: Iterable[SignedAgreement]) -> list[list[SignedAgreement]]:
    """The texts grouped by the lines of replacements they belong to.

    Two texts that replace the same third are of one line, whether or not the third is held.
    """
    texts = {signed.hash: signed for signed in agreements}
    line_of: dict[str, set[str]] = {}
    for signed in texts.values():
        merged = {signed.hash, *signed.agreement.replaces}
        for name in tuple(merged):
            merged |= line_of.get(name, set())
        for name in merged:
            line_of[name] = merged
    distinct = {id(line): line for line in line_of.values()}
    return [[texts[name] for name in line if name in texts] for line in distinct.values()]


def _line_spans(line: list[SignedAgreement]) -> list[Span]:
    ordered = sorted(line, key=lambda signed: signed.agreement.valid_from)
    spans: list[Span] = []
    for position, signed in enumerate(ordered):
        starts = signed.agreement.valid_from
        later = ordered[position + 1 :]
        if later and later[0].agreement.valid_from == starts:
            continue  # the last of those that start together speaks for all that have started
        current = max(ordered[: position + 1], key=_rank)
        ends = current.agreement.valid_until
        if later:
            ends = min(ends, later[0].agreement.valid_from)
        if spans and spans[-1].signed is current:
            starts = spans.pop().starts  # a text of lower rank began meanwhile and changed nothing
        if starts < ends:
            spans.append(Span(starts, ends, current))
    return spans


def _rank(signed: SignedAgreement) -> tuple[int, datetime, str]:
    return signed.agreement.version, signed.agreement.valid_from, signed.hash


def _options(
    spans: Iterable[Span], sender: str, recipient: str
) -> Mapping[str, tuple[Option, ...]]:
    found: dict[str, list[Option]] = {}
    for span in spans:
        agreement = span.signed.agreement
        for grant in agreement.grants:
            if grant.covers(sender, recipient):
                option = Option(span.starts, span.ends, span.signed.hash, agreement.charter, grant)
                for name in grant.types:
                    found.setdefault(name, []).append(option)
    return MappingProxyType({name: tuple(sorted(o, key=_order)) for name, o in found.items()})


def _order(option: Option) -> tuple[bool, str, str, datetime]:
    return option.charter, option.agreement_hash, option.grant.id, option.starts
