"""A name server that hands over the whole zone draws the attacker’s map: every machine, every supplier (RFC 5936).

Name servers inside the mandate that gave the zone to us. Those outside it were not asked.
"""

from __future__ import annotations

from scanners.exposure.domain_facts import Domain
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence, among_domains
from scanners.exposure.targets import is_private
from scanners.model import NotAssessable, Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains that a name server hands over whole."""
    return among_domains([domain for domain in facts.known_domains() if domain.name_servers], _fault)


def _fault(domain: Domain) -> Evidence | None:
    giving = [server for server in domain.name_servers if server.transfer]
    open_to_all = [server.name for server in giving if not all(is_private(address) for address in server.addresses)]
    if giving and not open_to_all:
        raise NotAssessable(
            f"{giving[0].name} a livré {domain.name} à une adresse interne, où l’audit est peut-être autorisé ; "
            "refaites-le de l’extérieur avant de conclure.",
            f"{giving[0].name} gave {domain.name} at an inside address, where the audit may be allowed; run it "
            "again from outside before concluding.",
        )
    if not open_to_all and all(server.transfer is None for server in domain.name_servers):
        raise NotAssessable(
            f"Aucun serveur DNS de {domain.name} n’est dans le mandat, ou ne répond en TCP ; demandez à son hébergeur "
            "si le transfert de zone est fermé, ou faites étendre le mandat.",
            f"No name server of {domain.name} is in the mandate, or answers over TCP; ask its host whether zone "
            "transfers are closed, or have the mandate extended.",
        )
    unheard = [server.name for server in domain.name_servers if server.unheard]
    if not open_to_all and unheard:
        raise NotAssessable(
            f"Pour {domain.name}, {', '.join(unheard[:5])} n’a pas répondu à la demande de transfert, ou n’a pas été "
            "interrogé ; vérifiez le port TCP 53, puis relancez l’audit avec un autre profil que fragile.",
            f"For {domain.name}, {', '.join(unheard[:5])} did not answer the request for a transfer, or was not "
            "asked; check TCP port 53, then run the audit again with another profile than fragile.",
        )
    return {"host": ", ".join(open_to_all)} if open_to_all else None


RULE = Rule(
    id="exposure.zone_transfer_open",
    title=Text(
        "Transfert de zone ouvert",
        "Zone transfer open",
    ),
    message=Text(
        "{host} livre toute la zone {subject} à qui la demande.",
        "{host} hands the whole zone {subject} to whoever asks.",
    ),
    remediation=Text(
        "Si l’audit part de votre réseau, refaites-le de l’extérieur avant de conclure. "
        "Limitez le transfert aux serveurs secondaires, par adresse et par clé TSIG.",
        "If the audit starts from your network, run it again from outside before concluding. "
        "Restrict transfers to the secondary servers, by address and by TSIG key.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "cwe:200", "attack:T1590.002", "rfc:5936"),
    check=check,
    reads=("dns",),
)
