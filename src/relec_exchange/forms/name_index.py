"""Names made ready to be looked for: which spelling or sound is a part of which name.

Contract: safe between threads. `sought` gives an index and the names of it that count. An index
serves as long as names are asked for that are mostly in it, and grows by those that are not, so
that one name more costs what one name costs. A tuple of names that is the same object as before is
known again at once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Final

from relec_exchange.forms.name_readings import Reading, fits, readings
from relec_exchange.forms.names import name_parts
from relec_exchange.forms.transliteration import transliterate

# A short name written together sounds like too many words to go by its sound.
_WHOLE_MIN: Final = 5
BEGINNING: Final = 4
# Indexes kept, tuples known again, words known again, and names in an index for nobody.
_INDEXES_MAX: Final = 6
_TUPLES_MAX: Final = 8
_WORDS_MAX: Final = 20_000
_IDLE_MAX: Final = 1_000
# So few are made ready alone: they are those of one message.
_FEW: Final = 100


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """What one spelling or sound is a part of: by name, the parts that it may be.

    Part -1 is the whole name written together. `alone`: the names that it is by itself.
    """

    parts: dict[str, frozenset[int]] = field(default_factory=dict)
    alone: dict[str, None] = field(default_factory=dict)

    def add(self, name: str, part: int, needed: int) -> None:
        """One part more of a name that needs so many."""
        self.parts[name] = self.parts.get(name, frozenset()) | {part}
        if part == -1 or needed == 1:
            self.alone[name] = None


Hits = tuple[tuple[Group, bool], ...]
"""Groups, each with whether it is there for sure and not by weak sound alone."""


class NameIndex:
    """Groups by exact spelling, and by consonants and sound.

    `beginnings`: the first letters of exact spellings, up to `BEGINNING` of them.
    """

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.exact: dict[str, Group] = {}
        self.beginnings: set[str] = set()
        self._sounds: dict[str, dict[tuple[Reading, bool], Group]] = {}
        self._hits: dict[tuple[str, bool], Hits] = {}

    def add(self, names: Iterable[str]) -> None:
        """Names that it has not."""
        for name in names:
            self._add(name)
        # What a word was found to be a part of is not the whole truth any more.
        self._hits = {}

    def alike(self, reading: Reading) -> list[Group]:
        """What sounds so. A short name written together sounds like too many words for that."""
        short = len(reading.consonants) < _WHOLE_MIN
        return [
            group
            for (other, whole), group in tuple(self._sounds.get(reading.consonants, {}).items())
            if not (whole and short) and fits(reading, other)
        ]

    def hits(self, word: tuple[str, bool]) -> Hits | None:
        """What was kept of a word."""
        return self._hits.get(word)

    def keep(self, word: tuple[str, bool], hits: Hits) -> None:
        """Keep what a word is a part of, until names are added."""
        if len(self._hits) >= _WORDS_MAX:
            self._hits = {}
        self._hits[word] = hits

    def _add(self, name: str) -> None:
        parts = name_parts(name)
        whole = ["".join(parts), "".join(reversed(parts))] if len(parts) > 1 else []
        pairs = [one + other for one, other in pairwise(parts)] if len(parts) > 2 else []
        needed = min(2, len(parts))
        for at, part in (*enumerate(parts), *enumerate(pairs), *((-1, one) for one in whole)):
            for reading in readings(part):
                if reading.consonants:
                    alike = self._sounds.setdefault(reading.consonants, {})
                    alike.setdefault((reading, at == -1), Group()).add(name, at, needed)
            for spelling in {part, transliterate(part)}:
                self.exact.setdefault(spelling, Group()).add(name, at, needed)
                self.beginnings.update(spelling[: end + 1] for end in range(BEGINNING))
        self.names.add(name)


@dataclass(frozen=True, slots=True)
class Sought:
    """An index, and the names in it that are looked for."""

    names: tuple[str, ...]
    index: NameIndex
    wanted: frozenset[str]


class _Indexes:
    """The indexes in use, the one asked last at the end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._indexes: list[NameIndex] = []
        # By identity, with the tuple itself: no other one has its identity as long as it is here.
        self._known: dict[int, Sought] = {}

    def sought(self, names: tuple[str, ...]) -> Sought:
        known = self._known.get(id(names))
        if known is not None and known.names is names:
            return known
        with self._lock:
            wanted = frozenset(names)
            found = Sought(names, self._index(wanted), wanted)
            if len(self._known) >= _TUPLES_MAX:
                self._known.pop(next(iter(self._known)))
            self._known[id(names)] = found
            return found

    def _index(self, wanted: frozenset[str]) -> NameIndex:
        """An index that has most of the names and not too many others, or a new one."""
        for at, index in enumerate(self._indexes):
            missing = wanted - index.names
            idle = len(index.names) + len(missing) - len(wanted)
            if 2 * len(missing) <= len(wanted) and idle <= len(wanted) + _IDLE_MAX:
                self._indexes.append(self._indexes.pop(at))
                if missing:
                    index.add(sorted(missing))
                return index
        index = NameIndex()
        index.add(sorted(wanted))
        self._indexes = [*self._indexes, index][-_INDEXES_MAX:]
        return index


_INDEXES: Final = _Indexes()


def sought(names: tuple[str, ...]) -> Sought:
    """What is needed to look for these names."""
    return _few(names) if len(names) <= _FEW else _INDEXES.sought(names)


@lru_cache(maxsize=64)
def _few(names: tuple[str, ...]) -> Sought:
    index, wanted = NameIndex(), frozenset(names)
    index.add(sorted(wanted))
    return Sought(names, index, wanted)
