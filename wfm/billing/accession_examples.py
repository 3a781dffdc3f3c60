"""One example of each answer for the document."""

from __future__ import annotations

from typing import Any

from wfm.billing.rules.accession_law import NO_ADVICE

ANSWERS: dict[str, Any] = {
    "inhabitants_disputed": "",
    "calls_a_year": 6000,
    "calls_by_month": [None] * 12,
    "calls_source": "Telefonanlage, 2026",
    "hours": "Mo-Fr 8-18 Uhr",
    "services": [],
    "wished_start": "2027-07-01",
    "switchboard": "",
    "bus_entries": "",
    "contact_office": "Fachdienst Organisation",
    "questions": "",
}
QUESTIONNAIRE: dict[str, Any] = {
    "id": 3,
    "partner": "03241003",
    "state": "handed_in",
    "made_at": "2027-01-04T09:00:00+01:00",
    "expires_at": "2027-03-05T09:00:00+01:00",
    "handed_in_at": "2027-01-08T11:20:00+01:00",
    "version": 14,
    "answers": ANSWERS,
    "errors": {},
}
MADE = {**QUESTIONNAIRE, "state": "open", "handed_in_at": None, "version": 0, "link": "/fragebogen?link=…"}
PAPER: dict[str, Any] = {
    "partner": "03241003",
    "name": "Burgdorf, Stadt",
    "kind": "municipality",
    "made_on": "2027-01-10",
    "named": False,
    "no_advice": NO_ADVICE,
    "inhabitants": {
        "inhabitants": 31051,
        "as_of": "2024-12-31",
        "basis": "Zensus 2022",
        "source": "Destatis GV100AD, Gebietsstand 31.08.2025",
    },
    "answers": {
        "source": "questionnaire",
        "questionnaire": 3,
        "version": 14,
        "as_of": "2027-01-08",
        "all_services": True,
        **ANSWERS,
    },
    "start": {"day": "2027-07-01", "wished": "2027-07-01", "assumed": False},
    "reference": {"from": "2026-01-01", "to": "2027-01-01", "open_months": [], "generated": False, "partners": 6},
    "agreement": None,
    "comparable": {"partners": 6, "calls_per_1000": 200.0, "protected": True, "rows": []},
    "forecast": {
        "calls_a_year": {"low": 4200, "expected": 6400, "high": 8900},
        "months": [{"month": 1, "low": 330, "expected": 533, "high": 760}],
        "season": [0.0833, 0.0779, 0.093, 0.0877, 0.0859, 0.0815, 0.0735, 0.0797, 0.0957, 0.0921, 0.085, 0.0647],
        "level": 0.8,
        "calls_per_1000": 206.1,
        "open_days": 250,
        "reasons": ["Aus der eigenen Zählung vom 08.01.2027: 6000 Anrufe im Jahr."],
    },
    "staff": {
        "from": "2027-02-01",
        "to": "2027-05-01",
        "generated": False,
        "posts_without": 11.4,
        "posts_with": 12.3,
        "posts_more": 0.9,
        "more_cents_a_year": 6120000,
        "posts_there": 12.0,
        "volumes": [
            {
                "volume": "expected",
                "calls_a_year": 6400,
                "posts_with": 12.3,
                "posts_more": 0.9,
                "more_cents_a_year": 6120000,
            }
        ],
    },
    "cost": {
        "missing": "Noch keine Kosten eingetragen für: 2027-01.",
        "code": "settlement.no_cost",
    },
    "duties": [
        {"title": "Umsatzsteuer", "text": "…", "source": "UStG § 2b Abs. 3 Nr. 2", "running": False, "checked": True}
    ],
    "open_points": [{"code": "calls", "text": "Eine eigene Zählung der Anrufe fehlt.", "who": "Kommune"}],
}
DRAFT: dict[str, Any] = {
    "title": "Entwurf: Vereinbarung über den Beitritt der Stadt Burgdorf zum gemeinsamen Servicecenter",
    "about": NO_ADVICE,
    "open_points": ["Kündigungsfrist"],
    "sections": [{"title": "Kündigung", "blocks": [{"kind": "text", "text": "… [OFFEN: Kündigungsfrist] …"}]}],
}
NOT_HANDED_IN: dict[str, Any] = {
    "type": "about:blank",
    "title": "Conflict",
    "status": 409,
    "detail": "Wieder öffnen lässt sich nur ein abgegebener Fragebogen.",
    "code": "questionnaire.not_handed_in",
}
