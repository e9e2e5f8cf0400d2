"""A card that this node has issued: judged, kept in its files, and given to the running node.

What every command that makes a new card has in common. The card is on the disk before the node
hears of it, so that a kill in between costs nothing: the node adopts it when it starts.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from relec_exchange.cli.home import Place
from relec_exchange.cli.kept_card import check_newest, keep_copy
from relec_exchange.cli.output import print_json, say, say_folded
from relec_exchange.cli.own_logs import with_own_logs
from relec_exchange.cli.words import words

if TYPE_CHECKING:
    from relec_exchange.adapters.keyfiles import KeyFiles
    from relec_exchange.trust.card import Card, SignedCard


def own_card(place: Place) -> Card:
    """The newest card of this node, as its files have it, to make the next one from. Conflict if
    a newer one was issued and is kept beside the guard copy.
    """
    directory = place.directory().directory
    card = directory.card(place.settings().node).card
    check_newest(place, directory)
    return card


def base_card(place: Place, keys: KeyFiles) -> Card:
    """What the next card is made from: the newest one, with all logs of this node as they are."""
    return with_own_logs(place, own_card(place), keys)


def open_keys(place: Place) -> KeyFiles:
    """The node's keys, opened with their passphrase."""
    from relec_exchange.adapters.keyfiles import KeyFiles

    settings = place.settings()
    return KeyFiles(settings.path(settings.paths.keys), place.node_passphrase())


def adopt_card(place: Place, signed: SignedCard) -> None:
    """Keep a card of this node and let the running node adopt it. Raises before anything is
    written if the node would refuse it.
    """
    place.directory().directory.admit_update(signed.note)
    place.trust().put_card(signed)
    keep_copy(place, signed)
    tell_node(place, signed)


def tell_node(place: Place, signed: SignedCard) -> None:
    """Give a card to the running node; one that does not run adopts it when it starts."""
    if not place.running():
        say(words("The node is not running: it adopts the card when it starts."), error=True)
        return
    with place.client() as client:
        client.wire.post("/v1/cards", {"note": signed.note.decode(), "fingerprint": None})


def write_unsigned(made: Card, file: Path, as_json: bool) -> None:
    """The text of a card for an authority whose key is on another machine."""
    from relec_exchange.trust.drafts import draft_card

    file.write_text(draft_card(made), "utf-8")
    if as_json:
        print_json({"file": str(file), "version": made.version})
        return
    say(words("{file} is written. Sign it: relec authority sign", file=file))


def told(signed: SignedCard, **more: Any) -> dict[str, Any]:
    """What a rotation prints with --json."""
    return {
        "node": signed.card.node,
        "version": signed.card.version,
        "hash": signed.hash,
        "valid_until": signed.card.valid_until.isoformat().replace("+00:00", "Z"),
        **more,
    }


def tell_not_listed(node: str, waiting: list[str]) -> None:
    """What is still to be done until messages go: the cards of these partners are from before."""
    names = ", ".join(waiting)
    say_folded(words("Not listed yet by: {names}. Nothing comes from them so far.", names=names))
    given = words("They import {node}.card, list {node} and issue their next card.", node=node)
    say_folded(given)
    say_folded(words("Then import these cards here: relec card import"))
