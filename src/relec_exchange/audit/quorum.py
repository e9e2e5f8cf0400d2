"""Whether a quorum of a node's witnesses has cosigned a checkpoint, by the cards of a directory.

Contract: pure. Times come from verified lines alone, so nobody can shift the moment at which the
witnesses are counted. The owner's own signatures are not judged here: see `verify_owner`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from relec_exchange.audit.cosignature import Cosigned, verify_lines
from relec_exchange.errors import Reason, Unverified
from relec_exchange.trust.directory import Directory
from relec_exchange.trust.signature import HybridPublic
from relec_exchange.trust.witnesses import (
    Witness,
    known_keys,
    nodes_of,
    quorum_of,
    witnesses,
)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a tree: nobody has seen it before `earliest`, and `listed` (empty:
    nobody) was among the witnesses.
    """

    earliest: datetime
    listed: str = ""


def check_quorum(
    directory: Directory, cosigned: Cosigned, latest: datetime, known: Known | None = None
) -> tuple[str, ...]:
    """The nodes whose cosignatures count, or `Unverified` (PROOF_SIGNATURE) if they are no quorum.

    Lines with a time after `latest` do not count, nor with one before the tree was there: who dates
    back would be counted by the cards of a time at which fewer witnesses were enough.
    """
    owner, limit = cosigned.checkpoint.origin.split("/")[1], int(latest.timestamp())
    least = int(known.earliest.timestamp()) if known is not None else 0
    times: dict[Witness, int] = {}
    for node, member in directory.members.items():
        for key in known_keys(member) if node != owner else ():
            at = _time(cosigned, key, limit)
            if at is not None and at >= least:
                times[node, key] = at
    return counted(directory, owner, times, known.listed if known is not None else "")


def counted(
    directory: Directory, owner: str, times: dict[Witness, int], listed: str = ""
) -> tuple[str, ...]:
    """The nodes that count of those that have cosigned, each with its verified time in seconds.

    Witnesses and quorum are those of the newest of these times; `listed`, if not empty, must be
    among them. Raises as `check_quorum`.
    """
    at = datetime.fromtimestamp(max(times.values(), default=0), UTC)
    found = witnesses(directory, owner, at)
    signed, wanted = nodes_of(one for one in found if one in times), quorum_of(len(nodes_of(found)))
    if listed and listed not in nodes_of(found):
        raise Unverified(Reason.PROOF_SIGNATURE, f"{listed} was not among the witnesses")
    if not wanted or len(signed) < wanted:
        raise Unverified(Reason.PROOF_SIGNATURE, "too few witnesses have cosigned")
    return signed


def _time(cosigned: Cosigned, key: HybridPublic, latest: int) -> int | None:
    if not key.signed_by(cosigned.lines.signatures):
        return None
    try:
        return verify_lines(cosigned.lines, key, latest)
    except Unverified:
        return None
