"""Where a command works: the home directory, the officer who acts, and the secrets of both.

Contract: passphrases come from files or a prompt, never from arguments or the environment; a
command without a terminal does not wait for a prompt, it says which option to use.
"""

from __future__ import annotations

import functools
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from relec_exchange.cli.words import words
from relec_exchange.errors import InvalidInput, Misconfigured, NotFound

if TYPE_CHECKING:
    from relec_exchange.adapters.trustfiles import Admitted, TrustFiles
    from relec_exchange.client import Client
    from relec_exchange.sealing.suite import SealingPrivate
    from relec_exchange.settings import Settings
    from relec_exchange.trust.officer import OfficerKey
    from relec_exchange.trust.signature import HybridKey

F = TypeVar("F", bound=Callable[..., Any])

_FILE = click.Path(dir_okay=False, path_type=Path)
_OPTIONS = (
    click.option("--home", envvar="RELEC_HOME", help="The node's directory."),
    click.option("--officer", envvar="RELEC_OFFICER", help="The officer who acts."),
    click.option("--key-file", type=_FILE, help="The officer's key, if not below the home."),
    click.option("--passphrase-file", type=_FILE, help="A file with the passphrase to use."),
    click.option(
        "--unit-key-file",
        "unit_key_files",
        type=_FILE,
        multiple=True,
        envvar="RELEC_UNIT_KEY",
        help="The key of your unit (RELEC_UNIT_KEY), for what is sealed to it.",
    ),
    click.option(
        "--unit-passphrase-file",
        type=_FILE,
        envvar="RELEC_UNIT_PASSPHRASE_FILE",
        help="A file with the passphrase of the unit's key.",
    ),
)


@dataclass(frozen=True, slots=True)
class Place:
    """The home directory and the officer of one call of `relec`."""

    path: Path
    officer: str = ""
    key_file: Path | None = None
    passphrase_file: Path | None = None
    unit_key_files: tuple[Path, ...] = ()
    unit_passphrase_file: Path | None = None

    def settings(self) -> Settings:
        """The node's settings, or `Misconfigured`."""
        from relec_exchange.settings import read_settings

        return read_settings(self.path)

    def trust(self) -> TrustFiles:
        """The folder of cards, agreements and records."""
        from relec_exchange.adapters.trustfiles import TrustFiles

        settings = self.settings()
        return TrustFiles(settings.path(settings.paths.trust))

    def directory(self) -> Admitted:
        """What the files of this home say of members and agreements."""
        from relec_exchange.trust.directory import Directory

        settings = self.settings()
        empty = Directory(settings.network, settings.network_kind, settings.node)
        return self.trust().directory(empty)

    def running(self) -> bool:
        """Whether a process answers on the node's socket."""
        settings = self.settings()
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(os.fspath(settings.path(settings.api.socket)))
            except OSError:
                return False
        return True

    def ready_to_tell(self) -> bool:
        """Whether the node runs, and then an officer is named: asked before anything is written."""
        running = self.running()
        if running:
            self.acting()
        return running

    def acting(self) -> str:
        """The officer's name, or `InvalidInput` that says how to give it."""
        if not self.officer:
            raise InvalidInput(
                words("no officer is named"),
                field="officer",
                remedy=words("use --officer NAME, or set RELEC_OFFICER"),
            )
        return self.officer

    def officer_key_file(self) -> Path:
        """The file of the acting officer's key."""
        return self.key_file or self.path / "officers" / f"{self.acting()}.key"

    def officer_key(self) -> OfficerKey:
        """The acting officer's key, opened."""
        from relec_exchange.trust.officer import OfficerKey

        file = self.officer_key_file()
        data = _read(file)
        return OfficerKey.from_pkcs8(data, self._officer_passphrase(data))

    def client(self) -> Client:
        """A client of the running node for the acting officer, who is told what is cut."""
        from relec_exchange.cli.withheld import tell_once
        from relec_exchange.client import Client

        file = self.officer_key_file()
        secret = self._officer_passphrase(_read(file))
        client = Client(self.path, self.acting(), file, secret, self.unit_keys)
        client.on_cut = tell_once()
        return client

    def unit_keys(self) -> tuple[SealingPrivate, ...]:
        """The unit's keys, opened; their passphrase is asked for only if they are needed."""
        from relec_exchange.adapters.unitkeys import read_unit_key

        if not self.unit_key_files:
            return ()
        prompt = words("Passphrase of the unit's key")
        secret = passphrase(self.unit_passphrase_file, prompt, "--unit-passphrase-file")
        return tuple(read_unit_key(file, secret).private for file in self.unit_key_files)

    def node_passphrase(self) -> str:
        """The passphrase of the node's keys: option, settings, credential, or prompt."""
        from relec_exchange.adapters.keyfiles import read_passphrase

        settings = self.settings()
        if self.passphrase_file is not None:
            return read_passphrase(self.passphrase_file)
        if settings.passphrase_file is not None:
            return read_passphrase(settings.path(settings.passphrase_file))
        if settings.passphrase_credential is not None:
            return _credential(settings.passphrase_credential)
        return passphrase(None, words("Passphrase of the node's keys"), "--passphrase-file")

    def authority(self, secret_file: Path | None) -> HybridKey:
        """The authority's key, opened with its own passphrase."""
        from relec_exchange.adapters.keyfiles import read_authority

        settings = self.settings()
        file = settings.path(settings.paths.keys) / "authority.key"
        if not file.exists():
            raise NotFound(
                words("the authority's key is not here: {file}", file=file),
                field="authority",
                remedy=words("bring its file to this place for as long as it is needed"),
            )
        option = "--authority-passphrase-file"
        return read_authority(file, passphrase(secret_file, words("Authority passphrase"), option))

    def _officer_passphrase(self, data: bytes) -> str | None:
        """The officer's passphrase, asked for only if the key is encrypted."""
        if b"ENCRYPTED" not in data:
            return None
        prompt = words("Passphrase of {officer}", officer=self.acting())
        return passphrase(self.passphrase_file, prompt, "--passphrase-file")


