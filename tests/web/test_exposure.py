"""The pages of exposure: what is seen, what changed, and what proves the level."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from care.services.platform import Platform
from tests.support.audits import run_audit
from tests.support.people import Hospitals
from tests.unit.exposure import specimens as exposure
from tests.web.conftest import Browse
from tests.web.seeds import MACHINE, Seeds, SpecimenCollect

MOST_BYTES = 150_000


@pytest.fixture
def twice(platform: Platform, seeds: Seeds) -> None:
    """The façade audited again, its first address closed meanwhile."""
    collect = platform.collect
    assert isinstance(collect, SpecimenCollect)
    closed, *others = exposure.BROKEN.hosts
    collect.facts["exposure"] = replace(exposure.BROKEN, hosts=(replace(closed, ports=(), closed=1000), *others))
    collect.clock = lambda: platform.clock.now() + timedelta(days=50)
    run_audit(platform, MACHINE, seeds.exposure)


def test_before_any_target_the_page_says_where_to_begin(
    ciso: FlaskClient, browse: Browse, hospitals: Hospitals
) -> None:
    assert "Rien n’est encore regardé" in browse("administrator").get(f"/establishments/{hospitals.far}/exposure").text


def test_the_first_audit_shows_what_is_seen_and_calls_it_new(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    answer = ciso.get(f"{here}/exposure")
    assert len(answer.data) < MOST_BYTES
    assert "C’est le premier audit" in answer.text
    assert 'class="perimeter-tile tone-critical"' in answer.text
    assert "Certificats à renouveler" in answer.text
    assert "Niveau tenu dans la durée" in answer.text


def test_the_next_audit_tells_what_changed(ciso: FlaskClient, here: str, twice: None) -> None:
    page = ciso.get(f"{here}/exposure").text
    changes = page.split('id="changes-title"')[1].split("</section>")[0]
    assert "Disparu" in changes
    assert re.search(rf'href="{here}/exposure/assets/\d+"', changes)


def test_things_are_filtered_and_those_gone_are_apart(ciso: FlaskClient, here: str, twice: None) -> None:
    there = ciso.get(f"{here}/exposure/assets?kind=service").text
    gone = ciso.get(f"{here}/exposure/assets?kind=service&gone=1").text
    assert "/tcp" in there
    assert "Disparu le" in gone
    assert "Rien ici" in ciso.get(f"{here}/exposure/assets?q=introuvable").text
    assert "Rien ici" not in ciso.get(f"{here}/exposure/assets?q=443").text


def test_a_thing_has_its_traits_weaknesses_and_history(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    listed = ciso.get(f"{here}/exposure/assets?kind=address").text
    address = re.search(rf"{here}/exposure/assets/\d+", listed)
    assert address is not None
    page = ciso.get(address[0]).text
    assert "Services de cette adresse" in page
    assert "Nouveau" in page
    assert re.search(rf'href="{here}/findings/\d+"', page)


def test_a_thing_shows_what_proves_each_weakness_and_where_it_is_kept(
    ciso: FlaskClient, here: str, seeds: Seeds
) -> None:
    listed = ciso.get(f"{here}/exposure/assets?kind=service&q=443").text
    address = re.search(rf"{here}/exposure/assets/\d+", listed)
    assert address is not None
    page = ciso.get(address[0]).text
    assert "Ce qui le prouve" in page
    assert "Éléments relevés" in page
    assert re.search(rf'href="{here}/evidence/\d+">archive scellée', page)
    assert re.search(rf'href="{here}/runs/\d+">cet audit', page)


@pytest.mark.parametrize(("kind", "word"), [("name", "dans le mandat"), ("domain", "DMARC")])
def test_names_and_domains_are_things_too(ciso: FlaskClient, here: str, seeds: Seeds, kind: str, word: str) -> None:
    listed = ciso.get(f"{here}/exposure/assets?kind={kind}").text
    assert word in listed
    address = re.search(rf"{here}/exposure/assets/\d+", listed)
    assert address is not None
    assert "Historique" in ciso.get(address[0]).text


def test_what_is_not_reported_is_off_the_map_and_in_a_list_of_its_own(
    ciso: FlaskClient, here: str, seeds: Seeds, platform: Platform
) -> None:
    address = exposure.BROKEN.hosts[0].address
    assert f">{address}<" in ciso.get(f"{here}/exposure").text
    until = (platform.clock.now().date() + timedelta(days=30)).isoformat()
    sent = {"what": address, "mode": "no_report", "reason": "Leurre", "until": until}
    assert ciso.post(f"{here}/restraints/exclusions", data=sent).status_code == 302
    page = ciso.get(f"{here}/exposure").text
    assert f">{address}<" not in page
    assert "ni comptée, ni sur la carte" in page
    assert f">{address}<" in ciso.get(f"{here}/exposure/assets?aside=1&kind=address").text
    assert f">{address}<" not in ciso.get(f"{here}/exposure/assets?kind=address").text


def test_the_page_says_when_the_next_audit_is_due_and_that_a_mandate_is_incomplete(
    ciso: FlaskClient, here: str, seeds: Seeds
) -> None:
    page = ciso.get(f"{here}/exposure").text
    assert "toutes les 12 heures" in page
    assert "le mandat n’a pas son document signé" in page


def test_the_list_leaves_as_a_file_that_starts_no_formula(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    answer = ciso.get(f"{here}/exposure/assets.csv?kind=service")
    assert answer.mimetype == "text/csv"
    assert "/tcp" in answer.text
    assert not any(line.startswith(("=", "+", "@")) for line in answer.text.splitlines())


def test_a_stranger_sees_nothing(browse: Browse, here: str, seeds: Seeds) -> None:
    assert browse("stranger").get(f"{here}/exposure").status_code == 404
