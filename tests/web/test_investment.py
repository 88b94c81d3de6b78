"""Costs of an action and the investment plan, as pages and files."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from care.domain.access import Level, Role
from care.services.costs import CostDraft, action_costs, add_cost
from care.services.platform import Platform
from tests.support.costs import plant_action
from tests.support.people import MACHINE, Hospitals, person
from tests.web.conftest import Browse

LINE = {
    "year": "2026",
    "kind": "investment",
    "amount": "12 500,50",
    "label": "Bastion",
    "funding": "own",
    "version": "1",
}


@pytest.fixture
def alone(platform: Platform, hospitals: Hospitals) -> int:
    return plant_action(platform, [hospitals.valley], "Bastion d’administration")


@pytest.fixture
def shared(platform: Platform, hospitals: Hospitals) -> int:
    return plant_action(platform, {hospitals.valley: 2, hospitals.hill: 1}, "Bastion du GHT", [(2026, 10_000)])


def text(page: str) -> str:
    """What a page says, without its marks; spaces as typed."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).replace("\u202f", " ").replace("\xa0", " ").split())


def costs_of(here: str, action: int) -> str:
    return f"{here}/actions/{action}/costs"


class TestCosts:
    def test_an_action_is_priced_from_its_page(self, ciso: FlaskClient, here: str, alone: int) -> None:
        page = ciso.get(f"{here}/actions/{alone}").text
        assert "Non chiffrée" in page
        assert f'href="{costs_of(here, alone)}">Chiffrer' in page
        answer = ciso.post(costs_of(here, alone), data=LINE, follow_redirects=True)
        assert "Coût ajouté." in answer.text
        assert "12 500,50 €" in text(answer.text)
        assert "12 500,50 €" in text(ciso.get(f"{here}/actions/{alone}").text)

    def test_what_cannot_be_read_is_shown_again_with_its_sentence(
        self, ciso: FlaskClient, here: str, alone: int, platform: Platform
    ) -> None:
        answer = ciso.post(costs_of(here, alone), data=LINE | {"amount": "12,500", "label": "Licences <b>"})
        assert answer.status_code == 400
        assert "se lit de deux façons" in answer.text
        assert 'value="12,500"' in answer.text
        assert 'value="Licences &lt;b&gt;"' in answer.text
        assert not action_costs(platform, MACHINE, alone).priced

    def test_a_free_funding_is_kept_and_shown_again(
        self, ciso: FlaskClient, here: str, alone: int, platform: Platform
    ) -> None:
        ciso.post(costs_of(here, alone), data=LINE | {"funding": "other", "other_funding": "Région 2026"})
        (line,) = action_costs(platform, MACHINE, alone).lines
        assert line.own_funding == "Région 2026"
        page = ciso.get(costs_of(here, alone)).text
        assert 'value="Région 2026"' in page
        changed = ciso.post(
            f"{costs_of(here, alone)}/{line.id}", data=LINE | {"funding": "care-d2:O3.A", "version": "2"}
        )
        assert changed.status_code == 302
        assert action_costs(platform, MACHINE, alone).lines[0].own_funding == "care-d2:O3.A"
        removed = ciso.post(f"{costs_of(here, alone)}/{line.id}/remove", data={"version": "3"}, follow_redirects=True)
        assert "Coût retiré." in removed.text

    def test_somebody_was_quicker_nothing_typed_is_lost(
        self, ciso: FlaskClient, here: str, alone: int, platform: Platform
    ) -> None:
        add_cost(platform, MACHINE, alone, 1, CostDraft("2027", "running", "5"))
        answer = ciso.post(costs_of(here, alone), data=LINE | {"amount": "777"})
        assert answer.status_code == 409
        assert "a modifié les coûts" in answer.text
        assert 'value="777"' in answer.text
        assert 'name="version" value="2"' in answer.text
        (line,) = action_costs(platform, MACHINE, alone).lines
        late = ciso.post(f"{costs_of(here, alone)}/{line.id}/remove", data={"version": "1"})
        assert late.status_code == 409
        assert len(action_costs(platform, MACHINE, alone).lines) == 1

    def test_the_director_reads_and_has_no_form(self, browse: Browse, here: str, alone: int) -> None:
        page = browse("director").get(costs_of(here, alone))
        assert page.status_code == 200
        assert 'method="post" action="' + costs_of(here, alone) not in page.text
        assert browse("director").post(costs_of(here, alone), data=LINE).status_code == 403

    def test_the_ciso_of_one_site_sees_its_part(self, ciso: FlaskClient, here: str, shared: int) -> None:
        page = text(ciso.get(costs_of(here, shared)).text)
        assert "66,67 €" in page
        assert "100 €" not in page
        assert "Colline" not in page
        assert "1 autre établissement porte le reste" in page
        assert ciso.post(f"{costs_of(here, shared)}/shares", data={"version": "1"}).status_code == 403

    def test_shares_are_changed_by_who_manages_them_all(
        self, administrator: FlaskClient, here: str, shared: int, hospitals: Hospitals, platform: Platform
    ) -> None:
        where = f"{costs_of(here, shared)}/shares"
        wrong = {f"share-{hospitals.valley}": "deux", f"share-{hospitals.hill}": "1", "version": "1"}
        answer = administrator.post(where, data=wrong)
        assert answer.status_code == 400
        assert 'value="deux"' in answer.text
        assert administrator.post(where, data=wrong | {f"share-{hospitals.valley}": "3"}).status_code == 302
        shares = {share.name: share.cents for share in action_costs(platform, MACHINE, shared).shares}
        assert shares == {"Hôpital de la Colline": 2_500, "Hôpital de la Vallée": 7_500}

    def test_the_line_of_another_action_is_no_page(
        self, ciso: FlaskClient, here: str, alone: int, platform: Platform, hospitals: Hospitals
    ) -> None:
        other = plant_action(platform, [hospitals.valley], "Autre", [(2026, 5)])
        line = action_costs(platform, MACHINE, other).lines[0].id
        assert ciso.post(f"{costs_of(here, alone)}/{line}", data=LINE).status_code == 404
        assert ciso.post(f"{costs_of(here, alone)}/{line}/remove", data={"version": "1"}).status_code == 404


