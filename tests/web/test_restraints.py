"""Exclusions, quiet hours, freezes and the stop button, from the page."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select

from care.domain.jobs import JobState
from care.domain.restraints import StopCause
from care.services.platform import Platform
from care.services.restraints import list_restraints
from care.store.jobs import Job
from care.store.runs import Run
from care.store.targets import Target
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.seeds import Seeds


def in_days(platform: Platform, days: int) -> str:
    return (platform.clock.now() + timedelta(days=days)).date().isoformat()


def test_an_exclusion_is_added_shown_and_lifted(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    form = {"what": "203.0.113.7", "mode": "no_scan", "reason": "Moniteur", "until": in_days(platform, 30)}
    assert ciso.post(f"{here}/restraints/exclusions", data=form).location == f"{here}/restraints"
    assert "Moniteur" in ciso.get(f"{here}/restraints").text
    (one,) = list_restraints(platform, MACHINE, hospitals.valley).exclusions
    ciso.post(f"{here}/restraints/exclusions/{one.id}/lift")
    found = list_restraints(platform, MACHINE, hospitals.valley)
    assert found.exclusions == ()
    assert [past.lifted_by for past in found.past_exclusions] != [""]
    assert "Levée par" in ciso.get(f"{here}/restraints").text


def test_what_cannot_be_read_is_said_beside_its_field(ciso: FlaskClient, here: str, platform: Platform) -> None:
    form = {"what": "-oN /etc/passwd", "mode": "no_scan", "reason": "x", "until": in_days(platform, 400)}
    answer = ciso.post(f"{here}/restraints/exclusions", data=form)
    assert answer.status_code == 400
    assert 'id="exclusion-what-wrong"' in answer.text
    assert 'id="exclusion-until-wrong"' in answer.text
    answer = ciso.post(f"{here}/restraints/quiet", data={"hours": "25:00-26:00", "reason": "x"})
    assert answer.status_code == 400
    assert 'id="quiet-hours-wrong"' in answer.text
    days = {"first_day": in_days(platform, 5), "last_day": in_days(platform, 2), "reason": "x"}
    answer = ciso.post(f"{here}/restraints/freezes", data=days)
    assert 'id="freeze-last_day-wrong"' in answer.text


def test_everything_stops_and_nothing_starts_until_it_is_allowed(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals, seeds: Seeds
) -> None:
    with platform.database.read() as session:
        target = session.scalars(select(Target.id).where(Target.id == seeds.exposure)).one()
    assert ciso.post(f"{here}/runs", data={"target": target}).status_code == 302
    answer = ciso.post(f"{here}/restraints/stop", data={}, follow_redirects=True)
    assert "1 audit est arrêté" in answer.text
    with platform.database.read() as session:
        job = session.scalars(select(Job).where(Job.target_id == target).order_by(Job.id.desc())).first()
        assert job is not None
        assert job.state is JobState.CANCELLED
    refused = ciso.post(f"{here}/runs", data={"target": target})
    assert refused.status_code == 409
    assert "a tout arrêté" in refused.text
    assert "Tout est arrêté" in ciso.get(f"{here}/runs").text
    ciso.post(f"{here}/restraints/allow")
    assert ciso.post(f"{here}/runs", data={"target": target}).status_code == 302


def test_an_audit_cut_short_says_what_is_left_and_is_taken_up(
    ciso: FlaskClient, here: str, platform: Platform, seeds: Seeds
) -> None:
    spared = {"what": "203.0.113.7", "mode": "no_scan", "reason": "Moniteur", "until": "2026-12-31", "addresses": [],
              "count": 0}  # fmt: skip
    barred = {"what": "*.bloc.fr", "mode": "mandate", "addresses": ["203.0.113.8"], "count": 1}
    with platform.database.write() as session:
        run = session.scalars(select(Run).where(Run.target_id == seeds.exposure)).one()
        run.stopped, run.left_over, run.spared = StopCause.WINDOW, 3, [spared, barred]
        number = run.id
    page = ciso.get(f"{here}/runs/{number}").text
    for words in ("Arrêté à la fin des heures permises", "3 adresses restent", "Reprendre ce qui reste", "Moniteur"):
        assert words in page
    assert "(203.0.113.8)" in page
    whole = ciso.get(f"{here}/campaigns/{seeds.campaign}").text
    assert all("exclu par le mandat" in one for one in (page, whole)), "among its exclusions, among what was not seen"
    rest = ciso.post(f"{here}/runs/{number}/take-up")
    assert rest.status_code == 302
    assert "Suite d’un audit" in ciso.get(rest.location).text
    assert "Voir la suite de cet audit" in ciso.get(f"{here}/runs/{number}").text


def test_a_director_reads_and_changes_nothing(browse: Browse, here: str, seeds: Seeds) -> None:
    page = browse("director").get(f"{here}/restraints").text
    assert "Exclusions en cours" in page
    assert "Tout arrêter" not in page
    assert browse("stranger").get(f"{here}/restraints").status_code == 404
