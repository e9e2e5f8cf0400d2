"""The protection register: who is under protection, known to the protection desk and to the rules.

Contract: only the role protection_desk comes here, and every access is logged by actor and entry,
never by what an entry says. Entries lie encrypted; the key of one that has ended is destroyed.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from pydantic import ValidationError

from relec_exchange.desk.core import Core, Json
from relec_exchange.errors import Conflict, InvalidInput, NotFound
from relec_exchange.journal.content import read_content, store_content
from relec_exchange.journal.plan import Plan
from relec_exchange.message.identifiers import format_time, message_id
from relec_exchange.protection.register import RegisterEntry
from relec_exchange.records import Insert, RegisterRow, Update, Where
from relec_exchange.trust.officer import Officer, Role


class RegisterDesk:
    """See the module."""

    def __init__(self, core: Core, officer: Callable[[str], Officer]) -> None:
        self.core = core
        self._officer = officer

    def register(self, officer: str) -> list[Json]:
        """All entries in force, with what they say."""
        self._officer(officer).require(Role.PROTECTION_DESK)
        rows = self.core.store.rows(RegisterRow, Where("ended_at", "=", ""), order="at")
        secrets = self.core.vault.get([row.key_id for row in rows])
        self.core.log_access(officer, "register-list")
        return [
            _listed(row, read_content(row, secrets[row.key_id])[0])
            for row in rows
            if row.key_id in secrets
        ]

    def add_registered(self, entry: Json, officer: str) -> Json:
        """Put a person under protection; the rules know of it when this returns."""
        self._officer(officer).require(Role.PROTECTION_DESK)
        core, now = self.core, self.core.clock()
        raw = _checked(entry).model_dump_json(exclude_none=True).encode()
        ident = message_id(now, core.random(10))
        stored = store_content(f"register/{ident}", raw, core.random(32), core.random)
        row = RegisterRow(ident, officer, format_time(now), "", stored.key_id, stored.content)
        core.journal.write(
            Plan(
                activity=(core.access(officer, "register-add", ident),),
                changes=(Insert(row),),
                secrets=stored.secrets,
            )
        )
        core.known.register_changed()
        return _listed(row, raw)

    def end_registered(self, entry_id: str, officer: str) -> Json:
        """The protection of a person ends; what the entry said is destroyed."""
        self._officer(officer).require(Role.PROTECTION_DESK)
        core, at = self.core, format_time(self.core.clock())
        rows = core.store.rows(RegisterRow, Where("entry_id", "=", entry_id))
        if not rows:
            raise NotFound("there is no such entry", field="entry_id")
        if rows[0].ended_at:
            raise Conflict("this entry has ended already", field="entry_id")
        core.journal.write(
            Plan(
                activity=(core.access(officer, "register-end", entry_id),),
                changes=(
                    Update(
                        RegisterRow,
                        {"entry_id": entry_id, "ended_at": ""},
                        {"ended_at": at, "content": b""},
                        must=True,
                    ),
                ),
            )
        )
        core.known.register_changed()
        core.vault.destroy([rows[0].key_id], "register-ended", at)
        return {"entry_id": entry_id, "at": rows[0].at, "officer": rows[0].officer, "ended_at": at}


def _checked(entry: Json) -> RegisterEntry:
    """The entry, or InvalidInput that names fields and never a value."""
    try:
        model = RegisterEntry.model_validate_json(json.dumps(entry))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        named = [(".".join(("entry", *map(str, one["loc"]))), one["msg"]) for one in faults]
        text = "; ".join(f"{where}: {what}" for where, what in named)
        raise InvalidInput(text, field=named[0][0]) from None
    if not (model.names or model.documents or model.phones):
        raise InvalidInput(
            "nobody is found by an entry without a name, a document or a phone",
            field="entry.names",
            remedy="give what a message might name the person by",
        )
    return model


def _listed(row: RegisterRow, raw: bytes) -> Json:
    entry = RegisterEntry.model_validate_json(raw)
    return {
        "entry_id": row.entry_id,
        "at": row.at,
        "officer": row.officer,
        "ended_at": row.ended_at,
        "entry": entry.model_dump(mode="json", exclude_none=True),
    }
