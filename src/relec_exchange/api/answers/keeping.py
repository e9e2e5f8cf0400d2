"""Answers about how long messages are kept; `KeptFull.reason` is an officer's own text."""

from __future__ import annotations

from relec_exchange.api.answers.base import Answer, Direction


class Kept(Answer):
    """The term of one message: days as `YYYY-MM-DD`, times as everywhere; empty where it has none.

    `attested_at` is when this node attested its destruction, `peer_attested_at` when the other did.
    """

    message_id: str
    direction: Direction
    peer: str
    type: str
    data_level: str
    erase_on: str
    review_on: str = ""
    kept_until: str = ""
    kept_by: str = ""
    erased_at: str = ""
    attested_at: str = ""
    peer_attested_at: str = ""


class KeptFull(Kept):
    """The same with the units that hold copies, and the reason of a hold."""

    units: tuple[str, ...] = ()
    reason: str = ""


class KeptList(Answer):
    """What is erased soon and what a hold keeps, the nearest day first."""

    items: list[Kept]


class KeptState(Answer):
    """Until when a hold keeps a message; empty if none does."""

    message_id: str
    direction: Direction
    kept_until: str = ""


class RetentionRan(Answer):
    """What one run did; `whole` is false if more is due than one run takes."""

    erased: int
    announced: int
    whole: bool
