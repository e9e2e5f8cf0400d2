"""Texts to sign: what a person sees is what is read."""

import pytest

from relec_exchange.errors import InvalidInput
from relec_exchange.trust.fields import Table
from relec_exchange.trust.plaintext import read_document, read_text

HEAD = 'format = "relec/v1 card"\nnetwork = "relec.example"\n'


class Small(Table):
    format: str
    network: str
    count: int


def refusal(rest):
    with pytest.raises(InvalidInput) as caught:
        read_text(HEAD + rest, "card")
    return caught.value


def test_a_plain_text_is_read_and_its_lists_are_tuples():
    found = read_text(HEAD + 'a = [1, 2]\n# über\n[t]\n"x.y" = "ü"\n', "card")
    assert found["a"] == (1, 2)
    assert found["t"] == {"x.y": "ü"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ('format = "relec/v1 agreement"\nnetwork = "n"\n', 1),
        ('# comment\nformat = "relec/v1 card"\n', 1),
        (' format = "relec/v1 card"\nnetwork = "n"\n', 1),
        ('format = "relec/v1 card"\n', 2),
        ('format = "relec/v1 card"\nnode = "n"\n', 2),
    ],
)
def test_the_first_two_lines_are_fixed(text, line):
    with pytest.raises(InvalidInput) as caught:
        read_text(text, "card")
    assert caught.value.field == f"line {line}"


@pytest.mark.parametrize(
    "rest",
    [
        'a = "\u202e"\n',
        "# \u2066 hidden\n",
        'a = "x\u200by"\n',
        'a = "x\u200cy"\n',
        "a\t= 1\n",
        "a = 1\r\n",
        'a = "\ufeff"\n',
        'a = "\x7f"\n',
        'a = "x\u2028y"\n',
        'a = "\U000e0041"\n',
        'a = "e\u0301"\n',
        'a = """x"""\n',
        "a = '''x\n'''\n",
        "a = = 1\n",
        "b." * 101 + "c = 1\n",
        'a = "' + "x" * 4096 + '"\n',
    ],
)
def test_a_line_that_hides_something_is_named(rest):
    assert refusal(rest).field == "line 3"


def test_a_name_twice_is_refused_with_its_line():
    assert refusal("a = 1\na = 2\n").field == "line 4"


def test_a_text_ends_with_a_newline():
    assert refusal("a = 1").field == "line 3"


@pytest.mark.parametrize(
    "value",
    [
        "1.5",
        "inf",
        "nan",
        "2026-01-01",
        "10:00:00",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00+02:00",
        "2026-01-01T00:00:00.5Z",
        "9007199254740992",
        "9" * 4000,
        r'"\u202e"',
        r'"a\nb"',
        r'"e\u0301"',
    ],
)
def test_a_value_of_a_refused_kind_is_named(value):
    assert refusal(f"[t]\na = [1, {value}]\n").field == "t.a[1]"


@pytest.mark.parametrize(
    "rest", ['"a\\u202e" = 1\n', '"" = 1\n', '"a b" = 1\n', f"{'k' * 65} = 1\n"]
)
def test_a_name_of_other_characters_is_refused(rest):
    assert "name has letters" in refusal(rest).message


@pytest.mark.parametrize(
    "rest",
    [
        "a = " + "[\n" * 50_000,
        "a = " + "[" * 9 + "]" * 9 + "\n",
        "a.b.c.d.e.f.g.h.i.j = 1\n",
    ],
)
def test_deep_nesting_is_refused(rest):
    assert "nested too deeply" in refusal(rest).message


def test_a_text_that_is_too_long_is_refused():
    assert "at most" in refusal("# x\n" * 40_000).message


def test_a_document_names_every_wrong_field_and_no_value():
    with pytest.raises(InvalidInput) as caught:
        read_document(HEAD + 'count = "secret"\nmore = 1\n', "card", Small)
    assert "count" in caught.value.message
    assert "more" in caught.value.message
    assert "secret" not in caught.value.message
    assert caught.value.field == "count"
