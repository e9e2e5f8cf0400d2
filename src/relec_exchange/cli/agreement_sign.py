"""`relec agreement lint|diff|sign|propose`: what a text says, what it changes, and who signs it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli import papers
from relec_exchange.cli.home import Place, confirm, place_options
from relec_exchange.cli.known import known
from relec_exchange.cli.output import json_option, print_json, say
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput, Refused

if TYPE_CHECKING:
    from relec_exchange.presenting.papers import Paper

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("which")
@place_options
@json_option
def lint(place: Place, which: str, as_json: bool) -> None:
    """Look for what is wrong or doubtful in an agreement: a FILE, or one that is held.

    Ends with 0 if there is nothing but warnings, with 3 if there is an error. A text with an error
    is not signed.

    \b
    relec agreement lint tr-pk.agreement
    relec agreement lint 4f0c31 --json
    """
    from relec_exchange.presenting.papers import remarks

    paper = _agreement(papers.found(place, which))
    texts = papers.others(known(place).directory, paper)
    found = [papers.told(one) for one in remarks(paper, texts, datetime.now(UTC))]
    if as_json:
        print_json({"hash": paper.hash, "remarks": found})
    for one in () if as_json else found:
        say(papers.line(one))
    if not found and not as_json:
        say(words("nothing to remark"))
    if any(one["severity"] == "error" for one in found):
        click.get_current_context().exit(Refused.exit_code)


@click.command()
@click.argument("before")
@click.argument("after", default="")
@place_options
@json_option
def diff(place: Place, before: str, after: str, as_json: bool) -> None:
    """Say in words what changes from BEFORE to AFTER: files, or beginnings of hashes.

    With one text alone: what it changes of the texts that it replaces.

    \b
    relec agreement diff 4f0c31 tr-pk-2.agreement
    relec agreement diff tr-pk-2.agreement
    """
    from relec_exchange.presenting.papers import difference

    first = papers.found(place, before)
    if after:
        pairs = [(first, papers.found(place, after))]
    else:
        pairs = [(old, first) for old in papers.before(known(place).directory, first)]
    if not pairs:
        raise InvalidInput(
            words("this text replaces nothing that is held here"),
            field="before",
            remedy=words("name two texts"),
        )
    found = [(old.hash, new.hash, difference(old, new)) for old, new in pairs]
    if as_json:
        lines = [{"before": a, "after": b, "lines": changes} for a, b, changes in found]
        print_json({"differences": lines})
        return
    for old_hash, new_hash, changes in found:
        say(words("From {old} to {new}:", old=old_hash[:16], new=new_hash[:16]))
        for text in changes or [words("nothing")]:
            say(f"  {text}")


@click.command()
@click.argument("file", type=_FILE)
@place_options
@click.option("--authority-passphrase-file", type=_FILE, help="The authority's passphrase.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def sign(
    place: Place, file: Path, authority_passphrase_file: Path | None, yes: bool, as_json: bool
) -> None:
    """Sign the agreement in FILE as this node's authority; other signatures in it stay.

    Before it asks, it says what the text grants and what it changes of the texts that it replaces.
    A text in which lint finds an error is not signed. If the authority's key is kept on another
    machine, see: relec authority.

    \b
    relec agreement sign tr-pk.agreement
    """
    from relec_exchange.trust.agreement import parse_agreement
    from relec_exchange.trust.note import merge_signatures, sign_text

    paper = _agreement(papers.read(file))
    node, directory = place.settings().node, known(place).directory
    papers.check_party(paper, node)
    earlier, texts = papers.before(directory, paper), papers.others(directory, paper)
    said = papers.show(paper, earlier, texts, quiet=as_json)
    confirm(words("Sign this text as the authority of {node}?", node=node), yes)
    note = sign_text(paper.text, place.authority(authority_passphrase_file))
    if paper.note:
        note = merge_signatures(paper.note, note)
    file.write_bytes(note)
    signers = sorted(parse_agreement(note).signatures)
    if as_json:
        print_json({"file": str(file), "signed_by": signers, **said})
        return
    say(words("{file} is signed by {names}.", file=file, names=", ".join(signers)))


@click.command()
@click.argument("file", type=_FILE)
@place_options
@click.option("--to", required=True, help="The nodes that would sign it, for example pk,iq.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def propose(place: Place, file: Path, to: str, yes: bool, as_json: bool) -> None:
    """Send the text in FILE to the nodes that would sign it. It binds nobody yet.

    Signatures in the file are left out: what is signed travels by `relec agreement import`.
    Who got it reads it with `relec proposals`.

    \b
    relec agreement propose tr-pk.agreement --to pk
    """
    paper = _agreement(papers.read(file))
    nodes = [part.strip() for part in to.split(",") if part.strip()]
    directory = known(place).directory
    earlier, texts = papers.before(directory, paper), papers.others(directory, paper)
    papers.show(paper, earlier, texts, quiet=as_json)
    confirm(words("Propose this text to {names}?", names=", ".join(nodes)), yes)
    with place.client() as client:
        told: dict[str, Any] = client.trust.propose(paper.text, nodes)
    if as_json:
        print_json(told)
        return
    text = words("{hash} is proposed to {names}.", hash=paper.hash[:16], names=", ".join(nodes))
    say(text)


def _agreement(paper: Paper) -> Paper:
    from relec_exchange.trust.agreement import Agreement

    if not isinstance(paper.content, Agreement):
        raise InvalidInput(
            words("this is not an agreement"),
            field="file",
            remedy=words("cards and notices are signed with: relec authority sign"),
        )
    return paper
