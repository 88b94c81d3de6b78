"""The lab's directory, audited for real as an ordinary account: every planted fault, the same bytes as ldap3."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import ldap3
import pytest

from scanners.ad.facts import FORMAT
from scanners.ad.ldap import collect_ber as ber
from scanners.ad.ldap.collect_dump import PagedReader, Search
from scanners.ad.level import estimate_level
from scanners.ad.sddl import digest
from scanners.ad.sources.collect_table import ATTRIBUTES
from scanners.ad.subjects.published_schema import PUBLISHED
from scanners.archive import Archive
from scanners.catalog import rules_of
from scanners.collection import collect_in_child
from scanners.errors import CollectError
from scanners.model import Finding, Outcome, Status
from scanners.runner import run_rules
from tests.integration.conftest import Lab
from tests.lab.ad import READERS
from tools import schema_defaults

pytestmark = pytest.mark.lab

NOT_TRIED = {
    "ad.ldap_unsigned_accepted",
    "ad.ldaps_channel_binding_not_required",
    "ad.ldaps_old_tls",
    "ad.ldaps_ssl",
}
"""What an audit tries only when it is asked to (`test_ad_binds`)."""
UNSEEN = "ad.control_of_dns_server"
"""Its object is not readable by an ordinary account, as in Windows: the rule must say so."""
NO_HISTORY = "ad.privileged_members_changed"
"""Samba publishes no replication metadata."""
OF_POLICIES = {
    "ad.no_service_password_policy",
    "ad.privileged_spn_tolerated",
    "ad.pso_listed",
    "ad.pso_weak",
    "ad.pso_weak_privileged",
}
"""Rules that need the fine-grained password policies, which an ordinary account cannot read."""
HALF_IN_SYSVOL = {"ad.ca_certificate_undecodable"}
"""Rules that find nothing in the directory, and cannot be sure without the files of policies."""


@pytest.fixture(scope="module")
def directory(lab: Lab) -> dict[str, Any]:
    return lab.part("ad")


def asked(directory: Mapping[str, Any], **changes: object) -> dict[str, Any]:
    user = directory["accounts"]["auditor"]["user"]
    return {"server": directory["server"], "user": user, "ca_pem": Path(directory["ca"]).read_text(), **changes}


def password(directory: Mapping[str, Any]) -> dict[str, str]:
    return {"password": directory["accounts"]["auditor"]["password"]}


Audits = Callable[[str], Archive[Any]]


@pytest.fixture(scope="module")
def read_by(directory: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Audits:
    """The audit that an account of the lab makes, once."""

    @cache
    def read(reader: str) -> Archive[Any]:
        account = directory["accounts"][reader]
        secret = {"password": account["password"]}
        out = tmp_path_factory.mktemp("ad") / "facts.care"
        return collect_in_child("ad", asked(directory, user=account["user"]), secret, out)

    return read


@pytest.fixture(scope="module")
def audit(read_by: Audits) -> Archive[Any]:
    return read_by("auditor")


@pytest.fixture(scope="module")
def outcomes(audit: Archive[Any]) -> tuple[Outcome, ...]:
    return run_rules(rules_of("ad"), audit.facts)


def test_the_collection_is_complete(audit: Archive[Any]) -> None:
    assert audit.facts.gaps == ()
    assert len(audit.facts.objects) > 2000
    assert audit.facts.naming.netbios == "HOPITAL"


@pytest.mark.parametrize("reader", READERS)
def test_every_planted_fault_is_found_by_its_rule(directory: dict[str, Any], read_by: Audits, reader: str) -> None:
    planted = [fault for fault in directory["expected"] if fault["reader"] == reader]
    assert planted
    assert not_found(planted, run_rules(rules_of("ad"), read_by(reader).facts)) == []


def not_found(planted: list[dict[str, str]], outcomes: tuple[Outcome, ...]) -> list[dict[str, str]]:
    """The faults that their own rule does not find, on their subject and with what they are about."""
    found = {outcome.rule.id: outcome.findings for outcome in outcomes}
    return [fault for fault in planted if not any(tells(finding, fault) for finding in found[fault["rule"]])]


def tells(finding: Finding, fault: dict[str, str]) -> bool:
    """Whether a finding is that of a fault."""
    evidence = {part.casefold() for value in finding.evidence.values() for part in str(value).split("; ")}
    about = fault["about"].casefold()
    return finding.subject.casefold() == fault["subject"].casefold() and (not about or about in evidence)


def test_what_a_closed_unit_may_hold_is_said(read_by: Audits) -> None:
    reasons = [gap.reason.fr for gap in read_by("limited").facts.gaps]
    assert any(reason.startswith("Rien ne se montre") and "OU=Confidentiel" in reason for reason in reasons)


def test_what_an_ordinary_account_cannot_see_is_said(outcomes: tuple[Outcome, ...]) -> None:
    unassessable = {outcome.rule.id for outcome in outcomes if outcome.status is Status.NOT_ASSESSABLE}
    of_files = {outcome.rule.id for outcome in outcomes if "sysvol" in outcome.rule.reads} | HALF_IN_SYSVOL
    assert unassessable == {UNSEEN, *OF_POLICIES, NO_HISTORY, *NOT_TRIED, *of_files}
    assert not [outcome for outcome in outcomes if outcome.status is Status.ERROR]


def test_what_only_an_administrator_reads_is_judged(read_by: Audits) -> None:
    found = {
        one.rule.id: sorted(finding.subject.partition(",")[0] for finding in one.findings)
        for one in run_rules(rules_of("ad"), read_by("administrator").facts)
    }
    assert found["ad.unix_password"] == ["HOPITAL\\portail.rh", "HOPITAL\\svc.scanner", "HOPITAL\\unix.labo"]
    assert found["ad.pso_unreadable"] == []
    assert found["ad.pso_listed"] == ["CN=PSO_Automates", "CN=PSO_Exemptés", "CN=PSO_Oubliée"]
    assert found["ad.pso_weak"] == ["CN=PSO_Automates"]
    assert found["ad.pso_weak_privileged"] == ["CN=PSO_Oubliée"]
    assert found["ad.weak_password_policy"] == ["CN=PSO_Exemptés", "hopital.test"]


def test_the_level_is_the_lowest(outcomes: tuple[Outcome, ...]) -> None:
    assert estimate_level(outcomes).level == 1


def test_no_secret_is_kept(directory: dict[str, Any], audit: Archive[Any]) -> None:
    stored = json.dumps(FORMAT.pack(audit.facts).document)
    assert "Copieur2019" not in stored
    assert "Jamais-Transmis" not in stored
    assert password(directory)["password"] not in stored


@pytest.fixture
def bound(directory: dict[str, Any]) -> Iterator[ldap3.Connection]:
    trust = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=directory["ca"])
    server = ldap3.Server(directory["address"], port=directory["port"], use_ssl=True, tls=trust, get_info=ldap3.NONE)
    user = directory["accounts"]["auditor"]["user"]
    connection = ldap3.Connection(server, user, password(directory)["password"], auto_bind=True)
    yield connection
    connection.unbind()


def test_attributes_equal_those_of_ldap3_on_the_whole_lab(directory: dict[str, Any], bound: ldap3.Connection) -> None:
    descriptors = ldap3.protocol.microsoft.security_descriptor_control(sdflags=ber.OWNER_GROUP_DACL)
    bound.search("", "(objectClass=*)", ldap3.BASE, attributes=["namingContexts"])
    contexts: list[str] = bound.response[0]["attributes"]["namingContexts"]
    assert {base.partition(",")[0] for base in contexts} >= {"DC=DomainDnsZones", "DC=ForestDnsZones"}
    read = 0
    for base in contexts:
        theirs = {
            item["raw_dn"]: {name: values for name, values in item["raw_attributes"].items() if values}
            for item in bound.extend.standard.paged_search(
                base, "(objectClass=*)", attributes=list(ATTRIBUTES), paged_size=500, controls=descriptors
            )
            if item["type"] == "searchResEntry"
        }
        ours: dict[bytes, dict[str, list[bytes]]] = {}

        def keep(dn: bytes, attributes: list[ber.Attribute], ours: dict[bytes, dict[str, list[bytes]]] = ours) -> None:
            ours[dn] = {name.decode(): values for name, values in attributes}

        PagedReader(bound.socket, 500).dump(Search(base, ber.present("objectClass"), ATTRIBUTES), keep)
        assert ours
        assert ours == theirs
        read += len(ours)
    assert (len(contexts), read > 5000) == (5, True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ca_pem": ""}, "signed by no known authority"),
        ({"user": "HOPITAL\\nobody"}, "refuses the account"),
        ({"server": "ldaps://localhost"}, "does not"),
    ],
)
def test_failures_are_said(directory: dict[str, Any], tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(CollectError, match=words):
        collect_in_child("ad", asked(directory, **changes), password(directory), tmp_path / "facts.care")
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_password_is_said(directory: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(CollectError, match="wrong name or password"):
        collect_in_child("ad", asked(directory), {"password": "wrong"}, tmp_path / "facts.care")


def test_start_tls_works(directory: dict[str, Any], tmp_path: Path) -> None:
    plain = asked(directory, server=f"ldap://{directory['address']}")
    archive = collect_in_child("ad", plain, password(directory), tmp_path / "facts.care")
    assert archive.facts.gaps == ()


def test_small_pages_read_the_same(directory: dict[str, Any], audit: Archive[Any], tmp_path: Path) -> None:
    archive = collect_in_child("ad", asked(directory, page_size=50), password(directory), tmp_path / "facts.care")
    assert archive.facts.objects.dn == audit.facts.objects.dn


def test_fingerprints_are_those_of_the_published_schemas() -> None:
    """What we ship is what `tools.schema_defaults` makes of the texts that Samba ships, no more and no less."""
    texts = [(schema_defaults.FOLDER / name).read_text(encoding="latin-1") for name in schema_defaults.FILES]
    found = {(name, digest(sd)) for text in texts for name, sd in schema_defaults.classes_of(text).items()}
    assert len(found) > 250
    assert found == PUBLISHED
