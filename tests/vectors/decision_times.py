"""Decision cases: when texts begin, end, are replaced and terminated, and what goes on after."""

from __future__ import annotations

from collections.abc import Iterator

from decision_world import (
    DAY,
    END,
    NOW,
    SECOND,
    START,
    Case,
    Text,
    agreement,
    charter,
    grant,
    termination,
)

NOT_HELD = "0" * 64
CLOSING = ("recall", "recall.outcome", "correction", "shred.attestation")
HANDLING = {"handling": ["H1"]}


def time_cases() -> Iterator[Case]:
    """All of this page."""
    for cases in (_dates, _named, _replaced, _terminated, _reasons, _closing):
        yield from cases()


def _dates() -> Iterator[Case]:
    text = agreement(valid_from=NOW, valid_until=NOW + DAY)
    for name, at, expect in (
        ("long-before", START, "not-yet-valid"),
        ("second-before", NOW - SECOND, "not-yet-valid"),
        ("first-second", NOW, (text, "one")),
        ("last-second", NOW + DAY - SECOND, (text, "one")),
        ("at-its-end", NOW + DAY, "agreement-ended"),
        ("long-after", END - DAY, "agreement-ended"),
    ):
        for named in (None, text.hash):
            yield Case(
                f"dates-{name}{'-named' if named else ''}",
                "A text is in force from its start until before its end.",
                [text],
                expect,
                at=at,
                named=named,
            )


def _named() -> Iterator[Case]:
    wide, own = charter(signed_by=["tr", "pk"]), agreement()
    yield Case(
        "named-charter",
        "Only the text that is named counts, also where another one would come first.",
        [wide, own],
        (wide, "open"),
        named=wide.hash,
    )
    yield Case(
        "named-own",
        "A bilateral text that is named counts.",
        [wide, own],
        (own, "one"),
        named=own.hash,
    )
    yield Case(
        "named-not-held",
        "A text that is not held allows nothing.",
        [wide, own],
        "agreement-not-held",
        named=NOT_HELD,
    )
    yield Case(
        "named-empty",
        "The empty name is no text of an agreement.",
        [wide, own],
        "no-agreement",
        named="",
    )
    others = agreement(
        grant(**{"from": ["tr"], "to": ["iq"]}), parties=["tr", "iq"], signed_by=["tr", "iq"]
    )
    yield Case(
        "named-of-others",
        "A text that is named and that only one of the two has signed allows nothing.",
        [own, others],
        "no-agreement",
        named=others.hash,
    )
    other_type = agreement(grant(types=["stat.analysis"]), title="Simulated second")
    yield Case(
        "named-without-type",
        "A text that is named must grant the type itself.",
        [own, other_type],
        "no-grant-type",
        named=other_type.hash,
    )
    narrow = agreement(grant(areas=["human_trafficking"]), title="Simulated third")
    yield Case(
        "named-lacks",
        "A text that is named must grant the area itself.",
        [own, narrow],
        "no-grant-area",
        named=narrow.hash,
    )


def _successor(old: Text, *grants: object, **changes: object) -> Text:
    values = {
        "version": 2,
        "replaces": [old.hash],
        "valid_from": NOW,
        "title": "Simulated successor",
        **changes,
    }
    return agreement(*(grants or (grant(areas=["human_trafficking"]),)), **values)


