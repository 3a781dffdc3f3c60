"""In what state was an agent in a queue?

A pause says "paused from now on", whatever was before; repeating it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from wfm.telephony.rules import events as ev


class StateChange(NamedTuple):
    """One event about one agent in one queue, at an instant in microseconds; or a restart, which concerns all."""

    at: int
    kind: str
    text: str = ""


class Span(NamedTuple):
    """A stretch `[start, end)` of one state, ready or paused; `end` is None while it lasts."""

    start: int
    end: int | None
    state: str
    reason: str


def fold_agent(changes: Iterable[StateChange], before: Span | None = None) -> list[Span]:
    """The spans that changes in order of time tell, going on from the span that lasted `before` them.

    A pause of an agent never seen joining implies the membership (reading began in mid-shift). Spans without length
    are dropped.
    """
    spans: list[Span] = []
    start, state, reason = (before.start, before.state, before.reason) if before else (0, "", "")

    def close(at: int) -> None:
        if state and at > start:
            spans.append(Span(start, at, state, reason))

    for change in changes:
        new_state, new_reason = _after(change, state, reason)
        if (new_state, new_reason) != (state, reason):
            close(change.at)
            start, state, reason = change.at, new_state, new_reason
    if state:
        spans.append(Span(start, None, state, reason))
    return spans


def _after(change: StateChange, state: str, reason: str) -> tuple[str, str]:
    if change.kind == ev.AGENT_JOINED:
        if state:
            return state, reason
        return ("paused", "") if change.text == "PAUSED" else ("ready", "")
    if change.kind == ev.AGENT_PAUSED:
        return "paused", change.text
    if change.kind == ev.AGENT_UNPAUSED:
        return "ready", ""
    return "", ""  # left the queue, or the telephone system restarted
