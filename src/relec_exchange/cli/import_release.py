"""`relec import --release`: the second officer for messages that a first one imported.

Contract: the second officer has the file and its mapping, and looks at them. Each message that
waits is opened, which is logged, and released only if it says what the file says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from relec_exchange.cli.home import confirm
from relec_exchange.cli.output import progress, say, table
from relec_exchange.cli.words import words
from relec_exchange.errors import Conflict, RelecError

if TYPE_CHECKING:
    from relec_exchange.client import Client
    from relec_exchange.importing import Compared

_SHOWN_MAX = 20


def release_waiting(
    client: Client, items: Sequence[Compared], yes: bool, as_json: bool
) -> dict[str, Any]:
    """Release what waits of these items; counts, and what was refused and why."""
    waiting = [one for one in items if one.waiting]
    if not as_json:
        say(words("{count} messages of this file wait for a second officer", count=len(waiting)))
    if waiting:
        question = words("Did you look at the file, and release them all?")
        confirm(question, yes)
    refused: list[dict[str, str]] = []
    with progress(words("releasing"), len(waiting), not as_json) as advance:
        for one in waiting:
            try:
                _release(client, one)
            except RelecError as error:
                refused.append({"message_id": one.waiting, "error": str(error)})
            advance(1)
    told = {"waiting": len(waiting), "released": len(waiting) - len(refused), "refused": refused}
    if not as_json:
        say(words("{released} released", **told))
        rows = [(one["message_id"], one["error"]) for one in refused[:_SHOWN_MAX]]
        if rows:
            table(words("Not released"), ("message", ""), rows)
    return told


def _release(client: Client, one: Compared) -> None:
    from relec_exchange.importing import says

    content = client.open(one.waiting, "out")
    if not says(one.draft, content.header["type"], content.body):
        raise Conflict(
            words("the message that waits says something else than the file"),
            field="message_id",
            remedy=words("read it: relec show {id} --open", id=one.waiting),
        )
    client.release(one.waiting)
