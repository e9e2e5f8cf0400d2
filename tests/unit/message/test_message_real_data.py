"""What states on these routes would report fits into the bodies without loss.

Reads the public data where `RELEC_DATA` (or the neighbouring folder) has them; a small
synthetic copy of their form is always tried.
"""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from message_samples import sample

from relec_exchange.message.bodies.statistics import StatReport
from relec_exchange.message.bodies.warnings import CAUSE_LABELS, WarningNotice
from relec_exchange.message.codes import countries
from relec_exchange.message.document import Message, compose, parse_message

DATA = Path(os.environ.get("RELEC_DATA", Path(__file__).parents[4] / "shared" / "data"))

DETECTIONS = [
    {
        "month": f"2015-{month:02}",
        "route": route,
        "border_type": border,
        "citizenship": citizenship,
        "detections": "17",
    }
    for month in (7, 8, 9, 10)
    for route, border in (("Eastern Route", "Sea"), ("Eastern Route", "Land"), ("Other", "Land"))
    for citizenship in ("PAK", "OOO", "OOS", "XKX")
]
INCIDENTS = [
    {
        "date": "2014-10-27",
        "incident_type": "Split Incident",
        "route": "Eastern Mediterranean Route",
        "country": "TUR",
        "location": "<p>Somewhere between two coasts</p>\n",
        "latitude": "38.74477",
        "longitude": "27.0",
        "cause": "Mixed or unknown,Drowning",
        "dead_or_missing": "3.0",
        "survivors": "",
        "origin": "PSE,UNK",
    }
]


def rows(name: str, synthetic: list[dict[str, str]]) -> list[dict[str, str]]:
    path = DATA / name
    if not path.exists():
        return synthetic
    with path.open(encoding="utf-8", newline="") as file:
        return synthetic + list(csv.DictReader(file))


def through_the_wire(name: str, body: dict[str, Any]) -> Message:
    return parse_message(compose(sample(name)["header"], body).raw)


def quarter_report(country: str, year: int, quarter: int, cells: list[dict[str, str]]) -> Message:
    body = {
        "reporting_country": country,
        "period": {"year": year, "quarter": quarter},
        "illustration": True,
        "sources": ["Frontex, Monthly Detections of Illegal Border Crossings"],
        "rows": [
            {
                "indicator": "fran.1a",
                "month": cell["month"],
                "citizenship": cell["citizenship"],
                "route": cell["route"],
                "border_type": cell["border_type"].lower(),
                "value": int(cell["detections"]),
            }
            for cell in cells
        ],
    }
    return through_the_wire("stat.report", body)


def test_every_quarter_of_every_citizenship_is_one_report_without_loss() -> None:
    groups: dict[tuple[str, int, int], list[dict[str, str]]] = defaultdict(list)
    for row in rows("detections.csv", DETECTIONS):
        year, month = map(int, row["month"].split("-"))
        groups[row["citizenship"], year, (month + 2) // 3].append(row)
    for (_, year, quarter), cells in groups.items():
        body = quarter_report("PK", year, quarter, list({str(c): c for c in cells}.values())).body
        assert isinstance(body, StatReport)
        back = [
            {
                "month": row.month,
                "route": row.route,
                "border_type": str(row.border_type).capitalize(),
                "citizenship": row.citizenship,
                "detections": str(row.value),
            }
            for row in body.rows
        ]
        assert back == list({str(c): c for c in cells}.values())


def incident_body(row: dict[str, str]) -> dict[str, Any]:
    country = next(c.alpha2 for c in countries().values() if c.alpha3 == row["country"])
    persons = {"dead_or_missing": int(float(row["dead_or_missing"]))}
    if row["survivors"]:
        persons["survivors"] = int(float(row["survivors"]))
    return {
        "kind": "deadly_incident",
        "where": {
            "country": country,
            "place": row["location"],
            "position": {
                "lat": round(float(row["latitude"]), 2),
                "lon": round(float(row["longitude"]), 2),
            },
        },
        "when": {"from": row["date"], "to": row["date"]},
        "what": f"{row['incident_type']}: {row['cause']}",
        "persons": persons,
        "counting": row["incident_type"].lower().replace(" ", "_"),
        "causes": [cause for cause, label in CAUSE_LABELS.items() if label in row["cause"]],
        "origins": row["origin"].split(","),
        "route": row["route"],
        "sources": ["IOM Missing Migrants Project"],
    }


def incident_row(body: WarningNotice) -> dict[str, object]:
    assert body.persons is not None
    assert body.where.position is not None
    return {
        "date": body.when.from_.isoformat(),
        "incident_type": str(body.counting).replace("_", " ").title(),
        "route": body.route,
        "country": countries()[body.where.country].alpha3,
        "location": body.where.place,
        "latitude": body.where.position.lat,
        "longitude": body.where.position.lon,
        "cause": {CAUSE_LABELS[cause] for cause in body.causes},
        "dead_or_missing": body.persons.dead_or_missing,
        "survivors": body.persons.survivors,
        "origin": ",".join(body.origins),
    }


def test_every_incident_is_one_warning_without_loss() -> None:
    """Only the position is made coarser, because a notice gives no exact one."""
    for row in rows("incidents.csv", INCIDENTS):
        body = through_the_wire("warning.notice", incident_body(row)).body
        assert isinstance(body, WarningNotice)
        causes = {label for label in CAUSE_LABELS.values() if label in row["cause"]}
        assert sum(map(len, causes)) + len(causes) - 1 == len(row["cause"])
        assert incident_row(body) == row | {
            "latitude": pytest.approx(float(row["latitude"]), abs=0.005),
            "longitude": pytest.approx(float(row["longitude"]), abs=0.005),
            "cause": causes,
            "dead_or_missing": int(float(row["dead_or_missing"])),
            "survivors": int(float(row["survivors"])) if row["survivors"] else None,
        }
