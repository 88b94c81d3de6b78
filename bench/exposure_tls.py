"""TLS and SSH of the exposure audit beside the commands of sslyze and ssh-audit, on the same servers, in one run.

`python -m bench.exposure_tls [--runs 3]` starts the lab's TLS servers that finish a handshake, four older ones made by
tlslite-ng, and two SSH servers, then measures in turn, each as a process of its own:

- ours: the audit's own questions to each port, ten at a time, certificates and protocol inside TLS included;
- sslyze: its command with the checks that answer the same questions, ten servers at a time (its own way).

Verdicts are compared one by one. sslyze and tlslite-ng are installed in an environment of their own: sslyze is under
the AGPL and never imported. The gate: the same verdicts, five times as fast, and on SSH those of ssh-audit's command.
"""

from __future__ import annotations

import argparse
import base64
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scanners.exposure.collect_identify import Identification
from scanners.exposure.collect_tls import trust
from scanners.exposure.collect_wire import Pace, Reach
from scanners.exposure.crypto import MIN_DH_BITS, WEAK_SIGNATURES, weakness
from scanners.exposure.facts import Certificate, Tls
from tests.lab import __main__ as lab
from tests.lab import stage
from tests.lab.exposure import tls_servers

PEERS = ("sslyze==6.3.1", "tlslite-ng==0.8.2")
TIMES = 5.0
_AT_ONCE = 10
_OLD_HOST = 200
OLD_KINDS = ("old_ssl3", "old_rc4", "old_3des", "old_ssl3_rc4_3des")
"""What `tls_of_another_age` serves."""
_CHECKS = (
    "--certinfo", "--sslv2", "--sslv3", "--tlsv1", "--tlsv1_1", "--tlsv1_2", "--tlsv1_3", "--compression", "--reneg",
    "--fallback", "--mozilla_config", "disable", "--quiet", "--starttls", "auto",
)  # fmt: skip
_VERSIONS = {
    "ssl_2_0": "SSL 2.0", "ssl_3_0": "SSL 3.0", "tls_1_0": "TLS 1.0", "tls_1_1": "TLS 1.1", "tls_1_2": "TLS 1.2",
    "tls_1_3": "TLS 1.3",
}  # fmt: skip
Verdicts = dict[str, object]
Place = tuple[str, str, int]


