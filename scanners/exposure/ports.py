"""Which ports are tried, which must never receive a byte, and what their numbers mean. Data only.

nmap's top 1,000 misses a fifth of the services of a hospital (DICOM, HL7, redis, Modbus…: measured 142 of 174), so
the ports below are always added to it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

HL7_PORTS: frozenset[int] = frozenset({2575, 2576, 6661, 6662, 6663, 6664, 6665})
"""MLLP listeners of interface engines (IANA 2575; Mirth's usual 6661 and next)."""

INDUSTRIAL_PORTS: Mapping[int, str] = {
    102: "s7",
    502: "modbus",
    789: "red-lion",
    802: "modbus",
    1628: "lonworks",
    1629: "lonworks",
    1911: "niagara-fox",
    2404: "iec-104",
    2455: "codesys",
    3671: "knx",
    4840: "opc-ua",
    4843: "opc-ua",
    4911: "niagara-fox",
    5094: "hart-ip",
    9600: "omron-fins",
    34964: "profinet",
    44818: "ethernet-ip",
    47808: "bacnet",
}
"""Building and industrial controllers: some stop when they are asked an unexpected question.

Numbers of the IANA registry, and of their makers for 102 (ISO-TSAP, which S7 uses), 789, 1911, 4911 and 9600. A number
that other services commonly use is not here: it would accuse them.
"""
ASKABLE: frozenset[str] = frozenset({"bacnet", "modbus", "s7"})
"""Of those, the protocols that have a standard question about who one is, which a person may allow."""

PRINTER_PORTS: frozenset[int] = frozenset(range(9100, 9108))
"""Raw printing: every byte received comes out on paper."""

NAMELESS_PORTS: frozenset[int] = frozenset({*range(4001, 4007), 9101, 9102, 9103, 10001, 19999, 20000})
"""Left in peace for what may listen there; the number accuses nobody, for others use it too.

4001-4006 and 10001: serial device servers, which pass every byte on to the serial line of a device. 9101-9103: Bacula
(IANA), or the next ports of a print server. 19999 and 20000: DNP3 (IANA), or Netdata and Usermin.
"""

SILENT_PORTS: Mapping[int, str] = {
    **dict.fromkeys(HL7_PORTS, "hl7"),
    **INDUSTRIAL_PORTS,
    **dict.fromkeys(PRINTER_PORTS, "raw-printing"),
    **dict.fromkeys(NAMELESS_PORTS, ""),
    515: "lpd",
}
"""Connected to, listened to, never written to (`never_written.py`); the name is all that is known of them, empty when
several services use the number."""

ADDED_PORTS: frozenset[int] = frozenset(SILENT_PORTS) | {
    # Imaging and other medical flows: 2761 and 2762 are DICOM inside ISCL and TLS (IANA), 4242 and 8042 Orthanc
    104, 2761, 2762, 4242, 8042, 11112, 11113,
    # Databases and caches
    1433, 1521, 3306, 5432, 6379, 9200, 9300, 11211, 27017, 5984, 8086, 9042, 50000,
    # Remote access: VNC and its pages, AnyDesk, TeamViewer, Radmin, Dameware, Splashtop, RustDesk, ScreenConnect,
    # NoMachine, Apple Remote Desktop, pcAnywhere, Citrix, PCoIP
    22, 23, 512, 513, 514, 1494, 2598, 3283, 3389, 4000, 4172, 4899, 5631, *range(5800, 5804), *range(5900, 5911),
    5938, 6000, 6129, 6568, 6783, 6784, 6785, 7070, 8040, 8041, *range(21115, 21120),
    # Administration: WinRM, management boards (IPMI, iLO, AMI, Intel AMT), MikroTik, Cisco Smart Install
    623, 664, 4786, 5120, 5123, 5985, 5986, 7578, 7582, 8291, 8728, 8729, 9090, 10000, 16992, 16993, 16994, 16995,
    17988, 17990,
    # Files, directories and disks
    21, 111, 139, 389, 445, 636, 873, 2049, 3260, 3268, 3269,
    # Hypervisors and containers: ESXi, vCenter, Hyper-V, Proxmox, Nutanix
    902, 903, 2179, 2375, 2376, 5480, 6443, 8006, 9440, 10250, 10255,
    # Backup: Proxmox Backup Server, Veeam, NetBackup, Commvault, Spectrum Protect, Networker, Data Protector, Arcserve,
    # Backup Exec, Acronis, Duplicati, UrBackup
    1500, 1556, 1581, 5555, 6101, 6106, 6160, 6162, 7937, 7938, 8007, 8014, 8200, 8400, 8403, 9392, 9393, 9398, 9399,
    9401, 9419, 9876, 13720, 13724, 13782, 44445, 55414,
    # Storage and appliances, VPN gateways
    4433, 4443, 5000, 5001, 8443, 10443, 1194, 1723,
    # Messages, telephony
    25, 110, 143, 465, 587, 993, 995, 1883, 8883, 5060, 5061,
    # Printers and cameras: IPP; RTSP, Hikvision, ONVIF, Xiongmai, Dahua
    631, 554, 8000, 8554, 8899, 10554, 34567, 37777,
}  # fmt: skip
"""Ports of hospitals tried besides nmap's top 1,000: those of the IANA registry, else those that makers document."""

TLS_FIRST: frozenset[int] = frozenset(
    {
        443, 465, 636, 990, 993, 995, 2376, 2762, 3269, 4433, 4443, 5001, 5061, 5480, 5986, 6443, 6568, 7070, 8006,
        8007, 8443, 8883, 9398, 9419, 9440, 9443, 10250, 10443, 16993,
    }
)  # fmt: skip
"""Ports where TLS is tried before anything else."""

GREETING_PORTS: frozenset[int] = frozenset(
    {21, 22, 23, 25, 110, 143, 587, 902, 2222, 2323, 3306, *range(5900, 5911), 990, 993, 995, 465}
)
"""Ports whose server speaks first, sometimes slowly: they are waited for longer."""

WEB_PORTS: frozenset[int] = frozenset(
    {80, 81, 82, 88, 591, 3000, 5000, 7080, 8000, 8001, 8008, 8010, 8080, 8081, 8082, 8088, 8090, 8180, 8800, 8880,
     8888, 9000, 9080, 9090}
)  # fmt: skip
"""Ports where a page in clear is looked for with more patience when nothing else answered."""

NMAP_NAMES: Mapping[str, str] = {
    "ms-wbt-server": "rdp",
    "microsoft-ds": "smb",
    "netbios-ssn": "smb",
    "ms-sql-s": "mssql",
    "domain": "dns",
    "X11": "x11",
    "rpcbind": "rpcbind",
    "nfs": "nfs",
    "exec": "rexec",
    "login": "rlogin",
    "shell": "rsh",
    "oracle-tns": "oracle",
    "mongod": "mongodb",
    "damewaremr": "dameware",
    "nomachine-nx": "nomachine",
    "pcanywheredata": "pcanywhere",
}
"""What nmap calls services that have another name here; others keep nmap's."""

DATABASES: tuple[str, ...] = ("postgresql", "mysql", "mssql", "oracle")
"""Databases with accounts: being reachable is the fault."""

CLIENT_FIRST: Mapping[int, str] = {
    53: "dns",
    102: "s7",
    104: "dicom",
    389: "ldap",
    445: "smb",
    502: "modbus",
    554: "rtsp",
    631: "ipp",
    1433: "mssql",
    1883: "mqtt",
    3268: "ldap",
    3389: "rdp",
    4242: "dicom",
    5432: "postgresql",
    6379: "redis",
    8554: "rtsp",
    10554: "rtsp",
    11112: "dicom",
    11113: "dicom",
    11211: "memcached",
    27017: "mongodb",
}
"""The protocol whose first question is tried on a port, because its server waits for us."""

INSIDE_TLS: Mapping[int, str] = {636: "ldap", 2762: "dicom", 3269: "ldap", 8883: "mqtt"}
"""The protocol spoken inside TLS on a port where no web page is expected."""

REMOTE_CONTROL: tuple[str, ...] = (
    "anydesk",
    "dameware",
    "nomachine",
    "pcanywhere",
    "radmin",
    "splashtop",
    "teamviewer",
)
"""Tools by which somebody takes the screen of a machine, VNC and RDP apart: those have rules of their own."""

CERTIFICATES: Mapping[str, re.Pattern[str]] = {
    "anydesk": re.compile(r"\bCN=Any(?:Desk|Net)\b"),
    "veeam": re.compile(r"\bCN=Veeam\b"),
}
"""Services that speak their own words inside TLS, by the subject of the certificate they make for themselves."""
PRODUCTS: Mapping[str, str] = {"anydesk": "AnyDesk", "veeam": "Veeam Backup & Replication"}

BACKUP_SERVICES: tuple[str, ...] = (
    "amanda", "arcserve", "backupexec-remote", "bacula-fd", "bacula-sd", "commvault", "ndmp", "netbackup", "veeam",
)  # fmt: skip
"""What answers for a backup system, by its own words: agents, storage, servers."""
