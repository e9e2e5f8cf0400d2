"""The settings of one node: `node.toml` in its home directory, read once and never changed.

Contract: `read_settings` returns a frozen model or raises `Misconfigured`, which names the file,
the field and the remedy. Nothing but the file counts: no environment variable changes a node.
Relative paths are below the home directory. Units stand in the names.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from relec_exchange.errors import Misconfigured
from relec_exchange.message.identifiers import NETWORK_PATTERN, NODE_PATTERN

FILE_NAME: Final = "node.toml"
FILE_MAX_BYTES: Final = 256 * 1024

_RelativeOrAbsolute = Annotated[Path, Field(strict=False)]


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class ApiSettings(_Table):
    """The local API: where its socket lies, and how much one request may hold."""

    socket: _RelativeOrAbsolute = Path("run/node.sock")
    body_max_mib: Annotated[int, Field(ge=1, le=64)] = 64


class BrokerSettings(_Table):
    """The network's RabbitMQ. TLS 1.3 with a client certificate: there is no other way in."""

    host: Annotated[str, Field(min_length=1, max_length=253)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 5671
    vhost: Annotated[str, Field(min_length=1, max_length=128)] = "relec"
    server_name: Annotated[str, Field(max_length=253)] = ""
    ca_file: _RelativeOrAbsolute = Path("keys/ca.crt")
    certificate_file: _RelativeOrAbsolute = Path("keys/tls.crt")
    key_file: _RelativeOrAbsolute = Path("keys/tls.key")


class PathSettings(_Table):
    """Where a node keeps what; the guard copy belongs on another disk than the store."""

    keys: _RelativeOrAbsolute = Path("keys")
    trust: _RelativeOrAbsolute = Path("trust")
    store: _RelativeOrAbsolute = Path("store/node.db")
    vault: _RelativeOrAbsolute = Path("vault/vault.db")
    guard: _RelativeOrAbsolute = Path("guard/head")


class RetentionSettings(_Table):
    """The national rule: days by data level. The agreement and five years hold besides."""

    national_days: dict[
        Literal["none", "aggregate", "non_nominal", "nominal", "nominal_sensitive"],
        Annotated[int, Field(ge=1, le=1826)],
    ] = Field(default_factory=dict)


class LogSettings(_Table):
    """What the process writes to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "console"] = "json"


class Settings(BaseSettings):
    """Everything that one node is told. `home` is the directory that the file lies in."""

    model_config = SettingsConfigDict(strict=True, frozen=True, extra="forbid")

    home: _RelativeOrAbsolute
    network: Annotated[str, Field(pattern=NETWORK_PATTERN)]
    network_kind: Literal["exercise", "production"]
    node: Annotated[str, Field(pattern=NODE_PATTERN)]
    passphrase_file: _RelativeOrAbsolute | None = None
    passphrase_credential: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")] | None = None
    api: ApiSettings = ApiSettings()
    broker: BrokerSettings = BrokerSettings()
    paths: PathSettings = PathSettings()
    log: LogSettings = LogSettings()
    retention: RetentionSettings = RetentionSettings()
    # Read by the routing rules themselves, which name their own faults.
    routing: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `read_settings` read from the file: the environment is no source."""
        return (init_settings,)

    @model_validator(mode="after")
    def _rules(self) -> Self:
        if self.passphrase_file is not None and self.passphrase_credential is not None:
            raise ValueError("name passphrase_file or passphrase_credential, not both")
        return self

    def path(self, path: Path) -> Path:
        """A path of these settings as an absolute one: relative ones are below `home`."""
        return self.home / path


def read_settings(home: Path) -> Settings:
    """The settings in `<home>/node.toml`, or `Misconfigured`."""
    path = home / FILE_NAME
    table = _table(path)
    if "home" in table:
        raise Misconfigured(
            f"{path}: home is the directory of the file", field="home", remedy="remove the line"
        )
    try:
        return Settings(home=home.absolute(), **table)
    except ValidationError as error:
        raise _misconfigured(path, error) from None


def _table(path: Path) -> dict[str, Any]:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise Misconfigured(
            f"there is no {path}",
            field="home",
            remedy="make a node with: relec init; or name its directory with --home",
        ) from None
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}", field="home") from None
    if len(data) > FILE_MAX_BYTES:
        raise Misconfigured(f"{path} is too large for settings", field=FILE_NAME)
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(
            f"{path} is not TOML: {error}", field=FILE_NAME, remedy="correct the line"
        ) from None


def _misconfigured(path: Path, error: ValidationError) -> Misconfigured:
    """All faults in one message; the first one's field is the field of the error."""
    faults = [
        (".".join(str(part) for part in item["loc"]) or FILE_NAME, item["msg"])
        for item in error.errors(include_input=False, include_url=False)
    ]
    text = "; ".join(f"{field}: {problem}" for field, problem in faults)
    return Misconfigured(
        f"{path}: {text}", field=faults[0][0], remedy="see config/node.example.toml"
    )