def main() -> int:
    """Measure, compare and print; 1 when a verdict differs or sslyze is less than five times slower."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--ours", metavar="FILE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ours:
        return _ours(Path(options.ours))
    peers = installed(lab.DEFAULT_CACHE)
    with tempfile.TemporaryDirectory(prefix="care-bench-") as scratch, stage.own_octet() as octet:
        folder = Path(scratch)
        try:
            placed = _start(folder, octet, peers)
            return max(_compare(folder, placed, peers, options.runs), _ssh(folder, octet))
        finally:
            stage.stop_all(folder)


def installed(cache: Path) -> Path:
    """The programs of the peers, installed once."""
    folder = cache / f"tls-peers-{'-'.join(PEERS).replace('=', '')}"
    if not (folder / "bin" / "sslyze").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin" / "pip", "--quiet", "install", *PEERS], check=True)
    return folder / "bin"


def _start(folder: Path, octet: int, peers: Path) -> list[Place]:
    placed = [(one.id, one.address, one.port) for one in tls_servers.start(folder, octet) if one.stub is None]
    old = [(kind, stage.address(octet, "exposure", _OLD_HOST + n), 443) for n, kind in enumerate(OLD_KINDS)]
    script = Path(__file__).with_name("tls_of_another_age.py")
    words = [f"{address}={kind}" for kind, address, _port in old]
    stage.spawn(folder, "old", [peers / "python", script, folder / "rsa.pem", folder / "rsa.key", *words])
    for _kind, address, port in old:
        stage.wait_for_port(address, port)
    return [*placed, *old]


# ---------------------------------------------------------------- TLS


def _compare(folder: Path, placed: Sequence[Place], peers: Path, runs: int) -> int:
    order, mine, theirs = folder / "order.json", folder / "ours.json", folder / "theirs.json"
    order.write_text(json.dumps({"servers": placed, "ca": tls_servers.authority(folder), "out": str(mine)}))
    ours = [sys.executable, "-m", "bench.exposure_tls", "--ours", order]
    ca = ("--certinfo_ca_file", folder / "root.pem", "--sni", tls_servers.NAME, "--json_out", theirs)
    sslyze = [peers / "sslyze", *_CHECKS, *ca, *(f"{address}:{port}" for _id, address, port in placed)]
    walls: dict[str, list[float]] = {"ours": [], "sslyze": []}
    for _ in range(runs):
        for name, command in (("ours", ours), ("sslyze", sslyze)):
            walls[name].append(_timed(command))
    ratio = statistics.median(slow / fast for fast, slow in zip(walls["ours"], walls["sslyze"], strict=True))
    print(f"{len(placed)} TLS servers, {runs} runs\n\n| | wall s | a server s | sslyze / it |\n|---|---|---|---|")
    for name, shown in (("ours", f"{ratio:.1f}"), ("sslyze", "1")):
        wall = statistics.median(walls[name])
        print(f"| {name} | {wall:.2f} | {wall / len(placed):.3f} | {shown} |")
    differing = _tell(placed, json.loads(mine.read_text()), _read_sslyze(json.loads(theirs.read_text()), placed))
    return int(differing > 0 or ratio < TIMES)


def _timed(command: Sequence[object]) -> float:
    began = time.monotonic()
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} ended with {done.returncode}: {done.stderr[-800:]}")
    return time.monotonic() - began


def _tell(placed: Sequence[Place], ours: Mapping[str, Verdicts], theirs: Mapping[str, Verdicts]) -> int:
    """The table of verdicts: for each question, on how many servers both say the same; how many answers differ."""
    differing = 0
    print("\n| question | same | of | differ on |\n|---|---|---|---|")
    for question in ours[placed[0][0]]:
        asked = [name for name, _address, _port in placed if theirs[name][question] is not None]
        wrong = [name for name in asked if ours[name][question] != theirs[name][question]]
        shown = "; ".join(f"{name}: {ours[name][question]} / {theirs[name][question]}" for name in wrong)
        print(f"| {question} | {len(asked) - len(wrong)} | {len(asked)} | {shown} |")
        differing += len(wrong)
    return differing


def _ours(order: Path) -> int:
    """The process that is measured: question every server, write what they are."""
    asked = json.loads(order.read_text())
    authorities = trust(asked["ca"])

    def one(place: Place) -> tuple[str, Verdicts]:
        name, address, port = place
        tls = Identification(Reach(address, port, Pace(0), tls_servers.NAME), authorities=authorities).run().tls
        return name, _verdicts(tls) if tls is not None else {}

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = dict(pool.map(one, asked["servers"]))
    Path(asked["out"]).write_text(json.dumps(found))
    return 0


def _verdicts(tls: Tls) -> Verdicts:
    shown = tls.certificate
    return {
        "versions": list(tls.versions),
        "weak suites": sorted({weakness(name) for name in tls.weak_ciphers}),
        "suites without forward secrecy": bool(tls.static_ciphers),
        "any forward secrecy": tls.forward_secrecy,
        "short DH group": 0 < tls.dh_bits < MIN_DH_BITS,
        "compression": bool(tls.compression),
        "secure renegotiation": tls.secure_renegotiation,
        "fallback refused": tls.fallback_refused,
        "chain in order": tls.chain_ordered,
        "certificate accepted": _accepted(tls, shown),
        "certificate": shown.sha256 if shown else "",
        "expires": shown.not_after.date().isoformat() if shown else "",
        "signature": shown.signature_hash if shown else "",
        "key": [shown.key_type, shown.key_bits] if shown else [],
        "names": sorted(shown.names) if shown else [],
        "must staple": bool(shown and shown.must_staple),
        "stapled": tls.stapled,
    }


def _accepted(tls: Tls, shown: Certificate | None) -> bool:
    """What sslyze says in one word and our rules in several: authority, dates, name, signature."""
    if not tls.trusted or shown is None or shown.signature_hash in WEAK_SIGNATURES:
        return False
    return shown.not_before <= datetime.now(UTC) <= shown.not_after and tls_servers.NAME in shown.names


def _read_sslyze(report: Mapping[str, Any], placed: Sequence[Place]) -> dict[str, Verdicts]:
    """The same verdicts out of sslyze's JSON; None where it has none."""
    names = {(address, port): name for name, address, port in placed}
    found = {}
    for one in report["server_scan_results"]:
        where = one["server_location"]
        if one["scan_status"] != "COMPLETED":
            sys.exit(f"sslyze could not look at {where}: {one['connectivity_error_trace']}")
        found[names[where["ip_address"], where["port"]]] = _sslyze(one["scan_result"])
    return found


