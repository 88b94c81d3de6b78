"""What a rule cannot do without: a list, one of its columns, an answer. Absence is “not assessable”, never a pass."""

from __future__ import annotations

from scanners.model import Finding, NotAssessable, Verdict
from scanners.workstations.facts import Answer, SourceKind, WorkstationFacts

_FRENCH = {
    "directory": "de faits d’annuaire (audit « ad »)",
    "inventory": "d’inventaire (CSV)",
    "edr": "d’export EDR (CSV)",
    "log_sources": "de liste des sources de journaux (SIEM)",
}
_ENGLISH = {
    "directory": "directory facts (“ad” audit)",
    "inventory": "inventory (CSV)",
    "edr": "EDR export (CSV)",
    "log_sources": "list of log sources (SIEM)",
}


def need_list(facts: WorkstationFacts, kind: SourceKind, column: str = "") -> None:
    """Refuse to judge without that list, or without that column in it."""
    source = facts.source(kind)
    if source is None:
        raise NotAssessable(
            f"Il n’y a pas {_FRENCH[kind]} ; donnez-le à cet audit.",
            f"There is no {_ENGLISH[kind]}; give it to this audit.",
        )
    if column and column not in source.columns:
        raise NotAssessable(
            f"{source.name} n’a pas de colonne « {column} » (voir docs/formats.md) ; ajoutez-la à l’export.",
            f"{source.name} has no column “{column}” (see docs/formats.md); add it to the export.",
        )


def unanswered(key: str) -> NotAssessable:
    """The refusal to judge what nobody answered."""
    return NotAssessable(
        f"Personne n’a répondu : répondez dans « Questions » (en ligne de commande, « {key} » du fichier de réponses).",
        f"Nobody answered: answer in “Questions” (on the command line, “{key}” of the answers file).",
    )


def said_yes(facts: WorkstationFacts, key: str, answer: Answer | None, max_days: int | None = None) -> Verdict:
    """Passed when the answer is yes and, with `max_days`, dated within that many days of the collection."""
    if answer is None or answer.value is None:
        raise unanswered(key)
    age = (facts.background.collected_at.date() - answer.date).days if answer.date else None
    recent = max_days is None or (age is not None and 0 <= age <= max_days)
    if answer.value and recent:
        return Verdict(1)
    return Verdict(1, (Finding(facts.place, {"date": answer.date.isoformat() if answer.date else "—"}),))
