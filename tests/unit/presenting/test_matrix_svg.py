"""The picture of the matrix says in words what its colours say, in every script."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

from relec_exchange.presenting.matrix_svg import _LOOKS, matrix_svg
from relec_exchange.trust.matrix import GROUPS, Cell, Matrix, Text, sentence

AT = datetime(2026, 11, 11, tzinfo=UTC)
PERSIAN = "\u062a\u0648\u0627\u0641\u0642 \u0646\u0627\u0645\u0647 (2)"
SVG = "{http://www.w3.org/2000/svg}"


def picture(*cells: Cell, title: str = "Charter (simulated)") -> Matrix:
    """Two nodes; the groups from a to b have these cells."""
    text = Text("A", "f" * 64, title, True, 1, AT, AT + timedelta(days=9))
    closed = {(x, y, group): Cell("closed") for x, y in ("ab", "ba") for group in GROUPS}
    given = {("a", "b", group): cell for group, cell in zip(GROUPS, cells, strict=False)}
    return Matrix(AT, ("a", "b"), {"a": "A land", "b": PERSIAN}, True, (text,), {**closed, **given})


def cell(state, **more) -> Cell:
    grants = (("f" * 64, "one"),)
    return Cell(state, ("ack",), grants=grants, until=AT + timedelta(days=3), **more)


def texts(svg: str) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314


def test_each_state_has_a_word_a_mark_and_a_colour_of_its_own() -> None:
    words = {look.word for look in _LOOKS.values()}
    assert len(words) == len(_LOOKS)
    marked = {(look.mark, look.colour, look.behind) for look in _LOOKS.values()}
    assert len(marked) == len(_LOOKS) - 1  # "no" and "no route" both say that nothing goes


def test_every_state_is_written_out_where_it_is_drawn() -> None:
    found = picture(
        cell("open"),
        cell("part", missing=("feedback", "recall")),
        cell("suspended"),
        cell("closing"),
        cell("later"),
        cell("over"),
        cell("part", stopped=("recall",)),
    )
    written = texts(matrix_svg(found, "Title"))
    wanted = ("yes A", "part: 1 of 3 A", "suspended A", "closing A", "from 2026-11-14 A")
    for word in (*wanted, "ended A", "part: 1 suspended A", "no"):
        assert word in written


def test_each_line_and_the_whole_tell_themselves_in_sentences() -> None:
    found = picture(cell("open"))
    root = ElementTree.fromstring(matrix_svg(found, "Title"))  # noqa: S314
    spoken = [one.text for one in root.iter(f"{SVG}title")]
    assert sentence(found, "a", "b", "statistics") in spoken
    described = root.find(f"{SVG}desc")
    assert described is not None
    assert "statistics from a to b: yes, by A" in str(described.text)
    assert root.get("role") == "img"


def test_a_pair_without_route_says_why_in_its_place() -> None:
    found = picture(*[Cell("no route", why="the card of b does not list a")] * len(GROUPS))
    written = " ".join(texts(matrix_svg(found, "Title")))
    assert "no route the card of b does not list a" in written


def test_titles_are_text_and_never_markup() -> None:
    evil = '"><script>alert(1)</script>&'
    svg = matrix_svg(picture(cell("open"), title=evil), evil)
    assert "<script" not in svg
    assert evil in texts(svg)
    assert "href" not in svg


def test_a_text_from_right_to_left_is_isolated_so_that_it_reorders_nothing() -> None:
    written = texts(matrix_svg(picture(cell("open"), title=PERSIAN), PERSIAN))
    assert written.count(f"\u2068{PERSIAN}\u2069") == 4  # heading, agreement, and the node twice
    assert "to b" in written


def test_without_texts_it_says_that_nothing_is_granted() -> None:
    found = replace(picture(), texts=())
    assert "No agreement that is held grants anything here." in texts(matrix_svg(found, "T"))
