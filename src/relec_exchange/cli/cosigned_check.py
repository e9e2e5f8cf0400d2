"""Whether a quorum has cosigned a log that was checked, by the cards that are held here.

Contract: computes everything from the note and the cards. That the note is a prefix of what was
checked is proven; whose cards were compared by telephone in this home is said, not assumed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from relec_exchange.audit.cosignature import read_cosigned, verify_owner
from relec_exchange.audit.merkle import verify_consistency
from relec_exchange.audit.quorum import check_quorum
from relec_exchange.cli.home import Place
from relec_exchange.cli.known import known
from relec_exchange.cli.log_check import LogCheck
from relec_exchange.errors import IntegrityFailure
from relec_exchange.message.encoding import unb64
from relec_exchange.trust.card import authority_fingerprint
from relec_exchange.trust.witnesses import nodes_of, witnesses

if TYPE_CHECKING:
    from relec_exchange.client import Client
    from relec_exchange.trust.directory import Directory
    from relec_exchange.trust.signature import HybridPublic

Json = dict[str, Any]


def check_cosigned(
    place: Place, client: Client, log: str, head: Json, check: LogCheck, public: HybridPublic
) -> Json:
    """{size, witnesses, of, not_compared} of the newest cosigned checkpoint of a log; size 0 while
    there is none. Raises `Unverified` if it is not what it says to be.
    """
    if not head.get("cosigned"):
        return {"size": 0, "witnesses": [], "of": 0, "not_compared": []}
    directory, now = known(place).directory, datetime.now(UTC)
    latest = now + timedelta(seconds=directory.times().clock_ahead_seconds)
    cosigned = read_cosigned(head["cosigned"].encode())
    stated = cosigned.checkpoint
    verify_owner(cosigned, public)
    signed = check_quorum(directory, cosigned, latest)
    if stated.origin != check.origin or stated.size > check.tree.size:
        raise IntegrityFailure("the cosigned checkpoint is not of the entries that were read")
    path = client.wire.get(f"/v1/audit/{log}/consistency", old=stated.size, size=check.tree.size)[
        "hashes"
    ]
    hashes = [unb64(one) for one in path]
    verify_consistency(stated.size, stated.root, check.tree.size, check.tree.root(), hashes)
    every = nodes_of(witnesses(directory, directory.own, now))
    return {
        "size": stated.size,
        "witnesses": list(signed),
        "of": len(every),
        "not_compared": [node for node in signed if not _compared(place, directory, node)],
    }


def check_anchor(client: Client, log: str, anchor: tuple[int, str] | None, check: LogCheck) -> int:
    """The size at which the exchange log has anchored an activity log that was checked; 0 for
    none. Raises `Unverified` if that tree is no prefix of it.
    """
    if anchor is None:
        return 0
    size, root = anchor
    if size > check.tree.size:
        raise IntegrityFailure("the exchange log names more entries of this log than there are")
    if size:
        path = client.wire.get(f"/v1/audit/{log}/consistency", old=size, size=check.tree.size)
        hashes = [unb64(one) for one in path["hashes"]]
        verify_consistency(size, bytes.fromhex(root), check.tree.size, check.tree.root(), hashes)
    return size


def _compared(place: Place, directory: Directory, node: str) -> bool:
    """Whether this home has compared the authority of a witness."""
    if not (place.path / "node.toml").exists():
        return False
    return place.trust().pins().get(node, "") == authority_fingerprint(directory.card(node).card)
