"""The pages of the catalogue: addresses in full, help beside findings and sheets, nothing typed is lost."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from care.services.findings import FindingFilter, list_findings
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals
from tests.web.catalogue import plant_catalogue
from tests.web.conftest import Browse
from tests.web.seeds import Seeds


@pytest.fixture
def offer(platform: Platform, hospitals: Hospitals) -> int:
    return plant_catalogue(platform, hospitals)


TYPED = {
    "region": "0",
    "kind": "service",
    "title": "Numéro d’appui",
    "address": "https://appui.exemple.test/",
    "themes": ["incidents"],
    "helps": "has:incidents\r\n\r\nrule:ad.*",
}


def test_everybody_reads_it_with_addresses_in_full(browse: Browse, offer: int) -> None:
    for who in ("ciso", "director", "visitor"):
        page = browse(who).get("/catalogue").text
        assert ">https://github.com/ANSSI-FR/ORADAD</a>" in page
        assert "Audit d’annuaire accompagné" in page
        assert "Ajouter une offre" not in page
        assert "non connu" in page
    stranger = browse("stranger").get("/catalogue").text
    assert "Audit d’annuaire accompagné" not in stranger
    assert "Renfort du Lointain" in stranger
    assert browse("anonymous").get("/catalogue").status_code == 302


def test_searched_without_script(ciso: FlaskClient, offer: int) -> None:
    page = ciso.get("/catalogue?q=oradad&kind=tool&theme=directory").text
    assert "1 offre " in page
    assert "Aucune offre ne correspond" in ciso.get("/catalogue?q=zzz&kind=magie&theme=x").text
    assert "PingCastle" not in ciso.get("/catalogue?base=1").text


def test_added_changed_and_ended(administrator: FlaskClient, offer: int) -> None:
    refused = administrator.post("/catalogue/new", data=TYPED | {"address": "ftp://x"})
    assert refused.status_code == 400
    assert "Numéro d’appui" in refused.text
    assert administrator.post("/catalogue/new", data=TYPED | {"themes": ["magie"]}).status_code == 400
    assert administrator.post("/catalogue/new", data=TYPED | {"region": "zz"}).status_code == 400
    assert administrator.post("/catalogue/new", data=TYPED).status_code == 302
    assert "Numéro d’appui" in administrator.get("/catalogue").text
    assert administrator.post("/catalogue/new", data=TYPED).status_code == 400
    page = administrator.get(f"/catalogue/{offer}").text
    assert "rule:ad.*" in page
    late = administrator.post(f"/catalogue/{offer}", data=TYPED | {"title": "Tard", "version": "9"})
    assert late.status_code == 409
    assert "Tard" in late.text
    assert (
        administrator.post(f"/catalogue/{offer}", data=TYPED | {"title": "À temps", "version": "1"}).status_code == 302
    )
    administrator.post(f"/catalogue/{offer}/end", data={"version": "1"})
    assert "À temps" in administrator.get("/catalogue").text
    administrator.post(f"/catalogue/{offer}/end", data={"version": "2"})
    assert "À temps" not in administrator.get("/catalogue").text
    assert administrator.get(f"/catalogue/{offer}").status_code == 404


def test_who_only_reads(ciso: FlaskClient, offer: int) -> None:
    assert ciso.get("/catalogue/new").status_code == 403
    assert ciso.get(f"/catalogue/{offer}").status_code == 403
    assert ciso.post(f"/catalogue/{offer}/end", data={"version": "1"}).status_code == 403


def test_help_is_beside_findings_and_sheets(
    ciso: FlaskClient, platform: Platform, hospitals: Hospitals, seeds: Seeds, here: str, offer: int
) -> None:
    wanted = FindingFilter(rule="exposure.rdp_without_nla")
    finding = list_findings(platform, MACHINE, hospitals.valley, wanted).page.lines[0]
    page = ciso.get(f"{here}/findings/{finding.id}").text
    assert 'href="/catalogue#cert-sante-cybersurveillance"' in page
    assert 'href="/catalogue#oradad"' in ciso.get("/remediation/ad_krbtgt").text
    need = ciso.get(f"{here}/programme/anssi-hygiene/37").text
    assert 'href="/catalogue#sauvegarde-anssi"' in need
