"""Read the lines of a machine-readable zone into its fields.

Contract: refused is only what cannot be a zone: the number of lines, their lengths, their signs.
Each refusal says where and which slip is likely. What the zone then says is not judged here.
Source: ICAO Doc 9303 parts 3 to 7, eighth edition (2021).
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from relec_exchange.errors import InvalidInput
from relec_exchange.forms.mrz_layouts import PLANS, Layout, Plan, Span

FILLER: Final = "<"
_SIGNS: Final = string.digits + string.ascii_uppercase + FILLER
_VALUES: Final = {sign: (0 if sign == FILLER else at) for at, sign in enumerate(_SIGNS)}
_WEIGHTS: Final = (7, 3, 1)
_REMEDY: Final = "count the fillers < at the end of the line, and leave no sign out"


@dataclass(frozen=True, slots=True)
class Mrz:
    """A zone as read, without fillers at the ends.

    Dates are `YYMMDD` with `<` for what is not known; sex is `M`, `F` or empty; `number` is whole
    even where it is longer than its field. `names` are surname and given names, in that order.
    `truncated` says that the names fill their field and may go on.
    """

    layout: Layout
    lines: tuple[str, ...]
    document_code: str
    issuer: str
    number: str
    nationality: str
    birth: str
    sex: str
    expiry: str
    surname: str
    given: str
    truncated: bool
    optional: tuple[str, ...]


def check_digit(text: str) -> str:
    """The check digit over signs of a zone: values 0 to 35, weights 7 3 1, modulo 10."""
    total = sum(_VALUES[sign] * _WEIGHTS[at % 3] for at, sign in enumerate(text))
    return str(total % 10)


def parse_mrz(lines: Sequence[str]) -> Mrz:
    """Read the lines of a zone; `InvalidInput` names line, column and the likely slip."""
    plan = _plan_of(lines)
    for number, line in enumerate(lines):
        _check_signs(number, line)
    fields = cut_fields(plan, lines)
    whole, _, left = long_number(plan, fields)
    surname, _, given = fields["names"].strip(FILLER).partition(FILLER * 2)
    return Mrz(
        layout=plan.layout,
        lines=tuple(lines),
        document_code=fields["document_code"].rstrip(FILLER),
        issuer=fields["issuer"].rstrip(FILLER),
        number=whole.rstrip(FILLER),
        nationality=fields["nationality"].rstrip(FILLER),
        birth=fields["birth"],
        sex=fields["sex"].strip(FILLER),
        expiry=fields["expiry"],
        surname=_words(surname),
        given=_words(given),
        truncated=not fields["names"].endswith(FILLER),
        optional=tuple(
            text
            for text in (left.strip(FILLER), fields.get("optional_2", "").strip(FILLER))
            if text
        ),
    )


def _plan_of(lines: Sequence[str]) -> Plan:
    """The layout of this size; a first letter V tells visas from others."""
    widths = {len(line) for line in lines}
    fit = [plan for plan in PLANS.values() if (len(lines), widths) == (plan.lines, {plan.width})]
    if not fit:
        raise _wrong_size(lines)
    # Visas stand last in the table, after the layout of the same size.
    return fit[-1] if lines[0].upper().startswith("V") else fit[0]


def _wrong_size(lines: Sequence[str]) -> InvalidInput:
    """Tell the line that is too short or long for the layout that the other lines fit best."""
    rule = "a zone has 2 lines of 44 or of 36 signs, or 3 lines of 30 (ICAO Doc 9303)"
    if len(lines) not in {2, 3}:
        return InvalidInput(f"{rule}; here are {len(lines)} lines", field="mrz", remedy=_REMEDY)
    longest = max(len(line) for line in lines)
    choices = (30,) if len(lines) == 3 else (36, 44)
    width = min(choices, key=lambda choice: abs(choice - longest))
    wrong = [
        f"line {number} has {len(line)} signs, not {width}"
        for number, line in enumerate(lines, 1)
        if len(line) != width
    ]
    return InvalidInput(f"{rule}; {', '.join(wrong)}", field="mrz", remedy=_REMEDY)


def _check_signs(number: int, line: str) -> None:
    for column, sign in enumerate(line):
        if sign not in _VALUES:
            raise InvalidInput(
                f"line {number + 1}, column {column + 1}: a zone has A to Z, 0 to 9 and < alone",
                field="mrz",
                remedy=_slip(sign),
            )


def _slip(sign: str) -> str:
    if sign.upper() in _VALUES:
        return "write capital letters"
    if sign.isspace() or sign in "-_.'‹«":
        return "write the filler < for blanks, hyphens and apostrophes"
    if sign.isdigit():
        return "write the digits 0 to 9"
    return "compare this sign with the document"


def cut(lines: Sequence[str], span: Span) -> str:
    """The signs of one span."""
    return lines[span.line][span.start : span.end]


def cut_fields(plan: Plan, lines: Sequence[str]) -> dict[str, str]:
    """The signs of every field of a layout, with their fillers."""
    return {name: cut(lines, span) for name, span in plan.fields.items()}


def _words(text: str) -> str:
    return " ".join(text.replace(FILLER, " ").split())


def long_number(plan: Plan, fields: Mapping[str, str]) -> tuple[str, str, str]:
    """Number, its check digit, and what is left of the optional field.

    Cards may carry a number longer than nine signs: a filler in place of the check digit, then
    the rest and its check digit at the start of the optional field.
    """
    optional = fields["optional"]
    rest, _, left = optional.partition(FILLER)
    if plan.layout in {Layout.TD1, Layout.TD2} and fields["number_check"] == FILLER and rest:
        return fields["number"] + rest[:-1], rest[-1], left
    return fields["number"], fields["number_check"], optional
