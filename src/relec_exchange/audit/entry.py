"""One entry of a log, as bytes: canonical JSON with exactly the fields of its kind.

Contract: `decode_entry` accepts exactly what `encode_entry` writes, so two implementations cannot
read one leaf differently. No entry holds a payload or an unsalted digest of one; the commitment of
a `sent` entry is salted, and says nothing once the salt is destroyed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from relec_exchange.audit.kinds import KINDS
from relec_exchange.audit.written import read, written
from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.message.constants import LIMITS, Limits

COMMITMENT_LABEL: Final = b"relec/v1 message"
SALT_BYTES: Final = 32
_KIND_AND_TIME: Final = re.compile(rb'"kind":"([a-z_]+)",.*"time":"([0-9TZ:.-]{24})"')

# For fields that passed their checks (ASCII texts, bounded integers, lists of texts) this writes
# what `message.encoding.canonical` does, in half the time; the tests hold the two together.
_WRITE: Final = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), check_circular=False, allow_nan=False
).encode


def commitment(salt: bytes, message: bytes) -> bytes:
    """What a `sent` entry says of a message: SHA-256 over label, 32 bytes salt and message."""
    if len(salt) != SALT_BYTES:
        raise InvalidInput(f"a salt has {SALT_BYTES} bytes", field="salt")
    return sha256(COMMITMENT_LABEL + salt + message).digest()


def encode_entry(fields: Mapping[str, object]) -> bytes:
    """The bytes of an entry; `InvalidInput` names the field that does not fit its kind."""
    name = fields.get("kind")
    form = written(name) if isinstance(name, str) else None
    data = form.write(fields) if form else None
    return _encode_by_field(fields) if data is None else data


def _encode_by_field(fields: Mapping[str, object]) -> bytes:
    """As `encode_entry`, one field after the other."""
    problem = _problem(fields)
    if problem:
        raise InvalidInput(f"log entry: {problem}", field="entry")
    return _WRITE(dict(fields)).encode("ascii")


def decode_entry(
    data: bytes, *, kind: str | None = None, limits: Limits = LIMITS
) -> dict[str, Any]:
    """The fields of an entry; `Unverified(ENTRY_MALFORMED)` unless it is canonical and complete.

    With `kind`, an entry of any other kind is `Unverified(ENTRY_KIND)`.
    """
    if len(data) > limits.entry_max_bytes:
        raise Unverified(Reason.ENTRY_MALFORMED, "the entry is too long")
    fields = read(data)
    if fields is None:
        fields = _decode_by_field(data)
    if kind is not None and fields["kind"] != kind:
        raise Unverified(Reason.ENTRY_KIND, f"the entry is not of kind {kind}")
    return fields


def _decode_by_field(data: bytes) -> dict[str, Any]:
    """The fields of an entry, one after the other, so that a refusal says what is wrong."""
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError):
        raise Unverified(Reason.ENTRY_MALFORMED, "the entry is not JSON") from None
    if not isinstance(fields, dict):
        raise Unverified(Reason.ENTRY_MALFORMED, "the entry is not an object")
    problem = _problem(fields)
    if problem:
        raise Unverified(Reason.ENTRY_MALFORMED, problem)
    # Also catches a name that stands twice, spaces, escapes, other orders and other encodings.
    if _WRITE(fields).encode("ascii") != data:
        raise Unverified(Reason.ENTRY_MALFORMED, "the entry is not in canonical form")
    return fields


def kind_and_time(data: bytes) -> tuple[str, str]:
    """Kind and time of an entry that `encode_entry` wrote, without reading the rest."""
    match = _KIND_AND_TIME.search(data)
    if match is None:
        raise InvalidInput("these bytes are not an entry", field="entry")
    return match[1].decode("ascii"), match[2].decode("ascii")


def _problem(fields: Mapping[str, Any]) -> str:
    """What is wrong with the fields, or nothing. Names fields, never their values."""
    name = fields.get("kind")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        return "the kind is not known"
    if fields.keys() != kind.keys:
        odd = sorted(str(key) for key in fields.keys() ^ kind.keys)
        known = [key for key in odd if key in kind.keys]
        return f"missing {', '.join(known)}" if known else "it has a field too many"
    for key, check in kind.fields.items():
        if not check(fields[key]):
            return f"the field {key} is malformed"
    return kind.rule(fields)
