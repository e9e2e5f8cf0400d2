"""Reports for tests: rows in few letters, bodies around them, and items as the node answers."""

from __future__ import annotations

from typing import Any

from relec_exchange.statistics.reports import Report, read_reports

Row = dict[str, Any]


def row(value: int | None, month: str = "2026-01", **dimensions: Any) -> Row:
    """One row; no value means suppressed."""
    told: Row = {"suppressed": True} if value is None else {"value": value}
    return {"indicator": "fran.1a", "month": month, **dimensions, **told}


def item(number: int, *rows: Row, sender: str = "pk", **given: Any) -> dict[str, Any]:
    """An item of GET /v1/statistics; `given` goes into the body, but for the envelope's fields."""
    envelope = {
        "message_id": f"01a1ff38-3de2-7000-8000-{number:012}",
        "sender": sender,
        "received_at": given.pop("received_at", f"2026-05-01T00:00:{number:02}.000Z"),
        "withdrawn": given.pop("withdrawn", ""),
    }
    body = {
        "reporting_country": sender.upper(),
        "period": {"year": 2026, "quarter": 1},
        "rows": list(rows),
    }
    return {**envelope, "body": {**body, **given}}


def reports(*items: dict[str, Any]) -> list[Report]:
    found, unreadable = read_reports(items)
    assert unreadable == []
    return found
