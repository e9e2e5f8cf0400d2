"""What is not witnessed yet is shown: how much, since when, and whom it waits for."""

from __future__ import annotations

from pathlib import Path

from core_network import begun, sent, warning
from relec_exchange.message.identifiers import format_time
from relec_exchange.testing import SimulatedNetwork
from relec_exchange.testing.succeeding import announce, succeed


def told(network: SimulatedNetwork) -> dict[str, object]:
    found = network.node("tr").desk.info()["witnessing"]
    return {key: found[key] for key in ("unwitnessed", "since", "quorum", "witnesses", "missing")}


def test_status_counts_what_no_quorum_has_cosigned_and_names_who_is_missing(
    tmp_path: Path,
) -> None:
    with begun(tmp_path, "tr", "pk", "iq") as network:
        network.pass_minutes(4)
        quiet = {"unwitnessed": 0, "since": "", "missing": []}
        of_two = {"quorum": 2, "witnesses": ["iq", "pk"]}
        assert told(network) == {**quiet, **of_two}
        network.close("iq")
        at = format_time(network.clock())
        ident = sent(network, warning(network))
        network.pass_minutes(3)
        shown = told(network)
        assert shown["missing"] == ["iq"]
        assert at <= str(shown["since"]) < at[:17] + "59"
        assert shown["unwitnessed"] in (1, 2)  # the message, and what came back for it
        desk = network.node("tr").desk
        assert desk.show(ident, "out")["evidence"] == "logged"
        network.open("iq")
        network.pass_minutes(3)
        assert told(network) == {**quiet, **of_two}
        assert desk.show(ident, "out")["evidence"] == "witnessed"
        assert network.node("pk").desk.show(ident, "in")["evidence"] == "witnessed"


def test_entries_of_a_closed_log_that_nobody_cosigned_are_counted_and_stay_logged(
    tmp_path: Path,
) -> None:
    with begun(tmp_path, "tr", "pk", "iq") as network:
        network.pass_minutes(4)
        desk = network.node("tr").desk
        assert desk.info()["witnessing"]["closed_unwitnessed"] == 0
        ident = sent(network, warning(network))
        succeed(network, "tr")
        announce(network, "tr")
        network.pass_minutes(12)
        shown = desk.info()["witnessing"]
        assert shown["unwitnessed"] == 0
        assert shown["closed_unwitnessed"] > 0
        assert desk.show(ident, "out")["evidence"] == "logged"
