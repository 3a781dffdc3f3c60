"""Does it live, is it ready, how is it doing."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Engine

from wfm import health

from .conftest import Callers


def test_it_is_ready(callers: Callers, valkey):
    response = callers(None).get("/readyz")
    assert (response.status_code, response.json["checks"]) == (
        200,
        dict.fromkeys(("database", "migrations", "broker"), True),
    )


def test_without_a_broker_it_is_not(callers: Callers, monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.setenv("WFM_REDIS_URL", f"unix://{tmp_path}/nobody?db=0")
    response = callers(None).get("/readyz")
    assert (response.status_code, response.json["checks"]["broker"]) == (503, False)
    assert callers(None).get("/healthz").status_code == 200


@pytest.mark.parametrize("revision", ["directory", "of_tomorrow"])
def test_with_a_schema_of_another_day_it_is_not(revision: str, empty: Callers, valkey, owner: Engine):
    with owner.begin() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")
    response = empty(None).get("/readyz")
    assert (response.status_code, response.json["checks"]["migrations"]) == (503, False)


def figure(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} ([0-9.e+-]+)$", text, re.MULTILINE)
    assert found, name
    return float(found[1])


def test_metrics_tell_of_requests_and_data(callers: Callers):
    admin = callers("admin")
    name = 'wfm_http_requests_total{method="GET",route="/api/v1/partners/<string(maxlength=20):key>",status="404"}'
    admin.get("/api/v1/partners/99999999")
    before = admin.get("/metrics")
    assert before.mimetype == "text/plain"
    admin.get("/api/v1/partners/99999999")
    after = admin.get("/metrics").text
    assert figure(after, name) >= figure(before.text, name) + 1
    assert figure(after, "wfm_quarantine_open") == 1
    assert figure(after, "wfm_touched_days") == 0
    assert figure(after, "wfm_streams_unprojected") == 0
    assert figure(after, 'wfm_intake_lag_seconds{source="acd"}') > 0
    assert "wfm_http_request_seconds_bucket" in after


def test_every_gauge_answers(callers: Callers):
    told = callers("admin").get("/metrics").text
    assert all(f"# TYPE {gauge.name} gauge" in told for gauge in health.GAUGES)
