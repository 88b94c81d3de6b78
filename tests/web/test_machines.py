"""The pages of machines: shares by site and service, the list with its filters, its files, and for whom."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from care.services.platform import Platform
from tests.support.people import Hospitals
from tests.web.conftest import Browse
from tests.web.machines import plant_machines
from tests.web.seeds import Seeds

MOST_BYTES = 150_000


@pytest.fixture
def runs(platform: Platform, hospitals: Hospitals) -> tuple[int, int]:
    return plant_machines(platform, hospitals.valley)


def test_before_any_audit_the_page_says_where_to_begin(ciso: FlaskClient, browse: Browse, here: str) -> None:
    assert "Apporter des listes" in ciso.get(f"{here}/machines").text
    assert "Apporter des listes" not in browse("director").get(f"{here}/machines").text
    assert ciso.get(f"{here}/machines?target=1").status_code == 404


def test_shares_lead_to_the_machines_that_lack_it(ciso: FlaskClient, here: str, runs: tuple[int, int]) -> None:
    answer = ciso.get(f"{here}/machines")
    page = answer.text
    assert len(answer.data) < MOST_BYTES
    shares = page.split('id="coverage-title"')[1].split("</table>")[0]
    assert shares.count("<tr>") == 7
    (address,) = re.findall(r'href="([^"]*missing=edr[^"]*)"', shares)
    found = ciso.get(address.replace("&amp;", "&")).text
    assert "PC-NU" in found
    assert "PC-7" not in found
    for words in ("Hôpital Nord", "EHPAD Les Tilleuls", "Urgences", "Non renseigné", "ACCUEIL"):
        assert words in page


def test_what_no_list_tells_is_said_and_never_a_share(
    platform: Platform, ciso: FlaskClient, hospitals: Hospitals, here: str
) -> None:
    from dataclasses import replace

    from care.services.targets import TargetDraft, add_target
    from scanners.workstations.facts import WorkstationFacts
    from tests.support.audits import run_audit
    from tests.support.people import MACHINE
    from tests.unit.workstations.specimens import HEALTHY
    from tests.web.seeds import SpecimenCollect

    assert isinstance(platform.collect, SpecimenCollect)
    sources = tuple(one for one in HEALTHY.background.sources if one.kind in ("directory", "edr"))
    background = replace(HEALTHY.background, sources=sources)
    platform.collect.facts["workstations"] = WorkstationFacts(background, HEALTHY.machines)
    draft = TargetDraft("workstations", "Deux listes", {"answers": {"establishment": "CH"}})
    run_audit(platform, MACHINE, add_target(platform, MACHINE, hospitals.valley, draft))
    page = ciso.get(f"{here}/machines").text
    shares = page.split('id="coverage-title"')[1].split("</table>")[0]
    assert shares.count("non mesuré") == 3
    assert "Apportez un rapport de correctifs" in shares


def test_an_earlier_audit_says_that_it_is_not_the_last(ciso: FlaskClient, here: str, runs: tuple[int, int]) -> None:
    assert "Ce n’est pas le dernier audit" in ciso.get(f"{here}/machines/{runs[0]}").text
    assert "Ce n’est pas le dernier audit" not in ciso.get(f"{here}/machines/{runs[1]}").text


def test_the_list_and_its_files_keep_the_filters(ciso: FlaskClient, here: str, runs: tuple[int, int]) -> None:
    page = ciso.get(f"{here}/machines/{runs[1]}/list?missing=edr&kind=server").text
    assert page.split("<tbody>")[1].count("<tr>") == 1
    for form, kind in (("csv", "text/csv"), ("xlsx", "spreadsheetml")):
        (address,) = re.findall(rf'href="([^"]*list\.{form}[^"]*)"', page)
        assert "missing=edr" in address
        assert "kind=server" in address
        assert kind in ciso.get(address.replace("&amp;", "&")).mimetype
    assert "Aucune machine ici" in ciso.get(f"{here}/machines/{runs[1]}/list?q=introuvable&missing=x&page=9").text


def test_the_page_of_the_audit_leads_there(ciso: FlaskClient, here: str, runs: tuple[int, int]) -> None:
    assert f'href="{here}/machines/{runs[1]}"' in ciso.get(f"{here}/runs/{runs[1]}").text


@pytest.mark.parametrize(
    "path",
    ["machines", "machines/{run}", "machines/{run}/list", "machines/{run}/list.csv", "machines/{run}/list.xlsx"],
)
def test_a_stranger_finds_nothing_and_a_director_reads(
    browse: Browse, here: str, runs: tuple[int, int], hospitals: Hospitals, path: str
) -> None:
    address = path.format(run=runs[1])
    assert browse("stranger").get(f"{here}/{address}").status_code == 404
    assert browse("director").get(f"{here}/{address}").status_code == 200
    if "{run}" in path:
        assert browse("stranger").get(f"/establishments/{hospitals.far}/{address}").status_code == 404


def test_a_run_of_another_scanner_has_no_such_page(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    assert ciso.get(f"{here}/machines/{seeds.runs[0]}").status_code == 404
