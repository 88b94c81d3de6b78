"""Restore drills: what they proved, the sheet that is filed once, and who may see it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from care.domain.backups import Medium
from care.domain.durations import HOUR
from care.services.backups.inventory import SYSTEMS, SystemDraft
from care.services.evidence_reading import open_content
from care.services.platform import Platform
from care.store.evidence import Evidence, EvidenceTie
from care.store.restore_drills import RestoreDrill
from care.store.runs import Run
from tests.support.continuity import plant_activity, plant_need, plant_resource
from tests.support.pdf import text_of
from tests.support.people import MACHINE, Hospitals
from tests.unit.restore.specimens import HEALTHY
from tests.web.conftest import Browse
from tests.web.drills import plant_drills
from tests.web.seeds import SpecimenCollect, run_audit

SHEET = {
    "operator": "A. Martin",
    "requester": "Dr Durand",
    "rights_by": "C. Petit, le 10 mars",
    "remark": "Rien à dire.",
}


@pytest.fixture
def runs(platform: Platform, hospitals: Hospitals) -> tuple[int, int]:
    return plant_drills(platform, hospitals.valley)


def test_a_drill_is_kept_with_its_audit(platform: Platform, runs: tuple[int, int]) -> None:
    with platform.database.read() as session:
        good, failed = (session.get_one(RestoreDrill, run) for run in runs)
        assert (good.good, good.sampled, good.compared, good.wrong) == (True, 50, 50, 0)
        assert good.full_minutes == 50  # 300 GB at 100 MB/s
        assert (failed.good, failed.wrong, failed.full_minutes) == (False, 1, None)


def test_the_list_says_what_the_last_drill_proved(ciso: FlaskClient, here: str, runs: tuple[int, int]) -> None:
    page = ciso.get(f"{here}/drills").text
    assert "En échec" in page
    assert "Prouvé" in page
    assert "50 min" in page
    assert f"{here}/drills/{runs[0]}" in page
    assert "srv/dpi/a" not in page


def test_a_last_drill_that_told_nothing_is_counted_apart(
    ciso: FlaskClient, here: str, platform: Platform, runs: tuple[int, int]
) -> None:
    said = 'class="figure tone-unsure"><strong>1</strong>'
    assert said not in ciso.get(f"{here}/drills").text
    with platform.database.write() as session:
        session.get_one(RestoreDrill, runs[1]).good = None
    page = ciso.get(f"{here}/drills").text
    assert said in page
    assert 'class="figure tone-unsure"><strong>0</strong>' in page


def test_one_drill_says_its_time_beside_what_was_promised(ciso: FlaskClient, here: str, runs: tuple[int, int]) -> None:
    page = ciso.get(f"{here}/drills/{runs[0]}").text
    assert "50 comparés sur 50, 0 faux" in page
    assert "supposé constant" in page
    assert "8 h" in page
    assert "tenue" in page
    assert "1000 lignes dans 2 tables" in page
    failed = ciso.get(f"{here}/drills/{runs[1]}").text
    assert "En échec" in failed or "Essai en échec" in failed
    assert "Différent" in failed


def test_its_time_is_compared_with_what_its_resource_is_asked(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals, runs: tuple[int, int]
) -> None:
    """The resource of its name, unless the inventory of backups says that it is another."""
    for name, dmia in (("DPI", 2), ("Serveurs du DPI", 30)):
        ward = plant_activity(platform, hospitals.valley, f"Soins {name}", dmia=dmia * HOUR)
        resource = plant_resource(platform, hospitals.valley, name)
        plant_need(platform, hospitals.valley, ward, resource)
    assert "2 h (Soins DPI)" in ciso.get(f"{here}/drills/{runs[0]}").text
    system = SystemDraft("DPI", "Bâtiment A", Medium.SAN, resource_id=resource)
    SYSTEMS.add(platform, MACHINE, hospitals.valley, system)
    assert "(Soins Serveurs du DPI)" in ciso.get(f"{here}/drills/{runs[0]}").text


def test_a_sheet_of_a_sample_is_filed_once_and_proves_no_test(
    ciso: FlaskClient, here: str, platform: Platform, runs: tuple[int, int]
) -> None:
    assert ciso.post(f"{here}/drills/{runs[0]}/sheet", data={**SHEET, "rights_by": " "}).status_code == 400
    assert ciso.post(f"{here}/drills/{runs[0]}/sheet", data=SHEET).status_code == 302
    again = ciso.post(f"{here}/drills/{runs[0]}/sheet", data=SHEET, follow_redirects=True)
    assert "déjà classée" in again.text
    with platform.database.read() as session:
        row = session.get_one(RestoreDrill, runs[0])
        evidence = session.get_one(Evidence, row.evidence_id)
        ties = select(EvidenceTie.thing_id).where(EvidenceTie.evidence_id == evidence.id)
        assert set(session.scalars(ties)) == {"care-rules:SAV-28", str(runs[0])}
    text = text_of(open_content(platform, MACHINE, evidence.id).path.read_bytes())
    for said in ("A. Martin", "Dr Durand", "C. Petit", "graine 7", "dpi-restic", "10/03/2026", "8 h", "Rien à dire."):
        assert said in text
    assert f"/evidence/{evidence.id}" in ciso.get(f"{here}/drills/{runs[0]}").text


@pytest.mark.parametrize(("mode", "proves"), [("whole", True), ("named", False)])
def test_only_a_whole_point_proves_the_test(
    ciso: FlaskClient, here: str, platform: Platform, runs: tuple[int, int], mode: str, proves: bool
) -> None:
    collect = platform.collect
    assert isinstance(collect, SpecimenCollect)
    collect.facts["restore"] = replace(HEALTHY, asked=replace(HEALTHY.asked, mode=mode))
    with platform.database.read() as session:
        target = session.get_one(Run, runs[0]).target_id
    run = run_audit(platform, MACHINE, target).run_id
    assert ciso.post(f"{here}/drills/{run}/sheet", data=SHEET).status_code == 302
    with platform.database.read() as session:
        row = session.get_one(RestoreDrill, run)
        numbers = set(session.scalars(select(EvidenceTie.thing_id).where(EvidenceTie.evidence_id == row.evidence_id)))
    assert (row.good, row.mode) == (True, mode)
    assert "care-rules:SAV-28" in numbers
    assert ("care-rules:SAV-25" in numbers) is proves


def test_a_failed_drill_has_its_sheet_and_proves_no_test(
    ciso: FlaskClient, here: str, platform: Platform, runs: tuple[int, int]
) -> None:
    assert ciso.post(f"{here}/drills/{runs[1]}/sheet", data=SHEET).status_code == 302
    with platform.database.read() as session:
        row = session.get_one(RestoreDrill, runs[1])
        numbers = set(session.scalars(select(EvidenceTie.thing_id).where(EvidenceTie.evidence_id == row.evidence_id)))
    assert "care-rules:SAV-28" in numbers
    assert "care-rules:SAV-25" not in numbers


def test_the_sheet_is_one_page(ciso: FlaskClient, here: str, runs: tuple[int, int]) -> None:
    answer = ciso.get(f"{here}/drills/{runs[0]}/sheet.pdf")
    assert answer.mimetype == "application/pdf"
    assert "Fiche de restauration" in text_of(answer.data)


def test_a_reader_sees_and_a_stranger_finds_nothing(browse: Browse, here: str, runs: tuple[int, int]) -> None:
    assert browse("director").get(f"{here}/drills/{runs[0]}").status_code == 200
    stranger = browse("stranger")
    for page in (f"{here}/drills", f"{here}/drills/{runs[0]}", f"{here}/drills/{runs[0]}/sheet.pdf"):
        assert stranger.get(page).status_code == 404
    assert stranger.post(f"{here}/drills/{runs[0]}/sheet", data=SHEET).status_code == 404
