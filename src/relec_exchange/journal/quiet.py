"""When the node itself answers that nothing can be provided: at a slot, whatever is true here.

Contract: pure. The slot is that of `reply_slot` for the receipt and the due time, both later by as
long as questions stopped the clock. It depends on what both ends know and on nothing else.
"""

from __future__ import annotations

from datetime import datetime

from relec_exchange.journal.clock import Clock
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.constants import Times
from relec_exchange.message.identifiers import format_time, parse_time
from relec_exchange.protection.silent import reply_slot


def first_quiet(type_name: str, received: str, due: str, times: Times) -> str:
    """The slot for a request that came now; the empty string for types without such an answer."""
    if CATALOGUE[type_name].silent is None or not due:
        return ""
    return format_time(reply_slot(parse_time(received), parse_time(due), times))


def moved_quiet(received: datetime, due: datetime, clock: Clock, times: Times) -> str:
    """The slot after questions stopped the clock; `due` is the time before they did."""
    return format_time(reply_slot(received + clock.stopped, due + clock.stopped, times))
