"""What the pass over an author's body tells, and where it writes while it goes through.

Contract: a note is for the author's own eyes, for it shows what was typed; its values stand in no
`repr`, error or log.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

Json = dict[str, Any]


class Effect(StrEnum):
    """What a note means for sending."""

    CHANGED = "changed"
    PROPOSED = "proposed"
    ASKED = "asked"
    NOTED = "noted"
    DISAGREES = "disagrees"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing seen: where (`/body/persons/0/phones/0`), what was given, what was expected.

    `code` is stable. `changed` was done; `proposed` is done where the author accepts it; `asked`
    waits for an answer; `disagrees` may be so on purpose; `wrong` is refused by the message.
    """

    effect: Effect
    path: str
    code: str
    given: str = field(repr=False)
    expected: str = field(repr=False)
    text: str = field(repr=False)
    remedy: str = field(default="", repr=False)

    def plain(self) -> Json:
        """As JSON."""
        return {
            "effect": self.effect.value,
            "path": self.path,
            "code": self.code,
            "given": self.given,
            "expected": self.expected,
            "text": self.text,
            "remedy": self.remedy,
        }


@dataclass(frozen=True, slots=True)
class Choices:
    """What the author accepts or answers for the whole body.

    `transliterate` takes proposed transliterations. `first_of_january` says of every birth date
    of 1 January whether somebody could confirm the day; empty leaves it open.
    """

    transliterate: bool = False
    first_of_january: Literal["", "confirmed", "unknown"] = ""


@dataclass(slots=True)
class Sheet:
    """The notes so far, with what decides: region (ISO 3166-1 alpha-2), choices, withheld."""

    region: str
    choices: Choices
    withheld: tuple[str, ...] = ()
    notes: list[Note] = field(default_factory=list)

    def note(self, effect: Effect, path: str, code: str, text: str, **more: str) -> None:
        """Remember a note; `more` are given, expected and remedy."""
        given, expected = more.get("given", ""), more.get("expected", "")
        self.notes.append(Note(effect, path, code, given, expected, text, more.get("remedy", "")))

    def fill(self, node: Json, path: str, name: str, value: object, why: tuple[str, str]) -> bool:
        """Give a field that nobody gave and nobody withholds; `why` is code and sentence."""
        place = f"{path}/{name}"
        if node.get(name) is not None or self.holds_back(place):
            return False
        node[name] = value
        self.note(Effect.CHANGED, place, why[0], why[1], expected=_shown(value))
        return True

    def holds_back(self, place: str) -> bool:
        """Whether the header withholds this place, or what it stands in."""
        return any(f"{place}/".startswith(f"{path}/") for path in self.withheld)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
