"""Audits: starting, watching, reading; campaigns and their report."""

from __future__ import annotations

from dataclasses import replace

from flask.testing import FlaskClient

from care.domain.jobs import Lane
from care.services import audits, jobs
from care.services.platform import Platform
from care.web.streams import message
from care.web.watching import Streams
from scanners.model import Text
from tests.support.people import MACHINE, Hospitals
from tests.unit.exposure import specimens as exposure
from tests.web.seeds import Seeds, SpecimenCollect, do_waiting


def test_one_target_is_audited_and_watched(ciso: FlaskClient, here: str, seeds: Seeds, platform: Platform) -> None:
    answer = ciso.post(f"{here}/runs", data={"target": seeds.exposure})
    watching = ciso.get(answer.location).text
    assert "sse-connect" in watching
    assert 'http-equiv="refresh"' in watching
    fragment = ciso.get(f"{answer.location}/progress")
    assert "<progress" in fragment.text
    assert "<html" not in fragment.text
    do_waiting(platform)
    assert ciso.get(f"{answer.location}/progress").headers["HX-Refresh"] == "true"
    done = ciso.get(answer.location).text
    assert "Résultat des règles" in done
    assert "Empreinte des faits" in done


def test_progress_is_pushed_from_the_event_table(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    with ciso.get(f"{here}/runs/{seeds.runs[0]}/events") as answer:
        assert answer.mimetype == "text/event-stream"
        body = answer.get_data(as_text=True)
    assert "event: progress" in body
    assert "Connexion à la cible." in body
    assert body.endswith(message("over", ""))


def test_there_are_so_many_streams_and_no_more() -> None:
    streams = Streams(limit=1)
    first = streams.open(lambda: ("fini", True))
    assert first is not None
    assert streams.open(lambda: None) is None
    assert "fini" in "".join(first)
    assert streams.open(lambda: None) is not None


def test_a_stream_of_which_nobody_read_a_line_gives_its_place_back() -> None:
    streams = Streams(limit=1)
    unread = streams.open(lambda: None)
    assert unread is not None
    del unread
    assert streams.open(lambda: None) is not None


def test_two_audits_of_one_target_at_once_are_refused_with_the_reason(
    ciso: FlaskClient, here: str, seeds: Seeds
) -> None:
    ciso.post(f"{here}/runs", data={"target": seeds.exposure})
    answer = ciso.post(f"{here}/runs", data={"target": seeds.exposure})
    assert answer.status_code == 409
    assert "déjà en attente ou en cours" in answer.text


def test_a_waiting_audit_can_be_cancelled(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    run = ciso.post(f"{here}/runs", data={"target": seeds.exposure}).location
    assert ciso.post(f"{run}/cancel").location == run
    assert "a été annulé" in ciso.get(run).text


def test_a_second_audit_shows_what_was_fixed(ciso: FlaskClient, here: str, seeds: Seeds, platform: Platform) -> None:
    assert isinstance(platform.collect, SpecimenCollect)
    closed = tuple(
        replace(host, ports=(), closed=1000) for host in exposure.BROKEN.hosts
    )  # silence closes where one looked
    platform.collect.facts["exposure"] = replace(exposure.BROKEN, hosts=closed)
    run = ciso.post(f"{here}/runs", data={"target": seeds.exposure}).location
    do_waiting(platform)
    page = ciso.get(run).text.split("Depuis l’audit précédent")[1]
    assert "<dt>Corrigés</dt><dd>0</dd>" not in page
    assert "Vu d’Internet" in page


def test_a_campaign_has_its_report(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    page = ciso.get(f"{here}/campaigns/{seeds.campaign}").text
    assert "Télécharger le rapport" in page
    for title in ("Pour la direction", "Plan d’action, par priorité", "Ce qui n’a pas été regardé"):
        assert title in page
    assert "Situation critique" in page
    report = ciso.get(f"{here}/campaigns/{seeds.campaign}/report.pdf")
    assert report.mimetype == "application/pdf"
    assert report.data.startswith(b"%PDF-")
    assert "attachment" in report.headers["Content-Disposition"]


def test_several_targets_make_a_campaign(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    answer = ciso.post(f"{here}/runs", data={"target": [seeds.exposure, seeds.backup]})
    assert answer.location.startswith(f"{here}/campaigns/")
    assert "Les audits se suivent" in ciso.get(answer.location).text


def test_the_home_says_what_to_do_next(ciso: FlaskClient, here: str, hospitals: Hospitals) -> None:
    page = ciso.get(here).text
    assert "Ajoutez une première cible" in page
    assert page.count("Aucune cible") == 6  # a kind of audit each, continuity apart


def test_the_home_tells_that_an_audit_failed(ciso: FlaskClient, here: str, seeds: Seeds, platform: Platform) -> None:
    assert "Échec" not in ciso.get(here).text.split("Audits par sujet")[1]
    audits.start_audit(platform, MACHINE, seeds.backup)
    claim = jobs.claim(platform, Lane.AUDIT, "tests")
    assert claim is not None
    jobs.fail(platform, claim, Text("Dépôt injoignable.", "Repository out of reach."))
    backup = ciso.get(here).text.split("Audits par sujet")[1].split("Sauvegardes")[1].split("</li>")[0]
    assert "Échec" in backup
    assert "non conformes" in backup  # what the audit before has found


def test_the_home_draws_the_open_findings(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    page = ciso.get(here).text
    assert "<svg" in page.split("Constats ouverts")[1]
    assert "Voir les chiffres en tableau" in page
    assert "constats critiques" in page
