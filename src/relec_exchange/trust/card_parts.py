"""The tables that a card is made of.

Contract: each follows the rules that can be judged from it alone; `Card` judges them together.
Times are aware and in UTC. The `of` methods make a table from keys in memory.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from relec_exchange.errors import InvalidInput
from relec_exchange.message.constants import TIMES
from relec_exchange.message.encoding import b64, unb64
from relec_exchange.message.identifiers import MessageClass, parse_origin
from relec_exchange.trust.fields import Digest, Moment, NodeName, Table, UnitName, checked
from relec_exchange.trust.signature import HybridPublic, KeyKind

SEALING_PUBLIC_BYTES: Final = 1216  # ML-KEM-768 (1184) and X25519 (32)
_EPOCH_MAX: Final = timedelta(seconds=TIMES.sealing_epoch_max_seconds)


def sealing_key_id(public: bytes) -> str:
    """The id of a sealing key: the first 8 bytes of the SHA-256 of its 1216 bytes, in hex."""
    return hashlib.sha256(public).hexdigest()[:16]


def _sealing_public(text: str) -> bytes:
    public = unb64(text)
    if len(public) != SEALING_PUBLIC_BYTES:
        raise InvalidInput(f"a sealing key has {SEALING_PUBLIC_BYTES} bytes")
    return public


OriginText = Annotated[str, checked(parse_origin)]
SealingKeyText = Annotated[str, checked(_sealing_public)]


class _KeyPair(Table):
    """Two verifier keys of one name, the classical one first."""

    pair: ClassVar[KeyKind]

    ed25519: str
    mldsa44: str

    def public(self) -> HybridPublic:
        """The keys as they verify."""
        return HybridPublic.from_vkeys(self.pair, self.ed25519, self.mldsa44)

    @model_validator(mode="after")
    def _keys(self) -> Self:
        try:
            self.public()
        except InvalidInput as error:
            raise ValueError(error.message) from None
        return self


class AuthorityKeys(_KeyPair):
    """Who signs this card, and the fingerprint of the keys that will sign after a rotation."""

    pair: ClassVar[KeyKind] = "note"

    next: Digest

    @classmethod
    def of(cls, public: HybridPublic, successor: HybridPublic) -> AuthorityKeys:
        """The table for these keys, committing to those of their successor."""
        ed25519, mldsa44 = public.vkeys()
        return cls(ed25519=ed25519, mldsa44=mldsa44, next=successor.fingerprint())


class SuccessorKeys(_KeyPair):
    """The keys that sign for a node after its authority keys are revoked."""

    pair: ClassVar[KeyKind] = "note"

    @classmethod
    def of(cls, public: HybridPublic) -> SuccessorKeys:
        """The table for these keys."""
        ed25519, mldsa44 = public.vkeys()
        return cls(ed25519=ed25519, mldsa44=mldsa44)


class WitnessKeys(_KeyPair):
    """The keys with which the node cosigns the checkpoints of others."""

    pair: ClassVar[KeyKind] = "witness"

    @classmethod
    def of(cls, public: HybridPublic) -> WitnessKeys:
        """The table for these keys."""
        ed25519, mldsa44 = public.vkeys()
        return cls(ed25519=ed25519, mldsa44=mldsa44)


class LogKeys(_KeyPair):
    """One log: its name, its keys, and where it ended if it is closed."""

    pair: ClassVar[KeyKind] = "log"

    origin: OriginText
    state: Literal["current", "closed"]
    final_size: Annotated[int, Field(ge=0)] | None = None
    final_root: Digest | None = None

    @classmethod
    def of(cls, public: HybridPublic) -> LogKeys:
        """The table for the keys of a log that is in use; their name is the log's origin."""
        ed25519, mldsa44 = public.vkeys()
        return cls(origin=public.name, state="current", ed25519=ed25519, mldsa44=mldsa44)

    @model_validator(mode="after")
    def _final_head(self) -> Self:
        final = (self.final_size is not None, self.final_root is not None)
        if final != (self.state == "closed",) * 2:
            raise ValueError("final_size and final_root are given for closed logs, and only there")
        return self


class SealingEpoch(Table):
    """A key to seal with from `starts` until `ends`; destroyed some time after."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    starts: Moment = Field(alias="from")
    ends: Moment = Field(alias="until")
    key: SealingKeyText

    @classmethod
    def of(cls, public: bytes, starts: datetime, ends: datetime) -> SealingEpoch:
        """The table for a public sealing key of 1216 bytes."""
        return cls(id=sealing_key_id(public), starts=starts, ends=ends, key=b64(public))

    def public_bytes(self) -> bytes:
        """ML-KEM-768 key (1184 bytes) and X25519 key (32 bytes)."""
        return unb64(self.key)

    @model_validator(mode="after")
    def _epoch(self) -> Self:
        if self.id != sealing_key_id(self.public_bytes()):
            raise ValueError("the id is not that of the key")
        if not timedelta(0) < self.ends - self.starts <= _EPOCH_MAX:
            raise ValueError(f"an epoch lasts up to {_EPOCH_MAX.days} days")
        return self


class Unit(Table):
    """A unit that messages may be addressed to; with a key if only it may read them."""

    name: UnitName
    key: SealingKeyText | None = None


class Broker(Table):
    """The node's name at the broker: the common name of its client certificates."""

    user: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]


class Partner(Table):
    """A node that this one exchanges with, by the authority keys it was first admitted with."""

    node: NodeName
    authority: Digest
    classes: tuple[Annotated[MessageClass, Field(strict=False)], ...] = tuple(MessageClass)

    @model_validator(mode="after")
    def _has_control(self) -> Self:
        if MessageClass.CONTROL not in self.classes or len({*self.classes}) != len(self.classes):
            raise ValueError("classes are named once each, and control is always one of them")
        return self


class Duty(Table):
    """Whom to call at any hour."""

    phone: Annotated[str, Field(pattern=r"^\+[1-9][0-9 ]{5,20}$")]
    email: Annotated[str, Field(pattern=r"^[^@\s]{1,64}@[A-Za-z0-9.-]{1,190}$")]
    languages: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")], ...],
        Field(min_length=1),
    ]
