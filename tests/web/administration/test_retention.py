"""The page of retention: what is shown, and how a period is changed."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select, text

from tests.api.conftest import signed_in
from wfm.accounts.models import AuditEntry
from wfm.app import create_app
from wfm.core.db import transaction
from wfm.privacy.models import Retention
from wfm.privacy.rules.retention import CLASSES

PAGE = "/verwaltung/fristen"


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app()


def test_every_class_is_shown_with_its_basis(database: str, app: Flask):
    shown = signed_in(app, "staff_council").get(PAGE).text
    for known in CLASSES.values():
        assert known.title in shown
    assert "keine gesetzliche Frist" in shown
    assert "<select" not in shown, "the staff council reads"


def test_a_period_is_changed_with_its_basis(database: str, app: Flask):
    admin = signed_in(app, "admin")
    sent = {"data_class": "raw_event", "days": "60", "basis": "DV 3/2026 <Ziffer 4>"}
    assert admin("POST", PAGE, data=sent).status_code == 303
    with transaction() as session:
        kept = session.get(Retention, "raw_event")
        assert kept is not None
        assert (kept.days, kept.basis) == (60, sent["basis"])
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "retention.set")).one()
        assert entry.details == {"from": 30, "to": 60, "basis": sent["basis"]}
    shown = admin.get(PAGE).text
    assert "DV 3/2026 &lt;Ziffer 4&gt;" in shown


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"days": ""}, "days"),
        ({"days": "-1"}, "days"),
        ({"days": "1e3"}, "days"),
        ({"days": "366"}, "days"),
        ({"data_class": "everything"}, "data_class"),
        ({"basis": ""}, "basis"),
        ({"basis": "a\0b"}, "basis"),
        ({"basis": "x" * 501}, "basis"),
        ({"data_class": "caller_number", "days": "31"}, "days"),
    ],
)
def test_what_can_t_be_agreed_is_refused_at_its_field(database: str, app: Flask, change: dict[str, str], field: str):
    sent = {"data_class": "raw_event", "days": "14", "basis": "DV 3"} | change
    answer = signed_in(app, "admin")("POST", PAGE, data=sent)
    assert answer.status_code == 422
    assert re.search(rf'id="field-{field}-error"', answer.text)
    with transaction() as session:
        assert session.scalar(select(Retention)) is None


def test_runs_are_shown_in_words(database: str, app: Flask):
    with transaction() as session:
        session.execute(
            text(
                "INSERT INTO retention_run (started_at, ended_at, counts) "
                "VALUES (now(), now() + interval '65 s', '{\"numbers_gone\": 1234, \"lines_failed\": 0}')"
            )
        )
    shown = signed_in(app, "admin").get(PAGE).text
    assert "1.234 Rohzeilen ohne Rufnummer" in shown
    assert "0:01:05" in shown
    assert "schwärzen" not in shown
