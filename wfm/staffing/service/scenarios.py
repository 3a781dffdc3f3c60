"""A scenario of somebody's own, simulated while they wait: no database, an answer within seconds."""

from __future__ import annotations

import json
from typing import Any

from wfm.core.errors import BadInput, Sentence
from wfm.core.strict_json import strict_json
from wfm.staffing.rules.simulation.answer import COLUMNS, rows
from wfm.staffing.rules.simulation.reader import read_scenario
from wfm.staffing.rules.simulation.scenario import Scenario
from wfm.staffing.rules.simulation.simulate import simulate

#: What is reckoned while somebody waits: three seconds at the most. The command takes over a hundred times as much.
MAX_QUEUES, MAX_GROUPS = 50, 100
MAX_EVENTS = 300_000
MAX_CELLS_A_DAY, MAX_CELLS = 2_000, 200_000
#: Wrong places that one answer names.
MOST_ERRORS = 100

Row = dict[str, Any]


def simulate_scenario(body: bytes, replications: int) -> Row:
    """The table of `wfm staffing simulate` for a scenario in JSON.

    Raises BadInput: ("simulation.json") for what is no JSON, ("simulation.scenario") with each wrong place as `field`,
    ("simulation.too_large") for what would take longer than anybody waits.
    """
    scenario = _read(body)
    _check_size(scenario, replications)
    table = [dict(zip(COLUMNS, row, strict=True)) for row in rows(simulate(scenario, replications, fast=False))]
    return {"name": scenario.name, "seed": scenario.seed, "replications": replications, "rows": table}


def _read(body: bytes) -> Scenario:
    try:
        document = strict_json(body.decode("utf-8-sig"))
        # JSON allows half a character (a lone surrogate), which no answer could repeat.
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        why = str(error).encode("utf-8", "replace").decode()
        raise BadInput("simulation.json", Sentence("Das Szenario ist kein lesbares JSON: %(why)s", why=why)) from error
    try:
        return read_scenario(document)
    except BadInput as error:
        places = (wrong.partition(": ") for wrong in error.details["errors"][:MOST_ERRORS])
        error.details["errors"] = [{"in": "json", "field": path, "message": reason} for path, _, reason in places]
        raise


def _check_size(scenario: Scenario, replications: int) -> None:
    cells = (len(scenario.queues) + len(scenario.groups)) * scenario.intervals
    for what, asked, most in (
        (Sentence("Warteschlangen"), len(scenario.queues), MAX_QUEUES),
        (Sentence("Gruppen"), len(scenario.groups), MAX_GROUPS),
        (Sentence("Zellen aus Warteschlangen, Gruppen und Intervallen"), cells, MAX_CELLS_A_DAY),
        (Sentence("solche Zellen über alle Wiederholungen"), cells * replications, MAX_CELLS),
        (
            Sentence("Anrufe, Dienstbeginne, Dienstenden und Pausen über alle Wiederholungen"),
            (scenario.expected_calls + scenario.moves) * replications,
            MAX_EVENTS,
        ),
    ):
        if asked > most:
            words = (
                "Zu groß für eine Antwort in Sekunden: %(asked)s %(what)s, höchstens %(most)s."
                " Größeres rechnet „wfm staffing simulate“."
            )
            raise BadInput("simulation.too_large", Sentence(words, asked=round(asked), what=what, most=most))
