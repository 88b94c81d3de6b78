"""Remote accesses of suppliers: the words of their register. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from scanners.model import Text


class Service(StrEnum):
    """The three services of PGSSI-S 6.1."""

    MONITORING = "monitoring"
    MAINTENANCE = "maintenance"
    ASSISTANCE = "assistance"


SERVICES: Mapping[Service, Text] = {
    Service.MONITORING: Text("Télésurveillance", "Remote monitoring"),
    Service.MAINTENANCE: Text("Télémaintenance", "Remote maintenance"),
    Service.ASSISTANCE: Text("Téléassistance", "Remote assistance"),
}


class Technology(StrEnum):
    """By what a supplier comes in."""

    BASTION = "bastion"
    IPSEC_VPN = "ipsec_vpn"
    TLS_VPN = "tls_vpn"
    SAAS_TOOL = "saas_tool"
    MODEM = "modem"
    DIRECT = "direct"
    OTHER = "other"


TECHNOLOGIES: Mapping[Technology, Text] = {
    Technology.BASTION: Text("Bastion", "Bastion"),
    Technology.IPSEC_VPN: Text("VPN IPsec", "IPsec VPN"),
    Technology.TLS_VPN: Text("VPN TLS", "TLS VPN"),
    Technology.SAAS_TOOL: Text("Outil de prise de main en ligne", "Online remote-control tool"),
    Technology.MODEM: Text("Modem", "Modem"),
    Technology.DIRECT: Text("Directement depuis Internet", "Straight from the Internet"),
    Technology.OTHER: Text("Autre", "Other"),
}
