"""Webmail, shared applications and viewers of images: used from afar on purpose, and attacked as such. Pure data."""

from __future__ import annotations

from scanners.exposure.product_marks import application, entered, files, imaging, named, webmail

WEBMAILS = (
    webmail(
        "Microsoft Exchange",
        r"owa(?:/(?:auth|\?|\d|$)|\?|$)",
        header=r"x-owa-version:|x-feserver:",
        version=r"(?m)^x-owa-version: ([\d.]+)|\bowa/(?:auth/)?(\d+\.\d+\.\d+(?:\.\d+)?)/",
        compared=False,
    ),
    webmail(
        "Zimbra",
        r"zimbra/|zimbraadmin",
        r"zimbra (?:web client (?:sign|log) in|collaboration(?: suite)? (?:sign|log) in|administration)"
        r"|(?:connexion|identification) au client web (?:de )?zimbra|(?:connexion|identification)[^|]{0,20} zimbra",
        r"set-cookie: zm_(?:test|login_csrf|auth_token)$",
    ),
    webmail(
        "Roundcube",
        title=r".{0,80}:: welcome to .{0,60}roundcube.{0,20}",
        header=r"set-cookie: roundcube_sess",
        code=r"\brcube_webmail\(|\brcmail\.set_env\(",
        version=r'"rcversion":(\d{5,6})\b',
    ),
    webmail("SOGo", r"sogo(?:/|\.woa/|$)"),
    webmail(
        "Horde",
        r"(?:[^?#]*/)?(?:horde|imp)/login\.php",
        r"(?:.{0,40} )?:: welcome to horde|welcome to horde|bienvenue (?:sur|à|dans) horde",
        r"set-cookie: horde$",
        r"\bHordeCore\.",
    ),
    webmail(
        "BlueMind",
        title=r"(?:welcome to|bienvenue (?:sur|dans|à)) bluemind",
        header=r"set-cookie: bm(?:hps|sid)$",
        code=r"\bwindow\.bmExtensions\b",
        version=r"\bwindow\.applicationVersion = \"([\d.]+)\"",
    ),
    webmail(
        "HCL Domino webmail", r"(?:[^?#]*/)?iwaredir\.nsf|(?:mail|courrier)/[^/?#]+\.nsf", r"(?:hcl|ibm) inotes.{0,40}"
    ),
    webmail(
        "Kerio Connect",
        title=r"kerio connect client.{0,40}|kerio (?:connect|mailserver) (?:webmail|administration).{0,20}",
        header=r"server: kerio (?:connect|mailserver)",
        version=r"(?m)^server: Kerio (?:Connect|MailServer) ([\d.]+)",
    ),
    webmail(
        "MDaemon",
        r"worldclient\.dll",
        header=r"server: wdaemon/",
        version=r"(?m)^server: WDaemon/([\d.]+)",
    ),
    webmail(
        "SquirrelMail",
        title=r"squirrelmail - (?:log ?in|connexion|identification)",
        header=r"set-cookie: sqmsessid$",
        version=r"SquirrelMail version ([\d.]+)",
    ),
    webmail("Open-Xchange", r"appsuite/"),
)

