"""Texts of agreements that somebody proposes: kept, told, and shown until they are signed.

Contract: a proposal binds nobody and changes no decision. Only its form is judged, and that it
names both ends. It joins the receiving transaction, so a kill loses none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import structlog

from relec_exchange.errors import Conflict, InvalidInput, NotFound, RelecError
from relec_exchange.journal.arrived import Arrived
from relec_exchange.journal.control import control_send, reachable
from relec_exchange.journal.plan import EntryFields, Plan, Send, joined
from relec_exchange.message.bodies.control import AgreementPropose
from relec_exchange.message.identifiers import format_time
from relec_exchange.ports import Random, Store
from relec_exchange.records import Change, Delete, EventRow, Insert, NoteRow, Where
from relec_exchange.trust.agreement import Agreement, read_agreement
from relec_exchange.trust.directory import Directory

KIND: Final = "proposal"
KEPT_MAX: Final = 50
"""Proposals of one node that are kept; beyond, the oldest goes."""


class Proposals:
    """Handles `agreement.propose`; its plans join the receiving transaction."""

    def __init__(self, store: Store, directory: Callable[[], Directory]) -> None:
        self._store = store
        self._directory = directory

    def handle(self, arrived: Sequence[Arrived], now: datetime) -> Plan:
        """Keep what can be read; the rest is only named in the process log."""
        plans = []
        seen: set[str] = set()
        for item in arrived:
            body, sender = item.message.body, item.message.header.sender
            if not isinstance(body, AgreementPropose):
                continue
            try:
                agreement = checked(self._directory(), body.text, (sender,))
                digest = _digest(body.text)
                if digest not in seen:
                    seen.add(digest)
                    plans.append(kept(self._store, agreement, body.text, sender, now))
            except Conflict:
                continue  # it is here already
            except RelecError as error:
                structlog.get_logger().warning("proposal.refused", code=error.code, peer=sender)
        return joined(Plan(), *plans)


def checked(directory: Directory, text: str, others: Sequence[str]) -> Agreement:
    """The agreement of a text that this node and the others would sign.

    Raises what `read_agreement` raises, and InvalidInput if it is of another network or leaves a
    party out.
    """
    agreement = read_agreement(text)
    here = (directory.network, directory.network_kind)
    if (agreement.network, agreement.network_kind) != here:
        raise InvalidInput("the text is of another network", field="network")
    for node in (directory.own, *others):
        if not agreement.names(node):
            raise InvalidInput(f"{node} is no party of this text", field="parties")
    return agreement


def kept(store: Store, agreement: Agreement, text: str, proposer: str, now: datetime) -> Plan:
    """The plan that keeps a proposal; Conflict if the same text was proposed before."""
    digest, at = _digest(text), format_time(now)
    if store.count(NoteRow, Where("kind", "=", KIND), Where("hash", "=", digest)):
        raise Conflict("this text was proposed before", field="text")
    mine = (Where("kind", "=", KIND), Where("subject", "=", proposer))
    before = store.rows(NoteRow, *mine, order="adopted_at")
    version = agreement.version
    entry: EntryFields = {
        "kind": "adopted",
        "network": agreement.network,
        "what": KIND,
        "subject": proposer,
        "version": version,
        "hash": digest,
    }
    told = json.dumps({"peer": proposer})
    changes: list[Change] = [
        Insert(NoteRow(KIND, digest, proposer, version, text.encode(), at), ignore=True),
        Insert(EventRow(at, "proposal.received", f"sha256/{digest[:16]}", told)),
    ]
    changes += [
        Delete(NoteRow, {"kind": KIND, "hash": row.hash})
        for row in before[: max(0, len(before) + 1 - KEPT_MAX)]
    ]
    return Plan(exchange=(entry,), changes=tuple(changes))


def proposing(
    directory: Directory, text: str, to: Sequence[str], now: datetime, random: Random
) -> Plan:
    """The messages that propose a text to these nodes; NotFound if one cannot be reached."""
    sends: list[Send] = []
    secrets: dict[str, bytes] = {}
    for node in to:
        if not reachable(directory, node, now):
            raise NotFound(
                f"there is no route to {node}",
                field="to",
                remedy="bring the file by courier, or have both cards list each other",
            )
        body = {"text": text}
        send, more = control_send(directory, node, "agreement.propose", body, now, random)
        sends.append(send)
        secrets.update(more)
    return Plan(sends=tuple(sends), secrets=secrets)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
