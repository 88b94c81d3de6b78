"""A system that is in the plan but of which no usable snapshot exists is simply not backed up.

Over all the repositories of the system that CaRE read: no snapshot of the declared machine, or only snapshots dated in
the future or held by a damaged repository. One that was not read leaves a doubt when it may hold some.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.fresh import Fresh
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs

_DOUBT = Text(
    "Certains systèmes n’ont aucune copie dans un dépôt que CaRE a pu lire, ou leur copie ne dit pas sa machine dans "
    "un dépôt qui en garde plusieurs ; reliez leurs copies à un dépôt, rendez-le lisible, remplissez « host ».",
    "Some systems have no copy in a repository CaRE could read, or their copy does not tell its machine in a "
    "repository that holds several; link their copies to a repository, make it readable, fill “host”.",
)


def check(facts: BackupFacts) -> Verdict:
    """Systems whose repositories hold nothing to restore from."""
    fresh = Fresh(facts)
    left = [(system.name, fresh.nothing_left(system)) for system in facts.plan.systems]
    unknown = [name for name, nothing in left if nothing is None]
    return judged(
        len(left) - len(unknown),
        (Finding(name) for name, nothing in left if nothing),
        unknown,
        _DOUBT if unknown else None,
    )


RULE = Rule(
    id="backup.no_restore_point",
    title=Text("Aucun point de restauration sûr", "No good restore point"),
    message=Text(
        "Aucun dépôt lu ne contient de quoi restaurer {subject} : rien de la machine déclarée, ou seulement des "
        "points endommagés ou datés du futur.",
        "No repository that was read holds anything to restore {subject} from: nothing of the declared machine, "
        "or only damaged or future-dated points.",
    ),
    remediation=Text(
        "Traitez-le comme un système non sauvegardé : vérifiez le nom de machine écrit dans le plan, réparez ou "
        "remplacez le dépôt, faites une sauvegarde complète et restaurez-la à l’essai.",
        "Treat it as a system without backup: check the machine name written in the plan, repair or replace the "
        "repository, make a full backup and restore it as a trial.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("care-rules:SAV-05", "care-rules:SAV-09", "pgssi-s:7.4.2.5"),
    check=check,
    reads=("plan", "repositories"),
)
