"""Two texts where there may be one: found when a note is adopted, and proven to others.

Contract: pure but for `refused`, which looks up the note that is held. Whoever is shown a conflict
verifies both notes with the keys it knows: what somebody else says of them counts for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from relec_exchange.audit.checkpoint import parse_checkpoint, verify_checkpoint
from relec_exchange.errors import RelecError
from relec_exchange.journal.contradiction import both
from relec_exchange.ports import OfferedNote, Store
from relec_exchange.records import NoteRow, Where
from relec_exchange.rounds.alarms import Alarm
from relec_exchange.rounds.closed_logs import FORK, INCONSISTENT, UNPROVEN
from relec_exchange.rounds.demands import ended
from relec_exchange.trust.agreement import parse_agreement
from relec_exchange.trust.card import SignedCard, parse_card, public_keys
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.held import HeldAgreement
from relec_exchange.trust.member import key_digests
from relec_exchange.trust.note import split_note
from relec_exchange.trust.notices import SignedNotice, parse_notice
from relec_exchange.trust.suspension import Suspension

CARD: Final = "card-conflict"
AGREEMENT: Final = "agreement-conflict"
NOTICE: Final = "notice-conflict"
OWN: Final = "card-not-ours"
SHOWN: Final = (CARD, AGREEMENT, NOTICE, FORK, INCONSISTENT, UNPROVEN)
"""Alarms whose notes are shown to every partner."""


def refused(store: Store, directory: Directory, note: OfferedNote) -> Alarm | None:
    """The alarm about a note that was refused with `Conflict`: with the one that is held."""
    return _refused_card(store, directory, note.data) if note.kind == "card" else None


def not_ours(directory: Directory, note: bytes) -> Alarm | None:
    """The alarm about a card of this node that a partner holds and that this node never adopted.

    Only its own operator gives a node its card: what the authority signed without telling it may
    name keys that it does not have, and may be signed by a thief.
    """
    offered, mine = parse_card(note), directory.member(directory.own)
    if offered.hash in {past.hash for past in mine.history} or not _genuine(directory, offered):
        return None
    version = offered.card.version
    barrier = mine.barriers.get(offered.card.authority.public().fingerprint())
    if barrier is not None and version > barrier.good_card:
        return None  # known to be stolen
    same = next((past.note for past in mine.history if past.version == version), b"")
    if same:
        return Alarm(CARD, directory.own, f"two cards of version {version}", both(same, note))
    if version < mine.card.version:
        return None  # from before this home was made
    return Alarm(OWN, directory.own, f"a card of version {version}", note)


def standing(directory: Directory, kind: str, text_hash: str) -> list[Alarm]:
    """The alarm about a text that was adopted though another one speaks for the same thing: both
    stand, so that all nodes decide alike whichever came first.
    """
    if kind == "agreement":
        return _lines(directory, text_hash)
    if kind != "suspension":
        return []
    mine = directory.notice(text_hash)
    return [_numbered(mine, other) for other in directory.numbered(text_hash)[:1]]


def _lines(directory: Directory, agreement_hash: str) -> list[Alarm]:
    """Of other texts of the same line and version that the same nodes have signed."""
    one = directory.agreements[agreement_hash]
    found = [_forked(one, two) for two in directory.agreements.values() if _contradict(one, two)]
    return found[:1]


def proven(directory: Directory, one: bytes, two: bytes) -> Alarm | None:
    """The alarm that two notes prove, or None; each is verified with the keys that are held."""
    try:
        prove = _PROOFS.get((_kind(one), _kind(two)))
        return prove(directory, one, two) if prove is not None else None
    except RelecError:
        return None


# ---- cards -------------------------------------------------------------------------------------


def _refused_card(store: Store, directory: Directory, note: bytes) -> Alarm | None:
    offered = parse_card(note)
    held = b""
    member = directory.members.get(offered.card.node)
    known = member.versions.get(offered.card.version, "") if member else ""
    if known and known != offered.hash:
        rows = store.rows(NoteRow, Where("kind", "=", "card"), Where("hash", "=", known))
        held = rows[0].note if rows else b""
        detail = f"two cards of version {offered.card.version}"
    else:
        held = _same_key(directory, offered)
        detail = "a key of another member"
    evidence = both(held, note) if held else note
    return Alarm(CARD, offered.card.node, detail, evidence)


def _same_key(directory: Directory, offered: SignedCard) -> bytes:
    """The newest card of another node that names a key of this one."""
    keys, digests = set(public_keys(offered.card)), key_digests(offered.card)
    for node, member in directory.members.items():
        if node == offered.card.node or digests.isdisjoint(member.keys):
            continue
        for past in reversed(member.history):
            if keys.intersection(public_keys(parse_card(past.note).card)):
                return past.note
    return b""


def _cards(directory: Directory, one: bytes, two: bytes) -> Alarm | None:
    first, second = parse_card(one), parse_card(two)
    if not (_genuine(directory, first) and _genuine(directory, second)):
        return None
    if first.card.node == second.card.node:
        same = first.card.version == second.card.version and first.hash != second.hash
        detail = f"two cards of version {first.card.version}"
        return Alarm(CARD, first.card.node, detail, both(one, two)) if same else None
    return _borrowed(directory, first, second)


def _genuine(directory: Directory, signed: SignedCard) -> bool:
    """Whether an authority of this node that is known here has signed the card."""
    if signed.card.network != directory.network:
        return False
    note = split_note(signed.note)
    for public in directory.member(signed.card.node).authorities:
        if public.signed_by(note.signatures):
            public.verify(note.text, note.signatures)
            return True
    return False


def _borrowed(directory: Directory, first: SignedCard, second: SignedCard) -> Alarm | None:
    """A card with a key of another node. At fault is the one whose card is not held here."""
    if not set(public_keys(first.card)).intersection(public_keys(second.card)):
        return None
    here = [directory.holds_card(signed.hash) for signed in (first, second)]
    if here[0] == here[1]:
        return None
    fault = second if here[0] else first
    detail, evidence = "a key of another member", both(first.note, second.note)
    return Alarm(CARD, fault.card.node, detail, evidence)


# ---- agreements --------------------------------------------------------------------------------


def _agreements(directory: Directory, one: bytes, two: bytes) -> Alarm | None:
    hashes = [parse_agreement(note).hash for note in (one, two)]
    bare = replace(directory, agreements={})
    for note in (one, two):
        bare = bare.with_agreement(note)
    first, second = (bare.agreements[found] for found in hashes)
    return _forked(first, second) if _contradict(first, second) else None


def _contradict(one: HeldAgreement, two: HeldAgreement) -> bool:
    """Whether both follow the same text with the same version, signed by the same two nodes."""
    a, b = one.agreement, two.agreement
    return (
        one.hash != two.hash
        and a.version == b.version
        and not set(a.replaces).isdisjoint(b.replaces)
        and len(one.signers & two.signers) > 1
    )


def _forked(one: HeldAgreement, two: HeldAgreement) -> Alarm:
    first, second = sorted((one, two), key=lambda held: held.hash)
    detail = f"two texts of version {one.agreement.version} follow the same text"
    evidence = both(first.notes()[0], second.notes()[0])
    return Alarm(AGREEMENT, f"sha256/{first.hash[:16]}", detail, evidence)


# ---- suspensions and logs ----------------------------------------------------------------------


def _suspensions(directory: Directory, one: bytes, two: bytes) -> Alarm | None:
    found = replace(directory, notices={}).with_notice(one).with_notice(two)
    first = parse_notice(one)
    others = found.numbered(first.hash)
    return _numbered(first, others[0]) if others else None


def _numbered(one: SignedNotice, two: SignedNotice) -> Alarm:
    first, second = sorted((one, two), key=lambda signed: signed.hash)
    number = first.notice.number if isinstance(first.notice, Suspension) else 0
    detail = f"two suspensions of number {number}"
    return Alarm(NOTICE, first.notice.node, detail, both(first.note, second.note))


def _checkpoints(directory: Directory, one: bytes, two: bytes) -> Alarm | None:
    first = parse_checkpoint(one)
    key = directory.log_key(first.origin)
    first, second = (verify_checkpoint(note, key.public) for note in (one, two))
    if first.size != second.size or first.root == second.root:
        return None
    detail = f"two trees of {first.size} entries for one log"
    return Alarm(FORK, first.origin.split("/")[1], detail, both(one, two))


def _end(directory: Directory, one: bytes, two: bytes) -> Alarm | None:
    """A tree of the size at which the log ended, and the card that names another root."""
    point, signed = parse_checkpoint(one), parse_card(two)
    point = verify_checkpoint(one, directory.log_key(point.origin).public)
    end, node = ended(directory, point.origin), point.origin.split("/")[1]
    if signed.card.node != node or not _genuine(directory, signed):
        return None
    if end is None or end[0] != point.size or end[1] == point.root:
        return None
    detail = "the card says that the log ended with another tree"
    return Alarm(FORK, node, detail, both(one, two))


_PROOFS: Final[Mapping[tuple[str, str], Callable[[Directory, bytes, bytes], Alarm | None]]] = {
    ("card", "card"): _cards,
    ("agreement", "agreement"): _agreements,
    ("suspension", "suspension"): _suspensions,
    ("", ""): _checkpoints,
    ("", "card"): _end,
}


def _kind(note: bytes) -> str:
    """What a note says that it is; a checkpoint has no such line."""
    first = note.split(b"\n", 1)[0].decode("utf-8", "replace")
    if not first.startswith("format"):
        return ""
    return first.removeprefix('format = "relec/v1 ').removesuffix('"')
