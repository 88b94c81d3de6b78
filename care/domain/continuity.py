"""Words of continuity and recovery: activities, what they need, degraded modes, plans, tests. Pure.

Durations are whole minutes everywhere; people read and write them in hours and days (`care.domain.durations`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from scanners.model import Text


class Nature(StrEnum):
    """The two families of nodes of the dependency graph: what is done, and what it takes to do it."""

    ACTIVITY = "activity"
    RESOURCE = "resource"


class ActivityKind(StrEnum):
    """What an activity is to the hospital."""

    CARE = "care"
    ADMINISTRATIVE = "administrative"
    TECHNICAL = "technical"
    SUPPORT = "support"


class Perimeter(StrEnum):
    """The three perimeters that objective D2.O1.C demands, where they exist (ANS, CaRE domain 2)."""

    CARE = "care"
    ADMINISTRATIVE = "administrative"
    TECHNICAL = "technical"


class ResourceKind(StrEnum):
    """What an activity relies on."""

    APPLICATION = "application"
    INFRASTRUCTURE = "infrastructure"
    SUPPLIER = "supplier"
    PREMISES = "premises"
    PEOPLE = "people"


class Strength(StrEnum):
    """What the loss of a need does: the dependent stops, or goes on with more trouble."""

    ESSENTIAL = "essential"
    USEFUL = "useful"


class SheetState(StrEnum):
    """Where a version of a BIA or of a degraded-mode sheet stands: one current version at most, one draft at most."""

    DRAFT = "draft"
    CURRENT = "current"
    REPLACED = "replaced"


class PlanState(StrEnum):
    """Where a continuity and recovery plan stands. “To revise” is computed from its review date, never stored."""

    DRAFT = "draft"
    IN_VALIDATION = "in_validation"
    VALIDATED = "validated"
    ARCHIVED = "archived"


class TestKind(StrEnum):
    """How a plan is put to the test."""

    __test__ = False  # not a class of tests, whatever pytest thinks of the name

    TABLE_TOP = "table_top"
    FIELD = "field"
    RESTORE = "restore"
    FAILOVER = "failover"


class TestState(StrEnum):
    """Where a test stands."""

    __test__ = False

    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"


class TestResult(StrEnum):
    """What a test showed."""

    __test__ = False

    PASSED = "passed"
    PARTIAL = "partial"
    FAILED = "failed"


class CellKind(StrEnum):
    """The cells of a crisis organisation; `none` is a useful contact that sits in no cell."""

    DECISION = "decision"
    OPERATIONS = "operations"
    CARE = "care"
    COMMUNICATION = "communication"
    NONE = "none"


ACTIVITY_KINDS: Mapping[ActivityKind, Text] = {
    ActivityKind.CARE: Text("Service de soins", "Care service"),
    ActivityKind.ADMINISTRATIVE: Text("Processus administratif", "Administrative process"),
    ActivityKind.TECHNICAL: Text("Plateau technique", "Technical platform"),
    ActivityKind.SUPPORT: Text("Fonction support", "Support function"),
}
PERIMETERS: Mapping[Perimeter, Text] = {
    Perimeter.CARE: Text(
        "Service de soins à impact majeur sur la prise en charge", "Care service with a major impact on patients"
    ),
    Perimeter.ADMINISTRATIVE: Text("Processus administratif le plus critique", "Most critical administrative process"),
    Perimeter.TECHNICAL: Text("Plateau technique du parcours de soins", "Technical platform of the care pathway"),
}
RESOURCE_KINDS: Mapping[ResourceKind, Text] = {
    ResourceKind.APPLICATION: Text("Application", "Application"),
    ResourceKind.INFRASTRUCTURE: Text("Infrastructure", "Infrastructure"),
    ResourceKind.SUPPLIER: Text("Fournisseur", "Supplier"),
    ResourceKind.PREMISES: Text("Locaux", "Premises"),
    ResourceKind.PEOPLE: Text("Équipe", "People"),
}
STRENGTHS: Mapping[Strength, Text] = {
    Strength.ESSENTIAL: Text("Indispensable", "Essential"),
    Strength.USEFUL: Text("Utile", "Useful"),
}
SHEET_STATES: Mapping[SheetState, Text] = {
    SheetState.DRAFT: Text("Brouillon", "Draft"),
    SheetState.CURRENT: Text("En vigueur", "Current"),
    SheetState.REPLACED: Text("Remplacée", "Replaced"),
}
PLAN_STATES: Mapping[PlanState, Text] = {
    PlanState.DRAFT: Text("Brouillon", "Draft"),
    PlanState.IN_VALIDATION: Text("En validation", "In validation"),
    PlanState.VALIDATED: Text("Validé", "Validated"),
    PlanState.ARCHIVED: Text("Archivé", "Archived"),
}
TEST_KINDS: Mapping[TestKind, Text] = {
    TestKind.TABLE_TOP: Text("Exercice sur table", "Table-top exercise"),
    TestKind.FIELD: Text("Exercice de terrain", "Field exercise"),
    TestKind.RESTORE: Text("Essai de restauration", "Restore test"),
    TestKind.FAILOVER: Text("Essai de bascule", "Failover test"),
}
TEST_STATES: Mapping[TestState, Text] = {
    TestState.PLANNED: Text("Prévu", "Planned"),
    TestState.DONE: Text("Fait", "Done"),
    TestState.CANCELLED: Text("Annulé", "Cancelled"),
}
TEST_RESULTS: Mapping[TestResult, Text] = {
    TestResult.PASSED: Text("Réussi", "Passed"),
    TestResult.PARTIAL: Text("Réussi en partie", "Partly passed"),
    TestResult.FAILED: Text("Échoué", "Failed"),
}
CELL_KINDS: Mapping[CellKind, Text] = {
    CellKind.DECISION: Text("Cellule décisionnelle", "Decision cell"),
    CellKind.OPERATIONS: Text("Cellule opérationnelle cyber", "Cyber operations cell"),
    CellKind.CARE: Text("Cellule soins", "Care cell"),
    CellKind.COMMUNICATION: Text("Cellule communication", "Communication cell"),
    CellKind.NONE: Text("Hors cellule", "Outside the cells"),
}
