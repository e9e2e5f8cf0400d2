"""`relec agreement check`: may this be sent, by which grant, or why not; and how to ask it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.known import known
from relec_exchange.cli.output import json_option, print_json, say
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput, Refused

F = TypeVar("F", bound=Callable[..., Any])


def question_options(function: F) -> F:
    """What is asked about a message, and the option `--json`."""
    for option in (
        json_option,
        click.option(
            "--at", default="", help="UTC, 2026-12-01 or 2026-12-01T06:00Z. [default: now]"
        ),
        click.option("--handling", default="H0", show_default=True, help="For example H1,H2."),
        click.option("--level", default="", help="  [default: the type's lowest one]"),
        click.option("--purpose", default="", help="  [default: the type's usual one]"),
        click.option("--area", default="irregular_migration", show_default=True),
        click.option("--from", "sender", default="", help="Who sends.  [default: this node]"),
        click.option("--to", "recipient", required=True, help="The node it would go to."),
        place_options,
        click.argument("type_name", metavar="TYPE"),
    ):
        function = option(function)
    return function


@click.command()
@question_options
def check(place: Place, type_name: str, as_json: bool, **given: Any) -> None:
    """May TYPE be sent to a node? Ends with 0 if it may, with 3 and the rule if not.

    \b
    relec agreement check warning.notice --to pk
    relec agreement check info.request --to pk --area human_trafficking --handling H1
    """
    question = question_of(place, type_name, given)
    answer = asked(place, question)
    if as_json:
        told = {name: value for name, value in answer.items() if name != "explanation"}
        print_json({"question": question, **told})
        if not answer["allowed"]:
            click.get_current_context().exit(Refused.exit_code)
        return
    if not answer["allowed"]:
        raise Refused(
            answer["text"], rule=answer["rule"], remedy=words("see: relec agreement explain")
        )
    found = answer["agreement"][:16] or words("no agreement needed")
    say(words("allowed by grant {grant} of {found}", grant=answer["grant"], found=found))


def question_of(place: Place, type_name: str, given: dict[str, Any]) -> dict[str, Any]:
    """The question as the local API takes it, every code checked."""
    from relec_exchange.message.catalogue import message_type
    from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose
    from relec_exchange.message.identifiers import format_time

    kind = message_type(type_name)
    purposes = [purpose.value for purpose in kind.purposes]
    usual = Purpose.SITUATIONAL_AWARENESS.value
    default = usual if usual in purposes else (purposes or [usual])[0]
    return {
        "sender": given["sender"] or place.settings().node,
        "recipient": given["recipient"],
        "type": kind.name,
        "area": code_of(Area, given["area"], "area"),
        "purpose": code_of(Purpose, given["purpose"] or default, "purpose"),
        "data_level": code_of(DataLevel, given["level"] or kind.levels[0].value, "level"),
        "handling": [code_of(Handling, item, "handling") for item in given["handling"].split(",")],
        "at": format_time(time_of(given["at"])) if given["at"] else None,
    }


def code_of(codes: Any, value: str, field: str) -> str:
    """A code that somebody typed, or `InvalidInput` with the nearest one there is."""
    from relec_exchange.message.codes import nearest

    known = [code.value for code in codes]
    if value not in known:
        meant = nearest(value, known)
        remedy = f"did you mean {meant}?" if meant else f"use {', '.join(known)}"
        raise InvalidInput(f"{field} is not one of its codes", field=field, remedy=remedy)
    return value


def asked(place: Place, question: dict[str, Any]) -> dict[str, Any]:
    """The running node's answer; without one, that of the files in this home."""
    if place.running() and place.officer:
        with place.client() as client:
            return client.wire.post("/v1/decisions", question)
    from relec_exchange.message.catalogue import CATALOGUE, Features
    from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose
    from relec_exchange.trust.decide import Denied, decide
    from relec_exchange.trust.explaining import explain

    directory = known(place).directory
    features = Features(
        type=question["type"],
        sender=question["sender"],
        recipient=question["recipient"],
        exercise=directory.network_kind == "exercise",
        schema_version=CATALOGUE[question["type"]].version,
        area=Area(question["area"]),
        purpose=Purpose(question["purpose"]),
        data_level=DataLevel(question["data_level"]),
        handling=tuple(Handling(code) for code in question["handling"]),
    )
    at = time_of(question["at"]) if question["at"] else datetime.now(UTC)
    found, said = decide(directory, features, at), explain(directory, features, at)
    if isinstance(found, Denied):
        text = {"rule": found.rule, "text": found.text}
        return {"allowed": False, **text, "explanation": said}
    text = {"agreement": found.agreement_hash, "grant": found.grant_id}
    return {"allowed": True, **text, "explanation": said}


def time_of(text: str) -> datetime:
    """A time that somebody typed, in UTC; `InvalidInput` says how to type it."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            words("this is no time"), field="at", remedy="2026-12-01 or 2026-12-01T06:00Z"
        ) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
