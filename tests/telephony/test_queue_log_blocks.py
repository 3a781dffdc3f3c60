"""Many lines are read at once where all are well-formed: the events must be those of each line read alone."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from wfm.telephony.adapters.queue_log import BLOCK, decode
from wfm.telephony.adapters.queue_log_words import MAKERS
from wfm.telephony.rules.events import Decoded, RawRow, Reading

#: Out of order by its very content: it makes a block be read line by line.
GARBAGE = b"\0\0\0"
READING = Reading(3, ignored=frozenset({"NOISE"}))

epochs = st.sampled_from(["1780988712", "1780988713", "1780988790"]) | st.sampled_from(
    [
        "",
        "0",
        "99999999999",
        "+1780988712",
        "01780988712",
        " 1780988712",
        "1_780_988_712",
        "178098871x",
        "²",
        "17809887121780988712",
    ]
)
words = st.sampled_from([*MAKERS, *MAKERS, "NOISE", "NEWWORD", "connect", ""])
data = st.sampled_from(
    [
        "1",
        "2",
        "86",
        "-3",
        " 4",
        "+5",
        "1_0",
        "9999999999",
        "",
        "NONE",
        "PAUSED",
        "ag01",
        "bürgeramt",
        "+49511168",
        "115",
    ]
    + ["99012345678901", "personalausweis", "CONNECT", "1780988713", "x1780988713", "x" * 256, "\r", "a\nb", "\u2028"]
)
lines = (
    st.tuples(epochs, data, data, data, words, st.lists(data, max_size=12))
    .map(lambda line: "|".join([*line[:5], *line[5]]).encode())
    .filter(lambda line: b"\n" not in line)
)
well_formed = st.sampled_from(
    [
        b"1780988712|1780988711.5|burgdorf|NONE|ENTERQUEUE|ausweis|+49511000447|1",
        b"1780988712|1780988711.5|burgdorf|NONE|ENTERQUEUE|+495136999|0511000447|1",
        b"1780988712|1780988711.5|NONE|NONE|DID|+495136999",
        b"1780988716|1780988711.5|burgdorf|ag01|CONNECT|4|1780988712.7|3",
        b"1780988790|1780988711.5|burgdorf|ag01|COMPLETECALLER|4|74|1",
        b"1780988790|1780988711.5|burgdorf|ag01|BLINDTRANSFER|9001|from-queue|4|74|1",
        b"1780988790|1780988711.5|burgdorf|ag01|ATTENDEDTRANSFER|1.7|1.9|4|74|1|x|y",
        b"1780988790|NONE|burgdorf|ag01|PAUSE|Mittag|und|mehr",
        b"1780988790|NONE|burgdorf|ag01|PAUSE|Mittag\r",
        b"1780988790|MANAGER|burgdorf|ag01|ADDMEMBER|PAUSED",
        b"1780988790|MANAGER|burgdorf|ag02|ADDMEMBER",
        b"1780988790|NONE|NONE|NONE|CONFIGRELOAD|",
    ]
)


def rows_of(payloads: list[bytes]) -> list[RawRow]:
    return [RawRow(place * 1_000, payload) for place, payload in enumerate(payloads)]


def alone(rows: list[RawRow]) -> Decoded:
    """Each line with garbage behind it, so that nothing is read at once."""
    read = [decode([row, RawRow(10**9, GARBAGE)], READING) for row in rows]
    return Decoded(
        [event for one in read for event in one.events],
        [bad._replace(after=None) for one in read for bad in one.unreadable if bad.position < 10**9],
    )


@example([b"\t1000000000||||ENTERQUEUE|||||"])  # a time, for Python; but a torn line's end stands before it
@given(st.lists(well_formed | lines | st.binary(max_size=40).filter(lambda line: b"\n" not in line), max_size=12))
def test_lines_read_together_are_what_each_is_alone(payloads: list[bytes]):
    rows = rows_of(payloads)
    decoded = decode(rows, READING)
    assert decoded.events == alone(rows).events
    assert [bad._replace(after=None) for bad in decoded.unreadable] == alone(rows).unreadable


@example([b"+1780988712|1|1|1|NOISE"])  # an ignored word's time is read as any other's
@given(st.lists(well_formed | lines, min_size=1, max_size=12))
def test_a_bad_line_changes_nothing_for_the_others(payloads: list[bytes]):
    rows = rows_of(payloads)
    disturbed = decode([*rows, RawRow(10**9, GARBAGE)], READING)
    assert disturbed.events == decode(rows, READING).events
    assert disturbed.unreadable[:-1] == decode(rows, READING).unreadable


@given(st.lists(st.sampled_from([1, BLOCK - 1, BLOCK]), min_size=1, max_size=3), st.data())
def test_the_cut_into_blocks_does_not_matter(lengths: list[int], data: st.DataObject):
    payloads: list[bytes] = []
    for length in lengths:
        payloads += [b"1780988716|1780988711.5|burgdorf|ag01|CONNECT|4|1780988712.7|3"] * length
        payloads.append(data.draw(well_formed | lines))
    rows = rows_of(payloads)
    decoded, apart = decode(rows, READING), alone([row for row in rows if b"CONNECT|4|" not in row.payload])
    others = [event for event in decoded.events if event.talk_s or event.agent != "ag01"]
    assert others == [event for event in apart.events if event.talk_s or event.agent != "ag01"]
    assert [event.ref for event in decoded.events] == sorted(event.ref for event in decoded.events)
    assert [bad._replace(after=None) for bad in decoded.unreadable] == apart.unreadable
    assert all(bad.after is not None for bad in decoded.unreadable)
