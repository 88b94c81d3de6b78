"""Remote accesses of suppliers: the words of their register, and in which order they are reviewed. Pure.

The order is criticality for care × exposure, each from 1 to 4. No text sets that scale: it is ours. What nobody said
counts as the worst, and is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from care.domain.node_names import folded
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

WORST = 4
CRITICALITIES: Mapping[int, Text] = {
    4: Text("4 – vitale : un patient est en danger si l’équipement s’arrête", "4 – vital: a stop endangers a patient"),
    3: Text("3 – forte : des soins sont reportés ou transférés", "3 – high: care is put off or sent elsewhere"),
    2: Text("2 – moyenne : les soins continuent autrement", "2 – medium: care goes on in another way"),
    1: Text("1 – faible : les soins ne s’en aperçoivent pas", "1 – low: care does not notice"),
}
"""What care loses with the equipment, gravest first."""
EXPOSURES: Mapping[int, Text] = {
    4: Text(
        "Directement depuis Internet, par modem, par un outil en ligne sans second facteur, ou on ne sait pas",
        "Straight from the Internet, by modem, by an online tool without a second factor, or nobody knows",
    ),
    3: Text(
        "VPN ou bastion sans second facteur, outil en ligne avec second facteur",
        "VPN or bastion without a second factor, online tool with one",
    ),
    2: Text(
        "VPN avec second facteur, bastion avec second facteur mais toujours ouvert",
        "VPN with a second factor, bastion with one but always open",
    ),
    1: Text("Bastion avec second facteur, ouvert à la demande", "Bastion with a second factor, opened on demand"),
}
"""How open the door is, worst first."""


class Unsaid(StrEnum):
    """What nobody said and was counted as the worst."""

    CRITICALITY = "criticality"
    TECHNOLOGY = "technology"
    SECOND_FACTOR = "second_factor"
    ON_DEMAND = "on_demand"


UNSAID: Mapping[Unsaid, Text] = {
    Unsaid.CRITICALITY: Text("la criticité de l’équipement", "how critical the equipment is"),
    Unsaid.TECHNOLOGY: Text("la technologie", "the technology"),
    Unsaid.SECOND_FACTOR: Text("le second facteur", "the second factor"),
    Unsaid.ON_DEMAND: Text("l’ouverture à la demande", "whether it is opened on demand"),
}


@dataclass(frozen=True, slots=True)
class Rank:
    """Where an access stands in the review order, each part from 1 to 4; `assumed` is what nobody said."""

    criticality: int
    exposure: int
    assumed: tuple[Unsaid, ...] = ()

    @property
    def score(self) -> int:
        """From 1 to 16: the higher, the sooner it is reviewed."""
        return self.criticality * self.exposure


def rank_of(
    criticality: int | None, technology: Technology | None, *, second_factor: bool | None, on_demand: bool | None
) -> Rank:
    """Where an access stands, from what is known of it."""
    exposure, assumed = _exposure(technology, second_factor=second_factor, on_demand=on_demand)
    if criticality is None:
        return Rank(WORST, exposure, (Unsaid.CRITICALITY, *assumed))
    return Rank(criticality, exposure, assumed)


def _exposure(
    technology: Technology | None, *, second_factor: bool | None, on_demand: bool | None
) -> tuple[int, tuple[Unsaid, ...]]:
    if technology in (None, Technology.OTHER):
        return WORST, (Unsaid.TECHNOLOGY,)
    if technology in (Technology.DIRECT, Technology.MODEM):
        return WORST, ()
    without = WORST if technology is Technology.SAAS_TOOL else WORST - 1
    if not second_factor:
        return without, (Unsaid.SECOND_FACTOR,) if second_factor is None else ()
    if technology is Technology.BASTION:
        if on_demand:
            return 1, ()
        return 2, (Unsaid.ON_DEMAND,) if on_demand is None else ()
    return without - 1, ()


def review_key(rank: Rank, reviewed_on: date | None, supplier: str, equipment: str) -> tuple[int, date, str, str]:
    """The key that sorts accesses in the order of their review: of two alike, the one reviewed longest ago first."""
    return (-rank.score, reviewed_on or date.min, folded(supplier), folded(equipment))
