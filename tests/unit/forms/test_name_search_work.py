"""Looking for thousands of names in a hostile text: work is counted here, seconds are measured by
benchmarks.
"""

from __future__ import annotations

from typing import Any

import pytest

from relec_exchange.forms import name_search
from relec_exchange.forms.name_search import find_names

NAMES = [f"Karim {chr(97 + n % 26)}abar{'eiou'[n // 26 % 4]}z" for n in range(100)]


def work(monkeypatch: pytest.MonkeyPatch, text: str) -> tuple[int, int]:
    """How many pairs of groups were compared, and how many names were found."""
    compared: list[int] = []
    real = name_search._in_both

    def counted(one: Any, other: Any) -> Any:
        compared.append(1)
        return real(one, other)

    with monkeypatch.context() as patched:
        patched.setattr(name_search, "_in_both", counted)
        found = find_names(text, NAMES)
    return len(compared), len(found)


@pytest.mark.parametrize("line", ["Karim was here. ", "Karim Babarez 1990\n", "Ka rim ba barez "])
def test_a_text_that_repeats_itself_is_no_more_work_for_each_name(
    monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    assert work(monkeypatch, line * 20) == work(monkeypatch, line * 400)


def test_each_name_is_found_once_where_it_stands_first() -> None:
    found = find_names("Karim Babarez and Karim Babarez", ["Karim Babarez"])
    assert [(one.start, one.end) for one in found] == [(0, 13)]
