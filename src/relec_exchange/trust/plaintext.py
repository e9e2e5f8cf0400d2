"""The rules for a text that an authority signs: TOML that a person can read without being misled.

Contract: `read_text` and `read_document` raise `InvalidInput` naming the line or the field, and
accept nothing that another TOML 1.0 reader could take for something else. What a person sees is
what is signed: no character that is invisible or changes the order of its neighbours.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from relec_exchange.errors import InvalidInput
from relec_exchange.message.constants import LIMITS

LINE_MAX_CHARACTERS: Final = 4096  # the longest honest line, an ML-DSA-44 key, takes about 1,850
DEPTH_MAX: Final = 8
DOTS_MAX: Final = 100  # in one line: the time to read a dotted key grows with its square
INTEGER_MAX: Final = 2**53 - 1

# Listed by number, not by Unicode category: categories grow with every version of Unicode, and two
# nodes with different versions must give the same answer. Control characters (C0 but newline, C1),
# soft hyphen, joiners and fillers without width, marks and embeddings that change direction,
# line and paragraph separators, the byte order mark, interlinear and tag characters.
_FORBIDDEN: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
_KEY: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
# A text over several lines can look like tables that are not there.
_LONG_STRINGS: Final = ('"' * 3, "'" * 3)
_POSITION: Final = re.compile(r"\(at (line \d+), column \d+\)")

M = TypeVar("M", bound=BaseModel)


def read_text(text: str, kind: str) -> dict[str, object]:
    """The tables of a text of this kind (`card`, `agreement`, ...); arrays come as tuples.

    The first line must be `format = "relec/v1 <kind>"` and the second begin with `network = `.
    Values are strings, integers of at most 2^53-1, booleans, arrays, tables and UTC times to the
    second; floats, local times and dates are refused.
    """
    _check_lines(text)
    lines = text.split("\n")
    if lines[0] != f'format = "relec/v1 {kind}"':
        _refuse(1, f'must be: format = "relec/v1 {kind}"')
    if not lines[1].startswith("network = "):
        _refuse(2, "must say the network")
    return _table(_parse(text), "", 1)


def read_document(text: str, kind: str, model: type[M]) -> M:
    """`read_text`, then the model; `InvalidInput` names every field that breaks a rule."""
    return validated(read_text(text, kind), kind, model)


def validated(data: Mapping[str, object], kind: str, model: type[M]) -> M:
    """The model of these tables, or `InvalidInput` with fields and rules, never with values."""
    try:
        # Names of the text only: what Python calls a field is no second spelling.
        return model.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        first = _field(problems[0]["loc"])
        told = "; ".join(_told(p["loc"], p["msg"], kind) for p in problems[:5])
        raise InvalidInput(f"this {kind} breaks a rule: {told}", field=first) from None


def _check_lines(text: str) -> None:
    if len(text) > LIMITS.note_max_bytes:
        raise InvalidInput(f"a text is at most {LIMITS.note_max_bytes} characters", field="text")
    for number, line in enumerate(text.split("\n"), start=1):
        _check_line(number, line)
    if not text.endswith("\n"):
        _refuse(text.count("\n") + 1, "must end with a newline")


def _check_line(number: int, line: str) -> None:
    found = _FORBIDDEN.search(line)
    if found:
        _refuse(number, f"holds the character U+{ord(found[0]):04X}, which cannot be seen")
    if not unicodedata.is_normalized("NFC", line):
        _refuse(number, "is not in Unicode normal form C")
    if len(line) > LINE_MAX_CHARACTERS:
        _refuse(number, f"has more than {LINE_MAX_CHARACTERS} characters")
    if line.count(".") > DOTS_MAX:
        _refuse(number, f"has more than {DOTS_MAX} dots")
    if any(quotes in line for quotes in _LONG_STRINGS):
        _refuse(number, "begins a text over several lines; write it in one line")


def _parse(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise InvalidInput("the text is nested too deeply", field="text") from None
    except ValueError as error:  # also what int() says of a number with too many digits
        place = _POSITION.search(str(error))
        where = place[1] if place else "text"
        what = _POSITION.sub("", str(error)).strip()
        raise InvalidInput(f"{where} is not TOML: {what}", field=where) from None


def _table(table: Mapping[str, object], path: str, depth: int) -> dict[str, object]:
    for key in table:
        if _KEY.fullmatch(key) is None:
            raise InvalidInput(
                f"{path or 'text'}: a name has letters, digits, dot, hyphen and underscore only",
                field=path or "text",
            )
    return {key: _value(item, f"{path}{key}", depth) for key, item in table.items()}


def _value(value: object, path: str, depth: int) -> object:
    if depth > DEPTH_MAX:
        raise InvalidInput(f"{path}: nested too deeply", field=path)
    if isinstance(value, dict):
        return _table(value, f"{path}.", depth + 1)
    if isinstance(value, list):
        return tuple(_value(item, f"{path}[{n}]", depth + 1) for n, item in enumerate(value))
    return _scalar(value, path)


def _scalar(value: object, path: str) -> object:
    if isinstance(value, str):
        if "\n" in value or _FORBIDDEN.search(value) or not unicodedata.is_normalized("NFC", value):
            raise InvalidInput(f"{path}: an escape hides a character", field=path)
        return value
    if isinstance(value, bool) or (isinstance(value, int) and abs(value) <= INTEGER_MAX):
        return value
    if isinstance(value, datetime) and value.utcoffset() == timedelta(0) and not value.microsecond:
        return value
    raise InvalidInput(
        f"{path}: only texts, whole numbers to 2^53-1, true, false, lists, tables and UTC times",
        field=path,
        remedy="write a time as 2026-11-21T00:00:00Z and a decimal as whole units",
    )


def _told(location: tuple[int | str, ...], message: str, kind: str) -> str:
    return f"{_field(location) or kind}: {message.removeprefix('Value error, ')}"


def _field(location: tuple[int | str, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")


def _refuse(number: int, what: str) -> NoReturn:
    raise InvalidInput(f"line {number} {what}", field=f"line {number}")
