"""A lost laptop with a clear disk is a data breach to declare.

Laptops whose disk the inventory or a console says not to be encrypted, or of which nothing is said. Machines
whose kind is left blank may be laptops: they stay in doubt.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.coverage import without_kind
from scanners.workstations.facts import NO, YES, SourceKind, WorkstationFacts
from scanners.workstations.needs import need_column, untold

_LISTS: tuple[SourceKind, ...] = ("inventory", "edr", "antivirus")


def check(facts: WorkstationFacts) -> Verdict:
    """Laptops not shown to be encrypted."""
    need_column(facts, "kind", *_LISTS, other="chassis")
    need_column(facts, "encrypted", *_LISTS)
    machines = facts.machines
    population = facts.active & (machines.laptop == YES)
    found = population & (machines.encrypted != YES)
    verdict = judged(
        int(population.sum()),
        (
            Finding(machines.label(row), {"told": machines.encrypted[row].item() == NO})
            for row in np.flatnonzero(found).tolist()
        ),
    )
    return untold(facts, verdict, without_kind(facts), "kind")


RULE = Rule(
    id="workstations.laptop_unencrypted",
    title=Text("Portable non chiffré", "Unencrypted laptop"),
    message=Text(
        "Le disque du portable {subject} n’est pas chiffré, ou rien ne l’atteste (déclaré en clair : {told}).",
        "The disk of laptop {subject} is not encrypted, or nothing shows it (said to be in clear: {told}).",
    ),
    remediation=Text(
        "Activez le chiffrement du disque avec la clé de secours déposée dans l’annuaire, en commençant par les "
        "portables qui sortent de l’établissement.",
        "Enable disk encryption with the recovery key stored in the directory, starting with laptops that leave "
        "the premises.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:PDT-15", "pgssi-s:4.5.6.2", "recyf:8.5", "anssi-hygiene:31"),
    check=check,
    reads=("inventory", "edr", "antivirus"),
)
