"""A way in that avoids the gateway must at least be encrypted from end to end and closed to everybody else.

PGSSI-S 6.1.2.2 (TLM-08): without a gateway, encryption, mutual authentication and filtering by address or certificate.
The register tells of the tunnel and of the addresses; mutual authentication is for a person to check.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import access_subject, accesses, in_a_tunnel, living
from scanners.remote_access.sources import filters


def check(facts: RemoteAccessFacts) -> Verdict:
    """Current accesses outside the gateway without a tunnel, or without a list of addresses that keeps others out."""
    rows = [row for row in living(accesses(facts, "gateway", "sources"), facts) if row.gateway is not True]
    return judged(
        len(rows),
        (
            Finding(access_subject(facts, row), {"technology": row.technology or "?", "line": row.line})
            for row in rows
            if not in_a_tunnel(row) or ("sources" not in row.unread and not filters(row.sources))
        ),
    )


RULE = Rule(
    id="remote_access.register_unfiltered",
    title=Text("Accès direct ni chiffré ni filtré", "Direct access neither encrypted nor filtered"),
    message=Text(
        "{subject} (ligne {line} du registre) entre hors de la passerelle ({technology}) sans tunnel chiffré, ou sans "
        "liste des adresses admises.",
        "{subject} (line {line} of the register) comes in outside the gateway ({technology}) without an encrypted "
        "tunnel, or without a list of allowed addresses.",
    ),
    remediation=Text(
        "En attendant la passerelle, imposez un VPN avec authentification des deux côtés, n’admettez au pare-feu que "
        "les adresses du fournisseur, et notez-les au registre.",
        "Until the gateway is there, impose a VPN with authentication on both sides, let in at the firewall the "
        "supplier’s addresses only, and write them in the register.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:TLM-08", "pgssi-s:6.1.2.2", "attack:T1133"),
    check=check,
    reads=("register",),
    kind=Kind.DECLARED,
)
