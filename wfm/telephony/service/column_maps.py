"""Sources of call detail records: the column map is kept with them, so that a row is read in the same way for ever."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from wfm.core.errors import BadInput, Conflict
from wfm.telephony.models import Source
from wfm.telephony.rules.column_map import complete, prepare
from wfm.telephony.service.files import open_log, read_line
from wfm.telephony.service.intake import open_source


def open_cdr_source(session: Session, name: str, map_file: Path, file: Path, *, system: str | None = None) -> Source:
    """The source of this name, made at its first use with the map in `map_file`, to take in `file`.

    Where the map says that files have a header line, the columns are those of this file. Raises BadInput, naming the
    key, for a map that can't be used; Conflict where the source is known with another map or other columns.
    """
    settings = read_map(map_file)
    if settings["header"]:
        settings["columns"] = _header(file, settings)
    prepare(settings)
    source = open_source(session, name, "cdr", timezone=settings["timezone"], system=system)
    known: Any = source.settings.get("cdr")
    if known is None:
        source.settings = {**source.settings, "cdr": settings}
    elif (known := complete(known)) != settings:
        different = ", ".join(key for key in settings if settings[key] != known[key])
        raise Conflict(
            "cdr.map_differs",
            f"Die Quelle „{name}“ wird mit einer anderen Spaltenzuordnung gelesen (verschieden: {different}). "
            "Für andere Dateien bitte einen anderen Quellennamen wählen.",
            source=name,
            different=different,
        )
    return source


def read_map(path: Path) -> dict[str, Any]:
    """A column map from its TOML file, with all defaults; raises BadInput."""
    try:
        return complete(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise BadInput(
            "cdr.map", f"Die Spaltenzuordnung {path.name} ist nicht lesbar: {error}", key=path.name
        ) from None


def _header(file: Path, settings: dict[str, Any]) -> list[str]:
    with open_log(file) as handle:
        line = read_line(handle, 0)
    if line is None:
        raise BadInput("cdr.no_header", f"{file.name} hat keine Kopfzeile.", file=file.name)
    text = line.decode(settings["encoding"], "replace").removeprefix("\ufeff").rstrip("\r")
    (names,) = csv.reader([text], delimiter=settings["delimiter"], quotechar=settings["quote"] or None)
    return [name.strip() for name in names]
