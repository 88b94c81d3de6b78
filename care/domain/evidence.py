"""Evidence: what it is, what it may be tied to, what it is worth today, and its chain of hashes. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from scanners.model import Text

CHAIN_FORMAT = "care-evidence/1"
CHECKPOINT_FORMAT = "care-checkpoint/1"
EXPIRES_SOON = timedelta(days=30)
"""How long before its end evidence is said to expire: time to renew a certificate or a contract (our choice)."""


class EvidenceKind(StrEnum):
    """What a piece of evidence is."""

    POLICY = "policy"
    PROCEDURE = "procedure"
    PLAN = "plan"
    REPORT = "report"
    MINUTES = "minutes"
    CONTRACT = "contract"
    CERTIFICATE = "certificate"
    ATTESTATION = "attestation"
    SCREENSHOT = "screenshot"
    EXPORT = "export"
    MANDATE = "mandate"
    FACTS = "facts"
    IMPORT = "import"
    OTHER = "other"


EVIDENCE_NAMES: Mapping[EvidenceKind, Text] = {
    EvidenceKind.POLICY: Text("Politique", "Policy"),
    EvidenceKind.PROCEDURE: Text("Procédure", "Procedure"),
    EvidenceKind.PLAN: Text("Plan ou feuille de route", "Plan or roadmap"),
    EvidenceKind.REPORT: Text("Rapport", "Report"),
    EvidenceKind.MINUTES: Text("Compte rendu", "Minutes"),
    EvidenceKind.CONTRACT: Text("Contrat", "Contract"),
    EvidenceKind.CERTIFICATE: Text("Certificat", "Certificate"),
    EvidenceKind.ATTESTATION: Text("Attestation", "Attestation"),
    EvidenceKind.SCREENSHOT: Text("Capture d’écran", "Screenshot"),
    EvidenceKind.EXPORT: Text("Export d’un outil", "Export of a tool"),
    EvidenceKind.MANDATE: Text("Mandat d’audit", "Audit mandate"),
    EvidenceKind.FACTS: Text("Faits d’un audit", "Facts of an audit"),
    EvidenceKind.IMPORT: Text("Résultats importés", "Imported results"),
    EvidenceKind.OTHER: Text("Autre", "Other"),
}

MACHINE_MADE = frozenset({EvidenceKind.FACTS, EvidenceKind.IMPORT})
"""Written by an audit or an import, which stands on them: never replaced nor withdrawn."""

TECHNICAL = MACHINE_MADE | {EvidenceKind.MANDATE}
"""They name machines, addresses and weaknesses: seen only by who may see findings."""

FILED_BY_PEOPLE = tuple(kind for kind in EvidenceKind if kind not in TECHNICAL)


class ThingKind(StrEnum):
    """What a piece of evidence may prove."""

    FINDING = "finding"
    ACTION = "action"
    RUN = "run"
    REQUIREMENT = "requirement"
    EXERCISE = "exercise"
    ACTIVITY = "activity"
    TEST = "test"
    VISIT = "visit"
    INCIDENT = "incident"
    AWARENESS = "awareness"
    HOSTING = "hosting"
    CONTRACT = "contract"
    SECURITY_ROLE = "security_role"
    COMMITTEE = "committee"
    ISOLATION_DRILL = "isolation_drill"


THING_NAMES: Mapping[ThingKind, Text] = {
    ThingKind.FINDING: Text("Constat", "Finding"),
    ThingKind.ACTION: Text("Action", "Action"),
    ThingKind.RUN: Text("Audit", "Audit"),
    ThingKind.REQUIREMENT: Text("Exigence", "Requirement"),
    ThingKind.EXERCISE: Text("Exercice", "Exercise"),
    ThingKind.ACTIVITY: Text("Activité", "Activity"),
    ThingKind.TEST: Text("Essai", "Test"),
    ThingKind.VISIT: Text("Visite", "Visit"),
    ThingKind.INCIDENT: Text("Incident", "Incident"),
    ThingKind.AWARENESS: Text("Action de sensibilisation", "Awareness action"),
    ThingKind.HOSTING: Text("Hébergement de données de santé", "Hosting of health data"),
    ThingKind.CONTRACT: Text("Contrat", "Contract"),
    ThingKind.SECURITY_ROLE: Text("Fonction de sécurité", "Security function"),
    ThingKind.COMMITTEE: Text("Comité", "Committee"),
    ThingKind.ISOLATION_DRILL: Text("Exercice d’isolement", "Isolation drill"),
}


@dataclass(frozen=True, slots=True, order=True)
class ThingRef:
    """One thing that evidence proves: the number of its row, or the written id of a requirement (`care-d2:O3.A`)."""

    kind: ThingKind
    id: str


class ChainKind(StrEnum):
    """The chains of hashes that are signed from time to time."""

    EVIDENCE = "evidence"
    TRAIL = "trail"


class Standing(StrEnum):
    """What evidence is worth today, by its effective period alone."""

    COMING = "coming"
    CURRENT = "current"
    EXPIRING = "expiring"
    EXPIRED = "expired"


def standing(effective_from: date | None, effective_to: date | None, today: date) -> Standing:
    """Where `today` lies in the effective period, both ends included; None is open-ended."""
    if effective_to is not None and effective_to < today:
        return Standing.EXPIRED
    if effective_from is not None and effective_from > today:
        return Standing.COMING
    if effective_to is not None and effective_to - today <= EXPIRES_SOON:
        return Standing.EXPIRING
    return Standing.CURRENT


@dataclass(frozen=True, slots=True)
class Filed:
    """What the chain says of one piece of evidence for ever: everything about it that nobody may change.

    `establishment` is its FINESS number; `effective_*` is the period given when it was added; `replaces` is the
    number of the version before it.
    """

    establishment: str
    number: int
    kind: str
    name: str
    media_type: str
    sha256: str | None
    link: str
    effective_from: date | None
    effective_to: date | None
    added_at: datetime
    added_by: str
    replaces: int | None

    def facts(self) -> dict[str, str | int | None]:
        """The same as plain values, as they are written in a sealed book."""
        return {
            "format": CHAIN_FORMAT,
            "establishment": self.establishment,
            "number": self.number,
            "kind": self.kind,
            "name": self.name,
            "media_type": self.media_type,
            "sha256": self.sha256,
            "link": self.link,
            "effective_from": written(self.effective_from),
            "effective_to": written(self.effective_to),
            "added_at": self.added_at.astimezone(UTC).isoformat(timespec="microseconds"),
            "added_by": self.added_by,
            "replaces": self.replaces,
        }

    @property
    def hash(self) -> str:
        """The hash of this piece alone; it can be shown without showing the piece."""
        return digest(self.facts())


def written(day: date | None) -> str | None:
    """A day as hashes and trails hold it: 2026-03-01, None when there is none."""
    return None if day is None else day.isoformat()


def canonical(content: Mapping[str, object]) -> bytes:
    """The one way of writing plain values that hashes and signatures cover: sorted keys, no spaces, UTF-8."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(content: Mapping[str, object]) -> str:
    """SHA-256, in hexadecimal, of the canonical JSON."""
    return hashlib.sha256(canonical(content)).hexdigest()


def linked(previous: str, facts: str) -> str:
    """The hash of a link: that of the link before it and that of its own facts.

    Two steps rather than one, so that a sealed book proves its place in the chain without telling what the links
    between its pieces are.
    """
    return digest({"facts": facts, "previous": previous})


def checkpoint_message(
    chain: ChainKind, establishment: str | None, number: int, end: str, at: datetime, key_id: str
) -> bytes:
    """What a checkpoint signs: the end of a chain, when, and with which key."""
    return canonical(
        {
            "format": CHECKPOINT_FORMAT,
            "chain": chain.value,
            "establishment": establishment,
            "number": number,
            "hash": end,
            "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
            "key": key_id,
        }
    )
