"""`wfm decide`: what a council has to know, as PDF or JSON, and a draft of the agreement."""

from __future__ import annotations

import json
from pathlib import Path

import click

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("partner")
@click.option("--output", type=_FILE, required=True, help="File of the paper; - is standard output.")
@click.option("--agreement", type=_FILE, help="File of the draft agreement (PDF).")
@click.option("--json", "as_json", is_flag=True, help="The paper as JSON instead of PDF.")
@click.option("--terms", type=click.IntRange(1), help="Terms to write into the draft, by number.")
@click.option("--cost-cents", type=click.IntRange(0), help="Assume this cost a year instead of what is entered.")
@click.option("--named", is_flag=True, help="Other partners by name: for the centre, not for a council.")
@click.option("--as", "secret", metavar="TOKEN", envvar="WFM_TOKEN", help="Your own token. [WFM_TOKEN]")
def decide(
    partner: str, output: Path, agreement: Path | None, as_json: bool, terms: int | None, cost_cents: int | None,
    named: bool, secret: str | None,
) -> None:  # fmt: skip
    """Decision paper about the accession of PARTNER: facts, options, cost by year, duties, open points.

    Without a token it is made as whoever works at this machine, which the audit trail keeps.
    """
    from wfm.accounts.rules import Role, Viewer
    from wfm.accounts.service import audit
    from wfm.accounts.service.tokens import authenticate
    from wfm.billing.formats import draft as drafts
    from wfm.billing.formats import paper as papers
    from wfm.billing.formats.blocks import as_pdf
    from wfm.billing.service.agreement_draft import agreement_data
    from wfm.billing.service.decision_paper import Asked, decision_paper
    from wfm.core.db import transaction

    with transaction() as session:
        viewer = authenticate(session, secret) if secret else Viewer("terminal", Role.FINANCE)
        found = decision_paper(session, viewer, Asked(partner, cost_cents, named))
        data = agreement_data(session, viewer, partner, terms_id=terms) if agreement else None
        actor = viewer.actor if secret else audit.terminal_actor()
        audit.record(session, actor, "accession.paper", object_kind="partner", object_id=partner)
    if as_json:
        content = (json.dumps(found, ensure_ascii=False, indent=2) + "\n").encode()
    else:
        content = as_pdf(papers.document_of(found), footer=papers.footer_of(found))
    with click.open_file(str(output), "wb") as file:
        file.write(content)
    if agreement and data is not None:
        with click.open_file(str(agreement), "wb") as file:
            file.write(as_pdf(drafts.document_of(data), footer=drafts.footer_of(data)))
    click.echo(f"{found['name']}: {len(found['open_points'])} offene Punkte.", err=True)
