"""The words, colours and icons that go with the values of the domain, in one place.

A tone is a class of `care.css` (`tone-…`); an icon is a symbol of the vendored sprite.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import ngettext

from care.domain.access import Level, Role
from care.domain.actions import ActionSource, ActionState, CareCriticality, CostKind
from care.domain.alerts import ANSWER_NAMES as ALERT_ANSWERS
from care.domain.alerts import EXPOSURE_NAMES as ALERT_EXPOSURES
from care.domain.alerts import SOURCE_NAMES
from care.domain.application_files import STATE_NAMES as FILE_STATES
from care.domain.assets import AssetChange, AssetKind
from care.domain.awareness import SESSION_KINDS
from care.domain.catalogue import OFFER_KINDS, THEMES
from care.domain.certification import FRESHNESS_NAMES
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
    TestKind,
)
from care.domain.contracts import CLAUSE_STATES, ClauseState
from care.domain.crisis import CONFIDENCES, ITEM_STATES, Lack, PackWhy
from care.domain.declaration_clocks import CLOCK_NAMES
from care.domain.evidence import EVIDENCE_NAMES, THING_NAMES, Standing
from care.domain.exercises import ENTRY_KINDS, STAGE_NAMES, GuestAnswer
from care.domain.federation import (
    KEY_STATE_NAMES,
    PUNCTUALITY_NAMES,
    VERDICT_NAMES,
    WAY_NAMES,
    DeliveryState,
    LinkState,
)
from care.domain.findings import Change, State, Verdict
from care.domain.framework_changes import Fate as VersionFate
from care.domain.frameworks import (
    CONFIDENCE_NAMES,
    LEVEL_NAMES,
    METHOD_NAMES,
    PARAMETER_KIND_NAMES,
    UNIT_NAMES,
)
from care.domain.frameworks import KIND_NAMES as FRAMEWORK_KINDS
from care.domain.funding import FUNDINGS
from care.domain.hosting import Tone
from care.domain.import_steps import Step
from care.domain.incidents import EXTENT_NAMES, GRAVITY_NAMES, HAPPENING_NAMES, IMPACT_NAMES, ORIGIN_NAMES, STATE_NAMES
from care.domain.jobs import JobState
from care.domain.judging import STATUS_NAMES
from care.domain.mail import MailState
from care.domain.maturity import GROUP_NAMES
from care.domain.notices import Digest
from care.domain.paper_kits import KIT_STATES
from care.domain.plans import PLAN_STANDINGS
from care.domain.profiles import LEGAL_STATUS_NAMES
from care.domain.programme import INQUIRIES, VERDICTS, VISIT_STATES, AnswerVerdict, VisitState
from care.domain.quadrants import Quadrant
from care.domain.questionnaires import QUESTION_KINDS
from care.domain.regional import AUDIT_STATES, CAMPAIGN_KINDS, EXPOSURE_NAMES, PROGRESS_NAMES, SHEET_NAMES
from care.domain.regional_reports import EVERY_NAMES
from care.domain.restraints import ExclusionMode, StopCause
from care.domain.schedule import Every
from care.domain.socle import ELIGIBILITIES
from care.domain.support import CONTACT_NAMES, STEP_STATES, USE_STATES
from care.domain.what_if import Happening
from care.services.action_query import ActionSort
from care.services.activities import Asked
from care.services.certification.mock_reading import Meeting, Trend
from care.services.contact_import import Fate
from care.services.deadlines import KIND_NAMES
from care.services.exercises import words, workbook_import
from care.services.findings import Sort
from care.services.frameworks.shelf import VersionState
from care.services.indicators.one_indicator import FIGURE_STATES, SPLIT_NAMES
from care.services.indicators.pictures import ANSWERS
from care.services.library import EvidenceSort
from care.services.perimeters import Standing as PerimeterStanding
from care.services.register_files import Fate as RegisterFate
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


TONES = frozenset({"critical", "high", "medium", "low", "info", "good", "unsure"})


def _dressed(names: Mapping[Any, Text], **looks: str) -> Mapping[str, Label]:
    """Words of the domain with a colour and an icon, as `value="tone icon"`; either may be left out."""
    unknown = set(looks) - {str(value) for value in names}
    if unknown:
        raise ValueError(f"no words for {unknown}")
    return {value: _look(words, looks.get(str(value), "").split()) for value, words in names.items()}


def _look(words: Text, look: Sequence[str]) -> Label:
    tone, icon = ([one for one in look if (one in TONES) is known] for known in (True, False))
    return Label(words, *(tone or ["info"]), *icon)


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
SCANNER = _dressed(
    SCANNER_NAMES,
    exposure="globe2",
    ad="diagram-3",
    remote_access="key",
    workstations="laptop",
    backup="database-check",
    continuity="stopwatch",
)
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
ASSET_CHANGE: Mapping[str, Label] = {
    AssetChange.NEW: Label(_("Nouveau"), "high", "plus-lg"),
    AssetChange.CHANGED: Label(_("Changé"), "medium", "arrow-repeat"),
    AssetChange.GONE: Label(_("Disparu"), "info", "slash-circle"),
    AssetChange.BACK: Label(_("Revenu"), "high", "arrow-repeat"),
}
ASSET_KIND: Mapping[str, Label] = {
    AssetKind.ADDRESS: Label(_("Adresse")),
    AssetKind.SERVICE: Label(_("Service")),
    AssetKind.NAME: Label(_("Nom")),
    AssetKind.DOMAIN: Label(_("Domaine")),
}
ASSET_KINDS: Mapping[str, Label] = {
    AssetKind.ADDRESS: Label(_("Adresses")),
    AssetKind.SERVICE: Label(_("Services")),
    AssetKind.NAME: Label(_("Noms")),
    AssetKind.DOMAIN: Label(_("Domaines")),
}
PRODUCT_FAMILIES: Mapping[str, Label] = {
    "gateway": Label(_("Passerelles d’accès distant")),
    "webmail": Label(_("Messageries web")),
    "application": Label(_("Applications souvent attaquées")),
    "imaging": Label(_("Visionneuses d’imagerie")),
    "console": Label(_("Consoles d’administration")),
}
CERTIFICATE: Mapping[str, Label] = {
    "over": Label(_("Expiré"), "critical", "exclamation-octagon"),
    "soon": Label(_("Moins d’un mois"), "high", "exclamation-triangle"),
    "later": Label(_("Moins de deux mois"), "medium", "clock-history"),
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
EVIDENCE = _dressed(EVIDENCE_NAMES)
THING = _dressed(THING_NAMES)
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
AWARENESS_KIND = _dressed(
    SESSION_KINDS,
    session="info people",
    campaign="info megaphone",
    training="info mortarboard",
    phishing="info envelope",
)
ALERT: Mapping[str, Label] = {
    Tone.CRITICAL: Label(_("Urgent"), "critical", "exclamation-octagon"),
    Tone.HIGH: Label(_("À traiter"), "high", "exclamation-triangle"),
    Tone.MEDIUM: Label(_("À surveiller"), "medium", "clock-history"),
    Tone.UNKNOWN: Label(_("À renseigner"), "unsure", "question-circle"),
}
REGISTER_FATE: Mapping[str, Label] = {
    RegisterFate.NEW: Label(_("ajoutés"), "good", "plus-lg"),
    RegisterFate.CHANGED: Label(_("modifiés"), "low", "pencil"),
    RegisterFate.SAME: Label(_("inchangés"), "info", "check2"),
}
CLAUSE = _dressed(
    CLAUSE_STATES,
    absent="critical x-circle",
    partly="medium exclamation-triangle",
    to_confirm="unsure question-circle",
    unanswered="info hourglass-split",
    covered="good check-circle",
    not_applicable="info slash-circle",
)
CONTRACT_VERDICT: Mapping[str, Label] = {
    AnswerVerdict.YES: Label(_("Oui, la clause y est")),
    AnswerVerdict.PARTLY: Label(_("En partie")),
    AnswerVerdict.NO: Label(_("Non")),
    AnswerVerdict.NOT_APPLICABLE: Label(_("Sans objet pour ce contrat")),
}
YES_NO: Mapping[str, Label] = {
    "yes": Label(_("Oui")),
    "no": Label(_("Non")),
    "": Label(_("Non renseigné"), "unsure", "question-circle"),
}
DEADLINE = _dressed(
    KIND_NAMES,
    action="tools",
    decision="clipboard-check",
    audit="activity",
    evidence="file-earmark-check",
    broken_evidence="exclamation-octagon",
    mandate="file-earmark-check",
    grant="key",
    contacts="people",
    crisis_pack="file-earmark-pdf",
    bia_decision="clipboard-check",
    bia_review="journal-text",
    sheet_review="journal-text",
    kit_check="clipboard-check",
    plan_review="journal-text",
    test="stopwatch",
    application="folder",
    awareness="mortarboard",
    hosting="database-check",
    contract="file-earmark-text",
    remote_access="key",
    backup="database-check",
)
EVERY: Mapping[str, Label] = {
    Every.DAY: Label(_("Tous les jours")),
    Every.WEEK: Label(_("Toutes les semaines")),
    Every.MONTH: Label(_("Tous les mois, le 1er")),
}
EXCLUSION_MODE: Mapping[str, Label] = {
    ExclusionMode.NO_SCAN: Label(_("Jamais contactée"), "medium", "slash-circle"),
    ExclusionMode.NO_REPORT: Label(_("Examinée, non signalée"), "info", "info-circle"),
}
EXCLUSION_MODE_HELP: Mapping[str, Any] = {
    ExclusionMode.NO_SCAN: _("Ne jamais contacter : aucun paquet n’y part, l’audit le dit"),
    ExclusionMode.NO_REPORT: _("Examiner sans signaler : ses constats sont mis de côté avec la raison"),
}
STOP_CAUSE: Mapping[str, Any] = {
    StopCause.PERSON: _("Arrêté à la demande avant sa fin : ce qui avait été vu est ci-dessous, et ne ferme rien."),
    StopCause.WINDOW: _("Arrêté à la fin des heures permises : ce qui avait été vu est ci-dessous, et ne ferme rien."),
    StopCause.EXCLUSION: _("Arrêté par une exclusion ajoutée : ce qui avait été vu est ci-dessous, et ne ferme rien."),
    StopCause.TIME: _("Arrêté à la limite de durée : ce qui avait été vu est ci-dessous, et ne ferme rien."),
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
    ActionSource.REQUIREMENT: Label(_("Exigence d’un référentiel")),
    ActionSource.VISIT: Label(_("Visite de certification")),
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
ACTIVITY_KIND = _dressed(
    ACTIVITY_KINDS, care="heart-pulse", administrative="folder", technical="eyedropper", support="tools"
)
RESOURCE_KIND = _dressed(
    RESOURCE_KINDS,
    application="window",
    infrastructure="hdd-stack",
    supplier="truck",
    premises="building",
    people="people",
)
NODE_KIND: Mapping[str, Label] = {**ACTIVITY_KIND, **RESOURCE_KIND}
"""Kinds of activities and of resources: no value is in both."""
PERIMETER = _dressed(PERIMETERS)
PERIMETER_STANDING: Mapping[str, Label] = {
    PerimeterStanding.CARRIED: Label(_("Une activité le porte"), "good", "check-circle"),
    PerimeterStanding.ABSENT: Label(_("Déclaré absent"), "info", "slash-circle"),
    PerimeterStanding.MISSING: Label(_("À désigner"), "high", "exclamation-triangle"),
}
STRENGTH = _dressed(STRENGTHS, essential="high", useful="info")
KIT_STATE = _dressed(
    KIT_STATES,
    incomplete="critical exclamation-octagon",
    overdue="high clock-history",
    never="medium question-circle",
    ready="good check-circle",
    retired="info slash-circle",
)
SHEET_STATE = _dressed(SHEET_STATES, draft="unsure pencil", current="good check-circle", replaced="info clock-history")
PLAN_STATE = _dressed(
    PLAN_STANDINGS,
    draft="unsure pencil",
    in_validation="low clipboard-check",
    validated="good check-circle",
    to_revise="high clock-history",
    archived="info clock-history",
)
TEST_KIND = _dressed(TEST_KINDS)
TEST_KIND_HELP: Mapping[str, Label] = {
    TestKind.TABLE_TOP: Label(_("Exercice sur table : on joue la crise autour d’une table, rien n’est coupé")),
    TestKind.FIELD: Label(_("Exercice de terrain : les équipes travaillent vraiment sans leurs outils")),
    TestKind.RESTORE: Label(_("Essai de restauration : des données reviennent d’une sauvegarde")),
    TestKind.FAILOVER: Label(_("Essai de bascule : le secours prend le relais")),
}
TEST_STATE = _dressed(TEST_STATES, planned="low calendar3", done="good check-circle", cancelled="info slash-circle")
LESSON_KIND = _dressed(words.LESSON_KINDS, gap="medium exclamation-triangle", strength="good check-circle")
REACTION_VERDICT = _dressed(words.VERDICTS, seen="good check-circle", partial="medium percent", missed="high x-circle")
TIMING = _dressed(
    words.TIMINGS,
    in_time="good check-circle",
    late="medium clock-history",
    missed="critical x-circle",
    unobserved="info eye",
)
CLOCK_STAGE = _dressed(
    words.STAGES, ready="low flag", running="good play-fill", paused="medium pause-fill", ended="info stop-fill"
)
STIMULUS_STANDING = _dressed(
    words.STANDINGS,
    waiting="low clock",
    reserve="info inbox",
    held="high hourglass-split",
    played="good check2",
    skipped="info slash-circle",
)
STIMULUS_FATE = _dressed(
    words.FATES,
    waiting="medium hourglass-split",
    reserve="info box-seam",
    held="medium pause-fill",
    played="good check2",
    skipped="info slash-circle",
)
STIMULUS_WHY = _dressed(words.WHY)
STIMULUS_HOW = _dressed(words.HOW)
ROUND = _dressed(words.ROUNDS, hot="medium stopwatch", cold="low calendar3")
TEST_RESULT = _dressed(
    TEST_RESULTS, passed="good check-circle", partial="medium exclamation-triangle", failed="critical x-circle"
)
EXERCISE_STAGE = _dressed(
    STAGE_NAMES,
    prepared="low calendar3",
    live="medium play-fill",
    debrief="high clipboard-check",
    closed="good check-circle",
    cancelled="info slash-circle",
)
CAMPAIGN_PROGRESS = _dressed(
    PROGRESS_NAMES,
    nothing="high exclamation-triangle",
    planned="low calendar3",
    preparing="low list-check",
    live="medium play-fill",
    played="medium clipboard-check",
    debriefed="medium info-circle",
    counts="good check-circle",
    excused="info slash-circle",
)
SHEET_PROGRESS = _dressed(
    SHEET_NAMES,
    nothing="high exclamation-triangle",
    draft="low pencil",
    sent="good check-circle",
    excused="info slash-circle",
)
EXPOSURE_PROGRESS = _dressed(
    EXPOSURE_NAMES,
    nothing_said="high exclamation-triangle",
    declined="high slash-circle",
    no_target="high exclamation-triangle",
    no_mandate="high exclamation-triangle",
    not_done="high x-circle",
    planned="low calendar3",
    partly="medium hourglass-split",
    done="good check-circle",
    excused="info slash-circle",
)
AUDIT_STATE = _dressed(
    AUDIT_STATES,
    planned="low calendar3",
    waiting="medium hourglass-split",
    running="low activity",
    done="good check-circle",
    failed="high x-circle",
    declined="info slash-circle",
    missed="high exclamation-triangle",
)
CAMPAIGN_KIND = _dressed(CAMPAIGN_KINDS)
REPORT_EVERY = _dressed(EVERY_NAMES)
QUESTION_KIND = _dressed(QUESTION_KINDS)
STEP_STATE = _dressed(
    STEP_STATES,
    late="high exclamation-triangle",
    soon="medium calendar3",
    later="low calendar3",
    undated="low question-circle",
    none="info slash-circle",
)
USE_STATE = _dressed(
    USE_STATES,
    asked="medium question-circle",
    agreed="low calendar-check",
    running="good play-fill",
    ended="info check-circle",
    declined="info x-circle",
    withdrawn="info slash-circle",
)
CONTACT_KIND = _dressed(CONTACT_NAMES)
EXPOSURE = _dressed(
    ALERT_EXPOSURES,
    exposed="critical exclamation-octagon",
    suspected="medium exclamation-triangle",
    not_seen="low info-circle",
    unknown="unsure question-circle",
)
PRODUCT_SOURCE = _dressed(SOURCE_NAMES, measured="search", imported="cloud-arrow-up", declared="clipboard-check")
ALERT_ANSWER = _dressed(
    ALERT_ANSWERS,
    none="unsure question-circle",
    read="low info-circle",
    not_concerned="good check-circle",
    working="medium arrow-repeat",
    treated="good check-circle",
)
MATURITY_GROUP = _dressed(GROUP_NAMES)
LOG_KIND: Mapping[str, Label] = {
    **_dressed(
        ENTRY_KINDS,
        fact="info chat-left-text",
        decision="high flag",
        action="low play-fill",
        contact="good telephone",
        correction="medium pencil",
    ),
    "event": Label(_("Exercice"), "info", "megaphone"),
}
EXERCISE_LEVEL = _dressed(words.LEVELS)
EXERCISE_FORMAT = _dressed(words.FORMATS)
BOOKLET = _dressed(words.BOOKLETS)
CHANNEL = _dressed(
    words.CHANNELS,
    mail="envelope",
    phone="telephone",
    sms="chat-left-text",
    screen="window",
    paper="file-earmark-text",
    face="people",
    press="newspaper",
)
"""How a stimulus reaches people."""
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
FUNDING = _dressed(FUNDINGS)
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
    Role.QUALITY: Label(_("Qualité et certification")),
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
DRILL: Mapping[bool | None, Label] = {
    True: Label(_("Prouvé"), "good", "check-circle"),
    False: Label(_("En échec"), "critical", "x-circle"),
    None: Label(_("Sans conclusion"), "unsure", "question-circle"),
}
DRILLED_FILE: Mapping[str, Label] = {
    "same": Label(_("Identique"), "good", "check-circle"),
    "different": Label(_("Différent"), "critical", "x-circle"),
    "missing": Label(_("Pas revenu"), "critical", "x-circle"),
    "unlisted": Label(_("Absent du manifeste"), "unsure", "question-circle"),
}
SCANNER_HELP: Mapping[str, Label] = {
    "exposure": Label(_("Vos adresses et vos noms vus d’Internet : services ouverts, chiffrement, versions.")),
    "ad": Label(_("Comptes, droits et réglages de l’annuaire, lus en LDAP avec un compte ordinaire.")),
    "remote_access": Label(_("Le bastion et le registre des accès des prestataires, comparés.")),
    "workstations": Label(_("L’annuaire, l’inventaire et la console antivirus ou EDR, rapprochés poste par poste.")),
    "backup": Label(_("Le plan de sauvegarde confronté aux dépôts, jusqu’à une restauration d’essai.")),
    "restore": Label(
        _("Des fichiers et des bases vraiment restaurés d’un dépôt, comparés par empreinte et chronométrés.")
    ),
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
    "anssi-tls": Label(_("ANSSI, recommandations pour TLS")),
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


def clause_short(state: str, count: int) -> str:
    """The word after a number of clauses: 1 absente, 2 absentes."""
    words = {
        ClauseState.ABSENT: ngettext("absente", "absentes", count),
        ClauseState.PARTLY: ngettext("incomplète", "incomplètes", count),
        ClauseState.TO_CONFIRM: ngettext("à confirmer", "à confirmer", count),
        ClauseState.UNANSWERED: ngettext("à relire", "à relire", count),
        ClauseState.COVERED: ngettext("couverte", "couvertes", count),
        ClauseState.NOT_APPLICABLE: ngettext("sans objet", "sans objet", count),
    }
    return str(words[ClauseState(state)])


CELL = _dressed(CELL_KINDS)
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
GUEST_ROLE = _dressed(words.ROLES)
GUEST_ANSWER: Mapping[str, Label] = {
    GuestAnswer.COMES: Label(_("vient"), "good", "check2"),
    GuestAnswer.DECLINES: Label(_("ne vient pas"), "high", "slash-circle"),
}
BLOCKING = Label(_("bloquant"), "critical", "exclamation-octagon")
"""What forbids to start an exercise."""
WORKBOOK_FATE: Mapping[str, Label] = {
    workbook_import.Fate.NEW: Label(_("ajoutés"), "good", "plus-lg"),
    workbook_import.Fate.CHANGED: Label(_("modifiés"), "low", "pencil"),
    workbook_import.Fate.REMOVED: Label(_("retirés"), "high", "trash"),
}
"""What a workbook does to the stimuli of an exercise."""
MANDATORY = Label(words.MANDATORY, "medium", "lock")
PACK_WHY: Mapping[str, Label] = {
    PackWhy.FIRST: Label(_("Première mallette")),
    PackWhy.WEEK: Label(_("Chaque semaine")),
    PackWhy.CHANGE: Label(_("Contenu changé")),
    PackWhy.HAND: Label(_("À la demande")),
}
CONFIDENCE = _dressed(CONFIDENCES, read="good check-circle", to_confirm="medium question-circle")
ITEM_STATE = _dressed(
    ITEM_STATES,
    yes="good check-circle",
    in_progress="low activity",
    no="high x-circle",
    not_applicable="info slash-circle",
)
REQUIREMENT_STATUS = _dressed(
    STATUS_NAMES,
    not_met="critical x-circle",
    to_confirm="unsure question-circle",
    not_started="info hourglass-split",
    in_progress="medium activity",
    evidence_filed="low file-earmark-check",
    met="good check-circle",
    not_applicable="info slash-circle",
)
"""What is to confirm looks neither good nor bad."""
FILE_STATE = _dressed(
    FILE_STATES,
    not_applying="info slash-circle",
    candidacy_in_preparation="low pencil",
    candidacy_filed="low send",
    candidate_retained="low check-circle",
    candidate_turned_down="info x-circle",
    operational_phase="medium activity",
    declaration_filed="low send",
    ars_check="low eye",
    ans_check="low eye",
    achieved="good check-circle",
    partly_achieved="unsure percent",
    refused="critical x-circle",
    paid="good cash-stack",
)
"""The steps of an application file."""
SOCLE = _dressed(
    ELIGIBILITIES,
    yes="good check-circle",
    to_confirm="unsure question-circle",
    incomplete="medium hourglass-split",
    no="critical x-circle",
)
"""What the prerequisites of a year of the cyber base say."""
ANSWER = _dressed(
    VERDICTS,
    yes="good check-circle",
    partly="medium activity",
    no="critical x-circle",
    not_applicable="info slash-circle",
    inadequate="unsure question-circle",
)
"""What people say of a requirement."""
INQUIRY = _dressed(INQUIRIES)
"""How visitors of the HAS look at something."""
FRESHNESS = _dressed(
    FRESHNESS_NAMES,
    fresh="good check-circle",
    stale="critical hourglass-split",
    undated="unsure question-circle",
    absent="medium slash-circle",
)
MOCK_STATE: Mapping[str, Label] = {
    VisitState.OPEN: Label(_("En cours"), "good", "activity"),
    VisitState.ENDED: Label(_("Terminée"), "info", "lock"),
}
"""Mock visits: open at once, then over."""
MEETING: Mapping[str, Label] = {
    Meeting.CONTRADICTED: Label(_("Contredit la réponse"), "critical", "exclamation-octagon"),
    Meeting.UNDECLARED: Label(_("Pas encore déclaré"), "unsure", "question-circle"),
    Meeting.BETTER: Label(_("Mieux que déclaré"), "low", "info-circle"),
    Meeting.AGREED: Label(_("Conforme à la réponse"), "good", "check-circle"),
}
"""What was seen beside what was declared."""
TREND: Mapping[str, Label] = {
    Trend.WORSE: Label(_("moins bien"), "critical"),
    Trend.BETTER: Label(_("mieux"), "good"),
    Trend.SAME: Label(_("pareil"), "info"),
    Trend.NEW: Label(_("nouveau"), "info"),
}
METHOD = _dressed(
    METHOD_NAMES,
    rule="shield-check",
    computed="percent",
    document="file-earmark-text",
    declaration="person-check",
    interview="people",
)
"""How one sees whether a requirement is met."""
REQUIREMENT_LEVEL = _dressed(LEVEL_NAMES, imperative="high flag", advanced="low award")
FRAMEWORK_KIND = _dressed(FRAMEWORK_KINDS)
FRAMEWORK_UNIT = _dressed(UNIT_NAMES)
PARAMETER_KIND = _dressed(PARAMETER_KIND_NAMES)
VISIT_METHOD = _dressed(INQUIRIES)
FRAMEWORK_VERSION: Mapping[str, Label] = {
    VersionState.IN_USE: Label(_("En service"), "good", "check-circle"),
    VersionState.COMING: Label(_("À venir"), "low", "calendar3"),
    VersionState.FORMER: Label(_("Ancienne"), "info", "clock-history"),
    VersionState.SET_ASIDE: Label(_("Écartée"), "info", "slash-circle"),
}
TOUCHED: Mapping[str, Label] = {
    VersionFate.KEPT: Label(_("Gardées telles quelles"), "good", "check-circle"),
    VersionFate.MOVED: Label(_("Reprises par une exigence qui demande la même chose"), "good", "arrow-right"),
    VersionFate.REWORDED: Label(_("À confirmer : le texte change"), "unsure", "question-circle"),
    VersionFate.MOVED_REWORDED: Label(
        _("Reprises par une autre exigence, à confirmer : le texte change"), "unsure", "question-circle"
    ),
    VersionFate.GONE: Label(_("Gardées dans l’historique : l’exigence disparaît"), "info", "clock-history"),
}
"""What becomes of answers and evidence with a new version."""
FRAMEWORK_CONFIDENCE = _dressed(
    CONFIDENCE_NAMES,
    official="good check-circle",
    copy="good check-circle",
    second_hand="unsure question-circle",
    ours="unsure question-circle",
)


OFFER_KIND = _dressed(OFFER_KINDS, tool="info tools", document="info journal-text", service="info people")
OFFER_THEME = _dressed(THEMES)
INCIDENT_STATE = _dressed(
    STATE_NAMES, open="high activity", contained="medium shield-check", closed="good check-circle"
)
GRAVITY = _dressed(
    GRAVITY_NAMES,
    unknown="unsure question-circle",
    minor="low info-circle",
    grave="high exclamation-triangle",
    significant="critical exclamation-octagon",
)
INCIDENT_KIND = _dressed(ORIGIN_NAMES)
PATIENT_IMPACT = _dressed(IMPACT_NAMES)
EXTENT = _dressed(EXTENT_NAMES)
INCIDENT_LINE = _dressed(
    HAPPENING_NAMES,
    fact="info info-circle",
    decision="medium flag",
    measure="good tools",
    correction="low pencil",
    state="info arrow-right",
    gravity="high exclamation-triangle",
)
CLOCK = _dressed(
    CLOCK_NAMES,
    sent="good check-circle",
    sent_late="medium check-circle",
    not_due="info slash-circle",
    not_called="info slash-circle",
    late="critical exclamation-octagon",
    at_once="critical clock-history",
    running="medium hourglass-split",
    going_on="low activity",
)
LEGAL_STATUS = _dressed(LEGAL_STATUS_NAMES)
VISIT_STATE = _dressed(
    VISIT_STATES, planned="low calendar3", open="good check-circle", ended="info lock", revoked="info slash-circle"
)
REGION_LINK: Mapping[str, Label] = {
    LinkState.ASKED: Label(_("Sans réponse"), "unsure", "hourglass-split"),
    LinkState.TO_CONFIRM: Label(_("Empreinte à comparer"), "medium", "key"),
    LinkState.SENDING: Label(_("Envoi activé"), "good", "check-circle"),
    LinkState.PAUSED: Label(_("Suspendu"), "info", "pause-fill"),
    LinkState.LEFT: Label(_("Quittée"), "info", "slash-circle"),
}
DELIVERY: Mapping[str, Label] = {
    DeliveryState.WAITING: Label(_("À remettre"), "unsure", "clock-history"),
    DeliveryState.HANDED: Label(_("Donné en fichier"), "low", "usb-drive"),
    DeliveryState.DELIVERED: Label(_("Reçu par la région"), "good", "check-circle"),
    DeliveryState.REFUSED: Label(_("Refusé par la région"), "critical", "x-circle"),
    DeliveryState.SUPERSEDED: Label(_("Remplacé"), "info", "arrow-repeat"),
    DeliveryState.DROPPED: Label(_("Abandonné"), "info", "slash-circle"),
}

FIGURE_STATE = _dressed(
    FIGURE_STATES,
    told="good check-circle",
    hidden="unsure lock",
    silent="info question-circle",
    empty="info slash-circle",
    missing="info hourglass-split",
)
ANSWER_STANDING = _dressed(
    ANSWERS,
    reached="good check-circle",
    not_reached="high x-circle",
    measured="low bar-chart",
    nothing="info slash-circle",
    other_version="unsure clock-history",
    pseudonym="unsure eye",
    silent="info question-circle",
    not_asked="info slash-circle",
)
COHORT_SPLIT = _dressed(SPLIT_NAMES)
INDICATOR_DOUBT: Mapping[str, Label] = {
    "second_hand": Label(_("De seconde main, à vérifier")),
    "ours": Label(_("Choix de CaRE, à vérifier")),
}

PUNCTUALITY = _dressed(
    PUNCTUALITY_NAMES,
    waiting="low hourglass-split",
    current="good check-circle",
    late="high clock-history",
    withdrawn="info slash-circle",
)
KEY_STATE = _dressed(KEY_STATE_NAMES, active="good key", former="info arrow-right", revoked="high x-circle")
RECEIVED = _dressed(VERDICT_NAMES, taken="good check-circle", already="info check-circle", refused="high x-circle")
BUNDLE_WAY = _dressed(WAY_NAMES)


def framework_name(framework: str) -> str:
    """The name people know a framework by; its id when there is none."""
    label = FRAMEWORK.get(framework)
    return str(label) if label else framework
