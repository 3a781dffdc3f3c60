"""Corrections of a final month are deleted with its sums, never before: the rest would not be what was settled."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from tests.billing.centre import BURGDORF, close, correct
from wfm.core.db import transaction
from wfm.core.intervals import Month
from wfm.directory.service import load_base_data
from wfm.privacy.service.deleting import delete_sums


@pytest.mark.parametrize(("before", "left"), [((2026, 6, 15), (1, 1)), ((2026, 7, 2), (0, 0))])
def test_corrections_go_with_their_month(database: str, before: tuple[int, int, int], left: tuple[int, int]) -> None:
    with transaction() as session:
        load_base_data(session)
        close(session, Month(2026, 6), {BURGDORF: (10, 1_000)})
        close(session, Month(2026, 7), {})
        correct(session, date(2026, 6, 3), BURGDORF, -1, -100, booked_in=Month(2026, 7))
        session.execute(text("UPDATE month SET settled_at = now()"))
        delete_sums(session, datetime(*before, tzinfo=UTC))
        counts = "SELECT (SELECT count(*) FROM fact_month), (SELECT count(*) FROM usage_correction)"
        assert tuple(session.execute(text(counts)).one()) == left
