"""One example of each report for the document, made by the function that makes the reports."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from wfm.directory.rules.dated import Validity
from wfm.directory.rules.targets import Target, Variant
from wfm.reporting.rules.figures import Definition, describe_target, figures

_TARGET = Target("115", 1, "115: 75 % in 30 s", Decimal("0.75"), 30, Variant.OFFERED, Validity(date(2022, 1, 1)), "")
_USED = Definition(30, _TARGET, (_TARGET,))
CORRECTION = {
    "month": "2026-08",
    "booked_in": "2026-09",
    "cause": "late",
    "partner": "03241003",
    "name": "Burgdorf",
    "calls": 1,
    "calls_answered": 1,
    "answered": 1,
    "talk_s": 212,
    "wrapup_s": 30,
    "started_minutes": 4,
}
_SUMS = {
    "offered": 40,
    "answered": 36,
    "abandoned": 4,
    "answered_30": 31,
    "abandoned_30": 2,
    "wait_s_answered": 612,
    "wait_s_abandoned": 95,
    "longest_wait_s": 88,
    "talk_s": 6_480,
    "wrapup_s": 1_080,
    "wrapup_inferred": 36,
    "calls": 39,
    "calls_answered": 36,
    "started_minutes": 131,
}
_SAYS = {"definition": _USED.describe(), "definitions": [describe_target(_TARGET)], "complete": True, "gaps": []}
_IN_QUEUE = figures(_SUMS, _USED)
_OF_CALLS = figures(_SUMS, _USED, calls=True)
_METHODS = {"dialled_number": {"calls": 39, "share": 1.0}}

QUEUES = {
    "from": "2026-09-01",
    "to": "2026-09-02",
    "interval": "30",
    **_SAYS,
    "generated": False,
    "rows": [
        {
            "queue": "buergeramt",
            "start": "2026-09-01T08:00:00+02:00",
            "end": "2026-09-01T08:30:00+02:00",
            **_IN_QUEUE,
        }
    ],
    "totals": [{"queue": "buergeramt", **_IN_QUEUE}],
    "total": _IN_QUEUE,
}
USAGE = {
    "month": "2026-09",
    "state": "open",
    **_SAYS,
    "generated": False,
    "attribution": _METHODS,
    "rows": [
        {
            "partner": "03241003",
            "name": "Burgdorf",
            **_OF_CALLS,
            "attribution": _METHODS,
            "by_service": [{"service": None, "name": "unbekannt", **_OF_CALLS}],
        }
    ],
    "corrections": [CORRECTION],
    "unattributed": {**figures({}, _USED, calls=True), "likely": []},
    "total": _OF_CALLS,
}
_YEAR_FIGURES = {name: _OF_CALLS[name] for name in ("calls", "calls_answered", "talk_s", "started_minutes")}
_YEAR = {"months": [None] * 8 + [_YEAR_FIGURES] + [None] * 3, "year": _YEAR_FIGURES, "year_before": None}
USAGE_YEAR = {
    "year": 2026,
    "months": [{"month": f"2026-{number:02d}", "state": "open"} for number in range(1, 13)],
    "complete": True,
    "gaps": [],
    "generated": False,
    "rows": [{"partner": "03241003", "name": "Burgdorf", **_YEAR}],
    "unattributed": {**_YEAR, "months": [None] * 12, "year": dict.fromkeys(_YEAR_FIGURES, 0)},
    "total": _YEAR,
}
_LEDGER = {"arrived": 412, "late": 0, "twice": 0, "never": 0, "unreadable": 0, "restarted": 0}
COMPLETENESS = {
    "from": "2026-09-01",
    "to": "2026-10-01",
    "complete": True,
    "gaps": [],
    "generated": False,
    "rows": [{"source": "pbx", "start": "2026-09-01T08:00:00+02:00", **_LEDGER}],
    "totals": [{"source": "pbx", **_LEDGER}],
}
