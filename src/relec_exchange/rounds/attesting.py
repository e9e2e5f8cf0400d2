"""Says to the other end that a message is gone, once that is true of all of it.

Contract: the sender attests its own copies when its content is gone and no resend request can be
answered any more. The recipient attests when its content is gone, the sender has attested, every
sealing key that an envelope of the message may have been sealed to is destroyed, and nothing sealed
to those lies in the quarantine: then nobody opens it again, from a recording neither. One
attestation for each message with data of some level, written by the node, once; what cannot be sent
now is tried again the next day. Copies that units were given are not spoken of. Used by the rounds
thread only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from relec_exchange.errors import IntegrityFailure, RelecError, Unavailable
from relec_exchange.journal.control import reachable
from relec_exchange.journal.erasure import Row, peer_of
from relec_exchange.journal.plan import Plan, Send, joined
from relec_exchange.journal.writer import Journal
from relec_exchange.message.bodies.amendments import Shredded
from relec_exchange.message.codes import DataLevel, Purpose
from relec_exchange.message.document import Message, compose, read_document
from relec_exchange.message.identifiers import format_time, message_id, parse_time
from relec_exchange.ports import Random, SealingKeys, Store
from relec_exchange.records import (
    EventRow,
    ExtractRow,
    InboxRow,
    Insert,
    OutboxRow,
    Update,
    Where,
)
from relec_exchange.rounds.epochs import Epochs, resend_life
from relec_exchange.rounds.leftovers import Leftovers
from relec_exchange.rounds.own_words import UNIT, node_send
from relec_exchange.trust.decide import Denied
from relec_exchange.trust.directory import Directory

TYPE: Final = "shred.attestation"
PAGE: Final = 64
"""Attestations of one transaction."""

Place = tuple[type[InboxRow] | type[OutboxRow], int]


class Attesting:
    """See the module."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        directory: Callable[[], Directory],
        keys: SealingKeys,
        random: Random,
    ) -> None:
        self._store = store
        self._journal = journal
        self._directory = directory
        self._keys = keys
        self._random = random
        self._epochs = Epochs(store, directory)
        self._leftovers = Leftovers(store)
        self._open: dict[Place, None] | None = None
        self._told = 0
        self._done: date | None = None
        self._rest: list[Place] = []

    def tick(self, now: datetime) -> None:
        """Once a day everything that may be attested now; a portion in each turn."""
        if self._done != now.date():
            self._clear(now)
            self._learn()
            self._rest = list(self._open or ())
            self._done = now.date()
        if self._rest:
            portion, self._rest = self._rest[:PAGE], self._rest[PAGE:]
            self._attest(portion, now)

    # ---- what is there -------------------------------------------------------------------------

    def _clear(self, now: datetime) -> None:
        """What was set aside when the key it is sealed to was just being destroyed, and what is
        older than any key that we may still have.
        """
        times = self._directory().times()
        oldest = now - 2 * resend_life(times) - timedelta(seconds=times.sealing_epoch_max_seconds)
        gone = self._leftovers.sealed_to(self._epochs.gone(self._keys))
        gone += self._leftovers.older_than(format_time(oldest))
        if gone:
            self._journal.write(Plan(changes=tuple(gone)))

    def _learn(self) -> None:
        """Erased messages that are not attested: all at the first time, then what was added."""
        if self._open is None:
            newest = self._store.rows(EventRow, order="-row", limit=1)
            self._told = newest[0].row if newest else 0
            self._open = dict.fromkeys(self._all_open())
            return
        events = self._store.rows(
            EventRow,
            Where("row", ">", self._told),
            Where("kind", "=", "message.erased"),
            order="row",
        )
        if not events:
            return
        self._told = events[-1].row
        ids = sorted({event.ref for event in events})
        named = Where("message_id", "in", ids)
        self._open |= dict.fromkeys(
            [*self._places(InboxRow, named), *self._places(OutboxRow, named)]
        )

    def _all_open(self) -> Iterable[Place]:
        erased = Where("erased_at", "!=", "")
        return [*self._places(InboxRow, erased), *self._places(OutboxRow, erased)]

    def _places(self, kind: type[InboxRow] | type[OutboxRow], condition: Where) -> list[Place]:
        rows: list[Row] = []
        rows += self._store.rows(
            kind,
            condition,
            Where("attested_at", "=", ""),
            Where("data_level", "!=", str(DataLevel.NONE)),
            Where("cls", "!=", "control"),
            blobs=False,
        )
        return [(kind, row.row) for row in rows if _concerns(row)]

    # ---- what may be said ----------------------------------------------------------------------

    def _attest(self, places: Sequence[Place], now: datetime) -> None:
        plans = [plan for row in self._rows(places) if (plan := self._plan(row, now)) is not None]
        if not plans:
            return
        try:
            self._journal.write(joined(plans[0], *plans[1:]))
        except (Unavailable, IntegrityFailure):
            raise
        except RelecError:  # one partner that cannot be sealed to keeps no other waiting
            for answer in self._journal.write_all(plans):
                if isinstance(answer, (Unavailable, IntegrityFailure)):
                    raise answer from None

    def _rows(self, places: Sequence[Place]) -> list[Row]:
        """The records that are still open; of the others is not thought again."""
        rows: list[Row] = []
        for kind in (InboxRow, OutboxRow):
            numbers = [number for one, number in places if one is kind]
            rows += self._store.rows(kind, Where("row", "in", numbers), blobs=False)
        for row in rows:
            if row.attested_at and self._open is not None:
                self._open.pop((type(row), row.row), None)
        return [row for row in rows if not row.attested_at]

    def _plan(self, row: Row, now: datetime) -> Plan | None:
        """The attestation of one message; None if it is not true yet, or cannot be sent now."""
        if row.key_id or not row.erased_at or not self._true(row, now):
            return None
        directory = self._directory()
        if not reachable(directory, peer_of(row), now):
            return None
        for purpose in Purpose:  # the message's own went with it: any that an agreement allows
            message = self._compose(row, purpose, now)
            own = node_send(message, directory, now, self._random, row.thread)
            if not isinstance(own, Denied):
                return self._sent(row, own, now)
        return None

    def _true(self, row: Row, now: datetime) -> bool:
        times = self._directory().times()
        if isinstance(row, OutboxRow):
            return row.expires_at < format_time(now)
        late = timedelta(seconds=times.clock_ahead_seconds)
        until = parse_time(row.received_at) + resend_life(times) + late
        over = until < now and row.epoch not in self._keys.sealing_ids()
        return bool(row.peer_attested_at) and over and not self._epochs.opens(self._keys, until)

    def _sent(self, row: Row, own: tuple[Send, dict[str, bytes]], now: datetime) -> Plan:
        send, secrets = own
        at = format_time(now)
        done = Update(
            type(row), {"row": row.row, "attested_at": ""}, {"attested_at": at}, must=True
        )
        data = json.dumps({"type": row.type, "peer": peer_of(row)})
        event = Insert(EventRow(at, "message.attested", row.message_id, data))
        return Plan(sends=(send,), changes=(done, event), secrets=secrets)

    def _compose(self, row: Row, purpose: Purpose, now: datetime) -> Message:
        directory = self._directory()
        header = {
            "message_id": message_id(now, self._random(10)),
            "type": TYPE,
            "schema_version": 1,
            "sender": directory.own,
            "recipient": peer_of(row),
            "exercise": directory.network_kind == "exercise",
            "created_at": format_time(now),
            "sender_unit": UNIT,
            "author_role": "system",
            "area": row.area,
            "purpose": str(purpose),
            "data_level": str(DataLevel.NONE),
            "handling": ["H0"],
            "urgency": "routine",
            "language": "en",
        }
        body = {
            "leaf": row.leaf.hex(),
            "destroyed_at": format_time(now),
            "what": [str(one) for one in self._what(row)],
        }
        return compose(*read_document({"header": header, "body": body}))

    def _what(self, row: Row) -> list[Shredded]:
        what = [Shredded.CONTENT, Shredded.CONTENT_KEY, Shredded.SALT]
        if isinstance(row, OutboxRow):
            what.append(Shredded.SENDER_COPY)
        else:
            what += [Shredded.SEALING_KEY, Shredded.QUARANTINED]
        sender = row.sender if isinstance(row, InboxRow) else self._directory().own
        mine = Where("message_id", "=", row.message_id), Where("sender", "=", sender)
        if self._store.count(ExtractRow, *mine):
            what.append(Shredded.EXTRACTS)
        return what


def _concerns(row: Row) -> bool:
    """Whether the other end has, or had, the message."""
    return isinstance(row, InboxRow) or row.wire_code == "accepted"
