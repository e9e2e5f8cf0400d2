"""`relec rotate` and `relec revoke` on a home whose node does not run, and kills in between."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from commands import Relec, Result
from memory_node import WORDS, read_directory, read_register

from relec_exchange.adapters import datakey
from relec_exchange.adapters.keyfiles import KeyFiles, read_authority
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.trust.card import SignedCard
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.note import sign_text

FULL = os.environ.get("RELEC_FULL") == "1"
STEP = 1 if FULL else 6
POINTS_MAX = 200
SINCE = "2026-11-01T06:00:00Z"
# One passphrase and salt give one key: the same files are opened again and again here.
datakey.stretch = cache(datakey.stretch)


def officer_at(relec: Relec, home: Path) -> Callable[..., Result]:
    """Commands of a home's security officer; passphrases come from files."""
    secret = home / "passphrase"

    def call(*arguments: object) -> Result:
        given = ("--authority-passphrase-file", secret, "--yes", "--json")
        place = ("--passphrase-file", secret)
        return relec("--home", home, "--officer", "security", *arguments, *place, *given)

    return call


@pytest.fixture
def at_tr(relec: Relec, homes: Path) -> Callable[..., Result]:
    return officer_at(relec, homes / "tr")


def card_of(home: Path) -> SignedCard:
    return read_directory(home, "tr").card("tr")


def problems(home: Path) -> tuple[str, ...]:
    return (
        TrustFiles(home / "trust").directory(Directory("relec.example", "exercise", "tr")).problems
    )


def test_sealing_keys_are_made_for_six_epochs_ahead(at_tr: Any, homes: Path) -> None:
    home = homes / "tr"
    before = card_of(home).card
    done = at_tr("rotate", "sealing", "--all")
    assert done.code == 0, done.err
    after = card_of(home).card
    assert (after.version, len(after.sealing)) == (before.version + 1, 7)
    assert done.json()["keys"] == [epoch.id for epoch in after.sealing]
    ids = KeyFiles(home / "keys", WORDS).sealing_ids()
    assert {epoch.id for epoch in (*before.sealing, *after.sealing)} <= ids
    assert not {epoch.id for epoch in before.sealing} & {epoch.id for epoch in after.sealing}


@pytest.mark.parametrize("kind", ["witness", "sealing --all"])
def test_a_card_with_new_keys_may_be_signed_on_another_machine(
    at_tr: Any, relec: Relec, homes: Path, tmp_path: Path, kind: str
) -> None:
    home, text = homes / "tr", tmp_path / "tr-next.card"
    away = tmp_path / "authority.key"
    (home / "keys" / "authority.key").rename(away)
    before = card_of(home).card
    done = at_tr("rotate", *kind.split(), "--unsigned", text)
    assert done.code == 0, done.err
    assert card_of(home).card == before
    text.write_bytes(sign_text(text.read_text(), read_authority(away, WORDS)))
    done = relec("--home", home, "--officer", "security", "card", "import", text)
    assert done.code == 0, done.err
    if kind == "witness":
        done = at_tr("rotate", "witness")
        assert done.code == 0, done.err
    card = card_of(home).card
    assert card.version == before.version + 1
    assert (card.witness, card.sealing) != (before.witness, before.sealing)
    away.rename(home / "keys" / "authority.key")
    _check_whole(home)


def test_without_all_the_epochs_that_stand_stay(at_tr: Any, homes: Path) -> None:
    before = card_of(homes / "tr").card
    assert at_tr("rotate", "sealing").code == 0
    assert card_of(homes / "tr").card.sealing == before.sealing


def test_the_witness_key_is_replaced_in_its_file_and_on_the_card(at_tr: Any, homes: Path) -> None:
    home = homes / "tr"
    before = KeyFiles(home / "keys", WORDS).witness().public()
    done = at_tr("rotate", "witness")
    assert done.code == 0, done.err
    after = KeyFiles(home / "keys", WORDS).witness().public()
    assert before != after == card_of(home).card.witness.public()
    assert done.json()["fingerprint"] == after.fingerprint()
    assert sorted(p.name for p in (home / "keys").glob("witness*")) == ["witness.key"]


def test_the_authority_changes_three_times_and_everything_is_still_read(
    at_tr: Any, homes: Path
) -> None:
    home = homes / "tr"
    first = read_authority(home / "keys" / "authority.key", WORDS).public()
    announced = card_of(home).card.authority.next
    for _ in range(3):
        done = at_tr("rotate", "authority")
        assert done.code == 0, done.err
        told = done.json()
        assert told["fingerprint"] == announced
        announced = told["next"]
    member = read_directory(home, "tr").member("tr")
    assert len(member.authorities) == 4
    assert member.authorities[0] == first
    assert problems(home) == ()
    key = read_authority(home / "keys" / "authority.key", WORDS).public()
    assert key == member.authorities[-1]
    assert "security" in read_register(home, "tr").officers
    assert at_tr("card", "issue").code == 0


def test_a_partner_follows_two_changes_by_the_cards_of_the_folder(at_tr: Any, homes: Path) -> None:
    at_pk = Directory("relec.example", "exercise", "pk")
    first = card_of(homes / "tr")
    held = at_pk.admit_first(first.note, first.card.authority.public().fingerprint())
    assert at_tr("rotate", "authority").code == 0
    assert at_tr("rotate", "witness").code == 0
    assert at_tr("rotate", "authority").code == 0
    for note in read_directory(homes / "tr", "tr").member("tr").succession():
        held = held.admit_update(note)
    assert held.card("tr").hash == card_of(homes / "tr").hash


