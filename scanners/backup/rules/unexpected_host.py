"""A machine nobody declared writes in a repository: a forgotten source, or someone who holds its password.

Only repositories all of whose copies name their machine in the plan are judged; snapshots of the last 30 days (ours).
"""

from __future__ import annotations

from datetime import timedelta

from scanners.backup.facts import BackupFacts, Repository
from scanners.model import Finding, NotAssessable, Rule, Severity, Text, Verdict, judged, refs

RECENT = timedelta(days=30)


def check(facts: BackupFacts) -> Verdict:
    """Repositories holding recent points of a machine that no copy names."""
    declared = _declared(facts)
    known = [one for one in facts.repositories if one.opened and declared.get(one.name)]
    if not known:
        raise NotAssessable(
            "Aucune copie du plan ne nomme sa machine : remplissez « host » pour celles qui sont dans un dépôt.",
            "No copy of the plan names its machine: fill “host” for those that are in a repository.",
        )
    found = ((one, _strangers(facts, one, declared[one.name])) for one in known)
    return judged(len(known), (Finding(one.name, {"hosts": ", ".join(names)}) for one, names in found if names))


def _declared(facts: BackupFacts) -> dict[str, frozenset[str]]:
    """The machines of each repository; none when one of its copies does not name its own."""
    hosts: dict[str, list[str]] = {}
    for system in facts.plan.systems:
        for copy in system.copies:
            if copy.repository is not None:
                hosts.setdefault(copy.repository, []).append(copy.host.casefold())
    return {name: frozenset(found) for name, found in hosts.items() if all(found)}


def _strangers(facts: BackupFacts, one: Repository, declared: frozenset[str]) -> list[str]:
    recent = (point for point in one.snapshots if facts.collected_at - point.time <= RECENT and point.host)
    return sorted({point.host for point in recent if point.host.casefold() not in declared})[:20]


RULE = Rule(
    id="backup.unexpected_host",
    title=Text("Machine non déclarée dans un dépôt", "Undeclared machine in a repository"),
    message=Text(
        "Le dépôt {subject} reçoit des sauvegardes de machines que le plan ne nomme pas : {hosts}.",
        "Repository {subject} receives backups of machines that the plan does not name: {hosts}.",
    ),
    remediation=Text(
        "Si la machine est connue, ajoutez-la au plan ; sinon, changez le mot de passe du dépôt et cherchez qui le "
        "détient. Une source par dépôt évite qu’une machine compromise efface les autres.",
        "If the machine is known, add it to the plan; otherwise, change the password of the repository and find who "
        "holds it. One source per repository keeps a compromised machine from erasing the others.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:SAV-07", "care-rules:SAV-24"),
    check=check,
    reads=("plan", "repositories"),
)
