"""A UDP service that answers strangers at length is borrowed to drown somebody else, in the establishment's name.

Asked from our own address, with one short question that asks for little: chargen, quote of the day, portmap,
NetBIOS, CLDAP, SSDP, WS-Discovery, mDNS, memcached, TFTP; NTP when it tells its variables. A port that keeps silent
says nothing.
On a private address most of them are at home: only what is seen from outside counts.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, Service
from scanners.exposure.targets import is_private
from scanners.exposure.udp_questions import AMPLIFIERS
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Services that amplify, on addresses that the Internet can reach."""
    open_ends = facts.endpoints()
    amplifiers = [end for end in open_ends if end.port.protocol == "udp" and _amplifies(end.service)]
    outside = [end for end in amplifiers if not is_private(end.host.address)]
    inside = [end.subject for end in amplifiers if end not in outside]
    findings = [Finding(end.subject, end.evidence()) for end in outside]
    return judged(len(open_ends), findings, inside, _to_see_from_outside(inside[0]) if inside else None)


def _to_see_from_outside(subject: str) -> Text:
    return Text(
        f"{subject} est une adresse interne, où ce service est peut-être utile ; refaites l’audit de l’extérieur avant "
        "de conclure.",
        f"{subject} is an inside address, where this service may be of use; run the audit again from outside before "
        "concluding.",
    )


def _amplifies(service: Service) -> bool:
    return service.name in AMPLIFIERS or (service.name == "ntp" and "control_open" in service.traits)


RULE = Rule(
    id="exposure.udp_amplifier",
    title=Text(
        "Service UDP qui amplifie les attaques",
        "UDP service that amplifies attacks",
    ),
    message=Text(
        "{subject} répond longuement à n’importe qui ({service}) : il peut servir à saturer une victime.",
        "{subject} answers anyone at length ({service}): it can be used to flood a victim.",
    ),
    remediation=Text(
        "Fermez ce port UDP depuis Internet, ou arrêtez le service s’il ne sert pas. NTP : restrict default noquery. "
        "Le débit de l’établissement en pâtit aussi le jour où l’on s’en sert.",
        "Close this UDP port from the Internet, or stop the service if it is of no use. NTP: restrict default noquery. "
        "The establishment’s own bandwidth suffers too on the day it is used.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "cwe:406", "attack:T1498.002"),
    check=check,
    reads=("hosts", "services"),
)
