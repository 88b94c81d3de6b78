"""SMB 1 has been obsolete since 2013 and carried WannaCry and NotPetya.

A negotiation limited to `NT LM 0.12` is offered; a server that takes it still speaks SMB 1.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import told, trait
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """SMB servers that accept version 1."""
    return told(facts.endpoints("smb"), lambda smb: trait(smb, "smb1", "smb1_refused"))


RULE = Rule(
    id="exposure.smb1_enabled",
    title=Text(
        "SMB 1 encore actif",
        "SMB 1 still enabled",
    ),
    message=Text(
        "{subject} accepte encore SMB 1.",
        "{subject} still accepts SMB 1.",
    ),
    remediation=Text(
        "Désactivez SMB 1 ; pour un équipement qui n’a rien d’autre, isolez-le avec un relais de fichiers.",
        "Disable SMB 1; isolate a device that has nothing else behind a file relay.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:21", "attack:T1210", "cwe:327"),
    check=check,
    reads=("hosts", "services"),
)
