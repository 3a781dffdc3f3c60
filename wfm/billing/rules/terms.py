"""A version of terms as a value: variant, parameters, counting, keys, cycle; and what of it a case is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self

from wfm.billing.rules.counting import Counting
from wfm.billing.rules.cycle import Cycle
from wfm.billing.rules.keys import KeysRule, ProRata
from wfm.billing.rules.variants import read_variant
from wfm.core.errors import RuleBroken, Sentence
from wfm.core.intervals import Days, Month
from wfm.core.rounding import half_up

#: Parameters agreed for a year: amounts in whole cents, and a price that keeps its fractions.
_YEARLY: Mapping[str, tuple[str, ...]] = {
    "V4": ("base_cents", "usage_cents"),
    "V5": ("plan_cents",),
    "V6": ("above_cents",),
    "V7": ("floor_cents",),
}


@dataclass(frozen=True, slots=True)
class TermsVersion:
    """How cost is shared. `parameters` are those of the variant for a whole year, without what `keys` and `cycle` say:
    V1's pro-rata basis and V5's number of advances."""

    name: str
    version: int
    variant: str
    parameters: Mapping[str, Any]
    counting: Counting
    keys: KeysRule
    cycle: Cycle
    id: int | None = None

    @classmethod
    def checked(cls, name: str, version: int, variant: str, parameters: Mapping[str, Any], counting: Mapping[str, Any],
                keys: Mapping[str, Any], cycle: Mapping[str, Any], terms_id: int | None = None) -> Self:  # fmt: skip
        """The version that these JSON values tell.

        Raises RuleBroken("settlement.variant", "settlement.parameters", "terms.part" or "terms.pro_rata"), whose
        `field` is the part or field that is wrong.
        """
        made = cls(name, version, variant, dict(parameters), Counting.from_json(counting), KeysRule.from_json(keys),
                   Cycle.from_json(cycle), terms_id)  # fmt: skip
        if made.keys.pro_rata is ProRata.MONTHS and variant != "V1":
            message = "Nach Monaten anteilig rechnet nur V1; jede andere Variante rechnet nach Tagen."
            raise RuleBroken("terms.pro_rata", message, field="pro_rata")
        for name_, elsewhere in {"V1": "pro_rata", "V5": "advances"}.items():
            if variant == name_ and elsewhere in parameters:
                message = Sentence("%(field)s steht nicht in den Parametern, sondern im eigenen Feld.", field=elsewhere)
                raise RuleBroken("settlement.parameters", message, field="parameters")
        try:
            read_variant(variant, made._whole_parameters())
        except RuleBroken as error:
            field = "variant" if error.code == "settlement.variant" else "parameters"
            raise RuleBroken(error.code, error.message, field=field, **error.details) from None
        return made

    @property
    def title(self) -> str:
        """What people call it."""
        return f"{self.name} ({self.version})"

    def case_parameters(self, period: Days) -> dict[str, Any]:
        """The parameters of a case of this period: yearly amounts for the part of a year that the period is, amounts
        half up, V2's ceiling to a millionth of a millionth of a cent."""
        part = part_of_year(period)
        given = self._whole_parameters()
        if part == 1:
            return given
        for name in _YEARLY.get(self.variant, ()):
            if name in given:
                given[name] = half_up(given[name] * part)
        if self.variant == "V2":
            exact = Fraction(str(given["ceiling_cents_per_inhabitant"])) * part
            whole, rest = divmod(half_up(exact * 10**12), 10**12)
            given["ceiling_cents_per_inhabitant"] = f"{whole}.{rest:012d}"
        if self.variant == "V6":
            given["classes"] = [{**each, "cents": half_up(each["cents"] * part)} for each in given["classes"]]
        return given

    def _whole_parameters(self) -> dict[str, Any]:
        given = dict(self.parameters)
        if self.variant == "V1":
            given["pro_rata"] = str(self.keys.pro_rata)
        if self.variant == "V5" and self.cycle.advances:
            given["advances"] = self.cycle.advances
        return given


def part_of_year(period: Days) -> Fraction:
    """How much of a year a period is: whole months by twelfths, other days by those of the year it begins in."""
    if period.start.day == 1 and period.end.day == 1:
        first, after = Month.of(period.start), Month.of(period.end)
        return Fraction(after.year * 12 + after.number - first.year * 12 - first.number, 12)
    year = period.start.year
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return Fraction((period.end - period.start).days, 366 if leap else 365)
