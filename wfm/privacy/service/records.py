"""The record of processing activities (Art. 30(1) GDPR), and what the data-protection impact assessment starts from
(Art. 35(7)). What only the operators can say stands there as still to be written."""

from __future__ import annotations

from sqlalchemy.orm import Session

from wfm.accounts.rules.purposes import PURPOSES
from wfm.accounts.service.texts import read_texts
from wfm.core.config import settings
from wfm.privacy.rules.catalogue import KINDS, PERSONS, persons_in
from wfm.privacy.rules.document import Block, Document, Facts, Points, Section, Table
from wfm.privacy.rules.entries import ENTRIES, facts
from wfm.privacy.rules.risks import MEASURES, RISKS
from wfm.privacy.rules.words import NOT_SHOWN, roles_with, together
from wfm.privacy.service.annex import periods

WHAT_IT_DOES = (
    "Das Programm liest Ereignisse der Telefonanlage, bildet daraus Anrufe, Zustände am Telefon und Summen, ordnet "
    "Anrufe den Kommunen zu und zeigt Auswertungen nach Rolle und Zweck."
)
NO_TRANSFERS = (
    "Das Programm selbst übermittelt nichts in Drittländer oder an internationale Organisationen. Wo seine Server "
    "stehen, sagt die Angabe zu Auftragsverarbeitern."
)
_PERIODS = ("Daten", "Frist", "Was bleibt")


def processing_record(session: Session) -> Document:
    """The record of processing activities."""
    given = read_texts(session, ENTRIES)
    return Document(
        "Verzeichnis von Verarbeitungstätigkeiten",
        "Angaben nach Art. 30 Abs. 1 DSGVO zur Verarbeitung „Anruf- und Nutzungsauswertung des gemeinsamen "
        "Servicecenters“.",
        (
            Section(
                "Verantwortliche und Kontakte (Buchst. a)",
                [
                    Facts(
                        facts(
                            given,
                            *("controller", "controller_contact", "joint_controllers", "data_protection_officer"),
                        )
                    )
                ],
            ),
            Section("Zwecke (Buchst. b)", [_purposes(), Facts(facts(given, "legal_basis"))]),
            Section("Personen und Daten (Buchst. c)", _categories()),
            Section("Empfänger (Buchst. d)", [_recipients(), Facts(facts(given, "hosting"))]),
            Section("Übermittlung in Drittländer (Buchst. e)", _transfers()),
            Section("Löschfristen (Buchst. f)", [Table("Fristen", _PERIODS, periods(session))]),
            Section("Technische und organisatorische Maßnahmen (Buchst. g)", [_measures()]),
        ),
    )


def impact_assessment(session: Session) -> Document:
    """What the impact assessment starts from; its judgements are the operators'."""
    given = read_texts(session, ENTRIES)
    risks: list[Block] = []
    for name, risk in RISKS.items():
        risks += [
            f"{risk.title}. {risk.text} Betroffen: {risk.concerned}.",
            Facts(facts(given, f"risk_{name}_likelihood", f"risk_{name}_severity")),
            Table(
                f"Maßnahmen gegen: {risk.title}",
                ("Maßnahme", "Zu prüfen in"),
                [[MEASURES[measure].text, MEASURES[measure].checked_in] for measure in risk.measures],
            ),
        ]
    return Document(
        "Eingaben für die Datenschutz-Folgenabschätzung",
        "Was das Programm zu einer Folgenabschätzung nach Art. 35 Abs. 7 DSGVO beitragen kann. Bewertungen trifft der "
        "Verantwortliche.",
        (
            Section(
                "Beschreibung der Verarbeitung (Buchst. a)",
                [
                    WHAT_IT_DOES,
                    _purposes(),
                    *_categories(),
                    _recipients(),
                    Table("Fristen", _PERIODS, periods(session)),
                ],
            ),
            Section(
                "Notwendigkeit und Verhältnismäßigkeit (Buchst. b)",
                [
                    Facts(facts(given, "necessity", "legal_basis")),
                    "Was das Programm von sich aus begrenzt:",
                    Points([MEASURES[name].text for name in ("purposes", "groups", "masked", "retention")]),
                ],
            ),
            Section("Risiken und Maßnahmen (Buchst. c und d)", risks),
            Section("Standpunkt der Betroffenen (Abs. 9)", [Facts(facts(given, "views_of_those_concerned"))]),
        ),
    )


def _purposes() -> Table:
    rows = [[one.title, one.text] for one in PURPOSES.values()]
    return Table("Zwecke", ("Zweck", "Was"), [*rows, *([kind.title, kind.purpose] for kind in KINDS)])


def _categories() -> list[Block]:
    rows = [[kind.title, together(persons_in(kind.tables), "keine Personen")] for kind in KINDS]
    return [
        f"Betroffene Personen: {together(PERSONS.values())}.",
        Table("Kategorien von Daten", ("Daten", "Betroffene"), rows),
    ]


def _recipients() -> Table:
    rows = [[kind.title, together(roles_with(kind.seen_with), NOT_SHOWN)] for kind in KINDS]
    return Table("Wem etwas davon gezeigt wird", ("Daten", "Rollen"), rows)


def _transfers() -> list[Block]:
    oidc = settings().oidc
    outside = (
        f"Außer mit der Telefonanlage verbindet es sich mit der Einmalanmeldung bei {oidc.issuer}: von dort kommen "
        "Kennung, Anmeldename, Name und die Angaben, aus denen die Rolle folgt."
        if oidc
        else "Es verbindet sich mit keinem anderen Dienst als der Telefonanlage; eine Einmalanmeldung ist nicht "
        "eingerichtet."
    )
    return [
        NO_TRANSFERS,
        outside,
    ]


def _measures() -> Table:
    rows = [[measure.text, measure.checked_in] for measure in MEASURES.values()]
    return Table("Maßnahmen des Programms", ("Maßnahme", "Zu prüfen in"), rows)
