"""Documents of a settlement: numbers, parts by tax, advances taken off, corrections, void ones, the host's own."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from tests.billing.centre import BURGDORF, FINANCE, LANGENHAGEN, MUNICIPALITY, SUPERVISOR, WEDEMARK, correct, cost
from tests.billing.invoice.conftest import Validate
from tests.billing.invoice.example import NOT_TAXABLE
from tests.billing.papers.conftest import TAX, TAXED_LATER, YEAR, a_year, charge, closed_months, parties
from tests.reporting.test_pdf import opened, text_of
from wfm.billing.models import Document, Party
from wfm.billing.rules.words import money as money_words
from wfm.billing.service import documents, issuing, ledger, settling
from wfm.billing.service.drafting import draft_advance, draft_annual, draft_period
from wfm.billing.service.numbering import hold_numbers, next_number, series_of, written
from wfm.billing.service.reading import shares
from wfm.billing.service.reports import settlement_report
from wfm.core.db import transaction
from wfm.core.errors import BadInput, Conflict, NotFound, RuleBroken
from wfm.core.intervals import Days, Month

NEXT = Days(date(2027, 1, 1), date(2028, 1, 1))


def money(issued: list[Document], partner: str | None = None) -> list[Document]:
    return [one for one in issued if one.kind != "statement" and partner in (None, one.partner)]


def check(issued: list[Document], *validators: Validate) -> None:
    for one in money(issued):
        assert one.xml is not None
        for validate in validators:
            assert validate(one.xml) == []


def test_a_year_with_advances(session: Session, en16931: Validate, xrechnung: Validate):
    parties(session)
    a_year(session)
    for number in (1, 2, 3, 4):
        advance = charge(session, draft_advance(session, FINANCE, 2026, number))
        issued = issuing.issue(session, FINANCE, advance.id)
        assert [(one.kind, one.partner) for one in money(issued)] == [
            ("advance", partner) for partner in (BURGDORF, LANGENHAGEN, WEDEMARK)
        ]
        check(issued[:1], en16931, xrechnung)
    annual = charge(session, draft_annual(session, FINANCE, YEAR))
    issued = issuing.issue(session, FINANCE, annual.id)
    due = {share.partner: share.due_cents for share in shares(session, annual.id)}
    assert {one.partner: one.cents for one in money(issued)} == due
    check(issued, en16931, xrechnung)
    numbers = [documents.number_of(one) for one in reversed(documents.listed(session, FINANCE)) if one.xml]
    assert numbers == [f"SC-2027-{number:04d}" for number in range(1, 16)]
    assert len([one for one in issued if one.kind == "statement"]) == 3
    assert issuing.issue(session, FINANCE, annual.id) == []
    assert settling.send(session, FINANCE, annual.id).state == "sent"


def test_the_law_of_2027_divides_a_period(session: Session, en16931: Validate, xrechnung: Validate):
    parties(session)
    a_year(session, TAXED_LATER)
    closed_months(session, 2027)
    both = charge(session, draft_annual(session, FINANCE, Days(date(2026, 1, 1), date(2028, 1, 1))))
    issued = money(issuing.issue(session, FINANCE, both.id), BURGDORF)
    assert [(one.treatment, one.period.start.year) for one in issued] == [("not_taxable", 2026), ("taxed", 2027)]
    (share,) = [share for share in shares(session, both.id) if share.partner == BURGDORF]
    before, after = (one.content["lines"][0]["net_cents"] for one in issued)
    assert before + after == share.cents
    assert [one.cents for one in issued] == [before, after + (after * 19 * 2 + 100) // 200]
    check(issued, en16931, xrechnung)


def test_taxed_advances_come_off_with_their_tax(session: Session, en16931: Validate, xrechnung: Validate):
    parties(session)
    a_year(session, [{"from": "2020-01-01", "treatment": "taxed"}])
    advances = [charge(session, draft_advance(session, FINANCE, 2026, number)) for number in (1, 2, 3, 4)]
    gross = sum(
        one.cents for advance in advances for one in money(issuing.issue(session, FINANCE, advance.id), BURGDORF)
    )
    annual = charge(session, draft_annual(session, FINANCE, YEAR))
    issued = money(issuing.issue(session, FINANCE, annual.id), BURGDORF)
    (share,) = [share for share in shares(session, annual.id) if share.partner == BURGDORF]
    assert [one.content["prepaid_cents"] for one in issued] == [gross]
    assert gross > share.advances_cents
    assert issued[0].cents == (share.cents * 119 * 2 + 100) // 200 - gross
    check(issued, en16931, xrechnung)


def test_advances_above_the_cost_give_a_credit(session: Session, en16931: Validate, xrechnung: Validate):
    parties(session)
    a_year(session)
    cost(session, Month(2026, 12), -5_000_000)
    for number in (1, 2, 3, 4):
        issuing.issue(session, FINANCE, charge(session, draft_advance(session, FINANCE, 2026, number)).id)
    annual = charge(session, draft_annual(session, FINANCE, YEAR))
    issued = issuing.issue(session, FINANCE, annual.id)
    assert all(one.cents < 0 for one in money(issued))
    assert all(one.content["payment"]["due"] is None for one in money(issued))
    check(issued, en16931, xrechnung)


def test_nothing_is_taken_off_that_no_document_asked_for(session: Session):
    parties(session)
    a_year(session)
    advances = [charge(session, draft_advance(session, FINANCE, 2026, number)) for number in (1, 2)]
    annual = draft_annual(session, FINANCE, YEAR)
    with pytest.raises(RuleBroken) as refused:
        charge(session, annual)
    assert refused.value.code == "document.incomplete"
    assert [(each["partner"], each["mend"]) for each in refused.value.details["problems"]] == [
        (partner, f"/abrechnung/abrechnungen/{advance.id}")
        for partner in (BURGDORF, LANGENHAGEN, WEDEMARK)
        for advance in advances
    ]
    for advance in advances:
        issuing.issue(session, FINANCE, advance.id)
    assert settling.release(session, SUPERVISOR, annual.id).state == "released"


def test_a_part_of_an_advance_that_is_void_is_not_forgotten(session: Session):
    """Half of the advance has no document: the year would take off the other half only, and ask for the rest twice."""
    parties(session)
    a_year(session, [*TAX, {"from": "2026-07-01", "treatment": "taxed"}])
    advance = charge(session, draft_advance(session, FINANCE, 2026, 1))
    halves = [one for one in issuing.issue(session, FINANCE, advance.id) if one.partner == BURGDORF][:2]
    assert [one.treatment for one in halves] == ["not_taxable", "taxed"]
    documents.void(session, FINANCE, halves[1].id, "Anschrift")
    annual = draft_annual(session, FINANCE, YEAR)
    with pytest.raises(RuleBroken, match=f"Nummer {advance.id} hat noch nicht alle Belege"):
        charge(session, annual)
    issuing.issue(session, FINANCE, advance.id)
    assert settling.release(session, SUPERVISOR, annual.id).state == "released"


def test_a_correction_refers_to_what_it_corrects(session: Session, en16931: Validate, xrechnung: Validate):
    parties(session)
    a_year(session, variant="V5", parameters={"plan_cents": 9_600_000})
    first = charge(session, draft_annual(session, FINANCE, YEAR))
    invoices = {one.partner: one for one in money(issuing.issue(session, FINANCE, first.id))}
    closed_months(session, 2027)
    correct(session, date(2026, 5, 4), BURGDORF, -50, -10_000, booked_in=Month(2027, 1))
    second = charge(session, draft_annual(session, FINANCE, NEXT))
    issued_all = issuing.issue(session, FINANCE, second.id)
    issued = money(issued_all)
    corrections = [one for one in issued if one.kind == "correction"]
    assert {one.partner for one in corrections} == {BURGDORF, LANGENHAGEN, WEDEMARK}
    for one in corrections:
        assert one.corrects == invoices[one.partner].id
        assert one.content["kind"] == "384"
        assert one.content["preceding"]["number"] == documents.number_of(invoices[one.partner])
    assert [one.cents < 0 for one in corrections] == [True, False, False]
    account = next(one for one in issued_all if one.kind == "statement" and one.partner == BURGDORF)
    (told,) = [one for one in account.content["sections"] if one["title"] == "Berichtigte frühere Abrechnungen"]
    assert told["rows"][0][0] == str(first.id)
    assert told["rows"][0][1] == money_words(invoices[BURGDORF].cents)
    assert told["rows"][0][3] == money_words(corrections[0].cents)
    due = {share.partner: share.due_cents for share in shares(session, second.id)}
    assert {key: sum(one.cents for one in money(issued, key)) for key in due} == due
    check(issued, en16931, xrechnung)


def test_what_is_corrected_has_documents_first(session: Session):
    parties(session)
    a_year(session, variant="V5", parameters={"plan_cents": 9_600_000})
    first = charge(session, draft_annual(session, FINANCE, YEAR))
    closed_months(session, 2027)
    correct(session, date(2026, 5, 4), BURGDORF, -50, -10_000, booked_in=Month(2027, 1))
    second = draft_annual(session, FINANCE, NEXT)
    with pytest.raises(RuleBroken, match=f"Nummer {first.id} hat noch nicht alle Belege"):
        charge(session, second)
    issuing.issue(session, FINANCE, first.id)
    assert settlement_report(session, FINANCE, second.id)["lacking"] == []


def test_a_reversal_takes_each_document_back(session: Session, en16931: Validate, xrechnung: Validate):
    parties(session)
    a_year(session)
    annual = charge(session, draft_annual(session, FINANCE, YEAR))
    issued = money(issuing.issue(session, FINANCE, annual.id))
    reversal = charge(session, settling.reverse(session, FINANCE, annual.id, "Falsche Kosten"))
    undone = issuing.issue(session, FINANCE, reversal.id)
    assert [(one.kind, one.corrects, one.cents) for one in money(undone)] == [
        ("correction", one.id, -one.cents) for one in issued
    ]
    check(undone, en16931, xrechnung)


def test_the_hosts_own_partner_gets_no_invoice(session: Session):
    parties(session, own_partner=LANGENHAGEN)
    a_year(session)
    annual = charge(session, draft_annual(session, FINANCE, YEAR))
    issued = issuing.issue(session, FINANCE, annual.id)
    assert [one.kind for one in issued if one.partner == LANGENHAGEN] == ["statement"]
    assert [one.kind for one in issued if one.partner == BURGDORF] == ["invoice", "statement"]


def test_a_void_document_keeps_its_number_and_is_replaced(session: Session):
    parties(session)
    a_year(session)
    annual = charge(session, draft_annual(session, FINANCE, YEAR))
    first = money(issuing.issue(session, FINANCE, annual.id), BURGDORF)[0]
    with pytest.raises(BadInput, match="Grund"):
        documents.void(session, FINANCE, first.id, " ")
    documents.void(session, FINANCE, first.id, "Anschrift veraltet")
    with pytest.raises(Conflict):
        documents.void(session, FINANCE, first.id, "noch einmal")
    (again,) = issuing.issue(session, FINANCE, annual.id)
    assert (again.partner, again.cents, again.number) == (BURGDORF, first.cents, 4)
    assert first in documents.listed(session, FINANCE, void=True)
    settling.send(session, FINANCE, annual.id)
    with pytest.raises(Conflict) as refused:
        documents.void(session, FINANCE, again.id, "zu spät")
    assert refused.value.code == "document.out"


def test_the_same_content_gives_the_same_bytes(session: Session):
    parties(session)
    a_year(session)
    annual = charge(session, draft_annual(session, FINANCE, YEAR))
    for one in issuing.issue(session, FINANCE, annual.id):
        assert documents.files_of(one.content, one.kind) == (one.pdf, one.xml)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("iban", "IBAN"),
        ("identifier", "Kennung"),
        ("telephone", "Telefonnummer"),
        ("postcode", "Postleitzahl"),
    ],
)
def test_what_the_host_lacks_is_said_once(session: Session, field: str, said: str):
    parties(session, **{field: ""})
    a_year(session)
    draft = draft_annual(session, FINANCE, YEAR)
    (told,) = settlement_report(session, FINANCE, draft.id)["lacking"]
    host = session.scalars(select(Party).where(Party.partner.is_(None))).one()
    assert (told["partner"], told["name"], told["mend"]) == (None, "Träger", f"/abrechnung/stellen/{host.id}")
    assert said in told["problem"]
    with pytest.raises(RuleBroken) as refused:
        charge(session, draft)
    assert refused.value.code == "document.incomplete"
    assert refused.value.details["problems"] == [told]
    assert str(refused.value.message) == f"Träger: {told['problem']}"


def test_what_partners_lack_is_said_of_each(session: Session):
    parties(session)
    a_year(session)
    session.execute(delete(Party).where(Party.partner == WEDEMARK))
    burgdorf = session.scalars(select(Party).where(Party.partner == BURGDORF)).one()
    burgdorf.details = burgdorf.details | {"leitweg_id": "", "email": "", "town": ""}
    draft = draft_annual(session, FINANCE, YEAR)
    told = [(each["name"], each["mend"]) for each in settlement_report(session, FINANCE, draft.id)["lacking"]]
    assert told == [("Burgdorf", f"/abrechnung/stellen/{burgdorf.id}")] * 3 + [
        ("Wedemark", f"/abrechnung/stellen/neu?partner={WEDEMARK}")
    ]
    with pytest.raises(RuleBroken) as refused:
        charge(session, draft)
    assert len(refused.value.details["problems"]) == 4
    assert ledger.balances(session) == {}


def test_nothing_can_be_missing_of_what_has_no_documents(session: Session):
    """A shadow settlement, and the host's own partner: its account is addressed to the host's own entry."""
    parties(session, own_partner=LANGENHAGEN)
    a_year(session)
    session.execute(delete(Party).where(Party.partner == LANGENHAGEN))
    shadow = draft_annual(session, FINANCE, YEAR, shadow=True)
    annual = charge(session, draft_annual(session, FINANCE, YEAR))
    issued = issuing.issue(session, FINANCE, annual.id)
    (own,) = [one for one in issued if one.partner == LANGENHAGEN]
    assert own.content["recipient"][0] == "Beispielstadt, Servicecenter"
    session.execute(delete(Party))
    assert settlement_report(session, FINANCE, shadow.id)["lacking"] == []


def test_what_is_sent_or_withdrawn_lacks_nothing_any_more(session: Session):
    parties(session)
    a_year(session)
    withdrawn = draft_annual(session, FINANCE, YEAR)
    settling.withdraw(session, FINANCE, withdrawn.id)
    sent = charge(session, draft_annual(session, FINANCE, YEAR))
    issuing.issue_and_send(session, FINANCE, sent.id)
    session.execute(delete(Party))
    for one in (withdrawn, sent):
        assert settlement_report(session, FINANCE, one.id)["lacking"] == []


def test_no_documents_of_a_draft(session: Session):
    parties(session)
    a_year(session)
    draft = draft_annual(session, FINANCE, YEAR)
    with pytest.raises(Conflict, match="Entwurf"):
        issuing.issue(session, FINANCE, draft.id)


def test_a_municipality_sees_its_own(session: Session):
    parties(session)
    a_year(session)
    annual = charge(session, draft_annual(session, FINANCE, YEAR))
    issued = issuing.issue(session, FINANCE, annual.id)
    assert documents.listed(session, MUNICIPALITY) == []
    settling.send(session, FINANCE, annual.id)
    assert {one.partner for one in documents.listed(session, MUNICIPALITY)} == {BURGDORF}
    foreign = next(one for one in issued if one.partner == LANGENHAGEN)
    with pytest.raises(NotFound):
        documents.find(session, MUNICIPALITY, foreign.id)
    with pytest.raises(NotFound):
        documents.listed(session, MUNICIPALITY, partner=LANGENHAGEN)


def test_a_reversal_of_what_never_went_out_leads_nowhere(session: Session):
    parties(session)
    a_year(session)
    annual = charge(session, draft_annual(session, FINANCE, YEAR))
    issuing.issue(session, FINANCE, annual.id)
    reversal = charge(session, settling.reverse(session, FINANCE, annual.id, "Falsche Kosten"))
    issued = issuing.issue(session, FINANCE, reversal.id)
    settling.send(session, FINANCE, reversal.id)
    seen = documents.listed(session, MUNICIPALITY)
    assert list(reversed(seen)) == [one for one in issued if one.partner == BURGDORF]
    correction = money(issued, BURGDORF)[0]
    assert documents.corrected(session, MUNICIPALITY, correction) is None
    assert documents.corrected(session, FINANCE, correction).id == correction.corrects


def test_what_is_reversed_goes_out_no_more(session: Session):
    parties(session)
    a_year(session)
    annual = charge(session, draft_annual(session, FINANCE, YEAR))
    reversal = charge(session, settling.reverse(session, FINANCE, annual.id, "Falsche Kosten"))
    for step in (issuing.issue, issuing.issue_and_send, settling.send):
        with pytest.raises(Conflict, match="storniert"):
            step(session, FINANCE, annual.id)
    assert money(issuing.issue(session, FINANCE, reversal.id), BURGDORF) == []
    report = settlement_report(session, FINANCE, annual.id)
    assert (report["steps"], report["lacking"]) == ([], [])


QUARTER = Days(date(2026, 1, 1), date(2026, 4, 1))
SIZES = {"classes": [{"below": 40_000, "cents": 900_000}], "above_cents": 3_400_000}
#: Variant, parameters -> lines of Langenhagen's invoice of a quarter: 900 calls, 270,000 s, nobody's are the host's.
AT_A_PRICE = {
    "per call": ("V2", {"price_per_call_cents": "437.5", "ceiling_cents_per_inhabitant": 100}, ["Anrufe"]),
    "capped": (
        "V2", {"price_per_call_cents": "437.5", "ceiling_cents_per_inhabitant": 5},
        ["Anrufe", "Kappung auf den Höchstbetrag"],
    ),
    "per minute": ("V3", {"price_per_minute_cents": "90.25", "unit": "second"}, ["Bearbeitungszeit"]),
    "per started minute": ("V3", {"price_per_minute_cents": 90, "unit": "started_minute"}, ["Begonnene Minuten"]),
    "by size": ("V6", SIZES, ["Festbetrag der Größenklasse"]),
}  # fmt: skip


@pytest.mark.parametrize(("variant", "parameters", "names"), AT_A_PRICE.values(), ids=AT_A_PRICE.keys())
def test_a_period_at_a_price(
    session: Session, variant: str, parameters: Any, names: list[str], en16931: Validate, xrechnung: Validate
):
    parties(session)
    a_year(session, variant=variant, parameters=parameters)
    period = charge(session, draft_period(session, FINANCE, QUARTER))
    issued = issuing.issue(session, FINANCE, period.id)
    assert {one.kind for one in issued} == {"invoice", "statement"}
    check(issued, en16931, xrechnung)
    assert money(issued)[0].content["reason"] == NOT_TAXABLE
    (langenhagen,) = money(issued, LANGENHAGEN)
    assert [line["name"] for line in langenhagen.content["lines"]] == names
    due = {share.partner: share.due_cents for share in shares(session, period.id)}
    assert {one.partner: one.cents for one in money(issued)} == due
    reversal = charge(session, settling.reverse(session, FINANCE, period.id, "Falscher Preis"))
    undone = issuing.issue(session, FINANCE, reversal.id)
    assert {one.partner: -one.cents for one in money(undone)} == due
    check(undone, en16931, xrechnung)


def test_quantity_unit_and_price_stand_on_the_paper(session: Session):
    parties(session)
    a_year(session, variant="V3", parameters={"price_per_minute_cents": "90.25", "unit": "second"})
    period = charge(session, draft_period(session, FINANCE, QUARTER))
    (langenhagen,) = money(issuing.issue(session, FINANCE, period.id), LANGENHAGEN)
    with opened(langenhagen.pdf) as pdf:
        told = text_of(pdf)
    for words in ("270.000 Sekunden", "0,9025 € je 60 Sekunden", "4.061,25 €"):
        assert words in told


def derivation(issued: list[Document], partner: str) -> tuple[str, str]:
    """Steps and note as a partner's account tells them."""
    account = next(one for one in issued if one.kind == "statement" and one.partner == partner)
    (told,) = [one for one in account.content["sections"] if one["title"] == "Herleitung"]
    return "\n".join(row[0] for row in told["rows"]), told["note"]


