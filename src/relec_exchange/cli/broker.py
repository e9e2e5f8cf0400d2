"""`relec broker`: what the operator of the network's RabbitMQ does, from files and `rabbitmqctl`.

Parses, calls `adapters.rabbitmq`, prints. It needs no node and no key of any member.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from relec_exchange.cli.broker_diff import diff
from relec_exchange.cli.output import json_option, print_json, say

if TYPE_CHECKING:
    from relec_exchange.adapters.rabbitmq.members import MemberCard

F = TypeVar("F", bound=Callable[..., Any])

_DIRECTORY = click.Path(file_okay=False, path_type=Path)
_EXISTING = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

_secret_file = click.option(
    "--passphrase-file", type=_FILE, help="A file with the passphrase of the authority's key."
)
_no_secret = click.option(
    "--no-passphrase", is_flag=True, help="The authority's key is not encrypted (exercises only)."
)


def _ctl(function: F) -> F:
    """The options by which a broker is found."""
    program = click.option(
        "--rabbitmqctl",
        default="rabbitmqctl",
        envvar="RELEC_RABBITMQCTL",
        show_default=True,
        help="The command to run. It takes node name and cookie from its usual variables "
        "(RABBITMQ_NODENAME, HOME or RABBITMQ_ERLANG_COOKIE).",
    )
    return program(function)


@click.group()
def broker() -> None:
    """Run the network's RabbitMQ: certificates, and a topology computed from the members' cards.

    \b
    relec broker ca ca/ --network relec.example
    relec broker issue ca/ --server mq.relec.example --out mq/
    relec broker issue ca/ tr --request tr.csr --out tr/
    relec broker apply cards/
    """


broker.add_command(diff)


@broker.command()
@click.argument("directory", type=_DIRECTORY)
@click.option("--network", required=True, help="The network's name, as on the cards.")
@_secret_file
@_no_secret
@json_option
def ca(
    directory: Path, network: str, passphrase_file: Path | None, no_passphrase: bool, as_json: bool
) -> None:
    """Make the certificate authority for access to the broker in DIRECTORY.

    Give ca.crt to all members; keep ca.key offline where you can.

    \b
    relec broker ca ca/ --network relec.example --passphrase-file ca.pass
    """
    from relec_exchange.adapters.rabbitmq.authority import Authority

    secret = _passphrase(passphrase_file, no_passphrase, new=True)
    made = Authority.create(directory, network, _now(), secret)
    told = {
        "certificate": str(made.certificate_file),
        "sha256": made.fingerprint,
        "ends": _time(made.ends),
    }
    _tell(
        as_json,
        told,
        (
            f"authority for broker access: {told['certificate']}, until {told['ends']}",
            f"SHA-256 {told['sha256']}",
        ),
    )


@broker.command()
@click.argument("directory", type=_EXISTING)
@click.argument("node", default="")
@click.option("--server", "hosts", multiple=True, help="Instead of NODE: a broker's host name.")
@click.option("--request", type=_FILE, help="The node's request; without it a key is made here.")
@click.option("--out", type=_DIRECTORY, required=True, help="Where tls.crt and ca.crt go.")
@click.option("--days", type=click.IntRange(1, 398), default=90, show_default=True)
@_secret_file
@_no_secret
@json_option
def issue(directory: Path, out: Path, as_json: bool, **given: Any) -> None:
    """Issue a certificate for NODE, or for a broker with --server, from DIRECTORY's authority.

    The best key is one that never travels: `relec broker request` makes it at the node. The
    certificate's name is the node's current user, which its card must name.

    \b
    relec broker issue ca/ tr --request tr.csr --out tr/
    relec broker issue ca/ --server mq.relec.example --server 192.0.2.7 --out mq/
    """
    from relec_exchange.adapters.rabbitmq.authority import Authority
    from relec_exchange.adapters.rabbitmq.issuing import Wanted, issue_files

    secret = _passphrase(given["passphrase_file"], given["no_passphrase"], new=False)
    wanted = Wanted(given["node"], given["hosts"], given["request"], given["days"])
    issued = issue_files(Authority.load(directory, secret), wanted, out, _now())
    told = asdict(issued) | {"files": [str(path) for path in issued.files]}
    lines = [f"{issued.role} certificate for {issued.name}, until {issued.not_after}"]
    if issued.role == "client":
        lines.append(f'the card of {wanted.node} must say: [broker] user = "{issued.name}"')
    _tell(as_json, told, [*lines, *told["files"]])


@broker.command()
@click.argument("node")
@click.option("--out", type=_DIRECTORY, required=True, help="Where tls.key and tls.csr go.")
@json_option
def request(node: str, out: Path, as_json: bool) -> None:
    """Make a TLS key for NODE and a request to send to the operator. The key stays here.

    \b
    relec broker request tr --out keys/
    """
    from relec_exchange.adapters.rabbitmq.issuing import request_files

    files = [str(path) for path in request_files(node, out)]
    _tell(as_json, {"files": files}, files)


@broker.command()
@click.argument("directory", type=_EXISTING)
@click.argument("user")
@click.option("--reason", required=True, help="Why, for the register.")
@_secret_file
@_no_secret
@json_option
def revoke(
    directory: Path,
    user: str,
    reason: str,
    passphrase_file: Path | None,
    no_passphrase: bool,
    as_json: bool,
) -> None:
    """Retire USER for ever. Its certificates stop working when the card is applied.

    \b
    relec broker revoke ca/ tr --reason "laptop stolen"
    relec broker issue ca/ tr --request new.csr --out tr/     # for user tr-2
    relec broker apply cards/                                 # with the card that names tr-2
    """
    from relec_exchange.adapters.rabbitmq.authority import Authority

    secret = _passphrase(passphrase_file, no_passphrase, new=False)
    successor = Authority.load(directory, secret).revoke(user, _now(), reason)
    _tell(
        as_json,
        {"revoked": user, "next_user": successor},
        (
            f"{user} is retired; the next certificate of this node is for {successor}",
            "until `relec broker apply` has run with a card that names the new user, "
            "the old certificate still connects; to cut it off now: "
            f"rabbitmqctl delete_user {user}",
        ),
    )


@broker.command()
@click.argument("cards", type=_EXISTING)
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option("--definitions", is_flag=True, help="Only print the definitions document.")
@click.option("--discard-messages", is_flag=True, help="Delete queues that still hold messages.")
@click.option("--overlap", is_flag=True, help="Users of earlier cards in CARDS stay as well.")
@_ctl
@json_option
def apply(cards: Path, rabbitmqctl: str, as_json: bool, **given: bool) -> None:
    """Make the broker hold exactly what the cards in CARDS (*.card) say.

    Whatever else stands in the virtual host is removed. A second run changes nothing. While a node
    changes its user, --overlap lets it connect as either; apply without it when it is done.

    \b
    relec broker apply cards/ --dry-run
    relec broker apply cards/
    """
    from relec_exchange.adapters.rabbitmq.control import Control
    from relec_exchange.adapters.rabbitmq.drift import Change, compare
    from relec_exchange.adapters.rabbitmq.members import members_from_cards
    from relec_exchange.adapters.rabbitmq.topology import definitions as compute

    members = members_from_cards(cards, _now(), overlap=given["overlap"])
    wanted = compute([each.member for each in members])
    if given["definitions"]:
        print_json(wanted)
        return
    control = Control(rabbitmqctl, os.environ)
    waiting: tuple[Change, ...] = ()
    if given["dry_run"]:
        done = compare(wanted, control.definitions())
    else:
        done, waiting = control.apply(wanted, discard=given["discard_messages"])
    told = {
        "members": [_member(each) for each in members],
        "dry_run": given["dry_run"],
        "changes": [str(change) for change in done],
        "waiting": [str(change) for change in waiting],
    }
    _tell(as_json, told, _apply_lines(told))


@broker.command()
@click.option("--cards", type=_EXISTING, help="Also say where the broker differs from the cards.")
@_ctl
@json_option
def status(cards: Path | None, rabbitmqctl: str, as_json: bool) -> None:
    """Who is connected, and what lies in the queues (RabbitMQ counts every five seconds).

    \b
    relec broker status --cards cards/
    """
    from relec_exchange.adapters.rabbitmq.control import Control
    from relec_exchange.adapters.rabbitmq.drift import compare
    from relec_exchange.adapters.rabbitmq.members import members_from_cards
    from relec_exchange.adapters.rabbitmq.topology import definitions as compute

    control = Control(rabbitmqctl, os.environ)
    drift: list[str] | None = None
    if cards is not None:
        wanted = compute([each.member for each in members_from_cards(cards, _now())])
        drift = [str(change) for change in compare(wanted, control.definitions())]
    told = {
        "connections": control.connections(),
        "queues": sorted(control.queues(), key=lambda each: str(each["name"])),
        "drift": drift,
    }
    _tell(as_json, told, _status_lines(told))


def _member(found: MemberCard) -> dict[str, Any]:
    return {
        "node": found.member.node,
        "user": found.member.user,
        "former": list(found.member.former),
        "card": found.version,
        "keys": found.fingerprint,
    }


def _apply_lines(told: Mapping[str, Any]) -> list[str]:
    lines = [
        f"member {m['node']}: user {m['user']}, card {m['card']}, keys {m['keys']}"
        for m in told["members"]
    ]
    lines += [f"would {change}" if told["dry_run"] else change for change in told["changes"]]
    lines += [
        f"waiting: {change} (it holds messages; fetch them and apply again)"
        for change in told["waiting"]
    ]
    return lines if told["changes"] or told["waiting"] else [*lines, "nothing to change"]


def _status_lines(told: Mapping[str, Any]) -> list[str]:
    lines = [
        f"connection {c['user']} from {c['peer_host']}: {c['state']}" for c in told["connections"]
    ]
    lines += [
        f"queue {q['name']}: {q['messages']} messages, {q['consumers']} consumers"
        for q in told["queues"]
    ]
    if told["drift"] is not None:
        lines += [f"drift: {each}" for each in told["drift"]] or ["as the cards say"]
    return lines or ["nobody is connected and there is no queue"]


def _tell(as_json: bool, document: Mapping[str, Any], lines: Iterable[str]) -> None:
    if as_json:
        print_json(document)
        return
    for line in lines:
        say(line)


def _passphrase(file: Path | None, none: bool, *, new: bool) -> str | None:
    """From a file or a prompt, never from an argument; None when there is to be none."""
    from relec_exchange.adapters.keyfiles import read_passphrase
    from relec_exchange.trust.passphrase import check_passphrase

    if none:
        return None
    if file is not None:
        secret = read_passphrase(file)
    else:
        secret = str(click.prompt("Passphrase", hide_input=True, confirmation_prompt=new))
    return check_passphrase(secret) if new else secret


def _now() -> datetime:
    return datetime.now(UTC)


def _time(moment: datetime) -> str:
    from relec_exchange.message.identifiers import format_time

    return format_time(moment)
