"""Commands that need no running node: init, officer, card, agreement, completion."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from agreed import agree, fingerprint, introduce
from commands import Relec
from memory_node import WORDS, read_directory, read_register

from relec_exchange.adapters.keyfiles import KeyFiles
from relec_exchange.cli import run
from relec_exchange.settings import read_settings
from relec_exchange.trust.card import parse_card

DUTY = ("--phone", "+964 1 000 000", "--email", "duty@iq.example")


# ---- init


def test_init_makes_a_whole_node(relec: Relec, tmp_path: Path) -> None:
    secret = tmp_path / "pass"
    secret.write_text(WORDS)
    secret.chmod(0o600)
    home = tmp_path / "iq"
    arguments = ("--network", "relec.example", "--node", "iq", "--passphrase-file", secret, *DUTY)
    done = relec("init", "--home", home, *arguments, "--no-passphrase", "--json")
    assert done.code == 0, done.err
    told = done.json()
    settings = read_settings(home)
    assert (settings.node, settings.network_kind) == ("iq", "exercise")
    assert settings.passphrase_file == secret
    signed = parse_card((home / "trust" / "iq.card").read_bytes())
    assert told["fingerprint"] == signed.card.authority.public().fingerprint()
    assert len(signed.card.sealing) == 7
    keys = KeyFiles(home / "keys", WORDS)
    assert {epoch.id for epoch in signed.card.sealing} == keys.sealing_ids()
    assert set(read_register(home, "iq").officers) == {"security"}
    assert stat.S_IMODE((home / "keys").stat().st_mode) == 0o700


def test_init_never_overwrites_a_node(relec: Relec, homes: Path) -> None:
    before = (homes / "tr" / "node.toml").read_text()
    secret = homes / "tr" / "passphrase"
    arguments = ("--network", "relec.example", "--node", "tr", "--passphrase-file", secret, *DUTY)
    done = relec("init", "--home", homes / "tr", *arguments, "--no-passphrase")
    assert done.code == 6
    assert (homes / "tr" / "node.toml").read_text() == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (("--node", "TR"), "node"),
        (("--network", "-"), "network"),
        (("--officer", "A B"), "officer"),
        (("--kind", "production"), "no_passphrase"),
        (("--phone", "112"), "phone"),
        (("--unit", "Not A Unit"), "name"),
        (("--name", "evil\u202ename"), "name"),
    ],
)
def test_init_names_the_field_that_is_wrong(
    relec: Relec, tmp_path: Path, change: tuple[str, str], field: str
) -> None:
    secret = tmp_path / "pass"
    secret.write_text(WORDS)
    secret.chmod(0o600)
    good = ["--network", "relec.example", "--node", "iq", "--passphrase-file", secret, *DUTY]
    home = tmp_path / "iq"
    done = relec("init", "--home", home, *good, "--no-passphrase", *change, "--json")
    assert done.code == 2
    assert done.error()["field"] == field
    assert not home.exists()


def test_without_a_terminal_a_missing_passphrase_names_the_option(
    relec: Relec, tmp_path: Path
) -> None:
    given = ("--network", "relec.example", "--node", "iq", *DUTY)
    done = relec("init", "--home", tmp_path / "iq", *given)
    assert done.code == 2
    assert "--passphrase-file" in done.err


# ---- officers


def test_a_key_is_made_by_the_officer_and_added_by_the_security_officer(
    relec: Relec, homes: Path
) -> None:
    home = ("--home", homes / "tr")
    made = relec("officer", "keygen", "emre", *home, "--no-passphrase", "--json").json()
    assert stat.S_IMODE(Path(made["file"]).stat().st_mode) == 0o600
    done = relec(
        *("--officer", "security", "officer", "add", "emre", *home, "--key", made["key"]),
        *("--role", "submitter", "--role", "releaser", "--display-name", "Emre", "--json"),
    )
    assert done.code == 0, done.err
    assert done.json()["roles"] == ["releaser", "submitter"]
    listed = relec("officer", "list", *home, "--json").json()
    assert "emre" in {one["name"] for one in listed["officers"]}
    done = relec("--officer", "security", "officer", "remove", "emre", *home, "--yes")
    assert done.code == 0, done.err
    assert "emre" not in read_register(homes / "tr").officers


def test_roles_that_may_not_be_held_together_are_refused(relec: Relec, homes: Path) -> None:
    home = ("--home", homes / "tr")
    key = relec("officer", "keygen", "emre", *home, "--no-passphrase", "--json").json()["key"]
    added = ("--officer", "security", "officer", "add", "emre", *home, "--key", key, "--json")
    done = relec(*added, "--role", "auditor", "--role", "releaser")
    assert (done.code, done.error()["field"]) == (2, "roles")
    done = relec(*added, "--role", "king")
    assert "submitter" in done.error()["remedy"]


def test_who_is_no_security_officer_changes_nothing(relec: Relec, homes: Path) -> None:
    home = ("--home", homes / "tr")
    key = relec("officer", "keygen", "emre", *home, "--no-passphrase", "--json").json()["key"]
    done = relec(
        *("--officer", "ayse", "officer", "add", "emre", *home, "--key", key),
        *("--role", "releaser", "--json"),
    )
    assert done.code == 4
    assert "emre" not in read_register(homes / "tr").officers


def test_a_key_made_for_another_name_is_refused(relec: Relec, homes: Path) -> None:
    home = ("--home", homes / "tr")
    key = relec("officer", "keygen", "emre", *home, "--no-passphrase", "--json").json()["key"]
    done = relec(
        *("--officer", "security", "officer", "add", "fatma", *home, "--key", key),
        *("--role", "releaser", "--json"),
    )
    assert (done.code, done.error()["field"]) == (2, "key")


# ---- cards


def test_a_first_card_is_imported_only_with_its_fingerprint(relec: Relec, homes: Path) -> None:
    card = homes / "pk.card"
    assert relec("card", "export", "--home", homes / "pk", "--out", card).code == 0
    home = ("--home", homes / "tr")
    done = relec("card", "import", card, *home)
    assert (done.code, "terminal" in done.err) == (2, True)
    done = relec("card", "import", card, *home, "--fingerprint", "0" * 64)
    assert done.code == 2
    assert "call the partner" in done.err
    assert not (homes / "tr" / "trust" / "pk.card").exists()
    spoken = fingerprint(homes / "pk").upper()
    spoken = " ".join(spoken[i : i + 4] for i in range(0, 64, 4))
    done = relec("card", "import", card, *home, "--fingerprint", spoken, "--json")
    assert done.code == 0, done.err
    assert set(read_directory(homes / "tr").nodes()) == {"pk", "tr"}


def test_a_card_that_was_changed_is_refused(relec: Relec, homes: Path) -> None:
    card = homes / "pk.card"
    relec("card", "export", "--home", homes / "pk", "--out", card)
    text = card.read_text().replace("+90 312 000 000", "+90 312 666 666")
    card.write_text(text)
    done = relec("card", "import", card, "--home", homes / "tr", "--json")
    assert done.code == 10


def test_two_nodes_that_list_each_other_have_a_route(relec: Relec, homes: Path) -> None:
    introduce(relec, homes)
    for own in ("tr", "pk"):
        assert read_directory(homes / own, own).mutual("tr", "pk")


def test_a_partner_whose_card_was_not_imported_cannot_be_listed(relec: Relec, homes: Path) -> None:
    done = relec("card", "issue", "--home", homes / "tr", "--partner", "iq", "--yes", "--json")
    assert (done.code, done.error()["field"]) == (5, "partner")


def test_a_card_is_shown_in_words_and_as_json(relec: Relec, homes: Path) -> None:
    shown = relec("card", "show", "--home", homes / "tr")
    assert "Card of tr" in shown.out
    assert relec("card", "show", "--home", homes / "tr", "--json").json()["version"] == 1
    text = relec("card", "show", homes / "tr" / "trust" / "tr.card", "--text").out
    assert text.startswith('format = "relec/v1 card"')


# ---- agreements


def test_a_charter_is_drafted_signed_by_both_imported_and_asked(relec: Relec, homes: Path) -> None:
    agree(relec, homes)
    home = ("--home", homes / "tr")
    done = relec("agreement", "check", "warning.notice", "--to", "pk", *home, "--json")
    assert (done.code, done.json()["grant"]) == (0, "warnings")
    done = relec("agreement", "check", "info.request", "--to", "pk", *home, "--json")
    assert (done.code, done.json()["rule"]) == (3, "no-grant-type")
    done = relec("agreement", "check", "info.request", "--to", "pk", *home)
    assert done.code == 3
    assert "no-grant-type" in done.err
    [listed] = relec("agreement", "list", *home, "--json").json()["agreements"]
    shown = relec("agreement", "show", listed["hash"][:8], *home)
    assert "charter = true" in shown.out


def test_one_signature_is_not_enough(relec: Relec, homes: Path) -> None:
    introduce(relec, homes)
    file = homes / "one.agreement"
    given = ("--with", "pk", "--title", "One side", "--legal-basis", "None (simulated)")
    relec("agreement", "draft", "--home", homes / "tr", *given, "--out", file)
    home = ("--home", homes / "tr")
    secret = homes / "tr" / "passphrase"
    relec("agreement", "sign", file, *home, "--authority-passphrase-file", secret, "--yes")
    assert relec("agreement", "import", file, *home).code == 0
    done = relec("agreement", "check", "warning.notice", "--to", "pk", *home, "--json")
    assert done.json()["rule"] == "no-agreement"


def test_a_text_changed_after_signing_is_not_imported(relec: Relec, homes: Path) -> None:
    file = agree(relec, homes)
    file.write_text(file.read_text().replace("retention_days = 730", "retention_days = 731"))
    assert relec("agreement", "import", file, "--home", homes / "tr").code == 10


def test_who_is_no_party_does_not_sign(relec: Relec, homes: Path) -> None:
    file = homes / "other.agreement"
    given = ("--with", "pk", "--title", "Other", "--legal-basis", "None (simulated)")
    relec("agreement", "draft", "--home", homes / "tr", *given, "--out", file)
    text = file.read_text().replace('"tr"', '"iq"')
    file.write_text(text)
    done = relec("agreement", "sign", file, "--home", homes / "tr", "--yes")
    assert done.code == 2
    assert "not a party" in done.err


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (("warning.notce", "--to", "pk"), "warning.notice"),
        (("warning.notice", "--to", "pk", "--area", "human_traficking"), "human_trafficking"),
        (("warning.notice", "--to", "pk", "--handling", "H9"), "H"),
    ],
)
def test_a_mistyped_code_gets_the_nearest_one(
    relec: Relec, homes: Path, arguments: tuple[str, ...], remedy: str
) -> None:
    done = relec("agreement", "check", *arguments, "--home", homes / "tr", "--json")
    assert done.code == 2
    assert remedy in done.error()["remedy"]


# ---- the command itself


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed(relec: Relec, shell: str) -> None:
    done = relec("completion", shell)
    assert done.code == 0
    assert "_RELEC_COMPLETE" in done.out


def test_every_command_has_help_with_an_example(relec: Relec) -> None:
    import click

    from relec_exchange.cli import relec as root

    context = click.Context(root)
    assert relec("--help").code == 0
    for name in root.list_commands(context):
        done = relec(name, "--help")
        assert done.code == 0, name
        assert "relec " in done.out.split("Options:")[0].replace(f"relec {name} [", ""), name


def test_a_wrong_option_is_exit_code_2_and_an_unknown_command_too(relec: Relec) -> None:
    assert relec("inbox", "--colour").code == 2
    assert relec("explode").code == 2


def test_no_node_here_says_how_to_make_one(relec: Relec, tmp_path: Path) -> None:
    done = relec("--home", tmp_path, "officer", "list", "--json")
    assert done.code == 7
    assert "relec init" in done.error()["remedy"]


def test_a_node_that_does_not_run_is_unavailable(relec: Relec, homes: Path) -> None:
    done = relec("--home", homes / "tr", "--officer", "ayse", "inbox", "--json")
    assert done.code == 8
    assert "relec run" in done.error()["remedy"]


def test_no_officer_named_says_how_to_name_one(relec: Relec, homes: Path) -> None:
    done = relec("--home", homes / "tr", "inbox", "--json")
    assert (done.code, done.error()["field"]) == (2, "officer")


def test_an_unforeseen_error_shows_no_traceback(
    relec: Relec, homes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        raise ZeroDivisionError("\x1b[31msecret")

    monkeypatch.setattr("relec_exchange.cli.home.Place.settings", explode)
    done = relec("--home", homes / "tr", "officer", "list")
    assert done.code == 1
    assert "Traceback" not in done.err
    assert "secret" not in done.err
    monkeypatch.setenv("RELEC_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run(["--home", os.fspath(homes / "tr"), "officer", "list"])


def test_an_officer_key_that_others_can_read_is_refused(relec: Relec, homes: Path) -> None:
    (homes / "tr" / "officers" / "ayse.key").chmod(0o644)
    done = relec("--home", homes / "tr", "--officer", "ayse", "inbox", "--json")
    assert done.code == 7
    assert "chmod 600" in done.error()["remedy"]
