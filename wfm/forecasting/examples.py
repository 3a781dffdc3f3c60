"""One example of each answer for the document."""

from __future__ import annotations

from datetime import UTC, date, datetime

RUN = {
    "id": 412,
    "made_at": datetime(2026, 12, 1, 1, 30, 7, tzinfo=UTC),
    "made_by": "worker",
    "from": date(2026, 12, 1),
    "to": date(2027, 3, 3),
    "generated": False,
    "warnings": [],
}
_SHOWN = {**RUN, "made_at": "2026-12-01T02:30:07+01:00", "from": "2026-12-01", "to": "2027-03-03"}
SERIES = {
    "kind": "queue",
    "queue": "buergeramt",
    "partner": None,
    "history_from": "2024-01-02",
    "history_to": "2026-12-01",
    "method": "log day total",
    "backtest": {"errors": {"log day total": 0.081, "seasonal naive": 0.112}, "origins": 6, "weights": {}},
    "treated": [{"kind": "gap", "day": "2026-06-11", "slot": None, "seen": None, "used": None}],
    "warnings": ["An 1 Tagen fehlen Daten ganz oder zum Teil; sie gelten als unbekannt."],
}
RUN_WITH_SERIES = {**_SHOWN, "series": [SERIES]}
LISTED = _SHOWN
_QUANTILES = {"lo95": 21.0, "lo80": 25.0, "hi80": 43.0, "hi95": 49.0}
INTERVALS = {
    **_SHOWN,
    "to": "2026-12-02",
    "queue": "buergeramt",
    "interval": "30",
    "adjusted": True,
    "rows": [
        {
            "start": "2026-12-01T08:00:00+01:00",
            "end": "2026-12-01T08:30:00+01:00",
            "calls": 33.9,
            **_QUANTILES,
            "snapshot_calls": 30.818,
            "handling_s": 241.3,
        }
    ],
}
PARTS = {
    **_SHOWN,
    "to": "2026-12-02",
    "partner": "03241003",
    "rows": [
        {
            "day": "2026-12-01",
            "partner": "03241003",
            "service": "99115005104000",
            "queue": "buergeramt",
            "new": False,
            "calls": 33.9,
            **_QUANTILES,
        }
    ],
}
ERRORS = {
    "run": None,
    "queue": None,
    "from": "2026-11-03",
    "to": "2026-12-01",
    "adjusted": False,
    "generated": False,
    "rows": [
        {
            "queue": "buergeramt",
            "lead_from": 2,
            "lead_to": 7,
            "days": 120,
            "calls": 51_234.0,
            "forecast": 50_880.4,
            "wape": 0.184,
            "wape_day": 0.067,
            "bias": -0.0069,
            "coverage80": 0.806,
            "coverage95": 0.951,
            "coverage80_day": 0.79,
            "coverage95_day": 0.95,
        }
    ],
}
TODAY = {
    "run": 412,
    "queue": "buergeramt",
    "day": "2026-12-01",
    "at": "2026-12-01T10:00:00+01:00",
    "generated": False,
    "came": 148.0,
    "expected_so_far": 131.5,
    "factor": 1.083,
    "forecast": 402.0,
    "rest": 293.0,
    "rest_lo95": 251.0,
    "rest_lo80": 266.0,
    "rest_hi80": 320.0,
    "rest_hi95": 336.0,
    "rows": [
        {
            "start": "2026-12-01T10:00:00+01:00",
            "end": "2026-12-01T10:15:00+01:00",
            "came": None,
            "forecast": 16.2,
            "now_expected": 17.5,
            "lo95": 9.0,
            "lo80": 12.0,
            "hi80": 23.0,
            "hi95": 27.0,
        }
    ],
}
EVENT = {
    "id": 7,
    "kind": "mailing",
    "title": "Grundsteuerbescheide Burgdorf",
    "first_day": "2027-01-11",
    "last_day": "2027-01-15",
    "partner": "03241003",
    "queue": None,
    "factor": 1.4,
    "source": "Stadtkasse Burgdorf, 20.11.2026",
}
EFFECT = {"factor": 1.31, "lo80": 1.05, "hi80": 1.64, "occurrences": 3}
ADJUSTMENT = {
    "id": 31,
    "queue": "buergeramt",
    "first_day": "2026-12-07",
    "last_day": "2026-12-09",
    "from_minute": 480,
    "to_minute": 720,
    "kind": "factor",
    "value": 1.1,
    "reason": "Bescheide gehen am 4.12. in die Post",
    "made_at": "2026-12-01T09:12:44+01:00",
    "made_by": "person:12",
    "taken_back_at": None,
    "taken_back_by": None,
}
ASKED = {"from": "2026-12-01", "to": "2027-03-03", "queues": None}
WAITING = {"id": 7, "state": "waiting", "run": None, "reason": None}
ENTERED = {name: value for name, value in EVENT.items() if name != "id"}
MADE = {
    name: value
    for name, value in ADJUSTMENT.items()
    if name not in ("id", "made_at", "made_by", "taken_back_at", "taken_back_by")
}
