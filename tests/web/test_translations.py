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
from wfm.billing.rules.counting import TITLES as COUNTING_TITLES
from wfm.billing.rules.cycle import TITLES as CYCLE_TITLES
from wfm.billing.rules.keys import TITLES as KEYS_TITLES
from wfm.billing.service.cost_items import KINDS as KINDS_OF_COST
from wfm.billing.service.cost_items import STAGES as STAGES_OF_COST
from wfm.billing.service.terms import STATES as STATES_OF_TERMS
from wfm.core import fields
from wfm.core.errors import Sentence
from wfm.core.problems import WORDS
from wfm.directory.service.uploads import BEGINNINGS, NO_TEXT
from wfm.forecasting.rules.event_kinds import KINDS as KINDS_OF_EVENTS
from wfm.privacy.rules.document import OPEN
from wfm.privacy.rules.entries import ENTRIES, PARTS
from wfm.privacy.rules.retention import CLASSES, PROPOSAL
from wfm.privacy.service.retaining import COUNTS
from wfm.queues.service.failing import TROUBLE
from wfm.reporting.completeness import KINDS
from wfm.reporting.formats.columns import CALLS, NAME, OTHERWISE, SERVICE_NAME, STAYS
from wfm.reporting.formats.layout import NOBODY
from wfm.reporting.formats.queues_and_usage import CAUSES, METHODS, STEPS
from wfm.reporting.formats.usage_year import TOGETHER
from wfm.reporting.obstacles import TEXTS
from wfm.reporting.rules.stages import STAGES
from wfm.web import accessibility, glossary, language
from wfm.web import help as help_page
from wfm.web.pages.documents import TABS

PACKAGE = Path(wfm.__file__).parent
#: What marks a sentence -> which of its arguments are sentences. Errors have theirs second, after the code.
MARKS: dict[str, tuple[int, ...]] = {"_": (0,), "N_": (0,), "gettext": (0,), "ngettext": (0, 1)} | dict.fromkeys(
    (
        *("BadInput", "NotFound", "NotAllowed", "Conflict", "RuleBroken", "ServerTrouble"),
        *("NotSignedIn", "TooManyTries", "TooManyRequests"),
    ),
    (1,),
)
MARKS["Sentence"] = (0,)
#: In the directory: reasons why a row of a file is refused, and a cell (raised as plain ValueError).
OF_FILES = {"RowError": (2,), "Unreadable": (2,), ".error": (2,)}
OF_CELLS = {"ValueError": (0,)}
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
    "billing/rules/counting.py": (*COUNTING_TITLES.values(), "Zählweise"),
    "billing/rules/cycle.py": (*CYCLE_TITLES.values(), "Ablauf"),
    "billing/rules/keys.py": (*KEYS_TITLES.values(), "Schlüssel"),
    "billing/service/cost_items.py": (KINDS_OF_COST, STAGES_OF_COST),
    "billing/service/terms.py": STATES_OF_TERMS,
    "core/problems.py": [detail for _code, detail in WORDS.values()],
    "directory/service/uploads.py": ([reason for _beginning, reason in BEGINNINGS], NO_TEXT),
    "forecasting/service/events.py": KINDS_OF_EVENTS,
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
    "reporting/formats/queues_and_usage.py": (METHODS, STEPS, CAUSES),
    "reporting/obstacles.py": TEXTS,
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
    """Sentences that a call marks, by themselves or by a name that they were given before. What is put together there,
    or looked up, is none."""
    for line, _name, texts in marked(path):
        if len(texts) == 1:
            yield from ((line, node.value) for node in texts[0] if is_text(node))
        elif all(len(found) == 1 and is_text(found[0]) for found in texts):
            yield line, tuple(found[0].value for found in texts)


def is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def marked(path: Path) -> Iterator[tuple[int, str, list[list[Any]]]]:
    """Calls that take sentences: the line, what is called, and of each sentence's place whatever may stand there."""
    marks = MARKS | (OF_FILES if "directory" in path.parts else {}) | (OF_CELLS if path.name == "cells.py" else {})
    tree = ast.parse(path.read_text())
    everywhere = assigned(tree.body)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else f".{node.func.attr}"
            places = [place for place in marks.get(name, ()) if place < len(node.args)]
            if places and len(places) == len(marks[name]):
                around = [one for one in functions if one.lineno <= node.lineno <= (one.end_lineno or 0)]
                known = everywhere | (assigned([max(around, key=lambda one: one.lineno)]) if around else {})
                yield node.lineno, name, [list(meant(node.args[place], known)) for place in places]


