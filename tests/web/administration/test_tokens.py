"""Keys for programs in the browser."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from wfm.accounts.service import tokens
from wfm.core.db import transaction

PATH = "/verwaltung/schluessel"
NEW = {"name": "Abholung", "role": "finance", "partner": "", "source": "", "expires": "2099-12-31"}


def test_a_key_is_shown_once_and_works_until_it_is_revoked(ask, trail, caplog, capsys):
    admin = ask("admin")
    answer = admin("POST", PATH, data={**NEW, "scopes": ["usage.read"]})
    secret = re.search(r'<code class="wfm-secret">(wfm_[^<]+)</code>', answer.text)[1]
    assert secret not in admin.get(PATH).text + caplog.text + "".join(capsys.readouterr())
    with transaction() as session:
        seen = tokens.authenticate(session, secret)
        assert (seen.role, seen.scopes) == ("finance", {"usage.read"})
        found = session.scalar(
            text("SELECT count(*) FROM audit_entry WHERE audit_entry::text LIKE :s"), {"s": f"%{secret}%"}
        )
        assert found == 0
    head = {"Authorization": f"Bearer {secret}"}
    assert admin.client.get("/api/v1/reports/usage?month=2026-09", headers=head).status_code == 200
    assert admin("POST", f"{PATH}/1/sperren").status_code == 303
    assert admin.client.get("/api/v1/reports/usage?month=2026-09", headers=head).status_code == 401
    assert "gesperrt" in admin.get(PATH).text
    assert [action for _, action, _ in trail()] == ["token.created", "token.revoked"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"role": "emperor"}, "role"),
        ({"role": "municipality"}, "partner"),
        ({"role": "municipality", "partner": "99999999"}, "partner"),
        ({"partner": "03241003"}, "partner"),
        ({"scopes": ["people.manage"]}, "scopes"),
        ({"scopes": ["no.such.thing"]}, "scopes"),
        ({"source": "acd"}, "source"),
        ({"expires": "2020-01-01"}, "expires"),
        ({"expires": "tomorrow"}, "expires"),
    ],
)
def test_what_is_wrong_stands_at_its_field(ask, wrong: dict, field: str):
    answer = ask("admin")("POST", PATH, data=NEW | wrong)
    assert answer.status_code == 422
    assert f'id="field-{field}-error"' in answer.text
    with transaction() as session:
        assert tokens.list_tokens(session) == []
