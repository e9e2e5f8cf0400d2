"""The process log: closed list of fields, one word a value, no words of other libraries."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from relec_exchange.logs import AllowList, configure

SECRET = "Zeynep Kaya born 1990"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_listed_fields_are_written_with_event_level_and_time(stream: io.StringIO) -> None:
    configure(stream=stream, context={"node": "tr"})
    structlog.get_logger().info("outbox.relayed", peer="pk", seq=3, leaf=b"\x01\x02")
    [line] = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "outbox.relayed",
        "level": "info",
        "node": "tr",
        "peer": "pk",
        "seq": 3,
        "leaf": "0102",
    }


def test_a_field_that_is_not_listed_is_dropped_and_counted(stream: io.StringIO) -> None:
    allow_list = configure(stream=stream)
    structlog.get_logger().info("inbox.received", body=SECRET, passphrase=SECRET, seq=1)
    assert "Zeynep" not in stream.getvalue()
    assert lines(stream)[0]["dropped"] == 2
    assert allow_list.dropped == 2


@pytest.mark.parametrize("value", [SECRET, "a\nb", "\x1b[31m", "x" * 201, {"a": 1}, [SECRET], "é"])
def test_a_value_that_is_not_one_word_or_number_is_dropped(value: object) -> None:
    kept = AllowList()(None, "info", {"event": "a.b", "reason": value})
    assert kept == {"event": "a.b", "dropped": 1}


def test_a_sentence_as_event_name_is_not_written(stream: io.StringIO) -> None:
    configure(stream=stream)
    structlog.get_logger().warning(f"could not read {SECRET}")
    assert "Zeynep" not in stream.getvalue()
    assert lines(stream)[0]["event"] == "log.unnamed"


def test_of_an_exception_only_the_class_is_written(stream: io.StringIO) -> None:
    configure(stream=stream)
    try:
        raise ValueError(SECRET)
    except ValueError:
        structlog.get_logger().exception("inbox.failed")
    assert "Zeynep" not in stream.getvalue()
    assert lines(stream)[0]["error"] == "ValueError"


def test_another_librarys_message_is_reduced_to_its_place(stream: io.StringIO) -> None:
    configure(stream=stream)
    logging.getLogger("library.connection").warning("closed by %s", SECRET)
    logging.getLogger("library.connection").info("chatter")
    [line] = lines(stream)
    assert "Zeynep" not in stream.getvalue()
    assert line["event"] == "library.message"
    assert (line["logger"], line["module"]) == ("library.connection", "test_logs")


def test_the_level_is_kept_to(stream: io.StringIO) -> None:
    configure(level="warning", stream=stream)
    structlog.get_logger().info("a.b")
    structlog.get_logger().warning("a.c")
    assert [line["event"] for line in lines(stream)] == ["a.c"]


def test_the_console_form_has_no_escape_sequences(stream: io.StringIO) -> None:
    configure(form="console", stream=stream)
    structlog.get_logger().info("a.b", peer="pk")
    assert "peer=pk" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_importing_the_module_configures_nothing() -> None:
    assert not structlog.is_configured()
