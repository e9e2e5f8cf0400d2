"""Bodies that only a unit may read: sealed here before they leave, opened here after they came.

Contract: the node sees no byte of such a body. What the recipient would do at its node is done in
this process: body schema, protection rules; a refusal there makes the own node hold the message.
The keys of units come from the cards that the own node holds; whose they are, the desks compare by
telephone once (the id stands in `relec card show`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from relec_exchange.client.handles import Content
from relec_exchange.client.wire import Wire
from relec_exchange.client.withholding import Terms, Withholding
from relec_exchange.errors import InvalidInput, NotFound, Reason, Refused, Unverified
from relec_exchange.message.bodies.sealed import SealedBody
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.document import (
    Message,
    body_bytes,
    compose,
    header_bytes,
    parse_body,
    parse_message,
    read_body,
    read_header,
    received_header_bytes,
)
from relec_exchange.message.encoding import unb64
from relec_exchange.message.fields import Document
from relec_exchange.message.header import ControlHeader
from relec_exchange.message.withholding import RULE_WITHHELD, CutMessage, silently_cut, told
from relec_exchange.protection.model import Effect, Facts, Finding
from relec_exchange.protection.rules import judge
from relec_exchange.sealing.suite import SealingPrivate, SealingPublic
from relec_exchange.sealing.unit import SALT_BYTES, open_body, seal_body
from relec_exchange.trust.card import Card, parse_card

Json = dict[str, Any]
Keys = Callable[[], Sequence[SealingPrivate]]
"""Opens the unit's private keys; asked once, when the first sealed body is met."""

_HOLDING: Final = frozenset({Effect.REFUSE, Effect.HOLD})


def no_keys() -> tuple[SealingPrivate, ...]:
    """For a client without any unit's key."""
    return ()


def is_sealed(type_name: object) -> bool:
    """Whether bodies of this type travel sealed to a unit."""
    kind = CATALOGUE.get(str(type_name))
    return kind is not None and bool(kind.sealed_to)


