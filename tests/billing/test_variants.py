"""The variants: worked examples to the cent, what surrounds them, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from tests.billing.worked import EXAMPLES, WORKED
from wfm.billing.rules.allocation import carry_over, instalments
from wfm.billing.rules.case import Case, PartnerKeys
from wfm.billing.rules.shares import Shares, covers
from wfm.billing.rules.variants import TITLES, VARIANTS, settle
from wfm.billing.schemas import CaseSchema
from wfm.core.errors import RuleBroken
from wfm.core.intervals import Days

YEAR = Days(date(2026, 1, 1), date(2027, 1, 1))
B, L, W = "03241003", "03241010", "03241019"


def example(name: str) -> Case:
    found = CaseSchema().load(json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8")))
    assert isinstance(found, Case)
    return found


def changed(case: Case, partner: str, **keys: Any) -> Case:
    return replace(
        case, partners=tuple(replace(one, **keys) if one.partner == partner else one for one in case.partners)
    )


def refused(case: Case) -> tuple[str, str]:
    with pytest.raises(RuleBroken) as error:
        settle(case)
    return error.value.code, error.value.message


@pytest.mark.parametrize("name", WORKED)
def test_worked_examples(name: str) -> None:
    cents, remainder = WORKED[name]
    case = example(name)
    shares = settle(case)
    assert tuple(shares.cents[keys.partner] for keys in case.partners) == cents
    assert shares.remainder_cents == remainder


def test_every_variant_has_a_title_and_worked_examples() -> None:
    assert VARIANTS.keys() == TITLES.keys() == {name[:2].upper() for name in WORKED}
    files = {path.name.partition(".")[0] for path in EXAMPLES.glob("*.json")}
    assert files == WORKED.keys()


def test_v4_and_v5_tell_their_parts() -> None:
    two_part = settle(example("v4-two-part"))
    assert two_part.of_step("base") == {B: 1_080_072, L: 1_883_266, W: 1_036_662}
    assert two_part.of_step("usage") == {B: 852_894, L: 3_463_108, W: 1_683_998}
    by_usage = settle(example("v5-by-usage"))
    assert by_usage.of_step("advance") == {B: 1_364_631, L: 5_540_972, W: 2_694_397}
    assert by_usage.of_step("true_up") == {B: 56_859, L: 230_874, W: 112_267}
    burgdorf = next(line for line in by_usage.derivation if line.step == "instalments" and line.partner == B)
    assert list(burgdorf.quantities.values()) == [341_158, 341_158, 341_158, 341_157]
    assert str(burgdorf.text) == (
        "03241003: Abschlag 13.646,31 € in 4 Raten: 3.411,58 € + 3.411,58 € + 3.411,58 € + 3.411,57 €"
    )


def test_instalments_and_carry_over() -> None:
    assert instalments(1_364_631, 4) == [341_158, 341_158, 341_158, 341_157]
    assert carry_over(400_000, 3) == [133_334, 133_333, 133_333]
    assert carry_over(-400_000, 3) == [-133_334, -133_333, -133_333]
    assert instalments(2, 4) == [1, 1, 0, 0]
    with pytest.raises(RuleBroken, match="auf 1 bis 3 Jahre"):
        carry_over(400_000, 4)
    with pytest.raises(RuleBroken, match="nicht in 0 Raten"):
        instalments(1, 0)


def test_the_derivation_of_v1() -> None:
    lines = [
        (line.step, line.partner, dict(line.quantities), line.exact, line.cents)
        for line in settle(example("v1-joined-by-days")).derivation
    ]
    whole = 31_051 * 122 + (54_142 + 29_803) * 365
    assert lines[0] == (
        "in_force",
        B,
        {"inhabitants": 31_051, "days": 122, "of_days": 365, "weighted": 3_788_222},
        None,
        None,
    )
    step, partner, quantities, exact, cents = lines[3]
    assert (step, partner, cents) == ("cost", B, 1_100_327)
    assert quantities == {"of_cents": 10_000_000, "weight": "3788222", "weights": str(whole), "odd_cent": 0}
    assert exact == str(Fraction(10_000_000 * 3_788_222, whole))
    assert lines[-1] == ("remainder", None, {"total_cents": 10_000_000, "shares_cents": 10_000_000}, None, 0)


# ---- in force --------------------------------------------------------------------------------------------------------


def test_joined_on_29_february() -> None:
    leap = Days(date(2028, 1, 1), date(2029, 1, 1))
    case = replace(changed(example("v6-size-classes"), B, start=date(2028, 2, 29)), period=leap)
    # 307 of 366 days: 2,200,000 x 307 / 366 = 1,845,355.19
    assert settle(case).cents[B] == 1_845_355
    months = replace(changed(example("v1-joined-by-months"), B, start=date(2028, 2, 29)), period=leap)
    line = settle(months).derivation[0]
    assert (line.quantities["months"], line.quantities["of_months"]) == (10, 12)


def test_left_in_mid_month() -> None:
    left = changed(example("v1-joined-by-months"), B, start=None, end=date(2026, 5, 15))
    assert settle(left).derivation[0].quantities["months"] == 5
    by_days = replace(left, parameters={"pro_rata": "days"})
    assert settle(by_days).derivation[0].quantities["days"] == 31 + 28 + 31 + 30 + 14


def test_usage_is_never_pro_rated() -> None:
    case = example("v5-by-usage")
    assert settle(changed(case, B, start=date(2026, 9, 1))).cents == settle(case).cents


def test_ceiling_of_who_joined_in_the_year_is_rounded_half_up() -> None:
    case = changed(example("v2-price-per-call"), L, start=date(2026, 9, 1))
    # 4 x 54,142 x 122 / 365 = 72,387.11
    assert settle(case).cents[L] == 72_387


# ---- the Region ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["v1-inhabitants", "v2-price-per-call", "v4-two-part", "v6-size-classes", "v7-mix"])
def test_the_region_needs_a_weight_or_an_amount(name: str) -> None:
    case = example(name)
    region = PartnerKeys("REGION", calls=100, handle_s=20_000, started_minutes=400)
    asked = replace(case, partners=(*case.partners, region))
    code, message = refused(asked)
    assert code == "settlement.keys"
    assert message == (
        "REGION hat keine eigenen Einwohner: Wo Einwohner zählen, muss die Vereinbarung ein Gewicht (weight) oder "
        "einen festen Betrag (amount_cents) nennen."
    )
    for agreed in ({"weight": 1_000}, {"amount_cents": 100_000}):
        shares = settle(replace(case, partners=(replace(region, **agreed), *case.partners)))
        assert list(shares.cents) == [B, L, W, "REGION"]
        assert sum(shares.cents.values()) + shares.remainder_cents == 10_000_000


def test_where_inhabitants_do_not_count_the_region_needs_nothing() -> None:
    case = example("v5-by-usage")
    region = PartnerKeys("REGION", handle_s=20_000)
    assert settle(replace(case, partners=(*case.partners, region))).cents["REGION"] > 0


def test_an_amount_is_the_ceiling_of_v2_the_base_of_v4_the_fee_of_v6_the_share_of_v7() -> None:
    def with_region(name: str, **keys: int) -> Shares:
        region = PartnerKeys("REGION", amount_cents=50_000, **keys)
        case = example(name)
        return settle(replace(case, partners=(*case.partners, region)))

    assert with_region("v2-price-per-call", calls=10).cents["REGION"] == 4_200
    assert with_region("v2-price-per-call", calls=1_000).cents["REGION"] == 50_000
    assert with_region("v4-two-part", handle_s=0).cents["REGION"] == 50_000
    assert with_region("v6-size-classes").cents["REGION"] == 50_000
    assert with_region("v7-mix", calls=0, handle_s=0).cents["REGION"] == 50_000


# ---- bad input -------------------------------------------------------------------------------------------------------


def test_a_missing_key_names_the_partner_and_all_are_told() -> None:
    case = changed(changed(example("v7-mix"), L, calls=None), W, handle_s=None, inhabitants=None)
    with pytest.raises(RuleBroken) as error:
        settle(case)
    assert error.value.message == "03241010: calls fehlt; V7 braucht die Angabe."
    first, second = error.value.details["errors"]
    assert first.startswith("03241019: inhabitants fehlt; V7 braucht Einwohner oder ein Gewicht (weight)")
    assert second == "03241019: handle_s fehlt; V7 braucht die Angabe."


NOBODY = {"calls": 0, "handle_s": 0, "started_minutes": 0}


@pytest.mark.parametrize(
    ("name", "key"), [("v4-two-part", "handle_s"), ("v5-by-usage", "handle_s"), ("v7-mix", "calls")]
)
def test_no_one_with_usage(name: str, key: str) -> None:
    case = example(name)
    idle = replace(case, partners=tuple(replace(one, **NOBODY) for one in case.partners))
    code, message = refused(idle)
    assert code == "settlement.no_usage"
    assert message.startswith(f"{case.variant}: Kein Partner hat im Zeitraum etwas vom Schlüssel {key};")


def test_prices_without_usage_charge_nothing() -> None:
    case = example("v2-price-per-call")
    shares = settle(replace(case, partners=tuple(replace(one, calls=0) for one in case.partners)))
    assert set(shares.cents.values()) == {0}
    assert shares.remainder_cents == 10_000_000


def test_zero_cents() -> None:
    for name in ("v1-inhabitants", "v5-by-usage", "v7-mix"):
        shares = settle(replace(example(name), total_cents=0))
        assert set(shares.cents.values()) == {0}
        assert shares.remainder_cents == 0


def test_a_million_millions() -> None:
    shares = settle(replace(example("v1-inhabitants"), total_cents=10**12))
    assert sum(shares.cents.values()) == 10**12
    # 10^12 x 31,051 / 114,996 = 270,018,087,585.65
    assert shares.cents[B] == 270_018_087_586


def test_a_negative_total_is_the_positive_one_negated() -> None:
    for name in ("v1-inhabitants", "v1-joined-by-days", "v5-by-usage", "v7-mix"):
        case = example(name)
        credit = settle(replace(case, total_cents=-case.total_cents))
        assert credit.cents == {partner: -cents for partner, cents in settle(case).cents.items()}


def test_floors_and_amounts_above_the_cost_say_by_how_much() -> None:
    floor = replace(example("v7-mix-with-floor"), total_cents=5_849_999)
    assert refused(floor) == (
        "settlement.floor",
        "Die Mindestbeträge (3 × 19.500,00 €) übersteigen die Kosten (58.499,99 €) um 0,01 €.",
    )
    assert set(settle(replace(floor, total_cents=5_850_000)).cents.values()) == {1_950_000}
    amount = replace(example("v1-region-with-amount"), total_cents=1_400_000)
    assert refused(amount) == (
        "settlement.amounts",
        "Die festen Beträge (15.000,00 €) übersteigen die Kosten (14.000,00 €) um 1.000,00 €.",
    )


def test_a_floor_can_bring_the_next_one_below_it() -> None:
    """10 : 26 : 64 of 100, floor 25: the first pays it; of 75 the second would bear 21.67, so it pays it, too."""
    case = replace(example("v7-mix"), total_cents=100, parameters={"weights": {"calls": "1"}, "floor_cents": 25})
    for partner, calls in ((B, 10), (L, 26), (W, 64)):
        case = changed(case, partner, calls=calls)
    assert settle(case).cents == {B: 25, L: 25, W: 50}


def test_parameters_that_do_not_cover_the_cost_say_by_how_much() -> None:
    missing = covers(settle(example("v6-size-classes")))
    assert missing.shortfall_cents == 2_200_000
    assert missing.text == "Die Kosten sind nicht gedeckt: Es fehlen 22.000,00 € von 100.000,00 €."
    surplus = covers(settle(replace(example("v6-size-classes"), total_cents=7_700_000)))
    assert surplus.shortfall_cents == -100_000
    assert surplus.text == "Es wird mehr berechnet, als es kostet: 1.000,00 € über 77.000,00 €."
    assert covers(settle(example("v1-inhabitants"))).shortfall_cents == 0


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("v1-inhabitants", {"start": date(2026, 5, 1), "end": date(2026, 5, 1)}, "to (2026-05-01) muss nach from"),
    ("v1-inhabitants", {"start": date(2027, 1, 1)}, "an keinem Tag dabei"),
    ("v1-inhabitants", {"weight": 5}, "schließen einander aus; genannt sind inhabitants, weight"),
    ("v5-by-usage", {"handle_s": -1}, "handle_s ist negativ (-1)"),
]


@pytest.mark.parametrize(("name", "keys", "told"), WRONG)
def test_contradictions_are_refused(name: str, keys: dict[str, Any], told: str) -> None:
    code, message = refused(changed(example(name), B, **keys))
    assert code == "settlement.keys"
    assert told in message


def test_a_case_names_each_partner_once_and_somebody() -> None:
    case = example("v1-inhabitants")
    assert refused(replace(case, partners=(*case.partners, case.partners[1])))[1] == "03241010 kommt mehrmals vor."
    assert refused(replace(case, partners=()))[1] == "Der Fall nennt keinen Partner."


PARAMETERS: list[tuple[str, dict[str, Any], str]] = [
    ("v0-pilot", {"price": 1}, "parameters.price: ist in V0 unbekannt."),
    ("v1-inhabitants", {"pro_rata": "weeks"}, "parameters.pro_rata: „weeks“ ist keines von days, months."),
    ("v2-price-per-call", {"price_per_call_cents": -1, "ceiling_cents_per_inhabitant": 4},
     "parameters.price_per_call_cents: „-1“ ist keine Dezimalzahl ab 0 wie 4.25."),
    ("v3-price-per-minute", {"price_per_minute_cents": 121}, "parameters.unit: fehlt."),
    ("v4-two-part", {"base_cents": 1.5, "usage_cents": 1},
     "parameters.base_cents: muss eine ganze Zahl von 0 bis 1000000000000000 sein, ist 1.5."),
    ("v5-by-usage", {"plan_cents": 1, "advances": 0},
     "parameters.advances: muss eine ganze Zahl von 1 bis 12 sein, ist 0."),
    ("v6-size-classes", {"classes": [{"below": 10, "cents": 1}, {"below": 10, "cents": 2}], "above_cents": 3},
     "parameters.classes: below muss von Klasse zu Klasse steigen."),
    ("v6-size-classes", {"classes": [{"below": 10}], "above_cents": 3},
     "parameters.classes[0]: muss genau below, cents nennen."),
    ("v7-mix", {"weights": {"calls": "0.9", "handle_s": 0.2}},
     "parameters.weights: die Gewichte ergeben zusammen 11/10, nicht 1."),
    ("v7-mix", {"weights": {"minutes": "1"}},
     "parameters.weights: muss ein Objekt mit einigen von inhabitants, calls, handle_s, started_minutes sein."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "parameters", "told"), PARAMETERS)
def test_wrong_parameters_are_named(name: str, parameters: dict[str, Any], told: str) -> None:
    assert refused(replace(example(name), parameters=parameters)) == ("settlement.parameters", told)


def test_an_unknown_variant() -> None:
    assert refused(replace(example("v0-pilot"), variant="V8")) == (
        "settlement.variant",
        "Eine Variante „V8“ gibt es nicht; möglich: V0, V1, V2, V3, V4, V5, V6, V7.",
    )


def test_prices_may_have_parts_of_a_cent() -> None:
    case = replace(
        example("v3-four-calls-by-seconds"), parameters={"price_per_minute_cents": "12.05", "unit": "second"}
    )
    assert settle(case).cents[B] == 121  # 120.5: half up