def _sslyze(seen: Mapping[str, Any]) -> Verdicts:
    suites = {version: seen[f"{key}_cipher_suites"]["result"] for key, version in _VERSIONS.items()}
    versions = [version for version, told in suites.items() if told["is_tls_version_supported"]]
    taken = [one for told in suites.values() for one in told["accepted_cipher_suites"]]
    old = [
        one["cipher_suite"]["name"]
        for key in suites
        if key != "TLS 1.3"
        for one in suites[key]["accepted_cipher_suites"]
    ]
    strong = [name for name in old if not weakness(name)]
    groups = [one["ephemeral_key"]["size"] for one in taken if (one["ephemeral_key"] or {}).get("type_name") == "DH"]
    fallback = seen["tls_fallback_scsv"]["result"]["supports_fallback_scsv"]
    return {
        "versions": versions,
        "weak suites": sorted({weakness(name) for name in old if weakness(name)}),
        "suites without forward secrecy": any("_RSA_WITH_" in name and "DHE" not in name for name in strong),
        "any forward secrecy": "TLS 1.3" in versions or any("DHE_" in name for name in old),
        "short DH group": any(size < MIN_DH_BITS for size in groups),
        "compression": seen["tls_compression"]["result"]["supports_compression"],
        "secure renegotiation": seen["session_renegotiation"]["result"]["supports_secure_renegotiation"]
        if old
        else None,
        "fallback refused": fallback
        if sum(version not in {"TLS 1.3", "SSL 2.0"} for version in versions) > 1
        else None,
        **_sslyze_certificate(seen["certificate_info"]["result"]["certificate_deployments"][0], bool(old)),
    }


def _sslyze_certificate(shown: Mapping[str, Any], before_13: bool) -> Verdicts:
    leaf = shown["received_certificate_chain"][0]
    (given,) = (one for one in shown["path_validation_results"] if one["trust_store"]["name"] == "Supplied CA file")
    alternative = leaf["subject_alternative_name"]
    key = leaf["public_key"]
    return {
        "chain in order": shown["received_chain_has_valid_order"],
        "certificate accepted": given["was_validation_successful"],
        "certificate": base64.b64decode(leaf["fingerprint_sha256"]).hex(),
        "expires": leaf["not_valid_after"][:10],
        "signature": leaf["signature_hash_algorithm"]["name"],
        "key": ["RSA" if "RSA" in key["algorithm"] else "EC", key["key_size"]],
        "names": sorted(alternative["dns_names"]) if alternative else [],
        "must staple": shown["leaf_certificate_has_must_staple_extension"],
        "stapled": shown["ocsp_response"] is not None if before_13 else None,
    }


# ---------------------------------------------------------------- SSH


def _ssh(folder: Path, octet: int) -> int:
    """Our verdicts on an old and on a recent SSH server beside the command of ssh-audit."""
    worst = 0
    print("\n| SSH server | verdicts, sizes | the same as ssh-audit | ours s | ssh-audit s |\n|---|---|---|---|---|")
    for kind, settings in _SSHD.items():
        with _sshd(folder, stage.address(octet, "exposure", 220 + len(kind)), kind, settings) as address:
            began = time.monotonic()
            offer = Identification(Reach(address, 22, Pace(0))).run().ssh
            ours = time.monotonic() - began
            began = time.monotonic()
            command = [sys.executable, "-m", "ssh_audit", "-j", "--skip-rate-test", address]
            seen = json.loads(subprocess.run(command, capture_output=True, check=False).stdout)
            theirs = time.monotonic() - began
        told = {tuple(asdict(note).values()) for note in offer.notes} if offer else set()
        same = told == set(_notes(seen)) and offer is not None and dict(offer.host_key_bits) == _sizes(seen)
        print(f"| {kind} | {len(told)}, {len(_sizes(seen))} | {'yes' if same else 'NO'} | {ours:.2f} | {theirs:.2f} |")
        worst = max(worst, int(not same))
    return worst


_WEAK_SSH = (
    "KexAlgorithms +diffie-hellman-group1-sha1,diffie-hellman-group-exchange-sha1\nHostKeyAlgorithms +ssh-rsa\n"
    "Ciphers +3des-cbc,aes128-cbc\nMACs +hmac-md5,hmac-sha1-96\n"
)
_SSHD = {"recent": "", "old": _WEAK_SSH}


def _notes(seen: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for kind in ("kex", "key", "enc", "mac"):
        for one in seen[kind]:
            for level in ("fail", "warn"):
                for reason in one["notes"].get(level, ()):
                    yield kind, one["algorithm"], level, reason


def _sizes(seen: Mapping[str, Any]) -> dict[str, int]:
    return {one["algorithm"]: one["keysize"] for one in seen["key"] if "keysize" in one}


@contextmanager
def _sshd(folder: Path, address: str, kind: str, settings: str) -> Iterator[str]:
    Path("/run/sshd").mkdir(exist_ok=True)
    key, config = folder / f"{kind}_rsa_key", folder / f"{kind}.conf"
    stage.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", key])
    config.write_text(f"Port 22\nListenAddress {address}\nHostKey {key}\nPidFile none\nUsePAM no\n{settings}")
    process = stage.spawn(folder, f"sshd-{kind}", ["/usr/sbin/sshd", "-D", "-e", "-f", config])
    stage.wait_for_port(address, 22, process=process)
    yield address


if __name__ == "__main__":
    sys.exit(main())
