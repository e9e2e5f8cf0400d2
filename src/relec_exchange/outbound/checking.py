"""What would become of a message if it were submitted now. Nothing is written, nothing is signed.

Contract: what only the protection desk may know is told to nobody else. A finding from local
knowledge does not show at all: whoever could look without leaving a message would try names until
one is held. A message that is submitted does wait for the desk, which then sees who sent it.
Looking teaches the node nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from relec_exchange.audit.entry import commitment
from relec_exchange.errors import IntegrityFailure, Refused, RelecError, Unavailable
from relec_exchange.outbound.judging import Moment, Protected
from relec_exchange.outbound.needs import Done, waits_for
from relec_exchange.outbound.signing import Signed
from relec_exchange.outbound.submit import Parts
from relec_exchange.protection.model import Effect, Finding
from relec_exchange.trust.officer import Officer, Role

_NO_SALT: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class Checked:
    """What stands against a message, and what it would wait for (none if it is refused)."""

    findings: tuple[Finding, ...]
    needs: tuple[str, ...] = ()


class Checking:
    """Thread-safe: it holds no state but its parts."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def look(self, raws: Iterable[bytes], officer: Officer) -> list[Checked]:
        """One answer for each message, if this officer submitted it without answers."""
        moment = replace(self._parts.moment(), learns=False)
        return [self._looked(raw, officer, moment) for raw in raws]

    def _looked(self, raw: bytes, officer: Officer, moment: Moment) -> Checked:
        judging = self._parts.judging
        try:
            message, header = judging.parsed(raw, moment)
            place = judging.place(message, moment)
            self._parts.erasing.check(message, place, moment.now)
            signed = Signed(header.type, commitment(_NO_SALT, raw), officer.name)
            seen = judging.verdict(message, signed, (), moment).judgement
        except Protected as error:
            return Checked(_told(error.judgement.findings, officer))
        except RelecError as error:
            if isinstance(error, (Unavailable, IntegrityFailure)):
                raise
            return Checked((_as_finding(error),))
        done = Done(released=bool(officer.roles & {Role.RELEASER, Role.SYSTEM}))
        told = _told(seen.findings, officer)
        return Checked(told, waits_for(header.type, told, done))


def _told(findings: Iterable[Finding], officer: Officer) -> tuple[Finding, ...]:
    """As this officer may see them."""
    desk = Role.PROTECTION_DESK in officer.roles
    return tuple(one for one in findings if desk or not one.local)


def _as_finding(error: RelecError) -> Finding:
    rule = error.rule if isinstance(error, Refused) else error.code
    return Finding(rule, Effect.REFUSE, error.field, error.message, error.remedy)
