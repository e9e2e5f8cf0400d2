"""The questions of the protection rules, asked of the officer in words; and what is needed next.

Contract: nobody but the officer answers, at the terminal or with a flag of their own. `--yes` is
no answer. A question that stays open leaves the message waiting, which is told.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from relec_exchange.cli.output import say
from relec_exchange.cli.words import words

if TYPE_CHECKING:
    from relec_exchange.client import Client, Submitted

F = TypeVar("F", bound=Callable[..., Any])

_ANSWER: Final = "answer:"
FLAGS: Final[Mapping[str, str]] = {
    "no-person-recognisable": "nobody_recognisable",
    "protection-checked": "protection_checked",
}
"""Question and the flag that answers it."""

_OPTIONS = (
    click.option(
        "--nobody-recognisable",
        is_flag=True,
        help="You read every text and file: no person can be recognised.",
    ),
    click.option(
        "--protection-checked",
        is_flag=True,
        help="You checked: nobody in it seeks or has protection from the state it goes to.",
    ),
)


def question_options(function: F) -> F:
    """The flags that answer questions, as parameters named in `FLAGS`."""
    decorated: Any = function
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


def answered(needs: Iterable[str], given: Mapping[str, Any]) -> list[str]:
    """The questions among `needs` that the officer answers with yes, by flag or when asked."""
    asked = dict.fromkeys(n.removeprefix(_ANSWER) for n in needs if n.startswith(_ANSWER))
    return [name for name in asked if _says_yes(name, given)]


def settled(client: Client, sent: Submitted, given: Mapping[str, Any]) -> Submitted:
    """Ask what a message that was just submitted waits for; what became of it."""
    for question in answered(sent.needs, given):
        sent = client.answer_question(sent.message_id, question)
    return sent


def flagged(given: Mapping[str, Any]) -> list[str]:
    """The questions that flags answer, where nothing can be asked first."""
    return [name for name, flag in FLAGS.items() if given.get(flag)]


def explained(needs: Sequence[str], message_id: str = "ID") -> list[str]:
    """What has to be done next, one sentence for each word."""
    return [_sentence(word, message_id) for word in needs]


def _says_yes(name: str, given: Mapping[str, Any]) -> bool:
    from relec_exchange.protection.model import QUESTIONS

    flag = FLAGS.get(name, "")
    if given.get(flag):
        return True
    if name not in QUESTIONS:
        return False
    question = words(QUESTIONS[name])
    if not sys.stdin.isatty() or given.get("yes"):
        say(question, error=True)
        said = words("It stays open: answer it with --{flag}.", flag=flag.replace("_", "-"))
        say(said, error=True)
        return False
    return click.confirm(question, err=True)


def _sentence(word: str, message_id: str) -> str:
    if word.startswith(_ANSWER):
        return words("the officer's answer: relec answer {id}", id=message_id)
    return {
        "desk": words("the protection desk: relec hold list"),
        "approve": words("the protection desk's approval: relec approve {id}", id=message_id),
        "release": words("another officer's release: relec release {id}", id=message_id),
        "confirm": words("another officer confirms it: relec confirm {id}", id=message_id),
    }.get(word, word)
