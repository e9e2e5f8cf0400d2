"""Rule P2: nothing held, refused and protected look the same on the wire, and leave alike.

Nor does a line of `withheld` say what the field would say by being there (`silently`).

Contract: pure. `canonical_reply` is the one form of "nothing can be provided"; only the node makes
it, at `reply_slot`. The rule refuses one made by hand, and any other form of it, at both ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from relec_exchange.errors import InvalidInput
from relec_exchange.message.catalogue import CATALOGUE, message_type
from relec_exchange.message.codes import AuthorRole, Handling, Urgency
from relec_exchange.message.constants import TIMES, Times
from relec_exchange.message.document import Message, compose
from relec_exchange.message.header import Header
from relec_exchange.message.identifiers import format_time
from relec_exchange.message.withholding import dotted
from relec_exchange.protection.model import Effect, Facts, Finding
from relec_exchange.protection.silently import is_silent

RULE: Final = "P2-silent-safe"

# The unit that the reply names is the same everywhere, whoever decided or did not.
SILENT_UNIT: Final = "ncp"
SILENT_LANGUAGE: Final = "en"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Fields in which one such reply may differ from another; ids and times tell nothing.
_FREE: Final = frozenset(
    (
        "message_id",
        "sender",
        "recipient",
        "exercise",
        "created_at",
        "type",
        "schema_version",
        "area",
        "purpose",
        "data_level",
        "handling",
        "in_reply_to",
    )
)
_FIXED: Final[Mapping[str, object]] = {
    "sender_unit": SILENT_UNIT,
    "author_role": AuthorRole.SYSTEM,
    "urgency": Urgency.ROUTINE,
    "language": SILENT_LANGUAGE,
}


def canonical_reply(request: Message, own: str, now: datetime, message_id: str) -> Message:
    """The answer that says nothing to a request, from node `own`; made of the request alone.

    Raises `InvalidInput` if the type of the request has no such answer. `now` is aware.
    """
    header = request.header
    silent = message_type(header.type).silent
    if silent is None or not isinstance(header, Header):
        raise InvalidInput(f"{header.type} has no silent answer", field="header.type")
    name, body = silent
    kind = message_type(name)
    return compose(
        {
            "message_id": message_id,
            "type": name,
            "schema_version": kind.version,
            "sender": own,
            "recipient": header.sender,
            "exercise": header.exercise,
            "created_at": format_time(now),
            "sender_unit": SILENT_UNIT,
            "author_role": AuthorRole.SYSTEM.value,
            "area": header.area.value,
            "purpose": header.purpose.value,
            "data_level": kind.levels[0].value,
            # H3 would need words of its own.
            "handling": [h.value for h in header.handling if h is not Handling.H3]
            or [Handling.H0.value],
            "urgency": Urgency.ROUTINE.value,
            "language": SILENT_LANGUAGE,
            "in_reply_to": header.message_id,
        },
        dict(body),
    )


def reply_slot(received_at: datetime, deadline: datetime, times: Times = TIMES) -> datetime:
    """When a silent answer leaves: a full slot after three quarters of the time to answer.

    The first multiple of `reply_slot_seconds` since 1970 at or after that moment. Both times are
    aware; a deadline that has passed gives the first slot after the receipt.
    """
    left = max(deadline - received_at, timedelta(0))
    wanted = received_at + left * 3 / 4
    slot = timedelta(seconds=times.reply_slot_seconds)
    return _EPOCH - (_EPOCH - wanted) // slot * slot


def says_nothing(message: Message) -> bool:
    """Whether the body is that of a silent answer."""
    bodies = _silent_bodies(message.header.type)
    if not bodies:
        return False
    return message.body.model_dump(mode="json", exclude_none=True, exclude_defaults=True) in bodies


@cache
def _silent_bodies(name: str) -> tuple[dict[str, object], ...]:
    """The bodies of this type that say nothing."""
    answers = (kind.silent for kind in CATALOGUE.values() if kind.silent is not None)
    return tuple(dict(body) for answer, body in answers if answer == name)


def silent_safe(message: Message, facts: Facts) -> Iterator[Finding]:
    """Refuse a silent answer that a person made, or that looks unlike all others, and a line for
    a field that is cut without one.
    """
    header = message.header
    if not isinstance(header, Header):
        return
    yield from _lines(header)
    if not says_nothing(message):
        return
    if facts.direction == "outbound" and not facts.node_made:
        yield Finding(
            RULE,
            Effect.REFUSE,
            "body",
            "an officer does not send this answer: the node does, for all such requests alike"
            + (", also after an interim or partial reply" if facts.replied else ""),
            "close the request with `relec reply ID --nothing`, or leave it: the node answers",
        )
        return
    for field in _telling(header):
        yield Finding(
            RULE,
            Effect.REFUSE,
            f"header.{field}",
            "an answer that says nothing looks the same for every request, and this one does not",
            "close the request with `relec reply ID --nothing`; the node writes the answer",
        )


def _lines(header: Header) -> Iterator[Finding]:
    for number, line in enumerate(header.withheld):
        if is_silent(dotted(line.path)):
            yield Finding(
                RULE,
                Effect.REFUSE,
                f"header.withheld.{number}.path",
                "that such a field was withheld tells what the field would tell",
                "take the line out: this field is cut without one",
            )


def _telling(header: Header) -> Iterator[str]:
    """Fields by which this reply could be told from others."""
    given = header.model_dump(exclude_none=True, exclude_defaults=True)
    for field, value in given.items():
        if field not in _FREE and _FIXED.get(field) != value:
            yield field
    if Handling.H3 in header.handling:
        yield "handling"
