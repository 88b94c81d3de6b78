"""Services that a hospital should not leave reachable, as a port scan shows them: one check each, in our own words.

Severities are our choice, for a service seen from where the scan was run: high when it gives in by design (no
authentication, or one that travels in clear), medium when it is a usual way in, low when it mostly widens the attack
surface. Ports are those of the IANA registry or of the vendor; they count only where nmap did not probe the service.
"""

from __future__ import annotations

from dataclasses import dataclass

from scanners.model import Severity, Text


@dataclass(frozen=True, slots=True)
class RiskyService:
    """`names` are nmap's names of the service, `ports` its usual ones as `23/tcp`, `products` words of its banner."""

    name: str
    title: Text
    remediation: Text
    severity: Severity
    names: frozenset[str]
    ports: frozenset[str]
    products: tuple[str, ...] = ()


def _service(
    name: str,
    severity: Severity,
    title: tuple[str, str],
    remediation: tuple[str, str],
    names: str,
    ports: str,
    products: tuple[str, ...] = (),
) -> RiskyService:
    return RiskyService(
        name, Text(*title), Text(*remediation), severity, frozenset(names.split()), frozenset(ports.split()), products
    )


_FILTER = (
    "Limitez l’accès aux seules machines qui en ont besoin (pare-feu, VLAN d’administration), ou arrêtez le service.",
    "Allow only the machines that need it (firewall, administration VLAN), or stop the service.",
)

