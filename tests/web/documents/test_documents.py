"""Generated documents say what the system is, and change when it does."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pikepdf
import pytest

from wfm.accounts import rules
from wfm.accounts.models import AuditEntry, Setting
from wfm.accounts.rules import Role, Viewer
from wfm.accounts.service.agreements import propose_agreement, sign_agreement
from wfm.accounts.service.settings import set_setting
from wfm.core.clock import berlin_day, now
from wfm.core.db import transaction
from wfm.core.pdf import printable
from wfm.privacy.rules.document import OPEN
from wfm.privacy.rules.entries import ENTRIES
from wfm.privacy.service.agreed import set_retention

Ask = Callable[..., Any]
PAGES = ("/anlage", "/verarbeitungsverzeichnis", "/folgenabschaetzung", "/barrierefreiheit", "/hilfe")


def text(answer: Any) -> str:
    """A page's words, without markup."""
    assert answer.status_code == 200, answer.text
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def digest(page: str) -> str:
    found = re.search(r"\b[0-9a-f]{64}\b", page)
    assert found
    return found[0]


@pytest.mark.parametrize("address", PAGES)
def test_page_and_pdf_are_the_same_document(ask: Ask, address: str) -> None:
    admin = ask("admin")
    page = text(admin.get(address))
    answer = admin.get(f"{address}.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].endswith('.pdf"')
    with pikepdf.open(io.BytesIO(answer.data)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "de"
        assert pdf.Root.StructTreeRoot
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        with pdf.open_metadata() as metadata:
            assert metadata["dc:title"] in page
            assert metadata["pdfuaid:part"] == "1"
    assert digest(page)


def test_nothing_changes_while_nothing_changes(ask: Ask) -> None:
    council = ask("staff_council")
    assert digest(text(council.get("/anlage"))) == digest(text(council.get("/anlage")))


def test_a_switch_changes_the_annex(ask: Ask) -> None:
    council = ask("staff_council")
    before = text(council.get("/anlage"))
    assert "Kleinste Gruppe 5 Personen (Vorgabe 5)" in before
    with transaction() as session:
        set_setting(session, "smallest_group", 7, by="test")
    after = text(council.get("/anlage"))
    assert "Kleinste Gruppe 7 Personen (Vorgabe 5)" in after
    assert digest(before) != digest(after)


def test_a_retention_changes_the_annex_and_the_record(ask: Ask) -> None:
    council = ask("staff_council")
    before = [text(council.get(address)) for address in PAGES[:3]]
    with transaction() as session:
        set_retention(session, "agent_state", 45, "DV 3/2026 Ziffer 4", by="test")
    after = [text(council.get(address)) for address in PAGES[:3]]
    assert "45 Tage (ab: Ereignis) 7 bis 730 Tage DV 3/2026 Ziffer 4" in after[0]
    assert all(digest(old) != digest(new) for old, new in zip(before, after, strict=True))
    assert all("45 Tage" in page for page in after)


def test_a_permission_changes_the_annex(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    council = ask("staff_council")
    before = digest(text(council.get("/anlage")))
    granted = {**rules.GRANTED, Role.FINANCE: rules.GRANTED[Role.FINANCE] | {"persons.read"}}
    for module in ("wfm.privacy.rules.words", "wfm.privacy.service.annex"):
        monkeypatch.setattr(f"{module}.GRANTED", granted)
    after = text(council.get("/anlage"))
    assert digest(after) != before
    assert "Leitung, Finanzen einzelne Personen nur heute" in after


def test_an_agreement_in_force_stands_in_the_annex_without_names(ask: Ask) -> None:
    council = ask("staff_council")
    page = text(council.get("/anlage"))
    assert "Zahlen einzelner Personen aus der Vergangenheit aus" in page
    today = berlin_day(now())
    with transaction() as session:
        proposed = propose_agreement(
            session,
            Viewer("lead", Role.SUPERVISOR, person_id=101),
            reference="DV 7/2026",
            scope="calls",
            reason="Einarbeitung",
            first_day=today,
            last_day=today + timedelta(days=30),
            agents=["Kern"],
        )
        assert "Vorgeschlagen, nicht unterzeichnet 1" not in page
        agreement = proposed.id
    assert "Vorgeschlagen, nicht unterzeichnet 1" in text(council.get("/anlage"))
    with transaction() as session:
        sign_agreement(session, Viewer("council", Role.STAFF_COUNCIL, person_id=102), agreement)
    page = text(council.get("/anlage"))
    assert "Zahlen einzelner Personen aus der Vergangenheit offen, nach Vereinbarung" in page
    assert "DV 7/2026 Anrufe, Gespräch und Nachbearbeitung" in page
    assert "1 benannte Person" in page
    assert "Kern" not in page


def test_the_application_can_not_rewrite_the_trail_and_says_so(ask: Ask) -> None:
    page = text(ask("staff_council").get("/anlage"))
    assert "lesen und hinzufügen, nicht ändern, nicht löschen" in page


def test_what_operators_have_not_written_is_open(ask: Ask) -> None:
    record = text(ask("admin").get("/verarbeitungsverzeichnis"))
    assert f"Verantwortlicher {OPEN}" in record
    assert "Angaben fehlen noch" in record
    assert "Angaben fehlen noch" not in text(ask("staff_council").get("/verarbeitungsverzeichnis"))


def test_entries_are_written_and_the_trail_has_their_names_only(ask: Ask) -> None:
    admin = ask("admin")
    sent = {"controller": "Servicecenter <b>Nord</b>; =1+1", "data_protection_officer": " Frau Beispiel, Zimmer 3 "}
    assert admin("POST", "/anlage/angaben", data=sent).status_code == 303
    page = admin.get("/verarbeitungsverzeichnis")
    assert "Servicecenter &lt;b&gt;Nord&lt;/b&gt;; =1+1" in page.text
    assert "Frau Beispiel, Zimmer 3" in page.text
    assert admin.get("/verarbeitungsverzeichnis.pdf").status_code == 200
    with transaction() as session:
        entry = session.query(AuditEntry).filter_by(action="texts.changed").one()
        assert entry.fields == ["controller", "data_protection_officer"]
        assert "Beispiel" not in str(entry.details)
    assert admin("POST", "/anlage/angaben", data={"controller": ""}).status_code == 303
    page = text(admin.get("/verarbeitungsverzeichnis"))
    assert f"Verantwortlicher {OPEN}" in page
    assert "Frau Beispiel, Zimmer 3" in page


@pytest.mark.parametrize("value", ["x" * 501, "a\x00b", "zwei\nZeilen", "\x1b[31m"])
def test_entries_that_can_not_be_are_refused_at_their_field(ask: Ask, value: str) -> None:
    admin = ask("admin")
    answer = admin("POST", "/anlage/angaben", data={"controller": value, "hosting": "bleibt stehen"})
    assert answer.status_code == 422
    assert 'id="field-controller-error"' in answer.text
    assert "bleibt stehen" in answer.text
    with transaction() as session:
        assert session.query(Setting).count() == 0


def test_public_pages_show_nothing_that_is_not_meant_for_all(ask: Ask) -> None:
    admin = ask("admin")
    sent = {name: f"Eintrag {name}" for name in ENTRIES}
    assert admin("POST", "/anlage/angaben", data=sent).status_code == 303
    admin.client.delete_cookie("wfm_session")
    for address in ("/hilfe", "/barrierefreiheit"):
        page = text(admin.get(address))
        shown = {name for name in ENTRIES if f"Eintrag {name} " in f"{page} "}
        assert shown
        assert shown <= {name for name, entry in ENTRIES.items() if entry.public}


@pytest.mark.parametrize("odd", ["漢字 ⌘ 😀 ƀ ѣ ‟ Ώ", "a" * 400, '#import "x.typ" $x$ *fett* [a]', "\u202eumgekehrt"])
def test_a_pdf_is_made_of_whatever_was_written(ask: Ask, odd: str) -> None:
    admin = ask("admin")
    assert admin("POST", "/anlage/angaben", data={"controller": odd}).status_code == 303
    with pikepdf.open(io.BytesIO(admin.get("/verarbeitungsverzeichnis.pdf").data)) as pdf:
        assert len(pdf.pages) >= 1


def test_printable() -> None:
    assert printable("Ä–€ 漢\n\tb") == "Ä–€ ? b"
    assert printable("x" * 31) == "x" * 30 + "\u200b" + "x"


def test_documents_take_few_queries(ask: Ask) -> None:
    from sqlalchemy import event

    from wfm.core.db import engine

    council = ask("staff_council")
    statements: list[str] = []
    event.listen(engine(), "before_cursor_execute", lambda _c, _cur, statement, *_: statements.append(statement))
    assert council.get("/anlage").status_code == 200
    assert len([one for one in statements if one.lstrip().upper().startswith(("SELECT", "WITH"))]) <= 14