def assigned(body: list[Any]) -> dict[str, list[ast.expr]]:
    """Names, and what they are given, in these statements; of a module only what stands outside its functions."""
    found: dict[str, list[ast.expr]] = {}
    inside = isinstance(body[0], ast.FunctionDef) and len(body) == 1 if body else False
    for node in [node for part in body for node in ast.walk(part)] if inside else body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
    return found


def meant(node: ast.expr, known: Mapping[str, list[ast.expr]]) -> Iterator[ast.expr]:
    if isinstance(node, ast.Name) and node.id in known:
        for value in known[node.id]:
            yield from meant(value, {name: values for name, values in known.items() if name != node.id})
    elif isinstance(node, ast.IfExp):
        yield from meant(node.body, known)
        yield from meant(node.orelse, known)
    else:
        yield node


def in_table(table: Any) -> Iterator[str]:
    """The sentences of a table: texts, in whatever it is made of."""
    if isinstance(table, Sentence):
        yield table.words
    elif isinstance(table, str):
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


#: What only a terminal, a telephone system's program or the log is told: German alone will do.
NOT_IN_PAGES = (
    *("cli.py", "commands.py", "up.py", "_commands.py", "core/config.py", "core/embedded.py", "core/servers.py"),
    *("telephony/api.py", "telephony/scenarios.py", "telephony/rules/envelope.py", "telephony/rules/column_map.py"),
    *("telephony/service/column_maps.py", "telephony/service/events.py", "telephony/service/files.py"),
    *("telephony/service/tables.py", "accounts/service/sealing.py", "privacy/service/forgetting.py"),
    *("privacy/service/person_names.py", "forecasting/series_file.py", "staffing/sheet.py"),
)
#: Not sentences of their own: handed on from where they were made, or looked up in one of TABLES.
HANDED_ON = {
    ("billing/rules/stored.py", "self.titles.get(name, name.replace('%', '%%'))"),
    ("billing/rules/stored.py", "self.variant"),
    ("billing/rules/stored.py", "self.errors[0]"),
    ("billing/rules/terms.py", "error.message"),
    ("billing/service/files.py", "Sentence.of(error.reason)"),
    ("web/terms_form.py", "Sentence.of(reason.args[0])"),
    ("billing/rules/completeness.py", "found[0]"),
    ("billing/rules/export_layout.py", "problems[0]['problem']"),
    ("billing/service/lacking.py", "found[0].text"),
    ("billing/service/document_parties.py", "no_entry(name, day)"),
    ("billing/rules/case.py", "problems[0]"),
    ("billing/rules/parameters.py", "self.errors[0]"),
    ("billing/rules/unattributed.py", "no_inhabitants(keys.partner, Bears.INHABITANTS)"),
    ("directory/service/csv_file.py", "reason.args[0]"),
    ("directory/service/kinds/hours.py", "reason.args[0]"),
    ("directory/service/entries.py", "Sentence.of(error.reason)"),
    ("directory/service/plans.py", "reason"),
    ("forecasting/service/events.py", "Sentence.of(error.reason)"),
    ("reporting/obstacles.py", "TEXTS[kind]"),
    ("directory/service/plans.py", "what"),
    ("directory/service/uploads.py", "reason"),
    ("directory/service/uploads.py", "f'Das ist keine Textdatei. {_AS_CSV}'"),
    ("staffing/service/assumptions.py", "error.message"),
    ("web/forms.py", "' '.join(messages)"),
    ("accounts/rules/__init__.py", "PERMISSIONS.get(permission, permission)"),
    ("accounts/rules/__init__.py", "ROLE_TITLES[role]"),
    ("accounts/rules/settings.py", "declared.unit"),
    ("privacy/rules/retention.py", "known.title"),
    ("privacy/rules/retention.py", "CLASSES[shorter].title"),
    ("privacy/rules/retention.py", "CLASSES[longer].title"),
}
MAKES_SENTENCES = ("Sentence", "_", "N_", "gettext")


def test_no_error_that_a_page_shows_is_german_for_who_reads_english():
    """A sentence put together where it is raised can't be translated: its values belong into a Sentence."""
    raising = {name for name, places in MARKS.items() if places == (1,)} | {"Sentence", *OF_FILES, *OF_CELLS}
    handed_on: set[tuple[str, str]] = set()
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        place = str(path.relative_to(PACKAGE))
        if place.endswith(NOT_IN_PAGES):
            continue
        for line, name, texts in marked(path):
            for node in texts[0] if name in raising else []:
                made = (
                    isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKES_SENTENCES
                )
                if is_text(node) or made:
                    continue
                handed_on.add((place, ast.unparse(node)))
                if (place, ast.unparse(node)) not in HANDED_ON:
                    wrong.append(f"{place}:{line} {ast.unparse(node)}")
    assert wrong == []
    assert handed_on == HANDED_ON, "and nothing is excused that is not there any more"
