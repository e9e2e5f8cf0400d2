"""From a CSV file or a workbook and a declared mapping to drafts of messages.

    mapping = load_mapping(Path("config/import/incidents.toml"))
    plan = read_import(Path("incidents.csv"), mapping)

`plan.problems` is empty, or says line by line what to mend; nothing is sent here.
"""

from relec_exchange.importing.drafts import DraftMessage, ImportPlan
from relec_exchange.importing.mapping import ImportMapping, load_mapping, parse_mapping
from relec_exchange.importing.plan import plan_import, read_import
from relec_exchange.importing.problems import Problem
from relec_exchange.importing.reimport import (
    Addressed,
    Before,
    Compared,
    addressed,
    compared,
    says,
)
from relec_exchange.importing.rows import ImportLimits

__all__ = [
    "Addressed",
    "Before",
    "Compared",
    "DraftMessage",
    "ImportLimits",
    "ImportMapping",
    "ImportPlan",
    "Problem",
    "addressed",
    "compared",
    "load_mapping",
    "parse_mapping",
    "plan_import",
    "read_import",
    "says",
]
