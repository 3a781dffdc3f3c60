"""Parts of terms read from the JSON they are stored as: what is wrong is said by the German name of its field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wfm.billing.rules.parameters import Parameters
from wfm.core.errors import RuleBroken, Sentence


class Stored(Parameters):
    """Reads one part of terms. `titles` name its fields as people know them."""

    def __init__(self, part: str, titles: Mapping[str, str], given: Mapping[str, Any]) -> None:
        super().__init__(part, given)
        self.titles = titles
        self.first = ""

    def wrong(self, name: str, reason: Sentence) -> None:
        self.first = self.first or name
        title = Sentence(self.titles.get(name, name.replace("%", "%%")))
        self.errors.append(
            Sentence("%(part)s, %(field)s: %(reason)s.", part=Sentence(self.variant), field=title, reason=reason)
        )

    def done(self) -> None:
        """Raises RuleBroken("terms.part") with the first problem, its `field`, and the others in the details."""
        for name in sorted(self.given.keys() - self.asked):
            self.wrong(name, Sentence("ist hier unbekannt"))
        if self.errors:
            raise RuleBroken("terms.part", self.errors[0], field=self.first, errors=self.errors[1:])
