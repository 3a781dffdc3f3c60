"""An invoice as JSON and back: what a numbered document keeps, so that its files are made of nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from wfm.billing.rules.invoice import (
    Address,
    Contact,
    ElectronicAddress,
    Invoice,
    Kind,
    Line,
    Party,
    Payment,
    Preceding,
    Treatment,
    Unit,
)
from wfm.core.intervals import Days


def as_stored(invoice: Invoice) -> dict[str, Any]:
    """Fields by their names; days in ISO 8601, a period as `from` and `to` (exclusive), quantity and price as text."""
    return {field.name: _plain(getattr(invoice, field.name)) for field in fields(invoice)}


def _plain(value: Any) -> Any:
    match value:
        case Days():
            return {"from": value.start.isoformat(), "to": value.end.isoformat()}
        case Enum():
            return value.value
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case tuple():
            return [_plain(part) for part in value]
        case _ if is_dataclass(value):
            return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            return value


def from_stored(document: Mapping[str, Any]) -> Invoice:
    """The invoice that `as_stored` wrote."""
    preceding = document["preceding"]
    return Invoice(
        **{
            **document,
            "kind": Kind(document["kind"]),
            "issued": date.fromisoformat(document["issued"]),
            "period": _days(document["period"]),
            "seller": _party(document["seller"]),
            "buyer": _party(document["buyer"]),
            "payment": Payment(**{**document["payment"], "due": _day(document["payment"]["due"])}),
            "lines": tuple(map(_line, document["lines"])),
            "treatment": Treatment(document["treatment"]),
            "preceding": preceding and Preceding(preceding["number"], date.fromisoformat(preceding["issued"])),
            "notes": tuple(document["notes"]),
        }
    )


def _party(stored: Mapping[str, Any]) -> Party:
    return Party(
        **{
            **stored,
            "address": Address(**stored["address"]),
            "electronic_address": ElectronicAddress(**stored["electronic_address"]),
            "contact": stored["contact"] and Contact(**stored["contact"]),
        }
    )


def _line(stored: Mapping[str, Any]) -> Line:
    return Line(
        **{
            **stored,
            "quantity": Decimal(stored["quantity"]),
            "unit": Unit(stored["unit"]),
            "unit_price": Decimal(stored["unit_price"]),
            "base_quantity": Decimal(stored.get("base_quantity", 1)),  # before it was kept, always for one
            "days": _days(stored["days"]),
        }
    )


def _days(stored: Mapping[str, str]) -> Days:
    return Days(date.fromisoformat(stored["from"]), date.fromisoformat(stored["to"]))


def _day(stored: str | None) -> date | None:
    return None if stored is None else date.fromisoformat(stored)
