"""Answers about cards, agreements, officers and what may be sent."""

from __future__ import annotations

from relec_exchange.api.answers.base import Answer
from relec_exchange.api.answers.node import OfficerInfo


class Decision(Answer):
    """May it be sent, by which grant; or the rule that says no, in a sentence.

    `min_cell`: counts below it are not told under this grant. `explanation` is a paragraph that
    names text, grant and dates, and when the answer changes.
    """

    allowed: bool
    agreement: str = ""
    grant: str = ""
    rule: str = ""
    text: str = ""
    min_cell: int = 0
    explanation: str = ""


class CardInfo(Answer):
    """A card held."""

    node: str
    version: int
    hash: str
    valid_from: str = ""
    valid_until: str = ""
    fingerprint: str = ""
    own: bool = False


class CardDocument(CardInfo):
    """A card with its note."""

    note: str


class Cards(Answer):
    """All cards held."""

    cards: list[CardInfo]


class AgreementInfo(Answer):
    """An agreement held: who signed it and between which pairs it is in force now."""

    hash: str
    title: str = ""
    charter: bool = False
    parties: tuple[str, ...] = ()
    signed_by: tuple[str, ...] = ()
    in_force: bool
    valid_from: str = ""
    valid_until: str = ""
    note: str = ""


class Agreements(Answer):
    """All agreements held."""

    agreements: list[AgreementInfo]


class Officers(Answer):
    """The register: `number` counts its records, the next one has `number` + 1."""

    number: int
    officers: list[OfficerInfo]
