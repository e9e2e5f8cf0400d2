"""Erlang expressions that take things away from a broker, all in one call of `rabbitmqctl eval`.

`rabbitmqctl` has no commands for bindings and exchanges, none that deletes a quorum queue only if
it is empty, and takes a third of a second for each of the others. The functions called here exist
alike in RabbitMQ 3.10 and 4.0. Names are written as lists of bytes, so that no name found on a
broker can become part of an expression. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from relec_exchange.adapters.rabbitmq.drift import Change
from relec_exchange.adapters.rabbitmq.names import VIRTUAL_HOST

WAITS = "waits"
"""The answer for a queue that still holds messages; every other step answers `ok`."""

Item = Mapping[str, Any]


def depth(queue: str) -> str:
    """The number of messages in a queue now; 0 when there is no such queue."""
    return (
        f"case rabbit_amqqueue:lookup({_resource('queue', queue)}) of "
        "{ok, Q} -> element(2, rabbit_amqqueue:stat(Q)); _ -> 0 end"
    )


def remove(change: Change, *, discard: bool) -> str:
    """The expression that takes away what the change names; it answers `ok` or `waits`.

    A queue goes only if it is empty, or with `discard` whatever it holds.
    """
    if change.kind == "queue":
        return _queue(str(change.item["name"]), discard)
    return f"ok = {_SIMPLE[change.kind](change.item)}"


def together(steps: Iterable[str]) -> str:
    """One expression that does all steps in order and answers with their answers."""
    return f"[{', '.join(f'begin {step} end' for step in steps)}]."


def answers(text: str) -> tuple[str, ...]:
    """The answers in what `rabbitmqctl eval` printed for `together`."""
    return tuple(part.strip() for part in text.strip().strip("[]").split(",") if part.strip())


def _queue(name: str, discard: bool) -> str:
    """Looks whether it is empty, cuts it off, looks again, and deletes it."""
    empty = "true" if discard else f"({depth(name)}) =:= 0"
    return (
        f"(fun(R, Go) -> case Go() of false -> {WAITS}; true -> "
        "[ok = rabbit_binding:remove(B, <<>>) || "
        "{binding, {resource, _, exchange, X}, _, _, _} = B "
        "<- rabbit_binding:list_for_destination(R), X =/= <<>>], "
        f"case Go() of false -> {WAITS}; true -> {{ok, D}} = rabbit_amqqueue:lookup(R), "
        "{ok, _} = rabbit_amqqueue:delete(D, false, false, <<>>), ok end end end)"
        f"({_resource('queue', name)}, fun() -> {empty} end)"
    )


def _binding(item: Item) -> str:
    # Whatever its arguments: the import that follows makes the one we want again.
    kind = "exchange" if item["destination_type"] == "exchange" else "queue"
    return (
        "begin [ok = rabbit_binding:remove(B, <<>>) || {binding, _, K, D, _} = B "
        f"<- rabbit_binding:list_for_source({_resource('exchange', item['source'])}), "
        f"K =:= {_binary(item['routing_key'])}, D =:= {_resource(kind, item['destination'])}], "
        "ok end"
    )


def _parameter(item: Item) -> str:
    if item["component"] == "operator_policy":
        return f"rabbit_policy:delete_op({_HERE}, {_binary(item['name'])}, <<>>)"
    names = f"{_binary(item['component'])}, {_binary(item['name'])}"
    return f"rabbit_runtime_parameters:clear({_HERE}, {names}, <<>>)"


def _binary(name: str) -> str:
    return f"<<{','.join(str(byte) for byte in name.encode('utf-8'))}>>"


def _resource(kind: str, name: str) -> str:
    return f"rabbit_misc:r({_HERE}, {kind}, {_binary(name)})"


_HERE = _binary(VIRTUAL_HOST)
_USERS = "rabbit_auth_backend_internal"

_SIMPLE: Mapping[str, Callable[[Item], str]] = {
    "binding": _binding,
    "permission": lambda item: (
        f"{_USERS}:clear_permissions({_binary(item['user'])}, {_HERE}, <<>>)"
    ),
    "topic permission": lambda item: (
        f"{_USERS}:clear_topic_permissions("
        f"{_binary(item['user'])}, {_HERE}, {_binary(item['exchange'])}, <<>>)"
    ),
    "user": lambda item: f"{_USERS}:delete_user({_binary(item['name'])}, <<>>)",
    "policy": lambda item: f"rabbit_policy:delete({_HERE}, {_binary(item['name'])}, <<>>)",
    "parameter": _parameter,
    "exchange": lambda item: (
        f"rabbit_exchange:delete({_resource('exchange', item['name'])}, false, <<>>)"
    ),
}
