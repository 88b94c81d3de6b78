"""An administrator's audit, done by a worker as in a hospital: what it could read and must not keep is nowhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from care import config
from care.domain.jobs import JobState
from care.services import audits, jobs
from care.services.campaign_report import campaign_pdf
from care.services.platform import Platform
from care.services.setup import prepare_database
from care.services.targets import TargetDraft, add_target
from care.wiring import build_platform
from tests.integration.conftest import Lab
from tests.integration.test_ad import asked
from tests.integration.test_ad_binds import PLANTED, SECRETS, planted_for
from tests.integration.test_ad_sysvol import CPASSWORD
from tests.lab import stage
from tests.support.ldap_recorder import SEARCH, Recorder, recorder
from tests.support.leaks import leaks
from tests.support.people import MACHINE, plant_hospitals

pytestmark = pytest.mark.lab

CARE = Path(sys.executable).with_name("care")
SEEN = "svc.scanner"
"""An account whose description holds a planted password: named by the facts, the findings and the report."""


@dataclass(frozen=True)
class Audited:
    """What an audit left in a data folder, and what it asked of the directory."""

    platform: Platform
    folder: Path
    states: set[JobState]
    record: Recorder
    report: Path


@pytest.fixture(scope="module")
def administrator(lab: Lab) -> dict[str, Any]:
    directory = lab.part("ad")
    assert planted_for(directory, directory["accounts"]["administrator"]), "it must be able to read what is planted"
    return directory


@pytest.fixture(scope="module")
def audited(administrator: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    """A campaign done by the command `care worker`: the directory with the files of its policies, and once more
    through a recorder. Its database is still open, with its journal."""
    folder, secret = tmp_path_factory.mktemp("installation"), tmp_path_factory.mktemp("recorder")
    account = administrator["accounts"]["administrator"]
    platform = build_platform(config.load({"CARE_DATA_DIR": str(folder / "var")}, folder))
    prepare_database(platform)
    establishment = plant_hospitals(platform).valley
    try:
        with recorder(administrator["address"], administrator["ca"], secret) as record:
            recorded = {"server": record.url, "ca_pem": record.ca_pem}
            for name, changes in (("Annuaire", {"sysvol": True}), ("Annuaire écouté", recorded)):
                order = asked(administrator, user=account["user"], **changes)
                add_target(
                    platform, MACHINE, establishment, TargetDraft("ad", name, order, {"password": account["password"]})
                )
            campaign = audits.start_campaign(platform, MACHINE, establishment, "Preuve")
            states = worked(platform, folder, [one.job_id for one in campaign.started])
        report = folder / "rapport.pdf"
        report.write_bytes(campaign_pdf(platform, MACHINE, campaign.campaign_id))
        yield Audited(platform, folder, states, record, report)
    finally:
        platform.database.close()


def worked(platform: Platform, folder: Path, job_ids: list[int]) -> set[JobState]:
    """How the jobs ended, done by a worker in a process of its own; what it says is kept in the folder."""

    def states() -> set[JobState]:
        return {jobs.watch(platform, MACHINE, job_id).state for job_id in job_ids}

    where = {"CARE_DATA_DIR": str(folder / "var")}
    worker = stage.spawn(folder, "worker", [CARE, "worker"], os.environ | where, folder)
    try:
        stage.wait_until(lambda: all(state.over for state in states()), "the audits to end", 120, worker)
    finally:
        stage.stop_all(folder)
    return states()


def left_behind(audited: Audited) -> list[Path]:
    """Every file of the installation, its journals, logs and reports included."""
    return [path for path in audited.folder.rglob("*") if path.is_file()]


def test_the_search_sees_what_is_kept(audited: Audited) -> None:
    """The account is found in every place where its password could be: the search would see that too."""
    assert audited.states == {JobState.DONE}
    places = {place.partition(":")[0] for place in leaks(left_behind(audited), [SEEN])}
    names = {Path(place.partition("!")[0].removesuffix(" (text)")).name for place in places}
    assert {"care.sqlite3", "care.sqlite3-wal", "rapport.pdf"} <= names
    assert any("evidence" in Path(place.partition("!")[0]).parts and "!" in place for place in places)
    assert (audited.folder / "worker.log").stat().st_size


def test_no_planted_secret_is_in_the_database_the_evidence_the_logs_nor_the_report(
    administrator: dict[str, Any], audited: Audited
) -> None:
    passwords = (account["password"] for account in administrator["accounts"].values())
    secrets = (*PLANTED, CPASSWORD, *passwords)
    assert leaks(left_behind(audited), secrets) == []
    audited.platform.database.close()
    assert leaks(left_behind(audited), secrets) == []


def test_no_attribute_that_holds_a_secret_was_asked_for(audited: Audited) -> None:
    names = {name.lower() for one in audited.record.asked if one.operation == SEARCH for name in one.attributes}
    assert len(names) > 100
    assert names & SECRETS == set()
