"""The number by which an envelope on its way is known: its log's number and its place there.

Contract: pure. Places of two logs never give one number; in a node's first log it is the place.
"""

from __future__ import annotations

from typing import Final

from relec_exchange.message.identifiers import Origin, parse_origin

_BITS: Final = 40
_INDEX: Final = (1 << _BITS) - 1


def envelope_key(origin: str, index: int) -> int:
    """The number of the envelope of the message at `index` of the log `origin` of ours."""
    return ((parse_origin(origin).number - 1) << _BITS) | index


def place_of(key: int, origin: str) -> tuple[str, int]:
    """Log and place that a number stands for; `origin` is any exchange log of the same node."""
    like = parse_origin(origin)
    log = Origin(like.network, like.node, like.log, (key >> _BITS) + 1)
    return str(log), key & _INDEX
