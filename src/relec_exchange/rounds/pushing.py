"""What this node tells at once when it adopts a note of its own authority, and whom.

A signature goes to the other parties, a termination or suspension to those it concerns, a
revocation to every partner, after the card with the new keys. Who cannot be reached now learns it
by the rounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from relec_exchange.journal.control import control_send, reachable
from relec_exchange.journal.plan import Plan, Send
from relec_exchange.ports import Random
from relec_exchange.rounds.routes import partners
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.note import Note
from relec_exchange.trust.notices import SignedNotice
from relec_exchange.trust.revocation import Revocation
from relec_exchange.trust.suspension import Suspension
from relec_exchange.trust.termination import Termination

_CARD: Final = "card.update"
_TYPES: Final = {
    "termination": "agreement.terminate",
    "suspension": "agreement.suspend",
    "revocation": "key.revoke",
}


def pushed(
    before: Directory, after: Directory, hashes: Iterable[str], now: datetime, random: Random
) -> Plan:
    """The messages about the adopted texts that are ours, sealed as the directory was before."""
    sends: list[Send] = []
    secrets: dict[str, bytes] = {}
    for recipient, name, note in _telling(before, after, hashes):
        if reachable(before, recipient, now):
            text = note.decode()
            body = {"cards": [text]} if name == _CARD else {"note": text}
            send, more = control_send(before, recipient, name, body, now, random)
            sends.append(send)
            secrets.update(more)
    return Plan(sends=tuple(sends), secrets=secrets)


def _telling(
    before: Directory, after: Directory, hashes: Iterable[str]
) -> Iterator[tuple[str, str, bytes]]:
    """(recipient, type, note) of what is to be told."""
    for digest in hashes:
        if digest in after.agreements:
            yield from _signature(before, after, digest)
        elif digest in after.notices and digest not in before.notices:
            yield from _notice(before, after.notices[digest])


def _signature(
    before: Directory, after: Directory, digest: str
) -> Iterator[tuple[str, str, bytes]]:
    """Our signature, where we had not signed before, for the other parties."""
    held, known = after.agreements[digest], before.agreements.get(digest)
    if after.own not in held.signers or (known is not None and after.own in known.signers):
        return
    note = Note(held.signed.text.encode(), tuple(held.verified[after.own])).encode()
    for node in partners(before):
        if held.agreement.names(node):
            yield node, "agreement.sign", note


def _notice(directory: Directory, signed: SignedNotice) -> Iterator[tuple[str, str, bytes]]:
    notice = signed.notice
    if notice.node != directory.own:
        return
    for node in partners(directory):
        if isinstance(notice, Revocation) and notice.kind != "authority":
            # First the card with the keys that follow: nobody is to be without any.
            yield node, _CARD, directory.card(directory.own).note
        if not isinstance(notice, (Termination, Suspension)) or notice.concerns(notice.node, node):
            yield node, _TYPES[signed.kind], signed.note
