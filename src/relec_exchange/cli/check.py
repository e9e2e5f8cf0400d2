"""`relec agreement check`: may this be sent, by which grant, or why not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import json_option, print_json, say
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput, Refused


@click.command()
@click.argument("type_name", metavar="TYPE")
@place_options
@click.option("--to", "recipient", required=True, help="The node it would go to.")
@click.option("--from", "sender", default="", help="The node that sends.  [default: this one]")
@click.option("--area", default="irregular_migration", show_default=True)
@click.option("--purpose", default="", help="  [default: the type's usual one]")
@click.option("--level", default="", help="  [default: the type's lowest one]")
@click.option("--handling", default="H0", show_default=True, help="For example H1,H2.")
@json_option
def check(place: Place, type_name: str, as_json: bool, **given: Any) -> None:
    """May TYPE be sent to a node? Ends with 0 if it may, with 3 and the rule if not.

    \b
    relec agreement check warning.notice --to pk
    relec agreement check info.request --to pk --area human_trafficking --handling H1
    """
    question = _question(place, type_name, given)
    answer = _asked(place, question)
    if as_json:
        print_json({"question": question, **answer})
        if not answer["allowed"]:
            click.get_current_context().exit(Refused.exit_code)
        return
    if not answer["allowed"]:
        raise Refused(
            answer["text"], rule=answer["rule"], remedy=words("see: relec agreement list")
        )
    found = answer["agreement"][:16] or words("no agreement needed")
    say(words("allowed by grant {grant} of {found}", grant=answer["grant"], found=found))


def _question(place: Place, type_name: str, given: dict[str, Any]) -> dict[str, Any]:
    """The question as the local API takes it, every code checked."""
    from relec_exchange.message.catalogue import message_type
    from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose

    kind = message_type(type_name)
    purposes = [purpose.value for purpose in kind.purposes]
    usual = Purpose.SITUATIONAL_AWARENESS.value
    default = usual if usual in purposes else (purposes or [usual])[0]
    return {
        "sender": given["sender"] or place.settings().node,
        "recipient": given["recipient"],
        "type": kind.name,
        "area": _code(Area, given["area"], "area"),
        "purpose": _code(Purpose, given["purpose"] or default, "purpose"),
        "data_level": _code(DataLevel, given["level"] or kind.levels[0].value, "level"),
        "handling": [_code(Handling, item, "handling") for item in given["handling"].split(",")],
        "at": None,
    }


def _code(codes: Any, value: str, field: str) -> str:
    from relec_exchange.message.codes import nearest

    known = [code.value for code in codes]
    if value not in known:
        meant = nearest(value, known)
        remedy = f"did you mean {meant}?" if meant else f"use {', '.join(known)}"
        raise InvalidInput(f"{field} is not one of its codes", field=field, remedy=remedy)
    return value


def _asked(place: Place, question: dict[str, Any]) -> dict[str, Any]:
    """The running node's answer; without one, that of the files in this home."""
    if place.running() and place.officer:
        with place.client() as client:
            return client.wire.post("/v1/decisions", question)
    from relec_exchange.message.catalogue import CATALOGUE, Features
    from relec_exchange.message.codes import Area, DataLevel, Handling, Purpose
    from relec_exchange.trust.decide import Denied, decide

    directory = place.directory().directory
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
    found = decide(directory, features, datetime.now(UTC))
    if isinstance(found, Denied):
        return {"allowed": False, "rule": found.rule, "text": found.text}
    return {"allowed": True, "agreement": found.agreement_hash, "grant": found.grant_id}
