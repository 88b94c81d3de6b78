"""A repository replaced by another at the same place hides what was lost: it opens, it is fresh, and the past is gone.

The identity read now differs from the one of the audits before (since less than 90 days, ours) or from the one the
plan declares. Writing the new identity in the plan says that the change was wanted. A repository met for the first
time, whose identity the plan does not give, is not judged.
"""

from __future__ import annotations

from datetime import timedelta

from scanners.backup.facts import BackupFacts, Repository, RepositoryPlan
from scanners.backup.telling import NOT_FOLLOWED, followed, judged_save, opened
from scanners.model import Finding, Rule, Severity, Text, Verdict, refs

KEPT = timedelta(days=90)


def check(facts: BackupFacts) -> Verdict:
    """Repositories that are not the one they were."""
    planned = {one.name: one for one in facts.plan.repositories}
    known = [one for one in opened(facts) if one.identity]
    found = [(one, _expected(facts, one, planned.get(one.name))) for one in known]
    return judged_save(
        len(known),
        (Finding(one.name, {"identity": one.identity, "former": former}) for one, former in found if former),
        (one.name for one, former in found if not (former or _known(facts, one, planned.get(one.name)))),
        NOT_FOLLOWED,
    )


def _known(facts: BackupFacts, one: Repository, planned: RepositoryPlan | None) -> bool:
    """Whether something says which identity it should have."""
    return (planned is not None and planned.identity != "") or followed(facts, one)


def _expected(facts: BackupFacts, one: Repository, planned: RepositoryPlan | None) -> str:
    """The identity it should have; "" when it has it, or none is known."""
    if planned is not None and planned.identity:
        return "" if planned.identity == one.identity else planned.identity
    memory = one.memory
    if memory is None or memory.changed_at is None or facts.collected_at - memory.changed_at > KEPT:
        return ""
    return memory.former_identity


RULE = Rule(
    id="backup.repository_swapped",
    title=Text("Dépôt remplacé par un autre", "Repository replaced by another"),
    message=Text(
        "Le dépôt {subject} n’est plus celui qu’on lisait : identité {identity} au lieu de {former}.",
        "Repository {subject} is no longer the one that was read: identity {identity} instead of {former}.",
    ),
    remediation=Text(
        "Demandez qui l’a remplacé. Si personne, traitez-le comme un incident : cherchez l’ancien dépôt, coupez les "
        "accès, gardez les journaux. Si c’était voulu, écrivez la nouvelle identité dans le plan (identity).",
        "Ask who replaced it. If nobody did, treat it as an incident: look for the former repository, cut accesses, "
        "keep the logs. If it was wanted, write the new identity in the plan (identity).",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-09", "pgssi-s:7.4.2.5"),
    check=check,
    reads=("repositories",),
)
