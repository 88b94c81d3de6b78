"""The weaknesses planted in the lab's directory, each told with the rule that must find it, and on what.

Runs under Samba's Python.
"""

from __future__ import annotations

import base64
import datetime
from collections.abc import Callable

import ldb
from hospital import BASE, NEVER_EXPIRES, NORMAL, ROOT, SERVERS, WORKSTATION
from samba.dcerpc import dnsp, security
from samba.ndr import ndr_pack, ndr_unpack
from samba.samdb import SamDB
from samba.sd_utils import SDUtils

DOMAIN = "hopital.test"
"""The subject of what is said of the domain as a whole."""
CONFIG = f"CN=Configuration,{BASE}"
SERVICES = f"CN=Services,{CONFIG}"
PKI = f"CN=Public Key Services,{SERVICES}"
ADMINS = f"OU=Comptes,OU=Administration,{ROOT}"
SERVICE_ACCOUNTS = f"OU=Comptes de service,{ROOT}"
SUPPLIERS = f"OU=Prestataires,{ROOT}"
DOMAIN_ADMINS = f"CN=Domain Admins,CN=Users,{BASE}"
DC1 = f"CN=DC1,OU=Domain Controllers,{BASE}"
DEFAULT_GPO = f"CN={{6AC1786C-016F-11D2-945F-00C04FB984F9}},CN=Policies,CN=System,{BASE}"

NO_PREAUTH, DES_ONLY, REVERSIBLE = 0x400000, 0x200000, 0x80
TRUSTED_FOR_DELEGATION, TRUSTED_TO_AUTH = 0x80000, 0x1000000
TRUST_ACCOUNT = 0x800

FULL_CONTROL = "RPWPCRCCDCLCLORCWOWDSDDTSW"
GET_CHANGES = ("1131f6aa-9c07-11d1-f79f-00c04fc2dcd2", "1131f6ad-9c07-11d1-f79f-00c04fc2dcd2")
ENROLL = "0e10c968-78fb-11d2-90d4-00c04f79dc55"
SCRIPTED_MENU = "0,&Réinitialiser,\\\\fichiers01\\scripts\\reset.vbs"

WEAK_CA = base64.b64decode(
    "MIICEzCCAXygAwIBAgICB9kwDQYJKoZIhvcNAQEFBQAwNTELMAkGA1UEBhMCRlIxDDAKBgNVBAoMA0NIVTEYMBYGA1UEAwwPQ0EtSE9QSVRB"
    "TC0yMDA5MB4XDTA5MDMwMjAwMDAwMFoXDTM0MDMwMjAwMDAwMFowNTELMAkGA1UEBhMCRlIxDDAKBgNVBAoMA0NIVTEYMBYGA1UEAwwPQ0Et"
    "SE9QSVRBTC0yMDA5MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCsqWJBCy6psdjk6pBZ8iFv7faxz990dYs9GJdv9/NnwhQR08Br2vUt"
    "4b+uxHyalpJgExv0v5EAEJugys9Hh47AFBI2mpr1NUJz5vuSB3TN/Mv/laYhbgrPb8X5SQNwFNepPOvmy5McM6zkp2mRcVSXkNSz1mAfQNA2"
    "DB4iCT46MwIDAQABozIwMDAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBSH2aMXu4+wyltDuAPLxJRwieDcsDANBgkqhkiG9w0BAQUFAAOB"
    "gQBKgckN7tQlpe+Opr583wgE5ETgJ0SZsBh7fHwQO1HO6Lz09RV/lyVkD/WXv9JqXNNkKw1FHGv35Nic54B8L01kgxDOpQDNw5zjqI8liPVP"
    "36JsrHLBtezeumDEPWDlKjyRH6gfs3hX9R3q2ET2wqg8uMht2l1ZvbFsQUyHvex4Nw=="
)
"""CN=CA-HOPITAL-2009: RSA 1024 bits, SHA-1, valid 2009 to 2034."""


def filetime(now: float, days: float) -> str:
    """A moment `days` before `now` (seconds since 1970) as Windows counts: 100 ns since 1601."""
    return str(int((now - days * 86400 + 11644473600) * 10_000_000))