def place_options(function: F) -> F:
    """The options that make a `Place`, given to the command as its first argument."""

    @functools.wraps(function)
    def wrapper(
        home: str | None,
        officer: str | None,
        key_file: Path | None,
        passphrase_file: Path | None,
        unit_key_files: tuple[Path, ...],
        unit_passphrase_file: Path | None,
        **values: Any,
    ) -> Any:
        root = click.get_current_context().find_root().params
        path = Path(root.get("home") or home or ".")
        name = root.get("officer") or officer or ""
        unit = (unit_key_files, unit_passphrase_file)
        return function(Place(path, name, key_file, passphrase_file, *unit), **values)

    decorated: Any = wrapper
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


def passphrase(file: Path | None, prompt: str, option: str, *, new: bool = False) -> str:
    """A passphrase from a file or a prompt; a new one is checked, and asked for twice."""
    from relec_exchange.adapters.keyfiles import read_passphrase
    from relec_exchange.trust.passphrase import check_passphrase

    if file is not None:
        secret = read_passphrase(file)
    elif sys.stdin.isatty():
        secret = str(click.prompt(prompt, hide_input=True, confirmation_prompt=new))
    else:
        raise InvalidInput(
            words("a passphrase is needed and there is no terminal to ask on"),
            field="passphrase",
            remedy=words("use {option} FILE", option=option),
        )
    return check_passphrase(secret) if new else secret


def confirm(question: str, yes: bool) -> None:
    """Go on only after a yes: the option `--yes`, or a person at the terminal."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise InvalidInput(
            words("this must be confirmed and there is no terminal to ask on"),
            field="yes",
            remedy=words("look at it with --dry-run where there is one, then use --yes"),
        )
    click.confirm(question, abort=True, err=True)


def _credential(name: str) -> str:
    """A systemd credential (LoadCredential=): systemd alone decides who may read it."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    try:
        text = (Path(folder) / name).read_text("utf-8") if folder else ""
    except (OSError, UnicodeDecodeError):
        text = ""
    if not text.strip():
        raise Misconfigured(
            f"there is no credential {name}",
            field="passphrase_credential",
            remedy=f"start the node by systemd with LoadCredential={name}:FILE",
        )
    return text.splitlines()[0]


def _read(file: Path) -> bytes:
    from relec_exchange.adapters.privatefiles import read_private

    return read_private(file, 64 * 1024)
