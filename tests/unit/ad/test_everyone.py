"""The table of everybody's path: the same paths as those told one by one, small, quick to search, safe to keep."""

from __future__ import annotations

import time
import zipfile
from io import BytesIO

import numpy as np
import pytest

from scanners.ad.columns import Kind
from scanners.ad.control_paths.control import name_of_node, trusted_nodes
from scanners.ad.control_paths.everyone import NO_PATH, TARGET, Everyone, everyone
from scanners.ad.control_paths.paths import ControlPath, path_from, survey
from scanners.ad.facts import PRINCIPALS, DirectoryFacts
from scanners.model import NotAssessable
from tests.unit.ad.forge import Ace
from tests.unit.ad.specimens import BASE, BROKEN, FULL, HEALTHY, SID, STAFF, healthy
from tests.unit.ad.worlds import a_world


def table_of(facts: DirectoryFacts) -> Everyone:
    return Everyone(everyone(facts, survey(facts)))


def told(path: ControlPath) -> tuple[str, str, list[tuple[str, str, str]]]:
    steps = [(one.source.name, one.right, one.target.name) for one in path.steps]
    return path.principal.name, path.principal.kind, steps


def check_same(facts: DirectoryFacts) -> int:
    """Every principal is in the table, with the path that `path_from` works out alone; returns how many have one."""
    table = table_of(facts)
    row_of = {(table.names[row], table.node(row).kind): row for row in range(len(table))}
    found = 0
    objects = facts.objects
    for node in np.flatnonzero(objects.of(*PRINCIPALS)).tolist():
        row = row_of[name_of_node(facts, node), Kind(int(objects.kind[node])).name.lower()]
        try:
            path = path_from(facts, objects.sid(node))
        except NotAssessable:  # one path or more was found in this domain, none from here, and not all could be read
            assert table.distance(row) == NO_PATH
            continue
        assert path is not None
        assert path.privileged == (facts.tier_zero[node] or bool(trusted_nodes(facts)[node]))
        assert told(table.path(row)) == told(path)
        assert table.distance(row) == (len(path.steps) or (TARGET if facts.tier_zero[node] else NO_PATH))
        found += bool(path.steps)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_random_domains_tell_the_same_paths(seed: int) -> None:
    facts = a_world(seed).specimen().facts()
    try:
        check_same(facts)
    except NotAssessable:
        with pytest.raises(NotAssessable):
            survey(facts)


def test_a_broken_domain_and_a_healthy_one() -> None:
    assert check_same(BROKEN) > 50
    assert check_same(HEALTHY) == 0


def test_those_who_act_come_first_as_the_summary_lists_them() -> None:
    found = survey(BROKEN)
    table = Everyone(everyone(BROKEN, found))
    assert table.listed == len(found.summary.paths) + found.summary.cut
    listed = [table.path(row) for row in range(table.listed)]
    assert [told(one) for one in listed] == [told(one) for one in found.summary.paths]
    assert [one.accounts for one in listed] == [one.accounts for one in found.summary.paths]


def test_a_name_is_found_whatever_its_case_and_exact_ones_first() -> None:
    table = table_of(BROKEN)
    rows, count = table.search("AGENT1", 3)
    assert ([table.names[row] for row in rows], count) == (["HOPITAL\\agent1"], 1)
    rows, count = table.search("a", 3)
    assert (len(rows), count > 50) == (3, True)
    rows, count = table.search(f"cn=agent1,{STAFF}", 3)
    assert ([table.names[row] for row in rows], count) == (["HOPITAL\\agent1"], 1)
    assert table.search("personne de ce nom", 3) == ([], 0)
    assert not any("=" in table.names[row] for row in table.search("ou", 500)[0])  # units are steps, not principals


def test_a_hostile_name_stays_on_its_line() -> None:
    s = healthy()
    s.user("mal\nin\r\x00", 6666)
    table = table_of(s.facts())
    rows, count = table.search("mal in", 5)
    assert (count, table.names[rows[0]]) == (1, "HOPITAL\\mal in  ")


def test_a_hundred_thousand_principals_take_a_megabyte_and_a_moment() -> None:
    s = healthy()
    s.grant(BASE, Ace(f"{SID}-513", FULL))
    facts = s.facts()
    content = everyone(facts, survey(facts))
    wide = widened(content, 100_000)
    assert len(wide) < 3 << 20
    begin = time.process_time()
    table = Everyone(wide)
    rows, count = table.search("compte77777", 10)
    page = [table.path(row) for row in range(25)]
    took = time.process_time() - begin
    assert (count, len(page), table.names[rows[0]]) == (1, 25, "HOPITAL\\compte77777")
    assert took < 2


def widened(content: bytes, count: int) -> bytes:
    """The same table with as many more accounts, that all hold the first step of row 0."""
    with zipfile.ZipFile(BytesIO(content)) as bundle:
        members = {name: bundle.read(name) for name in bundle.namelist()}
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, held in members.items():
            bundle.writestr(name, held + more_of(name, held, count))
    return out.getvalue()


def more_of(name: str, held: bytes, count: int) -> bytes:
    if name == "listed":
        return b""
    if name == "names":
        return "".join(f"\nHOPITAL\\compte{n}" for n in range(count)).encode()
    if name == "places":
        return "".join(f"\nCN=compte{n},OU=Personnel,{BASE}" for n in range(count)).encode()
    return held[: {"kind": 1, "right": 1, "distance": 2}.get(name, 4)] * count