def generalized(now: float, days: float) -> str:
    """The same moment as LDAP generalized time."""
    return datetime.datetime.fromtimestamp(now - days * 86400, datetime.UTC).strftime("%Y%m%d%H%M%S.0Z")


def netbios(account: str) -> str:
    """How the subject of a principal is written."""
    return f"HOPITAL\\{account}"


class Planter:
    """Writes in an open directory and remembers what ought to be found. `raw` waits for the partition's file."""

    def __init__(self, directory: SamDB, now: float, raw: dict[str, dict[str, str | bytes]]) -> None:
        self.directory = directory
        self.now = now
        self.raw = raw
        self.expected: set[tuple[str, str, str, str]] = set()
        self._descriptors = SDUtils(directory)

    def expect(self, rule: str, *subjects: str, about: str = "", reader: str = "auditor") -> None:
        """Say that a rule (its id without `ad.`) must find these subjects, `about` among the evidence of each.

        `reader` is the account whose audit finds them: `auditor`, or one that sees more (`administrator`) or less
        (`limited`). Ids are written as they are, never computed: `test_lab_plantings` reads them here.
        """
        self.expected |= {(f"ad.{rule}", subject, about, reader) for subject in subjects}

    def add(self, dn: str, object_class: str, relax: bool = False, **attributes: object) -> str:
        """Create an object; attribute names are written with `_` for `-`."""
        values = {name.replace("_", "-"): value for name, value in attributes.items()}
        self.directory.add({"dn": dn, "objectClass": object_class, **values}, controls=["relax:0"] if relax else [])
        return dn

    def ordinary_account(self, name: str, password: str) -> None:
        """An enabled account that can bind and has no right at all."""
        dn = self.account(name, f"OU=DSI,OU=Utilisateurs,{ROOT}", password_age=10)
        self.change(dn, unicodePwd=f'"{password}"'.encode("utf-16-le"))

    def account(
        self,
        name: str,
        parent: str,
        flags: int = NORMAL,
        password_age: float = 20,
        groups: tuple[str, ...] = (),
        **attributes: object,
    ) -> str:
        """A user; ages go to the partition's file at the end."""
        if not name.endswith("$"):
            attributes["userPrincipalName"] = f"{name}@hopital.test"
        control = str(flags)
        dn = self.add(
            f"CN={name},{parent}", "user", relax=True, sAMAccountName=name, userAccountControl=control, **attributes
        )
        self.late(dn, pwdLastSet=filetime(self.now, password_age))
        self.late(dn, lastLogonTimestamp=filetime(self.now, 3), whenCreated=generalized(self.now, 1200))
        for group in groups:
            self.join(group, dn)
        return dn

    def administrator(self, name: str, flags: int = NORMAL, password_age: float = 20, **attributes: object) -> str:
        """A member of Domain Admins, marked adminCount as Windows would."""
        return self.account(name, ADMINS, flags, password_age, (DOMAIN_ADMINS,), adminCount="1", **attributes)

    def change(self, dn: str, relax: bool = False, **attributes: object) -> None:
        """Replace attributes of an object."""
        message = ldb.Message(ldb.Dn(self.directory, dn))
        for name, value in attributes.items():
            values = value if isinstance(value, list) else [value]
            attribute = name.replace("_", "-")
            message[attribute] = ldb.MessageElement(values, ldb.FLAG_MOD_REPLACE, attribute)
        self.directory.modify(message, controls=["relax:0"] if relax else [])

    def late(self, dn: str, **attributes: str | bytes) -> None:
        """Replace attributes in the partition's file, after everything else."""
        self.raw.setdefault(dn, {}).update({name.replace("_", "-"): value for name, value in attributes.items()})

    def join(self, group: str, member: str) -> None:
        """Make `member` (a DN, or `<SID=…>`) a member of `group`."""
        message = ldb.Message(ldb.Dn(self.directory, group))
        message["member"] = ldb.MessageElement([member], ldb.FLAG_MOD_ADD, "member")
        self.directory.modify(message)

    def leave(self, group: str, member: str) -> None:
        """Take `member` out of `group`."""
        message = ldb.Message(ldb.Dn(self.directory, group))
        message["member"] = ldb.MessageElement([member], ldb.FLAG_MOD_DELETE, "member")
        self.directory.modify(message)

    def grant(self, dn: str, trustee: str, rights: str = FULL_CONTROL, right_guid: str = "", flags: str = "") -> None:
        """Add an allow ACE for an account (or a SID) to an object."""
        sid = trustee if trustee.startswith("S-1-") else self.sid(trustee)
        kind = "OA" if right_guid else "A"
        self._descriptors.dacl_add_ace(dn, f"({kind};{flags};{rights};{right_guid};;{sid})")

    def entry(self, dn: str, text: str) -> None:
        """Add any access entry, in SDDL, to an object."""
        self._descriptors.dacl_add_ace(dn, text)

    def permissions(self, dn: str, text: str) -> None:
        """Replace the permissions of an object by these, in SDDL."""
        self._descriptors.modify_sd_on_dn(dn, text, controls=["sd_flags:1:4"])

    def protect(self, dn: str) -> None:
        """Protect an object from inheritance."""
        descriptor = self._descriptors.read_sd_on_dn(dn)
        descriptor.type |= security.SEC_DESC_DACL_PROTECTED
        self._descriptors.modify_sd_on_dn(dn, descriptor, controls=["sd_flags:1:4"])

    def revoke(self, dn: str, sid: str) -> None:
        """Take away all that is allowed to a SID on an object."""
        descriptor = self._descriptors.read_sd_on_dn(dn)
        descriptor.dacl_del(security.dom_sid(sid))
        self._descriptors.modify_sd_on_dn(dn, descriptor, controls=["sd_flags:1:4"])

    def generic(self, dn: str, account: str) -> None:
        """Add a generic right as such, which the server would have turned into plain ones."""
        descriptor = self._descriptors.read_sd_on_dn(dn)
        domain = security.dom_sid(self.directory.get_domain_sid())
        descriptor.dacl_add(security.descriptor.from_sddl(f"D:(A;;GR;;;{self.sid(account)})", domain).dacl.aces[0])
        self.late(dn, nTSecurityDescriptor=ndr_pack(descriptor))

    def own(self, dn: str, owner: str) -> None:
        """Change the owner of an object."""
        descriptor = self._descriptors.read_sd_on_dn(dn)
        descriptor.owner_sid = security.dom_sid(self.sid(owner))
        self._descriptors.modify_sd_on_dn(dn, descriptor, controls=["sd_flags:1:1"])

    def sid(self, account: str) -> str:
        """The SID of an account, by its sAMAccountName."""
        found = self.directory.search(BASE, expression=f"(sAMAccountName={account})", attrs=["objectSid"])
        return str(ndr_unpack(security.dom_sid, found[0]["objectSid"][0]))

    def group(self, name: str, *members: str) -> str:
        """A global security group of the administration."""
        parent = f"OU=Groupes,OU=Administration,{ROOT}"
        dn = self.add(f"CN={name},{parent}", "group", sAMAccountName=name, groupType="-2147483646")
        for member in members:
            self.join(dn, member)
        return dn


