"""A whole message: `{"header": {...}, "body": {...}}` from bytes and to bytes.

Contract: `parse_message` is receive step 9 and the schema part of step 10 and raises nothing but
`Unverified`, naming fields and never values. `compose` is deterministic (RFC 8785 throughout, and
what was not said is left out), so that what was approved is what is committed to and sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from relec_exchange.errors import InvalidInput, Reason, Unverified
from relec_exchange.message.bodies.sealed import SealedBody
from relec_exchange.message.catalogue import CATALOGUE, MessageType, check_header, message_type
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.encoding import canonical, canonical_with_decimals, parse_json
from relec_exchange.message.fields import CODE_CHECKS, PATTERN_WORDS, Document
from relec_exchange.message.header import ControlHeader
from relec_exchange.message.presence import check_withheld

D = TypeVar("D", bound=Document)

_NAMED_MAX: Final = 5
_PLAIN_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Message:
    """Header, body, and the bytes that were approved, committed to and sent."""

    header: ControlHeader
    body: Document
    raw: bytes


class _BrokenError(Exception):
    """Fields that broke a rule: (path, code of the rule, sentence)."""

    def __init__(self, *faults: tuple[str, str, str]) -> None:
        super().__init__()
        self.faults = faults


def parse_message(raw: bytes) -> Message:
    """The message in these bytes, or `Unverified` (UNKNOWN_TYPE, SCHEMA, or one of step 9)."""
    if len(raw) > LIMITS.message_max_bytes:
        raise Unverified(Reason.SCHEMA, "message: too_long")
    value = parse_json(raw)
    try:
        header, body = _read(value)
    except _BrokenError as broken:
        reason = Reason.UNKNOWN_TYPE if broken.faults[0][1] == "unknown_type" else Reason.SCHEMA
        raise Unverified(reason, _named(broken)) from None
    return Message(header, body, raw)


def read_document(value: object) -> tuple[ControlHeader, Document]:
    """Header and body from parsed JSON or TOML, or `InvalidInput` with fields and rules."""
    try:
        return _read(value)
    except _BrokenError as broken:
        raise _invalid(broken) from None


def read_header(value: object) -> ControlHeader:
    """A header from parsed JSON or TOML, checked against its type, or `InvalidInput`."""
    try:
        return _header(value)
    except _BrokenError as broken:
        raise _invalid(broken) from None


def read_body(type_name: str, value: object) -> Document:
    """The body of a type from parsed JSON or TOML, or `InvalidInput`.

    Of a type that travels sealed to a unit: the body inside, as its author writes it.
    """
    try:
        return _validated(message_type(type_name).body, value, "body")
    except _BrokenError as broken:
        raise _invalid(broken) from None


def compose(
    header: ControlHeader | Mapping[str, object], body: Document | Mapping[str, object]
) -> Message:
    """The message of a header and a body (models, or as in JSON), or `InvalidInput`."""
    if not isinstance(header, ControlHeader):
        header = read_header(header)
    if not isinstance(body, Document):
        body = _authored(header.type, body)
    kind = check_header(header)
    if type(body) is not kind.wire_body:
        sealed = ": one that is sealed to a unit" if kind.sealed_to else ""
        raise InvalidInput(f"{kind.name} takes another kind of body{sealed}", field="body")
    check_withheld(header, body)
    raw = canonical_with_decimals({"header": _wire(header), "body": _wire(body)})
    if len(raw) > LIMITS.message_max_bytes:
        raise InvalidInput(
            f"the message has {len(raw)} bytes, {LIMITS.message_max_bytes} are allowed",
            field="body",
            remedy="send it in parts, or leave attachments out",
        )
    return Message(header, body, raw)


def header_bytes(header: ControlHeader) -> bytes:
    """The header as `compose` writes it: what a sealed body is bound to before it is composed."""
    return canonical(_wire(header))


def received_header_bytes(raw: bytes) -> bytes:
    """The header of message bytes in canonical form: what its sealed body must be bound to.

    It is taken as it stands, so that no reading of it in between decides. Raises `Unverified`.
    """
    value = parse_json(raw)
    header = value.get("header") if isinstance(value, dict) else None
    if not isinstance(header, dict):
        raise Unverified(Reason.SCHEMA, "header: missing")
    try:
        return canonical(header)
    except InvalidInput:
        raise Unverified(Reason.SCHEMA, "header: not_canonical") from None


def body_bytes(body: Document) -> bytes:
    """A body in canonical form, as it stands inside a seal."""
    return canonical_with_decimals(_wire(body))


def parse_body(type_name: str, inner: bytes) -> Document:
    """What a unit found inside a seal: step 9 and the schema of the type, or `Unverified`."""
    value = parse_json(inner)
    try:
        return _validated(message_type(type_name).body, value, "body")
    except _BrokenError as broken:
        raise Unverified(Reason.SCHEMA, _named(broken)) from None


def _named(broken: _BrokenError) -> str:
    """Fields and codes without any value, for logs."""
    return "; ".join(f"{path}: {code}" for path, code, _ in broken.faults)


def _read(value: object) -> tuple[ControlHeader, Document]:
    if not isinstance(value, dict) or value.keys() != {"header", "body"}:
        raise _BrokenError(("message", "shape", "a message has a header and a body, nothing else"))
    header = _header(value["header"])
    body = _wire_body(CATALOGUE[header.type], value["body"])
    try:
        check_withheld(header, body)
    except InvalidInput as error:
        raise _BrokenError((error.field, "withheld_is_there", error.message)) from None
    return header, body


def _wire_body(kind: MessageType, value: object) -> Document:
    body = _validated(kind.wire_body, value, "body")
    if isinstance(body, SealedBody) and body.unit != kind.sealed_to:
        raise _BrokenError(("body.unit", "sealed_unit", f"{kind.name} is for {kind.sealed_to}"))
    return body


def _authored(type_name: str, value: object) -> Document:
    try:
        return _wire_body(message_type(type_name), value)
    except _BrokenError as broken:
        raise _invalid(broken) from None


def _header(value: object) -> ControlHeader:
    name = value.get("type") if isinstance(value, Mapping) else None
    if not isinstance(name, str):
        raise _BrokenError(("header.type", "missing", "a header names its type"))
    try:
        header = _validated(message_type(name).header, value, "header")
        check_header(header)
    except InvalidInput as error:
        code = "not_for_this_type" if name in CATALOGUE else "unknown_type"
        words = f"{error.message}; {error.remedy}" if error.remedy else error.message
        raise _BrokenError((error.field, code, words)) from None
    return header


def _validated(model: type[D], value: object, root: str) -> D:
    try:
        # The wire has one name for each field: aliases, never the names that Python needs.
        return model.model_validate(value, by_alias=True, by_name=False)
    except ValidationError as error:
        faults = _own_faults(error.errors(include_url=False, include_input=False))
        raise _BrokenError(*(_fault(root, fault) for fault in faults[:_NAMED_MAX])) from None


def _own_faults(faults: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without a list being too short only because an item in it is at fault."""
    at_fault = {fault["loc"][:end] for fault in faults for end in range(len(fault["loc"]))}
    return [f for f in faults if f["type"] != "too_short" or f["loc"] not in at_fault]


