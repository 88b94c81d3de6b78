"""Words of regional campaigns, and what may be told of a region without naming anybody. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from scanners.model import Text

FEWEST = 5
"""Establishments below which a figure is hidden: with fewer, a reader could tell which ones. Our choice, that of most
public statistics."""
TARGETS = (50, 100)
"""Shares of establishments, in percent, that the State asks to have played (CaRE: end of 2023, then every year)."""


class CampaignKind(StrEnum):
    """What a campaign asks of each establishment."""

    EXERCISE = "exercise"
    EXPOSURE = "exposure"
    QUESTIONNAIRE = "questionnaire"


class Progress(StrEnum):
    """How far an establishment is with the exercise that is asked of it."""

    EXCUSED = "excused"
    NOTHING = "nothing"
    PLANNED = "planned"
    PREPARING = "preparing"
    LIVE = "live"
    PLAYED = "played"
    DEBRIEFED = "debriefed"
    COUNTS = "counts"


PROGRESS_NAMES: Mapping[Progress, Text] = {
    Progress.NOTHING: Text("Rien encore", "Nothing yet"),
    Progress.PLANNED: Text("Planifié", "Planned"),
    Progress.PREPARING: Text("En préparation", "Being prepared"),
    Progress.LIVE: Text("En cours", "Under way"),
    Progress.PLAYED: Text("Joué, à débriefer", "Played, to debrief"),
    Progress.DEBRIEFED: Text("Débriefé, ne compte pas", "Debriefed, does not count"),
    Progress.COUNTS: Text("Compte pour l’année", "Counts for the year"),
    Progress.EXCUSED: Text("Dispensé", "Excused"),
}


class SheetProgress(StrEnum):
    """How far an establishment is with the questionnaire that is asked of it."""

    EXCUSED = "excused"
    NOTHING = "nothing"
    DRAFT = "draft"
    SENT = "sent"


SHEET_NAMES: Mapping[SheetProgress, Text] = {
    SheetProgress.NOTHING: Text("Rien encore", "Nothing yet"),
    SheetProgress.DRAFT: Text("Brouillon", "Draft"),
    SheetProgress.SENT: Text("Envoyé", "Sent"),
    SheetProgress.EXCUSED: Text("Dispensé", "Excused"),
}


class Said(StrEnum):
    """What an establishment with its own installation says of a campaign. `begun`: a draft, audits it agreed to plan;
    `done`: answers sent, every audit recorded; `declined`: it will not do them."""

    BEGUN = "begun"
    DONE = "done"
    DECLINED = "declined"


class AuditState(StrEnum):
    """Where an audit that a campaign plans stands."""

    PLANNED = "planned"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    DECLINED = "declined"
    MISSED = "missed"


AUDIT_STATES: Mapping[AuditState, Text] = {
    AuditState.PLANNED: Text("Planifié", "Planned"),
    AuditState.WAITING: Text("À l’heure, pas encore lancé", "Due, not started yet"),
    AuditState.RUNNING: Text("Lancé", "Started"),
    AuditState.DONE: Text("Fait", "Done"),
    AuditState.FAILED: Text("Échoué", "Failed"),
    AuditState.DECLINED: Text("Refusé par l’établissement", "Declined by the establishment"),
    AuditState.MISSED: Text("Non fait avant la fin", "Not done before the end"),
}


class ExposureProgress(StrEnum):
    """How far an establishment is with the exposure audits that are asked of it. `nothing_said`, `declined`: of one
    that decides for itself, in its own installation."""

    EXCUSED = "excused"
    NOTHING_SAID = "nothing_said"
    NO_TARGET = "no_target"
    NO_MANDATE = "no_mandate"
    PLANNED = "planned"
    PARTLY = "partly"
    DONE = "done"
    NOT_DONE = "not_done"
    DECLINED = "declined"


EXPOSURE_NAMES: Mapping[ExposureProgress, Text] = {
    ExposureProgress.NO_TARGET: Text("Aucune cible", "No target"),
    ExposureProgress.NO_MANDATE: Text("Mandat à régler", "Mandate to settle"),
    ExposureProgress.NOTHING_SAID: Text("Pas de réponse", "No answer"),
    ExposureProgress.DECLINED: Text("Refusé", "Declined"),
    ExposureProgress.NOT_DONE: Text("Non fait", "Not done"),
    ExposureProgress.PLANNED: Text("Planifié", "Planned"),
    ExposureProgress.PARTLY: Text("En partie fait", "Partly done"),
    ExposureProgress.DONE: Text("Fait", "Done"),
    ExposureProgress.EXCUSED: Text("Dispensé", "Excused"),
}
CAMPAIGN_KINDS: Mapping[CampaignKind, Text] = {
    CampaignKind.EXERCISE: Text("Exercice de crise", "Crisis exercise"),
    CampaignKind.QUESTIONNAIRE: Text("Questionnaire", "Questionnaire"),
    CampaignKind.EXPOSURE: Text("Audits d’exposition", "Exposure audits"),
}
_RANK = list(PROGRESS_NAMES)


def furthest(found: Progress, other: Progress) -> Progress:
    """Of two exercises of one establishment, the one that is further."""
    return max(found, other, key=_RANK.index)


def told(establishments: int) -> int | None:
    """A number of establishments as it may be shown; None when it is too small."""
    return establishments if establishments >= FEWEST else None


def missing_for(target: int, done: int, asked: int) -> int:
    """How many more establishments must play for a share of `target` percent."""
    return max(0, -(-target * asked // 100) - done)
