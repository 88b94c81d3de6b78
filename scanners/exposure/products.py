"""Which product a web answer betrays: SSL-VPN gateways, administration consoles, interfaces without authentication.

Pure. Marks are public paths, titles and headers of the products' own pages; a page of another kind that quotes one of
them would be mistaken, which is why the product is evidence and not proof.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from scanners.exposure.facts import Endpoint, Http


@dataclass(frozen=True, slots=True)
class Product:
    """A product and the expression that betrays it in the title, redirection, headers or page."""

    name: str
    mark: re.Pattern[str]


def _products(*pairs: tuple[str, str]) -> tuple[Product, ...]:
    return tuple(Product(name, re.compile(mark, re.IGNORECASE)) for name, mark in pairs)


GATEWAYS = _products(
    ("Fortinet FortiGate", r"/remote/(?:login|fgt_lang)"),
    ("Ivanti Connect Secure", r"/dana-na/"),
    ("Citrix NetScaler Gateway", r"/logon/LogonPoint/|/vpn/index\.html|citrix gateway|netscaler"),
    ("Palo Alto GlobalProtect", r"/global-protect/"),
    ("Cisco ASA / AnyConnect", r"/\+CSCOE\+/|webvpnlogin"),
    ("F5 BIG-IP APM", r"/my\.policy|bigipserver|MRHSession"),
    ("SonicWall", r"sonicwall"),
    ("Check Point", r"/sslvpn/Login|check point mobile"),
    ("WatchGuard", r"sslvpn_logon\.shtml|watchguard"),
    ("Stormshield", r"stormshield"),
    ("Sophos", r"sophos"),
    ("Zyxel", r"zyxel|zywall"),
    ("WALLIX Bastion", r"wallix"),
    ("Apache Guacamole", r"guacamole"),
    ("Microsoft RD Web", r"/RDWeb/"),
)
"""SSL-VPN gateways and remote-access portals."""

CONSOLES = _products(
    ("Veeam", r"veeam"),
    ("Proxmox", r"proxmox|pve-api-daemon"),
    ("VMware vSphere / ESXi", r"vmware esxi|vsphere|ID_VC_Welcome|vcenter"),
    ("Dell iDRAC", r"idrac"),
    ("HPE iLO", r"integrated lights-out|\bhp-ilo|<title>ilo\b"),
    ("phpMyAdmin", r"phpmyadmin"),
    ("Adminer", r"\badminer\b"),
    ("Grafana", r"<title>grafana|grafana_session"),
    ("Kibana", r"kbn-name|<title>kibana"),
    ("Jenkins", r"x-jenkins|<title>[^<]*jenkins"),
    ("Apache Tomcat Manager", r"/manager/html"),
    ("Webmin", r"miniserv|webmin"),
    ("Portainer", r"portainer"),
    ("RabbitMQ", r"rabbitmq management"),
    ("Orthanc", r"orthanc"),
    ("Mirth Connect", r"mirth connect"),
    ("Synology DSM", r"synology|diskstation"),
    ("QNAP", r"\bqnap\b"),
    ("MikroTik RouterOS", r"routeros"),
    ("pfSense / OPNsense", r"pfsense|opnsense"),
    ("Printer", r"laserjet|officejet|web image monitor|command center rx|brother hl-|xerox|<title>remote ui"),
    ("Network camera", r"hikvision|dahua|axis communications|network camera"),
    ("Administration page", r"<title>[^<]*\b(?:administration|admin (?:panel|console|login)|console d.administration)"),
)
"""Consoles by which a system is administered."""

_DEFAULT_PAGE = re.compile(
    r"welcome to nginx|apache2 (?:debian|ubuntu) default page|^it works!|iis windows server"
    r"|test page for the (?:apache|nginx)|apache tomcat/[0-9.]+</title>|welcome to centos",
    re.IGNORECASE,
)
_LISTING = re.compile(r"^(?:index of /|directory listing (?:for|of)|répertoire de)", re.IGNORECASE)


def product_of(http: Http, products: tuple[Product, ...]) -> str:
    """The first product of a list that an answer betrays, empty when none."""
    headers = " ".join(f"{name}: {value}" for name, value in http.headers)
    seen = f"<title>{http.title}</title> {http.location} {headers} {http.text}"
    return next((product.name for product in products if product.mark.search(seen)), "")


def is_default_page(http: Http) -> bool:
    """Whether the page is the one a server shows before anyone configured it."""
    return bool(_DEFAULT_PAGE.search(f"{http.title}</title>") or _DEFAULT_PAGE.search(http.text))


def is_listing(http: Http) -> bool:
    """Whether the page lists the files of a folder."""
    return http.status == 200 and _LISTING.match(http.title) is not None


def is_page(http: Http) -> bool:
    """Whether the answer is a page for people: served with success, and HTML by its type or by its look."""
    kind = http.header("content-type").lower()
    looks = "<html" in http.text.lower() or bool(http.title)
    return http.status in range(200, 300) and ("html" in kind or (not kind and looks))


def is_docker(http: Http) -> bool:
    """Whether the answer is that of the Docker engine's interface."""
    return bool(http.header("docker-experimental")) or http.header("server").startswith("Docker/")


def is_elasticsearch(http: Http) -> bool:
    """Whether an Elasticsearch or OpenSearch node served its summary to a stranger."""
    return http.status == 200 and '"cluster_name"' in http.text and '"version"' in http.text


def is_kubernetes(endpoint: Endpoint, http: Http) -> bool:
    """Whether the answer is that of a Kubernetes API server, or of a kubelet on its own ports."""
    api = '"kind":"Status"' in http.text.replace(" ", "") and '"apiVersion"' in http.text
    kubelet = endpoint.port.number in {10250, 10255} and http.status in {401, 403, 404}
    return api or kubelet
