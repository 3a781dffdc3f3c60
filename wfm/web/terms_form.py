"""Terms as a form: amounts in euros and shares in per cent, as clerks write them; and back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from wfm.billing.rules import written
from wfm.billing.rules.variants import VARIANTS
from wfm.billing.rules.words import euros
from wfm.core import fields
from wfm.core.errors import BadInput, Sentence
from wfm.web.language import N_

Given = dict[str, Any]
#: Variant -> its fields: name, title, hint. A price may have parts of a cent.
EURO, PRICE, PERCENT = N_("Euro im Jahr, zum Beispiel 96.000,00"), N_("Cent, auch mit Bruchteilen"), N_("Prozent")
FIELDS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "V0": (),
    "V1": (),
    "V2": (
        ("price_per_call_cents", N_("Preis je Anruf"), PRICE),
        ("ceiling_cents_per_inhabitant", N_("Obergrenze je Einwohner im Jahr"), PRICE),
    ),
    "V3": (("price_per_minute_cents", N_("Preis je Minute"), PRICE),),
    "V4": (("base_cents", N_("Grundbetrag aller"), EURO), ("usage_cents", N_("Betrag nach Nutzung"), EURO)),
    "V5": (("plan_cents", N_("geplante Kosten"), EURO),),
    "V6": (("above_cents", N_("oberste Klasse"), EURO),),
    "V7": (
        ("weight_inhabitants", N_("Gewicht der Einwohner"), PERCENT),
        ("weight_calls", N_("Gewicht der Anrufe"), PERCENT),
        ("weight_handle_s", N_("Gewicht der Bearbeitungszeit"), PERCENT),
        ("weight_started_minutes", N_("Gewicht der angefangenen Minuten"), PERCENT),
        ("floor_cents", N_("Mindestbetrag"), EURO),
    ),
}
_AMOUNTS = ("base_cents", "usage_cents", "plan_cents", "above_cents", "floor_cents")
_WEIGHT = "weight_"


class PreviewForm(fields.Schema):
    """What a preview on real months is reckoned with."""

    first = fields.MonthField()
    last = fields.MonthField()
    stage = fields.Text(choices=("plan", "actual", "amount"))
    amount = fields.Line(max_length=30)


class TermsForm(PreviewForm):
    """A version of terms as it is typed."""

    name = fields.Line(max_length=100)
    note = fields.Line(max_length=1000)
    variant = fields.Text(choices=tuple(VARIANTS), required=True)
    price_per_call_cents = fields.Line(max_length=20)
    ceiling_cents_per_inhabitant = fields.Line(max_length=20)
    price_per_minute_cents = fields.Line(max_length=20)
    unit = fields.Line(max_length=20)
    base_cents = fields.Line(max_length=30)
    usage_cents = fields.Line(max_length=30)
    plan_cents = fields.Line(max_length=30)
    above_cents = fields.Line(max_length=30)
    floor_cents = fields.Line(max_length=30)
    classes = fields.Text()
    weight_inhabitants = fields.Line(max_length=10)
    weight_calls = fields.Line(max_length=10)
    weight_handle_s = fields.Line(max_length=10)
    weight_started_minutes = fields.Line(max_length=10)
    calls = fields.Line(max_length=30)
    shorter_than_s = fields.Whole(at_least=0, at_most=60)
    wrapup = fields.Line(max_length=30)
    unattributed = fields.Line(max_length=30)
    basis = fields.Line(max_length=100)
    as_of = fields.Line(max_length=20)
    day = fields.Line(max_length=10)
    pro_rata = fields.Line(max_length=10)
    advances = fields.Whole(at_least=0, at_most=12)
    due_days = fields.Line(max_length=200)
    settlement_day = fields.Line(max_length=10)
    true_up = fields.Line(max_length=20)
    carry_over_years = fields.Whole(at_least=0, at_most=3)
    objection_days = fields.Whole(at_least=0, at_most=365)
    payment_days = fields.Whole(at_least=0, at_most=365)
    notice_months = fields.Whole(at_least=0, at_most=120)
    cost_covering = fields.Line(max_length=1)
    remainder = fields.Line(max_length=20)


#: A new form before anybody has typed.
BEGIN: Mapping[str, str] = {
    "calls": "answered_calls", "shorter_than_s": "0", "wrapup": "reported", "unattributed": "host",
    "as_of": "year_before", "pro_rata": "days", "advances": "4", "due_days": "15.02., 15.05., 15.08., 15.11.",
    "settlement_day": "31.03.", "true_up": "charge", "remainder": "host", "carry_over_years": "0",
    "objection_days": "28", "payment_days": "30", "notice_months": "12", "unit": "second", "stage": "plan",
}  # fmt: skip


def blank(values: Mapping[str, str]) -> bool:
    """Whether nothing is typed yet of what the variant asks for: nothing is wrong then, it is only not there yet."""
    asked = FIELDS[values["variant"]]
    return bool(asked) and not any(values[name] for name, _title, _hint in asked)


def given(values: Mapping[str, str]) -> Given:
    """What `service.terms` takes. Raises BadInput with the wrong `field`; what is missing the rules refuse."""
    variant = values["variant"]
    keys: Given = {"basis": values["basis"], "as_of": values["as_of"], "pro_rata": values["pro_rata"]}
    if values["as_of"] == "fixed":
        keys["day"] = values["day"] or None
    cycle: Given = {name: _whole(values, name) for name in ("advances", "carry_over_years", "objection_days",
                                                             "payment_days", "notice_months")}  # fmt: skip
    cycle |= {
        "due_days": [_day(part, "due_days") for part in re.split(r"[,;]", values["due_days"]) if part.strip()],
        "settlement_day": _day(values["settlement_day"], "settlement_day"),
        "true_up": values["true_up"],
        "remainder": values["remainder"] or "host",
        "cost_covering": values["cost_covering"] == "1",
    }
    counting = {name: values[name] for name in ("calls", "wrapup", "unattributed")}
    return {
        "variant": variant,
        "parameters": _parameters(variant, values),
        "counting": counting | {"shorter_than_s": _whole(values, "shorter_than_s")},
        "keys": keys,
        "cycle": cycle,
    }


def typed(terms: Any) -> dict[str, str]:
    """Stored terms as the form shows them."""
    parameters = terms.parameters
    values = dict.fromkeys(TermsForm._declared_fields, "") | {"name": terms.name, "note": terms.note}
    values |= {name: str(value) for name, value in (terms.counting | terms.keys | terms.cycle).items()}
    values |= {"variant": terms.variant, "cost_covering": "1" if terms.cycle["cost_covering"] else ""}
    values["due_days"] = ", ".join(map(_shown_day, terms.cycle["due_days"]))
    values["settlement_day"] = _shown_day(terms.cycle["settlement_day"])
    for name, value in parameters.items():
        if name == "weights":
            values |= {f"{_WEIGHT}{key}": _shown(Decimal(str(one)) * 100) for key, one in value.items()}
        elif name == "classes":
            values[name] = "\n".join(f"{each['below']}: {euros(each['cents'])}" for each in value)
        elif name in _AMOUNTS:
            values[name] = euros(value)
        else:
            values[name] = str(value).replace(".", ",")
    return values


def dump(parameters: Mapping[str, Any]) -> str:
    """Parameters as a line, for files."""
    return json.dumps(parameters, ensure_ascii=False, sort_keys=True)


def _parameters(variant: str, values: Mapping[str, str]) -> Given:
    found: Given = {}
    for name, _title, _hint in FIELDS.get(variant, ()):
        if not values[name]:
            continue
        if name.startswith(_WEIGHT):
            share = _decimal(values[name], name) / 100
            if share:
                found.setdefault("weights", {})[name.removeprefix(_WEIGHT)] = _shown(share).replace(",", ".")
        elif name in _AMOUNTS:
            found[name] = amount(values[name], name)
        else:
            found[name] = _shown(_decimal(values[name], name)).replace(",", ".")
    if variant == "V3":
        found["unit"] = values["unit"]
    if variant == "V6":
        found["classes"] = [_class(line) for line in values["classes"].splitlines() if line.strip()]
    return found


def amount(cell: str, field: str) -> int:
    """Euros as cents. Raises BadInput at the field."""
    try:
        return written.cents(cell)
    except ValueError as reason:
        raise BadInput("terms.amount", Sentence.of(reason.args[0]), field=field) from None


def _class(line: str) -> Given:
    below, _, fee = line.partition(":")
    digits = below.strip().replace(".", "")
    if not digits.isdigit() or not fee.strip():
        message = "Bitte je Zeile eine Klasse: unter wie vielen Einwohnern, Doppelpunkt, Euro (15000: 9.000,00)."
        raise BadInput("terms.classes", message, field="classes")
    return {"below": int(digits), "cents": amount(fee.strip(), "classes")}


def _decimal(cell: str, field: str) -> Decimal:
    try:
        value = Decimal(cell.removesuffix("%").strip().replace(",", "."))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0:
        raise BadInput("terms.number", Sentence("„%(given)s“ ist keine Zahl.", given=cell[:20]), field=field)
    return value


def _whole(values: Mapping[str, str], name: str) -> int | None:
    return int(values[name]) if values[name].isdigit() else None


def _day(cell: str, field: str) -> str:
    """`15.02.` or `02-15` as `02-15`."""
    match = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.?", cell.strip())
    if match:
        return f"{int(match[2]):02d}-{int(match[1]):02d}"
    if cell.strip() and not re.fullmatch(r"\d{2}-\d{2}", cell.strip()):
        message = Sentence("„%(given)s“ ist kein Tag (15.02.).", given=cell.strip()[:20])
        raise BadInput("terms.day", message, field=field)
    return cell.strip()


def _shown_day(day: str) -> str:
    month, _, number = day.partition("-")
    return f"{number}.{month}."


def _shown(value: Decimal) -> str:
    return f"{value.normalize():f}".replace(".", ",")
