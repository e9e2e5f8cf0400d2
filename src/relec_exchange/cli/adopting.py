"""Signed agreements and notices into this home, and into the running node.

Contract: what this node would refuse raises before anything is written; the file is on the disk
before the node hears of it, so that a kill in between costs nothing.
"""

from __future__ import annotations

from relec_exchange.cli.home import Place
from relec_exchange.cli.known import known
from relec_exchange.cli.output import say
from relec_exchange.cli.words import words
from relec_exchange.trust.notices import parse_notice
from relec_exchange.trust.numbering import check_own_number


def adopt_notice(place: Place, note: bytes) -> bool:
    """Adopt a termination, suspension or revocation; whether the node runs and has told it."""
    running = place.ready_to_tell()
    directory = known(place).directory
    check_own_number(directory, parse_notice(note))
    directory.with_notice(note)
    place.trust().put_notice(note)
    if running:
        with place.client() as client:
            client.trust.import_notice(note.decode())
    else:
        say(words("The node is not running: it tells its partners when it starts."), error=True)
    return running


def adopt_agreement(place: Place, note: bytes) -> bool:
    """Adopt the signatures under an agreement; whether the node runs and has told its own."""
    running = place.ready_to_tell()
    known(place).directory.with_agreement(note)
    place.trust().put_agreement(note)
    if running:
        with place.client() as client:
            client.wire.post("/v1/agreements", {"note": note.decode()})
    else:
        say(words("The node is not running: it adopts the text when it starts."), error=True)
    return running
