"""Answers about the node's logs as its card has to name them."""

from __future__ import annotations

from typing import Literal

from relec_exchange.api.answers.base import Answer
from relec_exchange.api.answers.node import LogBrief


class OwnLog(LogBrief):
    """One log: where it is now, or ended, and its verifier keys."""

    state: Literal["current", "closed"]
    ed25519: str
    mldsa44: str


class OwnLogs(Answer):
    """All logs of this node, the closed ones first."""

    logs: list[OwnLog]


class LogSucceeded(Answer):
    """A log that has ended, and the one that is written in its place."""

    closed: OwnLog
    opened: OwnLog
