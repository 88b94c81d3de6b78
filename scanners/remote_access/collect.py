"""The remote-access collector: one SSH session to the gateway, the root collector run there, the register read.

Where the root collector may not be run, what an ordinary account can read is read and the rest becomes gaps. Without a
gateway, the register alone is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from scanners.collect import Context
from scanners.collect_ssh_audit import with_audit
from scanners.errors import CollectError
from scanners.foreign_text import clean
from scanners.lists.reading import ListFile
from scanners.model import Gap, Text
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
from scanners.remote_access.facts import REGISTER_SECTION, OtherKey, Register, RemoteAccessFacts
from scanners.remote_access.read_frames import Report, is_report, parse_report
from scanners.remote_access.read_listed import read_listed, with_lists
from scanners.remote_access.read_register import ReadRegister, read_register
from scanners.ssh_offer import Ssh

COMMAND = "sudo -n /usr/local/sbin/care-collect"
PAUSE_SECONDS = 0.5
"""Between two of the fifteen connections of ssh-audit: OpenSSH 9.8 counts those that never log in, second by second."""
NOTHING_WRITTEN = Text(
    "Le registre ne contient aucun accès ; inscrivez-y ceux des fournisseurs.",
    "The register holds no access; write those of suppliers in it.",
)


@dataclass(frozen=True)
class Request:
    """Which gateway, under whose host key, with which register.

    `bastion` is `user@host[:port]` (empty: the register alone), `known_hosts` the content of such a file. The register
    is what the platform keeps (`register`), else the content of a file (`register_csv`, empty: none) that messages call
    `register_name`; `register_apart` says that it has an audit of its own. `lists` are lists of accounts, sessions and
    tickets, given by path. `other_keys` are those of other gateways, `unread_gateways` the ones whose keys are unknown.
    Secrets: `private_key` (OpenSSH or PEM) and, when it is protected, `passphrase`.
    """

    bastion: str = ""
    known_hosts: str = ""
    register_csv: str = ""
    register_name: str = "register.csv"
    lists: tuple[ListFile, ...] = ()
    register: Register | None = None
    register_apart: bool = False
    other_keys: tuple[OtherKey, ...] | None = None
    unread_gateways: tuple[str, ...] = ()


def target_name(request: Request) -> str:
    """The gateway as host:port, else the name of the register."""
    if request.bastion:
        return parse_gateway(request.bastion).place
    return request.register.name if request.register else request.register_name


def collect(request: Request, context: Context) -> RemoteAccessFacts:
    """Review one gateway; CollectError when it cannot be reached, trusted or read, or the register is malformed.

    One that has no algorithm in common with us is not entered: its facts hold its offer, and the reason for the rest.
    """
    register = _register(request)
    lists = read_listed(request.lists, register.register if register else None, context.now)
    if request.bastion:
        facts = with_lists(_of_gateway(request, context, register), lists)
        return replace(
            facts,
            register_apart=request.register_apart and register is not None,
            other_keys=_of_others(request.other_keys, facts.machine),
            unread_gateways=request.unread_gateways,
        )
    if register is None and not request.lists:
        raise CollectError(
            "Rien à auditer : donnez un bastion, un registre, ou les deux.",
            "Nothing to audit: give a bastion, a register, or both.",
        )
    alone = RemoteAccessFacts(context.now, "", "", register=register.register if register else None)
    return with_lists(replace(alone, gaps=register.gaps if register else ()), lists)


def _of_others(keys: tuple[OtherKey, ...] | None, machine: str) -> tuple[OtherKey, ...] | None:
    """Without those that another target saw on this very machine: it would be compared with itself."""
    if keys is None or not machine:
        return keys
    return tuple(key for key in keys if key.machine != machine)


def _of_gateway(request: Request, context: Context, register: ReadRegister | None) -> RemoteAccessFacts:
    gateway = parse_gateway(request.bastion)
    key = read_private_key(context.secrets.get("private_key", ""), context.secrets.get("passphrase", ""))
    visit = Visit(context.now, gateway.host, gateway.user, as_root=False, register=register)
    context.progress(0.1, Text(f"Connexion à {gateway.place}", f"Connecting to {gateway.place}"))
    try:
        with session(gateway, request.known_hosts, key) as opened:
            host_key = opened.host_key
            context.progress(0.3, Text("Lecture de la passerelle", "Reading the gateway"))
            report, as_root, cut = _ask(opened, gateway)
    except NoCommonAlgorithmError as closed:
        offer = _with_audit(closed.offer, gateway, context)
        return unreviewed(replace(visit, offer=offer), closed.text)
    offer = _with_audit(opened.offer, gateway, context)
    context.progress(0.9, Text("Analyse des réponses", "Reading the answers"))
    return assemble(report, replace(visit, as_root=as_root, offer=offer, cut=cut, host_key=host_key))


def _with_audit(offer: Ssh, gateway: Gateway, context: Context) -> Ssh:
    """After the review, slowly: a gateway that bans whoever knocks too often must not ban us before we have looked."""
    context.progress(0.6, Text("Examen des algorithmes SSH", "Looking at the SSH algorithms"))
    return with_audit(offer, gateway.host, gateway.port, PAUSE_SECONDS, context.stop)


def _register(request: Request) -> ReadRegister | None:
    """The register, with a gap when nothing is written in it: that is no pass. Accesses that are over are read all the
    same, for their accounts may still be open."""
    if request.register is not None:
        read = ReadRegister(request.register, ())
    elif request.register_csv:
        read = read_register(request.register_csv, request.register_name)
    else:
        return None
    if read.register.rows:
        return read
    gap = Gap(REGISTER_SECTION, NOTHING_WRITTEN, truncated=bool(read.register.ended))
    return replace(read, gaps=(*read.gaps, gap))


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
