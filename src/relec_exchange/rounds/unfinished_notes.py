"""Notes that came and were not acted on before the node ended: taken up again when it starts.

Their messages are kept as evidence and are never delivered twice, so nothing else would bring a
note that no digest covers.
"""

from __future__ import annotations

from datetime import datetime

from relec_exchange.errors import RelecError
from relec_exchange.journal.content import read_content
from relec_exchange.message.document import parse_message
from relec_exchange.ports import OfferedNote, Store, Vault
from relec_exchange.records import ReceivedContentRow, Where
from relec_exchange.rounds.notes import Notes
from relec_exchange.rounds.offered import BRINGING, Shown, offered, shown


def take_up(store: Store, vault: Vault, notes: Notes, now: datetime) -> None:
    """Adopt every note that is kept and not held; what is held already is passed over."""
    rows = store.rows(ReceivedContentRow, Where("type", "in", BRINGING))
    secrets = vault.get(row.key_id for row in rows)
    found: list[OfferedNote] = []
    alarms: list[Shown] = []
    for row in rows:
        if row.key_id not in secrets:
            continue
        try:
            body = parse_message(read_content(row, secrets[row.key_id])[0]).body
        except RelecError:
            continue
        found += offered(body)
        alarms += shown(body)
    notes.offer(found, alarms)
    notes.settle(now)
