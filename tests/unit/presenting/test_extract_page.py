"""The page of an extract: everything escaped, each text in its own direction, nothing loaded."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from relec_exchange.presenting.extract_page import direction, extract_page

HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=y>"


class Tags(HTMLParser):
    """Tags with attributes, and the text, as a browser reads them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def extract(**changes: Any) -> dict[str, Any]:
    warning = {
        "kind": "new_route",
        "country": "TR",
        "month": "2026-11",
        "causes": ["harsh_conditions"],
        "recommended_action": "Do not board.",
        "indicators": ["one", "two"],
        "language": "en",
    }
    made = {
        "extract": "019aa000-0000-7000-8000-000000000002",
        "made_on": "2026-11-21",
        "exercise": False,
        "warning": {**warning, **changes.pop("warning", {})},
        **changes,
    }
    return made


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fa", "rtl"),
        ("fa-AF", "rtl"),
        ("ur", "rtl"),
        ("ps", "rtl"),
        ("ckb", "rtl"),
        ("ar-IQ", "rtl"),
        ("tr", "ltr"),
        ("bn", "ltr"),
        ("en", "ltr"),
        ("ku", "ltr"),
        ("ku-Arab", "rtl"),
        ("pa-Arab-PK", "rtl"),
        ("pa-Guru", "ltr"),
        ("fa-Latn", "ltr"),
        ("uz-arab-AF", "rtl"),
    ],
)
def test_the_direction_follows_script_then_language(language: str, expected: str) -> None:
    assert direction(language) == expected


def test_every_value_is_escaped_wherever_it_stands() -> None:
    page = extract_page(
        extract(
            text=HOSTILE,
            language="en",
            extract=HOSTILE,
            warning={
                "kind": HOSTILE,
                "country": HOSTILE,
                "causes": [HOSTILE],
                "recommended_action": HOSTILE,
                "indicators": [HOSTILE],
                "sources": [HOSTILE],
                "language": '"><script>',
            },
        )
    )
    read = Tags(page)
    assert {tag for tag, _ in read.tags} <= {
        *("html", "head", "meta", "title", "style", "body", "h1", "section", "p", "small"),
        *("dl", "dt", "dd", "ul", "li"),
    }
    assert not any(name.startswith("on") for _, given in read.tags for name in given)
    assert read.text.count("alert(1)") == 8


def test_a_persian_text_reads_from_right_to_left_inside_the_english_page() -> None:
    read = Tags(extract_page(extract(text="دریا خطرناک است.", language="fa-AF")))
    tags = dict(read.tags)
    assert (tags["html"]["lang"], tags["html"]["dir"]) == ("en", "ltr")
    assert tags["section"] == {"lang": "fa-AF", "dir": "rtl"}
    spoken = [given for tag, given in read.tags if tag == "dd" and given]
    assert spoken == [{"lang": "en", "dir": "ltr"}] * 2
    assert "دریا خطرناک است." in read.text


def test_the_page_loads_nothing_and_says_when_it_is_an_exercise() -> None:
    page = extract_page(extract(exercise=True))
    assert "http://" not in page
    assert "https://" not in page
    assert "src=" not in page
    assert "default-src 'none'" in page
    assert "Exercise" in page
    assert "Exercise" not in extract_page(extract())


def test_codes_are_read_as_words_and_absent_fields_have_no_heading() -> None:
    text = Tags(extract_page(extract())).text
    assert "new route" in text
    assert "harsh conditions" in text
    assert "Sources" not in text
