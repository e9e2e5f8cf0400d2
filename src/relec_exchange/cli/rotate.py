"""`relec rotate`: new keys for old ones, while messages go on.

Each kind of key has its own module; this one only puts them under one name.
"""

from __future__ import annotations

import click

from relec_exchange.cli.rotate_keys import authority, sealing, witness
from relec_exchange.cli.rotate_log import log
from relec_exchange.cli.rotate_tls import tls


@click.group()
def rotate() -> None:
    """Replace a key before it is stolen, lost or too old. No message is lost by it.

    \b
    relec rotate sealing        # new sealing keys, six months ahead
    relec rotate witness        # the key that cosigns the logs of partners
    relec rotate tls request    # the certificate for the broker
    relec rotate authority      # the key that signs cards and agreements
    relec rotate log exchange   # a log and its key; then relec card issue
    """


for _command in (sealing, witness, tls, authority, log):
    rotate.add_command(_command)
