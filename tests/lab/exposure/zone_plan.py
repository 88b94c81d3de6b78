"""What the zone of 128 addresses holds: who plays which part, and which rule must speak about it. Pure data.

A *kind* is one way to answer on a port; `RULES` says which kinds each rule must name, so that a new rule is one line
here. Addresses are those of documentation (RFC 5737, RFC 3849): none leads anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

NETWORK, NETWORK6 = "192.0.2.0/24", "2001:db8::/64"
HOSTS = 128
EXCLUDED = "192.0.2.200"
"""Inside the mandate's network, excluded by it; a web server listens there, whom nobody may hear of."""
OUTSIDE = "198.51.100.10"
"""Outside the mandate; a web server listens there too."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to answer. `server` is who plays it, `name` and `product` what an audit must call it.

    An empty `name` is a service nobody can name.
    """

    server: str
    name: str
    product: str = ""


KINDS: Mapping[str, Kind] = {
    # Web servers, all of them a real nginx (pages and TLS settings: zone_web.py)
    **dict.fromkeys(
        (
            "redirect", "portal", "login", "weak_tls", "expired", "expiring", "old_tls", "sha1", "plain", "default",
            "listing", "elasticsearch", "fhir", "grafana", "phpmyadmin", "printer_page",
            "kubernetes", "winrm",
            "broken_chain", "disordered", "untrusted", "future", "no_secrecy", "cbc_only", "weak_dh",
            "citrix", "cisco", "f5", "fortinet", "guacamole", "ivanti", "paloalto", "rdweb", "sonicwall",
            "stormshield", "wallix", "watchguard", "webmail", "application", "imaging",
        ),
        Kind("nginx", "http", "nginx"),
    ),
    # Other real servers
    "ssh_strong": Kind("sshd", "ssh", "OpenSSH"),
    "ssh_weak": Kind("sshd", "ssh", "OpenSSH"),
    "ftp": Kind("vsftpd", "ftp", "vsFTPd"),
    "ftp_anonymous": Kind("vsftpd", "ftp", "vsFTPd"),
    "redis": Kind("redis", "redis", "Redis"),
    "redis_open": Kind("redis", "redis", "Redis"),
    "postgresql": Kind("postgresql", "postgresql", "PostgreSQL"),
    "samba": Kind("samba", "smb"),
    # Stubs
    "dicom": Kind("stubs", "dicom", "PACS_HOPITAL1"),
    "docker": Kind("stubs", "http", "Docker"),
    "hl7": Kind("stubs", "hl7"),
    "ldap": Kind("stubs", "ldap", "Active Directory"),
    "mongodb": Kind("stubs", "mongodb", "MongoDB"),
    "mqtt": Kind("stubs", "mqtt", "MQTT"),
    "open_relay": Kind("stubs", "smtp", "Postfix"),
    "rexec": Kind("stubs", "rexec", "netkit-rsh"),
    "rsync": Kind("stubs", "rsync", "rsync"),
    "smb": Kind("stubs", "smb"),
    "imap": Kind("stubs", "imap", "Dovecot"),
    "memcached": Kind("stubs", "memcached", "memcached"),
    "modbus": Kind("stubs", "modbus"),
    "mysql": Kind("stubs", "mysql", "MySQL"),
    "nntp": Kind("stubs", "nntp", "INN"),
    "old_web": Kind("stubs", "http", "Apache"),
    "pop3": Kind("stubs", "pop3", "Dovecot"),
    "printer": Kind("stubs", "raw-printing"),
    "proprietary": Kind("stubs", ""),
    "rdp": Kind("stubs", "rdp"),
    "rdp_nla": Kind("stubs", "rdp"),
    "odd_smtp": Kind("stubs", "smtp"),
    "smtp_tls": Kind("stubs", "smtp", "Postfix"),
    "ssh_1": Kind("stubs", "ssh", "Cisco"),
    "ssh_short": Kind("stubs", "ssh", "Automate"),
    "telnet": Kind("stubs", "telnet"),
    "vnc": Kind("stubs", "vnc"),
    "vnc_password": Kind("stubs", "vnc"),
}  # fmt: skip

