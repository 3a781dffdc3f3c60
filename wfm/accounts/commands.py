"""`wfm token`: keys for programs."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from wfm.accounts.rules import Role
from wfm.core.clock import berlin_day, start_of_day

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
    from wfm.accounts import service
    from wfm.core.db import transaction

    with transaction() as session:
        made, secret = service.create_token(
            session,
            name=name or (f"{role} {partner}" if partner else role),
            role=Role(role),
            partner=partner,
            scopes=scopes,
            source=source,
            expires_at=_end_of(expires),
            by=service.terminal_actor(),
        )
    click.echo(secret)
    click.echo(f"Schlüssel {made.id} „{made.name}“: bitte sicher aufbewahren, er wird nie wieder gezeigt.", err=True)


@token.command("list")
def list_() -> None:
    """List all tokens, revoked ones too, without their secrets."""
    from tabulate import tabulate

    from wfm.accounts import service
    from wfm.core.db import transaction

    with transaction() as session:
        tokens = service.list_tokens(session)
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
        for made in tokens
    ]
    heads = ("Nr.", "Name", "Rolle", "Partner", "Rechte", "Quelle", "angelegt", "gültig bis", "zuletzt", "gesperrt")
    click.echo(tabulate(rows, heads, disable_numparse=True))


@token.command()
@click.argument("token_id", type=int, metavar="ID")
def revoke(token_id: int) -> None:
    """Revoke a token, at once and for good."""
    from wfm.accounts import service
    from wfm.core.db import transaction

    with transaction() as session:
        made = service.revoke_token(session, token_id, by=service.terminal_actor())
    click.echo(f"Schlüssel Nr. {made.id} „{made.name}“ ist gesperrt.", err=True)


def _end_of(day: datetime | None) -> datetime | None:
    """The instant at which that day in Berlin is over."""
    return None if day is None else start_of_day(day.date() + timedelta(days=1))


def _last_day(end: datetime | None) -> str:
    return "" if end is None else berlin_day(end - A_MOMENT).isoformat()


def _day(moment: datetime | None) -> str:
    return "" if moment is None else berlin_day(moment).isoformat()
