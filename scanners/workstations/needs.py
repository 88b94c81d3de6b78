"""What a rule cannot do without: a list, one of its columns, an answer. Absence is “not assessable”, never a pass."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scanners.lists.columns import COLUMN_NAMES
from scanners.model import Finding, NotAssessable, Scalar, Text, Verdict
from scanners.workstations.coverage import Measure, maybe_servers, share_of
from scanners.workstations.facts import Answer, Bools, SourceKind, WorkstationFacts

_NAMED = 20
MAX_UNJUDGED = 500
"""Machines that a rule could not judge are named up to that many; beyond, none of its silences says anything."""
MOST_ANSWERED = 5
"""Percent of the machines that an answer may stand for once lists tell of the others. Ours."""
_FRENCH = {
    "directory": "de faits d’annuaire (audit « ad »)",
    "inventory": "d’inventaire (CSV)",
    "edr": "d’export EDR (CSV)",
    "log_sources": "de liste des sources de journaux (SIEM)",
    "antivirus": "d’export de la console antivirus",
    "patches": "de rapport de correctifs",
    "software": "de liste de logiciels",
    "security_events": "de liste des événements de sécurité traités",
    "leavers": "de liste des départs du personnel",
}
_ENGLISH = {
    "directory": "directory facts (“ad” audit)",
    "inventory": "inventory (CSV)",
    "edr": "EDR export (CSV)",
    "log_sources": "list of log sources (SIEM)",
    "antivirus": "export of the antivirus console",
    "patches": "patch report",
    "software": "list of software",
    "security_events": "list of security events handled",
    "leavers": "list of people who left",
}


def need_list(facts: WorkstationFacts, kind: SourceKind, column: str = "") -> None:
    """Refuse to judge without that list, or without that column in it."""
    source = facts.source(kind)
    if source is None:
        raise NotAssessable(
            f"Il n’y a pas {_FRENCH[kind]} ; donnez-le à cet audit.",
            f"There is no {_ENGLISH[kind]}; give it to this audit.",
        )
    if not source.lines:
        raise NotAssessable(
            f"{source.name} n’a aucune ligne ; exportez-le de nouveau, en entier.",
            f"{source.name} has no line; export it again, whole.",
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


def enough_of_kind(facts: WorkstationFacts, measure: Measure, kind: int, wanted: float) -> Verdict:
    """The same among servers (`YES`) or workstations (`NO`). Machines of which nothing tells which they are leave a
    doubt as soon as those that are not covered could bring the share under the percentage wanted."""
    server, maybe = facts.machines.server, maybe_servers(facts)
    verdict = enough(facts, measure.among(server == kind), wanted)
    worst = share_of(measure, (server == kind) | (maybe & ~measure.covered))
    lost = maybe & measure.missing if 100 * worst.covered < wanted * worst.total else np.zeros_like(maybe)
    return untold(facts, verdict, lost, "kind", ())


def untold(
    facts: WorkstationFacts, verdict: Verdict, lost: Bools, column: str, subjects: tuple[str, ...] | None = None
) -> Verdict:
    """The verdict with its doubt: a column that is there says nothing of the machines `lost`, whose cells are blank.

    `subjects`: what the rule could not judge, when its subjects are no machines; none when it judges the whole.
    """
    names = facts.machines.names(lost)
    if not names:
        return verdict
    said = COLUMN_NAMES[column]
    doubt = Text(
        f"Rien ne dit « {said.fr} » pour {len(names)} machine(s), dont {names[0]} ; remplissez cette colonne dans les "
        "listes données (voir docs/formats.md).",
        f"Nothing tells “{said.en}” of {len(names)} machine(s), among them {names[0]}; fill in that column in the "
        "lists given (see docs/formats.md).",
    )
    named = tuple(names) if subjects is None else subjects
    return replace(verdict, unjudged=named if len(names) <= MAX_UNJUDGED else (), doubt=doubt)


def untold_unless_answered(
    facts: WorkstationFacts, verdict: Verdict, lost: Bools, column: str, key: str, answer: Answer | None
) -> Verdict:
    """The same where an answer stands for the few machines of which no list tells: a yes for `MOST_ANSWERED` percent of
    them at most, else the word of one console on one machine would turn it into a measure. It never hides what lists
    show."""
    if not lost.any() or answer is None or answer.value is None:
        return untold(facts, verdict, lost, column)
    said, gone = said_yes(facts, key, answer), int(lost.sum())
    if not said.findings and 100 * gone > MOST_ANSWERED * (verdict.population + gone):
        return untold(facts, verdict, lost, column)
    return replace(verdict, population=verdict.population + said.population, findings=verdict.findings + said.findings)


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
