"""An evidence bundle: one JSON file with all that shows to others that a message was sent.

Contract: `parse_bundle` accepts exactly the form of `docs/reference/evidence.md` and believes
nothing; `encode_bundle` writes it. What a bundle proves is judged by `evidence_judging`, and once
more, independently, by the program `relec-verify`.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from relec_exchange.errors import InvalidInput, RelecError
from relec_exchange.message.encoding import INTEGER_MAX, canonical, parse_json, unb64

BUNDLE_MAX_BYTES: Final = 8 * 1024 * 1024
LINKS_MAX: Final = 256
RECEIPTS_MAX: Final = 64


def _base64(value: str) -> str:
    try:
        unb64(value)
    except InvalidInput as error:
        raise ValueError(error.message) from None
    return value


Base64 = Annotated[str, AfterValidator(_base64)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class LinkPart(_Part):
    """The tree (`old_size`, `old_root`) is the beginning of (`size`, `root`)."""

    old_size: Annotated[int, Field(ge=0, le=INTEGER_MAX)]
    old_root: Base64
    size: Annotated[int, Field(ge=0, le=INTEGER_MAX)]
    root: Base64
    hashes: Annotated[list[Base64], Field(max_length=128)]


class CosignedPart(_Part):
    """A checkpoint with the cosignatures of a quorum, and the links that bind it to a proof."""

    note: str
    links: Annotated[list[LinkPart], Field(max_length=LINKS_MAX)]


class LoggedPart(_Part):
    """An entry, the proof of its place, and who saw the log (None: nobody is shown)."""

    entry: Base64
    proof: str
    cosigned: CosignedPart | None


class ContentPart(_Part):
    """A message and the salt of its commitment."""

    message: Base64
    salt: Base64


class ReceiptPart(ContentPart, LoggedPart):
    """A receipt: a message of the recipient, with its own entry and proof."""


class Bundle(_Part):
    """The whole file. Notes are texts, word for word as they were signed."""

    format: Literal["relec/v1 evidence"]
    network: str
    sent: LoggedPart
    content: ContentPart | None
    receipts: Annotated[list[ReceiptPart], Field(max_length=RECEIPTS_MAX)]
    received: LoggedPart | None
    agreements: Annotated[list[str], Field(max_length=64)]
    notices: Annotated[list[str], Field(max_length=256)]
    cards: Annotated[list[str], Field(max_length=256)]
    policy: str


def parse_bundle(data: bytes) -> Bundle:
    """Read a file without believing it; `InvalidInput` says which field has another form."""
    if len(data) > BUNDLE_MAX_BYTES:
        raise InvalidInput(f"a bundle has at most {BUNDLE_MAX_BYTES} bytes", field="bundle")
    try:
        value: Any = parse_json(data)
        return Bundle.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(step) for step in found["loc"])
        raise InvalidInput(f"{place or 'the bundle'}: {found['msg']}", field="bundle") from None
    except RelecError as error:
        raise InvalidInput(
            f"the bundle is not strict JSON: {error.message}", field="bundle"
        ) from None


def encode_bundle(bundle: Bundle) -> bytes:
    """The file: canonical JSON with a final newline."""
    return canonical(bundle.model_dump()) + b"\n"
