"""Reports with awkward texts, for tables, charts and packs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from relec_exchange.presenting.pack import Material, Occasion, Pack, make_pack
from relec_exchange.statistics.reports import Report, read_reports

NOW = datetime(2026, 4, 2, 9, 30, tzinfo=UTC)
ROUTES = ("مسیر شرقی", "=HYPERLINK(1)", "<script>alert(1)</script> & co", "$x^2$ south")


def items(*, illustration: bool = True) -> list[dict[str, Any]]:
    """Two quarters of two countries, by route and citizenship; some figures are withheld."""
    found = []
    for number, (country, quarter) in enumerate((c, q) for c in ("PK", "IQ") for q in (1, 4)):
        year = 2026 if quarter == 1 else 2025
        month = f"{year}-{quarter * 3 - 2:02}"
        rows: list[dict[str, Any]] = [
            {"indicator": "fran.1a", "month": month, "route": route, "value": 40 + 10 * place}
            for place, route in enumerate(ROUTES[:3])
        ]
        rows.append(
            {"indicator": "fran.1a", "month": month, "route": ROUTES[3], "suppressed": True}
        )
        rows += [
            {"indicator": "fran.1a", "month": month, "citizenship": code, "value": 70 + number}
            for code in ("AFG", "IRN")
        ]
        body = {
            "reporting_country": country,
            "period": {"year": year, "quarter": quarter},
            "sources": ["Made up for tests"],
            "illustration": illustration,
            "rows": rows,
        }
        found.append(
            {
                "message_id": f"01a1ff38-3de2-7000-8000-{number:012}",
                "sender": country.lower(),
                "received_at": f"2026-04-01T00:00:0{number}.000Z",
                "withdrawn": "",
                "body": body,
            }
        )
    return found


def reports(*, illustration: bool = True) -> list[Report]:
    return read_reports(items(illustration=illustration))[0]


def pack(*, exercise: bool = True) -> Pack:
    warning = {
        "message_id": "a",
        "type": "warning.notice",
        "kind": "new_route",
        "country": "IQ",
        "supersedes": "",
        "withdrawn": "",
        "received_at": "2026-02-03T00:00:00.000Z",
    }
    due = {
        "type": "info.request",
        "due_at": "2026-02-03T00:00:00.000Z",
        "answered_at": "2026-02-01T00:00:00.000Z",
    }
    material = Material(reports(), [warning], [due], [due, due], unreadable=1)
    return make_pack(material, Occasion("tr", NOW, "2026-Q1", "2026-Q1", exercise))
