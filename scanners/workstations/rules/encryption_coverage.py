"""Laptops leave the premises; what is written on their disks leaves with them.

Share of laptops in service whose disk is said to be encrypted by the inventory or a console. The PGSSI-S asks for all
of them (4.5.6.2): 100 %, which an establishment may change (`settings.encrypted_percent`). Machines whose
kind is left blank may be laptops: they leave it in doubt.
"""

from __future__ import annotations

from scanners.model import Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.coverage import encryption, without_kind
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import enough, need_column, needed, untold


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when the share of encrypted laptops is under the threshold."""
    need_column(facts, "kind", "inventory", "edr", "antivirus", other="chassis")
    measure = needed(facts, encryption(facts), "inventory", "encrypted")
    verdict = enough(facts, measure, facts.background.settings.encrypted_percent)
    return untold(facts, verdict, without_kind(facts), "kind", ())


RULE = Rule(
    id="workstations.encryption_coverage",
    title=Text("Portables insuffisamment chiffrés", "Too few encrypted laptops"),
    message=Text(
        "{subject} : {covered} portables sur {total} sont chiffrés ({percent} %, seuil {threshold} %, {unknown} dont "
        "on ne sait rien) ; en clair ou inconnus, entre autres : {without}.",
        "{subject}: {covered} of {total} laptops are encrypted ({percent} %, threshold {threshold} %, {unknown} of "
        "which nothing is known); in clear or unknown, among others: {without}.",
    ),
    remediation=Text(
        "Chiffrez par lots en commençant par les portables qui sortent, clé de secours vérifiée dans l’annuaire avant "
        "chaque lot.",
        "Encrypt in batches starting with laptops that leave the premises, recovery key checked in the directory "
        "before each batch.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:PDT-15", "pgssi-s:4.5.6.2", "recyf:8.5", "anssi-hygiene:31"),
    check=check,
    reads=("directory", "inventory", "edr", "antivirus"),
    kind=Kind.COMPUTED,
    whole=True,
)
