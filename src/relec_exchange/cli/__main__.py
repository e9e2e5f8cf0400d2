"""`python -m relec_exchange.cli`: the command where its script is not on the path."""

from __future__ import annotations

from relec_exchange.cli import main

if __name__ == "__main__":
    main()
