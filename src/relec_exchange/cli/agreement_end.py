"""`relec agreement suspend|lift|terminate`: one party stops messages, or ends a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from relec_exchange.cli import papers
from relec_exchange.cli.home import Place, confirm, place_options
from relec_exchange.cli.known import known
from relec_exchange.cli.output import json_option, print_json, say
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from relec_exchange.trust.directory import Directory
    from relec_exchange.trust.notices import SignedNotice

F = TypeVar("F", bound=Callable[..., Any])

_FILE = click.Path(dir_okay=False, path_type=Path)
_DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"])


def _common(function: F) -> F:
    """What every notice has to say, and who signs it."""
    for option in (
        json_option,
        click.option("--yes", is_flag=True, help="Do not ask."),
        click.option("--unsigned", type=_FILE, help="Write the text here, to be signed elsewhere."),
        click.option("--authority-passphrase-file", type=_FILE, help="The authority's passphrase."),
        click.option("--reason", required=True, help="One line, which those concerned read."),
        place_options,
    ):
        function = option(function)
    return function


@click.command()
@click.option("--with", "partners", required=True, help="Nodes, for example pk,iq; * for all.")
@click.option("--area", "areas", multiple=True, help="Only this area.  [default: all]")
@click.option("--type", "types", multiple=True, help="Only this type.  [default: all]")
@click.option("--until", type=_DAY, help="UTC.  [default: until it is lifted]")
@_common
def suspend(
    place: Place,
    partners: str,
    areas: tuple[str, ...],
    types: tuple[str, ...],
    until: datetime | None,
    **given: Any,
) -> None:
    """Stop messages with partners at once, in both directions: an emergency.

    What closes open business (corrections, recalls and their outcomes) goes on unless --type names
    it. The text is signed by the authority and told to the partners; it counts here before the
    next message, and at each partner as soon as it arrives.

    \b
    relec agreement suspend --with pk --reason "A node was broken into (simulated)"
    relec agreement suspend --with pk,iq --area human_trafficking --type info.request \\
        --until 2026-12-31 --reason "Until the audit is done (simulated)"
    """
    from relec_exchange.message.catalogue import message_type
    from relec_exchange.message.codes import Area
    from relec_exchange.trust.drafts_notices import draft_suspension
    from relec_exchange.trust.suspension import Suspension

    directory = known(place).directory
    fields = {
        **_head(place),
        "number": _next_number(directory),
        "action": "suspend",
        "with": _nodes(partners),
        "areas": tuple(_area(area, Area) for area in areas),
        "types": tuple(message_type(name).name for name in types),
        "until": _utc(until),
        "reason": given["reason"],
    }
    _finish(place, _made(draft_suspension, Suspension, fields), given)


@click.command()
@click.argument("hashes", metavar="[HASH]...", nargs=-1)
@click.option("--with", "partners", required=True, help="Nodes, for example pk,iq; * for all.")
@_common
def lift(place: Place, hashes: tuple[str, ...], partners: str, **given: Any) -> None:
    """Let messages with partners go on that this node has stopped.

    Without HASH every suspension of this node with these partners is lifted. What a partner has
    suspended only the partner can lift.

    \b
    relec agreement lift --with pk --reason "The audit is done (simulated)"
    """
    from relec_exchange.trust.drafts_notices import draft_suspension
    from relec_exchange.trust.suspension import Suspension

    directory, nodes = known(place).directory, _nodes(partners)
    fields = {
        **_head(place),
        "number": _next_number(directory),
        "action": "lift",
        "with": nodes,
        "lifts": _to_lift(directory, nodes, hashes),
        "reason": given["reason"],
    }
    _finish(place, _made(draft_suspension, Suspension, fields), given)


@click.command()
@click.argument("which", metavar="HASH")
@click.option("--with", "partners", default="", help="Nodes; * for all.  [default: who signed]")
@click.option("--effective", type=_DAY, help="UTC, 24 hours off or more.  [default: in 25 hours]")
@_common
def terminate(
    place: Place, which: str, partners: str, effective: datetime | None, **given: Any
) -> None:
    """End an agreement before its date, for this node and the partners named.

    It ends 24 hours after its notice at the earliest. Then only what closes open business goes on.

    \b
    relec agreement terminate 4f0c31 --reason "Replaced by a treaty (simulated)"
    relec agreement terminate 4f0c31 --with pk --effective 2026-12-31 --reason "Ends (simulated)"
    """
    from relec_exchange.trust.drafts_notices import draft_termination
    from relec_exchange.trust.termination import Termination

    held = papers.held(known(place).directory, which)
    head = _head(place)
    signers = tuple(sorted(held.signers - {head["node"]}))
    if head["node"] not in held.signers or not signers:
        raise InvalidInput(
            words("this agreement is in force with nobody: it needs no termination"), field="which"
        )
    if held.agreement.charter and not partners:
        raise InvalidInput(
            words("a charter is ended with the partners that are named"),
            field="with",
            remedy=words("use --with pk, or --with '*' for all"),
        )
    fields = {
        **head,
        "agreement": held.hash,
        "with": _nodes(partners) if partners else signers,
        "effective": _utc(effective) or head["issued"] + timedelta(hours=25),
        "reason": given["reason"],
    }
    _finish(place, _made(draft_termination, Termination, fields), given)


def _head(place: Place) -> dict[str, Any]:
    settings = place.settings()
    return {
        "network": settings.network,
        "network_kind": settings.network_kind,
        "node": settings.node,
        "issued": datetime.now(UTC).replace(microsecond=0),
    }


def _made(draft: Callable[[Any], str], model: Any, fields: dict[str, Any]) -> str:
    from relec_exchange.trust.plaintext import validated

    return draft(validated(fields, "notice", model))


def _next_number(directory: Directory) -> int:
    """One more than the highest; where a thief has used the highest there is, the lowest free."""
    from relec_exchange.message.encoding import INTEGER_MAX

    numbers = {one.notice.number for one in _suspensions(directory)}  # type: ignore[union-attr]
    following = max(numbers, default=0) + 1
    if following <= INTEGER_MAX:
        return following
    return min(set(range(1, len(numbers) + 2)) - numbers)


def _suspensions(directory: Directory) -> list[SignedNotice]:
    """This node's own suspensions and lifts, in order of their numbers."""
    from relec_exchange.trust.suspension import Suspension

    found = [
        (one.notice.number, one)
        for one in directory.notices.values()
        if isinstance(one.notice, Suspension) and one.notice.node == directory.own
    ]
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def _to_lift(directory: Directory, nodes: Sequence[str], starts: Sequence[str]) -> tuple[str, ...]:
    """The hashes of the suspensions to lift: as named, or all with these partners."""
    from relec_exchange.trust.suspension import Suspension

    stopping = {
        one.hash: one.notice.partners
        for one in _suspensions(directory)
        if isinstance(one.notice, Suspension) and one.notice.action == "suspend"
    }
    if starts:
        named = [[name for name in stopping if name.startswith(start)] for start in starts]
        if any(len(names) != 1 for names in named):
            raise NotFound(words("no suspension of ours begins so"), field="which", remedy=_SEE)
        return tuple(names[0] for names in named)
    found = [h for h, with_ in stopping.items() if {"*", *nodes} & set(with_) or "*" in nodes]
    if not found:
        raise NotFound(
            words("this node has suspended nothing with them"), field="with", remedy=_SEE
        )
    return tuple(found)


