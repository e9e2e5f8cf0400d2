"""Digests by which two nodes find out that they do not hold the same texts.

Contract: pure. Nodes whose digests agree decide alike at any time. Without notices the digests are
those of the cards and agreements alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from relec_exchange.trust.held import HeldAgreement
from relec_exchange.trust.member import Member
from relec_exchange.trust.notices import SignedNotice


def cards_digest(members: Iterable[Member], notices: Iterable[SignedNotice]) -> str:
    """SHA-256 in hex over the sorted lines `node version hash` of the newest cards and
    `node revocation hash` of the revocations among the notices.
    """
    lines = [f"{m.card.node} {m.card.version} {m.signed.hash}\n" for m in members]
    lines += [f"{n.notice.node} revocation {n.hash}\n" for n in notices if n.kind == "revocation"]
    return _digest(lines)


def agreements_digest(
    agreements: Iterable[HeldAgreement], notices: Iterable[SignedNotice], own: str, peer: str
) -> str:
    """SHA-256 in hex over the sorted lines `hash` of the texts that both nodes have signed, in
    force or not, and of the terminations and suspensions among the notices.
    """
    lines = [f"{held.hash}\n" for held in agreements if {own, peer} <= held.signers]
    lines += [f"{n.hash}\n" for n in notices if n.kind != "revocation"]
    return _digest(lines)


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()
