"""Mappings that change with time: validity in days, looking up, and merging a file into what is known."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Generic, Self, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Validity:
    """The days on which something holds: `start` included, `end` excluded, no end = until further notice.

    People name the last day instead (`valid_to` in files and messages): see `of` and `last_day`.
    """

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"empty validity: {self.start} to {self.end}")

    @classmethod
    def of(cls, first_day: date, last_day: date | None) -> Self:
        """From the first to the last day, both included, as clerks write it."""
        return cls(first_day, last_day and last_day + ONE_DAY)

    @property
    def last_day(self) -> date | None:
        return self.end and self.end - ONE_DAY

    def __contains__(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    def overlaps(self, other: Validity) -> bool:
        return (self.end is None or other.start < self.end) and (other.end is None or self.start < other.end)

    def __str__(self) -> str:
        return f"{self.start} bis {self.last_day}" if self.end else f"ab {self.start}"


@dataclass(frozen=True, slots=True)
class Span(Generic[Value]):
    """A value and the days on which it holds."""

    validity: Validity
    value: Value


class DatedMap(Generic[Key, Value]):
    """What a key stands for on a day: made once a batch, asked for every call (one dictionary, one bisection)."""

    __slots__ = ("_spans",)

    def __init__(self, entries: Iterable[tuple[Key, Validity, Value]] = ()) -> None:
        by_key: dict[Key, list[Span[Value]]] = {}
        for key, validity, value in entries:
            by_key.setdefault(key, []).append(Span(validity, value))
        self._spans: dict[Key, tuple[list[date], list[Span[Value]]]] = {}
        for key, spans in by_key.items():
            spans.sort(key=lambda span: span.validity.start)
            for earlier, later in pairwise(spans):
                if earlier.validity.overlaps(later.validity):
                    raise ValueError(f"{key!r} has two values on {later.validity.start}")
            self._spans[key] = [span.validity.start for span in spans], spans

    def on(self, key: Key, day: date) -> Value | None:
        """The value of the key on that day, or None."""
        known = self._spans.get(key)
        if known is None:
            return None
        starts, spans = known
        position = bisect_right(starts, day) - 1
        if position < 0:
            return None
        span = spans[position]
        end = span.validity.end
        return span.value if end is None or day < end else None

    def __contains__(self, key: Key) -> bool:
        return key in self._spans


@dataclass(frozen=True, slots=True)
class Merge(Generic[Value]):
    """What merging wanted spans into known ones means; `changed` pairs what was with what will be."""

    added: tuple[Span[Value], ...]
    changed: tuple[tuple[Span[Value], Span[Value]], ...]
    unchanged: tuple[Span[Value], ...]
    conflicts: tuple[tuple[Span[Value], Span[Value]], ...]


def merge_spans(known: Sequence[Span[Value]], wanted: Sequence[Span[Value]]) -> Merge[Value]:
    """Merge the spans wanted for one key into the known ones, none of which overlap.

    A span that starts on the same day as a known one replaces it. A new one closes a known one that is still open the
    day before: this is how a number moves. A known one begins on another day if the wanted ones say so (see
    `_corrected`). Anything else that would give the key two values on a day is a conflict (wanted span, span in its
    way), as are two wanted spans that overlap.
    """
    wanted = sorted(wanted, key=lambda span: span.validity.start)
    named: dict[date, Span[Value]] = {}
    conflicts: list[tuple[Span[Value], Span[Value]]] = []
    for span in wanted:
        if named.setdefault(span.validity.start, span) is not span:
            conflicts.append((span, named[span.validity.start]))
    taken = {span.validity.start for span in known}
    free = [span for span in wanted if span.validity.start not in taken]
    after = {
        span.validity.start: named.get(span.validity.start) or _corrected(span, wanted, free) or span for span in known
    }
    result = {span.validity.start: span for span in after.values()} | named
    starts = sorted(result)
    for start, following in pairwise(starts):
        earlier, later = result[start], result[following]
        if not earlier.validity.overlaps(later.validity):
            continue
        if following not in named:
            conflicts.append((earlier, later))
        elif start in named or earlier.validity.end is not None:
            conflicts.append((later, earlier))
        else:
            after[start] = replace(earlier, validity=Validity(start, following))
    if conflicts:
        return Merge((), (), (), tuple(conflicts))
    pairs = [(span, after[span.validity.start]) for span in known]
    in_place = {now.validity.start for _, now in pairs}
    return Merge(
        added=tuple(span for start, span in named.items() if start not in in_place),
        changed=tuple((before, now) for before, now in pairs if before != now),
        unchanged=tuple(before for before, now in pairs if before == now),
        conflicts=(),
    )


def _corrected(known: Span[Value], wanted: Sequence[Span[Value]], free: Iterable[Span[Value]]) -> Span[Value] | None:
    """The one of the free wanted spans that only corrects the first day of a known one.

    It has the same value and end, and the wanted ones speak of every day of the known one: so nobody has to guess what
    shall hold on the days in between, and an outdated file, which names no second span, doesn't undo a move.
    """
    reached: date | None = known.validity.start
    for span in wanted:
        if reached is not None and reached in span.validity:
            reached = span.validity.end
    if reached is not None and (known.validity.end is None or reached < known.validity.end):
        return None
    same = (s for s in free if s.value == known.value and s.validity.end == known.validity.end)
    return next(same, None)


def changed_since(before: Span[Value], after: Span[Value]) -> date | None:
    """The first day on which a changed span says something else than before; None if it says the same."""
    if before.value != after.value or before.validity.start != after.validity.start:
        return min(before.validity.start, after.validity.start)
    if before.validity.end == after.validity.end:
        return None
    return min(end for end in (before.validity.end, after.validity.end) if end is not None)
