"""`relec init`: make a node."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import click

from relec_exchange.cli.home import passphrase
from relec_exchange.cli.output import json_option, print_json, say, say_folded
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput

_FILE: Final = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--home", envvar="RELEC_HOME", help="The directory to make.  [required]")
@click.option("--network", required=True, help="The network's name, for example relec.example.")
@click.option(
    "--kind",
    "network_kind",
    type=click.Choice(["exercise", "production"]),
    default="exercise",
    show_default=True,
    help="Nodes of one kind refuse the other's messages.",
)
@click.option("--node", required=True, help="The node's name: the country's two letters.")
@click.option("--witness", is_flag=True, help="A node that only cosigns the logs of others.")
@click.option("--name", default="", help="Its name in words.  [default: the node's name]")
@click.option("--phone", required=True, help="Whom partners call at any hour: +90 312 ...")
@click.option("--email", required=True, help="The duty's address.")
@click.option("--language", "languages", multiple=True, default=("en",), show_default=True)
@click.option("--unit", "units", multiple=True, default=("contact-point",), show_default=True)
@click.option("--officer", envvar="RELEC_OFFICER", default="security", show_default=True)
@click.option("--passphrase-file", type=_FILE, help="The passphrase of the node's keys.")
@click.option("--authority-passphrase-file", type=_FILE, help="  [default: the node's]")
@click.option("--officer-passphrase-file", type=_FILE, help="  [default: asked for]")
@click.option("--no-passphrase", is_flag=True, help="A plain officer key (exercises only).")
@json_option
def init(home: str | None, as_json: bool, **given: Any) -> None:
    """Make a node: keys, first card, settings and the first security officer.

    \b
    relec init --home tr --network relec.example --node tr --name "Turkiye (simulated)" \\
        --phone "+90 312 000 000" --email duty@tr.example --language tr --language en
    """
    from datetime import UTC, datetime

    from relec_exchange.founding import found
    from relec_exchange.trust.card import authority_fingerprint, format_fingerprint

    path = Path(click.get_current_context().find_root().params.get("home") or home or "")
    if path == Path():
        raise InvalidInput("the directory is not named", field="home", remedy="use --home DIR")
    founding = _founding(given)
    secrets = _secrets(given)
    signed = found(path, founding, secrets, datetime.now(UTC), os.urandom)
    if given["passphrase_file"] is not None:
        _remember(path, given["passphrase_file"])
    fingerprint = authority_fingerprint(signed.card)
    made = {
        "home": str(path),
        "node": founding.node,
        "officer": founding.officer,
        "card": str(path / "trust" / f"{founding.node}.card"),
        "fingerprint": fingerprint,
    }
    if as_json:
        print_json(made)
        return
    say(words("The node {node} is made in {home}.", node=founding.node, home=path))
    say(words("Fingerprint of its authority, to be compared by telephone:"))
    say_folded(f"  {format_fingerprint(fingerprint)}")
    if given["witness"]:
        say(words("Next: relec card export, for the members. When their next cards list this"))
        say(words("node: relec card join these cards. Then: relec run."))
        say(words("After the join, move keys/authority.key and keys/authority-next.key to a"))
        say(words("machine without network."))
        return
    say(words("Move keys/authority.key and keys/authority-next.key to a machine without network."))
    say(words("Next: exchange cards with partners; relec card import; relec card issue --partner."))


def _founding(given: dict[str, Any]) -> Any:
    from relec_exchange.founding import Founding
    from relec_exchange.message.identifiers import check_network, check_node
    from relec_exchange.trust.officer import check_officer_name

    node = check_node(given["node"])
    return Founding(
        network=check_network(given["network"]),
        network_kind=given["network_kind"],
        node=node,
        name=given["name"] or node,
        kind="witness" if given["witness"] else "state",
        phone=given["phone"],
        email=given["email"],
        languages=given["languages"],
        units=given["units"],
        officer=check_officer_name(given["officer"]),
    )


def _secrets(given: dict[str, Any]) -> Any:
    """The three passphrases; a plain officer key is for exercises only."""
    from relec_exchange.founding import Secrets

    if given["no_passphrase"] and given["network_kind"] != "exercise":
        raise InvalidInput(
            "an officer key without passphrase is for exercises only",
            field="no_passphrase",
            remedy="use --officer-passphrase-file, or answer the prompt",
        )
    node = passphrase(
        given["passphrase_file"],
        words("New passphrase of the node's keys"),
        "--passphrase-file",
        new=True,
    )
    authority = node
    if given["authority_passphrase_file"] is not None:
        authority = passphrase(given["authority_passphrase_file"], "", "", new=True)
    if given["no_passphrase"]:
        return Secrets(node, authority, None)
    prompt = words("New passphrase of {officer}", officer=given["officer"])
    option = "--officer-passphrase-file"
    officer = passphrase(given["officer_passphrase_file"], prompt, option, new=True)
    return Secrets(node, authority, officer)


def _remember(home: Path, file: Path) -> None:
    """Note in the settings where the passphrase came from."""
    from relec_exchange.trust.toml_text import toml_value

    settings = home / "node.toml"
    line = f"passphrase_file = {toml_value(str(file.absolute()))}"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace('# passphrase_file = "/etc/relec/passphrase"', line), "utf-8")
