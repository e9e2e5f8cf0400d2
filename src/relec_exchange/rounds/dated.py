"""The terms of records that have none yet, or for which the national rule has become shorter.

Contract: a term is never made longer. Records of former versions get the term that their message
and the shortest grant which may have let it go give them; where neither can be read any more, the
national rule and five years count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, timedelta

from relec_exchange.errors import IntegrityFailure, Unverified
from relec_exchange.journal.content import read_message
from relec_exchange.journal.erasure import Row, peer_of
from relec_exchange.journal.retention_term import Term, term
from relec_exchange.message.header import Header
from relec_exchange.message.identifiers import parse_time
from relec_exchange.ports import Store, Vault
from relec_exchange.protection.retention import Policy, Terms, erase_on
from relec_exchange.records import Change, InboxRow, Update, Where
from relec_exchange.trust.directory import Directory


class Dated:
    """Used by one thread only."""

    def __init__(
        self, store: Store, vault: Vault, directory: Callable[[], Directory], policy: Policy
    ) -> None:
        self._store = store
        self._vault = vault
        self._directory = directory
        self._policy = policy

    def changes(self, rows: Sequence[Row]) -> list[Change]:
        """What brings these records to the terms that hold now."""
        found: list[Change] = []
        for row in rows:
            kept = self._shorter(row) if row.erase_on else self._first(row)
            if kept is not None:
                found.append(Update(type(row), {"row": row.row}, dict(kept)))
        return found

    def _shorter(self, row: Row) -> dict[str, str] | None:
        days = self._policy.national_days.get(row.data_level)
        if days is None:
            return None
        ends = (came(row) + timedelta(days=days)).isoformat()
        return {"erase_on": ends} if ends < row.erase_on else None

    def _first(self, row: Row) -> Term:
        header = self._header(row)
        days = self._agreed(row)
        at = parse_time(_at(row))
        if header is not None:
            return term(self._policy, header, days, at)
        terms = Terms(self._policy.national_days.get(row.data_level), days or None)
        return Term(erase_on=erase_on(at.date(), terms).isoformat(), review_on="")

    def _header(self, row: Row) -> Header | None:
        whole = self._store.rows(type(row), Where("row", "=", row.row))
        with suppress(Unverified, IntegrityFailure):
            message = read_message(whole[0], self._vault)
            if message is not None and isinstance(message.header, Header):
                return message.header
        return None

    def _agreed(self, row: Row) -> int:
        """Days of the grant it went by, or of the shortest that fits; 0 if none is known."""
        directory = self._directory()
        peer = peer_of(row)
        ends = (peer, directory.own) if isinstance(row, InboxRow) else (directory.own, peer)
        texts = [one for key, one in directory.agreements.items() if row.agreement in ("", key)]
        fits = [
            grant.retention_days
            for held in texts
            for grant in held.agreement.grants
            if row.grant_id in ("", grant.id) and row.type in grant.types and grant.covers(*ends)
        ]
        return min(fits, default=0)


def came(row: Row) -> date:
    """The day on which a message came or went."""
    return parse_time(_at(row)).date()


def _at(row: Row) -> str:
    return row.received_at if isinstance(row, InboxRow) else row.sent_at or row.submitted_at