GATEWAYS = (
    "citrix", "cisco", "f5", "fortinet", "guacamole", "ivanti", "paloalto", "rdweb", "sonicwall", "stormshield",
    "wallix", "watchguard",
)  # fmt: skip
BETRAYED: Mapping[str, str] = {
    "login": "Administration page",
    "grafana": "Grafana",
    "phpmyadmin": "phpMyAdmin",
    "printer_page": "HP LaserJet",
    "citrix": "Citrix NetScaler Gateway",
    "cisco": "Cisco ASA / AnyConnect",
    "f5": "F5 BIG-IP APM",
    "fortinet": "Fortinet FortiGate",
    "guacamole": "Apache Guacamole",
    "ivanti": "Ivanti Connect Secure",
    "paloalto": "Palo Alto GlobalProtect",
    "rdweb": "Microsoft RD Web",
    "sonicwall": "SonicWall",
    "stormshield": "Stormshield",
    "wallix": "WALLIX Bastion",
    "watchguard": "WatchGuard",
    "webmail": "Microsoft Exchange",
    "application": "GLPI",
    "imaging": "dcm4chee",
}
"""Kind -> the product its pages betray; those of the others betray none."""
_TLS_FAULTS = ("broken_chain", "disordered", "untrusted", "future", "no_secrecy", "cbc_only", "weak_dh")
TLS_KINDS = frozenset(
    {
        "portal",
        "weak_tls",
        "expired",
        "expiring",
        "old_tls",
        "sha1",
        "fhir",
        "phpmyadmin",
        "kubernetes",
        "webmail",
        "application",
        "imaging",
        *_TLS_FAULTS,
        *GATEWAYS,
    }
)
"""Kinds of web server that speak TLS."""

ROLES: tuple[tuple[int, tuple[tuple[str, int], ...]], ...] = (
    (5, (("redirect", 80), ("portal", 443))),
    (1, (("redirect", 80), ("webmail", 443))),
    (1, (("redirect", 80), ("application", 443))),
    (1, (("redirect", 80), ("imaging", 443))),
    (1, (("ldap", 389), ("mqtt", 1883))),
    (1, (("mongodb", 27017), ("rsync", 873))),
    (1, (("kubernetes", 6443), ("winrm", 5985))),
    (1, (("smb", 445), ("open_relay", 25))),
    (4, (("login", 80), ("weak_tls", 443))),
    (3, (("expired", 443),)),
    (2, (("expiring", 443),)),
    (2, (("old_tls", 443),)),
    (2, (("sha1", 443),)),
    (1, (("plain", 80),)),
    *((1, ((kind, 443),)) for kind in _TLS_FAULTS),
    (3, (("fortinet", 10443),)),
    (3, (("sonicwall", 4433),)),
    *((1, ((kind, 443),)) for kind in GATEWAYS if kind not in {"fortinet", "guacamole", "sonicwall"}),
    (1, (("guacamole", 8443),)),
    (2, (("fhir", 443),)),
    (1, (("grafana", 3000), ("docker", 2375))),
    (1, (("grafana", 3000),)),
    (2, (("phpmyadmin", 443),)),
    (3, (("default", 80),)),
    (2, (("listing", 8080),)),
    (3, (("elasticsearch", 9200), ("ssh_strong", 22))),
    (4, (("postgresql", 5432), ("ssh_strong", 22))),
    (3, (("mysql", 3306), ("ssh_strong", 22))),
    (4, (("ssh_weak", 22),)),
    (1, (("ssh_1", 22),)),
    (1, (("ssh_short", 22),)),
    (3, (("ftp_anonymous", 21),)),
    (2, (("ftp", 21),)),
    (1, (("rexec", 512),)),
    (4, (("redis_open", 6379), ("memcached", 11211))),
    (2, (("redis", 6379),)),
    (2, (("telnet", 23), ("old_web", 8081))),
    (1, (("telnet", 23),)),
    (4, (("samba", 445),)),
    (3, (("rdp", 3389),)),
    (3, (("rdp_nla", 3389),)),
    (2, (("vnc", 5900),)),
    (2, (("vnc_password", 5900),)),
    (4, (("dicom", 104), ("dicom", 11112))),
    (4, (("hl7", 2575),)),
    (4, (("modbus", 502),)),
    (4, (("printer", 9100), ("printer_page", 80))),
    (2, (("odd_smtp", 25), ("nntp", 119))),
    (2, (("smtp_tls", 25), ("pop3", 110), ("imap", 143))),
    (2, (("proprietary", 9999),)),
)
"""(number of hosts, what each of them serves). The first ones come first, the copies of the others are spread evenly
over the range of addresses, as things are in a hospital; the hosts that are left serve nothing."""

