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


def test_the_list_leaves_as_a_file_that_starts_no_formula(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    answer = ciso.get(f"{here}/exposure/assets.csv?kind=service")
    assert answer.mimetype == "text/csv"
    assert "/tcp" in answer.text
    assert not any(line.startswith(("=", "+", "@")) for line in answer.text.splitlines())


def test_a_stranger_sees_nothing(browse: Browse, here: str, seeds: Seeds) -> None:
    assert browse("stranger").get(f"{here}/exposure").status_code == 404
