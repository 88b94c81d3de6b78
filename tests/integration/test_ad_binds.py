"""Ways to log in to the lab's controller, and what is then asked of it: searches, few, and of nothing secret."""

from __future__ import annotations

import importlib.util
import ssl
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ldap3
import pytest
from pydantic import TypeAdapter

from scanners.ad.collect import Request, collect
from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.ldap import collect_sasl as sasl
from scanners.catalog import rules_of
from scanners.collect import Context
from scanners.collection import collect_in_child
from scanners.errors import CollectError
from scanners.model import Status
from scanners.runner import run_rules
from tests.integration.conftest import Lab
from tests.integration.test_ad import asked, password
from tests.lab import stage
from tests.support.ldap_recorder import BIND, EXTENDED, READING, SEARCH, Asked, recorder, requests
from tests.support.leaks import leaks

pytestmark = pytest.mark.lab

needs_kerberos = pytest.mark.skipif(
    importlib.util.find_spec("gssapi") is None, reason="Kerberos is not installed: tools/venv.sh kerberos"
)
MECHANISMS = [pytest.param("ntlm"), pytest.param("kerberos", marks=needs_kerberos)]
KERBEROS = pytest.param("ldap", "kerberos", marks=needs_kerberos)


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


def test_start_tls_is_all_that_travels_in_clear(directory: dict[str, Any], tmp_path: Path) -> None:
    with recorder(directory["address"], directory["ca"], tmp_path, start_tls=True) as record:
        facts = read(directory, server=record.url, ca_pem=record.ca_pem)
    assert facts.gaps == ()
    assert [one.operation for one in record.asked][:3] == [EXTENDED, SEARCH, BIND]
    assert set(record.operations) == {EXTENDED, SEARCH, BIND}
    assert set(record.operations) <= READING


_SECRET_NAMES = """
unicodePwd dBCSPwd ntPwdHistory lmPwdHistory supplementalCredentials userPassword unixUserPassword ms-Mcs-AdmPwd
msLAPS-Password msLAPS-EncryptedPassword msLAPS-EncryptedPasswordHistory msLAPS-EncryptedDSRMPassword
msLAPS-EncryptedDSRMPasswordHistory msDS-ManagedPassword msFVE-RecoveryPassword msFVE-KeyPackage currentValue
priorValue trustAuthIncoming trustAuthOutgoing initialAuthIncoming initialAuthOutgoing msDS-ExecuteScriptPassword
msKds-RootKeyData msPKIAccountCredentials msPKIDPAPIMasterKeys * +
"""
SECRETS = frozenset(_SECRET_NAMES.lower().split())


def few_and_nothing_secret(everything: list[Asked], facts: DirectoryFacts, page_size: int) -> None:
    """At most the pages of each naming context and 20 requests more, none left to the server's recursion, no secret by
    name. The rest of a long list of values (`member;range=…`) is asked for on its object, once, and counts apart."""
    searches = [one for one in everything if one.operation == SEARCH]
    assert not [one for one in searches if SECRETS & {name.lower() for name in one.attributes}]
    assert not [one for one in searches if b"1.2.840.113556.1.4.1941" in one.raw or b"transitive" in one.match.lower()]
    contexts = {one.base for one in searches if len(one.attributes) > 20}
    assert len(contexts) == 5
    ranges = [one for one in searches if any(";range=" in name for name in one.attributes)]
    assert len({(one.base, one.attributes) for one in ranges}) == len(ranges)
    asked_of = Counter(context_of(one.base, contexts) for one in searches if one.base and one not in ranges)
    for context, part in parts(facts, contexts).items():
        assert asked_of[context] <= len(part) // page_size + 1 + 20, context
    assert len([one for one in searches if not one.base]) <= 20  # what the controller says of itself
    assert len(searches) < len(facts.objects) / 20


def parts(facts: DirectoryFacts, contexts: set[str]) -> dict[str, list[str]]:
    """The objects read, by naming context."""
    found: dict[str, list[str]] = {context: [] for context in contexts}
    for dn in facts.objects.dn:
        found[context_of(dn, contexts)].append(dn)
    return found


def context_of(dn: str, contexts: set[str]) -> str:
    """The naming context that holds an object."""
    return max((one for one in contexts if dn.lower().endswith(one.lower())), key=len)


