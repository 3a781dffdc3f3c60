"""A year of the joint centre, from lines of the telephone system to a ledger that sums to zero.

A pilot that is only looked at, three accessions (one in mid-month, one on 29 February), a partner that leaves,
events that come after their month was closed, an objection that is accepted, advances and the true-up in the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.billing import centre
from tests.flows.closing import FINANCE, SUPERVISOR, close
from tests.flows.exchange import add, import_numbers, ingest, lines, run, write
from wfm.accounts.rules import Role, Viewer
from wfm.billing.models import Party, Settlement
from wfm.billing.rules.states import State
from wfm.billing.service import issuing, ledger, settling
from wfm.billing.service.comparing import compare
from wfm.billing.service.drafting import draft_advance, draft_annual
from wfm.billing.service.reading import shares
from wfm.billing.service.results import recompute
from wfm.core.db import transaction
from wfm.core.intervals import Days, Month
from wfm.directory.rules.dated import Validity
from wfm.directory.service import load_base_data
from wfm.reporting.service.billed_usage import billed_usage
from wfm.reporting.service.corrections import accept_objection

pytestmark = pytest.mark.usefixtures("database")

BURGDORF, LANGENHAGEN, WEDEMARK, LAATZEN = "03241003", "03241010", "03241019", "03241011"
NUMBERS = {BURGDORF: "051100001", LANGENHAGEN: "051100002", WEDEMARK: "051100003", LAATZEN: "051100004"}
#: From when to when calls of a partner come: a year that has a 29 February.
COMES = {
    BURGDORF: (date(2028, 1, 1), date(2029, 3, 1)),
    LANGENHAGEN: (date(2028, 1, 1), date(2028, 10, 16)),
    WEDEMARK: (date(2028, 2, 29), date(2029, 3, 1)),
    LAATZEN: (date(2028, 7, 15), date(2029, 3, 1)),
}
PILOT = Days(date(2028, 1, 1), date(2028, 4, 1))
YEAR = Days(date(2028, 1, 1), date(2029, 1, 1))
APRIL = date(2028, 4, 1)
NEXT = Days(date(2029, 1, 1), date(2029, 3, 1))
BO = Viewer("Bo", Role.MUNICIPALITY, partner=BURGDORF, person_id=3)


def calls(chance: Random) -> Iterator[str]:
    """A few calls a week of everybody, and one of nobody a month."""
    day, number = date(2028, 1, 3), 0
    while day < date(2029, 3, 1):
        for partner, (first, end) in COMES.items():
            if first <= day < end:
                number += 1
                yield from call(day, number, NUMBERS[partner], 30 + chance.randrange(400))
        if day.day <= 7:
            number += 1
            yield from call(day, number, "051100009", 60)
        day += timedelta(days=7)


def call(day: date, number: int, dialled: str, talk: int) -> Iterator[str]:
    at = f"{day}T10:{number % 60:02}:00"
    yield f"{at}|c{number}|rathaus|NONE|DID|{dialled}"
    yield f"{at}|c{number}|rathaus|NONE|ENTERQUEUE||05136123456|1"
    yield f"{day}T10:{number % 60:02}:09|c{number}|rathaus|kern|CONNECT|9|x|5"
    minutes, seconds = divmod(number % 60 * 60 + 9 + talk, 60)
    yield f"{day}T{10 + minutes // 60}:{minutes % 60:02}:{seconds:02}|c{number}|rathaus|kern|COMPLETECALLER|9|{talk}|1"


def months(first: Month, last: Month) -> Iterator[Month]:
    while first <= last:
        yield first
        first = first.next


def agreements(session: Session) -> None:
    pilot = centre.terms(session, "V0", {}, "Pilot")
    paid = centre.terms(session, "V5", {"plan_cents": 0}, "Umlage nach Nutzung")
    centre.agree(session, pilot, BURGDORF, PILOT.start, APRIL)
    centre.agree(session, pilot, LANGENHAGEN, PILOT.start, APRIL)
    centre.agree(session, pilot, WEDEMARK, date(2028, 2, 29), date(2028, 6, 1))
    centre.agree(session, paid, BURGDORF, APRIL)
    centre.agree(session, paid, LANGENHAGEN, APRIL, date(2028, 10, 16))
    centre.agree(session, paid, WEDEMARK, date(2028, 6, 1))
    centre.agree(session, paid, LAATZEN, date(2028, 7, 15))


def charge(session: Session, settlement: Settlement) -> Settlement:
    settling.check(session, FINANCE, settlement.id)
    settling.release(session, SUPERVISOR, settlement.id)
    issuing.issue(session, FINANCE, settlement.id)
    return settlement


def test_a_year_from_the_first_line_to_the_last_cent(tmp_path: Path) -> None:
    with transaction() as session:
        load_base_data(session)
    run("directory", "import", "queues", write(tmp_path / "queues.csv", b"queue,label,wrapup_s\nrathaus,Rathaus,30\n"))
    import_numbers(tmp_path, [f"{number},{partner},2028-01-01," for partner, number in NUMBERS.items()])
    told = list(calls(Random(28)))
    # Half a dozen calls come in only after their months were closed.
    late_calls = {f"c{number}" for number in (20, 21, 60, 61, 100, 101)}
    late = [line for line in told if line.split("|")[1] in late_calls]
    with time_machine.travel("2029-03-20T12:00:00+00:00", tick=True):
        log = write(
            tmp_path / "queue_log", lines("2028-01-01", "\n".join(line for line in told if line not in set(late)))
        )
        ingest(log)

    with transaction() as session:
        agreements(session)
        centre.parties(session)
        session.add(
            Party(partner=LAATZEN, valid=Validity(date(2020, 1, 1)), details=centre.details("Stadt"), booking={})
        )
        for month in months(Month(2028, 1), Month(2029, 2)):
            centre.cost(session, month, 800_000, "plan")
            centre.cost(session, month, 812_345)

    # The pilot: every variant side by side on open months, nothing charged.
    with transaction() as session:
        shadow = draft_annual(session, FINANCE, PILOT, shadow=True)
        assert {share.cents for share in shares(session, shadow.id)} == {0}
        beside = compare(session, FINANCE, PILOT)
        assert beside["open_months"] == ["2028-01", "2028-02", "2028-03"]
        assert {each["variant"] for each in beside["candidates"] if each["example"]} == {f"V{n}" for n in range(1, 8)}
        for place, candidate in enumerate(beside["candidates"]):
            if candidate["problem"] is None:
                whole = sum(row["cents"][place] for row in beside["rows"]) + candidate["remainder_cents"]
                assert whole == 3 * 812_345

    for month in months(Month(2028, 1), Month(2028, 12)):
        close(str(month))
    with transaction() as session:
        frozen = list(billed_usage(session, Month(2028, 1), Month(2028, 12)))
        advances = []
        for number in (2, 3, 4):
            advances.append(charge(session, draft_advance(session, FINANCE, 2028, number)))
        annual = charge(session, draft_annual(session, FINANCE, YEAR))
        assert recompute(annual) == annual.result_hash
        assert annual.result["cost_cents"] == 12 * 812_345
        # What would be the part of those in the pilot is the host's, as are the calls of nobody.
        assert annual.result["remainder_cents"] > 0
        paid = {share.partner: share.advances_cents for share in shares(session, annual.id)}
        assert sum(paid.values()) == sum(share.cents for each in advances for share in shares(session, each.id)) > 0
        assert ledger.balances(session)["cost"] == 0
        charged = {share.partner: share.cents for share in shares(session, annual.id)}
        assert set(charged) == {BURGDORF, LANGENHAGEN, WEDEMARK, LAATZEN}
        annual_id = annual.id

    # The missing calls come, long after; Burgdorf objects to calls that were not its own, and is right.
    with time_machine.travel("2029-03-20T12:00:00+00:00", tick=True):
        ingest(add(log, lines("2028-01-01", "\n".join(late))))
    with transaction() as session:
        assert list(billed_usage(session, Month(2028, 1), Month(2028, 12))) == frozen
        settling.send(session, FINANCE, annual_id)
        settling.object_to(session, BO, annual_id, BURGDORF, "Zwei Gespräche im Mai gehören Langenhagen.")
        taken = {"calls": -2, "calls_answered": -2, "offered": -2, "answered": -2, "talk_s": -120}
        accept_objection(session, SUPERVISOR, Month(2028, 5), BURGDORF, taken, "Falsch zugeordnet")
        given = {name: -value for name, value in taken.items()}
        accept_objection(session, SUPERVISOR, Month(2028, 5), LANGENHAGEN, given, "Falsch zugeordnet")
        settling.decide(session, SUPERVISOR, annual_id, BURGDORF, accepted=True, reason="Stimmt.")
    for month in months(Month(2029, 1), Month(2029, 2)):
        close(str(month))

    with transaction() as session:
        second = charge(session, draft_annual(session, FINANCE, NEXT))
        corrections = {each["partner"]: each["corrections"] for each in second.result["charges"]}
        assert corrections[LANGENHAGEN], "who has left is still charged for its days"
        assert recompute(second) == second.result_hash
        balances = ledger.balances(session)
        assert sum(balances.values()) == 0
        assert balances["cost"] == 0
        assert not any(cents for account, cents in balances.items() if account.startswith("advance"))
        asked = sum(cents for account, cents in balances.items() if account.startswith("partner"))
        assert asked == -balances["host"], "what the host has not been paid back is what it bears"
        for partner, owed in owed_had_all_been_known(session).items():
            assert abs(charged[partner] + corrections[partner] - owed) <= 1

    with time_machine.travel("2029-06-01T12:00:00+00:00", tick=True), transaction() as session:
        settling.finish(session, FINANCE, annual_id)
        assert session.get_one(Settlement, annual_id).state == State.FINAL


def owed_had_all_been_known(session: Session) -> dict[str, float]:
    """Each partner's part of 2028 by the seconds of its paying months, of all seconds: told by hand, from facts."""
    rows = session.execute(
        text("""SELECT partner, day, talk_s + wrapup_s - wrapup_inferred_s AS seconds FROM fact_day
                UNION ALL SELECT partner, day, talk_s + wrapup_s - wrapup_inferred_s FROM usage_correction""")
    ).all()
    year = [row for row in rows if row.day.year == 2028]
    pays_from = {WEDEMARK: date(2028, 6, 1), LAATZEN: date(2028, 7, 1)}
    cost, everybody = 12 * 812_345, sum(row.seconds for row in year)
    nobody = sum(row.seconds for row in year if not row.partner)
    kept = int(cost * nobody / everybody + 0.5)
    return {
        partner: (cost - kept)
        * sum(row.seconds for row in year if row.partner == partner and row.day >= pays_from.get(partner, APRIL))
        / (everybody - nobody)
        for partner in COMES
    }
