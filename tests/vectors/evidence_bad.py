"""One manipulation of a bundle, and the small changes that manipulations are made of."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from relec_exchange.message.encoding import b64, unb64

EVERYTHING = "good-01-everything"
RECIPIENT = "good-03-from-the-recipient"
ROTATED = "good-04-rotated-and-lifted"


@dataclass(frozen=True)
class Bad:
    """One manipulation: the whole bundle as it is then, or a piece of text that is exchanged."""

    name: str
    expect: str
    part: str
    comment: str
    bundle: Any = None
    of: str = EVERYTHING
    replace: tuple[str, str] = ()  # type: ignore[assignment]
    authorities: Mapping[str, str] | None = None


def changed(bundle: Any, path: str, value: Any) -> Any:
    """A copy with another value at a place as `sent/proof` or `cards/0`."""
    copied = copy.deepcopy(bundle)
    *way, last = path.split("/")
    at = copied
    for name in way:
        at = at[int(name)] if isinstance(at, list) else at[name]
    at[int(last) if isinstance(at, list) else last] = value
    return copied


def without(bundle: Any, name: str) -> Any:
    """A copy without a field."""
    return {key: value for key, value in bundle.items() if key != name}


def flipped(text: str) -> str:
    """Base64 of the same bytes with one bit of the last inverted."""
    data = unb64(text)
    return b64(data[:-1] + bytes((data[-1] ^ 1,)))


def wrong_line(note: str, number: int) -> str:
    """A note in which one signature is wrong."""
    text, _, under = note.rpartition("\n\n")
    lines = under.splitlines()
    words = lines[number].split(" ")
    lines[number] = " ".join((*words[:2], flipped(words[2])))
    return f"{text}\n\n" + "\n".join(lines) + "\n"


def less_line(note: str, number: int) -> str:
    """A note without one signature line."""
    text, _, under = note.rpartition("\n\n")
    lines = under.splitlines()
    del lines[number]
    return f"{text}\n\n" + "\n".join(lines) + "\n"


def more_line(note: str, number: int) -> str:
    """A note in which one signature line stands twice."""
    return note + note.rpartition("\n\n")[2].splitlines()[number] + "\n"
