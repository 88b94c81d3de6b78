"""Which product a web answer betrays: SSL-VPN gateways, administration consoles, interfaces without authentication.

Pure. A product is betrayed by what its own pages have and a page about it has not: the paths it leads to on the same
server, its whole title, its headers and cookies, the names of its own scripts. A page that only quotes a product's name
betrays nothing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanners.exposure.facts import Endpoint, Http
from scanners.known_products import known_as
from scanners.vulnerabilities.names import family

_LINK = re.compile(r"""\b(?:href|src|action)\s*=\s*["']?\s*([^"'\s>]+)""", re.IGNORECASE)
_LEADS = re.compile(
    r"""\blocation(?:\.href)?\s*=\s*["']([^"']+)|\blocation\.(?:replace|assign)\(\s*["']([^"']+)"""
    r"""|;\s*url\s*=\s*["']?([^"'\s>]+)""",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
_SERVER = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//[^/]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Product:
    """A product and what betrays it; each expression may be absent.

    `path` is how a path begins that the answer redirects to, or that its page calls on the same server; `title` the
    whole title, `header` a line `name: value` (cookies: `set-cookie: name`) from its start, `script` a name in the code
    of the page. `asks` demands a page that asks for a password besides.
    """

    name: str
    path: re.Pattern[str] | None = None
    title: re.Pattern[str] | None = None
    header: re.Pattern[str] | None = None
    script: re.Pattern[str] | None = None
    asks: bool = False


def _product(
    name: str, path: str = "", title: str = "", header: str = "", script: str = "", *, asks: bool = False
) -> Product:
    def mark(written: str) -> re.Pattern[str] | None:
        return re.compile(written, re.IGNORECASE) if written else None

    return Product(name, mark(path), mark(title), mark(header), mark(script), asks)


def _files(word: str) -> str:
    """Scripts, styles and icons that bear the name of a product: its own pages call them, an article does not."""
    return rf"[^?#]*{word}[^?#]*\.(?:js|css|ico)\b"


_HOST = r"(?:[\w.-]+ ?[-–|:/] ?)?"
"""The name of the machine, which some products put first."""
_LOGIN = r"(?: ?[-–|:] ?)?(?:(?:log ?in|log ?on|sign in|connexion|authentification|authentication)(?: page| portal)?)?"
_SIGN = r"(?:(?:log ?in|log ?on|sign in|connexion|welcome)(?: (?:to|à))? ?[-–|:]? ?)?"
_VERSION = r"(?: v?[0-9][\w.-]*)?"
_MODEL = r"(?: (?:[\w.()/-]*\d[\w.()/-]*|mfp|pro|series|enterprise|managed|flow|color|couleur|&nbsp;|-))*"


def _named(words: str) -> str:
    """The whole title of a product's own pages: its name, with a machine, a version, a word of welcome."""
    return rf"{_HOST}{_SIGN}(?:{words}){_VERSION}{_LOGIN}"


GATEWAYS = (
    _product("Fortinet FortiGate", r"remote/(?:login|fgt_lang)"),
    _product("Ivanti Connect Secure", r"dana-na/"),
    _product(
        "Citrix NetScaler Gateway",
        r"logon/LogonPoint/|vpn/index\.html",
        _named(r"(?:citrix|netscaler) (?:gateway|adc|aaa)|netscaler|citrix netscaler"),
        r"set-cookie: NSC_",
    ),
    _product("Palo Alto GlobalProtect", r"global-protect/", _named(r"globalprotect(?: portal)?")),
    _product("Cisco ASA / AnyConnect", r"\+CSCOE\+/", header=r"set-cookie: webvpn", script=r"\bwebvpnlogin"),
    _product("F5 BIG-IP APM", r"my\.policy", header=r"set-cookie: (?:bigipserver|MRHSession)|server: big-?ip"),
    _product(
        "SonicWall",
        _files("sonicwall"),
        _named(
            r"sonicwall(?: (?:virtual office|ssl[ -]vpn|authentication|network security(?: appliance)?|administrator))?"
        )
        + r"(?: ?[-–|] ?virtual office)?",
        r"server: [^\n]*sonicwall",
    ),
    _product("Check Point", r"sslvpn/Login", _named(r"check point mobile(?: access)?")),
    _product(
        "WatchGuard",
        rf"sslvpn_logon\.shtml|{_files('watchguard')}",
        _named(r"watchguard(?: (?:access portal|firebox|fireware|ssl|mobile vpn|web ui))*"),
        r"server: [^\n]*watchguard",
    ),
    _product(
        "Stormshield",
        _files("stormshield"),
        _named(r"stormshield(?: (?:network security|ssl vpn|management center|sns|firewall|administration|portal))*"),
        r"server: [^\n]*stormshield",
    ),
    _product(
        "Sophos",
        rf"userportal/webpages/|webconsole/webpages/|{_files('sophos')}",
        _named(r"sophos(?: (?:user portal|vpn portal|webadmin|utm|firewall|xg firewall|connect|ssl vpn))*"),
        r"server: [^\n]*sophos",
    ),
    _product(
        "Zyxel",
        _files("zy(?:xel|wall)"),
        _named(rf"(?:zyxel|zywall){_MODEL}(?: (?:usg|atp|vpn|ssl vpn|flex|security gateway)){{0,3}}{_MODEL}"),
        r"server: [^\n]*zy(?:xel|wall)",
    ),
    _product(
        "WALLIX Bastion",
        _files("wallix"),
        _named(r"wallix(?: (?:bastion|access manager|adminbastion|authentication))*"),
    ),
    _product(
        "Apache Guacamole",
        rf"guacamole/|{_files('guacamole')}",
        _named(r"(?:apache )?guacamole"),
        r"set-cookie: guac[_a-z]*",
    ),
    _product("Microsoft RD Web", r"RDWeb/"),
)
"""SSL-VPN gateways and remote-access portals."""

CONSOLES = (
    _product(
        "Veeam",
        _files("veeam"),
        _named(
            r"veeam(?: (?:backup|enterprise|manager|&|replication|service provider|console|one|web client|for|"
            r"microsoft 365|self-service|portal|explorer))*"
        ),
        r"server: [^\n]*veeam",
    ),
    _product(
        "Proxmox",
        rf"pve2/|{_files('proxmox')}",
        _named(r"proxmox(?: (?:virtual environment|backup server|mail gateway|datacenter manager|ve))?"),
        r"server: (?:pve|pmg|proxmox)[\w-]*",
    ),
    _product(
        "VMware vSphere / ESXi",
        r"vsphere-client",
        _named(r"(?:vmware )?(?:esxi|vsphere|vcenter)(?: (?:server|web|client|host|appliance|management|hypervisor))*"),
        script=r"\bID_(?:VC|EESX)_Welcome\b",
    ),
    _product(
        "Dell iDRAC",
        rf"restgui/(?:start|launch)|{_files('idrac')}",
        r"(?:[\w.-]+ ?[-–|:] ?)?(?:dell )?(?:integrated remote access controller|idrac ?\d*)(?: ?[-–|:] ?[\w .-]+)?",
        r'server: [^\n]*idrac|www-authenticate: [^\n]*realm="?[^"\n]*idrac',
    ),
    _product(
        "HPE iLO",
        _files(r"\bilo\d?\b"),
        _named(r"(?:hpe? )?(?:integrated lights-out|ilo)(?: ?\d)?(?: (?:standard|advanced|web server))*"),
        r"server: hpe?-ilo",
    ),
    _product(
        "phpMyAdmin",
        rf"phpmyadmin/|{_files('phpmyadmin')}",
        r"(?:[^|]{0,80}\| ?)?phpmyadmin(?: [0-9][\w.-]*)?",
        r"set-cookie: (?:phpMyAdmin|pma_)",
    ),
    _product(
        "Adminer",
        r"adminer(?:-[\w.-]+)?\.php|\?file=[\w.-]*(?:default\.css|functions\.js)&(?:amp;)?version=",
        _named("adminer"),
    ),
    _product(
        "Grafana", _files(r"\bgrafana"), _named("grafana"), r"set-cookie: grafana_session", r"\bgrafanaBootData\b"
    ),
    _product("Kibana", r"app/kibana", _named("kibana"), r"kbn-"),
    _product(
        "Jenkins",
        "",
        r"(?:[^\[]{0,80}\[jenkins\])|(?:[\w -]{0,40}- )?jenkins",
        r"x-jenkins|set-cookie: JSESSIONID\.\w{8}$",
    ),
    _product("Apache Tomcat Manager", r"manager/html", r"/manager"),
    _product("Webmin", _files("webmin"), _named(r"webmin(?: server)?"), r"server: miniserv"),
    _product("Portainer", _files("portainer"), _named("portainer(?: (?:ce|be|business|community))?")),
    _product("RabbitMQ", "", _named("rabbitmq management")),
    _product("Orthanc", r"app/explorer\.html", _named("orthanc(?: explorer(?: 2)?| server)?")),
    _product("Mirth Connect", r"webadmin/Index\.action", _named("(?:nextgen )?mirth(?: connect)?(?: administrator)?")),
    _product(
        "Synology DSM",
        r"webman/",
        r"(?:[\w.-]+ ?[-–|:]+ ?)?synology(?: [\w-]*(?:station|nas|router|dsm|office|drive|photos)[\w-]*)*"
        r"|diskstation(?: ?- ?synology \w+)?",
    ),
    _product(
        "QNAP",
        rf"cgi-bin/QTS\.cgi|{_files('qnap')}",
        _named(rf"qnap(?: (?:turbo|nas|systems?|qts|quts hero))*{_MODEL}"),
    ),
    _product(
        "MikroTik RouterOS", "webfig/", _named(r"(?:mikrotik )?routeros(?: router configuration page| [\w-]*webfig)?")
    ),
    _product(
        "pfSense / OPNsense",
        _files("(?:pfsense|opnsense)"),
        _named(r"(?:pfsense|opnsense)(?: (?:plus|ce|webconfigurator))?|[\w.-]+ - (?:pfsense|opnsense)"),
    ),
    _product(
        "Printer",
        r"hp/device/|web/guest/\w+/websys/",
        rf"(?:hp )?(?:color )?(?:laserjet|officejet){_MODEL}(?: embedded web server)?{_MODEL}|web image monitor"
        rf"|(?:kyocera )?command center rx|brother (?:hl|dcp|mfc)-[\w-]+(?: series)?"
        r"|(?:fuji )?xerox"
        rf"(?: (?:workcentre|versalink|altalink|phaser|colorqube|centreware)(?: is| internet services)?)?{_MODEL}"
        rf"|remote ui[^a-z]*(?:[\w-]*\d[\w-]*|login|portal|:|\s|-)*",
        r"server: (?:hp http server|virata-emweb|km-mfp-http)",
    ),
    _product(
        "Network camera",
        r"doc/page/login\.asp|view/viewer_index\.shtml|axis-cgi/",
        rf"(?:live view ?[-/] ?)?(?:(?:axis|hikvision|dahua|sony|panasonic|vivotek)(?: communications)?{_MODEL} ?)?"
        rf"network camera{_MODEL}",
        r'server: (?:hikvision|dnvrs|dahua|app-webs)|www-authenticate: [^\n]*realm="?(?:axis|hikvision|dahua)',
    ),
    _product(
        "Administration page",
        title=r"admin(?:istrator)? (?:panel|console|login)|administration(?: console| login)?"
        r"|console d.administration(?: [\w.-]+){0,3}|(?:[\w.-]+ ?[-–|:] ?)admin(?: panel| console| login)",
    ),
    _product("Administration page", title=r"(?:.{1,40}[-–|:] ?)?administration\b.{0,60}", asks=True),
)
"""Consoles by which a system is administered."""

_ATTACKED = frozenset(known_as(product.name) for product in (*GATEWAYS, *CONSOLES))
"""The same under the names that lists of flaws use."""

_DEFAULT_PAGE = re.compile(
    r"welcome to nginx|apache2 (?:debian|ubuntu) default page|^it works!|iis windows server"
    r"|test page for the (?:apache|nginx)|apache tomcat/[0-9.]+</title>|welcome to centos",
    re.IGNORECASE,
)
_LISTING = re.compile(r"^(?:index of /|directory listing (?:for|of)|répertoire de)", re.IGNORECASE)


def product_of(http: Http, products: tuple[Product, ...]) -> str:
    """The first product of a list that an answer betrays, empty when none."""
    paths = tuple(_paths(http))
    said = [f"{name}: {value}" for name, value in http.headers]
    said += [f"set-cookie: {cookie.name}" for cookie in http.cookies]
    title = " ".join(html.unescape(http.title).split())
    asks = http.password_field or http.status == 401

    def betrayed(product: Product) -> bool:
        if product.asks and not asks:
            return False
        return bool(
            (product.title and product.title.fullmatch(title))
            or (product.path and any(product.path.match(path) for path in paths))
            or (product.header and any(product.header.match(line) for line in said))
            or (product.script and product.script.search(http.text))
        )

    return next((product.name for product in products if betrayed(product)), "")


def is_gateway_or_console(product: str) -> bool:
    """Whether a product, by the name that lists of flaws use, is one of those that pages betray."""
    return not _ATTACKED.isdisjoint(family(product))


def gateway_or_console(http: Http | None) -> str:
    """The gateway, else the console, that an answer betrays; empty when none."""
    return product_of(http, GATEWAYS) or product_of(http, CONSOLES) if http is not None else ""


def _paths(http: Http) -> Iterator[str]:
    """Without their first slash, the paths that an answer leads to and those its page calls on the same server."""
    leads = [http.location, *("".join(found) for found in _LEADS.findall(http.text))]
    calls = (one for one in _LINK.findall(http.text) if not _ELSEWHERE.match(one))
    for path in (*leads, *calls):
        yield _SERVER.sub("", path, count=1).removeprefix("./").lstrip("/")


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
