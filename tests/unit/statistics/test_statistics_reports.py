from __future__ import annotations

from report_samples import item, reports, row

from relec_exchange.statistics.reports import current, incomplete, read_reports
from relec_exchange.statistics.view import Query, combine


def ids(*items: object) -> list[int]:
    return [int(report.message_id[-12:]) for report in current(reports(*items))]  # type: ignore[arg-type]


def test_a_newer_revision_replaces_the_older_one() -> None:
    assert ids(item(1, row(10)), item(2, row(12), revision=2)) == [2]


def test_while_parts_of_a_revision_are_missing_the_complete_one_before_it_counts() -> None:
    first = [item(1, row(10), part=1, parts=2), item(2, row(5, route="a"), part=2, parts=2)]
    half = item(3, row(11), revision=2, part=1, parts=2)
    rest = item(4, row(6, route="a"), revision=2, part=2, parts=2)
    assert ids(*first, half) == [1, 2]
    assert ids(*first, half, rest) == [3, 4]


def test_what_is_incomplete_and_all_there_is_counts_and_is_told() -> None:
    half = reports(item(3, row(11), part=1, parts=2))
    assert current(half) == half
    assert incomplete(half) == ["PK 2026-Q1 revision 1: 1 of 2 parts"]


def test_corrected_and_recalled_reports_drop_out() -> None:
    words = ("corrected", "recalled", "erased")
    assert ids(*(item(n, row(1), withdrawn=word) for n, word in enumerate(words))) == []


def test_a_report_that_was_replaced_counts_until_its_successor_is_complete() -> None:
    old = item(1, row(10), withdrawn="superseded")
    half = item(2, row(11), revision=2, part=1, parts=2)
    assert ids(old, half) == [1]
    assert ids(old) == []


def test_the_later_of_two_messages_with_the_same_part_of_the_same_revision_counts() -> None:
    assert ids(item(2, row(12)), item(1, row(10))) == [2]


def test_the_word_of_a_countrys_own_node_outranks_what_others_say_of_it() -> None:
    assert ids(item(1, row(10)), item(2, row(99), sender="iq", reporting_country="PK")) == [1]
    assert ids(item(2, row(99), sender="iq", reporting_country="PK")) == [2]


def test_a_body_that_is_no_report_is_named_and_the_others_are_read() -> None:
    broken = item(7, {"indicator": "nonsense"})
    found, unreadable = read_reports([broken, item(1, row(10))])
    assert [report.message_id[-1] for report in found] == ["1"]
    assert unreadable == [broken["message_id"]]


def test_a_month_that_two_periods_report_is_counted_once_from_what_came_last() -> None:
    month = item(1, row(10), period={"year": 2026, "month": 1})
    quarter = item(2, row(13), row(4, "2026-02"))
    view = combine(reports(month, quarter), Query())
    assert {str(f) for f in view.figures.values()} == {"17"}
    view = combine(reports(quarter, {**month, "received_at": "2026-06-01T00:00:00.000Z"}), Query())
    assert {str(f) for f in view.figures.values()} == {"14"}
