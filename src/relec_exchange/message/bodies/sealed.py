"""The body on the wire of a message that only one unit may read.

Contract: nothing here says what is inside: the node that carries it checks form alone. Each part
is one sealing of the same padded plaintext to one key; the commitment ties all parts to one body.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, StringConstraints, model_validator

from relec_exchange.errors import InvalidInput
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.encoding import unb64
from relec_exchange.message.fields import Bounded, Digest, Document, UnitName, rule

_SIZES: Final = frozenset(
    size + LIMITS.unit_seal_overhead_bytes for size in LIMITS.unit_body_buckets_bytes
)
_BASE64_MAX: Final = (max(_SIZES) + 2) // 3 * 4
KEY_ID_PATTERN: Final = r"^[0-9a-f]{16}$"


def _sealed(text: str) -> str:
    """Canonical base64 of a size that a sealed bucket has."""
    try:
        data = unb64(text)
    except InvalidInput:
        raise rule("sealed_data", "data is not canonical base64") from None
    if len(data) not in _SIZES:
        raise rule("sealed_size", "a sealed part has the size of a sealed bucket")
    return text


class SealedPart(Document):
    """The body sealed to one key: the key's id, and the HPKE ciphertext in base64."""

    key: Annotated[str, StringConstraints(pattern=KEY_ID_PATTERN)]
    data: Annotated[str, StringConstraints(max_length=_BASE64_MAX), AfterValidator(_sealed)]

    def ciphertext(self) -> bytes:
        """The bytes that HPKE made."""
        return unb64(self.data)


class SealedBody(Document):
    """A body for `unit` of the recipient; the second part lets the own desk read what it sends.

    `commitment` is over the body and a salt that is sealed with it: every reader checks it, so
    that all who can open the message read the same.
    """

    unit: UnitName
    suite: Literal["relec/v1"]
    commitment: Digest
    parts: Annotated[tuple[SealedPart, ...], Bounded(2, least=1)]

    @model_validator(mode="after")
    def _parts_look_alike(self) -> Self:
        if len({part.key for part in self.parts}) != len(self.parts):
            raise rule("sealed_key_repeated", "two parts are sealed to the same key", "parts")
        if len({len(part.data) for part in self.parts}) != 1:
            raise rule("sealed_parts_differ", "all parts have the same size", "parts")
        return self
