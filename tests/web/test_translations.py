"""Every German sentence that pages show has an English one, with the same places for values; and none is left over."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import wfm
from wfm.accounts.rules import PERMISSIONS, ROLE_TITLES
from wfm.accounts.rules.passwords import WEAK
from wfm.accounts.rules.purposes import PURPOSES, SCOPES
from wfm.accounts.rules.settings import SETTINGS
from wfm.core import fields
from wfm.core.problems import WORDS
from wfm.directory.service.uploads import BEGINNINGS, NO_TEXT
from wfm.privacy.rules.document import OPEN
from wfm.privacy.rules.entries import ENTRIES, PARTS
from wfm.privacy.rules.retention import CLASSES, PROPOSAL
from wfm.privacy.service.retaining import COUNTS
from wfm.queues.service.failing import TROUBLE
from wfm.reporting.completeness import KINDS
from wfm.reporting.formats.columns import CALLS, NAME, OTHERWISE, SERVICE_NAME, STAYS
from wfm.reporting.formats.layout import NOBODY
from wfm.reporting.formats.queues_and_usage import METHODS, STEPS
from wfm.reporting.formats.usage_year import TOGETHER
from wfm.reporting.rules.stages import STAGES
from wfm.web import accessibility, glossary, language
from wfm.web import help as help_page
from wfm.web.pages.documents import TABS

PACKAGE = Path(wfm.__file__).parent
#: What marks a sentence -> which of its arguments are sentences. Errors have theirs second, after the code.
MARKS: dict[str, tuple[int, ...]] = {"_": (0,), "N_": (0,), "gettext": (0,), "ngettext": (0, 1)} | dict.fromkeys(
    (
        *("BadInput", "NotFound", "NotAllowed", "Conflict", "RuleBroken", "ServerTrouble"),
        *("NotSignedIn", "TooManyTries"),
    ),
    (1,),
)
#: Tables without marks, whose words pages translate where they show them.
TABLES: dict[str, Any] = {
    "accounts/rules/__init__.py": (ROLE_TITLES, PERMISSIONS),
    "accounts/rules/passwords.py": WEAK,
    "accounts/rules/purposes.py": (
        [(one.title, one.text, one.age, one.grain) for one in PURPOSES.values()],
        [title for title, _figures in SCOPES.values()],
    ),
    "accounts/rules/settings.py": [(one.title, one.text, one.unit) for one in SETTINGS.values()],
    "queues/service/failing.py": TROUBLE,
    "core/fields.py": (
        [
            [text for text in kind.default_error_messages.values() if isinstance(text, str)]
            for kind in vars(fields).values()
            if isinstance(kind, type) and kind.__module__ == fields.__name__ and issubclass(kind, fields.fields.Field)
        ],
        fields.Schema.error_messages,
    ),
    "core/problems.py": [detail for _code, detail in WORDS.values()],
    "directory/service/uploads.py": ([reason for _beginning, reason in BEGINNINGS], NO_TEXT),
    "privacy/rules/document.py": OPEN,
    "privacy/rules/entries.py": (PARTS, [(one.title, one.hint) for one in ENTRIES.values()]),
    "privacy/rules/retention.py": (PROPOSAL, [(one.title, one.counted_from) for one in CLASSES.values()]),
    "privacy/service/retaining.py": COUNTS,
    "reporting/completeness.py": KINDS,
    "reporting/formats/columns.py": [
        (one.title, one.meaning) for one in (*CALLS, *STAYS, OTHERWISE, NAME, SERVICE_NAME)
    ],
    "reporting/formats/layout.py": NOBODY,
    "reporting/rules/stages.py": STAGES,
    "reporting/formats/queues_and_usage.py": (METHODS, STEPS),
    "reporting/formats/usage_year.py": TOGETHER,
    "web/accessibility.py": (
        *(accessibility.ABOUT, accessibility.STANDARD, accessibility.CONFORMS),
        *(accessibility.LIMITS, accessibility.DISPUTES),
    ),
    "web/glossary.py": (glossary.WORDS, glossary.FIGURES, glossary.LEVELS),
    "web/help.py": (help_page.ABOUT, help_page.HOW, help_page.KEYS, help_page.FIRST_KEY, help_page.LEVELS),
    "web/pages/documents.py": TABS,
}
PLACE = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def said() -> dict[Any, str]:
    """German sentences, and where they stand."""
    found: dict[Any, str] = {}
    pattern = "web/templates/**.html"
    for file, line, message, _comments, _context in extract_from_dir(
        PACKAGE,
        [(pattern, "jinja2.ext:babel_extract")],
        keywords={"_": None, "ngettext": (1, 2)},
        options_map={pattern: {"silent": "false"}},
    ):
        if message:
            found.setdefault(message, f"{file}:{line}")
    for path in sorted(PACKAGE.rglob("*.py")):
        for line, message in in_code(path):
            found.setdefault(message, f"{path.relative_to(PACKAGE)}:{line}")
    for name, table in TABLES.items():
        for message in in_table(table):
            found.setdefault(message, f"{name}:1")
    return found


def in_code(path: Path) -> Iterator[tuple[int, Any]]:
    """Sentences that a call marks. What is put together there, or looked up, is none."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            places = MARKS.get(node.func.id, ())
            texts = [node.args[place] for place in places if place < len(node.args)]
            words = tuple(
                text.value for text in texts if isinstance(text, ast.Constant) and isinstance(text.value, str)
            )
            if words and len(words) == len(places):
                yield node.lineno, words if len(words) > 1 else words[0]


def in_table(table: Any) -> Iterator[str]:
    """The sentences of a table: texts, in whatever it is made of."""
    if isinstance(table, str):
        if table:
            yield table
    elif isinstance(table, Mapping):
        yield from in_table(list(table.values()))
    else:
        for part in table:
            yield from in_table(part)


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
