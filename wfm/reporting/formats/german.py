"""Numbers, times and days as people here write them."""

from __future__ import annotations

from datetime import date, datetime

from wfm.core.clock import BERLIN
from wfm.core.intervals import Month

YES_NO = {True: "ja", False: "nein"}
_WEEKDAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")


def count(number: int) -> str:
    """1.234"""
    return f"{number:,}".replace(",", ".")


def decimal(number: float, places: int) -> str:
    """12,5"""
    return f"{number:.{places}f}".replace(".", ",")


def euros(cents: int) -> str:
    """1234,50, exact, without the sign of the currency or thousands: as a table takes it."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole},{rest:02d}"


def percent(share: float) -> str:
    """63,9 %"""
    return f"{decimal(100 * share, 1)} %"


def duration(seconds: int) -> str:
    """5:32:46, hours first, however many there are."""
    sign, seconds = "-" if seconds < 0 else "", abs(seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def day(value: date) -> str:
    """09.06.2026"""
    return f"{value:%d.%m.%Y}"


def iso_day(text: str) -> str:
    """09.06.2026, of 2026-06-09"""
    return day(date.fromisoformat(text))


def day_of_week(value: date) -> str:
    """Di 09.06.2026"""
    return f"{_WEEKDAYS[value.weekday()]} {day(value)}"


def month(text: str) -> str:
    """Juni 2026, of 2026-06"""
    return Month.parse(text).in_words


def moment(value: datetime) -> str:
    """09.06.26 09:30; in the hour that comes twice with A (first, summer time) or B, as German time law names them."""
    local = value.astimezone(BERLIN)
    ambiguous = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local:%d.%m.%y %H:%M}{'AB'[local.fold] if ambiguous else ''}"


def offset(value: datetime) -> str:
    """UTC+02:00; a bare +02:00 would be a time of day to a spreadsheet."""
    return f"UTC{value.isoformat()[-6:]}"
