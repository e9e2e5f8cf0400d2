"""What is withheld, on the screen: before a message is signed, and when one is opened.

Contract: prints only. Before signing an officer sees, for each recipient, which fields are cut and
which of them leave a line by which they can be disclosed later.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.output import say, table
from relec_exchange.cli.words import words

if TYPE_CHECKING:
    from relec_exchange.client import Content
    from relec_exchange.message.document import Message
    from relec_exchange.message.withholding import CutMessage

Json = dict[str, Any]


def cut_from(message: Message) -> list[Json]:
    """{"path", "line"} of each field that was cut: whether a line in the header tells of it."""
    from relec_exchange.message.withholding import CutMessage

    if not isinstance(message, CutMessage):
        return []
    told = [{"path": one.path, "line": True} for one in message.cuts]
    return told + [{"path": path, "line": False} for path in message.silent]


def show_cuts(messages: Sequence[Message]) -> None:
    """What was cut for whom, if anything was."""
    with_line = words("told as withheld; can be disclosed later")
    without = words("leaves no trace: its presence would tell of protection")
    rows = [
        (message.header.recipient, one["path"], with_line if one["line"] else without)
        for message in messages
        for one in cut_from(message)
    ]
    if rows:
        table(words("Withheld by the agreement"), ("to", "field", ""), rows)


def tell_once() -> Callable[[CutMessage], None]:
    """Tells of each field and recipient once before it is signed, and asks at a terminal: for
    commands that show no list of their own.
    """
    from relec_exchange.message.withholding import dotted

    seen: set[tuple[str, str]] = set()

    def tell(message: CutMessage) -> None:
        to = message.header.recipient
        found = {(to, dotted(one["path"])) for one in cut_from(message)} - seen
        seen.update(found)
        for _, field in sorted(found):
            say(
                words("Withheld from {to} by the agreement: {field}", to=to, field=field),
                error=True,
            )
        if found and sys.stdin.isatty():
            click.confirm(words("Go on without it?"), abort=True, err=True)

    return tell


def withheld_fields(content: Content) -> list[Json]:
    """{"path", "state", "value", "by"} of each field that the header names as withheld: `withheld`
    or `disclosed`, its value as JSON where it is known here, and the correction that told it.
    """
    known: dict[str, Mapping[str, Any]] = {one["path"]: one for one in content.cuts}
    told = {one["path"]: one for one in content.disclosed}
    return [
        {
            "path": path,
            "state": "disclosed" if path in told else "withheld",
            "value": {**known, **told}.get(path, {}).get("value", ""),
            "by": told.get(path, {}).get("by", ""),
        }
        for path in (line["path"] for line in content.header.get("withheld") or ())
    ]


def print_withheld(content: Content) -> None:
    """The same as a table; what was disclosed was checked against the message's commitment."""
    proven = words("disclosed, proven unaltered")
    rows = [
        (one["path"], proven if one["state"] == "disclosed" else words("withheld"), one["value"])
        for one in withheld_fields(content)
    ]
    if rows:
        table(words("Withheld fields"), ("field", "", "value"), rows)
