"""`relec audit recover`: what says that this node is an old copy, and its logs' successors."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.home import Place, confirm, place_options
from relec_exchange.cli.issued import open_keys
from relec_exchange.cli.kept_card import card_line, card_told, recalled
from relec_exchange.cli.output import json_option, pairs, print_json, say, say_folded, table
from relec_exchange.cli.words import words
from relec_exchange.errors import Conflict

if TYPE_CHECKING:
    from relec_exchange.adapters.card_copies import Recalled
    from relec_exchange.node.findings import Ended, Findings
    from relec_exchange.node.rescue import Rescue

_LOGS = ("exchange", "activity")


@click.command()
@place_options
@click.option("--look", is_flag=True, help="Show what is known, and change nothing.")
@click.option("--good-size", type=click.IntRange(1), help="So many entries of the log stand.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def recover(place: Place, look: bool, good_size: int | None, yes: bool, as_json: bool) -> None:
    """Lead a node that has signed more than it holds to logs in which it may sign again.

    The node must be stopped. First look for the newest store: where it still exists, put it back
    instead. Only if it is lost for good: both logs end with what is left of them, and successors
    under new keys are opened. What came meanwhile is judged at the next start. --good-size leaves
    out what this copy wrote after others had gone on; without it all its entries stand. A newer
    card of this node that is kept beside the guard copy comes back.

    Given again, after it was broken off or to read the next steps once more, it finishes what it
    began and ends no further log, until the alarm log-rescued is closed.

    \b
    relec --home tr audit recover --look
    relec --home tr audit recover
    """
    from relec_exchange.node.rescue import Rescue

    if place.running():
        raise Conflict(
            words("the node is running"),
            field="home",
            remedy=words("stop it; relec status shows what it has found"),
        )
    keys = open_keys(place)
    with Rescue(place.settings(), keys, datetime.now(UTC), os.urandom) as rescue:
        found = rescue.found()
        if not as_json:
            _show(found)
        logs = [] if look else _recovered(rescue, found, good_size, yes)
    card = recalled(place, bring_back=not look)
    if as_json:
        shown = {"found": asdict(found), "proven": found.proven, "recovered": found.recovered}
        print_json({**shown, "card": card_told(card), "logs": [_log(one) for one in logs]})
    elif look:
        say_folded(card_line(card, brought_back=False))
        say_folded(_conclusion(found))
    else:
        _tell(logs, _newest_card(place.settings().node, card, found.guard_leads))


def _recovered(
    rescue: Rescue, found: Findings, good_size: int | None, yes: bool
) -> Sequence[Ended]:
    """End the logs, or finish what an earlier call began; the logs that ended."""
    if found.recovered:
        if good_size is not None:
            raise Conflict(
                words("these logs have ended already"),
                field="good_size",
                remedy=words("leave --good-size; the command then shows the next steps again"),
            )
        rescue.finish()
        return found.ended
    if not found.any:
        raise Conflict(
            words("nothing says that this node is behind"),
            field="home",
            remedy=words("start it: it asks its partners; see relec status"),
        )
    confirm(words("Is the newest store lost, and shall these logs end for good?"), yes)
    rescue.succeed(_LOGS, good_size)
    return rescue.found().ended


def _log(one: Ended) -> dict[str, Any]:
    return {
        "closed": {"origin": one.origin, "size": one.size, "root": one.root},
        "opened": {"origin": one.successor, "at": one.at},
    }


def _show(found: Findings) -> None:
    """What is known, for a person."""
    logs, guard = sorted(found.logs.items()), sorted(found.guard.items())
    shown = [(one.partner, one.origin, one.size, one.held, one.at) for one in found.shown]
    names = ("partner", "log", "signed", "here", "shown")
    _table(words("Logs here"), ("log", "entries"), logs)
    _table(words("Trees with our signature that partners hold"), names, shown)
    _table(words("The guard copy knows"), ("log", "entries"), guard)
    hints = ("at", "alarm", "subject", "detail")
    _table(words("What partners say without a proof"), hints, found.alarms)
    say(words("Messages that wait to be judged: {count}", count=found.sheltered))


def _table(title: str, names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    if rows:
        table(title, [words(name) for name in names], rows)


def _conclusion(found: Findings) -> str:
    """What to think of it, and what to do."""
    if found.recovered:
        return words("These logs have ended. The next steps again: relec audit recover")
    if found.proven:
        return words(
            "This proves that entries are missing here. Look for the newest store. Only if it is "
            "lost for good: relec audit recover"
        )
    if found.alarms:
        return words("This proves nothing. Telephone these partners before you end any log.")
    return words("Nothing says that this node is behind. Start it: it asks its partners.")


def _tell(logs: Sequence[Ended], newest: tuple[str, ...]) -> None:
    for one in logs:
        told = {
            words("entries"): one.size,
            words("root"): one.root,
            words("last entry"): one.last,
            words("successor"): one.successor,
            words("opened"): one.at,
        }
        pairs(words("{origin} has ended", origin=one.origin), told)
    since = next(one.last for one in logs if "/exchange/" in one.origin)
    for line in _steps(newest, since):
        say_folded(line)


def _newest_card(node: str, card: Recalled, guard_leads: bool) -> tuple[str, ...]:
    """The first step: the newest card of this node must be here before the next one is issued.

    What lies beside a guard copy that is as old as the store says nothing of later cards.
    """
    first = words("1. {told}", told=card_line(card))
    if card.state in ("here", "newer") and guard_leads:
        newest = max(card.here, card.version)
        return (words("1. The newest card of this node is here: version {newest}.", newest=newest),)
    if card.state in ("here", "newer"):
        older = words("   The guard copy may be as old as the store, and that copy with it.")
        ask = words(
            "   Ask a partner, too, and import a newer one: relec card show {node}", node=node
        )
        return (first, older, ask)
    version = card.cards[-1].card.version if card.cards else card.here
    here = words("version {version}", version=version) if version else words("not at all")
    return (
        first,
        words("   Ask a partner which card of yours it has: relec card show {node}", node=node),
        words("   Here it is {version}. A newer one: import it first, or two", version=here),
        words("   cards will have one version."),
    )


def _steps(newest: tuple[str, ...], since: str) -> tuple[str, ...]:
    revoke = f'relec revoke log exchange --since {since} --reason "..."'
    return (
        words("What to do now, in this order:"),
        *newest,
        words("2. Issue a card, before the start: relec card issue"),
        words("3. Start the node: relec run. What came meanwhile is judged then."),
        words("4. Telephone every partner: which messages of the lost stretch do they have?"),
        words("5. Have the authority revoke the old log, as it ended above:"),
        f"   {revoke}",
        words("6. Send again what the partners do not have."),
        words("7. Close the alarms log-rescued: relec alarms list, relec alarms close"),
        words("To read this again: stop the node, and give relec audit recover again."),
    )
