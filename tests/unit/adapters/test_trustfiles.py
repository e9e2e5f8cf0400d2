"""The trust folder: compared fingerprints, notes, and what is left out of a directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.errors import Conflict, Misconfigured
from relec_exchange.trust.card import parse_card
from relec_exchange.trust.directory import Directory

EMPTY = Directory("relec.example", "exercise", "tr")


def test_a_fingerprint_once_compared_cannot_become_another(tmp_path: Path) -> None:
    files = TrustFiles(tmp_path / "trust")
    assert files.pins() == {}
    files.pin("pk", "a" * 64)
    files.pin("iq", "b" * 64)
    files.pin("pk", "a" * 64)
    assert files.pins() == {"iq": "b" * 64, "pk": "a" * 64}
    with pytest.raises(Conflict) as caught:
        files.pin("pk", "c" * 64)
    assert caught.value.remedy
    assert files.pins()["pk"] == "a" * 64


@pytest.mark.parametrize("text", ["pk = 1\n", 'pk = "short"\n', "pk\n", 'pk = "AB"\n'])
def test_damaged_pins_stop_everything(tmp_path: Path, text: str) -> None:
    (tmp_path / "pins.toml").write_text(text)
    with pytest.raises(Misconfigured):
        TrustFiles(tmp_path).pins()


def test_a_card_that_nobody_compared_is_left_out_and_told(made_homes: Path, tmp_path: Path) -> None:
    files = TrustFiles(tmp_path)
    for node in ("tr", "pk"):
        files.put_card(parse_card((made_homes / node / "trust" / f"{node}.card").read_bytes()))
    tr = parse_card((made_homes / "tr" / "trust" / "tr.card").read_bytes()).card
    files.pin("tr", tr.authority.public().fingerprint())
    admitted = files.directory(EMPTY)
    assert admitted.directory.nodes() == ("tr",)
    assert "pk" in admitted.problems[0]


def test_a_damaged_card_does_not_keep_the_others_out(made_homes: Path, tmp_path: Path) -> None:
    files = TrustFiles(tmp_path)
    (tmp_path / "aa.card").write_text("nonsense")
    tr = parse_card((made_homes / "tr" / "trust" / "tr.card").read_bytes())
    files.put_card(tr)
    files.pin("tr", tr.card.authority.public().fingerprint())
    admitted = files.directory(EMPTY)
    assert (admitted.directory.nodes(), len(admitted.problems)) == (("tr",), 1)


def test_a_record_number_is_never_given_twice(made_homes: Path, tmp_path: Path) -> None:
    first, second, *_ = TrustFiles(made_homes / "tr" / "trust").records()
    files = TrustFiles(tmp_path)
    files.put_record(1, first)
    files.put_record(1, first)
    with pytest.raises(Conflict):
        files.put_record(1, second)
    assert files.records() == [first]
