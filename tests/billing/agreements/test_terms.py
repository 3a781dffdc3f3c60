"""Terms: what may be written, what a draft becomes, and that nothing in force is edited."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from wfm.billing.models import Terms
from wfm.billing.rules.counting import Counting
from wfm.billing.rules.cycle import Cycle
from wfm.billing.rules.keys import KeysRule
from wfm.billing.rules.terms import TermsVersion, part_of_year
from wfm.billing.service import terms
from wfm.core.errors import Conflict, RuleBroken
from wfm.core.intervals import Days

from .conftest import BURGDORF, COUNTING, CYCLE, KEYS, PARAMETERS, agreed, bind, given


@pytest.mark.parametrize("variant", PARAMETERS)
def test_every_variant_can_be_drafted_changed_and_agreed(session: Session, variant: str):
    made = terms.draft(session, "Region", given(variant), by="person:1")
    terms.change(session, made.id, given(variant, counting=COUNTING | {"unattributed": "usage"}), by="person:1")
    assert made.counting["unattributed"] == "usage"
    assert terms.agree(session, made.id, by="person:1").state == "agreed"
    with pytest.raises(RuleBroken, match=r"Region \(1\) ist kein Entwurf mehr"):
        terms.change(session, made.id, given(variant), by="person:1")
    following = terms.new_version(session, made.id, by="person:2")
    assert (following.version, following.state, following.parameters) == (2, "draft", made.parameters)


def test_a_name_is_given_once(session: Session):
    terms.draft(session, "Region", given("V1"), by="person:1")
    with pytest.raises(Conflict, match="gibt es schon"):
        terms.draft(session, "Region", given("V5"), by="person:1")


def test_terms_in_use_are_neither_withdrawn_nor_edited(session: Session):
    made = agreed(session, "V1", "Region")
    bind(session, BURGDORF, "Region", "2026-01-01")
    with pytest.raises(RuleBroken, match=BURGDORF):
        terms.withdraw(session, made.id, by="person:1")
    assert session.get_one(Terms, made.id).state == "agreed"


@pytest.mark.parametrize(
    ("parts", "field", "sentence"),
    [
        ({"counting": COUNTING | {"calls": "all"}}, "calls", "Zählweise, Anrufe: „all“ ist keines von"),
        (
            {"counting": COUNTING | {"shorter_than_s": 7}},
            "shorter_than_s",
            "Zählweise, kurze Anrufe: muss eines von 0, 5",
        ),
        ({"counting": COUNTING | {"colour": 1}}, "colour", "Zählweise, colour: ist hier unbekannt"),
        ({"keys": {**KEYS, "day": None}}, "day", "Schlüssel, fester Stichtag: fehlt"),
        ({"keys": {**KEYS, "day": "2026-02-30"}}, "day", "ist kein Tag"),
        ({"keys": {**KEYS, "as_of": "year_before"}}, "day", "steht nur bei festem Stichtag"),
        ({"keys": {**KEYS, "pro_rata": "months"}}, "pro_rata", "Nach Monaten anteilig rechnet nur V1"),
        ({"cycle": CYCLE | {"advances": 3}}, "advances", "Ablauf, Abschläge im Jahr: muss eines von 0, 1, 2, 4, 12"),
        ({"cycle": CYCLE | {"due_days": ["02-15"]}}, "due_days", "muss 4 Tage nennen"),
        ({"cycle": CYCLE | {"due_days": ["05-15", "02-15", "08-15", "11-15"]}}, "due_days", "müssen aufsteigen"),
        ({"cycle": CYCLE | {"due_days": ["02-15", None, "08-15", "11-15"]}}, "due_days", "kein Tag eines jeden Jahres"),
        ({"cycle": CYCLE | {"due_days": ["02-15", "05-15", "08-15", "W48-1"]}}, "due_days", "„W48-1“ ist kein Tag"),
        ({"cycle": CYCLE | {"settlement_day": None}}, "settlement_day", "Tag der Jahresabrechnung: fehlt"),
        ({"cycle": CYCLE | {"settlement_day": "02-29"}}, "settlement_day", "kein Tag eines jeden Jahres"),
        ({"cycle": CYCLE | {"true_up": "carry_over"}}, "carry_over_years", "muss bei Vortrag 1 bis 3 sein"),
        ({"parameters": {}}, "parameters", "parameters.plan_cents: fehlt"),
        ({"parameters": {"plan_cents": 1, "advances": 4}}, "parameters", "advances steht nicht in den Parametern"),
        ({"variant": "V9"}, "variant", "Eine Variante „V9“ gibt es nicht"),
    ],
)
def test_what_is_wrong_is_said_with_its_field(session: Session, parts: dict, field: str, sentence: str):
    with pytest.raises(RuleBroken) as refused:
        terms.draft(session, "Region", given("V5", **parts), by="person:1")
    assert sentence in str(refused.value)
    assert refused.value.details["field"] == field


def test_inferred_wrapup_counts_only_if_agreed(session: Session):
    class Month:
        month, calls, calls_answered, answered = None, 12, 10, 13
        talk_s, wrapup_reported_s, wrapup_inferred_s, started_minutes = 1000, 50, 30, 25
        short = {5: 1, 10: 2, 15: 2, 20: 2, 30: 4, 60: 7}

    def counted(**parts: object) -> list[int]:
        return list(Counting.from_json(COUNTING | parts).keys([Month()]).values())  # type: ignore[list-item]

    assert counted() == [10, 1050, 25]
    assert counted(wrapup="none") == [10, 1000, 25]
    assert counted(wrapup="reported_and_inferred") == [10, 1080, 25]
    assert counted(calls="offered_calls", shorter_than_s=10) == [10, 1050, 25]
    assert counted(calls="answered_stays", shorter_than_s=30) == [9, 1050, 25]


def test_parts_of_terms_come_back_as_they_were():
    assert Counting.from_json(COUNTING).to_json() == COUNTING
    assert KeysRule.from_json(KEYS).to_json() == KEYS
    assert Cycle.from_json(CYCLE).to_json() == CYCLE
    assert Cycle.from_json(CYCLE).due_on(2026)[-1] == date(2026, 11, 15)
    assert Cycle.from_json(CYCLE).settlement_on(2026) == date(2027, 3, 31)
    assert KeysRule.from_json({**KEYS, "as_of": "year_before", "day": None}).day_for(
        Days(date(2026, 4, 1), date(2027, 4, 1))
    ) == date(2025, 12, 31)


def test_yearly_parameters_are_those_of_the_part_of_a_year_that_a_period_is():
    quarter, year = Days(date(2026, 1, 1), date(2026, 4, 1)), Days(date(2026, 1, 1), date(2027, 1, 1))
    assert part_of_year(year) == 1
    assert part_of_year(Days(date(2028, 2, 2), date(2028, 2, 4))) == part_of_year(quarter) * 4 * 2 / 366

    def parameters(variant: str, period: Days) -> dict:
        return TermsVersion.checked("R", 1, *given(variant).values()).case_parameters(period)

    assert parameters("V1", year) == {"pro_rata": "days"}
    assert parameters("V5", year) == {"plan_cents": 9_600_000, "advances": 4}
    assert parameters("V5", quarter)["plan_cents"] == 2_400_000
    assert parameters("V2", quarter)["ceiling_cents_per_inhabitant"] == "1.000000000000"
    assert parameters("V6", quarter)["classes"] == [
        {"below": 15_000, "cents": 225_000},
        {"below": 40_000, "cents": 550_000},
    ]
    assert parameters("V4", quarter) == {"base_cents": 1_000_000, "usage_cents": 1_500_000}
