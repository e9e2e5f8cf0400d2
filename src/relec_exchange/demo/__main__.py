"""`python -m relec_exchange.demo`: a simulated network at work, told while it happens.

Ends with 0 if everything was as told, with 1 if anything was not. It stops everything it started,
unless it is told to keep it.
"""

from __future__ import annotations

import shlex
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Final, NoReturn

import click

from relec_exchange.demo.facts import AS_TOLD, NOT_AS_TOLD
from relec_exchange.demo.network import ExerciseNetwork
from relec_exchange.demo.story import EXERCISE, SCENES, tell
from relec_exchange.demo.telling import Teller, screen
from relec_exchange.errors import Conflict, InvalidInput, RelecError

_PREFIX: Final = "relec-demo-"
_AGREED: Final = {"tr": "pk, iq", "pk": "tr", "iq": "tr"}


@click.command()
@click.option("--keep", is_flag=True, help="Leave the network running, and say how to use it.")
@click.option("--stop", is_flag=True, help="Stop a network that was kept, in --directory.")
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to put it: a new or empty directory.  [default: a temporary one]",
)
def demo(keep: bool, stop: bool, directory: Path | None) -> None:
    """Show a simulated network of three nodes and a broker at work, and check all of it.

    \b
    python -m relec_exchange.demo
    python -m relec_exchange.demo --keep
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _terminate)
    try:
        code = _stop(directory) if stop else _play(directory, keep=keep)
    except RelecError as error:
        click.echo(f"error: {error.message}", err=True)
        if error.remedy:
            click.echo(f"what to do: {error.remedy}", err=True)
        code = error.exit_code
    click.get_current_context().exit(code)


def commands() -> dict[str, list[str]]:
    """How to use a network that was kept, in its directory: sentence -> command."""
    relec = shutil.which("relec", path=str(Path(sys.executable).parent)) or "relec"

    def call(node: str, officer: str, *words: str) -> list[str]:
        return [relec, "--home", node, "--officer", officer, *words]

    ask = ("agreement", "check", "info.request", "--to", "iq")
    return {
        "What did iq receive? (Read one of them with: show ID --open)": call(
            "iq", "submitter", "inbox"
        ),
        "What did tr send, and what became of it?": call("tr", "submitter", "outbox"),
        "Write to iq, which a second officer must release (with: release ID)": call(
            "tr", "submitter", "send", "test.ping", "--to", "iq", "--text", "Hello", "--yes"
        ),
        "What did pk refuse, and why?": call("pk", "operator", "quarantine"),
        "May pk ask iq for information?": call("pk", "submitter", *ask),
        "Whom to call?": call("tr", "submitter", "contacts"),
        "Compute the log of tr again": call("tr", "auditor", "audit", "verify"),
    }


def _play(directory: Path | None, *, keep: bool) -> int:
    place = _place(directory)
    teller = Teller(screen())
    network = ExerciseNetwork(place, EXERCISE)
    try:
        _open(network, teller)
        report = tell(network, teller, SCENES)
    except BaseException as error:
        network.close()
        if directory is None and not isinstance(error, Exception):
            shutil.rmtree(place)  # interrupted: nobody will look for what went wrong
        raise
    if keep:
        network.leave()
    else:
        network.close()
    teller.title("As told, or not")
    teller.summary(report)
    told = "Everything was as told." if report.as_told else "NOT everything was as told."
    teller.say(told)
    if keep:
        _explain(teller, place)
        return report.exit_code
    return _leave(teller, network, report.exit_code, temporary=directory is None)


def _open(network: ExerciseNetwork, teller: Teller) -> None:
    """Set everything up, and say what there is."""
    teller.title("relec-exchange: a simulated network at work")
    teller.say(
        "Three simulated nodes and their broker run on this machine, as real processes with real "
        "keys. Everything they say is made up: no state has signed or reported any of it, and no "
        "person, vehicle or event in it is real."
    )
    with teller.waiting("starting a broker, making keys, cards and agreements"):
        network.build()
        network.start()
    teller.table(
        "The network relec.example, of kind exercise",
        ("node", "stands for", "signed the charter", "has an agreement with"),
        [(node, EXERCISE.title(node), "yes", _AGREED[node]) for node in network.nodes],
    )
    teller.say(
        "The charter of all allows statistics, warnings and acknowledgements; what goes beyond "
        "needs an agreement of the two. This charter also shortens the times, so that what takes "
        "minutes happens in seconds. Each node has officers with a key of their own: submitter, "
        "releaser, auditor, operator. Lines that begin with [yes] were checked just then."
    )
    teller.table(
        "Set up",
        ("step", "seconds"),
        [(step, f"{seconds:.1f}") for step, seconds in network.seconds.items()],
    )


def _leave(teller: Teller, network: ExerciseNetwork, code: int, *, temporary: bool) -> int:
    """Check that nothing runs any more, and clear away what was temporary."""
    left = [node for node in network.nodes if network.running(node)]
    if left or network.broker.pid is not None:
        teller.say(f"Not stopped: {', '.join(left) or 'the broker'}")
        return NOT_AS_TOLD
    if code == AS_TOLD and temporary:
        shutil.rmtree(network.directory)
        teller.say("All that was started is stopped, and its files are deleted.")
    else:
        teller.say("All that was started is stopped; its files are in")
        teller.command(str(network.directory))
    return code


def _explain(teller: Teller, place: Path) -> None:
    """How to use what was kept, and how to stop it."""
    teller.blank()
    teller.say("The network goes on running. To use it, first:")
    teller.command(shlex.join(["cd", str(place)]))
    for sentence, command in commands().items():
        teller.say(sentence)
        teller.command(shlex.join(command))
    teller.say("To stop it:")
    stop = [sys.executable, "-m", "relec_exchange.demo", "--stop", "--directory", str(place)]
    teller.command(shlex.join(stop))


def _stop(directory: Path | None) -> int:
    if directory is None:
        raise InvalidInput("--stop needs the --directory of the network", field="directory")
    place = directory.absolute()
    ExerciseNetwork.reopen(place).close()
    if place.name.startswith(_PREFIX) and place.parent == Path(tempfile.gettempdir()):
        shutil.rmtree(place)
        click.echo(f"stopped, and deleted {place}")
    else:
        click.echo(f"stopped; its files are in {place}")
    return AS_TOLD


def _place(directory: Path | None) -> Path:
    if directory is None:
        return Path(tempfile.mkdtemp(prefix=_PREFIX))
    if directory.exists() and any(directory.iterdir()):
        raise Conflict(
            f"{directory} is not empty",
            field="directory",
            remedy="name a new directory; a network that was kept there ends with --stop",
        )
    return directory.absolute()


def _terminate(number: int, frame: object) -> NoReturn:
    """End as after an error, so that everything that was started is stopped."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    demo()
