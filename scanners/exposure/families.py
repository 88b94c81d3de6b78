"""What the services that are seen serve for, in a few families a director knows. Pure; data, and one look-up.

A web page is told apart by the product it betrays: a gateway is a way in, a console an administration.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from scanners.exposure.ports import BACKUP_SERVICES, DATABASES, INDUSTRIAL_PORTS, REMOTE_CONTROL
from scanners.exposure.product_marks import Kind
from scanners.exposure.products import PRODUCTS
from scanners.exposure.subjects import host_of
from scanners.model import Lang, Text


class Family(StrEnum):
    """What a service serves for, in the order in which they are told."""

    REMOTE = "remote"
    ADMINISTRATION = "administration"
    BACKUP = "backup"
    DATABASES = "databases"
    FILES = "files"
    HEALTH = "health"
    BUILDING = "building"
    DEVICES = "devices"
    NETWORK = "network"
    MAIL = "mail"
    WEB = "web"
    OTHER = "other"


FAMILY_NAMES: Final[dict[Family, Text]] = {
    Family.REMOTE: Text("Accès distant", "Remote access"),
    Family.ADMINISTRATION: Text("Administration", "Administration"),
    Family.BACKUP: Text("Sauvegarde", "Backup"),
    Family.DATABASES: Text("Bases de données", "Databases"),
    Family.FILES: Text("Fichiers", "Files"),
    Family.HEALTH: Text("Santé", "Health"),
    Family.BUILDING: Text("Bâtiment", "Building"),
    Family.DEVICES: Text("Équipements", "Devices"),
    Family.NETWORK: Text("Réseau et annuaire", "Network and directory"),
    Family.MAIL: Text("Messagerie", "Mail"),
    Family.WEB: Text("Web", "Web"),
    Family.OTHER: Text("Autres", "Others"),
}
_SERVICES: Final[dict[Family, str]] = {
    Family.REMOTE: "ssh rdp vnc telnet rlogin rsh rexec x11 isakmp ike ipsec openvpn pptp teamviewer anydesk",
    Family.ADMINISTRATION: "winrm docker kubernetes wsman ipmi vmware-auth",
    Family.DATABASES: "redis memcached mongodb elasticsearch couchdb cassandra",
    Family.FILES: "ftp ftps tftp smb nfs rsync rpcbind afp iscsi",
    Family.HEALTH: "dicom hl7 fhir",
    Family.BUILDING: "mqtt",
    Family.DEVICES: "raw-printing lpd printer ipp rtsp jetdirect ws-discovery upnp",
    Family.NETWORK: "dns ldap snmp ntp kerberos kerberos-sec sip syslog netbios-ns cldap mdns ssdp qotd chargen",
    Family.MAIL: "smtp imap pop3 submission smtps imaps pop3s",
    Family.WEB: "http https http-proxy http-alt",
}
_BY_SERVICE: Final[dict[str, Family]] = {
    **{name: family for family, names in _SERVICES.items() for name in names.split()},
    **dict.fromkeys(DATABASES, Family.DATABASES),
    **dict.fromkeys(REMOTE_CONTROL, Family.REMOTE),
    **dict.fromkeys(BACKUP_SERVICES, Family.BACKUP),
    **dict.fromkeys(INDUSTRIAL_PORTS.values(), Family.BUILDING),
}
_KINDS: Final[dict[Kind, Family]] = {
    Kind.GATEWAY: Family.REMOTE,
    Kind.CONSOLE: Family.ADMINISTRATION,
    Kind.BACKUP: Family.BACKUP,
    Kind.WEBMAIL: Family.MAIL,
    Kind.IMAGING: Family.HEALTH,
    Kind.APPLICATION: Family.WEB,
}
_BY_PRODUCT: Final[dict[str, Family]] = {product.name: _KINDS[product.kind] for product in PRODUCTS}


def family_of(service: str, product: str) -> Family:
    """The family of a service by its name and by the product it shows, both as traits of a thing hold them."""
    if product in _BY_PRODUCT:
        return _BY_PRODUCT[product]
    return _BY_SERVICE.get(service.casefold(), Family.OTHER)


def families_by_host(services: Iterable[tuple[str, Mapping[str, str]]]) -> Mapping[str, Counter[Family]]:
    """How many services of each family every address shows; services by key and traits, as things of an audit."""
    found: dict[str, Counter[Family]] = defaultdict(Counter)
    for key, traits in services:
        found[str(host_of(key))][family_of(traits.get("service", ""), traits.get("product", ""))] += 1
    return found


def families_said(counts: Mapping[Family, int], lang: Lang) -> tuple[tuple[str, int], ...]:
    """Their names and how many, in the order of families."""
    return tuple((FAMILY_NAMES[one].render(lang), counts[one]) for one in Family if counts.get(one))
