"""Routing: rules to units, and settings that cannot work are refused when they are read."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from relec_exchange.errors import InvalidInput
from relec_exchange.inbound.routing import RoutingFacts, RoutingRules, destinations, units_for

EXAMPLE = Path(__file__).parents[3] / "config" / "routing.example.toml"


def facts(**changes: Any) -> RoutingFacts:
    values: dict[str, Any] = {
        "area": "irregular_migration",
        "type": "warning.notice",
        "sender": "pk",
        "urgency": "routine",
        "data_level": "non_nominal",
        "handling": ("H0",),
    }
    return RoutingFacts(**(values | changes))


def rules(*table: dict[str, Any], match: str = "first") -> RoutingRules:
    names = ("contact-point", "one", "two", "three")
    return RoutingRules.parse(
        {"match": match, "units": [{"name": name} for name in names], "rules": list(table)}
    )


def test_without_settings_everything_goes_to_the_contact_point() -> None:
    assert units_for(RoutingRules.parse({}), facts()) == ("contact-point",)


def test_a_message_that_no_rule_matches_goes_to_the_default_unit() -> None:
    table = rules({"sender": ["iq"], "units": ["one"]})
    assert units_for(table, facts(sender="tr")) == ("contact-point",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("area", "irregular_migration"),
        ("type", "warning.notice"),
        ("sender", "pk"),
        ("urgency", "routine"),
        ("data_level", "non_nominal"),
        ("handling", "H0"),
    ],
)
def test_each_field_can_decide(name: str, value: str) -> None:
    table = rules({name: [value], "units": ["one"]})
    other = {"area": "human_trafficking", "data_level": "nominal", "handling": ("H1", "H2")}
    changed = other.get(name, "flash" if name == "urgency" else "tr")
    assert units_for(table, facts()) == ("one",)
    assert units_for(table, facts(**{name: changed})) == ("contact-point",)


def test_all_fields_of_a_rule_must_fit() -> None:
    table = rules({"sender": ["pk", "iq"], "urgency": ["flash"], "units": ["one"]})
    assert units_for(table, facts()) == ("contact-point",)
    assert units_for(table, facts(urgency="flash")) == ("one",)


def test_one_of_several_handling_codes_is_enough() -> None:
    table = rules({"handling": ["H3"], "units": ["one"]})
    assert units_for(table, facts(handling=("H1", "H3"))) == ("one",)


def test_first_match_stops_at_the_first_rule_and_all_collects_each_unit_once() -> None:
    table = (
        {"sender": ["pk"], "units": ["two", "one"]},
        {"area": ["irregular_migration"], "units": ["one", "three"]},
    )
    assert units_for(rules(*table), facts()) == ("two", "one")
    assert units_for(rules(*table, match="all"), facts()) == ("two", "one", "three")


def test_each_unit_gets_its_place_and_its_hook_as_deliveries_of_their_own() -> None:
    example = RoutingRules.parse(tomllib.loads(EXAMPLE.read_text("utf-8"))["routing"])
    found = destinations(example, facts(type="warning.life_at_risk", urgency="flash"))
    assert [(one.unit, str(one.channel)) for one in found] == [
        ("rescue", "mailbox"),
        ("rescue", "notify"),
        ("border-police", "queue"),
    ]


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ({"rules": [{"units": ["nobody"]}]}, "nobody"),
        ({"default_unit": "other"}, "other"),
        ({"units": [{"name": "a"}, {"name": "a"}]}, "two units"),
        ({"units": [{"name": "contact-point", "receive": "folder"}]}, "folder"),
        ({"units": [{"name": "contact-point", "folder": "/x"}]}, "folder"),
        (
            {"units": [{"name": "contact-point", "receive": "folder", "folder": "x"}]},
            "routing.units.0.folder",
        ),
        ({"units": [{"name": "contact-point", "notify": ["sh"]}]}, "absolute path"),
        (
            {"units": [{"name": "contact-point", "receive": "queue", "queue": "q"}]},
            "local_exchange",
        ),
        ({"rules": [{"units": ["contact-point"], "area": ["smugling"]}]}, "routing.rules.0.area"),
        ({"rules": [{"units": ["contact-point"], "area": []}]}, "routing.rules.0.area"),
        ({"rules": [{"units": ["contact-point"], "place": ["x"]}]}, "routing.rules.0.place"),
        ({"match": "some"}, "routing.match"),
        ({"escalation": {"flash_minutes": 0}}, "routing.escalation.flash_minutes"),
        ({"escalation": {"notify": ["page me"]}}, "absolute path"),
        (
            {
                "local_exchange": {
                    "exchange": "x",
                    "host": "mq.example",
                    "username": "u",
                    "password_file": "/p",
                }
            },
            "ca_file",
        ),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(table: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        RoutingRules.parse(table)
    assert named in refused.value.message
    assert refused.value.field.startswith("routing")


def test_every_wrong_field_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        RoutingRules.parse({"match": "some", "default_unit": "Not A Name"})
    assert "routing.match" in refused.value.message
    assert "routing.default_unit" in refused.value.message
