"""Domains arranged otherwise than usual: refusals before permissions, identities that everybody has, odd dates."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanners.ad import sids
from scanners.ad.descriptors import DENY
from scanners.ad.naming import ForestDomain
from scanners.ad.rights import GET_CHANGES
from scanners.catalog import rules_of
from scanners.model import Outcome, Status
from scanners.runner import run_rule
from tests.unit.ad.forge import Ace, descriptor
from tests.unit.ad.specimens import (
    ADMINS,
    BASE,
    DOMAIN_ADMINS,
    FULL,
    NAMING,
    SAFE,
    SID,
    STAFF,
    WRITE_DACL,
    Specimen,
    ago,
    healthy,
    written,
)
from tests.unit.ad.specimens_descriptors import append

USERS = f"CN=Users,{BASE}"
AGENT = f"{SID}-1200"
DC1 = f"CN=DC1,OU=Domain Controllers,{BASE}"
KRBTGT = f"CN=krbtgt,{USERS}"
MARTIN = f"CN=adm.martin,{ADMINS}"
FOREIGN = f"CN=ForeignSecurityPrincipals,{BASE}"
BLOCKED, INNER = f"{SID}-1990", f"{SID}-1991"


def outcome(name: str, specimen: Specimen) -> Outcome:
    (rule,) = (one for one in rules_of("ad") if one.id == f"ad.{name}")
    return run_rule(rule, specimen.facts())


def subjects(name: str, specimen: Specimen) -> set[str]:
    return {finding.subject for finding in outcome(name, specimen).findings}


# ── refusals ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("refused", "trustee", "controls"),
    [
        (AGENT, AGENT, False),
        (BLOCKED, AGENT, False),
        (INNER, AGENT, False),
        (BLOCKED, INNER, False),
        (INNER, BLOCKED, True),
        (f"{SID}-1440", AGENT, True),
        ("S-1-1-0", AGENT, False),
        ("S-1-5-11", AGENT, False),
        ("S-1-5-11", INNER, False),
        ("S-1-5-2", AGENT, False),
        ("S-1-5-11", f"{SID}-501", True),
        ("S-1-5-11", "S-1-1-0", True),
        ("S-1-5-11", "S-1-5-7", True),
    ],
)
def test_what_is_refused_first_is_refused_to_all_that_is_in_it(refused: str, trustee: str, controls: bool) -> None:
    specimen = healthy()
    specimen.change(f"CN=Invité,{USERS}", userAccountControl=512)
    inner = specimen.group("Dedans", 1991, [f"CN=agent0,{STAFF}"])
    specimen.group("Bloqués", 1990, [inner])
    specimen.group("Autres", 1440, [f"CN=agent5,{STAFF}"])
    refusal, right = Ace(refused, FULL, kind=DENY), Ace(trustee, FULL)
    specimen.entries[DC1]["nTSecurityDescriptor"] = [descriptor(DOMAIN_ADMINS, [refusal, *SAFE, right])]
    assert bool(subjects("control_of_controllers", specimen)) is controls
    specimen.entries[DC1]["nTSecurityDescriptor"] = [descriptor(DOMAIN_ADMINS, [*SAFE, right, refusal])]
    assert subjects("control_of_controllers", specimen)


# ── identities of everybody ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("sid", sids.EVERYBODY)
def test_whatever_everybody_is_counts_everybody(sid: str) -> None:
    specimen = healthy()
    append(specimen, ADMINS, Ace(sid, WRITE_DACL))
    (finding,) = outcome("control_path_to_tier_zero", specimen).findings
    assert finding.evidence["accounts"] == int(specimen.facts().enabled.sum())
    assert not finding.subject.startswith("S-1-")
    assert len(outcome("everyone_delegated", specimen).findings) == 1


@pytest.mark.parametrize(("name", "rid"), [("S-1-5-11", "S-1-5-11"), ("S-1-1-0", "S-1-1-0"), ("S-1-5-7", "S-1-5-7")])
def test_everybody_in_a_privileged_group_fails_the_first_level(name: str, rid: str) -> None:
    specimen = healthy()
    member = specimen.put(f"CN={name},{FOREIGN}", "foreignSecurityPrincipal", rid=rid)
    specimen.join(f"CN=Opérateurs de compte,CN=Builtin,{BASE}", specimen.group("Relais", 1990, [member]))
    (finding,) = outcome("control_path_to_tier_zero", specimen).findings
    assert finding.subject == sids.well_known_name(rid)
    assert finding.evidence["target"] == "HOPITAL\\Opérateurs de compte"
    assert finding.evidence["steps"] == 2


@pytest.mark.parametrize("group", ["Utilisateurs du domaine", "Invités du domaine", "Ordinateurs du domaine"])
def test_a_group_of_everybody_in_a_privileged_one_is_said(group: str) -> None:
    specimen = healthy()
    specimen.join(f"CN=Admins du domaine,{USERS}", f"CN={group},{USERS}")
    found = {one.subject: one.evidence["path"] for one in outcome("control_path_to_tier_zero", specimen).findings}
    assert found == {f"HOPITAL\\{group}": f"HOPITAL\\{group} —[MemberOf]→ HOPITAL\\Admins du domaine"}


def test_everybody_in_a_privileged_group_is_said_when_the_rest_is_not_readable() -> None:
    specimen = healthy()
    del specimen.entries[MARTIN]["nTSecurityDescriptor"]
    assert outcome("control_path_to_tier_zero", specimen).status is Status.NOT_ASSESSABLE
    specimen.join(f"CN=Admins du domaine,{USERS}", f"CN=S-1-5-11,{FOREIGN}")
    assert subjects("control_path_to_tier_zero", specimen) == {"Authenticated Users"}


# ── delegation ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_delegation_without_list_lets_everybody_act() -> None:
    """A NULL DACL refuses nobody; an empty one refuses everybody."""
    specimen = healthy()
    server = f"CN=SRV-DPI,OU=Machines,{BASE}"
    specimen.change(server, msDS_AllowedToActOnBehalfOfOtherIdentity=descriptor(DOMAIN_ADMINS, [], control=0x8000))
    assert [one.evidence["allowed"] for one in outcome("resource_delegation", specimen).findings] == ["Everyone"]
    specimen.change(server, msDS_AllowedToActOnBehalfOfOtherIdentity=descriptor(DOMAIN_ADMINS, []))
    assert outcome("resource_delegation", specimen).status is Status.PASSED


def test_a_managed_account_without_list_of_readers_is_read_by_everybody() -> None:
    specimen = healthy()
    open_to_all = descriptor(DOMAIN_ADMINS, [], control=0x8000)
    specimen.change(f"CN=gmsa,CN=Managed Service Accounts,{BASE}", msDS_GroupMSAMembership=open_to_all)
    assert subjects("managed_password_readers", specimen) == {"HOPITAL\\gmsa$"}


@pytest.mark.parametrize("service", ["krbtgt", "krbtgt/hopital.test", "KRBTGT/HOPITAL"])
def test_delegation_to_the_ticket_service_is_told_however_it_is_written(service: str) -> None:
    specimen = healthy()
    specimen.user("svc_d", 1999, msDS_AllowedToDelegateTo=[service])
    assert subjects("constrained_delegation_to_controller", specimen) == {"HOPITAL\\svc_d"}


# ── dates ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "created", "status"),
    [
        (0, 400, Status.NOT_ASSESSABLE),
        (0, 300, Status.PASSED),
        (ago(-2), 400, Status.NOT_ASSESSABLE),
        (ago(-0.5), 400, Status.PASSED),
        (ago(366), 400, Status.FAILED),
    ],
)
def test_a_date_that_tells_no_age_is_not_passed(value: int, created: float, status: Status) -> None:
    specimen = healthy()
    specimen.change(KRBTGT, pwdLastSet=value, whenCreated=written(created))
    said = outcome("krbtgt_password_age", specimen)
    assert said.status is status
    if status is Status.NOT_ASSESSABLE:
        assert said.reason is not None
        assert "HOPITAL\\krbtgt" in said.reason.fr


# ── machines ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "changes", "found"),
    [
        ("SRV-DPI", {}, True),
        ("SRV-DPI", {"userAccountControl": 0x1002}, False),
        ("DC1", {}, False),
    ],
)
def test_a_machine_in_a_privileged_group_is_said_by_itself(name: str, changes: dict[str, int], found: bool) -> None:
    specimen = healthy()
    dn = DC1 if name == "DC1" else f"CN={name},OU=Machines,{BASE}"
    specimen.change(dn, **changes)
    specimen.join(f"CN=Admins du domaine,{USERS}", specimen.group("Serveurs", 1990, [dn]))
    assert subjects("privileged_machine", specimen) == ({f"HOPITAL\\{name}$"} if found else set())


# ── forests ─────────────────────────────────────────────────────────────────────────────────────────────────────────

ROOT = "S-1-5-21-9-9-9"


def child() -> Specimen:
    specimen = healthy()
    root = ForestDomain("DC=racine,DC=test", "RACINE", ROOT)
    specimen.naming = replace(NAMING, forest_dn=root.dn, forest=(root,))
    return specimen


@pytest.mark.parametrize(
    ("trustee", "found"),
    [(f"{ROOT}-498", False), (f"{SID}-521", False), (f"{SID}-498", True), (f"{ROOT}-521", True)],
)
def test_read_only_controllers_of_the_forest_are_those_of_its_root(trustee: str, found: bool) -> None:
    specimen = child()
    del specimen.entries[f"CN=Contrôleurs de domaine en lecture seule,{USERS}"]
    append(specimen, BASE, Ace(trustee, 0x100, guid=GET_CHANGES))
    assert bool(subjects("replication_delegated", specimen)) is found


@pytest.mark.parametrize(("trustee", "accounts"), [(f"{ROOT}-1105", None), ("S-1-5-4", None), (AGENT, 1)])
def test_nobody_knows_how_many_accounts_of_elsewhere_profit(trustee: str, accounts: int | None) -> None:
    specimen = child()
    append(specimen, ADMINS, Ace(trustee, WRITE_DACL))
    (finding,) = outcome("control_path_to_tier_zero", specimen).findings
    assert finding.evidence["accounts"] == accounts
    (rule,) = (one for one in rules_of("ad") if one.id == "ad.control_path_to_tier_zero")
    assert ("nombre inconnu" in rule.describe(finding, "fr")) is (accounts is None)


def test_all_machines_in_a_group_of_readers_are_too_many() -> None:
    specimen = healthy()
    readers = specimen.group("Lecteurs", 1990, [f"CN=Ordinateurs du domaine,{USERS}"])
    allowed = descriptor(DOMAIN_ADMINS, [Ace(BLOCKED, FULL)])
    specimen.change(f"CN=gmsa,CN=Managed Service Accounts,{BASE}", msDS_GroupMSAMembership=allowed)
    assert subjects("managed_password_readers", specimen) == {"HOPITAL\\gmsa$"}
    specimen.change(readers, member=[f"CN=SRV-DPI,OU=Machines,{BASE}"])
    assert subjects("managed_password_readers", specimen) == set()
