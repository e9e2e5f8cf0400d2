"""`relec audit prove`: the files that prove one message to anybody."""

from __future__ import annotations

import json
from pathlib import Path

import click

from relec_exchange.cli.home import Place, place_options
from relec_exchange.cli.output import json_option, print_json, say


@click.command()
@click.argument("message_id")
@place_options
@click.option("--direction", type=click.Choice(["in", "out"]))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=".")
@json_option
def prove(place: Place, message_id: str, direction: str | None, out: Path, as_json: bool) -> None:
    """Write what proves a message: its log entry, the proof, the cards, the agreement.

    The files hold no content. Anybody can check them: relec audit check FILE.

    \b
    relec --officer audit audit prove 019aa8c0-1c2d-7e3f-8a4b-5c6d7e8f9a0b --out evidence/
    """
    from relec_exchange.message.encoding import unb64

    with place.client() as client:
        found = client.wire.get(f"/v1/messages/{message_id}/evidence", direction=direction)
    out.mkdir(parents=True, exist_ok=True)
    files = {
        f"{message_id}.tlog-proof": found["proof"].encode(),
        f"{message_id}.entry": unb64(found["entry"]),
        f"{message_id}.evidence.json": json.dumps(found, indent=1).encode(),
    }
    for number, note in enumerate(found["cards"], 1):
        files[f"{message_id}.{number}.card"] = note.encode()
    for name, data in files.items():
        (out / name).write_bytes(data)
    if as_json:
        print_json({"files": [str(out / name) for name in files]})
        return
    for name in files:
        say(str(out / name))
