"""Cards that evidence is checked with: they count once somebody has compared their authority."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from relec_exchange.cli.home import Place
from relec_exchange.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from relec_exchange.client import Client
    from relec_exchange.trust.card import Card

FILE_MAX = 256 * 1024


def own_card(place: Place, client: Client) -> Card:
    """The node's card; if this home has compared its authority, it must be that one."""
    from relec_exchange.trust.card import parse_card

    node = client.info()["node"]
    signed = parse_card(client.wire.get(f"/v1/cards/{node}")["note"].encode())
    check_authority(place, signed.card, "")
    return signed.card


def owner_card(place: Place, proof: bytes, paths: list[Path], fingerprint: str) -> Card:
    """The card of the node whose log the proof is from, its authority compared."""
    origin = proof.partition(b"\n\n")[2].split(b"\n", 1)[0].decode("utf-8", "replace")
    return card_of_log(place, origin, paths, fingerprint)


def card_of_log(place: Place, origin: str, paths: list[Path], fingerprint: str) -> Card:
    """The first card that names the log `origin`, its authority compared."""
    from relec_exchange.trust.card import parse_card

    for path in paths:
        card = parse_card(read_file(path)).card
        if any(log.origin == origin for log in card.logs):
            check_authority(place, card, fingerprint, must=True)
            return card
    raise NotFound("no card names this log", field="card", remedy="name it with --card FILE")


def check_authority(place: Place, card: Card, fingerprint: str, *, must: bool = False) -> None:
    """Raise unless somebody has compared the authority of this card."""
    from relec_exchange.trust.card import authority_fingerprint

    found = authority_fingerprint(card)
    known = fingerprint.replace(" ", "").lower()
    if not known and (place.path / "node.toml").exists():
        known = place.trust().pins().get(card.node, "")
    if not known and not must:
        return
    if not known:
        raise InvalidInput(
            f"nobody has compared the authority of {card.node}",
            field="fingerprint",
            remedy="call it on a number that you know, then use --fingerprint",
        )
    if known != found:
        raise InvalidInput(
            f"the card is not of the authority of {card.node} that was compared",
            field="fingerprint",
            remedy="do not believe this evidence; call the authority",
        )


def read_file(file: Path) -> bytes:
    """The first 256 KiB of a file: no proof, card or checkpoint is longer."""
    with file.open("rb") as opened:
        return opened.read(FILE_MAX)
