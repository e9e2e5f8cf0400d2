"""What a message of ours still waits for, from what the rules found and what officers did.

Contract: pure. The words are those of `OutboxRow.needs`, in their order: `answer:<question>`,
`desk`, `approve`, `release`, `confirm`. `confirm` alone does not keep a message back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from relec_exchange.message.constants import RESCUE
from relec_exchange.protection.model import Effect, Finding

ANSWER: Final = "answer:"
DESK: Final = "desk"
APPROVE: Final = "approve"
RELEASE: Final = "release"
CONFIRM: Final = "confirm"


@dataclass(frozen=True, slots=True)
class Done:
    """What officers have done for one message: verified signatures, each in its role.

    `released` by anybody who may release, `second` by a person other than who submitted it.
    """

    answered: frozenset[str] = frozenset()
    freed: bool = False
    approved: bool = False
    released: bool = False
    second: bool = False


def waits_for(message_type: str, findings: Sequence[Finding], done: Done) -> tuple[str, ...]:
    """The words of what is missing; empty, or `confirm` alone, means that the message leaves."""
    effects = {found.effect for found in findings}
    asked = dict.fromkeys(f.question for f in findings if f.effect is Effect.ASK)
    missing = [ANSWER + name for name in asked if name not in done.answered]
    if Effect.HOLD in effects and not done.freed:
        missing.append(DESK)
    if Effect.APPROVE in effects and not done.approved:
        missing.append(APPROVE)
    if message_type == RESCUE:
        return (*missing, *(() if done.second else (CONFIRM,)))
    enough = done.second if Effect.SECOND in effects else done.released
    return (*missing, *(() if enough else (RELEASE,)))


def leaves(needs: Sequence[str]) -> bool:
    """Whether nothing keeps the message back."""
    return all(word == CONFIRM for word in needs)


def waiting_state(needs: Sequence[str]) -> str:
    """`held` while an answer or the desk is missing, else `submitted`."""
    kept = any(word == DESK or word.startswith(ANSWER) for word in needs)
    return "held" if kept else "submitted"


def joined(needs: Sequence[str]) -> str:
    """As the outbox keeps them."""
    return " ".join(needs)
