"""The review against servers that refuse, fall silent, flood or talk nonsense: a sentence or gaps, in bounded time."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import paramiko
import pytest

from scanners.catalog import rules_of
from scanners.collect import Context
from scanners.errors import CollectError
from scanners.model import Status
from scanners.remote_access import collect as collecting
from scanners.remote_access import collect_ssh
from scanners.remote_access.assembly import ROOT_ONLY
from scanners.remote_access.collect import COMMAND, Request, collect
from scanners.remote_access.facts import GATEWAY_SECTIONS, MAX_OUTPUT_BYTES, RemoteAccessFacts
from scanners.runner import run_rules
from scanners.ssh_offer import Ssh
from tests.unit.remote_access.ssh_hosts import Host, private_key, saying, serving, stopping_after
from tests.unit.remote_access.test_collect import kexinit, listening

RECORDED = (Path(__file__).parent / "recorded" / "report.txt").read_text().encode()
RULES = rules_of("remote_access")


@pytest.fixture(autouse=True)
def _unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """ssh-audit has its own tests (`tests/unit/exposure/test_collect_ssh.py`) and meets a real server in the lab."""
    monkeypatch.setattr(collecting, "with_audit", _measured)


def _measured(offer: Ssh, *_: object) -> Ssh:
    return replace(offer, audited=True)


def facts_of(bastion: str, known_hosts: str = "") -> RemoteAccessFacts:
    context = Context({"private_key": private_key()}, lambda _share, _text: None, datetime.now(UTC))
    return collect(Request(bastion, known_hosts), context)


def review(host: Host) -> RemoteAccessFacts:
    with serving(host) as place:
        return facts_of(place.bastion, place.known_hosts)


def refusal(host: Host) -> CollectError:
    with pytest.raises(CollectError) as caught:
        review(host)
    return caught.value


def not_assessable(facts: RemoteAccessFacts) -> set[str]:
    outcomes = run_rules(RULES, facts)
    assert not [outcome for outcome in outcomes if outcome.status is Status.ERROR]
    return {outcome.rule.id.partition(".")[2] for outcome in outcomes if outcome.status is Status.NOT_ASSESSABLE}


def test_a_server_that_answers_is_read_whole() -> None:
    host = Host(saying(RECORDED))
    facts = review(host)
    assert facts.gaps == ()
    assert host.commands == [COMMAND]
    assert facts.offer is not None
    assert (facts.offer.protocol, facts.offer.host_keys) == ("2.0", ("ssh-ed25519",))


def test_the_name_rfc_8731_gave_to_curve25519_is_common() -> None:
    """Hardened servers offer it and not `@libssh.org`; paramiko knows the latter only."""
    facts = review(Host(saying(RECORDED), kex=("curve25519-sha256",)))
    assert facts.offer is not None
    assert "curve25519-sha256" in facts.offer.key_exchanges
    assert "curve25519-sha256@libssh.org" not in facts.offer.key_exchanges


def test_without_a_common_algorithm_the_offer_is_judged_and_the_rest_says_why() -> None:
    def old(peer: socket.socket) -> None:
        peer.sendall(b"SSH-2.0-OpenSSH_3.4\r\n" + kexinit(b"diffie-hellman-group1-sha1"))
        with contextlib.suppress(OSError):
            while peer.recv(4096):
                pass

    with listening(old) as bastion:
        facts = facts_of(bastion)
    assert facts.offer is not None
    assert facts.offer.key_exchanges == ("diffie-hellman-group1-sha1",)
    reason = facts.gaps[0].reason
    assert "n’est pas auditable" in reason.fr
    assert "diffie-hellman-group1-sha1" in reason.fr
    assert "curve25519-sha256" in reason.fr
    gateway = {rule.id.partition(".")[2] for rule in RULES if set(rule.reads) <= GATEWAY_SECTIONS}
    assert not_assessable(facts) >= gateway - {"weak_algorithms", "weak_host_key"}
    weak = next(one for one in run_rules(RULES, facts) if one.rule.id == "remote_access.weak_algorithms")
    assert weak.findings[0].evidence["algorithms"] == "diffie-hellman-group1-sha1"


def test_a_refused_key_is_said_with_its_fingerprint() -> None:
    error = refusal(Host(auth=paramiko.AUTH_FAILED))  # type: ignore[attr-defined]
    assert "refuse la clé SHA256:" in error.text.fr


def test_a_server_that_hangs_up_on_the_key_may_hold_an_expired_account() -> None:
    assert "n’a ni expiré ni été verrouillé" in refusal(Host(hang_up=True)).text.fr


def test_a_second_factor_asked_of_the_audit_account_is_said() -> None:
    error = refusal(Host(auth=paramiko.AUTH_PARTIALLY_SUCCESSFUL))  # type: ignore[attr-defined]
    assert "second facteur (publickey, keyboard-interactive)" in error.text.fr


def test_a_key_nobody_answers_costs_its_time_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_ssh, "CONNECT_SECONDS", 2.0)
    assert "n’a pas répondu à la clé" in refusal(Host(mute="auth")).text.fr


def test_a_banner_of_ten_megabytes_is_cut() -> None:
    began = time.monotonic()
    error = refusal(Host(saying(RECORDED), banner="bienvenue " * (1 << 20)))
    assert "envoie sans fin" in error.text.fr
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("mute", ["exec", "answer"])
def test_a_host_that_hangs_once_we_are_in_costs_its_time_only(monkeypatch: pytest.MonkeyPatch, mute: str) -> None:
    monkeypatch.setattr(collect_ssh, "SESSION_SECONDS", 0.3)
    monkeypatch.setattr(collect_ssh, "GRACE_SECONDS", 0.2)
    over = threading.Event()
    host = Host(stopping_after(b"", over), mute=mute, over=over)
    assert "n’a rien répondu" in refusal(host).text.fr


def test_a_host_that_hangs_in_the_middle_leaves_what_it_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_ssh, "SESSION_SECONDS", 0.3)
    over = threading.Event()
    half = RECORDED[: RECORDED.index(b"@section sudoers")]
    facts = review(Host(stopping_after(half, over), over=over))
    assert any(account.name == "tm_imagerie" for account in facts.accounts)
    assert {gap.section for gap in facts.gaps} >= {"sudo", "pam", "lastlog", "wtmp", "listening", "keys"}
    assert all("s’est arrêtée de répondre" in gap.reason.fr for gap in facts.gaps)
    unknown = not_assessable(facts)
    assert {"sudo_everything", "weak_key", "unused_account"} <= unknown
    assert not {"second_root", "empty_password", "root_login"} & unknown


def test_a_section_of_ten_megabytes_is_read_in_part() -> None:
    flood = b"|" + b"tm_x:x:3000:3000::/home/tm_x:/bin/sh\n|" * 270_000
    facts = review(Host(saying(RECORDED.replace(b"@section passwd\n", b"@section passwd\n" + flood + b"\n"))))
    (gap,) = {gap for gap in facts.gaps if gap.section == "accounts"}
    assert (gap.truncated, "256 Kio" in gap.reason.fr) == (True, True)


def test_an_answer_without_end_is_cut_and_said() -> None:
    flood = b"care-collect 1\n@section passwd\n" + b"|x\n" * (MAX_OUTPUT_BYTES // 3 + 1)
    facts = review(Host(saying(flood)))
    assert any("dépasse 16 Mio" in gap.reason.fr for gap in facts.gaps)
    assert facts.accounts == ()


def test_binary_rubbish_is_no_report_and_reaches_nobodys_terminal() -> None:
    error = refusal(Host(saying(b"\x1b[31m\x07" + os.urandom(200_000), code=1)))
    assert "n’a lancé ni le collecteur ni un shell" in error.text.fr
    assert error.text.fr.isprintable()


def test_rubbish_inside_a_section_breaks_no_reader() -> None:
    rubbish = b"".join(b"|" + line + b"\n" for line in os.urandom(50_000).split(b"\n"))
    for name in (b"passwd", b"sshd", b"sudoers /etc/sudoers", b"last", b"listening", b"lastlog"):
        answer = RECORDED.replace(b"@section " + name + b"\n", b"@section " + name + b"\n" + rubbish, 1)
        assert answer != RECORDED, name
        facts = review(Host(saying(answer)))
        not_assessable(facts)
        assert "\x1b" not in "".join(account.name for account in facts.accounts)


REFUSED: dict[str, Any] = {
    "shadow": {"ageing"},
    "sudoers /etc/sudoers": {"sudo"},
    "pam /etc/pam.d/sshd": {"pam"},
    "last": {"wtmp"},
    "lastlog": {"lastlog"},
    "listening": {"listening"},
    "processes": {"processes"},
    "addresses": {"addresses"},
    "private root": {"private_keys"},
}


@pytest.mark.parametrize("section", sorted(REFUSED))
def test_one_command_refused_silences_its_own_rules_only(section: str) -> None:
    head, _, rest = RECORDED.decode().partition(f"@section {section}\n")
    assert rest, section
    answer = f"{head}@section {section}\n|cat: Permission denied\n@end 1\n{rest[rest.index('@section ') :]}"
    facts = review(Host(saying(answer.encode())))
    assert {gap.section for gap in facts.gaps} == REFUSED[section]
    before = not_assessable(review(Host(saying(RECORDED))))
    silenced = {rule.id.partition(".")[2] for rule in RULES if REFUSED[section] & set(rule.reads)}
    assert silenced
    assert not_assessable(facts) - before == silenced - before


BUSYBOX = {
    "last": "last: unrecognized option: F",
    "listening": "sh: ss: not found",
    "addresses": "ip: unrecognized option: o",
}


def test_a_busybox_userland_leaves_gaps_that_quote_it() -> None:
    answer = RECORDED.decode()
    for name, words in BUSYBOX.items():
        head, _, rest = answer.partition(f"@section {name}\n")
        answer = f"{head}@section {name}\n|{words}\n@end 1\n{rest[rest.index('@section ') :]}"
    answer = answer.replace(
        "|regular file;", "|setpriv: unrecognized option: reuid\n@end 1\n@section x\n|regular file;", 1
    )
    facts = review(Host(saying(answer.encode())))
    said = {gap.section: gap.reason.fr for gap in facts.gaps}
    assert set(said) == {"wtmp", "listening", "addresses", "keys"}
    assert all(
        words in said[gap] for gap, words in zip(("wtmp", "listening", "addresses"), BUSYBOX.values(), strict=True)
    )
    assert "setpriv" in said["keys"]


def test_without_sshd_nobody_is_accused_of_a_bad_configuration() -> None:
    """A gateway of another make (dropbear, an appliance) has no `sshd -T`: that is one gap, not a fault by account."""
    lines, refused = [], False
    for line in RECORDED.decode().splitlines():
        if line.startswith("@section "):
            refused = line.startswith("@section sshd")
            lines += [line, "|sh: sshd: not found", "@end 127"] if refused else [line]
        elif not refused:
            lines.append(line)
    facts = review(Host(saying(("\n".join(lines) + "\n").encode())))
    assert {gap.section for gap in facts.gaps} == {"sshd"}
    assert "sshd_account_invalid" in not_assessable(facts)


def test_a_rogue_server_learns_neither_account_nor_key() -> None:
    """Its host key is compared before anything is sent, whether another one is known or none."""
    host = Host(saying(RECORDED))
    other = paramiko.Ed25519Key.from_private_key(io.StringIO(private_key()))
    with serving(host) as place:
        name = place.known_hosts.split()[0]
        known = {"a changé": f"{name} {other.get_name()} {other.get_base64()}\n", "est inconnue": ""}
        for words, known_hosts in known.items():
            with pytest.raises(CollectError) as caught:
                facts_of(place.bastion, known_hosts)
            assert words in caught.value.text.fr
        assert (host.names, host.commands) == ([], [])
        facts_of(place.bastion, place.known_hosts)
    assert set(host.names) == {"audit"}


def test_a_refused_sudo_leaves_what_an_ordinary_account_reads() -> None:
    host = Host(saying(b"sudo: a password is required\n", RECORDED))
    facts = review(host)
    assert host.commands == [COMMAND, "sh -s"]
    assert {gap.section for gap in facts.gaps} == set(ROOT_ONLY.values())
    assert any(account.name == "tm_imagerie" for account in facts.accounts)


def test_the_ssh_library_says_nothing_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    """Its thread would print tracebacks on standard error, beside our sentence."""
    refused = listening(lambda peer: peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    with refused as bastion, pytest.raises(CollectError):
        facts_of(bastion)
    assert [one for one in caplog.records if one.name.startswith("paramiko")] == []
