"""The page beside PingCastle is the one its generator writes; what LDAP shows of its catalogue has a rule."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner

from care.cli import main_group
from scanners.catalog import rules_of
from tools.pingcastle_catalogue import NEEDS, PAGE, WHY_NOT, covering, page, rows


def test_the_page_is_current() -> None:
    """Run `.venv/bin/python -m tools.rule_catalogue` after a change of rules."""
    assert PAGE.read_text("utf-8") == page(), "run: .venv/bin/python -m tools.rule_catalogue"


def test_all_that_ldap_shows_is_covered() -> None:
    missing = {row.id for row in rows() if "ldap" in row.sources and not row.rules}
    assert missing == set()


def test_the_catalogue_is_whole_and_its_rows_are_ours_to_explain() -> None:
    known = rows()
    assert len({row.id for row in known}) == len(known) == 193
    assert set(covering()) <= {row.id for row in known}
    assert all(set(row.sources) <= set(NEEDS) == set(WHY_NOT) and row.looks_at for row in known)


def test_both_catalogues_can_be_counted() -> None:
    told: dict[str, Any] = json.loads(CliRunner().invoke(main_group, ["rules", "--scanner", "ad", "--json"]).stdout)
    catalogues = told["catalogues"]
    assert {name: rules for name, rules in catalogues["pingcastle"].items() if rules} == {
        name: [rule.id for rule in rules] for name, rules in covering().items()
    }
    assert len(catalogues["pingcastle"]) == 193
    points = {str(ref).partition(":")[2] for rule in rules_of("ad") for ref in rule.refs if ref.framework == "anssi-ad"}
    assert {name for name, rules in catalogues["anssi-ad"].items() if rules} == points
    assert "catalogues" not in json.loads(
        CliRunner().invoke(main_group, ["rules", "--scanner", "backup", "--json"]).stdout
    )
