"""A domain kept as ANSSI asks, audited for real: whatever is found there is a false alarm."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanners.ad.level import BEST_LEVEL, estimate_level
from scanners.catalog import rules_of
from scanners.collection import collect_in_child
from scanners.model import Outcome, Status
from scanners.runner import run_rules
from tests.integration.test_ad import NO_HISTORY, NOT_TRIED, asked, password
from tests.lab import __main__ as laboratory
from tests.lab import ad, stage

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Outcome, ...]]:
    folder: Path = tmp_path_factory.mktemp("clean")
    with stage.own_octet() as octet:
        try:
            directory: dict[str, Any] = ad.start_clean(folder, laboratory.DEFAULT_CACHE, octet)
            archive = collect_in_child("ad", asked(directory, sysvol=True), password(directory), folder / "facts.care")
            yield run_rules(rules_of("ad"), archive.facts)
        finally:
            ad.stop(folder)


def test_nothing_is_found_on_a_clean_domain(outcomes: tuple[Outcome, ...]) -> None:
    alarms = {one.rule.id: [finding.subject for finding in one.findings] for one in outcomes if one.findings}
    assert alarms == {}
    assert estimate_level(outcomes).level == BEST_LEVEL


def test_an_account_that_was_given_reading_leaves_little_unknown(outcomes: tuple[Outcome, ...]) -> None:
    """The history of members, which Samba does not keep; a confidential attribute; what is tried on request only."""
    unknown = {one.rule.id for one in outcomes if one.status is not Status.PASSED}
    assert unknown == {NO_HISTORY, "ad.unix_password", *NOT_TRIED}
