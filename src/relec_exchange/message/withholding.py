"""Fields cut from a message before it is signed, and opened again for a recipient who may know.

Contract: pure. A path is dotted, `body.persons.birth`, and means that field of every item of the
lists on its way; a path that names neither `header` nor `body` first is one of the body. A pointer
names one place, `/body/persons/0/birth`. What is cut leaves a line in `header.withheld`: pointer
and `SHA-256("relec/v1 withheld" || salt[32] || pointer || 0x00 || RFC 8785 JSON of the value)`.
The salts of a message come from one secret, each by its pointer, so that no salt tells another. A
field that is cut silently leaves nothing: the message is the one in which it was never said.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from relec_exchange.errors import InvalidInput, Refused, Unverified
from relec_exchange.message.bodies.sealed import SealedBody
from relec_exchange.message.document import Message, body_bytes, compose, header_bytes
from relec_exchange.message.encoding import canonical_with_decimals, parse_json
from relec_exchange.message.header import Header

RULE_WITHHELD: Final = "withheld-field"
"""A message says what its agreement withholds."""

RULE_MISMATCH: Final = "disclosure-mismatch"
"""What is disclosed is not what was cut."""

SECRET_BYTES: Final = 32
SALT_BYTES: Final = 32
_LABEL: Final = b"relec/v1 withheld"
_SALT_LABEL: Final = b"relec/v1 withheld salt"
_ROOTS: Final = ("header", "body")
# Without the others of the header nobody could tell what a message is, or for how long.
_HEADER_FIELDS: Final = frozenset(
    ("legal_basis", "own_ref", "your_ref", "related", "subject_categories", "attachments")
)

Json = dict[str, Any]
Silent = Callable[[str], bool]
"""Whether the field at a dotted path is cut without a line."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One field that was cut: where it stood, what it said as RFC 8785 JSON, and its salt."""

    path: str
    value: str = field(repr=False)
    salt: bytes = field(repr=False)

    def commitment(self) -> str:
        """What the message says of it, in hex; `InvalidInput` for a salt of another length."""
        if len(self.salt) != SALT_BYTES:
            raise InvalidInput(f"a salt has {SALT_BYTES} bytes", field="salt")
        pointer, value = self.path.encode(), self.value.encode()
        return hashlib.sha256(_LABEL + self.salt + pointer + b"\0" + value).hexdigest()


@dataclass(frozen=True, slots=True)
class CutMessage(Message):
    """A message with what was cut from it, for its author's node alone.

    `silent` are the places that were cut without a line, for its author's eyes.
    """

    cuts: tuple[Cut, ...] = field(default=(), repr=False)
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Disclosure(Message):
    """A correction that discloses fields, with the message as it is known after it.

    `whole` is None where that message is not here.
    """

    whole: Message | None = field(default=None, repr=False)


def cut(message: Message, paths: Sequence[str], secret: bytes, silent: Silent) -> CutMessage:
    """The message without the fields at `paths`, and what was cut, in the order of the lines.

    Of a body that is sealed nothing is cut here. `InvalidInput` (it names the place) for what a
    message of this type cannot go without, and for more lines than a header has room for.
    """
    whole = _plain(message)
    _check_paths(paths)
    gone = _without(whole, [path for path in paths if silent(path)])
    cuts = [one for path in _outer_first(paths) for one in _taken(whole, path, secret)]
    if cuts:
        lines = [{"path": one.path, "commitment": one.commitment()} for one in cuts]
        whole["header"]["withheld"] = [*whole["header"].get("withheld", ()), *lines]
    made = _composed(whole, message)
    return CutMessage(made.header, made.body, made.raw, tuple(cuts), gone)


def silently_cut(body: Json, paths: Sequence[str]) -> tuple[Json, tuple[str, ...]]:
    """A body as in JSON without the fields at `paths`, and where they stood; nothing in the body
    tells that they were there.
    """
    whole: Json = {"body": parse_json(canonical_with_decimals(body))}
    _check_paths(paths)
    gone = _without(whole, paths)
    return whole["body"], gone


def told(message: Message, paths: Sequence[str]) -> str:
    """The pointer of the first field at `paths` that the message has, or nothing.

    Of a body that is sealed nothing can be seen.
    """
    if not paths:
        return ""
    whole = _plain(message)
    return next((pointer for path in paths for pointer, _, _ in _found(whole, path)), "")


def covers(path: str, pointer: str) -> bool:
    """Whether what stands at the pointer is, holds, or lies in what a withheld path means."""
    names = [step for step in pointer.split("/")[1:] if not step.isdecimal()]
    return all(one == other for one, other in zip(_steps(path), names, strict=False))


def above(path: str, pointer: str) -> bool:
    """Whether what stands at the pointer is a whole that a withheld path leads into."""
    return covers(path, pointer) and len(dotted(pointer).split(".")) < len(_steps(path))


def dotted(pointer: str) -> str:
    """The path that means the place of a pointer in every item of its lists."""
    return ".".join(step for step in pointer.split("/")[1:] if not step.isdecimal())


def open_cut(header: Header, disclosed: Cut) -> Any:
    """The value that was cut, proven unaltered, or `Refused` (`disclosure-mismatch`)."""
    line = next((one for one in header.withheld if one.path == disclosed.path), None)
    if line is None:
        raise _mismatch("the message names no field at this place as withheld")
    if not hmac.compare_digest(line.commitment, disclosed.commitment()):
        raise _mismatch("this is not what was cut: it does not fit the commitment of the message")
    try:
        value = parse_json(disclosed.value.encode())
        if canonical_with_decimals(value) == disclosed.value.encode():
            return value
    except (InvalidInput, Unverified):
        pass
    raise _mismatch("the value is not JSON in canonical form")


