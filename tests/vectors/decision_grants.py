"""Decision cases: what one grant allows, condition by condition, and what nothing can change."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from decision_world import END, NOW, SECOND, START, Case, agreement, charter, grant

AREAS = ("irregular_migration", "migrant_smuggling", "human_trafficking")
PURPOSES = (
    "prevention",
    "criminal_investigation",
    "situational_awareness",
    "victim_protection",
    "return_reintegration",
)
LEVELS = ("none", "aggregate", "non_nominal", "nominal", "nominal_sensitive")
SETS = (("H0",), ("H1",), ("H2",), ("H3",), ("H1", "H2"), ("H1", "H3"), ("H1", "H2", "H3"))


def grant_cases() -> Iterator[Case]:
    """All of this page."""
    for cases in (_whole, _areas, _purposes, _levels, _handling, _units, _types, _nearest, _routes):
        yield from cases()


def _whole() -> Iterator[Case]:
    plain = agreement()
    yield Case("grant-fits", "A grant that fits allows.", [plain], (plain, "one"))
    rich = agreement(
        grant(withhold=["rows.sex"], min_cell=10, readers=["border", "desk"], retention_days=30),
        assurances={"no_death_penalty": True, "no_torture": False},
    )
    yield Case(
        "grant-conditions",
        "The answer carries what the grant asks for and what the text promises.",
        [rich],
        (rich, "one"),
    )
    yield Case("nothing-signed", "Without any text everything is denied.", [], "no-agreement")
    for who in ("tr", "pk"):
        alone = agreement(signed_by=[who])
        yield Case(
            f"signed-by-{who}-alone",
            f"A text that only {who} has signed allows nothing.",
            [alone],
            "no-agreement",
        )
    others = agreement(
        grant(**{"from": ["iq"], "to": ["pk"]}), parties=["iq", "pk"], signed_by=["iq", "pk"]
    )
    yield Case(
        "text-of-others", "A text between two others allows nothing.", [others], "no-agreement"
    )
    yield Case(
        "other-direction",
        "A grant from tr to pk is none from pk to tr.",
        [plain],
        "no-grant-type",
        {"sender": "pk", "recipient": "tr"},
    )
    both = agreement(grant(**{"from": ["tr", "pk"], "to": ["tr", "pk"]}))
    yield Case(
        "both-directions",
        "A grant that names both nodes on both sides allows both directions.",
        [both],
        (both, "one"),
        {"sender": "pk", "recipient": "tr"},
    )
    pair = charter(signed_by=["tr", "pk"])
    yield Case(
        "charter-of-signers", "A charter allows between its signers.", [pair], (pair, "open")
    )
    yield Case(
        "charter-without-signature",
        "A charter that the recipient has not signed allows nothing.",
        [pair],
        "no-agreement",
        {"recipient": "iq"},
    )
    own = agreement()
    yield Case(
        "bilateral-first",
        "Of a charter and a bilateral text that both allow, the bilateral one counts.",
        [pair, own],
        (own, "one"),
    )


def _areas() -> Iterator[Case]:
    for granted, asked in product(AREAS, AREAS):
        text = agreement(grant(areas=[granted]))
        yield Case(
            f"area-{granted}-asked-{asked}".replace("_", "-"),
            f"A grant for {granted} is asked for {asked}.",
            [text],
            (text, "one") if granted == asked else "no-grant-area",
            {"area": asked},
        )
    text = agreement(grant(areas=list(AREAS)))
    for asked in AREAS:
        yield Case(
            f"area-all-asked-{asked}".replace("_", "-"),
            "A grant for all areas allows each.",
            [text],
            (text, "one"),
            {"area": asked},
        )


def _purposes() -> Iterator[Case]:
    for granted, asked in product(PURPOSES, PURPOSES):
        text = agreement(grant(purposes=[granted]))
        yield Case(
            f"purpose-{granted}-asked-{asked}".replace("_", "-"),
            f"A grant for {granted} is asked for {asked}.",
            [text],
            (text, "one") if granted == asked else "no-grant-purpose",
            {"purpose": asked},
        )


def _levels() -> Iterator[Case]:
    for granted, asked in product(LEVELS, LEVELS):
        text = agreement(grant(types=["recall"], levels=[granted]))
        yield Case(
            f"level-{granted}-asked-{asked}".replace("_", "-"),
            f"A grant for data of level {granted} is asked for level {asked}.",
            [text],
            (text, "one") if granted == asked else "no-grant-level",
            {"type": "recall", "data_level": asked},
        )


def _handling() -> Iterator[Case]:
    for granted, asked in product(SETS, SETS):
        text = agreement(grant(handling=list(granted)))
        fits = set(asked) <= set(granted)
        yield Case(
            f"handling-{'-'.join(granted)}-asked-{'-'.join(asked)}".lower(),
            f"All of {' and '.join(asked)} must be among {' and '.join(granted)}.",
            [text],
            (text, "one") if fits else "no-grant-handling",
            {"handling": list(asked)},
        )
    text = agreement(grant(handling=["H0"]))
    yield Case(
        "handling-none-asked",
        "A message without any handling code is under no grant.",
        [text],
        "no-grant-handling",
        {"handling": []},
    )


def _units() -> Iterator[Case]:
    text = agreement(grant(units=["desk", "general"]))
    yield Case("unit-named", "A unit that the grant names may send.", [text], (text, "one"))
    yield Case(
        "unit-not-named",
        "A unit that the grant does not name may not.",
        [text],
        "no-grant-unit",
        {"sender_unit": "border"},
    )
    for named, asked in (("desk", "desk-2"), ("desk-2", "desk"), ("desk", "general")):
        text = agreement(grant(units=[named]))
        yield Case(
            f"unit-{named}-asked-{asked}",
            "A unit's name counts as a whole.",
            [text],
            "no-grant-unit",
            {"sender_unit": asked},
        )
    open_to_all = agreement()
    yield Case(
        "unit-none-named",
        "A grant that names no unit is for all.",
        [open_to_all],
        (open_to_all, "one"),
        {"sender_unit": "border"},
    )


def _types() -> Iterator[Case]:
    text = agreement(grant(types=["stat.report", "stat.analysis"]))
    yield Case(
        "type-second-of-grant",
        "Every type that the grant names is allowed.",
        [text],
        (text, "one"),
        {"type": "stat.analysis"},
    )
    yield Case(
        "type-not-granted",
        "A type that no grant names is denied.",
        [text],
        "no-grant-type",
        {"type": "test.ping", "data_level": "none"},
    )
    yield Case(
        "type-unknown",
        "A type that this version does not know is denied, also where a grant names it.",
        [agreement(grant(types=["stat.gossip"]))],
        "unknown-type",
        {"type": "stat.gossip"},
    )
    for version, rule in ((0, True), (2, True), (1, False)):
        yield Case(
            f"schema-version-{version}",
            "Only versions that both cards list are allowed.",
            [text],
            "schema-version" if rule else (text, "one"),
            {"schema_version": version},
        )
    yield Case(
        "schema-not-listed",
        "A type that one card does not list is denied.",
        [text],
        "schema-version",
        cards=[{"node": "pk", "schemas": ["stat.analysis"]}],
    )
    yield Case(
        "rescue-purpose-misused",
        "The purpose rescue_only goes with messages about lives at risk only.",
        [agreement(grant(purposes=["prevention", "rescue_only"]))],
        "rescue-only",
        {"purpose": "rescue_only"},
    )
    rescue = agreement(
        grant(types=["warning.life_at_risk"], levels=["non_nominal"], purposes=["rescue_only"])
    )
    life = {"type": "warning.life_at_risk", "data_level": "non_nominal"}
    yield Case(
        "rescue-allowed",
        "A rescue goes for its own purpose.",
        [rescue],
        (rescue, "one"),
        {**life, "purpose": "rescue_only"},
    )
    yield Case(
        "rescue-for-another-purpose",
        "A rescue goes for no other purpose.",
        [rescue],
        "rescue-only",
        {**life, "purpose": "prevention"},
    )
    for kind in ("round", "receipt", "card.update", "agreement.suspend", "key.revoke"):
        yield Case(
            f"control-{kind}".replace(".", "-"),
            "A control type needs mutual listing and no agreement.",
            [],
            (),
            {"type": kind},
        )
    yield Case(
        "control-names-agreement",
        "A control type may claim no agreement.",
        [text],
        "control-names-agreement",
        {"type": "round"},
        named=text.hash,
    )
    yield Case(
        "control-empty-name",
        "A control type names the empty text.",
        [text],
        (),
        {"type": "round"},
        named="",
    )


def _nearest() -> Iterator[Case]:
    near, far = {"handling": ["H1"]}, {"areas": ["human_trafficking"]}
    for name, first, second in (("near-first", near, far), ("far-first", far, near)):
        yield Case(
            f"nearest-grant-{name}",
            "The denial names what the grant that came furthest lacks.",
            [agreement(grant("a", **first), grant("b", **second))],
            "no-grant-handling",
        )
    yield Case(
        "grants-not-added-up",
        "Two grants that each lack another condition do not make one that lacks none.",
        [
            agreement(
                grant("one", areas=["human_trafficking"]),
                grant("two", purposes=["criminal_investigation"]),
            )
        ],
        "no-grant-purpose",
    )
    two = agreement(grant("b"), grant("a"))
    yield Case("first-by-id", "Of two grants the first by id counts.", [two], (two, "a"))
    texts = sorted((agreement(title=f"Simulated {n}") for n in range(3)), key=lambda t: t.hash)
    yield Case(
        "first-by-hash",
        "Of several bilateral texts the one of the lowest hash counts.",
        texts[::-1],
        (texts[0], "one"),
    )


def _routes() -> Iterator[Case]:
    text = agreement()
    for who in ("tr", "pk"):
        yield Case(
            f"listing-missing-of-{who}",
            f"Without a listing in the card of {who} there is no route.",
            [text],
            "no-mutual-listing",
            cards=[{"node": who, "lists": ["iq"]}],
        )
    yield Case(
        "recipient-unknown",
        "To a node without a card there is no route.",
        [text],
        "no-mutual-listing",
        {"recipient": "bd"},
    )
    yield Case(
        "to-itself",
        "A node sends itself nothing.",
        [text],
        "no-mutual-listing",
        {"recipient": "tr"},
    )
    yield Case(
        "control-without-listing",
        "A control type needs the listing, too.",
        [],
        "no-mutual-listing",
        {"type": "round"},
        cards=[{"node": "pk", "lists": ["iq"]}],
    )
    long = agreement(valid_from=START - 9 * (END - START), valid_until=END + 9 * (END - START))
    for name, at, fits in (
        ("first-second", START, True),
        ("last-second", END - SECOND, True),
        ("before", START - SECOND, False),
        ("after", END, False),
    ):
        yield Case(
            f"card-validity-{name}",
            "Data needs cards that are valid at that time.",
            [long],
            (long, "one") if fits else "card-not-valid",
            at=at,
        )
    for name, at in (("before", START - SECOND), ("after", END)):
        yield Case(
            f"control-card-validity-{name}",
            "A control type goes whether the cards are valid or not.",
            [],
            (),
            {"type": "card.update"},
            at=at,
        )
    yield Case(
        "one-card-ended",
        "The card that ends first decides.",
        [text],
        "card-not-valid",
        cards=[{"node": "pk", "valid_until": NOW}],
    )
    earnest = agreement(network_kind="production")
    yield Case(
        "exercise-in-earnest",
        "An exercise message does not go in earnest.",
        [earnest],
        "network-kind",
        kind="production",
    )
    yield Case(
        "earnest-in-exercise",
        "A message in earnest does not go in an exercise.",
        [text],
        "network-kind",
        {"exercise": False},
    )
    yield Case(
        "earnest-in-earnest",
        "A message in earnest goes in a network in earnest.",
        [earnest],
        (earnest, "one"),
        {"exercise": False},
        kind="production",
    )
