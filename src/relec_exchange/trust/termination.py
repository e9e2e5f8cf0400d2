"""Terminations: one party's word that an agreement ends before its date.

Contract: a `Termination` that exists follows every rule that can be judged from its own text. It
ends the agreement between its node and each partner that it names, from `effective` on. Whose word
it is is judged by a `Directory`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal, Self

from pydantic import model_validator

from relec_exchange.trust.fields import Digest, Moment, PartnerNotice

NOTICE_PERIOD: Final = timedelta(hours=24)


class Termination(PartnerNotice):
    """The text of a termination. Times are aware, in UTC; `effective` is 24 hours off or more."""

    format: Literal["relec/v1 termination"] = "relec/v1 termination"
    agreement: Digest
    effective: Moment

    @model_validator(mode="after")
    def _leaves_time(self) -> Self:
        if self.effective - self.issued < NOTICE_PERIOD:
            raise ValueError("effective is at least 24 hours after issued")
        return self
