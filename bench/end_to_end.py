"""End to end: from submission at one node to the receipt back at that node, both durable.

Two real nodes as processes, a private RabbitMQ with TLS, real stores with full synchronisation.
Warnings of about 4 KiB are submitted in batches over the local API by a number of producers, each
waiting for its batch. They are an officer's, who signs three times: submission, release, and the
answer that no person can be recognised. All rules decide at both ends. The time of a message runs
from just before its submission until its sender's node has stored the recipient's receipt (as its
event stream stamps it). Beside it stands the disk's own rate of fdatasync in the same directory in
the same run, because each commit waits for the disk three times (vault, store, guard copy).

    .venv/bin/python bench/end_to_end.py [--seconds 20] [--batch 64] [--producers 2] [--out DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path

from machine import describe, load

from relec_exchange.client import Client, Draft
from relec_exchange.demo.exercise import OFFICERS, Exercise
from relec_exchange.demo.network import ExerciseNetwork
from relec_exchange.trust.officer import Role

OUT = Path(__file__).resolve().parents[1] / ".work" / "bench"
SETTLE_SECONDS = 120
SENDER = "sender"
ANSWERS = ("no-person-recognisable",)
BODY = {
    "kind": "surge",
    "where": {"country": "TR"},
    "when": {"from": "2026-11-01", "to": "2026-11-01"},
    "what": "Simulated. " + "More departures than usual along this route. " * 75,
}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=20.0)
    asked.add_argument("--batch", type=int, default=64)
    asked.add_argument("--producers", type=int, default=2)
    asked.add_argument("--out", type=Path, default=OUT)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="relec-bench-") as directory:
        officers = {**OFFICERS, SENDER: frozenset({Role.SUBMITTER, Role.RELEASER})}
        exercise = Exercise(nodes=("tr", "pk"), officers=officers, log_level="warning")
        with ExerciseNetwork(Path(directory), exercise) as network:
            network.build()
            network.start()
            use_first(network)
            figures = measure(network, options)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "end_to_end.json").write_text(json.dumps(figures, indent=1))
    print(json.dumps(figures, indent=1))


def use_first(network: ExerciseNetwork) -> None:
    """A second person releases the first message under the agreement; the others need none."""
    with Client(network.home("tr"), SENDER) as client:
        [sent] = client.submit(type="warning.notice", to="pk", body=BODY, answers=ANSWERS)
    with Client(network.home("tr"), "releaser") as client:
        client.release(sent.check().message_id).check()
        client.wait(sent.message_id)


def measure(network: ExerciseNetwork, options: argparse.Namespace) -> dict[str, object]:
    before, busy = cpu_seconds(network), load()
    syncs = fdatasync_rate(network.directory)
    started = time.monotonic()
    submitted: dict[str, float] = {}
    threads = [
        threading.Thread(target=produce, args=(network, options, started, submitted))
        for _ in range(options.producers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = time.monotonic() - started
    latencies = settled(network, submitted)
    done = time.monotonic() - started
    used = {k: round(v - before[k], 1) for k, v in cpu_seconds(network).items()}
    return {
        "machine": describe(("cryptography", "pika", "sqlalchemy", "pydantic")),
        "load_before": round(busy, 1),
        "messages": len(latencies),
        "message_bytes": len(json.dumps(BODY)) + 600,
        "batch": options.batch,
        "producers": options.producers,
        "submitted_per_second": round(len(latencies) / taken, 1),
        "end_to_end_per_second": round(len(latencies) / done, 1),
        "seconds": round(done, 2),
        "latency_p50_ms": round(statistics.median(latencies) * 1000),
        "latency_p99_ms": round(latencies[len(latencies) * 99 // 100] * 1000),
        "fdatasync_per_second": round(syncs),
        "cpu_seconds": used,
        "cpu_ms_per_message": {k: round(v / len(latencies) * 1000, 2) for k, v in used.items()},
    }


def produce(
    network: ExerciseNetwork,
    options: argparse.Namespace,
    started: float,
    submitted: dict[str, float],
) -> None:
    with Client(network.home("tr"), SENDER) as client:
        while time.monotonic() - started < options.seconds:
            drafts = [Draft("warning.notice", "pk", BODY) for _ in range(options.batch)]
            at = time.time()
            for result in client.submit_many(drafts, answers=ANSWERS):
                if result.check().needs:
                    raise SystemExit(f"a message waits for {' '.join(result.needs)}")
                submitted[result.message_id] = at


def settled(network: ExerciseNetwork, submitted: dict[str, float]) -> list[float]:
    """Latency in seconds of each message, once all are receipted; from the node's event stream."""
    found: dict[str, float] = {}
    after, ends = 0, time.monotonic() + SETTLE_SECONDS
    with Client(network.home("tr"), "system") as client:
        while len(found) < len(submitted):
            if time.monotonic() > ends:
                raise SystemExit(f"{len(found)} of {len(submitted)} were receipted in time")
            events = client.wire.get("/v1/events", after=after, wait=0)["events"]
            for event in events:
                after = event["id"]
                if event["event"] == "message.receipt" and event["ref"] in submitted:
                    told = datetime.fromisoformat(event["at"]).timestamp()
                    found.setdefault(event["ref"], told - submitted[event["ref"]])
            if not events:
                time.sleep(0.05)
    return sorted(found.values())


def fdatasync_rate(directory: Path, seconds: float = 2.0) -> float:
    path = directory / "sync-probe"
    count, ends = 0, time.monotonic() + seconds
    with path.open("wb") as file:
        while time.monotonic() < ends:
            os.pwrite(file.fileno(), os.urandom(4096), (count % 256) * 4096)
            os.fdatasync(file.fileno())
            count += 1
    path.unlink()
    return count / seconds


def cpu_seconds(network: ExerciseNetwork) -> dict[str, float]:
    """User and system time so far of both nodes and of this process (the producers)."""
    ticks = os.sysconf("SC_CLK_TCK")
    used = {"producers": sum(os.times()[:2])}
    for node in network.nodes:
        pid = network.process(node).pid
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        used[node] = (int(fields[11]) + int(fields[12])) / ticks
    return used


if __name__ == "__main__":
    main()
