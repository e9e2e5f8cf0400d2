"""A message as evidence: one file that shows others what was logged, by whom, and who saw it.

Contract: with its content a message leaves the node for a court, so the officer signs for that and
the rules of an export for a court hold; of a message of ours they hold for all that it uses of
others. Without content the access is logged. What the file proves is judged before it is given out.
"""

from __future__ import annotations

import json

from relec_exchange.audit.evidence import Bundle, ContentPart, LoggedPart, encode_bundle
from relec_exchange.audit.evidence_judging import judge_evidence
from relec_exchange.audit.evidence_report import OUTCOMES
from relec_exchange.desk.audit import AuditDesk
from relec_exchange.desk.auditing_access import EVIDENCE
from relec_exchange.desk.core import Core, Json
from relec_exchange.desk.evidence_logs import LoggedParts
from relec_exchange.desk.evidence_trust import (
    agreements_of,
    cards_of,
    compared,
    moments_of,
    notices_of,
    policy_of,
)
from relec_exchange.desk.exports import COURT, EXPORTED, ExportDesk
from relec_exchange.errors import Conflict, Refused
from relec_exchange.journal.plan import EntryFields, Plan
from relec_exchange.message.document import parse_message
from relec_exchange.message.encoding import b64, unb64
from relec_exchange.message.identifiers import format_time
from relec_exchange.protection.third_party import before_a_court
from relec_exchange.records import EventRow, InboxRow, Insert, OutboxRow
from relec_exchange.trust.officer import Act, Officer, Role


class EvidenceDesk:
    """See the module."""

    def __init__(self, core: Core, audit: AuditDesk, exports: ExportDesk) -> None:
        self.core = core
        self._exports = exports
        self._parts = LoggedParts(core, audit)

    def bundle(self, message_id: str, direction: str | None, officer: str, reason: str) -> Json:
        """`answers.EvidenceBundle` with the commitment alone, logged.

        Errors: NotFound (no such message), Conflict (not logged yet).
        """
        row = self.core.found(message_id, direction)
        made = self._made(row, None)
        self.core.log_access(officer, EVIDENCE, f"{message_id}/{reason}" if reason else message_id)
        return made

    def bundle_with_content(self, given: Json, officer: str, signature: bytes) -> Json:
        """`answers.EvidenceBundle` with the message. Given: message_id, direction or None, reason.

        Errors: Refused (P7, `export-standing`, `export-sealed`), NotFound (erased), Conflict.
        """
        row = self.core.found(given["message_id"], given["direction"])
        reader = self._exports.officer(officer).require(Role.RELEASER)
        _check_logged(row)
        reader.verify(Act.EXPORT, row.leaf, signature, COURT)
        raw, salt = self.core.content(row)
        if isinstance(row, InboxRow):
            self._exports.require_standing(row, parse_message(raw), reader.unit, COURT)
        else:
            self._check_ours(raw)
        made = self._made(row, ContentPart(message=b64(raw), salt=b64(salt)))
        self._log(row, reader, signature, given["reason"])
        return made

    def _check_ours(self, raw: bytes) -> None:
        """What a message of ours uses of others' may stand before a court, too."""
        today = self.core.clock().date()
        sources, consents = self.core.known.provided.facts(parse_message(raw))
        for source in sources:
            mine = [one for one in consents if one.message_id == source.message_id]
            for found in before_a_court(source, mine, today):
                raise Refused(found.text, rule=found.rule, field=found.field, remedy=found.remedy)

    def _made(self, row: InboxRow | OutboxRow, content: ContentPart | None) -> Json:
        _check_logged(row)
        data = encode_bundle(self._gathered(row, content))
        report = judge_evidence(data, compared(self.core.directory))
        return {
            "message_id": row.message_id,
            "bundle": data.decode(),
            "outcome": report.outcome,
            "summary": OUTCOMES[report.outcome],
            "statements": [
                {"status": s.status, "code": s.code, "text": s.text, "by": s.by, "part": s.part}
                for s in report.statements
            ],
        }

    def _gathered(self, row: InboxRow | OutboxRow, content: ContentPart | None) -> Bundle:
        directory = self.core.directory
        received: LoggedPart | None = None
        if isinstance(row, InboxRow):
            accepted, sent = self._parts.accepted(row.leaf)
            received = self._parts.received(accepted)
            receipts, nodes = [], (row.sender, directory.own)
        else:
            sent = self._parts.own(row.origin, row.leaf_index)
            receipts, nodes = self._parts.receipts(row.leaf), (directory.own, row.recipient)
        shown = [(nodes[0], sent), *((nodes[1], one) for one in (*receipts, received) if one)]
        notes = [(node, one.cosigned.note) for node, one in shown if one.cosigned]
        policy = ""
        if sent.cosigned:
            policy = policy_of(directory, row.origin, nodes[0], sent.cosigned.note)
        named = json.loads(unb64(sent.entry))["agreement"]
        return Bundle(
            format="relec/v1 evidence",
            network=directory.network,
            sent=sent,
            content=content,
            receipts=receipts,
            received=received,
            agreements=agreements_of(directory, named, nodes),
            notices=notices_of(directory, nodes),
            cards=cards_of(directory, moments_of(directory, notes)),
            policy=policy,
        )

    def _log(
        self, row: InboxRow | OutboxRow, reader: Officer, signature: bytes, reason: str
    ) -> None:
        entry: EntryFields = {
            "kind": "exported",
            "network": self.core.directory.network,
            "actor": reader.name,
            "id": row.message_id,
            "leaf": row.leaf.hex(),
            "use": COURT,
            "signature": b64(signature),
        }
        ref = f"{row.message_id}/{reason}" if reason else row.message_id
        told = json.dumps({"use": COURT, "unit": reader.unit, "actor": reader.name})
        event = Insert(EventRow(format_time(self.core.clock()), EXPORTED, row.message_id, told))
        looked = self.core.access(reader.name, EVIDENCE, ref)
        self.core.journal.write(Plan(activity=(entry, looked), changes=(event,)))


def _check_logged(row: InboxRow | OutboxRow) -> None:
    if not row.leaf or row.leaf_index < 0:
        raise Conflict(
            "the message is not logged yet",
            field="message_id",
            remedy="release it first, or wait until it has left",
        )
