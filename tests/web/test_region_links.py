"""The pages of the link with a region: what leaves is seen first, nobody but administrators may, files both ways."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient

from care.domain.bundles import read_bundle
from care.domain.federation import DeliveryState, LinkState
from care.services.federation import links, sending
from care.services.federation.pulling import pull_alerts
from care.services.platform import Platform
from tests.support.indicators_told import tell
from tests.support.people import MACHINE, Hospitals
from tests.support.regions import CODE, URL, PaperRegion
from tests.web.conftest import Browse
from tests.web.region_links import joined, paper_region


@pytest.fixture
def region(platform: Platform, hospitals: Hospitals) -> PaperRegion:
    return paper_region(platform, hospitals.valley, hospitals.hill)


@pytest.fixture
def online(app: Flask, platform: Platform, region: PaperRegion) -> Platform:
    """The application reaches that region."""
    app.extensions["care"] = replace(platform, courier=region)
    return platform


def state(platform: Platform, link_id: int) -> LinkState:
    return links.open_link(platform, MACHINE, link_id).line.state


def deliveries(platform: Platform, link_id: int) -> list[DeliveryState]:
    return [one.state for one in links.open_link(platform, MACHINE, link_id).history.lines]


def a_file(content: bytes) -> dict[str, object]:
    return {"file": (BytesIO(content), "reponse.txt")}


def test_a_region_is_joined_in_three_steps(
    online: Platform, region: PaperRegion, administrator: FlaskClient, hospitals: Hospitals
) -> None:
    tell(online, hospitals.valley, "EXO-TX", {202603: (1, 1)})
    made = administrator.post("/region-links/new", data={"url": URL, "months": "13"})
    link = made.headers["Location"]
    wrong = administrator.post(f"{link}/ask", data={"code": "AAAA", "name": "CH de la Vallée"})
    assert wrong.status_code == 400
    assert "24 signes" in wrong.text
    assert "CH de la Vallée" in wrong.text
    administrator.post(f"{link}/ask", data={"code": CODE, "name": "CH de la Vallée"})
    page = administrator.get(link).text
    assert "Comparer, puis activer" in page
    shown = "".join(page.split("Sa clé</dt>")[1].split("</dd>")[0].split(">")[1].split())
    assert shown.replace("-", "").replace(" ", "").lower() == region.fingerprint
    preview = administrator.get(f"{link}/preview").text
    assert "Hôpital de la Vallée" in preview
    assert region.taken == []
    administrator.post(f"{link}/enable", data={"fingerprint": region.fingerprint})
    assert "Envoyer maintenant" in administrator.get(link).text
    assert administrator.post(f"{link}/enable", data={"fingerprint": "0" * 64}).status_code == 409


def test_a_region_that_cannot_be_reached_is_said_and_the_code_typed_stays(
    online: Platform, region: PaperRegion, administrator: FlaskClient
) -> None:
    link = administrator.post("/region-links/new", data={"url": URL, "months": "13"}).headers["Location"]
    region.down = "Le pare-feu ne laisse pas passer."
    page = administrator.post(f"{link}/ask", data={"code": CODE, "name": "CH"})
    assert page.status_code == 409
    assert "Le pare-feu ne laisse pas passer." in page.text
    assert CODE in page.text


def test_everything_by_file(online: Platform, region: PaperRegion, administrator: FlaskClient) -> None:
    link = administrator.post("/region-links/new", data={"url": "", "months": "13"}).headers["Location"]
    asked = administrator.post(f"{link}/ask", data={"code": CODE, "name": "CH", "way": "file"})
    assert "attachment" in asked.headers["Content-Disposition"]
    refused = administrator.post(f"{link}/answer", data=a_file(b"{}"))
    assert refused.status_code == 409
    assert administrator.post(f"{link}/answer", data={}).status_code == 400
    administrator.post(f"{link}/answer", data=a_file(region.enrol(asked.data)))
    administrator.post(f"{link}/enable", data={"fingerprint": region.fingerprint})
    given = administrator.post(f"{link}/file")
    assert given.headers["Content-Disposition"].endswith(".care-bundle")
    bundle = read_bundle(given.data)
    assert {one.finess for one in bundle.holders} == set(region.establishments)
    administrator.post(f"{link}/receipt", data=a_file(region.receive(given.data)))
    link_id = int(link.rsplit("/", 1)[1])
    assert deliveries(online, link_id) == [DeliveryState.DELIVERED]
    again = administrator.get(f"{link}/bundles/1")
    assert again.data == given.data


def test_what_leaves_under_pseudonyms_names_nobody_in_the_file(
    online: Platform, region: PaperRegion, administrator: FlaskClient, hospitals: Hospitals
) -> None:
    region.pseudonymous = True
    tell(online, hospitals.valley, "EXO-TX", {202603: (1, 1)})
    link_id = joined(online, region)
    told = administrator.get(f"/region-links/{link_id}/preview.json").text
    for name in (*region.establishments, "Vallée"):
        assert name not in told
    page = administrator.get(f"/region-links/{link_id}/preview").text
    assert "Hôpital de la Vallée" in page
    assert "sait revenir" in page


def test_two_administrators_change_one_link(online: Platform, region: PaperRegion, administrator: FlaskClient) -> None:
    link = f"/region-links/{joined(online, region)}"
    form = administrator.get(f"{link}/edit").text
    version = form.split('name="version"')[1].split('value="')[1].split('"')[0]
    data = {"url": "https://autre.test", "months": "6", "version": version}
    assert administrator.post(f"{link}/edit", data=data).status_code == 302
    late = administrator.post(f"{link}/edit", data={**data, "months": "24"})
    assert late.status_code == 409
    assert "Entre-temps" in late.text
    assert 'value="24"' in late.text
    assert administrator.post(f"{link}/edit", data={**data, "months": "x", "version": "x"}).status_code == 400
    assert administrator.post(f"{link}/edit", data={**data, "version": "9" * 40}).status_code == 409


def test_leaving_and_coming_back(online: Platform, region: PaperRegion, administrator: FlaskClient) -> None:
    link_id = joined(online, region)
    administrator.post(f"/region-links/{link_id}/leave")
    assert state(online, link_id) is LinkState.LEFT
    page = administrator.get(f"/region-links/{link_id}").text
    assert "reste chez elle" in page
    administrator.post(f"/region-links/{link_id}/come-back")
    assert state(online, link_id) is LinkState.ASKED


def test_trouble_is_counted_in_the_navigation(
    online: Platform, region: PaperRegion, administrator: FlaskClient, platform: Platform
) -> None:
    from care.services.federation import joining, sending

    link_id = joined(online, region)
    joining.enable(platform, MACHINE, link_id, region.fingerprint)
    assert "envoi à voir" not in administrator.get("/region-links").text
    region.known = b"another"
    sending.deliver_now(replace(platform, courier=region), MACHINE, link_id)
    assert "envoi à voir" in administrator.get("/region-links").text
    assert "Pas de cette façon." in administrator.get(f"/region-links/{link_id}").text


@pytest.mark.parametrize("who", ["ciso", "director", "visitor", "stranger"])
def test_nobody_else_opens_them(online: Platform, region: PaperRegion, browse: Browse, who: str) -> None:
    link_id = joined(online, region)
    client = browse(who)
    for page in ("", "/new", f"/{link_id}", f"/{link_id}/preview", f"/{link_id}/preview.json", f"/{link_id}/edit"):
        assert client.get(f"/region-links{page}").status_code == 403
    assert "region-links" not in client.get("/establishments").text


def test_what_is_not_there_is_not_found(administrator: FlaskClient) -> None:
    for page in ("/999", "/999/preview", "/999/edit", "/999/bundles/1"):
        assert administrator.get(f"/region-links{page}").status_code == 404
    for page in ("/999/send", "/999/file", "/999/leave", "/999/come-back", "/999/pause", "/999/enable"):
        assert administrator.post(f"/region-links{page}").status_code == 404


def test_a_bundle_made_elsewhere_is_said_and_numbering_goes_on_when_somebody_says_so(
    online: Platform, region: PaperRegion, administrator: FlaskClient, ciso: FlaskClient
) -> None:
    number = joined(online, region)
    link = f"/region-links/{number}"
    administrator.post(f"{link}/enable", data={"fingerprint": region.fingerprint})
    region.last_number, region.last_sha256 = 41, "ab" * 32
    sending.deliver_now(replace(online, courier=region), MACHINE, number)
    page = administrator.get(link).text
    assert "Un lot n° 41 n’a pas été fait ici" in page
    assert "machine clonée" in page
    assert "lot fait ailleurs" in administrator.get("/region-links").text
    assert "restauration ou d’une copie" in administrator.post(f"{link}/file").text
    assert ciso.post(f"{link}/resume", data={"number": "41"}).status_code == 403
    for wrong in ("40", "", "x", "9" * 30):
        assert administrator.post(f"{link}/resume", data={"number": wrong}).status_code == 409
    assert administrator.post(f"{link}/resume", data={"number": "41"}).status_code == 302
    assert "n’a pas été fait ici" not in administrator.get(link).text
    assert read_bundle(administrator.post(f"{link}/file").data).number == 42


def test_keys_of_the_region_and_alerts_that_are_not_read_are_shown(
    online: Platform, region: PaperRegion, administrator: FlaskClient
) -> None:
    number = joined(online, region)
    link = f"/region-links/{number}"
    administrator.post(f"{link}/enable", data={"fingerprint": region.fingerprint})
    region.rotate()
    assert sending.deliver_now(replace(online, courier=region), MACHINE, number)
    assert "présentée par la précédente" in administrator.get(link).text
    region.status = 503
    pull_alerts(replace(online, courier=region), MACHINE, number)
    assert "ne sont plus lues depuis" in administrator.get(link).text
    assert "alertes non lues" in administrator.get("/region-links").text
