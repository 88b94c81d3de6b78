"""Attempts on the controller: what each answer means, what is not known, and that a doubt ends the logins."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Thread
from typing import Any

import pytest

from scanners.ad.collect import Request, _transport
from scanners.ad.facts import FORMAT, DirectoryFacts
from scanners.ad.ldap import collect_ber as ber
from scanners.ad.ldap import collect_probes
from scanners.ad.ldap.collect_connect import Access, Address
from scanners.ad.ldap.collect_errors import probe_outside_hours
from scanners.ad.ldap.collect_probes import not_tried, probe
from scanners.ad.ldap.collect_sasl import Authentication
from scanners.ad.transport import Attempt, Transport
from scanners.catalog import rules_of
from scanners.collect import Context
from scanners.model import Status, Text
from scanners.runner import run_rule
from tests.support.ldap_recorder import BIND, Asked
from tests.support.ldap_script import BASE, Answer, Directory, result, serving
from tests.unit.ad.specimens import HEALTHY

NO, YES, UNKNOWN = Attempt(accepted=False), Attempt(accepted=True), Attempt(None, Text("Injoignable.", "Unreachable."))
RULES = {rule.id.removeprefix("ad."): rule for rule in rules_of("ad")}


def judged(name: str, transport: Transport | None) -> Any:
    return run_rule(RULES[name], replace(HEALTHY, transport=transport))


@pytest.mark.parametrize(
    "name", ["ldap_unsigned_accepted", "ldaps_channel_binding_not_required", "ldaps_ssl", "ldaps_old_tls"]
)
def test_what_was_not_tried_is_not_passed(name: str) -> None:
    for transport in (None, Transport()):
        outcome = judged(name, transport)
        assert outcome.status is Status.NOT_ASSESSABLE
        assert "--probe" in outcome.reason.fr


def test_a_login_that_could_not_be_tried_is_not_passed() -> None:
    outcome = judged("ldap_unsigned_accepted", Transport(unsigned=UNKNOWN))
    assert (outcome.status, outcome.reason) == (Status.NOT_ASSESSABLE, UNKNOWN.why)


@pytest.mark.parametrize(
    ("versions", "status"),
    [
        ({"TLS 1.0": NO, "TLS 1.1": NO}, Status.PASSED),
        ({"TLS 1.0": NO, "TLS 1.1": YES}, Status.FAILED),
        ({"TLS 1.0": UNKNOWN, "TLS 1.1": YES}, Status.FAILED),
        ({"TLS 1.0": UNKNOWN, "TLS 1.1": NO}, Status.NOT_ASSESSABLE),
        ({"TLS 1.1": NO}, Status.NOT_ASSESSABLE),
        ({"SSL 3.0": YES}, Status.NOT_ASSESSABLE),
    ],
)
def test_old_versions(versions: dict[str, Attempt], status: Status) -> None:
    assert judged("ldaps_old_tls", Transport(versions=versions)).status is status


@pytest.mark.parametrize(("wrong", "setting"), [(YES, "= 0"), (NO, "= 1"), (UNKNOWN, "≤ 1")])
def test_the_setting_of_channel_binding_is_told(wrong: Attempt, setting: str) -> None:
    (finding,) = judged("ldaps_channel_binding_not_required", Transport(without_token=YES, wrong_token=wrong)).findings
    assert str(finding.evidence["settings"]).endswith(setting)


def test_attempts_are_kept_in_the_archive() -> None:
    transport = Transport(NO, YES, UNKNOWN, {"TLS 1.0": YES})
    assert unpacked(transport).transport == transport
    assert unpacked(None).transport is None


def unpacked(transport: Transport | None, instead: object = ...) -> DirectoryFacts:
    parts = FORMAT.pack(replace(HEALTHY, transport=transport))
    changes = {} if instead is ... else {"transport": instead}
    return FORMAT.unpack(replace(parts, document=json.loads(json.dumps({**parts.document, **changes}))))


@pytest.mark.parametrize("raw", [{"unsigned": 3}, [], "x", {"versions": {"TLS 1.0": {"accepted": "perhaps"}}}])
def test_malformed_attempts_are_refused(raw: object) -> None:
    with pytest.raises(ValueError, match="validation error"):
        unpacked(None, raw)


# ── against a server ────────────────────────────────────────────────────────────────────────────────────────────

ROOT_DSE = {"defaultNamingContext": (BASE,), "dnsHostName": ("dc1.hopital.test",)}


def access(port: int, *, tls: bool, user: str = "HOPITAL\\audit") -> Access:
    return Access(Address("127.0.0.1", port, tls), user, "secret", "", False, False, 2, Authentication.SIMPLE)


@pytest.mark.parametrize(
    ("code", "diagnostic", "accepted"),
    [
        (8, "00002028: LdapErr: DSID-0C0904CB, The server requires binds to turn on integrity checking", False),
        (49, "80090308: LdapErr: comment: AcceptSecurityContext error, data 52e", None),
        (49, "80090346: LdapErr: comment: AcceptSecurityContext error, data 80090346", None),
        (0, "", None),
        (53, "no", None),
    ],
)
def test_answers_to_an_unsigned_login(code: int, diagnostic: str, accepted: bool | None) -> None:
    def refuse(asked: Asked, number: int) -> Answer | str:
        return result(number, code, diagnostic, ber.BIND_RESPONSE) if asked.operation == BIND else ""

    with serving(Directory(hook=refuse)) as directory:
        port = int(directory.url.rpartition(":")[2])
        found = probe(access(port, tls=False), ROOT_DSE)
    assert found.unsigned.accepted is accepted
    assert len([asked for asked in directory.asked if asked.operation == BIND]) == 1
    if accepted is None:
        assert found.without_token == found.wrong_token == found.unsigned
        assert found.unsigned.why.fr != found.unsigned.why.en
    assert "secret" not in repr(found)


def test_an_account_that_ntlm_does_not_know_is_not_tried() -> None:
    with serving(Directory()) as directory:
        found = probe(access(int(directory.url.rpartition(":")[2]), tls=False, user="cn=audit,dc=h"), ROOT_DSE)
    assert directory.asked == []
    assert "DOMAIN" in found.unsigned.why.en


Port = Callable[[bytes | None], int]


@pytest.fixture
def answering() -> Iterator[Port]:
    """A port that answers every hello alike; nothing at all resets the connection."""
    servers: list[socket.socket] = []
    threads: list[Thread] = []

    def start(answer: bytes | None) -> int:
        server = socket.create_server(("127.0.0.1", 0))

        def run() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with client:
                    if answer is not None:
                        client.recv(4096)
                        client.sendall(answer)

        servers.append(server)
        threads.append(Thread(target=run))
        threads[-1].start()
        return int(server.getsockname()[1])

    yield start
    for server in servers:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
    for thread in threads:
        thread.join(10)


def server_hello(version: int) -> bytes:
    hello = version.to_bytes(2, "big") + b"r" * 32 + b"\0" + b"\0\x2f" + b"\0"
    return (
        b"\x16"
        + version.to_bytes(2, "big")
        + (len(hello) + 4).to_bytes(2, "big")
        + b"\2"
        + len(hello).to_bytes(3, "big")
        + hello
    )


@pytest.mark.parametrize(
    ("answer", "spoken"),
    [
        (server_hello(0x0300), {"SSL 3.0"}),
        (server_hello(0x0301), {"TLS 1.0"}),
        (server_hello(0x0302), {"TLS 1.1"}),
        (server_hello(0x0303), set()),
        (b"\x15\x03\x00\x00\x02\x02\x46", set()),
        (b"\x80\x20\x04\x00\x01\x00\x02" + b"\0" * 27, {"SSL 2.0"}),
        (b"HTTP/1.0 400 Bad request\r\n\r\n", set()),
        (b"", set()),
        (None, set()),
    ],
)
def test_versions_are_recognised(answering: Port, answer: bytes | None, spoken: set[str]) -> None:
    found = probe(access(answering(answer), tls=True, user="cn=nobody"), ROOT_DSE).versions
    assert {name for name, attempt in found.items() if attempt.accepted} == spoken
    assert all(attempt.accepted is not None for attempt in found.values())


class Dripping:
    """A machine that gives its answer byte after byte."""

    def __enter__(self) -> Dripping:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""

    def sendall(self, _hello: bytes) -> None:
        """Taken."""

    def recv(self, _size: int) -> bytes:
        return b"\x16"


def test_a_dripped_hello_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = count()
    monkeypatch.setattr(collect_probes.socket, "create_connection", lambda *_args, **_more: Dripping())
    found = collect_probes._speaks(Address("dc1", 636, tls=True), "TLS 1.0", 10, lambda: next(ticks))
    assert found.accepted is None
    assert "no answer" in found.why.en
    assert next(ticks) < 14


def test_what_was_not_tried_because_the_hours_were_over_says_so() -> None:
    """The box was ticked: telling to tick it would be no cure."""
    why = probe_outside_hours("22:00-06:00 UTC", "06:01")
    for rule in ("ldap_unsigned_accepted", "ldaps_channel_binding_not_required", "ldaps_old_tls"):
        outcome = judged(rule, not_tried(why))
        assert (outcome.status, outcome.reason) == (Status.NOT_ASSESSABLE, why)


def test_attempts_stop_with_the_hours() -> None:
    now = datetime.now(UTC)
    later = f"{now + timedelta(hours=2):%H}:00-{now + timedelta(hours=3):%H}:00"
    asked = Request(server="ldaps://dc1", user="u", hours=later, time_zone="UTC", probe=True)
    context = Context({}, lambda _share, _text: None, now)
    found = _transport(asked, access(1, tls=True), ROOT_DSE, context)
    assert found is not None
    assert "were over" in found.unsigned.why.en
    assert _transport(replace(asked, probe=False), access(1, tls=True), ROOT_DSE, context) is None


def test_a_closed_port_tells_nothing_of_versions() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    found = probe(access(port, tls=True, user="cn=nobody"), ROOT_DSE).versions
    assert {attempt.accepted for attempt in found.values()} == {None}
    assert "does not answer" in found["SSL 2.0"].why.en
