"""Verifying notices, and asking those that are held.

Contract: pure. `verified` raises `Unverified` or returns the notice with the fingerprints of the
keys that signed it. Nothing here changes a directory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from relec_exchange.errors import Reason, Unverified
from relec_exchange.message.constants import LIMITS
from relec_exchange.trust.agreement import SignedAgreement
from relec_exchange.trust.disputing import successor_known
from relec_exchange.trust.member import Member
from relec_exchange.trust.note import Note, split_note, verify_note
from relec_exchange.trust.notices import SignedNotice
from relec_exchange.trust.pair import Shared
from relec_exchange.trust.revocation import Revocation
from relec_exchange.trust.suspension import Suspension
from relec_exchange.trust.termination import Termination


def verified(signed: SignedNotice, member: Member, before: SignedNotice | None) -> SignedNotice:
    """The notice with its signers, joined with those of the same text that are held `before`.

    Raises `Unverified`: `proof-signature` if nobody who may speak for the node has signed it or a
    signature of a known key is wrong, `proof-key` if a revocation of authority keys is signed by
    keys that no good card announced. A notice of revoked keys is held like any other and has no
    effect, so that it does not matter which of the two came first.
    """
    note = split_note(signed.note)
    notice = signed.notice
    known = list(member.authorities)
    if isinstance(notice, Revocation) and notice.successor is not None:
        successor = notice.successor.public()
        verify_note(note, successor)
        if not successor_known(member, notice, successor):
            raise Unverified(
                Reason.PROOF_KEY, f"{notice.node}: no good card announced the keys that revoke"
            )
        known = [successor]
    signers = [public for public in known if public.signed_by(note.signatures)]
    for public in signers:
        verify_note(note, public)
    if not signers:
        raise Unverified(
            Reason.PROOF_SIGNATURE, f"no authority keys of {notice.node} have signed this"
        )
    found = replace(signed, signers=frozenset(public.fingerprint() for public in signers))
    ids = {key.key_id for public in signers for key in public.keys}
    lines = tuple(line for line in note.signatures if line.key_id in ids)
    return _joined(replace(found, note=Note(note.text, lines).encode()), before)


def _joined(found: SignedNotice, before: SignedNotice | None) -> SignedNotice:
    if before is None:
        return found
    if found.signers <= before.signers:
        return before
    old, new = split_note(before.note), split_note(found.note)
    fresh = [
        line for line in new.signatures if line.key_id not in {o.key_id for o in old.signatures}
    ]
    lines = (*old.signatures, *fresh)[-LIMITS.signatures_max :]
    signers = found.signers | before.signers
    return replace(found, signers=signers, note=Note(new.text, lines).encode())


def counts(signed: SignedNotice, member: Member) -> bool:
    """Whether a notice has its effect: whoever signed it may still speak for the node."""
    notice = signed.notice
    if isinstance(notice, Revocation) and notice.successor is not None:
        barrier = member.barriers.get(notice.key)
        return barrier is None or barrier.successor == notice.successor.public()
    return member.stands_by(signed.signers, signed.hash)


def same_number(one: SignedNotice, other: SignedNotice) -> bool:
    """Whether these are two suspensions of one node with one number."""
    first, second = one.notice, other.notice
    return (
        isinstance(first, Suspension)
        and isinstance(second, Suspension)
        and (first.node, first.number) == (second.node, second.number)
        and one.hash != other.hash
    )


def between(notices: Iterable[SignedNotice], a: str, b: str) -> tuple[SignedNotice, ...]:
    """Of these, the terminations and suspensions that speak of two nodes."""
    return tuple(
        signed
        for signed in notices
        if isinstance(signed.notice, Termination | Suspension) and signed.notice.concerns(a, b)
    )


def shared(texts: tuple[SignedAgreement, ...], notices: Sequence[SignedNotice]) -> Shared:
    """What two nodes share, from the texts that both have signed and the notices between them.

    A suspension is lifted where another of these notices, of the same node, names it.
    """
    terminated: dict[str, datetime] = {}
    suspended: dict[str, Suspension] = {}
    lifted: set[tuple[str, str]] = set()
    for signed in notices:
        notice = signed.notice
        if isinstance(notice, Termination):
            known = terminated.get(notice.agreement, notice.effective)
            terminated[notice.agreement] = min(known, notice.effective)
        elif isinstance(notice, Suspension) and notice.action == "suspend":
            suspended[signed.hash] = notice
        elif isinstance(notice, Suspension):
            lifted |= {(notice.node, name) for name in notice.lifts}
    left = (s for name, s in suspended.items() if (s.node, name) not in lifted)
    return Shared(texts, terminated, tuple(left))
