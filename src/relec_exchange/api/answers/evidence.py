"""Answers about a message as evidence for others."""

from __future__ import annotations

from relec_exchange.api.answers.base import Answer


class EvidenceStatement(Answer):
    """One sentence: `status` is proven, not-proven or refused; `by` whose signatures it rests on.

    `part` is the part of the bundle that does not hold, of a refused one.
    """

    status: str
    code: str
    text: str
    by: str = ""
    part: str = ""


class EvidenceBundle(Answer):
    """A bundle (the text of the file), and what it proves by what this node has compared.

    `outcome` is holds, incomplete or refused.
    """

    message_id: str
    bundle: str
    outcome: str
    summary: str
    statements: tuple[EvidenceStatement, ...]
