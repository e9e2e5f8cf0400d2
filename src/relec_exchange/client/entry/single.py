"""Single fields as people type them: telephone numbers, and codes of states.

Contract: what is canonical stays. A code is put in only where the text can mean no other; else the
likeliest are told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from relec_exchange.client.entry.notes import Effect, Json, Sheet
from relec_exchange.errors import InvalidInput
from relec_exchange.forms.code_search import exact, likely
from relec_exchange.forms.phones import check_e164, normalise
from relec_exchange.message.codes import citizenships, countries, states
from relec_exchange.message.fields import issuers

PHONES: Final = frozenset({"phone", "phones"})


def _countries() -> Mapping[str, str]:
    return {code: country.name for code, country in countries().items()}


CODES: Final[Mapping[str, Callable[[], Mapping[str, str]]]] = {
    "citizenship": citizenships,
    "citizenships": states,
    "country": _countries,
    "issuer": issuers,
    "origins": citizenships,
    "reporting_country": _countries,
    "residence": states,
}
"""The list of each field that holds a code of a state."""


def enter_field(node: Json, path: str, name: str, sheet: Sheet) -> None:
    """Enter one field of an object, or each item of it where it is a list."""
    change = _phone if name in PHONES else _code
    value = node[name]
    if isinstance(value, str):
        node[name] = change(value, path=f"{path}/{name}", name=name, sheet=sheet)
    elif isinstance(value, list):
        node[name] = list(_items(value, f"{path}/{name}", partial(change, name=name, sheet=sheet)))
        if len(node[name]) < len(value):
            said = "something was written twice, in two ways"
            sheet.note(Effect.CHANGED, f"{path}/{name}", "repeated", said)


def _items(values: list[Any], path: str, change: Callable[..., str]) -> Iterator[Any]:
    """Each item entered; one that thereby became another that is there is left out."""
    seen = [one for one in values if isinstance(one, str)]
    for at, one in enumerate(values):
        entered = change(one, path=f"{path}/{at}") if isinstance(one, str) else one
        if entered != one and entered in seen:
            continue
        seen.append(entered)
        yield entered


def _phone(text: str, *, path: str, name: str, sheet: Sheet) -> str:
    try:
        return check_e164(text, "phone")
    except InvalidInput:
        pass
    try:
        number = normalise(text, sheet.region)
    except InvalidInput as error:
        sheet.note(
            Effect.WRONG,
            path,
            name.removesuffix("s"),
            error.message,
            given=text,
            remedy=error.remedy,
        )
        return text
    said = f"read as dialled in {sheet.region}"
    sheet.note(Effect.CHANGED, path, "phone", said, given=text, expected=number)
    return number


def _code(text: str, *, path: str, name: str, sheet: Sheet) -> str:
    entries = CODES[name]()
    if text in entries:
        return text
    found = exact(text, entries)
    if found:
        said = f"the code of {entries[found]}"
        sheet.note(Effect.CHANGED, path, "code", said, given=text, expected=found)
        return found
    near = [f"{code} ({entries[code]})" for code in likely(text, entries, 3)]
    sheet.note(
        Effect.WRONG,
        path,
        "code",
        "this is no code of a state here",
        given=text,
        expected=" or ".join(near),
        remedy="write the code; all codes: relec aid code --list",
    )
    return text
