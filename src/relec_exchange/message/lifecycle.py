"""The life of a message at either end, as one table.

Contract: `advance` is total over the table and raises `InvalidInput` for what is not in it. Events
may come late, twice or out of order (a receipt can overtake the broker's confirm): where that is
normal the table says so, by leading to the same or the further state.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from relec_exchange.errors import InvalidInput


class Direction(StrEnum):
    """Which end."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"


class State(StrEnum):
    """Where a message stands. `opened` and `answered` exist at both ends."""

    SUBMITTED = "submitted"
    RELEASED = "released"
    RELAYED = "relayed"
    VALIDATED = "validated"
    REJECTED = "rejected"
    OPENED = "opened"
    ANSWERED = "answered"
    VOIDED = "voided"
    EXPIRED = "expired"
    RECEIVED = "received"
    HELD = "held"
    RETURNED = "returned"


class Event(StrEnum):
    """What happens to it. `relay` is the broker's confirm; `free` ends a hold; `return` is a
    releaser's.
    """

    RELEASE = "release"
    RELAY = "relay"
    VALIDATE = "validate"
    REJECT = "reject"
    OPEN = "open"
    ANSWER = "answer"
    VOID = "void"
    EXPIRE = "expire"
    HOLD = "hold"
    FREE = "free"
    RETURN = "return"


_S, _E = State, Event

# What the recipient has said outranks what the broker or our own clock says.
_TOLD: Final = {
    _E.VALIDATE: _S.VALIDATED,
    _E.REJECT: _S.REJECTED,
    _E.OPEN: _S.OPENED,
    _E.ANSWER: _S.ANSWERED,
}

_OUTBOUND: Final[Mapping[State, Mapping[Event, State]]] = {
    # Held waits for answers or for the protection desk, submitted for a releaser or an approval.
    _S.SUBMITTED: {
        _E.RELEASE: _S.RELEASED,
        _E.HOLD: _S.HELD,
        _E.RETURN: _S.RETURNED,
        _E.VOID: _S.VOIDED,
        _E.EXPIRE: _S.EXPIRED,
    },
    _S.HELD: {
        _E.RELEASE: _S.RELEASED,
        _E.HOLD: _S.HELD,
        _E.FREE: _S.SUBMITTED,
        _E.RETURN: _S.RETURNED,
        _E.VOID: _S.VOIDED,
        _E.EXPIRE: _S.EXPIRED,
    },
    _S.RETURNED: {},
    _S.RELEASED: {
        _E.RELAY: _S.RELAYED,
        _E.VOID: _S.VOIDED,
        _E.EXPIRE: _S.EXPIRED,
        **_TOLD,
    },
    _S.RELAYED: {
        _E.RELAY: _S.RELAYED,
        _E.VOID: _S.VOIDED,
        _E.EXPIRE: _S.EXPIRED,
        **_TOLD,
    },
    _S.VALIDATED: {
        _E.RELAY: _S.VALIDATED,
        _E.VALIDATE: _S.VALIDATED,
        _E.OPEN: _S.OPENED,
        _E.ANSWER: _S.ANSWERED,
    },
    _S.OPENED: {
        _E.RELAY: _S.OPENED,
        _E.VALIDATE: _S.OPENED,
        _E.OPEN: _S.OPENED,
        _E.ANSWER: _S.ANSWERED,
    },
    _S.ANSWERED: {
        _E.RELAY: _S.ANSWERED,
        _E.VALIDATE: _S.ANSWERED,
        _E.OPEN: _S.ANSWERED,
        _E.ANSWER: _S.ANSWERED,
    },
    _S.REJECTED: {_E.RELAY: _S.REJECTED, _E.REJECT: _S.REJECTED},
    # A void or an expiry may cross a message that did arrive.
    _S.VOIDED: {_E.RELAY: _S.VOIDED, **_TOLD},
    _S.EXPIRED: {_E.RELAY: _S.EXPIRED, **_TOLD},
}

_INBOUND: Final[Mapping[State, Mapping[Event, State]]] = {
    _S.RECEIVED: {_E.HOLD: _S.HELD, _E.OPEN: _S.OPENED, _E.ANSWER: _S.ANSWERED},
    # What is held may be answered all the same, by the protection desk or by the node.
    _S.HELD: {
        _E.HOLD: _S.HELD,
        _E.ANSWER: _S.HELD,
        _E.FREE: _S.RECEIVED,
        _E.REJECT: _S.REJECTED,
    },
    # A unit finds what it must not have only when it opens what was sealed to it.
    _S.OPENED: {_E.HOLD: _S.HELD, _E.OPEN: _S.OPENED, _E.ANSWER: _S.ANSWERED},
    # An interim answer is followed by others.
    _S.ANSWERED: {_E.OPEN: _S.ANSWERED, _E.ANSWER: _S.ANSWERED},
    _S.REJECTED: {},
}

TABLES: Final[Mapping[Direction, Mapping[State, Mapping[Event, State]]]] = MappingProxyType(
    {Direction.OUTBOUND: _OUTBOUND, Direction.INBOUND: _INBOUND}
)
STARTS: Final[Mapping[Direction, tuple[State, ...]]] = MappingProxyType(
    {Direction.OUTBOUND: (_S.SUBMITTED, _S.HELD), Direction.INBOUND: (_S.RECEIVED, _S.HELD)}
)


def advance(direction: str, state: str, event: str) -> State:
    """The state after an event, all three by name; `InvalidInput` if it cannot happen there."""
    try:
        return TABLES[Direction(direction)][State(state)][Event(event)]
    except (KeyError, ValueError):
        raise InvalidInput(
            f"{event} cannot happen to a message that is {state} ({direction})", field="state"
        ) from None


def diagram(direction: Direction) -> str:
    """The table as a Mermaid state diagram, without the arrows that lead nowhere new."""
    lines = ["stateDiagram-v2"]
    lines += [f"    [*] --> {start}" for start in STARTS[direction]]
    lines += [
        f"    {state} --> {target}: {event}"
        for state, row in TABLES[direction].items()
        for event, target in row.items()
        if target is not state
    ]
    return "\n".join(lines) + "\n"