APPLICATIONS = (
    application(
        "Ivanti EPMM",
        r"mifs/",
        named(r"mobileiron (?:admin|user) portal|mobileiron registration|ivanti (?:epmm|endpoint manager mobile)"),
    ),
    application(
        "Progress MOVEit Transfer",
        r"human\.aspx|moveitisapi/",
        header=r"set-cookie: (?:silocklongterminstid|midmzlang)$",
    ),
    application(
        "Fortra GoAnywhere",
        r"goanywhere/|webclient/login\.xhtml",
        named(r"goanywhere(?: (?:managed file transfer|mft|web client|services))*"),
    ),
    application(
        "CrushFTP",
        r"webinterface/(?:login\.html|new-ui/)",
        header=r"server: crushftp|set-cookie: (?:crushauth|currentauth)$",
    ),
    application("SolarWinds Serv-U", header=r"server: serv-u/", version=r"(?m)^server: Serv-U/([\d.]+)"),
    application(
        "Nextcloud",
        title=entered("nextcloud"),
        header=r"set-cookie: (?:__host-)?nc_samesitecookie",
    ),
    application("ownCloud", header=r"set-cookie: oc_sessionpassphrase$"),
    application(
        "GLPI",
        r"glpi/(?:index|front/|$)",
        entered("glpi"),
        r"set-cookie: glpi_[0-9a-f]+",
        r"\bvar CFG_GLPI\b",
    ),
    application("OCS Inventory", r"ocsreports(?:/|$)", entered("ocs inventory(?: ng)?(?: reports?)?")),
    application(
        "Microsoft SharePoint",
        r"_layouts/15/|_layouts/1[46]/",
        header=r"microsoftsharepointteamservices:|sprequestguid:",
        version=r"(?m)^microsoftsharepointteamservices: ([\d.]+)",
        compared=False,
    ),
    application(
        "Atlassian Confluence",
        header=r"x-confluence-request-time:",
        code=r'name="confluence-(?:context-path|request-time)"',
        version=r'name="ajs-version-number" content="([\d.]+)"',
    ),
    application(
        "Atlassian Jira",
        r"secure/Dashboard\.jspa",
        header=r"x-asessionid:",
        code=r'name="application-name" content="jira"',
        version=r'content="JIRA" data-name="jira" data-version="([\d.]+)"',
    ),
    application(
        "GitLab",
        title=entered("gitlab(?: (?:community|enterprise) edition)?"),
        header=r"set-cookie: _gitlab_session$|x-gitlab-meta:",
    ),
    application(
        "Keycloak",
        r"(?:auth/)?realms/[^/]+/protocol/|(?:auth/)?resources/[\w.-]+/(?:login|admin|welcome)/keycloak",
        r"welcome to keycloak|keycloak administration (?:console|ui)",
        r"set-cookie: (?:kc_restart|keycloak_session|keycloak_identity)",
    ),
    application("Microsoft AD FS", r"adfs/(?:ls|portal|oauth2)/", header=r"set-cookie: msis(?:auth|samlrequest)"),
    application(
        "ManageEngine",
        title=named(
            r"(?:zoho )?manageengine(?: ?[-–|])? ?(?:servicedesk plus(?: msp)?|supportcenter plus|assetexplorer"
            r"|ad(?:selfservice|manager|audit) plus|(?:desktop|endpoint) central|opmanager(?: plus)?|oputils"
            r"|password manager pro|pam360|applications manager|eventlog analyzer|log360|(?:patch|key) manager plus"
            r"|mobile device manager plus|exchange reporter plus|(?:firewall|netflow) analyzer)"
        ),
        header=r"set-cookie: (?:sdpsessionid|sdplogincsrfcookie|dcjsessionid|adscsrf)$",
    ),
    application("SolarWinds Web Help Desk", r"helpdesk/WebObjects/Helpdesk\.woa"),
    application("Usermin", title=named("usermin")),
    application("InterSystems Caché / IRIS", r"csp/sys/", header=r"set-cookie: (?:cspsessionid|cspwserverid)"),
)
"""Applications, file transfer, identity, tickets: their flaws are among the first that are tried."""

IMAGING = (
    imaging("OHIF Viewer", files(r"\bohif"), r"ohif viewer", code=r'"@?ohif/(?:app|viewer)"'),
    imaging("dcm4chee", r"dcm4chee-(?:arc|web\d?)/"),
    imaging("GE Centricity viewer", r"zfp(?:/|$)", r"(?:ge healthcare )?centricity universal viewer.{0,40}"),
    imaging("Fujifilm Synapse", r"synapsesignon/|synapse/webquery"),
)
"""Viewers and archives of medical images; their consoles are elsewhere."""
