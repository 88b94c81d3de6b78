"""Actions in pages: from a finding to the closing form, two people at once, who sees what."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from care.domain.actions import ActionState
from care.services.action_query import ActionFilter
from care.services.action_view import open_action
from care.services.action_writing import ActionDraft, Chosen, create_action
from care.services.findings import FindingFilter, list_findings
from care.services.platform import Platform
from scanners.model import Severity
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.people import People
from tests.web.seeds import Seeds, SpecimenCollect, do_waiting
from tests.web.test_findings import listed, statements

DRAFT = ActionDraft("Fermer le port d’administration", "Sur le pare-feu.", owner="Paul Reeves")
SOON = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()


@pytest.fixture
def rule(platform: Platform, hospitals: Hospitals, seeds: Seeds) -> str:
    """A rule of the exposure audit with findings at the valley hospital."""
    found = list_findings(platform, MACHINE, hospitals.valley, FindingFilter(scanner="exposure"))
    return found.page.lines[0].rule


@pytest.fixture
def action(platform: Platform, hospitals: Hospitals, rule: str) -> int:
    return create_action(platform, MACHINE, [hospitals.valley], DRAFT, Chosen(rule=rule))


@pytest.fixture
def page(here: str, action: int) -> str:
    return f"{here}/actions/{action}"


def filled(**changes: str) -> dict[str, str]:
    typed = {"title": "Fermer le port 3389", "severity": "", "criticality": "", "owner_account": "0", "owner": "Paul",
             "source": "finding"}  # fmt: skip
    return typed | changes


def test_a_finding_becomes_an_action(
    ciso: FlaskClient, here: str, seeds: Seeds, platform: Platform, hospitals: Hospitals
) -> None:
    finding = list_findings(platform, MACHINE, hospitals.valley, FindingFilter()).page.lines[0]
    assert f"{here}/actions/new?finding={finding.id}" in ciso.get(f"{here}/findings/{finding.id}").text
    form = ciso.get(f"{here}/actions/new?finding={finding.id}").text
    assert "Le constat à fermer" in form
    assert "D’après les constats" in form
    answer = ciso.post(f"{here}/actions/new", data=filled(finding=str(finding.id)))
    assert answer.status_code == 302
    text = ciso.get(answer.location).text
    for words in ("Fermer le port 3389", "Où en est l’action", "Action créée, 1 constat à fermer", finding.subject):
        assert words in text
    assert "Fermer le port 3389" in ciso.get(f"{here}/findings/{finding.id}").text


def test_chosen_findings_and_a_whole_rule_are_offered_from_the_list(
    ciso: FlaskClient, here: str, rule: str, browse: Browse
) -> None:
    shown = listed(ciso, f"{here}/findings?rule={rule}")
    assert f'action="{here}/actions/new"' in shown
    assert 'name="finding"' in shown
    assert f"{here}/actions/new?rule={rule}" in shown
    assert 'name="finding"' not in listed(browse("director"), f"{here}/findings?rule={rule}")


def test_an_action_from_nothing_says_where_it_comes_from(ciso: FlaskClient, here: str) -> None:
    form = ciso.get(f"{here}/actions/new").text
    assert "Origine" in form
    assert "D’après les constats" not in form
    typed = filled(severity="medium", criticality="major", source="exercise", source_ref="Exercice du 12 février")
    text = ciso.get(ciso.post(f"{here}/actions/new", data=typed).location).text
    assert "Exercice de crise : Exercice du 12 février" in text


def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(ciso: FlaskClient, here: str) -> None:
    typed = filled(title="", severity="medium", criticality="major", effort_days="beaucoup", due_on="2020-01-01")
    answer = ciso.post(f"{here}/actions/new", data=typed)
    assert answer.status_code == 400
    assert 'id="title-wrong"' in answer.text
    assert 'id="effort_days-wrong"' in answer.text
    answer = ciso.post(f"{here}/actions/new", data={**typed, "title": "Oui", "effort_days": "2,5"})
    assert 'id="due_on-wrong"' in answer.text
    assert 'value="Oui"' in answer.text


def test_an_open_action_of_the_same_rule_is_shown_first(ciso: FlaskClient, here: str, action: int, rule: str) -> None:
    form = ciso.get(f"{here}/actions/new?rule={rule}").text
    assert "Une action ouverte traite déjà cette règle" in form
    assert f"{here}/actions/{action}" in form


def test_two_people_editing_one_action(ciso: FlaskClient, administrator: FlaskClient, page: str) -> None:
    typed = filled(severity="high", criticality="vital", version="1")
    assert "Paul Reeves" in ciso.get(f"{page}/edit").text
    assert administrator.post(f"{page}/edit", data={**typed, "title": "Couper le port"}).location == page
    answer = ciso.post(f"{page}/edit", data={**typed, "title": "Filtrer le port", "funding": "care-d1"})
    assert answer.status_code == 409
    assert "a modifié l’intitulé" in answer.text
    assert "Ce qui est enregistré maintenant" in answer.text
    assert "Couper le port" in answer.text
    assert 'value="Filtrer le port"' in answer.text
    assert 'name="version" value="2"' in answer.text
    assert ciso.post(f"{page}/edit", data={**typed, "title": "Filtrer le port", "version": "2"}).location == page
    assert "Filtrer le port" in ciso.get(page).text


def test_moving_is_explained_and_shown(ciso: FlaskClient, page: str) -> None:
    assert "Signaler un blocage" in ciso.get(page).text
    answer = ciso.post(f"{page}/move", data={"state": "blocked", "seen": "to_do"})
    assert answer.status_code == 400
    assert "Dites pourquoi en une phrase." in answer.text
    assert ciso.post(f"{page}/move", data={"state": "blocked", "seen": "to_do", "reason": "Achat"}).location == page
    assert "Bloquée" in ciso.get(page).text
    assert ciso.post(f"{page}/move", data={"state": "in_progress", "seen": "to_do"}).status_code == 409
    assert ciso.post(f"{page}/move", data={"state": "closed", "seen": "blocked"}).status_code == 400
    assert ciso.post(f"{page}/move", data={"state": "nope", "seen": "blocked"}).status_code == 400


def test_a_comment_is_kept_and_escaped(browse: Browse, page: str) -> None:
    director = browse("director")
    assert director.post(f"{page}/comment", data={"text": "<script>alert(1)</script> vu"}).location == page
    text = director.get(page).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; vu" in text
    assert director.post(f"{page}/comment", data={"text": "  "}).status_code == 400


def test_closing_with_a_file_then_the_audit_closes(
    ciso: FlaskClient, platform: Platform, page: str, action: int
) -> None:
    assert "un nouvel audit" in ciso.get(f"{page}/close").text
    answer = ciso.post(f"{page}/close", data={"kind": "report", "note": ""})
    assert answer.status_code == 400
    assert "rien ne se clôt sans preuve" in answer.text
    proof = {"file": (io.BytesIO(b"Port ferme le 3 mars."), "../../pare-feu.txt"), "kind": "report", "note": "Fermé."}
    answer = ciso.post(f"{page}/close", data=proof, content_type="multipart/form-data")
    assert answer.location == page
    text = ciso.get(page).text
    for words in ("À vérifier", "L’audit de vérification est demandé", "Fermé.", "Fermer le port d’administration"):
        assert words in text
    collect = platform.collect
    assert isinstance(collect, SpecimenCollect)
    from tests.unit.exposure import specimens

    closed = tuple(replace(host, ports=(), closed=1000) for host in specimens.BROKEN.hosts)
    collect.facts["exposure"] = replace(specimens.BROKEN, hosts=closed)
    do_waiting(platform)
    assert open_action(platform, MACHINE, action).line.state in {ActionState.CLOSED, ActionState.TO_VERIFY}
    assert "Vérifiée par un audit" in ciso.get(page).text


def test_a_form_that_signs_says_what_is_missing(ciso: FlaskClient, platform: Platform, page: str) -> None:
    ciso.post(f"{page}/close", data={"kind": "report", "link": "https://ged.hopital.test/1"})
    assert "et signer" not in ciso.get(page).text
    signed = {"signatory": "Jeanne Roux, directrice", "reason": "Vu sur place."}
    refused = ciso.post(f"{page}/sign", data=signed)
    assert refused.status_code == 409
    assert "attendez son résultat" in refused.text
    run = open_action(platform, MACHINE, int(page.rpartition("/")[2])).sites[0].retest
    assert run is not None
    here = page.rpartition("/actions/")[0]
    ciso.post(f"{here}/runs/{run.run_id}/cancel")
    answer = ciso.post(f"{page}/sign", data={"signatory": ""})
    assert answer.status_code == 400
    assert "-signatory-wrong" in answer.text
    assert ciso.post(f"{page}/sign", data=signed).location == page
    assert "signée par Jeanne Roux, directrice" in ciso.get(page).text


@pytest.mark.parametrize("odd", ["page=-3", "page=99999999999999", "sort=x", "severity=x&state=y", "source=z", "q=%00"])
def test_odd_parameters_never_break_the_list(ciso: FlaskClient, here: str, action: int, odd: str) -> None:
    assert ciso.get(f"{here}/actions?{odd}").status_code == 200
    assert ciso.get(f"/actions?{odd}").status_code == 200


def test_lists_filter_and_take_few_statements(
    ciso: FlaskClient, platform: Platform, hospitals: Hospitals, here: str, action: int
) -> None:
    for number in range(30):
        create_action(platform, MACHINE, [hospitals.valley], replace(DRAFT, title=f"N {number}", severity=Severity.LOW))
    ciso.get(f"{here}/actions")
    counts = {
        path: statements(ciso, path) for path in (f"{here}/actions", "/actions", f"{here}/actions/{action}", here)
    }
    assert {path: count for path, count in counts.items() if count > 20} == {}
    assert "1 à 25 sur 31" in listed(ciso, f"{here}/actions")
    assert "Les cinq prochaines actions" in ciso.get(f"{here}/actions").text
    assert "Les cinq prochaines actions" not in ciso.get(f"{here}/actions?state=late").text
    assert "Aucune action ici" in listed(ciso, f"{here}/actions?state=late")
    assert "Les cinq prochaines actions" in ciso.get(here).text
    assert len(ActionFilter().states) == 4


def test_a_shared_action_over_two_hospitals(
    administrator: FlaskClient, ciso: FlaskClient, hospitals: Hospitals, rule: str, here: str
) -> None:
    sites = [str(hospitals.valley), str(hospitals.hill)]
    alone = administrator.post(f"{here}/actions/new", data=filled(rule=rule)).location.rpartition("/")[2]
    address = f"/actions/new?rule={rule}&establishment={sites[0]}&establishment={sites[1]}"
    assert "Hôpital de la Colline" in administrator.get(address).text
    assert ciso.get(address).status_code == 404
    assert f'action="/actions/{alone}/extend"' in administrator.get(address).text
    assert ciso.post(f"/actions/{alone}/extend", data={"establishment": sites}).status_code == 404
    assert administrator.post(f"/actions/{alone}/extend", data={"establishment": sites}).status_code == 302
    assert "Hôpital de la Colline" in administrator.get(f"{here}/actions/{alone}").text
    typed = {**filled(rule=rule), "establishment": sites}
    assert ciso.post("/actions/new", data=typed).status_code == 404
    answer = administrator.post("/actions/new", data=typed)
    assert "Où en est chaque établissement" in administrator.get(answer.location).text
    number = answer.location.rpartition("/")[2]
    mine = ciso.get(f"{here}/actions/{number}").text
    assert "Hôpital de la Colline" not in mine
    assert "et 1 autre établissement" in mine
    assert ciso.get(f"{here}/actions/{number}/edit").status_code == 403
    assert ciso.get(f"/establishments/{hospitals.hill}/actions/{number}").status_code == 404
    assert ciso.get(f"/actions/{number}").location == f"{here}/actions/{number}"
    assert "et 1 autre établissement" in ciso.get("/actions").text
    assert "Hôpital de la Colline" not in ciso.get("/actions").text
    for place in (f"ght-{hospitals.ght}", f"region-{hospitals.region}"):
        assert "Fermer le port 3389" in ciso.get(f"/actions?place={place}").text
    assert ciso.get(f"/actions?place=region-{hospitals.other_region}").status_code == 404
    assert ciso.get("/actions?place=nowhere-x").status_code == 404


def test_strangers_and_visitors(browse: Browse, hospitals: Hospitals, page: str, people: People) -> None:
    stranger = browse("stranger")
    number = page.rpartition("/")[2]
    assert stranger.get(page).status_code == 404
    assert stranger.get(f"/establishments/{hospitals.far}/actions/{number}").status_code == 404
    assert stranger.get(f"/actions/{number}").status_code == 404
    assert stranger.post(f"/establishments/{hospitals.far}/actions/{number}/move", data={}).status_code == 404
    assert browse("visitor").get("/actions").status_code == 403


def test_the_due_policy_of_an_establishment(ciso: FlaskClient, browse: Browse, here: str, action: int) -> None:
    page = f"{here}/actions/policy"
    text = ciso.get(page).text
    assert "aucun texte n’en fixe" in text
    cells = {f"{one}.{care}": "9" for one in Severity for care in ("vital", "major", "moderate", "minor")}
    answer = ciso.post(page, data={**cells, "low.minor": "0", "version": "0"})
    assert answer.status_code == 400
    assert 'id="low.minor-wrong"' in answer.text
    assert ciso.post(page, data={**cells, "version": "0"}).location == page
    after = ciso.get(page).text
    assert "Délais propres à cet établissement." in after
    assert "recalculée" in after
    assert "Échéance recalculée d’après la nouvelle politique" in ciso.get(f"{here}/actions/{action}").text
    answer = ciso.post(page, data={**cells, "critical.vital": "3", "version": "0"})
    assert answer.status_code == 409
    assert 'value="3"' in answer.text
    assert "enregistré : 9" in answer.text
    assert ciso.post(page, data={"forget": "1", "version": "1"}).location == page
    assert "disabled" in browse("director").get(page).text
    assert ciso.post("/actions/policy", data={**cells, "version": "0"}).status_code == 403
    assert browse("administrator").post("/actions/policy", data={**cells, "version": "0"}).location == "/actions/policy"


def test_a_finding_is_tied_and_untied(
    ciso: FlaskClient, platform: Platform, hospitals: Hospitals, page: str, here: str
) -> None:
    lines = list_findings(platform, MACHINE, hospitals.valley, FindingFilter(scanner="backup")).page.lines
    assert ciso.post(f"{page}/findings", data={"finding": str(lines[0].id)}).location == page
    assert lines[0].subject in ciso.get(page).text
    assert ciso.post(f"{page}/findings/{lines[0].id}/untie").location == page
    assert ciso.post(f"{page}/findings/{lines[0].id}/untie").status_code == 404
    assert "Un constat détaché" in ciso.get(page).text


def test_a_file_sent_with_a_wrong_date_is_not_lost(ciso: FlaskClient, page: str) -> None:
    proof = {"file": (io.BytesIO(b"Port ferme."), "pare-feu.txt"), "kind": "report", "effective_from": "hier"}
    refused = ciso.post(f"{page}/close", data=proof, content_type="multipart/form-data")
    assert refused.status_code == 400
    assert "Fichier déjà reçu : pare-feu.txt" in refused.text
    mark = refused.text.partition('name="kept"')[2].partition('value="')[2].partition('"')[0]
    assert ciso.post(f"{page}/close", data={"kind": "report", "kept": mark}).location == page
    assert "Preuve donnée" in ciso.get(page).text


def test_what_was_typed_too_late_is_shown_again(ciso: FlaskClient, administrator: FlaskClient, page: str) -> None:
    """Somebody moved or closed the action meanwhile: who and how is said, and no word typed is lost."""
    blocked = {"state": "blocked", "seen": "to_do", "reason": "Achat en cours"}
    assert administrator.post(f"{page}/move", data=blocked).location == page
    late = ciso.post(f"{page}/move", data={"state": "abandoned", "seen": "to_do", "reason": "Serveur éteint"})
    assert late.status_code == 409
    assert "administrator a changé l’état de cette action pendant ce temps (« bloquée »)" in late.text
    assert "Ce que vous aviez écrit : Serveur éteint" in late.text
    assert "Achat en cours" in late.text
    over = {"state": "abandoned", "seen": "blocked", "reason": "Sans objet"}
    assert administrator.post(f"{page}/move", data=over).location == page
    proof = {"link": "https://ged.hopital.test/42", "kind": "report", "note": "Port fermé mardi"}
    closing = ciso.post(f"{page}/close", data=proof)
    assert closing.status_code == 409
    assert "déjà terminée" in closing.text
    assert "Port fermé mardi" in closing.text
