"""Which policy wins on a controller, what cannot be told, and the archive of SYSVOL."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from scanners.ad.archived import pack_sysvol
from scanners.ad.facts import FORMAT, DirectoryFacts
from scanners.ad.sources.policy_files import read_policy_file
from scanners.ad.subjects.group_policies import applied_to, outside
from scanners.ad.sysvol import Setting, Source, Sysvol
from scanners.archive import Parts
from scanners.catalog import rules_of
from scanners.model import Gap, Outcome, Status, Text
from scanners.runner import run_rule
from tests.unit.ad import specimens, specimens_sysvol
from tests.unit.ad.forge import Ace
from tests.unit.ad.specimens import APPLIED, BASE, CONFIG, SID, SYSTEM, WEAK, Specimen, ago

DC1 = f"CN=DC1,OU=Domain Controllers,{BASE}"
UNIT = f"OU=Domain Controllers,{BASE}"
NTLM = "system\\currentcontrolset\\control\\lsa\\lmcompatibilitylevel"


def policy(specimen: Specimen, name: str, level: str | None = None, **attributes: object) -> str:
    """A policy that everybody applies, with an NTLM level of its own."""
    dn = specimen.put(f"CN={{{name}}},CN=Policies,{SYSTEM}", "container groupPolicyContainer", displayName=name)
    specimen.grant(dn, APPLIED)
    specimen.change(dn, **attributes)
    if level is not None:
        setting = Setting(f"{{{name}}}", Source.REGISTRY, NTLM, (level,), f"Policies\\{{{name}}}\\GptTmpl.inf")
        assert specimen.sysvol is not None
        specimen.sysvol = replace(specimen.sysvol, settings=(*specimen.sysvol.settings, setting))
    return dn


def link(specimen: Specimen, container: str, *policies: tuple[str, int]) -> None:
    specimen.change(container, gPLink="".join(f"[LDAP://{dn};{options}]" for dn, options in policies))


def judged(specimen: Specimen, name: str = "old_ntlm_accepted") -> Outcome:
    rule = next(rule for rule in rules_of("ad") if rule.id == f"ad.{name}")
    return run_rule(rule, specimen.facts())


def level_of_dc1(specimen: Specimen) -> object:
    """The NTLM level told of DC1; 5 when the rule is content."""
    outcome = judged(specimen)
    assert outcome.status in {Status.PASSED, Status.FAILED}
    return next((finding.evidence["value"] for finding in outcome.findings if "DC1" in finding.subject), "5")


def test_the_policy_of_the_nearest_unit_wins() -> None:
    specimen = specimens.healthy()
    link(specimen, UNIT, (policy(specimen, "A", "1"), 0))
    assert level_of_dc1(specimen) == "1"


def test_of_two_links_the_last_written_wins() -> None:
    specimen = specimens.healthy()
    first, last = policy(specimen, "A", "1"), policy(specimen, "B", "2")
    link(specimen, UNIT, (first, 0), (last, 0))
    assert level_of_dc1(specimen) == "2"


def test_an_enforced_policy_of_above_wins() -> None:
    specimen = specimens.healthy()
    link(specimen, UNIT, (policy(specimen, "A", "1"), 0))
    link(specimen, BASE, (policy(specimen, "B", "2"), 2))
    assert level_of_dc1(specimen) == "2"


def test_of_two_enforced_policies_the_highest_wins() -> None:
    specimen = specimens.healthy()
    link(specimen, UNIT, (policy(specimen, "A", "1"), 2))
    link(specimen, BASE, (policy(specimen, "B", "2"), 2))
    assert level_of_dc1(specimen) == "2"


@pytest.mark.parametrize(("set_by", "level"), [("Registry.pol", None), ("GptTmpl.inf", "5")])
def test_a_stronger_policy_that_wipes_the_key_wins(set_by: str, level: str | None) -> None:
    """Over administrative templates: security templates are applied after them, and write the value again."""
    specimen = specimens.healthy()
    link(specimen, UNIT, (policy(specimen, "A"), 0))
    assert specimen.sysvol is not None
    others = tuple(one for one in specimen.sysvol.settings if one.name != NTLM)
    specimen.sysvol = replace(specimen.sysvol, settings=(*others, ntlm("P1", "5", set_by)))
    assert level_of_dc1(specimen) == "5"
    path = "Policies\\{A}\\Machine\\Registry.pol"
    wiped = read_policy_file(path, specimens_sysvol.pol({"System\\CurrentControlSet\\Control\\Lsa\\**DelVals.": " "}))
    assert specimen.sysvol is not None
    specimen.sysvol = replace(specimen.sysvol, settings=(*specimen.sysvol.settings, *wiped))
    assert level_of_dc1(specimen) == level


def test_a_disabled_link_counts_for_nothing() -> None:
    specimen = specimens.healthy()
    link(specimen, UNIT, (policy(specimen, "A", "1"), 1))
    assert level_of_dc1(specimen) == "5"


def test_a_unit_that_blocks_inheritance_keeps_only_enforced_policies() -> None:
    specimen = specimens.healthy()
    specimen.change(UNIT, gPOptions=1)
    assert level_of_dc1(specimen) is None
    link(specimen, BASE, (policy(specimen, "A", "3"), 2))
    assert level_of_dc1(specimen) == "3"


@pytest.mark.parametrize(("flags", "level"), [(0, "1"), (1, "1"), (2, "5"), (3, "5")])
def test_a_disabled_machine_half_counts_for_nothing(flags: int, level: str) -> None:
    specimen = specimens.healthy()
    link(specimen, UNIT, (policy(specimen, "A", "1", flags=flags), 0))
    assert level_of_dc1(specimen) == level


def test_the_policy_of_a_site_is_weaker_than_that_of_the_domain() -> None:
    specimen = specimens.healthy()
    site = specimen.put(f"CN=Paris,CN=Sites,{CONFIG}", "site")
    specimen.put(f"CN=Servers,{site}", "serversContainer")
    specimen.put(f"CN=DC1,CN=Servers,{site}", "server", serverReference=DC1)
    link(specimen, site, (policy(specimen, "A", "1"), 0))
    assert level_of_dc1(specimen) == "5"
    link(specimen, BASE)
    assert level_of_dc1(specimen) == "1"


def test_a_policy_filtered_to_others_does_not_apply() -> None:
    specimen = specimens.healthy()
    dn = policy(specimen, "A", "1")
    specimen.grant(dn, Ace(f"{SID}-1200", 0x100, guid=APPLIED.guid))
    link(specimen, UNIT, (dn, 0))
    assert level_of_dc1(specimen) == "5"


def test_a_policy_filtered_to_the_controllers_group_applies() -> None:
    specimen = specimens.healthy()
    dn = policy(specimen, "A", "1")
    specimen.grant(dn, Ace(f"{SID}-516", 0x100, guid=APPLIED.guid))
    link(specimen, UNIT, (dn, 0))
    assert level_of_dc1(specimen) == "1"


def test_a_policy_denied_to_the_controllers_does_not_apply() -> None:
    specimen = specimens.healthy()
    dn = policy(specimen, "A", "1")
    specimen.grant(dn, Ace(f"{SID}-516", 0x100, kind=1, guid=APPLIED.guid), APPLIED)
    link(specimen, UNIT, (dn, 0))
    assert level_of_dc1(specimen) == "5"


def test_where_a_wmi_filter_decides_nothing_is_told() -> None:
    specimen = specimens.healthy()
    link(specimen, UNIT, (policy(specimen, "A", "1", gPCWQLFilter="[hopital.test;{X};0]"), 0))
    outcome = judged(specimen)
    assert outcome.status is Status.NOT_ASSESSABLE
    assert outcome.reason is not None
    assert "gpresult" in outcome.reason.en


def test_a_wmi_filter_that_changes_nothing_is_no_matter() -> None:
    specimen = specimens.healthy()
    link(specimen, UNIT, (policy(specimen, "A", "5", gPCWQLFilter="[hopital.test;{X};0]"), 0))
    assert level_of_dc1(specimen) == "5"


def test_a_policy_of_withheld_permissions_may_or_may_not_apply() -> None:
    specimen = specimens.healthy()
    dn = policy(specimen, "A", "1")
    del specimen.entries[dn]["nTSecurityDescriptor"]
    link(specimen, UNIT, (dn, 0))
    assert judged(specimen).status is Status.NOT_ASSESSABLE


def shared(specimen: Specimen, *settings: Setting, folder: str = "") -> None:
    """More settings in SYSVOL, and the folder of their policy."""
    assert specimen.sysvol is not None
    (root,) = specimen.sysvol.roots
    files = (*specimen.sysvol.files, *([replace(root, path=f"Policies\\{folder}")] if folder else []))
    specimen.sysvol = replace(specimen.sysvol, settings=(*specimen.sysvol.settings, *settings), files=files)


def ntlm(policy_name: str, level: str, file: str, conditional: bool = False) -> Setting:
    path = f"Policies\\{{{policy_name}}}\\Machine\\{file}"
    return Setting(f"{{{policy_name}}}", Source.REGISTRY, NTLM, (level,), path, conditional=conditional)


PREFERENCE = "Preferences\\Registry\\Registry.xml"


@pytest.mark.parametrize(
    ("weak", "strong", "level"),
    [
        ("GptTmpl.inf", "Registry.pol", "1"),
        ("Registry.pol", "GptTmpl.inf", "2"),
        (PREFERENCE, "GptTmpl.inf", "1"),
        (PREFERENCE, "Registry.pol", "1"),
        ("GptTmpl.inf", PREFERENCE, "2"),
        (PREFERENCE, PREFERENCE, "2"),
    ],
)
def test_extensions_run_one_after_the_other_whatever_the_links(weak: str, strong: str, level: str) -> None:
    specimen = specimens.healthy()
    link(specimen, UNIT, (policy(specimen, "A"), 0), (policy(specimen, "B"), 0))
    shared(specimen, ntlm("B", "2", strong), ntlm("A", "1", weak))
    assert level_of_dc1(specimen) == level


@pytest.mark.parametrize(("level", "status"), [("1", Status.NOT_ASSESSABLE), ("5", Status.PASSED)])
def test_a_targeted_preference_settles_nothing(level: str, status: Status) -> None:
    specimen = specimens.healthy()
    link(specimen, UNIT, (policy(specimen, "A"), 0))
    shared(specimen, ntlm("A", level, PREFERENCE, conditional=True))
    assert judged(specimen).status is status
    shared(specimen, ntlm("A", "1", PREFERENCE))
    assert level_of_dc1(specimen) == "1"


def test_one_of_two_conditions_may_be_met_alone() -> None:
    specimen = specimens.healthy()
    link(specimen, UNIT, (policy(specimen, "A"), 0))
    shared(specimen, *(ntlm("A", level, PREFERENCE, conditional=True) for level in ("1", "5")))
    assert judged(specimen).status is Status.NOT_ASSESSABLE


def test_a_controller_in_doubt_hides_no_other() -> None:
    specimen = specimens.healthy()
    specimen.put(f"OU=Paris,{UNIT}", "organizationalUnit")
    dn = f"CN=DC9,OU=Paris,{UNIT}"
    specimen.machine("DC9", 1009, "Windows Server 2022", dn=dn, userAccountControl=532480, primaryGroupID=516)
    link(specimen, UNIT, (policy(specimen, "A", "1", gPCWQLFilter="[hopital.test;{X};0]"), 0))
    link(specimen, f"OU=Paris,{UNIT}", (policy(specimen, "B", "2"), 0))
    assert [finding.subject for finding in judged(specimen).findings] == ["HOPITAL\\DC9$"]


@pytest.mark.parametrize("name", ["llmnr_enabled", "powershell_not_logged"])
def test_what_only_a_targeted_preference_sets_is_not_everywhere(name: str) -> None:
    specimen = specimens.healthy()
    assert specimen.sysvol is not None
    assert judged(specimen, name).status is Status.PASSED
    targeted = tuple(
        replace(one, conditional=True, file=f"Policies\\{{P1}}\\Machine\\{PREFERENCE}")
        for one in specimen.sysvol.settings
    )
    specimen.sysvol = replace(specimen.sysvol, settings=targeted)
    outcome = judged(specimen, name)
    assert outcome.status is Status.NOT_ASSESSABLE
    assert outcome.reason is not None
    assert "ciblée" in outcome.reason.fr


def test_a_weakness_under_a_condition_is_told_with_it() -> None:
    specimen = specimens.healthy()
    bad = replace(ntlm("P1", "0", PREFERENCE), name="system\\currentcontrolset\\control\\lsa\\nolmhash")
    shared(specimen, replace(bad, conditional=True))
    assert [one.evidence.get("conditional") for one in judged(specimen, "lm_hash_kept").findings] == [True]
    shared(specimen, bad)
    assert [one.evidence.get("conditional") for one in judged(specimen, "lm_hash_kept").findings] == [None]


HIDDEN = "{9A000000-0000-0000-0000-000000000001}"


@pytest.mark.parametrize("shows", [False, True], ids=["hidden by name", "hidden"])
def test_the_files_of_a_policy_that_does_not_show_are_judged(shows: bool) -> None:
    """Whether it applies to a controller is not known: WMI filter, permissions and halves are those of its object."""
    specimen = specimens.healthy()
    dn = f"CN={HIDDEN},CN=Policies,{SYSTEM}"
    if shows:
        specimen.entries[dn] = {}
    link(specimen, UNIT, (dn, 0))
    wdigest = "system\\currentcontrolset\\control\\securityproviders\\wdigest\\uselogoncredential"
    file = f"Policies\\{HIDDEN}\\Machine\\GptTmpl.inf"
    settings = [Setting(HIDDEN, Source.REGISTRY, name, ("1",), file) for name in (NTLM, wdigest)]
    shared(specimen, *settings, folder=HIDDEN)
    assert [one.evidence["policy"] for one in judged(specimen, "wdigest_enabled").findings] == [HIDDEN]
    assert judged(specimen).status is Status.NOT_ASSESSABLE


@pytest.mark.parametrize("name", ["old_ntlm_accepted", "controllers_audit_policy"])
def test_what_no_file_that_was_read_sets_may_be_in_another(name: str) -> None:
    specimen = specimens.healthy()
    specimen.gaps = (Gap("sysvol", Text("Coupure.", "Cut."), truncated=True),)
    link(specimen, BASE)
    assert judged(specimen, name).status is Status.NOT_ASSESSABLE


def test_a_policy_that_nothing_links_is_not_in_force() -> None:
    specimen = specimens.broken()
    link(specimen, BASE)
    assert judged(specimen, "lm_hash_kept").status is Status.PASSED
    assert judged(specimen, "policy_passwords").status is Status.FAILED


def test_the_chain_of_a_controller_is_told_from_weak_to_strong() -> None:
    specimen = specimens.healthy()
    link(specimen, UNIT, (policy(specimen, "A"), 0), (policy(specimen, "B"), 2))
    facts = specimen.facts()
    assert [one.policy for one in applied_to(facts, facts.objects.row_by_dn[DC1.lower()])] == ["{P1}", "{A}", "{B}"]


OF_SYSVOL = [rule for rule in rules_of("ad") if "sysvol" in rule.reads]
HALVES = ("control_of_privileged_policies", "ca_certificate_broken", "ca_certificate_weak")


@pytest.mark.parametrize("name", [*(rule.id.removeprefix("ad.") for rule in OF_SYSVOL), *HALVES])
def test_without_sysvol_the_cure_is_told(name: str) -> None:
    specimen = specimens.healthy()
    specimen.sysvol = None
    outcome = judged(specimen, name)
    assert outcome.status is Status.NOT_ASSESSABLE
    assert outcome.reason is not None
    assert "activez la lecture de SYSVOL" in outcome.reason.fr


def test_what_the_directory_shows_is_told_without_sysvol() -> None:
    specimen = specimens.broken()
    specimen.sysvol = None
    for name in HALVES:
        assert judged(specimen, name).status is Status.FAILED


@pytest.mark.parametrize("name", HALVES)
def test_half_of_sysvol_is_no_pass(name: str) -> None:
    specimen = specimens.healthy()
    specimen.gaps = (Gap("sysvol", Text("Coupure.", "Cut."), truncated=True),)
    outcome = judged(specimen, name)
    assert (outcome.status, outcome.reason) == (Status.NOT_ASSESSABLE, specimen.gaps[0].reason)


def test_a_weak_certificate_that_a_policy_pushes_is_found() -> None:
    specimen = specimens.healthy()
    specimen.sysvol = specimens_sysvol.broken(ago(400), ago(3), [WEAK])
    (finding,) = judged(specimen, "ca_certificate_weak").findings
    assert finding.subject.endswith("\\Registry.pol")
    assert finding.evidence["store"] == "root"


@pytest.mark.parametrize(
    ("path", "leads_out"),
    [
        ("logon.bat", False),
        ("C:\\outils\\a.bat", False),
        ("%LOGONSERVER%\\netlogon\\a.bat", False),
        ("\\\\hopital.test\\netlogon\\a.bat", False),
        ("\\\\HOPITAL\\netlogon\\a.bat", False),
        ("\\\\srv-x.hopital.test\\partage\\a.bat", False),
        ("\\\\dc1\\netlogon\\a.bat", False),
        ("\\\\inconnu\\partage\\a.bat", True),
        ("\\\\dc1.ght.test\\netlogon\\a.bat", True),
        ("//192.0.2.7/partage/a.bat", True),
        ("\\\\autrehopital.test\\netlogon\\a.bat", True),
    ],
)
def test_which_paths_lead_outside(path: str, leads_out: bool) -> None:
    assert outside(specimens.HEALTHY, path, lambda: {"dc1$"}) is leads_out


def written(facts: DirectoryFacts) -> Parts:
    """The facts as they come back from a file."""
    parts = FORMAT.pack(facts)
    return Parts(json.loads(json.dumps(parts.document)), parts.arrays)


@pytest.mark.parametrize("facts", [specimens.HEALTHY, specimens.BROKEN], ids=["healthy", "broken"])
def test_sysvol_survives_the_archive(facts: DirectoryFacts) -> None:
    back = FORMAT.unpack(written(facts))
    assert back.sysvol is not None
    assert facts.sysvol is not None
    assert (back.sysvol.settings, back.sysvol.files) == (facts.sysvol.settings, facts.sysvol.files)
    assert np.array_equal(back.sysvol.descriptors.entries, facts.sysvol.descriptors.entries)


def test_preferences_of_an_archive_of_before_may_be_targeted() -> None:
    parts = written(specimens.BROKEN)
    for setting in parts.document["sysvol"]["settings"]:
        del setting["conditional"]
    back = FORMAT.unpack(parts).sysvol
    assert back is not None
    assert {one.conditional for one in back.settings if one.preference} == {True}
    assert {one.conditional for one in back.settings if not one.preference} == {False}


def test_an_archive_of_before_says_that_nobody_asked() -> None:
    parts = written(specimens.HEALTHY)
    del parts.document["sysvol"]
    arrays = {name: column for name, column in parts.arrays.items() if not name.startswith("sysvol")}
    assert FORMAT.unpack(Parts(parts.document, arrays)).sysvol is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda document: document["files"][0].update(descriptor=10**6),
        lambda document: document["files"][0].update(descriptor=-3),
        lambda document: document["settings"][0].update(source="inconnu"),
        lambda document: document["settings"][0].update(values=None),
        lambda document: document.pop("files"),
        lambda document: document.update(sids=3),
    ],
)
def test_a_hostile_archive_is_refused(damage: object) -> None:
    parts = written(specimens.HEALTHY)
    assert callable(damage)
    damage(parts.document["sysvol"])
    with pytest.raises((ValueError, KeyError)):
        FORMAT.unpack(parts)


def test_no_secret_is_in_the_archive() -> None:
    sysvol = specimens.BROKEN.sysvol
    assert isinstance(sysvol, Sysvol)
    document, _ = pack_sysvol(sysvol)
    assert specimens_sysvol.PLANTED_PASSWORD not in str(document)
    assert "Secret2026" not in str(document)
    assert "Soleil2024" not in str(document)
    assert "psexec" in str(document)
