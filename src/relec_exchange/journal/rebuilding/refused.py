"""What was set aside, held against the entries that count it: quarantine and its counts.

Contract: as `walks`. Entries count refused envelopes by source, reason and minute, once the
minute is over. Envelopes themselves stand in no entry; they go when the ring is full and when no
key opens them any more, so that only what had no reason to go is said to be missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from relec_exchange.journal.paging import pages
from relec_exchange.journal.rebuilding.acts import LEFT_ALONE, NO_ENTRY
from relec_exchange.journal.rebuilding.said import Said
from relec_exchange.journal.rebuilding.walks import Difference
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.identifiers import format_time, parse_time
from relec_exchange.ports import Store
from relec_exchange.records import Delete, Put, QuarantineCountRow, QuarantineRow, Update

KEPT: Final = timedelta(hours=23)
"""Counts that were told stay for a day after their minute."""

YOUNG: Final = timedelta(days=2)
"""No envelope goes for its age before."""

_LOST: Final = "no entry holds an envelope: if it was good, its sender sends it again when asked"
_BEYOND: Final = "more envelopes than were counted"

Key = tuple[str, str, str]


def quarantine_differences(store: Store, said: Said) -> Iterator[Difference]:
    """Counts that differ from the entries, and envelopes that were never or no longer counted."""
    counts = {_key(row): row for row in store.rows(QuarantineCountRow)}
    yield from _counts(counts, said)
    waiting = {key: row.count for key, row in counts.items() if not row.logged}
    counted = {**waiting, **said.quarantined}
    here: Counter[Key] = Counter()
    for rows in pages(store, QuarantineRow):
        here.update((_minute(row.at), row.source, row.reason) for row in rows)
    for key, many in sorted(here.items()):
        if key not in counted:
            yield Difference("quarantine", ":".join(key), NO_ENTRY, (), LEFT_ALONE)
        elif many > counted[key]:
            yield Difference("quarantine", ":".join(key), _BEYOND, (), LEFT_ALONE)
    yield from _missing(counted, here, said)


def _counts(counts: dict[Key, QuarantineCountRow], said: Said) -> Iterator[Difference]:
    limit = _before(said.newest, KEPT)
    for key, count in sorted(said.quarantined.items()):
        row = counts.get(key)
        right = QuarantineCountRow(*key, count, logged=True)
        if row is None and key[0] > limit:
            what = "the count is missing"
            yield Difference("quarantine_count", ":".join(key), what, (Put(right),))
        elif row is not None and row != right:
            values = {"count": count, "logged": True}
            named = {"minute": row.minute, "source": row.source, "reason": row.reason}
            change = Update(QuarantineCountRow, named, values)
            yield Difference("quarantine_count", ":".join(key), "count or logged", (change,))
    for key, row in sorted(counts.items()):
        if row.logged and key not in said.quarantined:
            gone = {"minute": row.minute, "source": row.source, "reason": row.reason}
            remedy = (Delete(QuarantineCountRow, gone),)
            yield Difference("quarantine_count", ":".join(key), NO_ENTRY, remedy)


def _missing(counted: dict[Key, int], here: Counter[Key], said: Said) -> Iterator[Difference]:
    """Envelopes that nothing has pushed out: young ones, with room for all that came since."""
    if said.epochs_over:  # what is sealed to a key that is gone goes within a day
        return
    since = _before(said.newest, YOUNG)
    young = {key: many for key, many in counted.items() if key[0] > since}
    of_source: Counter[str] = Counter()
    for key, many in young.items():
        of_source[key[1]] += many
    room = sum(of_source.values()) <= LIMITS.quarantine_ring
    for key, many in sorted(young.items()):
        if room and of_source[key[1]] <= LIMITS.quarantine_per_source and here[key] < many:
            what = f"{many - here[key]} of {many} envelopes are missing"
            yield Difference("quarantine", ":".join(key), what, (), _LOST)


def _key(row: QuarantineCountRow) -> Key:
    return row.minute, row.source, row.reason


def _minute(at: str) -> str:
    """The minute of a wire time, as counts name it."""
    return f"{at[:17]}00.000Z"


def _before(at: str, span: timedelta) -> str:
    return format_time(parse_time(at) - span) if at else ""
