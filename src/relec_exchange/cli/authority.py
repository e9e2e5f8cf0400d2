"""`relec authority`: sign cards, agreements and notices on a machine that has the key alone.

Contract: nothing here opens a network connection; `export` is for the node, the others for the
machine of the authority. Texts and signed notes travel as files.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from relec_exchange.cli import papers
from relec_exchange.cli.home import Place, confirm, passphrase, place_options
from relec_exchange.cli.known import known
from relec_exchange.cli.output import json_option, pairs, print_json, say
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from relec_exchange.presenting.papers import Paper
    from relec_exchange.trust.agreement import SignedAgreement
    from relec_exchange.trust.signature import HybridKey

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_DIRECTORY = click.Path(exists=True, file_okay=False, path_type=Path)
_NEW_DIRECTORY = click.Path(file_okay=False, path_type=Path)
_BEFORE = ".before"
_FILE_MAX = 64 * 1024

_secret = click.option(
    "--authority-passphrase-file", "secret_file", type=_FILE, help="  [default: asked for]"
)


@click.group()
def authority() -> None:
    """The authority's keys on a machine without network: what is signed travels as a file.

    \b
    relec authority init ./authority --keys /media/stick/keys     # there, once
    relec authority export tr-pk.agreement --out /media/stick     # at the node
    relec authority sign /media/stick/tr-pk.agreement --dir ./authority
    relec agreement import /media/stick/tr-pk.agreement           # at the node again
    """


@authority.command()
@click.argument("directory", type=_NEW_DIRECTORY)
@click.option("--keys", type=_DIRECTORY, required=True, help="Where authority.key was brought.")
@_secret
@json_option
def init(directory: Path, keys: Path, secret_file: Path | None, as_json: bool) -> None:
    """Make DIRECTORY on the authority's machine, with the key files that `relec init` made.

    Both files are opened and checked. Destroy what you brought them on, and the node's copies,
    once it says that it is done.

    \b
    relec authority init ./authority --keys /media/stick/keys
    """
    from relec_exchange.adapters.privatefiles import read_private, write_private
    from relec_exchange.adapters.successions import NEXT, PRESENT

    secret = _passphrase(secret_file)
    found = {name: _key(keys, name, secret) for name in (PRESENT, NEXT) if (keys / name).exists()}
    if PRESENT not in found:
        raise NotFound(words("there is no {name} in {keys}", name=PRESENT, keys=keys), field="keys")
    _owner(directory, found)
    for name in found:
        write_private(directory / name, read_private(keys / name, _FILE_MAX))
    _tell(directory, found, as_json)


@authority.command()
@click.argument("directory", type=_DIRECTORY, default=Path())
@_secret
@json_option
def show(directory: Path, secret_file: Path | None, as_json: bool) -> None:
    """Say whose keys are in DIRECTORY, and their fingerprints, to be read out by telephone.

    \b
    relec authority show ./authority
    """
    from relec_exchange.adapters.successions import NEXT, PRESENT

    secret = _passphrase(secret_file)
    names = [name for name in (PRESENT, NEXT) if (directory / name).exists()]
    _tell(directory, {name: _key(directory, name, secret) for name in names}, as_json)


@authority.command()
@click.argument("file", type=_FILE)
@click.option("--out", type=_DIRECTORY, required=True, help="A folder to carry away.")
@place_options
@json_option
def export(place: Place, file: Path, out: Path, as_json: bool) -> None:
    """At the node: put FILE, and what it changes, into a folder for the authority's machine.

    Beside NAME it writes NAME.before with the card or the agreement that it would replace, so that
    the difference can be shown there. The text itself comes from `relec agreement draft`,
    `relec card issue --unsigned` or `relec agreement suspend --unsigned`.

    \b
    relec authority export tr-pk-2.agreement --out /media/stick
    """
    paper = papers.read(file)
    papers.check_party(paper, place.settings().node)
    written = [out / file.name]
    written[0].write_bytes(paper.note or paper.text.encode())
    for number, earlier in enumerate(papers.before(known(place).directory, paper), start=1):
        suffix = _BEFORE if number == 1 else f"{_BEFORE}{number}"
        written.append(out / f"{file.name}{suffix}")
        written[-1].write_bytes(earlier.note)
    if as_json:
        print_json({"hash": paper.hash, "files": [str(one) for one in written]})
        return
    for one in written:
        say(words("{file} is written.", file=one))


@authority.command()
@click.argument("file", type=_FILE)
@click.option("--dir", "directory", type=_DIRECTORY, default=Path(), help="Where the key is.")
@click.option("--against", type=_FILE, multiple=True, help="What it changes.  [default: *.before]")
@click.option("--next", "by_next", is_flag=True, help="Sign with the next keys.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_secret
@json_option
def sign(
    file: Path,
    directory: Path,
    against: tuple[Path, ...],
    secret_file: Path | None,
    as_json: bool,
    **given: bool,
) -> None:
    """Sign the card, agreement or notice in FILE; other signatures in it stay.

    Before it asks for the passphrase it says what the text says and what it changes. An agreement
    in which lint finds an error is not signed. Bring FILE back and import it at the node:
    `relec agreement import`, or `relec card import` for a card.

    \b
    relec authority sign /media/stick/tr-pk-2.agreement --dir ./authority
    relec authority sign tr-3.card --against tr-2.card
    """
    from relec_exchange.adapters.successions import NEXT, PRESENT

    paper, earlier = papers.read(file), [papers.read(one) for one in against or _brought(file)]
    said = papers.show(paper, earlier, _agreements(earlier), quiet=as_json)
    confirm(words("Sign this text?"), given["yes"])
    key = _key(directory, NEXT if given["by_next"] else PRESENT, _passphrase(secret_file))
    _check_owner(paper, key)
    file.write_bytes(_signed(paper, key))
    if as_json:
        print_json({"file": str(file), "signed_by": key.name, **said})
        return
    say(words("{file} is signed by {name}.", file=file, name=key.name))


def _signed(paper: Paper, key: HybridKey) -> bytes:
    from relec_exchange.trust.note import merge_signatures, sign_text

    note = sign_text(paper.text, key)
    return merge_signatures(paper.note, note) if paper.note else note


def _check_owner(paper: Paper, key: HybridKey) -> None:
    """The key is of the text's network, and of a node that it speaks for."""
    network, node, _ = key.name.split("/")
    if paper.content.network != network:
        raise InvalidInput(
            f"the text is of another network than these keys of {network}", field="network"
        )
    papers.check_party(paper, node)


