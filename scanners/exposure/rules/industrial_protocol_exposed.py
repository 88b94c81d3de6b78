"""Controllers of heating, air, power and fluids obey whoever speaks to them, without a password.

Modbus, S7, BACnet, OPC UA, IEC 104, DNP3, EtherNet/IP and others, deduced from the port number alone: no byte is sent,
unless the establishment allowed a controller to be asked who it is (`never_written.py`).
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import exposed
from scanners.exposure.ports import INDUSTRIAL_PORTS
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Every open port of an industrial protocol."""
    return exposed(facts, *dict.fromkeys(INDUSTRIAL_PORTS.values()))


RULE = Rule(
    id="exposure.industrial_protocol_exposed",
    title=Text(
        "Automate ou GTB accessible",
        "Building or industrial controller reachable",
    ),
    message=Text(
        "{subject} est ouvert : c’est un port du protocole {service}.",
        "{subject} is open: it is a port of the {service} protocol.",
    ),
    remediation=Text(
        "Fermez le port au pare-feu, placez l’automate dans un réseau à part, et n’y accédez que par un bastion ; "
        "prévenez les services techniques.",
        "Close the port on the firewall, put the controller in a network of its own, and reach it through a "
        "bastion only; tell the technical services.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:19", "attack:T1190", "cwe:306"),
    check=check,
    reads=("hosts", "services"),
)