def plant(planter: Planter) -> None:
    """Plant everything."""
    steps: tuple[Callable[[Planter], None], ...] = (
        _privileged_accounts,
        _service_accounts,
        _delegations,
        _control_paths,
        _sensitive_containers,
        _certificates,
        _trusts,
        _domain_settings,
        _well_known_groups,
        _old_secrets,
        _identity_oddities,
        _laps,
        _population,
    )
    for step in steps:
        step(planter)


def _privileged_accounts(planter: Planter) -> None:
    planter.administrator("adm.fontaine", description="Administrateur du domaine")
    planter.administrator("adm.bérard", flags=NORMAL | NO_PREAUTH)
    planter.expect("privileged_without_preauth", netbios("adm.bérard"))
    planter.administrator("adm.legrand", password_age=1500)
    planter.expect("privileged_password_age", netbios("adm.legrand"))
    planter.administrator("adm.faure", flags=NORMAL | NEVER_EXPIRES | REVERSIBLE)
    planter.expect("privileged_never_expires", netbios("adm.faure"))
    planter.expect("privileged_reversible_password", netbios("adm.faure"))
    planter.account("adm.oublié", ADMINS, groups=(DOMAIN_ADMINS,))
    planter.expect("privileged_without_admin_count", netbios("adm.oublié"))
    planter.change(f"CN=Administrator,CN=Users,{BASE}", adminCount="1")
    planter.late(f"CN=Administrator,CN=Users,{BASE}", pwdLastSet=filetime(planter.now, 100))
    planter.expect("privileged_can_be_delegated", netbios("adm.fontaine"))
    planter.expect(
        "privileged_outside_protected_users", *map(netbios, ("adm.fontaine", "adm.legrand", "adm.faure", "adm.oublié"))
    )


