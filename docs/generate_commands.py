"""Write docs/reference/commands.md from the commands themselves.

python docs/generate_commands.py            write the page
python docs/generate_commands.py --check    compare, and say if it has drifted
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

PAGE = Path(__file__).parent / "reference" / "commands.md"
HEAD = """# Commands

<!-- Written by docs/generate_commands.py from the program; do not edit. -->

Every command has `--help` with an example, and `--json` where it prints data. `--home` and
`--officer` may stand before the command or after it, or come from `RELEC_HOME` and
`RELEC_OFFICER`. Passphrases come from a file or a prompt, never from an argument or a variable.
How commands end: [exit codes](exit-codes.md).
"""


def document() -> str:
    """The page as text."""
    from relec_exchange.cli import relec

    context = click.Context(relec, info_name="relec")
    lines = [HEAD]
    for name in relec.list_commands(context):
        command = relec.get_command(context, name)
        if command is not None:
            lines += _described(command, click.Context(command, parent=context, info_name=name), 2)
    return "\n".join(lines).rstrip() + "\n"


def _described(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    """A command and the commands below it, each with what `--help` prints."""
    yield f"{'#' * level} {context.command_path}\n"
    yield "```text"
    yield _help(command, context)
    yield "```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                below = click.Context(inner, parent=context, info_name=name)
                yield from _described(inner, below, level + 1)


def _help(command: click.Command, context: click.Context) -> str:
    """The help text at a fixed width, so that no terminal changes the page."""
    formatter = click.HelpFormatter(width=96)
    command.format_help(context, formatter)
    return "\n".join(line.rstrip() for line in formatter.getvalue().strip().splitlines())


def main(arguments: list[str]) -> int:
    """Write the page, or compare it with `--check`; returns the exit status."""
    text = document()
    if arguments == ["--check"]:
        return int(not PAGE.exists() or PAGE.read_text("utf-8") != text)
    PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
