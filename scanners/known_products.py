"""Names of products brought to the `vendor:product` of the NVD's dictionary when it is known for sure. Pure.

The others keep their own name, in lower case.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

KNOWN_AS: Final[Mapping[str, str]] = {
    "openssh": "openbsd:openssh",
    "apache": "apache:http_server",
    "apache httpd": "apache:http_server",
    "php": "php:php",
    "openssl": "openssl:openssl",
    "microsoft-iis": "microsoft:internet_information_services",
    "microsoft iis httpd": "microsoft:internet_information_services",
    "mysql": "oracle:mysql",
    "mariadb": "mariadb:mariadb",
    "redis": "redis:redis",
    "postgresql": "postgresql:postgresql",
    "microsoft sql server": "microsoft:sql_server",
    "mongodb": "mongodb:mongodb",
    "proftpd": "proftpd:proftpd",
    "exim": "exim:exim",
    "postfix": "postfix:postfix",
    "dovecot": "dovecot:dovecot",
    "fortinet fortigate": "fortinet:fortios",
    "ivanti connect secure": "ivanti:connect_secure",
    "citrix netscaler gateway": "citrix:netscaler_gateway",
    "palo alto globalprotect": "paloaltonetworks:pan-os",
    "cisco asa / anyconnect": "cisco:adaptive_security_appliance_software",
    "fortinet fortigate administration": "fortinet:fortios",
    "cisco asdm": "cisco:adaptive_security_appliance_software",
    "f5 big-ip apm": "f5:big-ip_access_policy_manager",
    "f5 big-ip configuration utility": "f5:big-ip_access_policy_manager",
    "apache guacamole": "apache:guacamole",
    "openvpn access server": "openvpn:openvpn_access_server",
    "openvpn-as": "openvpn:openvpn_access_server",
    "vmware horizon": "vmware:horizon",
    "connectwise screenconnect": "connectwise:screenconnect",
    "screenconnect": "connectwise:screenconnect",
    "simplehelp": "simple-help:simplehelp",
    "juniper j-web": "juniper:junos",
    "mikrotik routeros": "mikrotik:routeros",
    "microsoft exchange": "microsoft:exchange_server",
    "microsoft esmtp mail service": "microsoft:exchange_server",
    "sogo": "alinto:sogo",
    "horde": "horde:groupware",
    "hcl domino webmail": "hcltech:domino",
    "lotus-domino": "hcltech:domino",
    "kerio connect": "gfi:kerio_connect",
    "mdaemon": "mdaemon:mdaemon",
    "wdaemon": "mdaemon:mdaemon",
    "squirrelmail": "squirrelmail:squirrelmail",
    "open-xchange": "open-xchange:open-xchange_appsuite",
    "ivanti epmm": "ivanti:endpoint_manager_mobile",
    "progress moveit transfer": "progress:moveit_transfer",
    "fortra goanywhere": "fortra:goanywhere_managed_file_transfer",
    "crushftp": "crushftp:crushftp",
    "solarwinds serv-u": "solarwinds:serv-u",
    "serv-u": "solarwinds:serv-u",
    "owncloud": "owncloud:owncloud_server",
    "ocs inventory": "factorfx:ocs_inventory",
    "microsoft sharepoint": "microsoft:sharepoint_server",
    "atlassian confluence": "atlassian:confluence_server",
    "atlassian jira": "atlassian:jira_server",
    "keycloak": "redhat:keycloak",
    "solarwinds web help desk": "solarwinds:web_help_desk",
    "solarwinds orion": "solarwinds:orion_platform",
    "intersystems caché / iris": "intersystems:iris",
    "usermin": "webmin:usermin",
    "webmin": "webmin:webmin",
    "phpmyadmin": "phpmyadmin:phpmyadmin",
    "adminer": "adminer:adminer",
    "rabbitmq": "vmware:rabbitmq",
    "zabbix": "zabbix:zabbix",
    "centreon": "centreon:centreon_web",
    "nagios": "nagios:nagios_xi",
    "grafana": "grafana:grafana",
    "kibana": "elastic:kibana",
    "jenkins": "jenkins:jenkins",
    "apache tomcat manager": "apache:tomcat",
    "portainer": "portainer:portainer",
    "cpanel": "cpanel:cpanel",
    "plesk": "plesk:plesk",
    "orthanc": "orthanc-server:orthanc",
    "mirth connect": "nextgen:mirth_connect",
    "commvault": "commvault:commvault",
    "nakivo backup & replication": "nakivo:backup_&_replication_director",
    "bareos": "bareos:bareos",
    "urbackup": "urbackup:urbackup",
    "vmware vcenter": "vmware:vcenter_server",
    "vmware esxi": "vmware:esxi",
    "windows admin center": "microsoft:windows_admin_center",
    "pfsense": "netgate:pfsense",
    "opnsense": "opnsense:opnsense",
    "synology dsm": "synology:diskstation_manager",
    "qnap": "qnap:qts",
}
"""What services announce, and the pages that betray them."""
_IN_A_SENTENCE: Final[Mapping[str, str]] = {
    "fortigate": "fortinet:fortios",
    "fortios": "fortinet:fortios",
    "fortinet": "fortinet:fortios",
    "ivanti connect secure": "ivanti:connect_secure",
    "pulse secure": "ivanti:connect_secure",
    "netscaler": "citrix:netscaler_gateway",
    "citrix gateway": "citrix:netscaler_gateway",
    "globalprotect": "paloaltonetworks:pan-os",
    "palo alto": "paloaltonetworks:pan-os",
    "anyconnect": "cisco:adaptive_security_appliance_software",
    "cisco asa": "cisco:adaptive_security_appliance_software",
    "big ip": "f5:big-ip_access_policy_manager",
    "guacamole": "apache:guacamole",
    "wallix": "wallix:bastion",
    "openvpn": "openvpn:openvpn",
    "teamviewer": "teamviewer:teamviewer",
    "anydesk": "anydesk:anydesk",
    "openssh": "openbsd:openssh",
}
"""Words by which people name what a supplier comes in by."""
_NO_NAME: Final = frozenset(
    re.findall(
        r"\S+",
        "a acces access au bastion client de distance distant distante et ipsec l la le les maintenance modem ou par "
        "passerelle portail rdp rdgw rds remote reverse rtc serveur site ssh ssl sur telemaintenance telnet tls tse "
        "tunnel via vpn web https http 4g 5g",
    )
)
"""Words that name a way in, and no product."""
_WORD: Final = re.compile(r"[a-z0-9]+")
_VERSION: Final = re.compile(r"(?<![\w.])v?(\d+(?:\.\d+)+[0-9a-z.-]*)", re.IGNORECASE)
_ESCAPED: Final = re.compile(r"\\(.)")
_SEPARATOR: Final = re.compile(r"(?<!\\):")


def known_as(name: str) -> str:
    """The `vendor:product` of a name that a tool announces; the name itself, in lower case, when it is not known."""
    plain = " ".join(name.lower().split())
    return KNOWN_AS.get(plain, plain)


def in_a_sentence(text: str) -> tuple[str, str]:
    """(product, version) of what a person wrote in a cell; no product when only a way in is named (“VPN IPsec”)."""
    match = _VERSION.search(text)
    version, name = (match[1].lower(), text[: match.start()] + text[match.end() :]) if match else ("", text)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = _WORD.findall(plain)
    joined = f" {' '.join(words)} "
    found = next((product for words_, product in _IN_A_SENTENCE.items() if f" {words_} " in joined), "")
    if found or set(words) <= _NO_NAME:
        return found, version if found else ""
    return " ".join(name.lower().split()), version


def read_cpe(cpe: str) -> tuple[str, str, str]:
    """(`vendor:product`, version, part) of a CPE of either form; empty texts when it is none. Part is `a`, `o`, `h`."""
    text = cpe.strip().lower()
    if text.startswith("cpe:2.3:"):
        fields = _SEPARATOR.split(text)[2:]
    elif text.startswith("cpe:/"):
        fields = text[5:].split(":")
    else:
        return "", "", ""
    fields = [_ESCAPED.sub(r"\1", one) for one in fields] + ["", "", "", ""]
    part, vendor, product, version = fields[:4]
    if not vendor or not product:
        return "", "", ""
    return f"{vendor}:{product}", "" if version in {"*", "-"} else version, part
