"""What is said where auditors find nothing: a name written wrongly finds nothing, too."""

from __future__ import annotations

from collections.abc import Mapping

from relec_exchange.cli.output import say_folded
from relec_exchange.cli.words import words


def say_nothing_found(filters: Mapping[str, str | None], since: str, until: str) -> None:
    """Repeat what was asked for, and the period in UTC, so that a slip is seen."""
    asked = [f"{name}={value}" for name, value in filters.items() if value]
    if asked:
        text = "Nothing has all of: {asked}. Names are compared letter by letter, and nobody checks"
        text += " here that there is such a one."
        say_folded(words(text, asked=", ".join(asked)))
    if since or until:
        text = "The period: from {since} until before {until} (UTC)."
        begin, end = since or words("the first entry"), until or words("now")
        say_folded(words(text, since=begin, until=end))
