"""The examples of docs/adapters.md do what the document says: a vendor is one file and one row of a table."""

from __future__ import annotations

import re
import sys
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest
from sqlalchemy import select

from wfm.core.db import transaction
from wfm.ingest import take
from wfm.queues.models import Stay
from wfm.telephony import adapters
from wfm.telephony.adapters import cloudevents
from wfm.telephony.models import Quarantine
from wfm.telephony.rules.envelope import read_body, seal_all
from wfm.telephony.rules.events import RawRow, Reading
from wfm.telephony.service.files import complete_lines, find_stream, open_log
from wfm.telephony.service.intake import lock_stream, open_source

TEXT = (Path(__file__).parents[2] / "docs" / "adapters.md").read_text(encoding="utf-8")
EXAMPLE = TEXT[TEXT.index("## Adding a vendor") :]


def test_a_vendor_is_one_file_and_one_row(database, tmp_path, monkeypatch: pytest.MonkeyPatch):
    program, row = re.findall(r"```python\n(.*?)```", EXAMPLE, re.DOTALL)
    lines = re.search(r"```\n(2026.*?)```", EXAMPLE, re.DOTALL)
    assert lines
    log = tmp_path / "nordfon.log"
    log.write_text(lines[1], encoding="utf-8")

    name = "wfm.telephony.adapters.nordfon"
    module = module_from_spec(spec_from_loader(name, None))
    exec(compile(program, "nordfon.py", "exec"), module.__dict__)
    monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(adapters, "ADAPTERS", dict(adapters.ADAPTERS))
    exec(row, {"ADAPTERS": adapters.ADAPTERS})

    with open_log(log) as handle, transaction() as session:
        source = open_source(session, "nordfon", "nordfon")
        stream = lock_stream(session, find_stream(session, source, handle, name=log.name).id)
        for rows, end in complete_lines(handle, 0, 3):
            take(session, stream, rows, end)
    with transaction() as session:
        (stay,) = session.scalars(select(Stay))
        assert (stay.outcome, stay.wait_s, stay.talk_s, stay.agent) == ("answered", 18, 182, "Kern")
        (bad,) = session.scalars(select(Quarantine))
        assert (bad.line, bad.reason) == (3, "unknown_event")


def test_the_table_of_events_says_what_the_adapter_reads():
    table = TEXT[TEXT.index("**Types and their data**") : TEXT.index("`call` is the exchange's own id")]
    told: dict[str, tuple[set[str], set[str]]] = {}
    for types, data in re.findall(r"^\| (`.*?) \| (.*) \|$", table, re.MULTILINE):
        fields = re.sub(r"\(.*?\)|;.*", "", data)
        required = set(re.findall(r"\*\*(\w+)\*\*", fields))
        for kind in re.findall(r"`([\w.]+)`", types):
            told[kind] = required, set(re.findall(r"\w+", fields)) - required
    assert told == {kind: (set(required), set(optional)) for kind, (required, optional) in cloudevents.FIELDS.items()}


def test_the_event_shown_is_one():
    (shown,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    (envelope,) = seal_all(read_body(shown.encode()))
    decoded = cloudevents.decode([RawRow(0, envelope.payload)], Reading(1))
    assert [event.kind for event in decoded.events] == ["call.answered"]
