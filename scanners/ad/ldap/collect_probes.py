"""Tries what the audited controller protects: seven connections, made only when asked for, once the audit has read.

The account cannot be locked by it. It has just logged in: its password is right, and is proved again each time, by
NTLM or Kerberos, never in clear. A controller that wants a signature says so (code 8) after it has checked the
password; a wrong token of the channel is refused under a code of its own, after the same check. The first refusal for
any other reason ends the logins. They leave events 2889 and 3039 in the log of the controller, which is why a person
chooses.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import replace

from ldap3.core.exceptions import LDAPException

from scanners.ad.ldap import collect_errors as errors
from scanners.ad.ldap import collect_sasl as sasl
from scanners.ad.ldap.collect_connect import (
    BAD_BINDINGS,
    STRONGER_AUTH,
    Access,
    Address,
    RootDse,
    certificate_token,
    close,
    explain,
    login_of,
    open_socket,
)
from scanners.ad.ldap.collect_sasl import ACCOUNT, Authentication, Protection
from scanners.ad.transport import OLD_TLS, SSL, Attempt, Transport
from scanners.errors import CollectError, system_reason
from scanners.model import Text
from scanners.tls_hello import COMMON_TLS_CIPHERS, SSL3, TLS10, TLS11, client_hello, server_choice, whole_record

_LDAP, _LDAPS = 389, 636
_NUMBERS = dict(zip((SSL[1], *OLD_TLS), (SSL3, TLS10, TLS11), strict=True))
_OLD_CIPHERS = (*COMMON_TLS_CIPHERS, 0x000A, 0x0016, 0x0005, 0x0004, 0x0009)
"""The usual ones, then 3DES, RC4 and DES: what speaks SSL 3.0 may know no other."""
_MAX_HELLO, _SSL2_ENOUGH = 16_384, 7
_SSL2_HELLO = bytes.fromhex("802e0100020015000000100700c0050080030080010080060040040080020080") + b"care" * 4
"""A CLIENT-HELLO of SSL 2.0 with its seven suites (draft-hickman-netscape-ssl-00)."""
_WRONG_TOKEN = b"tls-server-end-point:" + b"\0" * 32


def probe(access: Access, root: RootDse) -> Transport:
    """What the controller accepts. Never raises for what the network or the controller does."""
    mechanism = access.authentication
    if mechanism is Authentication.SIMPLE:
        mechanism = Authentication.NTLM
    ldap = replace(access, address=_address(access, tls=False), start_tls=False, authentication=mechanism)
    ldaps = replace(access, address=_address(access, tls=True), authentication=mechanism)
    versions = {name: _speaks(ldaps.address, name, access.seconds) for name in (*SSL, *OLD_TLS)}
    if not ACCOUNT.fullmatch(access.user):
        named = errors.malformed_account(access.user).text
        return Transport(Attempt(None, named), Attempt(None, named), Attempt(None, named), versions)
    unsigned = _logs_in(ldap, root, Protection())
    without_token = _unless_stopped(unsigned, ldaps, root, Protection())
    wrong_token = _unless_stopped(without_token, ldaps, root, Protection(token=_WRONG_TOKEN))
    return Transport(unsigned, without_token, wrong_token, versions)


def not_tried(why: Text) -> Transport:
    """No attempt was made, for one reason."""
    none = Attempt(None, why)
    return Transport(none, none, none, dict.fromkeys((*SSL, *OLD_TLS), none))


def _unless_stopped(before: Attempt, access: Access, root: RootDse, protection: Protection) -> Attempt:
    """No further login once one was refused without a reason that we know."""
    return before if before.accepted is None else _logs_in(access, root, protection)


def _address(access: Access, *, tls: bool) -> Address:
    """The same controller, at the port given when it is of that kind, else at the usual one."""
    if access.address.tls is tls:
        return access.address
    return Address(access.address.host, _LDAPS if tls else _LDAP, tls)


def _logs_in(access: Access, root: RootDse, protection: Protection) -> Attempt:
    address = access.address
    try:
        connection = open_socket(access)
    except LDAPException as error:
        return Attempt(None, explain(address, str(error)).text)
    try:
        if address.tls and not certificate_token(connection):
            return Attempt(None, errors.tls_failed(address.host, "TLS").text)
        login = login_of(access, root, access.authentication)
        answer, _ = sasl.bind(connection.socket, login, protection, access.seconds)
    except CollectError as error:
        return Attempt(None, error.text)
    except errors.BrokenAnswer as error:
        return Attempt(None, errors.cut_before_anything(address.host, str(error)).text)
    finally:
        close(connection)
    if answer.code == 0:
        return Attempt(accepted=True)
    if BAD_BINDINGS in answer.diagnostic if address.tls else answer.code == STRONGER_AUTH:
        return Attempt(accepted=False)
    return Attempt(None, _other_refusal(access, answer.code, answer.diagnostic))


def _speaks(address: Address, version: str, seconds: float, clock: Callable[[], float] = time.monotonic) -> Attempt:
    """Whether the controller goes on in this version; closing or an alert is a refusal, silence is not known.

    `seconds` bounds the whole answer, not each of its bytes.
    """
    number = _NUMBERS.get(version)
    hello = _SSL2_HELLO if number is None else client_hello(number, _OLD_CIPHERS)
    answer, deadline = b"", clock() + seconds
    try:
        with socket.create_connection((address.host, address.port), timeout=seconds) as wire:
            wire.sendall(hello)
            while len(answer) < (_MAX_HELLO if number else _SSL2_ENOUGH) and not whole_record(answer):
                chunk = wire.recv(_MAX_HELLO)
                if not chunk:
                    break
                answer += chunk
                if clock() > deadline:
                    raise TimeoutError
    except ConnectionResetError:
        return Attempt(accepted=False)
    except OSError as error:
        return Attempt(None, errors.unreachable(address.host, address.port, system_reason(error)).text)
    if number is None:
        return Attempt(accepted=len(answer) >= 7 and answer[2] == 4 and answer[5:7] == b"\0\2")
    choice = server_choice(answer)
    return Attempt(accepted=choice is not None and choice[0] == number)


def _other_refusal(access: Access, code: int, diagnostic: str) -> Text:
    host, way = access.address.host, str(access.authentication)
    return Text(
        f"Le contrôleur {host} a refusé l’essai par {way} pour une autre raison (code {code}, {diagnostic[:120]}) ; "
        "vérifiez que ce mode d’authentification est permis au compte d’audit.",
        f"The controller {host} refused the attempt by {way} for another reason (code {code}, {diagnostic[:120]}); "
        "check that this way to log in is allowed to the audit account.",
    )
