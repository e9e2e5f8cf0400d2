"""`relec agreement`: what states have signed that they will exchange, from draft to end.

What is asked before a text is signed stands in `agreement_draft` and `agreement_sign`, how it ends
in `agreement_end`, who may send what to whom in `agreement_view`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli import papers
from relec_exchange.cli.agreement_draft import amend, draft, renew
from relec_exchange.cli.agreement_end import lift, suspend, terminate
from relec_exchange.cli.agreement_sign import diff, lint, propose, sign
from relec_exchange.cli.agreement_view import explain, matrix
from relec_exchange.cli.check import check
from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.known import known
from relec_exchange.cli.output import json_option, print_json, say, table
from relec_exchange.cli.words import words

if TYPE_CHECKING:
    from relec_exchange.trust.directory import Directory
    from relec_exchange.trust.held import HeldAgreement

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT = click.Path(dir_okay=False, path_type=Path)


@click.group()
def agreement() -> None:
    """Agreements: nothing is sent that no signed agreement grants.

    \b
    relec agreement draft --with pk --title "..." --legal-basis "..." --out tr-pk.agreement
    relec agreement lint tr-pk.agreement
    relec agreement sign tr-pk.agreement     # each authority, one after the other
    relec agreement import tr-pk.agreement   # at each node
    relec agreement check warning.notice --to pk
    relec agreement matrix
    """


@agreement.command(name="import")
@click.argument("file", type=_FILE)
@place_options
@json_option
def import_(place: Place, file: Path, as_json: bool) -> None:
    """Import the agreement in FILE with the signatures in it, or a notice that ends or stops one.

    An agreement is in force between any two parties whose authorities' signatures it carries. The
    signature of this node is told to the other parties, and so is a notice of this node.

    \b
    relec agreement import tr-pk.agreement
    relec agreement import suspension.notice
    """
    from relec_exchange.trust.agreement import Agreement, parse_agreement

    paper = papers.read(file)
    if not isinstance(paper.content, Agreement):
        _import_notice(place, paper.note or file.read_bytes(), as_json)
        return
    from relec_exchange.cli.adopting import adopt_agreement

    note = paper.note or file.read_bytes()
    digest = parse_agreement(note).hash
    adopt_agreement(place, note)
    told = _told(known(place).directory.agreement(digest))
    if as_json:
        print_json(told)
        return
    names = ", ".join(told["signed_by"])
    say(words("Agreement {hash}, signed by {names}.", hash=digest[:16], names=names))


@agreement.command()
@click.argument("which", metavar="HASH")
@place_options
@click.option("--out", type=_OUT, required=True, help="A file, for a courier.")
def export(place: Place, which: str, out: Path) -> None:
    """Write an agreement that is held to a file, with every signature that was verified.

    \b
    relec agreement export 4f0c31 --out tr-pk.agreement
    """
    held = papers.held(known(place).directory, which)
    notes = held.notes()
    for number, note in enumerate(notes, start=1):
        file = out if number == 1 else out.with_name(f"{out.stem}-{number}{out.suffix}")
        file.write_bytes(note)
        names = ", ".join(sorted(held.signers))
        say(words("{file} is written, signed by {names}.", file=file, names=names))


@agreement.command()
@click.argument("which")
@place_options
def show(place: Place, which: str) -> None:
    """Print the text of an agreement, card or notice: a FILE, or the beginning of a hash.

    \b
    relec agreement show tr-pk.agreement
    relec agreement show 4f0c31
    """
    say(papers.found(place, which).text)


@agreement.command(name="list")
@place_options
@json_option
def list_(place: Place, as_json: bool) -> None:
    """List the agreements that are held.

    \b
    relec agreement list
    """
    admitted = known(place)
    now = datetime.now(UTC)
    told = [
        {**_told(held), "in_force_with": _in_force_with(admitted.directory, held, now)}
        for held in admitted.directory.agreements.values()
    ]
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
            a["in_force_with"],
        )
        for a in told
    ]
    columns = ("hash", "title", "charter", "signed by", "from", "until", "in force with")
    table(words("Agreements"), columns, rows)


for _command in (draft, amend, renew, lint, diff, sign, propose, suspend, lift, terminate):
    agreement.add_command(_command)
for _command in (check, explain, matrix):
    agreement.add_command(_command)


def _import_notice(place: Place, note: bytes, as_json: bool) -> None:
    from relec_exchange.cli.adopting import adopt_notice
    from relec_exchange.trust.notices import parse_notice

    signed = parse_notice(note)
    told = adopt_notice(place, note)
    if as_json:
        print_json({"hash": signed.hash, "kind": signed.kind, "told": told})
        return
    said = words("The {kind} {hash} is imported.", kind=signed.kind, hash=signed.hash[:16])
    say(said)


def _in_force_with(directory: Directory, held: HeldAgreement, now: datetime) -> list[str]:
    """The partners with whom this text is in force for this node at this time."""
    found = []
    for node in sorted(held.signers - {directory.own}):
        pair = directory.pair(directory.own, node)
        span = pair.span(held.hash) if pair else None
        if pair and not pair.problem and span and span.starts <= now < span.ends:
            found.append(node)
    return found


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
