"""One agreement as it is held here: its text, and which parties have been seen to sign it.

Contract: `signers` are exactly the nodes whose authority has a good signature pair under the text.
A line that cannot be judged yet (its node's card is not held) waits, and counts for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from relec_exchange.errors import Unverified
from relec_exchange.message.constants import LIMITS
from relec_exchange.trust.agreement import Agreement, SignedAgreement
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
        """The nodes whose authority signed, as far as it could be verified."""
        return frozenset(self.verified)

    def notes(self) -> tuple[bytes, ...]:
        """The text with all verified signatures, in as many notes as the limit of lines needs."""
        nodes = sorted(self.verified)
        step = LIMITS.signatures_max // _LINES_PER_NODE
        text = self.signed.text.encode("utf-8")
        return tuple(
            Note(
                text, tuple(s for node in nodes[i : i + step] for s in self.verified[node])
            ).encode()
            for i in range(0, len(nodes), step)
        )

    def offered(
        self, node: str, lines: Lines, authorities: Sequence[HybridPublic]
    ) -> HeldAgreement:
        """With the lines of one party, judged by all its authority keys, past and present.

        Raises `Unverified` if a line of a known key is wrong or its other half is missing.
        """
        good = _verified_lines(self.signed.text.encode("utf-8"), lines, authorities)
        if good:
            waiting = {n: w for n, w in self.waiting.items() if n != node}
            return replace(self, verified={**self.verified, node: good}, waiting=waiting)
        if node in self.verified:
            return self
        return replace(self, waiting={**self.waiting, node: lines[:_LINES_PER_NODE]})

    def reconsidered(self, node: str, authorities: Sequence[HybridPublic]) -> HeldAgreement:
        """With the waiting lines of a node whose card is held now; wrong ones are dropped."""
        if node not in self.waiting:
            return self
        try:
            return self.offered(node, self.waiting[node], authorities)
        except Unverified:
            return replace(self, waiting={n: w for n, w in self.waiting.items() if n != node})


def _verified_lines(text: bytes, lines: Lines, authorities: Sequence[HybridPublic]) -> Lines:
    """The lines of the newest keys that signed, verified; empty if no line is of a known key."""
    for public in reversed(authorities):
        if public.signed_by(lines):
            public.verify(text, lines)
            ids = {key.key_id for key in public.keys}
            return tuple(line for line in lines if line.key_id in ids and line.name == public.name)
    return ()
