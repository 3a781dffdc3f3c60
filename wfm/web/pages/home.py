"""Where everybody begins: what their role is here for."""

from __future__ import annotations

from flask import Blueprint, Response

from wfm.accounts import access
from wfm.web.navigation import navigation
from wfm.web.shell import page

blp = Blueprint("home", __name__)


@blp.get("/")
@access.signed_in
def start() -> Response:
    """The first page, by role"""
    return page("home.html", groups=navigation(access.viewer()))
