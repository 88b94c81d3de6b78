"""A BloodHound collection as a source of facts: what it carries is judged, what it does not is never a pass."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from care.cli import main
from scanners.ad.collect import Request
from scanners.ad.columns import Kind
from scanners.ad.descriptors import MALFORMED
from scanners.ad.facts import FORMAT, DirectoryFacts
from scanners.ad.sources.read_bloodhound import read_bloodhound
from scanners.archive import Parts
from scanners.catalog import rules_of
from scanners.errors import CollectError
from scanners.model import NotAssessable, Outcome, Status
from scanners.runner import run_rules

SID = "S-1-5-21-1-2-3"
BASE = "DC=HOPITAL,DC=TEST"
DAY = 86400
NOW = 1_770_000_000
SECRET = "Hiver2019!"
Object = dict[str, Any]


def thing(identifier: str, dn: str, aces: list[Object] | None = None, **told: object) -> Object:
    properties = {"domainsid": SID, "domain": "HOPITAL.TEST", "distinguishedname": dn, **told}
    return {"ObjectIdentifier": identifier, "Properties": properties, "Aces": aces or [], "IsDeleted": False}


def user(name: str, rid: int, aces: list[Object] | None = None, **told: object) -> Object:
    usual: Object = {
        "samaccountname": name,
        "enabled": True,
        "pwdlastset": NOW - 30 * DAY,
        "lastlogontimestamp": NOW - DAY,
        "whencreated": NOW - 900 * DAY,
        "admincount": False,
        "unixpassword": SECRET,
        "userpassword": SECRET,
    }
    dn = f"CN={name.upper()},OU=PERSONNEL,{BASE}"
    return {**thing(f"{SID}-{rid}", dn, aces, **(usual | told)), "PrimaryGroupSID": f"{SID}-513"}


def group(name: str, rid: int | str, members: list[str], aces: list[Object] | None = None) -> Object:
    identifier = f"{SID}-{rid}" if isinstance(rid, int) else rid
    found = thing(identifier, f"CN={name.upper()},CN=USERS,{BASE}", aces, samaccountname=name)
    return {**found, "Members": [{"ObjectIdentifier": one, "ObjectType": "User"} for one in members]}


def ace(rid: int, right: str) -> Object:
    return {"PrincipalSID": f"{SID}-{rid}", "PrincipalType": "User", "RightName": right, "IsInherited": False}


def hospital() -> dict[str, list[Object]]:
    domain = thing(SID, BASE, [ace(1102, "GetChanges"), ace(1102, "GetChangesAll")], name="HOPITAL.TEST")
    domain["Properties"]["functionallevel"] = "2016"
    template = thing(
        "9C01", f"CN=ACCES,CN=CERTIFICATE TEMPLATES,CN=PUBLIC KEY SERVICES,CN=SERVICES,CN=CONFIGURATION,{BASE}"
    )
    template["Aces"] = [ace(513, "Enroll")]
    template["Properties"] |= {"enrolleesuppliessubject": True, "requiresmanagerapproval": False, "schemaversion": 2}
    template["Properties"] |= {"authorizedsignatures": 0, "ekus": ["1.3.6.1.5.5.7.3.2"]}
    authority = thing(
        "9C02", f"CN=CA,CN=ENROLLMENT SERVICES,CN=PUBLIC KEY SERVICES,CN=SERVICES,CN=CONFIGURATION,{BASE}"
    )
    authority |= {"Aces": [ace(513, "Enroll")], "EnabledCertTemplates": [{"ObjectIdentifier": "9c01"}]}
    return {
        "domains": [domain],
        "users": [
            user("adm.martin", 1101, [ace(1103, "ForceChangePassword")], pwdlastset=NOW - 1500 * DAY),
            user("svc_annuaire", 1102, description=f"mdp : {SECRET}"),
            user("agent", 1103, dontreqpreauth=True),
            user("parti", 1104, enabled=False, dontreqpreauth=True),
        ],
        "containers": [thing("7C01", f"CN=ADMINSDHOLDER,CN=SYSTEM,{BASE}")],
        "groups": [
            group("Administrateurs du schéma", 518, []),
            group("Administrateurs de l’entreprise", 519, []),
            group("Admins du domaine", 512, [f"{SID}-1101"]),
            group("Utilisateurs du domaine", 513, []),
            group("Administrateurs", "HOPITAL.TEST-S-1-5-32-544", [f"{SID}-512", f"{SID}-500"]),
        ],
        "certtemplates": [template],
        "enterprisecas": [authority],
    }


def packed(folder: Path, files: Mapping[str, object]) -> Path:
    path = folder / "20260301_BloodHound.zip"
    with zipfile.ZipFile(path, "w") as bundle:
        for kind, content in files.items():
            document = {"data": content, "meta": {"type": kind, "version": 6}} if isinstance(content, list) else content
            info = zipfile.ZipInfo(f"20260301030000_{kind}.json", (2026, 2, 2, 3, 0, 0))
            bundle.writestr(info, document if isinstance(document, str) else json.dumps(document))
    return path


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> DirectoryFacts:
    return read_bloodhound(packed(tmp_path_factory.mktemp("bloodhound"), hospital()))


@pytest.fixture(scope="module")
def outcomes(facts: DirectoryFacts) -> dict[str, Outcome]:
    return {one.rule.id: one for one in run_rules(rules_of("ad"), facts)}


def subjects(outcome: Outcome) -> set[str]:
    return {finding.subject for finding in outcome.findings}


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("ad.privileged_password_age", {"HOPITAL\\adm.martin"}),
        ("ad.without_preauth", {"HOPITAL\\agent"}),
        ("ad.dcsync_rights", {"HOPITAL\\svc_annuaire"}),
        ("ad.control_path_to_tier_zero", {"HOPITAL\\agent", "HOPITAL\\svc_annuaire"}),
        (
            "ad.template_subject_choice",
            {f"CN=ACCES,CN=CERTIFICATE TEMPLATES,CN=PUBLIC KEY SERVICES,CN=SERVICES,CN=CONFIGURATION,{BASE}"},
        ),
        ("ad.password_in_description", {"HOPITAL\\svc_annuaire"}),
    ],
)
def test_what_it_carries_is_judged(outcomes: dict[str, Outcome], rule: str, found: set[str]) -> None:
    assert subjects(outcomes[rule]) >= found
    assert outcomes[rule].partial


def test_nothing_in_it_proves_that_all_is_well(outcomes: dict[str, Outcome]) -> None:
    assert {one.status for one in outcomes.values()} == {Status.FAILED, Status.NOT_ASSESSABLE}


def test_members_that_are_no_account_of_the_domain_are_recognised(tmp_path: Path) -> None:
    """Neither collector says where Authenticated Users is; SharpHound lists it without a place."""
    files = hospital()
    everybody = thing("HOPITAL.TEST-S-1-5-11", "", samaccountname="Authenticated Users")
    members = ["HOPITAL.TEST-S-1-5-11", "S-1-5-7", "S-1-5-21-9-9-9-1105", f"{SID}-4000"]
    files["groups"] += [everybody, group("Accès compatible pré-Windows 2000", "HOPITAL.TEST-S-1-5-32-554", members)]
    facts = read_bloodhound(packed(tmp_path, files))
    (outcome,) = run_rules([one for one in rules_of("ad") if one.id == "ad.pre_windows_2000_members"], facts)
    place = f"CN=ForeignSecurityPrincipals,{BASE}"
    assert subjects(outcome) == {f"CN=S-1-5-7,{place}", f"CN=S-1-5-21-9-9-9-1105,{place}", f"{SID}-4000"}


def test_kinds_that_it_does_not_name(tmp_path: Path) -> None:
    """BloodHound.py lists managed accounts among users, and flags of controllers are told by no property."""
    files = hospital()
    files["users"].append({**user("gmsa$", 1200), "PrimaryGroupSID": f"{SID}-515"})
    files["computers"] = [{**user("DC1$", 1000), "PrimaryGroupSID": f"{SID}-516"}]
    read = read_bloodhound(packed(tmp_path, files))
    assert read.objects.kind[read.row_of(f"{SID}-1200")] == Kind.GMSA
    assert read.objects.ints("userAccountControl")[read.row_of(f"{SID}-1000")] == 0x2000


def test_what_was_left_out_of_permissions_is_not_looked_for(facts: DirectoryFacts) -> None:
    with pytest.raises(NotAssessable):
        _ = facts.descriptors
    assert len(facts.permissions) > 0


def test_a_quiet_domain_gives_no_alarm(tmp_path: Path) -> None:
    """What the collection does not carry must not pass for a fault."""
    files = hospital()
    files["domains"][0]["Aces"] = []
    files["users"] = [user("adm.martin", 1101, sensitive=True, admincount=True)]
    resting = user("Administrateur", 500, sensitive=True, admincount=True, lastlogontimestamp=NOW - 60 * DAY)
    files["users"] += [resting, user("krbtgt", 502, enabled=False)]
    del files["certtemplates"], files["enterprisecas"]
    quiet = read_bloodhound(packed(tmp_path, files))
    alarms = {one.rule.id: subjects(one) for one in run_rules(rules_of("ad"), quiet) if one.findings}
    assert alarms == {}


def test_secrets_of_a_collection_are_not_kept(facts: DirectoryFacts) -> None:
    assert SECRET not in json.dumps(FORMAT.pack(facts).document)


def test_it_survives_the_archive(facts: DirectoryFacts) -> None:
    parts = FORMAT.pack(facts)
    again = FORMAT.unpack(Parts(json.loads(json.dumps(parts.document)), parts.arrays))
    assert (again.only_control, again.naming, again.gaps) == (True, facts.naming, facts.gaps)
    assert again.objects.asked == facts.objects.asked


def test_the_command_needs_no_controller(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--lang", "en", "audit", "ad", "--bloodhound", str(packed(tmp_path, hospital()))])
    said = capsys.readouterr()
    assert end.value.code == 3  # failures, but the audit is not whole
    told = " ".join((said.out + said.err).split())
    assert "20260301_BloodHound.zip : 0 passed" in told
    assert told.count("does not prove that the rest is well") == 6, "once for all rules, for all points, for each gap"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--password-file"),
        (["--bloodhound", "x.zip", "--server", "ldaps://127.0.0.1"], "remove --server, which"),
        (["--bloodhound", "x.zip", "--server", "ldaps://h", "--user", "u"], "remove --server, --user, which"),
        (["--bloodhound", "x.zip", "--sysvol", "--probe"], "--probe, --sysvol"),
        (["--bloodhound", "x.zip", "--auth", "simple", "--hours", "1:00-2:00"], "remove --auth, --hours"),
        (["--bloodhound", "x.zip", "--ca", "x", "--password-file", "x"], "--password-file, --ca"),
    ],
)
def test_one_source_is_asked_for(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--lang", "en", "audit", "ad", *arguments])
    assert end.value.code in {2, 3}
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("more", [{"server": "ldaps://127.0.0.1"}, {"user": "u"}, {"server": "ldaps://h", "user": "u"}])
def test_a_request_names_one_source(more: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Request).validate_python({"collection": "c.zip", **more})


def test_domains_of_one_forest(tmp_path: Path) -> None:
    """The domain told most of is audited; the other is known by name, its objects are members from elsewhere."""
    files = hospital()
    root = thing("S-1-5-21-9-9-9", "DC=TEST", name="TEST")
    root["Properties"]["domainsid"] = "S-1-5-21-9-9-9"
    stranger = thing("S-1-5-21-9-9-9-1200", "CN=SIEGE,CN=USERS,DC=TEST", samaccountname="siege", enabled=True)
    stranger["Properties"]["domainsid"] = "S-1-5-21-9-9-9"
    files["domains"].append(root)
    files["users"].append(stranger)
    files["groups"][2]["Members"].append({"ObjectIdentifier": "S-1-5-21-9-9-9-1200", "ObjectType": "User"})
    read = read_bloodhound(packed(tmp_path, files))
    assert (read.naming.root_dn, read.naming.forest_sid) == (BASE, "S-1-5-21-9-9-9")
    assert read.row_of("S-1-5-21-9-9-9-1200") == -1
    assert list(read.objects.outside.values()) == [("CN=SIEGE,CN=USERS,DC=TEST",), (f"{SID}-500",)]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"users": []}, "domains"),
        ({"domains": "{"}, "cannot be read"),
        ({"domains": '{"data": [{"a": 1}'}, "cannot be read"),
    ],
)
def test_what_is_no_collection_is_said(tmp_path: Path, files: dict[str, object], words: str) -> None:
    with pytest.raises(CollectError, match=words):
        read_bloodhound(packed(tmp_path, files))


def test_a_damaged_deflate_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        info = zipfile.ZipInfo("domains.json", (2026, 2, 2, 3, 0, 0))
        bundle.writestr(info, json.dumps({"data": hospital()["domains"] * 40}), zipfile.ZIP_DEFLATED)
        at = info.header_offset + 30 + len(info.filename)
    content = bytearray(path.read_bytes())
    content[at : at + 40] = b"\xff" * 40
    path.write_bytes(content)
    with pytest.raises(CollectError, match="cannot be read"):
        read_bloodhound(path)


@pytest.mark.parametrize("date", [0, 0x0021])
def test_a_collection_without_a_date_is_said(tmp_path: Path, date: int) -> None:
    """No day and month at all, and 1 January 1980: what tools write that know no date."""
    path = packed(tmp_path, hospital())
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\1\2", 14), (b"PK\3\4", 12)):
        at = content.find(signature)
        while at >= 0:
            content[at + offset : at + offset + 2] = date.to_bytes(2, "little")
            at = content.find(signature, at + 4)
    path.write_bytes(content)
    with pytest.raises(CollectError, match="date of the collection"):
        read_bloodhound(path)


def test_rights_of_one_trustee_are_one_entry(tmp_path: Path) -> None:
    files = hospital()
    held = [ace(3000 + number, right) for number in range(600) for right in ("WriteDacl", "WriteOwner", "WriteDacl")]
    files["users"].append(user("convoité", 1300, held))
    read = read_bloodhound(packed(tmp_path, files))
    index = int(read.objects.descriptor[read.row_of(f"{SID}-1300")])
    masks = read.permissions.ace_mask[read.permissions.entries_of(index)]
    assert masks.tolist() == [0xC0000] * 600
    assert len(read.gaps) == 4


def test_more_rights_than_a_descriptor_holds_are_a_gap(tmp_path: Path) -> None:
    files = hospital()
    files["users"].append(user("convoité", 1300, [ace(3000 + number, "GenericAll") for number in range(2000)]))
    files["users"][-1]["AllowedToAct"] = [{"ObjectIdentifier": f"{SID}-{3000 + one}"} for one in range(2000)]
    read = read_bloodhound(packed(tmp_path, files))
    assert read.objects.descriptor[read.row_of(f"{SID}-1300")] == MALFORMED
    assert read.gaps[0].truncated
    assert "2 value(s)" in read.gaps[0].reason.en
    assert "CONVOITÉ" in read.gaps[0].reason.fr


def test_a_file_that_is_no_zip_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK nothing")
    with pytest.raises(CollectError, match=r"x\.zip"):
        read_bloodhound(tmp_path / "x.zip")


@pytest.mark.parametrize("wrong", [None, 7, "x", [], {}, [None, 7, {"ObjectIdentifier": 3}]])
def test_malformed_parts_of_a_record_are_left_out(tmp_path: Path, wrong: object) -> None:
    files = hospital()
    files["users"].append({"ObjectIdentifier": wrong, "Properties": wrong, "Aces": wrong})
    files["groups"].append({**group("Groupe", 1300, []), "Members": wrong, "Aces": wrong})
    files["users"].append({**user("bizarre", 1301), "AllowedToAct": wrong, "PrimaryGroupSID": wrong})
    files["users"][-1]["Properties"] |= dict.fromkeys(("pwdlastset", "sidhistory", "enabled", "admincount"), wrong)
    files["domains"][0]["Links"] = wrong
    read = read_bloodhound(packed(tmp_path, files))
    assert read.row_of(f"{SID}-1301") >= 0
    assert Status.ERROR not in {one.status for one in run_rules(rules_of("ad"), read)}
