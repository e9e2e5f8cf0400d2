"""The socket: who may connect, what a dead process left behind, and a clean end."""

from __future__ import annotations

import os
import socket as sockets
import stat
import threading
import time
from pathlib import Path

import httpx2
import pytest
from memory_node import MemoryNode, Officers

from relec_exchange.api import create_app
from relec_exchange.api import server as server_module
from relec_exchange.api.server import LocalServer
from relec_exchange.errors import Conflict, Misconfigured


def get_health(socket: Path) -> int:
    with httpx2.Client(transport=httpx2.HTTPTransport(uds=str(socket))) as http:
        return http.get("http://node/v1/health").status_code


def test_owner_and_group_may_connect_and_nobody_else(socket: Path) -> None:
    assert stat.S_IMODE(socket.stat().st_mode) == 0o660


def test_a_second_server_on_the_same_socket_is_a_conflict(socket: Path, node: MemoryNode) -> None:
    with pytest.raises(Conflict) as caught:
        LocalServer(create_app(node), socket).start()
    assert caught.value.remedy
    assert get_health(socket) == 200


def test_what_a_dead_process_left_behind_is_replaced(node: MemoryNode, served: Path) -> None:
    path = served / "run" / "stale.sock"
    path.parent.mkdir(exist_ok=True)
    with sockets.socket(sockets.AF_UNIX) as dead:
        dead.bind(str(path))
    server = LocalServer(create_app(node), path)
    server.start()
    assert get_health(path) == 200
    server.stop()
    assert not path.exists()


def test_stopping_twice_is_harmless_and_frees_the_place(node: MemoryNode, served: Path) -> None:
    path = served / "run" / "again.sock"
    for _ in range(2):
        server = LocalServer(create_app(node), path)
        server.start()
        assert get_health(path) == 200
        server.stop()
        server.stop()
        assert not path.exists()


def test_an_open_event_stream_does_not_hold_up_the_end(
    node: MemoryNode, served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "STOP_SECONDS", 120)  # what it would wait for a request
    path = served / "run" / "stream.sock"
    server = LocalServer(create_app(node), path)
    server.start()
    officers = Officers(served, path)
    opened, ended = threading.Event(), threading.Event()

    def read() -> None:
        for _ in officers["oper"].events(after=0):
            opened.set()
        ended.set()

    node.happen("message.received", "019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b")
    reading = threading.Thread(target=read)
    reading.start()
    assert opened.wait(20)
    begun = time.monotonic()
    server.stop()
    reading.join(60)
    assert ended.is_set()
    assert time.monotonic() - begun < 60
    officers.close()


@pytest.mark.parametrize("name", ["x" * 120 + ".sock"])
def test_a_path_too_long_for_a_socket_is_named_with_a_remedy(
    node: MemoryNode, served: Path, name: str
) -> None:
    with pytest.raises(Misconfigured) as caught:
        LocalServer(create_app(node), served / name).start()
    assert caught.value.field == "api.socket"
    assert caught.value.remedy


def test_something_else_in_the_place_of_the_socket_is_not_deleted(
    node: MemoryNode, served: Path
) -> None:
    path = served / "run" / "precious"
    path.write_text("data")
    with pytest.raises(Misconfigured):
        LocalServer(create_app(node), path).start()
    assert path.read_text() == "data"
    assert os.path.exists(path)
