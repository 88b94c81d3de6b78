"""A certificate made for another name triggers warnings, and hides real impersonations among them.

Judged only when the target was a name: an address alone does not tell which name is meant. `*.x` stands for one label.
A port without HTTP serves all the names of its host at once: one that matches is enough. A name that was only guessed
or read in DNS, and gets the certificate of the default site, is nobody’s promise: it is left alone.
"""

from __future__ import annotations

from scanners.exposure.domain_facts import NameOrigin
from scanners.exposure.facts import Certificate, Endpoint, ExposureFacts
from scanners.model import Finding, Rule, Scalar, Severity, Text, Verdict, judged, refs

_GUESSED = frozenset({NameOrigin.WORDLIST, NameOrigin.DNS})


def check(facts: ExposureFacts) -> Verdict:
    """Certificates that bear none of the names by which the port was reached."""
    guessed = {found.name for found in facts.found_names if found.source in _GUESSED}
    shown = facts.certificates_by_name()
    default = {(end.host.address, end.port.number, found.sha256) for end, found in shown if not end.site}
    named = [(end, found, names) for end, found in shown if (names := _promised(end, found, guessed, default))]
    wrong = (
        (end, found, names) for end, found, names in named if not any(_matches(name, found.names) for name in names)
    )
    return judged(len(named), (Finding(end.subject, _evidence(names[0], found)) for end, found, names in wrong))


def _promised(
    end: Endpoint, found: Certificate, guessed: set[str], default: set[tuple[str, int, str]]
) -> tuple[str, ...]:
    """The names of which one at least is to be in the certificate."""
    names = end.host.names if end.port.http is None else _asked(end)
    if (end.host.address, end.port.number, found.sha256) not in default:
        return names
    return tuple(name for name in names if name not in guessed)


def _asked(end: Endpoint) -> tuple[str, ...]:
    """The name under which a page was asked for."""
    return (end.port.asked_as,) if end.port.asked_as else end.host.names[:1]


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    parent = name.partition(".")[2]
    return any(pattern == name or (pattern.startswith("*.") and pattern[2:] == parent) for pattern in patterns)


def _evidence(name: str, certificate: Certificate) -> dict[str, Scalar]:
    return {"name": name, "certificate_names": ", ".join(certificate.names[:5])}


RULE = Rule(
    id="exposure.certificate_name_mismatch",
    title=Text(
        "Certificat d’un autre nom",
        "Certificate for another name",
    ),
    message=Text(
        "Le certificat de {subject} n’est pas au nom {name} ({certificate_names}).",
        "The certificate of {subject} is not for the name {name} ({certificate_names}).",
    ),
    remediation=Text(
        "Faites émettre un certificat qui porte tous les noms du service.",
        "Have a certificate issued that bears every name of the service.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R29", "cwe:297", "rfc:9525"),
    check=check,
    reads=("hosts", "services", "tls"),
)