def _service_accounts(planter: Planter) -> None:
    planter.account(
        "svc_sauvegarde",
        SERVICE_ACCOUNTS,
        NORMAL | NEVER_EXPIRES,
        groups=(DOMAIN_ADMINS,),
        adminCount="1",
        servicePrincipalName=["MSSQLSvc/srv-sauve01.hopital.test:1433"],
    )
    planter.expect("privileged_spn", netbios("svc_sauvegarde"))
    planter.expect("privileged_never_expires", netbios("svc_sauvegarde"))
    planter.account("svc_scanner", SERVICE_ACCOUNTS, NORMAL | NO_PREAUTH)
    planter.expect("without_preauth", netbios("svc_scanner"))
    planter.account("svc_automate", SERVICE_ACCOUNTS, NORMAL | DES_ONLY)
    planter.expect("des_only", netbios("svc_automate"))
    planter.account("svc_labo", SERVICE_ACCOUNTS, servicePrincipalName=["HTTP/srv-labo01.hopital.test"])
    planter.expect("service_without_aes", netbios("svc_labo"))
    planter.account("svc_copieur", SERVICE_ACCOUNTS, description="Scan vers dossier, mdp : Copieur2019")
    planter.expect("password_in_description", netbios("svc_copieur"))
    reader = security.descriptor.from_sddl(f"O:BAD:(A;;0xf01ff;;;{planter.sid('SRV-PACS01$')})", _domain_sid(planter))
    for name, age in (("gmsa_pacs", 12), ("gmsa_hl7", 210)):
        dn = planter.add(
            f"CN={name},CN=Managed Service Accounts,{BASE}",
            "msDS-GroupManagedServiceAccount",
            sAMAccountName=f"{name}$",
            userAccountControl=str(WORKSTATION),
            dNSHostName=f"{name}.hopital.test",
            msDS_ManagedPasswordInterval="30",
            msDS_SupportedEncryptionTypes="24",
            msDS_GroupMSAMembership=ndr_pack(reader),
        )
        planter.late(dn, pwdLastSet=filetime(planter.now, age))
    planter.expect("managed_account_password_age", netbios("gmsa_hl7$"))


def _delegations(planter: Planter) -> None:
    printing = f"CN=SRV-PRINT01,OU=Serveurs,{ROOT}"
    planter.change(printing, userAccountControl=str(WORKSTATION | TRUSTED_FOR_DELEGATION))
    planter.expect("unconstrained_delegation", netbios("SRV-PRINT01$"))
    to_dc = ["ldap/dc1.hopital.test", "ldap/DC1"]
    planter.account("svc_intranet", SERVICE_ACCOUNTS, msDS_AllowedToDelegateTo=to_dc)
    planter.expect("constrained_delegation_to_controller", netbios("svc_intranet"))
    planter.account("svc_ged", SERVICE_ACCOUNTS, NORMAL | TRUSTED_TO_AUTH, msDS_AllowedToDelegateTo=to_dc)
    planter.expect("protocol_transition_to_controller", netbios("svc_ged"))
    acting = security.descriptor.from_sddl(
        f"O:BAD:(A;;{FULL_CONTROL};;;{planter.sid('SRV-TEST01$')})", _domain_sid(planter)
    )
    planter.change(DC1, relax=True, msDS_AllowedToActOnBehalfOfOtherIdentity=ndr_pack(acting))
    planter.expect("resource_delegation_on_controller", netbios("DC1$"))


