"""Reads the JSON of SSLyze 5 and 6 (`--json_out`).

Source of the format: `json_output_schema.json` of the project. SSLyze states facts without a severity: ours follow what
the ANSSI guide on TLS refuses (SSL, TLS before 1.2, suites without encryption or authentication) and the CVSS of the
named vulnerabilities. Each scan command of each server says whether it was completed: a check closes where the command
it needs was completed on every server of the file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scanners.imported.gathering import Gathering, Hosts
from scanners.imported.model import NO_TEXT, Check, ForeignRef, Report, ReportError, Tool, check_id, subject_of
from scanners.imported.read_bounded import Source
from scanners.imported.read_json import members
from scanners.imported.wording import host, moment, number, plain, port_of
from scanners.model import Gap, Scalar, Severity, Text

Result = Mapping[str, Any]
Judge = Callable[[Result, datetime], Mapping[str, Scalar] | None]
"""From the result of a command to the evidence of a weakness; None when there is none."""

_MAX_SUITES = 30
_MAX_FAILED = 20
"""Servers that were not scanned, as a report names them."""
_SHORT_RSA = 2048
"""Bits; ANSSI RGS annex B1 and Mozilla refuse shorter RSA keys."""

_WEAK_MARKS = {
    "suites_open": ("_NULL", "_anon_", "EXPORT"),
    "suites_broken": ("RC4", "_DES_", "3DES", "RC2", "IDEA"),
}


@dataclass(frozen=True, slots=True)
class _Point:
    """One thing looked for in the result of the commands named."""

    check: Check
    commands: tuple[str, ...]
    judge: Judge


@dataclass(slots=True)
class _Scan:
    gathering: Gathering
    hosts: Hosts
    endpoints: set[str] = field(default_factory=set)
    made: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    about: dict[str, Any] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)


def read(source: Source, at: datetime | None) -> Report:
    """The report of an SSLyze JSON. Certificates are judged at the date of the scan."""
    scan = _Scan(Gathering(source.limits), Hosts(source.limits))
    servers = []
    for key, value in members(source, frozenset({"server_scan_results"})):
        if key == "server_scan_results" and isinstance(value, dict):
            servers.append(_slim(value))
            scan.hosts.bound(len(servers))
        elif key in {"sslyze_version", "date_scans_started", "date_scans_completed"}:
            scan.about[key] = value
        elif key == "invalid_server_strings" and isinstance(value, list):
            scan.failed += [
                plain(one.get("server_string"), 120) for one in value[:_MAX_FAILED] if isinstance(one, dict)
            ]
    finished = moment(scan.about.get("date_scans_completed")) or at
    if finished is None:
        raise ReportError(
            "Ce fichier de SSLyze ne dit pas quand l’analyse a eu lieu ; exportez-le avec SSLyze 5 ou plus récent.",
            "This file of SSLyze does not say when the scan took place; export it with SSLyze 5 or newer.",
        )
    for server in servers:
        _server(scan, server, finished)
    started = moment(scan.about.get("date_scans_started")) or finished
    return Report(
        tool=Tool.SSLYZE,
        version=plain(scan.about.get("sslyze_version"), 40),
        started_at=min(started, finished),
        finished_at=finished,
        hosts=scan.hosts.names(),
        checks=scan.gathering.checks(lambda check: scan.made[check.id] >= scan.endpoints),
        ways=scan.hosts.ways(),
        gaps=tuple(_gaps(scan)),
    )


def _slim(server: Mapping[str, Any]) -> dict[str, Any]:
    """What is used of a server: dates may come after the servers, and chains of certificates weigh megabytes."""
    results = server.get("scan_result")
    commands = {}
    for name, attempt in results.items() if isinstance(results, dict) else ():
        result = attempt.get("result") if isinstance(attempt, dict) else None
        if isinstance(result, dict) and attempt.get("status", "COMPLETED") == "COMPLETED":
            commands[name] = _certificates(result) if name == "certificate_info" else _suites(result)
    location = server.get("server_location")
    return {"location": location if isinstance(location, dict) else {}, "commands": commands}


def _suites(result: Result) -> dict[str, Any]:
    """The result with its accepted suites as names; other values as they are."""
    kept = {key: value for key, value in result.items() if not isinstance(value, (list, dict))}
    accepted = result.get("accepted_cipher_suites")
    names = [
        plain(one["cipher_suite"].get("name"), 80)
        for one in (accepted if isinstance(accepted, list) else ())
        if isinstance(one, dict) and isinstance(one.get("cipher_suite"), dict)
    ]
    return {**kept, "suites": names}


def _certificates(result: Result) -> dict[str, Any]:
    deployments = result.get("certificate_deployments")
    return {"chains": [_chain(one) for one in (deployments if isinstance(deployments, list) else ()) if _is_map(one)]}


def _is_map(value: object) -> bool:
    return isinstance(value, dict)


def _chain(deployment: Mapping[str, Any]) -> dict[str, Any]:
    received = deployment.get("received_certificate_chain")
    leaf = received[0] if isinstance(received, list) and received and _is_map(received[0]) else {}
    key = leaf.get("public_key")
    paths = deployment.get("path_validation_results")
    return {
        "subject": _named(leaf.get("subject")),
        "until": plain(leaf.get("not_valid_after"), 40),
        "from": plain(leaf.get("not_valid_before"), 40),
        "algorithm": plain(key.get("algorithm"), 40) if isinstance(key, dict) else "",
        "bits": number(key.get("key_size")) if isinstance(key, dict) else None,
        "matches": deployment.get("leaf_certificate_subject_matches_hostname"),
        "sha1": deployment.get("verified_chain_has_sha1_signature"),
        "trusted": [_trusted(one) for one in (paths if isinstance(paths, list) else ()) if _is_map(one)],
    }


def _named(subject: object) -> str:
    return plain(subject.get("rfc4514_string"), 200) if isinstance(subject, dict) else ""


def _trusted(path: Mapping[str, Any]) -> bool:
    """Whether one trust store verified the chain (`was_validation_successful` is written by some versions only)."""
    return path.get("was_validation_successful") is True or isinstance(path.get("verified_certificate_chain"), list)


def _server(scan: _Scan, server: Mapping[str, Any], when: datetime) -> None:
    location = server["location"]
    name, address = host(location.get("hostname")), location.get("ip_address")
    found, port = host(address) if address else name, port_of(location.get("port"))
    if port is None or not server["commands"]:
        scan.failed.append(f"{name}:{port or '?'}")
        return
    subject = subject_of(found, port, detail="" if found == name else name)
    scan.hosts.see(found, str(port))
    scan.endpoints.add(subject)
    for point in _POINTS:
        results = [server["commands"][command] for command in point.commands if command in server["commands"]]
        if not results:
            continue
        if len(results) == len(point.commands):
            scan.made[point.check.id].add(subject)
        scan.gathering.meet(point.check)
        evidence = point.judge(_joined(results), when)
        if evidence is not None:
            scan.gathering.find(point.check, subject, evidence)


def _joined(results: list[Any]) -> Result:
    """The results of several commands as one: their suites together."""
    if len(results) == 1:
        return dict(results[0])
    return {"suites": sorted({name for result in results for name in result.get("suites", ())})}


def _gaps(scan: _Scan) -> Iterator[Gap]:
    for name in scan.failed[:_MAX_FAILED]:
        yield Gap("hosts", Text(f"Serveur non analysé : {name}", f"Server not scanned: {name}"))


# What is looked for, each from the result of its commands.


def _accepted(result: Result, _when: datetime) -> Mapping[str, Scalar] | None:
    """The version of the protocol is accepted when one suite is."""
    return _listed(result["suites"]) if result["suites"] else None


def _weak(kind: str) -> Judge:
    def judge(result: Result, _when: datetime) -> Mapping[str, Scalar] | None:
        marks = _WEAK_MARKS[kind]
        names = [name for name in result["suites"] if any(mark in name for mark in marks)]
        return _listed(names) if names else None

    return judge


def _listed(names: list[str]) -> Mapping[str, Scalar]:
    return {"ciphers": ", ".join(sorted(names)[:_MAX_SUITES]), "count": len(names)}


def _flag(key: str, wrong: bool) -> Judge:
    def judge(result: Result, _when: datetime) -> Mapping[str, Scalar] | None:
        return {} if result.get(key) is wrong else None

    return judge


def _robot(result: Result, _when: datetime) -> Mapping[str, Scalar] | None:
    said = plain(result.get("robot_result"), 60)
    return {"value": said} if said.startswith("VULNERABLE") else None


def _chains(wrong: Callable[[Mapping[str, Any], datetime], Mapping[str, Scalar] | None]) -> Judge:
    """The first chain that is wrong, with its subject."""

    def judge(result: Result, when: datetime) -> Mapping[str, Scalar] | None:
        for chain in result["chains"]:
            evidence = wrong(chain, when)
            if evidence is not None:
                return {"certificate": chain["subject"], **evidence}
        return None

    return judge


def _untrusted(chain: Mapping[str, Any], _when: datetime) -> Mapping[str, Scalar] | None:
    return {} if chain["trusted"] and not any(chain["trusted"]) else None


def _mismatch(chain: Mapping[str, Any], _when: datetime) -> Mapping[str, Scalar] | None:
    return {} if chain["matches"] is False else None


def _sha1(chain: Mapping[str, Any], _when: datetime) -> Mapping[str, Scalar] | None:
    return {} if chain["sha1"] is True else None


def _expired(chain: Mapping[str, Any], when: datetime) -> Mapping[str, Scalar] | None:
    until = moment(chain["until"])
    return {"expired_on": until.date().isoformat()} if until is not None and until < when else None


def _short(chain: Mapping[str, Any], _when: datetime) -> Mapping[str, Scalar] | None:
    bits = chain["bits"]
    return {"bits": bits, "minimum": _SHORT_RSA} if "RSA" in chain["algorithm"] and bits and bits < _SHORT_RSA else None


def _point(
    name: str,
    severity: Severity,
    title: tuple[str, str],
    remediation: tuple[str, str],
    judge: Judge,
    *commands: str,
    cve: str = "",
) -> _Point:
    refs = (ForeignRef("cve", cve),) if cve else ()
    return _Point(
        Check(check_id(Tool.SSLYZE, name), Text(*title), severity, NO_TEXT, Text(*remediation), refs), commands, judge
    )


_OLD = (
    "Désactivez cette version : n’acceptez que TLS 1.2 et TLS 1.3.",
    "Turn this version off: accept TLS 1.2 and TLS 1.3 only.",
)
_SUITES = (
    "Retirez ces suites de la configuration du serveur ; préférez AES-GCM et ChaCha20 avec échange éphémère.",
    "Remove these suites from the server configuration; prefer AES-GCM and ChaCha20 with an ephemeral exchange.",
)
_LIBRARY = (
    "Mettez à jour la bibliothèque TLS du serveur ou de l’équipement.",
    "Update the TLS library of the server or appliance.",
)
_CERTIFICATE = (
    "Installez un certificat valide, d’une autorité reconnue, avec toute sa chaîne et les noms servis.",
    "Install a valid certificate of a recognised authority, with its whole chain and the names served.",
)
_VERSIONS = ("ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1", "tls_1_2")
_ALL_SUITES = tuple(f"{version}_cipher_suites" for version in _VERSIONS)

_POINTS: tuple[_Point, ...] = (
    _point(
        "ssl_2_0",
        Severity.HIGH,
        ("SSL 2.0 accepté", "SSL 2.0 accepted"),
        _OLD,
        _accepted,
        "ssl_2_0_cipher_suites",
    ),
    _point(
        "ssl_3_0",
        Severity.HIGH,
        ("SSL 3.0 accepté", "SSL 3.0 accepted"),
        _OLD,
        _accepted,
        "ssl_3_0_cipher_suites",
        cve="CVE-2014-3566",
    ),
    _point(
        "tls_1_0",
        Severity.MEDIUM,
        ("TLS 1.0 accepté", "TLS 1.0 accepted"),
        _OLD,
        _accepted,
        "tls_1_0_cipher_suites",
    ),
    _point(
        "tls_1_1",
        Severity.MEDIUM,
        ("TLS 1.1 accepté", "TLS 1.1 accepted"),
        _OLD,
        _accepted,
        "tls_1_1_cipher_suites",
    ),
    _point(
        "suites_open",
        Severity.HIGH,
        (
            "Suites sans chiffrement, sans authentification ou d’exportation",
            "Suites without encryption, without authentication, or for export",
        ),
        _SUITES,
        _weak("suites_open"),
        *_ALL_SUITES,
    ),
    _point(
        "suites_broken",
        Severity.MEDIUM,
        ("Suites RC4, DES ou 3DES acceptées", "RC4, DES or 3DES suites accepted"),
        _SUITES,
        _weak("suites_broken"),
        *_ALL_SUITES,
        cve="CVE-2016-2183",
    ),
    _point(
        "heartbleed",
        Severity.HIGH,
        ("Vulnérabilité Heartbleed", "Heartbleed vulnerability"),
        _LIBRARY,
        _flag("is_vulnerable_to_heartbleed", True),
        "heartbleed",
        cve="CVE-2014-0160",
    ),
    _point(
        "ccs_injection",
        Severity.HIGH,
        ("Injection CCS d’OpenSSL", "OpenSSL CCS injection"),
        _LIBRARY,
        _flag("is_vulnerable_to_ccs_injection", True),
        "openssl_ccs_injection",
        cve="CVE-2014-0224",
    ),
    _point(
        "robot",
        Severity.MEDIUM,
        ("Vulnérabilité ROBOT", "ROBOT vulnerability"),
        (
            "Retirez les suites à échange de clés RSA et mettez l’équipement à jour.",
            "Remove the suites with RSA key exchange and update the appliance.",
        ),
        _robot,
        "robot",
        cve="CVE-2017-13099",
    ),
    _point(
        "compression",
        Severity.MEDIUM,
        ("Compression TLS (CRIME)", "TLS compression (CRIME)"),
        ("Désactivez la compression TLS.", "Turn TLS compression off."),
        _flag("supports_compression", True),
        "tls_compression",
        cve="CVE-2012-4929",
    ),
    _point(
        "insecure_renegotiation",
        Severity.MEDIUM,
        ("Renégociation sécurisée absente", "No secure renegotiation"),
        _LIBRARY,
        _flag("supports_secure_renegotiation", False),
        "session_renegotiation",
        cve="CVE-2009-3555",
    ),
    _point(
        "client_renegotiation",
        Severity.LOW,
        ("Renégociation à l’initiative du client (déni de service)", "Renegotiation started by the client"),
        ("Refusez la renégociation demandée par le client.", "Refuse renegotiation asked for by the client."),
        _flag("is_vulnerable_to_client_renegotiation_dos", True),
        "session_renegotiation",
    ),
    _point(
        "fallback_scsv",
        Severity.LOW,
        ("Protection contre le repli de version (SCSV) absente", "No protection from version downgrade (SCSV)"),
        _LIBRARY,
        _flag("supports_fallback_scsv", False),
        "tls_fallback_scsv",
    ),
    _point(
        "certificate_untrusted",
        Severity.MEDIUM,
        ("Certificat qu’aucun magasin ne reconnaît", "Certificate that no trust store accepts"),
        _CERTIFICATE,
        _chains(_untrusted),
        "certificate_info",
    ),
    _point(
        "certificate_name",
        Severity.MEDIUM,
        ("Certificat d’un autre nom", "Certificate for another name"),
        _CERTIFICATE,
        _chains(_mismatch),
        "certificate_info",
    ),
    _point(
        "certificate_expired",
        Severity.HIGH,
        ("Certificat expiré", "Certificate expired"),
        _CERTIFICATE,
        _chains(_expired),
        "certificate_info",
    ),
    _point(
        "certificate_sha1",
        Severity.MEDIUM,
        ("Chaîne de certificats signée en SHA-1", "Chain of certificates signed with SHA-1"),
        _CERTIFICATE,
        _chains(_sha1),
        "certificate_info",
    ),
    _point(
        "certificate_short_key",
        Severity.MEDIUM,
        ("Clé RSA du certificat trop courte", "RSA key of the certificate too short"),
        _CERTIFICATE,
        _chains(_short),
        "certificate_info",
    ),
)
