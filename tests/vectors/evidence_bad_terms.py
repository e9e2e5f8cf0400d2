"""Manipulated bundles: agreements that allow no such message, and witness policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import evidence_world as w
from evidence_bad import (
    Bad,
)
from evidence_good import (
    AGREEMENT,
    FILLERS,
    HASH,
    MESSAGE,
    PK_LOG,
    PLACE,
    SALT,
    TR_LOG,
    agreement,
    by,
    policy,
    suspension,
    termination,
    whole,
)
from evidence_world import DAY, SENT_AT, START, Log


def entry_bundle(entry: bytes, **more: Any) -> dict[str, Any]:
    """A bundle of a log that was made with this entry by its owner."""
    log = Log("tr", [*FILLERS, entry])
    rest = {"receipts": [], "policy": "", **more}
    return whole(sent=log.logged(PLACE, 6), **rest)


def under(text: str, *nodes: str, notices: tuple[str, ...] = (), more: tuple[str, ...] = ()) -> Any:
    """A bundle whose entry names this text."""
    from evidence_good import parse_agreement

    note = by(text, *(nodes or ("tr", "pk")))
    entry = w.sent(MESSAGE, SALT, SENT_AT, agreement=parse_agreement(note.encode()).hash)
    return entry_bundle(entry, agreements=[note, *more], notices=list(notices))


def in_force_changed() -> Iterator[Bad]:
    """Changes of this part."""
    part = "agreement"
    at = START + 20 * DAY

    def bad(name: str, code: str, comment: str, bundle: Any) -> Bad:
        return Bad(name, code, part, comment, bundle)

    ended, over = "agreement-not-in-force", "agreement-grant"
    yield bad("not-begun", ended, "it begins later", under(agreement(valid_from=at + DAY)))
    yield bad("run-out", ended, "it had run out", under(agreement(valid_until=at)))
    yield bad("terminated", ended, "one party had ended it", whole(notices=[termination(at)]))
    yield bad(
        "terminated-by-sender",
        ended,
        "the other party had ended it",
        whole(notices=[termination(at, "tr")]),
    )
    later = by(agreement(version=2, replaces=[HASH], valid_from=at), "tr", "pk")
    yield bad(
        "replaced", ended, "another text had taken its place", whole(agreements=[AGREEMENT, later])
    )
    yield bad(
        "suspended", "agreement-suspended", "messages were stopped", whole(notices=[suspension()])
    )
    yield bad(
        "suspended-area",
        "agreement-suspended",
        "messages of this area were stopped",
        whole(notices=[suspension(areas=["migrant_smuggling"])]),
    )
    yield bad(
        "suspended-type",
        "agreement-suspended",
        "messages of this type were stopped",
        whole(notices=[suspension(types=["info.request"])]),
    )
    for name, swapped in (
        ("type", {"types": ["info.reply"]}),
        ("area", {"areas": ["human_trafficking"]}),
        ("purpose", {"purposes": ["criminal_investigation"]}),
        ("level", {"levels": ["aggregate"]}),
        ("handling", {"handling": ["H1"]}),
        ("unit", {"units": ["contact-point"]}),
        ("direction", {"from": ["pk"], "to": ["tr"]}),
    ):
        yield bad(
            f"grant-{name}", over, f"no grant has this {name}", under(agreement(grant=swapped))
        )


def policies_changed() -> Iterator[Bad]:
    """Changes of this part."""
    good = policy(TR_LOG, "iq", "pk")

    def bad(name: str, comment: str, text: str, **more: Any) -> Bad:
        return Bad(name, "policy", "policy", comment, whole(policy=text, **more))

    yield bad("policy-fewer", "it asks for one witness", good.replace("nodes 2 iq", "nodes 1 iq"))
    yield bad("policy-any", "it asks for any", good.replace("nodes 2 iq", "nodes any iq"))
    yield bad("policy-half", "one key of a witness is enough", good.replace("iq all", "iq any"))
    yield bad("policy-others", "it leaves a witness out", policy(TR_LOG, "iq"))
    yield bad("policy-owner", "the owner witnesses itself", policy(TR_LOG, "iq", "pk", "tr"))
    yield bad("policy-log", "it is about another log", policy(PK_LOG, "iq", "pk"))
    yield bad("policy-no-quorum", "it names no quorum", good.replace("quorum quorum", "# quorum"))
    yield bad("policy-words", "a line that is none", good + "trust everybody\n")
    yield bad(
        "policy-alone",
        "a policy without a cosigned checkpoint",
        good,
        sent=TR_LOG.logged(PLACE, 8),
        receipts=[],
    )
