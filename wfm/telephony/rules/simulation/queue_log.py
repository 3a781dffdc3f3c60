"""Writing what happened as Asterisk does: `epoch|callid|queue|agent|EVENT|data...`, whole seconds, nothing escaped."""

from __future__ import annotations

MARKER = "WFMGENERATED"
NOBODY = "NONE"
MANAGER = "MANAGER"


class QueueLog:
    """The lines of one day and the exchange's counter of channels, which begins anew each day."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._channels = 0

    def write(self, at: float, callid: str, queue: str, agent: str, event: str, *data: object) -> None:
        self.lines.append(f"{int(at)}|{callid}|{queue}|{agent}|{event}|{'|'.join(map(str, data))}\n")

    def channel(self, at: float) -> str:
        """The unique id of a new channel: of a caller, or of the agent's telephone that rings."""
        self._channels += 1
        return f"{int(at)}.{self._channels}"
