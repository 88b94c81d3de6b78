"""Several domains of one forest, on a specimen: Samba hosts one only, so this was never proved on a live server."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

from scanners.ad.naming import ForestDomain, Naming
from scanners.ad.rules import control_of_pki, privileged_from_another_domain, unusual_owner
from scanners.model import Outcome, Status
from scanners.runner import run_rule
from tests.unit.ad.forge import Ace
from tests.unit.ad.specimens import BASE, FULL, NAMING, PKI, SID, Specimen, guarded, healthy

ROOT_SID = "S-1-5-21-9-9-9"
ROOT = ForestDomain("DC=groupement,DC=test", "GROUPEMENT", ROOT_SID)
CHILD = replace(
    NAMING, forest_dn=ROOT.dn, forest=(ROOT, ForestDomain(BASE, "HOPITAL", SID), ForestDomain("DC=ouest", "OUEST", ""))
)
ENTERPRISE_ADMINS = f"{ROOT_SID}-519"


def child(naming: Naming = CHILD) -> Specimen:
    """The healthy hospital as a child of another root: its own Enterprise Admins are those of the root."""
    s = healthy()
    s.naming = naming
    for name in ("Administrateurs de l’entreprise", "Administrateurs du schéma"):
        del s.entries[f"CN={name},CN=Users,{BASE}"]
    return s


def outcome(s: Specimen, module: ModuleType) -> Outcome:
    return run_rule(module.RULE, s.facts())


def test_the_root_of_the_forest_is_known_by_its_partition() -> None:
    assert CHILD.forest_sid == ROOT_SID
    assert [one.netbios for one in CHILD.other_domains] == ["GROUPEMENT", "OUEST"]
    assert NAMING.forest_sid == SID
    assert replace(CHILD, forest=()).forest_sid == ""


def test_administrators_of_the_root_may_own_and_control() -> None:
    s = child()
    s.grant(PKI, Ace(ENTERPRISE_ADMINS, FULL), Ace(f"{ROOT_SID}-512", FULL))
    s.user("agent42", 1242, sd=guarded(owner=ENTERPRISE_ADMINS))
    assert outcome(s, control_of_pki).status is Status.PASSED
    assert outcome(s, unusual_owner).status is Status.PASSED


def test_a_stranger_with_the_same_last_number_may_not() -> None:
    s = child()
    s.grant(PKI, Ace("S-1-5-21-7-7-7-519", FULL))
    s.user("agent42", 1242, sd=guarded(owner="S-1-5-21-7-7-7-519"))
    assert [one.subject for one in outcome(s, control_of_pki).findings] == ["S-1-5-21-7-7-7-519"]
    assert [one.evidence["owner_sid"] for one in outcome(s, unusual_owner).findings] == ["S-1-5-21-7-7-7-519"]


def test_an_unknown_root_is_a_stranger() -> None:
    """Better an alarm too many than a silence: nothing then tells the root from any other domain."""
    s = child(replace(CHILD, forest=()))
    s.grant(PKI, Ace(ENTERPRISE_ADMINS, FULL))
    assert outcome(s, control_of_pki).status is Status.FAILED


def test_members_of_other_domains_are_told() -> None:
    s = child()
    foreign = "CN=Admins du siège,CN=Users,DC=groupement,DC=test"
    s.join(f"CN=Administrateurs,CN=Builtin,{BASE}", foreign)
    assert [one.subject for one in outcome(s, privileged_from_another_domain).findings] == [foreign]
    assert outcome(healthy(), privileged_from_another_domain).status is Status.PASSED
