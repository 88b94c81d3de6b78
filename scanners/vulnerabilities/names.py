"""How the same product is called by tools, by the NVD over the years, and by Debian. Pure data.

Names are `vendor:product`, as `scanners.known_products` brings them. A family is one product: a version of one of its
names is a version of the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_FAMILIES: Final[tuple[tuple[str, ...], ...]] = (
    ("nginx", "f5:nginx", "f5:nginx_open_source", "nginx:nginx", "igor_sysoev:nginx"),
    ("apache:http_server", "apache"),
    ("openbsd:openssh",),
    ("dropbear", "dropbear_ssh_project:dropbear_ssh", "matt_johnston:dropbear_ssh_server"),
    ("php:php",),
    ("openssl:openssl", "openssl_project:openssl"),
    ("microsoft:internet_information_services", "microsoft:internet_information_server", "microsoft:iis"),
    ("microsoft:exchange_server", "microsoft exchange"),
    ("oracle:mysql", "mysql:mysql", "oracle:mysql_server"),
    ("mariadb:mariadb",),
    ("redis:redis", "redislabs:redis", "pivotal_software:redis"),
    ("postgresql:postgresql",),
    ("mongodb:mongodb",),
    ("memcached", "memcached:memcached", "memcachedb:memcached", "danga:memcached"),
    ("vsftpd", "vsftpd:vsftpd", "vsftpd_project:vsftpd", "beasts:vsftpd"),
    ("proftpd:proftpd", "proftpd_project:proftpd", "proftpd"),
    ("pure-ftpd", "pureftpd:pure-ftpd"),
    ("filezilla server", "filezilla-project:filezilla_server", "filezilla:filezilla_server"),
    ("exim:exim", "university_of_cambridge:exim", "exim"),
    ("postfix:postfix", "wietse_venema:postfix"),
    ("dovecot:dovecot", "open-xchange:dovecot"),
    ("sendmail:sendmail", "proofpoint:sendmail", "sendmail"),
    ("samba:samba", "samba"),
    ("isc:bind", "bind"),
    ("thekelleys:dnsmasq", "dnsmasq:dnsmasq", "dnsmasq"),
    ("lighttpd:lighttpd", "lighttpd"),
    ("apache:tomcat", "apache_tomcat:apache_tomcat", "apache_software_foundation:tomcat"),
    ("eclipse:jetty", "mortbay:jetty", "jetty"),
    ("squid-cache:squid", "squid:squid", "squid"),
    ("haproxy:haproxy", "haproxy"),
    ("elastic:kibana", "elasticsearch:kibana"),
    ("elastic:elasticsearch", "elasticsearch:elasticsearch", "elasticsearch"),
    ("grafana:grafana",),
    ("jenkins:jenkins", "cloudbees:jenkins"),
    ("docker", "docker:docker", "docker:engine", "mobyproject:moby"),
    ("phpmyadmin:phpmyadmin",),
    ("apache:guacamole",),
    ("portainer:portainer",),
    ("orthanc-server:orthanc",),
    ("fortinet:fortios",),
    ("ivanti:connect_secure", "pulsesecure:pulse_connect_secure", "pulse_secure:pulse_connect_secure"),
    (
        "citrix:netscaler_gateway",
        "citrix:gateway",
        "citrix:gateway_firmware",
        "citrix:netscaler_gateway_firmware",
        "citrix:netscaler_application_delivery_controller",
        "citrix:netscaler_application_delivery_controller_firmware",
        "citrix:application_delivery_controller_firmware",
        "citrix:netscaler_adc_and_netscaler_gateway",
    ),
    ("paloaltonetworks:pan-os", "palo_alto_networks:pan-os"),
    ("cisco:adaptive_security_appliance_software", "cisco:adaptive_security_appliance"),
    ("f5:big-ip_access_policy_manager", "f5:big-ip"),
    ("wallix:bastion", "wallix bastion"),
    ("openvpn:openvpn_access_server", "openvpn:access_server"),
    ("vmware:horizon", "vmware:view"),
    ("vmware:vcenter_server", "vmware:vcenter"),
    ("vmware:esxi", "vmware:esx"),
    ("connectwise:screenconnect", "connectwise:control"),
    ("simple-help:simplehelp", "simplehelp:simplehelp"),
    ("juniper:junos", "juniper:junos_os"),
    ("alinto:sogo", "inverse:sogo", "sogo:sogo"),
    ("horde:groupware", "horde:imp", "horde:horde_application_framework", "horde:groupware_webmail_edition"),
    ("hcltech:domino", "hcltech:hcl_domino", "ibm:domino", "ibm:lotus_domino"),
    ("gfi:kerio_connect", "kerio:connect", "kerio:kerio_mailserver"),
    ("mdaemon:mdaemon", "mdaemon:email_server", "alt-n:mdaemon"),
    ("open-xchange:open-xchange_appsuite", "open-xchange:ox_app_suite", "open-xchange:app_suite"),
    ("ivanti:endpoint_manager_mobile", "mobileiron:core", "ivanti:mobileiron_core", "ivanti:mobileiron"),
    ("progress:moveit_transfer", "ipswitch:moveit_transfer"),
    (
        "fortra:goanywhere_managed_file_transfer",
        "fortra:goanywhere_mft",
        "helpsystems:goanywhere_managed_file_transfer",
    ),
    ("owncloud:owncloud_server", "owncloud:owncloud", "owncloud:graph_api"),
    ("factorfx:ocs_inventory", "ocsinventory-ng:ocs_inventory_ng", "ocsinventory-ng:ocsinventory_ng"),
    ("microsoft:sharepoint_server", "microsoft:sharepoint", "microsoft:sharepoint_enterprise_server"),
    ("atlassian:confluence_server", "atlassian:confluence", "atlassian:confluence_data_center"),
    ("atlassian:jira_server", "atlassian:jira", "atlassian:jira_data_center", "atlassian:data_center"),
    ("redhat:keycloak", "keycloak:keycloak", "redhat:single_sign-on"),
    ("intersystems:iris", "intersystems:cache"),
    ("vmware:rabbitmq", "pivotal_software:rabbitmq", "broadcom:rabbitmq_server", "rabbitmq:rabbitmq"),
    ("zabbix:zabbix", "zabbix:frontend"),
    ("centreon:centreon_web", "centreon:centreon", "merethis:centreon"),
    ("nagios:nagios_xi", "nagios:nagios", "nagios:nagios_core"),
    ("plesk:plesk", "plesk:obsidian", "parallels:parallels_plesk_panel"),
    ("nextgen:mirth_connect", "nextgen_healthcare:mirth_connect"),
    ("commvault:commvault", "commvault:command_center", "commvault:web_server"),
    ("netgate:pfsense", "pfsense:pfsense", "netgate:pfsense_plus"),
    ("zimbra", "zimbra:collaboration", "synacor:zimbra_collaboration_suite", "zimbra:collaboration_suite"),
    ("roundcube", "roundcube:webmail", "roundcube:roundcube_webmail"),
    ("gitlab", "gitlab:gitlab"),
    ("nextcloud", "nextcloud:nextcloud_server", "nextcloud:server"),
    ("glpi", "glpi-project:glpi", "glpi:glpi"),
)
_FAMILY_OF: Final[Mapping[str, tuple[str, ...]]] = {name: family for family in _FAMILIES for name in family}
_RANGES_OF_PRODUCTS: Final[Mapping[str, tuple[str, ...]]] = {
    "sonicwall": ("sonicwall:sonicos", "sonicwall:sma_100_firmware", "sonicwall:sma100", "sonicwall:sma1000"),
    "check point": ("checkpoint:quantum_security_gateway", "check_point:quantum_security_gateways"),
    "watchguard": ("watchguard:fireware", "watchguard:fireware_os", "watchguard:firebox"),
    "stormshield": ("stormshield:stormshield_network_security", "stormshield:network_security"),
    "sophos firewall": ("sophos:firewall", "sophos:sfos", "sophos:xg_firewall_firmware"),
    "sophos firewall administration": ("sophos:firewall", "sophos:sfos", "sophos:xg_firewall_firmware"),
    "check point gaia": ("checkpoint:gaia_os", "checkpoint:gaia_portal", "checkpoint:quantum_security_gateway"),
    "beyondtrust remote support": ("beyondtrust:remote_support", "beyondtrust:privileged_remote_access"),
    "kaseya vsa": ("kaseya:vsa_server", "kaseya:vsa", "kaseya:virtual_system_administrator"),
    "manageengine": (
        "zohocorp:manageengine_servicedesk_plus",
        "zohocorp:manageengine_adselfservice_plus",
        "zohocorp:manageengine_admanager_plus",
        "zohocorp:manageengine_desktop_central",
        "zohocorp:manageengine_endpoint_central",
        "zohocorp:manageengine_opmanager",
        "zohocorp:manageengine_password_manager_pro",
        "zoho:manageengine",
        "zoho:desktop_central",
    ),
    "acronis": ("acronis:cyber_infrastructure", "acronis:cyber_protect", "acronis:cyber_backup"),
    "nutanix prism": ("nutanix:prism_central", "nutanix:aos"),
    "hikvision": ("hikvision:security_cameras_web_server",),
    "dahua": ("dahua:ip_camera_firmware", "dahuasecurity:ip_camera_firmware"),
    "zyxel": ("zyxel:zld", "zyxel:zld_firmware", "zyxel:multiple_firewalls"),
    "veeam": ("veeam:veeam_backup_&_replication", "veeam:backup_&_replication", "veeam:backup_and_replication"),
    "proxmox": ("proxmox:virtual_environment", "proxmox:proxmox"),
    "dell idrac": ("dell:integrated_dell_remote_access_controller_9_firmware", "dell:idrac9_firmware"),
    "hpe ilo": ("hp:integrated_lights-out_4_firmware", "hp:integrated_lights-out_5_firmware"),
}
"""What a page betrays without saying which product of the range it is: its maker's, whichever it is."""

