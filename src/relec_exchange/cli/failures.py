"""Errors as a person or a program reads them at the end of a command, and the exit code.

Contract: no traceback reaches a user unless `RELEC_DEBUG=1`; the codes stand in
`docs/reference/exit-codes.md`.
"""

from __future__ import annotations

import json

import click

from relec_exchange.cli.output import say
from relec_exchange.cli.words import words
from relec_exchange.errors import Refused, RelecError

STOPPED = 130


def report(error: RelecError, *, as_json: bool) -> int:
    """Print an error of ours on standard error; returns the exit code."""
    rule = error.rule if isinstance(error, Refused) else ""
    facts = {"field": error.field, "rule": rule, "remedy": error.remedy}
    if as_json:
        told = {"code": error.code, "message": error.message, **facts}
        click.echo(json.dumps({"error": told}), err=True)
        return error.exit_code
    say(f"relec: {error.code}: {error.message}", error=True)
    for name, value in facts.items():
        if value:
            say(f"  {words(name)}: {value}", error=True)
    return error.exit_code


def report_unexpected(error: BaseException, *, as_json: bool) -> int:
    """Print that something went wrong that nobody foresaw; its text may hold anything."""
    told = RelecError(
        words("something went wrong inside: {kind}", kind=type(error).__name__),
        remedy=words("run it again with RELEC_DEBUG=1 and report what it prints"),
    )
    return report(told, as_json=as_json)
