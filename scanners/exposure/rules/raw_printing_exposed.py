"""A printer that takes raw jobs from the Internet prints whatever strangers send, and serves as a way in.

IPP printers are asked their model. Raw ports are deduced from their number alone (9100, 9104 to 9107, 515; 9101 to 9103
are also a backup system's): a byte sent there would come out on paper.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import exposed
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Every open port of printing."""
    return exposed(facts, "raw-printing", "lpd", "ipp")


RULE = Rule(
    id="exposure.raw_printing_exposed",
    title=Text(
        "Imprimante accessible",
        "Printer reachable",
    ),
    message=Text(
        "{subject} est ouvert : c’est un port d’impression ({service}).",
        "{subject} is open: it is a printing port ({service}).",
    ),
    remediation=Text(
        "Fermez le port au pare-feu et limitez l’impression au serveur d’impression.",
        "Close the port on the firewall and limit printing to the print server.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:19", "cwe:306"),
    check=check,
    reads=("hosts", "services"),
)
