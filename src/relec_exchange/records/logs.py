"""Records of the two logs and of what was adopted, told and alarmed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogHeadRow:
    """The newest head of one of our logs (journal). `log` is `exchange` or `activity`; one that is
    `closed` has a successor and never grows again.
    """

    origin: str
    log: str
    size: int
    root: bytes
    last_time: str
    writer: str
    checkpoint: bytes
    closed: bool = False


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One leaf of one of our logs (journal)."""

    origin: str
    idx: int
    kind: str
    leaf: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class TileRow:
    """Up to 256 hashes of one level of a log's tree (journal)."""

    origin: str
    level: int
    n: int
    hashes: bytes


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A card or agreement that this node adopted (trust notes; rounds and node)."""

    kind: str
    hash: str
    subject: str
    version: int
    note: bytes
    adopted_at: str


@dataclass(frozen=True, slots=True)
class OfficerRow:
    """One signed line of the officers' register (node). Never changed, only followed."""

    name: str
    action: str
    record: str
    signature: bytes
    signed_by: str
    at: str
    row: int = 0


@dataclass(frozen=True, slots=True)
class EventRow:
    """One line of the event stream: no content, only what happened to which message."""

    at: str
    kind: str
    ref: str
    data: str
    row: int = 0


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """Something an operator and an auditor must see; kept until a person has dealt with it.

    One of a kind and subject is open (`closed_at` empty) at a time.
    """

    what: str
    subject: str
    at: str
    detail: str
    evidence: bytes = b""
    closed_at: str = ""
    closed_by: str = ""
    row: int = 0
