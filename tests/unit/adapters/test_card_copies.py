"""Copies of the own card beside the guard copy: what replaces what, and what is believed."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from memory_node import WORDS

from relec_exchange.adapters.card_copies import CardCopies
from relec_exchange.adapters.keyfiles import KeyFiles, read_authority
from relec_exchange.adapters.successions import AuthorityFiles
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.errors import Unavailable
from relec_exchange.founding import issue, rotate_authority
from relec_exchange.trust.card import SignedCard, parse_card
from relec_exchange.trust.card_parts import AuthorityKeys, Partner
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.drafts import draft_card
from relec_exchange.trust.note import sign_text
from relec_exchange.trust.signature import HybridKey

EMPTY = Directory("relec.example", "exercise", "tr")
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Authority:
    """The authority of tr: it signs one card after the other."""

    def __init__(self, home: Path) -> None:
        self.files = TrustFiles(home / "trust")
        self.directory = self.files.directory(EMPTY).directory
        self._home = home
        self._key = read_authority(home / "keys" / "authority.key", WORDS)
        self._keys = KeyFiles(home / "keys", WORDS)

    def issue(self, *partners: Partner) -> SignedCard:
        card = self.directory.card("tr").card
        return self._signed(issue(card, partners, self._keys, self._key, NOW, os.urandom))

    def rotate(self) -> SignedCard:
        card, files = self.directory.card("tr").card, AuthorityFiles(self._home / "keys", WORDS)
        signed = self._signed(rotate_authority(card, self._keys, files, NOW, os.urandom))
        files.settle(signed.card)
        self._key = files.present()
        return signed

    def succession(self) -> tuple[bytes, ...]:
        return self.directory.member("tr").succession()

    def _signed(self, signed: SignedCard) -> SignedCard:
        self.directory = self.directory.admit_update(signed.note)
        return signed


@pytest.fixture
def authority(made_homes: Path, tmp_path: Path) -> Authority:
    shutil.copytree(made_homes / "tr", tmp_path / "tr")
    return Authority(tmp_path / "tr")


@pytest.fixture
def copies(tmp_path: Path) -> CardCopies:
    return CardCopies(tmp_path / "elsewhere" / "guard" / "head", "tr")


def test_without_a_copy_nothing_is_known(authority: Authority, copies: CardCopies) -> None:
    found = copies.recall(authority.directory)
    assert (found.state, found.here, found.cards) == ("unknown", 1, ())


def test_the_newest_card_is_kept_and_believed_by_its_signatures(
    authority: Authority, copies: CardCopies
) -> None:
    saved = authority.directory
    assert copies.keep(authority.succession())
    assert copies.recall(saved).state == "here"
    later = authority.issue()
    assert copies.keep(authority.succession())
    found = copies.recall(saved)
    assert (found.state, found.here, found.version) == ("newer", 1, 2)
    assert [card.hash for card in found.cards] == [later.hash]
    assert copies.file(later).read_bytes() == later.note
    assert copies.recall(authority.directory).state == "here"
    authority.issue()
    assert copies.recall(authority.directory).state == "unknown"


def test_an_older_card_replaces_nothing(authority: Authority, copies: CardCopies) -> None:
    old = authority.succession()
    later = authority.issue()
    copies.keep(authority.succession())
    assert not copies.keep(old)
    assert copies.newest.read_bytes() == later.note


def test_another_card_of_one_version_replaces_nothing_and_is_told(
    authority: Authority, copies: CardCopies
) -> None:
    saved = authority.directory
    first = authority.issue()
    copies.keep(authority.succession())
    authority.directory = saved
    authority.issue(Partner(node="zz", authority=64 * "0"))
    assert not copies.keep(authority.succession())
    assert copies.newest.read_bytes() == first.note
    found = copies.recall(authority.directory)
    assert (found.state, found.cards) == ("doubtful", ())
    assert "two different cards of version 2" in found.detail


def test_cards_under_later_authority_keys_are_followed_from_any_earlier_one(
    authority: Authority, copies: CardCopies
) -> None:
    saved = authority.directory
    made = [authority.issue(), authority.rotate(), authority.issue(), authority.rotate()]
    newest = authority.issue()
    copies.keep(authority.succession())
    found = copies.recall(saved)
    assert found.state == "newer", found.detail
    assert found.cards[-1].hash == newest.hash
    for card in found.cards:
        authority.files.put_card(card)
        assert copies.file(card).read_bytes() == card.note
    read = authority.files.directory(EMPTY)
    assert read.problems == ()
    assert read.directory.card("tr").hash == newest.hash
    assert made[0].card.version == 2


def test_a_card_of_a_stranger_is_not_believed(authority: Authority, copies: CardCopies) -> None:
    saved, later = authority.directory, authority.issue()
    copies.keep(authority.succession())
    name = "relec.example/tr/authority"
    stranger, following = (HybridKey.generate(name, "note", os.urandom) for _ in range(2))
    keys = AuthorityKeys.of(stranger.public(), following.public())
    forged = later.card.model_copy(update={"authority": keys, "version": 9})
    copies.newest.write_bytes(sign_text(draft_card(forged), stranger))
    found = copies.recall(saved)
    assert (found.state, found.cards) == ("doubtful", ())
    assert "version 9" in found.detail


@pytest.mark.parametrize("left", [0, 1, 500, -1])
def test_a_damaged_copy_is_told_and_replaced(
    authority: Authority, copies: CardCopies, left: int
) -> None:
    copies.keep(authority.succession())
    copies.newest.write_bytes(copies.newest.read_bytes()[:left])
    found = copies.recall(authority.directory)
    assert (found.state, found.cards) == ("doubtful", ())
    assert "tr.card" in found.detail
    assert copies.keep(authority.succession())
    assert copies.recall(authority.directory).state == "here"


def test_the_card_of_another_node_is_told(
    authority: Authority, copies: CardCopies, made_homes: Path
) -> None:
    copies.keep(authority.succession())
    copies.newest.write_bytes((made_homes / "pk" / "trust" / "pk.card").read_bytes())
    found = copies.recall(authority.directory)
    assert found.state == "doubtful"
    assert "a card of pk" in found.detail


def test_a_folder_that_cannot_be_used_is_told(
    authority: Authority, copies: CardCopies, tmp_path: Path
) -> None:
    copies.newest.parent.parent.mkdir(parents=True)
    copies.newest.parent.write_text("in the way")
    assert copies.recall(authority.directory).state == "doubtful"
    with pytest.raises(Unavailable, match="beside the guard copy cannot be written"):
        copies.keep(authority.succession())


def test_nothing_half_written_stays(authority: Authority, copies: CardCopies) -> None:
    copies.keep(authority.succession())
    card = parse_card(copies.newest.read_bytes())
    assert sorted(path.name for path in copies.newest.parent.iterdir()) == ["tr.card"]
    assert card.hash == authority.directory.card("tr").hash
    assert copies.newest.parent.parent.stat().st_mode & 0o077 == 0
