"""Without required signing an SMB session can be relayed to another server by whoever sits in between.

Read from the security mode of the SMB 2 or 3 negotiation.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import told, trait
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """SMB servers that do not require signing."""
    return told(facts.endpoints("smb"), lambda smb: trait(smb, "signing_not_required", "signing_required"))


RULE = Rule(
    id="exposure.smb_signing_not_required",
    title=Text(
        "Signature SMB facultative",
        "SMB signing not required",
    ),
    message=Text(
        "{subject} n’exige pas la signature des échanges SMB.",
        "{subject} does not require SMB signing.",
    ),
    remediation=Text(
        "Exigez la signature SMB par stratégie de groupe, après essai avec les copieurs et équipements anciens.",
        "Require SMB signing by group policy, after a trial with old copiers and devices.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "attack:T1557.001", "cwe:345"),
    check=check,
    reads=("hosts", "services"),
)
