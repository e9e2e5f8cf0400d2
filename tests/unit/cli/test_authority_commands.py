"""`relec authority`: the key is on a machine of its own, and what is signed travels as a file."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from agreed import copied, quietly
from commands import Relec, Result
from memory_node import read_directory

from relec_exchange.trust.agreement import parse_agreement
from relec_exchange.trust.card import parse_card


@pytest.fixture
def homes(allied: Path) -> Iterator[Path]:
    """The node of tr, whose authority has moved to `offline`, and a stick between the two."""
    with copied(allied) as homes:
        secret = ("--authority-passphrase-file", homes / "tr" / "passphrase")
        keys = homes / "tr" / "keys"
        made = quietly("authority", "init", homes / "offline", "--keys", keys, *secret)
        assert made.code == 0, made.err
        for name in ("authority.key", "authority-next.key"):
            (keys / name).unlink()
        (homes / "stick").mkdir()
        yield homes


def carried(relec: Relec, homes: Path, file: Path) -> Path:
    """Exported at the node; its file on the stick."""
    done = relec("authority", "export", file, "--out", homes / "stick", "--home", homes / "tr")
    assert done.code == 0, done.err
    return homes / "stick" / file.name


def signed(relec: Relec, homes: Path, file: Path, *more: object) -> Result:
    """Signed on the other machine, which has neither home nor settings."""
    secret = ("--authority-passphrase-file", homes / "tr" / "passphrase")
    return relec("authority", "sign", file, "--dir", homes / "offline", *secret, "--yes", *more)


def bilateral(homes: Path) -> str:
    found = read_directory(homes / "tr").agreements
    return next(name for name, held in found.items() if not held.agreement.charter)


def test_the_keys_are_moved_whole_private_and_named(relec: Relec, homes: Path) -> None:
    for name in ("authority.key", "authority-next.key"):
        assert stat.S_IMODE((homes / "offline" / name).stat().st_mode) == 0o600
    secret = ("--authority-passphrase-file", homes / "tr" / "passphrase")
    told = relec("authority", "show", homes / "offline", *secret, "--json").json()
    assert told["name"] == "relec.example/tr/authority"
    card = read_directory(homes / "tr").card("tr").card
    assert told["keys"]["authority.key"] == card.authority.public().fingerprint()
    assert told["keys"]["authority-next.key"] == card.authority.next


def test_the_node_without_the_key_says_what_to_do(relec: Relec, homes: Path) -> None:
    secret = ("--authority-passphrase-file", homes / "tr" / "passphrase")
    file = homes / "tr-pk.agreement"
    done = relec("agreement", "sign", file, "--home", homes / "tr", *secret, "--yes", "--json")
    assert (done.code, done.error()["field"]) == (5, "authority")


def test_an_agreement_is_amended_signed_offline_and_in_force_at_the_node(
    relec: Relec, homes: Path
) -> None:
    home, file = ("--home", homes / "tr"), homes / "next.agreement"
    relec("agreement", "amend", bilateral(homes)[:8], *home, "--out", file)
    file.write_text(file.read_text().replace("retention_days = 730", "retention_days = 100"))
    there = carried(relec, homes, file)
    told = signed(relec, homes, there, "--json").json()
    assert told["signed_by"] == "relec.example/tr/authority"
    assert [one["before"] for one in told["differences"]] == [bilateral(homes)]
    assert any("from 730 to 100" in line for line in told["differences"][0]["lines"])
    pk = ("--home", homes / "pk", "--authority-passphrase-file", homes / "pk" / "passphrase")
    assert relec("agreement", "sign", there, *pk, "--yes").code == 0
    assert sorted(parse_agreement(there.read_bytes()).signatures) == ["pk", "tr"]
    done = relec("agreement", "import", there, *home, "--json")
    assert done.json()["signed_by"] == ["pk", "tr"]


def test_a_card_is_written_unsigned_signed_offline_and_imported(relec: Relec, homes: Path) -> None:
    home, file = ("--home", homes / "tr"), homes / "tr-3.card"
    secret = ("--passphrase-file", homes / "tr" / "passphrase")
    done = relec("card", "issue", "--unsigned", file, *home, *secret, "--json")
    assert done.json()["version"] == 3
    there = carried(relec, homes, file)
    done = signed(relec, homes, there)
    assert "Card 3 of tr" in done.out
    assert "version: from 2 to 3" in done.out
    assert relec("card", "import", there, *home).code == 0
    assert read_directory(homes / "tr").card("tr").card.version == 3
    assert (
        parse_card(there.read_bytes()).card.partners
        == read_directory(homes / "tr").card("tr").card.partners
    )


def test_a_suspension_is_written_unsigned_signed_offline_and_counts(
    relec: Relec, homes: Path
) -> None:
    home, file = ("--home", homes / "tr"), homes / "stop.notice"
    given = ("--with", "pk", "--reason", "Audit (simulated)", "--unsigned", file)
    assert relec("agreement", "suspend", *given, *home).code == 0
    assert not read_directory(homes / "tr").notices
    there = carried(relec, homes, file)
    assert "Audit (simulated)" in signed(relec, homes, there).out
    assert relec("agreement", "import", there, *home).code == 0
    done = relec("agreement", "check", "stat.report", "--to", "pk", *home, "--json")
    assert done.json()["rule"] == "agreement-suspended"


def test_the_next_keys_sign_only_when_they_are_asked_to(relec: Relec, homes: Path) -> None:
    file = homes / "stop.notice"
    given = ("--with", "pk", "--reason", "Audit (simulated)", "--unsigned", file)
    relec("agreement", "suspend", *given, "--home", homes / "tr")
    assert signed(relec, homes, file, "--next").code == 0
    done = relec("agreement", "import", file, "--home", homes / "tr")
    assert done.code == 10  # keys that no card has put in place yet sign for nobody


def test_keys_do_not_sign_for_another_node_or_network(relec: Relec, homes: Path) -> None:
    text = parse_agreement((homes / "tr-pk.agreement").read_bytes()).text
    file = homes / "stick" / "other.agreement"
    for old, new, field in (('"tr"', '"iq"', "parties"), ("relec.example", "b.example", "network")):
        file.write_text(text.replace(old, new))
        done = signed(relec, homes, file, "--json")
        assert (done.code, done.error()["field"]) == (2, field)
        assert b"\xe2\x80\x94 " not in file.read_bytes()


def test_keys_of_two_authorities_are_not_put_together(relec: Relec, allied: Path) -> None:
    with copied(allied) as homes:
        mixed = homes / "tr" / "keys"
        stranger = homes / "pk" / "keys" / "authority-next.key"
        (mixed / "authority-next.key").write_bytes(stranger.read_bytes())
        secret = ("--authority-passphrase-file", homes / "tr" / "passphrase")
        done = relec("authority", "init", homes / "offline", "--keys", mixed, *secret, "--json")
        assert (done.code, done.error()["field"]) == (2, "keys")
        assert not (homes / "offline").exists()


def test_key_files_are_never_overwritten(relec: Relec, homes: Path) -> None:
    secret = ("--authority-passphrase-file", homes / "tr" / "passphrase")
    keys = homes / "offline"
    assert relec("authority", "init", keys, "--keys", keys, *secret).code == 6
