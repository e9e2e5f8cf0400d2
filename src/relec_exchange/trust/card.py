"""Cards: what a member says of itself, signed by its authority.

Contract: a `Card` that exists follows every rule that can be judged from its own text;
`parse_card` also requires the signature of the authority that the card itself names, which proves
that the text is whole, not who wrote it. Who may speak for a node is judged by a `Directory`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from relec_exchange.errors import InvalidInput
from relec_exchange.message.encoding import unb64
from relec_exchange.message.identifiers import Origin, parse_origin
from relec_exchange.trust.card_parts import (
    AuthorityKeys,
    Broker,
    Duty,
    LogKeys,
    Partner,
    SealingEpoch,
    Unit,
    WitnessKeys,
)
from relec_exchange.trust.fields import (
    LineOfText,
    Moment,
    NetworkKind,
    NetworkName,
    NodeName,
    Table,
    TypeName,
)
from relec_exchange.trust.note import split_note, verify_note
from relec_exchange.trust.plaintext import read_document

VALIDITY_MAX: Final = timedelta(days=366)


class Card(Table):
    """Everything that partners need to know of a node. Times are aware and in UTC."""

    format: Literal["relec/v1 card"] = "relec/v1 card"
    network: NetworkName
    network_kind: NetworkKind
    node: NodeName
    kind: Literal["state", "witness", "service"] = "state"
    name: LineOfText
    version: Annotated[int, Field(ge=1)]
    valid_from: Moment
    valid_until: Moment
    suites: tuple[Literal["relec/v1"], ...] = ("relec/v1",)
    authority: AuthorityKeys
    witness: WitnessKeys
    broker: Broker
    duty: Duty
    schemas: dict[TypeName, Annotated[int, Field(ge=1)]]
    logs: tuple[LogKeys, ...]
    sealing: Annotated[tuple[SealingEpoch, ...], Field(min_length=1, max_length=7)]
    units: tuple[Unit, ...] = ()
    partners: tuple[Partner, ...] = ()

    @model_validator(mode="after")
    def _rules(self) -> Self:
        try:
            for rule in _RULES:
                rule(self)
        except InvalidInput as error:
            raise ValueError(error.message) from None
        return self

    def partner(self, node: str) -> Partner | None:
        """What this card says of another node, if it lists it."""
        return next((p for p in self.partners if p.node == node), None)

    def valid_at(self, at: datetime) -> bool:
        """Whether the card's own dates cover this moment."""
        return self.valid_from <= at < self.valid_until


@dataclass(frozen=True, slots=True)
class SignedCard:
    """A card with the bytes it came in. `hash` is the SHA-256 of the text, in hex."""

    card: Card
    text: str
    note: bytes
    hash: str


def read_card(text: str) -> Card:
    """The card of a text that is not signed yet, or `InvalidInput` naming line or field."""
    return read_document(text, "card", Card)


# The judgement depends on the bytes alone, and nodes look at the same few cards all day.
@lru_cache(maxsize=128)
def parse_card(note: bytes) -> SignedCard:
    """A card from its note, signed by the authority keys that it names itself.

    Raises `Unverified` for a malformed note or a missing or wrong signature, `InvalidInput` for a
    text that breaks a rule.
    """
    parsed = split_note(note)
    text = parsed.text.decode("utf-8")
    card = read_card(text)
    verify_note(parsed, card.authority.public())
    return SignedCard(card, text, note, hashlib.sha256(parsed.text).hexdigest())


def authority_fingerprint(card: Card) -> str:
    """SHA-256 in hex over both authority keys: what officers compare outside the network."""
    return card.authority.public().fingerprint()


def format_fingerprint(fingerprint: str) -> str:
    """A fingerprint in groups of four hex digits, as it is read out on the telephone."""
    return " ".join(fingerprint[i : i + 4] for i in range(0, len(fingerprint), 4))


def _check_validity(card: Card) -> None:
    if not timedelta(0) < card.valid_until - card.valid_from <= VALIDITY_MAX:
        raise InvalidInput("valid_until is after valid_from and at most 12 months later")


def _check_key_names(card: Card) -> None:
    prefix = f"{card.network}/{card.node}"
    if card.authority.public().name != f"{prefix}/authority":
        raise InvalidInput(f"the authority keys are called {prefix}/authority")
    if card.authority.next == card.authority.public().fingerprint():
        raise InvalidInput("authority.next is the fingerprint of other keys than the present ones")
    if card.witness.public().name != f"{prefix}/witness":
        raise InvalidInput(f"the witness keys are called {prefix}/witness")


def _check_logs(card: Card) -> None:
    origins = [_log_origin(card, log) for log in card.logs]
    if len(set(origins)) != len(origins):
        raise InvalidInput("a log is listed twice")
    for which in ("exchange", "activity"):
        current = [
            o.number for o, log in zip(origins, card.logs, strict=True) if _open(log, o, which)
        ]
        highest = max((o.number for o in origins if o.log == which), default=0)
        if current != [highest]:
            raise InvalidInput(
                f"one {which} log is current, and it is the one with the highest number"
            )


def _open(log: LogKeys, origin: Origin, which: str) -> bool:
    return log.state == "current" and origin.log == which


def _log_origin(card: Card, log: LogKeys) -> Origin:
    origin = parse_origin(log.origin)
    if (origin.network, origin.node) != (card.network, card.node):
        raise InvalidInput(f"a log is called {card.network}/{card.node}/...")
    if log.public().name != log.origin:
        raise InvalidInput("the keys of a log are called as the log")
    return origin


def _check_epochs(card: Card) -> None:
    if any(later.starts < earlier.ends for earlier, later in pairwise(card.sealing)):
        raise InvalidInput("sealing epochs are in order and do not overlap")


def _check_partners(card: Card) -> None:
    nodes = [partner.node for partner in card.partners]
    if card.node in nodes or len(set(nodes)) != len(nodes):
        raise InvalidInput("a partner is another node, listed once")
    units = [unit.name for unit in card.units]
    if len(set(units)) != len(units):
        raise InvalidInput("a unit is listed once")


def public_keys(card: Card) -> Iterator[bytes]:
    """Every public key that the card names, as raw bytes."""
    pairs = (card.authority.public(), card.witness.public(), *(log.public() for log in card.logs))
    for pair in pairs:
        yield from (pair.ed25519, pair.mldsa44)
    yield from (epoch.public_bytes() for epoch in card.sealing)
    yield from (unb64(unit.key) for unit in card.units if unit.key)


def _check_keys_differ(card: Card) -> None:
    keys = list(public_keys(card))
    if len(set(keys)) != len(keys):
        raise InvalidInput("every key of a card is used for one thing only")


_RULES: Final = (
    _check_validity,
    _check_key_names,
    _check_logs,
    _check_epochs,
    _check_partners,
    _check_keys_differ,
)
