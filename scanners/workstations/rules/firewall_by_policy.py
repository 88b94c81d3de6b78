"""A policy that opens the firewall opens it on every workstation at once, and a ransomware spreads from one to the
next.

Group policies as each unit receives them: the firewall on, and inbound connections refused unless a rule allows them,
for the domain, private and public profiles (the older “standard” profile stands for the last two). Windows leaves it
on, and anything else may turn it off: where no policy says, the unit is in doubt.
"""

from __future__ import annotations

from scanners.exchange import PolicyReach
from scanners.model import Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.policies import Evidence, by_unit, unset, value_of

PROFILES = ("domain", "private", "public")


def check(facts: WorkstationFacts) -> Verdict:
    """Units of which a policy opens the firewall."""
    return by_unit(facts, _of_unit)


def _of_unit(reach: PolicyReach) -> Evidence | None:
    told = {profile: _profile(reach, profile) for profile in PROFILES}
    opened = {profile: policy for profile, (closed, policy) in told.items() if closed is False}
    if opened:
        return {"profiles": ", ".join(opened), "policy": next(iter(opened.values()))}
    silent = ", ".join(profile for profile, (closed, _) in told.items() if closed is None)
    if silent:
        raise unset(reach, f"le pare-feu ({silent})", f"the firewall ({silent})")
    return None


def _profile(reach: PolicyReach, profile: str) -> tuple[bool | None, str]:
    """Whether policies keep the firewall closed, None when they do not say; and which one opens it."""
    inbound, opening = _setting(reach, "firewall_inbound", profile)
    on, off = _setting(reach, "firewall", profile)
    if inbound == "0" or on == "0":
        return False, opening if inbound == "0" else off
    return (True if on == "1" else None), ""


def _setting(reach: PolicyReach, name: str, profile: str) -> tuple[str | None, str]:
    """The value of a profile, or that of the older profile that stands for it."""
    told = value_of(reach, f"{name}_{profile}", _closed)
    return told if told[0] is not None or profile == "domain" else value_of(reach, f"{name}_standard", _closed)


def _closed(value: str | None) -> bool:
    return value != "0"


RULE = Rule(
    id="workstations.firewall_by_policy",
    title=Text("Pare-feu local ouvert par une stratégie", "Local firewall opened by a policy"),
    message=Text(
        "{subject} : la stratégie « {policy} » coupe le pare-feu local ou accepte toute connexion entrante (profils : "
        "{profiles}, {machines} postes).",
        "{subject}: the policy “{policy}” turns the local firewall off or accepts any inbound connection (profiles: "
        "{profiles}, {machines} workstations).",
    ),
    remediation=Text(
        "Modifiez cette stratégie : état du pare-feu « Activé » et connexions entrantes « Bloquer » pour les trois "
        "profils, en journalisant d’abord les refus sur une unité pilote. Retour : Restore-GPO depuis la sauvegarde.",
        "Edit that policy: firewall state “On” and inbound connections “Block” for the three profiles, logging "
        "refusals on a pilot unit first. To go back: Restore-GPO from the backup.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:PDT-10", "pgssi-s:4.5.3.8", "anssi-hygiene:17", "attack:T1562.004"),
    check=check,
    reads=("directory",),
)
