"""What the documents point to exists: files, make targets, commands of wfm."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wfm.accounts.rules.requests import LIMITS
from wfm.cli import COMMANDS
from wfm.privacy.rules.retention import CLASSES

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_document_points_to_what_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text)
    assert [link for link in links if not (document.parent / link).exists()] == []
    code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`|\$ )make ([a-z-]+)", code, re.MULTILINE)) <= targets
    assert set(re.findall(r"(?:^|`|\$ |bin/)wfm ([a-z-]+)", code, re.MULTILINE)) <= COMMANDS.keys()


def cells(document: str, columns: int) -> list[list[str]]:
    """The rows of all tables of so many columns in a document, headings left out."""
    lines = (ROOT / "docs" / document).read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("|")]
    return [row for row in rows if len(row) == columns]


def test_periods_are_those_of_the_program() -> None:
    told = {row[0].strip(" `"): row[3] for row in cells("privacy.md", 5) if row[0].strip(" `") in CLASSES}
    years = {730: "2 years", 3_653: "10 years", 1: "1 day"}
    assert told == {name: years.get(one.default, f"{one.default} days") for name, one in CLASSES.items()}


def test_limits_are_those_of_the_program() -> None:
    told = {row[0].strip(" `"): row[2] for row in cells("api.md", 4) if row[0].startswith("`")}
    assert told == {limit.name: f"{limit.most:,}" for limit in LIMITS}


def test_what_is_defended_is_checked_where_it_says() -> None:
    named = [name for row in cells("security.md", 3) for name in re.findall(r"`([^`]+)`", row[2])]
    places = [name for name in named if name.endswith(".py") or "/" in name]
    assert len(places) > 20
    files = [str(file.relative_to(ROOT)) for part in ("wfm", "tests", "docs") for file in (ROOT / part).rglob("*")]
    assert [name for name in places if not any(f"/{file}".endswith(f"/{name.strip('/')}") for file in files)] == []
