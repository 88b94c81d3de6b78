"""Two establishments: one where every rule is silent, one where every rule speaks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from scanners.exposure.domain_facts import (
    DkimKey,
    DmarcRecord,
    Domain,
    FoundName,
    MailServer,
    MtaSts,
    NameOrigin,
    NameServer,
    Policy,
    Signature,
    SpfRecord,
)
from scanners.exposure.facts import (
    Certificate,
    Cookie,
    ExposureFacts,
    Host,
    Http,
    Port,
    SecurityText,
    Service,
    Site,
    Ssh,
    Tls,
)
from scanners.model import Scalar
from scanners.vulnerabilities.model import Compared, Confidence, Flaw, KnownFlaws, Source, SourceState

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
SOUND = Certificate(
    subject="CN=portail.hopital.test",
    issuer="CN=Autorité",
    names=("portail.hopital.test", "*.ght.test"),
    not_before=NOW - timedelta(days=30),
    not_after=NOW + timedelta(days=200),
    key_type="EC",
    key_bits=256,
    signature_hash="sha256",
    self_signed=False,
    sha256="00" * 32,
)
MODERN = ("TLS 1.2", "TLS 1.3")
SAFE_TLS = Tls(
    MODERN,
    certificate=SOUND,
    forward_secrecy=True,
    authenticated_modes=True,
    server_order=True,
    dh_bits=2048,
    secure_renegotiation=True,
    compression=False,
    trusted=True,
    chain=(SOUND.subject, "CN=Autorité"),
    chain_ordered=True,
    stapled=False,
)


RECENT = tuple(SourceState(source, NOW - timedelta(days=2), NOW, 1000) for source in Source)


def compared(*products: Compared) -> KnownFlaws:
    """A comparison with whole and recent data."""
    return KnownFlaws(NOW, RECENT, products)


def web(number: int, http: Http, tls: Tls | None = None, **service: str) -> Port:
    """A port that answers to HTTP."""
    return Port(number, Service("http", encrypted=tls is not None, **service), tls=tls, http=http)  # type: ignore[arg-type]


def host(address: str, *ports: Port, names: tuple[str, ...] = ()) -> Host:
    """A host with some open ports."""
    return Host(address, names, ports, closed=1000)


SAFE_DOMAIN = Domain(
    "hopital.test",
    spf=(
        SpfRecord("hopital.test", ("v=spf1 mx include:_spf.ght.test -all",)),
        SpfRecord("_spf.ght.test", ("v=spf1 ip4:192.0.2.8 ~all",)),
    ),
    dmarc=DmarcRecord("hopital.test", ("v=DMARC1; p=reject; rua=mailto:dmarc@hopital.test",)),
    dkim=(DkimKey("s2026", "rsa", 2048),),
    mail_servers=(
        MailServer("mx.hopital.test", 10, ("192.0.2.2",), tlsa=("3 1 1 00",), signed=True, dane_matches=True),
    ),
    mta_sts=MtaSts(("v=STSv1; id=1",), Policy.READ, "version: STSv1\nmode: enforce\nmx: *.hopital.test", ""),
    tls_rpt=("v=TLSRPTv1; rua=mailto:tls@hopital.test",),
    caa=('0 issue "autorite.test"',),
    name_servers=(
        NameServer("ns1.hopital.test", ("192.0.2.3",), transfer=False), NameServer("ns2.ght.test", ("198.51.100.3",))
    ),
    signature=Signature.SOUND,
)  # fmt: skip


def facts(
    *hosts: Host, domains: tuple[Domain, ...] = (SAFE_DOMAIN,), names: tuple[FoundName, ...] = ()
) -> ExposureFacts:
    """Facts made of these hosts, and of a domain without a fault."""
    return ExposureFacts(
        collected_at=NOW,
        targets=("192.0.2.0/28",),
        mandate_reference="CONV-2026-17",
        authorised_by="Claire Durand, Directrice générale",
        profile="standard",
        ports="1-65535",
        hosts=hosts,
        domains=domains,
        found_names=names,
    )


SAFE_SSH = Ssh(
    "2.0",
    ("curve25519-sha256", "ecdh-sha2-nistp256", "kex-strict-s-v00@openssh.com"),
    ("ssh-ed25519", "rsa-sha2-512"),
    ("aes256-gcm@openssh.com", "aes256-ctr", "chacha20-poly1305@openssh.com"),
    ("hmac-sha2-256", "hmac-sha1", "umac-128@openssh.com"),
    (("rsa-sha2-512", 3072), ("ssh-ed25519", 256)),
    dh_bits=2048,
    audited=True,
)
HSTS = (("server", "nginx"), ("strict-transport-security", "max-age=31536000"))
PROTECTED = (
    *HSTS,
    ("content-type", "text/html; charset=utf-8"),
    ("content-security-policy", "default-src 'self'; frame-ancestors 'none'"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
)
SESSION = Cookie("SESSIONID", secure=True, http_only=True, same_site="Lax")
CONTACT = SecurityText(True, ("mailto:ssi@hopital.test",), NOW + timedelta(days=100))
GOOD_PAGE = Http(200, "Portail patient", headers=PROTECTED, cookies=(SESSION,), security_text=CONTACT)
HEALTHY = facts(
    host(
        "192.0.2.1",
        web(
            80,
            Http(
                301, location="https://portail.hopital.test/", redirects=("https://portail.hopital.test/",), invented=""
            ),
            product="nginx",
        ),
        replace(web(443, GOOD_PAGE, SAFE_TLS), sites=(Site("agenda.ght.test", GOOD_PAGE, SOUND),)),
        names=("portail.hopital.test", "agenda.ght.test"),
    ),
    host(
        "192.0.2.2",
        Port(
            22,
            Service("ssh", "OpenSSH", "9.2p1 Debian-2+deb12u10", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10"),
            ssh=SAFE_SSH,
        ),
        Port(
            25,
            Service("smtp", "Postfix", encrypted=True, traits=("relay_refused",)),
            tls=replace(SAFE_TLS, started_by="smtp"),
        ),
        Port(53, Service("dns", traits=("recursion_refused",)), protocol="udp"),
        Port(123, Service("ntp", "NTP", traits=("control_refused",)), protocol="udp"),
        Port(500, Service("ike", "IPsec", "2"), protocol="udp"),
        Port(993, Service("imap", "Dovecot", encrypted=True), tls=SAFE_TLS),
        Port(990, Service("ftp", encrypted=True, open_access=False)),
    ),
    names=(
        FoundName("portail.hopital.test", NameOrigin.TARGET, ("192.0.2.1",)),
        FoundName("agenda.ght.test", NameOrigin.CERTIFICATE, ("192.0.2.1",), alias="portail.hopital.test"),
    ),
)
HEALTHY = replace(
    HEALTHY,
    vulnerabilities=compared(
        Compared("openbsd:openssh", "9.2p1 Debian-2+deb12u10", ("192.0.2.2:22/tcp",), corrected=4)
    ),
)

_EXPIRED = replace(
    SOUND,
    not_after=NOW - timedelta(days=1),
    key_type="RSA",
    key_bits=1024,
    issuer=SOUND.subject,
    self_signed=True,
    names=("ancien.hopital.test",),
)
_OLD_SSH = Ssh(
    "1.99",
    ("diffie-hellman-group1-sha1", "curve25519-sha256"),
    ("ssh-dss", "ssh-rsa", "ssh-ed25519"),
    ("3des-cbc", "aes128-cbc", "aes256-ctr"),
    ("hmac-md5", "hmac-sha1-96", "hmac-sha2-256", "hmac-sha2-256-etm@openssh.com"),
    (("ssh-rsa", 1024), ("ssh-ed25519", 256)),
    dh_bits=1024,
    audited=True,
)
_OLD_TLS = Tls(
    ("SSL 2.0", "SSL 3.0", "TLS 1.0"),
    ("TLS_RSA_WITH_RC4_128_SHA",),
    _EXPIRED,
    forward_secrecy=False,
    authenticated_modes=False,
    server_order=False,
    dh_bits=1024,
    secure_renegotiation=False,
    compression=True,
    fallback_refused=False,
    trusted=False,
    trust_error="self_signed",
    chain=(_EXPIRED.subject,),
    chain_ordered=True,
    stapled=False,
)
_ODD_TLS = replace(
    SAFE_TLS,
    versions=("TLS 1.2",),
    certificate=replace(
        SOUND,
        not_before=NOW - timedelta(days=300),
        not_after=NOW + timedelta(days=30),
        signature_hash="sha1",
        names=("nouveau.hopital.test",),
    ),
    weak_ciphers=("TLS_RSA_WITH_3DES_EDE_CBC_SHA",),
    static_ciphers=("TLS_RSA_WITH_AES_128_CBC_SHA",),
    authenticated_modes=False,
    trusted=False,
    trust_error="unknown_root",
    chain=(SOUND.subject, "CN=Autre"),
    chain_ordered=False,
)
_EARLY_TLS = replace(
    SAFE_TLS,
    certificate=replace(
        SOUND, not_before=NOW + timedelta(days=1), not_after=NOW + timedelta(days=900), must_staple=True
    ),
    trusted=False,
    trust_error="issuer_missing",
    missing_issuer="CN=Autorité",
)
_OLD_HEADERS = (("server", "Apache/2.2.15 (Win32) OpenSSL/1.0.2k"), ("x-powered-by", "PHP/5.3.3"))
_SEARCH_NODE = '{"name":"a","cluster_name":"dpi","version":{"number":"7.10.2"}}'
_STATUS = '{"kind": "Status", "apiVersion": "v1"}'

BARE_PAGE = Http(
    200,
    "Extranet",
    headers=(
        ("content-type", "text/html"),
        ("strict-transport-security", "max-age=3600"),
        ("content-security-policy", "script-src * 'unsafe-inline'"),
    ),
    cookies=(Cookie("PHPSESSID", secure=False, http_only=False),),
    security_text=SecurityText(),
)
BROKEN_DOMAINS = (
    Domain(
        "nu.test",
        mail_servers=(MailServer("", 10),),
        name_servers=(NameServer("ns.nu.test"),),
        signature=Signature.NONE,
    ),
    replace(
        SAFE_DOMAIN,
        name="ouvert.test",
        spf=(SpfRecord("ouvert.test", ("v=spf1 +all",)),),
        dmarc=DmarcRecord("ouvert.test", ("v=DMARC1; p=none",)),
        dkim=(DkimKey("vieux", "rsa", 1024),),
        mail_servers=(
            MailServer("mx.ouvert.test", 10, ("192.0.2.2",), tlsa=("3 1 1 00",), signed=True, dane_matches=False),
        ),
        name_servers=(
            NameServer("ns.ouvert.test", ("192.0.2.3",), transfer=True),
            NameServer("ns2.ouvert.test", ("192.0.2.4",)),
        ),
        signature=Signature.BROKEN,
        signature_detail="expired",
    ),
    replace(
        SAFE_DOMAIN,
        name="alias.test",
        mail_servers=(
            MailServer("mx.hopital.test", 10, ("192.0.2.2",), alias=True),
            MailServer("mx.fini.example", 20, missing="mx.fini.example"),
        ),
        mta_sts=MtaSts(),
    ),
    replace(SAFE_DOMAIN, name="neutre.test", spf=(SpfRecord("neutre.test", ("v=spf1 mx ?all",)),)),
    replace(SAFE_DOMAIN, name="double.test", spf=(SpfRecord("double.test", ("v=spf1 mx -all", "v=spf1 -all")),)),
)

BROKEN = facts(
    host(
        "192.0.2.10",
        web(80, Http(200, "Administration GTB", password_field=True)),
        web(443, Http(200, "Welcome to nginx!"), _OLD_TLS),
        web(8081, Http(200, "Index of /", headers=_OLD_HEADERS)),
        web(8444, Http(200, "ok", headers=HSTS), _ODD_TLS),
        web(10443, Http(200, "Please Login", location="/remote/login")),
        names=("nouveau.hopital.test",),
    ),
    host(
        "192.0.2.11",
        Port(21, Service("ftp", "vsFTPd", "3.0.3", open_access=True, encrypted=False)),
        Port(22, Service("ssh", "OpenSSH", "5.5p1", "SSH-1.99-OpenSSH_5.5p1"), ssh=_OLD_SSH),
        Port(23, Service("telnet", banner="login:")),
        Port(25, Service("smtp", "Postfix", encrypted=False, traits=("relay_open",))),
        Port(53, Service("dns", traits=("recursion_open",)), protocol="udp"),
        Port(110, Service("pop3", encrypted=False)),
        Port(513, Service("rlogin", source="nmap")),
        Port(873, Service("rsync")),
        Port(4000),
    ),
    host(
        "192.0.2.12",
        Port(445, Service("smb", "SMB", "2.1", traits=("signing_not_required", "smb1"))),
        Port(389, Service("ldap", "Active Directory")),
        Port(1883, Service("mqtt", open_access=True)),
        Port(5432, Service("postgresql", "PostgreSQL", encrypted=False)),
        Port(6379, Service("redis", "Redis", "7.0.15", open_access=True)),
        Port(11211, Service("memcached", "memcached", "1.6.18", open_access=True)),
        Port(27017, Service("mongodb", "MongoDB")),
        web(2375, Http(404, headers=(("docker-experimental", "false"),)), version="20.10.24"),
        web(5985, Http(404)),
        web(6443, Http(403, text=_STATUS), _EARLY_TLS),
        web(9200, Http(200, text=_SEARCH_NODE)),
    ),
    host(
        "192.0.2.13",
        Port(104, Service("dicom", open_access=True)),
        Port(502, Service("modbus", source="port")),
        Port(2575, Service("hl7", source="port")),
        Port(3389, Service("rdp", traits=("nla_not_required",))),
        Port(5900, Service("vnc", version="003.008", open_access=True)),
        Port(9100, Service("raw-printing", source="port")),
        Port(161, Service("snmp"), protocol="udp"),
    ),
    host(
        "192.0.2.16",
        Port(123, Service("ntp", "ntpd", "4.2.8p12", traits=("control_open",)), protocol="udp"),
        Port(554, Service("rtsp", "Dahua Rtsp Server", open_access=True)),
        Port(623, Service("ipmi", "IPMI"), protocol="udp"),
        Port(1900, Service("ssdp", "UPnP"), protocol="udp"),
        Port(3702, Service("ws-discovery", "ONVIF", traits=("camera",)), protocol="udp"),
        Port(4899, Service("radmin", source="nmap")),
        Port(9392, Service("veeam", "Veeam Backup & Replication")),
        web(9443, Http(302, location="/bareos-webui/auth/login"), Tls(MODERN, (), SOUND)),
    ),
    Host("192.0.2.14", answers_everything=True),
    host(
        "192.0.2.15",
        web(9443, BARE_PAGE, Tls(MODERN, (), SOUND)),
        web(9080, Http(302, location="http://192.0.2.10/a", redirects=("/a", "/"), loops=True, invented="http://care-audit.invalid/")),
        web(9444, Http(302, redirects=("http://192.0.2.10/",)), Tls(MODERN, (), SOUND)),
        web(9445, Http(302, location="/owa/"), Tls(MODERN, (), SOUND)),
        web(9446, Http(302, location="/glpi/index.php"), Tls(MODERN, (), SOUND)),
        web(9447, Http(302, location="/dcm4chee-arc/ui2/"), Tls(MODERN, (), SOUND)),
    ),
    domains=BROKEN_DOMAINS,
    names=(
        FoundName("ancien.hopital.test", NameOrigin.WORDLIST, alias="ancien-hopital.azurewebsites.net", gone=True),
        FoundName("bis.ouvert.test", NameOrigin.WORDLIST, alias="parti.ouvert.test", gone=True),
        FoundName("rh.hopital.test", NameOrigin.FILE, outside=("203.0.113.9",)),
        FoundName(
            "siege.hopital.test", NameOrigin.TARGET, outside=("203.0.113.40",), moved_to=("203.0.113.40",),
            lived_at=("192.0.2.10",),
        ),
    ),
)  # fmt: skip
_APACHE = Compared(
    "apache:http_server",
    "2.2.15",
    ("192.0.2.10:8081/tcp",),
    (
        Flaw("CVE-2021-40438", Confidence.ANNOUNCED, "< 2.4.49", 9.0, "2021-12-01", True, 0.94, weakness="CWE-918"),
        Flaw(
            "CVE-2023-25690",
            Confidence.CONFIRMED,
            "< 2.4.56",
            9.8,
            epss=0.7,
            fixed_in="2.4.56-1~deb11u1",
            weakness="CWE-444",
        ),
        Flaw("CVE-2017-7679", Confidence.ANNOUNCED, "< 2.2.33", 8.9),
        Flaw("CVE-2017-9788", Confidence.TO_CONFIRM, "< 2.2.34", 9.1),
        Flaw("CVE-2017-15715", Confidence.TO_CONFIRM, "< 2.4.30", 8.1),
        Flaw("CVE-2019-0211", Confidence.TO_CONFIRM, "*", 7.8, "2021-11-03", weakness="CWE-416"),
    ),
)
_GATEWAY = Compared("fortinet:fortios", "", ("192.0.2.10:10443/tcp",), exploited=14, exploited_last="2026-05-30")
BROKEN = replace(BROKEN, vulnerabilities=compared(_APACHE, _GATEWAY))

Expected = dict[str, set[str]]


def _on(address: str, *ports: int) -> set[str]:
    return {f"192.0.2.{address}:{port}/tcp" for port in ports}


EXPECTED: Expected = {
    "admin_interface_exposed": _on("10", 80),
    "answers_on_every_port": {"192.0.2.14"},
    "backup_exposed": _on("16", 9392, 9443),
    "camera_exposed": {*_on("16", 554), "192.0.2.16:3702/udp"},
    "camera_without_password": _on("16", 554),
    "management_board_exposed": {"192.0.2.16:623/udp"},
    "remote_control_exposed": _on("16", 4899),
    "udp_amplifier": {f"192.0.2.16:{port}/udp" for port in (123, 1900, 3702)},
    "certificate_chain_disordered": _on("10", 8444),
    "certificate_chain_incomplete": _on("12", 6443),
    "attacked_application_exposed": _on("15", 9446),
    "caa_missing": {"nu.test"},
    "certificate_expired": _on("10", 443),
    "certificate_expiring": _on("10", 8444),
    "certificate_long_validity": _on("12", 6443),
    "certificate_name_mismatch": _on("10", 443),
    "certificate_not_yet_valid": _on("12", 6443),
    "certificate_self_signed": _on("10", 443),
    "certificate_staple_missing": _on("12", 6443),
    "certificate_untrusted": _on("10", 8444),
    "certificate_weak_key": _on("10", 443),
    "certificate_weak_signature": _on("10", 8444),
    "critical_vulnerability": {"192.0.2.10:8081/tcp apache:http_server CVE-2023-25690"},
    "critical_vulnerability_to_confirm": {"192.0.2.10:8081/tcp apache:http_server"},
    "content_policy_permissive": _on("15", 9443),
    "cookie_without_secure": _on("15", 9443),
    "dane_broken": {"ouvert.test"},
    "dangling_name": {"ancien.hopital.test"},
    "dangling_own_name": {"bis.ouvert.test"},
    "database_exposed": _on("12", 5432),
    "default_page": _on("10", 443),
    "delegation_fragile": {"nu.test"},
    "dicom_exposed": _on("13", 104),
    "dicom_open_association": _on("13", 104),
    "directory_listing": _on("10", 8081),
    "dkim_weak_key": {"ouvert.test"},
    "dmarc_missing": {"nu.test"},
    "dmarc_not_enforced": {"ouvert.test"},
    "dmarc_without_reports": {"ouvert.test"},
    "dnssec_broken": {"ouvert.test"},
    "dnssec_missing": {"nu.test"},
    "docker_api_open": _on("12", 2375),
    "elasticsearch_open": _on("12", 9200),
    "end_of_life_software": _on("10", 8081),
    "exploited_product_version_unknown": {"192.0.2.10:10443/tcp fortinet:fortios"},
    "exploited_vulnerability": {"192.0.2.10:8081/tcp apache:http_server CVE-2021-40438"},
    "exploited_vulnerability_to_confirm": {"192.0.2.10:8081/tcp apache:http_server CVE-2019-0211"},
    "file_service_exposed": _on("11", 873),
    "ftp_anonymous": _on("11", 21),
    "ftp_clear_text": _on("11", 21),
    "hl7_exposed": _on("13", 2575),
    "hsts_missing": _on("10", 443),
    "hsts_short": _on("15", 9443),
    "http_without_https": _on("10", 80, 8081, 10443) | _on("12", 9200),
    "imaging_viewer_exposed": _on("15", 9447),
    "industrial_protocol_exposed": _on("13", 502),
    "known_vulnerability": {"192.0.2.10:8081/tcp apache:http_server"},
    "kubernetes_exposed": _on("12", 6443),
    "ldap_exposed": _on("12", 389),
    "legacy_remote_shell": _on("11", 513),
    "login_over_http": _on("10", 80),
    "mail_access_clear_text": _on("11", 110),
    "mail_server_alias": {"alias.test"},
    "mail_server_claimable": {"alias.test"},
    "mail_server_lost": {"nu.test"},
    "mail_transport_not_enforced": {"alias.test", "nu.test"},
    "memcached_exposed": _on("12", 11211),
    "mongodb_exposed": _on("12", 27017),
    "mqtt_open": _on("12", 1883),
    "mta_sts_broken": {"ouvert.test"},
    "name_moved": {"siege.hopital.test"},
    "name_outside_mandate": {"rh.hopital.test"},
    "open_relay": _on("11", 25),
    "open_resolver": {"192.0.2.11:53/udp"},
    "raw_printing_exposed": _on("13", 9100),
    "rdp_exposed": _on("13", 3389),
    "rdp_without_nla": _on("13", 3389),
    "redirect_by_host_header": _on("15", 9080),
    "redirect_in_clear": _on("15", 9444),
    "redirect_loop": _on("15", 9080),
    "redis_without_password": _on("12", 6379),
    "remote_access_gateway": _on("10", 10443),
    "security_headers_missing": _on("10", 80, 443, 8081, 8444, 10443) | _on("15", 9443),
    "security_text_missing": _on("15", 9443),
    "server_version_disclosed": _on("10", 8081),
    "session_cookie_unprotected": _on("15", 9443),
    "smb1_enabled": _on("12", 445),
    "smb_exposed": _on("12", 445),
    "smb_signing_not_required": _on("12", 445),
    "smtp_without_starttls": _on("11", 25),
    "snmp_exposed": {"192.0.2.13:161/udp"},
    "spf_allows_everyone": {"ouvert.test"},
    "spf_invalid": {"double.test"},
    "spf_missing": {"nu.test"},
    "spf_neutral": {"neutre.test"},
    "ssh_protocol_1": _on("11", 22),
    "ssh_short_host_key": _on("11", 22),
    "ssh_small_group": _on("11", 22),
    "ssh_terrapin": _on("11", 22),
    "ssh_weak_cipher": _on("11", 22),
    "ssh_weak_host_key": _on("11", 22),
    "ssh_weak_key_exchange": _on("11", 22),
    "ssh_weak_mac": _on("11", 22),
    "ssl2_enabled": _on("10", 443),
    "ssl3_enabled": _on("10", 443),
    "telnet_exposed": _on("11", 23),
    "tls13_missing": _on("10", 8444),
    "tls_cbc_only": _on("10", 8444),
    "tls_client_order": _on("10", 443),
    "tls_compression": _on("10", 443),
    "tls_fallback_accepted": _on("10", 443),
    "tls_forward_secrecy_missing": _on("10", 443),
    "tls_insecure_renegotiation": _on("10", 443),
    "tls_modern_missing": _on("10", 443),
    "tls_obsolete_version": _on("10", 443),
    "tls_static_key_exchange": _on("10", 8444),
    "tls_reports_missing": {"nu.test"},
    "tls_short_block_cipher": _on("10", 8444),
    "tls_weak_cipher": _on("10", 443),
    "tls_weak_dh_group": _on("10", 443),
    "unidentified_service": _on("11", 4000),
    "vulnerability_to_confirm": {"192.0.2.10:8081/tcp apache:http_server"},
    "vnc_exposed": _on("13", 5900),
    "vnc_without_password": _on("13", 5900),
    "webmail_exposed": _on("15", 9445),
    "winrm_exposed": _on("12", 5985),
    "zone_transfer_open": {"ouvert.test"},
}

EVIDENCE: dict[str, dict[str, Scalar]] = {
    "certificate_expired": {"expired_on": "2026-06-14"},
    "certificate_expiring": {"days_left": 30},
    "certificate_weak_key": {"key_bits": 1024, "minimum": 2048},
    "end_of_life_software": {"software": "apache 2.2", "ended_on": "2017-07-11"},
    "ssh_weak_cipher": {"algorithms": "3des-cbc, aes128-cbc"},
    "ssh_weak_mac": {"algorithms": "hmac-md5, hmac-sha1-96"},
    "tls_weak_cipher": {"ciphers": "TLS_RSA_WITH_RC4_128_SHA", "flaws": "RC4"},
    "tls_weak_dh_group": {"bits": 1024, "minimum": 2048},
    "certificate_chain_incomplete": {"missing_issuer": "CN=Autorité"},
    "certificate_long_validity": {"days": 899, "maximum": 825},
    "certificate_not_yet_valid": {"valid_from": "2026-06-16"},
    "ssh_short_host_key": {"algorithms": "ssh-rsa (1024 bits)"},
    "ssh_terrapin": {"algorithms": "3des-cbc, aes128-cbc"},
    "admin_interface_exposed": {"console": "Administration page"},
    "remote_access_gateway": {"gateway": "Fortinet FortiGate"},
    "attacked_application_exposed": {"application": "GLPI"},
    "imaging_viewer_exposed": {"viewer": "dcm4chee"},
    "webmail_exposed": {"webmail": "Microsoft Exchange"},
    "database_exposed": {"product": "PostgreSQL"},
    "exploited_vulnerability": {"exploited_since": "2021-12-01", "affected": "< 2.4.49", "data_date": "2026-06-13"},
    "known_vulnerability": {"count": 1, "cves": "CVE-2017-7679", "cvss": 8.9},
    "critical_vulnerability_to_confirm": {"count": 1, "cves": "CVE-2017-9788", "cvss": 9.1},
    "vulnerability_to_confirm": {"count": 1, "cves": "CVE-2017-15715", "cvss": 8.1},
    "exploited_product_version_unknown": {"exploited": 14, "exploited_since": "2026-05-30"},
    "dangling_name": {"target": "ancien-hopital.azurewebsites.net", "supplier": "Microsoft Azure App Service"},
    "spf_allows_everyone": {"term": "+all"},
    "session_cookie_unprotected": {"cookies": "PHPSESSID", "missing": "HttpOnly, SameSite"},
    "security_text_missing": {"state": "absent"},
}
"""Evidence some findings must hold."""
