"""Ways to log in to the lab's controller, and what is then asked of it: searches, few, and of nothing secret."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from scanners.ad import collect_sasl as sasl
from scanners.ad.collect import Request, collect
from scanners.ad.facts import DirectoryFacts
from scanners.collect import Context
from scanners.collection import collect_in_child
from scanners.errors import CollectError
from tests.integration.conftest import Lab
from tests.integration.test_ad import asked, password
from tests.support.ldap_recorder import BIND, READING, SEARCH, Asked, recorder, requests

pytestmark = pytest.mark.lab

needs_kerberos = pytest.mark.skipif(
    importlib.util.find_spec("gssapi") is None, reason="Kerberos is not installed: tools/venv.sh kerberos"
)
MECHANISMS = [pytest.param("ntlm"), pytest.param("kerberos", marks=needs_kerberos)]


@pytest.fixture(scope="module")
def directory(lab: Lab) -> dict[str, Any]:
    return lab.part("ad")


@pytest.fixture(scope="module")
def plain(directory: dict[str, Any]) -> DirectoryFacts:
    return read(directory)


def read(directory: dict[str, Any], **changes: object) -> DirectoryFacts:
    """An audit in this process, so that what it sends can be looked at."""
    request = TypeAdapter(Request).validate_python(asked(directory, **changes))
    return collect(request, Context(password(directory), lambda _share, _text: None, datetime.now(UTC)))


@pytest.mark.parametrize("scheme", ["ldap", "ldaps"])
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_every_login_reads_the_same(
    directory: dict[str, Any], plain: DirectoryFacts, tmp_path: Path, mechanism: str, scheme: str
) -> None:
    changes = asked(directory, server=f"{scheme}://{directory['address']}", authentication=mechanism)
    facts = collect_in_child("ad", changes, password(directory), tmp_path / "facts.care").facts
    assert facts.gaps == ()
    assert facts.objects.dn == plain.objects.dn
    assert len(facts.descriptors) == len(plain.descriptors)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_upn_logs_in_too(directory: dict[str, Any], plain: DirectoryFacts, mechanism: str) -> None:
    facts = read(
        directory, server=f"ldap://{directory['address']}", authentication=mechanism, user="auditeur@hopital.test"
    )
    assert len(facts.objects) == len(plain.objects)


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize(
    ("user", "secret", "words"),
    [("HOPITAL\\auditeur", "wrong", "password"), ("HOPITAL\\nobody", "wrong", "refuses the account|unknown")],
)
def test_refused_logins_are_said(
    directory: dict[str, Any], tmp_path: Path, mechanism: str, user: str, secret: str, words: str
) -> None:
    changes = asked(directory, server=f"ldap://{directory['address']}", authentication=mechanism, user=user)
    with pytest.raises(CollectError, match=words):
        collect_in_child("ad", changes, {"password": secret}, tmp_path / "facts.care")


@pytest.fixture
def sealed_requests(monkeypatch: pytest.MonkeyPatch) -> Iterator[bytearray]:
    """What is sent under the seal of NTLM or Kerberos, which a proxy cannot read."""
    kept = bytearray()
    send = sasl.SealedChannel.sendall

    def keep(channel: sasl.SealedChannel, data: bytes) -> None:
        kept.extend(data)
        send(channel, data)

    monkeypatch.setattr(sasl.SealedChannel, "sendall", keep)
    return kept


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_under_a_seal_only_searches_are_sent(
    directory: dict[str, Any], sealed_requests: bytearray, mechanism: str
) -> None:
    facts = read(directory, server=f"ldap://{directory['address']}", authentication=mechanism, page_size=100)
    everything = requests(bytes(sealed_requests))
    assert {one.operation for one in everything} == {SEARCH}
    few_and_nothing_secret(everything, facts, 100)


def test_only_searches_are_ever_sent(directory: dict[str, Any], tmp_path: Path) -> None:
    """Every message of a whole audit, decoded."""
    with recorder(directory["address"], directory["ca"], tmp_path) as record:
        facts = read(directory, server=record.url, ca_pem=record.ca_pem, page_size=100)
    assert facts.gaps == ()
    assert record.operations[BIND] == 1
    assert set(record.operations) == {BIND, SEARCH}
    assert set(record.operations) <= READING
    few_and_nothing_secret(record.asked, facts, 100)


_SECRET_NAMES = """
unicodePwd dBCSPwd ntPwdHistory lmPwdHistory supplementalCredentials userPassword unixUserPassword ms-Mcs-AdmPwd
msLAPS-Password msLAPS-EncryptedPassword msLAPS-EncryptedPasswordHistory msLAPS-EncryptedDSRMPassword
msLAPS-EncryptedDSRMPasswordHistory msDS-ManagedPassword msFVE-RecoveryPassword msFVE-KeyPackage currentValue
priorValue trustAuthIncoming trustAuthOutgoing initialAuthIncoming initialAuthOutgoing msDS-ExecuteScriptPassword
msKds-RootKeyData msPKIAccountCredentials msPKIDPAPIMasterKeys * +
"""
SECRETS = frozenset(_SECRET_NAMES.lower().split())


def few_and_nothing_secret(everything: list[Asked], facts: DirectoryFacts, page_size: int) -> None:
    """At most the pages of each naming context and 20 requests more, none for one object, none left to the server's
    recursion, no secret by name."""
    searches = [one for one in everything if one.operation == SEARCH]
    assert not [one for one in searches if SECRETS & {name.lower() for name in one.attributes}]
    assert not [one for one in searches if b"1.2.840.113556.1.4.1941" in one.raw or b"transitive" in one.match.lower()]
    contexts = {one.base for one in searches if len(one.attributes) > 20}
    assert len(contexts) == 5
    pages = sum(len(part) // page_size + 1 for part in parts(facts, contexts).values())
    assert len(searches) <= pages + 20 * len(contexts)
    assert len(searches) < len(facts.objects) / 20


def parts(facts: DirectoryFacts, contexts: set[str]) -> dict[str, list[str]]:
    """The objects read, by naming context."""
    found: dict[str, list[str]] = {context: [] for context in contexts}
    for dn in facts.objects.dn:
        found[max((one for one in contexts if dn.lower().endswith(one.lower())), key=len)].append(dn)
    return found