def _control_paths(planter: Planter) -> None:
    technician = planter.account("tech.support", f"OU=DSI,OU=Utilisateurs,{ROOT}")
    planter.group("GG_Support_N1", technician)
    planter.grant(f"CN=adm.fontaine,{ADMINS}", "GG_Support_N1")
    planter.expect("control_path_to_tier_zero", netbios("GG_Support_N1"), about=netbios("adm.fontaine"))
    planter.account("svc_annuaire", SERVICE_ACCOUNTS)
    for guid in GET_CHANGES:
        planter.grant(BASE, "svc_annuaire", "CR", guid)
    planter.expect("control_of_naming_contexts", netbios("svc_annuaire"), about=BASE)
    holder = f"CN=AdminSDHolder,CN=System,{BASE}"
    planter.grant(holder, "tech.support")
    planter.expect("control_of_admin_sd_holder", netbios("tech.support"), about=holder)
    planter.grant(DC1, "svc_annuaire", "WD")
    planter.expect("control_of_controllers", netbios("svc_annuaire"), about=netbios("DC1$"))
    planter.grant(ADMINS, "GG_Support_N1", "WDWP", flags="CI")
    planter.expect("control_of_privileged_containers", netbios("GG_Support_N1"), about=ADMINS)
    planter.own(f"CN=SRV-TEST01,OU=Serveurs,{ROOT}", "tech.support")
    planter.expect("unusual_owner", netbios("SRV-TEST01$"))
    one, other = planter.group("GG_Boucle_A"), planter.group("GG_Boucle_B")
    planter.join(one, other)
    planter.join(other, one)
    planter.expect("group_loop", netbios("GG_Boucle_A"), netbios("GG_Boucle_B"))


def _sensitive_containers(planter: Planter) -> None:
    planter.account("svc_dns", SERVICE_ACCOUNTS)
    names = f"CN=MicrosoftDNS,CN=System,{BASE}"
    replication = f"CN=DFSR-GlobalSettings,CN=System,{BASE}"
    schema = f"CN=Schema,{CONFIG}"
    for dn in (names, replication, schema, DEFAULT_GPO):
        planter.grant(dn, "svc_dns", "WD")
    account = netbios("svc_dns")
    planter.expect("control_of_dns_server", account, about=names, reader="administrator")
    planter.expect("control_of_sysvol_replication", account, about=replication)
    planter.expect("control_of_schema", account, about=schema)
    planter.expect("control_of_privileged_policies", account, about=DEFAULT_GPO)
    planter.expect("policies_recently_changed", DEFAULT_GPO)
    replica = f"CN=Domain System Volume (SYSVOL share),CN=File Replication Service,CN=System,{BASE}"
    planter.add(replica, "nTFRSReplicaSet", fRSReplicaSetType="2")
    planter.expect("sysvol_over_ntfrs", replica)
    menu = f"CN=user-Display,CN=40C,CN=DisplaySpecifiers,{CONFIG}"
    planter.change(menu, adminContextMenu=SCRIPTED_MENU)
    planter.expect("display_specifier_script", menu)


