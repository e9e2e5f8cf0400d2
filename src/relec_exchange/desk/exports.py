"""A message received leaves the node as a file: for a court, or for analysis at home.

Contract: signed by a releaser over use and leaf hash, and logged, before anything is given out.
Under H1 or H2 no court without a consent of the provider that holds today; no unit that the grant
does not name. What is held, was never read, was called back or is sealed to a unit is not exported.
The file says handling codes and conditions, so that whoever reads it is bound by them too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from relec_exchange.desk.core import Core, Json
from relec_exchange.errors import Conflict, InvalidInput, NotFound, Refused
from relec_exchange.journal.plan import EntryFields, Plan
from relec_exchange.journal.readers import readers_of, require
from relec_exchange.journal.threads import WEAKER
from relec_exchange.message.bodies.consents import ConsentDecision, Use
from relec_exchange.message.bodies.sealed import SealedBody
from relec_exchange.message.codes import Purpose
from relec_exchange.message.document import Message, parse_message
from relec_exchange.message.encoding import b64, parse_json
from relec_exchange.message.identifiers import format_time
from relec_exchange.protection.provided import Received, consented
from relec_exchange.protection.third_party import before_a_court
from relec_exchange.records import ConsentRow, EventRow, InboxRow, Insert, Where
from relec_exchange.trust.officer import Act, Officer, Role

COURT: Final = "court"
ANALYSIS: Final = "analysis"
USES: Final = (COURT, ANALYSIS)

EXPORTED: Final = "message.exported"
"""The event of an export: its use, unit and officer."""

STANDING: Final = "export-standing"
SEALED: Final = "export-sealed"
EXPORT_RULES: Final = (STANDING, SEALED)
"""Why an export is refused, as `Refused.rule` names it; else by a rule of protection."""

_CONDITIONS: Final = {
    "H0": "For the prevention of and fight against crime only.",
    "H1": "Not in judicial proceedings without the permission of its provider.",
    "H2": "Not to be passed on without the permission of its provider.",
    "H3": "Another restriction holds: see handling_note.",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is exported, for which use, and for which unit of this node."""

    message_id: str
    use: str
    unit: str


