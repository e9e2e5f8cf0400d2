"""One agreement as it is held here: its text, and which parties have been seen to sign it.

Contract: `signers` are exactly the nodes whose authority has a good signature pair under the text.
A line that cannot be judged yet (no card that is held names its key) waits, and counts for nothing.
A party whose only signatures are of revoked keys is disputed, and counts as one that has not
signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from relec_exchange.errors import Unverified
from relec_exchange.message.constants import LIMITS
from relec_exchange.trust.agreement import Agreement, SignedAgreement
from relec_exchange.trust.member import Member
from relec_exchange.trust.note import Note
from relec_exchange.trust.signature import HybridPublic, SignatureLine

Lines = tuple[SignatureLine, ...]

_LINES_PER_NODE: Final = 2


@dataclass(frozen=True, slots=True)
class HeldAgreement:
    """A text with the verified lines of each signer, and the lines that wait for a card."""

    signed: SignedAgreement
    verified: Mapping[str, Lines] = field(default_factory=dict)
    waiting: Mapping[str, Lines] = field(default_factory=dict)
    disputed: frozenset[str] = frozenset()

    @property
    def agreement(self) -> Agreement:
        """What the text says."""
        return self.signed.agreement

    @property
    def hash(self) -> str:
        """SHA-256 of the text in hex."""
        return self.signed.hash

    @property
    def signers(self) -> frozenset[str]:
        """The nodes whose authority signed, as far as it could be verified and counts."""
        return frozenset(self.verified) - self.disputed

    def notes(self) -> tuple[bytes, ...]:
        """The text with all verified signatures, in as many notes as the limit of lines needs.

        Of a party all its keys: should the last ones be revoked, the earlier ones still count.
        """
        lines = [line for node in sorted(self.verified) for line in self.verified[node]]
        text, step = self.signed.text.encode("utf-8"), LIMITS.signatures_max
        return tuple(
            Note(text, tuple(lines[i : i + step])).encode() for i in range(0, len(lines), step)
        )

    def offered(
        self, node: str, lines: Lines, authorities: Sequence[HybridPublic]
    ) -> HeldAgreement:
        """With the lines of one party, judged by all its authority keys, past and present.

        Raises `Unverified` if a line of a known key is wrong or its other half is missing.
        """
        known = self.verified.get(node, ())
        good = _verified_lines(self.signed.text.encode("utf-8"), lines, authorities)
        good = _joined(known, good, authorities) if good else known
        judged = {key.key_id for public in authorities for key in public.keys}
        left = [s for s in (*lines, *self.waiting.get(node, ())) if s.key_id not in judged]
        waiting = {**self.waiting, node: tuple(dict.fromkeys(left))[:_LINES_PER_NODE]}
        return replace(
            self,
            verified={**self.verified, node: good} if good else self.verified,
            waiting={n: w for n, w in waiting.items() if w},
        )

    def reconsidered(self, member: Member) -> HeldAgreement:
        """With the waiting lines of a node whose card is held now (wrong ones are dropped), and by
        what its revocations have left of its keys.
        """
        node, held = member.card.node, self
        if node in self.waiting:
            try:
                held = self.offered(node, self.waiting[node], member.authorities)
            except Unverified:
                waiting = {n: w for n, w in self.waiting.items() if n != node}
                held = replace(self, waiting=waiting)
        return held.weighed(member)

    def weighed(self, member: Member) -> HeldAgreement:
        """With this party among the disputed ones, or not, as its revocations say."""
        node = member.card.node
        if node not in self.verified or not (member.barriers or node in self.disputed):
            return self
        signed = [p.fingerprint() for p in member.authorities if p.signed_by(self.verified[node])]
        alone = frozenset((node,))
        counts = member.stands_by(signed, self.hash)
        return replace(self, disputed=self.disputed - alone if counts else self.disputed | alone)


def _verified_lines(text: bytes, lines: Lines, authorities: Sequence[HybridPublic]) -> Lines:
    """The lines of all known keys that signed, oldest keys first; empty if no line is of one."""
    good: list[SignatureLine] = []
    for public in authorities:
        if public.signed_by(lines):
            public.verify(text, lines)
            good += _lines_of(public, lines)
    return tuple(good)


def _joined(before: Lines, after: Lines, authorities: Sequence[HybridPublic]) -> Lines:
    """Verified lines of one party from several notes, oldest keys first; of a key that has signed
    before the lines stay.
    """
    return tuple(
        line
        for public in authorities
        for line in (_lines_of(public, before) or _lines_of(public, after))
    )


def _lines_of(public: HybridPublic, lines: Lines) -> Lines:
    ids = {key.key_id for key in public.keys}
    return tuple(line for line in lines if line.key_id in ids and line.name == public.name)
