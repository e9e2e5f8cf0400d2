"""What protection rules are made of: a rule, what it may know, and what it finds.

Contract: values only. A finding names a field, says in plain words what is wrong and what to do,
and never repeats a value of the message. Nothing here decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal

from relec_exchange.message.document import Message
from relec_exchange.protection.provided import Consent, Received
from relec_exchange.protection.register import RegisterEntry

ASK_PROTECTION_CHECKED: Final = "protection-checked"
ASK_NO_PERSON: Final = "no-person-recognisable"

# What an officer is asked and answers with a signature, by the name of the question.
QUESTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        ASK_PROTECTION_CHECKED: (
            "Did you check, with your protection desk and your own records, that nobody in this "
            "message seeks or has protection from the state it goes to?"
        ),
        ASK_NO_PERSON: (
            "Did you read every text and every attached file, and can no person be recognised "
            "from them?"
        ),
    }
)


class Effect(StrEnum):
    """What a finding does to a message, the strongest first."""

    REFUSE = "refuse"  # it never goes, whoever asks for it
    HOLD = "hold"  # it waits for the protection desk
    ASK = "ask"  # it waits for an officer's signed answer
    SECOND = "second"  # another officer releases it
    APPROVE = "approve"  # the protection desk approves it


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule may know besides the message. Times and dates are given, never read.

    `known_names` are names from the thread and the store, for texts of this message. `registered`
    is the local protection register. `earlier` holds the free texts of the same thread, oldest
    first. `desk`: the rules run in the protection desk's own client, where a body that was sealed
    to it is open. `node_made`: the node itself composed this message. `replied`: an interim or a
    partial answer to the same request went before. `amended`: type and data level of the message
    that this one corrects, recalls or answers for, where it is here. `received` are messages of
    others that this one names, was made from or tells again, `consents` what their providers
    granted. `assurances` are the promises of the agreement, by their names in its text.
    """

    network_kind: Literal["exercise", "production"]
    direction: Literal["outbound", "inbound"]
    today: date
    min_cell: int = 5
    first_use: bool = False
    known_names: tuple[str, ...] = ()
    registered: tuple[RegisterEntry, ...] = ()
    desk: bool = False
    earlier: tuple[str, ...] = ()
    node_made: bool = False
    replied: bool = False
    amended: tuple[str, str] = ("", "")
    received: tuple[Received, ...] = ()
    consents: tuple[Consent, ...] = ()
    assurances: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule objects to. `local`: found with what only this end knows, so never told.

    `field` is a path into the message as `body.persons.0.names`; `question` is a name in
    `QUESTIONS` and stands with the effect ASK alone.
    """

    rule: str
    effect: Effect
    field: str
    text: str
    remedy: str = ""
    local: bool = False
    question: str = ""

    def described(self) -> dict[str, str]:
        """As the local API and clients tell it; whether it is local stays here."""
        return {
            "rule": self.rule,
            "effect": str(self.effect),
            "field": self.field,
            "text": self.text,
            "remedy": self.remedy,
            "question": self.question,
        }


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `text` says what must never be and `why` the reason, both in plain words.

    `version` rises when the meaning changes. `wired` is false for a rule whose facts come from
    elsewhere (agreements, consents, clocks): its functions exist and its `check` finds nothing.
    """

    identifier: str
    version: int
    text: str
    why: str
    check: Callable[[Message, Facts], Iterable[Finding]]
    wired: bool = True
