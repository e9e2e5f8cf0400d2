"""Laws of machine-readable zones: what the check digits notice, and that nothing crashes."""

from __future__ import annotations

import os
import string

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from relec_exchange.errors import InvalidInput
from relec_exchange.forms.mrz import check_digit, compare, mismatches, parse_mrz
from relec_exchange.forms.mrz_layouts import PLANS, Plan, Span

FULL = bool(os.environ.get("RELEC_FULL"))
laws = settings(max_examples=3_000 if FULL else 150, derandomize=not FULL, deadline=None)

SIGNS = string.digits + string.ascii_uppercase + "<"
VALUE = {sign: 0 if sign == "<" else at for at, sign in enumerate(SIGNS)}
CHECKED = ("number", "birth", "expiry", "optional")

dates = st.dates().map(lambda day: day.strftime("%y%m%d"))
names = st.text(string.ascii_uppercase, min_size=1, max_size=9)


def _write(lines: list[str], span: Span, text: str) -> None:
    line = lines[span.line]
    filled = text.ljust(span.end - span.start, "<")[: span.end - span.start]
    lines[span.line] = line[: span.start] + filled + line[span.end :]


def _read(lines: list[str], span: Span) -> str:
    return lines[span.line][span.start : span.end]


@st.composite
def sound_zones(draw: st.DrawFn) -> tuple[Plan, list[str]]:
    """A zone of any layout without contradictions."""
    plan = draw(st.sampled_from(list(PLANS.values())))
    lines = ["<" * plan.width for _ in range(plan.lines)]
    visa = plan.layout.startswith("MRV")
    written = {
        "document_code": "V" if visa else "P" if plan.layout == "TD3" else "I",
        "issuer": draw(st.sampled_from(["UTO", "D", "PAK", "AFG"])),
        "nationality": draw(st.sampled_from(["UTO", "D", "PAK", "XXB"])),
        "number": draw(st.text(SIGNS[:-1], min_size=9, max_size=9)),
        "birth": draw(dates),
        "expiry": draw(dates),
        "sex": draw(st.sampled_from("MF<")),
        "names": draw(names) + "<<" + draw(names),
        "optional": draw(st.text(SIGNS[:-1], max_size=6)),
    }
    for name, text in written.items():
        _write(lines, plan.fields[name], text)
    for name in CHECKED:
        if f"{name}_check" in plan.fields:
            _write(
                lines, plan.fields[f"{name}_check"], check_digit(_read(lines, plan.fields[name]))
            )
    if plan.composite:
        over = "".join(_read(lines, span) for span in plan.composite)
        _write(lines, plan.fields["composite_check"], check_digit(over))
    return plan, lines


@laws
@given(sound_zones())
def test_a_zone_written_by_the_rules_is_sound_and_fits_itself(zone: tuple[Plan, list[str]]) -> None:
    plan, lines = zone
    read = parse_mrz(lines)
    assert read.layout is plan.layout
    assert mismatches(read) == ()
    assert compare(read, number=read.number, names=[f"{read.given} {read.surname}"]) == ()


@laws
@given(sound_zones(), st.sampled_from(CHECKED), st.integers(0, 15), st.sampled_from(SIGNS))
def test_one_changed_sign_of_a_checked_field_is_noticed_unless_its_value_is_alike(
    zone: tuple[Plan, list[str]], name: str, at: int, sign: str
) -> None:
    plan, lines = zone
    assume(f"{name}_check" in plan.fields)
    span = plan.fields[name]
    place = span.start + at % (span.end - span.start)
    old = lines[span.line][place]
    assume((VALUE[old] - VALUE[sign]) % 10 != 0)
    _write(lines, Span(span.line, place, place + 1), sign)
    assert f"{name}_check" in {found.field for found in mismatches(parse_mrz(lines))}


@laws
@given(sound_zones(), st.integers(0, 8), st.data())
def test_one_changed_sign_of_like_value_in_the_number_is_the_known_weakness(
    zone: tuple[Plan, list[str]], at: int, data: st.DataObject
) -> None:
    plan, lines = zone
    span = plan.fields["number"]
    old = lines[span.line][span.start + at]
    alike = [sign for sign in SIGNS if sign != old and (VALUE[old] - VALUE[sign]) % 10 == 0]
    sign = data.draw(st.sampled_from(alike))
    _write(lines, Span(span.line, span.start + at, span.start + at + 1), sign)
    assert "number_check" not in {found.field for found in mismatches(parse_mrz(lines))}


@laws
@given(sound_zones(), st.integers(0, 7))
def test_two_neighbours_swapped_are_noticed_unless_five_apart(
    zone: tuple[Plan, list[str]], at: int
) -> None:
    plan, lines = zone
    span = plan.fields["number"]
    text = _read(lines, span)
    noticed = (VALUE[text[at]] - VALUE[text[at + 1]]) % 5 != 0
    _write(lines, span, text[:at] + text[at + 1] + text[at] + text[at + 2 :])
    found = {one.field for one in mismatches(parse_mrz(lines))}
    assert ("number_check" in found) == noticed


@laws
@given(sound_zones(), st.sampled_from(["number", "birth", "expiry"]), st.sampled_from(SIGNS))
def test_another_check_digit_is_always_noticed(
    zone: tuple[Plan, list[str]], name: str, sign: str
) -> None:
    plan, lines = zone
    span = plan.fields[f"{name}_check"]
    # A filler there announces a long number, which has its own check digit further on.
    assume(sign not in {_read(lines, span), "<"})
    _write(lines, span, sign)
    assert f"{name}_check" in {found.field for found in mismatches(parse_mrz(lines))}


@laws
@given(
    st.one_of(
        st.lists(st.text(max_size=50), max_size=4),
        *(
            st.lists(st.text(SIGNS, min_size=width, max_size=width), min_size=count, max_size=count)
            for count, width in ((2, 44), (2, 36), (3, 30))
        ),
    )
)
def test_no_lines_crash_the_reader(lines: list[str]) -> None:
    try:
        read = parse_mrz(lines)
    except InvalidInput:
        return
    for found in mismatches(read):
        assert (found.given or "nothing") != found.expected
