"""`relec audit export` and `check-export`: a log as files that anybody's program can verify."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.audit_cards import card_of_log, check_authority
from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.log_pages import entries, log_option
from relec_exchange.cli.output import json_option, print_json, progress, say
from relec_exchange.cli.words import words
from relec_exchange.errors import NotFound

if TYPE_CHECKING:
    from relec_exchange.adapters.tiles_folder import TilesFolder

Json = dict[str, Any]

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("directory", type=_FOLDER)
@place_options
@log_option
@click.option(
    "--newest", is_flag=True, help="Up to the newest entry, though no quorum has cosigned it."
)
@json_option
def export(place: Place, directory: Path, log: str, as_json: bool, newest: bool) -> None:
    """Write a log into DIRECTORY as files that anybody can verify: C2SP tlog-tiles.

    Ends at the newest checkpoint that a quorum of partners has cosigned, if there is one. Run it
    again to add what is new: what was exported must be a part of the log that the node has now.
    The entries hold no content; those of the activity log name officers. Each log needs a
    directory of its own. Exit code 10 if the node contradicts itself or the export.

    \b
    relec --officer audit audit export tiles/
    relec --officer audit audit export officers/ --log activity --newest
    """
    told = _exported(place, directory, log, newest=newest, shown=not as_json)
    if as_json:
        print_json(told)
        return
    say(words("{origin}: entries {since} to {size} are exported, root {root}", **told))
    if told["cosigned_by"]:
        say(words("A quorum has cosigned it: {names}.", names=", ".join(told["cosigned_by"])))
    else:
        say(words("No quorum has cosigned this checkpoint yet."))
    say(words("Other programs verify it with this key (--json shows the second one too):"))
    say(f"  {told['verifier_keys'][0]}")


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@place_options
@click.option("--card", "cards", type=_FILE, multiple=True, help="  [default: *.card in it]")
@click.option("--fingerprint", default="", help="Of the authority, as compared by telephone.")
@json_option
def check_export(place: Place, directory: Path, as_json: bool, **given: Any) -> None:
    """Recompute every file of an export in DIRECTORY from its entries; needs no node.

    The card counts only with a fingerprint that somebody has compared: --fingerprint, or a card
    that this home has imported. Exit code 10 if a file is missing, altered, or of another log.

    \b
    relec audit check-export tiles/
    """
    from relec_exchange.adapters.tiles_folder import TilesFolder
    from relec_exchange.cli.log_check import log_key
    from relec_exchange.cli.log_export import check_folder

    folder = TilesFolder(directory)
    note = folder.checkpoint()
    if not note:
        raise NotFound(
            "no log is exported into this directory",
            field="directory",
            remedy="the file checkpoint is missing: an export that broke off has none",
        )
    origin = note.split(b"\n", 1)[0].decode("utf-8", "replace")
    paths = list(given["cards"]) or sorted(directory.glob("*.card"))
    card = card_of_log(place, origin, paths, given["fingerprint"])
    stated = check_folder(folder, log_key(card, origin))
    told = {
        "verified": True,
        "origin": stated.origin,
        "size": stated.size,
        "root": stated.root.hex(),
    }
    if as_json:
        print_json(told)
        return
    say(words("{origin}: {size} entries, root {root}", **told))
    say(words("Every file, the root and both signatures of the checkpoint are right."))


def _exported(place: Place, directory: Path, log: str, *, newest: bool, shown: bool) -> Json:
    from relec_exchange.adapters.tiles_folder import TilesFolder
    from relec_exchange.cli.log_check import log_key
    from relec_exchange.cli.log_export import export_log
    from relec_exchange.trust.card import parse_card

    folder = TilesFolder(directory)
    with place.client() as client:
        card_note = client.wire.get(f"/v1/cards/{client.info()['node']}")["note"].encode()
        card = parse_card(card_note).card
        check_authority(place, card, "")
        head = client.wire.get(f"/v1/audit/{log}")
        public = log_key(card, head["origin"])
        note = _target(folder, head, newest)
        witnesses = _witnesses(place, note) if note == head["cosigned"].encode() else []
        with progress(words("exporting"), head["size"], shown) as done:
            made = export_log(folder, note, public, partial(entries, client, log), done)
    folder.keep(f"{card.node}.card", card_note)
    return {
        "origin": made.checkpoint.origin,
        "since": made.since,
        "size": made.checkpoint.size,
        "root": made.checkpoint.root.hex(),
        "cosigned_by": witnesses,
        "files": made.written,
        "verifier_keys": list(public.vkeys()),
    }


def _target(folder: TilesFolder, head: Json, newest: bool) -> bytes:
    """The checkpoint to export: the cosigned one, unless the export is beyond it already."""
    cosigned, held = head["cosigned"].encode(), folder.checkpoint()
    behind = held and cosigned and _size(cosigned) < _size(held)
    if newest or not cosigned or behind:
        return bytes(head["checkpoint"].encode())
    return bytes(cosigned)


def _size(note: bytes) -> int:
    from relec_exchange.audit.cosignature import read_cosigned

    return read_cosigned(note).checkpoint.size


def _witnesses(place: Place, note: bytes) -> list[str]:
    """The nodes whose cosignatures under this checkpoint count, by the cards held here."""
    from datetime import UTC, datetime, timedelta

    from relec_exchange.audit.cosignature import read_cosigned
    from relec_exchange.audit.quorum import check_quorum
    from relec_exchange.cli.known import known

    directory = known(place).directory
    latest = datetime.now(UTC) + timedelta(seconds=directory.times().clock_ahead_seconds)
    return list(check_quorum(directory, read_cosigned(note), latest))
