"""Lines of a queue_log that cannot be read: each has its reason, none harms another. Good ones: tests/queues."""

from __future__ import annotations

import pytest

from wfm.core.clock import SECOND
from wfm.telephony.adapters.queue_log import MAKERS, MAX_LINE, decode
from wfm.telephony.rules.events import Decoded, RawRow, Reading, Unreadable, pack_ref

GOOD = b"1780988712|1780988711.5|burgdorf|NONE|ENTERQUEUE||+49511000447|1|"
LATER = b"1780988716|1780988711.5|burgdorf|ag01|CONNECT|4|1780988712.7|3"

BAD = {
    "a NUL byte": (b"1780988713|NONE|burgdorf|ag\x0001|PAUSE|Pause", "nul_byte"),
    "only NUL bytes, after a power cut": (b"\0" * 512, "nul_byte"),
    "half a line": (b"1780988713|178098871", "too_few_fields"),
    "the other half": (b"1.5|burgdorf|NONE|ABANDON|1|1|1", "time"),
    "another encoding": ("1780988713|NONE|burgdorf|ag01|PAUSE|Rückruf".encode("latin-1"), "encoding"),
    "UTF-16": (GOOD.decode().encode("utf-16"), "nul_byte"),
    "no time": (b"gestern|1780988711.5|burgdorf|NONE|ABANDON|1|1|1", "time"),
    "digits that are none": ("²²²²²²²²²²|1780988711.5|burgdorf|NONE|ABANDON|1|1|1".encode(), "time"),
    "a time before there were queues": (b"0|1780988711.5|burgdorf|NONE|ABANDON|1|1|1", "time"),
    "a time beyond all calls": (b"99999999999999999999|1.5|burgdorf|NONE|ABANDON|1|1|1", "time"),
    "a number too long for Python": (b"9" * 5_000 + b"|1.5|burgdorf|NONE|ABANDON|1|1|1", "time"),
    "an unknown event": (b"1780988713|NONE|NONE|NONE|NEWWORD|x", "unknown_event"),
    "an event in small letters": (b"1780988713|1.5|burgdorf|NONE|abandon|1|1|1", "unknown_event"),
    "no event": (b"1780988713|NONE|NONE|NONE||", "unknown_event"),
    "a wait that is no number": (b"1780988713|1.5|burgdorf|NONE|ABANDON|1|1|long", "data"),
    "a wait too few": (b"1780988713|1.5|burgdorf|NONE|ABANDON|1|1", "data"),
    "a wait of years": (b"1780988713|1.5|burgdorf|NONE|ABANDON|1|1|99999999999", "data"),
    "a transfer without its numbers": (b"1780988713|1.5|burgdorf|ag01|BLINDTRANSFER|9001|x|", "data"),
    "a name as long as a novel": (b"1780988713|1.5|" + b"q" * 300 + b"|NONE|ABANDON|1|1|1", "field_too_long"),
    "a name of many bytes": ("1780988713|1.5|{}|NONE|ABANDON|1|1|1".format("ü" * 130).encode(), "field_too_long"),
    "megabytes, cut at intake": ((b"1780988713|NONE|q|ag01|PAUSE|" + b"x" * 10**7)[:MAX_LINE], "line_too_long"),
    "binary": (bytes(range(1, 10)) + bytes(range(128, 256)), "encoding"),
}  # fmt: skip


@pytest.mark.parametrize(("line", "reason"), BAD.values(), ids=BAD)
def test_a_bad_line_has_its_reason_and_harms_no_other(line: bytes, reason: str):
    decoded = decode([RawRow(0, GOOD), RawRow(70, line), RawRow(900, LATER)], Reading(3))
    assert [event.ref for event in decoded.events] == [pack_ref(3, 0), pack_ref(3, 900)]
    assert [event.at for event in decoded.events] == [1780988712 * SECOND, 1780988716 * SECOND]
    (bad,) = decoded.unreadable
    assert (bad.position, bad.reason) == (70, reason)
    assert len(bad.detail) < 120
    assert "\0" not in bad.detail
    assert bad.after in (1780988712 * SECOND, 1780988713 * SECOND)


@pytest.mark.parametrize("torn", [GOOD[:-30], b"17", b"\0" * 40, b"\xfc|", LATER, GOOD])
def test_the_line_that_goes_on_in_a_torn_one_is_read(torn: bytes):
    """A crash tears a line off, and what the exchange writes first when it is back goes on in it."""
    decoded = decode([RawRow(0, torn + LATER)], Reading(3))
    assert decoded.events == decode([RawRow(0, LATER)], Reading(3)).events
    assert [(bad.position, bad.reason) for bad in decoded.unreadable] == [(0, "half_line")]


def test_a_reason_full_of_bars_is_no_torn_line():
    reason = b"1780988700|a|b|c|d|e|f"
    [event] = decode([RawRow(0, b"1780988713|NONE|burgdorf|ag01|PAUSE|" + reason)], Reading(3)).events
    assert event.text == reason.decode()


def test_an_unreadable_line_at_the_edge_of_a_batch_knows_no_time():
    assert decode([RawRow(0, b"x")], Reading(1)).unreadable == [
        Unreadable(0, "too_few_fields", "1 of at least 5 fields", None)
    ]


def test_empty_lines_and_windows_ends_are_no_errors():
    assert decode([RawRow(0, b""), RawRow(1, b"\r")], Reading(1)) == Decoded([], [])
    assert len(decode([RawRow(0, LATER + b"\r")], Reading(1)).events) == 1


def test_an_operator_can_declare_a_word_to_be_noise():
    row = RawRow(0, b"1780988713|NONE|NONE|NONE|NEWWORD|x")
    assert decode([row], Reading(1, ignored=frozenset({"NEWWORD"}))) == Decoded([], [])
    assert decode([row], Reading(1, ignored=frozenset({"OTHER"}))).unreadable


@pytest.mark.parametrize("word", MAKERS)
def test_every_word_without_its_data_is_read_or_quarantined(word: str):
    for data in (b"", b"|", b"|x", b"||||||", b"|-1|-1|-1|-1|-1"):
        decoded = decode([RawRow(0, b"1780988713|1.5|burgdorf|ag01|" + word.encode() + data)], Reading(1))
        assert {bad.reason for bad in decoded.unreadable} <= {"data"}
        assert all(event.wait_s is None or event.wait_s >= 0 for event in decoded.events)
