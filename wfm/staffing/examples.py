"""Answers as the interface's document shows them."""

from __future__ import annotations

from typing import Any

Example = dict[str, Any]

STANDS_ON: Example = {
    "plan": None,
    "name": "Planung",
    "run": 12,
    "made_at": "2026-11-25T02:10:00+01:00",
    "generated": False,
    "from": "2026-12-01",
    "to": "2026-12-02",
}
ASSUMED: Example = {
    "queue": "buergertelefon",
    "from": "2026-12-01",
    "target": "115",
    "share": 0.75,
    "threshold_s": 30,
    "variant": "offered",
    "model": "A",
    "patience_s": 148.2,
    "patience": {"low_s": 141.7, "high_s": 155.1, "abandoned": 1874},
    "handling_s": None,
    "max_occupancy": 0.85,
    "confidence": 0.5,
}
SLOT: Example = {
    "queue": "buergertelefon",
    "start": "2026-12-01T10:00:00+01:00",
    "end": "2026-12-01T10:30:00+01:00",
    "calls": 71.4,
    "handling_s": 247.0,
    "load": 9.7977,
    "agents": 12,
    "service_level": 0.853411,
    "one_less": 0.768214,
    "occupancy": 0.792113,
}
SUMS: Example = {"calls": 71.4, "agent_hours": 6.0, "paid_hours": 8.89, "cents": 37427, "most_agents": 12}
SHRINKAGE: Example = {
    "external": 0.2,
    "internal": 0.15,
    "overall": 0.32,
    "paid_per_hour": 1.4706,
    "losses": [{"kind": "leave", "share": 0.14, "source": "plan"}, {"kind": "breaks", "share": 0.11, "source": "data"}],
}
CHECK: Example = {
    "check": [{"queue": "buergertelefon", "target": 0.75, "level": 0.812, "low": 0.803, "high": 0.821}],
    "days": 1,
    "replications": 24,
    "corrected": 0,
}
REQUIREMENT: Example = {
    **STANDS_ON,
    "assumptions": [ASSUMED],
    "rows": [SLOT],
    "totals": [{"queue": "buergertelefon", **SUMS}],
    "total": SUMS,
    "groups": {
        "rows": [{"group": "Bürgerbüro", **{name: SLOT[name] for name in ("start", "end", "agents")}}],
        "totals": [
            {
                "group": "Bürgerbüro",
                "queues": ["buergertelefon"],
                **{name: SUMS[name] for name in ("agent_hours", "paid_hours", "cents", "most_agents")},
            }
        ],
        "alone": SUMS | {"agent_hours": 7.0, "paid_hours": 10.29, "cents": 43218, "most_agents": 14},
        "saving": {"agent_hours": 1.0, "paid_hours": 1.4, "cents": 5791},
        "pooled_hours": 6.0,
        **CHECK,
    },
    "shrinkage": SHRINKAGE,
}
GROUP_WHY: Example = {
    **STANDS_ON,
    "group": "Bürgerbüro",
    **{name: SLOT[name] for name in ("start", "end", "agents")},
    "queues": [
        {"queue": "buergertelefon", "calls": 71.4, "load": 9.7977, "alone": 14, "share": 0.75, "threshold_s": 30}
    ],
    "groups": [{"group": "Bürgerbüro", "queues": ["buergertelefon"], "agents": 12}],
    "together": 12,
    "alone": 14,
    "pooled": 12,
    "around": [
        {
            "agents": 12,
            "meets_goals": True,
            "levels": [{"queue": "buergertelefon", "level": 0.812, "low": 0.803, "high": 0.821}],
        }
    ],
}
WHY: Example = {
    **STANDS_ON,
    **{name: SLOT[name] for name in ("queue", "start", "end", "calls", "handling_s", "load", "agents")},
    "assumptions": ASSUMED,
    "changes": {},
    "snapshot_calls": 71.4,
    "bound_by": "service_level",
    "on_the_expected_day": 12,
    "around": [
        {
            "agents": 12,
            "meets_goal": True,
            "service_level": 0.853411,
            "occupancy": 0.792113,
            "asa_s": 12.4,
            "abandoned": 0.0612,
            "calls_in_time": 60.9,
            "calls_lost": 4.4,
            "chance": 0.871,
            "paid_heads": 17.65,
            "cents": 37148,
        }
    ],
    "shrinkage": SHRINKAGE,
}
PLAN: Example = {
    "id": 3,
    "name": "Burgdorf ab März",
    "run": None,
    "copy_of": None,
    "changes": {"joining": [{"partner": "03241003", "first_day": "2027-03-01"}]},
    "note": "",
    "made_at": "2026-11-25T09:12:00+01:00",
    "made_by": "person:2",
}
KEPT: Example = {name: PLAN[name] for name in ("name", "run", "copy_of", "changes", "note")}
TAKEN: Example = {
    "type": "about:blank",
    "title": "Conflict",
    "status": 409,
    "detail": "Eine Planung mit diesem Namen gibt es schon.",
    "code": "plan.name",
}
COMPARISON: Example = {
    "from": "2026-12-01",
    "to": "2026-12-02",
    "plans": [
        {
            **STANDS_ON,
            "changes": {},
            "totals": [{"queue": "buergertelefon", **SUMS}],
            "total": SUMS,
            "difference": dict.fromkeys(SUMS, 0),
        }
    ],
}
CAPACITY: Example = {
    "plan": None,
    "name": "Planung",
    "run": 12,
    "generated": False,
    "from": "2026-12-01",
    "to": "2027-01-01",
    "rows": [
        {
            "month": "2026-12",
            "calls": 21840.0,
            "agent_hours": 2210.5,
            "alone_hours": 2473.0,
            "paid_hours": 3274.81,
            "posts_needed": 19.31,
            "posts_alone": 21.6,
            "posts_there": 18.5,
            "missing": 0.81,
            "decide_by": "2026-08",
            "cents": 13786963,
        }
    ],
    "groups": CHECK,
    "cents": 13786963,
}
PARAMETERS: Example = {
    "queue": "buergertelefon",
    "target": "115",
    "model": "A",
    "patience_s": None,
    "handling_s": None,
    "max_occupancy": 0.85,
    "confidence": 0.5,
    "valid_from": "2027-01-01",
    "valid_to": None,
}
TERMS: Example = {
    "weekly_hours": 39.0,
    "cents_per_hour": 4200,
    "hiring_months": 4,
    "posts": 18.5,
    "leaving_a_year": 0.08,
    "valid_from": "2027-01-01",
    "valid_to": None,
}
LOSS: Example = {"kind": "leave", "share": 0.14, "source": "plan", "valid_from": "2027-01-01", "valid_to": None}
SKILLS: Example = {
    "name": "Bürgerbüro",
    "queues": ["buergertelefon", "kfz"],
    "cost_factor": 1.0,
    "valid_from": "2027-01-01",
    "valid_to": None,
}
ASSUMPTIONS: Example = {
    "parameters": [{"id": 1, **PARAMETERS}],
    "terms": [{"id": 1, **TERMS}],
    "shrinkage": [{"id": 1, **LOSS}],
    "skills": [{"id": 1, **SKILLS}],
}
OVERLAPS: Example = {
    "type": "about:blank",
    "title": "Conflict",
    "status": 409,
    "detail": "Für diese Tage gilt schon etwas anderes (ab 2027-02-01).",
    "code": "assumption.overlaps",
}
SCENARIO: Example = {
    "name": "Ein Vormittag",
    "start": "08:00",
    "end": "10:00",
    "interval_minutes": 60,
    "queues": [{"name": "Bürgertelefon", "calls": [72, 115], "handling": 240, "patience": 180, "threshold_s": 20}],
    "groups": [{"name": "Team", "skills": ["Bürgertelefon"], "agents": [6, 9]}],
}
SIMULATED: Example = {
    "name": "Ein Vormittag",
    "seed": 1,
    "replications": 100,
    "rows": [
        {
            "scope": "queue",
            "name": "Bürgertelefon",
            "period": "interval",
            "from": "08:00",
            "to": "09:00",
            "figure": "sl_offered",
            "mean": 0.71,
            "lo95": 0.69,
            "hi95": 0.73,
            "mean_of_days": 0.72,
            "p10": 0.55,
            "p90": 0.89,
        }
    ],
}
