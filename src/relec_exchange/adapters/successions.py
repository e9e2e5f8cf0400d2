"""Files of keys that take the place of others: prepared beside them, put in their place at the end.

Contract: at any instant the key that the newest card names is in one of the files; `settle` may be
called again after a kill anywhere, and ends with each key in its place and every older one
destroyed. Nothing is destroyed before the card that replaces it is given.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from relec_exchange.adapters.datakey import Random
from relec_exchange.adapters.keyfiles import KeyFiles, read_authority, write_authority
from relec_exchange.adapters.privatefiles import destroy, sync_directory
from relec_exchange.errors import NotFound
from relec_exchange.trust.card import Card
from relec_exchange.trust.passphrase import COST_DEFAULT
from relec_exchange.trust.signature import HybridKey

PRESENT: Final = "authority.key"
NEXT: Final = "authority-next.key"
_AFTER: Final = "authority-after.key"
_OLD: Final = "authority-old.key"
_WITNESS: Final = "witness"
_WITNESS_NEXT: Final = "witness-next"
_WITNESS_OLD: Final = "witness-old.key"


class AuthorityFiles:
    """The authority's keys in one directory: the present pair, the next, and the one after it."""

    def __init__(self, directory: Path, passphrase: str) -> None:
        self._directory, self._passphrase = directory, passphrase

    def present(self) -> HybridKey:
        """The keys that sign. `NotFound` if they are kept elsewhere."""
        return self._read(PRESENT)

    def next(self) -> HybridKey:
        """The keys to which the card commits by `authority.next`."""
        return self._read(NEXT)

    def pending(self, card: Card) -> bool:
        """Whether the keys that the card names are not in their places yet."""
        named = (card.authority.public().fingerprint(), card.authority.next)
        held = {path.name: fingerprint for fingerprint, path in self._all().items()}
        return (held.get(PRESENT), held.get(NEXT)) != named or (self._directory / _OLD).exists()

    def after(self, random: Random, cost: int = COST_DEFAULT) -> HybridKey:
        """The keys that follow the next ones: made now, or by a rotation that was broken off."""
        place = self._directory / _AFTER
        if not place.exists():
            key = HybridKey.generate(self.next().name, "note", random)
            part = emptied(place)
            write_authority(part, key, self._passphrase, random, cost)
            moved(part, place)
        return self._read(_AFTER)

    def settle(self, card: Card) -> None:
        """Put the keys that the card names in their places, and destroy those it has replaced.

        `NotFound` if they are not here; nothing is destroyed then.
        """
        fingerprint = card.authority.public().fingerprint()
        for wanted, name in ((fingerprint, PRESENT), (card.authority.next, NEXT)):
            found = self._all().get(wanted)
            if found is None:
                raise NotFound(
                    f"the keys that belong in {name} are not in {self._directory}",
                    field="authority",
                    remedy="bring the files of the authority's keys here, and try again",
                )
            if found.name != name:
                _replace(found, self._directory / name, self._directory / _OLD)
        destroy(self._directory / _OLD)

    def _read(self, name: str) -> HybridKey:
        path = self._directory / name
        if not path.exists():
            raise NotFound(
                f"the authority's keys are not here: {path}",
                field="authority",
                remedy="bring the file to this place for as long as it is needed",
            )
        return read_authority(path, self._passphrase)

    def _all(self) -> dict[str, Path]:
        """Where each pair of keys is, by fingerprint. What is being destroyed is needed no more."""
        paths = [self._directory / name for name in (_AFTER, NEXT, PRESENT)]
        return {
            read_authority(path, self._passphrase).public().fingerprint(): path
            for path in paths
            if path.exists()
        }


class WitnessFiles:
    """The witness's keys of a node: those in use, and those that a card will name next."""

    def __init__(self, directory: Path, keys: KeyFiles) -> None:
        self._directory, self._keys = directory, keys

    def next(self, random: Random) -> HybridKey:
        """The keys to come: made now, or by a rotation that was broken off."""
        place = self._directory / f"{_WITNESS_NEXT}.key"
        if not place.exists():
            key = HybridKey.generate(self._keys.witness().name, "witness", random)
            part = emptied(place)
            self._keys.add_signer(part.stem, key, random)
            moved(part, place)
        return self._keys.witness(_WITNESS_NEXT)

    def settle(self, card: Card) -> None:
        """Put the keys that the card names in their place, and destroy the ones before."""
        old = self._directory / _WITNESS_OLD
        following = self._directory / f"{_WITNESS_NEXT}.key"
        if following.exists():
            waiting = self._keys.witness(_WITNESS_NEXT).public()
            if waiting == card.witness.public():
                _replace(following, self._directory / f"{_WITNESS}.key", old)
        destroy(old)

    def pending(self, card: Card) -> bool:
        """Whether the keys that the card names are not in their place yet, or those before them
        are not destroyed.
        """
        waits = self._keys.witness().public() != card.witness.public()
        return waits or (self._directory / _WITNESS_OLD).exists()


def emptied(place: Path) -> Path:
    """Where to write what will be moved to `place`; the rest of an attempt that was killed goes."""
    part = place.with_name(f"{place.stem}-part{place.suffix}")
    destroy(part)
    return part


def moved(part: Path, place: Path) -> None:
    """Give a file that is written whole its name, durably."""
    os.replace(part, place)
    sync_directory(place.parent)


def _replace(fresh: Path, place: Path, old: Path) -> None:
    """Move a key to its place at once; what was there keeps another name until it is destroyed."""
    if place.exists():
        if old.exists() and not old.samefile(place):
            destroy(old)
        if not old.exists():
            os.link(place, old)
    os.replace(fresh, place)
    sync_directory(place.parent)
