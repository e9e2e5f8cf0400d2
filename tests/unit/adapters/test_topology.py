"""The broker's topology from members alone: routes, queues, permissions, and drift from them."""

from __future__ import annotations

import copy
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relec_exchange.adapters.rabbitmq.drift import Action, compare
from relec_exchange.adapters.rabbitmq.names import (
    exchange_name,
    node_of_user,
    queue_name,
    user_name,
)
from relec_exchange.adapters.rabbitmq.topology import (
    Member,
    QueueLimit,
    Route,
    definitions,
    read_pattern,
    routes,
    write_pattern,
)
from relec_exchange.errors import Conflict, InvalidInput
from relec_exchange.message.identifiers import MessageClass

ALL = frozenset(MessageClass)
CONTROL = frozenset({MessageClass.CONTROL})
NODES = st.from_regex(r"[a-z][a-z0-9]{1,15}", fullmatch=True)
TR = Member("tr", "tr", {"pk": ALL})
PK = Member("pk", "pk", {"tr": ALL})


@st.composite
def networks(draw: st.DrawFn) -> list[Member]:
    nodes = draw(st.lists(NODES, min_size=1, max_size=6, unique=True))
    classes = st.frozensets(st.sampled_from(MessageClass))
    return [
        Member(node, node, draw(st.dictionaries(st.sampled_from(nodes), classes))) for node in nodes
    ]


def test_a_route_needs_both_members_to_list_each_other() -> None:
    assert len(routes([TR, PK])) == 6
    assert routes([TR, Member("pk", "pk", {})]) == ()
    assert routes([TR]) == ()


def test_users_of_before_stay_beside_the_new_one_with_the_same_rights() -> None:
    changing = Member("tr", "tr-2", {"pk": ALL}, ("tr",))
    held = definitions([changing, PK])
    assert [user["name"] for user in held["users"]] == ["pk", "tr-2", "tr"]
    rights = {each.pop("user"): each for each in held["permissions"]}
    assert rights["tr"] == rights["tr-2"] != rights["pk"]
    with pytest.raises(InvalidInput):
        definitions([Member("tr", "tr-2", {}, ("pk",))])


def test_a_route_exists_only_for_classes_that_both_sides_list() -> None:
    assert routes([TR, Member("pk", "pk", {"tr": CONTROL})]) == (
        Route("pk", "tr", MessageClass.CONTROL),
        Route("tr", "pk", MessageClass.CONTROL),
    )


def test_a_member_that_lists_itself_gets_no_route_to_itself() -> None:
    assert routes([Member("tr", "tr", {"tr": ALL})]) == ()


@given(networks())
@settings(max_examples=50, deadline=None)
def test_routes_go_both_ways_and_each_has_one_queue_and_one_binding(members: list[Member]) -> None:
    every = routes(members)
    assert {Route(r.recipient, r.sender, r.message_class) for r in every} == set(every)
    document = definitions(members)
    queues = [queue["name"] for queue in document["queues"]]
    assert sorted(queues) == sorted(
        queue_name(r.recipient, r.sender, r.message_class) for r in every
    )
    assert len(set(queues)) == len(queues)
    assert [b["destination"] for b in document["bindings"]] == queues