def restored(message: Message, cuts: Sequence[Cut]) -> Message:
    """The message with these fields again where they stood, and without their lines.

    `Refused` where a value is not what was cut; `InvalidInput` where the whole is no message.
    """
    header = message.header
    if not isinstance(header, Header):
        raise _mismatch("this message withholds nothing")
    whole = _plain(message)
    for one in sorted(cuts, key=lambda each: each.path):
        _put_back(whole, one.path, open_cut(header, one))
    opened = {one.path for one in cuts}
    left = [line for line in whole["header"].get("withheld", ()) if line["path"] not in opened]
    whole["header"].pop("withheld", None)
    if left:
        whole["header"]["withheld"] = left
    return _composed(whole, message)


def check_cuts(message: Message, cuts: Sequence[Cut]) -> None:
    """Refuse cuts that are not those which the header names, each once, and all of them.

    `InvalidInput` for a line without its cut or a cut without its line, `Refused` for a wrong one.
    """
    header = message.header
    lines = [one.path for one in header.withheld] if isinstance(header, Header) else []
    if sorted(lines) != sorted(one.path for one in cuts):
        raise InvalidInput(
            "header.withheld names other fields than were handed over as cut",
            field="cuts",
            remedy="hand over each field that was cut, with its salt, or take its line out",
        )
    if cuts:
        restored(message, cuts)


def salt_of(secret: bytes, pointer: str) -> bytes:
    """The salt of one field: HKDF-SHA256 (RFC 5869) of the secret, told apart by the pointer."""
    if len(secret) != SECRET_BYTES:
        raise InvalidInput(f"a secret has {SECRET_BYTES} bytes", field="secret")
    key = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(key, _SALT_LABEL + pointer.encode() + b"\1", "sha256")


def _check_paths(paths: Sequence[str]) -> None:
    """What an agreement cannot ask for: parts without which nothing is a message."""
    for path in paths:
        steps = _steps(path)
        if len(steps) < 2 or (steps[0] == "header" and steps[1] not in _HEADER_FIELDS):
            raise InvalidInput(
                "the agreement withholds what no message can go without",
                field=path,
                remedy=f"have it amended; of a header: {', '.join(sorted(_HEADER_FIELDS))}",
            )


def _steps(path: str) -> list[str]:
    steps = path.split(".")
    return steps if steps[0] in _ROOTS else ["body", *steps]


def _outer_first(paths: Sequence[str]) -> list[str]:
    """So that a field inside another that is cut is not cut a second time."""
    return sorted(dict.fromkeys(paths), key=lambda path: (len(_steps(path)), path))


def _plain(message: Message) -> Json:
    """Header and body as in JSON; a sealed body has no fields to cut."""
    whole: Json = {"header": parse_json(header_bytes(message.header))}
    if not isinstance(message.body, SealedBody):
        whole["body"] = parse_json(body_bytes(message.body))
    return whole


def _composed(whole: Json, message: Message) -> Message:
    body = whole.get("body", message.body)
    try:
        return compose(whole["header"], body)
    except InvalidInput as error:
        raise InvalidInput(
            f"a message of this type cannot go without a field that is withheld: {error.message}",
            field=error.field,
            remedy="send what this agreement allows as another message, or have it amended",
        ) from None


def _found(whole: Json, path: str) -> Iterator[tuple[str, Json, str]]:
    """Where a path leads: the pointer, the object that holds the field, and its name there."""
    yield from list(_below(whole, _steps(path), ""))


def _below(value: Any, steps: Sequence[str], at: str) -> Iterator[tuple[str, Json, str]]:
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _below(item, steps, f"{at}/{number}")
    elif isinstance(value, dict) and steps[0] in value:
        here = f"{at}/{steps[0]}"
        if len(steps) == 1:
            yield here, value, steps[0]
        else:
            yield from _below(value[steps[0]], steps[1:], here)


def _without(whole: Json, paths: Sequence[str]) -> tuple[str, ...]:
    """Take fields out, and tell where they stood."""
    gone: list[str] = []
    for path in paths:
        for pointer, holder, name in _found(whole, path):
            del holder[name]
            gone.append(pointer)
    return tuple(gone)


def _taken(whole: Json, path: str, secret: bytes) -> Iterator[Cut]:
    """Cut one field wherever it stands."""
    for pointer, holder, name in _found(whole, path):
        value = canonical_with_decimals(holder.pop(name)).decode()
        yield Cut(pointer, value, salt_of(secret, pointer))


def _put_back(whole: Json, pointer: str, value: Any) -> None:
    *way, name = pointer.split("/")[1:]
    holder: Any = whole
    for step in way:
        if isinstance(holder, list) and step.isdecimal() and int(step) < len(holder):
            holder = holder[int(step)]
        elif isinstance(holder, dict) and step in holder:
            holder = holder[step]
        else:
            raise _mismatch("nothing can have stood at this place of the message")
    if not isinstance(holder, dict) or name in holder:
        raise _mismatch("nothing can have stood at this place of the message")
    holder[name] = value


def _mismatch(text: str) -> Refused:
    return Refused(
        text,
        rule=RULE_MISMATCH,
        field="body.disclosed",
        remedy="disclose the field as it was cut: relec disclose takes it from your own store",
    )