def _certificates(planter: Planter) -> None:
    for dn in (
        f"CN=Certificate Templates,{PKI}",
        f"CN=Enrollment Services,{PKI}",
        f"CN=Certification Authorities,{PKI}",
    ):
        container(planter, dn)
    weak = f"CN=CA-HOPITAL-2009,CN=Certification Authorities,{PKI}"
    planter.add(
        weak,
        "certificationAuthority",
        cACertificate=WEAK_CA,
        authorityRevocationList=b"\0",
        certificateRevocationList=b"\0",
    )
    planter.expect("ca_certificate_weak", weak)
    open_template = template(planter, "AccesDistant", name_flag="1", enrollment_flag="0")
    planter.grant(open_template, "S-1-5-11", "CR", ENROLL)
    planter.expect("template_subject_choice", open_template)
    held = template(planter, "PosteMedical", name_flag="402653184", enrollment_flag="2")
    planter.grant(held, "tech.support", "WD")
    planter.expect("control_of_published_templates", netbios("tech.support"), about=held)
    template(planter, "Serveur", name_flag="1", enrollment_flag="2")
    service = planter.add(
        f"CN=CA-HOPITAL,CN=Enrollment Services,{PKI}",
        "pKIEnrollmentService",
        cACertificate=WEAK_CA,
        certificateTemplates=["AccesDistant", "PosteMedical", "Serveur"],
        dNSHostName="srv-ca01.hopital.test",
    )
    planter.grant(service, "S-1-5-11", "CR", ENROLL)
    trusted = planter.add(
        f"CN=NTAuthCertificates,{PKI}",
        "certificationAuthority",
        cACertificate=WEAK_CA,
        authorityRevocationList=b"\0",
        certificateRevocationList=b"\0",
    )
    planter.grant(trusted, "tech.support", "WP")
    planter.expect("control_of_pki", netbios("tech.support"), about=trusted)


def container(planter: Planter, dn: str) -> None:
    parent = dn.partition(",")[2]
    for place in (parent, dn):
        if not planter.directory.search(SERVICES, expression=f"(distinguishedName={place})", attrs=["cn"]):
            planter.add(place, "container")


def template(planter: Planter, name: str, name_flag: str, enrollment_flag: str) -> str:
    """A version 2 template for client authentication, two years."""
    return planter.add(
        f"CN={name},CN=Certificate Templates,{PKI}",
        "pKICertificateTemplate",
        displayName=name,
        flags="131642",
        revision="100",
        pKIDefaultKeySpec="1",
        pKIMaxIssuingDepth="0",
        pKIKeyUsage=b"\xa0\x00",
        pKIExpirationPeriod=b"\x00\x80\x72\x0e\x5d\xc2\xfd\xff",
        pKIOverlapPeriod=b"\x00\x80\xa6\x0a\xff\xde\xff\xff",
        pKIExtendedKeyUsage=["1.3.6.1.5.5.7.3.2"],
        msPKI_Certificate_Name_Flag=name_flag,
        msPKI_Enrollment_Flag=enrollment_flag,
        msPKI_Private_Key_Flag="16842768",
        msPKI_RA_Signature="0",
        msPKI_Minimal_Key_Size="2048",
        msPKI_Template_Schema_Version="2",
        msPKI_Template_Minor_Revision="1",
        msPKI_Cert_Template_OID=f"1.3.6.1.4.1.311.21.8.{sum(name.encode())}.1",
        msPKI_Certificate_Application_Policy=["1.3.6.1.5.5.7.3.2"],
    )


def _trusts(planter: Planter) -> None:
    """Clinique: an external trust without quarantine. GHT: a forest trust that lets SID history in."""
    table = (("clinique.test", "CLINIQUE", "0", "1001"), ("ght.test", "GHT", str(0x8 | 0x40 | 0x800), "1002"))
    for partner, flat, attributes, last in table:
        sid = security.dom_sid(f"S-1-5-21-3623811015-3361044348-{last}")
        planter.add(
            f"CN={partner},CN=System,{BASE}",
            "trustedDomain",
            relax=True,
            trustPartner=partner,
            flatName=flat,
            trustDirection="3",
            trustType="2",
            trustAttributes=attributes,
            securityIdentifier=ndr_pack(sid),
        )
    clinic, group = (f"CN={partner},CN=System,{BASE}" for partner, *_ in table)
    planter.expect("trust_without_quarantine", clinic, about="clinique.test")
    planter.expect("forest_trust_sid_history", group, about="ght.test")
    planter.expect("trust_tgt_delegation", group, about="ght.test")
    planter.expect("trust_open_to_all", clinic, group)
    account = planter.account("CLINIQUE$", f"CN=Users,{BASE}", password_age=800)
    planter.late(account, userAccountControl=str(TRUST_ACCOUNT))
    planter.expect("trust_password_age", netbios("CLINIQUE$"))


