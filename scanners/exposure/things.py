"""What an exposure audit saw, as things that one follows from audit to audit. Pure.

Addresses, services, names, domains. Traits are texts; one that could not be read is left empty, so that a gentler audit
does not look like a change. What proves a thing (`proof`) is kept as it was seen, and is not followed: banners may tell
the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from scanners.exposure import followed_names
from scanners.exposure.facts import Endpoint, ExposureFacts, Host, clean
from scanners.exposure.looked_at import looked_at
from scanners.exposure.products import recognised
from scanners.exposure.proofs import service_proof

_LONGEST = 300
_MOST_NAMES = 20


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing seen. `key`: `192.0.2.7`, `192.0.2.7:443/tcp`, `portail.hopital.fr`, `hopital.fr`."""

    kind: Literal["address", "service", "name", "domain"]
    key: str
    traits: Mapping[str, str]
    proof: Mapping[str, str] = field(default_factory=dict)


def things(facts: ExposureFacts) -> Iterator[Thing]:
    """Addresses with something open, their services, the names found and the domains read."""
    for host in facts.hosts:
        if host.ports or host.answers_everything:
            yield Thing("address", host.address, _address(host), _counts(host))
        for port in host.ports:
            endpoint = Endpoint(host, port)
            yield Thing("service", endpoint.subject, _service(endpoint), _kept(service_proof(endpoint)))
    for name, traits, proof in followed_names.names(facts):
        yield Thing("name", name, _kept(traits), _kept(proof))
    for read in facts.domains:
        traits, proof = followed_names.domain(read)
        if traits:
            yield Thing("domain", read.name, _kept(traits), _kept(proof))


def _kept(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: clean(text, _LONGEST) for name, text in texts.items()}


def _counts(host: Host) -> dict[str, str]:
    return {"closed": str(host.closed), "filtered": str(host.filtered)}


def _address(host: Host) -> dict[str, str]:
    return {
        "names": ", ".join(sorted(host.names)[:_MOST_NAMES]),
        "answers_everything": "yes" if host.answers_everything else "no",
    }


def _service(endpoint: Endpoint) -> dict[str, str]:
    port, service = endpoint.port, endpoint.service
    page = recognised(endpoint)
    known = {
        "service": service.name,
        "product": page.name if page else service.product,
        "version": page.version if page else service.version,
        "kind": page.product.kind if page else "none" if port.http else "",
        "title": port.http.title if port.http else "",
        "tls": ", ".join(port.tls.versions) if port.tls else "",
        "source": service.source if service.name else "",
    }
    certificate = port.tls.certificate if port.tls else None
    if certificate is not None:
        known |= {
            "certificate": certificate.sha256,
            "certificate_subject": certificate.subject,
            "certificate_issuer": certificate.issuer,
            "certificate_names": ", ".join(certificate.names[:_MOST_NAMES]),
            "certificate_until": certificate.not_after.isoformat(),
        }
    return _kept(known)


def where_to_look(facts: ExposureFacts) -> Callable[[str, str], bool]:
    """Whether an audit looked where a thing of that kind and key would be: its address was scanned and its port tried.

    A name that was asked for again and that DNS says to have no address any more is gone; a domain does not go by
    itself. An audit that did not finish with its addresses looked at none: what it missed is not told one by one.
    """
    absent, looked = frozenset(facts.absent_names), looked_at(facts)
    unfinished = any(gap.section == "hosts" and not gap.subject for gap in facts.gaps)

    def look(kind: str, key: str) -> bool:
        if kind in {"name", "domain"}:
            return kind == "name" and key in absent
        return not unfinished and looked(key)

    return look
