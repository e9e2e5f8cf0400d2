"""Names and letters across scripts: which script, how in Latin letters, the same name or not.

Contract: this is the door to `transliteration`, `names` and `name_search`, which do the work and
say how far they reach.
"""

from __future__ import annotations

from relec_exchange.forms.name_search import Found, find_names
from relec_exchange.forms.names import name_keys, name_parts, same_name
from relec_exchange.forms.transliteration import SCHEME, script_of, scripts_in, transliterate

__all__ = [
    "SCHEME",
    "Found",
    "find_names",
    "name_keys",
    "name_parts",
    "same_name",
    "script_of",
    "scripts_in",
    "transliterate",
]
