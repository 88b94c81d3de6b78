"""A gateway with several network cards that answers SSH on each of them is a way round the network that leads to it.

ANSSI R25: SSH listens on an administration address only.
Judged on `ListenAddress` where there are several cards; on one card, every address is the same network's business.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import asked_for, global_settings, subject

_ANYWHERE = ("0.0.0.0:", "[::]:")


def check(facts: RemoteAccessFacts) -> Verdict:
    """The gateway, when its SSH server listens on every card."""
    cards = asked_for(facts.interfaces)
    addresses = global_settings(facts).values.get("listenaddress", "").split()
    everywhere = len(cards) > 1 and any(address.startswith(_ANYWHERE) for address in addresses)
    return judged(1, [Finding(subject(facts, "sshd"), {"interfaces": ", ".join(cards)})] if everywhere else ())


RULE = Rule(
    id="remote_access.listens_everywhere",
    title=Text("SSH écoute sur tous les réseaux", "SSH listens on every network"),
    message=Text(
        "{subject} répond sur chacune des cartes réseau ({interfaces}).",
        "{subject} answers on each of the network cards ({interfaces}).",
    ),
    remediation=Text(
        "Fixez « ListenAddress » à l’adresse par laquelle les fournisseurs et les administrateurs arrivent ; gardez la "
        "console à portée, une adresse fausse ferme la porte à tous.",
        "Set `ListenAddress` to the address through which suppliers and administrators arrive; keep the console at "
        "hand, a wrong address shuts everybody out.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ssh:R25", "care-rules:TLM-07"),
    check=check,
    reads=("sshd", "addresses"),
)
