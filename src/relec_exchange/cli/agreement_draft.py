"""`relec agreement draft|amend|renew`: texts to read, change and sign."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from relec_exchange.cli import papers
from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import say
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput

_OUT = click.Path(dir_okay=False, path_type=Path)
_DAY = click.DateTime(["%Y-%m-%d"])
_TIME_TO_SIGN = timedelta(days=14)
_TWO_YEARS = timedelta(days=730)
# Whether the template has grants about identified persons; None as the network's kind has it.
_PERSONS = {"usual": None, "warnings": False, "persons": True, "charter": None}

_out = click.option("--out", type=_OUT, help="A file.  [default: standard output]")
_from = click.option("--from", "valid_from", type=_DAY, help="First day.  [default: in 14 days]")


@click.command()
@place_options
@click.option("--with", "partners", default="", help="The other party; several for a charter.")
@click.option(
    "--template",
    type=click.Choice(list(_PERSONS)),
    default="usual",
    show_default=True,
    help="warnings: nothing about persons. persons: also that, with the assurances it needs."
    " usual: persons in an exercise only. charter: what all members grant each other.",
)
@click.option("--charter", is_flag=True, help="The same as --template charter.")
@click.option("--title", required=True)
@click.option("--legal-basis", required=True)
@click.option("--from", "valid_from", type=_DAY, help="First day.  [default: today]")
@click.option("--until", "valid_until", type=_DAY, help="Day of its end.  [default: two years]")
@click.option("--version", type=click.IntRange(1), default=1, show_default=True)
@click.option("--replaces", multiple=True, help="The hash of an earlier text that this one ends.")
@_out
def draft(place: Place, partners: str, out: Path | None, **given: Any) -> None:
    """Write an agreement for both sides to read, change and sign.

    Comments in the text say what each part means. A charter without --with is open to every
    member that signs it.

    \b
    relec agreement draft --with pk --title "Warnings and requests" \\
        --legal-basis "Memorandum, article 4 (simulated)" --out tr-pk.agreement
    relec agreement draft --template charter --title "Charter (simulated)" \\
        --legal-basis "Memorandum (simulated)" --out charter.agreement
    """
    names = [part.strip() for part in partners.split(",") if part.strip()]
    _write(_drafted(place, names, given), out)


@click.command()
@click.argument("which", metavar="HASH")
@place_options
@_from
@click.option("--until", "valid_until", type=_DAY, help="Day of its end.  [default: as before]")
@_out
def amend(place: Place, which: str, out: Path | None, **given: Any) -> None:
    """Write the next version of an agreement, to change and to sign again.

    HASH is the beginning of its hash, or a file. The next version replaces it from its first day,
    for those who have both signed the new one; until then nothing changes.

    \b
    relec agreement amend 4f0c31 --out tr-pk-2.agreement
    """
    _next(place, which, given, out, _today() + _TIME_TO_SIGN)


@click.command()
@click.argument("which", metavar="HASH")
@place_options
@click.option("--until", "valid_until", type=_DAY, required=True, help="Day of its new end.")
@click.option("--from", "valid_from", type=_DAY, help="  [default: the day the old one ends]")
@_out
def renew(place: Place, which: str, out: Path | None, **given: Any) -> None:
    """Write the same agreement again with a later end; it goes on where the old one ends.

    \b
    relec agreement renew 4f0c31 --until 2028-12-31 --out tr-pk-2.agreement
    """
    _next(place, which, given, out, None)


def _next(
    place: Place, which: str, given: dict[str, Any], out: Path | None, starts: datetime | None
) -> None:
    """Write the next version; `starts` unless a day is given, None for the old one's end."""
    from relec_exchange.trust.agreement import parse_agreement
    from relec_exchange.trust.amending import next_version

    paper = papers.found(place, which)
    if not paper.note:
        raise InvalidInput(
            words("this text is not signed by anybody: change it as it is"), field="which"
        )
    signed = parse_agreement(paper.note)
    old_end = signed.agreement.valid_until
    first = _utc(given["valid_from"]) or starts or max(old_end, _today())
    last = _utc(given["valid_until"]) or old_end
    _write(next_version(signed, first, last), out)


def _drafted(place: Place, partners: list[str], given: dict[str, Any]) -> str:
    from relec_exchange.trust.drafts import Terms, draft_agreement, draft_charter

    settings = place.settings()
    charter = given["charter"] or given["template"] == "charter"
    if not charter and len(partners) != 1:
        raise InvalidInput(
            "an agreement has two parties", field="with", remedy="name one node, or use --charter"
        )
    starts = _utc(given["valid_from"]) or _today()
    terms = Terms(
        network=settings.network,
        network_kind=settings.network_kind,
        parties=(settings.node, *partners) if partners else ("*",),
        title=given["title"],
        legal_basis=given["legal_basis"],
        valid_from=starts,
        valid_until=_utc(given["valid_until"]) or starts + _TWO_YEARS,
        version=given["version"],
        replaces=given["replaces"],
        persons=_PERSONS[given["template"]],
    )
    return draft_charter(terms) if charter else draft_agreement(terms)


def _write(text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text, nl=False)
        return
    out.write_text(text, "utf-8")
    say(words("{file} is written. Read it, change it, then sign it.", file=out))


def _utc(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)


def _today() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
