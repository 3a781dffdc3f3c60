"""What a clerk may write in a cell."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from wfm.directory.rules import cells


@pytest.mark.parametrize(
    ("read", "cell", "value"),
    [
        (cells.day, "2026-01-31", date(2026, 1, 31)),
        (cells.day, "31.01.2026", date(2026, 1, 31)),
        (cells.day, "1.2.2026", date(2026, 2, 1)),
        (cells.minute_of_day, "8:00", 480),
        (cells.minute_of_day, "08:00:00", 480),
        (cells.minute_of_day, "24:00", 1440),
        (cells.weekday, "Mo", 0),
        (cells.weekday, "sonntag", 6),
        (cells.weekday, "Wed", 2),
        (cells.weekday, "4", 4),
        (cells.number, "0511 168-0", "495111680"),
        (cells.leika_key, "99 115 005 104 000", "99115005104000"),
        (cells.ags, "03241003", "03241003"),
        (cells.partner_key, "region", "REGION"),
        (cells.partner_key, "03241003", "03241003"),
        (cells.area_codes, "05136; 05074*", (("05074", True), ("05136", False))),
        (cells.area_codes, "05136,05085;", (("05085", False), ("05136", False))),
        (cells.one_of("pilot", "full"), "Pilot", "pilot"),
        (cells.whole_number(0, 3600), "15", 15),
    ],
)
def test_read(read: Callable[[str], Any], cell: str, value: object) -> None:
    assert read(cell) == value


@pytest.mark.parametrize(
    ("read", "cell", "reason"),
    [
        (cells.day, "2026-02-30", "kein Datum"),
        (cells.day, "morgen", "kein Datum"),
        (cells.day, "2026-1-1", "kein Datum"),
        (cells.day, "٢٠٢٦-٠١-٠١", "kein Datum"),
        (cells.day, "9999-12-31", "unbefristet"),
        (cells.minute_of_day, "24:01", "keine Uhrzeit"),
        (cells.minute_of_day, "8:60", "keine Uhrzeit"),
        (cells.minute_of_day, "acht", "keine Uhrzeit"),
        (cells.weekday, "7", "kein Wochentag"),
        (cells.number, "anonymous", "keine Rufnummer"),
        (cells.number, "4,95E+11", "keine Rufnummer"),
        (cells.number, "1" * 30, "keine Rufnummer"),
        (cells.leika_key, "9911500510400", "14 Ziffern"),
        (cells.ags, "3241003", "führende Null"),
        (cells.ags, "99241003", "kein AGS"),
        (cells.ags, "Burgdorf", "kein AGS"),
        (cells.partner_key, "3241003", "führende Null"),
        (cells.partner_key, "Neustadt am Rübenberge", "weder AGS noch REGION"),
        (cells.area_codes, "5136", "keine Ortsvorwahl"),
        (cells.area_codes, "0176", "keine Ortsvorwahl"),
        (cells.one_of("pilot", "full"), "halb", "erlaubt: pilot, full"),
        (cells.whole_number(0, 3600), "-1", "keine ganze Zahl von 0 bis 3600"),
        (cells.whole_number(0, 3600), "3601", "keine ganze Zahl"),
        (cells.text, "a\x00b", "Steuerzeichen"),
        (cells.text, "a" * 1001, "länger als"),
    ],
)
def test_refused(read: Callable[[str], Any], cell: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read(cell)