class ExportDesk:
    """See the module."""

    def __init__(self, core: Core, officer: Callable[[str], Officer]) -> None:
        self.core = core
        self.officer = officer

    def export(self, given: Json, officer: str, signature: bytes) -> Json:
        """`answers.Exported`. Given: message_id, use, to_unit or None for the officer's own.

        Errors: Refused (P7, `export-standing`, `export-sealed`), Conflict (nobody has read it),
        NotFound (erased).
        """
        row = self.core.incoming(given["message_id"])
        if row is None:
            raise NotFound("no such message came in", field="message_id")
        reader = self.officer(officer).require(Role.RELEASER)
        wanted = Wanted(row.message_id, given["use"], given["to_unit"] or reader.unit)
        if wanted.use not in USES:
            raise InvalidInput("use is court or analysis", field="use")
        reader.verify(Act.EXPORT, row.leaf, signature, wanted.use)
        _check_standing(row)
        message = parse_message(self.core.content(row)[0])
        source = self._checked(row, message, {reader.unit, wanted.unit}, wanted.use)
        self._log(row, wanted, officer, signature)
        return self._document(row, source, wanted, officer)

    def require_standing(self, row: InboxRow, message: Message, unit: str, use: str) -> None:
        """Raise unless this message may leave the node for a use, by an officer of this unit."""
        _check_standing(row)
        self._checked(row, message, {unit}, use)

    def _checked(
        self, row: InboxRow, message: Message, units: Collection[str], use: str
    ) -> Received:
        """What is exported, if each of the units may see it: whoever exports it, sees it."""
        if isinstance(message.body, SealedBody):
            raise Refused(
                f"its body is sealed to the unit {message.body.unit}",
                rule=SEALED,
                field="message_id",
                remedy="that unit opens it with its own key; it leaves no other way",
            )
        today, provided = self.core.clock().date(), self.core.known.provided
        source = provided.received(row, Purpose.PREVENTION)
        if source is None:
            raise NotFound("the content of this message was erased", field="message_id")
        for unit in sorted(units):
            require(provided, self.core.directory, row, unit, today)
        if use == COURT:
            for found in before_a_court(source, provided.consents((row.message_id,)), today):
                raise Refused(found.text, rule=found.rule, field=found.field, remedy=found.remedy)
        return source

    def _log(self, row: InboxRow, wanted: Wanted, officer: str, signature: bytes) -> None:
        entry: EntryFields = {
            "kind": "exported",
            "network": self.core.directory.network,
            "actor": officer,
            "id": row.message_id,
            "leaf": row.leaf.hex(),
            "use": wanted.use,
            "signature": b64(signature),
        }
        told = json.dumps({"use": wanted.use, "unit": wanted.unit, "actor": officer})
        at = format_time(self.core.clock())
        event = Insert(EventRow(at, EXPORTED, row.message_id, told))
        self.core.journal.write(Plan(activity=(entry,), changes=(event,)))

    def _document(self, row: InboxRow, source: Received, wanted: Wanted, officer: str) -> Json:
        raw, _ = self.core.content(row)
        document: Any = parse_json(raw)
        header = document["header"]
        codes = sorted(source.handling)
        conditions = [f"{code}: {_CONDITIONS[code]}" for code in codes]
        consents = self._consents(source) if wanted.use == COURT else []
        return {
            "message_id": row.message_id,
            "sender": row.sender,
            "received_at": row.received_at,
            "use": wanted.use,
            "unit": wanted.unit,
            "exported_by": officer,
            "exported_at": format_time(self.core.clock()),
            "purpose": str(source.purpose),
            "handling": codes,
            "handling_note": header.get("handling_note", ""),
            "conditions": [*conditions, *(c["conditions"] for c in consents if c["conditions"])],
            "consents": consents,
            "readers": list(readers_of(self.core.directory, row.agreement, row.grant_id)),
            "agreement": row.agreement,
            "grant": row.grant_id,
            "withdrawn": row.withdrawn,
            "origin": row.origin,
            "index": row.leaf_index,
            "leaf": row.leaf.hex(),
            "header": header,
            "body": document["body"],
            "message": b64(raw),
        }

    def _consents(self, source: Received) -> list[Json]:
        """The consents to use before a court that hold today, with what their provider set."""
        today, provided = self.core.clock().date(), self.core.known.provided
        found = consented(source, provided.consents((source.message_id,)), Use.COURT, today)
        ends = {one.expires_on.isoformat() if one.expires_on else "" for one in found}
        rows = self.core.store.rows(
            ConsentRow,
            Where("message_id", "=", source.message_id),
            Where("provider", "=", source.provider),
            Where("use", "=", str(Use.COURT)),
            Where("decision", "=", "granted"),
        )
        valid = [row for row in rows if row.expires_on in ends]
        return [
            {
                "decision_id": row.decision_id,
                "expires_on": row.expires_on,
                "conditions": conditions_of(self.core, row),
            }
            for row in valid
        ]


def conditions_of(core: Core, row: ConsentRow) -> str:
    """What a provider's decision says besides yes; empty where that is all, or it was erased."""
    rows: Sequence[InboxRow] = core.store.rows(
        InboxRow, Where("message_id", "=", row.decision_id), Where("sender", "=", row.provider)
    )
    message = core.known.provided.message(rows[0]) if rows else None
    body = message.body if message is not None else None
    return (body.conditions or "") if isinstance(body, ConsentDecision) else ""


def _check_standing(row: InboxRow) -> None:
    if row.hold or row.state == "held" or row.withdrawn not in WEAKER:
        raise Refused(
            "the message is held, or its sender has called it back",
            rule=STANDING,
            field="message_id",
            remedy="take the message that stands now",
        )
    if not row.opened_at:
        raise Conflict(
            "nobody has read this message yet",
            field="message_id",
            remedy="open it first: relec show --open",
        )
