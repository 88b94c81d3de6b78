"""A name that leads to machines nobody looked at may have been taken over, or moved by a supplier without a word.

Names of the mandate that former audits knew elsewhere. The new address was not contacted: DNS is changed by whoever
holds its account, and only a person can say that these machines are still the establishment's.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs

_SHOWN = 5


def check(facts: ExposureFacts) -> Verdict:
    """Known names that lead to an address that is new to them."""
    moved = (name for name in facts.searched_names() if name.moved_to)
    return judged(
        len(facts.found_names),
        (
            Finding(
                name.name,
                {"address": ", ".join(name.moved_to[:_SHOWN]), "formerly": ", ".join(name.lived_at[:_SHOWN])},
            )
            for name in moved
        ),
    )


RULE = Rule(
    id="exposure.name_moved",
    title=Text(
        "Nom qui a changé d’adresse",
        "Name that changed address",
    ),
    message=Text(
        "{subject} mène maintenant à {address} (auparavant {formerly}) : rien n’y a été envoyé avant votre accord.",
        "{subject} now leads to {address} (formerly {formerly}): nothing was sent there before you agree.",
    ),
    remediation=Text(
        "Demandez à qui gère le DNS si ce changement est voulu. Oui : acceptez l’adresse sur la page du mandat, ou "
        "faites suivre le nom s’il change souvent (CDN). Non : rétablissez l’enregistrement et ouvrez un incident.",
        "Ask whoever runs the DNS whether this change was meant. Yes: accept the address on the page of the mandate, "
        "or have the name followed if it changes often (CDN). No: restore the record and open an incident.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "cwe:350", "attack:T1584.001"),
    check=check,
    reads=("names",),
)
