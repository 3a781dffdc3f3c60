"""Three partners of the worked examples, and terms for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.orm import Session

from wfm.billing.models import Terms
from wfm.billing.service import agreements, terms
from wfm.core.db import transaction
from wfm.core.intervals import Month
from wfm.directory.service import load_base_data
from wfm.reporting.service.billed_usage import UsageOfMonth

BURGDORF, LANGENHAGEN, WEDEMARK, REGION = "03241003", "03241010", "03241019", "REGION"
COUNTING = {"calls": "answered_calls", "shorter_than_s": 0, "wrapup": "reported", "unattributed": "host"}
KEYS = {"basis": "", "as_of": "fixed", "day": "2024-12-31", "pro_rata": "days"}
CYCLE = {
    "advances": 4,
    "due_days": ["02-15", "05-15", "08-15", "11-15"],
    "settlement_day": "03-31",
    "true_up": "charge",
    "carry_over_years": 0,
    "objection_days": 28,
    "payment_days": 30,
    "notice_months": 12,
    "cost_covering": False,
    "remainder": "host",
}
PARAMETERS: dict[str, dict[str, Any]] = {
    "V0": {},
    "V1": {},
    "V2": {"price_per_call_cents": 420, "ceiling_cents_per_inhabitant": 4},
    "V3": {"price_per_minute_cents": 121, "unit": "second"},
    "V4": {"base_cents": 4_000_000, "usage_cents": 6_000_000},
    "V5": {"plan_cents": 9_600_000},
    "V6": {
        "classes": [{"below": 15_000, "cents": 900_000}, {"below": 40_000, "cents": 2_200_000}],
        "above_cents": 3_400_000,
    },
    "V7": {"weights": {"inhabitants": "0.30", "calls": "0.50", "handle_s": "0.20"}, "floor_cents": 0},
}


def given(variant: str, /, **parts: Any) -> dict[str, Any]:
    """What a version of terms says, parts of it other than usual."""
    usual = {"variant": variant, "parameters": PARAMETERS[variant], "counting": COUNTING, "keys": KEYS, "cycle": CYCLE}
    return usual | parts


def agreed(session: Session, variant: str, name: str = "", **parts: Any) -> Terms:
    """Terms that are agreed on."""
    made = terms.draft(session, name or f"Regelung {variant}", given(variant, **parts), by="person:1")
    return terms.agree(session, made.id, by="person:1")


def bind(session: Session, partner: str, name: str, first: str, last: str = "", **cells: str) -> Any:
    """An agreement of a partner."""
    usual = {"reference": f"Vereinbarung {partner}", "tax": f"{first} not_taxable", "version": "1"}
    row = {"partner": partner, "terms": name, "valid_from": first, "valid_to": last} | usual | cells
    return agreements.enter(session, row, by="person:1")


def used(partner: str | None, calls: int, handle_s: int = 0, month: str = "2026-01", **sums: Any) -> UsageOfMonth:
    """A month's usage of a partner, all of it answered talk."""
    at = Month.parse(month)
    usual: dict[str, Any] = {
        "month": at, "partner": partner, "service_month": at, "correction": False, "state": "closed",
        "content_hash": "00", "calls": calls, "calls_answered": calls, "answered": calls, "talk_s": handle_s,
        "wrapup_reported_s": 0, "wrapup_inferred_s": 0, "started_minutes": 0, "short": {}, "generated": 0,
    }  # fmt: skip
    return UsageOfMonth(**usual | sums)


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    """An open transaction in a centre that has its base data."""
    with transaction() as session:
        load_base_data(session)
        yield session
