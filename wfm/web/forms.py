"""Reading forms: what was typed, what it means, and what is wrong with which field."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import marshmallow as ma
from flask import request
from werkzeug.datastructures import MultiDict

from wfm.core.errors import BadInput, WfmError
from wfm.core.fields import Schema
from wfm.web.language import gettext as _


@dataclass
class Form:
    """A form as it was sent: `values` as typed, to be shown again; `data` as meant, if no field has `errors`."""

    values: dict[str, str] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)

    def refuse(self, error: WfmError) -> None:
        """Show what a service refuses at the field it names, or above the form."""
        self.errors.setdefault(str(error.details.get("field", "")), []).append(_(error.message))

    def checked(self) -> dict[str, Any]:
        """What was meant. Raises BadInput that names the first wrong field, where no form is there to show it at."""
        for name, messages in self.errors.items():
            raise BadInput("query.invalid", " ".join(messages), field=name)
        return self.data

    @property
    def kept(self) -> dict[str, str]:
        """What was given, without fields left empty: for addresses of the same list."""
        return {name: value for name, value in self.values.items() if value}

    @property
    def status(self) -> int:
        return 422 if self.errors else 200


def read_form(schema: type[Schema], *, as_typed: Collection[str] = ()) -> Form:
    """What a person has sent. A field left empty is one not given; of several values of one name a list is made.

    Blanks around a value mean nothing, but in passwords (`as_typed`), which are not shown again either.
    """
    return _read(schema, request.form, as_typed)


def read_query(schema: type[Schema]) -> Form:
    """The same for what the address of a page asks for."""
    return _read(schema, request.args, ())


def _read(schema: type[Schema], sent: MultiDict[str, str], as_typed: Collection[str]) -> Form:
    members = {member.data_key or name: member for name, member in schema._declared_fields.items()}
    typed = {name: sent.get(name, "") for name in members}
    typed |= {name: typed[name].strip() for name in members if name not in as_typed}
    given: dict[str, Any] = {
        name: sent.getlist(name) if isinstance(member, ma.fields.List) else typed[name]
        for name, member in members.items()
        if typed[name] or isinstance(member, ma.fields.List)
    }
    form = Form({name: value for name, value in typed.items() if name not in as_typed})
    try:
        form.data = schema().load(given)
    except ma.ValidationError as error:
        messages = error.normalized_messages()
        form.errors = {name: [_(text) for text in _flat(told)] for name, told in messages.items()}
    return form


def _flat(messages: Any) -> list[str]:
    if isinstance(messages, dict):
        return [text for inner in messages.values() for text in _flat(inner)]
    return messages if isinstance(messages, list) else [messages]
