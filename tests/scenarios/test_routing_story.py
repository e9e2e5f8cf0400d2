"""What arrives reaches its units: by rule, into a folder, told by a hook, escalated if ignored."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conversations import homes
from core_network import letter
from relec_exchange.message.document import Message
from relec_exchange.message.identifiers import format_time
from relec_exchange.testing import SimulatedNetwork

HOOK = """#!/bin/sh
cat >> {file}
printf '\\n' >> {file}
"""


def program(path: Path, told: Path) -> Path:
    path.write_text(HOOK.format(file=told))
    path.chmod(stat.S_IRWXU)
    return path


@pytest.fixture
def network(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    network = SimulatedNetwork(tmp_path / "network", founded=homes())
    network.close("pk")
    (tmp_path / "coast").mkdir(mode=0o700)
    notify = program(tmp_path / "notify", tmp_path / "notified")
    duty = program(tmp_path / "duty", tmp_path / "escalated")
    settings = network.home("pk") / "node.toml"
    kept = settings.read_text().split("[routing]")[0]
    routing = f"""
[routing]
default_unit = "contact-point"

[[routing.units]]
name = "contact-point"

[[routing.units]]
name = "coast-guard"
receive = "folder"
folder = "{tmp_path / "coast"}"
notify = ["{notify}"]

[[routing.rules]]
type = ["warning.life_at_risk"]
units = ["coast-guard"]

[routing.escalation]
flash_minutes = 10
notify = ["{duty}"]
"""
    settings.write_text(kept + routing)
    network.open("pk")
    network.run()
    yield network
    network.close()


def life_at_risk(network: SimulatedNetwork, **fields: Any) -> Message:
    flash = {"purpose": "rescue_only", "urgency": "flash", "urgency_reason": "lives at risk"}
    body = {
        "place": {"text": "Twelve miles south of the cape (simulated)"},
        "time": format_time(network.clock()),
        "craft": {"kind": "rubber_boat"},
        "persons": {"estimated": 30},
        "condition": "Engine failed, taking water.",
        "authority_contacted": "Rescue centre",
    }
    return letter(network, "warning.life_at_risk", body, **{**flash, **fields})


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def test_a_flash_warning_lies_in_the_units_folder_and_its_hook_was_told_without_content(
    network: SimulatedNetwork, tmp_path: Path
) -> None:
    message = life_at_risk(network)
    assert network.submit(message)["status"] == "released"
    network.run()
    [file] = (tmp_path / "coast").iterdir()
    assert json.loads(file.read_bytes())["header"]["message_id"] == message.header.message_id
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    [told] = lines(tmp_path / "notified")
    assert told["message_id"] == message.header.message_id
    assert "cape" not in json.dumps(told)
    assert network.node("pk").desk.show(message.header.message_id, "in")["unit"] == "coast-guard"


def test_what_nobody_acknowledges_in_time_is_told_to_the_duty_contact_once(
    network: SimulatedNetwork, tmp_path: Path
) -> None:
    message = life_at_risk(network)
    network.submit(message)
    network.run()
    network.clock.forward(minutes=9)
    network.run()
    assert not (tmp_path / "escalated").exists()
    network.clock.forward(minutes=2)
    network.run()
    network.clock.forward(minutes=20)
    network.run()
    [told] = lines(tmp_path / "escalated")
    assert told["message_id"] == message.header.message_id
    stages = network.node("pk").desk.show(message.header.message_id, "in")["stages"]
    assert "escalated" in [stage["stage"] for stage in stages]


def test_a_folder_that_is_away_loses_nothing_and_gets_the_message_when_it_is_back(
    network: SimulatedNetwork, tmp_path: Path
) -> None:
    (tmp_path / "coast").rename(tmp_path / "away")
    network.submit(life_at_risk(network))
    network.run()
    (tmp_path / "away").rename(tmp_path / "coast")
    network.clock.forward(minutes=20)
    network.run()
    assert len(list((tmp_path / "coast").iterdir())) == 1


def test_a_restart_delivers_what_was_not_delivered_and_nothing_twice(
    network: SimulatedNetwork, tmp_path: Path
) -> None:
    (tmp_path / "coast").rename(tmp_path / "away")
    network.submit(life_at_risk(network))
    network.run()
    network.close("pk")
    (tmp_path / "away").rename(tmp_path / "coast")
    network.clock.forward(minutes=20)
    network.open("pk")
    network.run()
    network.run()
    assert len(list((tmp_path / "coast").iterdir())) == 1
    assert len(lines(tmp_path / "notified")) == 1
