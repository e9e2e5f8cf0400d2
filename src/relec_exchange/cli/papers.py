"""What a command shows before an authority signs: summary, difference, and what lint finds.

Contract: `show` prints to people and returns the same as JSON; an error of lint is `Refused`
before anybody is asked for a passphrase.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relec_exchange.cli.home import Place
from relec_exchange.cli.known import known
from relec_exchange.cli.output import say, say_folded
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput, NotFound, Refused

if TYPE_CHECKING:
    from relec_exchange.presenting.papers import Paper
    from relec_exchange.trust.agreement import SignedAgreement
    from relec_exchange.trust.directory import Directory
    from relec_exchange.trust.held import HeldAgreement
    from relec_exchange.trust.remark import Remark

RULE_LINT = "agreement-lint"
_FILE_MAX = 256 * 1024


def read(file: Path) -> Paper:
    """The card, agreement or notice in a file, signed or not."""
    from relec_exchange.presenting.papers import read_paper

    with file.open("rb") as opened:
        return read_paper(opened.read(_FILE_MAX + 1))


def found(place: Place, which: str) -> Paper:
    """The paper in a file of this name, or the agreement whose hash begins so."""
    from relec_exchange.presenting.papers import read_paper

    if Path(which).is_file():
        return read(Path(which))
    return read_paper(held(known(place).directory, which).signed.note)


def held(directory: Directory, start: str) -> HeldAgreement:
    """The one agreement held whose hash begins so."""
    named = [one for name, one in directory.agreements.items() if name.startswith(start)]
    if len(named) != 1 or not start:
        raise NotFound(
            f"{len(named)} agreements have a hash that begins so",
            field="which",
            remedy="see: relec agreement list",
        )
    return named[0]


def before(directory: Directory, paper: Paper) -> list[Paper]:
    """What would be replaced: the texts that an agreement names, or the card in force."""
    from relec_exchange.presenting.papers import read_paper
    from relec_exchange.trust.agreement import Agreement
    from relec_exchange.trust.card import Card

    content = paper.content
    if isinstance(content, Agreement):
        names = [name for name in content.replaces if name in directory.agreements]
        return [read_paper(directory.agreements[name].signed.note) for name in names]
    if isinstance(content, Card) and content.node in directory.members:
        return [read_paper(directory.card(content.node).note)]
    return []


def others(directory: Directory, paper: Paper) -> list[SignedAgreement]:
    """The other agreements that are held, for lint."""
    return [one.signed for name, one in directory.agreements.items() if name != paper.hash]


def show(
    paper: Paper, earlier: Sequence[Paper], texts: Iterable[SignedAgreement], *, quiet: bool = False
) -> dict[str, Any]:
    """Print what a paper says, what it changes, and what is doubtful; `Refused` for its errors.

    Everything goes to standard error with `quiet`, so that standard output stays JSON.
    """
    from relec_exchange.presenting.papers import difference, remarks, summary
    from relec_exchange.trust.agreement import Agreement

    changes = [
        {"before": old.hash, "lines": difference(old, paper)}
        for old in earlier
        if old.hash != paper.hash
    ]
    found = [told(one) for one in remarks(paper, texts, datetime.now(UTC))]
    said = {
        "hash": paper.hash,
        "summary": summary(paper),
        "differences": changes,
        "remarks": found,
    }
    _print(said, quiet)
    if not earlier and isinstance(paper.content, Agreement):
        say(words("It replaces nothing that is held here."), error=quiet)
    wrong = [one for one in found if one["severity"] == "error"]
    if wrong:
        raise Refused(
            f"{wrong[0]['where']}: {wrong[0]['text']}",
            rule=RULE_LINT,
            field="agreement",
            remedy=wrong[0]["remedy"],
        )
    return said


def told(remark: Remark) -> dict[str, str]:
    """A remark of lint as JSON."""
    names = ("severity", "where", "text", "remedy")
    return {name: getattr(remark, name) for name in names}


def line(remark: dict[str, str]) -> str:
    """A remark of lint for people."""
    return f"{remark['severity']}: {remark['where']}: {remark['text']} ({remark['remedy']})"


def check_party(paper: Paper, node: str) -> None:
    """`InvalidInput` unless this node's authority is one to sign the paper."""
    from relec_exchange.trust.agreement import Agreement

    if paper.speaks_for(node):
        return
    if isinstance(paper.content, Agreement):
        raise InvalidInput(f"{node} is not a party of this agreement", field="parties")
    raise InvalidInput(f"this speaks for another node than {node}", field="node")


def _print(said: dict[str, Any], quiet: bool) -> None:
    for text in said["summary"]:
        say_folded(text, error=quiet)
    for change in said["differences"]:
        say(words("What changes from {hash}:", hash=change["before"][:16]), error=quiet)
        for text in change["lines"] or [words("nothing")]:
            say_folded(f"  {text}", error=quiet)
    for one in said["remarks"]:
        say_folded(line(one), error=quiet)
