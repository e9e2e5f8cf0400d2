"""The story: which scenes, in which order, and how one is played.

Contract: `tell` plays every scene whatever becomes of the others, and reports what was not as told;
it raises only for what no scene can stand for (an interrupt).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from relec_exchange.demo import (
    scenes_audit,
    scenes_broker,
    scenes_exchange,
    scenes_figures,
    scenes_protection,
)
from relec_exchange.demo.exercise import Exercise
from relec_exchange.demo.facts import Played, Report
from relec_exchange.demo.network import ExerciseNetwork
from relec_exchange.demo.stage import Sent, Stage
from relec_exchange.demo.telling import Teller
from relec_exchange.errors import RelecError


@dataclass(frozen=True, slots=True)
class Scene:
    """A title, and the function that plays it."""

    title: str
    play: Callable[[Stage], None]


SCENES: Final = (
    Scene("Statistics of a quarter, from a file", scenes_exchange.statistics),
    Scene("Lives at risk: a flash warning, and an officer who acts", scenes_exchange.rescue),
    Scene("A question and its answer", scenes_exchange.question),
    Scene("Two questions, and nothing can be provided", scenes_protection.no_answer),
    Scene("What must never be said", scenes_protection.never_said),
    Scene("What the figures of two states add up to", scenes_figures.together),
    Scene("A message that no agreement allows", scenes_exchange.not_agreed),
    Scene("Altered by the broker's operator", scenes_broker.altered_on_the_broker),
    Scene("Withheld by the broker's operator", scenes_broker.withheld_by_the_broker),
    Scene("A node that was switched off", scenes_broker.switched_off),
    Scene("The audit: everything computed again", scenes_audit.audit),
)

# No agreement of pk and iq: what the charter does not grant, these two may not send each other.
EXERCISE: Final = Exercise(
    nodes=("tr", "pk", "iq"),
    titles={
        "tr": "Türkiye (simulated)",
        "pk": "Pakistan (simulated)",
        "iq": "Iraq (simulated)",
    },
    pairs=(("tr", "pk"), ("tr", "iq")),
)


def tell(network: ExerciseNetwork, teller: Teller, scenes: Sequence[Scene] = SCENES) -> Report:
    """Play all scenes on a network that runs, and report."""
    report = Report([scene.title for scene in scenes])
    sent: list[Sent] = []
    for number, scene in enumerate(scenes, start=1):
        teller.scene(number, scene.title)
        played = Played(scene.title)
        _play(scene, Stage(network, teller, played, sent))
        report.played.append(played)
    return report


def _play(scene: Scene, stage: Stage) -> None:
    started = time.monotonic()
    try:
        scene.play(stage)
    except RelecError as error:
        stage.played.ended_by = f"{error.code}: {error.message}"
    except Exception as error:  # noqa: BLE001 - a broken scene is told, and the next one played
        stage.played.ended_by = f"{type(error).__name__}: {error}"
    stage.played.seconds = time.monotonic() - started
    if stage.played.ended_by:
        stage.teller.broken(stage.played.ended_by)
