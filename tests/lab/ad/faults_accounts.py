"""Weaknesses of accounts, groups and password policies planted in the lab's directory. Runs under Samba's Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hospital import BASE, NEVER_EXPIRES, NORMAL, ROOT

if TYPE_CHECKING:
    from faults import Planter

ADMINS = f"OU=Comptes,OU=Administration,{ROOT}"
STAFF = f"OU=DSI,OU=Utilisateurs,{ROOT}"
BUILTIN = f"CN=Builtin,{BASE}"
DOMAIN_ADMINS = f"CN=Domain Admins,CN=Users,{BASE}"
ADMINISTRATOR = f"CN=Administrator,CN=Users,{BASE}"
POLICIES = f"CN=Password Settings Container,CN=System,{BASE}"
SMARTCARD, REVERSIBLE = 0x40000, 0x80
TICKS_PER_DAY = 864_000_000_000


def plant(planter: Planter) -> None:
    """Plant everything."""
    _administrators(planter)
    _people(planter)
    _groups(planter)
    _policies(planter)


def _administrators(planter: Planter) -> None:
    from faults import filetime

    planter.administrator("adm.scripts", scriptPath="lecteurs.cmd", mail="adm.scripts@hopital.test")
    planter.expect("warning_logonscript_priv", "HOPITAL\\adm.scripts")
    planter.expect("P-AdminEmailOn", "HOPITAL\\adm.scripts")
    planter.expect("warning_privileged_members_no_adminsdholder", "HOPITAL\\adm.scripts", "HOPITAL\\Domain Admins")
    planter.administrator("adm.retraité", accountExpires=filetime(planter.now, 40))
    planter.expect("warning_privileged_members_expired_disabled", "HOPITAL\\adm.retraité")
    for name in ("adm.dormeur1", "adm.dormeur2", "adm.dormeur3", "adm.dormeur4"):
        planter.late(planter.administrator(name), lastLogonTimestamp=filetime(planter.now, 250))
    planter.expect("P-Inactive", BASE)
    planter.late(ADMINISTRATOR, lastLogonTimestamp=filetime(planter.now, 2))
    planter.expect("warning_rid500", "HOPITAL\\Administrator")
    planter.expect("P-AdminLogin", "HOPITAL\\Administrator")


def _people(planter: Planter) -> None:
    from faults import filetime

    planter.account("adm.ancien", STAFF, adminCount="1")
    planter.expect("warning_admincount", "HOPITAL\\adm.ancien")
    planter.account("adm.caché", STAFF, adminCount="0")
    planter.expect("warning_admincount_0", "HOPITAL\\adm.caché")
    planter.account("svc_borne", STAFF, NORMAL | NEVER_EXPIRES)
    planter.expect("warning_dont_expire", "HOPITAL\\svc_borne")
    planter.account("cadre.nuit", STAFF, password_age=1300)
    planter.expect("warning_password_change", "HOPITAL\\cadre.nuit")
    planter.late(
        planter.account("interne.2019", STAFF, password_age=1300), lastLogonTimestamp=filetime(planter.now, 900)
    )
    planter.expect("info_user_accounts_dormant", "HOPITAL\\interne.2019")
    planter.account("svc_chap", STAFF, NORMAL | REVERSIBLE)
    planter.expect("warning_reversible_password", "HOPITAL\\svc_chap")
    planter.account("dr.carte", STAFF, NORMAL | SMARTCARD, password_age=200)
    planter.expect("A-SmartCardRequired", "HOPITAL\\dr.carte")
    planter.account("portail.rh", STAFF, userPassword="Jamais-Transmis-2026")
    planter.expect("A-UnixPwd", "HOPITAL\\portail.rh")
    planter.account("unix.labo", STAFF, unixUserPassword="Jamais-Transmis-2026")  # confidential: seen by whoever may


def _groups(planter: Planter) -> None:
    planter.account("svc_bandes", STAFF, groups=(f"CN=Backup Operators,{BUILTIN}",))
    planter.expect("warning_privileged_members_not_empty", "HOPITAL\\svc_bandes")
    planter.expect("P-OperatorsEmpty", "HOPITAL\\svc_bandes")
    planter.account("tech.bureau", STAFF, groups=(f"CN=Remote Desktop Users,{BUILTIN}",))
    planter.expect("warning_privileged_members_builtin_notpriv", "HOPITAL\\tech.bureau")


def _policies(planter: Planter) -> None:
    """Policies that an ordinary account cannot read, as in Windows: seen by an administrator only."""
    weak = planter.account("svc_automate2", STAFF)
    _policy(planter, "PSO_Automates", 40, 6, 0, weak)
    admin = planter.administrator("adm.exempté")
    _policy(planter, "PSO_Exemptés", 30, 7, 365, admin)
    _policy(planter, "PSO_Oubliée", 50, 7, 365, admin)
    planter.expect("warning_password_policy_pso_missing", POLICIES)


def _policy(planter: Planter, name: str, precedence: int, length: int, days: int, applies_to: str) -> None:
    planter.add(
        f"CN={name},{POLICIES}",
        "msDS-PasswordSettings",
        msDS_PasswordSettingsPrecedence=str(precedence),
        msDS_PasswordReversibleEncryptionEnabled="FALSE",
        msDS_PasswordHistoryLength="24",
        msDS_PasswordComplexityEnabled="TRUE",
        msDS_MinimumPasswordLength=str(length),
        msDS_MinimumPasswordAge="0",
        msDS_MaximumPasswordAge=str(-days * TICKS_PER_DAY if days else -(2**63)),
        msDS_LockoutThreshold="0",
        msDS_LockoutObservationWindow=str(-18_000_000_000),
        msDS_LockoutDuration=str(-18_000_000_000),
        msDS_PSOAppliesTo=applies_to,
    )
