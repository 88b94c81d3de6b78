"""Templates that look vulnerable and are not, and the reverse: who really may enrol, and on what."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scanners.ad.descriptors import ALLOW, DENY
from scanners.ad.naming import common_name
from scanners.ad.rights import AUTO_ENROLL, ENROLL
from scanners.model import Finding, Outcome, Status
from scanners.runner import run_rule
from tests.unit.ad import specimens
from tests.unit.ad.forge import Ace, descriptor
from tests.unit.ad.specimens import AUTHENTICATED, BASE, DOMAIN_ADMINS, FULL, PKI, SID, STAFF, TEMPLATES, Specimen
from tests.unit.ad.specimens_adcs import CLIENT, POLICY, SERVER, STRONG_MAPPING, WEAK_MAPPING, link_policy, publish
from tests.unit.ad.specimens_descriptors import AUTHENTICATED as EVERYBODY
from tests.unit.ad.specimens_descriptors import LEGACY
from tests.unit.ad.test_rules import rule

AUTHORITY = f"CN=CA,CN=Enrollment Services,{PKI}"
EVERYONE = "S-1-1-0"
DOMAIN_USERS = f"{SID}-513"
STAFF_GROUP = f"{SID}-1490"
KEEPERS = f"{SID}-1491"
OTHER_RIGHT = "ab721a53-1e2f-11d0-9819-00aa0040529b"
ANY_PURPOSE, AGENT = "2.5.29.37.0", "1.3.6.1.4.1.311.20.2.1"
ENROLLING = 0x100
INHERIT_ONLY = 0x08


def outcome(specimen: Specimen, name: str = "template_subject_choice") -> Outcome:
    return run_rule(rule(name), specimen.facts())


def seen(specimen: Specimen, name: str = "template_subject_choice") -> dict[str, Finding]:
    return {common_name(finding.subject): finding for finding in outcome(specimen, name).findings}


def published(name: str = "Test", **changes: object) -> Specimen:
    """The healthy domain with one more template, vulnerable to ESC1 unless changed."""
    specimen = specimens.healthy()
    usual: dict[str, object] = {"purposes": [CLIENT], "enrolling": AUTHENTICATED, "name_flag": 1}
    specimens.template(specimen, name, **(usual | changes))  # type: ignore[arg-type]
    publish(specimen, name)
    return specimen


def guarded_by(*aces: Ace) -> Specimen:
    """A template that would be ESC1, with these entries alone beside those of the administrators."""
    specimen = published()
    specimen.grant(f"CN=Test,{TEMPLATES}", *aces)
    return specimen


def with_groups(specimen: Specimen) -> Specimen:
    """Staff: agent0 and agent1, by a nested group. Keepers: agent0."""
    nested = specimen.group("Agents", 1492, [f"CN=agent1,{STAFF}"])
    specimen.group("Personnel", 1490, [f"CN=agent0,{STAFF}", nested])
    specimen.group("Gardiens", 1491, [f"CN=agent0,{STAFF}"])
    return specimen


@pytest.mark.parametrize(
    "purposes",
    [[CLIENT], ["1.3.6.1.5.2.3.4"], ["1.3.6.1.4.1.311.20.2.2"], [ANY_PURPOSE], [], [SERVER, CLIENT]],
)
def test_purposes_that_log_on(purposes: list[str]) -> None:
    assert set(seen(published(purposes=purposes))) == {"Test"}


def test_an_application_policy_logs_on_too() -> None:
    specimen = published(purposes=[SERVER], msPKI_Certificate_Application_Policy=[CLIENT])
    assert set(seen(specimen)) == {"Test"}


@pytest.mark.parametrize("flag", [0x1, 0x10000, 0x1 | 0x8000000, 0x82000001 - 2**32])
def test_names_chosen_by_the_requester(flag: int) -> None:
    assert set(seen(published(name_flag=flag))) == {"Test"}


@pytest.mark.parametrize(
    "changes",
    [
        {"purposes": [SERVER]},
        {"purposes": ["1.3.6.1.5.5.7.3.4"]},
        {"name_flag": 0x82000000},
        {"name_flag": 0x82000000 - 2**32},
        {"flag": 0x2},
        {"flag": 0x2 | 0x29},
        {"msPKI_RA_Signature": 1},
        {"enrolling": DOMAIN_ADMINS},
        {"enrolling": f"{SID}-519"},
        {"enrolling": f"{SID}-516"},
        {"enrolling": f"{SID}-498"},
        {"enrolling": "S-1-5-9"},
    ],
    ids=str,
)
def test_not_esc1(changes: dict[str, object]) -> None:
    assert outcome(published(**changes)).status is Status.PASSED


def test_a_template_that_nobody_issues_is_no_danger_today() -> None:
    specimen = specimens.healthy()
    specimens.template(specimen, "Test", purposes=[CLIENT], enrolling=AUTHENTICATED, name_flag=1)
    assert outcome(specimen).status is Status.PASSED


def test_templates_are_issued_by_name_whatever_the_case_and_the_commas() -> None:
    specimen = published("Poste\\, fixe")
    specimen.entries[AUTHORITY]["certificateTemplates"][-1] = b"POSTE, FIXE"
    assert set(seen(specimen)) == {"Poste, fixe"}


@pytest.mark.parametrize(
    "ace",
    [
        Ace(DOMAIN_USERS, ENROLLING, guid=ENROLL),
        Ace(DOMAIN_USERS, ENROLLING, guid=AUTO_ENROLL),
        Ace(DOMAIN_USERS, ENROLLING),
        Ace(DOMAIN_USERS, FULL),
        Ace(DOMAIN_USERS, 0x10000000),
        Ace(EVERYONE, ENROLLING, guid=ENROLL),
        Ace(f"{SID}-515", ENROLLING, guid=ENROLL),
        Ace(f"{SID}-1200", ENROLLING, guid=ENROLL),
        Ace("S-1-5-21-9-9-9-1105", ENROLLING, guid=ENROLL),
    ],
)
def test_entries_that_let_enrol(ace: Ace) -> None:
    assert set(seen(guarded_by(ace))) == {"Test"}


@pytest.mark.parametrize(
    "aces",
    [
        [Ace(DOMAIN_USERS, ENROLLING, guid=OTHER_RIGHT)],
        [Ace(DOMAIN_USERS, 0x20)],
        [Ace(DOMAIN_USERS, 0x20094)],
        [Ace(DOMAIN_USERS, ENROLLING, flags=INHERIT_ONLY, guid=ENROLL)],
        [Ace(DOMAIN_USERS, ENROLLING, DENY, guid=ENROLL), Ace(DOMAIN_USERS, ENROLLING, ALLOW, guid=ENROLL)],
        [Ace(AUTHENTICATED, ENROLLING, DENY), Ace(DOMAIN_USERS, ENROLLING, guid=ENROLL)],
        [Ace(EVERYONE, ENROLLING, DENY), Ace("S-1-5-21-9-9-9-1105", ENROLLING, guid=ENROLL)],
        [Ace("S-1-5-18", FULL), Ace("S-1-5-10", FULL)],
    ],
)
def test_entries_that_do_not(aces: list[Ace]) -> None:
    assert outcome(guarded_by(*aces)).status is Status.PASSED


def test_a_denial_of_another_right_denies_nothing() -> None:
    specimen = guarded_by(
        Ace(DOMAIN_USERS, ENROLLING, DENY, guid=OTHER_RIGHT), Ace(DOMAIN_USERS, ENROLLING, guid=ENROLL)
    )
    assert set(seen(specimen)) == {"Test"}


def test_a_denial_that_comes_after_is_too_late() -> None:
    specimen = guarded_by(Ace(DOMAIN_USERS, ENROLLING, guid=ENROLL), Ace(DOMAIN_USERS, ENROLLING, DENY, guid=ENROLL))
    assert set(seen(specimen)) == {"Test"}


def test_a_denied_group_takes_its_members_out_of_the_count() -> None:
    allowed, refused = Ace(STAFF_GROUP, ENROLLING, guid=ENROLL), Ace(KEEPERS, ENROLLING, DENY)
    assert seen(with_groups(guarded_by(allowed)))["Test"].evidence["accounts"] == 2
    assert seen(with_groups(guarded_by(refused, allowed)))["Test"].evidence["accounts"] == 1


def test_a_group_whose_members_are_all_denied_cannot_enrol() -> None:
    specimen = with_groups(guarded_by(Ace(STAFF_GROUP, ENROLLING, DENY), Ace(KEEPERS, ENROLLING, guid=ENROLL)))
    assert outcome(specimen).status is Status.PASSED


def test_a_group_of_administrators_only_is_theirs() -> None:
    specimen = guarded_by(Ace(f"{SID}-1493", ENROLLING, guid=ENROLL))
    specimen.group("Gérants PKI", 1493, [f"CN=adm.martin,{specimens.ADMINS}"])
    assert outcome(specimen).status is Status.PASSED


def test_a_disabled_account_enrols_no_more() -> None:
    specimen = guarded_by(Ace(f"{SID}-1200", ENROLLING, guid=ENROLL))
    specimen.change(f"CN=agent0,{STAFF}", userAccountControl=514)
    assert outcome(specimen).status is Status.PASSED


def test_an_empty_group_waits_for_a_member() -> None:
    specimen = guarded_by(Ace(f"{SID}-1493", ENROLLING, guid=ENROLL))
    specimen.group("Wi-Fi", 1493)
    assert seen(specimen)["Test"].evidence["accounts"] == 0


def test_everyone_is_counted_without_the_privileged_and_the_disabled() -> None:
    specimen = published()
    evidence = seen(specimen)["Test"].evidence
    assert evidence["enrolling"] == "Authenticated Users"
    facts = specimen.facts()
    ordinary = facts.enabled & ~facts.privileged & ~facts.controllers
    assert evidence["accounts"] == int(ordinary.sum()) > 10
    assert evidence["authorities"] == "CA"


def test_users_of_the_machine_are_everybody_too() -> None:
    specimen = guarded_by(Ace("S-1-5-32-554", ENROLLING, guid=ENROLL))
    specimen.join(LEGACY, EVERYBODY)
    assert seen(specimen)["Test"].evidence["accounts"] == seen(published())["Test"].evidence["accounts"]


def test_no_permissions_at_all_are_permissions_for_all() -> None:
    specimen = published(enrolling=DOMAIN_ADMINS)
    specimen.entries[f"CN=Test,{TEMPLATES}"]["nTSecurityDescriptor"] = [descriptor(DOMAIN_ADMINS, [], control=0x8000)]
    assert seen(specimen)["Test"].evidence["enrolling"] == "Everyone"


@pytest.mark.parametrize(
    ("at_authority", "accounts"),
    [
        ([Ace(AUTHENTICATED, ENROLLING, guid=ENROLL)], 2),
        ([Ace(KEEPERS, ENROLLING, guid=ENROLL)], 1),
        ([Ace(KEEPERS, ENROLLING, DENY), Ace(AUTHENTICATED, ENROLLING, guid=ENROLL)], 1),
    ],
)
def test_the_authority_has_its_say(at_authority: list[Ace], accounts: int) -> None:
    specimen = with_groups(guarded_by(Ace(STAFF_GROUP, ENROLLING, guid=ENROLL)))
    specimen.grant(AUTHORITY, *at_authority)
    assert seen(specimen)["Test"].evidence["accounts"] == accounts


def test_an_authority_for_administrators_only_closes_its_templates() -> None:
    specimen = published()
    specimen.grant(AUTHORITY, Ace(DOMAIN_ADMINS, ENROLLING, guid=ENROLL))
    assert outcome(specimen).status is Status.PASSED


def test_one_open_authority_is_enough() -> None:
    specimen = published()
    specimen.grant(AUTHORITY, Ace(DOMAIN_ADMINS, ENROLLING, guid=ENROLL))
    second = specimen.put(
        f"CN=CA2,CN=Enrollment Services,{PKI}", "pKIEnrollmentService", certificateTemplates=["Test", "Absent"]
    )
    specimen.grant(second, Ace(DOMAIN_USERS, ENROLLING, guid=ENROLL))
    assert seen(specimen)["Test"].evidence["authorities"] == "CA, CA2"


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        ([specimens.STRONG], True),
        ([specimens.WEAK, specimens.STRONG], True),
        ([specimens.RENEWED], True),
        ([specimens.WEAK], False),
        ([b"\x00"], False),
        ([], True),
    ],
)
def test_an_authority_opens_sessions_when_it_is_listed(listed: list[bytes], found: bool) -> None:
    """A list that cannot be read is supposed to hold it."""
    specimen = published()
    specimen.put(f"CN=NTAuthCertificates,{PKI}", "certificationAuthority", cACertificate=listed or None)
    assert set(seen(specimen)) == ({"Test"} if found else set())
    assert outcome(specimen, "control_of_published_templates").population == 2


def test_an_authority_whose_certificate_is_hidden_may_be_listed() -> None:
    specimen = published()
    specimen.put(f"CN=NTAuthCertificates,{PKI}", "certificationAuthority", cACertificate=specimens.WEAK)
    specimen.change(AUTHORITY, cACertificate=None)
    assert set(seen(specimen)) == {"Test"}


def test_an_authority_that_cannot_be_read_is_supposed_open() -> None:
    specimen = published()
    del specimen.entries[AUTHORITY]["nTSecurityDescriptor"]
    assert set(seen(specimen)) == {"Test"}


@pytest.mark.parametrize("hidden", ["nTSecurityDescriptor", "msPKI-Certificate-Name-Flag", "msPKI-Enrollment-Flag"])
def test_a_template_that_cannot_be_read_is_not_passed(hidden: str) -> None:
    specimen = published()
    del specimen.entries[f"CN=Test,{TEMPLATES}"][hidden]
    assert outcome(specimen).status is not Status.PASSED


def test_an_old_template_is_said_once() -> None:
    """One that authenticates already is ESC1, whatever its version; newer ones impose their purposes."""
    first = {"msPKI_Template_Schema_Version": 1}
    assert set(seen(published(**first), "template_first_version")) == set()
    assert set(seen(published(purposes=[SERVER], **first), "template_first_version")) == {"Test"}
    assert set(seen(published(purposes=[SERVER]), "template_first_version")) == set()
    assert set(seen(published(purposes=[SERVER], name_flag=0, **first), "template_first_version")) == set()


@pytest.mark.parametrize(
    ("purposes", "more", "targets"),
    [
        ([CLIENT], {"msPKI_Template_Schema_Version": 1}, "Cible"),
        ([CLIENT], {"msPKI_RA_Signature": 1, "msPKI_RA_Application_Policies": [AGENT]}, "Cible"),
        (
            [CLIENT],
            {"msPKI_RA_Signature": 1, "msPKI_RA_Application_Policies": f"x`PZPWSTR`{AGENT}`y`DWORD`2`"},
            "Cible",
        ),
        ([CLIENT], {"msPKI_RA_Signature": 1, "msPKI_RA_Application_Policies": [f"{AGENT}9"]}, ""),
        ([CLIENT], {"msPKI_RA_Application_Policies": [AGENT]}, ""),
        ([CLIENT], {}, ""),
        ([SERVER], {"msPKI_Template_Schema_Version": 1}, ""),
        ([CLIENT], {"msPKI_Template_Schema_Version": 1, "flag": 2}, ""),
    ],
)
def test_what_an_agent_may_use_for_others(purposes: list[str], more: dict[str, object], targets: str) -> None:
    specimen = published("Agent", purposes=[AGENT], name_flag=0)
    specimens.template(specimen, "Cible", purposes=purposes, **more)  # type: ignore[arg-type]
    publish(specimen, "Cible")
    assert seen(specimen, "template_request_agent")["Agent"].evidence["targets"] == targets


@pytest.mark.parametrize(("purposes", "expected"), [([], 1), ([ANY_PURPOSE], 1), ([CLIENT], 0), ([AGENT], 0)])
def test_any_purpose(purposes: list[str], expected: int) -> None:
    assert len(seen(published(purposes=purposes, name_flag=0), "template_any_purpose")) == expected


def linked(**changes: object) -> Specimen:
    specimen = published(name_flag=0, msPKI_Certificate_Policy=[POLICY], **changes)
    link_policy(specimen, POLICY, specimen.group("Astreinte", 1494))
    return specimen


def test_a_policy_linked_to_a_group_makes_a_member() -> None:
    assert seen(linked(), "template_linked_group")["Test"].evidence["group"] == "HOPITAL\\Astreinte"


def test_a_policy_linked_to_a_group_that_cannot_be_read_is_said_by_its_name() -> None:
    specimen = published(name_flag=0, msPKI_Certificate_Policy=[POLICY])
    link_policy(specimen, POLICY, f"CN=Cachés,{BASE}")
    assert seen(specimen, "template_linked_group")["Test"].evidence["group"] == f"CN=Cachés,{BASE}"


@pytest.mark.parametrize("changes", [{"purposes": [SERVER]}, {"flag": 2}, {"enrolling": DOMAIN_ADMINS}], ids=str)
def test_a_linked_policy_out_of_reach(changes: dict[str, object]) -> None:
    assert outcome(linked(**changes), "template_linked_group").status is Status.PASSED


def _unlinked(specimen: Specimen) -> None:
    specimen.change(f"CN=77.1,CN=OID,{PKI}", msDS_OIDToGroupLink=None)


def _other_policy(specimen: Specimen) -> None:
    specimen.change(f"CN=Test,{TEMPLATES}", msPKI_Certificate_Policy=["1.2.3"])


def _no_policy(specimen: Specimen) -> None:
    specimen.put(f"CN=77.1,CN=OID,{PKI}", "container", msPKI_Cert_Template_OID=POLICY)


@pytest.mark.parametrize("change", [_unlinked, _other_policy, _no_policy])
def test_a_policy_without_link_makes_nobody_a_member(change: Callable[[Specimen], None]) -> None:
    specimen = linked()
    change(specimen)
    assert outcome(specimen, "template_linked_group").status is Status.PASSED


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        (WEAK_MAPPING, "<I><S>"),
        ("x509:<s>CN=agent0", "<S>"),
        ("X509:<RFC822>agent0@hopital.test", "<RFC822>"),
        ("X509:agent0", "?"),
        (STRONG_MAPPING, None),
        ("X509:<SKI>12ab", None),
        ("X509:<SHA1-PUKEY>12ab", None),
        ("Kerberos:agent0@CLINIQUE.TEST", None),
    ],
)
def test_certificate_mappings(value: str, kinds: str | None) -> None:
    specimen = specimens.healthy()
    specimen.change(f"CN=agent0,{STAFF}", altSecurityIdentities=[STRONG_MAPPING, value])
    findings = outcome(specimen, "weak_certificate_mapping").findings
    assert [finding.evidence["kinds"] for finding in findings] == ([kinds] if kinds else [])


def test_the_mapping_of_a_disabled_account_opens_nothing() -> None:
    specimen = specimens.healthy()
    specimen.change(f"CN=agent0,{STAFF}", altSecurityIdentities=WEAK_MAPPING, userAccountControl=514)
    assert outcome(specimen, "weak_certificate_mapping").status is Status.PASSED
