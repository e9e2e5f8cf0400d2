"""`relec card`: what nodes say of themselves."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.home import Place, confirm, place_options
from relec_exchange.cli.issued import adopt_card, own_card, tell_not_listed, write_unsigned
from relec_exchange.cli.kept_card import keep_copy
from relec_exchange.cli.output import json_option, pairs, print_json, say, say_folded
from relec_exchange.cli.own_logs import with_own_logs
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from relec_exchange.trust.card import Card, SignedCard
    from relec_exchange.trust.card_parts import Partner, Unit

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT = click.Path(dir_okay=False, path_type=Path)
_NOTE_MAX = 256 * 1024


@click.group()
def card() -> None:
    """Cards: keys, logs, partners and duty contact of each node, signed by its authority.

    \b
    relec card export --out tr.card          # send it to the partner
    relec card import pk.card                # compare the fingerprint by telephone
    relec card issue --partner pk,iq         # list them as partners of this node
    """


@card.command()
@click.argument("which", default="")
@place_options
@click.option("--text", is_flag=True, help="Print the signed text itself.")
@json_option
def show(place: Place, which: str, text: bool, as_json: bool) -> None:
    """Show a card: of this node, of another NODE, or in a FILE.

    \b
    relec card show
    relec card show pk
    relec card show pk.card --text
    """
    signed = _found(place, which)
    if as_json:
        print_json(_told(signed))
    elif text:
        say(signed.text)
    else:
        _print(signed)


@card.command()
@click.argument("node", default="")
@place_options
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file.")
def export(place: Place, node: str, out: Path | None) -> None:
    """Write the card of this node, or of NODE, to a file or to standard output.

    \b
    relec card export --out tr.card
    """
    signed = _found(place, node)
    if out is None:
        click.echo(signed.note, nl=False)
        return
    out.write_bytes(signed.note)
    say(words("{file}: version {version}", file=out, version=signed.card.version))


@card.command(name="import")
@click.argument("file", type=_FILE)
@place_options
@click.option("--fingerprint", default="", help="What the partner read out, 64 hex digits.")
@json_option
def import_(place: Place, file: Path, fingerprint: str, as_json: bool) -> None:
    """Import a partner's card from FILE.

    The first card of a node decides whom this node believes. Call the partner on a number that
    you know, and compare the fingerprint of its authority keys word for word.

    \b
    relec card import pk.card
    relec card import pk.card --fingerprint "9c1f 22ab ..."
    """
    from relec_exchange.trust.card import authority_fingerprint, format_fingerprint

    place.ready_to_tell()
    signed = admit(place, file, fingerprint)
    if as_json:
        print_json(_told(signed))
        return
    say(words("The card of {node} is imported.", node=signed.card.node))
    say_folded(f"  {format_fingerprint(authority_fingerprint(signed.card))}")


def admit(place: Place, file: Path, compared: str | Mapping[str, str]) -> SignedCard:
    """Keep a partner's card. The authority of a first one must be in `compared`, a fingerprint or
    several by node; else a person is asked to compare it.
    """
    from relec_exchange.trust.card import authority_fingerprint, parse_card

    signed = parse_card(_note(file))
    found = authority_fingerprint(signed.card)
    known = place.trust().pins().get(signed.card.node)
    first = place.directory().directory.members.get(signed.card.node) is None
    if first and known is None:
        told = compared if isinstance(compared, str) else compared.get(signed.card.node, "")
        known = _compared(signed, found, told)
    _check_own_view(place, signed, known or found)
    place.trust().pin(signed.card.node, known or found)
    place.trust().put_card(signed)
    keep_copy(place, signed)
    _import_running(place, signed, known if first else None)
    return signed


@card.command()
@place_options
@click.option("--partner", "partners", help="Nodes to exchange with, for example pk,iq.")
@click.option("--unit", "units", multiple=True, help="NAME=FILE: a unit's key; NAME=: no key.")
@click.option("--authority-passphrase-file", type=_FILE, help="The authority's passphrase.")
@click.option("--unsigned", type=_OUT, help="Write the text here, to be signed elsewhere.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def issue(
    place: Place,
    partners: str | None,
    units: tuple[str, ...],
    authority_passphrase_file: Path | None,
    **given: Any,
) -> None:
    """Issue this node's next card: a year more, sealing keys six months ahead, these partners.

    A log that was replaced is listed as closed, with its last size and root, and its successor as
    the current one. Without --partner the partners stay as they are. Their cards must have been
    imported. A unit whose key is given alone reads what partners seal to it; FILE holds the line
    that `relec unit key` printed on the unit's machine. With --unsigned only the text is written:
    sign it where the authority's key is kept (relec authority sign), then import it here.

    \b
    relec card issue --partner pk,iq
    relec card issue --unsigned tr-3.card
    relec card issue --unit protection-desk=desk.pub
    """
    from relec_exchange.adapters.keyfiles import KeyFiles
    from relec_exchange.founding import issue as make
    from relec_exchange.founding import next_card

    place.ready_to_tell()
    settings, current = place.settings(), own_card(place)
    listed = current.partners if partners is None else _partners(place, current, partners)
    names = ", ".join(partner.node for partner in listed) or words("nobody")
    version = current.version + 1
    question = words("Sign card {version} with partners {names}?", version=version, names=names)
    current = _with_units(current, units)
    if given["unsigned"] is None:
        confirm(question, given["yes"])
    keys = KeyFiles(settings.path(settings.paths.keys), place.node_passphrase())
    current = with_own_logs(place, current, keys)
    if given["unsigned"] is not None:
        made = next_card(current, listed, keys, datetime.now(UTC), os.urandom)
        write_unsigned(made, given["unsigned"], given["as_json"])
        return
    authority = place.authority(authority_passphrase_file)
    signed = make(current, listed, keys, authority, datetime.now(UTC), os.urandom)
    adopt_card(place, signed)
    if given["as_json"]:
        print_json(_told(signed))
    else:
        _print(signed)


@card.command()
@click.argument("files", type=_FILE, nargs=-1, required=True)
@place_options
@click.option("--authority-passphrase-file", type=_FILE, help="The authority's passphrase.")
@click.option("--fingerprints", type=_FILE, help="Lines NODE FINGERPRINT, compared by telephone.")
@json_option
def join(place: Place, files: tuple[Path, ...], as_json: bool, **given: Path | None) -> None:
    """Import the cards in FILES and list their nodes as partners: what a new witness needs.

    Compare each fingerprint by telephone. The node's next card is signed at once; give it to them.

    \b
    relec card join tr.card pk.card iq.card
    """
    from relec_exchange.adapters.keyfiles import KeyFiles
    from relec_exchange.founding import issue as make

    place.ready_to_tell()
    settings, told = place.settings(), given["fingerprints"]
    lines = told.read_text("utf-8").splitlines() if told else []
    compared = {line.partition(" ")[0]: line.partition(" ")[2] for line in lines}
    nodes = [admit(place, file, compared).card.node for file in files]
    current = own_card(place)
    names = ",".join([*(partner.node for partner in current.partners), *nodes])
    keys = KeyFiles(settings.path(settings.paths.keys), place.node_passphrase())
    current, listed = with_own_logs(place, current, keys), _partners(place, current, names)
    authority = place.authority(given["authority_passphrase_file"])
    signed = make(current, listed, keys, authority, datetime.now(UTC), os.urandom)
    adopt_card(place, signed)
    mutual = place.directory().directory.mutual
    waiting = sorted(node for node in nodes if not mutual(settings.node, node))
    print_json({**_told(signed), "not_listed_by": waiting}) if as_json else _print(signed)
    if waiting and not as_json:
        tell_not_listed(settings.node, waiting)


def _with_units(current: Card, given: tuple[str, ...]) -> Card:
    """The card with the keys of these units, each as NAME=FILE, or NAME= to take a key away."""
    from relec_exchange.adapters.unitkeys import read_public_line
    from relec_exchange.trust.card_parts import Unit
    from relec_exchange.trust.plaintext import validated

    units = {unit.name: unit for unit in current.units}
    for text in given:
        name, equals, file = text.partition("=")
        if not equals or (file and not Path(file).is_file()):
            raise InvalidInput(
                words("a unit's key is NAME=FILE, and FILE must be there"),
                field="unit",
                remedy=words("for example --unit protection-desk=desk.pub"),
            )
        entry = (
            read_public_line(_note(Path(file)).decode("ascii", "replace"), name)
            if file
            else (validated({"name": name}, "unit", Unit))
        )
        units[name] = entry
    return current.model_copy(update={"units": tuple(units.values())})


def _partners(place: Place, current: Card, text: str) -> tuple[Partner, ...]:
    """The partners by name, with the fingerprints that an officer compared."""
    from relec_exchange.trust.card_parts import Partner

    pins = place.trust().pins()
    found = []
    for node in dict.fromkeys(part.strip() for part in text.split(",") if part.strip()):
        if node not in pins or node == current.node:
            raise NotFound(
                f"the card of {node} was not imported",
                field="partner",
                remedy=f"import it first: relec card import {node}.card",
            )
        found.append(current.partner(node) or Partner(node=node, authority=pins[node]))
    return tuple(found)


def _compared(signed: SignedCard, found: str, given: str) -> str:
    """The fingerprint of a first card, after a person has compared it."""
    from relec_exchange.trust.card import format_fingerprint

    if given:
        if given.replace(" ", "").lower() != found:
            raise InvalidInput(
                f"the card's fingerprint is {format_fingerprint(found)}",
                field="fingerprint",
                remedy="do not import it; call the partner on a number that you know",
            )
        return found
    say(words("The first card of {node}. Fingerprint of its authority:", node=signed.card.node))
    say_folded(f"  {format_fingerprint(found)}")
    confirm(words("Did the partner read out exactly this on the telephone?"), yes=False)
    return found


def _check_own_view(place: Place, signed: SignedCard, fingerprint: str) -> None:
    """Raise before anything is written if this node would refuse the card."""
    directory = place.directory().directory
    if signed.card.node in directory.members:
        directory.admit_update(signed.note)
    else:
        directory.admit_first(signed.note, fingerprint)


def _import_running(place: Place, signed: SignedCard, fingerprint: str | None) -> None:
    if not place.running():
        say(words("The node is not running: it adopts the card when it starts."), error=True)
        return
    with place.client() as client:
        body = {"note": signed.note.decode(), "fingerprint": fingerprint}
        client.wire.post("/v1/cards", body)


def _found(place: Place, which: str) -> SignedCard:
    from relec_exchange.trust.card import parse_card

    if which and Path(which).is_file():
        return parse_card(_note(Path(which)))
    settings = place.settings()
    return place.directory().directory.card(which or settings.node)


def _note(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(_NOTE_MAX)


def _told(signed: SignedCard) -> dict[str, Any]:
    from relec_exchange.trust.card import authority_fingerprint

    return {
        "hash": signed.hash,
        "fingerprint": authority_fingerprint(signed.card),
        **signed.card.model_dump(mode="json", by_alias=True, exclude_none=True),
    }


def _unit(unit: Unit) -> str:
    """A unit, and the id of its key if it has one: what its partners compare by telephone."""
    from relec_exchange.message.encoding import unb64
    from relec_exchange.trust.card_parts import sealing_key_id

    return f"{unit.name} ({sealing_key_id(unb64(unit.key))})" if unit.key else unit.name


def _print(signed: SignedCard) -> None:
    from relec_exchange.trust.card import authority_fingerprint, format_fingerprint

    card = signed.card
    pairs(
        words("Card of {node}", node=card.node),
        {
            words("network"): f"{card.network} ({card.network_kind})",
            words("name"): card.name,
            words("version"): card.version,
            words("valid"): f"{card.valid_from:%Y-%m-%d} - {card.valid_until:%Y-%m-%d}",
            words("fingerprint"): format_fingerprint(authority_fingerprint(card)),
            words("partners"): [partner.node for partner in card.partners],
            words("units"): [_unit(unit) for unit in card.units],
            words("logs"): [f"{log.origin} ({log.state})" for log in card.logs],
            words("sealing keys"): f"{len(card.sealing)}, until {card.sealing[-1].ends:%Y-%m-%d}",
            words("duty"): f"{card.duty.phone}, {card.duty.email}",
        },
    )
