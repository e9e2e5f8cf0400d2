"""The copies of this node's own card beside its guard copy: kept with each new card, and read where
the cards of the home may be old ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relec_exchange.cli.home import Place
from relec_exchange.cli.output import say
from relec_exchange.cli.words import words
from relec_exchange.errors import Conflict, RelecError, Unavailable

if TYPE_CHECKING:
    from relec_exchange.adapters.card_copies import CardCopies, Recalled
    from relec_exchange.trust.card import SignedCard
    from relec_exchange.trust.directory import Directory


def keep_copy(place: Place, signed: SignedCard) -> None:
    """Keep a card that the files of the home have now, if it is of this node. What cannot be
    written is told: the node tries again when it runs.
    """
    node = place.settings().node
    if signed.card.node != node:
        return
    member = place.directory().directory.member(node)
    try:
        _copies(place).keep(member.succession())
    except Unavailable as error:
        say(error.message, error=True)


def check_newest(place: Place, directory: Directory) -> None:
    """Conflict if a copy, verified by the cards of the home, is newer than all of these."""
    copies = _copies(place)
    newer = copies.recall(directory).cards
    if newer:
        version = newer[-1].card.version
        raise Conflict(
            words("this node has issued version {version} of its card already", version=version),
            field="card.version",
            remedy=words("import it first: relec card import {file}", file=copies.file(newer[0])),
        )


def recalled(place: Place, *, bring_back: bool) -> Recalled:
    """What the copies say; with `bring_back` the cards of the home follow them. Never fatal: what
    cannot be read or written is told in it.
    """
    from relec_exchange.adapters.card_copies import Recalled

    try:
        found = _copies(place).recall(place.directory().directory)
        for card in found.cards if bring_back else ():
            place.trust().put_card(card)
    except (OSError, RelecError) as error:
        return Recalled("doubtful", 0, detail=str(error))
    return found


def card_told(found: Recalled) -> dict[str, Any]:
    """What is printed with --json: versions of the home's card before, of the newest copy, and of
    the verified ones that are newer than the home's.
    """
    versions = [card.card.version for card in found.cards]
    told = {"state": found.state, "home": found.here, "copy": found.version}
    return {**told, "newer": versions, "detail": found.detail}


def card_line(found: Recalled, *, brought_back: bool = True) -> str:
    """One sentence on the copies of this node's card, as `recalled` found them."""
    version = found.cards[-1].card.version if found.cards else found.here
    if found.state == "newer" and brought_back:
        return words(
            "A newer card of this node has come back from beside the guard copy: "
            "version {version}.",
            version=version,
        )
    if found.state == "newer":
        return words(
            "A newer card of this node is kept beside the guard copy: version {version}.",
            version=version,
        )
    if found.state == "here":
        return words(
            "No newer card of this node lies beside the guard copy than the one here: "
            "version {version}.",
            version=version,
        )
    if found.state == "doubtful":
        return words(
            "A copy of this node's card beside the guard copy cannot be believed: {why}",
            why=found.detail,
        )
    return words("No copy beside the guard copy says which card of this node is the newest.")


def _copies(place: Place) -> CardCopies:
    from relec_exchange.adapters.card_copies import CardCopies

    settings = place.settings()
    return CardCopies(settings.path(settings.paths.guard), settings.node)
