"""A collection really made by BloodHound.py, judged beside ours of the same domain: it carries less, no other thing."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scanners.ad.collection import Brought, Clock, read_brought
from scanners.archive import read_archive
from scanners.catalog import rules_of
from scanners.collection import collect_in_child
from scanners.model import Outcome, Status
from scanners.runner import run_rules
from tests.integration.conftest import Lab
from tests.integration.test_ad import asked, password
from tests.lab.ad.peers import bloodhound, installed, names

pytestmark = pytest.mark.lab

JUDGED = {
    "builtin_administrator_used", "cluster_password_age", "constrained_delegation_to_controller",
    "control_of_admin_sd_holder", "control_of_controllers", "control_of_privileged_policies",
    "control_path_to_tier_zero", "control_paths_too_many", "controller_password_age", "controller_silent",
    "dcsync_rights", "dns_admins", "dormant_account", "entra_sso_key_age", "group_loop", "guest_enabled",
    "krbtgt_password_age", "logon_script_elsewhere", "managed_account_password_age", "managed_password_readers",
    "migration_audit_group", "never_expires_accounts", "password_age", "password_in_description",
    "pre_windows_2000_members", "primary_group_below_1000", "primary_group_changed", "privileged_can_be_delegated",
    "privileged_groups_not_empty", "privileged_logon_script", "privileged_mailbox", "privileged_never_expires",
    "privileged_outside_protected_users", "privileged_password_age", "privileged_without_admin_count",
    "privileged_without_preauth", "protocol_transition", "protocol_transition_to_controller", "resource_delegation",
    "resource_delegation_on_controller", "rodc_allowed_group_not_empty", "rodc_denied_group_incomplete",
    "server_password_age_45", "server_password_age_90", "servers_silent", "sid_history_dangerous",
    "sid_history_present", "unconstrained_delegation", "unusual_owner", "without_preauth",
}  # fmt: skip
"""What a collection by BloodHound.py is enough to judge, at least: these rules speak from it as from ours."""
LESS = {
    "control_path_to_tier_zero": {"S-1-5-11"},  # through a certificate template: BloodHound.py collects none
    "primary_group_below_1000": {"hopital\\dc9$"},  # a false controller: its flags are not collected
}
"""Rule -> what ours finds besides, for want of something in such a collection."""


@pytest.fixture(scope="module")
def directory(lab: Lab) -> dict[str, Any]:
    return lab.part("ad")


@pytest.fixture(scope="module")
def collection(lab: Lab, directory: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ZIP, as the auditor gets it."""
    folder = tmp_path_factory.mktemp("bloodhound")
    python = installed(lab.cache)
    with names(directory["host"], directory["address"]):
        command = bloodhound(python, directory, "auditor")
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    written = list(folder.glob("*.zip"))
    assert len(written) == 1, done.stderr
    return written[0]


@pytest.fixture(scope="module")
def brought(collection: Path) -> tuple[Brought, Mapping[str, Outcome]]:
    """What the import tells of it, read in the bounded process of the platform, and what our rules say."""
    out = collection.with_name("facts.care")
    clock = Clock(datetime.now(UTC), "Europe/Paris")
    told = read_brought(collection, collection.name, out, clock, lambda _share, _text: None, lambda: False)
    return told, by_rule(run_rules(rules_of("ad"), read_archive(out).facts))


@pytest.fixture(scope="module")
def ours(directory: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Outcome]:
    out = tmp_path_factory.mktemp("ours") / "facts.care"
    return by_rule(run_rules(rules_of("ad"), collect_in_child("ad", asked(directory), password(directory), out).facts))


def by_rule(outcomes: tuple[Outcome, ...]) -> Mapping[str, Outcome]:
    return {one.rule.id.removeprefix("ad."): one for one in outcomes}


def who(outcome: Outcome) -> set[str]:
    """Well-known identities, which the two name after different places, by their SID; names in small letters."""
    sids = {one.subject.lower(): str(one.evidence.get("sid", "")) for one in outcome.findings}
    return {sid if sid.startswith("S-1-5-") and sid.count("-") == 3 else subject for subject, sid in sids.items()}


def test_the_import_says_what_was_collected(brought: tuple[Brought, Mapping[str, Outcome]]) -> None:
    told, _ = brought
    assert (told.bloodhound, told.domain) == (True, "hopital.test")
    assert told.accounts > 1200
    assert told.computers > 500
    assert told.groups > 100


def test_nothing_in_it_is_called_healthy(brought: tuple[Brought, Mapping[str, Outcome]]) -> None:
    _, theirs = brought
    assert {one.status for one in theirs.values()} == {Status.FAILED, Status.NOT_ASSESSABLE}
    assert all(one.partial for one in theirs.values() if one.status is Status.FAILED)


def test_our_rules_say_the_same_of_both_collections(
    brought: tuple[Brought, Mapping[str, Outcome]], ours: Mapping[str, Outcome]
) -> None:
    _, theirs = brought
    spoken = {name: who(one) for name, one in theirs.items() if one.findings}
    assert spoken == {name: who(ours[name]) - LESS.get(name, set()) for name in spoken}
    assert set(spoken) >= JUDGED
    assert all(LESS[name] <= who(ours[name]) for name in LESS), "what it lacks must be there to be missed"
