"""Accounts in the browser: every change, every mistake, and passwords that are shown once."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from wfm.accounts.rules import Role
from wfm.accounts.service import people, sign_in
from wfm.core.db import transaction

PATH = "/verwaltung/konten"
NEW = {"login": "nora", "name": "Nora Neu", "role": "supervisor", "partner": "", "agent": ""}


def known(login: str):
    with transaction() as session:
        return people.find_person(session, login)


def shown_password(page: str) -> str:
    return re.search(r'<code class="wfm-secret">([^<]+)</code>', page)[1]


def test_somebody_is_added_and_signs_in_with_the_password_shown_once(ask, trail, valkey, caplog, capsys):
    admin = ask("admin")
    answer = admin("POST", PATH, data=NEW)
    password = shown_password(answer.text)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert password not in admin.get(PATH).text
    assert password not in caplog.text + "".join(capsys.readouterr())
    with transaction() as session:
        begun, _ = sign_in.sign_in(session, "nora", password, sign_in.Browser("127.0.0.1"))
        assert begun.person_id == known("nora").id
        assert (
            session.scalar(
                text("SELECT count(*) FROM audit_entry WHERE audit_entry::text LIKE :p"), {"p": f"%{password}%"}
            )
            == 0
        )
    assert known("nora").must_change_password
    assert trail()[-1][1:] == ("person.added", str(known("nora").id))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"login": ""}, "login"),
        ({"login": "n"}, "login"),
        ({"login": "no ra"}, "login"),
        ({"login": "no\x07ra"}, "login"),
        ({"login": "x" * 101}, "login"),
        ({"login": "ADMIN"}, "login"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"role": "emperor"}, "role"),
        ({"role": "municipality"}, "partner"),
        ({"role": "municipality", "partner": "99999999"}, "partner"),
        ({"partner": "03241003"}, "partner"),
        ({"agent": "taken"}, "agent"),
    ],
)
def test_what_is_wrong_stands_at_its_field(ask, wrong: dict, field: str):
    ask("agent", agent="taken")
    answer = ask("admin")("POST", PATH, data=NEW | wrong)
    assert answer.status_code == 422
    assert f'id="field-{field}-error"' in answer.text
    assert known("nora") is None
    for name, value in (NEW | wrong).items():
        if value.strip() and value.isprintable() and name in ("login", "name", "agent"):
            assert f'value="{value}"' in answer.text, "what was typed is kept"


def test_texts_are_escaped(ask):
    admin = ask("admin")
    admin("POST", PATH, data=NEW | {"name": "<script>alert(1)</script>"})
    assert "<script>alert" not in admin.get(PATH).text


def test_a_person_is_changed_and_signed_out(ask, trail):
    admin, finance = ask("admin"), ask("finance")
    path = f"{PATH}/{known('finance').id}"
    values = {"name": "Franka", "role": "municipality", "partner": "03241003", "agent": ""}
    assert admin("POST", path, data=values).status_code == 303
    assert (known("finance").role, known("finance").partner) == ("municipality", "03241003")
    assert finance.get("/konto").status_code == 303
    assert trail()[-1][1] == "person.changed"
    refused = admin("POST", path, data=values | {"partner": ""})
    assert (refused.status_code, "field-partner-error" in refused.text) == (422, True)


def test_lock_unlock_new_password_sign_out(ask, trail):
    admin, finance = ask("admin"), ask("finance")
    path = f"{PATH}/{known('finance').id}"
    assert admin("POST", f"{path}/sperren").status_code == 303
    assert known("finance").disabled_at
    assert finance.get("/konto").status_code == 303
    assert admin("POST", f"{path}/entsperren").status_code == 303
    assert known("finance").disabled_at is None
    again = ask("finance")
    assert again.get("/konto").status_code == 200
    assert admin("POST", f"{path}/abmelden").status_code == 303
    assert again.get("/konto").status_code == 303
    answer = admin("POST", f"{path}/passwort")
    with transaction() as session:
        assert people.password_fits(people.find_person(session, "finance"), shown_password(answer.text))
    actions = [action for _, action, _ in trail()]
    assert actions == ["person.disabled", "person.enabled", "person.signed_out", "person.password_reset"]


def test_the_last_administrator_stays(ask):
    admin = ask("admin")
    path = f"{PATH}/{known('admin').id}"
    for answer in (
        admin("POST", f"{path}/sperren"),
        admin("POST", path, data={"name": "x", "role": "finance", "partner": "", "agent": ""}),
    ):
        assert answer.status_code == 422
        assert "Das ist das letzte Konto der Verwaltung" in answer.text
    assert known("admin").role == Role.ADMIN


def test_filters_and_pages(ask):
    with transaction() as session:
        for number in range(105):
            people.add_person(
                session,
                login=f"kim{number:03}",
                name="100 %_",
                role=Role.FINANCE,
                password="lang genug für Tests",
                by="test",
            )
    admin = ask("admin")
    assert "kim104" not in admin.get(f"{PATH}?suche=kim").text
    following = re.search(r'href="([^"]*cursor=[^"]*)"', admin.get(f"{PATH}?suche=kim").text)[1]
    assert "kim104" in admin.get(following.replace("&amp;", "&")).text
    assert "kim000" in admin.get(f"{PATH}?suche=100+%25_&role=finance").text
    assert "kim000" not in admin.get(f"{PATH}?role=admin").text
    assert "kim000" not in admin.get(f"{PATH}?suche=100__").text
    assert admin.get(f"{PATH}?cursor=nonsense").status_code == 422
