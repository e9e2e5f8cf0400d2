"""Answers about notices, proposals and what ends soon."""

from __future__ import annotations

from relec_exchange.api.answers.base import Answer


class NoticeInfo(Answer):
    """A termination, suspension or revocation held.

    `state` is `ahead`, `effective` or `over`, or `disputed` where a revoked key signed it.
    `partners` are nodes or `*`; `starts` and `ends` say when it has effect, `ends` is empty for
    ever. `key` is the revoked key, `agreement` the text that ends.
    """

    hash: str
    kind: str
    node: str
    state: str
    issued: str
    starts: str = ""
    ends: str = ""
    reason: str = ""
    number: int = 0
    action: str = ""
    partners: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    lifts: tuple[str, ...] = ()
    agreement: str = ""
    key: str = ""
    note: str = ""


class Notices(Answer):
    """All notices held, by node and time."""

    notices: list[NoticeInfo]


class Note(Answer):
    """A signed text word for word: card, agreement, termination, suspension or revocation."""

    kind: str
    note: str


class Notes(Answer):
    """All notes that the node's directory rests on, in an order in which it can be built again."""

    notes: list[Note]


class Proposal(Answer):
    """A text that `proposer` would sign; `signed_by` who has signed it since."""

    hash: str
    proposer: str
    received_at: str
    title: str = ""
    parties: tuple[str, ...] = ()
    version: int = 1
    valid_from: str = ""
    valid_until: str = ""
    signed_by: tuple[str, ...] = ()
    text: str = ""


class Proposals(Answer):
    """All proposals kept, the newest first."""

    proposals: list[Proposal]


class Ending(Answer):
    """`what` of `subject` ends: card, agreement, sealing, certificate, consent or legal-hold.

    `days` are whole days left, begun ones counted; 0 when it is over.
    """

    what: str
    subject: str
    ends_at: str
    days: int


class Expiring(Answer):
    """What ends soon, the next one first."""

    expiring: list[Ending]
