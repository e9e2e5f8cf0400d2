"""How long a message is kept, as its record says it: the day it is erased, the day it is reviewed.

Contract: pure. Both ends compute it at their own commit, each from the day on which the message
came or went and from its own national rule.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from relec_exchange.message.header import Header
from relec_exchange.protection.retention import Policy, erase_on


class Term(TypedDict):
    """Days in UTC, `YYYY-MM-DD`; `review_on` is empty where the message names none."""

    erase_on: str
    review_on: str


def term(policy: Policy, header: Header, agreement_days: int, at: datetime) -> Term:
    """The term of a message that came or went at `at`; 0 days where its grant names none."""
    terms = policy.terms(str(header.data_level), agreement_days, header.retain_until)
    review = header.review_on.isoformat() if header.review_on is not None else ""
    return Term(erase_on=erase_on(at.date(), terms).isoformat(), review_on=review)
