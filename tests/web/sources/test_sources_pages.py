"""Pages of sources: health, completeness, quarantine, and what is to be mapped."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, text

from tests.api.conftest import BURGDORF, Caller, Callers, event, project
from wfm.accounts.models import AuditEntry
from wfm.core.db import transaction
from wfm.directory.models import AgentAlias, DialledNumber, Queue, Service
from wfm.directory.service import load_base_data
from wfm.queues.service.rebuilding import asked_retries
from wfm.queues.tasks import retry
from wfm.reporting.service.rederive import rederive
from wfm.telephony.models import Quarantine


@pytest.fixture
def supervisor(empty: Callers, valkey) -> Caller:
    """A supervisor at an exchange nobody has described: one call, and two events that nobody knows."""
    with transaction() as session:
        load_base_data(session)
        session.add(Service(leika_key="99059001104000", name="Eheschließung"))
    told = {"call": "a", "queue": "amt"}
    answer = empty("admin").send(
        event(1, "call.offered", "08:15:00", dialled="+495136898200", caller="+495136111222", service="ehe", **told),
        event(2, "call.answered", "08:15:20", agent="SIP/1013", wait_s=20, **told),
        event(3, "call.ended", "08:17:20", agent="SIP/1013", by="caller", talk_s=120, **told),
        event(4, "call.unheard_of", "09:30:00", call="b", caller="+495136111333", agent="SIP/1013"),
        event(5, "call.unheard_of", "09:31:00", call="c"),
        source="acd",
    )
    assert answer.status_code == 202
    project()
    return empty("supervisor", page=True)


def audited(action: str) -> list[AuditEntry]:
    with transaction() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_a_source_says_how_it_is_and_how_far_it_was_read(supervisor: Caller) -> None:
    page = supervisor.get("/quellen").text
    assert "Zeilen in Quarantäne" in page
    assert "Ereignisse über HTTP" in page
    page = supervisor.get("/quellen/quelle?name=acd").text
    assert "gelesen bis" in page
    with transaction() as session:
        session.execute(text("UPDATE source SET trouble = 'Datei <fehlt>'"))
    assert "Datei &lt;fehlt&gt;" in supervisor.get("/quellen/quelle?name=acd").text
    assert "Störung" in supervisor.get("/quellen").text
    assert supervisor.get("/quellen/quelle?name=fremd").status_code == 404
    assert supervisor.get("/quellen/quelle").status_code == 404


def _states(page: str) -> dict[str, str]:
    """Word of the first source by day, of the calendar."""
    rows = re.findall(r"tag=(2026-09-\d\d).*?</th>(.*?)</td>", page, re.DOTALL)
    return {day: re.sub(r"<[^>]+>|\d|\s+", " ", cell).split()[0] for day, cell in rows}


def test_completeness_by_day(supervisor: Caller) -> None:
    page = supervisor.get("/quellen/vollstaendigkeit?monat=2026-09").text
    states = _states(page)
    assert len(states) == 30
    assert states["2026-09-02"] == "nichts"
    assert states["2026-09-01"] == "nicht"  # two lines of the day are not readable; no call is missing by them
    with transaction() as session:
        session.execute(text("UPDATE quarantine SET reason = 'time'"))
    assert _states(supervisor.get("/quellen/vollstaendigkeit?monat=2026-09").text)["2026-09-01"] == "Lücken"
    with transaction() as session:
        session.execute(text("UPDATE quarantine SET state = 'accepted'"))
    assert _states(supervisor.get("/quellen/vollstaendigkeit?monat=2026-09").text)["2026-09-01"] == "verspätet"
    with transaction() as session:
        session.execute(text("UPDATE activity SET late = 0"))
    assert _states(supervisor.get("/quellen/vollstaendigkeit?monat=2026-09").text)["2026-09-01"] == "vollständig"
    with transaction() as session:
        session.execute(text("UPDATE activity SET restarted = 1"))
    assert _states(supervisor.get("/quellen/vollstaendigkeit?monat=2026-09").text)["2026-09-01"] == "Neustart"
    assert supervisor.get("/quellen/vollstaendigkeit?monat=2026-13").status_code == 422


@pytest.mark.parametrize(("day", "quarters"), [("2026-10-25", 100), ("2026-03-29", 92), ("2026-09-01", 96)])
def test_a_day_has_as_many_quarters_as_it_lasts(supervisor: Caller, day: str, quarters: int) -> None:
    with transaction() as session:
        session.execute(
            text(
                "INSERT INTO activity (source_id, starts_at, arrived, late, restarted)"
                " SELECT id, (:day || ' 10:00+01')::timestamptz, 7, 0, 0 FROM source ON CONFLICT DO NOTHING"
            ),
            {"day": day},
        )
    page = supervisor.get(f"/quellen/vollstaendigkeit/tag?tag={day}").text
    times = re.findall(r'<th scope="row"[^>]*>\s*(\d\d:\d\d[^<]*?)\s*</th>', page)
    assert len(times) == len(set(times)) == quarters
    assert supervisor.get("/quellen/vollstaendigkeit/tag?tag=gestern").status_code == 404


def test_a_line_is_shown_masked(supervisor: Caller) -> None:
    page = supervisor.get("/quarantaene/1").text
    assert "call.unheard_of" in page
    assert "5136111333" not in page
    assert "1013" not in page
    assert supervisor.get("/quarantaene/999").status_code == 404


def test_a_line_whose_time_was_over_is_told_of(supervisor: Caller) -> None:
    with transaction() as session:
        session.execute(text("UPDATE quarantine SET state = 'dropped', detail = '' WHERE id = 1"))
    assert "weil ihre Frist vorbei war" in supervisor.get("/quarantaene/1").text
    assert 'href="/quarantaene/1"' in supervisor.get("/quarantaene?stand=dropped").text
    assert supervisor.get("/api/v1/quarantine?state=dropped").json["items"][0]["state"] == "dropped"


def test_lines_are_found_by_source_reason_and_state(supervisor: Caller) -> None:
    count = lambda query: len(re.findall(r'href="/quarantaene/\d+"', supervisor.get(f"/quarantaene?{query}").text))  # noqa: E731
    assert count("") == count("quelle=acd") == count("grund=unknown_event") == 2
    assert count("quelle=fremd") == count("grund=future") == count("stand=read") == 0
    assert supervisor.get("/quarantaene?stand=falsch").status_code == 422


def test_all_of_a_reason_are_tried_again_by_the_worker(supervisor: Caller) -> None:
    answer = supervisor("POST", "/quarantaene/nochmal", data={"grund": "unknown_event", "quelle": "acd"})
    assert answer.status_code == 303
    assert "2 Zeilen warten darauf" in supervisor.get("/quarantaene").text
    assert audited("quarantine.retry")[0].details == {"reason": "unknown_event", "source": "acd", "lines": 2}
    retry.run()
    with transaction() as session:
        assert asked_retries(session, 10) == []
        assert all(session.scalars(select(Quarantine.retried_at)))
    assert "warten darauf" not in supervisor.get("/quarantaene").text


def test_one_is_tried_again_at_once(supervisor: Caller) -> None:
    answer = supervisor("POST", "/quarantaene/1/nochmal")
    assert "noch immer nicht lesbar" in supervisor.get(answer.headers["Location"]).text
    with transaction() as session:
        session.execute(text("UPDATE source SET ignored_events = '{call.unheard_of}'"))
    answer = supervisor("POST", "/quarantaene/1/nochmal")
    assert "konnte gelesen werden" in supervisor.get(answer.headers["Location"]).text
    assert [entry.object_id for entry in audited("quarantine.retry")] == ["1", "1"]


def test_accepting_needs_a_reason_and_is_noted(supervisor: Caller) -> None:
    assert supervisor("POST", "/quarantaene/1/anerkennen", data={"reason": " "}).status_code == 422
    assert supervisor("POST", "/quarantaene/1/anerkennen", data={"reason": "x" * 301}).status_code == 422
    assert supervisor("POST", "/quarantaene/1/anerkennen", data={"reason": "Versuch"}).status_code == 303
    (entry,) = audited("quarantine.accept")
    assert (entry.object_id, entry.details) == ("1", {"reason": "Versuch"})
    assert supervisor("POST", "/quarantaene/1/anerkennen", data={"reason": "noch mal"}).status_code == 422


# ---- mapping --------------------------------------------------------------------------------------------------------


def test_what_is_unknown_is_listed_by_kind(supervisor: Caller) -> None:
    assert "495136898200" in supervisor.get("/zuordnen").text
    assert "amt" in supervisor.get("/zuordnen?art=queue").text
    assert "ehe" in supervisor.get("/zuordnen?art=service").text
    assert audited("aliases.read") == []
    page = supervisor.get("/zuordnen?art=agent").text
    assert "SIP/1013" in page
    assert "1 Mal" not in page  # how much a person does is nobody's business here
    assert len(audited("aliases.read")) == 1


def test_each_kind_is_mapped_by_its_form(supervisor: Caller) -> None:
    since = {"valid_from": "2026-09-01"}
    number = {"number": "495136898200", "partner": BURGDORF} | since
    answer = supervisor("POST", "/zuordnen/rufnummer", data=number)
    assert "Das betrifft 1 Anruf " in supervisor.get(answer.headers["Location"]).text
    queue = {"queue": "amt", "label": "Bürgeramt", "partner": "", "valid_from": "2026-09-01"}
    assert supervisor("POST", "/zuordnen/warteschlange", data=queue).status_code == 303
    assert supervisor("POST", "/zuordnen/wort", data={"tag": "ehe", "leika_key": "99059001104000"}).status_code == 303
    agent = {"system": "main", "alias": "SIP/1013", "agent": "Kern"} | since
    assert supervisor("POST", "/zuordnen/name", data=agent).status_code == 303
    with transaction() as session:
        assert rederive(session) == 1
        assert session.scalars(select(DialledNumber.partner)).one() == BURGDORF
        assert (session.get_one(Queue, "amt").label, session.get_one(Queue, "amt").mapped) == ("Bürgeramt", True)
        assert session.scalars(select(Service.tag)).one() == "ehe"
        assert session.scalars(select(AgentAlias.agent)).one() == "Kern"
    for kind in ("number", "queue", "service", "agent"):
        assert "Alles ist zugeordnet" in supervisor.get(f"/zuordnen?art={kind}").text, kind


@pytest.mark.parametrize(
    ("address", "form", "field"),
    [
        ("rufnummer", {"number": "495136898200", "partner": "", "valid_from": "2026-09-01"}, "partner"),
        ("rufnummer", {"number": "495136898200", "partner": "99999999", "valid_from": "2026-09-01"}, "partner"),
        ("rufnummer", {"number": "495136898200", "partner": BURGDORF, "valid_from": "bald"}, "valid_from"),
        ("warteschlange", {"queue": "amt", "label": ""}, "label"),
        ("warteschlange", {"queue": "amt", "label": "Amt", "partner": BURGDORF, "valid_from": ""}, "valid_from"),
        ("wort", {"tag": "ehe", "leika_key": "12345678901234"}, "leika_key"),
        ("name", {"system": "main", "alias": "SIP/1013", "agent": "", "valid_from": "2026-09-01"}, "agent"),
        ("name", {"system": "main", "alias": "SIP/1013", "agent": "K\x1b", "valid_from": "2026-09-01"}, "agent"),
    ],
)
def test_what_is_wrong_stands_at_its_entry(supervisor: Caller, address: str, form: dict[str, str], field: str) -> None:
    answer = supervisor("POST", f"/zuordnen/{address}", data=form)
    assert answer.status_code == 422
    assert re.search(rf'id="\w+-1-{field}-error"', answer.text)
