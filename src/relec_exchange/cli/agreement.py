"""`relec agreement`: what states have signed that they will exchange."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.check import check
from relec_exchange.cli.home import Place, confirm, place_options
from relec_exchange.cli.output import json_option, print_json, say, table
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from relec_exchange.trust.held import HeldAgreement

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT = click.Path(dir_okay=False, path_type=Path)
_DAY = click.DateTime(["%Y-%m-%d"])
_NOTE_MAX = 256 * 1024
_SIGNED = "\n\n\u2014 "


@click.group()
def agreement() -> None:
    """Agreements: nothing is sent that no signed agreement grants.

    \b
    relec agreement draft --with pk --title "..." --legal-basis "..." --out tr-pk.agreement
    relec agreement sign tr-pk.agreement     # each authority, one after the other
    relec agreement import tr-pk.agreement   # at each node
    relec agreement check warning.notice --to pk
    """


@agreement.command()
@place_options
@click.option("--with", "partners", default="", help="The other party; several for a charter.")
@click.option("--charter", is_flag=True, help="What all members grant each other.")
@click.option("--title", required=True)
@click.option("--legal-basis", required=True)
@click.option("--from", "valid_from", type=_DAY, help="First day.  [default: today]")
@click.option("--until", "valid_until", type=_DAY, help="Day of its end.  [default: two years]")
@click.option("--version", type=click.IntRange(1), default=1, show_default=True)
@click.option("--replaces", multiple=True, help="The hash of an earlier text that this one ends.")
@click.option("--out", type=_OUT, help="A file.  [default: standard output]")
def draft(place: Place, partners: str, out: Path | None, **given: Any) -> None:
    """Write an agreement for both sides to read, change and sign.

    A charter without --with is open to every member that signs it.

    \b
    relec agreement draft --with pk --title "Warnings and requests" \\
        --legal-basis "Memorandum, article 4 (simulated)" --out tr-pk.agreement
    """
    text = _drafted(place, [part.strip() for part in partners.split(",") if part.strip()], given)
    if out is None:
        click.echo(text, nl=False)
        return
    out.write_text(text, "utf-8")
    say(words("{file} is written. Read it, change it, then sign it.", file=out))


@agreement.command()
@click.argument("file", type=_FILE)
@place_options
@click.option("--authority-passphrase-file", type=_FILE, help="The authority's passphrase.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def sign(place: Place, file: Path, authority_passphrase_file: Path | None, yes: bool) -> None:
    """Sign the agreement in FILE as this node's authority; other signatures in it stay.

    \b
    relec agreement sign tr-pk.agreement
    """
    from relec_exchange.trust.agreement import parse_agreement, read_agreement
    from relec_exchange.trust.note import merge_signatures, sign_text, split_note

    data = _read(file)
    signed_before = _SIGNED in data.decode("utf-8", "replace")
    text = split_note(data).text.decode() if signed_before else _text(data)
    found = read_agreement(text)
    node = place.settings().node
    if not found.names(node):
        raise InvalidInput(f"{node} is not a party of this agreement", field="parties")
    say(text)
    confirm(words("Sign this text as the authority of {node}?", node=node), yes)
    note = sign_text(text, place.authority(authority_passphrase_file))
    if signed_before:
        note = merge_signatures(data, note)
    file.write_bytes(note)
    names = ", ".join(sorted(parse_agreement(note).signatures))
    say(words("{file} is signed by {names}.", file=file, names=names))


@agreement.command(name="import")
@click.argument("file", type=_FILE)
@place_options
@json_option
def import_(place: Place, file: Path, as_json: bool) -> None:
    """Import the agreement in FILE with the signatures in it.

    It is in force between any two parties whose authorities' signatures it carries.

    \b
    relec agreement import tr-pk.agreement
    """
    from relec_exchange.trust.agreement import parse_agreement

    running = place.ready_to_tell()
    note = _read(file)
    signed = parse_agreement(note)
    held = place.directory().directory.with_agreement(note).agreement(signed.hash)
    place.trust().put_agreement(note)
    if running:
        with place.client() as client:
            client.wire.post("/v1/agreements", {"note": note.decode()})
    else:
        say(words("The node is not running: it adopts the text when it starts."), error=True)
    told = _told(held)
    if as_json:
        print_json(told)
        return
    names = ", ".join(told["signed_by"])
    say(words("Agreement {hash}, signed by {names}.", hash=signed.hash[:16], names=names))


@agreement.command()
@click.argument("which")
@place_options
def show(place: Place, which: str) -> None:
    """Print the text of an agreement: a FILE, or the beginning of its hash.

    \b
    relec agreement show tr-pk.agreement
    relec agreement show 4f0c31
    """
    from relec_exchange.trust.agreement import parse_agreement

    if Path(which).is_file():
        data = _read(Path(which))
        signed = _SIGNED in data.decode("utf-8", "replace")
        say(parse_agreement(data).text if signed else _text(data))
        return
    say(_held(place, which).signed.text)


@agreement.command(name="list")
@place_options
@json_option
def list_(place: Place, as_json: bool) -> None:
    """List the agreements that are held.

    \b
    relec agreement list
    """
    admitted = place.directory()
    told = [_told(held) for held in admitted.directory.agreements.values()]
    for problem in admitted.problems:
        say(problem, error=True)
    if as_json:
        print_json({"agreements": told})
        return
    rows = [
        (
            a["hash"][:16],
            a["title"],
            a["charter"],
            a["signed_by"],
            a["valid_from"],
            a["valid_until"],
        )
        for a in told
    ]
    table(words("Agreements"), ("hash", "title", "charter", "signed by", "from", "until"), rows)


agreement.add_command(check)


def _drafted(place: Place, partners: list[str], given: dict[str, Any]) -> str:
    from relec_exchange.trust.drafts import Terms, draft_agreement, draft_charter

    settings = place.settings()
    charter = given["charter"]
    if not charter and len(partners) != 1:
        raise InvalidInput(
            "an agreement has two parties", field="with", remedy="name one node, or use --charter"
        )
    starts = given["valid_from"] or datetime.combine(datetime.now(UTC), datetime.min.time())
    ends = given["valid_until"] or starts + timedelta(days=730)
    terms = Terms(
        network=settings.network,
        network_kind=settings.network_kind,
        parties=(settings.node, *partners) if partners else ("*",),
        title=given["title"],
        legal_basis=given["legal_basis"],
        valid_from=starts.replace(tzinfo=UTC),
        valid_until=ends.replace(tzinfo=UTC),
        version=given["version"],
        replaces=given["replaces"],
    )
    return draft_charter(terms) if charter else draft_agreement(terms)


def _held(place: Place, start: str) -> HeldAgreement:
    held = place.directory().directory.agreements
    found = [agreement for name, agreement in held.items() if name.startswith(start)]
    if len(found) != 1:
        raise NotFound(
            f"{len(found)} agreements have a hash that begins so",
            field="which",
            remedy="see: relec agreement list",
        )
    return found[0]


def _told(held: HeldAgreement) -> dict[str, Any]:
    terms = held.agreement
    return {
        "hash": held.hash,
        "title": terms.title,
        "charter": terms.charter,
        "parties": list(terms.parties),
        "signed_by": sorted(held.signers),
        "valid_from": f"{terms.valid_from:%Y-%m-%d}",
        "valid_until": f"{terms.valid_until:%Y-%m-%d}",
        "grants": [grant.id for grant in terms.grants],
    }


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(_NOTE_MAX)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInput("the file is not UTF-8", field="file") from None
