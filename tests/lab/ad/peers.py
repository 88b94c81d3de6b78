"""Other collectors of directories, in an environment of their own: compared with ours, no dependency of it.

BloodHound.py (CE) with its bind replaced (`bloodhound_over_simple_bind.py` says why), and ldapdomaindump. They are
installed once from `requirements/ad-peers.txt`, locked by `tools/lock.sh`. A name server of a few lines tells them
where the controller is: the lab serves no DNS.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM, socket
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.lab import stage

DRIVER = Path(__file__).with_name("bloodhound_over_simple_bind.py")
_LOCK = Path(__file__).parents[3] / "requirements" / "ad-peers.txt"
_DATAGRAM, _PATIENCE = 4096, 0.2


def installed(cache: Path) -> Path:
    """The Python that has these programs, installed once (a minute, from a registry)."""

    def install(folder: Path) -> None:
        stage.run([sys.executable, "-m", "venv", folder])
        pip = [folder / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
        stage.run([*pip, "install", "--require-hashes", "-r", _LOCK])

    return stage.cached(cache, "ad-peers", [_LOCK.read_bytes(), sys.version], install) / "bin" / "python"


def bloodhound(python: Path, directory: Mapping[str, Any], role: str) -> list[str]:
    """The command that collects what LDAP tells of the domain into a ZIP of the current folder."""
    account, host = directory["accounts"][role], directory["host"]
    name = account["user"].rpartition("\\")[2]
    words = [python, DRIVER, "-c", "DCOnly", "-d", directory["domain"], "-u", name, "-p", account["password"], "--zip"]
    words += ["-ns", directory["address"], "-dc", host, "-gc", host, "--auth-method", "ntlm", "--use-ldaps"]
    return [str(word) for word in words]


@contextmanager
def names(host: str, address: str) -> Iterator[None]:
    """Answers where the services of the domain are, as its own name server would."""
    over = threading.Event()
    with socket(AF_INET, SOCK_DGRAM) as listening:
        listening.bind((address, 53))
        listening.settimeout(_PATIENCE)
        serving = threading.Thread(target=_serve, args=(listening, host, address, over))
        serving.start()
        try:
            yield
        finally:
            over.set()
            serving.join()


def _serve(listening: socket, host: str, address: str, over: threading.Event) -> None:
    while not over.is_set():
        try:
            asked, who = listening.recvfrom(_DATAGRAM)
        except TimeoutError:
            continue
        listening.sendto(_answer(dns.message.from_wire(asked), host, address).to_wire(), who)


def _answer(asked: dns.message.Message, host: str, address: str) -> dns.message.Message:
    told = dns.message.make_response(asked)
    told.flags |= dns.flags.AA
    question = asked.question[0]
    if question.rdtype == dns.rdatatype.SRV:
        told.answer.append(dns.rrset.from_text(question.name, 60, "IN", "SRV", f"0 100 389 {host}."))
    elif question.rdtype == dns.rdatatype.A and question.name.to_text().lower() == f"{host}.":
        told.answer.append(dns.rrset.from_text(question.name, 60, "IN", "A", address))
    else:
        told.set_rcode(dns.rcode.NXDOMAIN)
    return told
