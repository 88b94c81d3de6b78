"""Flaws of permissions, schema, zones and settings planted in the lab, and what a clean domain has instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hospital import BASE, NORMAL, ROOT

if TYPE_CHECKING:
    from faults import Planter

CONFIG = f"CN=Configuration,{BASE}"
SCHEMA = f"CN=Schema,{CONFIG}"
SETTINGS = f"CN=Directory Service,CN=Windows NT,CN=Services,{CONFIG}"
HOLDER = f"CN=AdminSDHolder,CN=System,{BASE}"
PEOPLE = f"OU=DSI,OU=Utilisateurs,{ROOT}"
TRAINEES, APART = f"OU=Stagiaires,{ROOT}", f"OU=Confidentiel,{ROOT}"
DC1 = f"CN=DC1,OU=Domain Controllers,{BASE}"
ZONES = f"CN=MicrosoftDNS,DC=DomainDnsZones,{BASE}"

DISABLED = 0x2
REANIMATE = "45ec5156-db7e-47bb-b53f-dbeb2d03c40f"
GET_CHANGES = "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2"
GET_CHANGES_FILTERED = "89e95b76-444d-4c62-991a-0facbeda640c"
UNDELETABLE = "(D;;DTSD;;;WD)"
EVERYBODY = "S-1-5-11"
_ALLOW_UPDATE = b"".join(number.to_bytes(4, "little") for number in (1, 0, 0, 1, 2))
SECURE_UPDATES, OPEN_UPDATES = _ALLOW_UPDATE + b"\2\0", _ALLOW_UPDATE + b"\1\0"
"""DSPROPERTY_ZONE_ALLOW_UPDATE (MS-DNSP 2.3.2.1)."""


def plant(planter: Planter) -> None:
    """Plant them all."""
    _entries(planter)
    _units(planter)
    _schema(planter)
    planter.expect("admin_sd_holder_inherits", HOLDER)
    planter.expect("trust_tgt_delegation_default", f"CN=clinique.test,CN=System,{BASE}")
    for place in (ZONES, f"CN=MicrosoftDNS,CN=System,{BASE}"):
        planter.add(f"DC=biologie.test,{place}", "dnsZone", dNSProperty=SECURE_UPDATES)
    open_zone = planter.add(f"DC=imagerie.test,{ZONES}", "dnsZone", dNSProperty=OPEN_UPDATES)
    planter.expect("dns_zone_open_updates_other", open_zone)
    planter.expect("dns_zone_duplicated", "biologie.test")
    planter.expect("dns_zone_open_creation", f"DC=hopital.test,{ZONES}")
    planter.expect("unauthenticated_bind_allowed", "hopital.test")


def _entries(planter: Planter) -> None:
    planter.account("ancien.tech", PEOPLE, flags=NORMAL | DISABLED)
    planter.grant(DC1, "ancien.tech", "WD")
    planter.expect("control_of_controllers_latent", "HOPITAL\\ancien.tech", about="HOPITAL\\DC1$")
    planter.expect("control_path_to_tier_zero_latent", "HOPITAL\\ancien.tech")
    replication, sites = f"CN=DFSR-GlobalSettings,CN=System,{BASE}", f"CN=Sites,{CONFIG}"
    for dn in (HOLDER, replication, SCHEMA, BASE, sites):
        planter.grant(dn, "ancien.tech", "WD")
    planter.expect("control_of_admin_sd_holder_latent", "HOPITAL\\ancien.tech", about=HOLDER)
    planter.expect("control_of_sysvol_replication_latent", "HOPITAL\\ancien.tech", about=replication)
    planter.expect("control_of_schema_latent", "HOPITAL\\ancien.tech", about=SCHEMA)
    planter.expect("control_of_naming_contexts_latent", "HOPITAL\\ancien.tech", about=BASE)
    planter.expect("control_of_sensitive_containers_latent", "HOPITAL\\ancien.tech", about=sites)
    planter.grant(BASE, "ancien.tech", "CR", GET_CHANGES_FILTERED)
    planter.expect("dcsync_rights_latent", "HOPITAL\\ancien.tech")
    planter.grant(f"CN=Sites,{CONFIG}", "tech.support", "WD")
    planter.expect("control_of_sensitive_containers", "HOPITAL\\tech.support")
    server = f"CN=SRV-TEST01,OU=Serveurs,{ROOT}"
    planter.grant(server, "S-1-5-7", "WD")
    planter.expect("anonymous_control", "ANONYMOUS LOGON", about=server)
    planter.grant(f"CN=SRV-PRINT01,OU=Serveurs,{ROOT}", "S-1-5-7", "RP")
    planter.expect("anonymous_entries", "ANONYMOUS LOGON")
    planter.grant(BASE, "svc_annuaire", "CR", REANIMATE)
    planter.expect("dangerous_extended_right", "HOPITAL\\svc_annuaire")
    planter.grant(CONFIG, "svc_annuaire", "CR", GET_CHANGES)
    planter.expect("replication_delegated", "HOPITAL\\svc_annuaire", about=CONFIG)


def _units(planter: Planter) -> None:
    for dn in (TRAINEES, APART):
        planter.add(dn, "organizationalUnit")
    planter.grant(TRAINEES, "S-1-1-0", "WD", flags="CIIO")
    planter.expect("everyone_delegated", "Everyone", about=TRAINEES)
    gone = f"{planter.directory.get_domain_sid()}-99999"
    planter.grant(TRAINEES, gone, "RP")
    planter.expect("unknown_sid", gone)
    planter.entry(TRAINEES, f"(D;;RP;;;{planter.sid('svc_dns')})")
    planter.expect("deny_read", "HOPITAL\\svc_dns", about=TRAINEES)
    read = f"(A;CI;RPLCLORC;;;{planter.sid('auditeur')})"  # as the audit asks: without it, what the unit holds is a gap
    planter.permissions(APART, f"D:P(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;DA)(A;;RPRC;;;AU){read}")
    planter.account("dr.confidentiel", APART)
    planter.expect("ou_not_listable", APART)
    planter.expect("ou_blocks_inheritance", APART)
    planter.expect("ou_deletable", TRAINEES, APART)


def _schema(planter: Planter) -> None:
    contact, unit = f"CN=Contact,{SCHEMA}", f"CN=Organizational-Unit,{SCHEMA}"
    stored = planter.directory.search(contact, attrs=["defaultSecurityDescriptor"])[0]["defaultSecurityDescriptor"][0]
    planter.change(contact, relax=True, defaultSecurityDescriptor=f"{stored}(A;;WD;;;AU)")
    planter.expect("schema_default_permissions", contact)
    planter.change(unit, relax=True, possSuperiors="computer")
    planter.expect("schema_creatable_anywhere", unit)
    java = planter.add(
        f"CN=javaContainer,{SCHEMA}",
        "classSchema",
        relax=True,
        lDAPDisplayName="javaContainer",
        governsID="1.3.6.1.4.1.42.2.27.4.2.1",
        subClassOf="top",
        objectClassCategory="1",
    )
    planter.expect("schema_java_classes", java)


def cure(planter: Planter) -> None:
    """What a fresh domain does not have by itself.

    Authenticated Users leave the group that lets them read everything; the audit account is given that right instead.
    """
    for partition in (BASE, f"DC=DomainDnsZones,{BASE}", f"DC=ForestDnsZones,{BASE}"):
        planter.grant(partition, "auditeur", "RPLCLORC", flags="CI")
    planter.leave(
        f"CN=Pre-Windows 2000 Compatible Access,CN=Builtin,{BASE}",
        f"CN={EVERYBODY},CN=ForeignSecurityPrincipals,{BASE}",
    )
    planter.add(f"CN=BCKUPKEY_lab Secret,CN=System,{BASE}", "secret", relax=True)  # Windows makes one by itself
    planter.change(f"DC=_msdcs.hopital.test,CN=MicrosoftDNS,DC=ForestDnsZones,{BASE}", dNSProperty=SECURE_UPDATES)
    planter.protect(HOLDER)
    units = planter.directory.search(BASE, expression="(objectClass=organizationalUnit)", attrs=["ou"])
    for unit in units:
        planter.entry(str(unit.dn), UNDELETABLE)
    for base in (BASE, f"DC=DomainDnsZones,{BASE}", f"DC=ForestDnsZones,{BASE}"):
        for zone in planter.directory.search(base, expression="(objectClass=dnsZone)", attrs=["dc"]):
            planter.revoke(str(zone.dn), EVERYBODY)
            planter.grant(str(zone.dn), EVERYBODY, "RPLCLORC", flags="CI")
    planter.change(SETTINGS, relax=True, msDS_Other_Settings="DenyUnauthenticatedBind=1")
    for policy in planter.directory.search(BASE, expression="(objectClass=groupPolicyContainer)", attrs=["cn"]):
        planter.late(str(policy.dn), whenChanged="20200101000000.0Z")