def _replaced() -> Iterator[Case]:
    old = agreement()
    new = _successor(old)
    yield Case(
        "replaced-before-start",
        "Until its successor starts a text stays in force.",
        [old, new],
        (old, "one"),
        at=NOW - SECOND,
    )
    yield Case(
        "replaced-at-start",
        "From the start of its successor on only that one counts.",
        [old, new],
        "no-grant-area",
    )
    yield Case(
        "replaced-named",
        "A text that was replaced is named in vain.",
        [old, new],
        "agreement-replaced",
        named=old.hash,
    )
    yield Case(
        "replaced-gives-more",
        "What the successor grants is allowed from its start on.",
        [old, new],
        (new, "one"),
        {"area": "human_trafficking"},
    )
    yield Case(
        "replaced-gives-more-too-early",
        "What only the successor grants is not yet allowed before its start.",
        [old, new],
        "not-yet-valid",
        {"area": "human_trafficking"},
        at=NOW - SECOND,
    )
    short = _successor(old, valid_until=NOW + DAY)
    yield Case(
        "replaced-never-returns",
        "An ended text does not return when its successor has run out.",
        [old, short],
        "agreement-replaced",
        at=NOW + 2 * DAY,
        named=old.hash,
    )
    yield Case(
        "successor-ran-out",
        "After the end of the successor nothing is in force.",
        [old, short],
        "agreement-ended",
        at=NOW + 2 * DAY,
    )
    unsigned = _successor(old, signed_by=["pk"])
    yield Case(
        "replaced-by-unsigned",
        "A successor that only one of the two has signed ends nothing.",
        [old, unsigned],
        (old, "one"),
    )
    two, three = _successor(old), _successor(old, version=3, title="Simulated other one")
    for name, text, expect in (
        ("lower", two, "agreement-replaced"),
        ("higher", three, "no-grant-area"),
    ):
        yield Case(
            f"two-successors-{name}",
            "Of two texts that replace the same one only that of higher version is current.",
            [two, three],
            expect,
            named=text.hash,
        )
    first = agreement(version=5)
    yield Case(
        "replaced-by-lower-version",
        "A successor of lower version never becomes current.",
        [first, _successor(first, version=4)],
        (first, "one"),
    )
    yield Case(
        "replaced-by-lower-version-named",
        "A successor of lower version is named in vain.",
        [first, _successor(first, version=4)],
        "agreement-replaced",
        named=_successor(first, version=4).hash,
    )
    wide = charter()
    later = charter(
        grant("open", areas=["human_trafficking"]),
        version=2,
        replaces=[wide.hash],
        signed_by=["tr", "pk"],
        valid_from=NOW,
    )
    yield Case(
        "charter-replaced-between-signers",
        "Between two that have both signed the new charter the old one has ended.",
        [wide, later],
        "no-grant-area",
    )
    yield Case(
        "charter-stays-for-others",
        "Between two of whom one has not signed the new charter the old one stays.",
        [wide, later],
        (wide, "open"),
        {"recipient": "iq"},
    )
    gap = _successor(agreement(valid_until=NOW - DAY), grant(), valid_from=NOW + DAY)
    before = agreement(valid_until=NOW - DAY)
    yield Case(
        "gap-between-texts",
        "In a gap between a text and its successor nothing is in force.",
        [before, gap],
        "agreement-ended",
    )
    third = _successor(new, grant(), version=3, valid_from=NOW + DAY)
    for name, at, expect in (
        ("first", NOW - DAY, (old, "one")),
        ("second", NOW, "not-yet-valid"),
        ("third", NOW + DAY, (third, "one")),
    ):
        yield Case(
            f"three-in-a-row-{name}",
            "Of three texts in a row each counts in its time.",
            [old, new, third],
            expect,
            at=at,
        )
    side = agreement(grant(areas=["human_trafficking"]), title="Simulated second")
    for area, text in (("migrant_smuggling", old), ("human_trafficking", side)):
        yield Case(
            f"side-by-side-{area}".replace("_", "-"),
            "Two texts that replace nothing stand side by side.",
            [old, side],
            (text, "one"),
            {"area": area},
        )
    renewed = _successor(agreement(valid_until=NOW), grant())
    yield Case(
        "renewed-without-a-gap",
        "A renewal goes on where the old text ends.",
        [agreement(valid_until=NOW), renewed],
        (renewed, "one"),
    )
    yield Case(
        "renewed-old-named",
        "The old text has run out, also where its renewal starts in the same second.",
        [agreement(valid_until=NOW), renewed],
        "agreement-ended",
        named=agreement(valid_until=NOW).hash,
    )


