"""What our rounds show to each partner: trees that we accepted, and its trees that we want proven.

Contract: reads, writes nothing. First the largest tree that the partner itself used towards us,
always: by it the partner sees whether it is who it thinks. Where that log has a predecessor, the
largest tree of that one, too: an old copy from before the succession knows no key of the newer log.
Then the newest trees of the logs of others, each until the partner has answered a round that showed
it, those first that were shown longest ago.
`PeerRow.shown_trees` says what was told since which of our rounds, as JSON: `{"shown": {origin:
[size, round]}, "demanded": [[origin, size, round], ...], "told": [its round that we accepted last,
our first round that told it], "refused": our first round that told a refusal although it was read,
"known": [its log, [[our first round that told that tree, its size], ...]]}`. A mark stands only for
as long as every round since has told it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from relec_exchange.errors import RelecError
from relec_exchange.message.bodies.control import SHOWN_MAX
from relec_exchange.message.identifiers import parse_origin
from relec_exchange.ports import Store
from relec_exchange.records import AcceptedCheckpointRow, Change, PeerRow, Update, Where
from relec_exchange.rounds.demands import demanded_rows
from relec_exchange.rounds.proofs import SHOWN_BYTES_MAX
from relec_exchange.rounds.routes import closed_logs
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.note import Note, split_note
from relec_exchange.trust.signature import HybridPublic

KNOWN_MAX: Final = 64
"""Trees of a partner of which we remember which round of ours told first that we have them."""

_Mark = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Marks:
    """What one partner was told, since which of our rounds: `shown` has origin -> (size, round),
    those shown longest ago first; `demanded` has (origin, size) -> round; `told` is the number of
    its round whose tree we accepted last, and ours that was the first to tell it; `refused` is ours
    that was the first to tell a refusal of a round whose sender had read that, or 0. `known` has
    (ours, size) for the trees of its log `origin` that we accepted: the first that told each.
    """

    shown: Mapping[str, _Mark] = field(default_factory=dict)
    demanded: Mapping[tuple[str, int], int] = field(default_factory=dict)
    told: tuple[int, int] = (0, 0)
    refused: int = 0
    origin: str = ""
    known: tuple[_Mark, ...] = ()

    @classmethod
    def of(cls, peer: PeerRow) -> Marks:
        """As `PeerRow.shown_trees` keeps them."""
        kept = json.loads(peer.shown_trees)
        log, known = kept.get("known", ("", ()))
        return cls(
            {origin: (size, number) for origin, (size, number) in kept.get("shown", {}).items()},
            {(origin, size): number for origin, size, number in kept.get("demanded", ())},
            (kept.get("told", (0, 0))[0], kept.get("told", (0, 0))[1]),
            kept.get("refused", 0),
            log,
            tuple((number, size) for number, size in known),
        )

    def text(self) -> str:
        """The other way round."""
        demanded = [[*tree, number] for tree, number in self.demanded.items()]
        known = self.origin, self.known
        kept = {"shown": dict(self.shown), "demanded": demanded, "told": self.told}
        return json.dumps({**kept, "refused": self.refused, "known": known})

    def answering(self, peer: PeerRow, number: int) -> Marks:
        """As they are once our round `number` has told how we judged its rounds."""
        told, refused = self.told, self.refused
        if told[0] != peer.accepted_number:
            told, refused = (peer.accepted_number, number), 0
        elif not refused and peer.their_number > peer.accepted_number and peer.answered >= told[1]:
            refused = number
        known = self.known if self.origin == peer.their_origin else ()
        if peer.their_size != (known[-1][1] if known else 0):
            known = _thinned((*known, (number, peer.their_size)))
        return replace(self, told=told, refused=refused, origin=peer.their_origin, known=known)

    def known_size(self, read: int) -> int:
        """The newest of these trees that its owner knows that we have accepted, having read this
        round of ours.
        """
        return max((size for number, size in self.known if number <= read), default=0)


def _thinned(known: tuple[_Mark, ...]) -> tuple[_Mark, ...]:
    """Without one of them, if there are too many: the one whose neighbours are closest, for its
    age. So the oldest stays, and however late somebody reads, what it knew is known to within a
    part of that time.
    """
    if len(known) <= KNOWN_MAX:
        return known
    newest = known[-1][0]
    width = {n: known[n + 1][0] - known[n - 1][0] for n in range(1, len(known) - 1)}
    least = min(width, key=lambda n: width[n] / max(1, newest - known[n][0]))
    return *known[:least], *known[least + 1 :]


@dataclass(frozen=True, slots=True)
class ToldTrees:
    """Two fields of a round, and what is to be written with it."""

    shown: list[str]
    demands: list[dict[str, object]]
    changes: tuple[Change, ...]


class ShownTrees:
    """Used by the rounds thread only."""

    def __init__(self, store: Store, directory: Callable[[], Directory]) -> None:
        self._store = store
        self._directory = directory

    def told(self, peer: PeerRow, number: int) -> ToldTrees:
        """What our round `number` to this partner shows and demands."""
        marks = Marks.of(peer)
        rows = demanded_rows(self._store, self._directory(), peer.peer)[:SHOWN_MAX]
        trees = [(row.origin, row.size) for row in rows]
        demanded = {tree: marks.demanded.get(tree, number) for tree in trees}
        notes, shown = self._shown(peer, marks, number)
        after = replace(marks.answering(peer, number), shown=shown, demanded=demanded)
        change = Update(PeerRow, {"peer": peer.peer}, {"shown_trees": after.text()})
        return ToldTrees(notes, [_demand(row) for row in rows], (change,) if after != marks else ())

    def _shown(
        self, peer: PeerRow, marks: Marks, number: int
    ) -> tuple[list[str], dict[str, _Mark]]:
        """The notes to show, and the marks after them."""
        own, *others = self._newest(peer)
        notes = [note for note in (own, self._before(peer)) if note]
        room = SHOWN_BYTES_MAX - sum(map(_length, notes))
        kept: dict[str, _Mark] = {}
        new: dict[str, _Mark] = {}
        for row in _longest_ago(others, marks):
            origin, size = row.their_origin, row.their_size
            told, since = marks.shown.get(origin, (0, 0))
            if told == size and since <= peer.answered:
                kept[origin] = (size, since)
                continue
            note = bare(row.their_note, self._key(origin))
            if note and len(notes) < SHOWN_MAX and _length(note) <= room:
                room -= _length(note)
                notes.append(note)
                new[origin] = (size, since if told == size else number)
        return notes, kept | new

    def _newest(self, peer: PeerRow) -> tuple[str, *tuple[PeerRow, ...]]:
        """The note of the partner's own newest tree, if any, and the records of all others."""
        own = bare(self._used(peer), self._key(peer.their_origin)) if peer.their_note else ""
        rows = (row for row in self._store.rows(PeerRow) if row.peer != peer.peer)
        return own, *(row for row in rows if row.their_note)

    def _used(self, peer: PeerRow) -> bytes:
        """The largest tree that the partner has used towards us, in a round or in a message: one
        that was restored from an old copy may lack no more than its last messages.
        """
        larger = self._store.rows(
            AcceptedCheckpointRow,
            Where("origin", "=", peer.their_origin),
            Where("heard_from", "=", ""),
            Where("size", ">", peer.their_size),
            Where("note", "!=", b""),
            order="-size",
            limit=1,
        )
        return larger[0].note if larger else peer.their_note

    def _before(self, peer: PeerRow) -> str:
        """The largest tree that the partner used of the log before its present one, if any."""
        if not peer.their_note:
            return ""
        closed = set(closed_logs(self._directory(), peer.peer)) - {peer.their_origin}
        if not closed:
            return ""
        origin = max(closed, key=lambda name: parse_origin(name).number)
        rows = self._store.rows(
            AcceptedCheckpointRow,
            Where("origin", "=", origin),
            Where("heard_from", "=", ""),
            Where("note", "!=", b""),
            order="-size",
            limit=1,
        )
        return bare(rows[0].note, self._key(origin)) if rows else ""

    def _key(self, origin: str) -> HybridPublic | None:
        try:
            return self._directory().log_key(origin).public
        except RelecError:
            return None


def bare(note: bytes, key: HybridPublic | None) -> str:
    """A checkpoint with the signatures of its log alone, so that nobody can make it long; empty
    without a key.
    """
    if key is None:
        return ""
    parts = split_note(note)
    ids = {one.key_id for one in key.keys}
    mine = (one for one in parts.signatures if one.name == key.name and one.key_id in ids)
    return Note(parts.text, tuple(mine)).encode().decode()


def _longest_ago(rows: Iterable[PeerRow], marks: Marks) -> Sequence[PeerRow]:
    """Those never shown first, then in the order in which they were shown last."""
    places = {origin: place for place, origin in enumerate(marks.shown)}
    return sorted(rows, key=lambda row: places.get(row.their_origin, -1))


def _length(note: str) -> int:
    return len(note.encode())


def _demand(row: AcceptedCheckpointRow) -> dict[str, object]:
    return {"origin": row.origin, "size": row.size, "root": row.root.hex()}
