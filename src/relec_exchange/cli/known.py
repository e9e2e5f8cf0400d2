"""What is held of members, agreements and notices: as the running node tells it, or the files do.

Contract: a node that runs is asked where an officer is named, for it also holds what partners have
sent; without one the files of the home speak, which are what was made or imported here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from relec_exchange.cli.home import Place
from relec_exchange.errors import RelecError

if TYPE_CHECKING:
    from relec_exchange.adapters.trustfiles import Admitted
    from relec_exchange.trust.directory import Directory

_Note = tuple[str, bytes]


def known(place: Place) -> Admitted:
    """The directory, and a sentence for each note that was left out."""
    from relec_exchange.adapters.trustfiles import Admitted
    from relec_exchange.trust.directory import Directory

    if not (place.officer and place.running()):
        return place.directory()
    with place.client() as client:
        told = client.wire.get("/v1/notes")["notes"]
    settings = place.settings()
    directory = Directory(settings.network, settings.network_kind, settings.node)
    notes = [(one["kind"], one["note"].encode()) for one in told]
    while notes:
        directory, left, problems = _admitted(directory, notes)
        if len(left) == len(notes):
            return Admitted(directory, problems)
        notes = left
    return Admitted(directory, ())


def _admitted(
    directory: Directory, notes: Sequence[_Note]
) -> tuple[Directory, list[_Note], tuple[str, ...]]:
    """As many as can be admitted now, and the rest: a card may rest on a notice, and that on it."""
    left: list[_Note] = []
    problems: list[str] = []
    for kind, note in notes:
        try:
            directory = _with(directory, kind, note)
        except RelecError as error:
            left.append((kind, note))
            problems.append(error.message)
    return directory, left, tuple(problems)


def _with(directory: Directory, kind: str, note: bytes) -> Directory:
    from relec_exchange.trust.card import authority_fingerprint, parse_card

    if kind == "agreement":
        return directory.with_agreement(note)
    if kind != "card":
        return directory.with_notice(note)
    card = parse_card(note).card
    if card.node in directory.members:
        return directory.admit_update(note)
    return directory.admit_first(note, authority_fingerprint(card))
