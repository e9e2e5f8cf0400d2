"""Days and months on the command line as periods of wire time."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import click

from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput

F = TypeVar("F", bound=Callable[..., Any])

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
_YEARS = range(1970, 9999)


def period_options(function: F) -> F:
    """The options `--from` and `--to`, as parameters `first` and `last`."""
    for name, target, text in (
        ("--to", "last", "Last day, as 2026-09-30, or month."),
        ("--from", "first", "First day, as 2026-07-01, or month, as 2026-07."),
    ):
        function = click.option(name, target, default="", help=text)(function)
    return function


def period(first: str, last: str) -> tuple[str, str]:
    """(since, until) in wire time: from the begin of the first day until the end of the last one.
    Empty where nothing was given. `InvalidInput` names the option.
    """
    since = _begin(first, "from") if first else None
    until = _after(last, "to") if last else None
    if since and until and until <= since:
        raise InvalidInput(words("the last day lies before the first"), field="to")
    return _wire(since), _wire(until)


def whole_period(first: str, last: str, today: datetime) -> tuple[str, str]:
    """As `period`, but nothing is open: by default this month until the end of today."""
    begin = first or f"{today:%Y-%m}"
    return period(begin, last or f"{today:%Y-%m-%d}")


def last_day(until: str) -> str:
    """The last day of a period that ends before this moment (wire time)."""
    return f"{date.fromisoformat(until[:10]) - timedelta(days=1)}"


def _begin(text: str, field: str) -> date:
    return _date(f"{text}-01" if _MONTH.fullmatch(text) else text, field)


def _after(text: str, field: str) -> date:
    if not _MONTH.fullmatch(text):
        return _date(text, field) + timedelta(days=1)
    return (_date(f"{text}-28", field) + timedelta(days=4)).replace(day=1)


def _date(text: str, field: str) -> date:
    with suppress(ValueError):
        if _DAY.fullmatch(text) and int(text[:4]) in _YEARS:
            return date.fromisoformat(text)
    raise InvalidInput(words("a day is written as 2026-07-01, a month as 2026-07"), field=field)


def _wire(day: date | None) -> str:
    return "" if day is None else f"{day}T00:00:00.000Z"
