"""Answers as the interface's document shows them."""

from __future__ import annotations

from typing import Any

Example = dict[str, Any]

NEW: Example = {"kind": "annual", "from": "2026-01-01", "to": "2027-01-01"}
HEAD: Example = {
    "id": 7,
    "kind": "annual",
    "title": "Jahresabrechnung",
    "from": "2026-01-01",
    "to": "2027-01-01",
    "instalment": None,
    "state": "sent",
    "shadow": False,
    "reversed": False,
    "reverses": None,
    "partners": 1,
    "cost_cents": 10000000,
    "share_cents": 9985000,
    "due_cents": 385000,
    "remainder_cents": 15000,
    "objections": 0,
    "result_hash": "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
    "made_at": "2027-02-01T09:00:00+00:00",
    "made_by": "person:4",
    "checked_by": "person:4",
    "released_by": "person:2",
    "sent_at": "2027-02-03T10:30:00+00:00",
    "objection_until": "2027-03-03",
    "final_at": None,
}
SHARE: Example = {
    "partner": "03241003",
    "name": "Burgdorf",
    "share_cents": 9985000,
    "corrections_cents": 0,
    "advances_cents": 9600000,
    "carried_cents": 0,
    "due_of_earlier_cents": 0,
    "due_cents": 385000,
    "by_treatment": {"not_taxable": 9985000},
    "due_on": "2027-03-31",
    "state": "objected",
    "objection": "Die Zahl der Anrufe im Mai stimmt nicht.",
    "objected_at": "2027-02-20T08:00:00+00:00",
    "objected_by": "person:9",
    "objection_until": "2027-03-03",
    "decision": None,
    "decided_at": None,
    "decided_by": None,
}
ENTRY: Example = {
    "id": 31,
    "booked_on": "2027-02-02",
    "kind": "settlement",
    "text": "Jahresabrechnung 2026-01 bis 2026-12",
    "lines": [
        {"account": "partner:03241003", "cents": 385000},
        {"account": "advance:03241003", "cents": 9600000},
        {"account": "host", "cents": 15000},
        {"account": "cost", "cents": -10000000},
    ],
}
SETTLEMENT: Example = HEAD | {
    "holds": True,
    "lacking": [],
    "steps": ["object", "finish"],
    "reason": "",
    "cost_items": [
        {
            "id": 1,
            "month": "2026-01",
            "cost_centre": "Servicecenter",
            "kind": "staff",
            "stage": "actual",
            "cents": 10000000,
            "share": "1.000000",
            "note": "",
        }
    ],
    "inputs": {"rules": 1},
    "result": {"cost_cents": 10000000, "remainder_cents": 15000},
    "shares": [SHARE],
    "entries": [ENTRY],
}
OBJECTION: Example = {"partner": "03241003", "reason": "Die Zahl der Anrufe im Mai stimmt nicht."}
DECISION: Example = {"partner": "03241003", "accepted": False, "reason": "Nachgezählt: Sie stimmt."}
COMPARISON: Example = {
    "from": "2026-01-01",
    "to": "2027-01-01",
    "stage": "actual",
    "cost_cents": 10000000,
    "without_actual": [],
    "without_plan": [],
    "first": "V1",
    "open_months": ["2026-12"],
    "generated": False,
    "candidates": [
        {
            "key": "V1",
            "title": "V1: Nach Einwohnern",
            "variant": "V1",
            "example": True,
            "terms": None,
            "problem": None,
            "parameters": {"pro_rata": "days"},
            "remainder_cents": 0,
            "derivation": [
                {
                    "step": "remainder",
                    "partner": None,
                    "quantities": {"total_cents": 10000000, "shares_cents": 10000000},
                    "exact": None,
                    "cents": 0,
                    "text": "Beim Träger bleiben 0,00 €",
                }
            ],
        }
    ],
    "rows": [
        {"partner": "03241003", "name": "Burgdorf", "inhabitants": 31051, "cents": [10000000], "differences": [0]}
    ],
}
SENSITIVITY: Example = {
    "partner": "03241003",
    "stage": "plan",
    "cost_cents": 10000000,
    "without_actual": ["2026-12"],
    "without_plan": [],
    "open_months": [],
    "generated": False,
    "rows": [
        {
            "key": "V3",
            "title": "V3: Preis je Minute",
            "variant": "V3",
            "example": True,
            "own": {"-30": 700000, "0": 1000000, "30": 1300000},
            "all": {"-30": 700000, "0": 1000000, "30": 1300000},
            "host": {"-30": 3000000, "0": 0, "30": -3000000},
        }
    ],
}
LEDGER: Example = {
    "from": "2027-02-01",
    "to": "2027-03-01",
    "lines": [
        {
            "id": ENTRY["id"],
            "no": number,
            "booked_on": ENTRY["booked_on"],
            "kind": ENTRY["kind"],
            "settlement_id": HEAD["id"],
            "text": ENTRY["text"],
            **line,
        }
        for number, line in enumerate(ENTRY["lines"], 1)
    ],
    "balances": [
        {"account": "advance:03241003", "cents": 0},
        {"account": "cost", "cents": 0},
        {"account": "host", "cents": -9985000},
        {"account": "partner:03241003", "cents": 9985000},
    ],
    "sum_cents": 0,
}


def _problem(code: str, detail: str) -> Example:
    return {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "code": code,
        "detail": detail,
    }


EXISTS = _problem(
    "settlement.exists",
    "Für diesen Zeitraum gibt es schon eine Abrechnung (Nummer 7). Bitte diese verwerfen oder stornieren.",
)
TOO_LATE = _problem("settlement.state", "Das geht nicht mehr: Die Abrechnung ist versandt.")
