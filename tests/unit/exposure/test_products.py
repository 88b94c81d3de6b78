"""What betrays a gateway or a console: its own pages do, a page that only speaks of it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanners.exposure.facts import Cookie, Http
from scanners.exposure.products import CONSOLES, GATEWAYS, gateway_or_console, product_of

TRUE: tuple[tuple[str, Http], ...] = (
    ("Fortinet FortiGate", Http(302, location="/remote/login?lang=fr")),
    ("Fortinet FortiGate", Http(200, "Please Login", text="<script src='/remote/fgt_lang?lang=fr'></script>")),
    ("Fortinet FortiGate", Http(200, text='<script>top.location="/remote/login";</script>')),
    ("Ivanti Connect Secure", Http(302, location="/dana-na/auth/url_default/welcome.cgi")),
    ("Citrix NetScaler Gateway", Http(302, location="/logon/LogonPoint/index.html")),
    ("Citrix NetScaler Gateway", Http(302, location="https://vpn.hopital.test/vpn/index.html")),
    ("Citrix NetScaler Gateway", Http(200, "Citrix Gateway")),
    ("Citrix NetScaler Gateway", Http(200, cookies=(Cookie("NSC_AAAC", True, True),))),
    ("Palo Alto GlobalProtect", Http(302, location="/global-protect/login.esp")),
    ("Cisco ASA / AnyConnect", Http(302, location="/+CSCOE+/logon.html")),
    ("Cisco ASA / AnyConnect", Http(200, headers=(("set-cookie", "webvpnlogin"),))),
    ("F5 BIG-IP APM", Http(302, location="/my.policy")),
    ("F5 BIG-IP APM", Http(200, cookies=(Cookie("MRHSession", True, False),))),
    ("F5 BIG-IP APM", Http(200, headers=(("set-cookie", "BIGipServerpool"),))),
    ("SonicWall", Http(200, "SonicWall - Virtual Office")),
    ("SonicWall", Http(200, headers=(("server", "SonicWALL SSL-VPN Web Server"),))),
    ("Check Point", Http(302, location="/sslvpn/Login/Login")),
    ("Check Point", Http(200, "Check Point Mobile")),
    ("WatchGuard", Http(302, location="/sslvpn_logon.shtml")),
    ("WatchGuard", Http(200, "WatchGuard Access Portal")),
    ("Stormshield", Http(200, "Stormshield Network Security")),
    ("Stormshield", Http(200, text="<link rel='stylesheet' href='/css/stormshield.css'>")),
    ("Sophos", Http(200, "Sophos User Portal")),
    ("Zyxel", Http(200, "ZyWALL USG 100")),
    ("WALLIX Bastion", Http(200, "WALLIX Bastion")),
    ("Apache Guacamole", Http(200, "Apache Guacamole")),
    ("Apache Guacamole", Http(302, location="/guacamole/")),
    ("Microsoft RD Web", Http(302, location="http://rdweb.hopital.test/RDWeb/Pages/fr-FR/login.aspx")),
    ("Veeam", Http(200, "Veeam Backup &amp; Replication")),
    ("Veeam", Http(200, "Veeam Backup Enterprise Manager : Log in")),
    ("Proxmox", Http(200, "pve1 - Proxmox Virtual Environment")),
    ("Proxmox", Http(200, headers=(("server", "pve-api-daemon/3.0"),))),
    ("VMware vSphere / ESXi", Http(200, "Log In - VMware ESXi")),
    ("VMware vSphere / ESXi", Http(200, text="document.write('<title>' + ID_VC_Welcome + '</title>')")),
    ("Dell iDRAC", Http(200, "idrac-7XK2 - iDRAC9 - Login")),
    ("Dell iDRAC", Http(302, location="/restgui/start.html")),
    ("HPE iLO", Http(200, "iLO 5")),
    ("HPE iLO", Http(200, "HP Integrated Lights-Out 4")),
    ("HPE iLO", Http(200, headers=(("server", "HPE-iLO-Server/1.30"),))),
    ("phpMyAdmin", Http(200, "phpMyAdmin")),
    ("phpMyAdmin", Http(200, "db1 / mysql | phpMyAdmin 5.2.1")),
    ("Adminer", Http(200, "Login - Adminer")),
    ("Grafana", Http(200, "Grafana")),
    ("Grafana", Http(302, location="/login", cookies=(Cookie("grafana_session", True, True),))),
    ("Kibana", Http(302, location="/login", headers=(("kbn-name", "k1"),))),
    ("Jenkins", Http(403, headers=(("x-jenkins", "2.440"),))),
    ("Jenkins", Http(200, "Sign in [Jenkins]")),
    ("Apache Tomcat Manager", Http(200, "Apache Tomcat/9.0.1", text='<a href="/manager/html">Manager App</a>')),
    ("Webmin", Http(200, headers=(("server", "MiniServ/2.105"),))),
    ("Webmin", Http(200, "Login to Webmin")),
    ("Portainer", Http(200, "Portainer")),
    ("RabbitMQ", Http(200, "RabbitMQ Management")),
    ("Orthanc", Http(301, location="app/explorer.html")),
    ("Orthanc", Http(200, "Orthanc Explorer")),
    ("Mirth Connect", Http(200, "Mirth Connect Administrator")),
    ("Synology DSM", Http(200, "NAS-CH - Synology DiskStation")),
    ("QNAP", Http(200, "QNAP Turbo NAS")),
    ("MikroTik RouterOS", Http(200, "RouterOS router configuration page")),
    ("pfSense / OPNsense", Http(200, "Login | OPNsense")),
    ("pfSense / OPNsense", Http(200, "pfSense - Login")),
    ("Printer", Http(200, "HP LaserJet MFP")),
    ("Printer", Http(200, "HP Color LaserJet MFP M479fdw 192.0.2.9")),
    ("Printer", Http(200, "Web Image Monitor")),
    ("Printer", Http(200, "Command Center RX")),
    ("Printer", Http(200, "Brother HL-L2350DW series")),
    ("Printer", Http(200, "Xerox VersaLink C405")),
    ("Printer", Http(200, "Remote UI: Login")),
    ("Network camera", Http(200, "Live view - AXIS M1065 Network Camera")),
    ("Network camera", Http(401, headers=(("www-authenticate", 'Digest realm="AXIS_ACCC8E"'),))),
    ("Network camera", Http(302, location="/doc/page/login.asp")),
    ("Administration page", Http(200, "Administration GTB", password_field=True)),
    ("Administration page", Http(200, "GTB - Administration", password_field=True)),
    ("Administration page", Http(200, "Admin Panel")),
    ("Administration page", Http(200, "Console d’administration")),
)
QUOTED = (
    "FortiGate",
    "Ivanti Connect Secure", "Citrix Gateway", "NetScaler", "GlobalProtect", "Cisco AnyConnect", "BIG-IP APM",
    "SonicWall", "Check Point Mobile", "WatchGuard", "Stormshield", "Sophos", "Zyxel", "ZyWALL", "WALLIX", "Guacamole",
    "RD Web", "Veeam", "Proxmox", "VMware ESXi", "vSphere", "vCenter", "iDRAC", "Integrated Lights-Out", "iLO",
    "phpMyAdmin", "Adminer", "Grafana", "Kibana", "Jenkins", "Tomcat Manager", "Webmin", "Portainer",
    "RabbitMQ Management", "Orthanc", "Mirth Connect", "Synology", "DiskStation", "QNAP", "RouterOS", "pfSense",
    "OPNsense", "LaserJet", "OfficeJet", "Web Image Monitor", "Command Center RX", "Brother HL-L2350", "Xerox",
    "Remote UI", "Hikvision", "Dahua", "Axis Communications", "Network Camera", "Administration", "Admin Panel",
)  # fmt: skip


@pytest.mark.parametrize(("name", "page"), TRUE)
def test_the_pages_of_a_product_betray_it(name: str, page: Http) -> None:
    assert gateway_or_console(page) == name


def test_every_product_has_a_page_that_betrays_it() -> None:
    assert {name for name, _page in TRUE} == {product.name for product in (*GATEWAYS, *CONSOLES)}


@pytest.mark.parametrize("name", QUOTED)
@pytest.mark.parametrize(
    "page",
    [
        Http(200, "Accueil", text="<p>Notre prestataire utilise {name}, renouvelé en 2026.</p>"),
        Http(200, "Marché public : {name} renouvelé au CH de la Vallée"),
        Http(200, "Accueil", headers=(("content-security-policy", "img-src {name}.example"),)),
        Http(200, "Accueil", text="<a href='https://www.{name}.example/remote/login'>{name}</a>"),
        Http(200, "Accueil", text="<a href='/actualites/{name}'>{name}</a><img src='/photos/{name}.jpg'>"),
    ],
)
def test_a_page_that_only_speaks_of_a_product_betrays_nothing(name: str, page: Http) -> None:
    headers = tuple((key, value.format(name=name)) for key, value in page.headers)
    quoting = replace(page, title=page.title.format(name=name), text=page.text.format(name=name), headers=headers)
    assert gateway_or_console(quoting) == ""


@pytest.mark.parametrize(
    "page",
    [
        Http(200, "Direction et administration | CH de la Vallée"),
        Http(200, "Direction et administration | CH de la Vallée", password_field=True),
        Http(200, "Administration générale"),
        Http(200, "Télétravail", text="<p>Ouvrez /remote/login puis /dana-na/ ou /RDWeb/.</p>"),
        Http(200, "Télétravail", text="<a href='//vpn.hopital.test/dana-na/'>Accès distant</a>"),
        Http(200, "Plan", text="<link href='/css/ilot.css' rel='stylesheet'>"),
    ],
)
def test_pages_for_the_public_are_no_console(page: Http) -> None:
    assert (product_of(page, GATEWAYS), product_of(page, CONSOLES)) == ("", "")


def test_what_is_not_a_page_betrays_nothing() -> None:
    assert gateway_or_console(None) == ""
