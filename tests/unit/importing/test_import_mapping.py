"""The mapping document: examples are valid, and mistakes are named by their path."""

from __future__ import annotations

from pathlib import Path

import pytest

from relec_exchange.errors import InvalidInput, NotFound
from relec_exchange.importing import load_mapping, parse_mapping

ROOT = Path(__file__).parents[3]
INCIDENTS = (ROOT / "config/import/incidents.toml").read_text("utf-8")
DETECTIONS = (ROOT / "config/import/detections.toml").read_text("utf-8")


@pytest.mark.parametrize("name", ["incidents", "detections"])
def test_the_examples_say_what_they_are_made_from(name: str) -> None:
    mapping = load_mapping(ROOT / f"config/import/{name}.toml")
    assert mapping.illustration
    assert any("IOM" in source for source in mapping.sources)


@pytest.mark.parametrize(
    ("text", "old", "new", "field"),
    [
        (INCIDENTS, 'kind = "warning.notice"', 'kind = "warning"', "kind"),
        (INCIDENTS, 'name = "incidents"', 'name = "In cidents"', "name"),
        (INCIDENTS, 'codes = "alpha3"', 'codes = "numeric"', "columns.country.codes"),
        (INCIDENTS, 'codes = "alpha3"', "", "columns.country.codes"),
        (INCIDENTS, 'form = "%Y-%m-%d"', 'form = "%y"', "columns.day.form"),
        (INCIDENTS, 'column = "date"', 'colum = "date"', "columns.day.colum"),
        (INCIDENTS, 'column = "date"', 'column = "date"\nvalue = "x"', "columns.day"),
        (INCIDENTS, '"markup", "inv', '"mark", "inv', "columns.place.tidy.0"),
        (INCIDENTS, "{cause}", "{cause", "columns.what"),
        (INCIDENTS, 'delimiter = ","', 'delimiter = ":"', "file.delimiter"),
        (INCIDENTS, "illustration = true", 'illustration = "yes"', "illustration"),
        (DETECTIONS, 'period = "quarter"', 'period = "week"', "period"),
        (DETECTIONS, "[columns.value]", "[columns.count]", "columns.value"),
        (DETECTIONS, "sources = [", "sources = []\nothers = [", "sources"),
    ],
)
def test_a_mistake_is_named_by_its_path(text: str, old: str, new: str, field: str) -> None:
    assert old in text
    with pytest.raises(InvalidInput) as refused:
        parse_mapping(text.replace(old, new, 1))
    assert field in refused.value.message.split(": ")[0] or f"; {field}: " in refused.value.message


def test_all_mistakes_are_named_at_once() -> None:
    text = INCIDENTS.replace('"alpha3"', '"a"', 1).replace("expires_after_days = 90", "", 1)
    with pytest.raises(InvalidInput) as refused:
        parse_mapping(text)
    assert "columns.country.codes" in refused.value.message
    assert "expires_after_days" in refused.value.message


def test_what_is_not_toml_or_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="TOML"):
        parse_mapping("kind = ")
    with pytest.raises(NotFound):
        load_mapping(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')
    with pytest.raises(InvalidInput, match="UTF-8"):
        load_mapping(tmp_path / "latin.toml")
