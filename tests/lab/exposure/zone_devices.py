"""Devices of the zone, beside its 128 hosts: what answers over UDP, boards, printers, cameras, controllers. Pure.

`RULES` says which of them each rule must name, and no other. Controllers, the interface engine and the port that the
establishment chose (`CHOSEN`) count what they receive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Device:
    """One service: what plays it (`device_stubs.py`), where, and what an audit must call it."""

    kind: str
    address: str
    port: int
    name: str
    product: str = ""
    protocol: str = "tcp"

    @property
    def subject(self) -> str:
        """The subject of a finding about it."""
        return f"{self.address}:{self.port}/{self.protocol}"


AMPLIFIERS, BOARD, CAMERAS, OFFICE, BACKUPS, TECHNICAL = (f"192.0.2.{number}" for number in range(221, 227))
DROPPING = (BACKUPS,)
"""Answers nothing but its services."""
CHOSEN = 8123
"""The port that the establishment wants no byte sent to."""


def _udp(kind: str, address: str, port: int, name: str, product: str = "") -> Device:
    return Device(kind, address, port, name, product, "udp")


DEVICES: tuple[Device, ...] = (
    _udp("qotd", AMPLIFIERS, 17, "qotd"),
    _udp("chargen", AMPLIFIERS, 19, "chargen"),
    _udp("tftp", AMPLIFIERS, 69, "tftp"),
    _udp("rpcbind", AMPLIFIERS, 111, "rpcbind"),
    _udp("ntp_open", AMPLIFIERS, 123, "ntp", "ntpd"),
    _udp("netbios", AMPLIFIERS, 137, "netbios-ns", "NetBIOS"),
    _udp("cldap", AMPLIFIERS, 389, "cldap", "Active Directory"),
    _udp("ssdp", AMPLIFIERS, 1900, "ssdp", "UPnP"),
    _udp("mdns", AMPLIFIERS, 5353, "mdns"),
    _udp("memcached", AMPLIFIERS, 11211, "memcached", "memcached"),
    _udp("ntp_quiet", BOARD, 123, "ntp", "NTP"),
    _udp("ipmi", BOARD, 623, "ipmi", "IPMI"),
    Device("vmware", BOARD, 902, "vmware-auth", "VMware ESXi"),
    Device("rtsp_open", CAMERAS, 554, "rtsp", "Dahua Rtsp Server"),
    Device("rtsp_password", CAMERAS, 8554, "rtsp", "Hikvision"),
    _udp("ws_discovery", CAMERAS, 3702, "ws-discovery", "ONVIF"),
    Device("ipp", OFFICE, 631, "ipp", "LaserJet"),
    Device("radmin", OFFICE, 4899, "radmin", "Radmin"),
    Device("anydesk", OFFICE, 7070, "anydesk", "AnyDesk"),
    Device("veeam", BACKUPS, 9392, "veeam", "Veeam"),
    _udp("ike", BACKUPS, 500, "ike", "IPsec"),
    Device("s7", TECHNICAL, 102, "s7"),
    Device("modbus", TECHNICAL, 502, "modbus"),
    Device("hl7", TECHNICAL, 2575, "hl7"),
    Device("chosen", TECHNICAL, CHOSEN, ""),
    Device("serial", TECHNICAL, 4001, ""),
)
BACNET = _udp("bacnet", TECHNICAL, 47808, "bacnet", "ECB-600")
"""Seen with a permission only."""

RULES: Mapping[str, tuple[str, ...]] = {
    "backup_exposed": ("veeam",),
    "camera_exposed": ("rtsp_open", "rtsp_password", "ws_discovery"),
    "camera_without_password": ("rtsp_open",),
    "file_service_exposed": ("tftp", "rpcbind"),
    "hl7_exposed": ("hl7",),
    "industrial_protocol_exposed": ("s7", "modbus"),
    "management_board_exposed": ("ipmi", "vmware"),
    "memcached_exposed": ("memcached",),
    "raw_printing_exposed": ("ipp",),
    "remote_control_exposed": ("radmin", "anydesk"),
    "udp_amplifier": (
        "qotd", "chargen", "tftp", "rpcbind", "ntp_open", "netbios", "cldap", "ssdp", "mdns", "memcached",
        "ws_discovery",
    ),
    "unidentified_service": ("serial",),
}  # fmt: skip


def addresses() -> tuple[str, ...]:
    """Every address of a device."""
    return tuple(dict.fromkeys(device.address for device in DEVICES))


def expected() -> dict[str, set[str]]:
    """Rule -> the subjects it must name among the devices."""
    return {
        f"exposure.{rule}": {device.subject for device in DEVICES if device.kind in kinds}
        for rule, kinds in RULES.items()
    }
