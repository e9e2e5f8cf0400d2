"""Messages in the making, kept for the officers of one unit until one of them submits them.

Contract: content lies encrypted, under a key that goes when the draft is changed or deleted.
Reading and changing are logged; nothing of a draft is in any log.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from relec_exchange.desk.core import Core, Json
from relec_exchange.errors import Conflict, InvalidInput, NotFound
from relec_exchange.journal.content import read_content, store_content
from relec_exchange.journal.plan import Plan
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.identifiers import format_time, message_id
from relec_exchange.records import Change, Delete, DraftRow, Put, Where
from relec_exchange.trust.officer import Officer, Role

WRITERS = (Role.SUBMITTER, Role.RELEASER, Role.PROTECTION_DESK)
DRAFTS_MAX: Final = 1000
"""Of one unit."""


class DraftDesk:
    """See the module."""

    def __init__(self, core: Core, officer: Callable[[str], Officer]) -> None:
        self.core = core
        self._officer = officer

    def save_draft(self, officer: str, document: Json, draft_id: str | None) -> Json:
        """Keep a draft {type, to, header, body}, or put it in place of the one with this id."""
        writer = self._officer(officer).require(*WRITERS)
        _check_readable(str(document["type"]))
        now, random = self.core.clock(), self.core.random
        plain = json.dumps(document, separators=(",", ":")).encode()
        if len(plain) > 2 * LIMITS.message_max_bytes:
            raise InvalidInput("the draft is larger than any message", field="body")
        before = self._mine(writer, draft_id) if draft_id else None
        if before is None:
            self._check_room(writer)
        ident = before.draft_id if before else message_id(now, random(10))
        stored = store_content(f"draft/{ident}", plain, random(32), random)
        row = DraftRow(
            draft_id=ident,
            officer=officer,
            unit=writer.unit,
            type=str(document["type"]),
            recipients=" ".join(document["to"]),
            updated_at=format_time(now),
            key_id=stored.key_id,
            content=stored.content,
        )
        self._write(officer, "draft-saved", ident, Put(row), stored.secrets)
        if before is not None:
            self.core.vault.destroy([before.key_id], "draft-changed", format_time(now))
        return _line(row)

    def drafts(self, officer: str) -> list[Json]:
        """The drafts of the officer's unit, newest first, without content."""
        reader = self._officer(officer).require(*WRITERS)
        rows = self.core.store.rows(
            DraftRow, Where("unit", "=", reader.unit), order="-updated_at", blobs=False
        )
        return [_line(row) for row in rows]

    def draft(self, draft_id: str, officer: str) -> Json:
        """One draft with its content."""
        row = self._mine(self._officer(officer).require(*WRITERS), draft_id)
        secret = self.core.vault.get([row.key_id]).get(row.key_id)
        if secret is None:
            raise NotFound("there is no such draft in your unit", field="draft_id")
        plain, _ = read_content(row, secret)
        self._write(officer, "draft-read", draft_id)
        document: dict[str, Any] = json.loads(plain)
        return {**_line(row), **document}

    def delete_draft(self, draft_id: str, officer: str) -> Json:
        """Remove a draft; its key is destroyed."""
        row = self._mine(self._officer(officer).require(*WRITERS), draft_id)
        self._write(officer, "draft-deleted", draft_id, Delete(DraftRow, {"draft_id": draft_id}))
        now = format_time(self.core.clock())
        self.core.vault.destroy([row.key_id], "draft-deleted", now)
        return _line(row)

    def _check_room(self, writer: Officer) -> None:
        if self.core.store.count(DraftRow, Where("unit", "=", writer.unit)) >= DRAFTS_MAX:
            raise Conflict(
                f"your unit has {DRAFTS_MAX} drafts",
                field="draft_id",
                remedy="send or delete some: relec draft list",
            )

    def _mine(self, reader: Officer, draft_id: str) -> DraftRow:
        rows = self.core.store.rows(DraftRow, Where("draft_id", "=", draft_id))
        if not rows or rows[0].unit != reader.unit:
            raise NotFound("there is no such draft in your unit", field="draft_id")
        return rows[0]

    def _write(
        self,
        officer: str,
        action: str,
        draft_id: str,
        change: Change | None = None,
        secrets: dict[str, bytes] | None = None,
    ) -> None:
        entry = self.core.access(officer, action, draft_id)
        changes = () if change is None else (change,)
        plan = Plan(activity=(entry,), changes=changes, secrets=secrets or {})
        self.core.journal.write(plan)


def _check_readable(type_name: str) -> None:
    """What only a unit may read does not lie here under a key of the node."""
    kind = CATALOGUE.get(type_name)
    if kind is not None and kind.sealed_to:
        raise InvalidInput(
            f"{type_name} is sealed to its unit and is not kept as a draft",
            field="type",
            remedy="keep it in a file of your own unit, and send it with: relec send file",
        )


def _line(row: DraftRow) -> Json:
    return {
        "draft_id": row.draft_id,
        "officer": row.officer,
        "unit": row.unit,
        "type": row.type,
        "to": row.recipients.split(),
        "updated_at": row.updated_at,
    }
