"""What could not be judged beside something that fails keeps its finding: the lifecycle closes the others only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from care.domain.findings import Change, Key, Known, Sighting, confront, observed
from scanners.ad.control_paths.paths import summarize
from scanners.ad.judging import in_doubt
from scanners.catalog import rules_of
from scanners.model import Gap, NotAssessable, Outcome, Status, Text, Verdict
from scanners.runner import run_rule
from tests.unit.ad.forge import Ace
from tests.unit.ad.specimens import ADMINS, BASE, FULL, NOW, SID, STAFF, WRITE_DACL, Specimen, ago, healthy, written
from tests.unit.ad.test_enrolment import published
from tests.unit.ad.test_group_policies import UNIT, link, policy, shared
from tests.unit.ad.test_group_policies import ntlm as setting

MARTIN = f"CN=adm.martin,{ADMINS}"
AGENTS = [f"CN=agent{number},{STAFF}" for number in range(3)]
NO_PREAUTH = 0x400200
DC9 = f"CN=DC9,OU=Paris,{UNIT}"
CUT = Text("Coupure.", "Cut.")


def outcome(name: str, specimen: Specimen) -> Outcome:
    (rule,) = (one for one in rules_of("ad") if one.id == f"ad.{name}")
    return run_rule(rule, specimen.facts())


def closed(before: Outcome, after: Outcome) -> set[str]:
    """The subjects that a second audit says to be mended."""
    first, second = observed([before], NOW, "p"), observed([after], NOW + timedelta(days=1), "p")
    seen = Sighting(NOW, NOW, "p")
    known = [
        Known(number, Key.of(before.rule.id, one.subject), before.rule.severity, one.evidence, sighting=seen)
        for number, one in enumerate(first.judged[before.rule.id].seen.values())
    ]
    delta = confront(second, known, lambda _key: None, NOW + timedelta(days=2))
    return {one.known.key.subject.rpartition("\\")[2] for one in delta.updates if one.change is Change.FIXED}


def unsure(told: Outcome) -> bool:
    return told.status is Status.FAILED and told.partial and told.reason is not None


# ── a finding per object ────────────────────────────────────────────────────────────────────────────────────────────


def flagged(*, first: object = NO_PREAUTH, second: object = NO_PREAUTH, third: object = NO_PREAUTH) -> Specimen:
    specimen = healthy()
    for dn, control in zip(AGENTS, (first, second, third), strict=True):
        specimen.change(dn, userAccountControl=control)
    return specimen


def test_an_account_whose_flags_are_withheld_keeps_its_finding_and_the_others_close() -> None:
    before, after = outcome("without_preauth", flagged()), outcome("without_preauth", flagged(second=None, third=512))
    assert [one.subject for one in after.findings] == ["HOPITAL\\agent0"]
    assert (unsure(after), after.unjudged) == (True, ("HOPITAL\\agent1",))
    assert closed(before, after) == {"agent2"}
    assert closed(before, outcome("without_preauth", flagged(second=512))) == {"agent1"}


def test_an_account_that_hides_its_name_too_may_be_any_of_the_former_findings() -> None:
    hidden = flagged(second=None, third=512)
    hidden.change(AGENTS[1], sAMAccountName=None)
    after = outcome("without_preauth", hidden)
    assert (unsure(after), after.unjudged) == (True, ())
    assert closed(outcome("without_preauth", flagged()), after) == set()


def test_too_many_to_be_named_are_a_doubt_about_everything() -> None:
    facts, found = healthy().facts(), Verdict(9)
    everything = facts.accounts
    assert 0 < len(in_doubt(facts, found, everything).unjudged) == everything.sum()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("scanners.ad.judging._MOST_NAMED", 2)
        verdict = in_doubt(facts, found, everything)
    assert (verdict.unjudged, verdict.population) == ((), 9)
    assert verdict.doubt is not None


def aged(second: object, third: object) -> Specimen:
    specimen = healthy()
    for dn, value in zip(AGENTS, (ago(5000), second, third), strict=True):
        specimen.change(dn, pwdLastSet=value, whenCreated=written(6000))
    return specimen


@pytest.mark.parametrize("value", [None, 0, ago(-30)], ids=["withheld", "erased", "to come"])
def test_a_password_whose_age_does_not_show_keeps_its_finding(value: object) -> None:
    before = outcome("password_age", aged(ago(5000), ago(5000)))
    assert len(before.findings) == 3
    after = outcome("password_age", aged(value, ago(1)))
    assert (unsure(after), after.unjudged) == (True, ("HOPITAL\\agent1",))
    assert closed(before, after) == {"agent2"}


def test_a_card_that_may_be_required_is_in_doubt() -> None:
    specimen = healthy()
    for dn in AGENTS[:2]:
        specimen.change(dn, userAccountControl=0x40200, pwdLastSet=ago(5000))
    before = outcome("smartcard_password_age", specimen)
    specimen.change(AGENTS[1], userAccountControl=None)
    after = outcome("smartcard_password_age", specimen)
    assert (len(before.findings), len(after.findings)) == (2, 1)
    assert closed(before, after) == set()


def test_a_machine_that_may_say_to_be_a_controller_is_in_doubt() -> None:
    specimen = healthy()
    for name in ("FAUX1", "FAUX2"):
        specimen.machine(name, 3000 + int(name[-1]), "Windows Server 2022", userAccountControl=0x82000)
    before = outcome("controller_inconsistent", specimen)
    (hidden,) = (dn for dn in specimen.entries if "FAUX2" in dn)
    specimen.change(hidden, userAccountControl=None)
    after = outcome("controller_inconsistent", specimen)
    assert [one.subject for one in after.findings] == ["HOPITAL\\FAUX1$"]
    assert (len(before.findings), after.unjudged) == (2, ("HOPITAL\\FAUX2$",))
    assert closed(before, after) == set()


# ── a finding per trustee ───────────────────────────────────────────────────────────────────────────────────────────


def granted(name: str, second: bool) -> Specimen:
    specimen = healthy()
    mask = {"generic_rights": 0x10000000, "control_path_to_tier_zero": WRITE_DACL}[name]
    other = specimen.user("adm.autre", 3950, ADMINS)
    specimen.join(f"CN=Admins du domaine,CN=Users,{BASE}", other)
    specimen.grant(MARTIN, Ace(f"{SID}-1200", mask))
    specimen.grant(other, *([Ace(f"{SID}-1201", mask)] if second else []))
    return specimen


@pytest.mark.parametrize("name", ["generic_rights", "control_path_to_tier_zero"])
def test_permissions_withheld_are_a_doubt_about_every_trustee(name: str) -> None:
    before = outcome(name, granted(name, second=True))
    hidden = granted(name, second=True)
    del hidden.entries[f"CN=adm.autre,{ADMINS}"]["nTSecurityDescriptor"]
    after = outcome(name, hidden)
    assert (len(before.findings), len(after.findings)) == (2, 1)
    assert (unsure(after), after.unjudged) == (True, ())
    assert closed(before, after) == set()
    assert closed(before, outcome(name, granted(name, second=False))) == {"agent1"}


# ── a finding per controller or policy ──────────────────────────────────────────────────────────────────────────────


def two_controllers(level: str, **of_first: object) -> Specimen:
    """DC1 at this level, DC9 at a bad one."""
    specimen = healthy()
    specimen.put(f"OU=Paris,{UNIT}", "organizationalUnit")
    specimen.machine("DC9", 1009, "Windows Server 2022", dn=DC9, userAccountControl=532480, primaryGroupID=516)
    link(specimen, UNIT, (policy(specimen, "A", level, **of_first), 0))
    link(specimen, f"OU=Paris,{UNIT}", (policy(specimen, "B", "2"), 0))
    return specimen


def test_a_controller_on_which_a_condition_decides_keeps_its_finding() -> None:
    before = outcome("old_ntlm_accepted", two_controllers("1"))
    after = outcome("old_ntlm_accepted", two_controllers("1", gPCWQLFilter="[hopital.test;{X};0]"))
    assert [one.subject for one in after.findings] == ["HOPITAL\\DC9$"]
    assert unsure(after)
    assert {*after.unjudged, "HOPITAL\\DC9$"} == {one.subject for one in before.findings}
    assert closed(before, after) == set()
    assert "dc1$" in closed(before, outcome("old_ntlm_accepted", two_controllers("5")))


def test_sites_not_read_close_no_finding_of_a_controller_and_let_none_pass() -> None:
    before, cut = outcome("old_ntlm_accepted", two_controllers("1")), two_controllers("5")
    cut.gaps = (Gap("configuration", CUT),)
    after = outcome("old_ntlm_accepted", cut)
    assert [one.subject for one in after.findings] == ["HOPITAL\\DC9$"]
    assert closed(before, after) == set()
    well = healthy()
    for name in ("old_ntlm_accepted", "lm_hash_kept", "llmnr_enabled", "controllers_audit_policy"):
        well.gaps = ()
        assert outcome(name, well).status is Status.PASSED
        well.gaps = cut.gaps
        told = outcome(name, well)
        assert told.status is (Status.PASSED if name == "llmnr_enabled" else Status.NOT_ASSESSABLE)
    silent = healthy()
    link(silent, UNIT)
    link(silent, BASE)
    assert outcome("llmnr_enabled", silent).status is Status.FAILED
    silent.gaps = cut.gaps
    assert outcome("llmnr_enabled", silent).status is Status.NOT_ASSESSABLE  # a site may link what disables it


def with_wrong_policies(*levels: str) -> Specimen:
    specimen = healthy()
    dns = [policy(specimen, name) for name in "AB"]
    link(specimen, UNIT, *((dn, 0) for dn in dns))
    shared(specimen, *(setting(name, level, "GptTmpl.inf") for name, level in zip("AB", levels, strict=True)))
    return specimen


def test_a_policy_that_does_not_show_any_more_keeps_its_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.unit.ad.test_group_policies.NTLM", "system\\currentcontrolset\\control\\lsa\\nolmhash")
    before = outcome("lm_hash_kept", with_wrong_policies("0", "0"))
    assert len(before.findings) == 2
    assert closed(before, outcome("lm_hash_kept", with_wrong_policies("0", "1"))) == {
        before.findings[1].subject.lower()
    }
    hidden = with_wrong_policies("0", "1")
    specimen_policy = next(dn for dn in hidden.entries if dn.startswith("CN={B}"))
    del hidden.entries[specimen_policy]
    hidden.gaps = (Gap("sysvol", CUT, truncated=True),)
    after = outcome("lm_hash_kept", hidden)
    assert unsure(after)
    assert closed(before, after) == set()


# ── parts of the forest that were not read ──────────────────────────────────────────────────────────────────────────

OF_PATHS = (
    "control_path_to_tier_zero",
    "control_path_to_tier_zero_latent",
    "control_paths_too_many",
    "control_of_controllers",
    "control_of_admin_sd_holder",
)


@pytest.mark.parametrize("section", ["configuration", "schema"])
@pytest.mark.parametrize("name", OF_PATHS)
def test_no_path_is_told_only_when_all_that_tells_paths_was_read(name: str, section: str) -> None:
    specimen = healthy()
    assert outcome(name, specimen).status is Status.PASSED
    specimen.gaps = (Gap(section, CUT),)
    told = outcome(name, specimen)
    assert (told.status, told.reason) == (Status.NOT_ASSESSABLE, CUT)
    with pytest.raises(NotAssessable, match="Cut"):
        summarize(specimen.facts())


def test_a_path_by_a_template_is_not_mended_by_a_connection_that_ends_early() -> None:
    name = "control_path_to_tier_zero"
    before, cut = published(), healthy()
    cut.grant(MARTIN, Ace(f"{SID}-1200", FULL))
    before.grant(MARTIN, Ace(f"{SID}-1200", FULL))
    cut.gaps = tuple(Gap(section, CUT) for section in ("configuration", "schema", "dns"))
    seen, after = outcome(name, before), outcome(name, cut)
    assert {one.subject for one in seen.findings} > {one.subject for one in after.findings} == {"HOPITAL\\agent0"}
    assert unsure(after)
    assert closed(seen, after) == set()


ON_TWO: tuple[tuple[str, Callable[[Specimen], None]], ...] = (
    ("dns_admins", lambda specimen: specimen.join(specimen.group("DnsAdmins", 1101), AGENTS[0])),
    ("control_path_to_tier_zero", lambda specimen: specimen.grant(MARTIN, Ace(f"{SID}-1200", FULL))),
)


@pytest.mark.parametrize(("name", "flaw"), ON_TWO)
def test_what_a_rule_finds_by_two_ways_keeps_the_doubt_of_each(name: str, flaw: Callable[[Specimen], None]) -> None:
    specimen = healthy()
    flaw(specimen)
    assert not outcome(name, specimen).partial
    specimen.gaps = (Gap("schema", CUT),)
    assert unsure(outcome(name, specimen))
