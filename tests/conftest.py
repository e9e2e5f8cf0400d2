"""What several kinds of test share: one private broker a session, real, never skipped."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from relec_exchange.demo.private_broker import PrivateBroker

# CI repeats the same examples, so that a change is judged by itself. Other runs look further.
# How fast examples are made says something about the machine and its load, not about the code.
SLOW = (HealthCheck.too_slow,)
settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=SLOW)
settings.register_profile("search", deadline=None, suppress_health_check=SLOW)
settings.load_profile("ci" if os.environ.get("CI") else "search")


@pytest.fixture(scope="session")
def private_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateBroker]:
    """A running RabbitMQ without any topology. Missing RabbitMQ fails, as it must."""
    broker = PrivateBroker(tmp_path_factory.mktemp("broker"))
    broker.start()
    yield broker
    broker.stop()
    shutil.rmtree(broker.directory / "data", ignore_errors=True)
