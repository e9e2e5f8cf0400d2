"""What all answers share: the base model, and the one shape of errors."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Direction = Literal["in", "out"]


class Answer(BaseModel):
    """Base of all answers; what is not named here is left out."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class ErrorBody(Answer):
    """What went wrong, by which rule, and what to do."""

    code: str
    message: str
    field: str = ""
    rule: str = ""
    remedy: str = ""


class ErrorAnswer(Answer):
    """Every answer that is not 2xx."""

    error: ErrorBody
