"""What a rule could not tell of, said by name: silence is a pass only where somebody looked. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from scanners.backup.facts import BackupFacts, Repository
from scanners.model import Finding, NotAssessable, Text, Verdict, judged

_SHOWN = 8
"""Names told in a reason; the others are counted."""


def judged_save(population: int, findings: Iterable[Finding], untold: Iterable[str], why: Text) -> Verdict:
    """A verdict with a doubt about those that could not be told of, whom `why` names: `{names}` in both languages."""
    names = tuple(dict.fromkeys(untold))
    return judged(population, findings, names, named(why, names) if names else None)


def named(why: Text, names: tuple[str, ...]) -> Text:
    """A sentence with its `{names}`: the first ones, and how many more."""
    more = f" (+{len(names) - _SHOWN})" if len(names) > _SHOWN else ""
    shown = ", ".join(names[:_SHOWN]) + more
    return Text(why.fr.format(names=shown), why.en.format(names=shown))


def opened(facts: BackupFacts) -> tuple[Repository, ...]:
    """The repositories that could be listed. NotAssessable when there is none and no gap says why."""
    found = tuple(one for one in facts.repositories if one.opened)
    if not found and not _said_why(facts, "repositories"):
        raise NotAssessable(
            "Aucun dépôt n’a été lu : décrivez dans le plan (« repositories ») ceux que CaRE peut ouvrir.",
            "No repository was read: describe in the plan (“repositories”) those that CaRE can open.",
        )
    return found


def followed(facts: BackupFacts, one: Repository) -> bool:
    """Whether a repository was read before this audit: without it, nothing can be missed or changed."""
    return one.memory is not None and one.memory.since < facts.collected_at


NOT_FOLLOWED = Text(
    "Dépôts lus pour la première fois, que rien ne permet de comparer : {names}. Laissez les audits se suivre.",
    "Repositories read for the first time, with nothing to be compared with: {names}. Let audits follow one another.",
)


def _said_why(facts: BackupFacts, section: str) -> bool:
    return any(gap.section == section for gap in facts.gaps)
