"""A scenario as the interface takes it in, and what its simulation found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from wfm.core import fields
from wfm.staffing import examples as ex

#: So many random days at most while somebody waits.
MOST_REPLICATIONS = 1_000


class ReplicationArguments(fields.Schema):
    replications = fields.Whole(
        at_least=1, at_most=MOST_REPLICATIONS, load_default=100, metadata={"description": "Random days to live"}
    )


class SimulatedRowSchema(fields.Schema):
    """One figure of a queue, a group or the centre; null where nothing can be said (docs/simulation.md)."""

    scope = fields.Text(required=True, choices=("queue", "group", "centre"))
    name = fields.Text(required=True, metadata={"description": "Empty for the centre"})
    period = fields.Text(required=True, choices=("interval", "day"))
    start = fields.Text(required=True, data_key="from", attribute="from", metadata={"description": "HH:MM"})
    end = fields.Text(required=True, data_key="to", attribute="to", metadata={"description": "HH:MM, exclusive"})
    figure = fields.Text(required=True, metadata={"description": "sl_offered, asa_answered_s, occupancy and so on"})
    mean = fields.Number(required=True, allow_none=True, metadata={"description": "Rates: ratio of sums over all days"})
    lo95 = fields.Number(required=True, allow_none=True, metadata={"description": "95 % interval of the mean"})
    hi95 = fields.Number(required=True, allow_none=True)
    mean_of_days = fields.Number(required=True, allow_none=True)
    p10 = fields.Number(required=True, allow_none=True, metadata={"description": "One day in ten is below"})
    p90 = fields.Number(required=True, allow_none=True, metadata={"description": "One day in ten is above"})


class SimulatedSchema(fields.Schema):
    """The lines that `wfm staffing simulate` writes, in its order."""

    name = fields.Text(required=True)
    seed = fields.Whole(required=True)
    replications = fields.Whole(required=True)
    rows = fields.ListOf(fields.Part(SimulatedRowSchema), required=True)


def _whole(node: Any, parts: dict[str, Any]) -> Any:
    """A JSON Schema with its parts in their places: inside another document `#/$defs/…` would lead nowhere."""
    if isinstance(node, list):
        return [_whole(item, parts) for item in node]
    if not isinstance(node, dict):
        return node
    part = parts[node["$ref"].removeprefix("#/$defs/")] if "$ref" in node else {}
    own = {key: value for key, value in node.items() if key not in ("$ref", "$defs", "$schema")}
    return {key: _whole(value, parts) for key, value in (part | own).items()}


_SCENARIO = json.loads((Path(__file__).parent / "scenario.schema.json").read_text(encoding="utf-8"))
SCENARIO_BODY = {"application/json": {"schema": _whole(_SCENARIO, _SCENARIO["$defs"]), "example": ex.SCENARIO}}
