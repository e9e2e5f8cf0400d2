"""Names as written: the script of each, and a transliteration where the author wants one.

Contract: the text itself is never touched, for it alone identifies. A transliteration carries the
name of its scheme, so nobody takes it for a spelling in a document.
"""

from __future__ import annotations

from typing import Final

from relec_exchange.client.entry.notes import Effect, Json, Sheet
from relec_exchange.forms.scripts import SCHEME, script_of, scripts_in, transliterate

_NONE: Final = "Zyyy"
_OTHER: Final = "Zzzz"
# The Nastaliq hand of Urdu has a code of its own and the same letters.
_HANDS: Final = {"Aran": "Arab"}


def enter_name(name: Json, path: str, sheet: Sheet) -> None:
    """Fill in the script of one name, and propose how it reads in Latin letters."""
    text = name.get("text")
    if not isinstance(text, str):
        return
    detected = script_of(text)
    if detected in {_NONE, _OTHER}:
        return
    sheet.fill(name, path, "script", detected, ("script", "the script of its letters"))
    _compare(name, path, detected, sheet)
    if detected != "Latn":
        _transliterate(name, path, sheet)


def in_latin(text: str, language: str = "") -> str:
    """The transliteration with a capital letter for each part."""
    plain = transliterate(text, language)
    return " ".join(part[:1].upper() + part[1:] for part in plain.split())


def _compare(name: Json, path: str, detected: str, sheet: Sheet) -> None:
    script = name.get("script")
    given = _HANDS.get(str(script), script)
    if isinstance(script, str) and given != detected and given not in {_NONE, _OTHER}:
        sheet.note(
            Effect.DISAGREES,
            f"{path}/script",
            "script",
            "most letters of the text are of another script",
            given=script,
            expected=detected,
            remedy="leave script out to have it filled in",
        )
    mixed = scripts_in(str(name["text"]))
    if len(mixed) > 1:
        sheet.note(
            Effect.NOTED,
            f"{path}/text",
            "mixed_scripts",
            "letters of more than one script stand in one name",
            given=", ".join(sorted(mixed)),
            expected=detected,
            remedy="compare it with the source: letters may look alike and be others",
        )


def _transliterate(name: Json, path: str, sheet: Sheet) -> None:
    place = f"{path}/transliteration"
    if name.get("transliteration") is not None or sheet.holds_back(place):
        return
    language = name.get("language")
    latin = in_latin(str(name["text"]), language if isinstance(language, str) else "")
    if not latin or scripts_in(latin) - {"Latn"}:
        return
    said = f"an aid to read it aloud, by {SCHEME}; it identifies nobody"
    if not sheet.choices.transliterate:
        sheet.note(
            Effect.PROPOSED,
            place,
            "transliteration",
            said,
            expected=latin,
            remedy="take it with --transliterate, or write the one that the document has",
        )
        return
    sheet.fill(name, path, "transliteration", latin, ("transliteration", said))
    name["transliteration_scheme"] = SCHEME
