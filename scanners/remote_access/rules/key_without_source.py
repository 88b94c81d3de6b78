"""A stolen key works from anywhere when nothing says where it may come from.

ANSSI R18 and R22: rights may bear on the source address. Judged on `from=` of each key; one that admits more than
65,536 addresses, or a whole top-level domain, restrains nothing and counts as none (`sources.py`). A supplier that
connects through the hospital's VPN has a fixed range too.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import remote_keys, subject
from scanners.remote_access.sources import too_wide


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts with a key that works from any address."""
    keys = remote_keys(facts)
    return judged(
        len(keys),
        (
            Finding(
                subject(facts, key.account),
                {"fingerprint": key.fingerprint, "line": key.line, "sources": key.options.get("from")},
            )
            for key in keys
            if too_wide(key.options.get("from", "*"))
        ),
    )


RULE = Rule(
    id="remote_access.key_without_source",
    title=Text("Clé utilisable depuis n’importe où", "Key that works from anywhere"),
    message=Text(
        "{subject} a une clé sans vraie limite d’adresse (from : {sources:=absent} ; ligne {line}, {fingerprint}).",
        "{subject} has a key without a real limit of address (from: {sources:=absent}; line {line}, {fingerprint}).",
    ),
    remediation=Text(
        'Demandez au fournisseur ses adresses de sortie et ajoutez « from="…",restrict » devant la clé ; prévoyez son '
        "adresse de secours pour ne pas bloquer une astreinte.",
        'Ask the supplier for its outgoing addresses and add `from="…",restrict` before the key; foresee its back-up '
        "address so as not to block an on-call engineer.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ssh:R18", "anssi-ssh:R22"),
    check=check,
    reads=("keys",),
)
