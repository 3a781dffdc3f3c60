"""A centre whose months are closed: usage as it was frozen, terms, agreements, cost. For tests of settlement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from tests.billing.invoice.example import IBAN, LEITWEG
from wfm.accounts.rules import Role, Viewer
from wfm.billing.models import Agreement, CostCentre, CostItem, Party, Settlement, Terms
from wfm.billing.service import issuing, settling
from wfm.core.intervals import Month
from wfm.directory.rules.dated import Validity
from wfm.reporting.models import FactMonth, MonthState, UsageCorrection
from wfm.reporting.rules.short_calls import SHORT_TALK
from wfm.reporting.rules.waits import WAIT_CLASSES

BURGDORF, LANGENHAGEN, WEDEMARK = "03241003", "03241010", "03241019"
FINANCE = Viewer("Kim", Role.FINANCE, person_id=1)
SUPERVISOR = Viewer("Toni", Role.SUPERVISOR, person_id=2)
MUNICIPALITY = Viewer("Bo", Role.MUNICIPALITY, partner=BURGDORF, person_id=3)
COUNTING = {"calls": "answered_calls", "shorter_than_s": 0, "wrapup": "reported", "unattributed": "host"}
KEYS = {"basis": "", "as_of": "fixed", "day": "2024-12-31", "pro_rata": "days"}
CYCLE = {
    "advances": 4, "due_days": ["02-15", "05-15", "08-15", "11-15"], "settlement_day": "03-31", "true_up": "charge",
    "carry_over_years": 0, "objection_days": 28, "payment_days": 30, "notice_months": 12, "cost_covering": False,
}  # fmt: skip
NO_ADVANCES = {"advances": 0, "due_days": []}
THEN = datetime(2026, 1, 1, tzinfo=UTC)

Usage = Mapping[str, tuple[int, int]]


def close(session: Session, month: Month, usage: Usage) -> None:
    """Close a month with this frozen usage: partner ("" is nobody) -> calls, seconds of talk."""
    session.add(
        MonthState(
            month=month.first, state="closed", closed_at=THEN, closed_by="person:2", content_hash=str(month).encode()
        )
    )
    session.flush()
    for partner, (calls, seconds) in usage.items():
        session.add(_row(FactMonth, month=month.first, partner=partner, calls=calls, seconds=seconds))
    session.flush()


def correct(
    session: Session, day: date, partner: str, calls: int, seconds: int, *, booked_in: Month | None, generated: int = 0
) -> None:
    """Book a correction of a closed day, or (None) let it wait for the next month that closes."""
    more = {
        "generated": generated,
        "day": day,
        "queue": "",
        "cause": "late",
        "booked_in": booked_in and booked_in.first,
        "made_at": THEN,
    }
    session.add(_row(UsageCorrection, partner=partner, calls=calls, seconds=seconds, **more))
    session.flush()


def _row(table: type[Any], *, calls: int, seconds: int, **more: Any) -> Any:
    values: dict[str, Any] = {"likely": "", "service": "", "method": "dialled_number"} | more
    values |= {"calls": calls, "calls_answered": calls, "offered": calls, "answered": calls, "talk_s": seconds}
    values |= {"started_minutes": seconds // 60}
    lengths = {
        "answered_calls_by_talk": SHORT_TALK,
        "answered_by_class": WAIT_CLASSES,
        "abandoned_by_class": WAIT_CLASSES,
    }
    for column in inspect(table).columns:
        if column.name in lengths:
            values[column.name] = [0] * len(lengths[column.name])
        elif not column.nullable and not column.primary_key and column.identity is None:
            values.setdefault(column.name, 0)
    return table(**values)


def terms(session: Session, variant: str, parameters: dict[str, Any], name: str = "Umlage", **parts: Any) -> Terms:
    """Agreed terms."""
    made = Terms(
        name=name, version=1, state="agreed", variant=variant, parameters=parameters,
        counting=COUNTING | parts.get("counting", {}), keys=KEYS, cycle=CYCLE | parts.get("cycle", {}),
        made_at=THEN, made_by="person:1",
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def agree(session: Session, of: Terms, partner: str, start: date, end: date | None = None, **more: Any) -> Agreement:
    """A partner's agreement under these terms."""
    tax = more.pop("tax", [{"from": "2020-01-01", "treatment": "not_taxable"}])
    made = Agreement(
        partner=partner, terms_id=of.id, valid=Validity(start, end), reference="Vereinbarung", tax=tax,
        made_at=THEN, made_by="person:1", **more,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def cost(session: Session, month: Month, cents: int, stage: str = "actual") -> None:
    """One item of cost in a month."""
    if session.get(CostCentre, "4711") is None:
        session.add(CostCentre(key="4711", name="Servicecenter"))
        session.flush()
    session.add(
        CostItem(cost_centre="4711", month=month.first, kind="staff", stage=stage, cents=cents, share=1, made_at=THEN,
                 made_by="person:1")
    )  # fmt: skip
    session.flush()


HOST = {
    "name": "Beispielstadt, Servicecenter", "street": "Musterplatz 1", "postcode": "12345", "town": "Beispielstadt",
    "contact": "Abrechnung Servicecenter", "telephone": "+49 511 0000", "email": "abrechnung@servicecenter.example",
    "identifier": "K-4711", "tax_number": "00/000/00000", "vat_id": "DE136695976", "iban": IBAN, "bic": "COBADEFFXXX",
}  # fmt: skip
NAMES = {BURGDORF: "Stadt Burgdorf", LANGENHAGEN: "Stadt Langenhagen", WEDEMARK: "Gemeinde Wedemark"}


def details(name: str) -> dict[str, str]:
    """A partner's entry with all that documents need."""
    return {"name": name, "street": "Am Markt 2", "postcode": "12346", "town": "Ort", "leitweg_id": LEITWEG}


def parties(session: Session, **host: Any) -> None:
    """The host and three partners, all that documents need."""
    forever = Validity(date(2020, 1, 1))
    session.add(Party(partner=None, valid=forever, details=HOST | host, booking={}))
    for partner, name in NAMES.items():
        booking = {"account": "348100", "product": "11.1", "cost_centre": partner[-3:], "tax_code": "V0"}
        session.add(Party(partner=partner, valid=forever, details=details(name), booking=booking))
    session.flush()


def charge(session: Session, settlement: Settlement) -> Settlement:
    """One person checks it, another one releases it."""
    settling.check(session, FINANCE, settlement.id)
    return settling.release(session, SUPERVISOR, settlement.id)


def charge_and_issue(session: Session, settlement: Settlement) -> Settlement:
    """With its documents, which later settlements refer to."""
    charge(session, settlement)
    issuing.issue(session, FINANCE, settlement.id)
    return settlement