_SEE = "see: relec notices"


def _finish(place: Place, text: str, given: dict[str, Any]) -> None:
    """Show a notice; write it for another machine, or sign, adopt and tell it."""
    from relec_exchange.cli.adopting import adopt_notice
    from relec_exchange.presenting.papers import read_paper, summary
    from relec_exchange.trust.note import sign_text

    as_json, paper = given["as_json"], read_paper(text.encode())
    for line in summary(paper):
        say(line, error=as_json)
    if given["unsigned"] is not None:
        given["unsigned"].write_text(text, "utf-8")
        said = words("{file} is written. Sign it: relec authority sign", file=given["unsigned"])
        if as_json:
            print_json({"hash": paper.hash, "file": str(given["unsigned"])})
        else:
            say(said)
        return
    place.ready_to_tell()
    confirm(words("Sign this and tell those concerned?"), given["yes"])
    note = sign_text(text, place.authority(given["authority_passphrase_file"]))
    told = adopt_notice(place, note)
    if as_json:
        print_json({"hash": paper.hash, "told": told})
        return
    say(words("Done: {hash}", hash=paper.hash[:16]))


def _nodes(text: str) -> tuple[str, ...]:
    from relec_exchange.message.identifiers import check_node

    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    return names if names == ("*",) else tuple(check_node(name, field="with") for name in names)


def _area(value: str, codes: Any) -> Any:
    from relec_exchange.cli.check import code_of

    return codes(code_of(codes, value, "area"))


def _utc(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)
