"""`wfm token`: keys for programs. `wfm user`: accounts of people."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from wfm.accounts.rules import Role
from wfm.core.clock import berlin_day, start_of_day
from wfm.core.errors import NotFound

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

A_MOMENT = timedelta(microseconds=1)


@click.group()
def token() -> None:
    """API tokens: create, list, revoke."""


@token.command()
@click.option("--role", type=click.Choice([str(role) for role in Role]), required=True, help="What the token may do.")
@click.option("--partner", metavar="AGS", help="For the role municipality only: which one.")
@click.option("--name", help="What the token is for.  [default: its role]")
@click.option("--scope", "scopes", multiple=True, metavar="PERMISSION", help="Only this of its role's; repeat.")
@click.option("--source", metavar="NAME", help="The only source it may write events to.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="Last day of validity.")
def create(
    role: str,
    partner: str | None,
    name: str | None,
    scopes: tuple[str, ...],
    source: str | None,
    expires: datetime | None,
) -> None:
    """Create a token. It is shown this once, on standard output."""
    from wfm.accounts.service import audit, tokens
    from wfm.core.db import transaction

    with transaction() as session:
        made, secret = tokens.create_token(
            session,
            name=name or (f"{role} {partner}" if partner else role),
            role=Role(role),
            partner=partner,
            scopes=scopes,
            source=source,
            expires_at=_end_of(expires),
            by=audit.terminal_actor(),
        )
    click.echo(secret)
    click.echo(f"Schlüssel {made.id} „{made.name}“: bitte sicher aufbewahren, er wird nie wieder gezeigt.", err=True)


@token.command("create-own")
@click.argument("login")
@click.option("--name", default="Befehlszeile", show_default=True, help="What the token is for.")
@click.option("--scope", "scopes", multiple=True, metavar="PERMISSION", help="Only this of the person's; repeat.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="Last day of validity.")
@click.option("--password-stdin", is_flag=True, help="Read the person's password from standard input, do not ask.")
def create_own(login: str, name: str, scopes: tuple[str, ...], expires: datetime | None, password_stdin: bool) -> None:
    """Create a token of one's own account LOGIN, for what a person answers for: whoever knows the password, only."""
    from wfm.accounts.service import people, tokens
    from wfm.core.db import transaction

    given = sys.stdin.readline().rstrip("\n") if password_stdin else click.prompt("Passwort", hide_input=True, err=True)
    with transaction() as session:
        person = people.person_by_password(session, login, given)
        made, secret = tokens.create_own_token(
            session, person.id, name=name, scopes=scopes, expires_at=_end_of(expires), by=f"person:{person.id}"
        )
    click.echo(secret)
    click.echo(f"Schlüssel {made.id} „{made.name}“ handelt als {person.login}: bitte sicher aufbewahren.", err=True)


@token.command("list")
def list_() -> None:
    """List all tokens, revoked ones too, without their secrets."""
    from tabulate import tabulate

    from wfm.accounts.service import tokens
    from wfm.core.db import transaction

    with transaction() as session:
        listed = tokens.list_tokens(session)
    rows = [
        (
            made.id,
            made.name,
            made.role,
            made.partner or "",
            " ".join(made.scopes) or "alle der Rolle",
            made.source or "",
            _day(made.created_at),
            _last_day(made.expires_at),
            _day(made.last_used_at),
            _day(made.revoked_at),
        )
        for made in listed
    ]
    heads = ("Nr.", "Name", "Rolle", "Partner", "Rechte", "Quelle", "angelegt", "gültig bis", "zuletzt", "gesperrt")
    click.echo(tabulate(rows, heads, disable_numparse=True))


@token.command()
@click.argument("token_id", type=int, metavar="ID")
def revoke(token_id: int) -> None:
    """Revoke a token, at once and for good."""
    from wfm.accounts.service import audit, tokens
    from wfm.core.db import transaction

    with transaction() as session:
        made = tokens.revoke_token(session, token_id, by=audit.terminal_actor())
    click.echo(f"Schlüssel Nr. {made.id} „{made.name}“ ist gesperrt.", err=True)


@click.group()
def user() -> None:
    """People who sign in: add, list, lock out, new password."""


@user.command()
@click.argument("login")
@click.option("--role", type=click.Choice([str(role) for role in Role]), required=True, help="What the person is.")
@click.option("--partner", metavar="AGS", help="For the role municipality only: which one.")
@click.option("--agent", metavar="NAME", help="The person's name in the directory, if they take calls.")
@click.option("--name", help="Name shown.  [default: the login]")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of making one.")
def add(login: str, role: str, partner: str | None, agent: str | None, name: str | None, password_stdin: bool) -> None:
    """Add an account. Its first password is shown this once, on standard output, and changed at the first sign-in."""
    from wfm.accounts.service import audit, people
    from wfm.core.db import transaction

    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    with transaction() as session:
        person, made = people.add_person(
            session,
            login=login,
            name=name or login,
            role=Role(role),
            partner=partner,
            agent=agent,
            password=password,
            by=audit.terminal_actor(),
        )
    if made:
        click.echo(made)
    click.echo(f"Konto {person.id} „{person.login}“ ist angelegt.", err=True)


@user.command("list")
def list_accounts() -> None:
    """List all accounts, those locked out too."""
    from tabulate import tabulate

    from wfm.accounts.service import people
    from wfm.core.db import transaction

    with transaction() as session:
        listed = people.list_people(session)
    rows = [
        (person.id, person.login, person.name, person.role, person.partner or "", _day(person.disabled_at))
        for person in listed
    ]
    click.echo(tabulate(rows, ("Nr.", "Anmeldename", "Name", "Rolle", "Partner", "gesperrt"), disable_numparse=True))


@user.command()
@click.argument("login")
def disable(login: str) -> None:
    """Lock an account out, at once."""
    from wfm.accounts.service import audit, people
    from wfm.core.db import transaction

    with transaction() as session:
        people.disable_person(session, _known(session, login), by=audit.terminal_actor())
    click.echo(f"Konto „{login}“ ist gesperrt.", err=True)


@user.command()
@click.argument("login")
def enable(login: str) -> None:
    """Let a locked account in again."""
    from wfm.accounts.service import audit, people
    from wfm.core.db import transaction

    with transaction() as session:
        people.enable_person(session, _known(session, login), by=audit.terminal_actor())
    click.echo(f"Konto „{login}“ ist wieder frei.", err=True)


@user.command()
@click.argument("login")
def password(login: str) -> None:
    """Make a new first password, shown on standard output; ends the person's sessions."""
    from wfm.accounts.service import audit, people
    from wfm.core.db import transaction

    with transaction() as session:
        click.echo(people.reset_password(session, _known(session, login), by=audit.terminal_actor()))


def _known(session: Session, login: str) -> int:
    from wfm.accounts.service import people

    if (person := people.find_person(session, login)) is None:
        raise NotFound("person.unknown", f"Ein Konto „{login}“ gibt es nicht.")
    return person.id


def _end_of(day: datetime | None) -> datetime | None:
    """The instant at which that day in Berlin is over."""
    return None if day is None else start_of_day(day.date() + timedelta(days=1))


def _last_day(end: datetime | None) -> str:
    return "" if end is None else berlin_day(end - A_MOMENT).isoformat()


def _day(moment: datetime | None) -> str:
    return "" if moment is None else berlin_day(moment).isoformat()
