"""The bodies of `consent.request` and `consent.decision`: using or passing on what was received."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import model_validator

from relec_exchange.message.codes import Purpose
from relec_exchange.message.fields import Code, Date, Document, Line, MessageId, Text, rule


class Use(StrEnum):
    """What is asked for."""

    COURT = "court"
    ONWARD = "onward"
    NEW_PURPOSE = "new_purpose"


class ConsentRequest(Document):
    """May this message of yours be used so? `message_id` says which."""

    message_id: MessageId
    use: Code[Use]
    onward_to: Line | None = None
    purpose: Code[Purpose] | None = None
    why: Text

    @model_validator(mode="after")
    def _says_what_for(self) -> Self:
        if self.use is Use.ONWARD and self.onward_to is None:
            raise rule("onward_to_missing", "onward needs onward_to: say to whom", "onward_to")
        if self.use is Use.NEW_PURPOSE and self.purpose is None:
            raise rule("purpose_missing", "new_purpose needs purpose: say which", "purpose")
        return self


class Decision(StrEnum):
    """Yes or no."""

    GRANTED = "granted"
    REFUSED = "refused"


class ConsentDecision(Document):
    """Whether the use is granted, under which conditions, and until when."""

    decision: Code[Decision]
    conditions: Text | None = None
    expires_on: Date | None = None

    @model_validator(mode="after")
    def _refuses_without_conditions(self) -> Self:
        if self.decision is Decision.REFUSED and (self.conditions or self.expires_on):
            raise rule("refused_alone", "what is refused has no conditions and no end", "decision")
        return self
