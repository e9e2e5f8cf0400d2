"""The numbers of a node's own suspensions: a mistake is found before anybody is told.

Contract: pure. Of other nodes both texts of one number are held, and are an alarm.
"""

from __future__ import annotations

from relec_exchange.errors import Conflict
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.noticed import same_number
from relec_exchange.trust.notices import SignedNotice


def check_own_number(directory: Directory, signed: SignedNotice) -> None:
    """`Conflict` for another suspension or lift of this node with a number that it has used."""
    if signed.notice.node != directory.own:
        return
    if any(same_number(n, signed) and directory.counts(n) for n in directory.notices.values()):
        raise Conflict(
            "another suspension or lift of ours has this number",
            field="suspension.number",
            remedy="draft it again with the next number; if nobody here signed the other one, the"
            " authority key is stolen: see relec notices",
        )
