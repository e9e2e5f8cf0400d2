"""Where the entries of a bundle stand, and who else saw their logs.

Contract: raises `EvidenceRefused` with the code of the step that failed. The tree of a proof and
the cosigned one are bound if both are the beginning of one third tree, by the links of the bundle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from relec_exchange.audit.checkpoint import Checkpoint, parse_checkpoint, verify_checkpoint
from relec_exchange.audit.cosignature import (
    Cosigned,
    read_cosigned,
    verify_lines,
    verify_owner,
)
from relec_exchange.audit.entry import decode_entry
from relec_exchange.audit.evidence import Bundle, CosignedPart, LinkPart, LoggedPart
from relec_exchange.audit.evidence_report import EvidenceRefused
from relec_exchange.audit.evidence_trust import Trust
from relec_exchange.audit.merkle import leaf_hash, verify_consistency, verify_inclusion
from relec_exchange.audit.policy import Policy, parse_policy
from relec_exchange.audit.proof import parse_proof
from relec_exchange.errors import InvalidInput, Unverified
from relec_exchange.message.encoding import unb64
from relec_exchange.message.identifiers import parse_origin
from relec_exchange.trust.card import parse_card
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.signature import HybridPublic
from relec_exchange.trust.witnesses import nodes_of, quorum_of, witness_keys, witnesses

_ANY_TIME: Final = 2**63 - 1

Tree = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Place:
    """An entry that its log's owner has signed for: fields, owner, place and tree."""

    fields: dict[str, Any]
    node: str
    index: int
    head: Checkpoint

    @property
    def origin(self) -> str:
        """The log."""
        return self.head.origin

    @property
    def values(self) -> dict[str, Any]:
        """The fields of the entry and its place, to fill sentences with."""
        return {**self.fields, "origin": self.origin, "index": self.index}


@dataclass(frozen=True, slots=True)
class Seen:
    """Who cosigned (seconds since 1970 by node), how many of how many had to, and `unknown`
    partners of the owner of which there is no card: with them, `strictly` so many.
    """

    by: Mapping[str, int]
    needed: int
    asked: int
    unknown: tuple[str, ...]

    @property
    def strictly(self) -> int:
        """The quorum if all unknown partners are witnesses too."""
        return quorum_of(self.asked + len(self.unknown))


def place_of(logged: LoggedPart, trust: Trust, kind: str, node: str = "") -> Place:
    """An entry of this kind in the log of the node whose word it is (empty: of its sender)."""
    with _coded():
        entry = unb64(logged.entry)
        fields = decode_entry(entry, kind=kind)
        owner = node or fields["from"]
        if owner not in trust.directory.members:
            raise EvidenceRefused("card-missing", f"there is no card of {owner}")
        proof = parse_proof(logged.proof.encode())
        head = _own_head(proof.checkpoint, owner, trust.directory)
        verify_inclusion(leaf_hash(entry), proof.index, head.size, proof.path, head.root)
    _check_end(head, trust.directory)
    if fields["network"] != trust.directory.network:
        raise EvidenceRefused("network", "the entry is of another network")
    return Place(fields, owner, proof.index, head)


def seen_by(place: Place, part: CosignedPart, trust: Trust) -> Seen:
    """Who cosigned a tree of this log, bound to the one of the proof, by a quorum."""
    with _coded():
        cosigned = read_cosigned(part.note.encode())
        end = cosigned.checkpoint
        if end.origin != place.origin:
            raise EvidenceRefused("chain", "the cosigned tree is of another log")
        log = trust.directory.log_key(end.origin)
        verify_owner(cosigned, log.public)
        log.check_size(end.size)
        _check_end(end, trust.directory)
        _bound(place.head, part.links, end)
    found = _cosigners(cosigned, place.node, trust.directory)
    at = _moment(found)
    may = nodes_of(witnesses(trust.directory, place.node, at))
    by = {name: found[name] for name in sorted(found) if name in may}
    if len(by) < quorum_of(len(may)) or not by:
        raise EvidenceRefused("quorum", f"{len(by)} of {len(may)} witnesses are no quorum")
    known = trust.directory.members
    partners = (partner.node for partner in known[place.node].card.partners)
    unknown = tuple(sorted(name for name in partners if name not in known))
    return Seen(by, quorum_of(len(may)), len(may), unknown)


def policy_fits(bundle: Bundle, sent: Place, trust: Trust) -> None:
    """Raise unless the policy asks for the witnesses of the cards, and for so many (`policy`)."""
    if bundle.sent.cosigned is None:
        raise EvidenceRefused("policy", "a policy stands beside a cosigned checkpoint")
    try:
        policy = parse_policy(bundle.policy)
    except InvalidInput as error:
        raise EvidenceRefused("policy", error.message) from None
    at = cosigned_at(bundle.sent.cosigned.note, sent.node, trust.directory)
    wanted = witnesses(trust.directory, sent.node, at)
    own = trust.directory.member(sent.node).logs.values()
    logs = {key for log in own for key in log.public.keys}
    group = policy.groups.get(policy.quorum)
    if not policy.logs or not set(policy.logs) <= logs or group is None:
        raise EvidenceRefused("policy", "the policy is about another log, or asks for nobody")
    found = sorted(sorted(_pairs(policy, name)) for name in group.members)
    by_node = [[public for node, public in wanted if node == name] for name in nodes_of(wanted)]
    keys = sorted(sorted("\n".join(sorted(p.vkeys())) for p in pairs) for pairs in by_node)
    if found != keys or group.threshold != quorum_of(len(by_node)):
        raise EvidenceRefused("policy", "the policy asks for other witnesses than the cards")


