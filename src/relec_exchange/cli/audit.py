"""`relec audit`: verify a whole log, show entries, prove a message, check a proof."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.disputed import disputed
from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import cell, document, json_option, print_json, progress, say, table
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from relec_exchange.client import Client
    from relec_exchange.trust.card import Card

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_LOG = click.option(
    "--log",
    default="exchange",
    show_default=True,
    help="exchange or activity; a closed one by its number, as exchange-1.",
)
_PAGE = 1000
_FILE_MAX = 256 * 1024


@click.group()
def audit() -> None:
    """The logs: nothing is believed that is not computed here.

    \b
    relec --officer audit audit verify
    relec --officer audit audit prove 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --out evidence/
    relec audit check evidence/019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b.tlog-proof
    """


audit.add_command(disputed)


@audit.command()
@place_options
@_LOG
@json_option
def verify(place: Place, log: str, as_json: bool) -> None:
    """Read every entry of a log, compute its root, and compare it with the signed checkpoint.

    \b
    relec --officer audit audit verify --log activity
    """
    from relec_exchange.cli.log_check import check_log, check_predecessor, log_key

    with place.client() as client:
        head = client.wire.get(f"/v1/audit/{log}")
        card = _own_card(place, client)
        public = log_key(card, head["origin"])
        with progress(words("verifying"), head["size"], not as_json) as done:
            check = check_log(
                head["origin"],
                head["size"],
                lambda start: _entries(client, log, start, _PAGE),
                head["checkpoint"].encode(),
                public,
                done,
            )
    told = {
        "origin": head["origin"],
        "follows": check_predecessor(check.opened, card),
        "size": check.tree.size,
        "root": check.tree.root().hex(),
        "kinds": dict(check.kinds),
        "verified": True,
    }
    if as_json:
        print_json(told)
        return
    say(words("{origin}: {size} entries, root {root}", **told))
    say(words("Every entry, the root and both signatures of the checkpoint are right."))
    if told["follows"]:
        say(words("It follows {follows}, as the card says that one ended.", **told))
    table(words("Entries"), ("kind", "count"), sorted(check.kinds.items()))


@audit.command()
@place_options
@_LOG
@click.option("--start", type=click.IntRange(0), help="  [default: the last ones]")
@click.option("--count", type=click.IntRange(1, _PAGE), default=20, show_default=True)
@json_option
def show(place: Place, log: str, start: int | None, count: int, as_json: bool) -> None:
    """Show entries of a log.

    \b
    relec --officer audit audit show --log activity --count 50
    """
    from relec_exchange.audit.entry import decode_entry

    with place.client() as client:
        size = client.wire.get(f"/v1/audit/{log}")["size"]
        first = max(0, size - count) if start is None else start
        found = [decode_entry(data) for data in _entries(client, log, first, count)]
    if as_json:
        numbered = [{"index": index, **entry} for index, entry in enumerate(found, first)]
        print_json({"size": size, "entries": numbered})
        return
    rows = [
        (index, entry["time"], entry["kind"], _facts(entry))
        for index, entry in enumerate(found, first)
    ]
    table(
        words("{log} log, {size} entries", log=log, size=size), ("index", "time", "kind", ""), rows
    )


@audit.command()
@click.argument("message_id")
@place_options
@click.option("--direction", type=click.Choice(["in", "out"]))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=".")
@json_option
def prove(place: Place, message_id: str, direction: str | None, out: Path, as_json: bool) -> None:
    """Write what proves a message: its log entry, the proof, the cards, the agreement.

    The files hold no content. Anybody can check them: relec audit check FILE.

    \b
    relec --officer audit audit prove 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --out evidence/
    """
    from relec_exchange.message.encoding import unb64

    with place.client() as client:
        found = client.wire.get(f"/v1/messages/{message_id}/evidence", direction=direction)
    out.mkdir(parents=True, exist_ok=True)
    files = {
        f"{message_id}.tlog-proof": found["proof"].encode(),
        f"{message_id}.entry": unb64(found["entry"]),
        f"{message_id}.evidence.json": json.dumps(found, indent=1).encode(),
    }
    for number, note in enumerate(found["cards"], 1):
        files[f"{message_id}.{number}.card"] = note.encode()
    for name, data in files.items():
        (out / name).write_bytes(data)
    if as_json:
        print_json({"files": [str(out / name) for name in files]})
        return
    for name in files:
        say(str(out / name))


@audit.command()
@click.argument("file", type=_FILE)
@place_options
@click.option("--entry", type=_FILE, help="  [default: the file beside it that ends in .entry]")
@click.option("--card", "cards", type=_FILE, multiple=True, help="  [default: *.card beside it]")
@click.option("--fingerprint", default="", help="Of the authority, as compared by telephone.")
@json_option
def check(place: Place, file: Path, as_json: bool, **given: Any) -> None:
    """Check a proof FILE against its entry and the card of the log's owner; needs no node.

    The card counts only with a fingerprint that somebody has compared: --fingerprint, or a card
    that this home has imported.

    \b
    relec audit check evidence/019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b.tlog-proof
    """
    from relec_exchange.cli.log_check import check_proof

    proof = _read(file)
    entry = _read(given["entry"] or _beside(file, ".entry"))
    paths = list(given["cards"]) or sorted(file.parent.glob(f"{file.stem}.*.card"))
    card = _owner_card(place, proof, paths, given["fingerprint"])
    proven = check_proof(proof, entry, card)
    told = {
        "verified": True,
        "origin": proven.checkpoint.origin,
        "index": proven.index,
        "size": proven.checkpoint.size,
        "leaf": proven.leaf.hex(),
        "entry": proven.entry,
    }
    if as_json:
        print_json(told)
        return
    say(words("Entry {index} of {origin}, under its checkpoint of {size} entries.", **told))
    document(words("Entry"), proven.entry)


def _own_card(place: Place, client: Client) -> Card:
    """The node's card; if this home has compared its authority, it must be that one."""
    from relec_exchange.trust.card import parse_card

    node = client.info()["node"]
    signed = parse_card(client.wire.get(f"/v1/cards/{node}")["note"].encode())
    _check_authority(place, signed.card, "")
    return signed.card


