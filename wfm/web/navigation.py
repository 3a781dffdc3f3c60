"""Where pages are found: the menu, by what the reader may see."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for

from wfm.accounts.rules import Viewer
from wfm.web.language import gettext as _


@dataclass(frozen=True, slots=True)
class Item:
    """A page in the menu."""

    title: str
    url: str
    current: bool


#: Group -> its pages: title, endpoint, permission. The first page of a group that somebody may see is its door.
MENU: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = ()


def navigation(viewer: Viewer) -> list[tuple[str, list[Item]]]:
    """The menu of this reader: groups with pages; what they may not see is not there."""
    found = []
    for group, pages in MENU:
        items = [
            Item(_(title), url_for(endpoint), request.endpoint == endpoint)
            for title, endpoint, permission in pages
            if viewer.may(permission)
        ]
        if items:
            found.append((_(group), items))
    return found
