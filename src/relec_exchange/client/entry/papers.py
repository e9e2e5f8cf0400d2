"""Documents with a machine-readable zone: filled from it, and compared with it.

Contract: number and issuer are filled in where nobody typed them and their check digits fit. What
contradicts is told; of a document known as forged it is only noted, for its faults are the news.
Names compare by what was typed in the original script; a transliteration proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from relec_exchange.client.entry.notes import Effect, Json, Sheet
from relec_exchange.errors import InvalidInput
from relec_exchange.forms import mrz
from relec_exchange.message.fields import issuers

# Names that stand in a zone; those of father and grandfather do not.
_OWN: Final = frozenset({"birth", "alias", "nisba"})
_WHERE: Final = {"number": "number", "issuer": "issuer"}
_OF_PERSON: Final = {"birth": "birth/date", "sex": "sex", "names": "names"}
_REMEDY: Final = (
    "compare both with the document and mend what was typed wrong; if the document itself says"
    ' so, give it status = "forged"'
)
_OF_REQUEST: Final = "compare both with the document; if it says so itself, give fields alone"


def enter_person(person: Json, path: str, sheet: Sheet) -> None:
    """Enter the documents of a person, and compare their zones with the person."""
    for at, document in enumerate(_objects(person.get("documents"))):
        place = f"{path}/documents/{at}"
        zone = _zone(document, place, sheet, forged=document.get("status") == "forged")
        if zone is None:
            continue
        effect = Effect.NOTED if document.get("status") == "forged" else Effect.DISAGREES
        typed = {name: _text(document.get(name)) for name in ("number", "issuer")}
        birth = person.get("birth")
        found = mrz.compare(
            zone,
            number=typed["number"],
            issuer=typed["issuer"],
            birth=_text(birth.get("date")) if isinstance(birth, dict) else None,
            sex=_text(person.get("sex")),
            names=list(_names(person)),
        )
        for one in found:
            where = f"{place}/{one.field}" if one.field in _WHERE else _of(path, one.field)
            _tell(sheet, effect, where, one, _REMEDY)


def enter_request(request: Json, path: str, sheet: Sheet) -> None:
    """Enter the zone of `doc.verify.request`, and compare it with the fields beside it."""
    fields = request.get("fields")
    zone = _zone(request, path, sheet, forged=False, fill=False)
    if zone is None or not isinstance(fields, dict):
        return
    found = mrz.compare(
        zone, number=_text(fields.get("number")), issuer=_text(fields.get("issuer"))
    )
    for one in found:
        _tell(sheet, Effect.DISAGREES, f"{path}/fields/{one.field}", one, _OF_REQUEST)


def _zone(
    node: Json, path: str, sheet: Sheet, *, forged: bool, fill: bool = True
) -> mrz.Mrz | None:
    """The zone of an object with `mrz`, told about; fills in number and issuer from it."""
    lines = _lines(node, path, sheet)
    if lines is None:
        return None
    try:
        zone = mrz.parse_mrz(lines)
    except InvalidInput as error:
        effect = Effect.NOTED if forged else Effect.WRONG
        sheet.note(effect, f"{path}/mrz", "mrz", error.message, remedy=error.remedy)
        return None
    wrong = mrz.mismatches(zone)
    remedy = _REMEDY if fill else _OF_REQUEST
    for one in wrong:
        effect = Effect.WRONG if one.field.endswith("_check") else Effect.DISAGREES
        _tell(sheet, Effect.NOTED if forged else effect, f"{path}/mrz", one, remedy)
    if fill:
        _fill(node, path, zone, {one.field for one in wrong}, sheet)
    return zone


def _lines(node: Json, path: str, sheet: Sheet) -> list[str] | None:
    """The lines in capital letters without blanks at their ends; one text is cut at its lines."""
    given = node.get("mrz")
    if isinstance(given, str):
        lines = given.split()
    elif isinstance(given, list) and all(isinstance(one, str) for one in given):
        lines = given
    else:
        return None
    plain = [line.strip().upper() if line.isascii() else line.strip() for line in lines]
    if plain != given:
        node["mrz"] = plain
        said = "written line by line in capital letters, as in the zone"
        sheet.note(Effect.CHANGED, f"{path}/mrz", "mrz", said)
    return plain


def _fill(node: Json, path: str, zone: mrz.Mrz, wrong: set[str], sheet: Sheet) -> None:
    why = ("from_zone", "taken from the machine-readable zone")
    if zone.number and not wrong & {"number_check", "composite_check"}:
        sheet.fill(node, path, "number", zone.number, why)
    issuer = mrz.STATE_BEHIND.get(zone.issuer, zone.issuer)
    if issuer in issuers():
        sheet.fill(node, path, "issuer", issuer, why)


def _tell(sheet: Sheet, effect: Effect, path: str, one: mrz.Mismatch, remedy: str) -> None:
    sheet.note(
        effect,
        path,
        f"zone_{one.field}",
        one.explanation,
        given=one.given,
        expected=one.expected,
        remedy="it is sent so, for the document is known as forged"
        if effect is Effect.NOTED
        else remedy,
    )


def _of(path: str, name: str) -> str:
    return f"{path}/{_OF_PERSON.get(name, name)}"


def _names(person: Mapping[str, Any]) -> Iterator[str]:
    for name in _objects(person.get("names")):
        if name.get("kind", "birth") in _OWN and isinstance(name.get("text"), str):
            yield name["text"]


def _objects(value: object) -> list[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
