"""The node's settings: one file, every fault named."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from relec_exchange.errors import Misconfigured
from relec_exchange.settings import read_settings

GOOD = 'network = "relec.example"\nnetwork_kind = "exercise"\nnode = "tr"\n'


def write(home: Path, text: str) -> Path:
    (home / "node.toml").write_text(text)
    return home


def test_three_lines_are_enough_and_paths_lie_below_the_home(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path, GOOD))
    assert settings.node == "tr"
    assert settings.path(settings.paths.store) == tmp_path / "store/node.db"
    assert settings.path(Path("/elsewhere/head")) == Path("/elsewhere/head")
    assert settings.broker.port == 5671


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path, GOOD))
    with pytest.raises(ValidationError):
        settings.node = "pk"  # type: ignore[misc]


def test_the_environment_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE", "pk")
    monkeypatch.setenv("BROKER", '{"host": "evil.example"}')
    settings = read_settings(write(tmp_path, GOOD))
    assert (settings.node, settings.broker.host) == ("tr", "127.0.0.1")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "network"),
        (GOOD.replace('"tr"', '"TR"'), "node"),
        (GOOD.replace("exercise", "test"), "network_kind"),
        (GOOD + "colour = 1\n", "colour"),
        (GOOD + "[broker]\nport = 0\n", "broker.port"),
        (GOOD + '[broker]\nport = "5671"\n', "broker.port"),
        (GOOD + "[broker]\ntls = false\n", "broker.tls"),
        (GOOD + "[api]\nbody_max_mib = 96\n", "api.body_max_mib"),
        (GOOD + '[log]\nlevel = "trace"\n', "log.level"),
        (GOOD + 'home = "/"\n', "home"),
        (GOOD + "network = \n", "node.toml"),
    ],
)
def test_a_fault_names_file_field_and_remedy(tmp_path: Path, text: str, field: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        read_settings(write(tmp_path, text))
    assert caught.value.field == field
    assert "node.toml" in caught.value.message
    assert caught.value.remedy


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        read_settings(write(tmp_path, GOOD + "[broker]\nport = 0\nvhost = 1\n"))
    assert "broker.port" in caught.value.message
    assert "broker.vhost" in caught.value.message


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="there is no") as caught:
        read_settings(tmp_path)
    assert "relec init" in caught.value.remedy


def test_bytes_that_are_no_text_are_a_fault_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "node.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(Misconfigured):
        read_settings(tmp_path)


def test_one_source_of_the_passphrase(tmp_path: Path) -> None:
    text = GOOD + 'passphrase_file = "p"\npassphrase_credential = "p"\n'
    with pytest.raises(Misconfigured, match="not both"):
        read_settings(write(tmp_path, text))
