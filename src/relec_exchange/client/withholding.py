"""Cutting what an agreement withholds, per recipient, before the officer sees and signs a message.

Contract: the node is asked by headers alone, and checks afterwards that nothing withheld is left.
A body for a unit is cut here before it is sealed: no node can check that, the other unit's client
does. What was asked is remembered for a moment, so that a batch asks once; where the terms changed
meanwhile, the node refuses (`withheld-field`) and composing again cuts by the new ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from relec_exchange.client.wire import Wire
from relec_exchange.message.catalogue import features
from relec_exchange.message.document import Message
from relec_exchange.message.encoding import b64
from relec_exchange.message.header import ControlHeader, Header
from relec_exchange.message.withholding import SECRET_BYTES, Cut, CutMessage, cut

Json = dict[str, Any]

_REMEMBERED: Final = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the grant asks under which a message would go; empty where none allows it.

    `withhold` are dotted paths, `silent` those of them that leave no line, `assurances` the
    promises of the agreement by name.
    """

    withhold: tuple[str, ...] = ()
    silent: frozenset[str] = frozenset()
    assurances: tuple[str, ...] = ()

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Terms:
        """As `answers.Terms` tells them."""
        return cls(
            tuple(told.get("withhold", ())),
            frozenset(told.get("silent", ())),
            tuple(told.get("assurances", ())),
        )


class Withholding:
    """For one officer at one node."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._known: dict[tuple[object, ...], tuple[datetime, Terms]] = {}

    def cut(self, message: Message) -> Message:
        """The message without what its recipient may not have; a `CutMessage` if something was
        cut. `InvalidInput` where it cannot go without.
        """
        terms = self.terms(message.header)
        if not terms.withhold:
            return message
        secret = self._wire.random(SECRET_BYTES)
        made = cut(message, terms.withhold, secret, terms.silent.__contains__)
        return made if made.raw != message.raw else message

    def terms(self, header: ControlHeader) -> Terms:
        """What the present agreement asks of a message with this header."""
        if not isinstance(header, Header):
            return Terms()
        asked = _asked(header)
        key, now = tuple(map(str, asked.values())), self._wire.clock()
        known = self._known.get(key)
        if known is None or not timedelta(0) <= now - known[0] < _REMEMBERED:
            [told] = self._wire.post("/v1/messages/terms", {"headers": [asked]})["terms"]
            known = (now, Terms.of(told))
            self._known[key] = known
        return known[1]


def cuts_of(message: Message) -> list[Json]:
    """What was cut from a message, as a submission hands it to the own node."""
    return [plain(one) for one in message.cuts] if isinstance(message, CutMessage) else []


def plain(one: Cut) -> Json:
    """A field that was cut, as JSON."""
    return {"path": one.path, "value": one.value, "salt": b64(one.salt)}


def _asked(header: Header) -> Json:
    seen = features(header)
    return {
        "recipient": seen.recipient,
        "type": seen.type,
        "schema_version": seen.schema_version,
        "area": str(seen.area or ""),
        "purpose": str(seen.purpose or ""),
        "data_level": str(seen.data_level),
        "handling": [str(code) for code in seen.handling],
        "sender_unit": seen.sender_unit,
    }
