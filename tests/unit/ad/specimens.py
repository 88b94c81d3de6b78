"""A small hospital domain, healthy, and the same with one flaw per rule. Entries are raw, as a server sends them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

from scanners.ad.facts import DirectoryFacts, file_time
from scanners.ad.naming import Naming
from scanners.ad.rights import ENROLL, GET_CHANGES_ALL
from scanners.ad.sids import encode_sid
from scanners.ad.sources import collect_member_changes, collect_unix_passwords
from scanners.ad.sources.collect_table import TableBuilder
from scanners.ad.sysvol import Sysvol
from scanners.ad.transport import Transport
from scanners.model import Gap
from tests.unit.ad import (
    specimens_accounts,
    specimens_adcs,
    specimens_descriptors,
    specimens_paths,
    specimens_pingcastle,
    specimens_sysvol,
    specimens_transport,
)
from tests.unit.ad.forge import Ace, descriptor

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
SID = "S-1-5-21-1-2-3"
BASE = "DC=hopital,DC=test"
CONFIG = f"CN=Configuration,{BASE}"
SYSTEM = f"CN=System,{BASE}"
PKI = f"CN=Public Key Services,CN=Services,{CONFIG}"
TEMPLATES = f"CN=Certificate Templates,{PKI}"
ADMINS = f"OU=Administration,{BASE}"
STAFF = f"OU=Personnel,{BASE}"
SILO = f"CN=T0,CN=AuthN Silos,{CONFIG}"
NAMING = Naming(
    domain="hopital.test",
    netbios="HOPITAL",
    sid=SID,
    root_dn=BASE,
    configuration_dn=CONFIG,
    schema_dn=f"CN=Schema,{CONFIG}",
    forest_dn=BASE,
    controller="dc1.hopital.test",
    domain_level=7,
    forest_level=7,
)
DOMAIN_ADMINS = f"{SID}-512"
AUTHENTICATED = "S-1-5-11"
READ = 0x20094
FULL = 0xF01FF
WRITE_DACL = 0x40000

APPLIED = Ace(AUTHENTICATED, 0x100, guid="edacfd8f-ffb3-11d1-b41d-00a0c968f939")
"""Everybody applies the policy."""
SAFE = (Ace(DOMAIN_ADMINS, FULL), Ace("S-1-5-18", FULL), Ace(AUTHENTICATED, READ))
Value = str | int | bytes


def ago(days: float) -> int:
    return file_time(NOW - timedelta(days=days))


def written(days: float) -> str:
    return (NOW - timedelta(days=days)).strftime("%Y%m%d%H%M%S.0Z")


def guarded(*aces: Ace, owner: str = DOMAIN_ADMINS) -> bytes:
    return descriptor(owner, (*SAFE, *aces))


@dataclass
class Specimen:
    """Entries under construction, by distinguished name."""

    entries: dict[str, dict[str, list[bytes]]] = field(default_factory=dict)
    told: dict[tuple[str, str], int | tuple[str, ...]] = field(default_factory=dict)
    """What further searches told, by object and column."""
    naming: Naming = NAMING
    gaps: tuple[Gap, ...] = ()
    sysvol: Sysvol | None = None
    transport: Transport | None = None
    clock_ahead: float | None = 0.0

    def put(self, dn: str, classes: str, *, rid: int | str | None = None, sd: bytes = b"", **attributes: object) -> str:
        """An object; `rid` is a number in the domain or a whole SID; attribute names are written with `_` for `-`."""
        entry = self.entries.setdefault(dn, {})
        entry["objectClass"] = [name.encode() for name in ("top", *classes.split())]
        entry["nTSecurityDescriptor"] = [sd or guarded()]
        if rid is not None:
            entry["objectSid"] = [encode_sid(f"{SID}-{rid}" if isinstance(rid, int) else rid)]
        self.change(dn, **attributes)
        return dn

    def change(self, dn: str, **attributes: object) -> None:
        """Replace attributes of an object; None removes one."""
        for name, value in attributes.items():
            attribute = name.replace("_", "-")
            if value is None:
                self.entries[dn].pop(attribute, None)
            else:
                values = value if isinstance(value, list | tuple) else [value]
                self.entries[dn][attribute] = [_raw(each) for each in values]

    def grant(self, dn: str, *aces: Ace, owner: str = DOMAIN_ADMINS) -> None:
        """Give an object the safe descriptor with more entries."""
        self.entries[dn]["nTSecurityDescriptor"] = [guarded(*aces, owner=owner)]

    def user(self, name: str, rid: int, ou: str = STAFF, control: int = 512, **attributes: object) -> str:
        usual: dict[str, object] = {
            "sAMAccountName": name,
            "userAccountControl": control,
            "primaryGroupID": 513,
            "pwdLastSet": ago(30),
            "lastLogonTimestamp": ago(3),
            "whenCreated": written(900),
        }
        return self.put(f"CN={name},{ou}", "person user", rid=rid, **(usual | attributes))

    def machine(self, name: str, rid: int, system: str, **attributes: object) -> str:
        usual: dict[str, object] = {
            "sAMAccountName": f"{name}$",
            "userAccountControl": 0x1000,
            "primaryGroupID": 515,
            "pwdLastSet": ago(10),
            "lastLogonTimestamp": ago(3),
            "whenCreated": written(900),
            "operatingSystem": system,
            "dNSHostName": f"{name.lower()}.hopital.test",
            "msDS-SupportedEncryptionTypes": 24,
            "msLAPS-PasswordExpirationTime": ago(-20),
        }
        dn = str(attributes.pop("dn", f"CN={name},OU=Machines,{BASE}"))
        return self.put(dn, "person user computer", rid=rid, **(usual | attributes))

    def group(
        self, name: str, rid: int | str, members: Iterable[str] = (), parent: str = "CN=Users", **more: object
    ) -> str:
        dn = f"CN={name},{parent},{BASE}"
        return self.put(dn, "group", rid=rid, sAMAccountName=name, member=list(members) or None, **more)

    def join(self, group: str, member: str) -> None:
        self.entries[group].setdefault("member", []).append(member.encode())

    def note(self, dn: str, column: str, value: int) -> None:
        """A number that a further search told of an object."""
        self.told[dn, column] = value

    def tell(self, dn: str, column: str, *values: str) -> None:
        """The same for texts."""
        self.told[dn, column] = values

    def facts(self) -> DirectoryFacts:
        builder = TableBuilder()
        for dn, attributes in self.entries.items():
            builder.add(dn.encode(), [(name.encode(), values) for name, values in attributes.items()])
        assert builder.rejected == 0
        for (dn, column), told in self.told.items():
            if isinstance(told, int):
                builder.note(column, builder.row_of(dn), told)
            elif told:
                builder.tell(column, builder.row_of(dn), told)
        self._further_searches(builder)
        objects, descriptors = builder.tables()
        return DirectoryFacts(
            NOW,
            self.naming,
            objects,
            descriptors,
            self.gaps,
            sysvol=self.sysvol,
            transport=self.transport,
            clock_ahead=self.clock_ahead,
        )

    def _further_searches(self, builder: TableBuilder) -> None:
        """What the collector asks once all is read (`collect_extras`), answered from the same entries."""
        for dn, attributes in self.entries.items():
            if "msDS-ReplValueMetaData" in attributes:
                answer = [(b"msDS-ReplValueMetaData", attributes["msDS-ReplValueMetaData"])]
                collect_member_changes.entry(builder, dn, answer)
            if "unixUserPassword" in attributes:
                collect_unix_passwords.entry(builder, dn, [])


def _raw(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def healthy() -> Specimen:
    s = Specimen()
    s.put(
        BASE,
        "domain domainDNS",
        rid=SID,
        minPwdLength=14,
        maxPwdAge=-365 * 864_000_000_000,
        pwdProperties=1,
        ms_DS_MachineAccountQuota=0,
        msDS_ExpirePasswordsOnSmartCardOnlyAccounts="TRUE",
        gPLink=f"[LDAP://CN={{P1}},CN=Policies,{SYSTEM};0]",
        sd=guarded(Ace(f"{SID}-516", 0x100, guid=GET_CHANGES_ALL)),
    )
    of_system = (f"CN=Policies,{SYSTEM}", f"CN=SOM,CN=WMIPolicy,{SYSTEM}")
    for dn in (f"CN=Users,{BASE}", SYSTEM, f"CN=Builtin,{BASE}", *of_system):
        s.put(dn, "container")
    for dn in (ADMINS, STAFF, f"OU=Domain Controllers,{BASE}", f"OU=Machines,{BASE}"):
        s.put(dn, "organizationalUnit")
    s.put(f"CN=AdminSDHolder,{SYSTEM}", "container", sd=descriptor(DOMAIN_ADMINS, SAFE, control=0x9004))
    s.put(f"CN=MicrosoftDNS,{SYSTEM}", "container")
    s.put(f"CN=DFSR-GlobalSettings,{SYSTEM}", "msDFSR-GlobalSettings")
    s.put(f"CN={{P1}},CN=Policies,{SYSTEM}", "container groupPolicyContainer", displayName="Default Domain Policy")
    s.grant(f"CN={{P1}},CN=Policies,{SYSTEM}", APPLIED)
    s.sysvol = specimens_sysvol.healthy(ago(400))
    s.put(f"CN=ActiveDirectoryUpdate,CN=DomainUpdates,{SYSTEM}", "container", revision=16)
    s.put(f"CN=BCKUPKEY_1 Secret,{SYSTEM}", "leaf secret")
    _accounts(s)
    _groups(s)
    _configuration(s)
    specimens_transport.settle(s)
    specimens_pingcastle.healthy(s)
    specimens_adcs.settle(s)
    specimens_accounts.tend(s)
    specimens_descriptors.settle(s)
    return s


def _accounts(s: Specimen) -> None:
    usual = {"adminCount": 1, "msDS-AssignedAuthNPolicySilo": f"CN=T0,CN=AuthN Silos,{CONFIG}"}
    s.user("Administrateur", 500, f"CN=Users,{BASE}", **usual, control=512 | 0x100000)
    s.user("adm.martin", 1101, ADMINS, **usual, control=512 | 0x100000)
    s.user("Invité", 501, f"CN=Users,{BASE}", control=0x10222, primaryGroupID=514)
    s.user("krbtgt", 502, f"CN=Users,{BASE}", control=514, adminCount=1)
    for number in range(10):
        s.user(f"agent{number}", 1200 + number)
    s.machine(
        "DC1",
        1000,
        "Windows Server 2022 Standard",
        dn=f"CN=DC1,OU=Domain Controllers,{BASE}",
        userAccountControl=532480,
        primaryGroupID=516,
    )
    s.machine("SRV-DPI", 1301, "Windows Server 2022 Standard")
    s.machine("PC-URG-01", 1302, "Windows 11 Pro")
    s.put(
        f"CN=gmsa,CN=Managed Service Accounts,{BASE}",
        "person user computer msDS-GroupManagedServiceAccount",
        rid=1303,
        sAMAccountName="gmsa$",
        userAccountControl=0x1000,
        primaryGroupID=515,
        pwdLastSet=ago(10),
        whenCreated=written(400),
    )


def _groups(s: Specimen) -> None:
    users, builtin = f"CN=Users,{BASE}", "CN=Builtin"
    admin, martin = f"CN=Administrateur,{users}", f"CN=adm.martin,{ADMINS}"
    s.group("Admins du domaine", 512, [admin, martin])
    s.group("Utilisateurs du domaine", 513)
    s.group("Invités du domaine", 514)
    s.group("Ordinateurs du domaine", 515)
    s.group("Contrôleurs de domaine", 516)
    s.group("Éditeurs de certificats", 517)
    s.group("Administrateurs du schéma", 518)
    s.group("Administrateurs de l’entreprise", 519, [admin])
    s.group("Propriétaires créateurs de la stratégie", 520)
    s.group("Contrôleurs de domaine en lecture seule", 521)
    s.group("Protected Users", 525, [admin, martin])
    s.group("Administrateurs", "S-1-5-32-544", [f"CN=Admins du domaine,{users}"], builtin)
    s.group("Opérateurs de compte", "S-1-5-32-548", (), builtin)
    everyone = s.put(f"CN=S-1-5-11,CN=ForeignSecurityPrincipals,{BASE}", "foreignSecurityPrincipal", rid=AUTHENTICATED)
    s.group("Accès compatible pré-Windows 2000", "S-1-5-32-554", [everyone], builtin)
    s.group("DnsAdmins", 1102)
    s.group("RODC autorisé", 571)
    names = (
        "Contrôleurs de domaine",
        "Contrôleurs de domaine en lecture seule",
        "Propriétaires créateurs de la stratégie",
        "Admins du domaine",
        "Éditeurs de certificats",
        "Administrateurs de l’entreprise",
        "Administrateurs du schéma",
        "krbtgt",
    )
    s.group("RODC refusé", 572, [f"CN={name},{users}" for name in names])


def _configuration(s: Specimen) -> None:
    s.put(CONFIG, "configuration")
    s.put(
        f"CN=Partitions,{CONFIG}",
        "crossRefContainer",
        msDS_EnabledFeature=f"CN=Recycle Bin Feature,CN=Optional Features,{CONFIG}",
    )
    s.put(NAMING.settings_dn, "nTDSService", dSHeuristics="0000000001000000000200000001130")
    s.put(f"CN=user-Display,CN=40C,CN=DisplaySpecifiers,{CONFIG}", "displaySpecifier", adminContextMenu="2,{08eb}")
    s.put(f"CN=T0,CN=AuthN Silos,{CONFIG}", "msDS-AuthNPolicySilo", msDS_AuthNPolicySiloEnforced="TRUE")
    s.put(f"CN=Group Key Distribution Service,CN=Services,{CONFIG}", "container")
    s.put(f"CN=Schema,{CONFIG}", "dMD", objectVersion=88)
    s.put(f"CN=ms-LAPS-Expiry,CN=Schema,{CONFIG}", "attributeSchema", lDAPDisplayName="msLAPS-PasswordExpirationTime")
    s.put(f"CN=User,CN=Schema,{CONFIG}", "classSchema", lDAPDisplayName="user")
    stores = ("Enrollment Services", "Certification Authorities", "AIA")
    settings = ("Services", "DisplaySpecifiers", "Extended-Rights")
    for dn in (PKI, TEMPLATES, *(f"CN={name},{PKI}" for name in stores), *(f"CN={name},{CONFIG}" for name in settings)):
        s.put(dn, "container")
    s.put(f"CN=CA,CN=Certification Authorities,{PKI}", "certificationAuthority", cACertificate=STRONG)
    s.put(
        f"CN=CA,CN=Enrollment Services,{PKI}",
        "pKIEnrollmentService",
        cACertificate=STRONG,
        certificateTemplates=["Poste"],
        dNSHostName="srv-ca.hopital.test",
        sd=guarded(Ace(AUTHENTICATED, 0x100, guid=ENROLL)),
    )
    template(s, "Poste", purposes=["1.3.6.1.5.5.7.3.2"], enrolling=AUTHENTICATED)
    template(s, "Interne", purposes=["1.3.6.1.5.5.7.3.1"])
    for zone in ("hopital.test", "_msdcs.hopital.test", "labo.test"):
        s.put(f"DC={zone},CN=MicrosoftDNS,DC=DomainDnsZones,{BASE}", "dnsZone", dNSProperty=[zone_property(2)])


def template(
    s: Specimen,
    name: str,
    *,
    purposes: list[str],
    enrolling: str = DOMAIN_ADMINS,
    name_flag: int = 0,
    flag: int = 0,
    **more: object,
) -> str:
    return s.put(
        f"CN={name},{TEMPLATES}",
        "pKICertificateTemplate",
        pKIExtendedKeyUsage=purposes or None,
        msPKI_Certificate_Name_Flag=name_flag,
        msPKI_Enrollment_Flag=flag,
        sd=guarded(Ace(enrolling, 0x100, guid=ENROLL)),
        **{"msPKI_RA_Signature": 0, "msPKI_Template_Schema_Version": 2, **more},
    )


def zone_property(update: int) -> bytes:
    """DSPROPERTY_ZONE_ALLOW_UPDATE (MS-DNSP 2.3.2.1)."""
    head = b"".join(number.to_bytes(4, "little") for number in (1, 0, 0, 1, 2))
    return head + bytes([update, 0])


def certificate(key: CertificateIssuerPrivateKeyTypes, digest: hashes.SHA256 | None) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "CA")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW.replace(year=2020), NOW.replace(year=2040))
    return made.sign(key, digest).public_bytes(serialization.Encoding.DER)


_KEY = rsa.generate_private_key(65537, 2048)
STRONG = certificate(_KEY, hashes.SHA256())
RENEWED = certificate(_KEY, hashes.SHA384())
WEAK = certificate(rsa.generate_private_key(65537, 1024), hashes.SHA256())  # noqa: S505 - weak on purpose
BROKEN_KEY = certificate(dsa.generate_private_key(1024), hashes.SHA256())  # noqa: S505 - weak on purpose


def broken() -> Specimen:
    """The same domain with one flaw at least for every rule."""
    s = healthy()
    s.naming = replace(NAMING, domain_level=3, forest_level=3)
    _broken_domain(s)
    _broken_accounts(s)
    _broken_machines(s)
    _broken_control(s)
    _broken_pki(s)
    _broken_configuration(s)
    specimens_transport.plant(s)
    s.clock_ahead = -720.0
    specimens_adcs.plant(s)
    specimens_pingcastle.plant(s)
    specimens_descriptors.plant(s)
    specimens_accounts.plant(s)
    specimens_paths.plant(s)
    s.grant(f"CN={{P1}},CN=Policies,{SYSTEM}", APPLIED, Ace(f"{SID}-1200", WRITE_DACL))
    s.sysvol = specimens_sysvol.broken(ago(400), ago(3))
    return s


def otherwise_broken() -> Specimen:
    """The healthy domain with the flaws that graver ones silence on the broken one."""
    s = healthy()
    specimens_accounts.plant_what_others_hide(s)
    return s


def _broken_domain(s: Specimen) -> None:
    s.change(
        BASE,
        minPwdLength=7,
        pwdProperties=16,
        ms_DS_MachineAccountQuota=10,
        msDS_ExpirePasswordsOnSmartCardOnlyAccounts="FALSE",
    )
    s.change(f"CN=ActiveDirectoryUpdate,CN=DomainUpdates,{SYSTEM}", revision=15)
    s.put(f"CN=SYSVOL,CN=File Replication Service,{SYSTEM}", "nTFRSReplicaSet")
    for zone in ("hopital.test", "labo.test"):
        s.change(f"DC={zone},CN=MicrosoftDNS,DC=DomainDnsZones,{BASE}", dNSProperty=[zone_property(1)])
    trust = {"trustDirection": 3, "trustType": 2}
    s.put(f"CN=clinique.test,{SYSTEM}", "trustedDomain", trustPartner="clinique.test", trustAttributes=0, **trust)
    s.put(f"CN=ght.test,{SYSTEM}", "trustedDomain", trustPartner="ght.test", trustAttributes=0x848, **trust)
    s.user("CLINIQUE$", 1400, f"CN=Users,{BASE}", control=0x820, pwdLastSet=ago(400))


def _broken_accounts(s: Specimen) -> None:
    users = f"CN=Users,{BASE}"
    s.change(f"CN=Invité,{users}", userAccountControl=0x10220)
    acting = descriptor(DOMAIN_ADMINS, [Ace(f"{SID}-1302", FULL)])
    s.change(f"CN=krbtgt,{users}", pwdLastSet=ago(400))
    s.change(f"CN=krbtgt,{users}", msDS_AllowedToActOnBehalfOfOtherIdentity=acting)
    flaws = 512 | 0x10000 | 0x400000 | 0x80
    worst = s.user("svc_sauvegarde", 1410, ADMINS, control=flaws, pwdLastSet=ago(1200), servicePrincipalName="MSSQL/s1")
    s.change(worst, msDS_KeyCredentialLink=b"B:4:0001:CN=x", description="Compte de sauvegarde, mdp : Sauve2019")
    s.join(f"CN=Admins du domaine,{users}", worst)
    s.join(f"CN=Admins du domaine,{users}", "CN=Exploitation,CN=Users,DC=siege,DC=test")
    s.join(f"CN=Administrateurs du schéma,{users}", worst)
    s.join(f"CN=DnsAdmins,{users}", s.user("prest_dns", 1411))
    s.join(f"CN=RODC autorisé,{users}", f"CN=prest_dns,{STAFF}")
    del s.entries[f"CN=RODC refusé,{users}"]["member"][-1]
    for number in range(60):
        extra = s.user(f"adm{number:02}", 1500 + number, ADMINS, adminCount=1)
        s.join(f"CN=Opérateurs de compte,CN=Builtin,{BASE}", extra)
    for number in range(60):
        s.user(f"ancien{number:02}", 1600 + number, control=0x10200, pwdLastSet=ago(1300), lastLogonTimestamp=ago(700))
    s.user("svc_automate", 1412, control=512 | 0x200000 | 0x20)
    s.user("svc_pacs", 1413, primaryGroupID=512, adminCount=1)
    s.user("migré", 1414, sIDHistory=[encode_sid(f"{SID}-500"), encode_sid("S-1-5-21-9-9-9-1105")])
    foreign = s.put(
        f"CN=étranger,CN=ForeignSecurityPrincipals,{BASE}", "foreignSecurityPrincipal", rid="S-1-5-21-9-9-9-5"
    )
    s.join(f"CN=Administrateurs,CN=Builtin,{BASE}", foreign)
    anonymous = s.put(f"CN=S-1-5-7,CN=ForeignSecurityPrincipals,{BASE}", "foreignSecurityPrincipal", rid="S-1-5-7")
    s.join(f"CN=Accès compatible pré-Windows 2000,CN=Builtin,{BASE}", anonymous)
    one, other = s.group("Boucle A", 1420), s.group("Boucle B", 1421, [f"CN=Boucle A,{users}"])
    s.join(one, other)


def _broken_machines(s: Specimen) -> None:
    controllers = f"OU=Domain Controllers,{BASE}"
    s.machine(
        "DC2",
        1430,
        "Windows Server 2012 R2 Standard",
        dn=f"CN=DC2,{controllers}",
        userAccountControl=0x1000,
        primaryGroupID=516,
        pwdLastSet=ago(60),
        lastLogonTimestamp=ago(60),
        msDS_SupportedEncryptionTypes=7,
        msDS_AllowedToActOnBehalfOfOtherIdentity=descriptor(DOMAIN_ADMINS, [Ace(f"{SID}-1302", FULL)]),
    )
    s.put(
        f"CN=RODC1,{controllers}",
        "person user computer",
        rid=1431,
        sAMAccountName="RODC1$",
        userAccountControl=83890176,
        primaryGroupID=521,
        pwdLastSet=ago(5),
        lastLogonTimestamp=ago(1),
        operatingSystem="Windows Server 2022 Standard",
        msDS_SupportedEncryptionTypes=24,
        msDS_RevealOnDemandGroup=f"CN=Admins du domaine,CN=Users,{BASE}",
        msDS_NeverRevealGroup=f"CN=Administrateurs,CN=Builtin,{BASE}",
        msDS_RevealedUsers=[f"B:4:0001:CN=adm.martin,{ADMINS}", f"B:4:0001:CN=agent0,{STAFF}"],
        msDS_KrbTgtLink=f"CN=krbtgt_1,CN=Users,{BASE}",
    )
    for number in (1, 2):
        s.user(f"krbtgt_{number}", 1460 + number, f"CN=Users,{BASE}", control=514, msDS_SecondaryKrbTgtNumber=number)
    s.machine("SRV-OLD", 1432, "Windows Server 2008 R2 Standard", userAccountControl=0x81000, pwdLastSet=ago(100))
    s.machine("SRV-45", 1433, "Windows Server 2022", pwdLastSet=ago(60), lastLogonTimestamp=ago(120))
    s.machine("CLUSTER", 1434, "", pwdLastSet=ago(1200), servicePrincipalName="MSClusterVirtualServer/c1")
    s.change(f"CN=CLUSTER,OU=Machines,{BASE}", operatingSystem=None)
    s.machine("PC-7", 1435, "Windows 7 Professional", msLAPS_PasswordExpirationTime=None)
    to_controller = ["cifs/dc1.hopital.test"]
    s.user("svc_ged", 1436, msDS_AllowedToDelegateTo=to_controller)
    s.user("svc_web", 1437, control=512 | 0x1000000, msDS_AllowedToDelegateTo=to_controller)
    s.change(f"CN=gmsa,CN=Managed Service Accounts,{BASE}", pwdLastSet=ago(120))


def _broken_control(s: Specimen) -> None:
    agent = f"{SID}-1200"
    s.group("Support", 1440, [f"CN=agent1,{STAFF}"])
    s.grant(ADMINS, Ace(f"{SID}-1440", WRITE_DACL))
    s.grant(f"CN=adm.martin,{ADMINS}", Ace(f"{SID}-1440", FULL))
    for dn in (
        f"CN=AdminSDHolder,{SYSTEM}",
        f"CN=DC1,OU=Domain Controllers,{BASE}",
        f"CN=Schema,{CONFIG}",
        f"CN=DFSR-GlobalSettings,{SYSTEM}",
        f"CN=MicrosoftDNS,{SYSTEM}",
        f"CN=BCKUPKEY_1 Secret,{SYSTEM}",
        f"CN=Group Key Distribution Service,CN=Services,{CONFIG}",
        f"CN={{P1}},CN=Policies,{SYSTEM}",
        f"CN=Certification Authorities,{PKI}",
        f"CN=Poste,{TEMPLATES}",
        f"CN=Interne,{TEMPLATES}",
    ):
        s.grant(dn, Ace(agent, WRITE_DACL))
    s.grant(
        BASE, Ace(f"{SID}-1201", 0x100, guid=GET_CHANGES_ALL), Ace(f"{SID}-1202", WRITE_DACL), Ace(f"{SID}-527", FULL)
    )
    s.grant(f"CN=SRV-DPI,OU=Machines,{BASE}", owner=agent)
    del s.entries[f"CN=adm00,{ADMINS}"]["nTSecurityDescriptor"]
    del s.entries[f"CN=Administrateurs de l’entreprise,CN=Users,{BASE}"]


def _broken_pki(s: Specimen) -> None:
    for name, content in (("DSA", BROKEN_KEY), ("Illisible", b"\x30\x03abc"), ("Faible", WEAK)):
        s.put(f"CN={name},CN=Certification Authorities,{PKI}", "certificationAuthority", cACertificate=content)
    logon = "1.3.6.1.5.5.7.3.2"
    s.change(
        f"CN=CA,CN=Enrollment Services,{PKI}", certificateTemplates=["Poste", "Ouvert", "Libre", "Agent", "SansSid"]
    )
    template(s, "Ouvert", purposes=[logon], enrolling=AUTHENTICATED, name_flag=1)
    template(s, "Libre", purposes=[], enrolling=AUTHENTICATED)
    template(s, "Agent", purposes=["1.3.6.1.4.1.311.20.2.1"], enrolling=AUTHENTICATED)
    template(s, "SansSid", purposes=[logon], enrolling=AUTHENTICATED, flag=0x80000)


def _broken_configuration(s: Specimen) -> None:
    s.change(NAMING.settings_dn, dSHeuristics="00000021000000010000")
    s.change(f"CN=Partitions,{CONFIG}", msDS_EnabledFeature=None)
    s.change(
        f"CN=user-Display,CN=40C,CN=DisplaySpecifiers,{CONFIG}",
        adminContextMenu="0,&Reset,\\\\fichiers01\\scripts\\reset.vbs",
    )
    s.change(f"CN=T0,CN=AuthN Silos,{CONFIG}", msDS_AuthNPolicySiloEnforced="FALSE")


HEALTHY = healthy().facts()
BROKEN = broken().facts()
OTHERWISE_BROKEN = otherwise_broken().facts()
