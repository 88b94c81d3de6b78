"""A machine nobody declared writes in a repository: a forgotten source, or someone who holds its password.

Only repositories all of whose copies name their machine in the plan are judged; snapshots made, or first met since an
audit before, in the last 30 days (ours): a stranger chooses the date of its own. Files of a folder tell no machine.
"""

from __future__ import annotations

from datetime import timedelta

from scanners.backup.facts import BackupFacts, Repository, Snapshot
from scanners.backup.telling import judged_save, opened
from scanners.model import Finding, Rule, Severity, Text, Verdict, refs

RECENT = timedelta(days=30)
_UNTOLD = Text(
    "Dépôts dont une copie ne nomme pas sa machine, ou qu’aucune copie du plan n’utilise : {names}. Remplissez "
    "« host » dans le plan.",
    "Repositories of which a copy does not name its machine, or that no copy of the plan uses: {names}. Fill “host” in "
    "the plan.",
)


def check(facts: BackupFacts) -> Verdict:
    """Repositories holding recent points of a machine that no copy names."""
    declared = _declared(facts)
    telling = [one for one in opened(facts) if any(point.host for point in one.snapshots)]
    known = [one for one in telling if declared.get(one.name)]
    found = ((one, _strangers(facts, one, declared[one.name])) for one in known)
    return judged_save(
        len(telling),
        (Finding(one.name, {"hosts": ", ".join(names)}) for one, names in found if names),
        (one.name for one in telling if one not in known),
        _UNTOLD,
    )


def _declared(facts: BackupFacts) -> dict[str, frozenset[str]]:
    """The machines of each repository; none when one of its copies does not name its own."""
    hosts: dict[str, list[str]] = {}
    for system in facts.plan.systems:
        for copy in system.copies:
            if copy.repository is not None:
                hosts.setdefault(copy.repository, []).append(copy.host.casefold())
    return {name: frozenset(found) for name, found in hosts.items() if all(found)}


def _strangers(facts: BackupFacts, one: Repository, declared: frozenset[str]) -> list[str]:
    recent = (point for point in one.snapshots if point.host and _recent(facts, one, point))
    return sorted({point.host for point in recent if point.host.casefold() not in declared})[:20]


def _recent(facts: BackupFacts, one: Repository, point: Snapshot) -> bool:
    met = point.first_seen if one.memory and point.first_seen and point.first_seen > one.memory.since else point.time
    return facts.collected_at - max(point.time, met) <= RECENT


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
