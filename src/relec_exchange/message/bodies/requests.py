"""The bodies of `info.*`: exact questions, what was unclear in them, graded answers, tips unasked.

Contract: `nothing_can_be_provided` is one answer for three truths (nothing held, refused,
protected) and therefore carries nothing else, above all no reason.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from relec_exchange.message.bodies.areas import BorderEvents, Smuggling, Trafficking
from relec_exchange.message.bodies.blocks import Facts
from relec_exchange.message.bodies.persons import CaseObject, Person, roles_need_benefit
from relec_exchange.message.codes import InfoGrade, SourceGrade
from relec_exchange.message.fields import (
    Bounded,
    Code,
    Document,
    HandlingSet,
    Text,
    rule,
    spelled_out,
)

_QUESTIONS_MAX = 64

_QuestionNumber = Annotated[int, Field(ge=1, le=999)]


class Question(Document):
    """One exact question, and why the answer is needed."""

    number: _QuestionNumber
    text: Text
    why: Text


class InfoRequest(Document):
    """Questions with reasons, about whom and what, and how the answers will be used.

    `for_court`: whether they are meant for use in court, which needs the provider's permission.
    """

    questions: Annotated[tuple[Question, ...], Bounded(_QUESTIONS_MAX, least=1)]
    reasons: Text
    persons: Annotated[tuple[Person, ...], Bounded(32)] = ()
    objects: Annotated[tuple[CaseObject, ...], Bounded(32)] = ()
    use_restrictions: Text | None = None
    smuggling: Smuggling | None = None
    trafficking: Trafficking | None = None
    border: BorderEvents | None = None
    for_court: bool | None = None

    @model_validator(mode="after")
    def _calls_nobody_a_smuggler_lightly(self) -> Self:
        roles_need_benefit(self.persons, self.smuggling)
        return self

    @model_validator(mode="after")
    def _numbers_questions_once(self) -> Self:
        if len({question.number for question in self.questions}) != len(self.questions):
            raise rule(
                "question_number_repeated", "two questions have the same number", "questions"
            )
        return self


class ClarifyKind(StrEnum):
    """Whether it asks what was meant, or says it."""

    QUESTION = "question"
    ANSWER = "answer"


class ClarifyItem(Document):
    """What is unclear about the question of this number, or what was meant by it."""

    number: _QuestionNumber
    text: Text


class InfoClarify(Document):
    """What was meant by a request, asked or said. The clock stands still from one to the other."""

    kind: Code[ClarifyKind]
    items: Annotated[tuple[ClarifyItem, ...], Bounded(_QUESTIONS_MAX, least=1)]


class InfoSpontaneous(Document):
    """Facts that nobody asked for, and why they matter to the recipient."""

    facts: Facts
    relevance: Text
    persons: Annotated[tuple[Person, ...], Bounded(32)] = ()
    objects: Annotated[tuple[CaseObject, ...], Bounded(32)] = ()
    smuggling: Smuggling | None = None
    trafficking: Trafficking | None = None
    border: BorderEvents | None = None

    @model_validator(mode="after")
    def _calls_nobody_a_smuggler_lightly(self) -> Self:
        roles_need_benefit(self.persons, self.smuggling)
        return self


class ReplyKind(StrEnum):
    """How far a reply goes. An interim one says that more will come."""

    FULL = "full"
    PARTIAL = "partial"
    INTERIM = "interim"
    NOTHING = "nothing_can_be_provided"


class Answer(Document):
    """The answer to one question, with its own grades and handling."""

    number: _QuestionNumber
    answer: Text
    source_grade: Code[SourceGrade]
    info_grade: Code[InfoGrade]
    handling: HandlingSet
    handling_note: Text | None = None

    @model_validator(mode="after")
    def _spells_out_h3(self) -> Self:
        spelled_out(self.handling, self.handling_note)
        return self


class InfoReply(Document):
    """Answers by number of the question; none if nothing can be provided."""

    kind: Code[ReplyKind]
    answers: Annotated[tuple[Answer, ...], Bounded(_QUESTIONS_MAX)] = ()

    @model_validator(mode="after")
    def _answers_as_it_says(self) -> Self:
        if (self.kind is ReplyKind.NOTHING) == bool(self.answers):
            raise rule(
                "answers_against_kind",
                "nothing_can_be_provided has no answers, every other kind has at least one",
                "answers",
            )
        if len({answer.number for answer in self.answers}) != len(self.answers):
            raise rule("answer_number_repeated", "a question is answered twice", "answers")
        return self
