"""Cursors: opaque, steady, and nothing but a cursor is taken for one."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfm.core.errors import BadInput
from wfm.core.paging import page_of, read_cursor, write_cursor

KEYS = st.tuples(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)),
)


@given(KEYS)
def test_a_cursor_gives_its_key_back(key: tuple[str, int, date, datetime]):
    assert read_cursor(write_cursor(key), [str, int, date, datetime]) == list(key)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "abc",
        "ä",
        "A" * 999,
        write_cursor([]),
        write_cursor([1]),
        write_cursor(["a", 1]),
        write_cursor(["a\0"]),
        write_cursor([None]),
        "W" * 2 + "1tb" * 300,
    ],
)
def test_nothing_else_is_a_cursor(cursor: str):
    with pytest.raises(BadInput) as error:
        read_cursor(cursor, [str])
    assert error.value.details["field"] == "cursor"


@pytest.mark.parametrize("values", [[True], [2**63], [1.5], ["1"]])
def test_numbers_that_are_none(values: list[object]):
    with pytest.raises(BadInput):
        read_cursor(write_cursor(values), [int])


def test_the_last_page_has_no_next():
    assert page_of([1, 2, 3], 3, lambda item: [item]).next is None
    page = page_of([1, 2, 3, 4], 3, lambda item: [item])
    assert page.items == [1, 2, 3]
    assert page.next is not None
    assert read_cursor(page.next, [int]) == [3]
    assert page_of([], 3, lambda item: [item]).items == []
