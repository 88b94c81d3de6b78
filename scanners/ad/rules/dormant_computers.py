"""Accounts of machines that are gone still open the domain, with a secret that nobody renews.

PingCastle S-C-Inactive: at most 15 % of enabled computers silent for six months. Servers silent for 90 days are named
one by one by another rule.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import of_domain
from scanners.model import Rule, Severity, Text, Verdict, refs

MAX_PERCENT = 15
SILENT_DAYS = 183


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled computers, controllers left out, as one ratio. One that never logged on is as silent as it is old."""
    machines = facts.objects.of(Kind.COMPUTER) & facts.enabled & ~facts.controllers
    logon = facts.days_since("lastLogonTimestamp")
    silent = np.where(np.isnan(logon), facts.days_since("whenCreated"), logon) > SILENT_DAYS
    count, total = int((machines & silent).sum()), int(machines.sum())
    failing = count * 100 >= total * MAX_PERCENT and count > 0
    found = of_domain(facts, failing, machines=count, total=total, max_percent=MAX_PERCENT, max_days=SILENT_DAYS)
    return Verdict(total, found.findings)


RULE = Rule(
    id="ad.dormant_computers",
    title=Text(
        "Trop de machines dormantes",
        "Too many dormant machines",
    ),
    message=Text(
        "Dans {subject}, {machines} machines actives sur {total} ne se sont pas authentifiées depuis "
        "{max_days} jours (moins de {max_percent} % admis).",
        "In {subject}, {machines} of {total} enabled machines have not authenticated for {max_days} days "
        "(less than {max_percent} % allowed).",
    ),
    remediation=Text(
        "Listez-les (Search-ADAccount -ComputersOnly -AccountInactive -TimeSpan 183.00:00:00), rapprochez-les de "
        "l’inventaire et du service biomédical, désactivez par lots (Disable-ADAccount) et déplacez dans une "
        "unité dédiée ; supprimez après trois mois. Effet : un équipement rarement allumé ne peut plus se "
        "connecter. Retour : Enable-ADAccount.",
        "List them (Search-ADAccount -ComputersOnly -AccountInactive -TimeSpan 183.00:00:00), match them with "
        "the inventory and the biomedical department, disable in batches (Disable-ADAccount) and move to a unit "
        "of their own; delete after three months. Effect: a device seldom turned on can no longer connect. Back: "
        "Enable-ADAccount.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:S-C-Inactive", "attack:T1078.002"),
    check=check,
    reads=("domain",),
    whole=True,
)
