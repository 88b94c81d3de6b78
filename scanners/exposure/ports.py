"""Which ports are tried, which must never receive a byte, and what their numbers mean. Data only.

nmap's top 1,000 misses a fifth of the services of a hospital (DICOM, HL7, redis, Modbus…: measured 142 of 174), so
the ports below are always added to it.
"""

from __future__ import annotations

from collections.abc import Mapping

HL7_PORTS: frozenset[int] = frozenset({2575, 2576, 6661, 6662, 6663, 6664, 6665})
"""MLLP listeners of interface engines (IANA 2575; Mirth's usual 6661 and next)."""

INDUSTRIAL_PORTS: Mapping[int, str] = {
    102: "s7",
    502: "modbus",
    789: "red-lion",
    1911: "niagara-fox",
    2404: "iec-104",
    4840: "opc-ua",
    9600: "omron-fins",
    20000: "dnp3",
    44818: "ethernet-ip",
    47808: "bacnet",
}
"""Building and industrial controllers: some stop when they are asked an unexpected question."""

PRINTER_PORTS: frozenset[int] = frozenset(range(9100, 9108))
"""Raw printing: every byte received comes out on paper."""

BACKUP_PORTS: frozenset[int] = frozenset({9101, 9102, 9103})
"""Assigned to Bacula; some print servers print what their second and third ports receive. The number accuses nobody."""

SILENT_PORTS: Mapping[int, str] = {
    **dict.fromkeys(HL7_PORTS, "hl7"),
    **INDUSTRIAL_PORTS,
    **dict.fromkeys(PRINTER_PORTS - BACKUP_PORTS, "raw-printing"),
    **dict.fromkeys(BACKUP_PORTS, ""),
    515: "lpd",
}
"""Connected to, listened to, never written to; the name is all that is known of them, empty when
several services use the number."""

ADDED_PORTS: frozenset[int] = frozenset(SILENT_PORTS) | {
    # Imaging and other medical flows
    104, 4242, 8042, 11112, 11113,
    # Databases and caches
    1433, 1521, 3306, 5432, 6379, 9200, 9300, 11211, 27017, 5984, 8086,
    # Remote access and administration
    22, 23, 3389, 5900, 5901, 5938, 7070, 5985, 5986, 512, 513, 514, 6000,
    # Files and directories
    21, 111, 139, 389, 445, 636, 873, 2049, 3268,
    # Containers, hypervisors, backup consoles, appliances
    2375, 2376, 6443, 10250, 10255, 8006, 5480, 9392, 9398, 9419, 8443, 4433, 4443, 10443, 4786, 9090, 10000, 8291,
    # Messages and devices
    25, 110, 143, 465, 587, 993, 995, 1883, 8883, 631, 5060, 1194, 1723,
}  # fmt: skip
"""Health, building, database, remote-access and administration ports tried besides nmap's top 1,000."""

TLS_FIRST: frozenset[int] = frozenset(
    {443, 465, 636, 990, 993, 995, 2376, 4433, 4443, 5480, 5986, 6443, 8006, 8443, 8883, 9398, 9419, 9443, 10250, 10443}
)
"""Ports where TLS is tried before anything else."""

GREETING_PORTS: frozenset[int] = frozenset(
    {21, 22, 23, 25, 110, 143, 587, 2222, 2323, 3306, 5900, 5901, 990, 993, 995, 465}
)
"""Ports whose server speaks first, sometimes slowly: they are waited for longer."""

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
}
"""What nmap calls services that have another name here; others keep nmap's."""

DATABASES: tuple[str, ...] = ("postgresql", "mysql", "mssql", "oracle")
"""Databases with accounts: being reachable is the fault."""

CLIENT_FIRST: Mapping[int, str] = {
    53: "dns",
    104: "dicom",
    389: "ldap",
    445: "smb",
    1433: "mssql",
    1883: "mqtt",
    3268: "ldap",
    3389: "rdp",
    4242: "dicom",
    5432: "postgresql",
    6379: "redis",
    11112: "dicom",
    11113: "dicom",
    11211: "memcached",
    27017: "mongodb",
}
"""The protocol whose first question is tried on a port, because its server waits for us."""

INSIDE_TLS: Mapping[int, str] = {636: "ldap", 3269: "ldap", 8883: "mqtt"}
"""The protocol spoken inside TLS on a port where no web page is expected."""
