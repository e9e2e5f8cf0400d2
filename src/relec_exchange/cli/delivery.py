"""What all commands that send do: compose, show recipients and decisions, ask, submit, report.

Contract: nothing is sent before the list was shown and confirmed; an empty list of recipients is
refused; a refusal of one recipient does not hold up the others, and ends the command with 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.entering import entered, told
from relec_exchange.cli.home import Place, confirm
from relec_exchange.cli.output import print_json, say, table
from relec_exchange.cli.questions import answered, explained
from relec_exchange.cli.withheld import cut_from, show_cuts
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput, Refused, RelecError

if TYPE_CHECKING:
    from relec_exchange.client import Client, Submitted
    from relec_exchange.message.document import Message

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Intent:
    """What a user wants to send, and to whom (names separated by commas)."""

    type: str
    to: str | None
    header: Mapping[str, Any]
    body: Mapping[str, Any]


def recipients(text: str | None) -> list[str]:
    """The nodes named, each once, or `InvalidInput`: nobody is not everybody."""
    from relec_exchange.message.identifiers import check_node

    names = [part.strip() for part in (text or "").split(",") if part.strip()]
    if not names:
        raise InvalidInput(
            words("no recipient is named"),
            field="to",
            remedy=words("use --to with the names of the nodes; an empty list is never all"),
        )
    return [check_node(name, field="to") for name in dict.fromkeys(names)]


def deliver(place: Place, intent: Intent, given: Mapping[str, Any]) -> list[Submitted]:
    """Carry out a `relec send` with the options of `send.sending_options`; what became of each.

    The rules are asked first; questions that they leave to the officer are asked in words.
    """
    from relec_exchange.client import Draft

    nodes = recipients(intent.to)
    with place.client() as client:
        client.on_cut = None  # all of it is shown below, as one table
        typed = Draft(intent.type, nodes[0], intent.body, intent.header)
        read = entered(client, typed, given)
        drafts = [replace(read.draft, to=node) for node in nodes]
        with told(read):
            messages = [client.compose(draft) for draft in drafts]
        decisions = [decision(client, message) for message in messages]
        checks = client.check(messages)
        if not given["as_json"]:
            _show(intent.type, nodes, decisions)
            show_cuts(messages)
            _show_findings(nodes, checks)
        if given["dry_run"]:
            if given["as_json"]:
                entry = [note.plain() for note in read.notes]
                listed = _listed(messages, decisions, checks)
                print_json({"entry": entry, "recipients": listed, "sent": []})
            return []
        answers = answered((need for one in checks for need in one["needs"]), given)
        confirm(words("Send to {count} of these nodes?", count=len(nodes)), given["yes"])
        keys = [message.header.message_id for message in messages]
        sent = client.submit_documents(messages, keys, answers)
        states = _waited(client, sent, given["wait_seconds"])
        report(client, sent, states, given["as_json"])
        return sent


def decision(client: Client, message: Message) -> Json:
    """What the node says about sending this message, before it is sent."""
    from relec_exchange.message.catalogue import features

    asked = features(message.header)
    return client.wire.post(
        "/v1/decisions",
        {
            "sender": asked.sender,
            "recipient": asked.recipient,
            "type": asked.type,
            "area": asked.area or "",
            "purpose": asked.purpose or "",
            "data_level": asked.data_level,
            "handling": list(asked.handling),
            "at": None,
        },
    )


def report(
    client: Client, sent: Sequence[Submitted], states: Mapping[str, str], as_json: bool
) -> None:
    """Print what became of each message; ends the command with 3 if one was refused."""
    refused = [one for one in sent if one.error is not None]
    if as_json:
        print_json({"sent": [_result(one, states) for one in sent]})
    else:
        rows = [
            (one.recipient, one.message_id, states.get(one.message_id, one.status), _why(one))
            for one in sent
        ]
        table(words("Sent"), ("to", "message", "state", ""), rows)
        _show_next(sent)
        _duty_phones(client, refused)
    if refused:
        click.get_current_context().exit(_exit_code(refused))


def _waited(client: Client, sent: Sequence[Submitted], seconds: float | None) -> dict[str, str]:
    """The state of each message once its recipient has judged it, or after the time."""
    states: dict[str, str] = {}
    if seconds is None:
        return states
    for one in sent:
        if one.status != "released":
            continue
        try:
            line = client.wait(one.message_id, "validated", seconds)
        except RelecError:
            line = client.show(one.message_id, "out")
        states[one.message_id] = line["state"]
    return states


def _show(type_name: str, nodes: Sequence[str], decisions: Sequence[Json]) -> None:
    rows = [
        (node, found["allowed"], found.get("grant") or found.get("rule"), found.get("text"))
        for node, found in zip(nodes, decisions, strict=True)
    ]
    title = words("{type} to {count} node(s)", type=type_name, count=len(nodes))
    table(title, ("to", "allowed", "grant or rule", ""), rows)


def _show_findings(nodes: Sequence[str], checks: Sequence[Json]) -> None:
    """What the rules object to, each once with the nodes it is about."""
    found: dict[tuple[str, ...], list[str]] = {}
    for node, check in zip(nodes, checks, strict=True):
        for one in check["findings"]:
            key = (one["effect"], one["rule"], one["field"], one["text"], one["remedy"])
            found.setdefault(key, []).append(node)
    if found:
        rows = [(", ".join(dict.fromkeys(to)), *key) for key, to in found.items()]
        columns = ("to", "effect", "rule", "field", "", "what to do")
        table(words("Protection rules"), columns, rows)


def _show_next(sent: Sequence[Submitted]) -> None:
    """Who has to do what before each message leaves, or after it went."""
    for one in sent:
        for sentence in explained(one.needs, one.message_id):
            say(words("{recipient} waits for {what}", recipient=one.recipient, what=sentence))
        if one.derived:
            made = ", ".join(one.derived)
            say(words("Own messages made from the one that was erased: {made}", made=made))


def _listed(
    messages: Sequence[Message], decisions: Sequence[Json], checks: Sequence[Json]
) -> list[Json]:
    return [
        {
            "recipient": message.header.recipient,
            **found,
            "withheld": cut_from(message),
            "findings": check["findings"],
            "needs": check["needs"],
        }
        for message, found, check in zip(messages, decisions, checks, strict=True)
    ]


def _result(one: Submitted, states: Mapping[str, str]) -> Json:
    error = one.error
    return {
        "message_id": one.message_id,
        "recipient": one.recipient,
        "status": one.status,
        "state": states.get(one.message_id, one.status),
        "needs": list(one.needs),
        "derived": list(one.derived),
        "error": None
        if error is None
        else {
            "code": error.code,
            "message": error.message,
            "rule": error.rule if isinstance(error, Refused) else "",
            "remedy": error.remedy,
        },
    }


def _why(one: Submitted) -> str:
    if one.error is None:
        return ""
    rule = f"{one.error.rule}: " if isinstance(one.error, Refused) else ""
    return f"{rule}{one.error.message}"


def _duty_phones(client: Client, refused: Sequence[Submitted]) -> None:
    """Where nothing may be sent, a person can still call."""
    nodes = {one.recipient for one in refused}
    if not nodes:
        return
    for contact in client.wire.get("/v1/contacts")["contacts"]:
        if contact["node"] in nodes:
            say(words("Call the duty of {node}: {phone}", **contact), error=True)


def _exit_code(refused: Sequence[Submitted]) -> int:
    return next(one.error.exit_code for one in refused if one.error is not None)
