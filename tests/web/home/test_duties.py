"""The first page of a municipality names its duties; nobody else has any there."""

from __future__ import annotations

import re

import pytest
import time_machine
from sqlalchemy import text

from tests.api.conftest import BURGDORF, Callers, app, empty
from wfm.core.db import transaction
from wfm.directory.service import load_base_data, run_import

__all__ = ["app", "empty"]


@pytest.fixture(autouse=True)
def base_data(database: str, valkey) -> None:
    with transaction() as session:
        load_base_data(session)


def badges(html: str) -> list[str]:
    """State of numbers, own count, BUS entries."""
    (found,) = re.findall(r'aria-labelledby="duties">(.*?)</section>', html, re.DOTALL) or [""]
    return re.findall(r"(in Ordnung|nicht geprüft|fehlt)<", re.sub(r"\s+<", "<", found))


@time_machine.travel("2026-10-10 10:00+02:00", tick=False)
def test_what_is_on_file_is_in_order(empty: Callers) -> None:
    town = empty("municipality", page=True)
    assert badges(town.get("/").text) == ["fehlt", "fehlt", "nicht geprüft"]
    with transaction() as session:
        run_import(session, "numbers", f"number;partner;valid_from\n05136898200;{BURGDORF};2026-01-01\n")
        session.execute(
            text(
                """INSERT INTO partner_profile (partner, as_of, version, calls_a_year, source)
                   VALUES (:burgdorf, '2025-12-31', 1, 20000, 'Zählung'), ('03241010', '2026-09-01', 1, 9, 'fremd')"""
            ),
            {"burgdorf": BURGDORF},
        )
    page = town.get("/").text
    assert badges(page) == ["in Ordnung", "in Ordnung", "nicht geprüft"]
    assert "1 Rufnummer wird Ihnen zugeordnet" in page
    assert "31.12.2025" in page


@time_machine.travel("2026-10-10 10:00+02:00", tick=False)
@pytest.mark.parametrize("role", ["supervisor", "agent", "finance", "admin", "staff_council"])
def test_nobody_else_has_duties_there(empty: Callers, role: str) -> None:
    assert "Ihre Aufgaben als Partner" not in empty(role, page=True).get("/").text
