"""What others provided: messages that came in, and what their providers allow to be done with them.

Contract: values only, given to the rules as facts. Of a text that is told again nothing is kept
here but digests of the passages that match (`protection.quoting`), which the new message holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

from relec_exchange.message.bodies.consents import Decision, Use
from relec_exchange.message.codes import Handling, Purpose
from relec_exchange.message.document import Message
from relec_exchange.message.header import Header
from relec_exchange.protection.walking import documents


@dataclass(frozen=True, slots=True)
class Received:
    """A message that came in: who provided it, for what, under which codes.

    `via` is the message that a header names and that this one is, or was made from; empty where
    nothing is named. `runs` are digests of passages of it. `withdrawn` is what became of it
    (`recalled`, `erased`, ...) by its provider's word.
    """

    message_id: str
    provider: str
    purpose: Purpose
    handling: frozenset[Handling]
    via: str = ""
    runs: tuple[str, ...] = ()
    withdrawn: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """A decision of `provider` about one message of its own.

    `onward_to` is the node it may go to, or `<own node>/<unit>` for one more unit at home. What
    `expires_on` names is the last day.
    """

    message_id: str
    provider: str
    decision: Decision
    use: Use
    onward_to: str | None = None
    purpose: Purpose | None = None
    expires_on: date | None = None

    def covers(self, source: Received, today: date) -> bool:
        """Whether it is about this message, granted, and not over."""
        return (
            (self.message_id, self.provider) == (source.message_id, source.provider)
            and self.decision is Decision.GRANTED
            and (self.expires_on is None or today <= self.expires_on)
        )


def consented(
    source: Received, consents: Iterable[Consent], use: Use, today: date
) -> tuple[Consent, ...]:
    """The consents to this use of this message that hold today."""
    return tuple(c for c in consents if c.use is use and c.covers(source, today))


def handling_of(message: Message) -> frozenset[Handling]:
    """Every handling code of a message: of its header, and of each part of its body."""
    return frozenset(code for _, codes in _codes(message) for code in codes)


def under(message: Message, code: Handling) -> tuple[str, ...]:
    """The paths of what stands under a handling code; ("body",) if all of it does."""
    header = message.header
    if isinstance(header, Header) and code in header.handling:
        return ("body",)
    return tuple(path for path, codes in _codes(message) if code in codes)


def _codes(message: Message) -> Iterator[tuple[str, tuple[Handling, ...]]]:
    for path, part in documents(message):
        codes = getattr(part, "handling", None)
        if codes:
            yield path, tuple(codes)


_CONSENT: Final = tuple(field.name for field in fields(Consent))
_RECEIVED: Final = tuple(field.name for field in fields(Received))


def received_document(one: Received) -> dict[str, Any]:
    """As JSON."""
    found = {name: getattr(one, name) for name in _RECEIVED}
    return found | {"handling": sorted(one.handling), "runs": list(one.runs)}


def read_received(found: dict[str, Any]) -> Received:
    """What `received_document` wrote."""
    given = dict(found)
    given["purpose"] = Purpose(given["purpose"])
    given["handling"] = frozenset(map(Handling, given["handling"]))
    given["runs"] = tuple(given.get("runs", ()))
    return Received(**given)


def consent_document(one: Consent) -> dict[str, Any]:
    """As JSON."""
    found = {name: getattr(one, name) for name in _CONSENT}
    return found | {"expires_on": one.expires_on.isoformat() if one.expires_on else None}


def read_consent(found: dict[str, Any]) -> Consent:
    """What `consent_document` wrote."""
    given = dict(found)
    given["decision"], given["use"] = Decision(given["decision"]), Use(given["use"])
    given["purpose"] = Purpose(given["purpose"]) if given.get("purpose") else None
    until = given.get("expires_on")
    given["expires_on"] = date.fromisoformat(until) if until else None
    return Consent(**given)
