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
from functools import cache
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
from relec_exchange.forms import mrz, tables
from relec_exchange.forms.phones import check_e164
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
# Where in a message something stands or stood, in the outline of RFC 6901.
POINTER_PATTERN: Final = r"^(/[A-Za-z0-9_]{1,64}){1,16}$"
PHONE_PATTERN: Final = r"^\+[1-9][0-9]{6,14}$"
EMAIL_PATTERN: Final = r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}$"
MRZ_PATTERN: Final = r"^[A-Z0-9<]{30,44}$"
CLOCK_PATTERN: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
ZONE_PATTERN: Final = r"^[A-Z][A-Za-z]{1,13}(/[A-Z][A-Za-z_+-]{1,29}){0,2}$"
AMOUNT_PATTERN: Final = r"^[0-9]{1,12}(\.[0-9]{1,2})?$"
# 32 bytes in canonical base64: the last digit carries two spare bits, which are zero.
HASH_B64_PATTERN: Final = r"^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$"

_DATE: Final = re.compile(DATE_PATTERN)
# What protects, what leaves open whether it does, and the state of specimens.
_NO_ISSUER: Final = mrz.PROTECTED_ISSUERS | {"XXX", "UTO"}

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
        POINTER_PATTERN: "the place of a field, as /body/persons/0/birth",
        PHONE_PATTERN: "an international number, as +902125550100",
        EMAIL_PATTERN: "an e-mail address, as desk@ncp.example",
        MRZ_PATTERN: "one line of a machine-readable zone: 30 to 44 of A-Z, 0-9 and <",
        CLOCK_PATTERN: "a time of day, as 08:30",
        ZONE_PATTERN: "a time zone by its IANA name, as Asia/Karachi",
        AMOUNT_PATTERN: "an amount with a point and at most two decimals, as 1500 or 1500.50",
    }
)

# Who wants to know what a code should have been asks these, by the code of the fault.
CODE_CHECKS: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {
        "country": check_country,
        "citizenship": check_citizenship,
        "state": check_state,
        "subdivision": lambda code: tables.check("iso3166-2", code, field="subdivision"),
        "currency": lambda code: tables.check("iso4217", code, field="currency"),
        "script": lambda code: tables.check("iso15924", code, field="script"),
        "issuer": lambda code: tables.check("iso3166-1-alpha-3", code, field="issuer"),
        "language": lambda tag: tables.check("iso639", tag.partition("-")[0], field="language"),
    }
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


@cache
def issuers() -> Mapping[str, str]:
    """Name by three-letter code of who issues documents: states, and organisations and others of
    ICAO Doc 9303 part 3; not the codes that would tell who is stateless or a refugee.
    """
    others = tables.table("icao9303-issuers").entries
    kept = {c: name for c, name in others.items() if len(c) == 3 and c not in _NO_ISSUER}
    return MappingProxyType(dict(states()) | kept)


def _language(tag: str) -> str:
    """Its language must be one; the subtags that follow are not looked up."""
    if tag.partition("-")[0] not in tables.table("iso639").entries:
        raise PydanticCustomError(
            "language", "this language is not in its list", {"value": tag[:64]}
        )
    return tag


def _phone(number: str) -> str:
    try:
        return check_e164(number, "phone")
    except InvalidInput as error:
        raise rule("phone", f"{error.message}; {error.remedy}") from None


def check_zone(lines: tuple[str, ...], remedy: str, field: str = "mrz") -> None:
    """Refuse lines that are no machine-readable zone, or whose check digits do not fit."""
    try:
        zone = mrz.parse_mrz(lines)
    except InvalidInput as error:
        raise rule("mrz", f"{error.message}; {error.remedy}", field) from None
    wrong = [one.explanation for one in mrz.mismatches(zone) if one.field.endswith("_check")]
    if wrong:
        raise rule("mrz_check_digit", f"{'; '.join(wrong)}; {remedy}", field)


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
LanguageTag = Annotated[
    str,
    StringConstraints(max_length=35, pattern=LANGUAGE_PATTERN),
    AfterValidator(_language),
]
Pointer = Annotated[str, StringConstraints(max_length=300, pattern=POINTER_PATTERN)]
Phone = Annotated[str, StringConstraints(pattern=PHONE_PATTERN), AfterValidator(_phone)]
Email = Annotated[str, StringConstraints(max_length=254, pattern=EMAIL_PATTERN)]
MrzLine = Annotated[str, StringConstraints(pattern=MRZ_PATTERN)]
Clock = Annotated[str, StringConstraints(pattern=CLOCK_PATTERN)]
ZoneName = Annotated[str, StringConstraints(pattern=ZONE_PATTERN)]
Amount = Annotated[str, StringConstraints(pattern=AMOUNT_PATTERN)]
Script = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z][a-z]{3}$"),
    _listed("script", lambda: tables.table("iso15924").entries),
]
CurrencyCode = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{3}$"),
    _listed("currency", lambda: tables.table("iso4217").entries),
]
SubdivisionCode = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{2}-[A-Z0-9]{1,3}$"),
    _listed("subdivision", lambda: tables.table("iso3166-2").entries),
]
CountryCode = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{2}$"), _listed("country", countries)
]
CitizenshipCode = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{3}$"), _listed("citizenship", citizenships)
]
StateCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), _listed("state", states)]
IssuerCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), _listed("issuer", issuers)]
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


def spelled_out(handling: tuple[Handling, ...], note: str | None) -> None:
    """Raise unless a note says what H3 restricts."""
    if Handling.H3 in handling and note is None:
        raise rule(
            "handling_note_missing",
            "H3 needs handling_note: spell the restriction out",
            "handling_note",
        )
