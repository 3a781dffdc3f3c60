"""Every German sentence that pages show has an English one, with the same places for values; and none is left over."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import wfm
from wfm.web import language

PACKAGE = Path(wfm.__file__).parent
#: Kinds of errors whose second argument is a sentence.
ERRORS = (
    *("BadInput", "NotFound", "NotAllowed", "Conflict", "RuleBroken", "ServerTrouble"),
    *("NotSignedIn", "TooManyTries"),
)
KEYWORDS: dict[str, Any] = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)} | dict.fromkeys(ERRORS, (2,))
PLACE = re.compile(r"%\(\w+\)s")


def said() -> dict[Any, str]:
    """German sentences, and where they stand."""
    found: dict[Any, str] = {}
    for method, pattern in (("jinja2.ext:babel_extract", "web/templates/**.html"), ("python", "**.py")):
        for file, line, message, _comments, _context in extract_from_dir(
            PACKAGE, [(pattern, method)], keywords=KEYWORDS, options_map={pattern: {"silent": "false"}}
        ):
            if message:
                found.setdefault(message, f"{file}:{line}")
    return found


def english() -> Catalog:
    with (language.CATALOGUES / "en.po").open("rb") as file:
        return read_po(file, locale="en")


def sentences(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def test_nothing_is_missing_and_nothing_left_over():
    wanted = said()
    there = {message.id: message for message in sentences(english())}
    missing = Catalog(locale="en")
    for sentence, place in wanted.items():
        if sentence not in there:
            file, _, line = place.rpartition(":")
            missing.add(sentence, locations=[(file, int(line))])
    text = io.BytesIO()
    write_po(text, missing, omit_header=True)
    assert not list(sentences(missing)), f"without English:\n{text.getvalue().decode()}"
    assert sorted(str(left) for left in there.keys() - wanted.keys()) == []


def test_every_sentence_has_its_words_and_places():
    for message in sentences(english()):
        pairs = (
            zip(message.id, message.string, strict=True)
            if isinstance(message.id, tuple)
            else [(message.id, message.string)]
        )
        for german, text in pairs:
            assert text, german
            assert sorted(set(PLACE.findall(text))) == sorted(set(PLACE.findall(german))), german
        assert "fuzzy" not in message.flags, message.id
