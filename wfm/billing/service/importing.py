"""The kinds of files that billing reads."""

from __future__ import annotations

from collections.abc import Mapping

from wfm.billing.service import agreements, cost_items, parties
from wfm.billing.service.files import FileKind
from wfm.core.errors import NotFound

KINDS: Mapping[str, FileKind] = {kind.name: kind for kind in (agreements.KIND, parties.KIND, cost_items.KIND)}


def kind_of(name: str) -> FileKind:
    """A kind of file; raises NotFound."""
    if name not in KINDS:
        raise NotFound("billing.file", "Eine solche Liste gibt es nicht.")
    return KINDS[name]
