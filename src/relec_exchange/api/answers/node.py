"""Answers about the node itself: its state, partners, gaps, quarantine and events."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from relec_exchange.api.answers.base import Answer, Direction


class Health(Answer):
    """Whether the node answers; the only call without a signature."""

    status: str = "ok"
    network: str
    node: str
    version: str


class CardBrief(Answer):
    """The card in force."""

    version: int
    hash: str
    valid_until: str = ""


class Partner(Answer):
    """A node that the own card lists. `clock_skew_ms` is measured in its rounds; `clock_wrong` is
    whether it is more than half of what a message may be ahead.
    """

    node: str
    mutual: bool
    classes: tuple[str, ...] = ()
    clock_skew_ms: int | None = None
    clock_wrong: bool = False
    last_round_at: str = ""
    silent_since: str = ""


class LogBrief(Answer):
    """The head of one of the two logs."""

    origin: str
    size: int
    root: str


class BrokerStatus(Answer):
    """The connection to the network's broker."""

    connected: bool
    since: str | None = None
    unconfirmed: int = 0
    reconnects: int = 0
    last_error: str = ""


class OfficerInfo(Answer):
    """One officer of the register."""

    name: str
    display_name: str = ""
    unit: str = ""
    roles: list[str]
    types: tuple[str, ...] = ()
    key: str = ""


class Standing(Answer):
    """What the node may do with its logs: `signing`, `listening` whether its partners have more of
    its log than it holds, or `refusing`, for they have. `why`, `remedy` and `found` are for people.

    `heard` are the partners that have nothing more, `missing` the others, `doubts` what some of
    them say without a proof. `sheltered` envelopes wait to be judged.
    """

    state: Literal["listening", "signing", "refusing"] = "signing"
    why: str = ""
    remedy: str = ""
    found: str = ""
    since: str = ""
    until: str = ""
    heard: list[str] = Field(default_factory=list)
    missing: list[str] = Field(default_factory=list)
    doubts: dict[str, list[str]] = Field(default_factory=dict)
    sheltered: int = 0


class Witnessing(Answer):
    """How far a quorum of other nodes has cosigned the exchange log: `cosigned` of `size` entries.

    `unwitnessed` counts entries beyond, without rounds and anchors, `since` the time of the first.
    `quorum` of the `witnesses` are needed; `missing` have not cosigned that first one.
    `closed_unwitnessed` counts entries of closed logs that no quorum cosigned before they ended.
    """

    origin: str = ""
    size: int = 0
    cosigned: int = 0
    unwitnessed: int = 0
    since: str = ""
    quorum: int = 0
    witnesses: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    closed_unwitnessed: int = 0


class NodeInfo(Answer):
    """What an officer or a program must know of the node it talks to.

    `you` is the officer who asks; the API adds it.
    """

    network: str
    network_kind: Literal["exercise", "production"]
    node: str
    exercise: bool
    version: str
    status: str = "ok"
    standing: Standing = Field(default_factory=Standing)
    witnessing: Witnessing = Field(default_factory=Witnessing)
    card: CardBrief | None = None
    partners: tuple[Partner, ...] = ()
    units: tuple[str, ...] = ()
    schemas: dict[str, int] = Field(default_factory=dict)
    logs: tuple[LogBrief, ...] = ()
    broker: BrokerStatus | None = None
    limits: dict[str, int] = Field(default_factory=dict)
    alarms: int = 0
    you: OfficerInfo | None = None


class Gap(Answer):
    """Missing numbers: `in` is what we miss of a partner, `out` what a partner misses of us."""

    peer: str
    direction: Direction
    message_class: str = Field(alias="class")
    missing: list[tuple[int, int]]
    since: str = ""
    asked_at: str = ""
    closed: str = ""


class Gaps(Answer):
    """All gaps."""

    gaps: list[Gap]


class ContactUnit(Answer):
    """What a unit of a partner told last. `on_duty` is whether somebody is there now by its hours
    and its zone; null where it told none, or nothing that is valid yet.
    """

    unit: str
    phone: str = ""
    email: str = ""
    languages: tuple[str, ...] = ()
    hours: tuple[dict[str, Any], ...] = ()
    escalation: tuple[dict[str, Any], ...] = ()
    valid_from: str = ""
    on_duty: bool | None = None
    updated_at: str = ""
    message_id: str = ""


class Contact(Answer):
    """Whom to call at a partner: its card's duty contact, and its units."""

    node: str
    phone: str = ""
    email: str = ""
    languages: tuple[str, ...] = ()
    card_version: int
    valid_until: str
    mutual: bool
    units: tuple[ContactUnit, ...] = ()


class Contacts(Answer):
    """All partners."""

    contacts: list[Contact]


class QuarantineItem(Answer):
    """An envelope without an authenticated sender, and why."""

    row: int
    at: str
    source: str
    reason: str
    step: int
    size: int
    detail: str = ""


class QuarantinePage(Answer):
    """Lines after the row asked for; `next` continues, null at the end."""

    items: list[QuarantineItem]
    next: int | None = None


class Event(Answer):
    """One line of the event stream, without content."""

    id: int
    event: str
    at: str
    ref: str = ""
    data: dict[str, Any] = Field(default_factory=dict)


class Events(Answer):
    """Events as a list (`wait=0`)."""

    events: list[Event]
