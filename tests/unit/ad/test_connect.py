"""What a person reads when the directory cannot be reached; and that no password travels in clear text."""

from __future__ import annotations

import socket
from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from scanners.ad.collect import Request, collect, target_name
from scanners.ad.ldap.collect_connect import Address, explain, parse_address
from scanners.ad.ldap.collect_errors import bind_refused
from scanners.collect import Context
from scanners.errors import CollectError

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("ldaps://dc1.hopital.test", Address("dc1.hopital.test", 636, tls=True)),
        ("ldap://10.0.0.1:3890/", Address("10.0.0.1", 3890, tls=False)),
        ("ldaps://[::1]:636", Address("::1", 636, tls=True)),
    ],
)
def test_addresses(server: str, expected: Address) -> None:
    assert parse_address(server) == expected


@pytest.mark.parametrize(
    "server",
    ["", "dc1", "http://dc1", "ldaps://", "ldaps://-dc1", "ldaps://dc 1", "ldaps://dc1;id", "ldaps://u:p@dc1",
     "ldaps://dc1/x", "ldaps://dc1:99999", "ldaps://dc1?x"],
)  # fmt: skip
def test_other_texts_are_no_addresses(server: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Request).validate_python({"server": server, "user": "u"})


def request(**changes: object) -> Request:
    return TypeAdapter(Request).validate_python({"server": "ldaps://dc1.test", "user": "u", **changes})


@pytest.mark.parametrize(
    "changes", [{"user": ""}, {"page_size": 0}, {"page_size": 9999}, {"ca_pem": "x"}, {"seconds": 0}]
)
def test_bad_requests_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        request(**changes)


def test_the_target_is_the_url() -> None:
    assert target_name(request()) == "ldaps://dc1.test"


def attempt(asked: Request, password: str) -> str:
    with pytest.raises(CollectError) as failure:
        collect(asked, Context({"password": password}, lambda _share, _text: None, NOW))
    assert "secret" not in failure.value.text.fr + failure.value.text.en
    return failure.value.text.en


def test_no_password_travels_in_clear_text() -> None:
    assert "clear text" in attempt(request(server="ldap://127.0.0.1:1", start_tls=False), "secret")


def test_an_empty_password_is_refused() -> None:
    assert "empty" in attempt(request(), "")


def test_an_unknown_name_is_said() -> None:
    assert "known to no DNS server" in attempt(request(server="ldaps://no-such-host.invalid"), "secret")


def test_a_closed_port_is_said() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    assert f"127.0.0.1:{port} does not answer" in attempt(request(server=f"ldaps://127.0.0.1:{port}"), "secret")


@pytest.mark.parametrize(
    ("diagnostic", "words"),
    [
        ("80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 52e, v4563", "wrong name"),
        ("AcceptSecurityContext error, data 775, v4563", "is locked"),
        ("AcceptSecurityContext error, data 533, v4563", "is disabled"),
        ("AcceptSecurityContext error, data 701, v4563", "has expired"),
        ("AcceptSecurityContext error, data 532, v4563", "password of the account"),
        ("AcceptSecurityContext error, data 773, v4563", "password of the account"),
        ("AcceptSecurityContext error, data 530, v4563", "may not log on"),
        ("Simple Bind Failed: NT_STATUS_ACCOUNT_LOCKED_OUT", "is locked"),
        ("Simple Bind Failed: NT_STATUS_PASSWORD_EXPIRED", "password of the account"),
        ("Simple Bind Failed: NT_STATUS_LOGON_FAILURE", "wrong name"),
    ],
)
def test_refused_binds_say_why(diagnostic: str, words: str) -> None:
    assert words in bind_refused("HOPITAL\\u", diagnostic).text.en


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate", "--ca"),
        ("certificate verify failed: certificate has expired", "valid"),
        ("certificate dc1 doesn't match any name in ['dc2']", "does not carry that name"),
        ("socket ssl wrapping error: EOF", "encrypted connection"),
        ("[Errno 113] No route to host", "does not answer"),
    ],
)
def test_failed_connections_say_why(detail: str, words: str) -> None:
    assert words in explain(Address("dc1", 636, tls=True), detail).text.en