def _domain_settings(planter: Planter) -> None:
    settings = f"CN=Directory Service,CN=Windows NT,{SERVICES}"
    planter.change(settings, dSHeuristics="0000002")
    planter.expect("ds_heuristics_weak", DOMAIN, about=settings)
    planter.expect("ds_heuristics_enforcement", DOMAIN, about=settings)
    planter.change(BASE, minPwdLength="7", maxPwdAge="-9223372036854775808", ms_DS_MachineAccountQuota="10")
    planter.expect("weak_password_policy", DOMAIN)
    planter.expect("machine_account_quota", DOMAIN)
    planter.expect("functional_level_2012r2", DOMAIN)
    planter.expect("functional_level_2016", DOMAIN)
    planter.expect("recycle_bin_disabled", DOMAIN)
    planter.expect("no_service_password_policy", DOMAIN, reader="administrator")
    planter.expect("smartcard_secrets_kept", DOMAIN)
    _update_marker(planter)
    _open_zone(planter)
    planter.change(DC1, operatingSystem="Windows Server 2012 R2 Standard", operatingSystemVersion="6.3 (9600)")
    planter.expect("controller_obsolete", netbios("DC1$"))
    planter.change(DC1, msDS_SupportedEncryptionTypes="31")
    planter.expect("controller_des", netbios("DC1$"))
    planter.expect("controller_rc4", netbios("DC1$"))


def _update_marker(planter: Planter) -> None:
    marker = f"CN=ActiveDirectoryUpdate,CN=DomainUpdates,CN=System,{BASE}"
    if planter.directory.search(BASE, expression=f"(distinguishedName={marker})", attrs=["cn"]):
        planter.change(marker, revision="15")
    else:
        planter.add(marker, "container", revision="15")
    planter.expect("key_admins_too_powerful", marker)


def _open_zone(planter: Planter) -> None:
    """Let anyone update the domain's DNS zone: property ALLOW_UPDATE set to `unsecure`."""
    zone = f"DC=hopital.test,CN=MicrosoftDNS,DC=DomainDnsZones,{BASE}"
    stored = planter.directory.search(zone, scope=ldb.SCOPE_BASE, attrs=["dNSProperty"])[0]["dNSProperty"]
    values = []
    for value in stored:
        item = ndr_unpack(dnsp.DnsProperty, value)
        if item.id == dnsp.DSPROPERTY_ZONE_ALLOW_UPDATE:
            item.data = dnsp.DNS_ZONE_UPDATE_UNSECURE
        values.append(ndr_pack(item))
    planter.change(zone, dNSProperty=values)
    planter.expect("dns_zone_open_updates", zone)


def _well_known_groups(planter: Planter) -> None:
    supplier = planter.account("prest_reseau", SUPPLIERS)
    planter.join(f"CN=DnsAdmins,CN=Users,{BASE}", supplier)
    planter.expect("dns_admins", netbios("prest_reseau"), about=f"CN=DnsAdmins,CN=Users,{BASE}")
    legacy = f"CN=Pre-Windows 2000 Compatible Access,CN=Builtin,{BASE}"
    planter.join(legacy, "<SID=S-1-5-7>")
    anonymous = f"CN=Anonymous Logon,CN=WellKnown Security Principals,{CONFIG}"
    planter.expect("pre_windows_2000_anonymous", anonymous)
    planter.expect("pre_windows_2000_members", anonymous, about=legacy)
    planter.expect("pre_windows_2000_authenticated", f"CN=S-1-5-11,CN=ForeignSecurityPrincipals,{BASE}")
    planter.change(f"CN=Guest,CN=Users,{BASE}", userAccountControl=str(NORMAL | NEVER_EXPIRES))
    planter.expect("guest_enabled", netbios("Guest"))


