"""Answers for the protection desk alone; register entries hold what the desk knows."""

from __future__ import annotations

from typing import Any

from relec_exchange.api.answers.acts import FoundByRule
from relec_exchange.api.answers.base import Answer, Direction


class Hold(Answer):
    """A message that waits for the protection desk, and what was found in it.

    What is signed to free it is `leaf` of a message received, `commitment` of one of ours.
    """

    message_id: str
    direction: Direction
    peer: str
    type: str
    at: str
    due_at: str = ""
    answered_at: str = ""
    leaf: str = ""
    commitment: str = ""
    findings: tuple[FoundByRule, ...] = ()


class Holds(Answer):
    """All holds, oldest first."""

    holds: list[Hold]


class HoldState(Answer):
    """Where a message stands after a hold began or ended."""

    message_id: str
    direction: Direction
    state: str


class Registered(Answer):
    """One entry of the protection register; an entry that has ended says nothing any more."""

    entry_id: str
    at: str
    officer: str
    ended_at: str = ""
    entry: dict[str, Any] | None = None


class RegisterList(Answer):
    """The entries in force, oldest first."""

    entries: list[Registered]


class Replay(Answer):
    """What the rules decided, and what they decide now by the same facts."""

    message_id: str
    direction: Direction
    at: str
    outcome: str
    findings: tuple[FoundByRule, ...] = ()
    now: str
    findings_now: tuple[FoundByRule, ...] = ()
    same: bool
    rules_changed: bool
