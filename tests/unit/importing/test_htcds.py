"""The HTCDS mapping: every field has a place that exists, or a reason why it stays behind."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel

from relec_exchange.errors import InvalidInput
from relec_exchange.importing.htcds import HtcdsField, htcds_code, htcds_fields, htcds_values
from relec_exchange.message.bodies.areas import (
    TraffickingAct,
    TraffickingMeans,
    TraffickingPurpose,
)
from relec_exchange.message.bodies.statistics import Sex
from relec_exchange.message.catalogue import CATALOGUE
from relec_exchange.message.codes import SubjectCategory

ROOT = Path(__file__).parents[3]
FIELDS = htcds_fields()
# Sections of the standard and how many fields with a name each has.
SECTIONS = {
    "org_": 10, "prs_": 25, "vic_": 16, "per_": 3, "cas_": 13, "cco_": 1, "hte_": 10, "spl_": 5,
    "con_": 1,
}  # fmt: skip


def models(annotation: Any) -> list[type[BaseModel]]:
    """Every model that a field may hold, through lists and options."""
    if get_origin(annotation) is None:
        found = isinstance(annotation, type) and issubclass(annotation, BaseModel)
        return [annotation] if found else []
    return [model for part in get_args(annotation) for model in models(part)]


def exists(one: HtcdsField) -> bool:
    """Whether the pointer leads to a field of the body of its type."""
    holders: list[type[BaseModel]] = [CATALOGUE[one.type].body]
    first, *parts = one.pointer.removeprefix("/").split("/")
    assert first == "body"
    for part in parts:
        if part == "*":
            continue
        fields = [
            field
            for holder in holders
            for name, field in holder.model_fields.items()
            if part == (field.alias or name)
        ]
        if not fields:
            return False
        holders = [model for field in fields for model in models(field.annotation)]
    return True


def test_every_field_of_the_standard_is_there_once() -> None:
    assert len(FIELDS) == sum(SECTIONS.values()) == 84
    for prefix, count in SECTIONS.items():
        assert sum(name.startswith(prefix) for name in FIELDS) == count, prefix


@pytest.mark.parametrize("one", FIELDS.values(), ids=lambda one: one.name)
def test_each_field_has_a_place_that_exists_or_a_reason(one: HtcdsField) -> None:
    assert one.note.endswith(".")
    assert exists(one) if one.type else one.pointer == ""


def test_a_field_that_identifies_a_victim_goes_to_the_protection_desk_alone() -> None:
    for name, one in FIELDS.items():
        if name.startswith("prs_"):
            assert one.type in ("", "protection.referral"), name


def test_values_go_to_codes_that_exist() -> None:
    codes = {
        "prs_Gender": {code.value for code in Sex},
        "vic_TraffickingStatus": {code.value for code in SubjectCategory},
        "per_RoleInProcess": {code.value for code in TraffickingAct},
        "vic_MethodsOfControl": {code.value for code in TraffickingMeans},
        "vic_TypeOfExploitation": {code.value for code in TraffickingPurpose},
        "vic_TypeOfSexExploitation": {code.value for code in TraffickingPurpose},
        "hte_Type": {"recruitment", "transit", "exploitation"},
    }
    for field, values in htcds_values().items():
        assert field in FIELDS
        assert set(values.values()) - {""} <= codes.get(field, set()), field


def test_our_means_and_purposes_are_those_of_the_standard_in_other_spelling() -> None:
    for field, codes in (
        ("vic_MethodsOfControl", TraffickingMeans),
        ("vic_TypeOfExploitation", TraffickingPurpose),
    ):
        spelled = {"".join(map(str.capitalize, code.split("_"))): code.value for code in codes}
        assert htcds_values()[field] == spelled, field


def test_every_act_has_a_role_of_the_standard() -> None:
    roles = htcds_values()["per_RoleInProcess"]
    assert set(roles.values()) - {""} == {act.value for act in TraffickingAct}
    assert roles["SoldIndividual"] == roles["BoughtIndividual"] == "transfer"


def test_slips_of_the_standard_are_kept_and_slips_of_a_file_get_the_nearest_value() -> None:
    assert "Unaquainted" in htcds_values()["vic_RelationshipToTrafficker"]
    with pytest.raises(InvalidInput) as caught:
        htcds_code("vic_RelationshipToTrafficker", "Unacquainted")
    assert "Unaquainted" in caught.value.remedy
    assert htcds_code("vic_MethodsOfControl", "DebtBondage") == "debt_bondage"
    assert htcds_code("vic_TraffickingStatus", "NotAVictimOfTrafficking") is None
    with pytest.raises(InvalidInput):
        htcds_code("prs_FirstName", "x")


def test_the_page_is_the_one_that_the_tables_give() -> None:
    place = ROOT / "docs" / "generate_htcds.py"
    spec = importlib.util.spec_from_file_location("generate_htcds", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.main(["--check"]) == 0
