"""The words, colours and icons that go with the values of the domain, in one place.

A tone is a class of `care.css` (`tone-…`); an icon is a symbol of the vendored sprite.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import ngettext

from care.domain.access import Level, Role
from care.domain.actions import ActionSource, ActionState, CareCriticality, CostKind
from care.domain.continuity import (
    ACTIVITY_KINDS,
    CELL_KINDS,
    PERIMETERS,
    RESOURCE_KINDS,
    SHEET_STATES,
    STRENGTHS,
    TEST_KINDS,
    TEST_RESULTS,
    TEST_STATES,
    ActivityKind,
    ResourceKind,
    SheetState,
    Strength,
    TestKind,
    TestResult,
    TestState,
)
from care.domain.crisis import CONFIDENCES, ITEM_STATES, Confidence, ItemState, Lack, PackWhy
from care.domain.deadlines import DeadlineKind
from care.domain.evidence import EVIDENCE_NAMES, THING_NAMES, Standing
from care.domain.findings import Change, State, Verdict
from care.domain.funding import FUNDINGS
from care.domain.import_steps import Step
from care.domain.jobs import JobState
from care.domain.mail import MailState
from care.domain.notices import Digest
from care.domain.paper_kits import KIT_STATES, KitState
from care.domain.plans import PLAN_STANDINGS, PlanStanding
from care.domain.quadrants import Quadrant
from care.domain.schedule import Every
from care.domain.what_if import Happening
from care.services.action_query import ActionSort
from care.services.activities import Asked
from care.services.contact_import import Fate
from care.services.deadlines import KIND_NAMES
from care.services.findings import Sort
from care.services.library import EvidenceSort
from care.services.perimeters import Standing as PerimeterStanding
from care.services.weaknesses import WeaknessSort
from care.web.language import current_language
from scanners.imported.model import Tool
from scanners.model import Kind, Severity, Status, Text
from scanners.vocabulary import SCANNER_NAMES


@dataclass(frozen=True)
class Label:
    """How one value is shown. `text` is translated when it is written out."""

    text: Any
    tone: str = "info"
    icon: str = ""

    def __str__(self) -> str:
        return self.text.render(current_language()) if isinstance(self.text, Text) else str(self.text)


SEVERITY: Mapping[str, Label] = {
    Severity.CRITICAL: Label(_("Critique"), "critical", "exclamation-octagon"),
    Severity.HIGH: Label(_("Élevée"), "high", "exclamation-triangle"),
    Severity.MEDIUM: Label(_("Moyenne"), "medium", "exclamation-triangle"),
    Severity.LOW: Label(_("Faible"), "low", "info-circle"),
    Severity.INFO: Label(_("Information"), "info", "info-circle"),
}
STATUS: Mapping[str, Label] = {
    Status.PASSED: Label(_("Conforme"), "good", "check-circle"),
    Status.FAILED: Label(_("Non conforme"), "critical", "x-circle"),
    Status.NOT_ASSESSABLE: Label(_("Non évaluable"), "unsure", "question-circle"),
    Status.ERROR: Label(_("Erreur"), "high", "exclamation-octagon"),
}
STATUS_PLURAL: Mapping[str, Label] = {
    Status.PASSED: Label(_("règles conformes")),
    Status.FAILED: Label(_("règles non conformes")),
    Status.NOT_ASSESSABLE: Label(_("non évaluables")),
    Status.ERROR: Label(_("en erreur")),
}
KIND: Mapping[str, Label] = {
    Kind.MEASURED: Label(_("Mesurée")),
    Kind.COMPUTED: Label(_("Calculée")),
    Kind.DECLARED: Label(_("Déclarée")),
}
SCANNER: Mapping[str, Label] = {
    "exposure": Label(SCANNER_NAMES["exposure"], icon="globe2"),
    "ad": Label(SCANNER_NAMES["ad"], icon="diagram-3"),
    "remote_access": Label(SCANNER_NAMES["remote_access"], icon="key"),
    "workstations": Label(SCANNER_NAMES["workstations"], icon="laptop"),
    "backup": Label(SCANNER_NAMES["backup"], icon="database-check"),
    "continuity": Label(SCANNER_NAMES["continuity"], icon="stopwatch"),
}
TOOL: Mapping[str, Label] = {tool.value: Label(tool.label, icon="cloud-arrow-up") for tool in Tool}
"""Tools whose results are imported."""
SOURCE: Mapping[str, Label] = {**SCANNER, **TOOL}
"""All that finds weaknesses."""
CHANGE: Mapping[str, Label] = {
    Change.NEW: Label(_("nouveaux"), "critical", "exclamation-octagon"),
    Change.BACK: Label(_("revenus"), "high", "arrow-repeat"),
    Change.STILL: Label(_("toujours là"), "info", "clock-history"),
    Change.FIXED: Label(_("corrigés"), "good", "check-circle"),
}
STATE: Mapping[str, Label] = {
    State.OPEN: Label(_("Ouvert"), "info"),
    State.POSTPONED: Label(_("Reporté"), "medium", "calendar3"),
    State.ACCEPTED: Label(_("Risque accepté"), "unsure", "clipboard-check"),
    State.FALSE_POSITIVE: Label(_("Faux positif"), "info", "slash-circle"),
    State.FIXED: Label(_("Corrigé"), "good", "check-circle"),
}
VERDICT: Mapping[str, Label] = {
    Verdict.FALSE_POSITIVE: Label(_("Faux positif")),
    Verdict.ACCEPTED: Label(_("Risque accepté")),
    Verdict.POSTPONED: Label(_("Reporté")),
}
DECIDE: Mapping[str, Label] = {
    Verdict.POSTPONED: Label(_("Reporter : la correction est prévue plus tard")),
    Verdict.ACCEPTED: Label(_("Accepter le risque, signé et pour un temps")),
    Verdict.FALSE_POSITIVE: Label(_("Faux positif : la règle se trompe ici")),
}
SORT: Mapping[str, Label] = {
    Sort.SEVERITY: Label(_("Gravité")),
    Sort.NEWEST: Label(_("Plus récents")),
    Sort.OLDEST: Label(_("Plus anciens")),
    Sort.SUBJECT: Label(_("Objet")),
    Sort.RULE: Label(_("Règle")),
}
SORT_EVIDENCE: Mapping[str, Label] = {
    EvidenceSort.NEWEST: Label(_("Plus récentes")),
    EvidenceSort.TITLE: Label(_("Titre")),
    EvidenceSort.ENDS_SOON: Label(_("Fin de validité")),
}
SORT_RULES: Mapping[str, Label] = {sort: label for sort, label in SORT.items() if sort != Sort.SUBJECT}
"""The orders that make sense when there is one line per rule."""
SORT_WEAKNESSES: Mapping[str, Label] = {
    WeaknessSort.SEVERITY: Label(_("Gravité")),
    WeaknessSort.SPREAD: Label(_("Nombre d’établissements")),
    WeaknessSort.FINDINGS: Label(_("Nombre de constats")),
    WeaknessSort.OLDEST: Label(_("Plus anciens")),
}
EVENT: Mapping[str, Label] = {
    "new": Label(_("Vu pour la première fois"), icon="exclamation-octagon"),
    "fixed": Label(_("N’est plus vu : corrigé"), icon="check-circle"),
    "back": Label(_("Revu après correction"), icon="arrow-repeat"),
    "decided": Label(_("Décision prise"), icon="clipboard-check"),
    "expired": Label(_("La décision est arrivée à son terme"), icon="clock-history"),
    "withdrawn": Label(_("Décision retirée"), icon="arrow-repeat"),
    "confirmed_gone": Label(_("Correction constatée à la main"), icon="check-circle"),
}
EVIDENCE: Mapping[str, Label] = {kind: Label(name) for kind, name in EVIDENCE_NAMES.items()}
THING: Mapping[str, Label] = {kind: Label(name) for kind, name in THING_NAMES.items()}
STANDING: Mapping[str, Label] = {
    Standing.CURRENT: Label(_("En vigueur"), "good", "check-circle"),
    Standing.EXPIRING: Label(_("Bientôt à échéance"), "medium", "clock-history"),
    Standing.EXPIRED: Label(_("Échue"), "high", "exclamation-triangle"),
    Standing.COMING: Label(_("À venir"), "info", "calendar3"),
}
JOB: Mapping[str, Label] = {
    JobState.QUEUED: Label(_("En attente"), "info", "clock-history"),
    JobState.RUNNING: Label(_("En cours"), "low", "activity"),
    JobState.DONE: Label(_("Terminé"), "good", "check-circle"),
    JobState.FAILED: Label(_("Échec"), "critical", "x-circle"),
    JobState.CANCELLED: Label(_("Annulé"), "info", "slash-circle"),
}
IMPORT_STEP: Mapping[str, Label] = {
    Step.READING: Label(_("En cours de lecture"), "low", "activity"),
    Step.COMPARING: Label(_("En cours de comparaison"), "low", "activity"),
    Step.READY: Label(_("À confirmer"), "medium", "clipboard-check"),
    Step.RECORDING: Label(_("En cours d’enregistrement"), "low", "activity"),
    Step.RECORDED: Label(_("Enregistré"), "good", "check-circle"),
    Step.STOPPED: Label(_("Lecture interrompue"), "critical", "x-circle"),
}
MAIL: Mapping[str, Label] = {
    MailState.WAITING: Label(_("En attente"), "info", "clock-history"),
    MailState.SENDING: Label(_("En cours d’envoi"), "low", "activity"),
    MailState.SENT: Label(_("Envoyé"), "good", "check-circle"),
    MailState.UNCERTAIN: Label(_("Incertain"), "unsure", "question-circle"),
    MailState.FAILED: Label(_("Non remis"), "critical", "x-circle"),
    MailState.DROPPED: Label(_("Classé sans renvoi"), "info", "slash-circle"),
}
DIGEST: Mapping[str, Label] = {
    Digest.DAILY: Label(_("Un résumé par jour, quand il y a du nouveau")),
    Digest.WEEKLY: Label(_("Un résumé par semaine")),
    Digest.OFF: Label(_("Pas de résumé : un message par échéance")),
}
DEADLINE: Mapping[str, Label] = {
    DeadlineKind.ACTION: Label(KIND_NAMES[DeadlineKind.ACTION], icon="tools"),
    DeadlineKind.DECISION: Label(KIND_NAMES[DeadlineKind.DECISION], icon="clipboard-check"),
    DeadlineKind.AUDIT: Label(KIND_NAMES[DeadlineKind.AUDIT], icon="activity"),
    DeadlineKind.EVIDENCE: Label(KIND_NAMES[DeadlineKind.EVIDENCE], icon="file-earmark-check"),
    DeadlineKind.BROKEN_EVIDENCE: Label(KIND_NAMES[DeadlineKind.BROKEN_EVIDENCE], icon="exclamation-octagon"),
    DeadlineKind.MANDATE: Label(KIND_NAMES[DeadlineKind.MANDATE], icon="file-earmark-check"),
    DeadlineKind.GRANT: Label(KIND_NAMES[DeadlineKind.GRANT], icon="key"),
    DeadlineKind.CONTACTS: Label(KIND_NAMES[DeadlineKind.CONTACTS], icon="people"),
    DeadlineKind.CRISIS_PACK: Label(KIND_NAMES[DeadlineKind.CRISIS_PACK], icon="file-earmark-pdf"),
    DeadlineKind.BIA_DECISION: Label(KIND_NAMES[DeadlineKind.BIA_DECISION], icon="clipboard-check"),
    DeadlineKind.BIA_REVIEW: Label(KIND_NAMES[DeadlineKind.BIA_REVIEW], icon="journal-text"),
    DeadlineKind.SHEET_REVIEW: Label(KIND_NAMES[DeadlineKind.SHEET_REVIEW], icon="journal-text"),
    DeadlineKind.KIT_CHECK: Label(KIND_NAMES[DeadlineKind.KIT_CHECK], icon="clipboard-check"),
    DeadlineKind.PLAN_REVIEW: Label(KIND_NAMES[DeadlineKind.PLAN_REVIEW], icon="journal-text"),
    DeadlineKind.TEST: Label(KIND_NAMES[DeadlineKind.TEST], icon="stopwatch"),
}
EVERY: Mapping[str, Label] = {
    Every.DAY: Label(_("Tous les jours")),
    Every.WEEK: Label(_("Toutes les semaines")),
    Every.MONTH: Label(_("Tous les mois, le 1er")),
}
WEEKDAYS: tuple[Any, ...] = (
    _("lundi"), _("mardi"), _("mercredi"), _("jeudi"), _("vendredi"), _("samedi"), _("dimanche"),
)  # fmt: skip
"""The days of the week, Monday first."""
ACTION_STATE: Mapping[str, Label] = {
    ActionState.TO_DO: Label(_("À faire"), "info", "clipboard-check"),
    ActionState.IN_PROGRESS: Label(_("En cours"), "low", "activity"),
    ActionState.BLOCKED: Label(_("Bloquée"), "high", "slash-circle"),
    ActionState.TO_VERIFY: Label(_("À vérifier"), "unsure", "arrow-repeat"),
    ActionState.CLOSED: Label(_("Close"), "good", "check-circle"),
    ActionState.ABANDONED: Label(_("Abandonnée"), "info", "x-circle"),
}
ACTION_ASKED: Mapping[str, Label] = {
    "open": Label(_("Ouvertes")),
    "late": Label(_("En retard")),
    **ACTION_STATE,
    "all": Label(_("Toutes")),
}
"""What a list of actions may be asked to show."""
ACTION_SOURCE: Mapping[str, Label] = {
    ActionSource.FINDING: Label(_("Constat d’un audit")),
    ActionSource.QUESTION: Label(_("Question ou auto-évaluation")),
    ActionSource.EXERCISE: Label(_("Exercice de crise")),
    ActionSource.INCIDENT: Label(_("Incident")),
    ActionSource.CONTINUITY_TEST: Label(_("Essai de continuité")),
    ActionSource.OTHER: Label(_("Autre origine")),
}
CARE: Mapping[str, Label] = {
    CareCriticality.VITAL: Label(_("Vitale"), "critical"),
    CareCriticality.MAJOR: Label(_("Majeure"), "high"),
    CareCriticality.MODERATE: Label(_("Modérée"), "medium"),
    CareCriticality.MINOR: Label(_("Mineure"), "info"),
}
CARE_HELP: Mapping[str, Label] = {
    CareCriticality.VITAL: Label(_("Vitale : sans elle, des soins s’arrêtent ou un patient est en danger")),
    CareCriticality.MAJOR: Label(_("Majeure : les soins continuent en mode dégradé, avec des reports")),
    CareCriticality.MODERATE: Label(_("Modérée : une gêne que les équipes contournent quelques jours")),
    CareCriticality.MINOR: Label(_("Mineure : sans effet sensible sur les soins")),
}
"""What care loses when the thing fails, in the words of care."""
ACTIVITY_KIND: Mapping[str, Label] = {
    ActivityKind.CARE: Label(ACTIVITY_KINDS[ActivityKind.CARE], icon="heart-pulse"),
    ActivityKind.ADMINISTRATIVE: Label(ACTIVITY_KINDS[ActivityKind.ADMINISTRATIVE], icon="folder"),
    ActivityKind.TECHNICAL: Label(ACTIVITY_KINDS[ActivityKind.TECHNICAL], icon="eyedropper"),
    ActivityKind.SUPPORT: Label(ACTIVITY_KINDS[ActivityKind.SUPPORT], icon="tools"),
}
RESOURCE_KIND: Mapping[str, Label] = {
    ResourceKind.APPLICATION: Label(RESOURCE_KINDS[ResourceKind.APPLICATION], icon="window"),
    ResourceKind.INFRASTRUCTURE: Label(RESOURCE_KINDS[ResourceKind.INFRASTRUCTURE], icon="hdd-stack"),
    ResourceKind.SUPPLIER: Label(RESOURCE_KINDS[ResourceKind.SUPPLIER], icon="truck"),
    ResourceKind.PREMISES: Label(RESOURCE_KINDS[ResourceKind.PREMISES], icon="building"),
    ResourceKind.PEOPLE: Label(RESOURCE_KINDS[ResourceKind.PEOPLE], icon="people"),
}
NODE_KIND: Mapping[str, Label] = {**ACTIVITY_KIND, **RESOURCE_KIND}
"""Kinds of activities and of resources: no value is in both."""
PERIMETER: Mapping[str, Label] = {one: Label(words) for one, words in PERIMETERS.items()}
PERIMETER_STANDING: Mapping[str, Label] = {
    PerimeterStanding.CARRIED: Label(_("Une activité le porte"), "good", "check-circle"),
    PerimeterStanding.ABSENT: Label(_("Déclaré absent"), "info", "slash-circle"),
    PerimeterStanding.MISSING: Label(_("À désigner"), "high", "exclamation-triangle"),
}
STRENGTH: Mapping[str, Label] = {
    Strength.ESSENTIAL: Label(STRENGTHS[Strength.ESSENTIAL], "high"),
    Strength.USEFUL: Label(STRENGTHS[Strength.USEFUL], "info"),
}
KIT_STATE: Mapping[str, Label] = {
    KitState.INCOMPLETE: Label(KIT_STATES[KitState.INCOMPLETE], "critical", "exclamation-octagon"),
    KitState.OVERDUE: Label(KIT_STATES[KitState.OVERDUE], "high", "clock-history"),
    KitState.NEVER: Label(KIT_STATES[KitState.NEVER], "medium", "question-circle"),
    KitState.READY: Label(KIT_STATES[KitState.READY], "good", "check-circle"),
    KitState.RETIRED: Label(KIT_STATES[KitState.RETIRED], "info", "slash-circle"),
}
SHEET_STATE: Mapping[str, Label] = {
    SheetState.DRAFT: Label(SHEET_STATES[SheetState.DRAFT], "unsure", "pencil"),
    SheetState.CURRENT: Label(SHEET_STATES[SheetState.CURRENT], "good", "check-circle"),
    SheetState.REPLACED: Label(SHEET_STATES[SheetState.REPLACED], "info", "clock-history"),
}
PLAN_STATE: Mapping[str, Label] = {
    PlanStanding.DRAFT: Label(PLAN_STANDINGS[PlanStanding.DRAFT], "unsure", "pencil"),
    PlanStanding.IN_VALIDATION: Label(PLAN_STANDINGS[PlanStanding.IN_VALIDATION], "low", "clipboard-check"),
    PlanStanding.VALIDATED: Label(PLAN_STANDINGS[PlanStanding.VALIDATED], "good", "check-circle"),
    PlanStanding.TO_REVISE: Label(PLAN_STANDINGS[PlanStanding.TO_REVISE], "high", "clock-history"),
    PlanStanding.ARCHIVED: Label(PLAN_STANDINGS[PlanStanding.ARCHIVED], "info", "clock-history"),
}
TEST_KIND: Mapping[str, Label] = {one: Label(words) for one, words in TEST_KINDS.items()}
TEST_KIND_HELP: Mapping[str, Label] = {
    TestKind.TABLE_TOP: Label(_("Exercice sur table : on joue la crise autour d’une table, rien n’est coupé")),
    TestKind.FIELD: Label(_("Exercice de terrain : les équipes travaillent vraiment sans leurs outils")),
    TestKind.RESTORE: Label(_("Essai de restauration : des données reviennent d’une sauvegarde")),
    TestKind.FAILOVER: Label(_("Essai de bascule : le secours prend le relais")),
}
TEST_STATE: Mapping[str, Label] = {
    TestState.PLANNED: Label(TEST_STATES[TestState.PLANNED], "low", "calendar3"),
    TestState.DONE: Label(TEST_STATES[TestState.DONE], "good", "check-circle"),
    TestState.CANCELLED: Label(TEST_STATES[TestState.CANCELLED], "info", "slash-circle"),
}
TEST_RESULT: Mapping[str, Label] = {
    TestResult.PASSED: Label(TEST_RESULTS[TestResult.PASSED], "good", "check-circle"),
    TestResult.PARTIAL: Label(TEST_RESULTS[TestResult.PARTIAL], "medium", "exclamation-triangle"),
    TestResult.FAILED: Label(TEST_RESULTS[TestResult.FAILED], "critical", "x-circle"),
}
NODES_ASKED: Mapping[str, Label] = {
    Asked.IN_USE: Label(_("En cours")),
    Asked.ENDED: Label(_("Terminées")),
    Asked.ALL: Label(_("Toutes")),
}
"""Which activities or resources a list shows."""
HAPPENING: Mapping[str, Label] = {
    Happening.LOST: Label(_("Perdu"), "critical", "x-circle"),
    Happening.BACK: Label(_("De retour"), "good", "check-circle"),
    Happening.DEGRADED: Label(_("Passe en mode dégradé"), "medium", "journal-text"),
    Happening.STOPPED: Label(_("S’arrête"), "high", "slash-circle"),
    Happening.HAMPERED: Label(_("Gêné"), "info", "info-circle"),
    Happening.PAST_DMIA: Label(_("Passe sa DMIA"), "critical", "clock-history"),
}
"""What happens during an outage."""
ACTION_SORT: Mapping[str, Label] = {
    ActionSort.PRIORITY: Label(_("Priorité")),
    ActionSort.DUE: Label(_("Échéance")),
    ActionSort.NEWEST: Label(_("Plus récentes")),
    ActionSort.EFFORT: Label(_("Effort, le moindre d’abord")),
    ActionSort.TITLE: Label(_("Intitulé")),
}
FUNDING: Mapping[str, Label] = {value: Label(words) for value, words in FUNDINGS.items()}
COST_KIND: Mapping[str, Label] = {
    CostKind.INVESTMENT: Label(_("Investissement : acheté une fois")),
    CostKind.RUNNING: Label(_("Fonctionnement : payé chaque année")),
}
COST_KIND_SHORT: Mapping[str, Label] = {
    CostKind.INVESTMENT: Label(_("Investissement")),
    CostKind.RUNNING: Label(_("Fonctionnement")),
}
QUADRANT: Mapping[str, Label] = {
    Quadrant.QUICK_WIN: Label(_("Gains rapides"), "good"),
    Quadrant.PROJECT: Label(_("Chantiers à lancer"), "high"),
    Quadrant.FILL_IN: Label(_("Au fil de l’eau"), "low"),
    Quadrant.LATER: Label(_("Plus tard"), "info"),
    Quadrant.UNKNOWN: Label(_("Effort à estimer"), "unsure"),
}
QUADRANT_HELP: Mapping[str, Label] = {
    Quadrant.QUICK_WIN: Label(_("Prioritaires et courtes : à faire d’abord.")),
    Quadrant.PROJECT: Label(_("Prioritaires et longues : à planifier et à chiffrer.")),
    Quadrant.FILL_IN: Label(_("Moins prioritaires et courtes : dès qu’un créneau s’ouvre.")),
    Quadrant.LATER: Label(_("Moins prioritaires et longues : à reporter sans les oublier.")),
    Quadrant.UNKNOWN: Label(_("Personne n’a estimé le travail : dites-le pour les classer.")),
}
ROLE: Mapping[str, Label] = {
    Role.ADMINISTRATOR: Label(_("Administrateur")),
    Role.CISO: Label(_("Responsable de la sécurité (RSSI)")),
    Role.DIRECTION: Label(_("Direction")),
    Role.ACTIVITY_OWNER: Label(_("Responsable d’activité")),
    Role.FACILITATOR: Label(_("Animateur d’exercices")),
    Role.REGIONAL: Label(_("Appui régional (GRADeS)")),
    Role.VISITOR: Label(_("Visiteur")),
}
LEVEL: Mapping[str, Label] = {
    Level.PLATFORM: Label(_("Toute la plateforme")),
    Level.REGION: Label(_("Région")),
    Level.GHT: Label(_("GHT")),
    Level.LEGAL_ENTITY: Label(_("Entité juridique")),
    Level.ESTABLISHMENT: Label(_("Établissement")),
}
SCANNER_HELP: Mapping[str, Label] = {
    "exposure": Label(_("Vos adresses et vos noms vus d’Internet : services ouverts, chiffrement, versions.")),
    "ad": Label(_("Comptes, droits et réglages de l’annuaire, lus en LDAP avec un compte ordinaire.")),
    "remote_access": Label(_("Le bastion et le registre des accès des prestataires, comparés.")),
    "workstations": Label(_("L’annuaire, l’inventaire et la console antivirus ou EDR, rapprochés poste par poste.")),
    "backup": Label(_("Le plan de sauvegarde confronté aux dépôts, jusqu’à une restauration d’essai.")),
    "continuity": Label(_("Ce que le plan promet, confronté à ce que les soins demandent et à ce qui a été mesuré.")),
}
FRAMEWORK: Mapping[str, Label] = {
    "anssi-ad": Label(_("ANSSI, points de contrôle Active Directory")),
    "pingcastle": Label("PingCastle"),
    "adcs": Label(_("AD CS, chemins d’escalade")),
    "attack": Label("MITRE ATT&CK"),
    "care-d1": Label(_("CaRE, domaine 1")),
    "care-d2": Label(_("CaRE, domaine 2")),
    "care-rules": Label(_("CaRE, règles de contrôle")),
    "anssi-ssh": Label(_("ANSSI, usage d’OpenSSH")),
    "anssi-hygiene": Label(_("ANSSI, hygiène informatique")),
    "pgssi-s": Label("PGSSI-S"),
    "recyf": Label("ReCyF"),
    "nis1": Label("NIS 1"),
    "has-theme": Label(_("HAS, thèmes de certification")),
    "cis": Label("CIS Controls"),
    "cve": Label("CVE"),
    "cwe": Label("CWE"),
    "rfc": Label("RFC"),
}


def status_short(status: str, count: int) -> str:
    """The word after a number of rules: 1 conforme, 2 conformes."""
    words = {
        Status.PASSED: ngettext("conforme", "conformes", count),
        Status.FAILED: ngettext("non conforme", "non conformes", count),
        Status.NOT_ASSESSABLE: ngettext("non évaluable", "non évaluables", count),
        Status.ERROR: ngettext("en erreur", "en erreur", count),
    }
    return str(words[Status(status)])


CELL: Mapping[str, Label] = {cell: Label(name) for cell, name in CELL_KINDS.items()}
LACK: Mapping[str, Label] = {
    Lack.NAME: Label(_("À désigner"), "high", "exclamation-triangle"),
    Lack.PHONE: Label(_("Aucun numéro"), "high", "exclamation-triangle"),
    Lack.FALLBACK: Label(_("Sans numéro de secours"), "high", "exclamation-triangle"),
    Lack.DEPUTY: Label(_("Sans suppléant"), "medium", "exclamation-triangle"),
    Lack.CHECK: Label(_("À vérifier"), "medium", "clock-history"),
}
IMPORT_FATE: Mapping[str, Label] = {
    Fate.NEW: Label(_("ajoutés"), "good", "plus-lg"),
    Fate.CHANGED: Label(_("modifiés"), "low", "pencil"),
    Fate.SAME: Label(_("inchangés"), "info", "check2"),
    Fate.REMOVED: Label(_("effacés"), "high", "trash"),
}
PACK_WHY: Mapping[str, Label] = {
    PackWhy.FIRST: Label(_("Première mallette")),
    PackWhy.WEEK: Label(_("Chaque semaine")),
    PackWhy.CHANGE: Label(_("Contenu changé")),
    PackWhy.HAND: Label(_("À la demande")),
}
CONFIDENCE: Mapping[str, Label] = {
    Confidence.READ: Label(CONFIDENCES[Confidence.READ], "good", "check-circle"),
    Confidence.TO_CONFIRM: Label(CONFIDENCES[Confidence.TO_CONFIRM], "medium", "question-circle"),
}
ITEM_STATE: Mapping[str, Label] = {
    ItemState.YES: Label(ITEM_STATES[ItemState.YES], "good", "check-circle"),
    ItemState.IN_PROGRESS: Label(ITEM_STATES[ItemState.IN_PROGRESS], "low", "activity"),
    ItemState.NO: Label(ITEM_STATES[ItemState.NO], "high", "x-circle"),
    ItemState.NOT_APPLICABLE: Label(ITEM_STATES[ItemState.NOT_APPLICABLE], "info", "slash-circle"),
}


def framework_name(framework: str) -> str:
    """The name people know a framework by; its id when there is none."""
    label = FRAMEWORK.get(framework)
    return str(label) if label else framework