TWO_FAMILIES = 4
"""The first hosts also have an IPv6 address, where they serve the same."""

RULES: Mapping[str, tuple[str, ...]] = {
    "admin_interface_exposed": ("login", "grafana", "phpmyadmin", "printer_page"),
    "attacked_application_exposed": ("application",),
    "certificate_chain_disordered": ("disordered",),
    "certificate_chain_incomplete": ("broken_chain",),
    "certificate_expired": ("weak_tls", "expired"),
    "certificate_expiring": ("expiring",),
    "certificate_long_validity": ("future",),
    "certificate_not_yet_valid": ("future",),
    "certificate_self_signed": ("weak_tls",),
    "certificate_untrusted": ("untrusted",),
    "certificate_weak_key": ("weak_tls",),
    "certificate_weak_signature": ("sha1",),
    "content_policy_permissive": ("grafana",),
    "cookie_without_secure": ("phpmyadmin",),
    "database_exposed": ("postgresql", "mysql", "redis"),
    "default_page": ("default", "weak_tls"),
    "dicom_exposed": ("dicom",),
    "dicom_open_association": ("dicom",),
    "directory_listing": ("listing", "old_web"),
    "docker_api_open": ("docker",),
    "elasticsearch_open": ("elasticsearch",),
    "end_of_life_software": ("old_web",),
    "file_service_exposed": ("rsync",),
    "ftp_anonymous": ("ftp_anonymous",),
    "ftp_clear_text": ("ftp", "ftp_anonymous"),
    "hl7_exposed": ("hl7",),
    "hsts_missing": ("weak_tls",),
    "hsts_short": ("fhir",),
    "http_without_https": (
        "login", "plain", "default", "listing", "elasticsearch", "grafana", "printer_page", "old_web",
    ),
    "imaging_viewer_exposed": ("imaging",),
    "industrial_protocol_exposed": ("modbus",),
    "kubernetes_exposed": ("kubernetes",),
    "ldap_exposed": ("ldap",),
    "legacy_remote_shell": ("rexec",),
    "login_over_http": ("login",),
    "mail_access_clear_text": ("pop3",),
    "memcached_exposed": ("memcached",),
    "mongodb_exposed": ("mongodb",),
    "mqtt_open": ("mqtt",),
    "open_relay": ("open_relay",),
    "raw_printing_exposed": ("printer",),
    "rdp_exposed": ("rdp", "rdp_nla"),
    "rdp_without_nla": ("rdp",),
    "redirect_by_host_header": ("redirect",),
    "redirect_in_clear": ("rdweb",),
    "redirect_loop": ("watchguard",),
    "redis_without_password": ("redis_open",),
    "remote_access_gateway": GATEWAYS,
    "security_headers_missing": (
        "login", "weak_tls", "plain", "default", "listing", "grafana", "printer_page", "old_web",
    ),
    "server_version_disclosed": ("login", "weak_tls", "docker", "old_web"),
    "session_cookie_unprotected": ("phpmyadmin",),
    "smb1_enabled": ("smb",),
    "smb_exposed": ("samba", "smb"),
    "smb_signing_not_required": ("samba", "smb"),
    "smtp_without_starttls": ("odd_smtp", "open_relay"),
    "ssh_protocol_1": ("ssh_1",),
    "ssh_short_host_key": ("ssh_short",),
    "ssh_small_group": ("ssh_short",),
    "ssh_terrapin": ("ssh_short",),
    "ssh_weak_cipher": ("ssh_weak",),
    "ssh_weak_host_key": ("ssh_weak",),
    "ssh_weak_key_exchange": ("ssh_weak",),
    "ssh_weak_mac": ("ssh_weak",),
    "telnet_exposed": ("telnet",),
    "tls13_missing": ("weak_tls", "no_secrecy", "cbc_only", "weak_dh"),
    "tls_cbc_only": ("cbc_only",),
    "tls_client_order": ("weak_tls",),
    "tls_forward_secrecy_missing": ("no_secrecy",),
    "tls_modern_missing": ("old_tls",),
    "tls_obsolete_version": ("weak_tls", "old_tls"),
    "tls_static_key_exchange": ("weak_tls",),
    "tls_weak_cipher": ("weak_tls",),
    "tls_weak_dh_group": ("weak_dh",),
    "unidentified_service": ("proprietary",),
    "vnc_exposed": ("vnc", "vnc_password"),
    "vnc_without_password": ("vnc",),
    "webmail_exposed": ("webmail",),
    "winrm_exposed": ("winrm",),
}  # fmt: skip
"""Rule -> the kinds it must name, wherever they are, and no other; a rule that is not here must be silent."""


