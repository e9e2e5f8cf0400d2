"""What the protection desk does with messages: see why one is held, free it, judge it again.

Contract: only the role protection_desk comes here. Nothing that is done here shows outside: a
message that was held is delivered as if it had just arrived, and its sender was told long ago.
"""

from __future__ import annotations

from collections.abc import Callable

from relec_exchange.audit.entry import decode_entry
from relec_exchange.desk.core import Core, Json
from relec_exchange.errors import Conflict, NotFound
from relec_exchange.inbound.accepting import HOLD, deliveries
from relec_exchange.journal.consents import granted
from relec_exchange.journal.decisions import Decided, decision_entry
from relec_exchange.journal.judged import found, outcome, read_judgement
from relec_exchange.journal.judgements import Judgement
from relec_exchange.journal.plan import EntryFields, Plan
from relec_exchange.journal.readers import targets as open_targets
from relec_exchange.message.document import Message, parse_message
from relec_exchange.message.encoding import b64
from relec_exchange.message.header import Header
from relec_exchange.message.identifiers import format_time
from relec_exchange.message.lifecycle import Direction, Event, advance
from relec_exchange.outbound.needs import DESK
from relec_exchange.outbound.signing import Deed
from relec_exchange.outbound.waiting import Kept
from relec_exchange.ports import RowConflict
from relec_exchange.protection.rules import rules_digest
from relec_exchange.records import (
    Change,
    EntryRow,
    EventRow,
    InboxRow,
    Insert,
    JudgementRow,
    OutboxRow,
    Update,
    Where,
)
from relec_exchange.trust.officer import Act, Officer, Role


