"""Somebody who reads English finds no German sentence on the pages of their menu, nor where they are refused."""

from __future__ import annotations

import io
import pickle
import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask

from tests.web.conftest import Ask
from tests.web.test_translations import english, sentences
from wfm.accounts.rules import Role
from wfm.core.errors import BadInput, Sentence
from wfm.web.figures import gap_text
from wfm.web.language import COOKIE, gettext

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


@pytest.mark.parametrize(
    ("method", "path", "sent", "english"),
    [
        ("POST", "/verwaltung/konten", {"login": "admin", "name": "A", "role": "admin"}, "The login “admin” is taken."),
        (
            "POST",
            "/verwaltung/fristen",
            {"data_class": "account", "days": "729", "basis": "DV"},
            "“Audit trail” (730 days) must not be longer than “Name and login of locked accounts” (729).",
        ),
        (
            "POST",
            "/verwaltung/fristen",
            {"data_class": "import_draft", "days": "31", "basis": "DV"},
            "Uploaded files that nobody took over: 31 days; possible are 1 to 30.",
        ),
        ("POST", "/verwaltung/konten", {"login": "a" * 101, "name": "A", "role": "admin"}, "1 to 100 characters."),
        ("POST", "/verwaltung/fristen", {"data_class": "account", "days": "-1", "basis": "DV"}, "is 0 to 10000"),
        ("GET", "/quarantaene/4711", None, "There is no number 4711 in quarantine."),
    ],
)
def test_values_stand_in_english_sentences(ask: Ask, method: str, path: str, sent: Any, english: str) -> None:
    reader = ask("admin")
    reader("POST", "/sprache", data={"language": "en", "next": "/"})
    assert english in unescape(reader(method, path, data=sent).text)
    reader("POST", "/sprache", data={"language": "de", "next": "/"})
    assert english not in unescape(reader(method, path, data=sent).text)


def test_rows_of_a_file_are_refused_in_english(ask: Ask) -> None:
    reader = ask("admin")
    reader("POST", "/sprache", data={"language": "en", "next": "/"})
    head = "number;partner;valid_from;valid_to\n"
    rows = "x;03241003;2026-01-01;\n+495136898200;99999999;2026-01-01;\n+495136898201;03241003;2026-02-01;2026-01-01\n"
    file = (io.BytesIO((head + rows + "+49513689820;03241003;;\n").encode()), "numbers.csv")
    sent = {"kind": "numbers", "file": file}
    text = unescape(reader("POST", "/verzeichnis/einlesen", data=sent, follow_redirects=True).text)
    for told in (
        "“x” is no telephone number (in Excel, format the column as text)",
        "“99999999” is no AGS (8 digits)",
        "the last day 2026-01-01 is before the first, 2026-02-01",
        "is missing",
    ):
        assert told in text, text


def test_a_sentence_stays_whole_on_its_way(app: Flask) -> None:
    """Through pickles of workers and messages of marshmallow, and where it is only text."""
    told = Sentence("%(title)s: 75 %% in %(days)s Tage", title=Sentence("Sperrung"), days=3)
    assert told == "Sperrung: 75 % in 3 Tage"
    for same in (told, pickle.loads(pickle.dumps(told)), told.format(input=1)):
        assert (same, same.words, same.values) == (told, told.words, told.values)
    error = pickle.loads(pickle.dumps(BadInput("x", told, field="a")))
    assert (error.message.words, str(error)) == (told.words, "Sperrung: 75 % in 3 Tage")
    assert Sentence.of("fehlt") == "Fehlt."
    assert Sentence.of("100 % davon") == "100 % davon."
    with app.test_request_context(headers={"Cookie": f"{COOKIE}=en"}):
        assert gettext(Sentence.of(Sentence("widerspricht Zeile %(line)s", line=7))) == "Contradicts line 7."
        assert gettext(Sentence.of("fehlt")) == "Is missing."


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
