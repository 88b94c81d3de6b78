"""A privileged account that may log on to an ordinary workstation leaves there what it takes to be one.

`userWorkstations` names the machines where an account may log on. Privileged users in no enforced silo for whom it
names workstations of the directory: nothing tells that these are kept for administration. Those for whom it names
nothing, or machines that the directory does not show, stay in doubt: no limit, or one that the audit account cannot
read.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.columns import Mask
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import in_doubt, verdict
from scanners.ad.subjects.silos import in_enforced_silo
from scanners.model import Rule, Severity, Text, Verdict, refs

MOST_NAMED = 20


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled privileged users outside of silos."""
    population = facts.privileged & facts.users & facts.enabled & ~in_enforced_silo(facts)
    known = {facts.objects.text("sAMAccountName", row).rstrip("$").upper(): row for row in _rows(facts.real_machines)}
    told = {row: _names(values) for row, values in facts.objects.texts("userWorkstations").items()}
    stations = {
        row: [name for name in names if _workstation(facts, known.get(name, -1))] for row, names in told.items()
    }
    found = facts.mask(row for row, names in stations.items() if names)
    sure = facts.mask(row for row, names in told.items() if names and all(name in known for name in names))
    judged = verdict(facts, population, found, lambda row: {"workstations": ", ".join(stations[row][:MOST_NAMED])})
    return in_doubt(facts, judged, population & ~found & ~sure, _WHY)


_WHY = Text(
    "Des comptes privilégiés hors silo ne montrent pas sur quelles machines ils peuvent ouvrir une session "
    "(userWorkstations vide, caché ou hors de l’annuaire) ; mettez-les dans un silo appliqué, ou lisez ce qui les "
    "limite.",
    "Privileged accounts outside of silos do not show on which machines they may log on (userWorkstations empty, "
    "hidden or out of the directory); put them in an enforced silo, or read what limits them.",
)


def _rows(mask: Mask) -> list[int]:
    rows: list[int] = np.flatnonzero(mask).tolist()
    return rows


def _names(values: tuple[str, ...]) -> list[str]:
    written = (one.strip().rstrip("$").partition(".")[0].upper() for value in values for one in value.split(","))
    return [one for one in written if one]


def _workstation(facts: DirectoryFacts, row: int) -> bool:
    return row >= 0 and not facts.servers[row] and not facts.controllers[row]


RULE = Rule(
    id="ad.privileged_on_workstations",
    title=Text("Compte privilégié admis sur des postes", "Privileged account let on workstations"),
    message=Text(
        "{subject}, privilégié et hors silo, peut ouvrir une session sur des postes de travail : {workstations}.",
        "{subject}, privileged and outside of silos, may log on to workstations: {workstations}.",
    ),
    remediation=Text(
        "Si ces postes servent à autre chose qu’à l’administration, donnez à la personne un poste d’administration et "
        "ne laissez que lui (notez l’ancienne valeur : Get-ADUser COMPTE -Properties LogonWorkstations, puis "
        "Set-ADUser COMPTE -LogonWorkstations POSTE-ADMIN) ; mieux, un silo d’authentification. Effet : le compte "
        "n’ouvre plus de session ailleurs. Retour : Set-ADUser COMPTE -LogonWorkstations avec l’ancienne valeur.",
        "If these workstations serve anything but administration, give the person an administration station and leave "
        "only that (note the former value: Get-ADUser ACCOUNT -Properties LogonWorkstations, then Set-ADUser ACCOUNT "
        "-LogonWorkstations ADMIN-STATION); better, an authentication silo. Effect: the account logs on nowhere else. "
        "Back: Set-ADUser ACCOUNT -LogonWorkstations with the former value.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:PDT-20", "attack:T1078.002"),
    check=check,
    reads=("domain", "configuration"),
)
