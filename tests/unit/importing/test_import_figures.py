"""Small figures before sending: one pattern for all, nothing for whom it must not have it."""

from __future__ import annotations

from typing import Any

from relec_exchange.importing import DraftMessage
from relec_exchange.importing.figures import Figures, safe_figures, with_figures
from relec_exchange.importing.reimport import Compared, Standing


def row(value: int, citizenship: str = "PAK", **more: Any) -> dict[str, Any]:
    return {
        "indicator": "fran.1a",
        "month": "2024-01",
        "citizenship": citizenship,
        "value": value,
        "suppressed": False,
        **more,
    }


def report(*parts: list[dict[str, Any]], group: str = "TR 2024-Q1") -> list[DraftMessage]:
    return [
        DraftMessage(
            "stat.report",
            "irregular_migration",
            {"area": "irregular_migration"},
            {"revision": 1, "part": n, "parts": len(parts), "rows": rows},
            (n,),
            f"{group}/part {n}",
            group,
        )
        for n, rows in enumerate(parts, start=1)
    ]


def items(drafts: list[DraftMessage], *to: str) -> list[Compared]:
    return [Compared(draft, node, Standing.NEW) for node in to for draft in drafts]


def told(figures: Figures, subject: str) -> list[int | None]:
    return [one.get("value") for one in figures.rows[subject]]


def test_a_small_figure_is_taken_out_and_so_is_one_that_would_tell_it() -> None:
    total = row(103)
    del total["citizenship"]
    drafts = report([total, row(3, "PAK"), row(60, "IRQ"), row(40, "AFG")])
    figures = safe_figures(drafts, 5)
    values = told(figures, "TR 2024-Q1/part 1")
    assert values[1] is None
    assert values.count(None) >= 2
    assert figures.suppressed == values.count(None)


def test_the_parts_of_a_report_are_looked_at_together_and_keep_their_rows() -> None:
    total = row(103)
    del total["citizenship"]
    drafts = report([total, row(3, "PAK")], [row(60, "IRQ"), row(40, "AFG")])
    together = safe_figures(drafts, 5)
    alone = safe_figures(report([total, row(3, "PAK"), row(60, "IRQ"), row(40, "AFG")]), 5)
    first, second = (told(together, f"TR 2024-Q1/part {n}") for n in (1, 2))
    assert (len(first), len(second)) == (2, 2)
    assert first + second == told(alone, "TR 2024-Q1/part 1")


def test_a_higher_threshold_takes_more_and_zeros_stay() -> None:
    drafts = report([row(0, "PAK"), row(7, "IRQ"), row(40, "AFG")])
    assert told(safe_figures(drafts, 5), "TR 2024-Q1/part 1") == [0, 7, 40]
    assert told(safe_figures(drafts, 10), "TR 2024-Q1/part 1") == [0, None, 40]


def test_what_was_left_out_before_stays_out() -> None:
    earlier = {"TR 2024-Q1": [[{**row(0), "suppressed": True}]]}
    del earlier["TR 2024-Q1"][0][0]["value"]
    drafts = report([row(300)])
    assert told(safe_figures(drafts, 5, earlier), "TR 2024-Q1/part 1") == [None]
    assert told(safe_figures(drafts, 5), "TR 2024-Q1/part 1") == [300]


def test_asylum_claims_never_go_to_the_state_of_citizenship_and_all_else_is_alike() -> None:
    drafts = report([row(50, "PAK", indicator="fran.5"), row(60, "IRQ", indicator="fran.5")])
    made = with_figures(items(drafts, "pk", "iq", "tr"), safe_figures(drafts, 5))
    by_node = {one.recipient: [r["citizenship"] for r in one.draft.body["rows"]] for one in made}
    assert by_node == {"pk": ["IRQ"], "iq": ["PAK"], "tr": ["PAK", "IRQ"]}


def test_an_asylum_total_does_not_go_where_another_part_splits_it_by_citizenship() -> None:
    total = row(103, indicator="fran.5")
    del total["citizenship"]
    claims = [row(60, "IRQ", indicator="fran.5"), row(43, "AFG", indicator="fran.5")]
    drafts = report([total], claims)
    sent = with_figures(items(drafts, "iq"), safe_figures(drafts, 5))
    assert [one["citizenship"] for copy in sent for one in copy.draft.body["rows"]] == ["AFG"]


def test_a_report_of_nothing_but_that_is_not_sent_at_all() -> None:
    drafts = report([row(50, "PAK", indicator="fran.5")])
    made = with_figures(items(drafts, "pk", "tr"), safe_figures(drafts, 5))
    assert [one.recipient for one in made] == ["tr"]


def test_warnings_are_left_as_they_are() -> None:
    warning = DraftMessage("warning.notice", "irregular_migration", {}, {"kind": "surge"}, (2,))
    made = items([warning], "pk")
    assert with_figures(made, safe_figures([warning], 5)) == made
