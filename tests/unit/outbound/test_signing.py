"""Who may do what for a message, and what their signatures come to."""

from __future__ import annotations

import os
from itertools import product

import pytest

from relec_exchange.errors import NotAuthorised, NotFound
from relec_exchange.outbound.needs import Done
from relec_exchange.outbound.signing import ANSWER, ROLES, Deed, Signed, Signing
from relec_exchange.trust.officer import Act, Officer, OfficerKey, Role

KEYS = {role.value: OfficerKey.generate(os.urandom) for role in Role}
TYPES = {"system": ("stat.report",)}
OFFICERS = {
    name: Officer(name, name, "unit", frozenset({Role(name)}), key.public, TYPES.get(name, ("*",)))
    for name, key in KEYS.items()
}
MESSAGE = Signed("stat.report", bytes(range(32)), "submitter")


def officer(name: str) -> Officer:
    if name not in OFFICERS:
        raise NotFound("there is no such officer")
    return OFFICERS[name]


SIGNING = Signing(officer)


def deed(act: str, name: str, signed: Signed = MESSAGE) -> Deed:
    if act == ANSWER:
        question = "protection-checked"
        return Deed(act, name, KEYS[name].sign_answer(question, signed.commitment), question)
    return Deed(act, name, KEYS[name].sign(Act(act), signed.commitment))


@pytest.mark.parametrize(("act", "role"), list(product(ROLES, Role)))
def test_each_act_is_open_to_its_roles_and_to_no_other(act: str, role: Role) -> None:
    given = deed(act, role.value)
    if role in ROLES[act]:
        SIGNING.check(given, MESSAGE)
    else:
        with pytest.raises(NotAuthorised):
            SIGNING.check(given, MESSAGE)


def test_no_auditor_and_no_operator_does_anything() -> None:
    allowed = {role for roles in ROLES.values() for role in roles}
    assert not allowed & {Role.AUDITOR, Role.OPERATOR, Role.SECURITY_OFFICER}


@pytest.mark.parametrize("act", [Act.APPROVE, Act.CONFIRM])
def test_who_submitted_neither_approves_nor_confirms(act: Act) -> None:
    role = ROLES[act][0].value
    own = Signed("stat.report", MESSAGE.commitment, role)
    with pytest.raises(NotAuthorised):
        SIGNING.check(deed(act, role, own), own)


def test_a_system_acts_for_the_types_of_its_record_alone() -> None:
    other = Signed("info.request", MESSAGE.commitment, "submitter")
    with pytest.raises(NotAuthorised):
        SIGNING.check(deed(Act.RELEASE, "system", other), other)


def test_a_system_releases_and_is_no_second_person() -> None:
    assert SIGNING.done([deed(Act.RELEASE, "system")], MESSAGE) == Done(released=True)
    assert SIGNING.done([deed(Act.RELEASE, "releaser")], MESSAGE).second


def test_deeds_that_are_not_good_any_more_come_to_nothing() -> None:
    good = deed(Act.RELEASE, "releaser")
    gone = Deed(Act.RELEASE, "left-last-year", good.signature)
    other = deed(Act.FREE, "protection_desk", Signed("stat.report", bytes(32), "submitter"))
    lost = deed(Act.APPROVE, "submitter")
    assert SIGNING.good([gone, good, other, lost], MESSAGE) == [good]


def test_deeds_add_up() -> None:
    given = [
        deed(ANSWER, "submitter"),
        deed(Act.FREE, "protection_desk"),
        deed(Act.APPROVE, "protection_desk"),
        deed(Act.RELEASE, "releaser"),
    ]
    assert SIGNING.done(given, MESSAGE) == Done(
        frozenset({"protection-checked"}), freed=True, approved=True, released=True, second=True
    )
