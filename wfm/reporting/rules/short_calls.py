"""Short calls: terms may leave out answered calls of less talk than so many seconds."""

from __future__ import annotations

#: Classes of whole talk kept in facts, in seconds: an answered call counts in each that its talk is shorter than.
SHORT_TALK = (5, 10, 15, 20, 30, 60)