def test_a_partner_reads_what_its_own_share_rests_on_and_no_more(session: Session):
    parties(session)
    a_year(session)
    issued = issuing.issue(session, FINANCE, charge(session, draft_annual(session, FINANCE, YEAR)).id)
    steps, note = derivation(issued, BURGDORF)
    assert "99.999,96 € × 11.333.615 / 41.973.540" in steps  # all that a part by largest remainder needs
    assert "Kosten des Zeitraums: 99.999,96 €" in note
    for words in ("Anteile", LANGENHAGEN, WEDEMARK, "beim Träger"):
        assert words not in steps


def test_a_partner_that_pays_a_price_does_not_read_what_all_pay(session: Session):
    parties(session)
    a_year(session, variant="V3", parameters={"price_per_minute_cents": 90, "unit": "second"})
    period = charge(session, draft_period(session, FINANCE, QUARTER))
    steps, note = derivation(issuing.issue(session, FINANCE, period.id), BURGDORF)
    assert steps == f"{BURGDORF}: 60.000 Sekunden × 90 Cent / 60 → 900,00 €"
    assert note == "Gerechnet nach Umlage (1): V3."


def test_a_true_up_by_shares_needs_the_sum_of_them(session: Session):
    parties(session)
    a_year(
        session, variant="V3", parameters={"price_per_minute_cents": 90, "unit": "second"},
        cycle={"remainder": "shares", "advances": 0, "due_days": []},
    )  # fmt: skip
    steps, note = derivation(
        issuing.issue(session, FINANCE, charge(session, draft_annual(session, FINANCE, YEAR)).id), BURGDORF
    )
    assert "weniger Anteile" in steps
    assert "Kosten des Zeitraums" in note


