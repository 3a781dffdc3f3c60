"""Closing a month: what stands against it, two people, what is frozen, and what comes later."""

from __future__ import annotations

from pathlib import Path

import pytest
import time_machine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.flows.closing import FINANCE, REASONS, SUPERVISOR, after, close
from tests.flows.exchange import (
    add,
    execute,
    import_numbers,
    ingest,
    lines,
    report,
    run,
    select,
    snapshot,
    usage,
    write,
)
from wfm.accounts.rules import Role, Viewer
from wfm.core.db import transaction
from wfm.core.errors import BadInput, Conflict, NotAllowed, RuleBroken, WfmError
from wfm.core.intervals import Month
from wfm.directory.service import load_base_data
from wfm.reporting.months import month_report
from wfm.reporting.obstacles import find_obstacles
from wfm.reporting.service import freezing
from wfm.reporting.service.billed_usage import billed_usage
from wfm.reporting.service.closing import ask_to_close, close_month, withdraw
from wfm.reporting.service.corrections import accept_objection
from wfm.reporting.usage_sums import OF_PARTNER

pytestmark = pytest.mark.usefixtures("database")

MARCH, APRIL, MAY = Month(2026, 3), Month(2026, 4), Month(2026, 5)
BURGDORF, LEHRTE = "03241003", "03241011"
LOG = """
    2026-03-02T09:00:00|m1|a|NONE|DID|051100001
    2026-03-02T09:00:00|m1|a|NONE|ENTERQUEUE||05136123456|1
    2026-03-02T09:00:20|m1|a|kern|CONNECT|20|x|5
    2026-03-02T09:01:21|m1|a|kern|COMPLETECALLER|20|61|1
    2026-03-02T10:00:00|m2|a|NONE|DID|051100001
    2026-03-02T10:00:00|m2|a|NONE|ENTERQUEUE||05136123456|1
    2026-03-02T10:00:05|m2|a|kern|CONNECT|5|x|5
    2026-03-02T10:00:14|m2|a|kern|COMPLETECALLER|5|9|1
    2026-04-15T09:00:00|a1|a|NONE|DID|051100001
    2026-04-15T09:00:00|a1|a|NONE|ENTERQUEUE||05136123456|1
    2026-04-15T09:00:05|a1|a|kern|CONNECT|5|x|5
    2026-04-15T09:02:05|a1|a|kern|COMPLETECALLER|5|120|1
    2026-05-04T09:00:00|y1|a|NONE|ENTERQUEUE||05136123456|1
    2026-05-04T09:00:09|y1|a|NONE|ABANDON|1|1|9
"""
LATE = """
    2026-03-03T11:00:00|m3|a|NONE|DID|051100001
    2026-03-03T11:00:00|m3|a|NONE|ENTERQUEUE||05136123456|1
    2026-03-03T11:00:05|m3|a|kern|CONNECT|5|x|5
    2026-03-03T11:00:35|m3|a|kern|COMPLETECALLER|5|30|1
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    with transaction() as session:
        load_base_data(session)
    file = write(tmp_path / "queues.csv", b"queue,label,wrapup_s\na,A,30\n")
    run("directory", "import", "queues", file)
    import_numbers(tmp_path, [f"051100001,{BURGDORF},2026-01-01,"])
    log = write(tmp_path / "queue_log", lines("2026-03-02", LOG))
    ingest(log)
    return log


def obstacles(month: Month) -> list[tuple[str, str, int]]:
    with after(month), transaction() as session:
        return [(one.kind, one.key, one.count) for one in find_obstacles(session, month)]


def ask(month: Month, viewer: Viewer = FINANCE, **reasons: str) -> None:
    with after(month), transaction() as session:
        ask_to_close(session, viewer, month, reasons)


def confirm(month: Month, viewer: Viewer = SUPERVISOR) -> None:
    with after(month), transaction() as session:
        close_month(session, viewer, month)


def refused(kind: type[WfmError], code: str, what, *arguments, **more) -> WfmError:
    with pytest.raises(kind) as raised:
        what(*arguments, **more)
    assert raised.value.code == code
    return raised.value


def billed(first: Month, last: Month):
    with transaction() as session:
        return billed_usage(session, first, last)


def test_a_month_in_order_is_closed_by_two_people_and_stands(log: Path) -> None:
    assert obstacles(MARCH) == []
    refused(RuleBroken, "month.not_asked", confirm, MARCH)
    ask(MARCH)
    refused(NotAllowed, "month.four_eyes", confirm, MARCH, FINANCE)
    refused(NotAllowed, "month.no_person", confirm, MARCH, Viewer("program", Role.SUPERVISOR))
    refused(NotAllowed, "access.denied", confirm, MARCH, Viewer("town", Role.MUNICIPALITY, BURGDORF, person_id=9))
    confirm(MARCH)
    before = select("SELECT month::text, state, asked_by, closed_by FROM month")
    assert before == [("2026-03-01", "closed", "person:1", "person:2")]
    closed = select("SELECT closed_at, content_hash FROM month")
    confirm(MARCH)  # a second time, whoever it is, does nothing
    confirm(MARCH, FINANCE)
    assert select("SELECT closed_at, content_hash FROM month") == closed
    assert [entry for (entry,) in select("SELECT action FROM audit_entry WHERE action LIKE 'month.%' ORDER BY id")] == [
        "month.asked",
        "month.closed",
    ]
    refused(Conflict, "month.closed", ask, MARCH)
    with transaction() as session:
        versions = select("SELECT versions FROM month")[0][0]
        assert freezing.hash_of(session, MARCH, versions).hex() == closed[0][1].hex()
        assert versions["wrapup_s"] == {"a": 30}
        assert ("115", 1) in {(one["name"], one["version"]) for one in versions["definitions"]}


def test_what_is_frozen_is_what_was_counted_and_billing_reads_it(log: Path) -> None:
    before = usage("2026-03")
    [open_row] = billed(MARCH, MARCH)
    assert (open_row.state, open_row.content_hash, open_row.partner) == ("open", None, BURGDORF)
    close("2026-03")
    [row] = billed(MARCH, MARCH)
    assert (row.calls, row.calls_answered, row.answered, row.talk_s, row.started_minutes) == (2, 2, 2, 70, 3)
    assert row.short == {5: 0, 10: 1, 15: 1, 20: 1, 30: 1, 60: 1}
    assert (row.wrapup_reported_s, row.wrapup_inferred_s) == (0, 60)
    assert (row.month, row.service_month, row.correction, row.state) == (MARCH, MARCH, False, "closed")
    assert row.content_hash == select("SELECT encode(content_hash, 'hex') FROM month")[0][0]
    now = usage("2026-03")
    assert now.pop("state") == "closed"
    assert before.pop("state") == "open"
    assert now == before
    execute("UPDATE fact_day SET calls = calls + 7 WHERE day = '2026-03-02'")
    assert usage("2026-03")["total"]["calls"] == 2
    assert billed(MARCH, MARCH) == [row]


def test_obstacles_of_every_kind_and_who_may_answer_for_them(log: Path, tmp_path: Path) -> None:
    with transaction() as session:
        kinds = [one.kind for one in find_obstacles(session, Month(2099, 1))]
    assert kinds[:3] == ["not_over", "earlier_open", "earlier_open"]
    assert obstacles(APRIL) == [("earlier_open", "2026-03", 1)]
    assert obstacles(MAY) == [("earlier_open", "2026-03", 1), ("earlier_open", "2026-04", 1)]
    ingest(add(log, lines("2026-03-06", "09:00:00|u|neu|NONE|DID|0511777\n09:00:00|u|neu|NONE|ENTERQUEUE||1|1\nx|y\n")))
    execute("INSERT INTO touched_day (day) VALUES ('2026-03-05')")
    execute("INSERT INTO broken_invariant (day, rule, detail) VALUES ('2026-03-05', 'a = b', 'x')")
    execute("INSERT INTO mapping_change (kind, key, since) VALUES ('number', '1', '2026-03-31')")
    found = {(kind, key): count for kind, key, count in obstacles(MARCH)}
    assert found.keys() >= {
        *{("uncounted", ""), ("mapping", ""), ("broken", "a = b"), ("unreadable", "pbx"), ("queue", "neu")},
        ("number", "49511777"),
    }
    error = refused(RuleBroken, "month.obstacles", ask, MARCH, **REASONS)
    assert {one["kind"] for one in error.details["obstacles"]} >= {"uncounted", "mapping"}
    refused(BadInput, "month.override", ask, MARCH, uncounted="es eilt")
    refused(BadInput, "month.reason", ask, MARCH, queue=" ")


def test_an_unreadable_line_belongs_to_the_months_of_its_readable_neighbours(log: Path) -> None:
    torn = lines("2026-03-31", "23:50:00|e1|a|NONE|ENTERQUEUE||1|1\n23:51:00|e1|a|NONE|ABANDON|1|1|60\n")
    torn += b"what is this\n" + lines(
        "2026-04-01", "00:10:00|e2|a|NONE|ENTERQUEUE||1|1\n00:10:09|e2|a|NONE|ABANDON|1|1|9\n"
    )
    ingest(write(log.parent / "other", torn), source="other")
    assert ("unreadable", "other", 1) in obstacles(MARCH)
    assert ("unreadable", "other", 1) in obstacles(APRIL)
    assert ("unreadable", "other", 1) not in obstacles(MAY)


def test_an_override_has_a_reason_and_a_name_and_covers_no_more_than_there_was(log: Path) -> None:
    file = add(log, lines("2026-03-06", "09:00:00|u|neu|NONE|ENTERQUEUE||1|1\n09:00:09|u|neu|NONE|ABANDON|1|1|9\n"))
    ingest(file)
    refused(RuleBroken, "month.obstacles", ask, MARCH)
    ask(MARCH, queue="gehört zum Testbetrieb")
    assert select("SELECT kind, key, count, reason, made_by FROM month_override") == [
        ("queue", "neu", 1, "gehört zum Testbetrieb", "person:1")
    ]
    ingest(add(file, lines("2026-03-07", "09:00:00|v|neu|NONE|ENTERQUEUE||1|1\n09:00:09|v|neu|NONE|ABANDON|1|1|9\n")))
    refused(RuleBroken, "month.obstacles", confirm, MARCH)
    ask(MARCH, queue="beide gehören zum Testbetrieb")
    confirm(MARCH)
    assert select("SELECT count FROM month_override") == [(2,)]


def test_a_request_can_be_withdrawn(log: Path) -> None:
    ask(MARCH)
    with transaction() as session:
        withdraw(session, SUPERVISOR, MARCH)
    refused(RuleBroken, "month.not_asked", confirm, MARCH)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE month SET state = 'open'",
        "UPDATE month SET content_hash = NULL",
        "UPDATE fact_month SET calls = 0",
        "UPDATE fact_month_partner SET calls = 0",
        "UPDATE usage_correction SET calls = 0",
    ],
)
def test_the_database_itself_keeps_what_is_closed(log: Path, statement: str) -> None:
    close("2026-03")
    ingest(add(log, lines("2026-03-03", LATE)))
    close("2026-04")
    with pytest.raises(DBAPIError):
        execute(statement)


def test_sums_by_partner_are_those_of_the_month(log: Path) -> None:
    close("2026-03")
    added = ", ".join(f"sum({name})" for name in OF_PARTNER)
    kept = select(f"SELECT month, partner, {', '.join(OF_PARTNER)} FROM fact_month_partner ORDER BY partner")
    assert kept == select(f"SELECT month, partner, {added} FROM fact_month GROUP BY 1, 2 ORDER BY partner")
    assert [partner for _, partner, *_ in kept] == [BURGDORF]
    with transaction() as session:
        assert month_report(session, MARCH)["holds"] is True
    execute("DELETE FROM fact_month_partner")
    with transaction() as session:
        assert month_report(session, MARCH)["holds"] is False


def test_late_events_wait_are_booked_with_the_next_month_and_are_told(log: Path) -> None:
    close("2026-03")
    before = snapshot("fact_day", "fact_interval")
    ingest(add(log, lines("2026-03-03", LATE)))
    assert list(snapshot("fact_day", "fact_interval")["fact_day"]) == before["fact_day"]
    march = usage("2026-03")
    assert (march["total"]["calls"], march["complete"]) == (2, True)
    told = {"month": "2026-03", "booked_in": None, "cause": "late", "partner": BURGDORF, "name": "Burgdorf"}
    sums = {"calls": 1, "calls_answered": 1, "answered": 1, "talk_s": 30, "wrapup_s": 30, "started_minutes": 1}
    assert march["corrections"] == [told | sums]
    assert billed(MARCH, APRIL)[-1].correction is False
    close("2026-04")
    assert usage("2026-04")["corrections"] == [told | sums | {"booked_in": "2026-04"}]
    assert usage("2026-04")["total"]["calls"] == 1, "the month's own calls stand apart from corrections"
    row = billed(APRIL, APRIL)[-1]
    assert (row.correction, row.month, row.service_month, row.partner) == (True, APRIL, MARCH, BURGDORF)
    assert (row.calls, row.talk_s, row.wrapup_inferred_s, row.short[60]) == (1, 30, 30, 1)
    run("rebuild")
    assert select("SELECT count(*) FROM usage_correction WHERE booked_in IS NULL") == [(0,)]


def test_mappings_and_wrapup_times_of_later_change_nothing_of_closed_months(log: Path, tmp_path: Path) -> None:
    close("2026-03")
    whose = select("SELECT callid, partner, method FROM call ORDER BY callid")
    run(
        "directory",
        "import",
        "numbers",
        write(tmp_path / "n.csv", (f"number,partner,valid_from,valid_to\n051100001,{LEHRTE},2026-01-01,\n").encode()),
    )
    run("directory", "import", "queues", write(tmp_path / "q.csv", b"queue,label,wrapup_s\na,A,99\n"))
    run("rebuild")
    assert [row for row in select("SELECT callid, partner, method FROM call ORDER BY callid") if row[0][0] == "m"] == [
        row for row in whose if row[0][0] == "m"
    ]
    assert select("SELECT count(*) FROM usage_correction") == [(0,)]
    ingest(add(log, lines("2026-03-02", "10:00:30|m2|a|kern|COMPLETECALLER|5|9|1\n"), lines("2026-03-03", LATE)))
    assert select("SELECT DISTINCT callid, partner FROM call WHERE callid LIKE 'm%' ORDER BY 1") == [
        ("m1", BURGDORF),
        ("m2", BURGDORF),
        ("m3", LEHRTE),
    ]
    assert select("SELECT day::text, partner, calls, talk_s, wrapup_s FROM usage_correction") == [
        ("2026-03-03", LEHRTE, 1, 30, 30)
    ]


def test_an_objection_is_corrected_with_the_next_month_but_no_more_than_there_is(log: Path) -> None:
    close("2026-03")

    def accept(changes: dict[str, int], month: Month = MARCH, reason: str = "Fehlanrufe") -> None:
        with after(MARCH), transaction() as session:
            accept_objection(session, FINANCE, month, BURGDORF, changes, reason)

    refused(RuleBroken, "correction.open", accept, {"calls": -1}, APRIL)
    refused(BadInput, "correction.too_much", accept, {"calls": -3})
    refused(BadInput, "correction.unknown", accept, {"cals": -1})
    refused(BadInput, "correction.nothing", accept, {"calls": 0})
    refused(BadInput, "correction.reason", accept, {"calls": -1}, reason=" ")
    # More short calls than there are, or than calls that were answered, would bill calls that nobody made.
    refused(BadInput, "correction.too_much", accept, {"short_10": -3})
    refused(BadInput, "correction.too_much", accept, {"short_60": 100})
    refused(BadInput, "correction.too_much", accept, {"calls": -2, "calls_answered": -2})
    refused(BadInput, "correction.too_much", accept, {"calls": -1})  # two answered of one
    refused(BadInput, "correction.too_much", accept, {"calls_answered": 1})
    refused(BadInput, "correction.too_much", accept, {"answered": 1})
    accept({"calls": -1, "calls_answered": -1, "talk_s": -9, "started_minutes": -1, "short_10": -1})
    refused(BadInput, "correction.too_much", accept, {"calls": -2})
    run("rebuild")
    close("2026-04")
    row = billed(APRIL, APRIL)[-1]
    assert (row.correction, row.calls, row.talk_s, row.short[10]) == (True, -1, -9, -1)
    assert report("usage", "--month", "2026-04")["corrections"][0]["cause"] == "objection"


def test_two_people_know_of_all_that_closing_books(log: Path) -> None:
    close("2026-03")
    with time_machine.travel("2026-05-20T12:00:00+00:00") as clock, transaction() as session:

        def later() -> Session:
            clock.shift(60)
            return session

        ask_to_close(later(), FINANCE, APRIL, REASONS)
        accept_objection(later(), SUPERVISOR, MARCH, BURGDORF, {"talk_s": -9}, "Doppelt")
        told = month_report(session, APRIL)
        assert [(row["month"], row["talk_s"]) for row in told["to_book"]] == [("2026-03", -9)]
        assert [row["reason"] for row in told["objections"]] == ["Doppelt"]
        refused(Conflict, "month.corrected_since", close_month, later(), SUPERVISOR, APRIL)
        ask_to_close(later(), FINANCE, APRIL, REASONS)
        close_month(later(), SUPERVISOR, APRIL)
        assert month_report(session, APRIL)["to_book"] == []
