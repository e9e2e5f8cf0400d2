"""Laws of names: disguises do not change keys or hide a name, and nothing crashes."""

from __future__ import annotations

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from relec_exchange.forms.scripts import find_names, name_keys, same_name

FULL = bool(os.environ.get("RELEC_FULL"))
laws = settings(max_examples=2_000 if FULL else 100, derandomize=not FULL, deadline=None)

GIVEN = ("Ahmad", "Muhammad", "Khalid", "Maryam", "Fatima", "یوسف", "رشید", "মুহাম্মদ", "Şükran")
FAMILY = ("Rahimi", "Hosseini", "Öztürk", "Ahmadzai", "کریمی", "احمدزی", "চৌধুরী", "Bakhtiyari")
names = st.tuples(st.sampled_from(GIVEN), st.sampled_from(FAMILY)).map(" ".join)
invisible = st.sampled_from("\u200b\u200c\u200d\u2060\u00ad\ufeff")
fillers = st.text("0123456789 .,;\n", max_size=30)


@laws
@given(names, st.booleans())
def test_case_and_order_of_the_parts_do_not_change_a_name(name: str, upper: bool) -> None:
    turned = " ".join(reversed(name.split(" ")))
    shown = turned.upper() if upper else turned
    assert name_keys(shown) & name_keys(name)
    assert same_name(shown, name)


@laws
@given(names, invisible, st.data())
def test_invisible_signs_anywhere_in_a_name_hide_it_from_nobody(
    name: str, sign: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(name)))
    hidden = name[:at] + sign + name[at:]
    assert find_names(f"({hidden})", [name])
    assert same_name(hidden, name)


@laws
@given(names, fillers, fillers)
def test_a_name_is_found_at_its_place_in_any_surroundings(
    name: str, before: str, after: str
) -> None:
    text = f"{before} {name} {after}"
    start = len(before) + 1
    assert (start, start + len(name)) in {
        (found.start, found.end) for found in find_names(text, [name])
    }


@laws
@given(st.text(max_size=200), st.lists(st.text(max_size=30), max_size=4))
def test_no_text_and_no_name_crash_the_search(text: str, sought: list[str]) -> None:
    for found in find_names(text, sought):
        assert 0 <= found.start < found.end <= len(text)
    for name in sought:
        assert all(key.strip() for key in name_keys(name))
