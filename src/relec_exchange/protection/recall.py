"""Rule P9: correction and recall reach everybody who got it, and stay open until each has answered.

Contract: pure, over what was sent and what was answered. Derived messages count as the original,
and so on through every step; nobody is told twice. The node lists who has not been told and who
has not answered; what the rule finds in one message is that it was made from what was recalled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.protection.model import Effect, Facts, Finding
from relec_exchange.protection.third_party import where_used

RULE: Final = "P9-recall"

# What a message received is called that its sender has called back.
_CALLED_BACK: Final = frozenset({"recalled", "erased"})
_SEE_ALSO: Final = "header.related"


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of ours: to whom it went, and from which others it was made."""

    message_id: str
    recipient: str
    derived_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """One who must be told, and about which message of theirs."""

    recipient: str
    message_id: str


def recalled(message: Message, facts: Facts) -> Iterator[Finding]:
    """What a message of ours was made from and is not to be used any more."""
    header = message.header
    if facts.direction != "outbound" or not isinstance(header, Header):
        return
    for source in facts.received:
        back = source.withdrawn in _CALLED_BACK and source.provider != header.recipient
        field = where_used(message, header, source) if back else ""
        if field not in ("", _SEE_ALSO):
            yield Finding(
                RULE,
                Effect.REFUSE,
                field,
                "this was made from a message that its sender has called back",
                "leave out what came from it, or ask its sender for a message that stands",
            )


def must_be_told(message_id: str, sent: Iterable[Sent]) -> tuple[Told, ...]:
    """Everybody who got the message or one made from it, in the order of `sent`."""
    rows = tuple(sent)
    concerned = _made_from({message_id}, rows)
    return tuple(
        dict.fromkeys(
            Told(row.recipient, row.message_id) for row in rows if row.message_id in concerned
        )
    )


def still_open(told: Iterable[Told], answered: Iterable[Told]) -> tuple[Told, ...]:
    """Who has not answered yet: a recall or a correction is closed by nothing else."""
    done = set(answered)
    return tuple(one for one in told if one not in done)


def passed_on(
    told: Iterable[Told], outcomes: Iterable[tuple[Told, tuple[str, ...]]]
) -> tuple[str, ...]:
    """Others who hold it, by what recipients answered, and whom we have not told ourselves."""
    known = {one.recipient for one in told}
    further = dict.fromkeys(name for _, names in outcomes for name in names)
    return tuple(name for name in further if name not in known)


def _made_from(found: set[str], rows: tuple[Sent, ...]) -> set[str]:
    """The ids and all that was derived from them, through any number of steps."""
    while True:
        more = {row.message_id for row in rows if found & set(row.derived_from)} - found
        if not more:
            return found
        found |= more
