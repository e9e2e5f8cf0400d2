"""What the README shows works: its program on real nodes, its commands as far as their options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from relec_exchange.cli import relec
from relec_exchange.demo.exercise import Exercise
from relec_exchange.demo.network import ExerciseNetwork
from relec_exchange.demo.waiting import PATIENCE_SECONDS
from relec_exchange.trust.officer import Role

README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExerciseNetwork]:
    officers = {"duty": frozenset({Role.SUBMITTER, Role.RELEASER})}
    exercise = Exercise(nodes=("tr", "pk"), officers=officers, log_level="warning")
    with ExerciseNetwork(tmp_path_factory.mktemp("readme"), exercise) as network:
        network.build()
        network.start()
        yield network


def test_the_program_of_the_readme_runs_as_written(
    network: ExerciseNetwork, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [program] = re.findall(r"^```python\n(.*?)^```", README, re.M | re.S)
    monkeypatch.chdir(network.directory)
    with network.client("pk", "duty") as partner:
        [sent] = partner.submit(type="test.ping", to="tr", body={"text": "from pk"})
        partner.wait(sent.message_id, "validated", PATIENCE_SECONDS)
    exec(compile(program, "README.md", "exec"), {})  # noqa: S102 - the example itself
    assert "test.ping pk {'text': 'from pk'}" in capsys.readouterr().out


def commands() -> list[str]:
    shell = "\n".join(re.findall(r"^```sh\n(.*?)^```", README, re.M | re.S)).replace("\\\n", " ")
    return [line for line in shell.splitlines() if line.startswith("relec ")]


@pytest.mark.parametrize("line", commands())
def test_every_command_of_the_readme_has_the_options_it_shows(line: str) -> None:
    group: click.Command = relec
    words = shlex.split(line)[1:]
    context = click.Context(group)
    while isinstance(group, click.Group):
        while words[0].startswith("--"):
            words = words[2:]
        found = group.get_command(context, words[0])
        assert found is not None, f"there is no command {words[0]}"
        group, words = found, words[1:]
    known = {name for p in group.params for name in (*p.opts, *p.secondary_opts)}
    shown = {word for word in words if word.startswith("--")}
    assert shown <= known
