"""Pages of governance: an establishment and its group; who reads, who writes, a stranger; nothing typed is lost."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask.testing import FlaskClient

from care.domain.access import Grant, Level, Place, Role
from care.services import accounts
from care.services.governance.committees import read_meeting
from care.services.governance.figures import read_indicator
from care.services.governance.roles import read_staffing
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.governance import PlantedGovernance, plant_governance
from tests.web.people import PASSWORD, People

PAGES = ("", "/roles", "/budget", "/committees", "/figures", "/figures/mfa_dpi_users")


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals, people: People) -> PlantedGovernance:
    for login, grant in (
        ("group", Grant(Role.CISO, Place(Level.GHT, hospitals.ght))),
        ("quality", Grant(Role.QUALITY, Place(Level.ESTABLISHMENT, hospitals.valley))),
    ):
        draft = accounts.AccountDraft(login, f"Personne {login}", PASSWORD, (grant,))
        people.ids[login] = accounts.open_account(platform, MACHINE, draft).id
    return plant_governance(platform, hospitals)


@pytest.fixture
def site(here: str) -> str:
    return f"{here}/governance"


@pytest.fixture
def ght(hospitals: Hospitals) -> str:
    return f"/governance/ght/{hospitals.ght}"


def test_the_overview_names_what_lacks(ciso: FlaskClient, site: str, planted: PlantedGovernance) -> None:
    page = ciso.get(site).text
    assert "Gouvernance" in page
    assert "fonctions pourvues" in page
    assert "1,70\u00a0%" in page
    assert "aucun comité" not in page


def test_every_page_opens_blank_and_full(
    browse: Browse, here: str, hospitals: Hospitals, people: People, platform: Platform
) -> None:
    administrator = browse("administrator")
    roots = (
        f"{here}/governance",
        f"/governance/ght/{hospitals.ght}",
        f"/governance/legal_entity/{hospitals.hill_entity}",
    )
    for root in roots:
        for page in PAGES:
            assert administrator.get(root + page).status_code == 200
    plant_governance(platform, hospitals)
    for root in roots:
        for page in PAGES:
            assert administrator.get(root + page).status_code == 200


def test_a_reader_is_offered_nothing_to_change(
    browse: Browse, site: str, planted: PlantedGovernance, hospitals: Hospitals
) -> None:
    for who in ("director", "visitor"):
        client = browse(who)
        for page in PAGES:
            answer = client.get(site + page)
            assert answer.status_code == 200
            assert 'method="post" novalidate' not in answer.text
            assert "Saisir" not in answer.text
        assert client.post(f"{site}/roles/new", data={"function": "rssi", "name": "X"}).status_code == 403
        assert client.post(f"{site}/figures/ins_qualified", data={"month": "2026-01"}).status_code == 403
    assert browse("director").get(f"{site}/file.xlsx").status_code == 200
    assert browse("visitor").get(f"{site}/file.xlsx").status_code == 403


def test_a_stranger_finds_nothing(browse: Browse, site: str, ght: str, planted: PlantedGovernance) -> None:
    stranger = browse("stranger")
    for root in (site, ght):
        for page in (*PAGES, f"/roles/{planted.role}", f"/committees/{planted.meeting}", "/file.xlsx", "/figures.csv"):
            assert stranger.get(root + page).status_code == 404
        assert stranger.post(f"{root}/roles/new", data={}).status_code == 404
    assert browse("ciso").get(f"{ght}/roles").status_code == 404
    assert browse("administrator").get("/governance/ght/0/roles").status_code == 404
    assert browse("administrator").get("/governance/region/1/roles").status_code == 404


def test_quality_keeps_the_registers(browse: Browse, site: str, planted: PlantedGovernance) -> None:
    quality = browse("quality")
    answer = quality.post(f"{site}/roles/new", data={"function": "identito", "name": "Ana Diaz", "fte": "0,4"})
    assert answer.status_code == 302
    page = quality.get(f"{site}/roles").text
    assert "Ana Diaz" in page
    assert "0,4 ETP" in page


def test_a_vacancy_stands_out_and_no_number_is_invented(
    ciso: FlaskClient, site: str, planted: PlantedGovernance
) -> None:
    page = ciso.get(f"{site}/roles").text
    assert "Personne n’est nommé" in page
    assert "Correspondants métier des essais de restauration" in page
    assert "aucun texte lu ; saisissez votre cible et sa source" in page
    assert "Claire Moreau" in page
    assert "porté par GHT des Deux Rives" in page
    assert "Poste vacant" in page


def test_the_group_sees_the_gap_and_who_shares(browse: Browse, ght: str, planted: PlantedGovernance) -> None:
    group = browse("group")
    page = group.get(f"{ght}/roles").text
    assert "manque 0,7" in page
    assert "Délibération du comité stratégique" in page
    assert "Sans personne : Hôpital de la Colline" in page
    answer = group.post(f"{ght}/targets/rssi", data={"fte": "0,5", "source": "", "confidence": "ours", "version": "1"})
    assert answer.status_code == 400
    assert "sans source, elle ne vaut rien" in answer.text
    sent = {"fte": "0,5", "source": "Choix", "confidence": "ours", "version": "1"}
    assert group.post(f"{ght}/targets/rssi", data=sent).status_code == 302
    assert "atteinte" in group.get(f"{ght}/roles").text
    stale = group.post(f"{ght}/targets/rssi", data={**sent, "fte": "3"})
    assert stale.status_code == 409
    assert 'value="3"' in stale.text


def test_a_role_is_kept_when_somebody_was_quicker(ciso: FlaskClient, site: str, planted: PlantedGovernance) -> None:
    address = f"{site}/roles/{planted.role}"
    assert ciso.get(address).status_code == 200
    sent = {"function": "soc", "name": "Prestataire A", "fte": "", "version": "1"}
    assert ciso.post(address, data=sent).status_code == 302
    stale = ciso.post(address, data={**sent, "name": "Prestataire B"})
    assert stale.status_code == 409
    assert "Prestataire B" in stale.text
    assert "a modifié" in stale.text
    wrong = ciso.post(address, data={**sent, "fte": "beaucoup", "version": "2"})
    assert wrong.status_code == 400
    assert "beaucoup" in wrong.text


def test_a_budget_is_typed_and_refused_with_reasons(ciso: FlaskClient, site: str, planted: PlantedGovernance) -> None:
    page = ciso.get(f"{site}/budget").text
    assert "17/1000" in page
    assert "sous 2,0\u00a0%" in page
    assert "au moins 1,6\u00a0%" in page
    assert "texte d’origine et année non lus" in page
    assert "<svg" in page
    sent = {"operating": "100", "digital": "200", "cyber": "", "source": "x", "version": "0"}
    answer = ciso.post(f"{site}/budget/2023", data=sent)
    assert answer.status_code == 400
    assert "dépasse l’ensemble des dépenses" in answer.text
    assert ciso.post(f"{site}/budget/2023", data={**sent, "digital": "2"}).status_code == 302
    assert "1/50" in ciso.get(f"{site}/budget").text
    assert ciso.post(f"{site}/budget/2023", data={**sent, "digital": "3"}).status_code == 409
    assert ciso.get(f"{site}/budget/1890").status_code == 404


def test_the_group_says_whose_budget_is_missing(browse: Browse, ght: str, planted: PlantedGovernance) -> None:
    page = browse("group").get(f"{ght}/budget").text
    assert "Il manque la réponse de : CH de la Colline." in page


def test_a_meeting_its_decision_and_its_action(
    ciso: FlaskClient, site: str, planted: PlantedGovernance, platform: Platform, hospitals: Hospitals
) -> None:
    page = ciso.get(f"{site}/committees").text
    for words in ("Non tenue", "À renseigner", "Prévue", "PSSI validée", "1 non tenue en un an"):
        assert words in page
    address = f"{site}/committees/{planted.meeting}"
    assert "En faire une action" in ciso.get(address).text
    place = Place(Level.ESTABLISHMENT, hospitals.valley)
    key = read_meeting(platform, MACHINE, place, planted.meeting)[1].decisions[0].key
    answer = ciso.post(f"{address}/actions/{key}")
    assert answer.status_code == 302
    assert "/actions/" in answer.location
    assert "Action : Acheter une passerelle" in ciso.get(address).text
    sent = {"kind": "security", "held_on": "2035-01-01", "held": "yes", "version": "1"}
    wrong = ciso.post(address, data=sent)
    assert wrong.status_code == 400
    assert "attendez son jour" in wrong.text
    made = ciso.post(f"{site}/committees/new", data={"kind": "care", "held_on": "2026-01-15", "held": ""})
    assert made.status_code == 302
    assert ciso.get(made.location).status_code == 200


def test_an_action_of_the_group_wants_an_establishment(
    browse: Browse, ght: str, planted: PlantedGovernance, platform: Platform, hospitals: Hospitals
) -> None:
    group, place = browse("group"), Place(Level.GHT, hospitals.ght)
    sent = {"kind": "care", "held_on": "2026-01-15", "held": "yes", "decisions": "Acheter ensemble"}
    address = group.post(f"{ght}/committees/new", data=sent).location
    number = int(address.rpartition("/")[2])
    key = read_meeting(platform, MACHINE, place, number)[1].decisions[0].key
    assert group.post(f"{address}/actions/{key}").location == address
    assert "Choisissez au moins un établissement." in group.get(address).text
    answer = group.post(f"{address}/actions/{key}", data={"site": [hospitals.valley, hospitals.hill]})
    assert f"/establishments/{hospitals.valley}/actions/" in answer.location


def test_a_month_is_typed_corrected_and_taken_back(
    ciso: FlaskClient, site: str, planted: PlantedGovernance, platform: Platform, hospitals: Hospitals
) -> None:
    address = f"{site}/figures/mss_letters"
    assert "aucun texte lu n’en donne" in ciso.get(address).text
    sent = {"month": "2026-01", "part": "700", "whole": "900", "source": "DIM", "version": "0"}
    assert ciso.post(address, data=sent).status_code == 302
    assert "77,7\u00a0%" in ciso.get(address).text
    stale = ciso.post(address, data={**sent, "part": "701"})
    assert stale.status_code == 409
    assert 'value="701"' in stale.text
    more = ciso.post(address, data={**sent, "part": "901", "version": "1"})
    assert more.status_code == 400
    assert "dépasse le total" in more.text
    ahead = ciso.post(address, data={**sent, "month": "2099-01"})
    assert ahead.status_code == 400
    assert "pas commencé" in ahead.text
    assert ciso.post(address, data={**sent, "part": "710", "version": "1"}).status_code == 302
    page = ciso.get(f"{address}?month=2026-01").text
    assert "700 / 900 corrigé en 710 / 900" in page
    assert "Retirer janvier 2026" in page
    place = Place(Level.ESTABLISHMENT, hospitals.valley)
    view = read_indicator(platform, MACHINE, place, "mss_letters")[1]
    number = next(one.id for one in view.months if one.id)
    assert ciso.post(f"{address}/{number}/remove", data={"version": "2"}).status_code == 302
    assert "77" not in ciso.get(address).text.split("Mois par mois")[1].split("</table>")[0]
    assert ciso.get(f"{site}/figures/nothing").status_code == 404
    for asked in ("2099-01", "x", "2020-05", "0000-00"):
        assert ciso.get(f"{address}?month={asked}").status_code == 200


def test_months_are_imported_after_a_preview(ciso: FlaskClient, site: str, planted: PlantedGovernance) -> None:
    address = f"{site}/figures-import"
    assert "mfa_dpi_users" in ciso.get(address).text
    content = "indicateur;mois;nombre;total;source\nmss_letters;2026-01;5;10;\nins_qualified;2026-01;1;5000;x\n"
    seen = ciso.post(address, data={"file": (BytesIO(content.encode()), "mois.csv"), "source": "DIM"})
    assert seen.status_code == 200
    assert "5 / 10" in seen.text
    text = seen.text.split('<textarea name="lines" hidden>')[1].split("</textarea>")[0].lstrip("\n")
    mark = seen.text.split('name="seen" value="')[1].split('"')[0]
    assert ciso.post(f"{address}/confirm", data={"lines": text, "seen": "x", "source": "DIM"}).status_code == 409
    sent = {"lines": text, "seen": mark, "source": "DIM"}
    assert ciso.post(f"{address}/confirm", data=sent).status_code == 302
    assert "50,0\u00a0%" in ciso.get(f"{site}/figures").text
    assert ciso.post(address, data={"lines": "a;b\n1;2"}).status_code == 400
    assert ciso.post(address, data={}).status_code == 400
    faulty = ciso.post(address, data={"lines": "indicateur;mois;nombre;total\nx;2026-01;1;2"})
    assert "Ligne 2, indicateur" in faulty.text
    assert "Confirmer l’import" not in faulty.text


def test_evidence_is_joined_to_a_meeting(ciso: FlaskClient, here: str, site: str, planted: PlantedGovernance) -> None:
    page = ciso.get(f"{here}/evidence/attach?thing=committee:{planted.meeting}")
    assert page.status_code == 200
    assert ciso.get(f"{here}/evidence/attach?thing=committee:{planted.group_meeting}").status_code == 200


def test_the_menu_leads_there(ciso: FlaskClient, here: str, site: str, planted: PlantedGovernance) -> None:
    assert f'href="{site}"' in ciso.get(here).text


def test_the_group_names_are_those_of_the_site(
    platform: Platform, hospitals: Hospitals, planted: PlantedGovernance
) -> None:
    found = read_staffing(platform, MACHINE, Place(Level.ESTABLISHMENT, hospitals.hill))
    assert [one.name for one in next(f for f in found.functions if f.id == "rssi").lent] == ["Claire Moreau"]
