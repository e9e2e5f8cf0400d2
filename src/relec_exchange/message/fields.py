"""The kinds of fields that header and bodies are made of.

Contract: every model is strict, frozen and closed, and takes what strict JSON parsing yields:
lists become tuples, codes become enums, times and dates are read from exactly one form, and no
other conversion happens. Each kind has the same rule in the generated JSON Schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Annotated, Final, TypeVar

from annotated_types import GroupedMetadata
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    Strict,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from relec_exchange.errors import InvalidInput
from relec_exchange.message.codes import (
    Handling,
    check_citizenship,
    check_country,
    check_state,
    citizenships,
    countries,
    states,
)
from relec_exchange.message.constants import LIMITS
from relec_exchange.message.encoding import INTEGER_MAX
from relec_exchange.message.identifiers import (
    DATE_PATTERN,
    DIGEST_PATTERN,
    MESSAGE_ID_PATTERN,
    NODE_PATTERN,
    TIME_PATTERN,
    UNIT_PATTERN,
    format_time,
    parse_time,
)

T = TypeVar("T")

# Control characters could move a cursor, bidirectional overrides could make a text read as
# another one; both are refused where text enters, so no screen has to be careful alone.
# Written as escapes that Rust, Python and ECMAScript read alike.
_REFUSED: Final = r"\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069"
TEXT_PATTERN: Final = rf"^[^{_REFUSED}]*$"
LINE_PATTERN: Final = rf"^[^\u000a{_REFUSED}]*$"
FILE_NAME_PATTERN: Final = rf"^[^./\\\u000a{_REFUSED}][^/\\\u000a{_REFUSED}]*$"
MONTH_PATTERN: Final = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
LANGUAGE_PATTERN: Final = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}$"
# 32 bytes in canonical base64: the last digit carries two spare bits, which are zero.
HASH_B64_PATTERN: Final = r"^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$"

_DATE: Final = re.compile(DATE_PATTERN)

# What a pattern means, for authors; a regular expression is no sentence.
PATTERN_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        TEXT_PATTERN: "text without control characters but line breaks, or bidirectional overrides",
        LINE_PATTERN: "one line without control characters and bidirectional overrides",
        FILE_NAME_PATTERN: "a file name without slashes that does not begin with a dot",
        HASH_B64_PATTERN: "32 bytes in base64",
        NODE_PATTERN: "the name of a node: 2 to 16 of a-z and 0-9, a letter first",
        UNIT_PATTERN: "the name of a unit: up to 32 of a-z, 0-9 and hyphen, a letter first",
        MESSAGE_ID_PATTERN: "a message id: a UUID of version 7 in lower case",
        DIGEST_PATTERN: "a SHA-256 in 64 lower-case hexadecimal digits",
        MONTH_PATTERN: "a month, as 2026-11",
        LANGUAGE_PATTERN: "a language, as tr or fa-AF",
    }
)

# Who wants to know what a code should have been asks these, by the code of the fault.
CODE_CHECKS: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {"country": check_country, "citizenship": check_citizenship, "state": check_state}
)


class Document(BaseModel):
    """The base of header and bodies: strict, frozen, no unknown field, no value in an error."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        hide_input_in_errors=True,
        # Python names such as `from_` are for constructing; the wire knows aliases only.
        validate_by_name=True,
        validate_by_alias=True,
    )


def rule(code: str, text: str, field: str = "") -> PydanticCustomError:
    """A broken rule: a code that may be logged, a sentence for the author, the field to mend.

    A rule between fields names one of them; a rule on one field leaves it out.
    """
    # The text is a template for pydantic, so braces have no business in it.
    plain = text.replace("{", "(").replace("}", ")")
    return PydanticCustomError(code, plain, {"field": field} if field else None)


def _listed(code: str, table: Callable[[], Mapping[str, object]]) -> AfterValidator:
    """Membership alone: a suggestion costs a search, which only a reader of the fault needs."""

    def validate(value: str) -> str:
        if value not in table():
            raise PydanticCustomError(code, "this code is not in its list", {"value": value})
        return value

    return AfterValidator(validate)


