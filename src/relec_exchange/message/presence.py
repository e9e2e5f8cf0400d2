"""Unknown, empty and withheld are three different things: which of them is a field of a message?

Contract: absent is not known or not said, an empty list is known to be none, and what the header
names as withheld is known to the sender and was cut. All three survive parsing and composing. A
pointer is written as in `header.withheld`; a list may be pointed into beyond its end, because what
was cut of it stood there.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from relec_exchange.errors import InvalidInput
from relec_exchange.message.fields import Document
from relec_exchange.message.header import ControlHeader, Header

if TYPE_CHECKING:
    from relec_exchange.message.document import Message


_PLACE: Final = re.compile(r"0|[1-9][0-9]{0,8}")


class Presence(StrEnum):
    """What a message says of one field."""

    KNOWN = "known"
    EMPTY = "empty"
    UNKNOWN = "unknown"
    WITHHELD = "withheld"


def presence(message: Message, pointer: str) -> Presence:
    """What the message says of the field at `pointer`, as `/body/persons/0/citizenships`.

    A field with a value that holds where nothing is said is known. Raises `InvalidInput` for a
    pointer to what no message of this type has.
    """
    found = look(message.header, message.body, pointer)
    if found is not Presence.UNKNOWN or not isinstance(message.header, Header):
        return found
    paths = (item.path for item in message.header.withheld)
    if any(f"{pointer}/".startswith(f"{path}/") for path in paths):
        return Presence.WITHHELD
    return found


def look(header: ControlHeader, body: Document, pointer: str) -> Presence:
    """The same without regard to what is withheld: known, empty or unknown."""
    roots: dict[str, Document] = {"/header": header, "/body": body}
    root = next((name for name in roots if f"{pointer}/".startswith(f"{name}/")), None)
    if root is None:
        raise _nowhere()
    value: Any = roots[root]
    for step in pointer.split("/")[2:]:
        value = _below(value, step)
        if value is None:
            return Presence.UNKNOWN
    return Presence.EMPTY if value == () else Presence.KNOWN


def check_withheld(header: ControlHeader, body: Document) -> None:
    """Refuse a message that says what it claims to withhold; `InvalidInput` names which."""
    for number, item in enumerate(header.withheld if isinstance(header, Header) else ()):
        field = f"header.withheld.{number}.path"
        try:
            found = look(header, body, item.path)
        except InvalidInput as error:
            raise InvalidInput(error.message, field=field, remedy=error.remedy) from None
        if found is not Presence.UNKNOWN:
            raise InvalidInput(
                "this field is in the message: it is not withheld",
                field=field,
                remedy="take the field out of the message, or the line out of withheld",
            )


def _below(value: Any, step: str) -> Any:
    """The value one step down, or None where nothing is said."""
    if isinstance(value, Document):
        for name, info in type(value).model_fields.items():
            if (info.alias or name) == step:
                said = name in value.model_fields_set or getattr(value, name) != ()
                return getattr(value, name) if said else None
    if isinstance(value, tuple) and _PLACE.fullmatch(step):
        return value[int(step)] if int(step) < len(value) else None
    raise _nowhere()


def _nowhere() -> InvalidInput:
    return InvalidInput(
        "this type of message has no such field",
        field="pointer",
        remedy="write the place as /body/persons/0/birth, by the names of the fields",
    )
