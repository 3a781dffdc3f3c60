"""`wfm source` and `wfm quarantine` at a terminal."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from wfm.accounts.models import AuditEntry
from wfm.core.clock import now
from wfm.core.db import transaction
from wfm.core.errors import NotFound
from wfm.telephony.commands import quarantine, source
from wfm.telephony.models import Quarantine, Source
from wfm.telephony.rules.events import RawRow
from wfm.telephony.rules.numbers import without_numbers
from wfm.telephony.service.intake import append, get_source, open_source
from wfm.telephony.service.quarantine import set_aside
from wfm.telephony.service.streams import only_stream

LINE = b"1780988712|1780988711.5|burgdorf|NONE|ENTERQUEUE||17604069009|x\xfc\0 04066 969783"


@pytest.fixture
def shown(database) -> int:
    """A line in quarantine that is a raw event, and one that never became one; the first one's id."""
    with transaction() as session:
        stream = only_stream(session, open_source(session, "pbx", "queue_log"))
        append(session, stream, [RawRow(0, LINE)], len(LINE), now())
        detail = "not a number: '+49511000447'"
        row = Quarantine(stream_id=stream.id, position=0, line=1, reason="data", detail=detail, received_at=now())
        session.add(row)
        session.flush()
        set_aside(session, stream, b"x" * 5_000, "half_line", "ends in the middle", now(), 7)
        return row.id


def run(command, *arguments: object) -> str:
    result = CliRunner().invoke(command, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_quarantine_is_listed_with_file_line_and_reason(shown):
    rows = json.loads(run(quarantine, "list", "--format", "json"))
    assert [(row["source"], row["file"], row["line"], row["reason"]) for row in rows] == [
        ("pbx", "pbx", 1, "data"), ("pbx", "pbx", 7, "half_line"),
    ]  # fmt: skip
    assert "511000447" not in json.dumps(rows)
    table = run(quarantine, "list", "--source", "pbx", "--limit", 1)
    assert "data" in table
    assert "half_line" not in table
    assert run(quarantine, "list", "--state", "read") == ""
    assert json.loads(run(quarantine, "list", "--state", "read", "--format", "json")) == []
    with pytest.raises(NotFound):
        run(quarantine, "list", "--source", "nobody")


def test_a_line_is_shown_without_callers_numbers(shown):
    text = run(quarantine, "show", shown)
    assert "1780988712|1780988711.5|burgdorf|NONE|ENTERQUEUE||***|x\\xfc\\x00 ***" in text
    assert "511000447" not in text
    with transaction() as session:
        assert session.scalars(select(AuditEntry)).all() == []
    assert "(5000 Byte)" in run(quarantine, "show", shown + 1)
    with pytest.raises(NotFound):
        run(quarantine, "show", 4711)


def test_a_line_does_not_steer_the_terminal(database):
    with transaction() as session:
        stream = only_stream(session, open_source(session, "pbx", "queue_log"))
        set_aside(session, stream, b"a\tb\x1b[2J\r\nQuelle: \xc2\x9b2J\x07", "half_line", "ends", now(), 1)
        row_id = session.scalars(select(Quarantine.id)).one()
    text = run(quarantine, "show", row_id, "--raw")
    assert text.endswith("\na\tb\\x1b[2J\\x0d\\x0aQuelle: \\x9b2J\\x07\n")


def test_who_looks_at_numbers_is_noted(shown):
    text = run(quarantine, "show", shown, "--raw")
    assert "17604069009" in text
    assert "+49511000447" in text
    with transaction() as session:
        (entry,) = session.scalars(select(AuditEntry))
        assert (entry.action, entry.object_id, entry.fields) == ("quarantine.read", str(shown), ["payload"])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1780988712|1780988711.5|q", "1780988712|1780988711.5|q"),
        ("17604069009|1|half of a line", "***|1|half of a line"),
        ("pbx1-1780988711.5 by 5136000443.", "pbx1-1780988711.5 by ***."),
        ('["7","2026-06-09 09:00:00","+495136000443"]', '["7","2026-06-09 09:00:00","***"]'),
        ("0511 1680 or +49 511 1680", "*** or ***"),
    ],
)
def test_what_could_be_a_telephone_number_is_hidden(text: str, shown: str):
    assert without_numbers(text) == shown


def test_sources_are_listed_and_set(shown):
    run(source, "set", "pbx", "--ignore-event", "NEWWORD", "--ignore-event", "OTHER")
    run(source, "set", "pbx", "--ignore-event", "THIRD", "--rank", 2, "--system", "garbsen")
    (row,) = json.loads(run(source, "list", "--format", "json"))
    assert (row["name"], row["system"], row["rank"], row["events"], row["quarantined"]) == ("pbx", "garbsen", 2, 1, 2)
    assert "garbsen" in run(source, "list")
    with transaction() as session:
        assert get_source(session, "pbx").ignored_events == ["NEWWORD", "OTHER", "THIRD"]
        assert len(session.scalars(select(AuditEntry)).all()) == 2
        assert session.scalars(select(Source)).one().system.name == "garbsen"
    with pytest.raises(NotFound):
        run(source, "set", "nobody", "--rank", 1)
