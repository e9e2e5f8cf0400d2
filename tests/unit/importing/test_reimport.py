"""Importing again: what is new, what changed and replaces which message, what is unchanged."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from relec_exchange.importing import (
    Before,
    Compared,
    DraftMessage,
    addressed,
    compared,
    parse_mapping,
    plan_import,
    says,
)
from relec_exchange.importing.figures import rows_of

ROOT = Path(__file__).parents[3]
DETECTIONS = (ROOT / "config/import/detections.toml").read_text("utf-8")
INCIDENTS = (ROOT / "config/import/incidents.toml").read_text("utf-8")
NUMBERED = INCIDENTS + '\n[columns.reference]\ncolumn = "number"\n'
HEAD = "month,route,border_type,citizenship,detections\n"
INCIDENT_HEAD = (
    "number,date,incident_type,route,country,location,latitude,longitude,cause,"
    "dead_or_missing,survivors,origin\n"
)


def incident(number: int, dead: int) -> str:
    return f"{number},2024-01-05,Incident,R,TUR,Near the coast,38.1,26.9,Drowning,{dead},,AFG\n"


@dataclass
class Ledger:
    """The node's memory: subject -> [(number, content, message id, whether it stands)]."""

    sent: dict[str, list[tuple[int, str, str, bool]]] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)

    def before(self, recipient: str, subject: str, content: str) -> Before:
        name = hashlib.sha256(f"{recipient}{subject}".encode()).hexdigest()[:24]
        all_sent = self.sent.get(name, [])
        standing = [one for one in all_sent if one[3]]
        newest = max(standing, default=None)
        return Before(
            name,
            content[:24],
            max((one[0] for one in all_sent), default=0),
            newest[2] if newest else "",
            newest[0] if newest else 0,
            newest is not None and newest[1] == content[:24],
        )

    def compare(self, mapping: str, text: str, to: tuple[str, ...] = ("iq",)) -> list[Compared]:
        parsed = parse_mapping(mapping)
        drafts = plan_import(text.encode(), parsed).drafts
        return self.compare_drafts(parsed.name, drafts, to)

    def compare_drafts(
        self, name: str, drafts: tuple[DraftMessage, ...], to: tuple[str, ...] = ("iq",)
    ) -> list[Compared]:
        items = addressed(name, drafts, to)
        return compared(items, [self.before(i.recipient, i.subject, i.content) for i in items])

    def send(self, items: list[Compared], *, stands: bool = True) -> None:
        for one in items:
            if one.standing == "unchanged":
                continue
            assert one.key not in self.keys
            self.keys.add(one.key)
            _, subject, number, content = one.key.split(".")
            made = f"id-{len(self.keys)}"
            self.sent.setdefault(subject, []).append((int(number), content, made, stands))


def standings(items: list[Compared]) -> list[str]:
    return [one.standing.value for one in items]


def test_the_same_file_again_is_unchanged_for_each_node_that_has_it() -> None:
    ledger = Ledger()
    text = HEAD + "2024-01,R,Sea,PAK,10\n2024-01,R,Sea,IRQ,20\n"
    first = ledger.compare(DETECTIONS, text)
    assert standings(first) == ["new", "new"]
    ledger.send(first)
    assert standings(ledger.compare(DETECTIONS, text)) == ["unchanged", "unchanged"]
    both = ledger.compare(DETECTIONS, text, ("iq", "tr"))
    assert standings(both) == ["unchanged", "unchanged", "new", "new"]


def test_other_figures_are_the_next_revision_of_the_report_sent_before() -> None:
    ledger = Ledger()
    ledger.send(ledger.compare(DETECTIONS, HEAD + "2024-01,R,Sea,PAK,10\n"))
    for revision, figure in ((2, 11), (3, 12)):
        (change,) = ledger.compare(DETECTIONS, HEAD + f"2024-01,R,Sea,PAK,{figure}\n")
        assert change.standing == "changed"
        assert change.draft.type == "stat.report"
        assert (change.revision, change.draft.body["revision"]) == (revision, revision)
        assert change.supersedes == change.draft.header["supersedes"] == f"id-{revision - 1}"
        ledger.send([change])


