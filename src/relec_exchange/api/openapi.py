"""Write the OpenAPI document: `python -m relec_exchange.api.openapi schemas/openapi.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import cast

from relec_exchange.api.app import create_app, openapi
from relec_exchange.api.facade import NodeFacade


def document() -> str:
    """The committed text: sorted, indented, with a final newline."""
    # Describing the calls asks the node nothing.
    app = create_app(cast(NodeFacade, None))
    return json.dumps(openapi(app), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Write the document to the file named; 2 if none is."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m relec_exchange.api.openapi FILE\n")
        return 2
    Path(arguments[0]).write_text(document())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
