"""Accounts, groups and password policies: what the healthy domain keeps, and the flaws of the broken ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanners.ad.sids import encode_sid, privileged_group_sids
from tests.unit.ad.forge import Ace, descriptor

if TYPE_CHECKING:
    from tests.unit.ad.specimens import Specimen

TICKS_PER_DAY = 864_000_000_000
PROTECTED = 0x9004
"""A DACL that takes nothing from above (SE_DACL_PROTECTED)."""
GLOBAL_GROUP = -2147483646


def tend(s: Specimen) -> None:
    """What a healthy domain keeps: privileged objects protected, PSO readable, the built-in administrator at rest."""
    from tests.unit.ad.specimens import ADMINS, BASE, SID, SYSTEM, ago

    users = f"CN=Users,{BASE}"
    s.put(f"CN=Password Settings Container,{SYSTEM}", "msDS-PasswordSettingsContainer")
    s.change(BASE, minPwdLength=20)
    s.change(f"CN=Administrateur,{users}", lastLogonTimestamp=ago(60))
    s.change(f"CN=Administrateurs de l’entreprise,{users}", member=None)
    privileged = {encode_sid(sid) for sid in privileged_group_sids(SID, SID)}
    groups = [dn for dn, attributes in s.entries.items() if attributes.get("objectSid", [b""])[0] in privileged]
    protect(s, *groups, f"CN=Administrateur,{users}", f"CN=adm.martin,{ADMINS}")
    s.change(f"CN=Admins du domaine,{users}", groupType=GLOBAL_GROUP)
    told(s, f"CN=Admins du domaine,{users}", f"CN=adm.martin,{ADMINS}", 31)


def plant(s: Specimen) -> None:
    """A flaw for each rule that speaks on the broken domain."""
    from tests.unit.ad.specimens import ADMINS, BASE, SILO, STAFF, ago

    users = f"CN=Users,{BASE}"
    protect(s, *(f"CN=adm{number:02},{ADMINS}" for number in range(1, 60)))
    for number in range(12):
        s.change(f"CN=adm{number:02},{ADMINS}", lastLogonTimestamp=ago(200))
    s.change(f"CN=adm58,{ADMINS}", accountExpires=ago(10))
    s.change(f"CN=Administrateur,{users}", lastLogonTimestamp=ago(2))
    s.change(f"CN=svc_sauvegarde,{ADMINS}", scriptPath="lecteurs.cmd", mail="svc_sauvegarde@hopital.test")
    s.change(f"CN=svc_sauvegarde,{ADMINS}", userWorkstations="PC-URG-01,SRV-DPI")
    told(s, f"CN=Admins du domaine,{users}", f"CN=svc_sauvegarde,{ADMINS}", 5)
    s.group("Utilisateurs du Bureau à distance", "S-1-5-32-555", [f"CN=agent2,{STAFF}"], "CN=Builtin")
    s.change(f"CN=agent4,{STAFF}", adminCount=1)
    s.change(f"CN=agent5,{STAFF}", adminCount=0)
    s.change(f"CN=agent6,{STAFF}", pwdLastSet=ago(1200))
    s.change(f"CN=agent7,{STAFF}", userAccountControl=512 | 0x80)
    s.change(f"CN=agent8,{STAFF}", userAccountControl=512 | 0x40000, pwdLastSet=ago(100))
    s.change(f"CN=agent9,{STAFF}", unixUserPassword="jamais-lu")
    key = b"B:4:0001:CN=x"
    s.change(f"CN=SRV-DPI,OU=Machines,{BASE}", msDS_KeyCredentialLink=key, msDS_AssignedAuthNPolicySilo=SILO)
    supervision = s.machine("SRV-SUPERVISION", 1910, "Windows Server 2022 Standard")
    s.join(f"CN=Opérateurs de compte,CN=Builtin,{BASE}", supervision)
    pso(s, "PSO_Admins", 10, 14, 365, f"CN=Admins du domaine,{users}")
    pso(s, "PSO_Ancienne", 50, 6, 0, f"CN=Admins du domaine,{users}")
    pso(s, "PSO_Support", 60, 7, 365, f"CN=Support,{users}")


def plant_what_others_hide(s: Specimen) -> None:
    """Flaws that a graver one silences on the broken domain, planted on a healthy one."""
    from tests.unit.ad.specimens import ADMINS, BASE, SYSTEM, ago, written

    admins = f"CN=Admins du domaine,CN=Users,{BASE}"
    for number in range(20):
        s.join(admins, s.user(f"adm{number:02}", 1500 + number, ADMINS, adminCount=1))
    for number in range(5):
        s.user(f"ancien{number}", 1600 + number, pwdLastSet=ago(1300), lastLogonTimestamp=ago(700))
    managed = s.put(
        f"CN=gmsa_sauve,CN=Managed Service Accounts,{BASE}",
        "person user computer msDS-GroupManagedServiceAccount",
        rid=1304,
        sAMAccountName="gmsa_sauve$",
        userAccountControl=0x1000,
        primaryGroupID=515,
        pwdLastSet=ago(10),
        whenCreated=written(400),
        servicePrincipalName="HOST/sauvegarde",
        msDS_SupportedEncryptionTypes=24,
    )
    s.join(admins, managed)
    del s.entries[f"CN=Password Settings Container,{SYSTEM}"]
    s.change(BASE, minPwdLength=7)
    s.change(admins, msDS_PSOApplied=f"CN=PSO_Admins,CN=Password Settings Container,{SYSTEM}")
    del s.entries[f"CN=Protected Users,CN=Users,{BASE}"]


def protect(s: Specimen, *names: str, aces: tuple[Ace, ...] = ()) -> None:
    """Give objects the permissions of AdminSDHolder, these ones more, and nothing from above."""
    from tests.unit.ad.specimens import DOMAIN_ADMINS, SAFE

    for dn in names:
        s.entries[dn]["nTSecurityDescriptor"] = [descriptor(DOMAIN_ADMINS, (*SAFE, *aces), control=PROTECTED)]


def pso(
    s: Specimen,
    name: str,
    precedence: int,
    length: int,
    days: int,
    *applies_to: str,
    changed: float = 400,
    **more: object,
) -> str:
    """A fine-grained password policy; 0 days: passwords never expire."""
    from tests.unit.ad.specimens import SYSTEM, written

    return s.put(
        f"CN={name},CN=Password Settings Container,{SYSTEM}",
        "msDS-PasswordSettings",
        msDS_PasswordSettingsPrecedence=precedence,
        msDS_MinimumPasswordLength=length,
        msDS_MaximumPasswordAge=-days * TICKS_PER_DAY if days else -(2**63),
        msDS_PSOAppliesTo=list(applies_to) or None,
        msDS_PasswordReversibleEncryptionEnabled=more.pop("reversible", "FALSE"),
        whenChanged=written(changed),
        **more,
    )


def told(s: Specimen, group: str, member: str, days: float, *, removed: bool = False) -> None:
    """Have the controller tell that a member entered (or left) a group so many days ago."""
    from tests.unit.ad.specimens import NOW, timedelta

    moment = (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    gone = moment if removed else "1601-01-01T00:00:00Z"
    value = (
        "<DS_REPL_VALUE_META_DATA>\n\t<pszAttributeName>member</pszAttributeName>\n"
        f"\t<pszObjectDn>{member.replace('&', '&amp;')}</pszObjectDn>\n\t<ftimeDeleted>{gone}</ftimeDeleted>\n"
        f"\t<ftimeLastOriginatingChange>{moment}</ftimeLastOriginatingChange>\n</DS_REPL_VALUE_META_DATA>\n"
    )
    s.entries[group].setdefault("msDS-ReplValueMetaData", []).append(value.encode() + b"\0")


def _netbios(*names: str) -> set[str]:
    return {f"HOPITAL\\{name}" for name in names}


def _psos(*names: str) -> set[str]:
    return {f"CN={name},CN=Password Settings Container,CN=System,DC=hopital,DC=test" for name in names}


_FORMER = _netbios(*(f"ancien{number:02}" for number in range(60)))
EXPECTED: dict[str, set[str]] = {
    "admin_count_residual": _netbios("agent4"),
    "admin_count_zero": _netbios("agent5"),
    "builtin_administrator_used": _netbios("Administrateur"),
    "builtin_groups_not_empty": _netbios("agent2"),
    "dormant_account": _FORMER,
    "never_expires_accounts": _FORMER | _netbios("Invité"),
    "password_age": _netbios("agent6"),
    "privileged_disabled_or_expired": _netbios("adm58"),
    "privileged_groups_not_empty": _netbios(
        "svc_sauvegarde", "SRV-SUPERVISION$", *(f"adm{number:02}" for number in range(60))
    ),
    "privileged_logon_script": _netbios("svc_sauvegarde"),
    "privileged_machine": _netbios("SRV-SUPERVISION$"),
    "privileged_mailbox": _netbios("svc_sauvegarde"),
    "privileged_members_changed": _netbios("Admins du domaine"),
    "privileged_on_workstations": _netbios("svc_sauvegarde"),
    "privileged_spn_tolerated": _netbios("gmsa_sauve$"),
    "privileged_unprotected": _netbios("adm.martin", "svc_pacs", "svc_sauvegarde"),
    "pso_listed": _psos("PSO_Admins", "PSO_Ancienne", "PSO_Support"),
    "pso_weak": _psos("PSO_Support"),
    "pso_weak_privileged": _psos("PSO_Ancienne"),
    "reversible_password": _netbios("agent7"),
    "silo_machine_key": _netbios("SRV-DPI$"),
    "smartcard_password_age": _netbios("agent8"),
    "unix_password": _netbios("agent9"),
}
"""Subjects on the broken domains, by rule."""

SILENCED = {
    "dormant_accounts_notable",
    "privileged_count_notable",
    "privileged_spn_tolerated",
    "protected_users_missing",
    "pso_unreadable",
    "short_passwords_allowed",
}
"""Rules that keep silent on the broken domain because a graver one speaks; they speak on the other one."""
