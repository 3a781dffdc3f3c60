"""The web application: the only module that knows every package."""

from __future__ import annotations

import base64
import hashlib

from flask import Blueprint, Flask, Response, current_app, jsonify, render_template

from wfm import __version__, health
from wfm.accounts import access
from wfm.accounts import api as accounts
from wfm.billing import accession_api as accession
from wfm.billing import api as billing
from wfm.billing import documents_api as papers
from wfm.billing import settlement_api as settling
from wfm.core import web
from wfm.directory import api as directory
from wfm.forecasting import api as forecasting
from wfm.reporting import api as reporting
from wfm.reporting import month_api as closing
from wfm.staffing import api as staffing
from wfm.telephony import api as telephony
from wfm.web import site

PREFIX = "/api/v1"
DESCRIPTION = (
    "Anrufe, Warteschlangen und Nutzung des gemeinsamen Servicecenters. Zeiten sind RFC 3339 mit Zeitzone, Tage und "
    "Monate gelten in Europe/Berlin, ein Ende ist ausschließlich. Fehler kommen als application/problem+json mit einem "
    "festen `code`. Wie viele Anfragen noch möglich sind, sagt `RateLimit`; danach "
    "kommt 429 mit `Retry-After`. Rufnummern sind maskiert, Personen Pseudonyme."
)
LICENCE = {"name": "EUPL-1.2", "identifier": "EUPL-1.2"}
#: One request shows many addresses; the page has no script and loads nothing.
STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
pre { background: #f3f3f3; overflow: auto; padding: .75rem; }
h2 { overflow-wrap: anywhere; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid #767676; padding: .25rem .5rem; text-align: left; }
section { border-top: 1px solid #767676; margin-top: 2rem; }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

blp = Blueprint("api", __name__, url_prefix=PREFIX)


def create_app() -> Flask:
    """A new application. Makes no connection: the first request that needs the database opens one."""
    app = Flask("wfm", static_folder=None)
    app.config |= {
        "API_TITLE": "Servicecenter Region Hannover",
        "API_VERSION": __version__,
        "OPENAPI_VERSION": "3.1.0",
        "API_SPEC_OPTIONS": {"info": {"description": DESCRIPTION, "license": LICENCE}},
    }
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the order of fields is meant
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    web.prepare(app)
    access.guard(app)
    api = web.Api(app)
    api.spec.components.security_scheme(
        "token", {"type": "http", "scheme": "bearer", "description": "wfm token create --role …"}
    )
    api.spec.components.security_scheme(
        "session", {"type": "apiKey", "in": "cookie", "name": access.COOKIE, "description": "Anmeldung im Browser"}
    )
    settlement = (billing, settling, papers, accession)
    for package in (directory, telephony, reporting, closing, forecasting, staffing, *settlement, accounts):
        api.register_blueprint(package.blp, url_prefix=PREFIX)
    app.register_blueprint(blp)
    app.register_blueprint(health.blp)
    site.register(app)
    return app


@blp.get("/openapi.json")
@access.public
def document() -> Response:
    """This interface in OpenAPI 3.1."""
    return jsonify(current_app.extensions["openapi"]())


@blp.get("/docs")
@access.public
def page() -> Response:
    """The same for people: plain HTML, nothing loaded from anywhere."""
    html = render_template(
        "api.html",
        spec=current_app.extensions["openapi"](),
        style=STYLE,
        methods=("get", "post", "put", "patch", "delete"),
    )
    policy = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'"
    return Response(html, headers={"Content-Security-Policy": policy}, content_type="text/html; charset=utf-8")