_PACKAGES: Final[Mapping[str, str]] = {
    "nginx": r"nginx",
    "apache:http_server": r"apache2",
    "openbsd:openssh": r"openssh",
    "dropbear": r"dropbear",
    "php:php": r"php[0-9.]*",
    "openssl:openssl": r"openssl",
    "oracle:mysql": r"mysql-[0-9.]+",
    "mariadb:mariadb": r"mariadb(?:-[0-9.]+)?",
    "redis:redis": r"redis",
    "postgresql:postgresql": r"postgresql-[0-9.]+",
    "mongodb:mongodb": r"mongodb",
    "memcached": r"memcached",
    "vsftpd": r"vsftpd",
    "proftpd:proftpd": r"proftpd-dfsg",
    "pure-ftpd": r"pure-ftpd",
    "exim:exim": r"exim4",
    "postfix:postfix": r"postfix",
    "dovecot:dovecot": r"dovecot",
    "sendmail:sendmail": r"sendmail",
    "samba:samba": r"samba",
    "isc:bind": r"bind9",
    "thekelleys:dnsmasq": r"dnsmasq",
    "lighttpd:lighttpd": r"lighttpd",
    "apache:tomcat": r"tomcat[0-9]+",
    "eclipse:jetty": r"jetty[0-9]+",
    "squid-cache:squid": r"squid3?",
    "haproxy:haproxy": r"haproxy",
    "phpmyadmin:phpmyadmin": r"phpmyadmin",
    "apache:guacamole": r"guacamole-server|guacamole-client",
    "orthanc-server:orthanc": r"orthanc",
    "roundcube": r"roundcube",
    "docker": r"docker\.io",
    "zabbix:zabbix": r"zabbix",
    "alinto:sogo": r"sogo",
    "vmware:rabbitmq": r"rabbitmq-server",
    "adminer:adminer": r"adminer",
}
"""What distributions package, by the first name of the family, with the expression of Debian's source packages.

They correct these without changing the maker's number: their version proves nothing by itself.
"""
RELEASES: Final[Mapping[str, str]] = {
    "8": "jessie",
    "9": "stretch",
    "10": "buster",
    "11": "bullseye",
    "12": "bookworm",
    "13": "trixie",
    "14": "forky",
}
"""Debian's releases by number, as `+deb12u3` writes them."""


def family(product: str) -> tuple[str, ...]:
    """Every name of a product, the product's own when it is of no known family."""
    return _FAMILY_OF.get(product) or _RANGES_OF_PRODUCTS.get(product, (product,))


def packaged(product: str) -> bool:
    """Whether distributions ship it, and so may have corrected it without changing its number."""
    return family(product)[0] in _PACKAGES


def debian_packages(product: str) -> re.Pattern[str] | None:
    """The expression of Debian's source packages of a product, None when Debian has none."""
    found = _PACKAGES.get(family(product)[0])
    return re.compile(found) if found else None