def _terminated() -> Iterator[Case]:
    text = agreement()
    for node in ("tr", "pk"):
        end = termination(text, node)
        yield Case(
            f"terminated-by-{node}-before",
            "Until a termination takes effect the text stays in force.",
            [text, end],
            (text, "one"),
            at=NOW - SECOND,
        )
        yield Case(
            f"terminated-by-{node}",
            "Either of the two ends a text by a termination, in both directions.",
            [text, end],
            "agreement-terminated",
        )
        yield Case(
            f"terminated-by-{node}-named",
            "A terminated text is named in vain.",
            [text, end],
            "agreement-terminated",
            named=text.hash,
        )
    yield Case(
        "terminated-twice",
        "Of two terminations the one that takes effect first counts.",
        [text, termination(text, effective=NOW + 9 * DAY), termination(text, "pk")],
        "agreement-terminated",
    )
    yield Case(
        "terminated-after-its-end",
        "A termination that comes after the end of a text changes nothing.",
        [agreement(valid_until=NOW - DAY), termination(agreement(valid_until=NOW - DAY))],
        "agreement-ended",
    )
    yield Case(
        "terminated-before-its-start",
        "A text that is terminated before it starts never comes in force.",
        [agreement(valid_from=NOW + DAY), termination(agreement(valid_from=NOW + DAY))],
        "agreement-terminated",
        at=NOW + 2 * DAY,
    )
    other = agreement(title="Simulated second")
    yield Case(
        "terminated-another",
        "A termination of another text changes nothing.",
        [text, other, termination(other)],
        (text, "one"),
    )
    yield Case(
        "terminated-not-held",
        "A termination of a text that is not held changes nothing.",
        [text, termination(NOT_HELD)],
        (text, "one"),
    )
    wide = charter()
    yield Case(
        "charter-terminated-with-one",
        "A termination ends a charter between its node and the partners that it names.",
        [wide, termination(wide)],
        "agreement-terminated",
    )
    yield Case(
        "charter-stays-with-another",
        "With a partner that the termination does not name the charter stays.",
        [wide, termination(wide)],
        (wide, "open"),
        {"recipient": "iq"},
    )
    yield Case(
        "charter-stays-between-others",
        "Between two others the charter stays.",
        [wide, termination(wide, **{"with": ["*"]})],
        (wide, "open"),
        {"sender": "pk", "recipient": "iq"},
    )
    for partner in ("pk", "iq"):
        yield Case(
            f"charter-terminated-with-all-{partner}",
            "A termination with all ends a charter with every partner.",
            [wide, termination(wide, **{"with": ["*"]})],
            "agreement-terminated",
            {"recipient": partner},
        )
    yield Case(
        "terminated-by-a-third",
        "A third node cannot end what two others have signed.",
        [wide, termination(wide, "iq", **{"with": ["tr"]})],
        (wide, "open"),
    )
    old = agreement()
    new = _successor(old, grant())
    yield Case(
        "terminated-successor",
        "When a successor is terminated, the text before it does not return.",
        [old, new, termination(new, effective=NOW + DAY)],
        "agreement-terminated",
        at=NOW + 2 * DAY,
    )
    yield Case(
        "terminated-predecessor",
        "A termination of the old text does not touch its successor.",
        [old, new, termination(old, effective=NOW - DAY)],
        (new, "one"),
    )
    yield Case(
        "terminated-between",
        "Between a termination and the start of the successor nothing is in force.",
        [old, new, termination(old, effective=NOW - DAY)],
        "agreement-terminated",
        at=NOW - SECOND,
    )
    yield Case(
        "terminated-on-its-last-day",
        "A termination at the very end of a text changes nothing.",
        [agreement(valid_until=NOW), termination(agreement(valid_until=NOW))],
        "agreement-ended",
    )
    wide_own = charter(signed_by=["tr", "pk"])
    yield Case(
        "terminated-charter-takes-over",
        "When the bilateral text is terminated, the charter allows what it grants.",
        [wide_own, text, termination(text)],
        (wide_own, "open"),
    )


def _reasons() -> Iterator[Case]:
    """Which reason is told where several could be."""
    ended = agreement(grant(**HANDLING), valid_until=NOW - DAY, title="Simulated first")
    wide = charter(signed_by=["tr", "pk"])
    yield Case(
        "reason-ended-would-allow",
        "A text that would allow and has run out is told before what a grant in force lacks.",
        [wide, ended],
        "agreement-ended",
        HANDLING,
    )
    yield Case(
        "reason-terminated-would-allow",
        "A text that would allow and was terminated is told before what a grant in force lacks.",
        [wide, agreement(grant(**HANDLING)), termination(agreement(grant(**HANDLING)))],
        "agreement-terminated",
        HANDLING,
    )
    yield Case(
        "reason-future-would-allow",
        "A text that will allow is told before what a grant in force lacks.",
        [wide, agreement(grant(**HANDLING), valid_from=NOW + DAY)],
        "not-yet-valid",
        HANDLING,
    )
    yield Case(
        "reason-lacking",
        "What a grant in force lacks is told before a text that has run out and lacks more.",
        [wide, agreement(grant(areas=["human_trafficking"]), valid_until=NOW - DAY)],
        "no-grant-handling",
        HANDLING,
    )
    yield Case(
        "reason-type-of-ended",
        "A text that has run out and grants the type is told where none in force grants it.",
        [
            charter(grant("open", types=["stat.analysis"]), signed_by=["tr", "pk"]),
            agreement(grant(areas=["human_trafficking"]), valid_until=NOW - DAY),
        ],
        "agreement-ended",
    )
    yield Case(
        "reason-type",
        "Where no text ever granted the type, that is the reason.",
        [wide, agreement(grant(types=["stat.analysis"]), valid_until=NOW - DAY)],
        "no-grant-type",
        {"type": "doc.alert", "data_level": "non_nominal"},
    )
    yield Case(
        "reason-past-before-future",
        "A text that has run out is told before one that begins later.",
        [
            agreement(valid_until=NOW - DAY, title="Simulated first"),
            agreement(valid_from=NOW + DAY, title="Simulated second"),
        ],
        "agreement-ended",
    )
    yield Case(
        "reason-newest-past",
        "Of several texts that are over, the one that ended last is told.",
        [
            agreement(valid_until=NOW - 5 * DAY, title="Simulated first"),
            agreement(title="Simulated second"),
            termination(agreement(title="Simulated second"), effective=NOW - 2 * DAY),
        ],
        "agreement-terminated",
    )


