"""`relec run`: the node, until it is told to stop."""

from __future__ import annotations

import signal

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import say, say_folded
from relec_exchange.cli.words import words

_LOOK_SECONDS = 1.0


@click.command()
@place_options
@click.option(
    "--log-format", type=click.Choice(["json", "console"]), help="Instead of the settings'."
)
@click.option("--newest", is_flag=True, help="This store is the newest: do not ask the partners.")
def run(place: Place, log_format: str | None, newest: bool) -> None:
    """Run the node: the only process that opens its keys and its store.

    It ends cleanly on SIGTERM and SIGINT; what is under way is finished or taken up at the next
    start. Its log goes to standard error.

    A node that cannot tell whether its store is the newest (after a reboot, or where its files were
    copied or put back) signs nothing until its partners were heard, for some minutes at most. Only
    who knows that nothing was lost says --newest instead; it is logged.

    \b
    relec --home tr run
    """
    from relec_exchange.api.app import create_app
    from relec_exchange.api.server import LocalServer
    from relec_exchange.logs import configure
    from relec_exchange.node import Node

    settings = place.settings()
    configure(
        settings.log.level,
        "console" if (log_format or settings.log.format) == "console" else "json",
        context={"network": settings.network, "node": settings.node},
    )
    node = Node.open(place.path, place.node_passphrase(), newest=newest)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: node.end())
    app = create_app(node.desk, settings.api.body_max_mib)
    server = LocalServer(app, settings.path(settings.api.socket))
    try:
        node.start()
        server.start()
        say(words("{node} answers at {socket}", node=settings.node, socket=settings.api.socket))
        refusal = node.journal.permit.refusal()
        if refusal is not None:
            say_folded(words("It signs nothing: {why}.", why=refusal))
            say_folded(words("What to do: {remedy}", remedy=refusal.remedy))
        while not node.wait(_LOOK_SECONDS):
            pass
    finally:
        server.stop()
        node.stop()
    if node.fatal is not None:
        raise node.fatal
