"""`relec audit verify`: whole logs, computed from their entries, or from what is new in them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.audit_cards import own_card
from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.log_pages import PAGE, entries, log_option
from relec_exchange.cli.output import json_option, print_json, progress, say, say_folded, table
from relec_exchange.cli.words import words
from relec_exchange.errors import IntegrityFailure, Reason, Unverified

if TYPE_CHECKING:
    from relec_exchange.cli.checked_logs import Checked
    from relec_exchange.client import Client
    from relec_exchange.trust.card import Card

Json = dict[str, Any]

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@place_options
@log_option
@click.option("--all", "every", is_flag=True, help="All logs of this node, the closed ones too.")
@click.option("--since", type=_FILE, help="Read only what is new since FILE, and renew FILE.")
@click.option("--new", is_flag=True, help="As --since with a file of yours in this home.")
@json_option
def verify(place: Place, log: str, every: bool, since: Path | None, **given: Any) -> None:
    """Read every entry of a log, compute its root, and compare it with the signed checkpoint.

    With --since only the entries behind those that were checked before: FILE holds what was
    checked, and is made when it is not there. Keep it where nobody else can write. Then the newest
    checkpoint that a quorum has cosigned is checked, and that it is of these entries. With --all,
    also that activity logs are what the exchange log has anchored of them.

    \b
    relec --officer audit audit verify --log activity
    relec --officer audit audit verify --all --since ~/checked.json
    """
    from relec_exchange.cli.checked_logs import read_checked, write_checked

    as_json = bool(given["as_json"])
    file = since or (_own_file(place) if given["new"] else None)
    before = read_checked(file) if file else {}
    done: list[Json] = []
    with place.client() as client:
        card = own_card(place, client)
        for name in _names(client) if every else [log]:
            told, state = _verified(place, client, name, card, before, shown=not as_json)
            done.append(told)
            before[told["origin"]] = state
    if file:
        write_checked(file, before)
    if as_json:
        print_json({"logs": done, "verified": True} if every else done[0])
        return
    for told in done:
        _say(told)
    if file:
        say(words("What was checked is kept in {file}.", file=file))


def _verified(
    place: Place,
    client: Client,
    log: str,
    card: Card,
    before: dict[str, Checked],
    *,
    shown: bool,
) -> tuple[Json, Checked]:
    """What is said of one log, and what is kept of it."""
    from relec_exchange.cli.checked_logs import checked
    from relec_exchange.cli.cosigned_check import check_anchor, check_cosigned
    from relec_exchange.cli.log_check import check_log, check_predecessor, log_key

    head = client.wire.get(f"/v1/audit/{log}")
    origin, size, public = head["origin"], head["size"], log_key(card, head["origin"])
    known = before.get(origin)
    if known is not None:
        _check_grown(known, head)
    old = known.size if known else 0
    with progress(words("verifying"), size - old, shown) as done:
        check = check_log(
            known.check() if known else origin,
            size,
            lambda start: entries(client, log, start, PAGE),
            head["checkpoint"].encode(),
            public,
            done,
        )
    told = {
        "origin": origin,
        "follows": check_predecessor(check.opened, card),
        "size": check.tree.size,
        "root": check.tree.root().hex(),
        "kinds": dict(check.kinds),
        "checked_before": old,
        "checked_before_at": known.at if known else "",
        "cosigned": check_cosigned(place, client, log, head, check, public),
        "anchored": check_anchor(client, log, _anchor(before, origin), check),
        "verified": True,
    }
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return told, checked(check, head["checkpoint"], now)


def _check_grown(known: Checked, head: Json) -> None:
    """A log that was checked before has not shrunk, nor been replaced at the same size."""
    if head["size"] < known.size:
        raise IntegrityFailure(
            f"the log has {head['size']} entries, {known.size} were checked at {known.at}",
            remedy="keep the file of the last check: it holds the signed checkpoint of then",
        )
    if head["size"] == known.size and head["root"] != known.root:
        raise Unverified(
            Reason.LOG_FORK, f"the log of {known.size} entries is not the one checked at {known.at}"
        )


def _names(client: Client) -> list[str]:
    """All logs of the node, as commands name them."""
    found = client.wire.get("/v1/logs")["logs"]
    return ["-".join(one["origin"].split("/")[-2:]) for one in found]


def _anchor(before: dict[str, Checked], origin: str) -> tuple[int, str] | None:
    """What the exchange logs that were checked say of an activity log: the newest of it."""
    found = [anchors[origin] for one in before.values() if origin in (anchors := one.anchors)]
    return max(found, default=None)


def _own_file(place: Place) -> Path:
    return place.path / "audit" / f"{place.acting()}.checked.json"


def _say(told: Json) -> None:
    say_folded(words("{origin}: {size} entries, root {root}", **told))
    before, size = told["checked_before"], told["size"]
    if before == size:
        say_folded(words("Nothing is new since {checked_before_at}.", **told))
        say_folded(words("The root and both signatures of the checkpoint are right."))
    elif before:
        text = "Those from {checked_before} on are new since {checked_before_at}."
        say_folded(words(text, **told))
        say_folded(words("They, the root and both signatures of the checkpoint are right."))
    else:
        say_folded(words("Every entry, the root and both signatures of the checkpoint are right."))
    if told["follows"]:
        say_folded(words("It follows {follows}, as the card says that one ended.", **told))
    if told["anchored"]:
        text = "Its first {anchored} entries are anchored in the exchange log."
        say_folded(words(text, **told))
    if told["cosigned"]["size"] or "/exchange/" in told["origin"]:
        _say_cosigned(told["cosigned"])
    table(words("Entries"), ("kind", "count"), sorted(told["kinds"].items()))


def _say_cosigned(cosigned: Json) -> None:
    if not cosigned["size"]:
        say_folded(words("No quorum has cosigned this log yet."))
        return
    names = ", ".join(cosigned["witnesses"])
    count = len(cosigned["witnesses"])
    text = "Its first {size} entries are cosigned by a quorum, {count} of {of} witnesses: {names}."
    say_folded(words(text, size=cosigned["size"], count=count, of=cosigned["of"], names=names))
    if cosigned["not_compared"]:
        text = "In this home nobody has compared the authority of: {names}."
        say_folded(words(text, names=", ".join(cosigned["not_compared"])))
