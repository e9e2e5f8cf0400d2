"""Manipulated bundles that try the bounds: of a lost key, and of a policy without end."""

from __future__ import annotations

from collections.abc import Iterator

from evidence_bad import Bad
from evidence_good import PLACE, TR_LOG, log_lost, policy, whole

DEPTH = 60


def bounds_tried() -> Iterator[Bad]:
    """All of them."""
    lost = {"sent": TR_LOG.logged(PLACE, 8), "policy": "", "receipts": []}
    yield Bad(
        "log-key-other-head",
        "key-revoked",
        "sent",
        "the revocation says that the last good head has another root",
        whole(notices=[log_lost(8, good_root="ab" * 32)], **lost),
    )
    yield Bad(
        "policy-doubled",
        "policy",
        "policy",
        "groups of groups that double at every level",
        whole(policy=doubled(DEPTH)),
    )
    yield Bad(
        "policy-name",
        "policy",
        "policy",
        "a group with a name that no program of others takes",
        whole(policy=policy(TR_LOG, "iq", "pk").replace("quorum-of-nodes", "quorum+of")),
    )


def doubled(depth: int) -> str:
    """The good policy, with groups below its witnesses that name two groups each."""
    *lines, last, quorum = policy(TR_LOG, "iq", "pk").splitlines()
    one, other = "iq", "pk"
    for level in range(depth):
        lines += [f"group a{level} any {one} {other}", f"group b{level} any {other} {one}"]
        one, other = f"a{level}", f"b{level}"
    lines += [last.replace(" iq pk", f" {one} pk"), quorum]
    return "\n".join(lines) + "\n"
