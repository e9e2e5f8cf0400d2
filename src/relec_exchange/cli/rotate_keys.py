"""`relec rotate sealing|witness|authority`: each issues the card again, with new keys in it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.home import Place, confirm, passphrase, place_options
from relec_exchange.cli.issued import (
    adopt_card,
    base_card,
    open_keys,
    own_card,
    tell_node,
    told,
    write_unsigned,
)
from relec_exchange.cli.output import json_option, print_json, say
from relec_exchange.cli.words import words

if TYPE_CHECKING:
    from relec_exchange.adapters.successions import AuthorityFiles
    from relec_exchange.trust.card import SignedCard

_FILE = click.Path(dir_okay=False, path_type=Path)
_DIRECTORY = click.Path(exists=True, file_okay=False, path_type=Path)
_secret = click.option(
    "--authority-passphrase-file", type=_FILE, help="The authority's passphrase."
)
_unsigned = click.option(
    "--unsigned", type=_FILE, help="Write the card's text here, to be signed elsewhere."
)
_yes = click.option("--yes", is_flag=True, help="Do not ask.")


@click.command()
@place_options
@click.option("--all", "all_new", is_flag=True, help="Replace the present key and those ahead too.")
@_unsigned
@_secret
@_yes
@json_option
def sealing(
    place: Place,
    all_new: bool,
    unsigned: Path | None,
    authority_passphrase_file: Path | None,
    **given: bool,
) -> None:
    """New sealing keys, so that six epochs ahead are on the card again.

    Partners seal to the new keys once they have the card. The old keys stay until nothing can be
    under way to them any more, and are destroyed then.

    \b
    relec rotate sealing
    relec rotate sealing --all
    relec rotate sealing --unsigned tr-4.card     # sign it there, then: relec card import
    """
    from relec_exchange.founding import next_card, rotate_sealing

    place.ready_to_tell()
    now, keys = datetime.now(UTC), open_keys(place)
    base = base_card(place, keys)
    if unsigned is not None:
        changed = base.model_copy(update={"sealing": ()}) if all_new else base
        made = next_card(changed, base.partners, keys, now, os.urandom)
        write_unsigned(made, unsigned, given["as_json"])
        return
    question = words("Sign card {version} with new sealing keys?", version=base.version + 1)
    confirm(question, given["yes"])
    authority = place.authority(authority_passphrase_file)
    signed = rotate_sealing(base, keys, authority, now, os.urandom, all_new=all_new)
    adopt_card(place, signed)
    ids = [epoch.id for epoch in signed.card.sealing]
    ends = f"{signed.card.sealing[-1].ends:%Y-%m-%d}"
    told_all = {"n": len(ids), "ends": ends, **_of(signed)}
    line = words("Card {version}: {n} sealing keys, until {ends}.", **told_all)
    _tell(given["as_json"], told(signed, kind="sealing", keys=ids), line)


@click.command()
@place_options
@_unsigned
@_secret
@_yes
@json_option
def witness(
    place: Place,
    unsigned: Path | None,
    authority_passphrase_file: Path | None,
    yes: bool,
    as_json: bool,
) -> None:
    """A new key for cosigning the logs of partners; what the old one signed stays good.

    If the command was ended half-way, or the card was signed elsewhere and imported, give it
    again: it finishes what it had begun.

    \b
    relec rotate witness
    relec rotate witness --unsigned tr-4.card
    """
    from relec_exchange.adapters.successions import WitnessFiles
    from relec_exchange.founding import next_card, rotate_witness, with_new_witness

    place.ready_to_tell()
    settings, card = place.settings(), own_card(place)
    keys = open_keys(place)
    files = WitnessFiles(settings.path(settings.paths.keys), keys)
    if files.pending(card):
        signed = place.directory().directory.card(card.node)
        tell_node(place, signed)
    elif unsigned is not None:
        changed = with_new_witness(base_card(place, keys), files, os.urandom)
        made = next_card(changed, card.partners, keys, datetime.now(UTC), os.urandom)
        write_unsigned(made, unsigned, as_json)
        return
    else:
        confirm(words("Sign card {version} with a new witness key?", version=card.version + 1), yes)
        authority = place.authority(authority_passphrase_file)
        base = base_card(place, keys)
        signed = rotate_witness(base, keys, files, authority, datetime.now(UTC), os.urandom)
        adopt_card(place, signed)
    files.settle(signed.card)
    fingerprint = signed.card.witness.public().fingerprint()
    line = words("Card {version} has a new witness key.", **_of(signed))
    _tell(as_json, told(signed, kind="witness", fingerprint=fingerprint), line)


@click.command()
@place_options
@click.option("--keys", "directory", type=_DIRECTORY, help="Where the authority's keys are.")
@_secret
@_yes
@json_option
def authority(
    place: Place,
    directory: Path | None,
    authority_passphrase_file: Path | None,
    yes: bool,
    as_json: bool,
) -> None:
    """The next authority keys take over, as the card has announced; new ones are made to follow.

    Both the old and the new keys sign the card, so partners accept it without a telephone call.
    The old keys are destroyed then. If the command was ended half-way, give it again: it finishes
    what it had begun.

    \b
    relec rotate authority
    relec rotate authority --keys /media/authority
    """
    from relec_exchange.adapters.successions import AuthorityFiles

    place.ready_to_tell()
    settings = place.settings()
    option = "--authority-passphrase-file"
    secret = passphrase(authority_passphrase_file, words("Authority passphrase"), option)
    files = AuthorityFiles(directory or settings.path(settings.paths.keys), secret)
    signed = _passed(place, files, yes)
    files.settle(signed.card)
    fingerprint = signed.card.authority.public().fingerprint()
    _tell(
        as_json,
        told(signed, kind="authority", fingerprint=fingerprint, next=signed.card.authority.next),
        _lines(signed, fingerprint),
    )


def _passed(place: Place, files: AuthorityFiles, yes: bool) -> SignedCard:
    """The card by which the keys changed: issued now, or before the command was ended."""
    from relec_exchange.founding import rotate_authority

    signed = place.directory().directory.card(place.settings().node)
    card = signed.card
    if files.pending(card):
        tell_node(place, signed)
        return signed
    version = card.version + 1
    confirm(words("Sign card {version} with the next authority keys?", version=version), yes)
    keys = open_keys(place)
    base = base_card(place, keys)
    after = rotate_authority(base, keys, files, datetime.now(UTC), os.urandom)
    adopt_card(place, after)
    return after


def _lines(signed: SignedCard, fingerprint: str) -> str:
    from relec_exchange.trust.card import format_fingerprint

    first = words("Card {version} is signed by the old and the new authority keys.", **_of(signed))
    second = words("New members compare this fingerprint from now on:")
    return f"{first}\n{second}\n  {format_fingerprint(fingerprint)}"


def _of(signed: SignedCard) -> dict[str, Any]:
    return {"version": signed.card.version}


def _tell(as_json: bool, document: dict[str, Any], text: str) -> None:
    if as_json:
        print_json(document)
    else:
        say(text)