def _time(value: object) -> object:
    """Wire text or an aware time of Python, cut to the millisecond that the wire carries."""
    if isinstance(value, str):
        try:
            return parse_time(value)
        except InvalidInput as error:
            raise rule("time", error.message) from None
    if isinstance(value, datetime) and value.tzinfo is not None:
        moment = value.astimezone(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    raise rule("time", "a time is UTC text with milliseconds, as 2026-11-21T17:30:00.123Z")


def _date(value: object) -> object:
    """Wire text or a date of Python, but not a time."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise rule("date", "this date does not exist") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise rule("date", "a date is written as 2026-11-21")


def distinct(items: tuple[T, ...]) -> tuple[T, ...]:
    """Refuse a list that names something twice."""
    if len(set(items)) != len(items):
        raise rule("repeated", "nothing may be named twice here")
    return items


def _handling(codes: tuple[Handling, ...]) -> tuple[Handling, ...]:
    if Handling.H0 in codes and len(codes) > 1:
        raise rule("handling_h0_alone", "H0 stands alone; H1, H2 and H3 may be combined")
    return codes


@dataclass(frozen=True, slots=True)
class Bounded(GroupedMetadata):
    """A list of at least `least` and at most `most` items, all different where `distinct`.

    JSON has neither tuples nor enums: here and in `Code` is where strictness gives way.
    """

    most: int
    least: int = 0
    distinct: bool = False

    def __iter__(self) -> Iterator[object]:
        yield Strict(False)
        yield Field(min_length=self.least or None, max_length=self.most)
        if self.distinct:
            yield Field(json_schema_extra={"uniqueItems": True})
            yield AfterValidator(distinct)
        yield BeforeValidator(self._not_longer)

    def _not_longer(self, value: object) -> object:
        """Before any item is judged, for each may bring faults, and every fault costs time."""
        if isinstance(value, list) and len(value) > self.most:
            raise rule("too_long", f"a list has at most {self.most} items here")
        return value


# For documents read from an author's own file, where the cheap check beforehand is not needed.
Distinct = Annotated[tuple[T, ...], Strict(False), AfterValidator(distinct)]
Code = Annotated[T, Strict(False)]

Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=LINE_PATTERN)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=10_000, pattern=TEXT_PATTERN)]
NoteText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LIMITS.note_max_bytes, pattern=TEXT_PATTERN),
]
NodeName = Annotated[str, StringConstraints(pattern=NODE_PATTERN)]
UnitName = Annotated[str, StringConstraints(pattern=UNIT_PATTERN)]
MessageId = Annotated[str, StringConstraints(pattern=MESSAGE_ID_PATTERN)]
Digest = Annotated[str, StringConstraints(pattern=DIGEST_PATTERN)]
HashB64 = Annotated[str, StringConstraints(pattern=HASH_B64_PATTERN)]
# BCP 47 in outline: a language, then script, region and variants as subtags.
LanguageTag = Annotated[str, StringConstraints(max_length=35, pattern=LANGUAGE_PATTERN)]
CountryCode = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{2}$"), _listed("country", countries)
]
CitizenshipCode = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{3}$"), _listed("citizenship", citizenships)
]
StateCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), _listed("state", states)]
Count = Annotated[int, Field(ge=0, le=INTEGER_MAX)]
Number = Annotated[int, Field(ge=1, le=INTEGER_MAX)]
Time = Annotated[
    datetime,
    BeforeValidator(_time),
    PlainSerializer(format_time, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": TIME_PATTERN}),
]
Date = Annotated[
    date,
    BeforeValidator(_date),
    WithJsonSchema({"type": "string", "pattern": DATE_PATTERN}),
]
HandlingSet = Annotated[
    tuple[Code[Handling], ...], Bounded(3, least=1, distinct=True), AfterValidator(_handling)
]
