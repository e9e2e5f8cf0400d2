"""A remark on a text before somebody signs it.

Contract: a value. An `error` means that the text does not do what it seems to; a `warning` that a
person should look twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong or doubtful at `where` (a field of the text), and what to do about it."""

    severity: Literal["error", "warning"]
    where: str
    text: str
    remedy: str