def _owner_card(place: Place, proof: bytes, paths: list[Path], fingerprint: str) -> Card:
    """The card of the node whose log the proof is from, its authority compared."""
    from relec_exchange.trust.card import parse_card

    origin = proof.partition(b"\n\n")[2].split(b"\n", 1)[0].decode("utf-8", "replace")
    for path in paths:
        card = parse_card(_read(path)).card
        if any(log.origin == origin for log in card.logs):
            _check_authority(place, card, fingerprint, must=True)
            return card
    raise NotFound(
        "no card names the log of this proof", field="card", remedy="name it with --card FILE"
    )


def _check_authority(place: Place, card: Card, fingerprint: str, *, must: bool = False) -> None:
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


def _entries(client: Client, log: str, start: int, count: int) -> list[bytes]:
    from relec_exchange.message.encoding import unb64

    page = client.wire.get(f"/v1/audit/{log}/entries", start=start, count=count)
    return [unb64(one["entry"]) for one in page["entries"]]


def _facts(entry: dict[str, Any]) -> str:
    left_out = {"kind", "time", "network", "random", "rules", "commitment", "signature", "card"}
    facts = {name: value for name, value in entry.items() if name not in left_out and value != ""}
    return " ".join(f"{name}={cell(value)}" for name, value in facts.items())


def _beside(file: Path, suffix: str) -> Path:
    path = file.with_suffix(suffix)
    if not path.is_file():
        raise NotFound(f"there is no {path}", field="entry", remedy="name it with --entry FILE")
    return path


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(_FILE_MAX)
