"""An attack is found months after it began: by then its first traces must still be there.

The texts disagree (`scanners.workstations.retention`): ReCyF 20.5 three months, NIS1 18.3 and PGSSI-S 7.2.2.5 six,
ANSSI hygiene 36 and PSSI-MCAS one year; PGSSI-S wants more than six months justified in writing. The threshold is a
setting; 365 days is ours (`settings.log_retention_days`). Judged source by source when the list of the SIEM says how
long each is kept, on the answer of people otherwise.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Scalar, Severity, Text, Verdict, judged, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import unanswered
from scanners.workstations.retention import texts_met, texts_missed, to_justify


def check(facts: WorkstationFacts) -> Verdict:
    """Sources kept too short a time; the establishment, when only its answer is known."""
    wanted = facts.background.settings.log_retention_days
    source = facts.source("log_sources")
    if source is not None and "retention_days" in source.columns:
        return _of_list(facts, wanted)
    told = facts.background.answers.log_retention_days
    if told is None:
        raise unanswered("log_retention_days")
    return judged(1, [_finding(facts.place, told, wanted)] if told < wanted else [])


def _of_list(facts: WorkstationFacts, wanted: int) -> Verdict:
    listed = facts.background.log_list or ()
    short = [(one.name, one.retention_days) for one in listed if one.retention_days is not None]
    unsaid = [one.name for one in listed if one.retention_days is None]
    doubt = (
        Text(
            f"La liste ne dit pas combien de temps garder {len(unsaid)} source(s), dont {unsaid[0]} ; complétez-la.",
            f"The list does not say how long {len(unsaid)} source(s) are kept, among them {unsaid[0]}; complete it.",
        )
        if unsaid
        else None
    )
    return judged(len(listed), (_finding(name, days, wanted) for name, days in short if days < wanted), unsaid, doubt)


def _finding(subject: str, days: int, wanted: int) -> Finding:
    missed, met, justified = texts_missed(days), texts_met(days), to_justify(days)
    evidence: dict[str, Scalar] = {
        "days": days,
        "threshold": wanted,
        "met_fr": " ; ".join((*(one.name.fr for one in met), *(f"{one.short} (à justifier)" for one in justified))),
        "met": "; ".join((*(one.name.en for one in met), *(f"{one.short} (to justify)" for one in justified))),
        "missed_fr": " ; ".join(text.name.fr for text in missed),
        "missed": "; ".join(text.name.en for text in missed),
    }
    return Finding(subject, evidence)


RULE = Rule(
    id="workstations.log_retention",
    title=Text("Journaux gardés trop peu de temps", "Logs kept too short a time"),
    message=Text(
        "{subject} : journaux gardés {days} jours, pour {threshold} voulus (textes satisfaits : "
        "{met_fr:=aucun} ; non satisfaits : {missed_fr:=aucun}).",
        "{subject}: logs kept {days} days, where {threshold} are wanted (texts satisfied: {met:=none}; not satisfied: "
        "{missed:=none}).",
    ),
    remediation=Text(
        "Allongez la conservation des événements de sécurité, chiffrez-la en volume, et consignez la durée "
        "choisie avec sa justification.",
        "Extend the retention of security events, size its storage, and write down the duration chosen with its "
        "reason.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:DET-06", "anssi-hygiene:36", "pgssi-s:7.2.2.5", "nis1:18.3"),
    check=check,
    reads=("log_sources", "answers"),
    kind=Kind.COMPUTED,
)
