"""What a rule cannot do without: a list, one of its columns, an answer. Absence is “not assessable”, never a pass."""

from __future__ import annotations

from scanners.model import Finding, NotAssessable, Scalar, Verdict
from scanners.workstations.coverage import Measure, share_of
from scanners.workstations.facts import Answer, SourceKind, WorkstationFacts

_NAMED = 20
_FRENCH = {
    "directory": "de faits d’annuaire (audit « ad »)",
    "inventory": "d’inventaire (CSV)",
    "edr": "d’export EDR (CSV)",
    "log_sources": "de liste des sources de journaux (SIEM)",
    "antivirus": "d’export de la console antivirus",
    "patches": "de rapport de correctifs",
    "software": "de liste de logiciels",
}
_ENGLISH = {
    "directory": "directory facts (“ad” audit)",
    "inventory": "inventory (CSV)",
    "edr": "EDR export (CSV)",
    "log_sources": "list of log sources (SIEM)",
    "antivirus": "export of the antivirus console",
    "patches": "patch report",
    "software": "list of software",
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


def need_column(facts: WorkstationFacts, column: str, *kinds: SourceKind, other: str = "") -> None:
    """Refuse to judge when none of these lists has that column, nor the other that may stand for it."""
    if facts.tells(column, *kinds) or (other and facts.tells(other, *kinds)):
        return
    need_list(facts, next((kind for kind in kinds if facts.source(kind)), kinds[0]), column)


def needed(facts: WorkstationFacts, measure: Measure | None, kind: SourceKind, column: str = "") -> Measure:
    """The measure; the refusal to judge when no list tells it, naming the one to give."""
    if measure is None:
        given = facts.source(kind) or not column
        need_list(facts, kind if given or not facts.source("inventory") else "inventory", column)
        raise NotAssessable(
            "Les listes données ne le disent pas ; ajoutez-y les colonnes décrites dans docs/formats.md.",
            "The lists given do not tell; add the columns described in docs/formats.md.",
        )
    if not facts.source("directory") and not facts.source("inventory"):
        need_list(facts, "inventory")
    return measure


def need_two_lists(facts: WorkstationFacts) -> None:
    """Refuse to compare a list with nothing."""
    if len(facts.given) < 2:
        raise NotAssessable(
            "Il faut au moins deux listes de machines à rapprocher ; donnez l’annuaire, l’inventaire ou une console.",
            "At least two lists of machines are needed to compare; give the directory, the inventory or a console.",
        )


def enough(facts: WorkstationFacts, measure: Measure, wanted: float) -> Verdict:
    """The establishment, when the share of a measure is under the percentage wanted."""
    share = share_of(measure)
    if 100 * share.covered >= wanted * share.total:
        return Verdict(share.total)
    evidence: dict[str, Scalar] = {
        "covered": share.covered,
        "total": share.total,
        "percent": share.percent,
        "threshold": wanted,
        "unknown": share.unknown,
        "without": ", ".join(facts.machines.names(measure.missing)[:_NAMED]),
    }
    return Verdict(share.total, (Finding(facts.place, evidence),))


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
