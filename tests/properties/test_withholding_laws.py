"""Laws of cutting: nothing is lost, nothing shows, and only the very field opens a commitment."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from message_strategies import documents

from relec_exchange.errors import InvalidInput, Refused
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.document import Message, compose, parse_message, read_document
from relec_exchange.message.withholding import CutMessage, check_cuts, cut, restored, told

NAMES = sorted(kind.name for kind in CATALOGUE.values() if not kind.control and not kind.sealed_to)
SECRETS = st.binary(min_size=32, max_size=32)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    document = draw(documents(draw(st.sampled_from(NAMES))))
    document["header"].pop("withheld", None)
    return compose(*read_document(document))


@st.composite
def paths(draw: st.DrawFn, message: Message) -> list[str]:
    """Some fields that its body has and could do without, or fields further in."""
    fields = type(message.body).model_fields
    has = message.body.model_fields_set
    names = [fields[name].alias or name for name in has if not fields[name].is_required()]
    inner = ("persons.birth", "persons.phones", "persons.description", "header.own_ref")
    wanted = st.sampled_from([*sorted(names), *inner])
    return draw(st.lists(wanted, min_size=1, max_size=4, unique=True))


def tried(message: Message, wanted: list[str], secret: bytes, *, silent: bool) -> CutMessage:
    """The message cut; examples that cannot go without a field are left out."""
    try:
        return cut(message, wanted, secret, lambda _: silent)
    except InvalidInput:
        assume(False)
        raise


@given(st.data(), SECRETS)
def test_what_was_cut_and_opened_is_what_was_before(data: st.DataObject, secret: bytes) -> None:
    message = data.draw(messages())
    made = tried(message, data.draw(paths(message)), secret, silent=False)
    assert restored(made, made.cuts).raw == message.raw
    check_cuts(made, made.cuts)


@given(st.data(), SECRETS)
def test_after_a_cut_nothing_withheld_is_left_and_the_bytes_are_a_message(
    data: st.DataObject, secret: bytes
) -> None:
    message = data.draw(messages())
    wanted = data.draw(paths(message))
    made = tried(message, wanted, secret, silent=data.draw(st.booleans()))
    assert told(parse_message(made.raw), wanted) == ""


@given(st.data(), SECRETS, SECRETS)
def test_a_silent_cut_does_not_depend_on_the_secret(
    data: st.DataObject, one: bytes, other: bytes
) -> None:
    message = data.draw(messages())
    wanted = data.draw(paths(message))
    first = tried(message, wanted, one, silent=True)
    assert first.raw == cut(message, wanted, other, lambda _: True).raw
    assert first.cuts == ()


@given(st.data(), SECRETS, st.integers(0, 255))
def test_no_other_salt_opens_a_commitment(data: st.DataObject, secret: bytes, bit: int) -> None:
    message = data.draw(messages())
    made = tried(message, data.draw(paths(message)), secret, silent=False)
    for one in made.cuts:
        salt = bytearray(one.salt)
        salt[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Refused):
            restored(made, [replace(one, salt=bytes(salt))])
