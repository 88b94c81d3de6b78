"""Without LAPS the local administrator often has one password everywhere: one machine taken, all are.

ANSSI info_laps and info_laps_missing do not move the level. Controllers have no local administrator.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import of_domain
from scanners.model import NotAssessable, Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled Windows computers, as one ratio."""
    if facts.laps_installed is None:
        raise NotAssessable(
            "Le schéma n’est pas lisible : impossible de savoir si LAPS est installé.",
            "The schema is not readable: no way to know whether LAPS is installed.",
        )
    systems = facts.objects.texts("operatingSystem")
    windows = facts.mask(row for row, values in systems.items() if "windows" in values[0].lower())
    machines = windows & facts.objects.of(Kind.COMPUTER) & facts.enabled & ~facts.controllers
    rows = np.flatnonzero(machines).tolist()
    covered = sum(facts.laps_expiry(row) is not None for row in rows)
    failing = covered < len(rows)
    found = of_domain(facts, failing, machines=len(rows), covered=covered, installed=facts.laps_installed)
    return Verdict(len(rows), found.findings)


RULE = Rule(
    id="ad.laps_coverage",
    title=Text(
        "Machines sans LAPS",
        "Machines without LAPS",
    ),
    message=Text(
        "Dans {subject}, LAPS gère {covered} machines Windows sur {machines}.",
        "In {subject}, LAPS manages {covered} of {machines} Windows machines.",
    ),
    remediation=Text(
        "Étendez le schéma (Update-LapsADSchema), déléguez la lecture au support, déployez par GPO par service, "
        "en commençant hors des postes biomédicaux.",
        "Extend the schema (Update-LapsADSchema), delegate reading to support, deploy by policy ward by ward, "
        "starting outside of medical workstations.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:info_laps", "pingcastle:A-LAPS-Not-Installed", "attack:T1078.003", "anssi-hygiene:8"),
    check=check,
    reads=(
        "domain",
        "schema",
    ),
    whole=True,
)
