"""Parameters of variants in words, and amounts as people type them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from wfm.billing.rules.parameters import MAX_CENTS
from wfm.core import fields
from wfm.core.errors import Sentence
from wfm.web import language
from wfm.web.language import N_
from wfm.web.language import gettext as _

KEYS: Mapping[str, str] = {
    "inhabitants": N_("Einwohner"),
    "calls": N_("Anrufe"),
    "handle_s": N_("Bearbeitungszeit"),
    "started_minutes": N_("angefangene Minuten"),
}
_EUROS = re.compile(r"(\d{1,3}(?:\.\d{3})+|\d{1,13})(?:,(\d{1,2}))?", re.ASCII)


class Euros(fields.Line):
    """An amount as people type it here: 120000, 120.000 or 120.000,50; loaded as whole cents."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)

    default_error_messages: fields.Messages = {
        "euros": Sentence("Hier wird ein Betrag in Euro erwartet (120.000,50)."),
        "too_large": Sentence("Diese Zahl ist zu groß."),
    }

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Checked as a line of text first."""
        text = super().deserialize(value, *args, **kwargs)
        if not isinstance(text, str):
            return text
        match = _EUROS.fullmatch(text)
        if match is None:
            raise self.make_error("euros")
        cents = int(match[1].replace(".", "")) * 100 + int((match[2] or "0").ljust(2, "0"))
        if cents > MAX_CENTS:
            raise self.make_error("too_large")
        return cents


def parameters_told(variant: str, parameters: Mapping[str, Any]) -> str:
    """What a variant's parameters say, in a few words; empty where there are none."""
    match variant:
        case "V1" if parameters.get("pro_rata") == "months":
            return _("anteilig nach Monaten")
        case "V1":
            return _("anteilig nach Tagen")
        case "V2":
            price, ceiling = (
                _exact(parameters, "price_per_call_cents"),
                _exact(parameters, "ceiling_cents_per_inhabitant"),
            )
            return _("%(price)s je Anruf, höchstens %(ceiling)s je Einwohner", price=price, ceiling=ceiling)
        case "V3" if parameters.get("unit") == "started_minute":
            return _("%(price)s je angefangene Minute", price=_exact(parameters, "price_per_minute_cents"))
        case "V3":
            return _("%(price)s je Minute, auf die Sekunde", price=_exact(parameters, "price_per_minute_cents"))
        case "V4":
            base, usage = _exact(parameters, "base_cents"), _exact(parameters, "usage_cents")
            return _("%(base)s nach Einwohnern, %(usage)s nach Bearbeitungszeit", base=base, usage=usage)
        case "V5":
            return _("geplant %(plan)s", plan=_exact(parameters, "plan_cents"))
        case "V6":
            return _classes(parameters)
        case "V7":
            return _mix(parameters)
    return ""


def _classes(parameters: Mapping[str, Any]) -> str:
    classes = [
        _("unter %(below)s Einwohner %(fee)s", below=language.number(each["below"]), fee=language.money(each["cents"]))
        for each in parameters.get("classes", ())
    ]
    return "; ".join([*classes, _("sonst %(fee)s", fee=_exact(parameters, "above_cents"))])


def _mix(parameters: Mapping[str, Any]) -> str:
    told = [
        f"{_(KEYS.get(key, key))} {language.percent(float(weight), 0)}"
        for key, weight in parameters.get("weights", {}).items()
    ]
    if parameters.get("floor_cents"):
        told.append(_("mindestens %(floor)s", floor=_exact(parameters, "floor_cents")))
    return ", ".join(told)


def _exact(parameters: Mapping[str, Any], name: str) -> str:
    """Cents, perhaps with decimals, in euros with as many as there are, at least two."""
    if name not in parameters:
        return "–"
    euros = (Decimal(str(parameters[name])) / 100).normalize()
    exponent = euros.as_tuple().exponent
    return f"{language.number(euros, max(2, -exponent if isinstance(exponent, int) else 2))} €"
