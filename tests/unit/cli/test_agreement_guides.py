"""The commands of the guides to agreements, run one after the other as they stand there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from agreed import copied
from commands import Relec
from memory_node import read_directory

GUIDES = Path(__file__).parents[3] / "docs" / "how-to"
BLOCK = re.compile(r"^(?: {4})?(relec (?:[^\n\\]|\\\n)*)", re.MULTILINE)
# These ask a running node; they are run in test_terms_on_nodes.
ONLINE = ("propose", "expiring")
SIGNS = ("sign", "suspend", "lift", "terminate")


@pytest.fixture
def desk(allied: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The directory that the guides are read in: homes, and a stick with the authority's keys."""
    with copied(allied) as homes:
        (homes / "stick" / "keys").mkdir(parents=True)
        for name in ("authority.key", "authority-next.key"):
            (homes / "tr" / "keys" / name).rename(homes / "stick" / "keys" / name)
        monkeypatch.chdir(homes)
        yield homes


def commands(guide: str) -> list[list[str]]:
    text = (GUIDES / guide).read_text("utf-8")
    return [shlex.split(block.replace("\\\n", " "))[1:] for block in BLOCK.findall(text)]


def answered(words: list[str]) -> list[str]:
    """The same with what a person would type when asked."""
    secret = ["--authority-passphrase-file", "./tr/passphrase"]
    if "unsigned" in " ".join(words):
        return [*words, *(["--passphrase-file", "./tr/passphrase"] if "card" in words else [])]
    if "authority" in words and not {"init", "show", "sign"} & set(words):
        return words
    if words[:2] in (["authority", "init"], ["authority", "show"]):
        return [*words, *secret]
    return [*words, *secret, "--yes"] if set(SIGNS) & set(words) else words


def bilateral(homes: Path) -> str:
    found = read_directory(homes / "tr").agreements
    return next(name for name, held in found.items() if not held.agreement.charter)


@pytest.mark.parametrize(("guide", "count"), [("agreements.md", 18), ("authority-offline.md", 14)])
def test_the_guide_works_from_its_first_command_to_its_last(
    relec: Relec, desk: Path, guide: str, count: int
) -> None:
    if guide == "agreements.md":  # here the key is at the node
        for file in (desk / "stick" / "keys").iterdir():
            file.rename(desk / "tr" / "keys" / file.name)
    found = commands(guide)
    assert len(found) >= count
    digest = bilateral(desk)
    for words in found:
        if set(ONLINE) & set(words):
            continue
        named = [digest[:8] if word == "HASH" else word for word in words]
        done = relec(*answered(named))
        assert done.code == 0, (named, done.out, done.err)
