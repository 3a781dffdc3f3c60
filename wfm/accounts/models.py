"""Tables of people, their sessions, tokens, settings, and the audit trail."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Date, ForeignKey, Identity, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from wfm.core.db import Base, Instant


class Person(Base):
    """Somebody who signs in. One role each; a municipality's people belong to its partner."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("(role = 'municipality') = (partner IS NOT NULL)", name="partner"),
        CheckConstraint("login = lower(login)", name="login"),
        CheckConstraint("language IN ('de', 'en')", name="language"),
    )
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    login: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    partner: Mapped[str | None] = mapped_column(Text)
    """Key of a partner. The database has it as a foreign key; here it would need the tables of a higher package."""
    agent: Mapped[str | None] = mapped_column(Text, unique=True)
    """The name by which the directory knows a person who takes calls."""
    language: Mapped[str] = mapped_column(Text, server_default=text("'de'"))
    password_hash: Mapped[str | None] = mapped_column(Text)
    """argon2id; null for people who only come by single sign-on."""
    must_change_password: Mapped[bool] = mapped_column(server_default=text("false"))
    subject: Mapped[str | None] = mapped_column(Text, unique=True)
    """Issuer and subject of single sign-on, which never change, unlike a login."""
    loopback_only: Mapped[bool] = mapped_column(server_default=text("false"))
    """Accounts of the demonstration: their passwords stand on a screen."""
    created_at: Mapped[datetime] = mapped_column(Instant)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def nameless_login(self) -> str:
        """What stands for a login that is gone (`service.leaving`). Nobody can have it: logins have no blanks."""
        return f"konto {self.id}"

    @property
    def is_nameless(self) -> bool:
        """Whether only the number of somebody who left is still there."""
        return self.login == self.nameless_login


class LoginSession(Base):
    """One sign-in of a person in one browser. The cookie's secret itself is never stored."""

    __tablename__ = "login_session"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    csrf_token: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    """`password`, or `oidc` for single sign-on."""
    browser: Mapped[str] = mapped_column(Text)
    begun_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    oidc_session: Mapped[str | None] = mapped_column(Text)
    """The provider's name for the session (`sid`), by which it can end ours."""
    id_token: Mapped[str | None] = mapped_column(Text)
    """What the provider wants to see again at sign-out."""


class ApiToken(Base):
    """A key for programs. The secret itself is shown once and never stored."""

    __tablename__ = "api_token"
    __table_args__ = (CheckConstraint("(role = 'municipality') = (partner IS NOT NULL)", name="partner"),)
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    partner: Mapped[str | None] = mapped_column(Text)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Whose it is: it acts as this person, and may never do more than they may now. Null: a program's own."""
    source: Mapped[str | None] = mapped_column(Text)
    """The only source it may write events to; null: whichever the request names."""
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)


class OidcMapping(Base):
    """What a claim of single sign-on means here; the first that fits, by `place`, counts."""

    __tablename__ = "oidc_mapping"
    __table_args__ = (CheckConstraint("(role = 'municipality') = (partner IS NOT NULL)", name="partner"),)
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    place: Mapped[int]
    claim: Mapped[str] = mapped_column(Text)
    value: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    partner: Mapped[str | None] = mapped_column(Text)


class OidcLogin(Base):
    """An attempt to sign in at the provider: what its answer has to fit."""

    __tablename__ = "oidc_login"
    state_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    nonce: Mapped[str] = mapped_column(Text)
    verifier: Mapped[str] = mapped_column(Text)
    next_path: Mapped[str | None] = mapped_column(Text)
    begun_at: Mapped[datetime] = mapped_column(Instant)


class Setting(Base):
    """A value that people agree on, such as the smallest group shown. Defaults stand in `rules.settings`."""

    __tablename__ = "setting"
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[object] = mapped_column(JSONB)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by: Mapped[str] = mapped_column(Text)


class StaffAgreement(Base):
    """What switches the history of persons on: a document, for a time and a scope, signed by the staff council."""

    __tablename__ = "staff_agreement"
    __table_args__ = (CheckConstraint("last_day >= first_day", name="days"),)
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    reference: Mapped[str] = mapped_column(Text)
    """Where the paper can be found: file number, title, date."""
    scope: Mapped[str] = mapped_column(Text)
    """One of `rules.purposes.SCOPES`."""
    agents: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """Whom it concerns, by their names in the directory; empty: everybody who takes calls."""
    reason: Mapped[str] = mapped_column(Text)
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    proposed_by: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    signed_by: Mapped[str | None] = mapped_column(Text)
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class AuditEntry(Base):
    """Who saw or changed what, and when. Names of fields, never their personal values."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "object_kind", "object_id"), Index(None, "at"))
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    object_kind: Mapped[str | None] = mapped_column(Text)
    object_id: Mapped[str | None] = mapped_column(Text)
    fields: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    details: Mapped[dict[str, object]] = mapped_column(JSONB, server_default=text("'{}'"))
    purpose: Mapped[str | None] = mapped_column(Text)


class AuditSeal(Base):
    """The audit entries of one Berlin day, sealed over the day before: see `wfm.accounts.service.sealing`."""

    __tablename__ = "audit_seal"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    entries: Mapped[int]
    entries_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime] = mapped_column(Instant)
