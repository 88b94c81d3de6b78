"""The page of the survival of the installation: what the trail tells, a drill asked for once."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import select

from care.domain.jobs import JobKind
from care.services.instance.standing import DRILLED, MADE
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.jobs import Job
from tests.support.people import MACHINE


def test_the_page_tells_the_last_backup_and_the_drill_that_failed(
    administrator: FlaskClient, platform: Platform
) -> None:
    assert "lancez « care instance backup »" in administrator.get("/instance").text
    now = platform.clock.now()
    with platform.database.write() as session:
        record(session, MACHINE, MADE, Thing("instance", "care-20260302T080000Z.backup"), now, {"rows": 3})
        failed = {"sound": False, "fr": "Le disque <est> parti.", "en": "The disk is gone."}
        record(session, MACHINE, DRILLED, Thing("instance", "–"), now, failed)
    page = administrator.get("/instance").text
    assert "care-20260302T080000Z.backup" in page
    assert "Le disque &lt;est&gt; parti." in page
    assert "échoué" in page
    assert "Sauvegarde de CaRE écrite et relue" in page


def test_a_drill_is_asked_for_once(administrator: FlaskClient, platform: Platform) -> None:
    assert administrator.post("/instance/drill").status_code == 302
    assert administrator.post("/instance/drill").status_code == 409
    with platform.database.read() as session:
        assert len(session.scalars(select(Job).where(Job.kind == JobKind.INSTANCE_DRILL)).all()) == 1
    assert "Un essai est demandé." in administrator.get("/instance").text
