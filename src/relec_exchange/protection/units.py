"""Which units of the recipient may see a message: what its grant names, and rule P7 for H2.

Contract: pure. Where a grant names readers, those alone; where it names none, all units, but of
what came under H2 only the unit that owns it. A consent of the provider to pass it on to
`<own node>/<unit>` lets one more unit see it. There is always a reader: what a grant opens to a
unit that is not here belongs to that unit all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from relec_exchange.errors import Refused
from relec_exchange.message.bodies.consents import Use
from relec_exchange.message.codes import Handling
from relec_exchange.protection.provided import Consent, Received, consented
from relec_exchange.protection.third_party import RULE

# Receives in its mailbox, which is the inbox record itself.
MAILBOX: Final = "mailbox"

Target = tuple[str, str]
"""A unit and a way to it."""


@dataclass(frozen=True, slots=True)
class Opened:
    """To whom a message received is open: what its grant names, and the unit that owns it."""

    source: Received
    readers: tuple[str, ...]
    owner: str

    @property
    def units(self) -> tuple[str, ...] | None:
        """The units that may see it without a consent; None for all."""
        if self.readers:
            return self.readers
        return (self.owner,) if Handling.H2 in self.source.handling else None


def routed(
    targets: Sequence[Target], readers: Sequence[str], handling: Collection[Handling]
) -> tuple[Target, ...]:
    """Of the units that a message would be routed to, those that may see it; one at least."""
    owner = targets[0][0] if targets else ""
    if readers:
        kept = tuple(target for target in targets if target[0] in readers)
        return kept or ((readers[0], MAILBOX),)
    if Handling.H2 in handling:
        return tuple(target for target in targets if target[0] == owner)
    return tuple(targets)


def require_reader(
    unit: str, opened: Opened, consents: Iterable[Consent], own: str, today: date
) -> None:
    """Raise `Refused` unless this unit of the node `own` may see the message."""
    units = opened.units
    if units is None or unit in units:
        return
    allowed = consented(opened.source, consents, Use.ONWARD, today)
    if any(one.onward_to == f"{own}/{unit}" for one in allowed):
        return
    raise Refused(
        f"the agreement does not open this message to the unit {unit}",
        rule=RULE,
        field="unit",
        remedy=f"send consent.request (onward, to {own}/{unit}) to {opened.source.provider}",
    )
