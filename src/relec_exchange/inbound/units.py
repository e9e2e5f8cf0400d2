"""Who receives inside this node's state, where, and how long they may stay silent: settings.

Contract: strict and immutable; a value that cannot work is refused when the settings are read,
not when the first message comes. Commands are fixed argument lists, never shell text.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from relec_exchange.message.codes import Urgency
from relec_exchange.message.fields import UnitName

# TOML has arrays, our values are immutable: a list is the one loose conversion allowed.
Many = Field(strict=False, min_length=1, max_length=64)
_Argument = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
_Command = Annotated[tuple[_Argument, ...], Many]
_Path = Annotated[str, StringConstraints(pattern=r"^/", max_length=1024)]
_AmqpName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:/-]{1,200}$")]
_Minutes = Annotated[int, Field(ge=1, le=30 * 24 * 60)]


class Channel(StrEnum):
    """How something reaches a unit. Each is delivered, retried and recorded on its own."""

    MAILBOX = "mailbox"  # the unit reads its inbox through the local API
    FOLDER = "folder"  # one file a message
    QUEUE = "queue"  # a queue on a local AMQP exchange
    NOTIFY = "notify"  # a hook that says that something waits, without content
    ESCALATE = "escalate"  # the same kind of hook, for the duty contact


class UnitsDocument(BaseModel):
    """What all tables of the routing settings share: strict, immutable, nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Unit(UnitsDocument):
    """One reader, and the one place where it receives.

    `folder` is an absolute path, `queue` a routing key on the local exchange; `notify` is the
    command run when something arrives.
    """

    name: UnitName
    receive: Literal["mailbox", "folder", "queue"] = "mailbox"
    folder: _Path | None = None
    queue: _AmqpName | None = None
    notify: _Command | None = None

    @model_validator(mode="after")
    def _target_is_named(self) -> Self:
        for channel in ("folder", "queue"):
            if (self.receive == channel) != (getattr(self, channel) is not None):
                raise ValueError(f"{channel} is named when, and only when, receive is {channel!r}")
        _check_program(self.notify)
        return self

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Where a message for this unit goes: its place, then the hook if there is one."""
        place = Channel(self.receive)
        return (place, Channel.NOTIFY) if self.notify else (place,)


class EscalationRules(UnitsDocument):
    """Minutes that a message of each urgency may wait for an acknowledgement, and whom to tell.

    `notify` is the command that reaches the duty contact; without it an event is all there is.
    """

    flash_minutes: _Minutes = 10
    urgent_minutes: _Minutes = 4 * 60
    routine_minutes: _Minutes = 3 * 24 * 60
    notify: _Command | None = None

    @model_validator(mode="after")
    def _program_is_absolute(self) -> Self:
        _check_program(self.notify)
        return self

    def limit(self, urgency: Urgency) -> timedelta:
        """How long a message of this urgency may wait."""
        minutes = {
            Urgency.FLASH: self.flash_minutes,
            Urgency.URGENT: self.urgent_minutes,
            Urgency.ROUTINE: self.routine_minutes,
        }
        return timedelta(minutes=minutes[urgency])


class LocalExchange(UnitsDocument):
    """The AMQP exchange inside the state's own network that units with a queue read from.

    Without `ca_file` the connection is plain, which is allowed to this machine only.
    `password_file` holds the password on its first line and nothing else.
    """

    exchange: _AmqpName
    host: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.:-]{1,253}$")] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 5672
    virtual_host: _AmqpName = "/"
    username: _AmqpName
    password_file: _Path
    ca_file: _Path | None = None

    @model_validator(mode="after")
    def _plain_stays_here(self) -> Self:
        if self.ca_file is None and self.host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError("ca_file is needed unless the exchange runs on this machine")
        return self


def _check_program(command: tuple[str, ...] | None) -> None:
    if command and not command[0].startswith("/"):
        raise ValueError("notify begins with the absolute path of a program")
