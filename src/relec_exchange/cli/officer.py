"""`relec officer`: the register of officers, changed by signed records only."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.home import Place, confirm, passphrase, place_options
from relec_exchange.cli.output import json_option, print_json, say, table
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput

if TYPE_CHECKING:
    from relec_exchange.trust.officer import Officer
    from relec_exchange.trust.register import OfficerRecord, Register, SignedRecord

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def officer() -> None:
    """The register of officers. Every officer makes a key; the security officer adds it.

    \b
    relec officer keygen ayse --home tr
    relec officer add ayse --key "relec.example/tr/officer/ayse+..." --role submitter
    relec officer list
    """


@officer.command()
@click.argument("name")
@place_options
@click.option("--out", type=_FILE, help="Where the key goes.  [default: HOME/officers/NAME.key]")
@click.option("--no-passphrase", is_flag=True, help="A plain key (exercises only).")
@json_option
def keygen(place: Place, name: str, out: Path | None, no_passphrase: bool, as_json: bool) -> None:
    """Make the key of officer NAME on this machine and print its public half.

    \b
    relec officer keygen ayse --home tr
    """
    from relec_exchange.adapters.privatefiles import write_private
    from relec_exchange.trust.officer import OfficerKey, check_officer_name
    from relec_exchange.trust.register import officer_vkey

    settings = place.settings()
    check_officer_name(name)
    secret = None
    if not no_passphrase:
        prompt = words("New passphrase of {officer}", officer=name)
        secret = passphrase(place.passphrase_file, prompt, "--passphrase-file", new=True)
    elif settings.network_kind != "exercise":
        raise InvalidInput("a plain officer key is for exercises only", field="no_passphrase")
    key = OfficerKey.generate(os.urandom)
    file = out or place.path / "officers" / f"{name}.key"
    write_private(file, key.to_pkcs8(secret, os.urandom))
    vkey = officer_vkey(settings.network, settings.node, name, key.public)
    if as_json:
        print_json({"officer": name, "file": str(file), "key": vkey})
        return
    say(words("The key is in {file}. Give this line to the security officer:", file=file))
    say(vkey)


@officer.command()
@click.argument("name")
@place_options
@click.option("--key", required=True, help="The public key, as `relec officer keygen` prints it.")
@click.option("--role", "roles", multiple=True, required=True, help="May be given several times.")
@click.option("--display-name", default="", help="The officer's name in words.")
@click.option("--unit", default="contact-point", show_default=True)
@click.option("--type", "types", multiple=True, help="Types that a system may submit; * for all.")
@json_option
def add(place: Place, name: str, as_json: bool, **given: Any) -> None:
    """Add officer NAME to the register, signed by the acting security officer.

    Roles: submitter, releaser, protection_desk, auditor, security_officer, operator, system.

    \b
    relec --officer security officer add ayse --key "..." --role submitter --role releaser
    """
    from relec_exchange.trust.register import adding

    settings = place.settings()
    officer = _described(settings.network, settings.node, name, given)
    added = _change(
        place,
        lambda number: adding(settings.network, settings.node, number, officer, datetime.now(UTC)),
    )
    _tell(as_json, added, words("{name} is added to the register.", name=name))


@officer.command()
@click.argument("name")
@place_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def remove(place: Place, name: str, yes: bool, as_json: bool) -> None:
    """Remove officer NAME from the register, signed by the acting security officer.

    \b
    relec --officer security officer remove ayse
    """
    from relec_exchange.trust.register import removing

    settings = place.settings()
    confirm(words("Remove {name} from the register?", name=name), yes)
    removed = _change(
        place,
        lambda number: removing(settings.network, settings.node, number, name, datetime.now(UTC)),
    )
    _tell(as_json, removed, words("{name} is removed from the register.", name=name))


@officer.command(name="list")
@place_options
@json_option
def list_(place: Place, as_json: bool) -> None:
    """List the officers.

    \b
    relec --officer security officer list
    """
    if place.running():
        with place.client() as client:
            found = client.wire.get("/v1/officers")
    else:
        register = _register(place)
        found = {
            "number": register.number,
            "officers": [officer.described() for officer in register.officers.values()],
        }
    if as_json:
        print_json(found)
        return
    rows = [(o["name"], o["display_name"], o["unit"], o["roles"]) for o in found["officers"]]
    table(words("Officers"), ("name", "in words", "unit", "roles"), rows)


def _described(network: str, node: str, name: str, given: dict[str, Any]) -> Officer:
    from relec_exchange.trust.officer import Officer, Role, check_roles
    from relec_exchange.trust.register import officer_key_name
    from relec_exchange.trust.signature import VerifierKey

    key = VerifierKey.parse(given["key"].strip())
    expected = officer_key_name(network, node, name)
    if key.name != expected:
        raise InvalidInput(
            f"the key is named {key.name}, not {expected}",
            field="key",
            remedy="use the line that `relec officer keygen` printed for this officer",
        )
    try:
        roles = check_roles(Role(role) for role in given["roles"])
    except ValueError:
        known = ", ".join(role.value for role in Role)
        raise InvalidInput("an unknown role", field="role", remedy=f"use {known}") from None
    types = given["types"] if Role.SYSTEM in roles else ("*",)
    return Officer(name, given["display_name"], given["unit"], roles, key.public, types)


def _change(place: Place, make: Any) -> dict[str, Any]:
    """Sign the next record and give it to the running node, or to its files; and keep a copy."""
    from relec_exchange.trust.register import sign_as_officer

    by, key = place.acting(), place.officer_key()
    if not place.running():
        register = _register(place)
        record: OfficerRecord = make(register.number + 1)
        signed = sign_as_officer(record, by, key)
        register.follow(signed)
        place.trust().put_record(record.number, signed)
        return record.model_dump(mode="json")
    with place.client() as client:
        record = make(client.wire.get("/v1/officers")["number"] + 1)
        signed = sign_as_officer(record, by, key)
        _post(client, record, signed)
    place.trust().put_record(record.number, signed)
    return record.model_dump(mode="json")


def _post(client: Any, record: OfficerRecord, signed: SignedRecord) -> None:
    from relec_exchange.message.encoding import b64

    body = {"record": signed.text, "signature": b64(signed.signature), "by": signed.by}
    if record.action == "add":
        client.wire.post("/v1/officers", body)
    else:
        client.wire.delete(f"/v1/officers/{record.name}", body)


def _register(place: Place) -> Register:
    """The register that the files of this home make."""
    from relec_exchange.trust.register import Register

    settings = place.settings()
    authorities = place.directory().directory.member(settings.node).authorities
    records = place.trust().records()
    return Register.replay(settings.network, settings.node, authorities, records)


def _tell(as_json: bool, record: dict[str, Any], sentence: str) -> None:
    if as_json:
        print_json(record)
    else:
        say(sentence)