class Killed(BaseException):
    """The process ends here."""


def killed_at(monkeypatch: pytest.MonkeyPatch, point: int, work: Callable[[], object]) -> bool:
    """Do `work` until so many changes of the disk are done; whether it was killed."""
    left = [point]

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return function(*arguments, **more)

        return call

    with monkeypatch.context() as patched:
        for name in ("fsync", "replace", "link", "unlink"):
            patched.setattr(os, name, counted(getattr(os, name)))
        try:
            work()
        except Killed:
            return True
    return False


@pytest.mark.parametrize("kind", ["authority", "witness", "sealing --all"])
def test_a_rotation_killed_at_any_point_is_whole_after_the_next_one(
    relec: Relec, homes: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    killed = 0
    for point in range(0, POINTS_MAX, STEP):
        home = homes / str(point) / "tr"
        shutil.copytree(homes / "tr", home)
        at_tr = officer_at(relec, home)
        if not killed_at(monkeypatch, point, lambda call=at_tr: call("rotate", *kind.split())):
            break
        killed += 1
        assert problems(home) == ()
        done = at_tr("rotate", *kind.split())
        assert done.code == 0, done.err
        _check_whole(home)
        assert at_tr("card", "issue").code == 0
    assert killed > 1


def _check_whole(home: Path) -> None:
    """Every key that the card names is in its place, and no other is left beside it."""
    card = card_of(home).card
    keys = KeyFiles(home / "keys", WORDS)
    present = read_authority(home / "keys" / "authority.key", WORDS).public()
    following = read_authority(home / "keys" / "authority-next.key", WORDS).public()
    assert present == card.authority.public()
    assert following.fingerprint() == card.authority.next
    assert keys.witness().public() == card.witness.public()
    assert {epoch.id for epoch in card.sealing} <= keys.sealing_ids()
    assert read_register(home, "tr").officers
    names = {path.name for path in (home / "keys").glob("*.key")}
    assert not {name for name in names if "-old" in name or "-after" in name or "-part" in name}


def test_a_revoked_sealing_key_is_replaced_first(at_tr: Any, homes: Path) -> None:
    home = homes / "tr"
    before = card_of(home).card
    done = at_tr("revoke", "sealing", "--since", SINCE, "--reason", "Disk stolen (simulated)")
    assert done.code == 0, done.err
    directory = read_directory(home, "tr")
    assert {epoch.id for epoch in before.sealing} == directory.member("tr").revoked
    assert not directory.member("tr").revoked & {e.id for e in directory.card("tr").card.sealing}
    assert set(done.json()["notices"]) == set(directory.notices)
    assert done.json()["told"] is False


def test_a_revoked_witness_is_replaced_first(at_tr: Any, homes: Path) -> None:
    old = card_of(homes / "tr").card.witness.public()
    done = at_tr("revoke", "witness", "--since", SINCE, "--reason", "Disk stolen (simulated)")
    assert done.code == 0, done.err
    directory = read_directory(homes / "tr", "tr")
    assert directory.member("tr").revoked == {old.fingerprint()}
    assert directory.card("tr").card.witness.public() != old


def test_a_revoked_authority_is_followed_by_the_announced_keys(at_tr: Any, homes: Path) -> None:
    home = homes / "tr"
    announced = card_of(home).card.authority.next
    done = at_tr("revoke", "authority", "--since", SINCE, "--reason", "Key copied (simulated)")
    assert done.code == 0, done.err
    assert problems(home) == ()
    card = card_of(home).card
    assert card.authority.public().fingerprint() == announced
    assert (
        read_authority(home / "keys" / "authority.key", WORDS).public() == card.authority.public()
    )
    assert at_tr("rotate", "authority").code == 0
    assert problems(home) == ()


def test_a_revoked_authority_stands_by_what_it_has_revoked_before(at_tr: Any, homes: Path) -> None:
    home = homes / "tr"
    sealed = {epoch.id for epoch in card_of(home).card.sealing}
    assert at_tr("revoke", "sealing", "--since", SINCE, "--reason", "x (simulated)").code == 0
    assert at_tr("revoke", "authority", "--since", SINCE, "--reason", "x (simulated)").code == 0
    directory = read_directory(home, "tr")
    assert sealed <= directory.member("tr").revoked
    assert directory.disputed() == ()


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("witness", "--since", "yesterday", "--reason", "x"), "since"),
        (("log", "exchange", "--since", SINCE, "--reason", "x"), "good_size"),
        (("authority", "--since", SINCE, "--reason", "x", "--not", "ffff"), "not"),
    ],
)
def test_a_revocation_that_says_too_little_is_refused_before_anything_is_signed(
    at_tr: Any, homes: Path, arguments: tuple[str, ...], field: str
) -> None:
    before = card_of(homes / "tr").hash
    done = at_tr("revoke", *arguments)
    assert done.code != 0
    assert done.error()["field"] == field
    assert card_of(homes / "tr").hash == before
    assert read_directory(homes / "tr", "tr").notices == {}


def test_a_log_is_revoked_from_a_head_that_is_given(at_tr: Any, homes: Path) -> None:
    origin = next(log.origin for log in card_of(homes / "tr").card.logs if "exchange" in log.origin)
    head = ("--origin", origin, "--good-size", 3, "--good-root", "ab" * 32)
    done = at_tr("revoke", "log", "exchange", *head, "--since", SINCE, "--reason", "x (simulated)")
    assert done.code == 0, done.err
    assert read_directory(homes / "tr", "tr").log_key(origin).good_size == 3
