"""All real statistics and incidents from one node to two others: each once, receipted, logged.

All quarters of 2009 to 2022 for six citizenships (336 reports) and all 2,261 incident records; the
same in every run. Where the public data are not present, the small synthetic files of this
repository are imported instead.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from audited import alarms, items, verified_logs
from first_use import SENDER, SENDERS, use_first

from relec_exchange.client import Client
from relec_exchange.demo.exercise import Exercise
from relec_exchange.demo.network import ExerciseNetwork
from relec_exchange.demo.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
RECIPIENTS = ("pk", "iq")
SETTLE_SECONDS = 400


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExerciseNetwork]:
    exercise = Exercise(nodes=("tr", *RECIPIENTS), officers=SENDERS, log_level="warning")
    with ExerciseNetwork(tmp_path_factory.mktemp("import"), exercise) as network:
        network.build()
        network.start()
        use_first(network, "tr", RECIPIENTS)
        yield network


def files() -> tuple[Path, Path]:
    """The public data, or the small synthetic files that have their form."""
    place = DATA if DATA.exists() else ROOT / "tests" / "data" / "import"
    return place / "detections.csv", place / "incidents.csv"


def relec_import(network: ExerciseNetwork, file: Path, mapping: str) -> dict[str, Any]:
    """What `relec import --json` prints; problems are allowed, everything else must succeed."""
    command = [sys.executable, "-m", "relec_exchange.cli", "--home", str(network.home("tr"))]
    command += ["--officer", SENDER, "import", str(file), "--yes", "--json", "--good-rows"]
    command += ["--nobody-recognisable"]
    command += [
        "--mapping",
        str(ROOT / "config" / "import" / mapping),
        "--to",
        ",".join(RECIPIENTS),
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.stdout, run.stderr
    told: dict[str, Any] = json.loads(run.stdout)
    assert run.returncode == (2 if told["problems"] else 0), run.stderr
    return told


def test_everything_imported_arrives_once_and_is_proven(network: ExerciseNetwork) -> None:
    detections, incidents = files()
    told = [
        relec_import(network, detections, "detections.toml"),
        relec_import(network, incidents, "incidents.toml"),
    ]
    expected = sum(one["messages"] for one in told)
    assert expected == (336 + 2261 if DATA.exists() else told[0]["messages"] + told[1]["messages"])
    assert all(one["problems"] == [] for one in told) or not DATA.exists()
    for one in told:
        assert one["sent"]["sent"] == one["messages"] * len(RECIPIENTS)
        assert all(p["line"] and p["field"] and p["rule"] for p in one["problems"])

    def validated() -> bool:
        with Client(network.home("tr"), "system") as client:
            return len(items(client, "/v1/outbox", state="validated")) == (expected + 1) * 2

    eventually(validated, "every receipt is there", timeout_seconds=SETTLE_SECONDS)
    with Client(network.home("tr"), "system") as client:
        sent = items(client, "/v1/outbox")
    for node in RECIPIENTS:
        with Client(network.home(node), "system") as client:
            received = [item["message_id"] for item in items(client, "/v1/inbox")]
        to_it = [item["message_id"] for item in sent if item["recipient"] == node]
        assert sorted(received) == sorted(to_it)
        assert len(received) == expected + 1
    for node in network.nodes:
        verified_logs(network, node)
        assert alarms(network, node) == []


def test_importing_again_sends_nothing_twice(network: ExerciseNetwork) -> None:
    detections, _ = files()
    with Client(network.home("tr"), "system") as client:
        before = len(items(client, "/v1/outbox"))
    told = relec_import(network, detections, "detections.toml")
    assert told["sent"] == {
        "sent": 0,
        "sent_before": told["messages"] * len(RECIPIENTS),
        "refused": 0,
    }
    with Client(network.home("tr"), "system") as client:
        assert len(items(client, "/v1/outbox")) == before


def test_a_figure_that_changed_is_corrected_at_the_recipient_and_no_other_is_sent(
    network: ExerciseNetwork, tmp_path: Path
) -> None:
    detections, _ = files()
    with detections.open(newline="", encoding="utf-8") as read:
        head, *rows = csv.reader(read)
    place = {name: n for n, name in enumerate(head)}
    changed = max(
        (row for row in rows if row[place["citizenship"]] == "PAK"),
        key=lambda row: int(row[place["detections"]].strip("<")),
    )
    changed[place["detections"]] = str(int(changed[place["detections"]]) + 1000)
    corrected = tmp_path / "corrected.csv"
    with corrected.open("w", newline="", encoding="utf-8") as write:
        csv.writer(write).writerows([head, *rows])
    told = relec_import(network, corrected, "detections.toml")
    assert (told["new"], told["changed"]) == (0, len(RECIPIENTS))
    assert told["sent"]["sent"] == len(RECIPIENTS)
    [change] = [one for one in told["changes"] if one["recipient"] == "pk"]

    def corrected_report() -> dict[str, Any] | None:
        with Client(network.home("pk"), SENDER) as client:
            newest = items(client, "/v1/inbox", type="stat.report")[-1]
            found = client.open(newest["message_id"])
        replaced = found.header.get("supersedes") == change["supersedes"]
        return dict(found.body) if replaced else None

    body = eventually(corrected_report, "the revision is there", 60)
    assert body["revision"] == 2
    assert str(int(changed[place["detections"]])) in str(body["rows"])


def test_bad_rows_are_reported_with_line_field_and_reason_and_good_ones_sent(
    network: ExerciseNetwork, tmp_path: Path
) -> None:
    source = ROOT / "tests" / "data" / "import" / "incidents.csv"
    with source.open(newline="", encoding="utf-8") as read:
        head, *rows = csv.reader(read)
    good = next(row for row in rows if row[4] == "Near the coast")
    bad = tmp_path / "bad.csv"
    with bad.open("w", newline="", encoding="utf-8") as write:
        csv.writer(write).writerows([head, good, ["2019-13-40", *good[1:]]])
    told = relec_import(network, bad, "incidents.toml")
    assert told["sent"]["sent"] == len(RECIPIENTS)
    assert [p["line"] for p in told["problems"]] == [3]
    assert all(p["field"] and p["rule"] for p in told["problems"])