SERVICES: tuple[RiskyService, ...] = (
    _service(
        "telnet",
        Severity.HIGH,
        ("Telnet joignable : mots de passe en clair", "Telnet reachable: passwords in clear"),
        ("Remplacez Telnet par SSH, puis désactivez-le.", "Replace Telnet with SSH, then disable it."),
        "telnet telnets",
        "23/tcp",
    ),
    _service(
        "r_services",
        Severity.HIGH,
        ("rsh, rlogin ou rexec joignable", "rsh, rlogin or rexec reachable"),
        ("Désactivez ces services et utilisez SSH.", "Disable these services and use SSH."),
        "exec login shell",
        "512/tcp 513/tcp 514/tcp",
    ),
    _service(
        "ftp",
        Severity.MEDIUM,
        ("FTP joignable : transferts en clair", "FTP reachable: transfers in clear"),
        ("Utilisez SFTP ou FTPS, puis désactivez FTP.", "Use SFTP or FTPS, then disable FTP."),
        "ftp",
        "21/tcp",
    ),
    _service(
        "tftp",
        Severity.MEDIUM,
        ("TFTP joignable : fichiers sans authentification", "TFTP reachable: files without authentication"),
        _FILTER,
        "tftp",
        "69/udp",
    ),
    _service(
        "rdp",
        Severity.MEDIUM,
        ("Bureau à distance (RDP) joignable", "Remote desktop (RDP) reachable"),
        (
            "Faites passer RDP par un bastion ou un VPN à double authentification et filtrez le port.",
            "Let RDP go through a bastion or a VPN with two factors and filter the port.",
        ),
        "ms-wbt-server",
        "3389/tcp",
    ),
    _service(
        "vnc",
        Severity.MEDIUM,
        ("VNC joignable", "VNC reachable"),
        (
            "Faites passer la prise en main par un bastion ; à défaut, exigez un mot de passe et filtrez le port.",
            "Let remote control go through a bastion; failing that, require a password and filter the port.",
        ),
        "vnc vnc-http",
        "5800/tcp 5900/tcp 5901/tcp",
    ),
    _service(
        "x11",
        Severity.HIGH,
        ("Serveur X11 joignable", "X11 server reachable"),
        ("Fermez le port et utilisez X11 dans SSH.", "Close the port and use X11 inside SSH."),
        "X11",
        "6000/tcp",
    ),
    _service(
        "smb",
        Severity.LOW,
        ("Partage de fichiers SMB joignable", "SMB file sharing reachable"),
        (
            "Filtrez SMB entre les postes et depuis les réseaux qui n’en ont pas besoin ; exigez la signature.",
            "Filter SMB between workstations and from networks that do not need it; require signing.",
        ),
        "microsoft-ds netbios-ssn",
        "139/tcp 445/tcp",
    ),
    _service(
        "file_sharing",
        Severity.MEDIUM,
        ("Partage NFS ou rsync joignable", "NFS or rsync share reachable"),
        _FILTER,
        "nfs nfs_acl rsync",
        "873/tcp 2049/tcp",
    ),
    _service(
        "database",
        Severity.MEDIUM,
        ("Base de données joignable", "Database reachable"),
        (
            "N’autorisez que les serveurs d’application à joindre la base.",
            "Let only the application servers reach the database.",
        ),
        "ms-sql-s ms-sql-m mysql postgresql oracle-tns oracle ibm-db2 sybase",
        "1433/tcp 1521/tcp 3306/tcp 5432/tcp 50000/tcp",
    ),
    _service(
        "open_store",
        Severity.HIGH,
        (
            "Base sans authentification d’origine joignable (Redis, MongoDB, Elasticsearch…)",
            "Store without authentication by default reachable (Redis, MongoDB, Elasticsearch…)",
        ),
        (
            "Activez l’authentification et n’autorisez que les serveurs d’application.",
            "Turn authentication on and let only the application servers in.",
        ),
        "redis mongod mongodb memcached memcache cassandra couchdb elasticsearch",
        "5984/tcp 6379/tcp 9042/tcp 9200/tcp 11211/tcp 27017/tcp",
        ("elasticsearch", "couchdb"),
    ),
    _service(
        "automation",
        Severity.HIGH,
        (
            "Automate ou gestion technique du bâtiment joignable (Modbus, S7, BACnet, EtherNet/IP, OPC UA…)",
            "Automation or building management reachable (Modbus, S7, BACnet, EtherNet/IP, OPC UA…)",
        ),
        (
            "Isolez ces équipements dans un réseau dédié : leurs protocoles n’authentifient personne.",
            "Isolate these devices in a network of their own: their protocols authenticate nobody.",
        ),
        "modbus mbap iso-tsap bacnet EtherNetIP-2 EtherNetIP-1 enip opcua-tcp",
        "102/tcp 502/tcp 4840/tcp 44818/tcp 47808/udp",
    ),
    _service(
        "dicom",
        Severity.HIGH,
        ("DICOM joignable : images médicales sans authentification", "DICOM reachable: images without authentication"),
        (
            "N’autorisez que les modalités et le PACS à se joindre ; activez TLS là où l’équipement le permet.",
            "Let only modalities and the PACS reach each other; turn TLS on where the device allows it.",
        ),
        "dicom acr-nema",
        "104/tcp 11112/tcp",
    ),
    _service(
        "hl7",
        Severity.HIGH,
        ("HL7 (MLLP) joignable : données de santé en clair", "HL7 (MLLP) reachable: health data in clear"),
        (
            "N’autorisez que la plateforme d’échange à joindre ce port ; faites passer HL7 dans TLS.",
            "Let only the integration engine reach this port; carry HL7 inside TLS.",
        ),
        "hl7",
        "2575/tcp",
    ),
    _service(
        "snmp",
        Severity.MEDIUM,
        ("SNMP joignable", "SNMP reachable"),
        (
            "Passez à SNMPv3 chiffré et n’autorisez que le superviseur.",
            "Move to encrypted SNMPv3 and let only the monitoring server in.",
        ),
        "snmp",
        "161/udp",
    ),
    _service(
        "out_of_band",
        Severity.HIGH,
        ("Carte d’administration de serveur (IPMI) joignable", "Server management card (IPMI) reachable"),
        (
            "Placez les cartes d’administration dans un réseau dédié, joignable depuis le bastion seul.",
            "Put management cards in a network of their own, reachable from the bastion only.",
        ),
        "asf-rmcp",
        "623/udp",
    ),
    _service(
        "containers",
        Severity.CRITICAL,
        (
            "Interface de Docker joignable : contrôle total de la machine",
            "Docker API reachable: full control of the host",
        ),
        ("Fermez le port ; à défaut, exigez TLS mutuel.", "Close the port; failing that, require mutual TLS."),
        "docker",
        "2375/tcp",
    ),
    _service(
        "iscsi",
        Severity.MEDIUM,
        ("Stockage iSCSI joignable", "iSCSI storage reachable"),
        _FILTER,
        "iscsi",
        "3260/tcp",
    ),
    _service(
        "printer",
        Severity.LOW,
        ("Impression directe (port 9100) joignable", "Raw printing (port 9100) reachable"),
        _FILTER,
        "jetdirect",
        "9100/tcp",
    ),
)
