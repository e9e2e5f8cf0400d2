"""What rounds have told of partners, held against our entries and against itself: peers, their
chains and trees, the checkpoints accepted from them, and those of ours that still have to be
proven.

Contract: as `walks`. A round repeats what it tells: the newest tree of a partner stands in its
record, among its trees and among its accepted checkpoints, so one of them is made again from the
others. What is made again claims no more than what is true of every log: an empty tree is a prefix
of each, and at least as many numbers were sent as came.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from typing import Any, Final

from relec_exchange.audit.merkle import EMPTY_ROOT, HASH_BYTES, verify_consistency
from relec_exchange.errors import Unverified
from relec_exchange.journal.paging import accepted_pages
from relec_exchange.journal.rebuilding.acts import NO_ENTRY
from relec_exchange.journal.rebuilding.said import Said
from relec_exchange.journal.rebuilding.walks import Difference
from relec_exchange.message.constants import Times
from relec_exchange.message.identifiers import (
    MessageClass,
    format_time,
    parse_origin,
    parse_time,
)
from relec_exchange.ports import Store
from relec_exchange.records import (
    AcceptedCheckpointRow,
    Delete,
    Insert,
    PeerChainRow,
    PeerRow,
    PeerTreeRow,
    Put,
    Update,
    WitnessedRow,
)

_SHOWN: Final = "its owner signed it: the next rounds bring a new one"
_CLASSES: Final = tuple(str(one) for one in MessageClass)

Place = tuple[str, int]
Roots = Mapping[Place, bytes]


class PartnerWalk:
    """Ask for `differences` when all pages were taken; `written` is the exchange log of now."""

    def __init__(self, store: Store, said: Said, written: str, times: Times) -> None:
        self._store = store
        self._said = said
        self._written = written
        life = timedelta(seconds=times.time_to_live_seconds + times.resend_window_seconds)
        newest = said.newest
        self._young = format_time(parse_time(newest) - life) if newest else ""
        self._trees = {(row.origin, row.size): row for row in store.rows(PeerTreeRow)}
        self._accepted = {(row.origin, row.size): row for row in store.rows(AcceptedCheckpointRow)}
        self._peers = {row.peer: row for row in store.rows(PeerRow)}
        self._newest: dict[str, PeerTreeRow] = {}
        for row in self._trees.values():
            known = self._newest.get(row.origin)
            if known is None or row.size > known.size:
                self._newest[row.origin] = row

    def differences(self) -> Iterator[Difference]:
        """Peers, then their chains, then their trees."""
        heard = self._heard()
        spoken = {peer for _, peer in self._said.rounds}
        for peer in sorted(spoken | heard | self._peers.keys()):
            row = self._peers.get(peer)
            if row is None:
                yield self._new_peer(peer)
            elif peer not in spoken | heard:
                yield Difference("peer", peer, NO_ENTRY, (Delete(PeerRow, {"peer": peer}),))
            else:
                yield from self._peer(row)
        yield from self._chains()
        yield from self._shown()
        yield from self._checkpoints()
        yield from self._witnessed()
        yield from self._needed()

    def _heard(self) -> set[str]:
        """Partners whose rounds came: they showed trees of their logs."""
        return {parse_origin(origin).node for origin, _ in self._trees}

    # ---- peers ---------------------------------------------------------------------------------

    def _numbers(self, peer: str) -> tuple[int, str, bool]:
        """How many rounds we wrote to it in the log of now, when last, and whether no others."""
        every = {log for log, to in self._said.rounds if to == peer}
        count, at = self._said.rounds.get((self._written, peer), (0, ""))
        return count, at, every <= {self._written}

    def _new_peer(self, peer: str) -> Difference:
        total = sum(many for (_, to), (many, _) in self._said.rounds.items() if to == peer)
        _, at, _ = self._numbers(peer)
        row = PeerRow(peer, our_number=total, our_at=at, our_origin=self._written)
        newest = self._newest_of(peer)
        if newest is not None:
            row = replace(row, **self._theirs(newest), their_at=newest.at)
        return Difference("peer", peer, "the record is missing", (Put(row),))

    def _newest_of(self, peer: str) -> PeerTreeRow | None:
        mine = [row for row in self._newest.values() if parse_origin(row.origin).node == peer]
        return max(mine, key=lambda row: parse_origin(row.origin).number, default=None)

    def _theirs(self, tree: PeerTreeRow) -> dict[str, Any]:
        kept = self._accepted.get((tree.origin, tree.size))
        note = kept.note if kept is not None and kept.root == tree.root else b""
        return {
            "their_origin": tree.origin,
            "their_size": tree.size,
            "their_root": tree.root,
            "their_note": note,
        }

    def _peer(self, row: PeerRow) -> Iterator[Difference]:
        right: dict[str, Any] = {}
        count, _, every = self._numbers(row.peer)
        if row.our_number < count or (every and row.our_number != count):
            right["our_number"] = count
        for name, empty in (("offers", "[]"), ("shown_trees", "{}")):
            if _json(getattr(row, name), type(json.loads(empty))) is None:
                right[name] = empty
        if row.answered > right.get("our_number", row.our_number):
            right["answered"] = 0
        newest = self._newest_of(row.peer)
        if newest is not None and self._older(row, newest):
            right |= {k: v for k, v in self._theirs(newest).items() if v != getattr(row, k)}
        if right:
            where, what = row.peer, ", ".join(sorted(right))
            yield Difference("peer", where, what, (Update(PeerRow, {"peer": row.peer}, right),))

    def _older(self, row: PeerRow, newest: PeerTreeRow) -> bool:
        """Whether the record names no tree that is as new as the newest that was shown."""
        if row.their_origin != newest.origin or row.their_size < newest.size:
            return True
        if row.their_size == newest.size:
            return row.their_root != newest.root
        # A larger one counts if it was accepted as well: then the tree's own record is gone.
        kept = self._accepted.get((row.their_origin, row.their_size))
        return kept is None or kept.root != row.their_root

    # ---- chains --------------------------------------------------------------------------------

    def _chains(self) -> Iterator[Difference]:
        here = {(row.peer, row.origin, row.cls): row for row in self._store.rows(PeerChainRow)}
        own = parse_origin(self._written).node if self._written else ""
        for key, row in sorted(here.items()):
            node = parse_origin(row.origin).node if row.origin.count("/") == 3 else ""
            if row.peer not in self._peers or node not in (own, row.peer):
                named = {"peer": row.peer, "origin": row.origin, "cls": row.cls}
                yield Difference(
                    "peer_chain", _chain(key), NO_ENTRY, (Delete(PeerChainRow, named),)
                )
            elif _json(row.announced, list) is None or _json(row.missing, list) is None:
                made = replace(row, announced="[]", missing="[]", contiguous=0)
                yield Difference("peer_chain", _chain(key), "announced or missing", (Put(made),))
        for name, peer in sorted(self._peers.items()):
            for key in self._told_of(peer, {origin for who, origin, _ in here if who == name}):
                if key not in here:
                    at = peer.their_at or self._said.newest
                    made = PeerChainRow(*key, 0, "[]", 0, "[]", at)
                    what = "the record is missing"
                    yield Difference("peer_chain", _chain(key), what, (Put(made),))

    def _told_of(self, peer: PeerRow, origins: set[str]) -> list[tuple[str, str, str]]:
        """Chains that rounds tell of: all classes of the log they stand in, and of one of ours."""
        if not peer.their_origin:
            return []
        wanted = {peer.their_origin, *origins}
        wanted |= set() if origins - {peer.their_origin} else {self._written}
        return [(peer.peer, origin, cls) for origin in sorted(wanted) for cls in _CLASSES]

    # ---- trees ---------------------------------------------------------------------------------

    def _shown(self) -> Iterator[Difference]:
        """Trees that a round showed: each is among the accepted checkpoints too, with one root."""
        for place, tree in sorted(self._trees.items()):
            kept = self._accepted.get(place)
            if kept is not None and kept.root != tree.root:
                yield Difference("peer_tree", _name(place), "another root was accepted", (), _SHOWN)
            elif not self._follows(tree):
                bare = replace(tree, old_size=0, path=b"")
                yield Difference("peer_tree", _name(place), "old_size or path", (Put(bare),))
        for place, kept in sorted(self._accepted.items()):
            young = kept.first_at > self._young
            if place not in self._trees and kept.top_size == kept.size and young:
                made = PeerTreeRow(*place, kept.root, 0, b"", kept.first_at)
                yield Difference("peer_tree", _name(place), "the tree is missing", (Put(made),))

    def _follows(self, tree: PeerTreeRow) -> bool:
        """Whether its path leads from the older tree, where that one is known."""
        old = self._root(tree.origin, tree.old_size)
        if old is None:
            return True
        return _leads((tree.old_size, old), (tree.size, tree.root), tree.path)

    def _root(self, origin: str, size: int) -> bytes | None:
        if size == 0:
            return EMPTY_ROOT
        kept = self._accepted.get((origin, size)) or self._trees.get((origin, size))
        return kept.root if kept is not None else None

    def _checkpoints(self) -> Iterator[Difference]:
        """Accepted checkpoints: none of a shown tree is gone, and what is proven stays so."""
        for place, tree in sorted(self._trees.items()):
            if place not in self._accepted and tree.at > self._young:
                sender = parse_origin(tree.origin).node
                peer = self._peers.get(sender)
                same = peer is not None and (peer.their_origin, peer.their_size) == place
                note = peer.their_note if peer is not None and same else b""
                made = AcceptedCheckpointRow(
                    *place, tree.root, note, sender, tree.at, proven=True, top_size=tree.size
                )
                what = "the checkpoint is missing"
                yield Difference(
                    "accepted_checkpoint", _name(place), what, (Insert(made, ignore=True),)
                )
        for place, row in sorted(self._accepted.items()):
            top = self._root(row.origin, row.top_size) if row.top_size else None
            if top is None:
                continue
            leads = _leads((row.size, row.root), (row.top_size, top), row.path)
            if not leads:
                yield Difference("accepted_checkpoint", _name(place), "root or path", (), _SHOWN)
            elif not row.proven:
                named = {"origin": row.origin, "size": row.size}
                change = Update(AcceptedCheckpointRow, named, {"proven": True})
                yield Difference("accepted_checkpoint", _name(place), "proven", (change,))

    def _witnessed(self) -> Iterator[Difference]:
        for row in self._store.rows(WitnessedRow):
            top = self._root(row.origin, row.top_size)
            leads = top is None or _leads((row.size, row.root), (row.top_size, top), row.path)
            if not leads:
                where = _name((row.origin, row.size))
                yield Difference("witnessed", where, "root or path", (), _SHOWN)

    def _needed(self) -> Iterator[Difference]:
        """The checkpoint of every partner's entry that is kept as evidence."""
        lost: dict[Place, str] = {}
        origins = {leaf.place[0] for leaf in self._said.came.values()}
        for row in chain.from_iterable(accepted_pages(self._store, origins)):
            place = (row.origin, row.size)
            if place not in self._accepted and row.size and row.type not in _PASSING:
                lost.setdefault(place, row.message_id)
        for place in sorted(lost.keys() - self._trees.keys()):
            what = "the checkpoint is missing that an accepted entry was proven by"
            yield Difference("accepted_checkpoint", _name(place), what, (), _AGAIN)


_PASSING: Final = frozenset({"round", "resend.request", "card.update"})
_AGAIN: Final = "its owner signed it: it comes again with a message that is sent again"


def _leads(old: tuple[int, bytes], new: tuple[int, bytes], path: bytes) -> bool:
    hashes = [path[n : n + HASH_BYTES] for n in range(0, len(path), HASH_BYTES)]
    try:
        verify_consistency(*old, *new, hashes)
    except Unverified:
        return False
    return True


def _json(text: str, kind: type[Any]) -> Any:
    """What it says, or None if it is no such text."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, kind) else None


def _name(place: Place) -> str:
    return f"{place[0]}:{place[1]}"


def _chain(key: tuple[str, str, str]) -> str:
    return f"{key[0]}:{key[1]}/{key[2]}"
