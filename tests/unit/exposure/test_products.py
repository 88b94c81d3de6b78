"""What betrays a product: its own pages do, a page that only speaks of it or looks like it does not."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from scanners.exposure import collect_http as web
from scanners.exposure.facts import Certificate, Cookie, Endpoint, Host, Http, Port, Service, Tls
from scanners.exposure.product_marks import Kind
from scanners.exposure.products import PRODUCTS, Recognised, is_default_page, is_listing, recognised
from scanners.known_products import known_as
from scanners.vulnerabilities.names import family
from tests.lab.exposure.product_answers import LOOK_ALIKES, NOT_FOUND, SPECIMENS, Specimen
from tests.unit.exposure.specimens import MODERN, SOUND

KNOWN_WITHOUT_FLAWS = frozenset(
    {
        "microsoft rd web", "microsoft ad fs",  # their flaws are counted as Windows's
        "bluemind", "backuppc", "xen orchestra", "dcm4chee", "ohif viewer", "ge centricity viewer", "fujifilm synapse",
        "hp laserjet", "canon remote ui", "ricoh web image monitor", "kyocera command center rx", "lexmark", "brother",
        "xerox", "axis", "network camera", "administration page",
    }
)  # fmt: skip
"""Products with no name of their own in lists of flaws, or one for each model."""


def seen(http: Http, *names: str, certificate: Certificate | None = None) -> Recognised | None:
    """What the answer of a port betrays, of a host that has these names."""
    tls = Tls(MODERN, certificate=certificate) if certificate is not None else None
    port = Port(443, Service("http"), tls=tls, http=http)
    return recognised(Endpoint(Host("192.0.2.1", names, (port,)), port))


def name_of(http: Http, *names: str) -> str:
    found = seen(http, *names)
    return found.name if found else ""


def read(specimen: Specimen) -> Http:
    """The answer of a product as the collector reads it, redirections followed."""
    first = web.parse(specimen.answers["/"])
    assert first is not None
    return web.follow(first, "http://192.0.2.1", lambda path: specimen.answers.get(path, NOT_FOUND))


@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda specimen: specimen.product)
def test_a_product_is_recognised_by_its_own_answers_with_the_version_they_tell(specimen: Specimen) -> None:
    found = seen(read(specimen))
    assert found is not None
    assert (found.name, found.version) == (specimen.product, specimen.version)


@pytest.mark.parametrize("specimen", LOOK_ALIKES)
def test_look_alikes_of_the_lab_betray_nothing(specimen: Specimen) -> None:
    assert seen(read(specimen)) is None


def test_every_product_has_a_specimen() -> None:
    assert {specimen.product for specimen in SPECIMENS} == {product.name for product in PRODUCTS}


def test_every_product_has_the_name_that_lists_of_flaws_give_it_or_is_known_to_have_none() -> None:
    named = {product.name.lower() for product in PRODUCTS}
    nameless = {name for name in named if family(known_as(name)) == (name,)}
    assert nameless == KNOWN_WITHOUT_FLAWS


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("Fortinet FortiGate", Http(302, location="/remote/login?lang=fr")),
        ("Cisco ASA / AnyConnect", Http(200, headers=(("set-cookie", "webvpnlogin"),))),
        ("F5 BIG-IP APM", Http(200, cookies=(Cookie("MRHSession", True, False),))),
        ("Sophos Firewall", Http(200, "Sophos User Portal")),
        ("Zyxel", Http(200, "ZyWALL USG 100")),
        ("Apache Guacamole", Http(302, location="/guacamole/")),
        ("Veeam", Http(200, "Veeam Backup &amp; Replication")),
        ("VMware ESXi", Http(200, "Log In - VMware ESXi")),
        ("HPE iLO", Http(200, "HP Integrated Lights-Out 4")),
        ("phpMyAdmin", Http(200, "db1 / mysql | phpMyAdmin 5.2.1")),
        ("Jenkins", Http(200, "Sign in [Jenkins]")),
        ("Zabbix", Http(200, "supervision.hopital.test: Zabbix")),
        ("Nagios", Http(200, "Login - Nagios XI")),
        ("Axis", Http(200, "Live view - AXIS M1065 Network Camera")),
        ("Microsoft Exchange", Http(302, location="/owa")),
        ("Microsoft RD Web", Http(200, "IIS Windows Server", doors=("/RDWeb/", "/owa/"))),
        ("GLPI", Http(200, "Apache2 Debian Default Page: It works", doors=("/glpi/",))),
        ("Administration page", Http(200, "GTB - Administration", password_field=True)),
        ("Administration page", Http(200, "Console d’administration")),
    ],
)
def test_other_pages_of_products(name: str, page: Http) -> None:
    assert name_of(page) == name


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("1.2.840.113549.1.9.1=support@fortinet.com,CN=FGT60FTK1234,OU=FortiGate,O=Fortinet", "Fortinet FortiGate"),
        ("CN=SN210A17B1234A7,OU=Firewall,O=NETASQ,C=FR", "Stormshield"),
        ("CN=idrac-7XK2,OU=Remote Access Group,O=Dell Inc.,C=US", "Dell iDRAC"),
        ("CN=ILOCZ1234,OU=ISS,O=Hewlett Packard Enterprise", "HPE iLO"),
        ("CN=pve1.hopital.test,OU=PVE Cluster Node,O=Proxmox Virtual Environment", "Proxmox"),
        ("CN=synology,O=Synology Inc.,C=TW", "Synology DSM"),
        ("CN=portail.hopital.test,O=Centre hospitalier,C=FR", ""),
        ("CN=fortigate.hopital.test,O=Centre hospitalier", ""),
    ],
)
def test_the_certificate_a_maker_put_in_betrays_the_product(subject: str, name: str) -> None:
    found = seen(Http(200, "Accueil"), certificate=replace(SOUND, subject=subject))
    assert (found.name if found else "") == name


QUOTED = (
    *sorted({product.name for product in PRODUCTS} - {"Administration page", "Network camera"}),
    "FortiGate", "Citrix Gateway", "NetScaler", "GlobalProtect", "Cisco AnyConnect", "BIG-IP APM", "Check Point Mobile",
    "Zyxel", "ZyWALL", "WALLIX", "Guacamole", "RD Web", "VMware ESXi", "vSphere", "vCenter", "iDRAC", "iLO",
    "Integrated Lights-Out", "Tomcat Manager", "RabbitMQ Management", "Synology", "DiskStation", "RouterOS",
    "LaserJet", "OfficeJet", "Web Image Monitor", "Command Center RX", "Brother HL-L2350", "Remote UI", "OWA",
    "Axis Communications", "Network Camera", "Administration", "Admin Panel", "Outlook Web App", "MOVEit", "Kaseya",
    "Nextcloud", "SharePoint", "Confluence", "Jira", "Xen Orchestra", "ServiceDesk Plus", "Horizon", "AD FS",
)  # fmt: skip


@pytest.mark.parametrize("name", QUOTED)
@pytest.mark.parametrize(
    "page",
    [
        Http(200, "Accueil", text="<p>Notre prestataire utilise {name}, renouvelé en 2026.</p>"),
        Http(200, "Marché public : {name} renouvelé au CH de la Vallée"),
        Http(200, "{name} : le guide de l’utilisateur"),
        Http(200, "Accueil", headers=(("content-security-policy", "img-src {name}.example"),)),
        Http(200, "Accueil", text="<a href='https://www.{name}.example/remote/login'>{name}</a>"),
        Http(200, "Accueil", text="<a href='/actualites/{name}'>{name}</a><img src='/photos/{name}.jpg'>"),
        Http(404, "Not found", text="<h1>Not found</h1><p>The page /{name}/ was not found.</p>"),
    ],
)
def test_a_page_that_only_speaks_of_a_product_betrays_nothing(name: str, page: Http) -> None:
    headers = tuple((key, value.format(name=name)) for key, value in page.headers)
    quoting = replace(page, title=page.title.format(name=name), text=page.text.format(name=name), headers=headers)
    assert name_of(quoting) == ""


@pytest.mark.parametrize("name", [name for name in QUOTED if "dmin" not in name])
def test_asking_for_a_password_does_not_make_an_article_a_product(name: str) -> None:
    assert name_of(Http(200, f"{name} : le guide de l’utilisateur", password_field=True)) == ""
    assert name_of(Http(200, f"Assistance - {name} au CH de la Vallée", password_field=True)) == ""


@pytest.mark.parametrize(
    "page",
    [
        Http(200, "Direction et administration | CH de la Vallée"),
        Http(200, "Direction et administration | CH de la Vallée", password_field=True),
        Http(200, "Administration générale"),
        Http(200, "Télétravail", text="<p>Ouvrez /remote/login puis /dana-na/ ou /RDWeb/.</p>"),
        Http(200, "Télétravail", text="<a href='//vpn.hopital.test/dana-na/'>Accès distant</a>"),
        Http(200, "Plan", text="<link href='/css/ilot.css' rel='stylesheet'>"),
        # Articles whose whole title is the name of a product
        *(Http(200, name) for name in ("GLPI", "Zabbix", "Nagios", "Centreon", "Nextcloud", "Commvault", "GitLab")),
        *(Http(200, name) for name in ("Jira", "Confluence", "Horde", "SOGo", "Roundcube", "Zimbra", "Adminer")),
        *(Http(200, name) for name in ("Stormshield", "WALLIX", "OCS Inventory", "Sophos", "MOVEit", "Outlook")),
        *(Http(200, name) for name in ("Exchange", "SharePoint", "Gaia", "FortiGate", "VPN 2026", "Web service")),
        # What stands before a site, and is not the gateway of the same maker
        Http(200, "Portail", cookies=(Cookie("BIGipServerpool_web", True, True),)),
        Http(200, "Portail", headers=(("server", "BigIP"),)),
        Http(200, "Portail", cookies=(Cookie("NSC_mc_wtfswfs", True, True),)),
        Http(200, "Site", headers=(("x-powered-by", "PleskLin"),)),
        Http(200, "Site", headers=(("server", "Apache"), ("x-powered-by", "PHP/8.2"))),
        # Common frameworks that look like a product
        Http(302, location="/users/sign_in", cookies=(Cookie("_dossier_session", True, True),)),
        Http(302, location="/login", cookies=(Cookie("JSESSIONID", True, True),)),
        Http(302, location="/console/"),
        Http(302, location="/portal/"),
        Http(302, location="/webmail/"),
        Http(200, "Intranet", text="<meta name='ajs-version-number' content='3.1'>"),
        # Lessons, which show the code of others
        Http(200, "Tutoriel", text="<pre>window.grafanaBootData = {}; rcmail.set_env({})</pre>"),
        Http(200, "Tutoriel", text="<code>&lt;html ng-app='esxUiApp'&gt; ID_VC_Welcome</code>"),
        Http(200, "Tutoriel", text="<p>Server: ScreenConnect/23.9.7 X-Jenkins: 2.440</p>"),
    ],
)  # fmt: skip
def test_pages_that_look_like_a_product_are_none(page: Http) -> None:
    assert name_of(page) == ""


@pytest.mark.parametrize(
    ("location", "names", "name"),
    [
        ("https://vpn.hopital.test/dana-na/", ("www.hopital.test",), ""),
        ("https://vpn.hopital.test/dana-na/", (), ""),
        ("//vpn.hopital.test/dana-na/", ("www.hopital.test",), ""),
        ("https://vpn.hopital.test.example.org/dana-na/", ("vpn.hopital.test",), ""),
        ("https://vpn.hopital.test@example.org/dana-na/", ("vpn.hopital.test",), ""),
        ("https://outlook.office365.com/owa/", ("mail.hopital.test",), ""),
        ("https://VPN.hopital.test:443/dana-na/", ("vpn.hopital.test",), "Ivanti Connect Secure"),
        ("https://192.0.2.1/dana-na/", (), "Ivanti Connect Secure"),
        ("/dana-na/", ("www.hopital.test",), "Ivanti Connect Secure"),
    ],
)
def test_a_redirection_to_another_server_betrays_nothing_of_this_one(
    location: str, names: tuple[str, ...], name: str
) -> None:
    assert name_of(Http(302, location=location, redirects=(location,)), *names) == name
    assert name_of(Http(200, text=f'<script>location.href="{location}";</script>'), *names) == name


def test_a_name_that_the_certificate_bears_is_this_server_a_wildcard_is_not() -> None:
    page = Http(302, location="https://rds.hopital.test/RDWeb/")
    own, wide = (replace(SOUND, names=(name,)) for name in ("rds.hopital.test", "*.hopital.test"))
    found = seen(page, certificate=own)
    assert found is not None
    assert (found.name, seen(page, certificate=wide)) == ("Microsoft RD Web", None)


def test_the_precise_product_comes_before_the_vague_one() -> None:
    assert name_of(Http(200, "Zimbra Administration", password_field=True)) == "Zimbra"
    assert name_of(Http(200, "Login to Usermin", headers=(("server", "MiniServ/1.860"),))) == "Usermin"
    kinds = [product.kind for product in PRODUCTS]
    assert kinds == sorted(kinds, key=list(Kind).index)


def test_what_is_not_a_page_betrays_nothing() -> None:
    port = Port(22, Service("ssh"))
    assert recognised(Endpoint(Host("192.0.2.1", (), (port,)), port)) is None


@pytest.mark.parametrize(
    "page",
    [
        Http(200, "a1-" * 100, text="a-" * 1000),
        Http(200, "Zyxel " + "1" * 290, text="<script " * 250),
        Http(200, "HP LaserJet " + "a1 " * 95, text="<" * 2000),
        Http(200, "x" * 300, text="location=" * 220, headers=tuple(("server", "a" * 300) for _ in range(40))),
        Http(200, "login to " * 33, text="<a href='" + "/a" * 990),
        Http(200, "Brother hl-" + "a" * 280, text="<script>" + "jsLoader.php?" * 150),
    ],
)
def test_hostile_pages_cost_little_time(page: Http) -> None:
    began = time.perf_counter()
    seen(page)
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize(
    ("title", "text", "default"),
    [
        ("Welcome to nginx!", "", True),
        ("Apache2 Debian Default Page: It works", "", True),
        ("IIS Windows Server", "", True),
        ("Test Page for the Nginx HTTP Server on Red Hat Enterprise Linux", "", True),
        ("HTTP Server Test Page powered by CentOS", "", True),
        ("Apache Tomcat/9.0.65", "", True),
        ("", "<html><body><h1>It works!</h1></body></html>", True),
        ("Domain Default page", "", True),
        ("Bienvenue", "<p>Welcome to nginx! est la page par défaut.</p>", False),
        ("It works! Notre nouveau portail", "", False),
        ("Le serveur Apache Tomcat/9.0.65", "", False),
        ("Accueil", "<html><body><h1>Bienvenue</h1></body></html>", False),
    ],
)
def test_default_pages(title: str, text: str, default: bool) -> None:
    assert is_default_page(Http(200, title, text=text)) is default


@pytest.mark.parametrize(
    ("http", "listing"),
    [
        (Http(200, "Index of /sauvegardes"), True),
        (Http(200, "Directory listing for /"), True),
        (Http(200, "192.0.2.1 - /", text='<H1>192.0.2.1 - /</H1><hr> <pre><A HREF="/bak/">bak</A>'), True),
        (Http(403, "Index of /"), False),
        (Http(200, "Notre index of /"), False),
        (Http(200, "Accueil", text="<h1>Hôpital - Accueil</h1><hr><pre>plan</pre>"), False),
    ],
)
def test_listings(http: Http, listing: bool) -> None:
    assert is_listing(http) is listing
