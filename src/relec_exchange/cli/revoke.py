"""`relec revoke`: tell all partners that a key of this node is in wrong hands.

Each command first issues a card with new keys, then signs the revocation and sends it: between the
two nobody is without a key to use. A revocation is for good.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from relec_exchange.cli.home import Place, confirm, passphrase, place_options
from relec_exchange.cli.issued import adopt_card, base_card, open_keys, own_card
from relec_exchange.cli.output import json_option, print_json, say
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput

if TYPE_CHECKING:
    from relec_exchange.trust.card import Card, SignedCard
    from relec_exchange.trust.directory import Directory
    from relec_exchange.trust.revoking import Loss
    from relec_exchange.trust.signature import HybridKey

F = TypeVar("F", bound=Callable[..., Any])

_FILE = click.Path(dir_okay=False, path_type=Path)
_DIRECTORY = click.Path(exists=True, file_okay=False, path_type=Path)


def _common(function: F) -> F:
    """What every revocation has to say, and who signs it."""
    for option in (
        json_option,
        click.option("--yes", is_flag=True, help="Do not ask."),
        click.option("--authority-passphrase-file", type=_FILE, help="The authority's passphrase."),
        click.option("--reason", required=True, help="One line, which all partners read."),
        click.option(
            "--since",
            required=True,
            help="When it may have been stolen at the earliest, UTC: 2026-11-01T06:00:00Z.",
        ),
        place_options,
    ):
        function = option(function)
    return function


@click.group()
def revoke() -> None:
    """A key is stolen or lost: end it at all partners, and see what depended on it.

    \b
    relec revoke sealing --since 2026-11-01T06:00:00Z --reason "Disk stolen (simulated)"
    relec revoke witness --since 2026-11-01T06:00:00Z --reason "Disk stolen (simulated)"
    relec revoke log exchange --since 2026-11-01T06:00:00Z --reason "Disk stolen (simulated)"
    relec revoke authority --since 2026-11-01T06:00:00Z --reason "Key file copied (simulated)"
    relec audit disputed
    """


@revoke.command()
@click.option("--key", "keys", multiple=True, help="Its id.  [default: all of the present card]")
@_common
def sealing(place: Place, keys: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """Sealing keys: others may read what is sealed to them.

    New keys go onto the card first, for all epochs. The old private keys stay here as long as
    partners may still have sealed to them. What came sealed to a revoked key since then is listed
    by `relec audit disputed`.

    \b
    relec revoke sealing --since 2026-11-01T06:00:00Z --reason "Disk stolen (simulated)"
    """
    from relec_exchange.founding import rotate_sealing
    from relec_exchange.trust.revoking import revoke_sealing

    place.ready_to_tell()
    loss, card = _loss(given), own_card(place)
    ids = keys or tuple(epoch.id for epoch in card.sealing)
    texts = [revoke_sealing(card, key_id, loss) for key_id in ids]
    _ask(texts, given["yes"])
    authority = place.authority(given["authority_passphrase_file"])
    if {epoch.id for epoch in card.sealing} & set(ids):
        opened, now = open_keys(place), datetime.now(UTC)
        base = base_card(place, opened)
        adopt_card(place, rotate_sealing(base, opened, authority, now, os.urandom, all_new=True))
    _publish(place, texts, authority, as_json)


@revoke.command()
@_common
def witness(place: Place, as_json: bool, **given: Any) -> None:
    """The witness key: what it cosigns does not count any more. A new one goes onto the card.

    \b
    relec revoke witness --since 2026-11-01T06:00:00Z --reason "Disk stolen (simulated)"
    """
    from relec_exchange.adapters.successions import WitnessFiles
    from relec_exchange.founding import rotate_witness
    from relec_exchange.trust.revoking import revoke_witness

    place.ready_to_tell()
    loss, card, settings = _loss(given), own_card(place), place.settings()
    texts = [revoke_witness(card, card.witness.public().fingerprint(), loss)]
    _ask(texts, given["yes"])
    authority = place.authority(given["authority_passphrase_file"])
    keys = open_keys(place)
    files = WitnessFiles(settings.path(settings.paths.keys), keys)
    base = base_card(place, keys)
    signed = rotate_witness(base, keys, files, authority, datetime.now(UTC), os.urandom)
    adopt_card(place, signed)
    files.settle(signed.card)
    _publish(place, texts, authority, as_json)


@revoke.command()
@click.argument("which", type=click.Choice(["exchange", "activity"]))
@click.option(
    "--origin", default="", help="A log's name.  [default: the last one before the present]"
)
@click.option("--good-size", type=click.IntRange(0), help="Entries that are surely ours.")
@click.option("--good-root", default="", help="The root of that size, 64 hex digits.")
@_common
def log(place: Place, which: str, as_json: bool, **given: Any) -> None:
    """The key of a log: what stands in it beyond the last good entry is disputed.

    Replace the log first: relec rotate log. The card then names the old log with its final head,
    which is taken as the last good one unless you give an earlier one. A partner refuses every
    later checkpoint of the old log.

    \b
    relec rotate log exchange
    relec revoke log exchange --since 2026-11-01T06:00:00Z --reason "Disk stolen (simulated)"
    """
    from relec_exchange.trust.revoking import revoke_log

    place.ready_to_tell()
    loss, card = _loss(given), own_card(place)
    origin, size, root = _last_good(card, which, given)
    texts = [revoke_log(card, origin, size, root, loss)]
    _ask(texts, given["yes"])
    _publish(place, texts, place.authority(given["authority_passphrase_file"]), as_json)


@revoke.command()
@click.option("--keys", "directory", type=_DIRECTORY, help="Where the authority's keys are.")
@click.option("--good-card", type=click.IntRange(1), help="Version.  [default: the present one]")
@click.option("--not", "doubtful", multiple=True, help="Hash of a text not to stand by.")
@_common
def authority(
    place: Place,
    directory: Path | None,
    good_card: int | None,
    doubtful: tuple[str, ...],
    as_json: bool,
    **given: Any,
) -> None:
    """The authority's keys: the next ones, which the card has announced, take over alone.

    They sign the revocation and a new card. Cards after --good-card, and agreements and notices
    that are not listed in the revocation, do not count until they are signed again. All that this
    home holds are listed, also what was revoked, suspended and terminated before, but those that
    --not names: look at relec agreement list and relec notices first.

    \b
    relec revoke authority --since 2026-11-01T06:00:00Z --reason "Key copied (simulated)"
    """
    from relec_exchange.adapters.successions import AuthorityFiles
    from relec_exchange.founding import succeed_authority
    from relec_exchange.trust.revoking import revoke_authority

    place.ready_to_tell()
    settings, found = place.settings(), place.directory().directory
    card = own_card(place)
    texts = _stood_by(found, card.node, doubtful)
    option = "--authority-passphrase-file"
    secret_file = given["authority_passphrase_file"]
    secret = passphrase(secret_file, words("Authority passphrase"), option)
    files = AuthorityFiles(directory or settings.path(settings.paths.keys), secret)
    successor = files.next()
    good = good_card or card.version
    text = revoke_authority(card, good, texts, successor.public(), _loss(given))
    _ask([text], given["yes"])
    _publish(place, [text], successor, as_json)
    keys = open_keys(place)
    base = base_card(place, keys)
    signed = succeed_authority(base, keys, files, datetime.now(UTC), os.urandom)
    adopt_card(place, signed)
    files.settle(signed.card)
    if not as_json:
        _say_fingerprint(signed)


def _stood_by(found: Directory, node: str, doubtful: Sequence[str]) -> list[str]:
    """What the keys signed; unlisted, what was revoked before would count again."""
    signed = [one.hash for one in found.agreements.values() if node in one.signers]
    said = [n.hash for n in found.notices.values() if n.notice.node == node and found.counts(n)]
    hashes = [*signed, *said]
    unknown = [name for name in doubtful if sum(h.startswith(name) for h in hashes) != 1]
    if unknown:
        raise InvalidInput(
            words("no text, or more than one, begins with {hash}", hash=unknown[0]),
            field="not",
            remedy=words("see: relec agreement list, relec notices"),
        )
    return [h for h in hashes if not any(h.startswith(name) for name in doubtful)]


def _last_good(card: Card, which: str, given: dict[str, Any]) -> tuple[str, int, str]:
    """Name, size and root of the log to revoke: as given, or as the card closed it."""
    from relec_exchange.message.identifiers import parse_origin

    mine = [one for one in card.logs if parse_origin(one.origin).log == which]
    closed = [one for one in mine if one.state == "closed"]
    named = [one for one in mine if one.origin == given["origin"]] or closed[-1:]
    size, root = given["good_size"], given["good_root"]
    if named and size is None and not root and named[0].final_size is not None:
        return named[0].origin, named[0].final_size, str(named[0].final_root)
    if named and size is not None and root:
        return named[0].origin, size, root.lower()
    raise InvalidInput(
        words("which log, and where it was good for the last time, is not known"),
        field="good_size",
        remedy=words(
            "replace it first (relec rotate log), or give --origin, --good-size, --good-root"
        ),
    )


def _loss(given: dict[str, Any]) -> Loss:
    from relec_exchange.message.identifiers import parse_time
    from relec_exchange.trust.revoking import Loss

    since = parse_time(_to_milliseconds(given["since"]), field="since")
    return Loss(since, datetime.now(UTC), given["reason"])


def _to_milliseconds(text: str) -> str:
    """Wire times have milliseconds; nobody types them."""
    return f"{text[:-1]}.000Z" if text.endswith("Z") and "." not in text else text


def _ask(texts: Sequence[str], yes: bool) -> None:
    for text in texts:
        say(text, error=True)
    confirm(words("Sign this and tell all partners? It cannot be taken back."), yes)


def _publish(place: Place, texts: Sequence[str], key: HybridKey, as_json: bool) -> None:
    """Sign, keep, and let the running node tell its partners."""
    from relec_exchange.trust.note import sign_text
    from relec_exchange.trust.notices import parse_notice

    notes = [sign_text(text, key) for text in texts]
    directory = place.directory().directory
    for note in notes:
        directory = directory.with_notice(note)
    for note in notes:
        place.trust().put_notice(note)
    running = place.running()
    if running:
        with place.client() as client:
            for note in notes:
                client.trust.import_notice(note.decode())
    else:
        say(words("The node is not running: it tells its partners when it starts."), error=True)
    hashes = [parse_notice(note).hash for note in notes]
    if as_json:
        print_json({"notices": hashes, "told": running})
        return
    for name in hashes:
        say(words("Revoked: {hash}", hash=name))
    say(words("What depended on it: relec audit disputed"))


def _say_fingerprint(signed: SignedCard) -> None:
    from relec_exchange.trust.card import authority_fingerprint, format_fingerprint

    version = signed.card.version
    say(words("Card {version} is signed by the new authority keys.", version=version))
    say(words("Read their fingerprint to every partner by telephone:"))
    say(f"  {format_fingerprint(authority_fingerprint(signed.card))}")