def test_a_telephone_number_has_its_plus(session: Session):
    parties(session, telephone="495116160")
    a_year(session)
    issued = issuing.issue(session, FINANCE, charge(session, draft_annual(session, FINANCE, YEAR)).id)
    assert money(issued)[0].content["seller"]["contact"]["telephone"] == "+495116160"
    account = next(one for one in issued if one.kind == "statement")
    assert ["Telefon", "+495116160"] in account.content["sender"]["contact"]


def test_the_pdf_carries_the_same_xml(session: Session):
    parties(session)
    a_year(session)
    for one in money(issuing.issue(session, FINANCE, charge(session, draft_annual(session, FINANCE, YEAR)).id)):
        with opened(one.pdf) as pdf:
            (attached,) = pdf.attachments.values()
            assert attached.get_file().read_bytes() == one.xml


def test_over_a_change_of_tax_a_price_stays_one_sum(session: Session, en16931: Validate, xrechnung: Validate):
    parties(session)
    a_year(session, TAXED_LATER, variant="V3", parameters={"price_per_minute_cents": 90, "unit": "second"})
    closed_months(session, 2027)
    over = Days(date(2026, 12, 1), date(2027, 2, 1))
    issued = money(issuing.issue(session, FINANCE, charge(session, draft_period(session, FINANCE, over)).id), BURGDORF)
    assert [[line["name"] for line in one.content["lines"]] for one in issued] == [["Nutzung des Servicecenters"]] * 2
    check(issued, en16931, xrechnung)


