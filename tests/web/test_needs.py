"""The pages of requirements: what is shown to whom, answers kept or shown again, evidence that serves several."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from care.domain.access import Grant, Level, Place, Role
from care.domain.judging import RequirementStatus
from care.services import accounts
from care.services.frameworks.one_requirement import RequirementView, open_requirement
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.needs import Needs, plant_needs
from tests.web.people import PASSWORD, People
from tests.web.seeds import Seeds

S = RequirementStatus


@pytest.fixture
def needs(platform: Platform, hospitals: Hospitals) -> Needs:
    return plant_needs(platform, hospitals)


@pytest.fixture
def quality(browse: Browse, people: People, platform: Platform, hospitals: Hospitals) -> FlaskClient:
    """The head of quality of the valley hospital."""
    grant = Grant(Role.QUALITY, Place(Level.ESTABLISHMENT, hospitals.valley))
    draft = accounts.AccountDraft("qualite", "Mme Garnier", PASSWORD, (grant,))
    people.ids["qualite"] = accounts.open_account(platform, MACHINE, draft).id
    return browse("qualite")


def view(platform: Platform, hospitals: Hospitals, framework: str, item: str) -> RequirementView:
    place = Place(Level.ESTABLISHMENT, hospitals.valley)
    return open_requirement(platform, MACHINE, place, framework, item)


def page_of(client: FlaskClient, path: str, code: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == code, answer.status_code
    return answer.get_data(as_text=True)


def test_a_place_sees_its_frameworks_and_who_answers_them(ciso: FlaskClient, here: str, needs: Needs) -> None:
    page = page_of(ciso, f"{here}/programme")
    assert "CaRE D2" in page
    assert "Répond pour tous : GHT des Deux Rives" in page
    assert "Non concerné : Aucune activité médico-sociale" in page
    assert "Profil : Entité essentielle" in page  # chosen by its legal entity
    assert "HDS v2" not in page  # answered by suppliers, with their contracts
    assert "Clausier" not in page


def test_a_framework_is_read_by_what_lacks_or_in_its_order(ciso: FlaskClient, here: str, needs: Needs) -> None:
    page = page_of(ciso, f"{here}/programme/anssi-hygiene")
    assert page.index("Non applicable") > page.index("En cours")
    in_order = page_of(ciso, f"{here}/programme/anssi-hygiene?order=text")
    assert "Répondre à cette section" in in_order
    assert in_order.index("Sensibiliser et former") < in_order.index("Connaître le système")
    found = page_of(ciso, f"{here}/programme/anssi-hygiene?status=in_progress&method=interview&q=utilisateurs")
    assert "Tout voir" in found
    assert "Aucune exigence ne correspond" in page_of(ciso, f"{here}/programme/anssi-hygiene?q=zzzz")


def test_a_requirement_says_why_and_what_it_lacks_with_where_to_do_it(
    ciso: FlaskClient, here: str, seeds: Seeds, needs: Needs
) -> None:
    page = page_of(ciso, f"{here}/programme/care-d2/O3.A")
    assert "Non atteinte" in page
    assert "Console de sauvegarde sans second facteur : 1 constat à corriger" in page
    assert f"{here}/findings?rule=backup.console_without_mfa" in page or "findings?rule=backup." in page
    assert "Note d’architecture de l’authentification (procédure)" in page
    assert "Les comptes de sauvegarde sont dans l’annuaire général" in page  # answered by the GHT
    policy = page_of(ciso, f"{here}/programme/care-d2/P1")
    assert "La confirmation d’une personne : un document déposé ne suffit pas" in policy
    assert "Preuve déposée" in policy


def test_an_answer_makes_it_met_only_when_nothing_else_lacks(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals, needs: Needs
) -> None:
    address = f"{here}/programme/care-d2/P1"
    assert view(platform, hospitals, "care-d2", "P1").status is S.EVIDENCE_FILED
    sent = {"verdict": "yes", "method": "declaration", "note": "", "given_on": "", "seen": "0"}
    assert ciso.post(f"{address}/answer", data=sent).location.endswith("/care-d2/P1")
    found = view(platform, hospitals, "care-d2", "P1")
    assert (found.status, found.todo) == (S.MET, ())
    assert "Rien : l’exigence est atteinte." in page_of(ciso, address)
    said = page_of(ciso, f"{here}/programme/care-d2/P2")
    assert "Note d’organisation du projet" in said  # answered yes by the GHT, its document is not there
    assert view(platform, hospitals, "care-d2", "P2").status is S.IN_PROGRESS


def test_what_cannot_be_recorded_is_shown_again(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals, needs: Needs
) -> None:
    address = f"{here}/programme/anssi-hygiene/2"
    typed = {"verdict": "no", "method": "interview", "note": "", "given_on": "2099-01-01", "seen": "0"}
    wrong = ciso.post(f"{address}/answer", data=typed)
    assert wrong.status_code == 400
    page = wrong.get_data(as_text=True)
    assert "Dites pourquoi, en une phrase" in page
    assert "jour à venir" in page
    stale = {"verdict": "yes", "method": "declaration", "note": "ma note à garder", "seen": "0"}
    refused = ciso.post(f"{address}/answer", data=stale)
    assert refused.status_code == 409
    page = refused.get_data(as_text=True)
    assert "ma note à garder" in page
    assert "a répondu « En partie » à l’exigence 2" in page
    seen = view(platform, hospitals, "anssi-hygiene", "2").seen
    assert f'value="{seen}"' in page  # sending it again is then a choice
    assert ciso.post(f"{address}/answer", data=stale | {"seen": str(seen)}).status_code == 302
    assert ciso.post(f"{address}/answer", data={"verdict": "?"}).status_code == 400


def test_an_answer_is_taken_back(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals, needs: Needs
) -> None:
    address = f"{here}/programme/anssi-hygiene/2"
    answer = view(platform, hospitals, "anssi-hygiene", "2").seen
    assert ciso.post(f"{address}/withdraw", data={"answer": str(answer), "why": "Erreur"}).status_code == 302
    page = page_of(ciso, address)
    assert "Personne n’a encore répondu." in page
    assert "Réponse retirée" in page
    assert ciso.post(f"{address}/withdraw", data={"answer": str(answer)}).status_code == 409
    assert ciso.post(f"{address}/withdraw", data={"answer": "x"}).status_code == 404


def test_one_piece_serves_several_requirements(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals, needs: Needs
) -> None:
    address = f"{here}/programme/care-d2/P1"
    page = page_of(ciso, address)
    assert "D’autres textes demandent la même chose" in page
    assert "Y joindre aussi « PSSI 2026 signée »" in page
    sent = {"piece": str(needs.policy), "for": "has:gouvernance_ssi"}
    assert ciso.post(f"{address}/tie", data=sent).status_code == 302
    assert [one.id for one in view(platform, hospitals, "has", "gouvernance_ssi").pieces] == [needs.policy]
    assert 'name="for" value="has:gouvernance_ssi"' not in page_of(ciso, address)
    restored = f"{here}/programme/care-d2/O4"
    assert "Test de restauration du DPI" in page_of(ciso, restored)  # of a kind asked for: offered
    assert ciso.post(f"{restored}/tie", data={"piece": str(needs.report)}).status_code == 302
    assert [one.title for one in view(platform, hospitals, "care-d2", "O4").pieces] == ["Test de restauration du DPI"]
    assert ciso.post(f"{restored}/tie", data={"piece": str(needs.report), "for": "care-d2:P1"}).status_code == 404
    assert ciso.post(f"{restored}/tie", data={"piece": "999999"}).status_code == 404


def test_evidence_leads_back_to_the_requirement_and_names_it(ciso: FlaskClient, here: str, needs: Needs) -> None:
    page = page_of(ciso, f"{here}/evidence/{needs.policy}")
    assert f'href="{here}/programme/care-d2/P1"' in page
    assert "Une politique de sécurité validée et à jour (care-d2:P1)" in page
    attach = ciso.get(f"{here}/programme/care-d2/P1/attach")
    assert attach.status_code == 302
    page = page_of(ciso, attach.location)
    assert "Exigence : Une politique de sécurité validée et à jour (care-d2:P1)" in page
    typo = ciso.post(f"{here}/evidence/{needs.policy}/tie", data={"requirement": "care-d2:O9.Z"})
    assert typo.status_code == 400
    assert "Aucun référentiel en vigueur ne pose cette exigence" in typo.get_data(as_text=True)


def test_an_action_begins_with_the_requirement(ciso: FlaskClient, here: str) -> None:
    page = page_of(ciso, f"{here}/actions/new?requirement=care-d2:O4")
    assert "Une sauvegarde et une restauration testées jusqu’à la production (care-d2:O4)" in page
    assert '<option selected value="requirement">' in page
    unknown = page_of(ciso, f"{here}/actions/new?requirement=care-d2:O9")
    assert '<option selected value="requirement">' not in unknown


def test_a_section_is_answered_at_once(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals, needs: Needs
) -> None:
    address = f"{here}/programme/anssi-hygiene/section/I"
    page = page_of(ciso, address)
    assert "Les vacataires ne sont pas formés" in page
    seen = {f"seen-{item}": str(view(platform, hospitals, "anssi-hygiene", item).seen) for item in ("1", "2", "3")}
    left = {
        "verdict-1": "yes",
        "verdict-2": "partly",
        "note-2": "Les vacataires ne sont pas formés",
        "verdict-3": "not_applicable",
        "note-3": "Rien n’est externalisé ici",
        "method": "declaration",
        **seen,
    }
    answer = ciso.post(address, data=left, follow_redirects=True)
    assert "Rien de nouveau à enregistrer." in answer.get_data(as_text=True)
    lost = ciso.post(address, data=left | {"verdict-1": "", "note-1": "à garder"})
    assert lost.status_code == 400
    assert "à garder" in lost.get_data(as_text=True)
    unexplained = ciso.post(address, data=left | {"verdict-1": "no"})
    assert unexplained.status_code == 400
    assert "un visiteur le demandera" in unexplained.get_data(as_text=True)
    stale = ciso.post(address, data=left | {"verdict-1": "no", "note-1": "plus de crédit", "seen-1": "0"})
    assert stale.status_code == 409
    assert "plus de crédit" in stale.get_data(as_text=True)
    kept = ciso.post(address, data=left | {"verdict-1": "no", "note-1": "plus de crédit", "stay": "1"})
    assert kept.location.endswith("?order=text")
    assert view(platform, hospitals, "anssi-hygiene", "1").status is S.NOT_MET
    assert ciso.get(f"{here}/programme/anssi-hygiene/section/XXX").status_code == 404
    assert ciso.get(f"{here}/programme/has/section/_top").status_code == 200


def test_a_profile_is_chosen_or_the_place_is_not_concerned(
    ciso: FlaskClient, here: str, platform: Platform, needs: Needs
) -> None:
    address = f"{here}/programme/anssi-hygiene"
    sent = {"profile": "S", "concerned": "yes", "reason": "", "version": "0"}
    assert ciso.post(f"{address}/choice", data=sent).status_code == 302
    assert "Profil : Niveau standard" in page_of(ciso, address)
    stale = ciso.post(f"{address}/choice", data=sent | {"profile": "R"})
    assert stale.status_code == 409
    assert "a modifié le profil" in stale.get_data(as_text=True)
    silent = ciso.post(f"{address}/choice", data=sent | {"concerned": "no", "version": "1"})
    assert silent.status_code == 400
    gone = {"profile": "", "concerned": "no", "reason": "Hors du champ", "version": "1"}
    assert ciso.post(f"{address}/choice", data=gone).status_code == 302
    page = page_of(ciso, address)
    assert "Non concerné : Hors du champ" in page
    assert "Répondre à cette section" not in page_of(ciso, f"{address}?order=text")


def test_what_lacks_names_one_document_once(ciso: FlaskClient, here: str, seeds: Seeds, needs: Needs) -> None:
    page = page_of(ciso, f"{here}/programme/missing")
    assert "Programmes, certification, loi" in page
    assert "Un premier audit : Postes de travail" in page
    assert "dont" in page
    guides = page_of(ciso, f"{here}/programme/missing?kind=guidance")
    assert "Un premier audit : Annuaire Active Directory" in guides
    only = page_of(ciso, f"{here}/programme/missing?framework=care-d2")
    assert "recyf" not in only.lower()


def test_the_home_tells_where_programmes_stood_when_last_computed(
    browse: Browse, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    assert "Pas encore compté" in page_of(browse("ciso"), here)
    plant_needs(platform, hospitals)
    for who in ("ciso", "visitor"):
        page = page_of(browse(who), here)
        assert f"{here}/programme/care-d2" in page
        assert '<strong class="number">2</strong> / 12 atteintes · 1 à confirmer · 4 non atteintes' in page


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_statuses_are_taken_away(ciso: FlaskClient, here: str, needs: Needs, form: str) -> None:
    answer = ciso.get(f"{here}/programme/care-d2/file/{form}")
    assert answer.status_code == 200
    assert f"care-d2.{form}" in answer.headers["Content-Disposition"]
    if form == "csv":
        rows = answer.get_data().decode("utf-8-sig").splitlines()
        assert len(rows) == 14
        assert "O3.A" in "".join(rows)
        filtered = ciso.get(f"{here}/programme/care-d2/file/csv?status=evidence_filed")
        assert len(filtered.get_data().decode("utf-8-sig").splitlines()) == 2


def test_quality_answers_and_the_director_reads(
    browse: Browse, quality: FlaskClient, here: str, platform: Platform, hospitals: Hospitals, needs: Needs
) -> None:
    sent = {"verdict": "yes", "method": "interview", "note": "Vu au service", "seen": "0"}
    assert quality.post(f"{here}/programme/has/gouvernance_ssi/answer", data=sent).status_code == 302
    page = page_of(quality, f"{here}/programme/care-d2/O3.A")
    assert "dont votre rôle ne montre pas le détail" not in page or "Console de sauvegarde" not in page
    director = browse("director")
    page = page_of(director, f"{here}/programme/care-d2/P1")
    assert 'name="verdict"' not in page
    assert "Qui est concerné" not in page_of(director, f"{here}/programme/care-d2")
    assert director.post(f"{here}/programme/has/gouvernance_ssi/answer", data=sent).status_code == 403
    choice = {"concerned": "no", "reason": "x", "version": "0"}
    assert director.post(f"{here}/programme/care-d2/choice", data=choice).status_code == 403
    assert director.post(f"{here}/programme/anssi-hygiene/section/I", data={}).status_code == 403


def test_a_visitor_reads_no_finding(browse: Browse, here: str, seeds: Seeds, needs: Needs) -> None:
    visitor = browse("visitor")
    page = page_of(visitor, f"{here}/programme/care-d2/O3.A")
    assert "Des contrôles automatiques, dont votre rôle ne montre pas le détail" in page
    for path in ("care-d2/O3.A", "care-d2", "missing?framework=care-d2"):
        assert "Console de sauvegarde" not in page_of(visitor, f"{here}/programme/{path}")
    assert visitor.get(f"{here}/programme/care-d2/file/csv").status_code == 403


def test_a_stranger_learns_nothing(browse: Browse, here: str, hospitals: Hospitals, needs: Needs) -> None:
    stranger = browse("stranger")
    for path in ("", "/missing", "/care-d2", "/care-d2/P1", "/anssi-hygiene/section/I", "/care-d2/file/csv"):
        assert stranger.get(f"{here}/programme{path}").status_code == 404
    assert stranger.post(f"{here}/programme/care-d2/P1/answer", data={"verdict": "yes"}).status_code == 404
    own = f"/establishments/{hospitals.far}/programme"
    assert stranger.post(f"{own}/care-d2/P1/tie", data={"piece": str(needs.policy)}).status_code == 404


def test_those_who_answer_above_have_the_same_pages(
    browse: Browse, platform: Platform, hospitals: Hospitals, needs: Needs
) -> None:
    administrator, ciso = browse("administrator"), browse("ciso")
    group = f"/ght/{hospitals.ght}/programme"
    page = page_of(administrator, group)
    assert "GHT des Deux Rives" in page
    assert "Guide d’hygiène" not in page  # answered by each establishment
    assert "Hôpital de la Colline" in page
    page = page_of(administrator, f"{group}/care-d2/O4")
    assert "Dans la bibliothèque de" in page
    attach = administrator.get(f"{group}/care-d2/O4/attach?site={hospitals.hill}")
    assert f"/establishments/{hospitals.hill}/evidence/attach" in attach.location
    assert administrator.get(f"{group}/care-d2/O4/attach?site={hospitals.far}").status_code == 404
    sent = {"verdict": "yes", "method": "declaration", "seen": "0"}
    assert administrator.post(f"{group}/care-d2/O4/answer", data=sent).location.endswith(f"{group}/care-d2/O4")
    entity = f"/legal_entity/{hospitals.valley_entity}/programme"
    assert "Entité essentielle" in page_of(ciso, f"{entity}/recyf")
    for path in (group, "/ght/0/programme", "/ght/999/programme", f"/legal_entity/{hospitals.hill_entity}/programme"):
        assert ciso.get(path).status_code == 404
    assert administrator.get("/region/1/programme").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["nothing", "care-d2/O9.Z", "care-d2/O3", "hds", "clausier-sante/O-1.1", "care-d2/section/P9", "care-d2/file/exe"],
)
def test_what_is_not_asked_here_is_no_page(ciso: FlaskClient, here: str, path: str) -> None:
    assert ciso.get(f"{here}/programme/{path}").status_code == 404
