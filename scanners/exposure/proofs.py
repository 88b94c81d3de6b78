"""What proves that a service is what it is said to be: its banner, the headers of its answer, its certificate. Pure."""

from __future__ import annotations

from scanners.exposure.facts import Certificate, Endpoint, Http, Tls
from scanners.ssh_offer import Ssh

_MOST_HEADERS = 8
_TELLING = ("server", "x-powered-by", "www-authenticate", "location", "strict-transport-security",
            "content-security-policy", "x-frame-options", "via")  # fmt: skip
"""Headers that say what answers and how it is protected, the most telling first."""


def service_proof(endpoint: Endpoint) -> dict[str, str]:
    """What was read of a port, by name; what is absent is left out."""
    port = endpoint.port
    found = {"banner": port.service.banner, "cpe": ", ".join(port.service.cpes)}
    if port.http is not None:
        found |= _web(port.http)
    if port.tls is not None:
        found |= _tls(port.tls)
    if port.ssh is not None:
        found |= _ssh(port.ssh)
    found["sites"] = ", ".join(site.name for site in port.sites)
    return {name: text for name, text in found.items() if text}


def _web(http: Http) -> dict[str, str]:
    shown = [f"{name}: {value}" for name in _TELLING if (value := http.header(name))][:_MOST_HEADERS]
    return {"status": str(http.status), "headers": " | ".join(shown), "redirects": ", ".join(http.redirects)}


def _tls(tls: Tls) -> dict[str, str]:
    found = {"started_by": tls.started_by, "weak_ciphers": ", ".join(tls.weak_ciphers), "trust": _trust(tls)}
    return found | (_certificate(tls.certificate) if tls.certificate is not None else {})


def _trust(tls: Tls) -> str:
    if tls.trusted is None:
        return ""
    return "trusted" if tls.trusted else tls.trust_error or "untrusted"


def _certificate(certificate: Certificate) -> dict[str, str]:
    key = f"{certificate.key_type} {certificate.key_bits}" if certificate.key_bits else certificate.key_type
    return {
        "certificate_from": certificate.not_before.isoformat(),
        "certificate_key": key,
        "certificate_hash": certificate.signature_hash,
        "self_signed": "yes" if certificate.self_signed else "no",
    }


def _ssh(ssh: Ssh) -> dict[str, str]:
    keys = ", ".join(f"{name} {bits}" for name, bits in ssh.host_key_bits) or ", ".join(ssh.host_keys)
    return {"ssh_protocol": ssh.protocol, "host_keys": keys, "key_exchanges": ", ".join(ssh.key_exchanges)}
