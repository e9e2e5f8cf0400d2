"""An opened message on the screen: header, body, and what the rules object to in it.

Contract: prints only. A body that is sealed to a unit is shown to those who have its key; others
are told which key opens it, and cannot release what they cannot read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from relec_exchange.cli.output import document, say, table
from relec_exchange.cli.people import print_people
from relec_exchange.cli.withheld import print_withheld, withheld_fields
from relec_exchange.cli.words import words
from relec_exchange.errors import Refused

if TYPE_CHECKING:
    from relec_exchange.client import Client, Content


def plain(content: Content) -> dict[str, Any]:
    """The content as JSON; `sealed` names the unit whose key is needed, if it is not here."""
    return {
        "header": dict(content.header),
        "body": dict(content.body),
        "sealed": content.sealed,
        "held": content.held,
        "findings": [dict(one) for one in content.findings],
        "withheld": withheld_fields(content),
    }


def print_content(content: Content) -> None:
    """Header, persons and body as indented lines, below what was found in the body."""
    if content.held:
        say(words("This message is held: what it says must not be said."))
    if content.findings:
        columns = ("effect", "rule", "field", "text", "remedy")
        heads = ("effect", "rule", "field", "", "what to do")
        rows = [[one[name] for name in columns] for one in content.findings]
        table(words("Protection rules"), heads, rows)
    document(words("Header"), content.header)
    if content.sealed:
        say(words("The body is sealed to the unit {unit}.", unit=content.sealed))
        say(f"  {_with_key()}")
    else:
        print_people(content.header, content.body)
        document(words("Body"), content.body)
    print_withheld(content)


def read_first(client: Client, line: Mapping[str, Any], as_json: bool) -> None:
    """Show a sealed body of ours to who is about to let it go; `Refused` without the key."""
    from relec_exchange.client.units import is_sealed

    if not is_sealed(line["type"]):
        return
    content = client.open(line["message_id"], "out")
    if content.sealed:
        raise Refused(
            words(
                "nobody releases what they cannot read: it is sealed to {unit}", unit=content.sealed
            ),
            rule="sealed",
            field="unit_key_file",
            remedy=_with_key(),
        )
    if not as_json:
        print_content(content)


def _with_key() -> str:
    return words("Read it with the unit's key: --unit-key-file FILE, or RELEC_UNIT_KEY")
