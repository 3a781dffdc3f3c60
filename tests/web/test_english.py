"""Somebody who reads English finds no German sentence on the pages of their menu, nor where they are refused."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from flask import Flask

from tests.web.conftest import Ask
from tests.web.test_translations import english, sentences
from wfm.accounts.rules import Role
from wfm.web.figures import gap_text
from wfm.web.language import COOKIE

#: German sentences, of at least two words, whose English is another.
GERMAN = {message.id for message in sentences(english()) if isinstance(message.id, str) and " " in message.id} - {
    message.string for message in sentences(english()) if isinstance(message.string, str)
}


class Words(HTMLParser):
    """The texts and links of a page, without those that say they are German."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.links: list[str] = []
        self.german = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a":
            self.links.append(given.get("href") or "")
        if (self.german and tag == self.inside) or (not self.german and tag != "html" and given.get("lang") == "de"):
            self.german, self.inside = self.german + 1, tag
        if not self.german:
            self.texts += [text for name, text in attrs if name in ("aria-label", "placeholder", "alt") and text]

    def handle_endtag(self, tag: str) -> None:
        if self.german and tag == self.inside:
            self.german -= 1

    def handle_data(self, data: str) -> None:
        if not self.german:
            self.texts.append(" ".join(unescape(data).split()))


@pytest.mark.parametrize("role", Role)
def test_every_page_of_the_menu(ask: Ask, role: Role) -> None:
    reader = ask(role, partner="03241003") if role is Role.MUNICIPALITY else ask(role)
    assert reader("POST", "/sprache", data={"language": "en", "next": "/"}).status_code == 303
    first = Words(reader.get("/").text)
    menu = {link for link in first.links if re.fullmatch(r"/[a-z/-]*", link)}
    assert len(menu) > 3
    for link in sorted(menu):
        answer = reader.get(link, follow_redirects=True)
        assert answer.status_code == 200, link
        assert '<html lang="en">' in answer.text, link
        assert GERMAN.intersection(Words(answer.text).texts) == set(), link


def test_who_is_refused_reads_why(ask: Ask) -> None:
    reader = ask("agent")
    reader("POST", "/sprache", data={"language": "en", "next": "/"})
    for path, status in (("/verwaltung/konten", 403), ("/nirgends", 404), ("/warteschlangen?from=x", 422)):
        answer = reader.get(path)
        assert answer.status_code == status
        assert GERMAN.intersection(Words(answer.text).texts) == set(), path


def test_gaps_are_told_in_words(app: Flask) -> None:
    def told(language: str, **gap: object) -> str:
        with app.test_request_context(headers={"Cookie": f"{COOKIE}={language}"}):
            return gap_text(gap)

    lines = {"kind": "unreadable", "count": 1200, "text": "1200 Zeilen sind nicht lesbar (Quarantäne)"}
    assert told("en", **lines) == "1,200 lines cannot be read (quarantine)"
    assert told("de", **lines) == "1.200 Zeilen sind nicht lesbar (Quarantäne)"
    lost = {"kind": "missing", "count": 1, "text": "Ereignisse sind verloren: queue_log.3"}
    assert told("en", **lost) == "Events are lost: queue_log.3"
    assert told("en", kind="missing", text="") == ""
