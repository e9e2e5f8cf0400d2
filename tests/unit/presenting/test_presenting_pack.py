from __future__ import annotations

import io
import re
import zipfile
from html.parser import HTMLParser
from typing import Any

from docx import Document
from presented import NOW, ROUTES, pack

from relec_exchange.presenting.document import docx
from relec_exchange.presenting.pack import Material, Occasion, make_pack
from relec_exchange.presenting.page import html


class Page(HTMLParser):
    """Elements and what they would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        self.tags.append(tag)
        loading = ("src", "srcset", "href", "xlink:href", "data", "action", "poster")
        self.loads += [value for name, value in attrs if name in loading]


def test_the_pack_has_period_reports_trends_warnings_and_deadlines() -> None:
    made = pack()
    assert made.facts[0] == ("Period", "2026-Q1")
    headings = [section.heading for section in made.sections]
    assert headings == [
        "Reports received",
        "Illegal crossings between border-crossing points",
        "Warnings",
        "Deadlines",
        "How to read this",
    ]
    figures = made.sections[1]
    assert len(figures.charts) == 2
    by_citizenship = next(t for t in figures.tables if t.title == "Trend by citizenship")
    # 70 and 72 now, 71 and 73 a quarter ago, of both countries.
    assert by_citizenship.rows[0] == ("Afghanistan", "142", "144", "-1.4 %", "no report", "")
    assert made.sections[2].tables[0].rows == (("new route", "Iraq", "1"),)
    assert [row[:3] for row in made.sections[3].tables[0].rows] == [
        ("ours to answer", "info.request", "1"),
        ("asked by us", "info.request", "2"),
    ]
    assert "Reports that cannot be read: 1." in made.sections[0].words


def test_a_pack_of_a_period_without_anything_says_so() -> None:
    made = make_pack(Material((), (), (), ()), Occasion("tr", NOW, "2026-Q1", "2026-Q1", False))
    words = [word for section in made.sections for word in section.words]
    assert {"No report for this period.", "No warning in this period."} <= set(words)
    assert b"Regular meeting" in html(made)


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    text = html(pack()).decode()
    page = Page(text)
    assert all(target.startswith("#") for target in page.loads)
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert "default-src 'none'" in text
    assert not re.search(r"url\((?!#)|@import", text)


def test_texts_of_reports_are_escaped_and_take_their_own_direction() -> None:
    text = html(pack()).decode()
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in text
    assert f'<td dir="auto">{ROUTES[0]}</td>' in text


def test_the_word_exercise_stands_on_top_of_an_exercises_pack_alone() -> None:
    assert b"Exercise:" in html(pack())
    assert b"Exercise:" not in html(pack(exercise=False))
    told = Document(io.BytesIO(docx(pack(), NOW)))
    assert told.paragraphs[1].text.startswith("Exercise:")


def test_the_document_has_the_tables_the_charts_in_words_and_right_to_left_text() -> None:
    made = pack()
    data = docx(made, NOW)
    document = Document(io.BytesIO(data))
    assert document.core_properties.created is not None
    assert document.core_properties.created.year == 2026
    tables = [table for section in made.sections for table in section.tables]
    assert [len(table.rows) for table in document.tables] == [1 + len(t.rows) for t in tables]
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        xml = parts.read("word/document.xml").decode()
        pictures = [name for name in parts.namelist() if name.startswith("word/media/")]
    assert len(pictures) == 2
    assert xml.count('descr="Illegal crossings') == 2
    assert "<w:bidi/>" in xml
    assert "w:fldSimple" not in xml


def test_the_same_pack_gives_the_same_page() -> None:
    assert html(pack()) == html(pack())
