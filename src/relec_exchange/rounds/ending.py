"""What will end: cards, agreements, sealing keys, the certificate, consents, legal holds.

Contract: `endings` reads the directory and the store and decides nothing. What was replaced or has
ended otherwise is not among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from relec_exchange.message.identifiers import parse_time
from relec_exchange.ports import Store
from relec_exchange.records import ConsentRow, LegalHoldRow, Where
from relec_exchange.trust.directory import Directory

AHEAD_DAYS: Final = (60, 30, 7)
Certificate = Callable[[], datetime | None]
"""When the certificate for the broker ends; None if there is none."""

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Ending:
    """`what` ends: card, agreement, sealing, certificate, consent or legal-hold. `subject` is the
    node, the text (`sha256/` and 16 digits), the request or the hold.
    """

    what: str
    subject: str
    ends: datetime

    def days(self, now: datetime) -> int:
        """Whole days left, begun ones counted; 0 and less when it is over."""
        return -((now - self.ends) // _DAY)


def endings(store: Store, directory: Directory, certificate: Certificate) -> list[Ending]:
    """Everything that ends, the next one first."""
    found = [*_of_trust(directory, certificate), *_of_store(store)]
    return sorted(found, key=lambda one: (one.ends, one.what, one.subject))


def _of_trust(directory: Directory, certificate: Certificate) -> Iterator[Ending]:
    for node in directory.nodes():
        yield Ending("card", node, directory.card(node).card.valid_until)
    if directory.own in directory.members:
        epochs = directory.card(directory.own).card.sealing
        yield Ending("sealing", directory.own, max(epoch.ends for epoch in epochs))
    for digest, ends in _agreements(directory).items():
        yield Ending("agreement", f"sha256/{digest[:16]}", ends)
    end = certificate()
    if end is not None:
        yield Ending("certificate", directory.own, end)


def _agreements(directory: Directory) -> dict[str, datetime]:
    """The texts that run to their own end between us and somebody: none follows, none ended it."""
    found: dict[str, datetime] = {}
    for node in directory.nodes():
        pair = directory.pair(directory.own, node) if node != directory.own else None
        for span in pair.spans if pair is not None else ():
            if span.ends == span.signed.agreement.valid_until:
                found[span.signed.hash] = span.ends
    return found


def _of_store(store: Store) -> Iterator[Ending]:
    for hold in store.rows(LegalHoldRow, Where("ended_at", "=", ""), blobs=False):
        yield Ending("legal-hold", hold.hold_id, _moment(hold.until))
    for consent in store.rows(ConsentRow, Where("decision", "=", "granted")):
        if consent.expires_on:
            yield Ending("consent", consent.request_id, _moment(consent.expires_on))


def _moment(text: str) -> datetime:
    """A time of the store; a day ends with its last moment."""
    if len(text) > len("2026-11-22"):
        return parse_time(text)
    return datetime.combine(datetime.fromisoformat(text).date() + _DAY, time(), UTC)
