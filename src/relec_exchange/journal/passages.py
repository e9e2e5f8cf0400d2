"""An index of passages that were received: which messages hold one of those in a new message.

Contract: holds numbers made of passages, never a text, and no more than `WINDOWS_MAX` of them, of
all messages together; the messages that came first go first. Not safe between threads.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from relec_exchange.message.document import Message
from relec_exchange.protection.quoting import remembered_of, windows

WINDOWS_MAX: Final = 200_000
"""Numbers in memory: about 20 MB, or the words of some thousand messages."""

Source = tuple[str, str]
"""Sender and id of a message received."""


class Passages:
    """See the module."""

    def __init__(self, most: int = WINDOWS_MAX) -> None:
        self._most = most
        self._where: dict[int, list[Source]] = {}
        self._held: dict[Source, tuple[int, ...]] = {}
        self._count = 0

    def __len__(self) -> int:
        """How many numbers there are."""
        return self._count

    def add(self, source: Source, sound: str, files: Iterable[str] = ()) -> None:
        """Remember what a message says (`quoting.said`) and its files (`quoting.files`), once; of
        a very long one the beginning.
        """
        if source in self._held:
            return
        room = max(1, self._most // 2)
        # Of this process alone: nobody tells a text from it, here or in another one.
        found = tuple(dict.fromkeys(map(hash, (*files, *remembered_of(sound)))))[:room]
        for one in found:
            self._where.setdefault(one, []).append(source)
        self._held[source] = found
        self._count += len(found)
        while self._count > self._most:
            self.drop(next(iter(self._held)))

    def found(self, message: Message, but: str = "") -> dict[Source, tuple[str, ...]]:
        """The windows of a message that stand in others, by source; none of the sender `but`."""
        if not self._where:
            return {}
        hits: dict[Source, dict[str, None]] = {}
        for window in windows(message):
            for source in self._where.get(hash(window), ()):
                if source[0] != but:
                    hits.setdefault(source, {})[window] = None
        return {source: tuple(held) for source, held in hits.items()}

    def drop(self, source: Source) -> None:
        """Forget a message, if it is here."""
        gone = self._held.pop(source, ())
        self._count -= len(gone)
        for one in gone:
            left = self._where[one]
            left.remove(source)
            if not left:
                del self._where[one]