def _fault(root: str, fault: ErrorDetails) -> tuple[str, str, str]:
    """Path, code and sentence. The path holds only names of ours and positions in lists."""
    location, context = fault["loc"], fault.get("ctx", {})
    if fault["type"] == "extra_forbidden":
        # Its name was chosen by who wrote the message: told to an author, never logged.
        location = location[:-1]
    steps = (root, *location, *filter(None, [context.get("field")]))
    return ".".join(map(str, steps)), fault["type"], _words(fault)


def _words(fault: ErrorDetails) -> str:
    """What to tell the author."""
    code, context = fault["type"], fault.get("ctx", {})
    if code == "extra_forbidden":
        name = str(fault["loc"][-1])
        return f"there is no field {name if _PLAIN_NAME.fullmatch(name) else 'of that name'}"
    if context.get("pattern") in PATTERN_WORDS:
        return f"must be {PATTERN_WORDS[context['pattern']]}"
    if code in CODE_CHECKS:
        try:
            CODE_CHECKS[code](context["value"])
        except InvalidInput as error:
            return f"{error.message}; {error.remedy}"
    return fault["msg"]


def _invalid(broken: _BrokenError) -> InvalidInput:
    text = "; ".join(f"{path}: {words}" for path, _, words in broken.faults)
    return InvalidInput(text, field=broken.faults[0][0])


def _wire(document: Document) -> dict[str, object]:
    """As on the wire: what was not said is absent, and an empty list that was said is there."""
    return document.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)
