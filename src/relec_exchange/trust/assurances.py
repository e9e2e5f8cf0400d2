"""What two states promise each other about persons whom their messages name.

Contract: a value of an agreement's text. An assurance that is not written is not given.
"""

from __future__ import annotations

from typing import Final

from relec_exchange.trust.fields import LineOfText, Table


class Assurances(Table):
    """The table `[assurances]` of an agreement. `text` may say in words what was promised."""

    no_death_penalty: bool = False
    no_torture: bool = False
    text: LineOfText | None = None

    @property
    def complete(self) -> bool:
        """Whether both promises are given."""
        return self.no_death_penalty and self.no_torture


NO_ASSURANCES: Final = Assurances()
