"""Manipulated bundles that try the bounds: of a lost key, and of a policy without end."""

from __future__ import annotations

from collections.abc import Iterator

from evidence_bad import Bad
from evidence_good import PLACE, TR_LOG, log_lost, policy, whole
from evidence_world import key

from relec_exchange.trust.signature import VerifierKey

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
    good = policy(TR_LOG, "iq", "pk")
    for name, comment, text in (
        ("control", "a control character", good.replace("\n", "\r\n")),
        ("break", "a rule behind a sign that only some take for a line's end", hidden(good)),
        ("space", "a space that only some take for one", good.replace("iq all ", "iq all\u2003")),
        ("late-group", "the quorum is named before its group", reordered(good)),
        ("half-log", "one key of the log is enough", good.partition("\n")[2]),
        ("key-of-log", "a key of the log as a witness", f"witness x {LOG_KEY}\n{good}"),
        ("key-twice", "one key under two names", f"witness x {renamed()}\n{good}"),
    ):
        yield Bad(f"policy-{name}", "policy", "policy", comment, whole(policy=text))


LOG_KEY = TR_LOG.key.public().vkeys()[0]


def hidden(text: str) -> str:
    """The policy with its quorum behind a comment and a line separator."""
    *lines, quorum = text.splitlines()
    return "\n".join([*lines, f"# nothing\u2028{quorum}", ""])


def reordered(text: str) -> str:
    """The policy with its last two lines exchanged."""
    *lines, group, quorum = text.splitlines()
    return "\n".join([*lines, quorum, group, ""])


def renamed() -> str:
    """A witness key under another name, with the key id that this gives it."""
    public = key("iq", "witness").public().ed25519
    return VerifierKey("relec.example/zz/witness", 4, public).vkey()


def doubled(depth: int) -> str:
    """The good policy, with groups below its witnesses that name two groups each."""
    *lines, last, quorum = policy(TR_LOG, "iq", "pk").splitlines()
    one, other = "iq", "pk"
    for level in range(depth):
        lines += [f"group a{level} any {one} {other}", f"group b{level} any {other} {one}"]
        one, other = f"a{level}", f"b{level}"
    lines += [last.replace(" iq pk", f" {one} pk"), quorum]
    return "\n".join(lines) + "\n"