def cosigned_at(note: str, owner: str, directory: Directory) -> datetime:
    """When the last of the cosignatures of a checkpoint was made (`quorum` if there is none)."""
    with _coded():
        cosigned = read_cosigned(note.encode())
    return _moment(_cosigners(cosigned, owner, directory))


def _own_head(note: bytes, owner: str, directory: Directory) -> Checkpoint:
    claimed = parse_checkpoint(note)
    log = directory.log_key(claimed.origin)
    origin = parse_origin(claimed.origin)
    if (origin.node, origin.log) != (owner, "exchange"):
        raise EvidenceRefused("proof-key", f"not an exchange log of {owner}")
    head = verify_checkpoint(note, log.public)
    log.check_size(head.size)
    return head


def _check_end(head: Checkpoint, directory: Directory) -> None:
    """That a closed log ended with the tree that is shown, if it is one of its last size."""
    for log in directory.member(parse_origin(head.origin).node).card.logs:
        ended_here = log.origin == head.origin and log.final_size == head.size
        if ended_here and log.final_root != head.root.hex():
            raise EvidenceRefused("log-closed", "the log ended with another tree")


def _bound(start: Checkpoint, links: Iterable[LinkPart], end: Checkpoint) -> None:
    """Raise unless the links lead from both trees to one and the same, and none stands idle."""
    onward: dict[Tree, dict[Tree, None]] = {}
    for link in links:
        old, new = (link.old_size, unb64(link.old_root)), (link.size, unb64(link.root))
        if old[0] >= new[0] or new in onward.get(old, {}):
            raise EvidenceRefused("chain", "a link leads nowhere, or stands twice")
        verify_consistency(*old, *new, [unb64(item) for item in link.hashes])
        onward.setdefault(old, {})[new] = None
    if start.size > end.size:
        raise EvidenceRefused("chain", "the cosigned tree is smaller")
    one, other = (_way(onward, (tree.size, tree.root)) for tree in (start, end))
    if one.isdisjoint(other) or not onward.keys() <= one | other:
        raise EvidenceRefused("chain", "the links do not bind the two trees together")


def _way(onward: Mapping[Tree, Iterable[Tree]], tree: Tree) -> set[Tree]:
    """All trees of which this one is the beginning by the links."""
    page, found = {tree}, {tree}
    while page:
        page = {after for one in page for after in onward.get(one, ())} - found
        found |= page
    return found


def _cosigners(cosigned: Cosigned, owner: str, directory: Directory) -> dict[str, int]:
    """Who cosigned, and when; a wrong cosignature of a known key refuses."""
    found: dict[str, int] = {}
    for node, member in directory.members.items():
        standing = set(member.versions.values())
        cards = [parse_card(past.note).card for past in member.history if past.hash in standing]
        keys = dict.fromkeys(card.witness.public() for card in cards)
        for public in keys if node != owner else ():
            if public.signed_by(cosigned.lines.signatures):
                at = _time_of(cosigned, public)
                if public in witness_keys(member, _moment({node: at})):
                    found[node] = at
    return found


def _time_of(cosigned: Cosigned, public: HybridPublic) -> int:
    try:
        return verify_lines(cosigned.lines, public, _ANY_TIME)
    except Unverified as error:
        raise EvidenceRefused("cosignature", error.detail) from None


def _moment(found: Mapping[str, int]) -> datetime:
    if not found:
        raise EvidenceRefused("quorum", "nobody cosigned the checkpoint")
    try:
        return datetime.fromtimestamp(max(found.values()), UTC)
    except (OverflowError, ValueError, OSError):
        raise EvidenceRefused("cosignature", "a time that does not exist") from None


def _pairs(policy: Policy, name: str) -> Iterator[str]:
    """The pairs of keys of a node: a group of all of two, or one of any of several such groups."""
    group = policy.groups.get(name)
    members = group.members if group is not None else ()
    witnesses_of = [policy.witnesses[one] for one in members if one in policy.witnesses]
    if group is not None and len(witnesses_of) == len(members) == group.threshold == 2:
        yield "\n".join(sorted(key.vkey() for key in witnesses_of))
    elif group is not None and not witnesses_of and group.threshold == 1:
        for one in members:
            yield from _pairs(policy, one)
    else:
        raise EvidenceRefused("policy", "a witness of the policy has not both of its keys")


@contextmanager
def _coded() -> Iterator[None]:
    """Name what the primitives refuse by their own reasons."""
    try:
        yield
    except Unverified as error:
        raise EvidenceRefused(error.reason.code, error.detail) from None