class TestPlan:
    def test_shows_every_axis_and_what_nobody_priced(
        self, ciso: FlaskClient, here: str, shared: int, alone: int
    ) -> None:
        page = ciso.get(f"{here}/investment").text
        for wanted in ("Par établissement", "Par financement", "Financement non précisé", "Actions non chiffrées"):
            assert wanted in page
        assert "66,67 €" in text(page)
        assert "part d’un coût partagé" in page
        assert "Bastion d’administration" in page.split("Actions non chiffrées", 1)[1]
        assert "<svg" in page

    def test_a_group_is_read_as_a_whole_by_who_sees_it(
        self, administrator: FlaskClient, hospitals: Hospitals, shared: int
    ) -> None:
        page = text(administrator.get(f"/investment?place=ght-{hospitals.ght}").text)
        assert "100 €" in page
        assert "vous voyez" not in page

    def test_a_partial_view_says_so(self, ciso: FlaskClient, hospitals: Hospitals, shared: int) -> None:
        page = text(ciso.get(f"/investment?place=ght-{hospitals.ght}").text)
        assert "vous voyez 1 établissement sur 2" in page
        assert "Colline" not in page

    def test_years_are_chosen(self, ciso: FlaskClient, here: str, shared: int) -> None:
        page = text(ciso.get(f"{here}/investment?from=2030&to=2031").text)
        assert "66,67 € sur d’autres années" in page
        assert "2030" in page

    @pytest.mark.parametrize("odd", ["from=x&to=-3", "from=99999999999999", "from=1&to=9999", "from=2031&to=2026"])
    def test_odd_years_never_break_the_page(self, ciso: FlaskClient, here: str, shared: int, odd: str) -> None:
        assert ciso.get(f"{here}/investment?{odd}").status_code == 200

    @pytest.mark.parametrize("place", ["ght-0", "ght-x", "platform-1", "nowhere-1", "ght-99999999999999", "ght-424242"])
    def test_an_unknown_place_is_no_page(self, ciso: FlaskClient, shared: int, place: str) -> None:
        assert ciso.get(f"/investment?place={place}").status_code == 404

    def test_an_empty_plan_says_what_to_do(self, ciso: FlaskClient, here: str) -> None:
        assert "Aucun coût sur ces années" in ciso.get(f"{here}/investment").text

    @pytest.mark.parametrize(("end", "start"), [("xlsx", b"PK"), ("pdf", b"%PDF")])
    def test_files_are_sent_to_be_kept(
        self, ciso: FlaskClient, here: str, hospitals: Hospitals, shared: int, end: str, start: bytes
    ) -> None:
        for address in (f"{here}/investment.{end}", f"/investment.{end}?place=ght-{hospitals.ght}&from=2026"):
            answer = ciso.get(address)
            assert answer.data.startswith(start)
            assert answer.headers["Content-Disposition"] == f"attachment; filename=investissement.{end}"

    def test_who_may_not_export_has_no_button_and_no_file(
        self, platform: Platform, hospitals: Hospitals, browse: Browse, here: str, shared: int
    ) -> None:
        assert "investment.xlsx" in browse("director").get(f"{here}/investment").text
        assert browse("visitor").get(f"{here}/investment.pdf").status_code == 403
        assert browse("stranger").get(f"/investment.pdf?place=ght-{hospitals.ght}").status_code == 404

    def test_english_is_complete(self, ciso: FlaskClient, here: str, shared: int, alone: int) -> None:
        ciso.post("/language", data={"lang": "en"})
        page = text(ciso.get(f"{here}/investment").text)
        assert "Investment plan" in page
        assert "€66.67" in page
        assert not re.search(r"établissement|financement|chiffr", page)


def test_a_page_takes_few_statements(ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals) -> None:
    from tests.support.queries import counted

    for rank in range(30):
        plant_action(platform, [hospitals.valley, hospitals.hill], f"Action {rank}", [(2026, rank)])
    ciso.get(f"{here}/investment")
    with counted(platform.database) as statements:
        ciso.get(f"{here}/investment")
    assert len(statements) <= 20


def test_a_group_ciso_prices_from_the_service_too(platform: Platform, hospitals: Hospitals, shared: int) -> None:
    who = person(Role.CISO, Level.GHT, hospitals.ght)
    assert add_cost(platform, who, shared, 1, CostDraft("2026", "running", "1 k€"))
