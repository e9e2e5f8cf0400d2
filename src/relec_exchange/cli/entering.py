"""What an officer typed, read before it is sent: what was changed, what is asked, what is wrong.

Contract: everything is shown at once and before anything leaves. A question that nobody answered
and a contradiction that nobody confirmed stop the sending; `--yes` alone answers neither.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from relec_exchange.cli.output import details, print_json, say, table
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput

if TYPE_CHECKING:
    from relec_exchange.client import Choices, Client, Draft, Entered, Note

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--transliterate", is_flag=True, help="Take the proposed transliterations."),
    click.option(
        "--first-of-january",
        type=click.Choice(["confirmed", "unknown"]),
        help="Of birth dates of 1 January: did somebody confirm the day?",
    ),
    click.option(
        "--as-written",
        is_flag=True,
        help="You compared what does not agree with the papers: they say so.",
    ),
)


def entry_options(function: F) -> F:
    """The flags that accept proposals and answer what is asked about a text typed."""
    decorated: Any = function
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


def entered(client: Client, draft: Draft, given: Mapping[str, Any]) -> Entered:
    """The draft as it will be composed, after showing and asking what there is to."""
    from relec_exchange.client import Choices

    choices = Choices(given.get("transliterate", False), given.get("first_of_january") or "")
    found = client.enter(draft, choices)
    if given["as_json"]:
        if _of(found.notes, "wrong"):
            print_json({"entry": [note.plain() for note in found.notes], "sent": []})
    else:
        show(found.notes)
    if given["dry_run"] or _of(found.notes, "wrong"):
        return found
    found = _asked(client, draft, found, choices, given)
    _agreed(found, given)
    return found


@contextmanager
def told(read: Entered) -> Iterator[None]:
    """Where notes said already what is wrong, an error while composing does not say it again."""
    try:
        yield
    except InvalidInput as error:
        if not _of(read.notes, "wrong"):
            raise
        remedy = words("what was typed and what was expected stands above")
        raise InvalidInput(error.message, field=error.field, remedy=remedy) from None


def show(notes: Sequence[Note]) -> None:
    """What was changed as a table, and the others one by one with what to do."""
    changed = _of(notes, "changed")
    if changed:
        rows = [(note.path, note.given, note.expected, note.text) for note in changed]
        columns = ("where", "typed", "sent", "why")
        table(words("Changed before sending"), columns, rows)
    titles = {
        "proposed": words("Proposed"),
        "noted": words("Note"),
        "asked": words("Asked"),
        "disagrees": words("Does not agree"),
        "wrong": words("Cannot be sent"),
    }
    for effect, title in titles.items():
        for note in _of(notes, effect):
            facts = {
                "": note.text,
                words("typed"): note.given,
                words("expected"): note.expected,
                words("what to do"): note.remedy,
            }
            details(f"{title}: {note.path}", facts)


def _asked(
    client: Client, draft: Draft, found: Entered, choices: Choices, given: Mapping[str, Any]
) -> Entered:
    """Ask about days of birth of 1 January, once for all."""
    if not _of(found.notes, "asked"):
        return found
    if given["yes"] or not sys.stdin.isatty():
        raise InvalidInput(
            words("a birth date is 1 January, and nobody said whether the day was confirmed"),
            field="first_of_january",
            remedy=words("use --first-of-january confirmed, or unknown; or write the year alone"),
        )
    question = words("1 January: was the day confirmed, or is it unknown?")
    answer: Any = click.prompt(question, type=click.Choice(["confirmed", "unknown"]), err=True)
    return client.enter(draft, replace(choices, first_of_january=answer))


def _agreed(found: Entered, given: Mapping[str, Any]) -> None:
    """Go on with contradictions only where somebody compared them."""
    wrong = _of(found.notes, "disagrees")
    if not wrong or given.get("as_written"):
        return
    if given["yes"] or not sys.stdin.isatty():
        raise InvalidInput(
            words("what was typed does not agree in {count} place(s)", count=len(wrong)),
            field=wrong[0].path,
            remedy=words("look at it with --dry-run; if the papers say so, use --as-written"),
        )
    say(words("{count} place(s) do not agree.", count=len(wrong)), error=True)
    click.confirm(words("Do the papers say so?"), abort=True, err=True)


def _of(notes: Sequence[Note], effect: str) -> list[Note]:
    return [note for note in notes if note.effect == effect]
