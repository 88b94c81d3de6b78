"""A policy that turns LAPS off stops the rotation of passwords without anyone seeing it.

Units whose policy says so: the older LAPS (`AdmPwdEnabled` 0) or Windows LAPS (`BackupDirectory` 0), with no other that
turns one of them on. Where no policy says, nobody can tell: modern management may do it.
"""

from __future__ import annotations

from scanners.exchange import PolicyReach
from scanners.model import Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.policies import Evidence, by_unit, unset, value_of

KEPT = ("1", "2")
"""Windows LAPS keeps the password in Entra or in the directory."""


def check(facts: WorkstationFacts) -> Verdict:
    """Units of which a policy turns LAPS off."""
    return by_unit(facts, _of_unit)


def _of_unit(reach: PolicyReach) -> Evidence | None:
    backup, policy = value_of(reach, "laps_backup", lambda one: one in KEPT)
    older, its_policy = value_of(reach, "laps_enabled", lambda one: one == "1")
    if backup in KEPT or older == "1":
        return None
    if backup is not None:
        return {"policy": policy, "setting": f"BackupDirectory = {backup}"}
    if older is not None:
        return {"policy": its_policy, "setting": f"AdmPwdEnabled = {older}"}
    raise unset(reach, "LAPS", "LAPS")


RULE = Rule(
    id="workstations.laps_policy",
    title=Text("LAPS coupé par une stratégie", "LAPS turned off by a policy"),
    message=Text(
        "{subject} : la stratégie « {policy} » coupe LAPS ({setting}, {machines} postes).",
        "{subject}: the policy “{policy}” turns LAPS off ({setting}, {machines} workstations).",
    ),
    remediation=Text(
        "Modifiez cette stratégie : « Configurer le répertoire de sauvegarde des mots de passe » sur Active Directory "
        "(ou « Enable local admin password management » pour l’ancien LAPS), puis vérifiez qu’une date d’expiration "
        "apparaît sur les postes.",
        "Edit that policy: “Configure password backup directory” to Active Directory (or “Enable local admin password "
        "management” for the older LAPS), then check that an expiry date appears on workstations.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:PDT-12", "attack:T1078.003"),
    check=check,
    reads=("directory",),
)
