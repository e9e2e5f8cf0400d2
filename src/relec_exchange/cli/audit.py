"""`relec audit`: the group of its commands, each in a module of its own.

Contract: a command is imported when it is called or listed. To add one, name its module here; the
function in it has the command's name, with `_` for `-`.
"""

from __future__ import annotations

from importlib import import_module

import click

# name: module beside this one
_COMMANDS = {
    "verify": "audit_verify",
    "show": "audit_show",
    "prove": "audit_prove",
    "check": "audit_check",
    "policy": "audit_policy",
    "export": "audit_export",
    "check-export": "audit_export",
    "search": "audit_search",
    "replay": "audit_replay",
    "coverage": "audit_coverage",
    "gaps": "audit_gaps",
    "access": "audit_access",
    "report": "audit_report",
    "disputed": "disputed",
    "recover": "recover",
}


class _Commands(click.Group):
    """The commands of the table above."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the table."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command."""
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"relec_exchange.cli.{_COMMANDS[cmd_name]}")
        command = getattr(module, cmd_name.replace("-", "_"))
        if not isinstance(command, click.Command):
            raise TypeError(f"{cmd_name} is not a command")
        return command


@click.group(cls=_Commands)
def audit() -> None:
    """The logs: nothing is believed that is not computed here.

    \b
    relec --officer audit audit verify
    relec --officer audit audit prove 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --out evidence/
    relec audit check evidence/019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b.tlog-proof
    """
