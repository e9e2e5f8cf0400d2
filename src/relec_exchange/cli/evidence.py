"""`relec evidence`: a message as a file that stands before others, and what such a file proves."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import click

from relec_exchange.cli.home import Place, confirm, place_options
from relec_exchange.cli.output import json_option, print_json, say
from relec_exchange.cli.reasons import check_reason
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput

NOT_PROVEN = 10
"""The exit code where something does not hold, or somebody's authority was not compared."""

_HEADS = (
    ("refused", "What does not hold:"),
    ("proven", "What is proven:"),
    ("not-proven", "What is not proven:"),
)


@click.group()
def evidence() -> None:
    """Evidence of a message for a court, an auditor or another authority.

    \b
    relec evidence export 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --out case-17.json
    relec evidence show case-17.json --authority pk=a96666b2...ed --html case-17.html
    """


@evidence.command()
@click.argument("message_id")
@place_options
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="A new file."
)
@click.option("--commitment-only", is_flag=True, help="Leave the message itself out.")
@click.option("--direction", type=click.Choice(["in", "out"]), help="Where both have the id.")
@click.option("--reason", help="One word for the log: why, as a case number.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def export(
    place: Place, message_id: str, out: Path, commitment_only: bool, as_json: bool, **given: Any
) -> None:
    """Write a message with all that proves it to one file.

    With the message in it this is an export for a court: signed with your key, logged, and refused
    (exit code 3) under H1 or H2 without a consent of the provider; needs the role releaser. With
    --commitment-only the file proves what was logged and leaves the content closed.

    \b
    relec evidence export 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --out case-17.json
    relec evidence export 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --commitment-only \\
        --reason case-17 --out case-17.json
    """
    if out.exists():
        raise InvalidInput(
            words("there is a file of this name already"), field="out", remedy=words("name another")
        )
    _check_whole(message_id)
    if given["reason"]:
        check_reason(given["reason"])
    if not commitment_only:
        confirm(words("Does this message leave the node as evidence?"), given["yes"])
    with place.client() as client:
        ask = client.evidence.commitment_only if commitment_only else client.evidence.whole
        found = ask(message_id, given["direction"], given["reason"])
    _write(out, found["bundle"])
    told = {name: found[name] for name in ("message_id", "outcome", "summary", "statements")}
    if as_json:
        print_json({**told, "file": os.fspath(out)})
        return
    say(words("Written to {file}.", file=out))
    _say(found["summary"], found["statements"])


@evidence.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@place_options
@click.option(
    "--authority", multiple=True, metavar="NODE=FINGERPRINT", help="Compared outside the file."
)
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page.")
@json_option
def show(
    place: Place, file: Path, authority: tuple[str, ...], html: Path | None, as_json: bool
) -> None:
    """Say what a file of evidence proves and what not; needs no running node.

    Authorities that this home has compared count without being named. Exit code 10 unless all that
    the file claims holds. The program relec-verify says the same without this one.

    \b
    relec evidence show case-17.json
    relec evidence show case-17.json --authority pk=a96666b2...ed --html case-17.html
    """
    from relec_exchange.audit.evidence import BUNDLE_MAX_BYTES
    from relec_exchange.audit.evidence_judging import judge_evidence
    from relec_exchange.audit.evidence_report import OUTCOMES
    from relec_exchange.presenting.evidence_page import Judged, evidence_page

    with file.open("rb") as opened:
        data = opened.read(BUNDLE_MAX_BYTES + 1)
    compared = _compared(place, authority)
    report = judge_evidence(data, compared)
    if html is not None:
        if html.exists() and html.samefile(file):
            raise InvalidInput(
                words("the page would replace the evidence"),
                field="html",
                remedy=words("name another file"),
            )
        judged = Judged(report, hashlib.sha256(data).hexdigest(), compared)
        html.write_text(evidence_page(judged), "utf-8")
    statements = [
        {"status": s.status, "code": s.code, "text": s.text, "by": s.by, "part": s.part}
        for s in report.statements
    ]
    summary = OUTCOMES[report.outcome]
    if as_json:
        print_json({"outcome": report.outcome, "summary": summary, "statements": statements})
    else:
        _say(summary, statements)
        _say_by_whom(hashlib.sha256(data).hexdigest(), compared)
    if report.outcome != "holds":
        raise click.exceptions.Exit(NOT_PROVEN)


def _check_whole(message_id: str) -> None:
    """Tables show ids short; half an id names nobody's message."""
    from relec_exchange.message.identifiers import MESSAGE_ID_PATTERN

    if not _matches(MESSAGE_ID_PATTERN, message_id):
        raise InvalidInput(
            words("a message is named by its whole id"),
            field="message_id",
            remedy=words("as 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b"),
        )


def _compared(place: Place, given: tuple[str, ...]) -> dict[str, str]:
    """The fingerprints that this home has compared, and those given, which come first."""
    from relec_exchange.message.identifiers import DIGEST_PATTERN, check_node

    found = place.trust().pins() if (place.path / "node.toml").exists() else {}
    for one in given:
        node, _, text = one.partition("=")
        fingerprint = text.replace(" ", "").lower()
        if not _matches(DIGEST_PATTERN, fingerprint):
            raise InvalidInput(
                words("give NODE=FINGERPRINT, with 64 hex digits"), field="authority"
            )
        found[check_node(node, field="authority")] = fingerprint
    return found


def _matches(pattern: str, text: str) -> bool:
    import re

    return re.fullmatch(pattern, text) is not None


def _say(summary: str, statements: list[dict[str, str]]) -> None:
    say(words(summary))
    for status, head in _HEADS:
        found = [one for one in statements if one["status"] == status]
        if found:
            say("")
            say(words(head))
        for one in found:
            by = f" [{one['by']}]" if one["by"] else ""
            say(f"  - {one['text']}{by}")


def _say_by_whom(digest: str, compared: dict[str, str]) -> None:
    """Which file was judged, and on whose comparing the judgement rests."""
    say("")
    say(words("File (SHA-256): {digest}", digest=digest))
    told = [f"{node} = {fingerprint}" for node, fingerprint in sorted(compared.items())]
    for one in told or [words("none")]:
        say(words("Authority compared: {told}", told=one))


def _write(file: Path, text: str) -> None:
    """A new file that its owner alone may read."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as opened:
        opened.write(text)