@given(networks(), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_the_order_of_the_cards_does_not_matter(members: list[Member], random: object) -> None:
    shuffled = copy.copy(members)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert definitions(shuffled) == definitions(members)


@given(NODES, NODES)
@settings(max_examples=100, deadline=None)
def test_permissions_match_what_is_a_nodes_own_and_nothing_of_any_other(
    mine: str, other: str
) -> None:
    own_queue = queue_name(mine, other, MessageClass.FLASH)
    assert re.search(write_pattern(mine), exchange_name(mine))
    assert re.search(read_pattern(mine), own_queue)
    if mine != other:
        foreign = queue_name(other, mine, MessageClass.FLASH)
        assert not re.search(write_pattern(mine), exchange_name(other))
        assert not re.search(read_pattern(mine), foreign)
    for name in (exchange_name(mine), own_queue):
        for changed in (f"x{name}", f"{name}x", name.replace(".", "x"), f"{name}.", ""):
            assert not re.search(write_pattern(mine), changed)
            assert not re.search(read_pattern(mine), changed)
    assert not re.search(read_pattern(mine), exchange_name(mine))
    assert not re.search(write_pattern(mine), own_queue)


def test_nobody_may_configure_anything_and_nobody_has_a_password() -> None:
    document = definitions([TR, PK])
    assert {each["configure"] for each in document["permissions"]} == {"^$"}
    assert {each["password_hash"] for each in document["users"]} == {""}


def test_queues_refuse_when_full_and_never_drop_after_deliveries() -> None:
    limits = dict.fromkeys(MessageClass, QueueLimit(10, 1000))
    for queue in definitions([TR, PK], limits)["queues"]:
        assert queue["durable"]
        assert queue["arguments"] == {
            "x-queue-type": "quorum",
            "x-overflow": "reject-publish",
            "x-delivery-limit": 1_000_000_000,
            "x-max-length": 10,
            "x-max-length-bytes": 1000,
        }


@pytest.mark.parametrize("user", ["pk", "tr-1", "tr-02", "tr2", "TR", "tr.", "administrator", ""])
def test_a_card_cannot_name_the_user_of_another_node(user: str) -> None:
    with pytest.raises(InvalidInput, match="names the broker user"):
        definitions([Member("tr", user, {"pk": ALL}), PK])


def test_a_later_user_of_a_node_gets_the_rights_of_its_node() -> None:
    document = definitions([Member("tr", "tr-2", {"pk": ALL}), PK])
    assert [each["name"] for each in document["users"]] == ["pk", "tr-2"]
    rights = next(each for each in document["permissions"] if each["user"] == "tr-2")
    assert rights["write"] == r"^from\.tr$"


@given(NODES, st.integers(1, 999))
def test_the_name_of_a_user_tells_its_node_and_number(node: str, number: int) -> None:
    assert node_of_user(user_name(node, number)) == (node, number)


def test_two_members_of_one_name_are_refused() -> None:
    with pytest.raises(Conflict):
        definitions([TR, TR])


@pytest.mark.parametrize("node", ["t", "from.tr", "tr\n", "T1", "a" * 17])
def test_a_node_name_that_could_be_a_pattern_is_refused(node: str) -> None:
    with pytest.raises(InvalidInput):
        definitions([Member(node, node, {})])


@given(networks())
@settings(max_examples=25, deadline=None)
def test_a_broker_that_holds_the_topology_has_no_drift(members: list[Member]) -> None:
    document = definitions(members)
    assert compare(document, json.loads(json.dumps(document))) == ()


def test_drift_lists_removals_first_and_among_them_what_carries_messages() -> None:
    actual = definitions([TR, PK])
    changes = compare(definitions([PK]), actual)
    assert [change.kind for change in changes[:6]] == ["binding"] * 6
    assert {change.action for change in changes} == {Action.REMOVE}
    assert [str(change) for change in changes[-6:-5]] == ["remove queue to.pk.from.tr.control"]


def test_another_virtual_host_and_users_of_others_are_left_alone() -> None:
    actual = definitions([PK])
    actual["queues"].append({"vhost": "/", "name": "theirs", "arguments": {}})
    actual["users"].append({"name": "operator", "password_hash": "x", "tags": ["administrator"]})
    assert compare(definitions([PK]), actual) == ()


def test_permissions_of_a_foreign_user_in_our_virtual_host_are_drift() -> None:
    actual = definitions([PK])
    actual["permissions"].append(
        {"user": "operator", "vhost": "relec", "configure": "", "write": "", "read": ".*"}
    )
    assert [str(each) for each in compare(definitions([PK]), actual)] == [
        "remove permission operator"
    ]


def test_tags_may_come_as_text_or_as_a_list() -> None:
    actual = definitions([PK])
    actual["users"][0]["tags"] = "relec"
    assert compare(definitions([PK]), actual) == ()
