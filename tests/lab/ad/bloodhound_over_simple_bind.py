"""Runs BloodHound.py, in its own environment, with a simple bind over LDAPS in the place of its own.

Its NTLM (that of ldap3) and its Kerberos (that of impacket) do not reach Samba; all but the bind is its own.
"""

from __future__ import annotations

import ssl
import sys
from typing import Any

import ldap3
from bloodhound import main
from bloodhound.ad.authentication import ADAuthentication


def _bound(self: Any, hostname: str = "", ip: str = "", **_options: object) -> ldap3.Connection:
    trust = ldap3.Tls(validate=ssl.CERT_NONE)
    server = ldap3.Server(ip or hostname, port=636, use_ssl=True, get_info=ldap3.ALL, tls=trust)
    account = f"{self.username}@{self.userdomain}"
    connection = ldap3.Connection(server, account, self.password, auto_referrals=False, auto_range=True)
    if not connection.bind():
        sys.exit(f"the bind was refused: {connection.result}")
    return connection


ADAuthentication.getLDAPConnection = _bound
ADAuthentication.get_tgt = lambda _self: None
main()
