"""What an officer typed, made canonical before it is composed; what does not agree is told.

Contract: pure. What is canonical already is never changed, a second pass changes nothing more,
and every change stands in a note. Nothing is refused here: the message itself refuses what it
cannot carry, and the notes say why in words (`explaining`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from relec_exchange.client.compose import Draft
from relec_exchange.client.entry.births import enter_birth
from relec_exchange.client.entry.names import enter_name
from relec_exchange.client.entry.notes import Choices, Effect, Json, Note, Sheet
from relec_exchange.client.entry.papers import enter_person, enter_request
from relec_exchange.client.entry.single import CODES, PHONES, enter_field
from relec_exchange.errors import InvalidInput

__all__ = ["Choices", "Effect", "Entered", "Note", "enter", "explaining"]

_DEPTH_MAX: Final = 16
_AS_TYPED: Final = Choices()


@dataclass(frozen=True, slots=True)
class Entered:
    """A draft as it will be composed, and what was changed, proposed, asked or found in it."""

    draft: Draft
    notes: tuple[Note, ...]

    def of(self, *effects: Effect) -> tuple[Note, ...]:
        """The notes with one of these effects, in order."""
        return tuple(note for note in self.notes if note.effect in effects)


def enter(draft: Draft, node: str, choices: Choices = _AS_TYPED) -> Entered:
    """Go through the body of a draft as typed at `node`, whose country national numbers have."""
    sheet = Sheet(node.upper(), choices, _withheld(draft.header))
    body = _copy(draft.body, 0)
    _visit(body, "/body", sheet)
    return Entered(replace(draft, body=body), tuple(sheet.notes))


@contextmanager
def explaining(notes: Sequence[Note]) -> Iterator[None]:
    """Give an `InvalidInput` from composing what the notes say about it, without any value."""
    try:
        yield
    except InvalidInput as error:
        told = [f"{n.path}: {n.text}" for n in notes if n.effect is Effect.WRONG]
        remedy = "; ".join([*([error.remedy] if error.remedy else []), *told])
        raise InvalidInput(error.message, field=error.field, remedy=remedy) from None


def _withheld(header: Mapping[str, Any]) -> tuple[str, ...]:
    items = header.get("withheld") or ()
    return tuple(
        str(item["path"]) for item in items if isinstance(item, Mapping) and "path" in item
    )


def _copy(value: Any, depth: int) -> Any:
    """Objects and lists copied, so that what the author holds stays as it is."""
    if depth > _DEPTH_MAX:
        return value
    if isinstance(value, Mapping):
        return {name: _copy(item, depth + 1) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_copy(item, depth + 1) for item in value]
    return value


def _visit(value: Any, path: str, sheet: Sheet) -> None:
    """Inner things first: a document is compared with codes and dates that are entered."""
    if isinstance(value, list):
        for at, item in enumerate(value):
            _visit(item, f"{path}/{at}", sheet)
    if not isinstance(value, dict) or path.count("/") > _DEPTH_MAX:
        return
    for name in list(value):
        _visit(value[name], f"{path}/{name}", sheet)
        if name in PHONES or name in CODES:
            enter_field(value, path, name, sheet)
    _blocks(value, path, sheet)


def _blocks(node: Json, path: str, sheet: Sheet) -> None:
    """The blocks that are known by the names of their fields."""
    birth, names = node.get("birth"), node.get("names")
    if isinstance(birth, dict):
        enter_birth(birth, f"{path}/birth", sheet)
    for at, name in enumerate(names if isinstance(names, list) else ()):
        if isinstance(name, dict):
            enter_name(name, f"{path}/names/{at}", sheet)
    if isinstance(node.get("documents"), list):
        enter_person(node, path, sheet)
    if "question" in node and "mrz" in node:
        enter_request(node, path, sheet)
