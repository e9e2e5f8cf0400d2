"""Entries of one kind read and written in one step: a single pattern over all of their bytes.

Contract: what `read` gives and `write` makes is exactly what checking field by field gives. None
means only that this way cannot tell: the caller then looks field by field, and names what is wrong.
Reading an entry so takes a quarter of the time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from relec_exchange.audit.fields import Check, Test
from relec_exchange.audit.kinds import KINDS, Kind

_FIELD: Final = '"{name}":"({pattern})"'
_NUMBER: Final = '"{name}":({pattern})'
_KIND: Final = b'"kind":"'


class Written:
    """How entries of one kind look."""

    __slots__ = ("_fits", "_match", "_names", "_numbers", "_rests", "_rule", "_template", "_types")

    def __init__(self, name: str, kind: Kind) -> None:
        fields = {key: _check(key, name, check) for key, check in sorted(kind.fields.items())}
        self._names = tuple(fields)
        self._match = re.compile("{" + ",".join(map(_pattern, fields, fields.values())) + "}")
        self._template = "{" + ",".join(map(_place, fields, fields.values())) + "}"
        self._numbers = tuple(key for key, check in fields.items() if check.number)
        self._types = tuple(int if check.number else str for check in fields.values())
        self._rests = _rests(fields)
        self._rule = kind.rule

    def read(self, text: str) -> dict[str, Any] | None:
        """The fields of an entry of this kind, or None."""
        match = self._match.fullmatch(text)
        if match is None:
            return None
        fields: dict[str, Any] = dict(zip(self._names, match.groups(), strict=True))
        for name in self._numbers:
            fields[name] = int(fields[name])
        return fields if self._holds(fields) else None

    def write(self, fields: Mapping[str, Any]) -> bytes | None:
        """The bytes of an entry of this kind, or None."""
        if fields.keys() != frozenset(self._names):
            return None
        values = tuple([fields[name] for name in self._names])
        if tuple(map(type, values)) != self._types:
            return None
        text = self._template % values
        if self._match.fullmatch(text) is None or not self._holds(fields):
            return None
        return text.encode("ascii")

    def _holds(self, fields: Mapping[str, Any]) -> bool:
        """What the pattern leaves open."""
        for name, rest in self._rests:
            if not rest(fields[name]):
                return False
        return not self._rule(fields)


@cache
def written(name: str) -> Written | None:
    """How entries of this kind look; None for no kind, and for one with a field that is a list."""
    kind = KINDS.get(name)
    if kind is None or not all(check.written for check in kind.fields.values()):
        return None
    return Written(name, kind)


def read(data: bytes) -> dict[str, Any] | None:
    """The fields of these bytes, or None."""
    start = data.find(_KIND) + len(_KIND)
    form = _form(data[start : data.find(b'"', start)])
    if form is None or not data.isascii():
        return None
    return form.read(data.decode("ascii"))


def _form(name: bytes) -> Written | None:
    """By the name of a kind as bytes that nobody has checked yet."""
    found = _NAMES.get(name)
    return None if found is None else written(found)


_NAMES: Final = {name.encode("ascii"): name for name in KINDS}


def _check(key: str, name: str, check: Check) -> Check:
    """The field that says the kind holds nothing but its name."""
    return Check(check.fits, re.escape(name)) if key == "kind" else check


def _pattern(name: str, check: Check) -> str:
    form = _NUMBER if check.number else _FIELD
    return form.format(name=re.escape(name), pattern=check.written)


def _place(name: str, check: Check) -> str:
    return f'"{name}":%d' if check.number else f'"{name}":"%s"'


def _rests(fields: Mapping[str, Check]) -> tuple[tuple[str, Test], ...]:
    return tuple((key, check.rest) for key, check in fields.items() if check.rest is not None)
