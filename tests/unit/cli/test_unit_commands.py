"""Keys of units: made on the desk's machine, named in the card, used for what is sealed to it."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from commands import Relec, Result, Tr
from memory_node import WORDS, MemoryNode, read_directory

from relec_exchange.adapters.unitkeys import read_unit_key
from relec_exchange.errors import InvalidInput, NotFound, Refused
from relec_exchange.message.encoding import b64

UNIT = "protection-desk"
REFERRAL: dict[str, Any] = {
    "consent": {
        "given_on": "2026-11-20",
        "given_by": "self",
        "scope": "Housing",
        "reference": "Form 7",
    },
    "person": {
        "category": "victim",
        "names": [{"text": "Zuleyka Ornek", "kind": "birth", "script": "Latn"}],
        "citizenships": ["BGD"],
    },
    "needs": ["A safe place"],
    "safe_contact": "By the social worker",
}


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "desk.pass"
    file.write_text("five plain words for desks")
    file.chmod(0o600)
    return file


def made_key(relec: Relec, folder: Path, secret: Path, name: str = "desk") -> Path:
    file = folder / f"{name}.key"
    done = relec("unit", "key", UNIT, "--out", file, "--passphrase-file", secret, "--json")
    assert done.code == 0, done.err
    return file


def test_a_key_is_made_with_a_passphrase_and_its_public_line_is_printed(
    relec: Relec, tmp_path: Path, secret: Path
) -> None:
    file = tmp_path / "desk.key"
    done = relec("unit", "key", UNIT, "--out", file, "--passphrase-file", secret)
    assert done.code == 0, done.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    key = read_unit_key(file, secret.read_text())
    assert b64(key.private.public_bytes()) in done.out
    assert (tmp_path / "desk.pub").read_text().strip() in done.out
    again = relec("unit", "key", UNIT, "--out", file, "--passphrase-file", secret)
    assert again.code != 0
    assert read_unit_key(file, secret.read_text()) == key


def issued(relec: Relec, home: Path, *arguments: object) -> Result:
    common = ("--home", home, "--yes", "--json", "--authority-passphrase-file")
    words = home / "words"
    words.write_text(WORDS)
    words.chmod(0o600)
    return relec("card", "issue", *common, words, "--passphrase-file", words, *arguments)


def test_the_next_card_names_the_key_and_keeps_it(
    relec: Relec, homes: Path, tmp_path: Path, secret: Path
) -> None:
    made_key(relec, tmp_path, secret)
    first = issued(relec, homes / "tr", "--unit", f"{UNIT}={tmp_path / 'desk.pub'}")
    assert first.code == 0, first.err
    units = {unit["name"]: unit.get("key") for unit in first.json()["units"]}
    assert units[UNIT] == (tmp_path / "desk.pub").read_text().strip().split("+", 2)[2]
    assert "contact-point" in units
    assert issued(relec, homes / "tr").json()["units"] == first.json()["units"]
    gone = issued(relec, homes / "tr", "--unit", f"{UNIT}=").json()["units"]
    assert {"name": UNIT} in gone


@pytest.mark.parametrize("given", ["protection-desk", "protection-desk=nowhere.pub", "other={pub}"])
def test_a_key_for_another_unit_or_from_nowhere_is_refused(
    relec: Relec, homes: Path, tmp_path: Path, secret: Path, given: str
) -> None:
    made_key(relec, tmp_path, secret)
    done = issued(relec, homes / "tr", "--unit", given.format(pub=tmp_path / "desk.pub"))
    assert done.code == InvalidInput.exit_code


@dataclass(frozen=True)
class Desks:
    """The key of tr's desk, and a referral in a file."""

    key: Path
    secret: Path
    file: Path

    @property
    def options(self) -> tuple[object, ...]:
        return ("--unit-key-file", self.key, "--unit-passphrase-file", self.secret)


@pytest.fixture
def desks(relec: Relec, homes: Path, node: MemoryNode, tmp_path: Path, secret: Path) -> Desks:
    """A node that holds cards of tr and pk which name keys of their desks."""
    for name in ("tr", "pk"):
        made_key(relec, tmp_path, secret, name)
        assert issued(relec, homes / name, "--unit", f"{UNIT}={tmp_path / name}.pub").code == 0
    authority = read_directory(homes / "pk", "pk").authority("pk")
    card = homes / "pk" / "trust" / "pk.card"
    told = ("--fingerprint", authority.fingerprint(), "--home", homes / "tr")
    assert relec("card", "import", card, *told).code == 0
    node.directory = read_directory(homes / "tr")
    node.check_allowed = lambda message: None  # type: ignore[method-assign]
    file = tmp_path / "referral.json"
    file.write_text(json.dumps({"type": "protection.referral", "to": "pk", "body": REFERRAL}))
    return Desks(tmp_path / "tr.key", secret, file)


def waiting(tr: Tr, desks: Desks) -> str:
    done = tr("ayse", "send", desks.file, "--yes", "--json")
    assert done.code == 0, done.err
    [sent] = done.json()["sent"]
    return str(sent["message_id"])


def test_the_node_gets_nothing_but_the_sealed_body(tr: Tr, desks: Desks, node: MemoryNode) -> None:
    raw = node.out[waiting(tr, desks)]["raw"]
    assert b"Zuleyka" not in raw
    assert json.loads(raw)["body"]["unit"] == UNIT


def test_it_is_shown_with_the_units_key_alone(tr: Tr, desks: Desks) -> None:
    message_id = waiting(tr, desks)
    without = tr("ayse", "show", message_id, "--open")
    assert "Zuleyka" not in without.out
    assert "--unit-key-file" in without.out
    assert "Zuleyka" in tr("ayse", "show", message_id, "--open", *desks.options).out


def test_the_key_may_be_named_by_the_environment(
    tr: Tr, desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELEC_UNIT_KEY", str(desks.key))
    monkeypatch.setenv("RELEC_UNIT_PASSPHRASE_FILE", str(desks.secret))
    opened = tr("ayse", "show", waiting(tr, desks), "--open", "--json").json()["content"]
    assert opened["body"] == REFERRAL
    assert (opened["sealed"], opened["held"]) == ("", False)


def test_nobody_releases_what_they_cannot_read(tr: Tr, desks: Desks, node: MemoryNode) -> None:
    message_id = waiting(tr, desks)
    assert tr("bora", "release", message_id, "--yes").code == Refused.exit_code
    assert node.out[message_id]["state"] == "submitted"
    done = tr("bora", "release", message_id, "--yes", *desks.options)
    assert done.code == 0, done.err
    assert "Zuleyka" in done.out
    assert node.out[message_id]["state"] == "released"


def test_a_partner_whose_card_names_no_key_is_told(
    tr: Tr, desks: Desks, homes: Path, relec: Relec, node: MemoryNode
) -> None:
    assert issued(relec, homes / "pk", "--unit", f"{UNIT}=").code == 0
    card = (homes / "pk" / "trust" / "pk.card").read_bytes()
    node.directory = node.directory.admit_update(card)
    done = tr("ayse", "send", desks.file, "--yes")
    assert done.code == NotFound.exit_code
    assert "pk" in done.err
    assert node.out == {}
