"""`relec template`: message files for the common messages, to be filled in and sent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from relec_exchange.cli.output import json_option, print_json, say, table
from relec_exchange.cli.words import words
from relec_exchange.errors import Conflict


def _names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Templates whose names begin so, with their titles."""
    from relec_exchange.importing.templates.filling import templates

    return [
        CompletionItem(one.name, help=one.title)
        for one in templates()
        if one.name.startswith(incomplete)
    ]


@click.group()
def template() -> None:
    """Message files to fill in: take one, fill its places, send it.

    \b
    relec template list
    relec template use new-route --to pk,iq -o route.toml
    relec send route.toml
    """


@template.command(name="list")
@json_option
def list_(as_json: bool) -> None:
    """List the templates.

    \b
    relec template list
    """
    from relec_exchange.importing.templates.filling import templates

    found = templates()
    if as_json:
        lines = [
            {"name": one.name, "type": one.type, "area": one.area, "title": one.title}
            for one in found
        ]
        print_json({"templates": lines})
        return
    rows = [(one.name, one.type, one.area, one.title) for one in found]
    table(words("Templates"), ("name", "type", "area", "what it is for"), rows)


@template.command()
@click.argument("name", shell_complete=_names)
def show(name: str) -> None:
    """Print the template NAME.

    \b
    relec template show surge
    """
    from relec_exchange.importing.templates.filling import template as named

    say(named(name).text.rstrip("\n"))


@template.command()
@click.argument("name", shell_complete=_names)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The file.")
@click.option("--to", help="The nodes, for example pk,iq.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
def use(name: str, output: Path, to: str | None, force: bool) -> None:
    """Write the template NAME to a file, with today's dates filled in.

    \b
    relec template use surge --to pk,iq -o surge.toml
    """
    from relec_exchange.cli.delivery import recipients
    from relec_exchange.importing.templates.filling import MARK, fill_dates
    from relec_exchange.importing.templates.filling import template as named

    text = fill_dates(named(name).text, datetime.now(UTC))
    if to is not None:
        nodes = ", ".join(f'"{node}"' for node in recipients(to))
        kind, _, rest = text.partition("\n[header]")
        text = f"{kind.rstrip()}\nto = [{nodes}]\n\n[header]{rest}"
    if output.exists() and not force:
        raise Conflict(
            words("{file} exists", file=output),
            field="output",
            remedy=words("name another file, or use --force"),
        )
    output.write_text(text, encoding="utf-8")
    say(
        words(
            "Written to {file}: {count} places to fill ({mark}). Then: relec send {file}",
            file=output,
            count=text.count(MARK),
            mark=MARK,
        )
    )
