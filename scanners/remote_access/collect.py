"""The remote-access collector: one SSH session to the gateway, the root collector run there, the register read.

Where the root collector may not be run, what an ordinary account can read is read and the rest becomes gaps.
"""

from __future__ import annotations

from dataclasses import dataclass

from scanners.collect import Context
from scanners.errors import CollectError
from scanners.model import Text
from scanners.remote_access.assembly import Visit, assemble
from scanners.remote_access.collect_ordinary import SCRIPT
from scanners.remote_access.collect_ssh import Answer, Gateway, Session, parse_gateway, read_private_key, session
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.read_frames import Report, is_report, parse_report
from scanners.remote_access.read_register import ReadRegister, read_register

COMMAND = "sudo -n /usr/local/sbin/care-collect"


@dataclass(frozen=True)
class Request:
    """Which gateway, under whose host key, with which register.

    `bastion` is `user@host[:port]`, `known_hosts` the content of such a file, `register_csv` that of the register
    (empty: none) and `register_name` what messages call it. Secrets: `private_key` (OpenSSH or PEM) and, when it is
    protected, `passphrase`.
    """

    bastion: str
    known_hosts: str
    register_csv: str = ""
    register_name: str = "register.csv"


def target_name(request: Request) -> str:
    """The gateway as host:port."""
    return parse_gateway(request.bastion).place


def collect(request: Request, context: Context) -> RemoteAccessFacts:
    """Review one gateway; CollectError when it cannot be reached, trusted or read, or the register is malformed."""
    gateway = parse_gateway(request.bastion)
    register = _register(request)
    key = read_private_key(context.secrets.get("private_key", ""), context.secrets.get("passphrase", ""))
    context.progress(0.1, Text(f"Connexion à {gateway.place}", f"Connecting to {gateway.place}"))
    with session(gateway, request.known_hosts, key) as opened:
        context.progress(0.3, Text("Lecture de la passerelle", "Reading the gateway"))
        report, as_root = _ask(opened, gateway)
    context.progress(0.9, Text("Analyse des réponses", "Reading the answers"))
    return assemble(report, Visit(context.now, gateway.host, gateway.user, as_root, register))


def _register(request: Request) -> ReadRegister | None:
    return read_register(request.register_csv, request.register_name) if request.register_csv else None


def _ask(opened: Session, gateway: Gateway) -> tuple[Report, bool]:
    """The gateway's report, and whether root made it."""
    answer = opened.run(COMMAND)
    if is_report(answer.output):
        return parse_report(answer.output), True
    ordinary = opened.run("sh -s", SCRIPT)
    if is_report(ordinary.output):
        return parse_report(ordinary.output), False
    raise _no_report(gateway, answer)


def _no_report(gateway: Gateway, answer: Answer) -> CollectError:
    words = (answer.errors or answer.output).strip().splitlines()
    detail = words[-1][:200] if words else f"code {answer.code}"
    return CollectError(
        f"{gateway.place} n’a lancé ni le collecteur ni un shell pour {gateway.user} ({detail}) ; appliquez le rôle "
        "care_audit_account sur la passerelle.",
        f"{gateway.place} ran neither the collector nor a shell for {gateway.user} ({detail}); apply the role "
        "care_audit_account on the gateway.",
    )