def test_a_number_that_was_rolled_back_is_no_gap(session: Session):
    parties(session)
    a_year(session)
    annual = charge(session, draft_annual(session, FINANCE, YEAR))
    with session.begin_nested() as tried:
        assert len(issuing.issue(session, FINANCE, annual.id)) == 6
        tried.rollback()
    assert [one.number for one in money(issuing.issue(session, FINANCE, annual.id))] == [1, 2, 3]


def test_two_who_number_at_once_wait_for_each_other(session: Session):
    hold_numbers(session)
    with transaction() as other:
        assert other.scalar(text("SELECT pg_try_advisory_xact_lock(hashtext('document'))")) is False


def test_numbers_begin_anew_each_year(session: Session):
    assert [series_of("SC", date(year, 12, 31)) for year in (2027, 2028)] == ["SC-2027-", "SC-2028-"]
    assert written("SC-2027-", 12_345) == "SC-2027-12345"
    assert next_number(session, "SC-2027-") == 1


def test_simulated_calls_are_told_on_the_invoice(session: Session):
    parties(session)
    a_year(session)
    told = "Enthält simulierte Anrufe: keine echte Forderung."
    real = charge(session, draft_advance(session, FINANCE, 2026, 1))
    assert not any(told in one.content["notes"] for one in money(issuing.issue(session, FINANCE, real.id)))
    correct(session, date(2026, 1, 5), BURGDORF, 1, 60, booked_in=Month(2026, 2), generated=1)
    simulated = charge(session, draft_annual(session, FINANCE, YEAR))
    issued = money(issuing.issue(session, FINANCE, simulated.id))
    assert issued
    assert all(told in one.content["notes"] for one in issued)
