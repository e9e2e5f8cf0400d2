"""Where a message of ours belongs: what it answers, replaces or is about; when an answer is due.

Contract: reads the store and raises InvalidInput naming the field; a message that names another
one names one that was exchanged with its recipient, of a type that fits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from relec_exchange.errors import InvalidInput
from relec_exchange.journal.clock import first_due
from relec_exchange.journal.threads import Threads, about
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.constants import Times
from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Store
from relec_exchange.records import InboxRow, OutboxRow, Where

OURS: Final = ("correction", "recall")
"""Types whose body names a message that we sent to their recipient."""

THEIRS: Final = ("recall.outcome", "consent.request")
"""Types whose body names a message that came from their recipient."""

REPLACES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "warning.update": ("warning.notice", "warning.update"),
        "warning.cancel": ("warning.notice", "warning.update", "warning.life_at_risk"),
    }
)
"""What a type may supersede where that is not its own kind."""

CLARIFY: Final = "info.clarify"
_CLARIFIED: Final = ("info.request", CLARIFY)
_UNSENT: Final = frozenset({"submitted", "held", "returned"})

Named = InboxRow | OutboxRow


@dataclass(frozen=True, slots=True)
class Place:
    """The thread of a message, the message it is about, and when its answer is due.

    `answered` is the message received that it answers; `recalled` one whose recall it answers.
    """

    thread: str
    about: str = ""
    due_at: str = ""
    answered: InboxRow | None = None
    recalled: InboxRow | None = None


class Placing:
    """Finds the place of a message. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._threads = Threads(store)

    def place(self, message: Message, times: Times, now: datetime) -> Place:
        """The place, or InvalidInput if the message names one that does not fit."""
        header = message.header
        if not isinstance(header, Header):
            return Place(header.message_id)
        answered = self._answered(header)
        self._check_replaced(header)
        named = self._named(message, header)
        recalled = _recalled(answered, named) if header.type == "recall.outcome" else None
        asked = answered if isinstance(answered, InboxRow) else None
        deadline = format_time(header.deadline) if header.deadline else ""
        due = first_due(header.type, str(header.urgency), deadline, format_time(now), times)
        return Place(self._threads.of(message), about(message), due, asked, recalled)

    def _answered(self, header: Header) -> Named | None:
        if header.in_reply_to is None:
            return None
        if header.type == CLARIFY:
            return self._clarified(header)
        if not CATALOGUE[header.type].reply:
            return self._either(header.recipient, header.in_reply_to, "header.in_reply_to")
        row = self._received(header.recipient, header.in_reply_to)
        if row is None:
            raise InvalidInput(
                "in_reply_to names no message that came from this recipient",
                field="header.in_reply_to",
            )
        if header.type not in CATALOGUE[row.type].answers:
            raise InvalidInput(f"{row.type} is not answered by {header.type}", field="header.type")
        return row

    def _clarified(self, header: Header) -> Named:
        """Questions and answers about a request go both ways, within its thread."""
        row = self._either(header.recipient, header.in_reply_to or "", "header.in_reply_to")
        if row.type not in _CLARIFIED:
            raise InvalidInput(
                f"{row.type} is not clarified",
                field="header.in_reply_to",
                remedy="name the request, or the clarification that you answer",
            )
        return row

    def _check_replaced(self, header: Header) -> None:
        if header.supersedes is None:
            return
        row = self._sent(header.recipient, header.supersedes)
        if row is None:
            raise InvalidInput(
                "supersedes names no message that you sent to this recipient",
                field="header.supersedes",
                remedy="relec outbox lists what was sent",
            )
        if row.type not in REPLACES.get(header.type, (header.type,)):
            raise InvalidInput(
                f"{header.type} does not supersede {row.type}", field="header.supersedes"
            )

    def _named(self, message: Message, header: Header) -> Named | None:
        """The message that the body is about."""
        name = getattr(message.body, "message_id", None)
        if header.type not in (*OURS, *THEIRS) or not isinstance(name, str):
            return None
        row: Named | None
        if header.type in OURS:
            row, whose = self._sent(header.recipient, name), "that you sent to this recipient"
        else:
            row, whose = self._received(header.recipient, name), "that came from this recipient"
        if row is None:
            raise InvalidInput(f"message_id names no message {whose}", field="body.message_id")
        return row

    def _sent(self, recipient: str, message_id: str) -> OutboxRow | None:
        """A message of ours to this recipient that left."""
        rows = self._store.rows(
            OutboxRow,
            Where("recipient", "=", recipient),
            Where("message_id", "=", message_id),
            Where("cls", "!=", "control"),
            blobs=False,
        )
        return rows[0] if rows and rows[0].state not in _UNSENT else None

    def _received(self, sender: str, message_id: str) -> InboxRow | None:
        rows = self._store.rows(
            InboxRow,
            Where("sender", "=", sender),
            Where("message_id", "=", message_id),
            blobs=False,
        )
        return rows[0] if rows else None

    def _either(self, peer: str, message_id: str, field: str) -> Named:
        row = self._received(peer, message_id) or self._sent(peer, message_id)
        if row is None:
            raise InvalidInput("this names no message exchanged with this recipient", field=field)
        return row


def _recalled(answered: Named | None, named: Named | None) -> InboxRow:
    """The message whose recall or correction this outcome answers: the one that it named."""
    fits = (
        isinstance(answered, InboxRow)
        and isinstance(named, InboxRow)
        and answered.type in ("recall", "correction")
        and answered.about in ("", named.message_id)
    )
    if not fits or not isinstance(named, InboxRow):
        raise InvalidInput(
            "an outcome answers a recall or correction that came, and names its message",
            field="body.message_id",
        )
    return named
