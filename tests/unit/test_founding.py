"""Making a node, and its next card."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from memory_node import SECRETS, WORDS

from relec_exchange.adapters.keyfiles import KeyFiles, read_authority
from relec_exchange.errors import Conflict, InvalidInput
from relec_exchange.founding import EPOCHS, Founding, found, issue

NOW = datetime(2026, 11, 21, 17, 30, 0, 123456, tzinfo=UTC)


def founding(**change: object) -> Founding:
    given = {
        "network": "relec.example",
        "network_kind": "exercise",
        "node": "iq",
        "name": "Iraq (simulated)",
        "phone": "+964 1 000 000",
        "email": "duty@iq.example",
        "languages": ("ar", "en"),
    }
    return Founding(**{**given, **change})  # type: ignore[arg-type]


def test_the_first_card_covers_half_a_year_of_sealing(tmp_path: Path) -> None:
    card = found(tmp_path / "iq", founding(), SECRETS, NOW, os.urandom).card
    assert len(card.sealing) == EPOCHS
    assert card.sealing[0].starts <= NOW < card.sealing[0].ends
    assert card.sealing[-1].ends >= NOW + timedelta(days=200)
    assert all(a.ends == b.starts for a, b in zip(card.sealing, card.sealing[1:], strict=False))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"phone": "112"}, "phone"),
        ({"email": "nobody"}, "email"),
        ({"languages": ()}, "languages"),
        ({"units": ("A unit",)}, "name"),
        ({"name": "x\u202ey"}, "name"),
        ({"node": "IQ"}, "origin.node"),
    ],
)
def test_a_fault_leaves_nothing_behind(
    tmp_path: Path, change: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        found(tmp_path / "iq", founding(**change), SECRETS, NOW, os.urandom)
    assert caught.value.field == field
    assert not (tmp_path / "iq").exists()


def test_what_stands_in_the_directory_already_is_kept(tmp_path: Path) -> None:
    home = tmp_path / "iq"
    home.mkdir()
    (home / "passphrase").write_text(WORDS)
    found(home, founding(), SECRETS, NOW, os.urandom)
    assert (home / "passphrase").read_text() == WORDS
    with pytest.raises(Conflict):
        found(home, founding(), SECRETS, NOW, os.urandom)


def test_the_next_card_keeps_living_epochs_and_drops_dead_ones(tmp_path: Path) -> None:
    home = tmp_path / "iq"
    first = found(home, founding(), SECRETS, NOW, os.urandom).card
    keys = KeyFiles(home / "keys", WORDS)
    authority = read_authority(home / "keys" / "authority.key", WORDS)
    later = NOW + timedelta(days=65)
    second = issue(first, (), keys, authority, later, os.urandom).card
    assert second.version == 2
    assert second.sealing[: EPOCHS - 2] == first.sealing[2:]
    assert len(second.sealing) == EPOCHS
    assert {epoch.id for epoch in first.sealing + second.sealing} == keys.sealing_ids()
    assert second.logs == first.logs
