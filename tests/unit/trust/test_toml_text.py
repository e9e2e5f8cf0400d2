"""Writing TOML: short, commented, and the same values when read back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from relec_exchange.errors import InvalidInput
from relec_exchange.trust.toml_text import TomlText, toml_value


def test_a_text_has_comments_above_its_tables_and_long_lists_in_lines():
    text = TomlText()
    text.pairs({"a": "x", "b": True, "n": 3})
    text.table("t", {"stat.report": 1}, "Why this table is here.")
    text.row("rows", {"list": ("word" * 8,) * 3})
    assert text.render() == (
        'a = "x"\nb = true\nn = 3\n\n# Why this table is here.\n[t]\n"stat.report" = 1\n\n'
        "[[rows]]\nlist = [\n" + f'  "{"word" * 8}",\n' * 3 + "]\n"
    )


def test_a_long_comment_is_wrapped():
    text = TomlText()
    text.comment("word " * 60)
    assert all(line.startswith("# ") and len(line) <= 98 for line in text.render().splitlines())


def test_quotes_and_backslashes_are_escaped():
    assert toml_value('a"b\\c') == '"a\\"b\\\\c"'


def test_a_time_is_written_in_utc():
    there = datetime(2026, 11, 1, 3, tzinfo=timezone(timedelta(hours=3)))
    assert toml_value(there) == "2026-11-01T00:00:00Z"


@pytest.mark.parametrize(
    "value",
    [datetime(2026, 11, 1), datetime(2026, 11, 1, microsecond=1, tzinfo=UTC), 1.5, None],  # noqa: DTZ001
)
def test_a_value_that_could_mean_two_things_is_not_written(value):
    with pytest.raises(InvalidInput):
        toml_value(value)
