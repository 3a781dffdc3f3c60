"""Whoever types a command wrong is told so in German, by a catalogue for click that is compiled as it stands."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click
import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from wfm import cli

CATALOGUE = cli.TRANSLATIONS / "de" / "LC_MESSAGES" / "messages.po"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("report queues", "Fehler: Es fehlt die Option '--from'."),
        ("report queues --from 2026-09-01 --to 2026-09-02 --interval x", "'x' ist keines von '15', '30',"),
        ("report usage --month", "Fehler: Die Option '--month' braucht einen Wert."),
        ("report usage --monat 3", "Fehler: Die Option '--monat' gibt es nicht."),
        ("reprot", "Fehler: Den Befehl 'reprot' gibt es nicht."),
        ("quarantine show eins", "Falscher Wert für 'ID': 'eins' ist keine Zahl (integer)."),
        ("quarantine list --limit 0", "0 liegt nicht im Bereich x>=1."),
        ("quarantine list more", "Fehler: Zu viel angegeben: more"),
        ("quarantine accept --reason x", "Fehler: Es fehlt die Angabe 'IDS...'."),
    ],
)
def test_a_command_typed_wrong_is_told_in_german(
    arguments: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("LANGUAGE", raising=False)
    assert told in typed(arguments, monkeypatch, capsys)


def test_who_reads_english_has_click_in_english(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    assert "No such command 'reprot'." in typed("reprot", monkeypatch, capsys)


def typed(arguments: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """What standard error says of a command that is refused."""
    monkeypatch.setattr(sys, "argv", ["wfm", *arguments.split()])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, error = capsys.readouterr()
    assert (ended.value.code, out) == (2, "")
    return error


def test_the_catalogue_is_compiled_as_it_stands() -> None:
    compiled = CATALOGUE.with_suffix(".mo")
    with CATALOGUE.open("rb") as source, compiled.open("rb") as made:
        wanted, found = read_po(source), read_mo(made)
    if _sentences(wanted) != _sentences(found):
        pytest.fail(f"pybabel compile -i {CATALOGUE} -o {compiled}")


def _sentences(catalogue: Catalog) -> list[list[str]]:
    """Sentences, with their plurals, and what they are in German."""
    return sorted(
        [
            *([one.id] if isinstance(one.id, str) else one.id),
            *([one.string] if isinstance(one.string, str) else one.string),
        ]
        for one in catalogue
        if one.id
    )


def test_each_sentence_is_one_of_clicks() -> None:
    """What click words anew would be English again, and nobody would see it."""
    code = "".join(path.read_text() for path in Path(click.__file__).parent.glob("*.py"))
    code = re.sub(r'"\s*\n\s*"', "", code)
    with CATALOGUE.open("rb") as source:
        sentences = [
            part for one in read_po(source) if one.id for part in ([one.id] if isinstance(one.id, str) else one.id)
        ]
    assert [text for text in sentences if text.replace("\n", "\\n").replace("\t", "\\t") not in code] == []
