"""Shared weaknesses: the list, one with its establishments, their exports."""

from __future__ import annotations

from flask.testing import FlaskClient

from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals
from tests.support.recordings import Seen, plant_targets, record_run
from tests.web.conftest import Browse
from tests.web.seeds import Seeds


def test_the_list_leads_to_the_sites_and_their_findings(
    administrator: FlaskClient, platform: Platform, hospitals: Hospitals, seeds: Seeds
) -> None:
    target = plant_targets(platform, MACHINE, hospitals.hill, ["Annuaire"])["Annuaire"]
    record_run(platform, hospitals.hill, target, Seen(0, {"ad.only_here": ["x", "y"]}))
    page = administrator.get("/weaknesses").text
    assert "3 établissements" in page
    assert 'href="/weaknesses/ad.only_here"' in page
    assert "1 sur 3" in page
    one = administrator.get("/weaknesses/ad.only_here").text
    assert f"/establishments/{hospitals.hill}/findings?rule=ad.only_here&amp;state=open" in one
    assert "2 constats ouverts" in one
    ght = administrator.get(f"/weaknesses?place=ght-{hospitals.ght}&shared=1").text
    assert "Aucune faiblesse ici" in ght
    assert administrator.get("/weaknesses?place=ght-x").status_code == 404
    assert administrator.get("/weaknesses?place=nowhere").status_code == 404
    assert administrator.get("/weaknesses/ad.nothing").status_code == 404


def test_the_export_follows_the_filters(administrator: FlaskClient, seeds: Seeds) -> None:
    page = administrator.get("/weaknesses?severity=critical&page=1").text
    assert 'href="/weaknesses.csv?severity=critical"' in page
    answer = administrator.get("/weaknesses.csv?severity=critical")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = answer.data.decode("utf-8-sig").splitlines()
    assert len(rows) > 1
    assert all(";critical;" in row for row in rows[1:])


def test_the_menu_offers_it_to_who_sees_several_establishments(browse: Browse, seeds: Seeds) -> None:
    assert "Faiblesses communes" in browse("administrator").get("/rules").text
    assert "Faiblesses communes" not in browse("ciso").get("/rules").text


def test_odd_parameters_never_break_the_list(administrator: FlaskClient, seeds: Seeds) -> None:
    for odd in ("page=-3", "page=9999999", "sort=nope", "severity=x&state=y", "scanner=%25", "q=%00%27", "shared=7"):
        assert administrator.get(f"/weaknesses?{odd}").status_code == 200, odd


def test_one_action_is_offered_for_the_sites_ticked(
    administrator: FlaskClient, platform: Platform, hospitals: Hospitals, seeds: Seeds
) -> None:
    for site in (hospitals.valley, hospitals.hill):
        target = plant_targets(platform, MACHINE, site, ["Annuaire"])["Annuaire"]
        record_run(platform, site, target, Seen(0, {"ad.shared_one": ["x"]}))
    page = administrator.get("/weaknesses/ad.shared_one").text
    form = page.split('action="/actions/new"')[1].split("</form>")[0]
    ticked = [part.split('"')[0] for part in form.split('name="establishment" value="')[1:]]
    assert sorted(map(int, ticked)) == sorted([hospitals.valley, hospitals.hill])
    asked = "&".join(f"establishment={one}" for one in ticked)
    assert administrator.get(f"/actions/new?rule=ad.shared_one&{asked}").status_code == 200
