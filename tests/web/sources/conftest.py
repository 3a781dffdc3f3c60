"""The API tests' small centre, by pages: two municipalities with a call each."""

from __future__ import annotations

from tests.api.conftest import app, callers, empty

__all__ = ["app", "callers", "empty"]
