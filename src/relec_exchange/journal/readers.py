"""To whom at home a message received is open: what its grant names, and consents to more.

Contract: reads only. `targets` narrows what routing chose; `require` raises `Refused` (rule P7)
for a unit that may not see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from relec_exchange.journal.provided import Provided
from relec_exchange.message.codes import Purpose
from relec_exchange.message.document import Message
from relec_exchange.protection.provided import handling_of
from relec_exchange.protection.units import Opened, Target, require_reader, routed
from relec_exchange.records import InboxRow
from relec_exchange.trust.directory import Directory


def readers_of(directory: Directory, agreement: str, grant_id: str) -> tuple[str, ...]:
    """The units that a grant names as readers; none for all, and where the text is not held."""
    signed = directory.agreements.get(agreement)
    grants = signed.agreement.grants if signed is not None else ()
    return next((grant.readers for grant in grants if grant.id == grant_id), ())


def targets(
    directory: Directory,
    came_under: tuple[str, str],
    message: Message,
    chosen: Sequence[Target],
) -> tuple[Target, ...]:
    """The (unit, way) pairs that a message goes to; `came_under` is its agreement and grant."""
    return routed(chosen, readers_of(directory, *came_under), handling_of(message))


def require(
    provided: Provided, directory: Directory, row: InboxRow, unit: str, today: date
) -> None:
    """Raise `Refused` unless the unit may see this message."""
    source = provided.received(row, Purpose.PREVENTION)
    if source is None:
        return
    readers = readers_of(directory, row.agreement, row.grant_id)
    consents = provided.consents((row.message_id,))
    opened = Opened(source, readers, row.unit)
    require_reader(unit, opened, consents, directory.own, today)
