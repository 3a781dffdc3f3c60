"""Mappings that change with time."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfm.directory.rules.dated import DatedMap, Span, Validity, changed_since, merge_spans

ORIGIN = date(2026, 1, 1)


def day(offset: int) -> date:
    return ORIGIN + timedelta(days=offset)


def span(value: str, start: int, end: int | None = None) -> Span[str]:
    return Span(Validity(day(start), None if end is None else day(end)), value)


@st.composite
def free_of_overlap(draw: st.DrawFn) -> list[Span[str]]:
    """Spans of one key as the database holds them."""
    edges = sorted(draw(st.sets(st.integers(0, 12), max_size=6)))
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    spans = [span(draw(st.sampled_from("AB")), start, end) for start, end in pairs]
    if len(edges) % 2:
        spans.append(span(draw(st.sampled_from("AB")), edges[-1]))
    return spans


@st.composite
def anything(draw: st.DrawFn) -> list[Span[str]]:
    """Spans as a file may name them."""
    spans = []
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, 12))
        length = draw(st.none() | st.integers(1, 12))
        spans.append(span(draw(st.sampled_from("ABC")), start, None if length is None else start + length))
    return spans


def holding(spans: list[Span[str]], on: date) -> list[str]:
    return [s.value for s in spans if on in s.validity]


def test_validity_counts_the_last_day() -> None:
    validity = Validity.of(date(2026, 1, 1), date(2026, 1, 31))
    assert validity == Validity(date(2026, 1, 1), date(2026, 2, 1))
    assert validity.last_day == date(2026, 1, 31)
    assert date(2026, 1, 31) in validity
    assert date(2026, 2, 1) not in validity
    assert str(validity) == "2026-01-01 bis 2026-01-31"
    assert str(Validity(date(2026, 1, 1))) == "ab 2026-01-01"
    with pytest.raises(ValueError, match="empty"):
        Validity.of(date(2026, 1, 2), date(2026, 1, 1))


@given(free_of_overlap(), st.integers(-5, 60))
def test_dated_map_answers_as_a_search_would(spans: list[Span[str]], offset: int) -> None:
    numbers = DatedMap(("n", s.validity, s.value) for s in reversed(spans))
    expected = holding(spans, day(offset))
    assert numbers.on("n", day(offset)) == (expected[0] if expected else None)
    assert numbers.on("other", day(offset)) is None
    assert ("n" in numbers) == bool(spans)


def test_dated_map_refuses_two_values_on_a_day() -> None:
    with pytest.raises(ValueError, match="two values"):
        DatedMap([("n", Validity(day(0)), "A"), ("n", Validity(day(5)), "B")])


@pytest.mark.parametrize(
    ("known", "wanted", "added", "changed", "conflicts"),
    [
        ([], [span("A", 0)], [span("A", 0)], [], 0),
        ([span("A", 0)], [span("A", 0)], [], [], 0),
        # moves: the open range ends the day before
        ([span("A", 0)], [span("B", 9)], [span("B", 9)], [(span("A", 0), span("A", 0, 9))], 0),
        # moves to the same partner: still two ranges, harmless
        ([span("A", 0)], [span("A", 9)], [span("A", 9)], [(span("A", 0), span("A", 0, 9))], 0),
        # is corrected
        ([span("A", 0)], [span("B", 0)], [], [(span("A", 0), span("B", 0))], 0),
        ([span("A", 0)], [span("A", 0, 9)], [], [(span("A", 0), span("A", 0, 9))], 0),
        ([span("A", 0, 9)], [span("A", 0)], [], [(span("A", 0, 9), span("A", 0))], 0),
        # one file says both: when it ends and where it goes
        ([span("A", 0)], [span("A", 0, 9), span("B", 9)], [span("B", 9)], [(span("A", 0), span("A", 0, 9))], 0),
        # the first day was wrong: later, earlier; but an outdated file does not undo a move
        (
            [span("A", 0, 5), span("B", 5)],
            [span("A", 0, 9), span("B", 9)],
            [],
            [(span("A", 0, 5), span("A", 0, 9)), (span("B", 5), span("B", 9))],
            0,
        ),
        (
            [span("A", 0, 5), span("B", 5)],
            [span("A", 0, 3), span("B", 3)],
            [],
            [(span("A", 0, 5), span("A", 0, 3)), (span("B", 5), span("B", 3))],
            0,
        ),
        ([span("A", 5)], [span("A", 0)], [], [(span("A", 5), span("A", 0))], 0),
        ([span("A", 0, 5), span("B", 5)], [span("B", 0)], [], [], 1),
        # in the way
        ([span("A", 0, 9)], [span("B", 5)], [], [], 1),
        ([span("A", 5)], [span("B", 0)], [], [], 1),
        ([span("A", 5)], [span("B", 0, 5)], [span("B", 0, 5)], [], 0),
        ([span("A", 0, 5), span("B", 5)], [span("A", 0)], [], [], 1),
        ([], [span("A", 0), span("B", 9)], [], [], 1),
        ([], [span("A", 0), span("B", 0)], [], [], 1),
    ],
)
def test_merging(
    known: list[Span[str]],
    wanted: list[Span[str]],
    added: list[Span[str]],
    changed: list[tuple[Span[str], Span[str]]],
    conflicts: int,
) -> None:
    merge = merge_spans(known, wanted)
    assert list(merge.added) == added
    assert list(merge.changed) == changed
    assert len(merge.conflicts) == conflicts


@settings(max_examples=1500)
@given(free_of_overlap(), anything())
def test_merging_never_gives_two_values_and_is_final(known: list[Span[str]], wanted: list[Span[str]]) -> None:
    merge = merge_spans(known, wanted)
    if merge.conflicts:
        assert not merge.added
        assert not merge.changed
        return
    after = [*merge.added, *(new for _, new in merge.changed), *merge.unchanged]
    for offset in range(30):
        values = holding(after, day(offset))
        assert len(values) <= 1
        wish = holding(wanted, day(offset))
        assert not wish or values == wish
        before = holding(known, day(offset))
        if values != before:  # the change is announced from its first day on
            since = [s.validity.start for s in merge.added]
            since += [d for old, new in merge.changed if (d := changed_since(old, new)) is not None]
            assert min(since) <= day(offset)
    again = merge_spans(sorted(after, key=lambda s: s.validity.start), wanted)
    assert (again.added, again.changed, again.conflicts) == ((), (), ())