@dataclass(frozen=True, slots=True)
class Place:
    """One service of the zone: where it is and how it answers."""

    address: str
    port: int
    kind: str


def address(number: int, version: int = 4) -> str:
    """The address of the host of that number, from 1."""
    return f"192.0.2.{number}" if version == 4 else f"2001:db8::{number:x}"


def addresses() -> tuple[str, ...]:
    """The 128 IPv4 addresses of the hosts."""
    return tuple(address(number) for number in range(1, HOSTS + 1))


def addresses6() -> tuple[str, ...]:
    """The IPv6 addresses of the hosts that have one."""
    return tuple(address(number, 6) for number in range(1, TWO_FAMILIES + 1))


def places() -> Iterator[Place]:
    """Every service planted over IPv4, then those that also answer over IPv6."""
    served = _served()
    for number, services in enumerate(served, start=1):
        yield from (Place(address(number), port, kind) for kind, port in services)
    for number, services in enumerate(served[:TWO_FAMILIES], start=1):
        yield from (Place(address(number, 6), port, kind) for kind, port in services)


def _served() -> list[tuple[tuple[str, int], ...]]:
    """What each host serves, in the order of addresses."""
    (count, services), *others = ROLES
    spread = sorted(
        ((copy + 0.5) / copies, rank, role) for rank, (copies, role) in enumerate(others) for copy in range(copies)
    )
    return [services] * count + [role for *_, role in spread]


def dropping() -> tuple[str, ...]:
    """Every second host answers nothing but its services, as behind a firewall of the Internet."""
    return tuple(address(number, version) for number in range(2, HOSTS + 1, 2) for version in _versions(number))


def unpinged() -> tuple[str, ...]:
    """Half of those do not answer to an echo request either."""
    return tuple(address(number, version) for number in range(4, HOSTS + 1, 4) for version in _versions(number))


def _versions(number: int) -> tuple[int, ...]:
    return (4, 6) if number <= TWO_FAMILIES else (4,)


def subject(place: Place) -> str:
    """The subject of a finding about a service."""
    shown = f"[{place.address}]" if ":" in place.address else place.address
    return f"{shown}:{place.port}/tcp"


def expected(places_: list[Place]) -> dict[str, list[str]]:
    """Rule -> the subjects it must name among these services."""
    found = {
        f"exposure.{rule}": sorted(subject(place) for place in places_ if place.kind in kinds)
        for rule, kinds in RULES.items()
    }
    return {rule: subjects for rule, subjects in found.items() if subjects}


# ---------------------------------------------------------------- peers that misbehave

TARPIT, SYN_PROXY, TARPIT_PORT = "192.0.2.211", "192.0.2.212", 9
"""One takes every connection and says nothing; for the other the kernel answers before asking its host."""
ALONE: Mapping[str, tuple[str, ...]] = {
    "answers_on_every_port": (TARPIT, SYN_PROXY),
    "name_moved": ("parti.hopital.test",),
}
"""Rule -> the addresses, or the name, that it must name when they are audited by themselves."""
BAD_PEERS: tuple[tuple[str, str, int], ...] = (
    ("tarpit", TARPIT, TARPIT_PORT),
    ("endless_web", "192.0.2.213", 80),
    ("endless_greeting", "192.0.2.213", 21),
    ("endless_greeting", "192.0.2.213", 22),
    ("endless_headers", "192.0.2.213", 8080),
    ("huge_certificate", "192.0.2.214", 443),
    ("redirect_loop", "192.0.2.215", 80),
    ("huge_page", "192.0.2.216", 80),
    ("slow_page", "192.0.2.217", 80),
    ("slow_page", "192.0.2.217", 443),
    ("closes", "192.0.2.218", 22),
    ("closes", "192.0.2.218", 443),
    ("closes", "192.0.2.218", 3389),
    ("hostile_words", "192.0.2.219", 80),
    ("late_page", "192.0.2.220", 80),
)
"""(behaviour of `bad_peers.py`, address, port); none of them is among the 128 hosts."""
