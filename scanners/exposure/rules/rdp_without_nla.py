"""Without network level authentication a stranger reaches the Windows logon screen, and the flaws that lie before it.

TLS without NLA is offered to the server: one that takes it, or asks for less, does not require NLA.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import told, trait
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Remote Desktop servers that accept a session without NLA."""
    return told(facts.endpoints("rdp"), lambda rdp: trait(rdp, "nla_not_required", "nla_required"))


RULE = Rule(
    id="exposure.rdp_without_nla",
    title=Text(
        "RDP sans authentification préalable (NLA)",
        "RDP without network level authentication",
    ),
    message=Text(
        "{subject} n’exige pas l’authentification préalable (NLA) avant l’écran d’ouverture de session.",
        "{subject} does not require network level authentication before the logon screen.",
    ),
    remediation=Text(
        "Exigez NLA par stratégie de groupe (« Exiger l’authentification utilisateur pour les connexions à "
        "distance ») après essai sur un poste.",
        "Require NLA by group policy (“Require user authentication for remote connections”) after a trial on one "
        "machine.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "attack:T1021.001", "cwe:306"),
    check=check,
    reads=("hosts", "services"),
)
