"""When the node's TLS certificate for the broker ends.

Contract: reads the public certificate alone, never the key; None where there is none that can be
read. The first certificate of a file is the node's own.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509

_BYTES_MAX: Final = 256 * 1024


def certificate_end(path: Path) -> datetime | None:
    """The last moment of the certificate in a PEM file, aware and in UTC."""
    try:
        with path.open("rb") as file:
            data = file.read(_BYTES_MAX)
        return x509.load_pem_x509_certificates(data)[0].not_valid_after_utc
    except (OSError, ValueError, IndexError):
        return None
