"""Who received data on one reference: the answer to a person who asks what was done with theirs.

Contract: no content. The reference is looked for in the headers of all messages that are still
readable here, and as the id of a message or a thread. Who asked and why is kept encrypted, under
the id of the report; the log has that id and nothing else, for a reference may name a person.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final, TypeVar

from relec_exchange.desk.core import Core, Json
from relec_exchange.desk.exports import EXPORTED
from relec_exchange.desk.recalls import passed_to
from relec_exchange.errors import InvalidInput, NotFound, Unverified
from relec_exchange.journal.content import read_content, store_content
from relec_exchange.journal.plan import Plan
from relec_exchange.journal.threads import WITHDRAWING, Row, Threads, other_end
from relec_exchange.message.encoding import parse_json
from relec_exchange.message.identifiers import format_time, message_id
from relec_exchange.records import (
    CommentRow,
    DeliveryRow,
    EventRow,
    ExtractRow,
    InboxRow,
    Insert,
    OutboxRow,
    Where,
)
from relec_exchange.trust.officer import Officer, Role

REASON_MAX: Final = 1_000
REF_MAX: Final = 200
ANSWERERS: Final = (Role.RELEASER, Role.PROTECTION_DESK)
_ID_BYTES: Final = 10
_SALT_BYTES: Final = 32
_PAGE: Final = 200

R = TypeVar("R", InboxRow, OutboxRow)


class SubjectDesk:
    """See the module."""

    def __init__(self, core: Core, officer: Callable[[str], Officer]) -> None:
        self.core = core
        self._officer = officer
        self._threads = Threads(core.store)

    def subject_report(self, ref: str, reason: str, officer: str) -> Json:
        """`answers.SubjectReport`, logged first. NotFound if nothing has the reference."""
        self._officer(officer).require(*ANSWERERS)
        _check(ref, "ref", REF_MAX)
        _check(reason, "reason", REASON_MAX)
        report_id = self._asked(ref, reason, officer)
        named = self._named(ref)
        if not named:
            raise NotFound(
                "no message that can still be read here has this reference",
                field="ref",
                remedy="give the id of the message or of its thread: it outlives the content",
            )
        rows = self._all(named)
        sent = [row for row in rows if isinstance(row, OutboxRow) and row.sent_at]
        came = [row for row in rows if isinstance(row, InboxRow)]
        return {
            "report_id": report_id,
            "ref": ref,
            "made_by": officer,
            "made_at": format_time(self.core.clock()),
            "sent": [self._sent(row) for row in sent],
            "received": [self._came(row) for row in came],
        }

    def _asked(self, ref: str, reason: str, officer: str) -> str:
        now = self.core.clock()
        report_id = message_id(now, self.core.random(_ID_BYTES))
        asked = json.dumps({"ref": ref, "reason": reason}).encode()
        salt = self.core.random(_SALT_BYTES)
        stored = store_content(f"subject/{report_id}", asked, salt, self.core.random)
        row = CommentRow(report_id, format_time(now), officer, stored.key_id, stored.content)
        entry = self.core.access(officer, "subject-report", report_id)
        self.core.journal.write(
            Plan(activity=(entry,), changes=(Insert(row),), secrets=stored.secrets)
        )
        return report_id

    # ---- finding -------------------------------------------------------------------------------

    def _named(self, ref: str) -> list[Row]:
        """What has this reference: as its id, its thread, or in its header."""
        found: list[Row] = [*self._threads.found(ref)]
        by_thread = Where("thread", "=", ref)
        found += self.core.store.rows(InboxRow, by_thread, blobs=False)
        found += self.core.store.rows(OutboxRow, by_thread, blobs=False)
        if not found:
            found += self._with_reference(InboxRow, ref)
            found += self._with_reference(OutboxRow, ref)
        return found

    def _with_reference(self, kind: type[R], ref: str) -> Iterator[R]:
        text, after = json.dumps(ref, ensure_ascii=False).encode(), 0
        while page := self.core.store.rows(
            kind, Where("row", ">", after), Where("cls", "!=", "control"), order="row", limit=_PAGE
        ):
            after = page[-1].row
            secrets = self.core.vault.get([row.key_id for row in page])
            for row in page:
                if row.key_id in secrets and row.content:
                    raw, _ = read_content(row, secrets[row.key_id])
                    if text in raw and ref in _references(raw):
                        yield row

    def _all(self, named: list[Row]) -> list[Row]:
        """The threads of these messages, and what was made from any of them; each once, by age."""
        found: dict[tuple[bool, str, str], Row] = {}
        for row in named:
            thread, peer = row.thread or row.message_id, other_end(row)
            whole = [one for one in self._threads.rows(thread) if other_end(one) == peer]
            for one in whole or [row]:
                found.setdefault(_key(one), one)
        for row in list(found.values()):
            for made in self.core.known.derivations.reach(row.message_id):
                found.setdefault(_key(made), made)
        return sorted(found.values(), key=_age)

    # ---- telling -------------------------------------------------------------------------------

    def _sent(self, row: OutboxRow) -> Json:
        return {
            **self._common(row),
            "recipient": row.recipient,
            "at": row.sent_at,
            "opened_at": row.opened_at,
            "amendments": [_amendment(one) for one in self._amendments(row)],
            "passed_to": self._passed_to(row),
        }

    def _came(self, row: InboxRow) -> Json:
        given = self.core.store.rows(
            DeliveryRow,
            Where("message_id", "=", row.message_id),
            Where("sender", "=", row.sender),
            order="row",
        )
        return {
            **self._common(row),
            "sender": row.sender,
            "at": row.received_at,
            "opened_at": row.opened_at,
            "opened_by": row.opened_by,
            "units": sorted({row.unit, *(one.unit for one in given)} - {""}),
        }

    def _common(self, row: Row) -> Json:
        return {
            "message_id": row.message_id,
            "type": row.type,
            "area": row.area,
            "purpose": self._purpose(row),
            "data_level": row.data_level,
            "agreement": row.agreement,
            "grant": row.grant_id,
            "state": row.state,
            "withdrawn": row.withdrawn,
            "erased_at": row.erased_at,
            "given_out": [*self._exports(row), *self._extracts(row)],
        }

    def _purpose(self, row: Row) -> str:
        whole = self.core.store.rows(type(row), Where("row", "=", row.row))
        message = self.core.known.provided.message(whole[0]) if whole else None
        return str(getattr(message.header, "purpose", "")) if message is not None else ""

    def _amendments(self, row: OutboxRow) -> list[OutboxRow]:
        return self.core.store.rows(
            OutboxRow,
            Where("about", "=", row.message_id),
            Where("recipient", "=", row.recipient),
            Where("type", "in", WITHDRAWING),
            order="row",
            blobs=False,
        )

    def _passed_to(self, row: OutboxRow) -> list[str]:
        asked = [row.message_id, *(one.message_id for one in self._amendments(row))]
        return list(dict.fromkeys(name for names in passed_to(self.core, asked) for name in names))

    def _exports(self, row: Row) -> Iterator[Json]:
        about = (Where("kind", "=", EXPORTED), Where("ref", "=", row.message_id))
        for event in self.core.store.rows(EventRow, *about) if isinstance(row, InboxRow) else ():
            told: Json = json.loads(event.data)
            yield {"at": event.at, "use": told["use"], "unit": told["unit"], "by": told["actor"]}

    def _extracts(self, row: Row) -> Iterator[Json]:
        about = Where("message_id", "=", row.message_id)
        for one in self.core.store.rows(ExtractRow, about, blobs=False):
            if one.released_at:
                yield {"at": one.released_at, "use": "public", "unit": "", "by": one.released_by}


def _references(raw: bytes) -> tuple[str, str]:
    with suppress(InvalidInput, Unverified):
        document: Any = parse_json(raw)
        header = document["header"]
        return header.get("own_ref", ""), header.get("your_ref", "")
    return "", ""


def _amendment(row: OutboxRow) -> Json:
    return {
        "message_id": row.message_id,
        "type": row.type,
        "at": row.sent_at,
        "state": row.state,
        "answered_at": row.answered_at,
        "outcome": row.outcome,
    }


def _key(row: Row) -> tuple[bool, str, str]:
    return isinstance(row, InboxRow), row.message_id, other_end(row)


def _age(row: Row) -> str:
    return row.received_at if isinstance(row, InboxRow) else row.sent_at or row.submitted_at


def _check(text: str, field: str, most: int) -> None:
    if not text.strip() or len(text) > most:
        raise InvalidInput(f"say it in 1 to {most} characters", field=field)
