"""The pages of regional reports: asked for, taken away, ordered, an establishment's own line."""

from __future__ import annotations

import re

import pytest

from care.domain.jobs import Lane
from care.services.platform import Platform
from care.services.regional_reports import making
from care.services.regional_reports.ordered import list_orders
from care.services.work import Hold
from tests.support.audits import claimed
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.regional_reports import plant_order, plant_told_region

HERE = "/regional-reports"


@pytest.fixture
def month(platform: Platform, hospitals: Hospitals) -> int:
    return plant_told_region(platform, hospitals)


def asked(hospitals: Hospitals, month: int) -> dict[str, object]:
    return {"place": f"region-{hospitals.region}", "month": month, "audience": "public", "forms": ["json", "csv"]}


def make(platform: Platform) -> None:
    making.make(platform, Hold(platform, claimed(platform, Lane.SERVICE)))


def test_without_figures_the_page_says_when_there_will_be(browse: Browse) -> None:
    text = browse("administrator").get(HERE).get_data(as_text=True)
    assert "Aucun chiffre pour l’instant" in text


def test_a_report_is_asked_for_made_and_taken_away(
    browse: Browse, platform: Platform, hospitals: Hospitals, month: int
) -> None:
    administrator = browse("administrator")
    answer = administrator.post(HERE, data=asked(hospitals, month))
    assert (answer.status_code, answer.location) == (302, HERE)
    assert "hx-trigger" in administrator.get(HERE).get_data(as_text=True)
    make(platform)
    page = administrator.get(HERE).get_data(as_text=True)
    assert "hx-trigger" not in page
    links = re.findall(rf'href="({HERE}/[0-9]+/[^"]+)"', page)
    assert [one.rpartition(".")[2] for one in links] == ["csv", "csv", "json"]
    for one in links:
        with administrator.get(one) as file:
            assert file.status_code == 200
            assert file.headers["Content-Disposition"].startswith("attachment")
        for other in ("ciso", "director", "stranger"):
            assert browse(other).get(one).status_code == 404
    assert administrator.get(links[0].rpartition("/")[0] + "/..%2Fcare.sqlite3").status_code == 404


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"forms": []}, "Choisissez au moins une forme"),
        ({"audience": "reserved"}, "Choisissez au moins une forme"),
        ({"audience": "nul"}, "Choisissez l’une des réponses proposées"),
        ({"month": 201901}, "Choisissez l’une des réponses proposées"),
        ({"month": "mars"}, "Choix"),
    ],
)
def test_what_cannot_be_made_is_said_beside_its_field(
    browse: Browse, hospitals: Hospitals, month: int, changed: dict[str, object], said: str
) -> None:
    answer = browse("administrator").post(HERE, data=asked(hospitals, month) | changed)
    assert answer.status_code == 400
    assert said in answer.get_data(as_text=True)


def test_a_place_of_nobody_is_refused(browse: Browse, hospitals: Hospitals, month: int) -> None:
    for place in ("region-999", "nul", "establishment-x"):
        answer = browse("administrator").post(HERE, data=asked(hospitals, month) | {"place": place})
        assert answer.status_code in (400, 404)


def test_who_does_not_follow_a_region_has_no_such_page(browse: Browse, month: int) -> None:
    for name in ("ciso", "director", "visitor"):
        assert browse(name).get(HERE).status_code == 403
        assert "Rapports régionaux" not in browse(name).get("/").get_data(as_text=True)


def test_an_establishment_asks_for_its_own_line(
    browse: Browse, platform: Platform, hospitals: Hospitals, month: int
) -> None:
    here = f"/establishments/{hospitals.valley}/regional-report"
    director = browse("director")
    page = director.get(here).get_data(as_text=True)
    assert "Données ouvertes" not in page
    assert director.post(here, data={"month": month, "forms": ["xlsx"]}).status_code == 302
    make(platform)
    (link,) = re.findall(rf'href="({HERE}/[0-9]+/[^"]+)"', director.get(here).get_data(as_text=True))
    with director.get(link) as file:
        assert file.status_code == 200
    assert browse("stranger").get(link).status_code == 404
    assert browse("stranger").get(here).status_code == 404
    assert director.post(here, data={"month": month, "forms": ["json"]}).status_code == 400


def typed(hospitals: Hospitals, **changed: object) -> dict[str, object]:
    said: dict[str, object] = {
        "place": f"region-{hospitals.region}",
        "title": "Point de l’ARS",
        "every": "quarter",
        "public": "public",
        "forms": ["pdf", "json"],
        "recipients": "ars@region.test; presse@region.test",
        "lang": "fr",
    }
    return said | changed


def test_an_order_is_given_changed_by_two_and_ended(browse: Browse, platform: Platform, hospitals: Hospitals) -> None:
    administrator = browse("administrator")
    assert administrator.post(f"{HERE}/orders/new", data=typed(hospitals)).status_code == 302
    (order,) = list_orders(platform, MACHINE)
    assert order.recipients == ("ars@region.test", "presse@region.test")
    edit = f"{HERE}/orders/{order.id}/edit"
    assert "presse@region.test" in administrator.get(edit).get_data(as_text=True)
    assert administrator.post(edit, data=typed(hospitals, every="month", version=1)).status_code == 302
    late = administrator.post(edit, data=typed(hospitals, title="Mon titre", version=1))
    assert late.status_code == 409
    assert 'value="Mon titre"' in late.get_data(as_text=True)
    assert "Point de l’ARS" in administrator.get(HERE).get_data(as_text=True)
    assert administrator.post(f"{HERE}/orders/{order.id}/end").status_code == 302
    assert administrator.get(edit).status_code == 404


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"recipients": "pas une adresse"}, "pas une adresse"),
        ({"forms": []}, "au moins une forme"),
        ({"public": "reserved", "forms": ["pdf"]}, "aucun compte qui le voit"),
        ({"title": ""}, "Point"),
    ],
)
def test_a_wrong_order_is_shown_again(
    browse: Browse, hospitals: Hospitals, changed: dict[str, object], said: str
) -> None:
    answer = browse("administrator").post(f"{HERE}/orders/new", data=typed(hospitals, **changed))
    assert answer.status_code == 400
    if said != "Point":
        assert said in answer.get_data(as_text=True)


def test_an_order_is_of_who_manages_the_place(browse: Browse, platform: Platform, hospitals: Hospitals) -> None:
    order = plant_order(platform, hospitals)
    for name in ("ciso", "director", "stranger"):
        assert browse(name).get(f"{HERE}/orders/{order}/edit").status_code in (403, 404)
        assert browse(name).post(f"{HERE}/orders/{order}/end").status_code in (403, 404)
    assert list_orders(platform, MACHINE)
