"""What control messages bring: notes that may be adopted, and notes that contradict each other.

Contract: form alone. What is malformed is left out; nothing here is believed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from relec_exchange.errors import RelecError
from relec_exchange.message.bodies.control import (
    AgreementSign,
    AgreementSuspend,
    AgreementTerminate,
    AlarmKind,
    CardUpdate,
    KeyRevoke,
    LogAlarm,
)
from relec_exchange.ports import OfferedNote
from relec_exchange.trust.notices import parse_notice

BRINGING: Final = (
    "card.update",
    "agreement.sign",
    "agreement.suspend",
    "agreement.terminate",
    "key.revoke",
    "log.alarm",
)
"""The control types that bring notes."""

Shown = tuple[str, str]
"""Two notes that are said to contradict each other."""


def offered(body: object) -> list[OfferedNote]:
    """The notes in one body, in its order."""
    if isinstance(body, CardUpdate):
        cards = [OfferedNote("card", text.encode()) for text in body.cards]
        agreements = [OfferedNote("agreement", text.encode()) for text in body.agreements]
        return [*cards, *notices(body.notes), *agreements]
    if isinstance(body, AgreementSign):
        return [OfferedNote("agreement", body.note.encode())]
    if isinstance(body, AgreementSuspend | AgreementTerminate | KeyRevoke):
        return notices([body.note])
    return []


def notices(texts: Iterable[str]) -> list[OfferedNote]:
    """Terminations, suspensions and revocations, each by what it says that it is."""
    found = []
    for text in texts:
        try:
            found.append(OfferedNote(parse_notice(text.encode()).kind, text.encode()))
        except RelecError:
            continue
    return found


def shown(body: object) -> list[Shown]:
    """The pair of notes in an alarm; one that shows a single note proves nothing. What stays
    unproven is for `rounds.showing`.
    """
    if not isinstance(body, LogAlarm) or body.kind is AlarmKind.UNPROVEN:
        return []
    if len(body.notes) > 1:
        return [(body.notes[0], body.notes[1])]
    return []
