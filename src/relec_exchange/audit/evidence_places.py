"""Where the entries of a bundle stand, and who else saw their logs.

Contract: raises `EvidenceRefused` with the code of the step that failed. The tree of a proof and
the cosigned one are bound if both are the beginning of one third tree, by the links of the bundle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
from relec_exchange.audit.policy import Group, Policy, parse_policy
from relec_exchange.audit.proof import parse_proof
from relec_exchange.errors import InvalidInput, Unverified
from relec_exchange.message.encoding import unb64
from relec_exchange.message.identifiers import parse_origin, parse_time
from relec_exchange.trust.card import parse_card
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.revocation import Revocation
from relec_exchange.trust.signature import HybridPublic
from relec_exchange.trust.witnesses import card_at, nodes_of, quorum_of, witness_keys, witnesses

_ANY_TIME: Final = 2**63 - 1

BEFORE: Final = timedelta(hours=1)
"""So much earlier than an entry says may a clock be that cosigned its tree."""

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
    partners of the owner that may have had to as well: with them, `strictly` so many.
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
    # Cosignatures dated back would be counted by cards of a time at which fewer were enough.
    least = (parse_time(place.fields["time"]) - BEFORE).timestamp()
    by = {name: found[name] for name in sorted(found) if name in may and found[name] >= least}
    if len(by) < quorum_of(len(may)) or not by:
        raise EvidenceRefused("quorum", f"{len(by)} of {len(may)} witnesses are no quorum")
    return Seen(by, quorum_of(len(may)), len(may), unknown_to(trust, place.node, at))


def unknown_to(trust: Trust, owner: str, at: datetime) -> tuple[str, ...]:
    """Partners of a log's owner that are no witnesses by the cards of the file, and may be one.

    Only a card of that time, by an authority that was compared, shows that a partner is none: an
    old card, or one that whoever made the file has written, would make the quorum smaller.
    """
    known = trust.directory.members
    card, may = card_at(known[owner], at), nodes_of(witnesses(trust.directory, owner, at))
    listed = {partner.node for partner in card.partners} if card is not None else set()
    shown = {
        name
        for name in listed & known.keys()
        if trust.sure(name) and card_at(known[name], at) is not None
    }
    return tuple(sorted(listed - shown - set(may)))


def vouched(place: Place, logged: LoggedPart, trust: Trust) -> bool:
    """Whether more than its key speaks for the tree of a log whose key was lost later.

    Who has the key can sign trees of every size below the last good one. Only that head itself, the
    end that the card names, and trees that a quorum cosigned are not theirs to make.
    """
    known: set[tuple[int | None, str | None]] = {*_good_heads(place.origin, trust.directory)}
    if not known:
        return True
    logs = trust.directory.member(place.node).card.logs
    known |= {(log.final_size, log.final_root) for log in logs if log.origin == place.origin}
    if (place.head.size, place.head.root.hex()) in known:
        return True
    if logged.cosigned is None:
        return False
    try:
        seen = seen_by(place, logged.cosigned, trust)
    except EvidenceRefused:  # told where the cosignatures are judged
        return False
    return sum(trust.sure(name) for name in seen.by) >= seen.strictly


def policy_fits(bundle: Bundle, sent: Place, trust: Trust) -> tuple[str, ...]:
    """Raise unless the policy asks for the witnesses of the cards, and for so many (`policy`).

    Returns the nodes on whose cards this rests although nobody compared their authority, or of
    which there is no card of that time.
    """
    if bundle.sent.cosigned is None:
        raise EvidenceRefused("policy", "a policy stands beside a cosigned checkpoint")
    try:
        policy = parse_policy(bundle.policy)
    except InvalidInput as error:
        raise EvidenceRefused("policy", error.message) from None
    if set(policy.logs) != set(trust.directory.log_key(sent.origin).public.keys):
        raise EvidenceRefused("policy", "the policy is not about the keys of this log")
    group = policy.groups.get(policy.quorum, Group(0, ()))
    found = sorted(sorted(_pairs(policy, name)) for name in group.members)
    at = cosigned_at(bundle.sent.cosigned.note, sent.node, trust.directory)
    wanted = witnesses(trust.directory, sent.node, at)
    by_node = [[public for node, public in wanted if node == name] for name in nodes_of(wanted)]
    keys = sorted(sorted("\n".join(sorted(p.vkeys())) for p in pairs) for pairs in by_node)
    if found != keys or group.threshold != quorum_of(len(by_node)):
        raise EvidenceRefused("policy", "the policy asks for other witnesses than the cards")
    unsure = {node for node in nodes_of(wanted) if not trust.sure(node)}
    return tuple(sorted(unsure.union(unknown_to(trust, sent.node, at))))


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
    """That a closed log ended with the tree that is shown, if it is one of its last size; and that
    the last good head of a revoked key is what the revocation says.
    """
    for log in directory.member(parse_origin(head.origin).node).card.logs:
        ended_here = log.origin == head.origin and log.final_size == head.size
        if ended_here and log.final_root != head.root.hex():
            raise EvidenceRefused("log-closed", "the log ended with another tree")
    for size, root in _good_heads(head.origin, directory):
        if size == head.size and root != head.root.hex():
            raise EvidenceRefused("key-revoked", "the tree is not the last good head of the log")


def _good_heads(origin: str, directory: Directory) -> list[tuple[int | None, str | None]]:
    """What revocations of the key of a log say of its last good head."""
    told = [one for one in directory.notices.values() if directory.counts(one)]
    notices = [one.notice for one in told if isinstance(one.notice, Revocation)]
    return [(one.good_size, one.good_root) for one in notices if one.key == origin]


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
    """The pairs of keys of a node: a group of all of two, or one of any of several such groups.

    Never deeper: groups of groups of groups would be a tree without bounds.
    """
    group = policy.groups.get(name)
    members = group.members if group is not None and group.threshold == 1 else ()
    nested = bool(members) and not any(one in policy.witnesses for one in members)
    for one in members if nested else (name,):
        yield _pair(policy, one)


def _pair(policy: Policy, name: str) -> str:
    group = policy.groups.get(name)
    members = group.members if group is not None else ()
    keys = [policy.witnesses[one].vkey() for one in members if one in policy.witnesses]
    if group is None or group.threshold != 2 or len(members) != 2 or len(keys) != 2:
        raise EvidenceRefused("policy", "a witness of the policy has not both of its keys")
    return "\n".join(sorted(keys))


@contextmanager
def _coded() -> Iterator[None]:
    """Name what the primitives refuse by their own reasons."""
    try:
        yield
    except Unverified as error:
        raise EvidenceRefused(error.reason.code, error.detail) from None