def _brought(file: Path) -> list[Path]:
    """What `export` wrote beside the file."""
    return sorted(file.parent.glob(f"{file.name}{_BEFORE}*"))


def _agreements(earlier: list[Paper]) -> list[SignedAgreement]:
    from relec_exchange.trust.agreement import Agreement, parse_agreement

    return [
        parse_agreement(one.note)
        for one in earlier
        if one.note and isinstance(one.content, Agreement)
    ]


def _key(directory: Path, name: str, secret: str) -> HybridKey:
    from relec_exchange.adapters.keyfiles import read_authority

    return read_authority(directory / name, secret)


def _passphrase(file: Path | None) -> str:
    return passphrase(file, words("Authority passphrase"), "--authority-passphrase-file")


def _tell(directory: Path, keys: dict[str, HybridKey], as_json: bool) -> None:
    from relec_exchange.trust.card import format_fingerprint

    prints = {name: key.public().fingerprint() for name, key in keys.items()}
    owner = _owner(directory, keys)
    if as_json:
        print_json({"directory": os.fspath(directory), "name": owner, "keys": prints})
        return
    pairs(owner, {name: format_fingerprint(one) for name, one in prints.items()})


def _owner(directory: Path, keys: dict[str, HybridKey]) -> str:
    """The name that all these keys have."""
    names = {key.name for key in keys.values()}
    if len(names) > 1:
        raise InvalidInput(words("these are keys of two authorities"), field="keys")
    if not names:
        raise NotFound(
            words("there is no authority's key in {directory}", directory=directory),
            field="directory",
            remedy="relec authority init",
        )
    return names.pop()
