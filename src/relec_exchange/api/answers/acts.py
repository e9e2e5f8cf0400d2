"""Answers about messages that wait, and about drafts; `DraftFull` and comments hold content."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from relec_exchange.api.answers.base import Answer


class FoundByRule(Answer):
    """What a rule objects to: `effect` is refuse, hold, ask, second or approve.

    `question` names the question that an officer answers where the effect is ask.
    """

    rule: str
    effect: str
    field: str = ""
    text: str
    remedy: str = ""
    question: str = ""


class CheckResult(Answer):
    """What stands against one message, and what it would wait for."""

    findings: tuple[FoundByRule, ...] = ()
    needs: tuple[str, ...] = ()


class CheckResults(Answer):
    """One result per message, in order."""

    results: list[CheckResult]


class CommentLine(Answer):
    """What an officer wrote when sending a message back."""

    at: str
    officer: str
    comment: str


class Comments(Answer):
    """The comments on one message, oldest first."""

    comments: list[CommentLine]


class DraftLine(Answer):
    """One draft without its content."""

    draft_id: str
    officer: str
    unit: str
    type: str
    to: tuple[str, ...] = ()
    updated_at: str


class DraftFull(DraftLine):
    """One draft with its content."""

    header: dict[str, Any] = Field(default_factory=dict)
    body: dict[str, Any] = Field(default_factory=dict)


class Drafts(Answer):
    """The drafts of one unit, newest first."""

    drafts: list[DraftLine]
