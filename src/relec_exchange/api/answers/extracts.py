"""Answers about extracts for the public."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from relec_exchange.api.answers.base import Answer


class ExtractLine(Answer):
    """One extract: of which warning, made and released by whom; unreleased ones end empty."""

    extract_id: str
    message_id: str
    sender: str
    made_by: str
    made_at: str
    released_by: str = ""
    released_at: str = ""


class ExtractList(Answer):
    """All of them, the oldest first."""

    items: list[ExtractLine]


class Extract(ExtractLine):
    """An extract with what will be published.

    `content` are the exact bytes in base64 and `salt` 32 bytes in base64; their commitment is
    what the releasing officer signs.
    """

    document: dict[str, Any]
    content: str = Field(alias="bytes")
    salt: str
    commitment: str