def test_figures_that_return_to_an_earlier_state_are_a_revision_of_their_own() -> None:
    ledger = Ledger()
    for figure in (10, 11, 10):
        ledger.send(ledger.compare(DETECTIONS, HEAD + f"2024-01,R,Sea,PAK,{figure}\n"))
    assert len(ledger.keys) == 3
    assert standings(ledger.compare(DETECTIONS, HEAD + "2024-01,R,Sea,PAK,10\n")) == ["unchanged"]


def test_counting_begins_with_the_revision_that_the_mapping_names() -> None:
    ledger = Ledger()
    mapping = DETECTIONS.replace("revision = 1 ", "revision = 4 ", 1)
    (first,) = ledger.compare(mapping, HEAD + "2024-01,R,Sea,PAK,10\n")
    assert first.draft.body["revision"] == 4
    ledger.send([first])
    (second,) = ledger.compare(mapping, HEAD + "2024-01,R,Sea,PAK,11\n")
    assert second.draft.body["revision"] == 5


def test_a_revision_raised_in_the_mapping_alone_is_no_change() -> None:
    ledger = Ledger()
    text = HEAD + "2024-01,R,Sea,PAK,10\n"
    ledger.send(ledger.compare(DETECTIONS, text))
    raised = DETECTIONS.replace("revision = 1 ", "revision = 2 ", 1)
    assert standings(ledger.compare(raised, text)) == ["unchanged"]


def test_a_numbered_row_that_changed_becomes_an_update_of_its_warning() -> None:
    ledger = Ledger()
    text = INCIDENT_HEAD + incident(1, 3) + incident(2, 5)
    ledger.send(ledger.compare(NUMBERED, text))
    # A row before them and another order change nothing: the number is the name.
    text = INCIDENT_HEAD + incident(7, 1) + incident(2, 6) + incident(1, 3)
    again = ledger.compare(NUMBERED, text)
    assert standings(again) == ["new", "changed", "unchanged"]
    update = again[1].draft
    assert update.type == "warning.update"
    assert update.header["supersedes"] == again[1].supersedes == "id-2"
    assert update.body["changes"]
    ledger.send(again)
    (later,) = ledger.compare(NUMBERED, INCIDENT_HEAD + incident(2, 9))
    assert (later.draft.type, later.supersedes, later.revision) == ("warning.update", "id-4", 3)


def test_rows_without_a_number_are_known_by_what_they_say_and_repeats_are_counted() -> None:
    ledger = Ledger()
    head = INCIDENT_HEAD.removeprefix("number,")
    row, other = (incident(0, dead).removeprefix("0,") for dead in (3, 4))
    ledger.send(ledger.compare(INCIDENTS, head + row + row))
    assert len(ledger.keys) == 2
    again = ledger.compare(INCIDENTS, head + other + row + row + row)
    assert standings(again) == ["new", "unchanged", "unchanged", "new"]


def test_what_was_refused_or_recalled_is_sent_anew_and_replaces_nothing() -> None:
    ledger = Ledger()
    text = HEAD + "2024-01,R,Sea,PAK,10\n"
    ledger.send(ledger.compare(DETECTIONS, text), stands=False)
    (again,) = ledger.compare(DETECTIONS, text)
    assert (again.standing.value, again.supersedes) == ("new", "")
    assert again.key not in ledger.keys
    ledger.send([again])
    assert standings(ledger.compare(DETECTIONS, text)) == ["unchanged"]


def parts(*figures: int) -> tuple[DraftMessage, ...]:
    """A report in parts, each with one figure."""
    return tuple(
        DraftMessage(
            "stat.report",
            "irregular_migration",
            {"area": "irregular_migration"},
            {"revision": 1, "part": n, "parts": len(figures), "rows": [{"value": figure}]},
            (n,),
            f"PK 2024-Q1/part {n}",
            "PK 2024-Q1",
        )
        for n, figure in enumerate(figures, start=1)
    )


