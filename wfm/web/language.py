"""What people read: German, which the sentences in code and templates are, and English by `translations/en.po`.

Numbers, days and durations are written as the reader's language has them.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, dates, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, request

from wfm.accounts.access import person
from wfm.core.clock import BERLIN
from wfm.core.errors import Sentence, stand_alone
from wfm.core.intervals import Month

LANGUAGES = {"de": "Deutsch", "en": "English"}
GERMAN = "de"
COOKIE = "wfm_language"
CATALOGUES = Path(__file__).parent / "translations"


def language() -> str:
    """The reader's language: chosen in the account, in this browser, or asked for by the browser; else German."""
    chosen: str | None = g.get("language")
    if chosen is None:
        reader = person()
        wanted = reader.language if reader else request.cookies.get(COOKIE)
        chosen = wanted if wanted in LANGUAGES else request.accept_languages.best_match(LANGUAGES, GERMAN)
        g.language = chosen
    return chosen or GERMAN


def N_(text: str) -> str:  # the name that every tool for translations knows
    """Marks a German sentence that is kept in a table and translated where it is shown."""
    return text


def gettext(text: str, **values: object) -> str:
    """A German sentence in the reader's language, with its values put in: those given here, or its own."""
    if isinstance(text, Sentence):
        told = {name: _in_words(name, value) for name, value in text.values.items()}
        said = _catalogue(language()).gettext(text.words) % told
        return stand_alone(said) if text.alone else said
    found = _catalogue(language()).gettext(text)
    return found % values if values else found


def _in_words(name: str, value: object) -> object:
    if isinstance(value, tuple):
        return ", ".join(str(_in_words(name, each)) for each in value)
    if isinstance(value, Month):
        return month(value)
    if name == "count" and isinstance(value, int):
        return number(value)
    return gettext(value) if isinstance(value, Sentence) else value


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """The same for a sentence that counts something."""
    return _catalogue(language()).ngettext(one, many, count) % {"num": count, **values}


@cache
def _catalogue(name: str) -> NullTranslations:
    source = CATALOGUES / f"{name}.po"
    if not source.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with source.open("rb") as catalogue:
        write_mo(compiled, read_po(catalogue, locale=name))
    compiled.seek(0)
    return Translations(compiled)


def number(value: float | Decimal | None, digits: int = 0) -> str:
    """1.234,5; a dash where there is nothing to say."""
    if value is None:
        return "–"
    return numbers.format_decimal(value, f"#,##0.{'0' * digits}" if digits else "#,##0", locale=_locale())


def percent(share: float | None, digits: int = 1) -> str:
    """A share of 0 to 1 as 72,9 %; a dash where there is nothing to have a share of."""
    return "–" if share is None else f"{number(share * 100, digits)} %"


def money(cents: int | None) -> str:
    """Whole cents as 27.001,81 €."""
    return "–" if cents is None else f"{number(Decimal(cents) / 100, 2)} €"


def duration(seconds: float | None) -> str:
    """Whole seconds as hours, minutes and seconds: 1.030:39:17."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(abs(round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{'-' if seconds < 0 else ''}{number(hours)}:{minutes:02d}:{rest:02d}"


def day(value: date | datetime | str | None) -> str:
    """30.09.2026, of a moment its day in Berlin."""
    found = _berlin(value)
    return (
        "–"
        if found is None
        else dates.format_date(found, "dd.MM.yyyy" if language() == GERMAN else "d MMM yyyy", locale=_locale())
    )


def short_day(value: date | datetime) -> str:
    """30.09., where the year is known."""
    return dates.format_date(value, "dd.MM." if language() == GERMAN else "d MMM", locale=_locale())


def moment(value: datetime | str | None) -> str:
    """30.09.2026, 08:15 in Berlin."""
    found = _berlin(value)
    return "–" if found is None else f"{day(found)}, {found:%H:%M}"


def month(value: Month | date | str) -> str:
    """September 2026, also of 2026-09."""
    if isinstance(value, str):
        value = Month.parse(value)
    return dates.format_date(value.first if isinstance(value, Month) else value, "LLLL yyyy", locale=_locale())


def _berlin(value: date | datetime | str | None) -> Any:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.astimezone(BERLIN) if isinstance(value, datetime) else value


def _locale() -> Locale:
    return Locale(language())


FILTERS: tuple[Callable[..., str], ...] = (number, percent, money, duration, day, moment, month)


def prepare(app: Flask) -> None:
    """Give templates `_`, `ngettext` and the filters."""
    app.jinja_env.globals |= {"_": gettext, "ngettext": ngettext}
    app.jinja_env.filters |= {format_.__name__: format_ for format_ in FILTERS}
