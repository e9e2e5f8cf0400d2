"""The one way in which a check says no.

A check either returns what it was asked for or raises `Refused`. Nothing returns "true": so no
caller can forget to look at an answer.
"""

from __future__ import annotations


class Refused(Exception):
    """Something does not hold. `code` is one of `docs/reference/evidence.md`."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
