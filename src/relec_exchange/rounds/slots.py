"""Rounds are due in slots of the clock, the same for all partners of a node.

Contract: pure. So rounds to different partners carry one checkpoint, which a quorum can cosign.
Each node's slots begin at another second, or all nodes would write at once and answer a slot late.
"""

from __future__ import annotations

import hashlib
from datetime import datetime


def passed(since: datetime, now: datetime, seconds: int, node: str) -> bool:
    """Whether a slot of so many seconds has begun since then, as this node counts them."""
    return _slot(now, seconds, node) > _slot(since, seconds, node)


def _slot(at: datetime, seconds: int, node: str) -> int:
    shift = int.from_bytes(hashlib.sha256(node.encode()).digest()[:4], "big") % seconds
    return int(at.timestamp() + shift) // seconds
