"""Decision cases: suspensions, lifts, and what revocations of authority keys leave signed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from decision_world import (
    DAY,
    NOW,
    SECOND,
    START,
    Case,
    agreement,
    charter,
    grant,
    lift,
    revocation,
    suspension,
    termination,
)

KINDS = ["stat.report", "recall", "correction"]
RECALL = {"type": "recall", "data_level": "none"}


def notice_cases(keys: Mapping[str, Mapping[str, str]]) -> Iterator[Case]:
    """All of this page. `keys` are verifier keys and fingerprints of authorities, by `node/n`."""
    for cases in (_suspended, _scope, _until, _lifted, _closing):
        yield from cases()
    yield from _revoked(keys)


def _text():
    return agreement(grant(types=KINDS, levels=["none", "aggregate"]))


def _suspended() -> Iterator[Case]:
    text = _text()
    for node in ("tr", "pk"):
        yield Case(
            f"suspended-by-{node}",
            "A suspension by either of the two stops messages.",
            [text, suspension(node)],
            "agreement-suspended",
        )
        yield Case(
            f"suspended-by-{node}-named",
            "It stops messages under the text that is named.",
            [text, suspension(node)],
            "agreement-suspended",
            named=text.hash,
        )
    both_ways = agreement(grant(**{"from": ["tr", "pk"], "to": ["tr", "pk"]}))
    yield Case(
        "suspended-other-direction",
        "It stops messages in both directions.",
        [both_ways, suspension()],
        "agreement-suspended",
        {"sender": "pk", "recipient": "tr"},
    )
    yield Case(
        "suspended-before-it-was-issued",
        "It counts whatever time the message claims, also a time before it was issued.",
        [text, suspension()],
        "agreement-suspended",
        at=START,
    )
    yield Case(
        "suspended-of-two-one",
        "Of several suspensions any one stops messages.",
        [text, suspension(areas=["human_trafficking"]), suspension(number=2)],
        "agreement-suspended",
    )
    yield Case(
        "suspended-last-reason",
        "What no text allows is denied for that reason, suspended or not.",
        [text, suspension()],
        "no-grant-area",
        {"area": "human_trafficking"},
    )
    yield Case(
        "suspended-without-text",
        "Without any text the reason is that there is none.",
        [suspension()],
        "no-agreement",
    )
    yield Case(
        "suspended-control",
        "Control types are never stopped.",
        [text, suspension()],
        (),
        {"type": "round"},
    )
    wide = charter()
    for name, sender, recipient, expect in (
        ("named-partner", "tr", "pk", "agreement-suspended"),
        ("other-partner", "tr", "iq", (wide, "open")),
        ("others", "pk", "iq", (wide, "open")),
    ):
        yield Case(
            f"suspended-charter-{name}",
            "A suspension is between its node and the partners that it names.",
            [wide, suspension()],
            expect,
            {"sender": sender, "recipient": recipient},
        )
    for recipient in ("pk", "iq"):
        yield Case(
            f"suspended-with-all-{recipient}",
            "A suspension with all stops messages with every partner.",
            [wide, suspension(**{"with": ["*"]})],
            "agreement-suspended",
            {"recipient": recipient},
        )
    yield Case(
        "suspended-with-all-not-others",
        "A suspension with all leaves messages between others.",
        [wide, suspension(**{"with": ["*"]})],
        (wide, "open"),
        {"sender": "pk", "recipient": "iq"},
    )
    yield Case(
        "suspended-by-a-third",
        "A third node cannot stop messages between two others.",
        [wide, suspension("iq", **{"with": ["tr", "pk"]})],
        (wide, "open"),
    )
    alone = suspension("pk", held_by=["pk"])
    yield Case(
        "suspended-held-by-recipient",
        "A suspension counts for whoever holds it: the sender may not know it yet.",
        [text, alone],
        (text, "one"),
        recipient="agreement-suspended",
    )


def _scope() -> Iterator[Case]:
    text = _text()
    for area in ("migrant_smuggling", "human_trafficking", "irregular_migration"):
        yield Case(
            f"suspended-area-{area}".replace("_", "-"),
            "A suspension that names areas stops messages in these alone.",
            [text, suspension(areas=[area])],
            "agreement-suspended" if area == "migrant_smuggling" else (text, "one"),
        )
    yield Case(
        "suspended-one-of-two-areas",
        "One of the areas that it names is enough.",
        [text, suspension(areas=["human_trafficking", "migrant_smuggling"])],
        "agreement-suspended",
    )
    for kind in ("stat.report", "stat.analysis"):
        yield Case(
            f"suspended-type-{kind}".replace(".", "-"),
            "A suspension that names types stops these alone.",
            [text, suspension(types=[kind])],
            "agreement-suspended" if kind == "stat.report" else (text, "one"),
        )
    for area, stops in (("migrant_smuggling", True), ("human_trafficking", False)):
        yield Case(
            f"suspended-type-and-area-{area}".replace("_", "-"),
            "Where it names both, type and area must be named.",
            [text, suspension(types=["stat.report"], areas=[area])],
            "agreement-suspended" if stops else (text, "one"),
        )
    later = agreement(grant(types=["stat.report"]))
    yield Case(
        "suspended-type-of-a-later-version",
        "A type of a later version in a suspension stops nothing of this one.",
        [later, suspension(types=["stat.gossip"])],
        (later, "one"),
    )


def _until() -> Iterator[Case]:
    text = _text()
    for name, until, stops in (
        ("later", NOW + DAY, True),
        ("second-later", NOW + SECOND, True),
        ("now", NOW, False),
        ("earlier", NOW - SECOND, False),
    ):
        yield Case(
            f"suspended-until-{name}",
            "A suspension with an end counts until before that time.",
            [text, suspension(until=until, issued=START)],
            "agreement-suspended" if stops else (text, "one"),
        )
    yield Case(
        "suspended-until-of-two",
        "One that has ended does not end another.",
        [text, suspension(until=NOW, issued=START), suspension(number=2, until=NOW + DAY)],
        "agreement-suspended",
    )


def _lifted() -> Iterator[Case]:
    text, halt = _text(), suspension()
    yield Case(
        "lifted", "A lift restores what was stopped.", [text, halt, lift(halt)], (text, "one")
    )
    yield Case(
        "lifted-at-any-time",
        "A lifted suspension does not count any more, whatever time the message claims.",
        [text, halt, lift(halt)],
        (text, "one"),
        at=NOW - DAY,
    )
    other = suspension(number=3)
    yield Case(
        "lifted-one-of-two",
        "A lift ends the suspensions that it names and no other.",
        [text, halt, other, lift(halt)],
        "agreement-suspended",
    )
    yield Case(
        "lifted-both",
        "A lift may name several.",
        [text, halt, other, lift(halt, other)],
        (text, "one"),
    )
    yield Case(
        "lifted-by-the-other",
        "A node lifts its own suspensions only.",
        [text, halt, lift(halt, node="pk", number=1)],
        "agreement-suspended",
    )
    theirs = suspension("pk")
    yield Case(
        "lifted-by-one-of-two",
        "What both have stopped needs the lift of both.",
        [text, halt, theirs, lift(halt)],
        "agreement-suspended",
    )
    yield Case(
        "lifted-by-both",
        "What both have stopped goes on when both have lifted it.",
        [text, halt, theirs, lift(halt), lift(theirs, node="pk")],
        (text, "one"),
    )
    wide, all_of_them = charter(), suspension(**{"with": ["*"]})
    for recipient, expect in (("pk", (wide, "open")), ("iq", "agreement-suspended")):
        yield Case(
            f"lifted-for-one-{recipient}",
            "A lift counts for the partners that it names.",
            [wide, all_of_them, lift(all_of_them)],
            expect,
            {"recipient": recipient},
        )
    again = suspension(number=3, reason="Simulated again")
    yield Case(
        "suspended-again",
        "A new suspension after a lift stops messages again.",
        [text, halt, lift(halt), again],
        "agreement-suspended",
    )
    yield Case(
        "lifted-unknown",
        "A lift of a suspension that is not held changes nothing.",
        [text, lift(halt)],
        (text, "one"),
    )


def _closing() -> Iterator[Case]:
    text = _text()
    for kind in ("recall", "correction"):
        yield Case(
            f"suspended-closing-{kind}",
            "What closes open business goes on under a suspension of everything.",
            [text, suspension()],
            (text, "one"),
            {"type": kind, "data_level": "none"},
            closing=True,
        )
        yield Case(
            f"suspended-closing-{kind}-named",
            "A suspension that names the type itself stops it.",
            [text, suspension(types=[kind])],
            "agreement-suspended",
            {"type": kind, "data_level": "none"},
        )
    yield Case(
        "suspended-closing-another-named",
        "A suspension that names another type leaves it.",
        [text, suspension(types=["correction"])],
        (text, "one"),
        RECALL,
    )
    yield Case(
        "suspended-closing-other-area",
        "A suspension in another area does not make it a message that only closes.",
        [text, suspension(areas=["human_trafficking"])],
        (text, "one"),
        RECALL,
    )
    yield Case(
        "suspended-and-terminated-closing",
        "It goes on also where the text is terminated and messages are suspended.",
        [text, termination(text), suspension()],
        (text, "one"),
        RECALL,
        closing=True,
    )
    yield Case(
        "suspended-and-terminated",
        "The end of the text is told before the suspension.",
        [text, termination(text), suspension()],
        "agreement-terminated",
    )


def _revoked(keys: Mapping[str, Mapping[str, str]]) -> Iterator[Case]:
    """Signatures by `tr` are those of its first keys, by `tr/2` those that its card announces."""
    text, halt = agreement(), suspension()
    successor = {name: keys["tr/2"][name] for name in ("ed25519", "mldsa44")}

    def stolen(**changes):
        key = keys["tr/1"]["fingerprint"]
        values = {"good_card": 1, "successor": successor, "signed_by": ["tr/2"], **changes}
        return revocation("authority", key=key, **values)

    yield Case(
        "revoked-agreement",
        "A text that only revoked keys of one party have signed counts as not signed.",
        [text, stolen()],
        "no-agreement",
    )
    yield Case(
        "revoked-agreement-named",
        "It is named in vain.",
        [text, stolen()],
        "no-agreement",
        named=text.hash,
    )
    yield Case(
        "revoked-agreement-good",
        "A text that the revocation stands by stays signed.",
        [text, stolen(good_texts=[text.hash])],
        (text, "one"),
    )
    again = agreement(signed_by=["pk", "tr", "tr/2"])
    yield Case(
        "revoked-agreement-signed-again",
        "A text that the next keys have signed again counts.",
        [again, stolen()],
        (again, "one"),
    )
    yield Case(
        "revoked-suspension",
        "A suspension that only revoked keys have signed does not count.",
        [text, halt, stolen(good_texts=[text.hash])],
        (text, "one"),
    )
    yield Case(
        "revoked-suspension-good",
        "A suspension that the revocation stands by counts.",
        [text, halt, stolen(good_texts=[text.hash, halt.hash])],
        "agreement-suspended",
    )
    end = termination(text)
    yield Case(
        "revoked-termination",
        "A termination that only revoked keys have signed does not count.",
        [text, end, stolen(good_texts=[text.hash])],
        (text, "one"),
    )
    wide = charter()
    yield Case(
        "revoked-charter-others",
        "Between two others a charter stays in force.",
        [wide, stolen()],
        (wide, "open"),
        {"sender": "pk", "recipient": "iq"},
    )
    yield Case(
        "revoked-control",
        "Control types go on: the new card and texts must be able to travel.",
        [text, stolen()],
        (),
        {"type": "card.update"},
    )
