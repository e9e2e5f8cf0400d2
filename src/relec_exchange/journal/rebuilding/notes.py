"""Signed texts that the store keeps, held against the entries and columns that name them.

Contract: as `walks`. A text that others signed cannot be made again, only be given again; what
repeats it, can. Signatures are not checked here: whoever loads a text checks them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, Final

from relec_exchange.audit.cosignature import read_cosigned
from relec_exchange.errors import Unverified
from relec_exchange.journal.rebuilding.acts import LEFT_ALONE, NO_ENTRY
from relec_exchange.journal.rebuilding.walks import Difference, Page
from relec_exchange.ports import Store
from relec_exchange.records import (
    AcceptedCheckpointRow,
    CosignedRow,
    NoteRow,
    Update,
    WitnessedRow,
)
from relec_exchange.trust.note import split_note

_AGAIN: Final = "others signed it: import it again, or wait for the partner's next rounds"
_PROPOSAL: Final = "proposal"
_TREES: Final[Mapping[str, Any]] = {
    "accepted_checkpoint": AcceptedCheckpointRow,
    "cosigned": CosignedRow,
    "witnessed": WitnessedRow,
}
_TEXT_ENDS: Final = b"\n\n\xe2\x80\x94 "
"""An empty line and the dash that every signature line begins with."""


class NoteWalk:
    """Give every page of our logs to `take`, then ask for `rest`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._adopted: dict[tuple[str, str], int] = {}

    def take(self, page: Page) -> None:
        """Remember what was adopted. Proposals come and go."""
        for _, _, fields in page.rows:
            if fields["kind"] == "adopted" and fields["what"] != _PROPOSAL:
                self._adopted[fields["what"], fields["hash"]] = fields["version"]

    def rest(self) -> Iterator[Difference]:
        """Texts that are gone or changed, numbers that differ, notes that state another tree."""
        stored = {(row.kind, row.hash): row for row in self._store.rows(NoteRow)}
        for key, version in self._adopted.items():
            row, where = stored.get(key), f"{key[0]}/{key[1][:16]}"
            if row is None:
                yield Difference("note", where, "the text is missing", (), _AGAIN)
            elif row.version != version:
                named = {"kind": row.kind, "hash": row.hash}
                remedy = (Update(NoteRow, named, {"version": version}),)
                yield Difference("note", where, "version", remedy)
        for (kind, digest), row in stored.items():
            if kind != _PROPOSAL and (kind, digest) not in self._adopted:
                yield Difference("note", f"{kind}/{digest[:16]}", NO_ENTRY, (), LEFT_ALONE)
            elif _digest(row.note) != digest:
                yield Difference("note", f"{kind}/{digest[:16]}", "text", (), _AGAIN)
        yield from self._trees()

    def _trees(self) -> Iterator[Difference]:
        for table, kind in _TREES.items():
            for row in self._store.rows(kind):
                if row.note and not _states(row.note, (row.origin, row.size, row.root)):
                    where = f"{row.origin}:{row.size}"
                    what = "the note states another tree"
                    yield Difference(table, where, what, (), _AGAIN)


def _digest(note: bytes) -> str:
    """The hash that a text goes by. One with several signers is kept once for each of them."""
    end = note.find(_TEXT_ENDS)
    if end < 0:
        return ""
    try:
        text = split_note(note).text if note.count(_TEXT_ENDS) == 1 else note[: end + 1]
    except Unverified:
        return ""
    return sha256(text).hexdigest()


def _states(note: bytes, tree: tuple[str, int, bytes]) -> bool:
    try:
        stated = read_cosigned(note).checkpoint  # of any number of lines
    except Unverified:
        return False
    return (stated.origin, stated.size, stated.root) == tree
