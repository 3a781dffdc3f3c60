"""What every adapter must keep, whatever the bytes: never fail, give only what can be stored, not depend on batches."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfm.telephony.adapters import ADAPTERS, decoder, queue_log, rank
from wfm.telephony.rules.column_map import complete
from wfm.telephony.rules.events import WAIT_UNKNOWN, Decoded, RawRow, Reading

ROOT = Path(__file__).parents[2]
LOG = Path(queue_log.__file__).parents[1] / "data" / "asterisk" / "queue_log"
EVENT = {
    "specversion": "1.0", "id": "1", "source": "s", "type": "call.answered", "time": "2026-09-01T08:15:00+02:00",
    "data": {"call": "c1", "queue": "burgdorf", "agent": "Kern", "wait_s": 18},
}  # fmt: skip
CDR = complete(tomllib.loads((ROOT / "docs/examples/asterisk-cdr-csv.toml").read_text(encoding="utf-8")))
SAMPLES: dict[str, list[bytes]] = {
    "queue_log": LOG.read_bytes().splitlines()[:60],
    "queue_log_table": [
        json.dumps([str(number), "2026-10-25 02:15:00.5", *line.split("|")[1:]], ensure_ascii=False).encode()
        for number, line in enumerate(LOG.read_text(encoding="utf-8").splitlines()[:60])
    ],
    "events": [json.dumps(EVENT).encode(), json.dumps(EVENT | {"type": "source.restarted", "data": {}}).encode()],
    "cdr": (ROOT / "tests/data/asterisk/cdr_Master.csv").read_bytes().splitlines()[:60],
}


def reading(kind: str) -> Reading:
    return Reading(5, settings={"cdr": CDR} if kind == "cdr" else {})


def decode(kind: str, payloads: list[bytes]) -> Decoded:
    return decoder(kind)([RawRow(number, payload) for number, payload in enumerate(payloads)], reading(kind))


@st.composite
def damaged(draw: st.DrawFn, samples: list[bytes]) -> bytes:
    """A real line in which some stretch was replaced by other bytes."""
    line = draw(st.sampled_from(samples))
    start = draw(st.integers(0, len(line)))
    end = draw(st.integers(start, min(len(line), start + 12)))
    other = draw(
        st.one_of(st.binary(max_size=12), st.text(max_size=6).map(lambda text: text.encode("utf-8", "replace")))
    )
    return line[:start] + other + line[end:]


def storable(text: str) -> bool:
    return "\0" not in text and len(text) <= 1_300 and bool(text.encode() or True)


def _told(wait_s: int | None) -> int | None:
    return None if wait_s == WAIT_UNKNOWN else wait_s


@pytest.mark.parametrize("kind", ADAPTERS)
def test_there_are_samples_of_every_kind_and_they_can_be_read(kind: str):
    decoded = decode(kind, SAMPLES[kind])
    assert decoded.events
    assert decoded.unreadable == []


@pytest.mark.parametrize("kind", ADAPTERS)
@given(data=st.data())
def test_whatever_the_bytes_an_adapter_never_fails_and_loses_no_row(kind: str, data: st.DataObject):
    payloads = data.draw(st.lists(st.one_of(damaged(SAMPLES[kind]), st.binary(max_size=40)), min_size=1, max_size=4))
    good = SAMPLES[kind][-1]
    alone, among = decode(kind, [good] * (len(payloads) + 1)), decode(kind, [*payloads, good])
    place = len(payloads)
    assert [event for event in among.events if event.ref & 0xFFFF == place] == [
        event for event in alone.events if event.ref & 0xFFFF == place
    ], "the good row behind the bad ones is read as ever"
    for event in among.events:
        assert all(storable(value) for value in event if isinstance(value, str))
        assert all(value is None or 0 <= value < 2**31 for value in (_told(event.wait_s), event.talk_s))
    for bad in among.unreadable:
        assert storable(bad.detail)
        assert 0 <= bad.position < place


@pytest.mark.parametrize("kind", ADAPTERS)
def test_an_event_does_not_depend_on_the_rows_around_it(kind: str):
    whole = decode(kind, SAMPLES[kind])
    parts = [
        decoder(kind)([RawRow(number, payload)], reading(kind)).events for number, payload in enumerate(SAMPLES[kind])
    ]
    calls = [event for event in whole.events if event.call]
    assert calls == [event for part in parts for event in part if event.call]


def test_ranks_tell_the_sources_of_a_system_apart():
    assert sorted(ADAPTERS, key=rank) == ["queue_log", "events", "queue_log_table", "cdr"]
    assert len({rank(kind) for kind in ADAPTERS}) == len(ADAPTERS)
