"""The process log: dotted event names and fields from a closed list, nothing else.

Contract: whatever is not on the list is dropped and counted before anything is written, so that
no payload, key or name of a person can reach a log by mistake. A message of a foreign library is
reduced to where it came from. `configure` is called once, by the process that runs.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from threading import Lock
from typing import Any, Final, Literal, TextIO

import structlog

# Numbers, codes, node names and digests of public things. No text that a person wrote.
_FIELDS: Final = """
message_id type cls seq leaf origin index size agreement grant card version number row kind unit
network node peer sender recipient source host port pid logger module line target_kind
event level timestamp state stage step reason rule code status what subject error exit_code
connected expected hash log
count bytes seconds milliseconds skew_ms attempts pending remaining
reconnects dropped
"""
ALLOWED: Final = frozenset(_FIELDS.split())
_EVENT = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")
# Codes, node names, origins, times and digests are one word; what people write is not.
_WORD = re.compile(r"[A-Za-z0-9_./:+-]{0,200}")
_UNFIT: Final = object()
_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}

Fields = MutableMapping[str, Any]


class AllowList:
    """A structlog processor that lets through only listed fields with plain values."""

    def __init__(self, allowed: frozenset[str] = ALLOWED) -> None:
        self._allowed = allowed
        self._dropped = 0
        self._lock = Lock()

    @property
    def dropped(self) -> int:
        """How many fields were dropped since the start."""
        return self._dropped

    def __call__(self, logger: object, method: str, fields: Fields) -> Fields:
        """Keep what is listed, say how much was not; an event without a dotted name is unnamed."""
        listed = {name: _plain(value) for name, value in fields.items() if name in self._allowed}
        kept = {name: value for name, value in listed.items() if value is not _UNFIT}
        error = fields.get("exc_info")
        if error:
            kept["error"] = _error_name(error)
        dropped = len(fields.keys() - kept.keys() - {"exc_info"})
        if _EVENT.fullmatch(str(fields.get("event", ""))) is None:
            kept["event"], dropped = "log.unnamed", dropped + 1
        if dropped:
            kept["dropped"] = dropped
            with self._lock:
                self._dropped += dropped
        return kept


def _plain(value: object) -> object:
    """A value as it may be written: a number, or one word; sentences and structures are unfit."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if _WORD.fullmatch(text) else _UNFIT


def _error_name(error: object) -> str:
    """The class of an exception; its text may quote what must not be logged."""
    if isinstance(error, BaseException):
        return type(error).__name__
    if isinstance(error, tuple) and error and isinstance(error[0], type):
        return error[0].__name__
    current = sys.exc_info()[0]
    return current.__name__ if current else "unknown"


class _ForeignHandler(logging.Handler):
    """What other libraries log, as `library.message` with its place instead of its words."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().log(
            record.levelno,
            "library.message",
            logger=record.name,
            module=record.module,
            line=record.lineno,
            exc_info=record.exc_info or None,
        )


def configure(
    level: str = "info",
    form: Literal["json", "console"] = "json",
    stream: TextIO | None = None,
    context: Mapping[str, str] | None = None,
) -> AllowList:
    """Set up logging of this process to `stream` (standard error). Returns the allow-list.

    `context` (node, network) is added to every line. Foreign libraries are heard from warning on.
    """
    allow_list = AllowList()
    renderer = (
        structlog.processors.JSONRenderer(sort_keys=True)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _Context(dict(context or {})),
            allow_list,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_ForeignHandler()], level=logging.WARNING, force=True)
    return allow_list


class _Context:
    """Adds the same fields to every line, whichever thread writes it."""

    def __init__(self, fields: dict[str, str]) -> None:
        self._fields = fields

    def __call__(self, logger: object, method: str, fields: Fields) -> Fields:
        return {**self._fields, **fields}
