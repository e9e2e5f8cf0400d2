"""`relec schema`: the form of every type of message, for programs, and how it may change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.output import json_option, print_json, say, table
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput, Refused

if TYPE_CHECKING:
    from relec_exchange.message.compatibility import Break

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FILE_MAX_BYTES = 4 * 1024 * 1024


@click.group()
def schema() -> None:
    """The JSON Schemas of all types, and the rules that no schema can say.

    \b
    relec schema list
    relec schema show warning.notice > warning.notice.json
    relec schema check old.json new.json
    """


@schema.command(name="list")
@json_option
def list_(as_json: bool) -> None:
    """List the types: version, level, what answers them, and how many further rules they have.

    \b
    relec schema list
    """
    rows = _types()
    if as_json:
        print_json({"types": rows})
        return
    columns = ("type", "version", "level", "answers", "sealed_to", "rules")
    shown = [[row[name] for name in columns] for row in rows]
    heads = (
        words("type"),
        words("version"),
        words("level"),
        words("answered by"),
        words("sealed to"),
        words("rules"),
    )
    table(words("Types of messages"), heads, shown)


@schema.command()
@click.argument("type_name", metavar="TYPE")
@click.option("--body", is_flag=True, help="The body inside the seal, of a type that has one.")
@click.option("--rules", is_flag=True, help="The rules that the schema cannot say.")
@json_option
def show(type_name: str, body: bool, rules: bool, as_json: bool) -> None:
    """Print the JSON Schema of TYPE; with --rules what it cannot say.

    \b
    relec schema show warning.notice
    relec schema show warning.notice --rules
    relec schema show protection.referral --body
    """
    from relec_exchange.message.catalogue import message_type
    from relec_exchange.message.schema import schema_of

    kind = message_type(type_name)
    if rules:
        _show_rules(kind.name, as_json)
        return
    if body and not kind.sealed_to:
        raise InvalidInput(
            words("{type} is not sealed to a unit", type=kind.name),
            field="body",
            remedy=words("leave --body out"),
        )
    print_json(schema_of(kind, ".body" if body else ""))


@schema.command()
@click.argument("old", type=_FILE)
@click.argument("new", type=_FILE)
@json_option
def check(old: Path, new: Path, as_json: bool) -> None:
    """Does NEW still accept whatever OLD accepted? If not, its version must be higher.

    Both are files with JSON Schemas of one type. Ends with 3 if something breaks.

    \b
    relec schema check schemas/baseline/ack.v1.schema.json schemas/ack.v1.schema.json
    """
    from relec_exchange.message.compatibility import breaks, check, identity

    before, after = _read(old), _read(new)
    refused = check(before, after)
    found = breaks(before, after)
    if as_json:
        print_json(
            {
                "type": identity(after)[0],
                "versions": [identity(before)[1], identity(after)[1]],
                "compatible": not refused,
                "breaks": [{"path": one.path, "text": one.text} for one in found],
            }
        )
    else:
        _tell(found)
    if refused:
        raise Refused(
            words("{count} of the things that were valid may not be any more", count=len(refused)),
            rule="schema-version",
            field=refused[0].path,
            remedy=words("keep them valid, or raise the version of the type"),
        )


def _tell(found: tuple[Break, ...]) -> None:
    for one in found:
        say(f"{one.path or '/'}: {one.text}")
    if not found:
        say(words("What was valid stays valid."))


def _types() -> list[dict[str, Any]]:
    from relec_exchange.message.catalogue import CATALOGUE
    from relec_exchange.message.semantics import semantic_rules

    rules = semantic_rules()
    return [
        {
            "type": kind.name,
            "version": kind.version,
            "level": [level.value for level in kind.levels],
            "answers": list(kind.answers),
            "sealed_to": kind.sealed_to,
            "rules": len({one.code for one in rules if kind.name in one.types}),
        }
        for kind in CATALOGUE.values()
    ]


def _show_rules(type_name: str, as_json: bool) -> None:
    from relec_exchange.message.semantics import semantic_rules

    found = [one for one in semantic_rules() if type_name in one.types]
    if as_json:
        keys = ("code", "sentence", "field")
        print_json({"rules": [{key: getattr(one, key) for key in keys} for one in found]})
        return
    heads = (words("code"), words("field"), words("rule"))
    title = words("What the schema of {type} cannot say", type=type_name)
    table(title, heads, [(one.code, one.field, one.sentence) for one in found])


def _read(file: Path) -> dict[str, Any]:
    """A JSON object from a file of bounded size, or `InvalidInput` naming the file."""
    with file.open("rb") as opened:
        data = opened.read(_FILE_MAX_BYTES)
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise InvalidInput(
            words("{file} is not a JSON Schema", file=file.name),
            field=file.name,
            remedy=words("print one with: relec schema show TYPE"),
        )
    return value
