"""`relec rotate tls`: the certificate with which this node connects to the broker.

Three steps, because the operator of the broker is in between: `request`, `card` (only if the
operator gives a new user name), `install`. The old certificate works until the last one is done.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relec_exchange.cli.home import Place, confirm, place_options
from relec_exchange.cli.issued import adopt_card, base_card, open_keys, own_card, told
from relec_exchange.cli.output import json_option, print_json, say
from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput

if TYPE_CHECKING:
    from relec_exchange.adapters.rabbitmq.access import Access

_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def tls() -> None:
    """A new certificate for the broker, without a restart.

    \b
    relec rotate tls request                 # here: a key, and a request for the operator
    relec broker issue ca/ tr --request tls-next.csr --out tr/      # the operator
    relec rotate tls card tr/tls.crt         # here, only if the certificate names a new user
    relec broker apply cards/ --overlap      # the operator, then too
    relec rotate tls install tr/tls.crt      # here: the running node changes over
    relec broker apply cards/                # the operator: the old user goes
    """


@tls.command()
@place_options
@json_option
def request(place: Place, as_json: bool) -> None:
    """Make the next key, which stays here, and a request to send to the broker's operator.

    \b
    relec rotate tls request
    """
    from relec_exchange.adapters.rabbitmq.renewal import request_next

    key, asked = request_next(_access(place))
    if as_json:
        print_json({"key": str(key), "request": str(asked)})
        return
    say(words("Send this request to the broker's operator; the key stays here:"))
    say(f"  {asked}")


@tls.command()
@click.argument("certificate", type=_EXISTING)
@place_options
@click.option("--authority-passphrase-file", type=_FILE, help="The authority's passphrase.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def card(
    place: Place,
    certificate: Path,
    authority_passphrase_file: Path | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Issue the card that names the user of CERTIFICATE, and let the operator have it.

    Needed only if the operator has retired the old user, as after a theft.

    \b
    relec rotate tls card tls.crt
    """
    from relec_exchange.adapters.rabbitmq.renewal import read_certificate
    from relec_exchange.founding import issue
    from relec_exchange.trust.card_parts import Broker

    place.ready_to_tell()
    present = own_card(place)
    user = read_certificate(certificate.read_bytes(), present.node).user
    if user == present.broker.user:
        raise InvalidInput(
            words("the card names this user already: {user}", user=user),
            field="certificate",
            remedy=words("go on with: relec rotate tls install"),
        )
    version = present.version + 1
    question = words("Sign card {version} with the user {user}?", version=version, user=user)
    confirm(question, yes)
    authority = place.authority(authority_passphrase_file)
    keys, now = open_keys(place), datetime.now(UTC)
    changed = base_card(place, keys).model_copy(update={"broker": Broker(user=user)})
    signed = issue(changed, changed.partners, keys, authority, now, os.urandom)
    adopt_card(place, signed)
    line = words("Card {version} names the user {user}.", version=version, user=user)
    _tell(as_json, told(signed, kind="tls", user=user), line)


@tls.command()
@click.argument("certificate", type=_EXISTING)
@place_options
@click.option("--no-trial", is_flag=True, help="Do not connect with it first.")
@json_option
def install(place: Place, certificate: Path, no_trial: bool, as_json: bool) -> None:
    """Put CERTIFICATE in its place, once the broker has let it in.

    A running node connects anew within seconds, with no restart; what was not confirmed by then is
    published again. If the command was ended half-way, give it again.

    \b
    relec rotate tls install tls.crt
    """
    from relec_exchange.adapters.rabbitmq.renewal import install_next, read_certificate

    data, access = certificate.read_bytes(), _access(place)
    _check_user(place, read_certificate(data, access.node).user)
    found = install_next(access, data, datetime.now(UTC), probe=not no_trial)
    ends = f"{found.not_after:%Y-%m-%d %H:%M} UTC"
    user = found.user
    line = words("The certificate of {user} is in its place, until {ends}.", user=user, ends=ends)
    _tell(as_json, {"user": user, "not_after": found.not_after.isoformat()}, line)


def _check_user(place: Place, user: str) -> None:
    """The operator removes every user that no card names."""
    if user != own_card(place).broker.user:
        raise InvalidInput(
            words("the card of this node names another user than {user}", user=user),
            field="certificate",
            remedy=words("first: relec rotate tls card, and give the card to the operator"),
        )


def _access(place: Place) -> Access:
    from relec_exchange.node.surroundings import broker_access

    return broker_access(place.settings())


def _tell(as_json: bool, document: dict[str, Any], text: str) -> None:
    if as_json:
        print_json(document)
    else:
        say(text)
