"""Copies of this node's own newest card beside the guard copy: they outlive the disk of the home.

Store and trust folder may be lost together, and a backup has the card of its day. Without the
newest one the authority would sign a second card of a version that partners have. A card is public,
so nothing here is secret; and nothing here is trusted: a copy counts by the authority's signatures,
as any card does. No backup holds them, for an old copy would say that nothing newer was issued.

Contract: a copy is replaced by a later card, and by nothing else unless it is damaged; each file
whole and durably. Beside the newest card lie those that lead to its authority keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from relec_exchange.adapters.privatefiles import make_private_directory
from relec_exchange.adapters.trustfiles import TrustFiles, read_note
from relec_exchange.errors import RelecError, Unavailable
from relec_exchange.trust.card import SignedCard, parse_card
from relec_exchange.trust.directory import Directory

FOLDER: Final = ".cards"
"""What follows the name of the guard copy in that of the folder of the cards."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What the copies say beside the cards of the home, which are at version `here` (0: none).

    `here`: the newest copy is the card of the home. `newer`: `cards` have been verified and are to
    be taken over, in this order. `doubtful`: a copy cannot be believed, for the reason in `detail`.
    `unknown`: no copy, or none as new as the home's card.
    """

    state: Literal["here", "newer", "doubtful", "unknown"]
    here: int
    version: int = 0
    detail: str = ""
    cards: tuple[SignedCard, ...] = ()


class CardCopies:
    """The copies beside one guard copy, of one node; the folder need not exist yet."""

    def __init__(self, guard: Path, node: str) -> None:
        self._node = node
        self._files = TrustFiles(guard.with_name(guard.name + FOLDER))

    @property
    def newest(self) -> Path:
        """The file of the newest card."""
        return self._files.path / f"{self._node}.card"

    def file(self, card: SignedCard) -> Path:
        """The file of a card that `recall` has named."""
        passage = self._files.path / f"{self._node}-{card.card.version}.card"
        return passage if passage.exists() else self.newest

    def keep(self, succession: Sequence[bytes]) -> bool:
        """Keep the cards of `Member.succession`; false, and nothing is written, if a later one is
        kept already, or another one of this version. Unavailable if the disk refuses.
        """
        *earlier, newest = (parse_card(note) for note in succession)
        try:
            make_private_directory(self._files.path.parent)
            kept = self._kept()
            if kept is None:
                self.newest.unlink(missing_ok=True)  # damaged: nothing leads on from it
            elif kept.card.version >= newest.card.version and kept.hash != newest.hash:
                return False
            for card in earlier:
                self._files.put_passage(card)
            self._files.put_card(newest)
        except OSError as error:
            raise Unavailable(
                f"the copy of the card beside the guard copy cannot be written: {error.strerror}",
                remedy="see to the disk of the guard copy",
            ) from None
        return True

    def recall(self, directory: Directory) -> Recalled:
        """What the copies say that the cards of this directory do not; nothing is written."""
        cards, problems = self._read()
        own = directory.members.get(self._node)
        here = own.card.version if own else 0
        later = []
        for card in cards:
            if card.card.version < here:
                continue
            try:
                after = directory.admit_update(card.note)
            except RelecError as error:
                problems.append(f"version {card.card.version}: {error.message}")
                continue
            if after is not directory:
                later.append(card)
            directory = after
        version = max((card.card.version for card in cards), default=0)
        if problems:
            return Recalled("doubtful", here, version, "; ".join(problems), tuple(later))
        if later:
            return Recalled("newer", here, version, cards=tuple(later))
        return Recalled("here" if version == here > 0 else "unknown", here, version)

    def _kept(self) -> SignedCard | None:
        """The newest copy; None if there is none, or a damaged one."""
        try:
            return parse_card(read_note(self.newest))
        except RelecError:
            return None

    def _read(self) -> tuple[list[SignedCard], list[str]]:
        """The cards of this node, oldest first, and a sentence for each file that is none."""
        cards: list[SignedCard] = []
        problems: list[str] = []
        for path in _files(self._files.path, problems):
            try:
                signed = parse_card(read_note(path))
            except RelecError as error:
                problems.append(f"{path.name}: {error.message}")
                continue
            if signed.card.node == self._node:
                cards.append(signed)
            else:
                problems.append(f"{path.name}: a card of {signed.card.node}")
        return sorted(cards, key=lambda signed: signed.card.version), problems


def _files(folder: Path, problems: list[str]) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".card")
    except FileNotFoundError:
        return []
    except OSError as error:
        problems.append(f"{folder} cannot be read: {error.strerror}")
        return []
