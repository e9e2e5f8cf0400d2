"""The private broker keeps to itself: loopback, its own processes, nothing left behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from relec_exchange.demo.broker_files import Ports, Started, choose_ports
from relec_exchange.demo.private_broker import PrivateBroker
from relec_exchange.errors import NotFound

pytestmark = pytest.mark.broker

LOOPBACK = {"0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F"}
LISTENING = "0A"


def listening(port: int) -> set[str]:
    """The local addresses, as the kernel writes them, at which something listens on a port."""
    lines = [
        line.split()
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for line in Path(table).read_text().splitlines()[1:]
    ]
    return {
        fields[1].split(":")[0]
        for fields in lines
        if fields[3] == LISTENING and int(fields[1].split(":")[1], 16) == port
    }


def test_starting_it_again_changes_nothing_and_another_object_finds_it(
    private_broker: PrivateBroker,
) -> None:
    pid = private_broker.pid
    private_broker.start()
    other = PrivateBroker(private_broker.directory)
    other.start()
    assert other.pid == private_broker.pid == pid
    assert other.port == private_broker.port


def test_all_its_ports_are_on_loopback(private_broker: PrivateBroker) -> None:
    ports = Ports.read(private_broker.directory)
    for port in (ports.amqp, ports.distribution, ports.epmd):
        assert listening(port)
        assert listening(port) <= LOOPBACK


def test_its_only_virtual_host_is_ours_and_there_is_no_guest(
    private_broker: PrivateBroker,
) -> None:
    assert private_broker.ctl("list_vhosts", "--no-table-headers").split() == ["relec"]
    assert "guest" not in private_broker.ctl("list_users")


def test_its_secrets_are_for_its_owner_only(private_broker: PrivateBroker) -> None:
    for name in ("home/.erlang.cookie", "tls/server.key", "ca/ca.key"):
        assert (private_broker.directory / name).stat().st_mode & 0o077 == 0


def test_a_directory_without_a_broker_says_so_and_can_be_stopped(tmp_path: Path) -> None:
    nothing = PrivateBroker(tmp_path)
    nothing.stop()
    assert nothing.pid is None
    with pytest.raises(NotFound):
        _ = nothing.port


def test_a_process_that_got_the_id_of_an_ended_one_is_not_taken_for_it() -> None:
    me = Started.of(os.getpid())
    assert me.runs()
    assert not Started(os.getpid(), str(int(me.ticks) - 1)).runs()
    assert not Started(os.getpid(), "").runs()


def test_ports_lie_below_those_that_the_system_gives_to_clients() -> None:
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = choose_ports()
    assert all(port < lowest for port in (ports.amqp, ports.distribution, ports.epmd))
