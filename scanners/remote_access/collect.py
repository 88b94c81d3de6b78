"""The remote-access collector: one SSH session to the gateway, the root collector run there, the register read.

Where the root collector may not be run, what an ordinary account can read is read and the rest becomes gaps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from scanners.collect import Context
from scanners.collect_ssh_audit import with_audit
from scanners.errors import CollectError
from scanners.foreign_text import clean
from scanners.lists.reading import ListFile
from scanners.model import Text
from scanners.remote_access.assembly import Visit, assemble, unreviewed
from scanners.remote_access.collect_ordinary import SCRIPT
from scanners.remote_access.collect_ssh import (
    SESSION_SECONDS,
    Answer,
    Gateway,
    NoCommonAlgorithmError,
    Session,
    parse_gateway,
    read_private_key,
    session,
)
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.read_frames import Report, is_report, parse_report
from scanners.remote_access.read_listed import read_listed, with_lists
from scanners.remote_access.read_register import ReadRegister, read_register
from scanners.ssh_offer import Ssh

COMMAND = "sudo -n /usr/local/sbin/care-collect"
PAUSE_SECONDS = 0.5
"""Between two of the fifteen connections of ssh-audit: OpenSSH 9.8 counts those that never log in, second by second."""


@dataclass(frozen=True)
class Request:
    """Which gateway, under whose host key, with which register.

    `bastion` is `user@host[:port]`, `known_hosts` the content of such a file, `register_csv` that of the register
    (empty: none) and `register_name` what messages call it. `lists` are lists of accounts, sessions and tickets, given
    by path. Secrets: `private_key` (OpenSSH or PEM) and, when it is protected, `passphrase`.
    """

    bastion: str
    known_hosts: str
    register_csv: str = ""
    register_name: str = "register.csv"
    lists: tuple[ListFile, ...] = ()


def target_name(request: Request) -> str:
    """The gateway as host:port."""
    return parse_gateway(request.bastion).place


def collect(request: Request, context: Context) -> RemoteAccessFacts:
    """Review one gateway; CollectError when it cannot be reached, trusted or read, or the register is malformed.

    One that has no algorithm in common with us is not entered: its facts hold its offer, and the reason for the rest.
    """
    gateway = parse_gateway(request.bastion)
    register = _register(request)
    lists = read_listed(request.lists, register.register if register else None, context.now)
    key = read_private_key(context.secrets.get("private_key", ""), context.secrets.get("passphrase", ""))
    visit = Visit(context.now, gateway.host, gateway.user, as_root=False, register=register)
    context.progress(0.1, Text(f"Connexion à {gateway.place}", f"Connecting to {gateway.place}"))
    try:
        with session(gateway, request.known_hosts, key) as opened:
            context.progress(0.3, Text("Lecture de la passerelle", "Reading the gateway"))
            report, as_root, cut = _ask(opened, gateway)
    except NoCommonAlgorithmError as closed:
        offer = _with_audit(closed.offer, gateway, context)
        return with_lists(unreviewed(replace(visit, offer=offer), closed.text), lists)
    offer = _with_audit(opened.offer, gateway, context)
    context.progress(0.9, Text("Analyse des réponses", "Reading the answers"))
    return with_lists(assemble(report, replace(visit, as_root=as_root, offer=offer, cut=cut)), lists)


def _with_audit(offer: Ssh, gateway: Gateway, context: Context) -> Ssh:
    """After the review, slowly: a gateway that bans whoever knocks too often must not ban us before we have looked."""
    context.progress(0.6, Text("Examen des algorithmes SSH", "Looking at the SSH algorithms"))
    return with_audit(offer, gateway.host, gateway.port, PAUSE_SECONDS, context.stop)


def _register(request: Request) -> ReadRegister | None:
    return read_register(request.register_csv, request.register_name) if request.register_csv else None


def _ask(opened: Session, gateway: Gateway) -> tuple[Report, bool, Literal["", "time", "size"]]:
    """The gateway's report, whether root made it, and what cut it short."""
    answer = opened.run(COMMAND)
    if is_report(answer.output):
        return parse_report(answer.output), True, answer.cut
    if answer.cut == "time":
        raise _silent(gateway)
    ordinary = opened.run("sh -s", SCRIPT)
    if is_report(ordinary.output):
        return parse_report(ordinary.output), False, ordinary.cut
    raise _silent(gateway) if ordinary.cut == "time" else _no_report(gateway, answer)


def _silent(gateway: Gateway) -> CollectError:
    return CollectError(
        f"{gateway.place} a laissé entrer {gateway.user} mais n’a rien répondu en {SESSION_SECONDS:.0f} s ; lancez le "
        "collecteur sur la passerelle pour voir ce qui l’arrête.",
        f"{gateway.place} let {gateway.user} in but answered nothing within {SESSION_SECONDS:.0f} s; run the collector "
        "on the gateway to see what stops it.",
    )


def _no_report(gateway: Gateway, answer: Answer) -> CollectError:
    words = (answer.errors or answer.output).strip().splitlines()
    detail = clean(words[-1], 200) if words else f"code {answer.code}"
    return CollectError(
        f"{gateway.place} n’a lancé ni le collecteur ni un shell pour {gateway.user} ({detail}) ; appliquez le rôle "
        "care_audit_account sur la passerelle.",
        f"{gateway.place} ran neither the collector nor a shell for {gateway.user} ({detail}); apply the role "
        "care_audit_account on the gateway.",
    )
