"""Persons of an opened message, as people read them: names with their letters, dates with theirs.

Contract: prints only. What was not said, what is known to be none and what is withheld are three
different words, as they are three different things. Whatever a message holds besides stands in its
body, which is printed whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from relec_exchange.cli.output import cell, details, table
from relec_exchange.cli.words import words

Json = Mapping[str, Any]
Pieces = Sequence[str]
"""A text, or pieces of it that are isolated from each other."""

_NAMES: Final = ("names", "sex", "birth", "age_band", "citizenships", "residence", "documents")
_FIELDS: Final = (*_NAMES, "phones", "handles", "roles")
_COLUMNS: Final = ("kind", "language", "script")
_NAME_HEADS: Final = ("name", "in Latin letters", "which", "language", "script")


def print_people(header: Json, body: Json) -> None:
    """Each person in a body, with where it stands there."""
    withheld = [str(item["path"]) for item in header.get("withheld") or ()]
    for path, person in _people(body, "/body"):
        title = words("Person {path}", path=path.removeprefix("/body/").replace("/", " "))
        names = person.get("names")
        if names:
            rows = [_name(one, f"{path}/names/{at}", withheld) for at, one in enumerate(names)]
            table(title, [words(head) for head in _NAME_HEADS], rows)
        facts: dict[str, Pieces] = {}
        for name in _FIELDS:
            if not (name == "names" and names):
                facts[words(name.replace("_", " "))] = _said(
                    person, f"{path}/{name}", name, withheld
                )
            if name == "birth":
                facts |= _source(person.get("birth") or {})
        cut = [one.removeprefix(f"{path}/") for one in withheld if one.startswith(f"{path}/")]
        parts = [one.replace("/", " ") for one in cut if "/" in one]
        facts[words("also withheld")] = ", ".join(parts)
        details(words("Of this person") if names else title, facts)


def _people(value: Any, path: str) -> Iterator[tuple[str, Json]]:
    """Everything in `persons` lists and `person` fields, with its place."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            place = f"{path}/{name}"
            if name == "person" and isinstance(item, Mapping):
                yield place, item
            elif name == "persons" and isinstance(item, Sequence):
                yield from ((f"{place}/{at}", one) for at, one in enumerate(item))
            else:
                yield from _people(item, place)
    elif isinstance(value, (list, tuple)):
        for at, item in enumerate(value):
            yield from _people(item, f"{path}/{at}")


def _name(name: Json, path: str, withheld: Sequence[str]) -> list[str]:
    latin = "".join(_said(name, f"{path}/transliteration", "transliteration", withheld))
    if name.get("script") == "Latn" and name.get("transliteration") is None:
        latin = ""
    scheme = name.get("transliteration_scheme")
    others = ("".join(_said(name, f"{path}/{one}", one, withheld)) for one in _COLUMNS)
    return [str(name.get("text", "")), f"{latin} ({scheme})" if scheme else latin, *others]


def _said(node: Json, path: str, name: str, withheld: Sequence[str]) -> Pieces:
    """A field in words; where there is no value, which of the three reasons there is."""
    value = node.get(name)
    if value is None:
        kept = any(f"{path}/".startswith(f"{one}/") for one in withheld)
        return words("withheld") if kept else words("not said")
    if isinstance(value, (list, tuple)) and not value:
        return words("none")
    return _SHOWN[name](value) if name in _SHOWN else cell(value)


def _birth(birth: Json) -> Pieces:
    """The Gregorian date, how exact it is, and what is known of a 1 January."""
    asked = birth.get("first_of_january_confirmed")
    told = words("1 January confirmed") if asked else words("1 January not confirmed")
    if asked is None:
        told = words("nobody said whether 1 January was confirmed")
    date = f"{birth['date']} ({birth['precision']})"
    return f"{date}, {told}" if birth["date"].endswith("-01-01") else date


def _source(birth: Json) -> dict[str, Pieces]:
    """The date as its source wrote it, on a line of its own below the Gregorian one."""
    source = birth.get("source")
    if not source:
        return {}
    kind = " ".join(filter(None, (source["calendar"], source.get("variant"))))
    return {words("birth as written"): [source["text"], f" ({_plain(kind)})"]}


def _countries(codes: str | Sequence[str]) -> Pieces:
    from relec_exchange.message.codes import states

    listed = [codes] if isinstance(codes, str) else codes
    return ", ".join(f"{code} ({states().get(code, '')})" for code in listed)


def _documents(documents: Sequence[Json]) -> Pieces:
    pieces: list[str] = []
    for one in documents:
        issuer = one.get("issuer") or words("issuer not said")
        status = _plain(one.get("status") or words("status not said"))
        pieces += [one["kind"], " ", one["number"], f", {issuer}, {status}", "; "]
    return pieces[:-1]


def _handles(handles: Sequence[Json]) -> Pieces:
    pieces: list[str] = []
    for one in handles:
        pieces += [one["handle"], " (", one["platform"], ")", ", "]
    return pieces[:-1]


def _plain(value: Any) -> str:
    return cell(value).replace("_", " ")


_SHOWN: Final[Mapping[str, Callable[[Any], Pieces]]] = {
    "age_band": _plain,
    "birth": _birth,
    "citizenships": _countries,
    "documents": _documents,
    "handles": _handles,
    "kind": _plain,
    "residence": _countries,
    "roles": _plain,
    "sex": _plain,
}
