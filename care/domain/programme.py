"""What an establishment answers to what is asked of it: answers, socle, visits, who may hold what. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from scanners.model import Text


class AnswerVerdict(StrEnum):
    """What a person says of a requirement. `inadequate` is the fourth answer of HAS elements: it does not fit the
    question; it counts for nothing."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    NOT_APPLICABLE = "not_applicable"
    INADEQUATE = "inadequate"


VERDICTS: Mapping[AnswerVerdict, Text] = {
    AnswerVerdict.YES: Text("Oui", "Yes"),
    AnswerVerdict.PARTLY: Text("En partie", "Partly"),
    AnswerVerdict.NO: Text("Non", "No"),
    AnswerVerdict.NOT_APPLICABLE: Text("Non applicable", "Not applicable"),
    AnswerVerdict.INADEQUATE: Text("Réponse inadaptée", "Inadequate answer"),
}


class Inquiry(StrEnum):
    """How visitors of the HAS look at something (five methods since the 2025 manual)."""

    SYSTEM_AUDIT = "system_audit"
    TRACER_PATHWAY = "tracer_pathway"
    TARGETED_TRACER = "targeted_tracer"
    PATIENT_TRACER = "patient_tracer"
    OBSERVATION = "observation"


INQUIRIES: Mapping[Inquiry, Text] = {
    Inquiry.SYSTEM_AUDIT: Text("Audit système", "System audit"),
    Inquiry.TRACER_PATHWAY: Text("Parcours traceur", "Pathway tracer"),
    Inquiry.TARGETED_TRACER: Text("Traceur ciblé", "Targeted tracer"),
    Inquiry.PATIENT_TRACER: Text("Patient traceur", "Patient tracer"),
    Inquiry.OBSERVATION: Text("Observation", "Observation"),
}


class VisitKind(StrEnum):
    """Whether a visit is one of the HAS or a rehearsal among ourselves."""

    MOCK = "mock"
    OFFICIAL = "official"


class VisitState(StrEnum):
    """Where a visit stands; an ended or revoked one never opens again."""

    PLANNED = "planned"
    OPEN = "open"
    ENDED = "ended"
    REVOKED = "revoked"


VISIT_STATES: Mapping[VisitState, Text] = {
    VisitState.PLANNED: Text("Planifiée", "Planned"),
    VisitState.OPEN: Text("Ouverte", "Open"),
    VisitState.ENDED: Text("Terminée", "Over"),
    VisitState.REVOKED: Text("Annulée", "Cancelled"),
}


class Gravity(StrEnum):
    """How grave an incident is for the duty to report (CSP L.1111-8-2, D.1111-16-2): `significant` is the sub-class
    passed on at once (repercussion of a department, a region or the country, or likely to reach other structures)."""

    UNKNOWN = "unknown"
    MINOR = "minor"
    GRAVE = "grave"
    SIGNIFICANT = "significant"


class IncidentKind(StrEnum):
    """Where an incident comes from, as the national observatory counts."""

    MALICIOUS = "malicious"
    ACCIDENTAL = "accidental"
    UNKNOWN = "unknown"


class PatientImpact(StrEnum):
    """What an incident does to care."""

    NONE = "none"
    POTENTIAL = "potential"
    PROVEN = "proven"
    UNKNOWN = "unknown"


class Extent(StrEnum):
    """How far an incident reaches; `unknown` is not “local”."""

    UNKNOWN = "unknown"
    LOCAL = "local"
    DEPARTMENT = "department"
    REGION = "region"
    NATIONAL = "national"


class IncidentState(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    CONTAINED = "contained"
    CLOSED = "closed"


class CoreService(StrEnum):
    """The national core services followed month by month."""

    INS = "ins"
    MES = "mes"
    MSS = "mss"


class GovernanceRegister(StrEnum):
    """The registers of governance."""

    STAFFING = "staffing"
    BUDGET = "budget"
    COMMITTEES = "committees"
    AWARENESS = "awareness"
    TRAINING = "training"
    HOSTING = "hosting"
    CONTRACTS = "contracts"
    INDICATORS = "indicators"
