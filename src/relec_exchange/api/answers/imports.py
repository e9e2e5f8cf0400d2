"""What the node sent before from the records of an import."""

from __future__ import annotations

from relec_exchange.api.answers.base import Answer


class SentBefore(Answer):
    """What stands of one record. The names are keyed and make the idempotency key
    `imp.<subject_name>.<number>.<content_name>` of the next message.

    `number` is the highest used so far; `message_id` is empty if nothing stands; `told` are all
    messages that left, the oldest first. `waiting`: the one that stands waits for another officer.
    """

    subject_name: str
    content_name: str
    number: int
    message_id: str = ""
    standing_number: int = 0
    same: bool = False
    told: tuple[str, ...] = ()
    waiting: bool = False


class SentBeforeList(Answer):
    """One answer per record, in order."""

    items: list[SentBefore]
