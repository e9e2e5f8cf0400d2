"""`relec`, the command: one file per noun; each parses, calls the client, and prints.

Contract: `main` ends with a documented exit code and never with a traceback. Commands are
imported when they are called, so that the shell does not wait.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from relec_exchange.errors import RelecError

# name: (module below this package, one line of help)
_COMMANDS = {
    "init": ("init", "Make a node: keys, card, settings, first security officer."),
    "run": ("run", "Run the node."),
    "backup": ("backup", "Back the node up, while it runs or not."),
    "restore": ("restore", "Put a backup back; the node asks its partners before it signs."),
    "officer": ("officer", "The register of officers."),
    "card": ("card", "Cards: show, export, import, issue."),
    "agreement": ("agreement", "Agreements: draft, sign, import, amend, suspend, matrix, explain."),
    "authority": ("authority", "Sign on a machine that has the authority's key alone."),
    "revoke": ("revoke", "A key is stolen: end it at all partners."),
    "rotate": ("rotate", "New keys for old ones: sealing, witness, TLS, authority, log."),
    "broker": ("broker", "Run the network's RabbitMQ."),
    "send": ("send", "Send a message."),
    "import": ("import_file", "Send messages made from a CSV file or a workbook."),
    "inbox": ("boxes", "List what came in."),
    "outbox": ("boxes", "List what was sent."),
    "quarantine": ("boxes", "List what was refused, and why."),
    "contacts": ("boxes", "Whom to call at each partner."),
    "show": ("show", "One message: its life line, and its content with --open."),
    "ack": ("answer", "Acknowledge a message."),
    "reply": ("answer", "Answer an information request."),
    "clarify": ("amend", "Ask back about a request, or answer such a question."),
    "thread": ("threads", "All messages of a thread, and who owes what."),
    "deadlines": ("threads", "What somebody waits for, in both directions."),
    "correct": ("amend", "Correct a message at everybody who got it."),
    "disclose": ("disclose", "Disclose a field that was withheld, to who got the message."),
    "recall": ("amend", "Call a message back from everybody who got it."),
    "withdraw-consent": ("amend", "A person withdrew consent: call the referral back."),
    "outcome": ("amend", "Answer a recall: what became of the message."),
    "recalls": ("sharing", "What is called back or corrected, and who has not answered."),
    "consents": ("sharing", "What providers allow to be done with their messages."),
    "export": ("export", "A message received as a file, for a court or for analysis."),
    "evidence": ("evidence", "A message as evidence: one file, and what it proves."),
    "subject": ("subject", "Who received data on one reference."),
    "draft": ("draft", "Messages in the making: save, list, show, send, delete, again."),
    "release": ("waiting", "Release a message that another officer submitted."),
    "answer": ("waiting", "Answer what the protection rules ask about a message."),
    "approve": ("waiting", "Approve a message for the protection desk."),
    "confirm": ("waiting", "Confirm a rescue message that went first."),
    "return": ("send_back", "Send a message back to who submitted it."),
    "hold": ("hold", "What waits for the protection desk: list, free, replay."),
    "register": ("register", "The protection register: add, list, end."),
    "protection": ("protection", "The protection rules: list, explain, check a message."),
    "extract": ("extract", "What of a warning the public may read."),
    "aid": ("aid", "Help while writing: zones, dates, phones, names, codes."),
    "template": ("template", "Messages to fill in: list, show, use."),
    "stats": ("stats", "The regional view: table, CSV, chart, and the meeting's pack."),
    "status": ("status", "The node and its partners at a glance."),
    "notices": ("changes", "Terminations, suspensions and revocations held here."),
    "proposals": ("changes", "Texts of agreements that somebody proposed."),
    "retention": ("retention", "How long messages are kept; legal holds."),
    "expiring": ("changes", "What ends soon: cards, agreements, keys, consents, holds."),
    "audit": ("audit", "Verify, show and prove what the logs hold."),
    "fsck": ("fsck", "Check the store of a stopped node against its logs, and mend it."),
    "alarms": ("alarms", "What must be looked at: list, show, close."),
    "schema": ("schema", "The form of every type of message, and how it may change."),
    "unit": ("unit", "Keys of units that alone read what is sealed to them."),
    "completion": ("completion", "Print the completion script of a shell."),
}


# Commands whose names Python keeps for itself.
_NAMES = {
    "import": "import_file",
    "return": "return_",
    "withdraw-consent": "withdraw_consent",
}


class _LazyGroup(click.Group):
    """A group whose commands are imported when they are called; help needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of a first day with the program."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command."""
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"{__name__}.{_COMMANDS[cmd_name][0]}")
        command = getattr(module, _NAMES.get(cmd_name, cmd_name))
        if not isinstance(command, click.Command):
            raise TypeError(f"{cmd_name} is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands from the table above, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", help="The node's directory (RELEC_HOME; else the present directory).")
@click.option("--officer", help="The officer who acts (RELEC_OFFICER).")
@click.version_option(package_name="relec-exchange", prog_name="relec")
def relec(home: str | None, officer: str | None) -> None:
    """Exchange sealed, signed and logged messages with the nodes of other states.

    \b
    relec init --home tr --network relec.example --node tr
    relec --home tr run
    relec --home tr --officer ayse inbox
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `relec` and end the process with its exit code."""
    raise SystemExit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run `relec` and return its exit code."""
    from relec_exchange.cli import failures

    as_json = "--json" in (sys.argv if arguments is None else arguments)
    try:
        result = relec.main(args=arguments, prog_name="relec", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        return failures.STOPPED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except RelecError as error:
        if os.environ.get("RELEC_DEBUG") == "1":
            raise
        return failures.report(error, as_json=as_json)
    except BrokenPipeError:
        return _closed_pipe()
    except Exception as error:
        if os.environ.get("RELEC_DEBUG") == "1":
            raise
        return failures.report_unexpected(error, as_json=as_json)
    return result if isinstance(result, int) else 0


def _closed_pipe() -> int:
    """The reader of our output went away, as `head` does; there is nobody to tell."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
