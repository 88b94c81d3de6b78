"""The lab's directory really serves what it says it planted, to an ordinary account, under its own CA."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator

import ldap3
import pytest

from tests.integration.conftest import Lab
from tests.lab.stage import Description

pytestmark = pytest.mark.lab

BASE = "DC=hopital,DC=test"
CONFIG = f"CN=Configuration,{BASE}"


@pytest.fixture(scope="module")
def description(lab: Lab) -> Description:
    return lab.part("ad")


@pytest.fixture(scope="module")
def auditor(description: Description) -> Iterator[ldap3.Connection]:
    account = description["accounts"]["auditor"]
    connection = _connect(description, account["user"], account["password"])
    yield connection
    connection.unbind()


def _connect(description: Description, user: str, password: str) -> ldap3.Connection:
    trust = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=description["ca"])
    server = ldap3.Server(description["address"], port=636, use_ssl=True, tls=trust, get_info=ldap3.NONE)
    connection = ldap3.Connection(server, user, password)
    assert connection.bind(), connection.result
    return connection


def _found(connection: ldap3.Connection, base: str, query: str) -> list[str]:
    names = []
    for entry in connection.extend.standard.paged_search(base, query, attributes=["cn"], paged_size=500):
        if entry["type"] == "searchResEntry":
            names.append(entry["dn"].split(",")[0].removeprefix("CN="))
    return names


def test_it_holds_a_hospital(auditor: ldap3.Connection) -> None:
    assert len(_found(auditor, f"OU=CHU,{BASE}", "(objectClass=*)")) > 1900
    accented = _found(auditor, f"OU=CHU,{BASE}", "(sn=Lefèvre)")
    assert accented


def _ticks(days: float) -> int:
    return int((time.time() - days * 86400 + 11644473600) * 10_000_000)


@pytest.mark.parametrize(
    ("base", "query", "names"),
    [
        (BASE, "(&(cn=krbtgt)(pwdLastSet<=YEAR_AGO))", ["krbtgt"]),
        (BASE, "(&(cn=Guest)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))", ["Guest"]),
        (BASE, "(&(objectClass=trustedDomain)(trustAttributes=0)(name=clinique.test))", ["clinique.test"]),
        (BASE, "(sIDHistory=*)", ["double.fond", "migration.ght"]),
        (BASE, "(msDS-AllowedToActOnBehalfOfOtherIdentity=*)", ["DC1", "SRV-PRINT01"]),
        (BASE, "(userAccountControl:1.2.840.113556.1.4.803:=2048)", ["CLINIQUE$"]),
        (BASE, "(&(primaryGroupID=512)(cn=stagiaire.it))", ["stagiaire.it"]),
        (BASE, "(&(adminCount=1)(userAccountControl:1.2.840.113556.1.4.803:=4194304))", ["adm.bérard"]),
        (CONFIG, "(&(cn=AccesDistant)(msPKI-Certificate-Name-Flag=1)(msPKI-Enrollment-Flag=0))", ["AccesDistant"]),
        (CONFIG, "(objectClass=pKIEnrollmentService)", ["CA-HOPITAL"]),
        (BASE, "(objectClass=nTFRSReplicaSet)", ["Domain System Volume (SYSVOL share)"]),
    ],
)  # fmt: skip
def test_planted_values_are_served(auditor: ldap3.Connection, base: str, query: str, names: list[str]) -> None:
    found = _found(auditor, base, query.replace("YEAR_AGO", str(_ticks(365))))
    assert sorted(found) == sorted(names)  # in whatever order the directory keeps them


def test_descriptors_are_readable_by_the_auditor(auditor: ldap3.Connection) -> None:
    flags = ldap3.protocol.microsoft.security_descriptor_control(sdflags=7)
    auditor.search(BASE, "(objectClass=domain)", ldap3.BASE, attributes=["nTSecurityDescriptor"], controls=flags)
    assert len(auditor.entries[0]["nTSecurityDescriptor"].raw_values[0]) > 500


def test_laps_covers_a_part_of_the_servers_and_hides_passwords(auditor: ldap3.Connection) -> None:
    managed = "(|(ms-Mcs-AdmPwdExpirationTime=*)(msLAPS-PasswordExpirationTime=*))"
    covered = _found(auditor, BASE, managed)
    every = _found(auditor, f"OU=Serveurs,OU=CHU,{BASE}", "(objectClass=computer)")
    assert 0 < len(covered) < len(every)


def test_every_expected_fault_names_its_subjects(description: Description) -> None:
    assert len({row["rule"] for row in description["expected"]}) > 150
    assert all(row["subject"] for row in description["expected"])


def test_it_listens_on_its_own_address_only(description: Description, lab: Lab) -> None:
    assert description["address"] == f"127.{lab.octet}.1.1"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((f"127.{lab.octet}.1.2", 636), timeout=2)


def test_a_stranger_to_the_authority_is_refused(description: Description) -> None:
    plain = socket.create_connection((description["address"], 636), timeout=5)
    with plain, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(plain, server_hostname=description["address"])
