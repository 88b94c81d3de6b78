"""What each known product answers to a stranger, written from what is publicly known of its pages. Pure data.

One specimen at least for each product of `known_gateways.py`, `known_applications.py` and `known_consoles.py`; unit
tests read them as the collector does, the zone of the lab serves them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_PASSWORD = '<form method="post"><input name="user"><input type="password" name="pass"></form>'


@dataclass(frozen=True, slots=True)
class Specimen:
    """The answers of one product by path (any other path is not found), and the version that they tell."""

    product: str
    answers: Mapping[str, bytes]
    version: str = ""


def answer(status: str, headers: tuple[str, ...], body: str = "") -> bytes:
    """An HTTP answer of a declared length."""
    raw = body.encode()
    lines = (f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(raw)}", "Connection: close")
    return "\r\n".join((*lines, "", "")).encode("latin-1") + raw


def page(title: str, head: str = "", body: str = _PASSWORD, headers: tuple[str, ...] = ()) -> bytes:
    """A page with what its head and body hold."""
    text = f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    return answer("200 OK", ("Content-Type: text/html; charset=utf-8", *headers), text)


def moved(location: str, *headers: str, status: str = "302 Found") -> bytes:
    """A redirection."""
    return answer(status, (f"Location: {location}", *headers))


NOT_FOUND = answer("404 Not Found", ("Content-Type: text/plain",), "not found")


def _at_once(product: str, *answers: bytes, version: str = "") -> tuple[Specimen, ...]:
    return tuple(Specimen(product, {"/": one}, version) for one in answers)


def _after(product: str, location: str, landing: bytes, *headers: str, version: str = "") -> tuple[Specimen, ...]:
    path = location.partition("#")[0]
    return (Specimen(product, {"/": moved(location, *headers), path: landing}, version),)


_LOGIN = page("Connexion")
_ASKS_FIRST = "401 Unauthorized"

SPECIMENS: tuple[Specimen, ...] = (
    # Ways in from afar
    *_at_once(
        "Fortinet FortiGate",
        answer(
            "200 OK",
            (),
            '<html><script>if (window!=top) top.location=window.location;top.location="/remote/login";</script></html>',
        ),
        page("Please Login", '<script src="/remote/fgt_lang?lang=fr"></script>'),
    ),
    *_after(
        "Ivanti Connect Secure",
        "/dana-na/auth/url_default/welcome.cgi",
        page("Ivanti Connect Secure", headers=("Set-Cookie: DSSignInURL=/; path=/; secure",)),
    ),
    *_after("Citrix NetScaler Gateway", "/logon/LogonPoint/index.html", page("NetScaler AAA")),
    *_at_once(
        "Citrix NetScaler Gateway", page("Portail", headers=("Set-Cookie: NSC_TMAS=deadbeef;Secure;HttpOnly;Path=/",))
    ),
    *_after("Palo Alto GlobalProtect", "/global-protect/login.esp", page("GlobalProtect Portal")),
    *_after(
        "Cisco ASA / AnyConnect",
        "/+CSCOE+/logon.html",
        page("SSL VPN Service"),
        "Set-Cookie: webvpnlogin=1; path=/; secure",
    ),
    *_after(
        "F5 BIG-IP APM",
        "/my.policy",
        _LOGIN,
        "Set-Cookie: LastMRH_Session=0a1b;path=/;secure",
        "Set-Cookie: MRHSession=0a1b;path=/;secure",
    ),
    *_at_once(
        "SonicWall",
        page("SonicWall - Virtual Office"),
        page("Virtual Office", headers=("Server: SonicWALL SSL-VPN Web Server",)),
    ),
    *_after(
        "Check Point",
        "/sslvpn/Login/Login",
        page("Check Point Mobile", headers=("Set-Cookie: CPCVPN_SESSION_ID=ab; secure; HttpOnly",)),
    ),
    *_after("WatchGuard", "/sslvpn_logon.shtml", page("User Authentication")),
    *_at_once(
        "Stormshield",
        page("Stormshield Network Security"),
        page("Portail captif", '<link rel="stylesheet" href="/auth/stormshield.css">'),
    ),
    *_after("Sophos Firewall", "/userportal/webpages/myaccount/login.jsp", page("Sophos")),
    *_at_once("Zyxel", page("USG FLEX 200", '<script src="/ext-js/web-pages/login/zyFunction.js?v=1"></script>')),
    *_after("WALLIX Bastion", "/wabam", page("WALLIX Access Manager")),
    *_at_once("WALLIX Bastion", page("WALLIX Bastion")),
    *_at_once(
        "Apache Guacamole",
        page("Apache Guacamole", "", '<guac-notification></guac-notification><script src="app.js"></script>'),
    ),
    *_after(
        "Microsoft RD Web",
        "/RDWeb/Pages/fr-FR/login.aspx",
        page("Accès Bureau à distance par le Web", headers=("Set-Cookie: TSWAFeatureCheckCookie=true; path=/RDWeb/",)),
    ),
    *_after(
        "OpenVPN Access Server",
        "/__session_start__/",
        page("OpenVPN Connect"),
        "Server: OpenVPN-AS",
        "Set-Cookie: openvpn_sess_0a1b=cd;Path=/;Secure;HttpOnly",
    ),
    *_at_once("VMware Horizon", page("VMware Horizon", "", '<a href="/portal/webclient/index.html">HTML Access</a>')),
    *_at_once("BeyondTrust Remote Support", page("BeyondTrust Remote Support Portal")),
    *_at_once(
        "ConnectWise ScreenConnect",
        page(
            "ConnectWise Control Remote Support Software",
            headers=("Server: ScreenConnect/23.9.7.8804-3459152511 Microsoft-HTTPAPI/2.0",),
        ),
        version="23.9.7.8804",
    ),
    *_at_once("SimpleHelp", page("SimpleHelp Remote Support")),
    *_after("Kaseya VSA", "/vsapres/web20/core/login.aspx", _LOGIN),
    # Webmail
    *_after(
        "Microsoft Exchange",
        "/owa/",
        page("Outlook", '<link rel="shortcut icon" href="/owa/auth/15.2.1544/themes/resources/favicon.ico">'),
        "X-FEServer: EXCH01",
        version="15.2.1544",
    ),
    *_at_once(
        "Zimbra",
        page(
            "Zimbra Web Client Sign In",
            headers=("Set-Cookie: ZM_TEST=true;Secure", "Set-Cookie: ZM_LOGIN_CSRF=ab;Secure;HttpOnly"),
        ),
    ),
    *_at_once("Zimbra", page("Connexion au client Web Zimbra")),
    *_at_once(
        "Roundcube",
        page(
            "Webmail CH :: Welcome to Webmail CH",
            '<script>var rcmail = new rcube_webmail();rcmail.set_env({"task":"login","rcversion":10605});</script>',
            headers=("Set-Cookie: roundcube_sessid=ab; path=/; secure; HttpOnly",),
        ),
        version="1.6.5",
    ),
    *_after(
        "SOGo",
        "/SOGo/",
        page("SOGo", '<link href="/SOGo.woa/WebServerResources/css/styles.css?lm=1" rel="stylesheet">'),
    ),
    *_after("Horde", "/horde/login.php", page("CH :: Welcome to Horde"), "Set-Cookie: Horde=ab; path=/"),
    *_at_once(
        "BlueMind",
        page(
            "Welcome to BlueMind", '<script>window.bmExtensions = {};window.applicationVersion = "4.9.31245";</script>'
        ),
        version="4.9.31245",
    ),
    *_after("HCL Domino webmail", "/iwaredir.nsf", _LOGIN, "Server: Lotus-Domino"),
    *_after(
        "Kerio Connect",
        "/webmail/login/",
        page("Kerio Connect Client", headers=("Server: Kerio Connect 9.4.2",)),
        version="9.4.2",
    ),
    *_at_once(
        "MDaemon",
        page("MDaemon Webmail", '<form action="/WorldClient.dll?View=Main">', headers=("Server: WDaemon/24.0.0",)),
        version="24.0.0",
    ),
    *_after(
        "SquirrelMail",
        "/src/login.php",
        page(
            "SquirrelMail - Login",
            "",
            f"<small>SquirrelMail version 1.4.22<br>By the SquirrelMail Project Team</small>{_PASSWORD}",
            headers=("Set-Cookie: SQMSESSID=ab; path=/",),
        ),
        version="1.4.22",
    ),
    *_after("Open-Xchange", "/appsuite/", page("Webmail", '<script src="/appsuite/boot.js"></script>')),
    # Applications
    *_after("Ivanti EPMM", "/mifs/user/login.jsp", page("MobileIron User Portal")),
    *_after(
        "Progress MOVEit Transfer",
        "/human.aspx",
        page("Transfert sécurisé"),
        "Set-Cookie: siLockLongTermInstID=0; path=/; secure",
    ),
    *_after("Fortra GoAnywhere", "/webclient/Login.xhtml", page("Espace de dépôt")),
    *_after("CrushFTP", "/WebInterface/login.html", page("WebInterface"), "Server: CrushFTP HTTP Server"),
    *_at_once("SolarWinds Serv-U", page("Transfert", headers=("Server: Serv-U/15.4.2.126",)), version="15.4.2.126"),
    *_after(
        "Nextcloud",
        "/login",
        page("Connexion – Nextcloud"),
        "Set-Cookie: oc_sessionPassphrase=ab; path=/; secure",
        "Set-Cookie: __Host-nc_sameSiteCookielax=true; path=/; secure",
    ),
    *_after("ownCloud", "/login", page("ownCloud"), "Set-Cookie: oc_sessionPassphrase=ab; path=/; secure; HttpOnly"),
    *_at_once(
        "GLPI",
        page(
            "Authentification - GLPI",
            '<script>\nvar CFG_GLPI = {"root_doc":""};\n</script>',
            headers=("Set-Cookie: glpi_8ac3914e6055f1dc4d1023c9bbf5ce82=ab; path=/; HttpOnly",),
        ),
    ),
    *_after("OCS Inventory", "/ocsreports/", page("OCS Inventory")),
    *_at_once(
        "Microsoft SharePoint",
        answer(
            _ASKS_FIRST,
            ("WWW-Authenticate: NTLM", "MicrosoftSharePointTeamServices: 16.0.0.10396", "SPRequestGuid: 1a2b3c"),
        ),
        version="16.0.0.10396",
    ),
    *_after(
        "Atlassian Confluence",
        "/login.action",
        page(
            "Log In - Confluence",
            '<meta name="confluence-context-path" content=""><meta name="ajs-version-number" content="7.19.16">',
        ),
        "X-Confluence-Request-Time: 1700000000000",
        version="7.19.16",
    ),
    *_after(
        "Atlassian Jira",
        "/secure/Dashboard.jspa",
        page(
            "System Dashboard - Jira",
            '<meta name="application-name" content="JIRA" data-name="jira" data-version="9.4.14">',
        ),
        version="9.4.14",
    ),
    *_after(
        "GitLab", "/users/sign_in", page("Sign in · GitLab"), "Set-Cookie: _gitlab_session=ab; path=/; secure; HttpOnly"
    ),
    *_at_once(
        "Keycloak",
        page("Connexion à ch", '<link href="/resources/ab12c/login/keycloak/css/login.css" rel="stylesheet">'),
    ),
    *_after(
        "Microsoft AD FS",
        "/adfs/ls/idpinitiatedsignon.aspx",
        page("Connexion", '<link rel="stylesheet" href="/adfs/portal/css/style.css?id=ab">'),
    ),
    *_at_once(
        "ManageEngine",
        page("ManageEngine ServiceDesk Plus", headers=("Set-Cookie: SDPSESSIONID=ab; Path=/; Secure; HttpOnly",)),
    ),
    *_after("SolarWinds Web Help Desk", "/helpdesk/WebObjects/Helpdesk.woa", page("Assistance")),
    *_at_once("Usermin", page("Login to Usermin", headers=("Server: MiniServ/1.860",))),
    *_at_once(
        "InterSystems Caché / IRIS",
        page(
            "Dossier",
            headers=("Set-Cookie: CSPSESSIONID-SP-443-UP-csp-dossier-=ab; path=/csp/dossier/; secure; HttpOnly",),
        ),
    ),
    # Medical images
    *_at_once("OHIF Viewer", page("OHIF Viewer", '<script src="/app-config.js"></script>', '<div id="root"></div>')),
    *_after("dcm4chee", "/dcm4chee-arc/ui2/", page("Archive")),
    *_after("GE Centricity viewer", "/ZFP", page("Centricity Universal Viewer Zero Footprint")),
    *_after("Fujifilm Synapse", "/SynapseSignOn/sts/login", _LOGIN),
    # Consoles
    *_at_once("NAKIVO Backup & Replication", page("NAKIVO Backup &amp; Replication")),
    *_after("Bareos", "/bareos-webui/auth/login", _LOGIN),
    *_at_once("UrBackup", page("UrBackup - Keeps your data safe")),
    *_at_once("BackupPC", answer(_ASKS_FIRST, ('WWW-Authenticate: Basic realm="BackupPC admin"',))),
    *_at_once("Veeam", page("Veeam Backup Enterprise Manager : Log in")),
    *_after("Commvault", "/commandcenter/", page("Command Center")),
    *_at_once("Acronis", page("Acronis Cyber Protect")),
    *_at_once(
        "Proxmox",
        page(
            "pve1 - Proxmox Virtual Environment",
            '<script src="/pve2/js/pvemanagerlib.js?ver=8.1.4"></script>'
            "<script>Proxmox = { Setup: { auth_cookie_name: 'PVEAuthCookie' } };</script>",
            headers=("Server: pve-api-daemon/3.0",),
        ),
        version="8.1.4",
    ),
    *_at_once(
        "VMware vCenter",
        answer(
            "200 OK",
            (),
            '<html><head><script>document.write("<title>" + ID_VC_Welcome + "</title>");</script></head></html>',
        ),
    ),
    *_at_once(
        "VMware ESXi",
        answer("200 OK", (), '<html lang="en" ng-app="esxUiApp"><head><script src="ui.js"></script></head></html>'),
    ),
    *_at_once("Nutanix Prism", page("Nutanix Web Console")),
    *_at_once("Windows Admin Center", page("Windows Admin Center")),
    *_after("Xen Orchestra", "/signin", page("Xen Orchestra")),
    *_after("Dell iDRAC", "/restgui/start.html", page("idrac-7XK2 - iDRAC9 - Login")),
    *_at_once("HPE iLO", page("iLO 5", headers=("Server: HPE-iLO-Server/1.30",))),
    *_after("Fortinet FortiGate administration", "/login?redir=%2F", page("FortiGate")),
    *_after("F5 BIG-IP configuration utility", "/tmui/login.jsp", page("BIG-IP&reg;- Redirect")),
    *_after("Cisco ASDM", "/admin/public/index.html", page("Cisco ASDM 7.18(1)")),
    *_after("Sophos Firewall administration", "/webconsole/webpages/login.jsp", page("Sophos")),
    *_at_once("Check Point Gaia", page("Gaia Portal")),
    *_at_once("Juniper J-Web", page("Log In - Juniper Web Device Manager")),
    *_at_once("pfSense", page("pfSense - Login", '<link rel="stylesheet" href="/css/pfSense.css?v=1">')),
    *_at_once(
        "OPNsense",
        page("Login | OPNsense", '<link href="/ui/themes/opnsense/build/css/main.css?v=ab" rel="stylesheet">'),
    ),
    *_at_once("MikroTik RouterOS", page("RouterOS router configuration page")),
    *_at_once(
        "phpMyAdmin",
        page(
            "phpMyAdmin",
            '<link rel="stylesheet" href="./themes/pmahomme/css/theme.css?v=5.2.1">',
            headers=("Set-Cookie: phpMyAdmin=ab; path=/; secure; HttpOnly",),
        ),
        version="5.2.1",
    ),
    *_at_once(
        "Adminer",
        page("Login - Adminer", '<link rel="stylesheet" href="?file=default.css&amp;version=4.8.1">'),
        version="4.8.1",
    ),
    *_at_once("RabbitMQ", page("RabbitMQ Management")),
    *_at_once(
        "Zabbix",
        page(
            "Zabbix",
            '<script src="jsLoader.php?lang=fr_FR&amp;ver=6.0.25&amp;showGuiMessaging=1"></script>',
            headers=("Set-Cookie: zbx_session=ab; secure; HttpOnly",),
        ),
        version="6.0.25",
    ),
    *_after("Centreon", "/centreon/login", page("Centreon - IT &amp; Network Monitoring")),
    *_at_once("Nagios", answer(_ASKS_FIRST, ('WWW-Authenticate: Basic realm="Nagios Access"',))),
    *_after(
        "Grafana",
        "/login",
        page(
            "Grafana",
            '<script>window.grafanaBootData = {"settings":'
            '{"buildInfo":{"edition":"Open Source","version":"9.5.2","commit":"ab"}}};</script>',
            "",
        ),
        version="9.5.2",
    ),
    *_after(
        "Kibana",
        "/app/kibana",
        page(
            "Kibana",
            "",
            '<kbn-injected-metadata data="{&quot;version&quot;:&quot;7.17.5&quot;,&quot;buildNumber&quot;:1}">'
            "</kbn-injected-metadata>",
        ),
        "kbn-name: k1",
        version="7.17.5",
    ),
    *_after("SolarWinds Orion", "/Orion/Login.aspx", page("SolarWinds Orion")),
    *_at_once("Jenkins", answer("403 Forbidden", ("X-Jenkins: 2.440.3", "X-Hudson: 1.395")), version="2.440.3"),
    *_at_once(
        "Apache Tomcat Manager",
        page("Apache Tomcat/9.0.65", "", '<a href="/manager/html">Manager App</a>'),
        version="9.0.65",
    ),
    *_at_once("Webmin", page("Login to Webmin", headers=("Server: MiniServ/2.105",))),
    *_at_once(
        "Portainer",
        answer(
            "200 OK",
            ("Content-Type: text/html",),
            '<!doctype html><html lang="en" ng-app="portainer"><head><title>Portainer</title></head></html>',
        ),
    ),
    *_at_once("cPanel", page("cPanel Login", headers=("Server: cpsrvd",))),
    *_after(
        "Plesk",
        "/login_up.php?success_redirect_url=%2F",
        page("Plesk Obsidian 18.0.55", headers=("Server: sw-cp-server",)),
        version="18.0.55",
    ),
    Specimen(
        "Orthanc",
        {
            "/": moved("app/explorer.html", status="301 Moved Permanently"),
            "/app/explorer.html": page("Orthanc Explorer"),
        },
    ),
    *_at_once("Mirth Connect", page("Mirth Connect Administrator", "", '<a href="webadmin/Index.action">Access</a>')),
    *_at_once(
        "Synology DSM",
        page("NAS-CH&nbsp;-&nbsp;Synology&nbsp;DiskStation", '<script src="webman/security.cgi"></script>'),
    ),
    *_at_once("QNAP", page("QNAP Turbo NAS")),
    *_after(
        "HP LaserJet",
        "/hp/device/this.LCDispatcher",
        page(
            "HP Color LaserJet MFP M479fdw 192.0.2.9",
            headers=("Server: HP HTTP Server; HP Color LaserJet MFP M479fdw - W1A79A",),
        ),
    ),
    *_at_once("Canon Remote UI", page("Remote UI: Login: MF445dw", headers=("Server: CANON HTTP Server",))),
    *_after("Ricoh Web Image Monitor", "/web/guest/fr/websys/webArch/mainFrame.cgi", page("Web Image Monitor")),
    *_at_once("Kyocera Command Center RX", page("Command Center RX", headers=("Server: KM-MFP-http/V0.0.1",))),
    *_at_once("Lexmark", page("Lexmark MS621dn", headers=("Server: Lexmark_Web_Server",))),
    *_at_once("Brother", page("Brother HL-L2350DW series", headers=("Server: debut/1.30",))),
    *_at_once("Xerox", page("Xerox VersaLink C405")),
    *_at_once("Axis", answer(_ASKS_FIRST, ('WWW-Authenticate: Digest realm="AXIS_ACCC8E012345", nonce="ab"',))),
    *_after("Hikvision", "/doc/page/login.asp", page("login", headers=("Server: App-webs/",))),
    *_at_once("Dahua", page("WEB SERVICE", '<script src="/jsCore/rpcCore.js"></script>')),
    *_at_once("Network camera", page("Network Camera")),
    *_at_once("Administration page", page("Administration GTB"), page("Admin Panel")),
)

_ARTICLE = "<h1>Marchés publics</h1><p>Le FortiGate, l’Exchange et le Zabbix du CH sont renouvelés.</p>"
LOOK_ALIKES: tuple[Specimen, ...] = (
    *_at_once(
        "",
        page("GLPI", body=_ARTICLE),
        page("Zabbix : ce qui change en 2026", body=_ARTICLE),
        page("Accueil", body='<a href="https://vpn.hopital.test/remote/login">Accès distant</a>'),
        page("Portail", headers=("Set-Cookie: BIGipServerpool_web=1.2.3; path=/",)),
        page("Tutoriel", body="<pre>var CFG_GLPI = {}; window.grafanaBootData</pre>"),
        moved("https://outlook.office365.com/owa/"),
    ),
)
"""Answers that speak of products, or stand beside them, and are none."""
