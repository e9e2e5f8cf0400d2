"""Answers that statistics are made of."""

from __future__ import annotations

from typing import Any

from relec_exchange.api.answers.base import Answer


class StatisticsItem(Answer):
    """One message. `body` stands in reports, `kind`, `country` and `supersedes` in warnings,
    `due_at` and `answered_at` in deadlines; `received_at` is when one of ours was sent.
    """

    row: int
    message_id: str
    type: str
    sender: str
    recipient: str
    received_at: str
    withdrawn: str = ""
    body: dict[str, Any] | None = None
    kind: str = ""
    country: str = ""
    supersedes: str = ""
    due_at: str = ""
    answered_at: str = ""


class StatisticsPage(Answer):
    """Messages after the row asked for; `next` continues, null at the end."""

    items: list[StatisticsItem]
    next: int | None = None
