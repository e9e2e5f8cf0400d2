"""Answers for auditors: entries found, decisions made again, gaps, coverage, access, figures."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from relec_exchange.api.answers.base import Answer, Direction


class AuditHit(Answer):
    """An entry with what is known of the message that it is about."""

    origin: str
    index: int
    time: str
    kind: str
    peer: str
    type: str
    area: str
    actor: str
    outcome: str
    rule: str
    ref: str
    entry: dict[str, Any]


class AuditPage(Answer):
    """Entries in the order of time; `next` is where the search goes on, null at the end."""

    items: list[AuditHit]
    next: str | None = None


class ReplayDifference(Answer):
    """A decision that does not come out as its entry says."""

    origin: str
    index: int
    time: str
    id: str
    direction: str
    peer: str
    type: str
    outcome: str
    rule: str
    why: str


class ReplayPage(Answer):
    """The decisions among a part of an activity log, recomputed."""

    origin: str
    size: int
    next: int | None = None
    decisions: int
    same: int
    not_asked: int
    different: int
    differences: list[ReplayDifference]


class JudgementLine(Answer):
    """A message that the protection rules have judged; `content` says if it can be opened."""

    message_id: str
    direction: Direction
    peer: str
    at: str
    content: bool


class JudgementPage(Answer):
    """A page of them."""

    items: list[JudgementLine]
    next: int | None = None


class JudgedAgain(Answer):
    """Whether the rules find the same again; which ones they are is not told."""

    message_id: str
    direction: Direction
    at: str
    outcome: str
    now: str
    same: bool
    rules_changed: bool


class GapOfPartner(Answer):
    """Numbers of a partner that were missing here; `ended` counts how each ended."""

    peer: str
    origin: str
    message_class: str = Field(alias="class")
    first: int
    last: int
    since: str
    asks: int
    asked_at: str = ""
    asked_to: int = 0
    closed_at: str = ""
    arrived_at: str = ""
    ended: dict[str, int]


class GapOfOurs(Answer):
    """A number of ours that a partner missed, that was sent again, or that was declared void."""

    peer: str
    origin: str
    message_class: str = Field(alias="class")
    number: int | None
    message_id: str
    type: str
    sent_at: str
    missing_since: str
    resent: int
    state: str
    ended: str
    reason: str = ""


class GapsForAudit(Answer):
    """Both."""

    theirs: list[GapOfPartner]
    ours: list[GapOfOurs]


class CoverageProblem(Answer):
    """What is wrong with which kind of record, about what."""

    what: str
    record: str
    ref: str
    detail: str


class CoveragePart(Answer):
    """One part of the comparison of records with logs; problems are cut, their total is not."""

    part: str
    records: dict[str, int]
    problems: list[CoverageProblem]
    problems_total: int


class AccessLine(Answer):
    """What one officer did, about what, and why, where the log says so."""

    time: str
    actor: str
    action: str
    ref: str
    why: str
    origin: str
    index: int


class AccessCount(Answer):
    """How often."""

    actor: str
    action: str
    count: int


class AccessPage(Answer):
    """The newest lines, and counts of all."""

    items: list[AccessLine]
    counts: list[AccessCount]
    total: int


class Witnessing(Answer):
    """How long entries waited for a quorum; `together` is the time in which any entry waited."""

    entries: int
    unwitnessed: int
    longest_seconds: int
    mean_seconds: int
    together_seconds: int


class AuditReport(Answer):
    """The figures of a period: rows of counts by what names them."""

    node: str
    network: str
    exercise: bool
    since: str
    until: str
    made_at: str
    volume: list[dict[str, str | int]]
    deadlines: list[dict[str, str | int]]
    attested: list[dict[str, str | int]]
    refusals: list[dict[str, str | int]]
    erased: list[dict[str, str | int]]
    witnessing: Witnessing
    access: list[dict[str, str | int]]
    denied: int
    alarms: list[dict[str, str]]
    gaps: list[dict[str, str | int]]


class AlarmLine(Answer):
    """An alarm without its evidence."""

    number: int
    what: str
    subject: str
    at: str
    detail: str = ""
    has_evidence: bool
    closed_at: str = ""
    closed_by: str = ""


class AlarmList(Answer):
    """Alarms, the oldest first."""

    alarms: list[AlarmLine]


class Alarm(AlarmLine):
    """An alarm with the bytes that show it."""

    evidence: str
