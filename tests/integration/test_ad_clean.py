"""A domain kept as ANSSI asks, audited for real: whatever is found there is a false alarm. Then with other faults."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanners.ad.level import BEST_LEVEL, estimate_level
from scanners.archive import read_archive
from scanners.catalog import rules_of
from scanners.model import Outcome, Status
from scanners.runner import run_rules
from tests.integration.conftest import Lab
from tests.integration.test_ad import NO_HISTORY, NOT_TRIED, not_found
from tests.integration.test_ad_output import care
from tests.lab import __main__ as laboratory
from tests.lab import ad, stage
from tests.lab.ad.not_plantable import NOT_PLANTABLE

pytestmark = pytest.mark.lab


Audited = tuple[dict[str, Any], tuple[Outcome, ...]]
RESULT = "result.json"


def audited(kind: str, folder: Path) -> Iterator[Audited]:
    """A domain of this kind, and what `care audit ad` says of it, SYSVOL read; of the variants the controller is tried
    too. Its document is kept in the folder."""
    with stage.own_octet() as octet:
        try:
            directory: dict[str, Any] = ad.start_kind(folder, laboratory.DEFAULT_CACHE, octet, kind)
            auditor, secret = directory["accounts"]["auditor"], folder / "password"
            secret.write_text(auditor["password"])
            told = care(
                "audit", "ad", "--server", directory["server"], "--user", auditor["user"], "--password-file", secret,
                "--ca", directory["ca"], "--sysvol", *(["--probe"] if kind == "variants" else []),
                "--facts-out", folder / "facts.care", "--json", folder / RESULT,
            )  # fmt: skip
            assert told.returncode == (1 if kind == "variants" else 0), told.stderr
            yield directory, run_rules(rules_of("ad"), read_archive(folder / "facts.care").facts)
        finally:
            ad.stop(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clean")


@pytest.fixture(scope="module")
def outcomes(folder: Path) -> Iterator[tuple[Outcome, ...]]:
    for _, found in audited("clean", folder):
        yield found


@pytest.fixture(scope="module")
def variants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    yield from audited("variants", tmp_path_factory.mktemp("variants"))


def test_nothing_is_found_on_a_clean_domain(outcomes: tuple[Outcome, ...]) -> None:
    alarms = {one.rule.id: [finding.subject for finding in one.findings] for one in outcomes if one.findings}
    assert alarms == {}
    assert estimate_level(outcomes).level == BEST_LEVEL


def test_nor_by_the_command_that_a_ciso_types(outcomes: tuple[Outcome, ...], folder: Path) -> None:
    said = json.loads((folder / RESULT).read_text())
    assert {one["rule"]: one["findings"] for one in said["outcomes"] if one["findings"]} == {}
    assert {one["rule"] for one in said["outcomes"]} == {one.rule.id for one in outcomes}
    assert (said["level"]["level"], said["complete"]) == (BEST_LEVEL, True)


def test_an_account_that_was_given_reading_leaves_little_unknown(outcomes: tuple[Outcome, ...]) -> None:
    """The history of members, which Samba does not keep; a confidential attribute; what is tried on request only."""
    unknown = {one.rule.id for one in outcomes if one.status is not Status.PASSED}
    assert unknown == {NO_HISTORY, "ad.unix_password", *NOT_TRIED}


def test_each_fault_planted_otherwise_is_found_by_its_rule(variants: Audited) -> None:
    directory, said = variants
    assert not_found(directory["expected"], said) == []


def test_every_rule_is_at_fault_in_a_domain_of_the_lab(lab: Lab, variants: Audited) -> None:
    planted, (otherwise, _) = lab.part("ad"), variants
    expected = {fault["rule"] for fault in (*planted["expected"], *otherwise["expected"])}
    expected |= {f"ad.{rule}" for rule in planted["expected_sysvol"]}
    assert {rule.id for rule in rules_of("ad")} - expected == set(NOT_PLANTABLE)