@pytest.mark.parametrize(("late", "found"), [(0, []), (12, ["dc1.hopital.test"])])
def test_a_clock_that_is_wrong_is_found(directory: dict[str, Any], late: int, found: list[str]) -> None:
    """Ours is made late: nobody but the reader can tell which of the two is."""
    request = TypeAdapter(Request).validate_python(asked(directory))
    now = datetime.now(UTC) - timedelta(minutes=late)
    facts = collect(request, Context(password(directory), lambda _share, _text: None, now))
    (outcome,) = run_rules([rule for rule in rules_of("ad") if rule.id == "ad.controller_clock"], facts)
    assert [finding.subject for finding in outcome.findings] == found
    assert [finding.evidence for finding in outcome.findings] == [{"minutes": late, "ahead": True}] * len(found)
    assert outcome.status in (Status.PASSED, Status.FAILED)


# ── accounts that cannot do the work ────────────────────────────────────────────────────────────────────────────

REFUSED = {
    "verrouille": "is locked|locked, expired",
    "expire": "has expired|locked, expired",
    "desactive": "is disabled",
    "achanger": "must be changed",
    "horsheures": "may not log on at this hour|other hours",
}


@pytest.mark.parametrize(("scheme", "mechanism"), [("ldaps", "simple"), ("ldap", "ntlm"), KERBEROS])
@pytest.mark.parametrize("name", REFUSED)
def test_an_account_that_may_not_log_in_is_told_why(
    directory: dict[str, Any], scheme: str, mechanism: str, name: str
) -> None:
    server = f"{scheme}://{directory['address']}"
    with pytest.raises(CollectError, match=REFUSED[name]):
        read(directory, server=server, authentication=mechanism, user=f"HOPITAL\\audit.{name}")


def test_an_account_without_rights_on_some_objects_never_calls_them_healthy(directory: dict[str, Any]) -> None:
    """Suppliers are hidden from it: rules that read the domain say so, or say what else they found, in part."""
    facts = read(directory, user="HOPITAL\\audit.limite")
    suppliers = facts.objects.row_by_dn["ou=prestataires,ou=chu,dc=hopital,dc=test"]
    assert facts.objects.kind[suppliers] == Kind.OPAQUE
    assert any("cachés au compte d’audit" in gap.reason.fr for gap in facts.gaps)
    outcomes = run_rules([rule for rule in rules_of("ad") if "domain" in rule.reads], facts)
    assert not [outcome.rule.id for outcome in outcomes if outcome.status is Status.PASSED]
    assert all(outcome.partial for outcome in outcomes if outcome.status is Status.FAILED)


# ── secrets ─────────────────────────────────────────────────────────────────────────────────────────────────────

PLANTED = ("SECRETPLANTE", "Copieur2019", "Jamais-Transmis-2026")
CARE = (Path(sys.executable).with_name("care"), "--quiet")


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_no_secret_of_the_directory_is_ever_kept(directory: dict[str, Any], tmp_path: Path, role: str) -> None:
    """Whatever the account may read: facts, results, report, what is printed. The database: see `test_ad_secrets`."""
    account = directory["accounts"][role]
    assert planted_for(directory, account) == (role == "administrator")
    facts, told = tmp_path / "facts.care", tmp_path / "result.json"
    options = ("--server", directory["server"], "--user", account["user"], "--ca", directory["ca"])
    secret = ("--password-file", account["password_file"])
    audit = care("audit", "ad", *options, *secret, "--facts-out", facts, "--json", told)
    report = care("report", "audit", facts, "-o", tmp_path / "report.pdf")
    (tmp_path / "printed.txt").write_text(audit.stdout + audit.stderr + report.stdout + report.stderr)
    assert (audit.returncode, report.returncode) == (1, 0)
    left = [file for file in tmp_path.iterdir() if file.is_file()]
    assert {file.suffix for file in left} == {".care", ".json", ".pdf", ".txt"}
    assert "svc.scanner" in told.read_text()
    assert leaks(left, (*PLANTED, account["password"])) == []


def care(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*CARE, *map(str, arguments)], capture_output=True, text=True, timeout=240)


