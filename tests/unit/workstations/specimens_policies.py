"""What group policies give to workstations, as the audit of the directory publishes it: in order, and with every
fault."""

from __future__ import annotations

from scanners.exchange import LocalAdministrator, PolicyReach, PolicySetting, StationPolicies

OFFICES = "OU=Bureaux,DC=hopital,DC=test"
WARDS = "OU=Services,DC=hopital,DC=test"
STAFF = "OU=Personnel,DC=hopital,DC=test"
ADMINS = "S-1-5-21-1-2-3-512"
SUBCATEGORIES = ("0cce9215", "0cce921b", "0cce922b", "0cce9235", "0cce9237", "0cce922f")

SUPPORT = LocalAdministrator("HOPITAL\\GG_Support", "Postes", 4)
USERS = LocalAdministrator("HOPITAL\\Utilisateurs du domaine", "Postes", 200, everybody=True)
OWN = LocalAdministrator("HOPITAL\\Admins du domaine", "Postes", 2, usual=True)


def given(policy: str = "Postes", **values: str | None) -> tuple[PolicySetting, ...]:
    """Settings by name, all of one policy."""
    return tuple(PolicySetting(name, (value,), policy) for name, value in values.items())


IN_ORDER: dict[str, str | None] = {
    "lock_seconds": "900",
    "card_removal": "1",
    "firewall_domain": "1",
    "firewall_standard": "1",
    "autorun_drives": "255",
    "laps_backup": "2",
    "deny_logon": f"S-1-5-32-546; {ADMINS}",
    **{f"audit_{one}": "3" for one in SUBCATEGORIES},
}


def reach(
    unit: str = OFFICES,
    members: int = 30,
    administrators: tuple[LocalAdministrator, ...] = (OWN, SUPPORT),
    imposed: bool = True,
    **changes: str | None,
) -> PolicyReach:
    """One unit that receives everything in order but these changes; None: no policy sets it."""
    settings = {name: value for name, value in (IN_ORDER | changes).items() if value is not None}
    return PolicyReach(unit, members, given(**settings), administrators, imposed)


PEOPLE = (PolicyReach(STAFF, 200),)


def policies(*stations: PolicyReach, people: tuple[PolicyReach, ...] = PEOPLE) -> StationPolicies:
    return StationPolicies(stations or (reach(),), people)


GOOD_POLICIES = policies(reach(), reach(WARDS, 60))
BAD_POLICIES = policies(
    reach(),
    reach(
        WARDS,
        60,
        (OWN, USERS),
        lock_seconds="1801",
        card_removal="0",
        firewall_standard="0",
        autorun_drives="145",
        laps_backup="0",
        deny_logon=None,
        audit_0cce9215="1",
    ),
)
