"""Tables of settlement: terms and agreements, cost, settlements, ledger, documents, questionnaires (decision 0004).

Money is integer cents. What has gone out is never edited: settlements, ledger and documents are corrected by more rows.
"""

from wfm.billing.models.agreed import Agreement, Party, Terms
from wfm.billing.models.cost import CostCentre, CostCover, CostItem
from wfm.billing.models.papers import (
    Document,
    ExportedDocument,
    ExportLayout,
    ExportRun,
    Questionnaire,
    QuestionnaireAnswer,
)
from wfm.billing.models.settled import LedgerEntry, LedgerLine, Settlement, SettlementShare

__all__ = [
    "Agreement",
    "CostCentre",
    "CostCover",
    "CostItem",
    "Document",
    "ExportLayout",
    "ExportRun",
    "ExportedDocument",
    "LedgerEntry",
    "LedgerLine",
    "Party",
    "Questionnaire",
    "QuestionnaireAnswer",
    "Settlement",
    "SettlementShare",
    "Terms",
]
