"""Paths to tier 0 and choke points: known cases, and random domains against removing each link for good."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from scanners.ad.control_paths import paths
from scanners.ad.control_paths.control import tier_zero, who_controls
from scanners.ad.control_paths.paths import PathsSummary, as_json, from_json, summarize
from tests.unit.ad.forge import Ace, descriptor
from tests.unit.ad.specimens import (
    ADMINS,
    BASE,
    BROKEN,
    CONFIG,
    DOMAIN_ADMINS,
    FULL,
    HEALTHY,
    SAFE,
    SID,
    STAFF,
    SYSTEM,
    WRITE_DACL,
    healthy,
)
from tests.unit.ad.worlds import AUTHENTICATED, EVERYONE, STRANGER, TARGET, World, a_world

RIGHTS = {"owner": "Owns", "member": "MemberOf", "delegate": "AllowedToAct"}
NAMES = {TARGET: "HOPITAL\\adm.martin", EVERYONE: "Everyone", AUTHENTICATED: "Authenticated Users"}


def named(world: World, name: str) -> str:
    """How a summary names a node of a world."""
    return NAMES.get(name) or (f"HOPITAL\\{name}" if name in world.objects else name)


def chokes(summary: PathsSummary) -> dict[tuple[str, str, str], int]:
    return {
        (
            point.step.source.name,
            point.step.right if point.step.right in RIGHTS.values() else "ace",
            point.step.target.name,
        ): point.freed
        for point in summary.choke_points
    }


@pytest.mark.parametrize("seed", range(250))
def test_random_domains_against_removing_each_link(seed: int) -> None:
    world = a_world(seed)
    summary = summarize(world.specimen().facts())
    arriving = world.steps()
    lengths = {path.principal.name: len(path.steps) for path in summary.paths}
    assert lengths == {
        named(world, name): steps for name, steps in arriving.items() if "OU=" not in name and name != TARGET
    }
    counted = {*world.users, STRANGER}
    expected = {}
    for link in world.links:
        freed = (set(arriving) - set(world.steps(link))) & counted
        if freed:
            source, right, place = named(world, link.source), RIGHTS.get(link.kind, "ace"), named(world, link.place)
            expected[source, right, place] = len(freed)
    assert chokes(summary) == expected
    assert summary.reaching == len(set(arriving) & counted)
    assert summary.lengths == tuple(sorted(Counter(arriving[name] for name in set(arriving) & counted).items()))


@pytest.mark.parametrize("seed", range(0, 250, 5))
def test_a_link_removed_for_good_frees_as_many_as_told(seed: int) -> None:
    world = a_world(seed)
    before = summarize(world.specimen().facts())
    told = chokes(before)
    for link in world.links:
        key = named(world, link.source), RIGHTS.get(link.kind, "ace"), named(world, link.place)
        after = summarize(world.specimen(without=link).facts())
        assert before.reaching - after.reaching == told.get(key, 0)


def test_random_domains_have_something_to_find() -> None:
    found = [chokes(summarize(a_world(seed).specimen().facts())) for seed in range(0, 250, 10)]
    assert sum(map(bool, found)) > len(found) // 2
    assert len({right for one in found for _, right, _ in one}) == 4


def test_nothing_to_tell_of_a_healthy_domain() -> None:
    summary = summarize(HEALTHY)
    assert (summary.reaching, summary.lengths, summary.choke_points, summary.paths, summary.cut) == (0, (), (), (), 0)
    assert summary.principals == int(HEALTHY.enabled.sum()) - int((HEALTHY.enabled & HEALTHY.tier_zero).sum())


def only(summary: PathsSummary) -> tuple[str, str, str, int]:
    (point,) = summary.choke_points
    return point.step.source.name, point.step.right, point.step.target.name, point.freed


def test_an_inherited_entry_is_removed_where_it_is_set() -> None:
    specimen = healthy()
    entry = Ace(f"{SID}-1200", WRITE_DACL, flags=0x2)
    copy = Ace(f"{SID}-1200", WRITE_DACL, flags=0x12)
    specimen.grant(ADMINS, entry)
    specimen.grant(f"CN=adm.martin,{ADMINS}", copy)
    summary = summarize(specimen.facts())
    assert only(summary) == ("HOPITAL\\agent0", "WriteDacl", ADMINS, 1)
    assert summary.choke_points[0].share == 1
    assert [node.name for node in summary.choke_points[0].examples] == ["HOPITAL\\agent0"]


def test_an_inherited_entry_whose_container_was_not_read_is_told_on_the_object() -> None:
    specimen = healthy()
    specimen.grant(f"CN=adm.martin,{ADMINS}", Ace(f"{SID}-1200", WRITE_DACL, flags=0x12))
    assert only(summarize(specimen.facts())) == ("HOPITAL\\agent0", "WriteDacl", "HOPITAL\\adm.martin", 1)


def test_an_entry_copied_from_admin_sd_holder_is_removed_there() -> None:
    specimen = healthy()
    holder = f"CN=AdminSDHolder,{SYSTEM}"
    closed = descriptor(DOMAIN_ADMINS, (*SAFE, Ace(f"{SID}-1200", FULL)), control=0x9004)
    martin = f"CN=adm.martin,{ADMINS}"
    for dn in (holder, martin):
        specimen.entries[dn]["nTSecurityDescriptor"] = [closed]
    assert only(summarize(specimen.facts())) == ("HOPITAL\\agent0", "GenericAll", holder, 1)
    specimen.change(martin, adminCount=None)
    assert summarize(specimen.facts()).choke_points == ()


def test_several_entries_of_one_trustee_in_one_place_are_one_link() -> None:
    specimen = healthy()
    agent = f"{SID}-1200"
    specimen.grant(f"CN=adm.martin,{ADMINS}", Ace(agent, WRITE_DACL), Ace(agent, 0x80000), Ace(agent, 0x20))
    assert only(summarize(specimen.facts())) == ("HOPITAL\\agent0", "WriteDacl", "HOPITAL\\adm.martin", 1)
    specimen.grant(f"CN=adm.martin,{ADMINS}", Ace(agent, WRITE_DACL), owner=agent)
    assert summarize(specimen.facts()).choke_points == ()


def test_the_link_of_a_policy_is_removed_at_its_container() -> None:
    specimen = healthy()
    policy = f"CN={{P2}},CN=Policies,{SYSTEM}"
    specimen.put(policy, "container groupPolicyContainer")
    specimen.group("GPO", 1440, [f"CN=agent3,{STAFF}", f"CN=agent4,{STAFF}"])
    specimen.grant(policy, Ace(f"{SID}-1440", FULL))
    specimen.change(ADMINS, gPLink=f"[LDAP://{policy};0]")
    summary = summarize(specimen.facts())
    found = {
        (point.step.source.name, point.step.right, point.step.target.name): point.freed
        for point in summary.choke_points
    }
    assert found == {
        ("HOPITAL\\GPO", "GenericAll", policy): 2,
        (policy, "GPLink", ADMINS): 2,
        ("HOPITAL\\agent3", "MemberOf", "HOPITAL\\GPO"): 1,
        ("HOPITAL\\agent4", "MemberOf", "HOPITAL\\GPO"): 1,
    }
    assert [(path.principal.name, path.accounts, len(path.steps)) for path in summary.paths] == [
        ("HOPITAL\\GPO", 2, 2),
        ("HOPITAL\\agent3", 1, 3),
        ("HOPITAL\\agent4", 1, 3),
    ]
    assert summary.lengths == ((3, 2),)


def test_what_everybody_may_do_is_told_once() -> None:
    specimen = healthy()
    for dn in specimen.entries:
        specimen.grant(dn, Ace(EVERYONE, FULL))
    facts = specimen.facts()
    summary = summarize(facts)
    assert {finding.subject for finding in who_controls(facts, tier_zero(facts)).findings} == {"Everyone"}
    assert summary.reaching == summary.principals > 0
    assert summary.paths[0].principal.name == "Everyone"
    assert summary.choke_points == ()


def test_what_everybody_inherits_from_the_head_of_the_domain_is_one_link() -> None:
    specimen = healthy()
    for dn in specimen.entries:
        if not dn.endswith(CONFIG):
            specimen.grant(dn, Ace(EVERYONE, FULL, flags=0x2 if dn == BASE else 0x12))
    summary = summarize(specimen.facts())
    assert only(summary) == ("Everyone", "GenericAll", BASE, summary.reaching)
    assert summary.choke_points[0].share == 1


def test_lists_are_cut_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = summarize(BROKEN)
    monkeypatch.setattr(paths, "MOST_PATHS", 3)
    monkeypatch.setattr(paths, "MOST_CHOKE_POINTS", 2)
    short = summarize(BROKEN)
    assert (short.paths, short.cut) == (whole.paths[:3], len(whole.paths) - 3)
    assert short.choke_points == whole.choke_points[:2]


def test_a_domain_without_users() -> None:
    specimen = healthy()
    for dn in [dn for dn in specimen.entries if b"person" in specimen.entries[dn]["objectClass"]]:
        del specimen.entries[dn]
    summary = summarize(specimen.facts())
    assert (summary.principals, summary.reaching, summary.paths) == (0, 0, ())
    specimen.grant(BASE, Ace(EVERYONE, FULL))
    summary = summarize(specimen.facts())
    assert (summary.reaching, summary.choke_points) == (0, ())
    assert [(path.principal.name, path.accounts) for path in summary.paths] == [
        ("Everyone", 0),
        ("Authenticated Users", 0),
    ]


def test_groups_in_a_loop_are_walked_once() -> None:
    specimen = healthy()
    one, other = specimen.group("Boucle A", 1420), specimen.group("Boucle B", 1421)
    specimen.join(one, other)
    specimen.join(other, one)
    specimen.join(other, f"CN=agent3,{STAFF}")
    specimen.grant(f"CN=adm.martin,{ADMINS}", Ace(f"{SID}-1420", FULL))
    summary = summarize(specimen.facts())
    assert [(path.principal.name, path.accounts) for path in summary.paths] == [
        ("HOPITAL\\Boucle A", 1),
        ("HOPITAL\\Boucle B", 1),
        ("HOPITAL\\agent3", 1),
    ]
    assert {point.step.target.name for point in summary.choke_points} == {
        "HOPITAL\\adm.martin",
        "HOPITAL\\Boucle A",
        "HOPITAL\\Boucle B",
    }


def test_a_summary_survives_its_document() -> None:
    summary = summarize(BROKEN)
    assert from_json(json.loads(json.dumps(as_json(summary)))) == summary


@pytest.mark.parametrize(
    "spoiled",
    [
        {"reaching": 10_000},
        {"cut": -1},
        {"lengths": [[1, -4]]},
        {"paths": None},
        {"paths": [{"principal": {"name": "a"}, "steps": [], "accounts": 1}]},
        {"choke_points": [{"step": {}, "freed": 1, "share": 0.1, "examples": []}]},
    ],
)
def test_a_spoiled_summary_is_refused(spoiled: dict[str, object]) -> None:
    document = json.loads(json.dumps(as_json(summarize(BROKEN))))
    with pytest.raises(ValueError, match=r".+"):
        from_json(document | spoiled)


def test_a_summary_too_long_is_refused() -> None:
    document = as_json(summarize(BROKEN))
    with pytest.raises(ValueError, match="too long"):
        from_json(document | {"paths": document["paths"] * paths.MOST_PATHS})


def test_thousands_behind_one_group_are_counted_and_not_all_told() -> None:
    specimen = healthy()
    people = [specimen.user(f"s{number}", 10_000 + number) for number in range(3_000)]
    specimen.group("Support", 1440, people)
    specimen.grant(f"CN=adm.martin,{ADMINS}", Ace(f"{SID}-1440", FULL))
    facts = specimen.facts()
    summary = summarize(facts)
    first = summary.choke_points[0]
    assert (first.step.source.name, first.freed, len(first.examples)) == ("HOPITAL\\Support", 3_000, 5)
    assert (summary.reaching, summary.lengths) == (3_000, ((2, 3_000),))
    assert (summary.paths[0].accounts, len(summary.paths), summary.cut) == (3_000, 500, 2_501)
    assert [finding.subject for finding in who_controls(facts, tier_zero(facts)).findings] == ["HOPITAL\\Support"]


def test_groups_nested_by_hundreds_are_walked_to_the_end() -> None:
    specimen = healthy()
    specimen.grant(f"CN=adm.martin,{ADMINS}", Ace(f"{SID}-5000", FULL))
    inner = f"CN=agent3,{STAFF}"
    for number in reversed(range(300)):
        inner = specimen.group(f"n{number}", 5_000 + number, [inner])
    summary = summarize(specimen.facts())
    assert summary.lengths == ((301, 1),)
    assert {point.freed for point in summary.choke_points} == {1}
