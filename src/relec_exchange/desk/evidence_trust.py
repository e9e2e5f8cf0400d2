"""The signed texts that a bundle of evidence needs: cards, the agreement's line, notices, a policy.

Contract: reads the directory only. Of each node the cards that lead from the authority compared to
its newest one, and those whose witness keys counted when a tree was cosigned.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from relec_exchange.audit.evidence_places import cosigned_at
from relec_exchange.audit.evidence_report import EvidenceRefused
from relec_exchange.audit.policy import format_policy
from relec_exchange.trust.card import Card, authority_fingerprint, parse_card
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.held import HeldAgreement
from relec_exchange.trust.member import Member
from relec_exchange.trust.noticed import between
from relec_exchange.trust.revocation import Revocation
from relec_exchange.trust.witnesses import witnesses


def cards_of(directory: Directory, times: Iterable[datetime]) -> list[str]:
    """The cards of all nodes that are known, as notes: oldest first for each node."""
    moments = tuple(times)
    found: list[str] = []
    for node in directory.nodes():
        found += [note.decode() for note in _cards(directory.member(node), moments)]
    return found


def _cards(member: Member, moments: Sequence[datetime]) -> list[bytes]:
    standing = set(member.versions.values())
    good = [past for past in member.history if past.hash in standing] or list(member.history[:1])
    cards = {past.note: parse_card(past.note).card for past in good}
    wanted = {*member.succession(), good[0].note}
    for at in moments:
        wanted |= _counting(cards, at)
    return [note for note in cards if note in wanted]


def _counting(cards: dict[bytes, Card], at: datetime) -> set[bytes]:
    """The newest card that is valid at a moment, and the newest with each other witness key."""
    valid = [(note, card) for note, card in cards.items() if card.valid_at(at)]
    return set({card.witness.public().fingerprint(): note for note, card in valid}.values())


def agreements_of(directory: Directory, named: str, nodes: Sequence[str]) -> list[str]:
    """The text with this hash and, of its line, all that both nodes have signed, as notes."""
    both = [held for held in directory.agreements.values() if {*nodes} <= held.signers]
    if not any(held.hash == named for held in both):
        return []
    line: list[HeldAgreement] = []
    names = {named}
    while more := [held for held in both if held not in line and names & _names(held)]:
        line += more
        for held in more:
            names |= _names(held)
    return [note.decode() for held in line for note in held.notes()]


def _names(held: HeldAgreement) -> set[str]:
    return {held.hash, *held.agreement.replaces}


def notices_of(directory: Directory, nodes: Sequence[str]) -> list[str]:
    """The terminations and suspensions between two nodes, and all revocations; those that count."""
    held = [directory.notices[name] for name in sorted(directory.notices)]
    counting = [signed for signed in held if directory.counts(signed)]
    told = {signed.hash for signed in between(counting, nodes[0], nodes[1])}
    return [
        signed.note.decode()
        for signed in counting
        if signed.hash in told or isinstance(signed.notice, Revocation)
    ]


def policy_of(directory: Directory, origin: str, node: str, note: str) -> str:
    """The witness policy of a log when this note was cosigned; empty if it was not."""
    try:
        at = cosigned_at(note, node, directory)
    except EvidenceRefused:
        return ""
    return format_policy([directory.log_key(origin).public], witnesses(directory, node, at))


def moments_of(directory: Directory, notes: Iterable[tuple[str, str]]) -> list[datetime]:
    """When each of these notes (owner, cosigned checkpoint) was cosigned last."""
    found: list[datetime] = []
    for node, note in notes:
        try:
            found.append(cosigned_at(note, node, directory))
        except EvidenceRefused:
            continue
    return found


def compared(directory: Directory) -> dict[str, str]:
    """The fingerprints by which this node first admitted each other one."""
    return {
        node: authority_fingerprint(parse_card(member.history[0].note).card)
        for node, member in directory.members.items()
    }
