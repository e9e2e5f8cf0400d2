"""Answers about the two logs: heads, entries, proofs."""

from __future__ import annotations

from relec_exchange.api.answers.base import Answer
from relec_exchange.api.answers.node import LogBrief


class LogHead(LogBrief):
    """A log's head with its signed checkpoint, and the newest one that a quorum has cosigned."""

    checkpoint: str
    cosigned: str = ""


class LogEntry(Answer):
    """One leaf of a log."""

    index: int
    leaf: str
    entry: str


class LogEntries(Answer):
    """Entries in order."""

    entries: list[LogEntry]


class ProofText(Answer):
    """A tlog-proof, as text."""

    proof: str


class Hashes(Answer):
    """A consistency proof: base64 hashes."""

    hashes: list[str]