def _old_secrets(planter: Planter) -> None:
    planter.late(f"CN=krbtgt,CN=Users,{BASE}", pwdLastSet=filetime(planter.now, 900))
    planter.expect("krbtgt_password_age", netbios("krbtgt"))
    planter.late(DC1, pwdLastSet=filetime(planter.now, 70), lastLogonTimestamp=filetime(planter.now, 1))
    planter.expect("controller_password_age", netbios("DC1$"))
    servers = f"OU=Serveurs,{ROOT}"
    for name, age in (("SRV-ECG01", 200), ("SRV-STERIL01", 60), ("SRV-SQLCLUSTER", 1300)):
        planter.late(f"CN={name},{servers}", pwdLastSet=filetime(planter.now, age))
    planter.expect("server_password_age_90", netbios("SRV-ECG01$"))
    planter.expect("server_password_age_45", netbios("SRV-STERIL01$"))
    planter.expect("cluster_password_age", netbios("SRV-SQLCLUSTER$"))
    planter.change(f"CN=SRV-SQLCLUSTER,{servers}", servicePrincipalName=["MSClusterVirtualServer/SRV-SQLCLUSTER"])
    planter.late(f"CN=SRV-ENDO01,{servers}", lastLogonTimestamp=filetime(planter.now, 130))
    planter.expect("servers_silent", netbios("SRV-ENDO01$"))
    old = {"operatingSystem": "Windows Server 2008 R2 Standard", "operatingSystemVersion": "6.1 (7601)"}
    planter.change(f"CN=SRV-ECG01,{servers}", **old)
    planter.expect("obsolete_systems", netbios("SRV-ECG01$"))
    planter.generic(f"CN=SRV-SQLCLUSTER,{servers}", "svc_dns")
    planter.expect("generic_rights", netbios("svc_dns"), about=f"CN=SRV-SQLCLUSTER,{servers}")


def _identity_oddities(planter: Planter) -> None:
    migrated = planter.account("migration.ght", ADMINS)
    planter.change(migrated, relax=True, sIDHistory=ndr_pack(security.dom_sid("S-1-5-21-111-222-333-512")))
    planter.expect("sid_history_dangerous", netbios("migration.ght"))
    planter.expect("sid_history_present", netbios("migration.ght"))
    twin = planter.account("double.fond", f"OU=DSI,OU=Utilisateurs,{ROOT}")
    planter.change(twin, relax=True, sIDHistory=ndr_pack(security.dom_sid(f"{_domain_sid(planter)}-512")))
    planter.expect("sid_history_own_domain", netbios("double.fond"))
    hidden = planter.account("stagiaire.it", f"OU=DSI,OU=Utilisateurs,{ROOT}")
    planter.join(DOMAIN_ADMINS, hidden)
    planter.change(hidden, primaryGroupID="512")
    planter.expect("primary_group_below_1000", netbios("stagiaire.it"))
    planter.expect("primary_group_changed", netbios("stagiaire.it"))


def _laps(planter: Planter) -> None:
    """LAPS manages two servers out of three; the first ones, so that the rest is a round list. On the first of all it
    stopped: its password expired long ago (`tests/lab/workstations.py`)."""
    covered = len(SERVERS) * 2 // 3
    for number, name in enumerate(SERVERS):
        account = f"SRV-{name}"
        if number >= covered:
            planter.expect("laps_coverage", netbios(f"{account}$"))
            continue
        generation = "msLAPS_PasswordExpirationTime" if number % 2 else "ms_Mcs_AdmPwdExpirationTime"
        expires = {generation: filetime(planter.now, 45 if number == 0 else -20)}
        planter.change(f"CN={account},OU=Serveurs,{ROOT}", **expires)


def _population(planter: Planter) -> None:
    """Faults carried by the ordinary population (see `hospital`): a share over a threshold, no subject of its own."""
    planter.expect("dormant_accounts", DOMAIN)
    planter.expect("never_expires_ratio", DOMAIN)


def _domain_sid(planter: Planter) -> security.dom_sid:
    return security.dom_sid(planter.directory.get_domain_sid())