class Units:
    """Seals and opens for one officer; remembers what it sealed until it is submitted."""

    def __init__(
        self, wire: Wire, keys: Keys, info: Callable[[], Json], withholding: Withholding
    ) -> None:
        self._wire, self._keys, self._info = wire, keys, info
        self._withholding = withholding
        self._opened: tuple[SealingPrivate, ...] | None = None
        self._found: dict[str, tuple[Finding, ...]] = {}

    # ---- sending -------------------------------------------------------------------------------

    def compose(self, header: Mapping[str, Any], body: Mapping[str, Any]) -> Message:
        """The message with its body sealed for the recipient's unit and for the own one.

        Raises `InvalidInput` for a malformed body, `Refused` for what a protection rule refuses,
        `NotFound` if a card names no key of the unit.
        """
        checked = read_header(header)
        inner = read_body(checked.type, body)
        terms = self._withholding.terms(checked)
        inner, gone = _cut(checked, inner, terms)
        found = self._judged(Message(checked, inner, b""), "outbound", terms)
        for finding in found:
            if finding.effect is Effect.REFUSE:
                raise Refused(
                    finding.text, rule=finding.rule, field=finding.field, remedy=finding.remedy
                )
        unit = CATALOGUE[checked.type].sealed_to
        keys = [self._unit_key(node, unit) for node in (checked.recipient, checked.sender)]
        self._check_own(keys[-1], unit)
        salt = self._wire.random(SALT_BYTES)
        sealed = seal_body(body_bytes(inner), header_bytes(checked), unit, keys, salt)
        self._found[checked.message_id] = found
        made = compose(checked, sealed)
        return CutMessage(made.header, made.body, made.raw, (), gone) if gone else made

    def _check_own(self, key: SealingPublic, unit: str) -> None:
        """The second part must be for this desk: whoever could forge its card would read all."""
        held = {one.key_id for one in self._private()}
        if held and key.key_id not in held:
            raise Refused(
                f"the own card names a key of the unit {unit} that is not among yours",
                rule="unit-key",
                field="unit_key_file",
                remedy="use the present key file; if this is it, ask the security officer at once",
            )

    def findings(self, message_id: str) -> list[Json]:
        """What the rules found in a body sealed here: the node, which cannot read it, did not."""
        return [one.described() for one in self._found.get(message_id, ())]

    def _unit_key(self, node: str, unit: str) -> SealingPublic:
        """The key of a unit in the card of a node."""
        found = next((one for one in self._card(node).units if one.name == unit), None)
        if found is None or found.key is None:
            own = node == self._info()["node"]
            way = "make one with: relec unit key, then relec card issue --unit"
            raise NotFound(
                f"the card of {node} has no key of the unit {unit}",
                field="to",
                remedy=way if own else f"ask {node}: its unit makes a key, its card names it",
            )
        return SealingPublic.parse(unb64(found.key))

    def _card(self, node: str) -> Card:
        """A card, its signature checked here again."""
        note: str = self._wire.get(f"/v1/cards/{node}")["note"]
        card = parse_card(note.encode()).card
        if card.node != node:
            raise NotFound(f"the node gave another card than that of {node}", field="to")
        return card

    # ---- reading -------------------------------------------------------------------------------

    def opened(self, content: Content, direction: str) -> Content:
        """The content with its body open, or as it travels if no key here is for it.

        What came and is refused here is held by the own node: `held` says so, with `findings`. A
        body that cannot be opened or read at all is held too, and raised as `Refused`.
        """
        if not is_sealed(content.header.get("type")):
            return content
        message = parse_message(content.raw)
        sealed = message.body
        if not isinstance(sealed, SealedBody):
            return content
        keys = {key.key_id: key for key in self._private()}
        key = next((keys[part.key] for part in sealed.parts if part.key in keys), None)
        if key is None:
            return replace(content, sealed=sealed.unit)
        try:
            inner = open_body(sealed, received_header_bytes(message.raw), key)
            body = parse_body(message.header.type, inner)
        except Unverified as error:
            raise self._unreadable(message, direction, error.reason) from None
        opened, way = Message(message.header, body, message.raw), _way(direction)
        found = (*self._judged(opened, way, content.terms), *_left(opened, content.terms))
        refused = direction == "in" and any(one.effect in _HOLDING for one in found)
        return replace(
            content,
            body=body.model_dump(mode="json", by_alias=True, exclude_unset=True),
            findings=tuple(one.described() for one in found),
            held=refused and self._hold(message.header.message_id),
        )

    def _unreadable(self, message: Message, direction: str, reason: Reason) -> Refused:
        if direction == "in":
            self._hold(message.header.message_id)
        return Refused(
            f"the body that was sealed to the unit cannot be read: {reason.code}",
            rule=reason.code,
            field="body",
            remedy="it is held; ask the other desk to send it again",
        )

    def _hold(self, message_id: str) -> bool:
        """Let the node hold a message; false if the protection desk has freed it before."""
        answer = self._wire.post(f"/v1/messages/{message_id}/hold", {})
        return bool(answer["state"] == "held")

    def _private(self) -> tuple[SealingPrivate, ...]:
        if self._opened is None:
            self._opened = tuple(self._keys())
        return self._opened

    def _judged(self, message: Message, direction: str, terms: Terms) -> tuple[Finding, ...]:
        """What every rule finds in the open body."""
        today: date = self._wire.clock().date()
        kind = self._info()["network_kind"]
        return judge(
            message,
            Facts(
                network_kind=kind,
                direction="inbound" if direction == "inbound" else "outbound",
                today=today,
                desk=True,
                assurances=terms.assurances,
            ),
        )


def _cut(header: ControlHeader, body: Document, terms: Terms) -> tuple[Document, tuple[str, ...]]:
    """The body without what the agreement withholds, and where that stood. A line in the header
    would tell what the body seals, so nothing leaves one.
    """
    paths = [path for path in terms.withhold if not path.startswith("header.")]
    plain, gone = silently_cut(json.loads(body_bytes(body)), paths)
    if not gone:
        return body, ()
    try:
        return read_body(header.type, plain), gone
    except InvalidInput as error:
        raise InvalidInput(
            f"{header.type} cannot go without a field that is withheld: {error.message}",
            field=error.field,
            remedy="have the agreement amended",
        ) from None


def _left(message: Message, terms: Terms) -> tuple[Finding, ...]:
    """What should have been cut before it was sealed: only who opens the body can see it."""
    pointer = told(message, terms.withhold)
    if not pointer:
        return ()
    text = "the agreement withholds this field from this state, and it is in the message"
    field = pointer.strip("/").replace("/", ".")
    remedy = "tell the other desk; the protection desk decides whether it is used"
    return (Finding(RULE_WITHHELD, Effect.HOLD, field, text, remedy),)


def _way(direction: str) -> str:
    return "inbound" if direction == "in" else "outbound"
