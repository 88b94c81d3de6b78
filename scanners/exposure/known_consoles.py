"""Consoles by which systems are administered: backups, hypervisors, boards, monitoring, devices. Pure data."""

from __future__ import annotations

from scanners.exposure.product_marks import MODEL, backup, console, entered, files, named

_BACKUPS = (
    backup(
        "Veeam",
        files("veeam"),
        named(
            r"veeam(?: (?:backup|enterprise|manager|&|replication|service provider|console|one|web client|for|"
            r"microsoft 365|self-service|portal|explorer))*"
        ),
        r"server: [^\n]*veeam",
        certificate=r"\bCN=Veeam (?:Backup Server|Software)\b",
    ),
    backup(
        "Commvault",
        r"commandcenter/|adminconsole/",
        named(r"commvault (?:command center|web console)") + "|" + entered("commvault"),
    ),
    backup(
        "Acronis",
        title=named(
            r"acronis (?:cyber (?:protect(?: cloud)?|infrastructure|backup|cloud)|backup(?: cloud| console)?"
            r"|management console|storage)"
        ),
    ),
    backup("NAKIVO Backup & Replication", title=named("nakivo backup & replication")),
    backup("Bareos", r"bareos-webui/", entered("bareos")),
    backup("UrBackup", title="urbackup - keeps your data safe"),
    backup("BackupPC", r"cgi-bin/backuppc_admin", header=r'www-authenticate: [^\n]*realm="?backuppc'),
)
_HYPERVISORS = (
    console(
        "Proxmox",
        rf"pve2/|{files('proxmox')}",
        named(r"proxmox(?: (?:virtual environment|backup server|mail gateway|datacenter manager|ve))?"),
        r"server: (?:pve|pmg|proxmox)[\w-]*",
        r"auth_cookie_name: '(?:pve|pbs|pmg)authcookie'",
        r"\bO=Proxmox (?:Virtual Environment|Backup Server|Mail Gateway)\b",
        r"\bpvemanagerlib\.js\?ver=(\d[\d.]*(?:-\d+)?)",
    ),
    console(
        "VMware vCenter",
        r"vsphere-client|websso/SAML2/SSO/",
        named(r"(?:vmware )?(?:vsphere|vcenter)(?: (?:server|web|client|appliance|management))*")
        + r"|vmware (?:server|appliance) management",
        code=r"\bID_VC_Welcome\b",
    ),
    console(
        "VMware ESXi",
        title=named(r"(?:vmware )?esxi(?: (?:host|client|web|hypervisor))*"),
        code=r"\bID_EESX_Welcome\b|ng-app=\"esxuiapp\"",
        certificate=r"\bOU=VMware ESX Server Default Certificate\b",
    ),
    console("Nutanix Prism", title=named("nutanix web console")),
    console("Windows Admin Center", title=named("windows admin center")),
    console("Xen Orchestra", title=named("xen orchestra(?: lite)?")),
)
_BOARDS = (
    console(
        "Dell iDRAC",
        rf"restgui/(?:start|launch)|{files('idrac')}",
        r"(?:[\w.-]+ ?[-–|:] ?)?(?:dell )?(?:integrated remote access controller|idrac ?\d*)(?: ?[-–|:] ?[\w .-]+)?",
        r'server: [^\n]*idrac|www-authenticate: [^\n]*realm="?[^"\n]*idrac',
        certificate=r"\bOU=Remote Access Group\b",
    ),
    console(
        "HPE iLO",
        files(r"\bilo\d?\b"),
        named(r"(?:hpe? )?(?:integrated lights-out|ilo)(?: ?\d)?(?: (?:standard|advanced|web server))*"),
        r"server: hpe?-ilo",
        certificate=r"\bCN=ILO[^,]*,OU=ISS\b",
    ),
)
_FIREWALLS = (
    console("Fortinet FortiGate administration", title=r"fortigate(?: [\w-]+)?", asks=True),
    console("F5 BIG-IP configuration utility", r"tmui/", r"big-ip® ?-? ?(?:redirect|configuration utility).{0,40}"),
    console("Cisco ASDM", r"admin/public/index\.html", r"cisco asdm [\d.()]+"),
    console("Sophos Firewall administration", r"webconsole/webpages/|webadmin\.plx"),
    console("Check Point Gaia", title=named(r"(?:check point )?gaia(?: portal)?"), asks=True),
    console("Juniper J-Web", title=named("juniper(?: networks)? web device manager")),
    console(
        "pfSense",
        files("pfsense"),
        named(r"pfsense(?: (?:plus|ce|webconfigurator))?") + r"|[\w.-]+ - pfsense(?: plus)?",
        certificate=r"\bO=pfSense\b",
    ),
    console(
        "OPNsense",
        rf"ui/themes/opnsense|{files('opnsense')}",
        named("opnsense") + r"|(?:log ?in|connexion) \| opnsense",
        certificate=r"\bO=OPNsense\b",
    ),
    console(
        "MikroTik RouterOS", "webfig/", named(r"(?:mikrotik )?routeros(?: router configuration page| [\w-]*webfig)?")
    ),
)
_DATABASES = (
    console(
        "phpMyAdmin",
        rf"phpmyadmin/|{files('phpmyadmin')}",
        r"(?:[^|]{0,80}\| ?)?phpmyadmin(?: [0-9][\w.-]*)?",
        r"set-cookie: (?:phpMyAdmin|pma_)",
        version=r"(?i:phpMyAdmin) (\d+\.\d+\.\d+)\b|\.(?:css|js)\?v=(\d+\.\d+\.\d+(?:deb\w+)?)",
    ),
    console(
        "Adminer",
        r"adminer(?:-[\w.-]+)?\.php|\?file=[\w.-]*(?:default\.css|functions\.js)&(?:amp;)?version=",
        entered("adminer"),
        version=r"file=default\.css&(?:amp;)?version=(\d+\.\d+\.\d+)|class=[\"']version[\"']>(\d+\.\d+\.\d+)<",
    ),
    console("RabbitMQ", "", named("rabbitmq management")),
)
_MONITORING = (
    console(
        "Zabbix",
        r"zabbix/|zabbix\.php|jsloader\.php\?",
        rf"[\w.-]{{1,60}}: zabbix|{entered('zabbix')}",
        r"set-cookie: zbx_session",
        version=r"jsLoader\.php\?(?:[^\"' ]*&(?:amp;)?)?ver=(\d+\.\d+\.\d+)",
    ),
    console(
        "Centreon",
        r"centreon/",
        r"centreon - it & network monitoring|" + entered("centreon"),
        code=r'name="centreon_token"',
        version=r"\bv\. (\d+\.\d+\.\d+)\b",
    ),
    console(
        "Nagios",
        r"nagios(?:xi)?/",
        entered("nagios(?: xi| core)?"),
        r'www-authenticate: [^\n]*realm="?nagios access',
    ),
    console(
        "Grafana",
        files(r"\bgrafana"),
        named("grafana"),
        r"set-cookie: grafana_session",
        r"\bgrafanaBootData\b",
        version=r'"buildInfo":\{[^{}]*"version":"(\d+\.\d+\.\d+)',
    ),
    console(
        "Kibana",
        r"app/kibana",
        named("kibana"),
        r"kbn-",
        r"__kbnBootstrap__",
        version=r"<kbn-injected-metadata data=\"\{&quot;version&quot;:&quot;(\d+\.\d+\.\d+)",
    ),
    console("SolarWinds Orion", r"orion/login\.aspx", named("solarwinds (?:orion|platform)")),
)
_SERVERS = (
    console(
        "Jenkins",
        "",
        r"(?:[^\[]{0,80}\[jenkins\])|(?:[\w -]{0,40}- )?jenkins",
        r"x-jenkins:|set-cookie: JSESSIONID\.\w{8}$",
        version=r"(?m)^x-jenkins: (\d[\d.]*)",
    ),
    console("Apache Tomcat Manager", r"manager/html", r"/manager", version=r"Apache Tomcat/(\d+\.\d+\.\d+)"),
    console(
        "Webmin",
        files("webmin"),
        named(r"webmin(?: server)?"),
        r"server: miniserv",
        certificate=r"\bO=Webmin Webserver",
    ),
    console(
        "Portainer", files("portainer"), named("portainer(?: (?:ce|be|business|community))?"), code='ng-app="portainer"'
    ),
    console(
        "cPanel",
        title=r"(?:cpanel|whm) (?:log ?in|connexion)|web host manager.{0,40}",
        header=r"server: cpsrvd",
    ),
    console(
        "Plesk",
        r"login_up\.php",
        r"plesk (?:obsidian|onyx)(?: [\d.]+)?",
        r"server: sw-cp-server",
        version=r"Plesk (?:Obsidian|Onyx) (\d+\.\d+\.\d+)",
    ),
    console("Orthanc", r"app/explorer\.html", named("orthanc(?: explorer(?: 2)?| server)?")),
    console("Mirth Connect", r"webadmin/Index\.action", named("(?:nextgen )?mirth(?: connect)?(?: administrator)?")),
    console(
        "Synology DSM",
        r"webman/",
        r"(?:[\w.-]+ ?[-–|:]+ ?)?synology(?: [\w-]*(?:station|nas|router|dsm|office|drive|photos)[\w-]*)*"
        r"|diskstation(?: ?- ?synology \w+)?",
        certificate=r"\bO=Synology Inc\b",
    ),
    console(
        "QNAP",
        rf"cgi-bin/(?:QTS\.cgi|html/login\.html)|{files('qnap')}",
        named(rf"qnap(?: (?:turbo|nas|systems?|qts|quts hero))*{MODEL}"),
        certificate=r"\bO=QNAP Systems",
    ),
)
_DEVICES = (
    console(
        "HP LaserJet",
        r"hp/device/",
        rf"(?:hp )?(?:color )?(?:laserjet|officejet){MODEL}(?: embedded web server)?{MODEL}",
        r"server: (?:hp http server|virata-emweb)",
        certificate=r"\bOU=HP-IPG\b",
    ),
    console(
        "Canon Remote UI",
        title=r"remote ui[^a-z]*(?:[\w-]*\d[\w-]*|login|portal|:|\s|-)*",
        header=r"server: canon http server",
    ),
    console("Ricoh Web Image Monitor", r"web/guest/\w+/websys/", "web image monitor"),
    console("Kyocera Command Center RX", title="(?:kyocera )?command center rx", header=r"server: km-mfp-http"),
    console("Lexmark", title=rf"lexmark{MODEL}", header=r"server: lexmark_web_server"),
    console("Brother", title=r"brother (?:hl|dcp|mfc)-[\w-]+(?: series)?", header=r"server: debut/\d"),
    console(
        "Xerox",
        title=r"(?:fuji )?xerox"
        rf"(?: (?:workcentre|versalink|altalink|phaser|colorqube|centreware)(?: is| internet services)?)?{MODEL}",
    ),
    console(
        "Axis",
        r"view/viewer_index\.shtml|axis-cgi/",
        rf"(?:live view ?[-/] ?)?axis(?: communications)?{MODEL} ?network camera{MODEL}",
        r'www-authenticate: [^\n]*realm="?axis_[0-9a-f]',
    ),
    console(
        "Hikvision",
        r"doc/page/login\.asp|doc/index\.html#/portal",
        rf"hikvision{MODEL} ?(?:network camera)?{MODEL}",
        r'server: (?:hikvision|dnvrs|app-webs)|www-authenticate: [^\n]*realm="?hikvision',
    ),
    console(
        "Dahua",
        r"jscore/rpccore\.js|jsbase/",
        rf"(?-i:WEB SERVICE)|dahua{MODEL} ?(?:network camera)?{MODEL}",
        r'server: dahua|www-authenticate: [^\n]*realm="?dahua',
    ),
    console(
        "Network camera",
        title=rf"(?:live view ?[-/] ?)?(?:(?:sony|panasonic|vivotek){MODEL} ?)?network camera{MODEL}",
    ),
)
_OTHERS = (
    console(
        "Administration page",
        title=r"admin(?:istrator)? (?:panel|console|login)|administration(?: console| login)?"
        r"|console d.administration(?: [\w.-]+){0,3}|(?:[\w.-]+ ?[-–|:] ?)admin(?: panel| console| login)",
    ),
    console("Administration page", title=r"(?:.{1,40}[-–|:] ?)?administration\b.{0,60}", asks=True),
)

CONSOLES = (
    *_BACKUPS,
    *_HYPERVISORS,
    *_BOARDS,
    *_FIREWALLS,
    *_DATABASES,
    *_MONITORING,
    *_SERVERS,
    *_DEVICES,
    *_OTHERS,
)
"""The precise ones first: any page of administration is the last."""