def test_all_parts_of_a_report_are_sent_when_one_of_them_changed() -> None:
    ledger = Ledger()
    ledger.send(ledger.compare_drafts("x", parts(1, 2)))
    again = ledger.compare_drafts("x", parts(1, 3, 4))
    assert [one.revision for one in again] == [2, 2, 2]
    assert [one.supersedes for one in again] == ["id-1", "id-2", "id-1"]
    ledger.send(again)
    assert standings(ledger.compare_drafts("x", parts(1, 3, 4))) == ["unchanged"] * 3
    fewer = ledger.compare_drafts("x", parts(9))
    assert (fewer[0].revision, fewer[0].supersedes) == (3, "id-3")


def test_parts_that_did_not_get_through_follow_with_the_number_of_those_that_did() -> None:
    ledger = Ledger()
    ledger.send(ledger.compare_drafts("x", parts(1, 2)))
    again = ledger.compare_drafts("x", parts(1, 3))
    ledger.send(again[:1])
    rest = ledger.compare_drafts("x", parts(1, 3))
    assert standings(rest) == ["unchanged", "changed"]
    assert [one.revision for one in rest] == [2, 2]
    assert rest[1].supersedes == "id-2"


def test_the_key_of_a_message_fits_what_the_node_accepts() -> None:
    (one,) = Ledger().compare_drafts("x", parts(1))
    assert len(one.key) <= 64
    huge = replace(Before("s" * 24, "c" * 24), number=98_765)
    (late,) = compared(addressed("x", parts(1), ("iq",)), [huge])
    assert len(late.key) <= 64


@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=3), min_size=1, max_size=6))
def test_after_any_series_of_imports_the_last_state_stands_and_numbers_only_rise(
    states: list[list[int]],
) -> None:
    ledger = Ledger()
    highest = 0
    for state in states:
        items = ledger.compare_drafts("x", parts(*state))
        assert len({one.revision for one in items}) == 1
        changed = [one for one in items if one.standing != "unchanged"]
        assert not changed or len(changed) == len(items)
        assert not changed or items[0].revision == highest + 1
        highest = items[0].revision
        ledger.send(items)
        again = ledger.compare_drafts("x", parts(*state))
        assert standings(again) == ["unchanged"] * len(again)


def figures_draft() -> DraftMessage:
    rows: list[dict[str, object]] = [
        {"month": "2024-01", "citizenship": "AFG", "value": 30, "suppressed": False},
        {"month": "2024-02", "citizenship": "AFG", "value": 3, "suppressed": False},
    ]
    body = {"revision": 1, "part": 1, "parts": 1, "reporting_country": "TR", "rows": rows}
    return DraftMessage("stat.report", "irregular_migration", {}, body, (2, 3))


def body_of(*rows: dict[str, object], **changes: object) -> dict[str, object]:
    return {**figures_draft().body, "rows": list(rows), **changes}


def test_a_message_says_what_the_file_says_also_with_small_figures_left_out() -> None:
    first, second = rows_of(figures_draft().body)
    hidden = {"month": "2024-02", "citizenship": "AFG", "suppressed": True}
    for body in (
        body_of(first, second),
        body_of(first, hidden),
        body_of(first),
        body_of(first, revision=4),
    ):
        assert says(figures_draft(), "stat.report", body)


def test_a_message_with_another_figure_row_or_frame_says_something_else() -> None:
    first, second = rows_of(figures_draft().body)
    other = {**first, "value": 31}
    elsewhere = {**first, "citizenship": "PAK"}
    for body in (
        body_of(other, second),
        body_of(first, elsewhere),
        body_of(first, second, reporting_country="PK"),
        body_of(first, second, method_note="another"),
    ):
        assert not says(figures_draft(), "stat.report", body)
    assert not says(figures_draft(), "warning.notice", body_of(first, second))


def test_an_update_says_what_its_row_says_and_no_other_type_stands_for_a_warning() -> None:
    draft = DraftMessage("warning.notice", "irregular_migration", {}, {"kind": "surge"}, (2,))
    assert says(draft, "warning.update", {"kind": "surge", "changes": "Corrected."})
    assert not says(draft, "warning.update", {"kind": "group", "changes": "Corrected."})
    assert not says(draft, "warning.cancel", {"kind": "surge"})
