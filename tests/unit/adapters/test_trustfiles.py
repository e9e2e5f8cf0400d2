"""The trust folder: compared fingerprints, notes, and what is left out of a directory."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from memory_node import WORDS

from relec_exchange.adapters.keyfiles import read_authority
from relec_exchange.adapters.trustfiles import TrustFiles
from relec_exchange.errors import Conflict, Misconfigured
from relec_exchange.trust.card import authority_fingerprint, parse_card
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.drafts import Terms, draft_charter
from relec_exchange.trust.drafts_notices import draft_suspension
from relec_exchange.trust.note import sign_text, split_note
from relec_exchange.trust.signature import HybridKey
from relec_exchange.trust.suspension import Suspension

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


def test_more_signers_than_a_note_holds_stand_in_several_files(tmp_path: Path) -> None:
    names = [f"{a}{b}" for a in "abc" for b in "abc"] + ["tr"]
    keys = {
        name: HybridKey.generate(f"relec.example/{name}/authority", "note", os.urandom)
        for name in names
    }
    begins = datetime(2026, 11, 1, tzinfo=UTC)
    terms = Terms(
        network="relec.example",
        network_kind="exercise",
        parties=tuple(names),
        title="A charter of ten (simulated)",
        legal_basis="A simulated memorandum.",
        valid_from=begins,
        valid_until=begins + timedelta(days=300),
    )
    text = draft_charter(terms)
    files = TrustFiles(tmp_path)
    for name in reversed(names):  # each earlier name moves the others on
        first = files.put_agreement(sign_text(text, keys[name]))
    notes = files.agreements()
    assert len(notes) == 2
    assert first.read_bytes() in notes
    assert all(len(split_note(note).signatures) <= 16 for note in notes)
    signed = {line.name for note in notes for line in split_note(note).signatures}
    assert signed == {f"relec.example/{name}/authority" for name in names}
    assert sum(len(split_note(note).signatures) for note in notes) == 2 * len(names)
    again = [path.read_bytes() for path in sorted(tmp_path.glob("*.agreement"))]
    files.put_agreement(notes[1])
    assert [path.read_bytes() for path in sorted(tmp_path.glob("*.agreement"))] == again


def test_a_notice_is_kept_once_and_admitted_with_the_cards(
    made_homes: Path, tmp_path: Path
) -> None:
    files = TrustFiles(tmp_path)
    card = parse_card((made_homes / "tr" / "trust" / "tr.card").read_bytes())
    files.put_card(card)
    files.pin("tr", authority_fingerprint(card.card))
    key = read_authority(made_homes / "tr" / "keys" / "authority.key", WORDS)
    begins = datetime(2026, 11, 1, tzinfo=UTC)
    notice = Suspension(
        network="relec.example",
        network_kind="exercise",
        node="tr",
        number=1,
        action="suspend",
        issued=begins,
        reason="Simulated.",
        **{"with": ("*",)},
    )
    note = sign_text(draft_suspension(notice), key)
    assert files.put_notice(note) == files.put_notice(note)
    assert files.notices() == [note]
    admitted = files.directory(EMPTY)
    assert admitted.problems == ()
    assert [held.note for held in admitted.directory.notices.values()] == [note]