def planted_for(directory: dict[str, Any], account: dict[str, str]) -> bool:
    """Whether this account can read the planted password of LAPS: the test would prove nothing otherwise."""
    trust = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=directory["ca"])
    server = ldap3.Server(directory["address"], port=636, use_ssl=True, tls=trust, get_info=ldap3.NONE)
    connection = ldap3.Connection(server, account["user"], account["password"], auto_bind=True)
    connection.search(directory["base"], "(ms-Mcs-AdmPwd=*)", attributes=["ms-Mcs-AdmPwd"])
    found = [entry["raw_attributes"] for entry in connection.response or [] if "raw_attributes" in entry]
    connection.unbind()
    return any(b"SECRETPLANTE" in value for one in found for value in one.get("ms-Mcs-AdmPwd", []))


# ── what is not Active Directory ────────────────────────────────────────────────────────────────────────────────

SLAPD = "/usr/sbin/slapd"
SLAPD_CONF = """\
include /etc/ldap/schema/core.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
database mdb
suffix "dc=hopital,dc=test"
rootdn "cn=admin,dc=hopital,dc=test"
rootpw secret
directory {folder}
"""


@pytest.fixture
def slapd(lab: Lab, tmp_path: Path) -> Iterator[str]:
    """A real OpenLDAP, beside the lab's controller."""
    if not Path(SLAPD).exists():
        pytest.skip("OpenLDAP is not installed: tools/packages.sh test")
    address = f"127.{lab.octet}.1.9"
    (tmp_path / "slapd.conf").write_text(SLAPD_CONF.format(folder=tmp_path))
    command = [SLAPD, "-d", "0", "-f", str(tmp_path / "slapd.conf"), "-h", f"ldap://{address}:389"]
    server = stage.spawn(tmp_path, "slapd", command)
    try:
        stage.wait_for_port(address, 389, process=server)
        yield address
    finally:
        stage.stop_all(tmp_path)


@pytest.mark.parametrize("changes", [{"allow_clear_text": True}, {"authentication": "ntlm", "user": "HOPITAL\\admin"}])
def test_openldap_is_said_not_to_be_active_directory(slapd: str, changes: dict[str, Any]) -> None:
    request = {"server": f"ldap://{slapd}", "user": "cn=admin,dc=hopital,dc=test", **changes}
    context = Context({"password": "secret"}, lambda _share, _text: None, datetime.now(UTC))
    with pytest.raises(CollectError, match="not an Active Directory controller"):
        collect(TypeAdapter(Request).validate_python(request), context)


# ── what the controller protects ────────────────────────────────────────────────────────────────────────────────


def wrong_passwords(directory: dict[str, Any]) -> set[bytes]:
    """How many wrong passwords the controller counts against the auditor."""
    trust = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=directory["ca"])
    server = ldap3.Server(directory["address"], port=636, use_ssl=True, tls=trust, get_info=ldap3.NONE)
    account = directory["accounts"]["administrator"]
    connection = ldap3.Connection(server, account["user"], account["password"], auto_bind=True)
    connection.search(directory["base"], "(sAMAccountName=auditeur)", attributes=["badPwdCount"])
    found = [entry["raw_attributes"] for entry in connection.response or [] if "raw_attributes" in entry]
    connection.unbind()
    return {value for one in found for value in one["badPwdCount"]}


@pytest.mark.parametrize(("scheme", "mechanism"), [("ldaps", "simple"), ("ldap", "ntlm"), KERBEROS])
def test_attempts_tell_what_samba_protects_and_lock_nobody(
    directory: dict[str, Any], scheme: str, mechanism: str
) -> None:
    """Samba 4.17 asks for a signature, knows nothing of channel binding, and speaks the TLS that GnuTLS does."""
    before = wrong_passwords(directory)
    server = f"{scheme}://{directory['address']}"
    transport = read(directory, server=server, authentication=mechanism, probe=True).transport
    assert transport is not None
    logins = (transport.unsigned, transport.without_token, transport.wrong_token)
    assert [attempt.accepted for attempt in logins] == [False, True, True]
    assert {name: transport.versions[name].accepted for name in ("SSL 2.0", "SSL 3.0")} == {
        "SSL 2.0": False,
        "SSL 3.0": False,
    }
    assert None not in {attempt.accepted for attempt in transport.versions.values()}
    assert wrong_passwords(directory) == before
