"""An officer closes a request: nothing can be provided. The node says so, at its slot.

Contract: the act is signed over the request's leaf hash, logged, and stays here. The requester
sees what every requester sees to whom nothing is provided, whatever the reason and whoever acted.
"""

from __future__ import annotations

from collections.abc import Callable

from relec_exchange.desk.core import Core, Json
from relec_exchange.errors import Conflict, InvalidInput, NotFound
from relec_exchange.journal.plan import EntryFields, Plan
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.encoding import b64
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import RowConflict
from relec_exchange.records import EventRow, InboxRow, Insert, OutboxRow, Update, Where
from relec_exchange.trust.officer import Act, Officer, Role

CLOSERS = (Role.SUBMITTER, Role.RELEASER, Role.PROTECTION_DESK)


class ClosingDesk:
    """See the module."""

    def __init__(self, core: Core, officer: Callable[[str], Officer]) -> None:
        self.core = core
        self._officer = officer

    def nothing(self, message_id: str, officer: str, signature: bytes) -> Json:
        """Close a request. Errors: InvalidInput (its type has no such answer), Conflict (it was
        answered, in part too, or closed already).
        """
        row = self.core.incoming(message_id)
        if row is None:
            raise NotFound("no such message here", field="message_id")
        self._officer(officer).require(*CLOSERS).verify(Act.CLOSE, row.leaf, signature)
        self._check(row)
        closed: EntryFields = {
            "kind": "closed",
            "network": self.core.directory.network,
            "actor": officer,
            "id": message_id,
            "leaf": row.leaf.hex(),
            "signature": b64(signature),
        }
        at = format_time(self.core.clock())
        changes = (
            Update(
                InboxRow, {"leaf": row.leaf, "closed_by": ""}, {"closed_by": officer}, must=True
            ),
            Insert(EventRow(at, "message.closed", message_id, "{}")),
        )
        try:
            self.core.journal.write(Plan(activity=(closed,), changes=changes))
        except RowConflict:
            raise _closed() from None
        return {"message_id": message_id, "closed_by": officer, "reply_at": row.quiet_at}

    def _check(self, row: InboxRow) -> None:
        if CATALOGUE[row.type].silent is None:
            raise InvalidInput(
                f"{row.type} is not answered with nothing",
                field="message_id",
                remedy="only requests that the node answers by itself are closed this way",
            )
        if row.closed_by:
            raise _closed()
        if row.answered_at or not row.quiet_at or self._spoken(row):
            raise Conflict(
                "an answer has left already: nothing takes it back",
                field="message_id",
                remedy="answer the rest in words, or recall what was said",
            )

    def _spoken(self, row: InboxRow) -> bool:
        silent = CATALOGUE[row.type].silent
        said = self.core.store.rows(
            OutboxRow,
            Where("thread", "in", [row.thread, row.message_id]),
            Where("in_reply_to", "=", row.message_id),
            Where("recipient", "=", row.sender),
            Where("type", "=", silent[0] if silent else ""),
            blobs=False,
        )
        return any(one.sent_at for one in said)


def _closed() -> Conflict:
    return Conflict("an officer has closed this request already", field="message_id")
