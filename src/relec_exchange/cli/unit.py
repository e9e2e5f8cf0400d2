"""`relec unit`: keys of units that alone read what is sealed to them."""

from __future__ import annotations

import os
from pathlib import Path

import click

from relec_exchange.cli.home import Place, passphrase, place_options
from relec_exchange.cli.output import json_option, print_json, say
from relec_exchange.cli.words import words

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def unit() -> None:
    """Keys of units. What is sealed to a unit, the node itself cannot read.

    \b
    relec unit key protection-desk --out desk.key       # on the desk's own machine
    relec card issue --unit protection-desk=desk.pub    # by the security officer
    """


@unit.command()
@click.argument("name")
@place_options
@click.option("--out", type=_FILE, help="Where the key goes.  [default: HOME/units/NAME.key]")
@json_option
def key(place: Place, name: str, out: Path | None, as_json: bool) -> None:
    """Make the key of unit NAME on this machine and print its public line.

    The line is also written beside the key, in a file that ends in .pub: give it to the security
    officer. Keep old key files: what was sealed to them can be read with them alone. The file is
    opened later with --unit-key-file, or RELEC_UNIT_KEY.

    \b
    relec unit key protection-desk --out desk.key
    """
    from relec_exchange.adapters.unitkeys import make_unit_key, public_line

    prompt = words("New passphrase of {unit}", unit=name)
    secret = passphrase(place.passphrase_file, prompt, "--passphrase-file", new=True)
    file = out or place.path / "units" / f"{name}.key"
    made = make_unit_key(file, name, secret, os.urandom)
    line = public_line(made)
    public = file.with_suffix(".pub")
    public.write_text(line + "\n", encoding="ascii")
    if as_json:
        told = {"unit": name, "file": str(file), "id": made.private.key_id}
        print_json({**told, "public_file": str(public), "key": line})
        return
    say(words("The key is in {file}. Give this line to the security officer:", file=file))
    say(line)
    say(words("It is also in {file}.", file=public))
