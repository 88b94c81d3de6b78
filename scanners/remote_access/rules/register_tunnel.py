"""Between the supplier and the hospital, what is not in a VPN can be read and taken over on the way.

ANSSI R63 (TLM-13): an IPsec tunnel from the third party's workstation, TLS failing that. Accesses by a bastion are left
out: the register does not tell how the bastion itself is reached, its own audit and that of exposure do.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import access_subject, accesses, in_a_tunnel, living, through_a_bastion


def check(facts: RemoteAccessFacts) -> Verdict:
    """Current accesses not declared to come in by a VPN; an empty cell is no proof."""
    rows = [row for row in living(accesses(facts, "technology"), facts) if not through_a_bastion(row)]
    return judged(
        len(rows),
        (
            Finding(access_subject(facts, row), {"technology": row.technology or "?", "line": row.line})
            for row in rows
            if not in_a_tunnel(row)
        ),
    )


RULE = Rule(
    id="remote_access.register_tunnel",
    title=Text("Accès qui n’arrive pas par un VPN", "Access that does not come in by a VPN"),
    message=Text(
        "{subject} (ligne {line} du registre) n’est pas déclaré arriver par un VPN ({technology}).",
        "{subject} (line {line} of the register) is not declared to come in by a VPN ({technology}).",
    ),
    remediation=Text(
        "Faites arriver cet accès par un VPN IPsec (à défaut TLS) ouvert au fournisseur seul ; fermez modem, port "
        "ouvert sur Internet ou outil en ligne une fois le VPN essayé.",
        "Have this access come in by an IPsec VPN (TLS failing that) open to that supplier alone; close the modem, the "
        "port open on the Internet or the online tool once the VPN was tried.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:TLM-13", "attack:T1133"),
    check=check,
    reads=("register",),
    kind=Kind.DECLARED,
)
