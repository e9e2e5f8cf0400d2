"""`relec restore`: a backup goes back into the home of a node that does not run."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from relec_exchange.cli.backup import home_of
from relec_exchange.cli.home import Place, confirm, place_options
from relec_exchange.cli.kept_card import card_line, card_told, recalled
from relec_exchange.cli.output import json_option, pairs, print_json, say_folded
from relec_exchange.cli.words import words
from relec_exchange.errors import Conflict, IntegrityFailure, InvalidInput

if TYPE_CHECKING:
    from relec_exchange.adapters.backup_manifest import Manifest
    from relec_exchange.settings import Settings

UNLOCK = "unlock.key"
"""Without this file no key of a node can be opened."""


@click.command()
@click.argument("source", type=click.Path(exists=True, file_okay=False, path_type=Path))
@place_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def restore(place: Place, source: Path, yes: bool, as_json: bool) -> None:
    """Put the backup in SOURCE back. The node must not run.

    Every file is held against the manifest. A store that is newer than the backup is never
    replaced; an older one is moved aside. Vault, guard copy and files that are here stay as they
    are. A newer card of this node that is kept beside the guard copy comes back, too. At its next
    start the node asks its partners, before it signs anything, whether they have more of its log.

    \b
    relec --home tr restore /mnt/backups/tr-monday
    """
    from relec_exchange.adapters.backup_manifest import read_backup
    from relec_exchange.adapters.restoring import check_older
    from relec_exchange.adapters.restoring import restore as put_back
    from relec_exchange.node.surroundings import lock_directory

    manifest = read_backup(source)
    settings = _settings(place, source)
    if place.running():
        raise Conflict(words("the node is running"), field="home", remedy=words("stop it first"))
    lock = lock_directory(settings.path(settings.paths.store).parent)
    try:
        home = home_of(settings)
        check_older(home, manifest)
        missing = _missing(settings, manifest)
        question = words("Put back the store of {made_at}?", made_at=manifest.made_at)
        confirm(f"{_warned(missing)}{question}", yes)
        done = put_back(home, source, manifest, datetime.now(UTC))
        card = recalled(place, bring_back=True)
    finally:
        os.close(lock)
    if as_json:
        aside = str(done.aside) if done.aside else None
        told = {"written": list(done.written), "kept": list(done.kept), "aside": aside}
        since = {"made_at": manifest.made_at, "behind_guard": missing}
        print_json({**told, **since, "card": card_told(card)})
        return
    counts = {
        words("files written"): len(done.written),
        words("files that stayed"): len(done.kept),
        words("old store"): done.aside or words("none"),
    }
    pairs(words("Backup of {made_at} is in place", made_at=manifest.made_at), counts)
    for line in (card_line(card), *_next_steps(settings, missing)):
        say_folded(line)


def _next_steps(settings: Settings, missing: dict[str, int]) -> list[str]:
    """What the operator does now. A store that is behind its guard copy is never started."""
    keys = settings.path(settings.paths.keys)
    first = (
        [] if (keys / UNLOCK).exists() else [words("This home has no keys: put them back first.")]
    )
    if not missing:
        return [*first, words("Now start it: relec run. It first asks its partners.")]
    return [
        *first,
        *_warned(missing).splitlines(),
        words("With this store the node does not start. Look for the newest one."),
        words("Only if that is lost for good: relec audit recover"),
    ]


def _settings(place: Place, source: Path) -> Settings:
    """Those of the home; of the backup, where there is no home yet."""
    from relec_exchange.adapters.backup import write_whole
    from relec_exchange.adapters.backup_manifest import SETTINGS

    file = place.path / SETTINGS
    if not file.exists():
        _check_inside(source)
        place.path.mkdir(parents=True, exist_ok=True, mode=0o750)
        write_whole(file, (source / SETTINGS).read_bytes())
    return place.settings()


def _check_inside(source: Path) -> None:
    """InvalidInput if the backup's own settings name places outside of the home."""
    from relec_exchange.settings import read_settings

    settings = read_settings(source)
    home = settings.home.resolve()
    for place in (settings.paths.store, settings.paths.trust, settings.paths.keys):
        if not settings.path(place).resolve().is_relative_to(home):
            raise InvalidInput(
                words("the settings in the backup name places outside of the home"),
                field="paths",
                remedy=words("read them, and put node.toml into the home yourself"),
            )


def _missing(settings: Settings, manifest: Manifest) -> dict[str, int]:
    """How many entries the guard copy knows that the backup does not have, by log."""
    from relec_exchange.adapters.guard import GuardFile

    path = settings.path(settings.paths.guard)
    if not path.exists():
        return {}
    try:
        guard = GuardFile(path)
    except IntegrityFailure:  # the node says so when it starts
        return {}
    copies = guard.read()
    guard.close()
    saved = {head.origin: head.size for head in manifest.heads}
    lost = {origin: size - saved.get(origin, 0) for origin, (size, _) in copies.items()}
    return {origin: count for origin, count in sorted(lost.items()) if count > 0}


def _warned(missing: dict[str, int]) -> str:
    return "".join(
        words(
            "The guard copy knows {count} entries of {origin} that this backup does not have.",
            count=count,
            origin=origin,
        )
        + "\n"
        for origin, count in missing.items()
    )
