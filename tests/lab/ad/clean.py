"""The same hospital kept as ANSSI asks: whatever an audit finds there is a false alarm. Runs under Samba's Python."""

from __future__ import annotations

from dataclasses import replace

import faults_descriptors
import faults_pingcastle
import hospital
import ldb
from faults import BASE, CONFIG, DC1, SERVICES, Planter, filetime
from hospital import NORMAL, Entry
from samba.dcerpc import security
from samba.sd_utils import SDUtils

HEURISTICS = "0000000001000000000200000001130"
"""The value of dSHeuristics with which CERT-FR grants level 5."""
NOT_DELEGATED = 0x100000
PARTITIONS = f"CN=Partitions,{CONFIG}"
RECYCLE_BIN = f"CN=Recycle Bin Feature,CN=Optional Features,CN=Directory Service,CN=Windows NT,{SERVICES}"
ADMINISTRATOR = f"CN=Administrator,CN=Users,{BASE}"
_LIVING_DAYS = 80


def entries() -> list[Entry]:
    """The hospital's people and machines, all in use, with passwords that expire and systems still corrected."""
    return [_kept(entry) for entry in hospital.entries()]


def _kept(entry: Entry) -> Entry:
    if entry.flags is None:
        return entry
    kept = replace(
        entry,
        password_age=min(entry.password_age or 0.0, _LIVING_DAYS),
        logon_age=min(entry.logon_age or 0.0, 10.0),
        attributes=dict(entry.attributes),
    )
    if "operatingSystem" not in kept.attributes:
        kept.flags = NORMAL
        return kept
    kept.password_age = min(kept.password_age or 0.0, 29.0)
    server = "Server" in kept.attributes["operatingSystem"]
    system = ("Windows Server 2022 Standard", "10.0 (20348)") if server else ("Windows 11 Entreprise", "10.0 (26100)")
    kept.attributes["operatingSystem"], kept.attributes["operatingSystemVersion"] = system
    kept.attributes["msDS-SupportedEncryptionTypes"] = "24"
    return kept


def cure(planter: Planter) -> None:
    """What a fresh domain does not have by itself."""
    _domain(planter)
    _administrator(planter)
    faults_pingcastle.cure(planter)
    faults_descriptors.cure(planter)
    _machines(planter)
    _protection(planter)
    _policies(planter)
    # The preparation for Windows Server 2012 makes it in every forest; Samba 4.17 takes the schema alone.
    keys = planter.add(f"CN=Group Key Distribution Service,{SERVICES}", "container", relax=True)
    planter.add(f"CN=Master Root Keys,{keys}", "container", relax=True)


def _domain(planter: Planter) -> None:
    planter.change(BASE, relax=True, msDS_Behavior_Version="7", msDS_ExpirePasswordsOnSmartCardOnlyAccounts="TRUE")
    planter.change(PARTITIONS, relax=True, msDS_Behavior_Version="7", msDS_EnabledFeature=RECYCLE_BIN)
    planter.change(BASE, minPwdLength="20", ms_DS_MachineAccountQuota="0")
    planter.change(f"CN=Directory Service,CN=Windows NT,{SERVICES}", relax=True, dSHeuristics=HEURISTICS)
    planter.change(DC1, msDS_SupportedEncryptionTypes="24", operatingSystem="Windows Server 2022 Standard")


def _administrator(planter: Planter) -> None:
    """In Protected Users, in an enforced silo, never delegated, and not in the groups of the forest for ever."""
    flags = str(NORMAL | NOT_DELEGATED)
    planter.change(ADMINISTRATOR, userAccountControl=flags, adminCount="1")
    planter.join(f"CN=Protected Users,CN=Users,{BASE}", ADMINISTRATOR)
    for group in ("Schema Admins", "Enterprise Admins"):
        emptied = ldb.Message(ldb.Dn(planter.directory, f"CN={group},CN=Users,{BASE}"))
        emptied["member"] = ldb.MessageElement([ADMINISTRATOR], ldb.FLAG_MOD_DELETE, "member")
        planter.directory.modify(emptied)
    place = planter.add(f"CN=AuthN Policy Configuration,{SERVICES}", "container", relax=True)
    silos = planter.add(f"CN=AuthN Silos,{place}", "msDS-AuthNPolicySilos", relax=True)
    silo = planter.add(
        f"CN=Niveau 0,{silos}",
        "msDS-AuthNPolicySilo",
        relax=True,
        msDS_AuthNPolicySiloEnforced="TRUE",
        msDS_AuthNPolicySiloMembers=ADMINISTRATOR,
    )
    planter.change(ADMINISTRATOR, relax=True, msDS_AssignedAuthNPolicySilo=silo)


def _machines(planter: Planter) -> None:
    expires = filetime(planter.now, -20)
    found = planter.directory.search(BASE, expression="(objectClass=computer)", attrs=["cn"])
    for dn in (str(entry.dn) for entry in found):
        if dn != DC1:
            planter.change(dn, msLAPS_PasswordExpirationTime=expires)


def _protection(planter: Planter) -> None:
    """What Windows does every hour and Samba never: privileged objects take the permissions of AdminSDHolder."""
    descriptors = SDUtils(planter.directory)
    model = descriptors.read_sd_on_dn(f"CN=AdminSDHolder,CN=System,{BASE}")
    model.type |= security.SEC_DESC_DACL_PROTECTED
    builtin = ("Administrators", "Account Operators", "Server Operators", "Print Operators", "Backup Operators")
    domain = ("Domain Admins", "Domain Controllers", "Schema Admins", "Enterprise Admins")
    names = (*(f"CN={name},CN=Builtin,{BASE}" for name in builtin), *(f"CN={name},CN=Users,{BASE}" for name in domain))
    for dn in (*names, ADMINISTRATOR):
        descriptors.modify_sd_on_dn(dn, model, controls=["sd_flags:1:4"])


def _policies(planter: Planter) -> None:
    """The auditor may read fine-grained password policies, as the audit asks for."""
    planter.grant(f"CN=Password Settings Container,CN=System,{BASE}", "auditeur", "LCRPLORC", flags="CI")
