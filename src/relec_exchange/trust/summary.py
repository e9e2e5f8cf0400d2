"""What an agreement says, in plain lines for whoever is to sign it.

Contract: pure. The lines leave nothing out that decides, and add nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from relec_exchange.trust.agreement import Agreement, Grant
from relec_exchange.trust.fields import EVERYONE


def summary(agreement: Agreement) -> list[str]:
    """The text in lines; those that belong to the line before begin with two spaces."""
    return [*_head(agreement), *(line for grant in agreement.grants for line in describe(grant))]


def _head(agreement: Agreement) -> Iterator[str]:
    kind = "Charter" if agreement.charter else "Agreement"
    yield f"{kind}, version {agreement.version}: {agreement.title}"
    yield f"Network: {agreement.network} ({agreement.network_kind})."
    yield f"Parties: {listed(agreement.parties, 'all that sign it')}."
    yield f"Legal basis: {agreement.legal_basis}"
    start, end = agreement.valid_from, agreement.valid_until
    yield (
        f"In force from {start:%Y-%m-%d %H:%M} UTC until before {end:%Y-%m-%d %H:%M} UTC,"
        f" {(end - start).days} days."
    )
    if agreement.replaces:
        yield f"It replaces {listed(name[:16] for name in agreement.replaces)}."
    if agreement.times:
        times = (f"{name} {value}" for name, value in sorted(agreement.times.items()))
        yield f"It shortens times of the protocol: {listed(times)}."
    yield from _assurances(agreement)
    persons = "may be named" if agreement.nominal else "are never named"
    yield f"Identified persons {persons} under it."


def _assurances(agreement: Agreement) -> Iterator[str]:
    given = agreement.assurances
    promised = [
        words
        for promise, words in (
            (given.no_death_penalty, "no death penalty"),
            (given.no_torture, "no torture"),
        )
        if promise
    ]
    yield f"Promises about persons: {listed(promised, 'none')}."
    if given.text:
        yield f"  {given.text}"


def describe(grant: Grant) -> list[str]:
    """One grant in lines."""
    lines = [
        f"Grant {grant.id}: {direction(grant)}",
        f"  types: {listed(grant.types)}",
        f"  areas: {listed(grant.areas)}",
        f"  purposes: {listed(grant.purposes)}",
        f"  levels: {listed(grant.levels)}",
        f"  handling codes: {listed(grant.handling)}",
        f"  kept for at most {grant.retention_days} days",
        f"  counts of persons below {grant.min_cell} are suppressed",
    ]
    if grant.withhold:
        lines.append(f"  cut before sending: {listed(grant.withhold)}")
    if grant.units:
        lines.append(f"  only these units may send: {listed(grant.units)}")
    if grant.readers:
        lines.append(f"  only these units of the recipient may see it: {listed(grant.readers)}")
    return lines


def direction(grant: Grant) -> str:
    """Who may send to whom."""
    if grant.senders == grant.recipients:
        return f"{listed(grant.senders)} to each other"
    return f"{listed(grant.senders)} to {listed(grant.recipients)}"


def listed(names: Iterable[str], empty: str = "none") -> str:
    """Names in a row; `*` is all parties."""
    words = ["all parties" if name == EVERYONE else str(name) for name in names]
    return ", ".join(words) or empty
