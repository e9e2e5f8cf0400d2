"""What `relec status` says of a node that must not sign: why, for whom it waits, what to do."""

from __future__ import annotations

from relec_exchange.desk.core import Core, Json
from relec_exchange.journal.own_trees import standing_alarm
from relec_exchange.records import ShelterRow


def told(core: Core) -> Json:
    """The standing of this process; `why` and `remedy` are empty while it signs."""
    permit = core.journal.permit
    error = permit.refusal()
    origin = core.journal.state.exchange.origin
    alarm = standing_alarm(core.store, origin) if not permit.signs else None
    waits = {"since": "", "until": "", "heard": [], "missing": [], "doubts": {}}
    return {
        **waits,
        **(core.listening() if error is not None else {}),
        "state": str(permit.standing),
        "why": error.message if error else "",
        "remedy": error.remedy if error else "",
        "found": alarm.detail if alarm else "",
        "sheltered": core.store.count(ShelterRow),
    }
