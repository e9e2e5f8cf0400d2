"""Texts are translated where a catalogue has them and English everywhere else."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from relec_exchange.texts import translator


def write_catalogue(directory: Path, language: str, pairs: dict[str, str]) -> None:
    """A compiled GNU catalogue: header, two tables of (length, offset), then the texts."""
    entries = sorted({"": "Content-Type: text/plain; charset=UTF-8\n", **pairs}.items())
    start, ids, texts = 28 + 16 * len(entries), b"", b""
    for key, _ in entries:
        ids += key.encode() + b"\0"
    id_table, text_table, id_at, text_at = b"", b"", start, start + len(ids)
    for key, value in entries:
        id_table += struct.pack("<II", len(key.encode()), id_at)
        text_table += struct.pack("<II", len(value.encode()), text_at)
        id_at += len(key.encode()) + 1
        text_at += len(value.encode()) + 1
        texts += value.encode() + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(entries), 28, 28 + 8 * len(entries), 0, 0)
    path = directory / language / "LC_MESSAGES" / "relec.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(head + id_table + text_table + ids + texts)


def test_a_text_in_the_catalogue_is_translated(tmp_path: Path) -> None:
    write_catalogue(tmp_path, "tr", {"Outbox": "Giden kutusu"})
    assert translator("tr", tmp_path)("Outbox") == "Giden kutusu"


def test_a_regional_language_falls_back_to_its_language(tmp_path: Path) -> None:
    write_catalogue(tmp_path, "fa", {"Outbox": "صندوق خروجی"})
    assert translator("fa-AF", tmp_path)("Outbox") == "صندوق خروجی"


def test_a_text_without_translation_stays_english(tmp_path: Path) -> None:
    write_catalogue(tmp_path, "tr", {"Outbox": "Giden kutusu"})
    translate = translator("tr", tmp_path)
    assert (translate("Inbox"), translate("")) == ("Inbox", "")


@pytest.mark.parametrize("language", ["xx", "", "../../etc", "tr/..", "C", "a" * 100])
def test_a_language_without_catalogue_is_english(language: str) -> None:
    assert translator(language)("Outbox") == "Outbox"


def test_a_damaged_catalogue_means_english(tmp_path: Path) -> None:
    write_catalogue(tmp_path, "tr", {})
    (tmp_path / "tr" / "LC_MESSAGES" / "relec.mo").write_bytes(b"\xde\x12\x04\x95damaged")
    assert translator("tr", tmp_path)("Outbox") == "Outbox"
