"""The directory as the interface shows it."""

from __future__ import annotations

from wfm.core import fields
from wfm.core.web import PageArguments


class Dated(fields.Schema):
    """From the first day to the last one; no last day means until further notice."""

    valid_from = fields.Day(required=True, metadata={"description": "First day", "example": "2026-01-01"})
    valid_to = fields.Day(required=True, allow_none=True, metadata={"description": "Last day, null: still holds"})


class InhabitantsSchema(fields.Schema):
    """A count of inhabitants."""

    inhabitants = fields.Whole(required=True, metadata={"example": 31_051})
    as_of = fields.Day(required=True, metadata={"example": "2024-12-31"})
    basis = fields.Text(required=True, metadata={"example": "Zensus 2022"})
    source = fields.Text(required=True)


class MembershipSchema(Dated):
    """How a partner takes part."""

    status = fields.Text(required=True, choices=("pilot", "full", "left"))


class PartnerSchema(fields.Schema):
    """A municipality, or the Region's administration."""

    key = fields.Text(required=True, metadata={"description": "AGS, or REGION", "example": "03241003"})
    name = fields.Text(required=True, metadata={"example": "Burgdorf"})
    kind = fields.Text(required=True, choices=("municipality", "region"))
    ags = fields.Text(required=True, allow_none=True)
    area_codes = fields.ListOf(fields.Text(), required=True)
    inhabitants = fields.ListOf(fields.Part(InhabitantsSchema), required=True)
    membership = fields.ListOf(fields.Part(MembershipSchema), required=True)


class ServedSchema(Dated):
    """The partner whom a queue serves."""

    partner = fields.Text(required=True)


class QueueSchema(fields.Schema):
    """A waiting line. Not mapped: the telephone system named it, nobody has described it yet."""

    name = fields.Text(required=True, metadata={"example": "buergeramt"})
    label = fields.Text(required=True)
    mapped = fields.Flag(required=True)
    wrapup_s = fields.Whole(required=True, allow_none=True)
    partners = fields.ListOf(fields.Part(ServedSchema), required=True)


class NumberSchema(Dated):
    """A number that citizens dial, and the partner it belongs to."""

    number = fields.Text(required=True, metadata={"description": "E.164 without +", "example": "495136898200"})
    partner = fields.Text(required=True, metadata={"example": "03241003"})


class ServiceSchema(fields.Schema):
    """A service (Leistung) by its LeiKa key."""

    leika_key = fields.Text(required=True, metadata={"example": "99115005060000"})
    name = fields.Text(required=True)
    rank = fields.Whole(required=True, allow_none=True)
    tag = fields.Text(required=True, allow_none=True, metadata={"description": "The telephone system's word for it"})


class PeriodSchema(fields.Schema):
    """Open from one time of day to another, Berlin time."""

    opens = fields.Text(required=True, metadata={"example": "08:00"})
    closes = fields.Text(required=True, metadata={"example": "18:00"})


class CalendarDaySchema(fields.Schema):
    """The hours that hold on a day, and why if they are not the usual ones."""

    day = fields.Day(required=True)
    periods = fields.ListOf(fields.Part(PeriodSchema), required=True)
    reason = fields.Text(required=True, metadata={"example": "Reformationstag"})


class CalendarSchema(fields.Schema):
    """The effective calendar of the centre or of one queue."""

    queue = fields.Text(required=True, allow_none=True)
    days = fields.ListOf(fields.Part(CalendarDaySchema), required=True)


class TargetSchema(Dated):
    """One version of a named definition of service level."""

    name = fields.Text(required=True, metadata={"example": "115"})
    version = fields.Whole(required=True)
    label = fields.Text(required=True)
    share = fields.Share(required=True)
    seconds = fields.Whole(required=True)
    variant = fields.Text(required=True, choices=("offered", "answered", "excl_abandoned_within", "abandoned_met"))
    source = fields.Text(required=True)


class NumberArguments(PageArguments):
    partner = fields.Line(max_length=20, load_default=None, metadata={"description": "Only those of this partner"})


class CalendarArguments(fields.Schema):
    start = fields.Day(data_key="from", required=True, metadata={"example": "2026-10-01"})
    end = fields.Day(data_key="to", required=True, metadata={"description": "Exclusive", "example": "2026-11-01"})
    queue = fields.Line(max_length=100, load_default=None)


# One example of each, as the document shows it.

PARTNER = {
    "key": "03241003",
    "name": "Burgdorf",
    "kind": "municipality",
    "ags": "03241003",
    "area_codes": ["05136"],
    "inhabitants": [{"inhabitants": 31_051, "as_of": "2024-12-31", "basis": "Zensus 2022", "source": "Destatis"}],
    "membership": [{"status": "pilot", "valid_from": "2026-01-01", "valid_to": None}],
}
QUEUE = {
    "name": "buergeramt",
    "label": "Bürgeramt",
    "mapped": True,
    "wrapup_s": 30,
    "partners": [{"partner": "03241001", "valid_from": "2026-01-01", "valid_to": None}],
}
NUMBER = {"number": "495136898200", "partner": "03241003", "valid_from": "2026-01-01", "valid_to": None}
SERVICE = {"leika_key": "99115005060000", "name": "Personalausweis beantragen", "rank": 1, "tag": "ausweis"}
TARGET = {
    "name": "115",
    "version": 1,
    "label": "115: 75 % in 30 s",
    "share": 0.75,
    "seconds": 30,
    "variant": "offered",
    "source": "115-Verbund",
    "valid_from": "2022-01-01",
    "valid_to": None,
}
CALENDAR = {
    "queue": None,
    "days": [
        {"day": "2026-10-30", "periods": [{"opens": "08:00", "closes": "18:00"}], "reason": ""},
        {"day": "2026-10-31", "periods": [], "reason": "Reformationstag"},
    ],
}
