"""A network of two nodes, tr and pk, for each test of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core_network import begun
from relec_exchange.testing import SimulatedNetwork


@pytest.fixture
def network(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with begun(tmp_path) as made:
        yield made