def _closing() -> Iterator[Case]:
    """What closes open business goes on under the newest text that granted it."""
    kinds = list(CLOSING)
    closing = grant(types=[*kinds, "stat.report"], levels=["none", "aggregate"])
    ended = agreement(closing, valid_until=NOW - DAY)
    terminated = agreement(closing, title="Simulated terminated")
    replaced = agreement(closing, title="Simulated replaced")
    successor = _successor(replaced, grant(types=["stat.report"]), valid_from=NOW - DAY)
    for kind in kinds:
        level = {"type": kind, "data_level": "none"}
        name = kind.replace(".", "-")
        yield Case(
            f"closing-{name}-in-force",
            "In force, a type that closes open business goes as any other.",
            [agreement(closing)],
            (agreement(closing), "one"),
            level,
        )
        for state, texts, text in (
            ("ended", [ended], ended),
            ("terminated", [terminated, termination(terminated)], terminated),
            ("replaced", [replaced, successor], replaced),
        ):
            yield Case(
                f"closing-{name}-{state}",
                f"It goes on under a text that is {state}.",
                texts,
                (text, "one"),
                level,
                closing=True,
            )
            yield Case(
                f"closing-{name}-{state}-named",
                f"The recipient allows it under the {state} text that the entry names.",
                texts,
                (text, "one"),
                level,
                closing=True,
                named=text.hash,
            )
    yield Case(
        "closing-other-types-not",
        "Other types do not go on under a text that has run out.",
        [ended],
        "agreement-ended",
    )
    recall = {"type": "recall", "data_level": "none"}
    yield Case(
        "closing-conditions-hold",
        "The conditions of the ended text hold for what closes open business, too.",
        [ended],
        "agreement-ended",
        {**recall, "area": "human_trafficking"},
    )
    yield Case(
        "closing-named-lacks",
        "Of an ended text that is named, what its grant lacks is told.",
        [ended],
        "no-grant-area",
        {**recall, "area": "human_trafficking"},
        named=ended.hash,
    )
    yield Case(
        "closing-never-granted",
        "What the ended text did not grant does not go on under it.",
        [agreement(valid_until=NOW - DAY)],
        "agreement-ended",
        recall,
    )
    future = agreement(closing, valid_from=NOW + DAY)
    yield Case(
        "closing-not-before-the-start",
        "Nothing goes on under a text that has not begun.",
        [future],
        "not-yet-valid",
        recall,
    )
    never = _successor(agreement(version=5), closing, version=4)
    yield Case(
        "closing-never-in-force",
        "Nothing goes on under a text that never was in force.",
        [agreement(version=5), never],
        "agreement-replaced",
        recall,
        named=never.hash,
    )
    older = agreement(closing, valid_from=START, valid_until=NOW - 3 * DAY, title="Simulated older")
    newer = agreement(
        closing, valid_from=START + DAY, valid_until=NOW - 4 * DAY, title="Simulated newer"
    )
    yield Case(
        "closing-newest-text",
        "Of two texts that are over, the one that began last counts.",
        [older, newer],
        (newer, "one"),
        recall,
        closing=True,
    )
    wide = charter(grant("open", types=kinds, levels=["none"]), signed_by=["tr", "pk"])
    yield Case(
        "closing-in-force-first",
        "A text in force counts before one that is over.",
        [wide, ended],
        (wide, "open"),
        recall,
    )
    yield Case(
        "closing-cards",
        "It needs valid cards and a listing as any other message.",
        [ended],
        "no-mutual-listing",
        recall,
        cards=[{"node": "pk", "lists": ["iq"]}],
    )