class ProtectionDesk:
    """See the module."""

    def __init__(self, core: Core, officer: Callable[[str], Officer]) -> None:
        self.core = core
        self._officer = officer

    def holds(self, officer: str) -> list[Json]:
        """All messages that wait for the desk, in both directions, and what was found in each."""
        self._officer(officer).require(Role.PROTECTION_DESK)
        came = self.core.store.rows(
            InboxRow,
            Where("state", "=", "held"),
            Where("hold", "=", HOLD),
            Where("erased_at", "=", ""),
            order="row",
        )
        ours = self.core.store.rows(OutboxRow, Where("state", "=", "held"), order="row")
        waiting = [row for row in ours if DESK in row.needs.split()]
        self.core.log_access(officer, "holds-list")
        rows: list[InboxRow | OutboxRow] = [*came, *waiting]
        return [self._hold(row) for row in rows]

    def free(self, message_id: str, direction: str | None, officer: str, signature: bytes) -> Json:
        """End a hold. A message to us goes to its units, one of ours leaves if nothing else is
        missing. Errors: Conflict (it is not held).
        """
        row = self.core.found(message_id, direction)
        if isinstance(row, OutboxRow):
            raw, salt = self.core.content(row)
            deed = Deed(Act.FREE, officer, signature)
            freed = self.core.waiting.add(message_id, deed, Kept(raw, salt))
            return {"message_id": message_id, "direction": "out", "state": freed.status}
        self._officer(officer).require(Role.PROTECTION_DESK).verify(Act.FREE, row.leaf, signature)
        if row.state != "held" or row.hold != HOLD:
            raise _not_held()
        state = str(advance(Direction.INBOUND, row.state, Event.FREE))
        if row.answered_at:
            state = "answered"
        self._write_freed(row, state, officer, signature)
        return {"message_id": message_id, "direction": "in", "state": state}

    def hold(self, message_id: str, officer: str) -> Json:
        """What the unit's own client found in a body that it alone can open: a local hold.

        What the desk has freed before stays free: its state is told, and nothing is changed.
        """
        self._officer(officer).require(Role.PROTECTION_DESK)
        row = self.core.incoming(message_id)
        if row is None:
            raise NotFound("no such message here", field="message_id")
        freed = Where("kind", "=", "message.freed")
        known = self.core.store.rows(EventRow, Where("ref", "=", message_id), freed, limit=1)
        if row.state == "held" or known:
            return {"message_id": message_id, "direction": "in", "state": row.state}
        state = str(advance(Direction.INBOUND, row.state, Event.HOLD))
        at = format_time(self.core.clock())
        was = {"leaf": row.leaf, "state": row.state}
        changes = (
            Update(InboxRow, was, {"state": state, "hold": HOLD}, must=True),
            Insert(EventRow(at, "message.held", message_id, "{}")),
        )
        entry = self.core.access(officer, "hold", message_id)
        held = Decided(message_id, "inbound", "held", HOLD)
        rule = decision_entry(self.core.directory.network, held, None)
        self._written(Plan(activity=(entry, rule), changes=changes))
        return {"message_id": message_id, "direction": "in", "state": "held"}

    def replay(self, message_id: str, direction: str | None, officer: str) -> Json:
        """Judge a message again by what was known then, and tell whether it comes out the same.

        Errors: NotFound (no judgement is kept, or the content was erased).
        """
        self._officer(officer).require(Role.PROTECTION_DESK)
        row = self.core.found(message_id, direction)
        raw, _ = self.core.content(row)
        judgement, rules, at = self._decided(row)
        message = self.core.known.disclosing.opened(parse_message(raw))
        again = found(message, judgement.facts)
        self.core.log_access(officer, "replay", message_id)
        return {
            "message_id": message_id,
            "direction": "in" if isinstance(row, InboxRow) else "out",
            "at": at,
            "outcome": outcome(judgement.findings),
            "findings": [one.described() for one in judgement.findings],
            "now": outcome(again),
            "findings_now": [one.described() for one in again],
            "same": again == judgement.findings,
            "rules_changed": rules != rules_digest(),
        }

    # ---- inside --------------------------------------------------------------------------------

    def _hold(self, row: InboxRow | OutboxRow) -> Json:
        came = isinstance(row, InboxRow)
        try:
            findings = [one.described() for one in self._decided(row)[0].findings]
        except NotFound:
            findings = []
        return {
            "message_id": row.message_id,
            "direction": "in" if came else "out",
            "peer": row.sender if isinstance(row, InboxRow) else row.recipient,
            "type": row.type,
            "at": row.received_at if isinstance(row, InboxRow) else row.submitted_at,
            "due_at": row.due_at,
            "answered_at": row.answered_at,
            "leaf": row.leaf.hex(),
            "commitment": "" if isinstance(row, InboxRow) else row.commitment.hex(),
            "findings": findings,
        }

    def _decided(self, row: InboxRow | OutboxRow) -> tuple[Judgement, str, str]:
        """The newest judgement of a message, the digest of its rules, and when it was made."""
        direction = "inbound" if isinstance(row, InboxRow) else "outbound"
        rows = self.core.store.rows(
            JudgementRow,
            Where("message_id", "=", row.message_id),
            Where("direction", "=", direction),
            order="-row",
        )
        secrets = self.core.vault.get([one.key_id for one in rows])
        for one in rows:
            if one.key_id in secrets:
                judgement, rules = read_judgement(one, secrets[one.key_id])
                return judgement, rules or self._rules_of(row), one.at
        raise NotFound("no judgement of this message is kept", field="message_id")

    def _rules_of(self, row: InboxRow | OutboxRow) -> str:
        """The digest of the rules by which a message of ours left; now's if it has not."""
        if isinstance(row, InboxRow) or row.leaf_index < 0:
            return rules_digest()
        entries = self.core.store.rows(
            EntryRow, Where("origin", "=", row.origin), Where("idx", "=", row.leaf_index)
        )
        return str(decode_entry(entries[0].data)["rules"])

    def _write_freed(self, row: InboxRow, state: str, officer: str, signature: bytes) -> None:
        raw, _ = self.core.content(row)
        at = format_time(self.core.clock())
        was = {"leaf": row.leaf, "state": "held"}
        changes: list[Change] = [
            Update(InboxRow, was, {"state": state, "hold": ""}, must=True),
            Insert(EventRow(at, "message.freed", row.message_id, "{}")),
            *self._brought(row, parse_message(raw), at),
            *granted(self.core.store, self.core.known.provided, parse_message(raw), at),
        ]
        entry: EntryFields = {
            "kind": "freed",
            "network": self.core.directory.network,
            "actor": officer,
            "id": row.message_id,
            "leaf": row.leaf.hex(),
            "signature": b64(signature),
        }
        self._written(Plan(activity=(entry,), changes=tuple(changes)))

    def _brought(self, row: InboxRow, message: Message, at: str) -> list[Change]:
        header = message.header
        if not isinstance(header, Header):
            return []
        came_under, chosen = (row.agreement, row.grant_id), self.core.targets(header)
        opened = open_targets(self.core.directory, came_under, message, chosen)
        return deliveries(header, opened, at)

    def _written(self, plan: Plan) -> None:
        try:
            self.core.journal.write(plan)
        except RowConflict:  # another officer was first
            raise _not_held() from None


def _not_held() -> Conflict:
    return Conflict("this message is not as it was: it may be free already", field="message_id")
