"""Weaknesses of accounts, groups and password policies planted in the lab's directory. Runs under Samba's Python."""

from __future__ import annotations

from faults import DOMAIN, Planter, filetime
from hospital import BASE, NEVER_EXPIRES, NORMAL, ROOT

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
    _too_many(planter)
    _people(planter)
    _groups(planter)
    _policies(planter)


def _administrators(planter: Planter) -> None:
    planter.administrator("adm.scripts", scriptPath="lecteurs.cmd", mail="adm.scripts@hopital.test")
    planter.expect("privileged_logon_script", "HOPITAL\\adm.scripts")
    planter.expect("privileged_mailbox", "HOPITAL\\adm.scripts")
    planter.expect("privileged_unprotected", "HOPITAL\\adm.scripts", "HOPITAL\\Domain Admins")
    planter.administrator("adm.bureau", userWorkstations="PC-ACCUEIL90,DC1")
    planter.expect("privileged_on_workstations", "HOPITAL\\adm.bureau")
    planter.administrator("adm.retraité", accountExpires=filetime(planter.now, 40))
    planter.expect("privileged_disabled_or_expired", "HOPITAL\\adm.retraité")
    for name in ("adm.dormeur1", "adm.dormeur2", "adm.dormeur3", "adm.dormeur4"):
        planter.late(planter.administrator(name), lastLogonTimestamp=filetime(planter.now, 250))
    planter.expect("privileged_inactive", DOMAIN)
    planter.late(ADMINISTRATOR, lastLogonTimestamp=filetime(planter.now, 2))
    planter.expect("builtin_administrator_used", "HOPITAL\\Administrator")


def _too_many(planter: Planter) -> None:
    for number in range(1, 9):
        planter.administrator(f"adm.equipe{number}")
    planter.expect("privileged_count_notable", DOMAIN)


def _people(planter: Planter) -> None:
    planter.account("adm.ancien", STAFF, adminCount="1")
    planter.expect("admin_count_residual", "HOPITAL\\adm.ancien")
    planter.account("adm.caché", STAFF, adminCount="0")
    planter.expect("admin_count_zero", "HOPITAL\\adm.caché")
    planter.account("svc_borne", STAFF, NORMAL | NEVER_EXPIRES)
    planter.expect("never_expires_accounts", "HOPITAL\\svc_borne")
    planter.account("cadre.nuit", STAFF, password_age=1300)
    planter.expect("password_age", "HOPITAL\\cadre.nuit")
    planter.late(
        planter.account("interne.2019", STAFF, password_age=1300), lastLogonTimestamp=filetime(planter.now, 900)
    )
    planter.expect("dormant_account", "HOPITAL\\interne.2019")
    planter.account("svc_chap", STAFF, NORMAL | REVERSIBLE)
    planter.expect("reversible_password", "HOPITAL\\svc_chap")
    planter.account("dr.carte", STAFF, NORMAL | SMARTCARD, password_age=200)
    planter.expect("smartcard_password_age", "HOPITAL\\dr.carte")
    planter.account("portail.rh", STAFF, userPassword="Jamais-Transmis-2026")
    planter.expect("unix_password", "HOPITAL\\portail.rh")
    planter.account("unix.labo", STAFF, unixUserPassword="Jamais-Transmis-2026")  # confidential: seen by whoever may
    planter.expect("unix_password", "HOPITAL\\unix.labo", reader="administrator")
    registered = planter.account("dr.hello", STAFF)
    planter.late(registered, msDS_KeyCredentialLink=a_key(registered))
    planter.expect("keys_on_accounts", DOMAIN, about="HOPITAL\\dr.hello")


def a_key(dn: str) -> str:
    """A value of msDS-KeyCredentialLink: whoever holds the other half of this key logs on as `dn`."""
    return f"B:8:00020000:{dn}"


def _groups(planter: Planter) -> None:
    planter.account("svc_bandes", STAFF, groups=(f"CN=Backup Operators,{BUILTIN}",))
    planter.expect("privileged_groups_not_empty", "HOPITAL\\svc_bandes")
    planter.account("tech.bureau", STAFF, groups=(f"CN=Remote Desktop Users,{BUILTIN}",))
    planter.expect("builtin_groups_not_empty", "HOPITAL\\tech.bureau")
    sid = "S-1-5-21-3623811015-3361044348-1001-1105"
    planter.join(f"CN=Server Operators,{BUILTIN}", f"<SID={sid}>")
    planter.expect("privileged_foreign_member", f"CN={sid},CN=ForeignSecurityPrincipals,{BASE}")


def _policies(planter: Planter) -> None:
    """Policies that an ordinary account cannot read, as in Windows: seen by an administrator only."""
    weak = policy(planter, "PSO_Automates", 40, 6, 0, planter.account("svc_automate2", STAFF))
    admin = planter.administrator("adm.exempté")
    policy(planter, "PSO_Exemptés", 30, 7, 365, admin)
    forgotten = policy(planter, "PSO_Oubliée", 50, 7, 365, admin)
    planter.expect("pso_listed", weak, forgotten, reader="administrator")
    planter.expect("pso_weak", weak, reader="administrator")
    planter.expect("pso_weak_privileged", forgotten, reader="administrator")
    planter.expect("pso_unreadable", DOMAIN)


def policy(planter: Planter, name: str, precedence: int, length: int, days: int, applies_to: str) -> str:
    """A fine-grained policy for an account or a group."""
    return planter.add(
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
