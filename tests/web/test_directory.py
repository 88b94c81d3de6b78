"""The pages of the directory: where it stands, point by point, and for whom."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from care.services.platform import Platform
from scanners.catalog import rules_of
from scanners.model import Gap, Text
from tests.support.audits import add_directory, run_audit
from tests.support.people import MACHINE, Hospitals
from tests.unit.ad.specimens import HEALTHY
from tests.web.conftest import Browse
from tests.web.seeds import Seeds, SpecimenCollect, plant_directory

MOST_BYTES = 150_000


@pytest.fixture
def runs(platform: Platform, hospitals: Hospitals) -> tuple[int, ...]:
    return plant_directory(platform, hospitals.valley)


def test_before_any_audit_the_page_says_where_to_begin(ciso: FlaskClient, browse: Browse, here: str) -> None:
    assert "Ajouter un annuaire" in ciso.get(f"{here}/directory").text
    assert "Ajouter un annuaire" not in browse("director").get(f"{here}/directory").text
    assert ciso.get(f"{here}/directory?target=1").status_code == 404


def test_the_level_comes_with_what_holds_it_and_what_to_do(ciso: FlaskClient, here: str, runs: tuple[int, ...]) -> None:
    answer = ciso.get(f"{here}/directory")
    page = answer.text
    assert len(answer.data) < MOST_BYTES
    assert "Niveau ANSSI : au mieux 1" in page
    assert "Pour atteindre au mieux le niveau 2" in page
    actions = page.split('id="actions-title"')[1].split("</table>")[0]
    assert actions.count("<tr>") == 11
    assert re.search(r'href="/remediation/ad_\w+"', actions)
    assert f"{here}/findings?rule=ad." in actions
    assert "revenus" in page
    assert page.count(f'href="{here}/directory/{runs[0]}"') == 1
    assert 'role="img"' in page


def test_an_earlier_audit_says_that_it_is_not_the_last(ciso: FlaskClient, here: str, runs: tuple[int, ...]) -> None:
    page = ciso.get(f"{here}/directory/{runs[1]}").text
    assert "Ce n’est pas le dernier audit" in page
    assert "Niveau ANSSI : au mieux 5" in page
    assert "corrigés" in page
    assert "C’est le premier audit" in ciso.get(f"{here}/directory/{runs[0]}").text


def tone(page: str) -> str:
    (found,) = re.findall(r'<section class="panel level tone-(\w+)"', page)
    return str(found)


@pytest.fixture
def untold(platform: Platform, hospitals: Hospitals) -> int:
    """An audit of a healthy directory that could finish none of its searches."""
    collect = platform.collect
    assert isinstance(collect, SpecimenCollect)
    sections = {name for rule in rules_of("ad") for name in rule.reads}
    gaps = tuple(Gap(name, Text("coupé", "cut"), truncated=True) for name in sorted(sections))
    collect.facts["ad"] = replace(HEALTHY, gaps=gaps)
    target = add_directory(platform, MACHINE, hospitals.valley, "Annuaire à demi lu")
    return run_audit(platform, MACHINE, target).run_id


def test_a_level_that_nothing_proves_never_looks_like_a_success(
    ciso: FlaskClient, here: str, runs: tuple[int, ...], untold: int
) -> None:
    assert tone(ciso.get(f"{here}/directory/{runs[1]}").text) == "good"
    page = ciso.get(f"{here}/directory/{untold}").text
    assert "Niveau ANSSI : entre 1 et 5" in page
    assert tone(page) == "unsure"
    assert "<strong>≤ 5</strong>" in page
    assert ">≤ 5</td>" in page.split('id="history-title"')[1]
    assert "Aucune règle évaluée n’est en défaut, mais 76 points n’ont pas été évalués." in page
    assert "Les chemins vers le palier 0 n’ont pas été évalués." in page
    assert "entre 1 et 5" in ciso.get(f"{here}/runs/{untold}").text
    assert "Chemins non évalués" in ciso.get(f"{here}/directory/{untold}/paths").text


def test_the_page_of_the_audit_leads_there(ciso: FlaskClient, here: str, runs: tuple[int, ...]) -> None:
    assert f'href="{here}/directory/{runs[2]}"' in ciso.get(f"{here}/runs/{runs[2]}").text


def test_points_are_filtered_and_paged(ciso: FlaskClient, here: str, runs: tuple[int, ...]) -> None:
    address = f"{here}/directory/{runs[2]}/points"
    answer = ciso.get(address)
    assert len(answer.data) < MOST_BYTES
    assert "1 à 40 sur" in answer.text
    found = ciso.get(f"{address}?q=vuln_krbtgt&status=failed&kind=2").text.split("<tbody>")[1]
    assert found.count("<tr>") == 1
    assert "Non conforme" in found
    assert "Aucun point ici" in ciso.get(f"{address}?q=introuvable&kind=9&status=x").text
    assert "Aucun point ici" in ciso.get(f"{here}/directory/{runs[2]}/points?q=vuln_krbtgt&kind=1").text


def test_paths_are_a_picture_a_table_and_a_list(ciso: FlaskClient, here: str, runs: tuple[int, ...]) -> None:
    answer = ciso.get(f"{here}/directory/{runs[2]}/paths")
    page = answer.text
    assert len(answer.data) < MOST_BYTES
    assert "peuvent, de proche en proche, prendre le contrôle du palier 0" in page
    for wanted in (
        "Points de passage",
        'role="img"',
        "La même chose en tableau",
        "Tous les chemins",
        "1 à 25 sur",
        ".csv",
    ):
        assert wanted in page
    assert "<script" not in page.split('id="picture-title"')[1].split("</section>")[0]


def test_a_path_is_looked_for_by_name(ciso: FlaskClient, here: str, runs: tuple[int, ...]) -> None:
    found = (
        ciso.get(f"{here}/directory/{runs[2]}/paths?from=agent1").text.split('role="status"')[1].split("</section>")[0]
    )
    assert "peut répliquer les secrets de" in found
    missing = ciso.get(f"{here}/directory/{runs[2]}/paths?from=" + "x" * 5_000).text
    assert "Aucun compte ni groupe lu ne s’appelle" in missing
    assert "x" * 301 not in missing.split('role="status"')[1].split("</section>")[0]


def test_a_directory_without_paths_says_so(ciso: FlaskClient, here: str, runs: tuple[int, ...]) -> None:
    assert (
        "n’a de chemin vers le palier 0, d’après ce qui a été lu" in ciso.get(f"{here}/directory/{runs[1]}/paths").text
    )


def test_findings_of_a_rule_are_a_file(ciso: FlaskClient, browse: Browse, here: str, runs: tuple[int, ...]) -> None:
    page = ciso.get(f"{here}/findings?rule=ad.krbtgt_password_age&severity=high").text
    (address,) = re.findall(rf'href="({here}/findings/export\.csv[^"]*)"', page)
    answer = ciso.get(address.replace("&amp;", "&"))
    assert answer.mimetype == "text/csv"
    assert "constats-ad.krbtgt_password_age.csv" in answer.headers["Content-Disposition"]
    assert answer.data.count(b"\r\n") == 2


@pytest.mark.parametrize(
    "path",
    [
        "directory",
        "directory/{run}",
        "directory/{run}/points",
        "directory/{run}/paths",
        "directory/{run}/paths.csv",
        "findings/export.csv",
    ],
)
def test_a_stranger_finds_nothing_and_a_director_reads(
    browse: Browse, here: str, runs: tuple[int, ...], hospitals: Hospitals, path: str
) -> None:
    address = path.format(run=runs[2])
    assert browse("stranger").get(f"{here}/{address}").status_code == 404
    assert browse("director").get(f"{here}/{address}").status_code == 200
    if "{run}" in path:
        assert browse("stranger").get(f"/establishments/{hospitals.far}/{address}").status_code == 404


def test_a_run_of_another_scanner_has_no_such_page(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    assert ciso.get(f"{here}/directory/{seeds.runs[0]}").status_code == 404
