"""The content of a recalled message goes with the answer that says so, and not before.

Contract: the answer, the `erased` entry and the mark on the message are one commit; the keys are
destroyed after it. A node that was killed in between finishes when it starts. What is said to be
destroyed shows as erased from the commit on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from relec_exchange.errors import InvalidInput
from relec_exchange.journal.content import read_message
from relec_exchange.journal.derivations import Derivations
from relec_exchange.journal.erasure import (
    CONSENT_WITHDRAWN,
    ERASED,
    RECALLED,
    Erasure,
    copies_given,
    in_force,
    kept_key,
)
from relec_exchange.journal.plan import Plan
from relec_exchange.message.bodies.amendments import (
    Outcome,
    Recall,
    RecallOutcome,
    RecallReason,
)
from relec_exchange.message.document import Message
from relec_exchange.outbound.placing import Place
from relec_exchange.ports import Store, Vault
from relec_exchange.records import InboxRow, Update, Where


@dataclass(frozen=True, slots=True)
class Erased:
    """What joins the plan of the answer, messages of ours that were made from the message, and
    the record that is to be finished once the plan is committed.
    """

    plan: Plan
    derived: tuple[str, ...]
    row: InboxRow | None


class Erasing:
    """Thread-safe: it holds no state but its parts."""

    def __init__(
        self, store: Store, vault: Vault, erasure: Erasure, derivations: Derivations
    ) -> None:
        self._store = store
        self._vault = vault
        self._erasure = erasure
        self._derivations = derivations

    def check(self, message: Message, place: Place, now: datetime) -> None:
        """InvalidInput if it is kept by a legal hold, if copies that were given to units are not
        spoken of, or if it is said not to be destroyed although it is.
        """
        body, row = message.body, place.recalled
        if row is None or not isinstance(body, RecallOutcome):
            return
        if not _destroys(body):
            _check_there(body, row)
            return
        if kept_key(row) in in_force(self._store, now.date().isoformat()):
            raise InvalidInput(
                "a legal hold keeps this message",
                field="body.outcome",
                remedy="answer legal_hold with the end of the hold, or have the hold ended",
            )
        given = copies_given(self._store, row)
        if given and body.note is None:
            units = " and ".join(given)
            raise InvalidInput(
                f"copies of this message went to {units}",
                field="body.note",
                remedy="have them destroyed there first, and say so in note",
            )

    def erasure(self, message: Message, place: Place, now: datetime) -> Erased:
        """What the answer to a recall does besides being sent; nothing for other messages."""
        row = place.recalled
        if not _destroys(message.body) or row is None or row.withdrawn == ERASED:
            return Erased(Plan(), (), None)
        if row.erased_at:  # its term was over before it was recalled
            mark = Update(InboxRow, {"leaf": row.leaf}, {"withdrawn": ERASED})
            return Erased(Plan(changes=(mark,)), self._derivations.made_from(row.message_id), None)
        derived = self._derivations.made_from(row.message_id)
        plan = self._erasure.plan(row, self._reason(place), now, derived)
        return Erased(plan, derived, row)

    def finish(self, erased: Sequence[Erased], now: datetime) -> None:
        """Destroy the keys of what was said to be destroyed. Errors: Unavailable."""
        self._erasure.complete([one.row for one in erased if one.row is not None], now)

    def _reason(self, place: Place) -> str:
        """Why it was recalled: a consent that was withdrawn is told apart."""
        if place.answered is None:
            return RECALLED
        asked = self._store.rows(InboxRow, Where("leaf", "=", place.answered.leaf))[0]
        message = read_message(asked, self._vault)
        body = message.body if message is not None else None
        withdrawn = isinstance(body, Recall) and body.reason is RecallReason.CONSENT_WITHDRAWN
        return CONSENT_WITHDRAWN if withdrawn else RECALLED


def _check_there(body: RecallOutcome, row: InboxRow) -> None:
    if row.erased_at and body.outcome is Outcome.LEGAL_HOLD:
        raise InvalidInput(
            "this message was erased: no hold keeps it",
            field="body.outcome",
            remedy="answer destroyed, or say how it was used or to whom it was passed on",
        )


def _destroys(body: object) -> bool:
    return isinstance(body, RecallOutcome) and body.outcome is Outcome.DESTROYED
