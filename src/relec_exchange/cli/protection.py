"""`relec protection`: which rules there are, why, and what they would say to a message in a file.

Contract: pure; needs no node and sends nothing. A check knows neither the store nor the local
register, so a node may find more. It ends with 0, or with 3 if a rule refuses or holds.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.output import json_option, pairs, print_json, say, table
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput, NotFound, Refused

if TYPE_CHECKING:
    from relec_exchange.cli.message_files import MessageFile
    from relec_exchange.message.document import Message
    from relec_exchange.protection.model import Finding, Rule

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_COLUMNS = ("rule", "effect", "field", "text", "remedy")


@click.group()
def protection() -> None:
    """The protection rules: what must never be sent, whoever asks for it.

    \b
    relec protection list
    relec protection explain P1-asylum
    relec protection check warning.toml --to pk
    """


@protection.command(name="list")
@json_option
def list_(as_json: bool) -> None:
    """List every rule: identifier, version, whether it is in force, what must never be.

    \b
    relec protection list --json
    """
    from relec_exchange.protection.rules import RULES, rules_digest

    if as_json:
        print_json({"digest": rules_digest(), "rules": [_described(rule) for rule in RULES]})
        return
    rows = [(rule.identifier, rule.version, rule.wired, words(rule.text)) for rule in RULES]
    headings = ("Rule", "Version", "In force", "What must never be")
    table(words("Protection rules"), [words(one) for one in headings], rows)


@protection.command()
@click.argument("rule_name", metavar="RULE")
@json_option
def explain(rule_name: str, as_json: bool) -> None:
    """Say what RULE is for, in plain words. RULE is an identifier, or its beginning as P5.

    \b
    relec protection explain P11-small-cells
    """
    rule = _rule(rule_name)
    if as_json:
        print_json(_described(rule))
        return
    pairs(
        rule.identifier,
        {
            words("never"): words(rule.text),
            words("why"): words(rule.why),
            words("in force"): rule.wired,
            words("version"): rule.version,
        },
    )


@protection.command()
@click.argument("file", type=_FILE)
@click.option("--to", "recipient", default="", help="The node it would go to.  [default: FILE's]")
@click.option("--from", "sender", default="", help="The node that would send it.")
@click.option("--known", multiple=True, help="A name that is known; may be repeated.")
@click.option("--inbound", is_flag=True, help="As the recipient's rules see it.")
@click.option("--unassured", is_flag=True, help="As under an agreement without assurances.")
@json_option
def check(file: Path, as_json: bool, **given: Any) -> None:
    """What would the rules say to the message in FILE (as for `relec send FILE`)? Nothing is sent.

    \b
    relec protection check warning.toml --to pk
    relec protection check request.json --to iq --known "Ahmad Karimi" --json
    """
    from relec_exchange.protection.assurance import BOTH, promised
    from relec_exchange.protection.model import Effect, Facts
    from relec_exchange.protection.rules import judge

    now = datetime.now(UTC)
    facts = Facts(
        network_kind="exercise",
        direction="inbound" if given["inbound"] else "outbound",
        today=now.date(),
        known_names=given["known"],
        assurances=() if given["unassured"] else promised(BOTH),
    )
    found = judge(_message(file, given, now), facts)
    if as_json:
        print_json({"findings": [_told(finding) for finding in found]})
    else:
        _print(found)
    if any(finding.effect in (Effect.REFUSE, Effect.HOLD) for finding in found):
        click.get_current_context().exit(Refused.exit_code)


def _rule(name: str) -> Rule:
    from relec_exchange.protection.rules import RULES

    wanted = name.casefold()
    for rule in RULES:
        if wanted in (rule.identifier.casefold(), rule.identifier.partition("-")[0].casefold()):
            return rule
    raise NotFound(
        words("there is no such rule"), field="rule", remedy=words("see: relec protection list")
    )


def _described(rule: Rule) -> dict[str, object]:
    return {
        "rule": rule.identifier,
        "version": rule.version,
        "in_force": rule.wired,
        "never": rule.text,
        "why": rule.why,
    }


def _told(finding: Finding) -> dict[str, object]:
    return {**asdict(finding), "effect": finding.effect.value}


def _print(found: tuple[Finding, ...]) -> None:
    if not found:
        say(words("no rule objects"))
        return
    rows = [[words(str(_told(finding)[name])) for name in _COLUMNS] for finding in found]
    table(words("What the rules say"), [words(name) for name in _COLUMNS], rows)


def _message(file: Path, given: dict[str, Any], now: datetime) -> Message:
    """The message as it would be judged; a body for a unit stays open, as in the unit's client."""
    from relec_exchange.cli.message_files import read_message_file
    from relec_exchange.message.document import Message, read_body, read_header

    read = read_message_file(file)
    recipient = given["recipient"] or next(iter(read.to), read.header.get("recipient", ""))
    if not recipient:
        raise InvalidInput(
            words("say to whom it would go"), field="to", remedy="relec protection check F --to pk"
        )
    sender = given["sender"] or read.header.get("sender", "own")
    ends = {"sender": sender, "recipient": recipient}
    header = read_header(_defaults(read, now) | ends)
    return Message(header, read_body(read.type, read.body), b"")


def _defaults(read: MessageFile, now: datetime) -> dict[str, Any]:
    """The header of the file, with what a node fills in."""
    from relec_exchange.message.catalogue import message_type
    from relec_exchange.message.identifiers import format_time, message_id

    kind = message_type(read.type)
    usual = "situational_awareness"
    purposes = [purpose.value for purpose in kind.purposes] or [usual]
    urgency = kind.urgencies[0].value if len(kind.urgencies) == 1 else "routine"
    header: dict[str, Any] = {
        "message_id": message_id(now, os.urandom(10)),
        "type": kind.name,
        "schema_version": kind.version,
        "exercise": True,
        "created_at": format_time(now),
    }
    if not kind.control:
        header |= {
            "sender_unit": "ncp",
            "author_role": "submitter",
            "area": "irregular_migration",
            "purpose": usual if usual in purposes else purposes[0],
            "data_level": kind.levels[0].value,
            "handling": ["H0"],
            "urgency": urgency,
            "language": "en",
        }
        header |= {"urgency_reason": "lives at risk"} if urgency != "routine" else {}
        header |= {"source_grade": "X", "info_grade": "4"} if kind.needs_grades else {}
    return header | read.header
